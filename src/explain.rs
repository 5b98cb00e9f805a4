//! [`Explanation`]: the decision as a page of text.

use std::fmt;

use crate::decision::Decision;
use crate::explain::advice::Advice;
use crate::explain::findings::Findings;
use crate::explain::nearest::nearest;
use crate::explain::remedy::Remedy;
use crate::request::RequestKind;

mod advice;
mod browser;
mod findings;
mod missing;
mod nearest;
pub(crate) mod remedy;

/// Explains a decision to a person. Its `Display` is a page: what the request asked for, what the policy
/// allows, what a browser will do, and the change that would allow the request.
///
/// It escapes and shortens what the request contains. It names credentials, but does not show them.
#[derive(Clone, Debug)]
pub struct Explanation {
    headline: String,
    sections: Vec<(&'static str, String)>,
    remedy: Remedy,
    with_credentials: Remedy,
}

impl Decision<'_> {
    /// Explains the decision to a person.
    ///
    /// This is slow: it searches for the nearest pattern, and tries every change.
    ///
    /// ```
    /// use http::Request;
    /// use tower_cors::{Policy, RequestHead};
    ///
    /// let policy = Policy::builder()
    ///     .allow_origins(["https://example.com"])
    ///     .allow_credentials(true)
    ///     .build()?;
    /// let request = Request::get("/").header("origin", "https://www.example.com").body(())?;
    /// let explanation = policy.decide(&RequestHead::from(&request)).explain();
    /// assert_eq!(
    ///     explanation.to_string(),
    ///     r#"GET request: refused, origin not allowed
    /// origin            https://www.example.com
    ///                   not the one in allowOrigins: https://example.com
    ///                   nearest is https://example.com (allowOrigins[0]): one of the two has www
    /// method            GET
    ///                   CORS-safelisted: sent without a preflight, unless its headers need one
    /// credentials       none seen
    ///                   allowCredentials is set, and no config allows the origin
    /// browser           has sent the request, and the service has responded
    ///                   hides the response from the script, because no CORS header allows it
    ///                   the script gets a network error, and only the console says why
    /// to allow it       add "https://www.example.com" to allowOrigins
    ///                   warning: its pages may then act as the user who visits them"#
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn explain(&self) -> Explanation {
        if !self.choice.all.is_empty() {
            return self.explain_all();
        }
        let near = self.head.origin().filter(|_| self.rule.is_none());
        let near = near.and_then(|origin| nearest(self.policy, &origin));
        let advice = Advice::new(self, near);
        let (remedy, with_credentials) = (advice.remedy(false), advice.remedy(true));
        let findings = Findings { decision: self, near };
        let mut sections = findings.sections();
        if self.kind != RequestKind::NotCors {
            sections.extend(change("to allow it", &remedy));
            sections.extend(
                change("with credentials", &with_credentials)
                    .filter(|_| remedy != with_credentials),
            );
        }
        Explanation { headline: findings.headline(), sections, remedy, with_credentials }
    }

    /// By the first policy that refuses, or, where none does, by one that gives no credentials.
    fn explain_all(&self) -> Explanation {
        let pages: Vec<_> = self.each().map(|decision| decision.explain()).collect();
        let (count, refuses) = (pages.len(), |page: &Explanation| page.remedy != Remedy::Unneeded);
        let verdict = match pages.iter().filter(|page| refuses(page)).count() {
            0 => "all of them do".to_owned(),
            1 => "this one does not".to_owned(),
            refusing => format!("{refusing} do not, and this is the first of them"),
        };
        let allows = |page: &Explanation| page.with_credentials == Remedy::Unneeded;
        let chosen = pages.into_iter().enumerate();
        let chosen = chosen.min_by_key(|(_, page)| (!refuses(page), allows(page)));
        let (place, mut page) =
            chosen.unwrap_or_else(|| (0, self.policy.decide(&self.head).explain()));
        let policy =
            format!("{} of {count}, which must all allow the request: {verdict}", place + 1);
        page.sections.insert(0, ("policy", policy));
        page
    }
}

impl Explanation {
    /// Returns the change that allows the request without credentials.
    ///
    /// A server cannot see whether a script asked for credentials.
    ///
    /// ```
    /// # use tower_cors::{Policy, Remedy, RequestHead};
    /// let request = http::Request::options("/")
    ///     .header("origin", "https://a.example")
    ///     .header("access-control-request-method", "TRACE")
    ///     .body(())?;
    /// let (policy, head) = (Policy::permissive(), RequestHead::from(&request));
    /// let explanation = policy.decide(&head).explain();
    /// let Remedy::Never(why) = explanation.remedy() else { panic!("{explanation}") };
    /// assert_eq!(why, "browsers do not let scripts send TRACE: use another method");
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn remedy(&self) -> &Remedy {
        &self.remedy
    }

    /// Returns the change that allows the request with credentials, that is with
    /// `credentials: "include"`.
    ///
    /// ```
    /// use http::Request;
    /// use tower_cors::{Policy, Remedy, RequestHead};
    ///
    /// let policy = Policy::builder().allow_origins(["https://a.example"]).build()?;
    /// let request = Request::get("/").header("origin", "https://a.example").body(())?;
    /// let explanation = policy.decide(&RequestHead::from(&request)).explain();
    /// assert_eq!(*explanation.remedy(), Remedy::Unneeded);
    /// let remedy = explanation.remedy_with_credentials();
    /// assert_eq!(remedy.to_string(), "set allowCredentials to true");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remedy_with_credentials(&self) -> &Remedy {
        &self.with_credentials
    }

    /// Returns the page's first line.
    ///
    /// ```
    /// # use tower_cors::{Policy, RequestHead};
    /// let request = http::Request::get("/").header("origin", "null").body(())?;
    /// let (policy, head) = (Policy::deny_all(), RequestHead::from(&request));
    /// let explanation = policy.decide(&head).explain();
    /// assert_eq!(explanation.headline(), "GET request: refused, origin not allowed");
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn headline(&self) -> &str {
        &self.headline
    }

    /// Returns the sections after the first line, each with a label and a text of one or more lines.
    ///
    /// The labels are `policy`, `origin`, `same origin`, `method`, `headers`, `credentials`, `browser`,
    /// `to allow it` and `with credentials`. Sections without content are absent.
    ///
    /// ```
    /// # use tower_cors::{Policy, RequestHead};
    /// let request = http::Request::get("/").header("origin", "https://a.example").body(())?;
    /// let (policy, head) = (Policy::permissive(), RequestHead::from(&request));
    /// let explanation = policy.decide(&head).explain();
    /// let (label, text) = explanation.sections().next().unwrap();
    /// assert_eq!(label, "origin");
    /// assert_eq!(text, "https://a.example\nany origin is allowed: allowOrigins[0] is *");
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn sections(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sections.iter().map(|(label, text)| (*label, text.as_str()))
    }
}

fn change<'l>(label: &'l str, remedy: &Remedy) -> std::option::IntoIter<(&'l str, String)> {
    let text = match remedy {
        Remedy::Unneeded => None,
        Remedy::Never(why) => Some(format!("never: {why}")),
        Remedy::Edits { warnings, .. } => {
            let warnings = warnings.iter().map(|warning| format!("\nwarning: {warning}"));
            Some(format!("{remedy}{}", warnings.collect::<String>()))
        }
    };
    text.map(|text| (label, text)).into_iter()
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline)?;
        for (label, text) in &self.sections {
            for (index, line) in text.lines().enumerate() {
                let label = if index == 0 { label } else { "" };
                write!(f, "\n{label:17} {line}")?;
            }
        }
        Ok(())
    }
}
