//! [`Findings`]: what a request said of each thing, and what the policy has.

use http::header::{AUTHORIZATION as AUTHORIZATION_HEADER, COOKIE};

use crate::config::place::{Field, Place};
use crate::decision::display::{List, Text, names_of};
use crate::decision::{Decision, Denial};
use crate::explain::browser::browser;
use crate::explain::missing::meant_origin;
use crate::explain::nearest::Nearest;
use crate::fetch::{is_forbidden_method, is_safelisted_method};
use crate::origin::Origin;
use crate::origin::pattern::OriginPattern;
use crate::policy::rule::Rule;
use crate::request::{OriginHeader, RequestKind};

pub(crate) struct Findings<'d, 'a> {
    pub(crate) decision: &'d Decision<'a>,
    pub(crate) near: Option<Nearest<'a>>,
}

impl Findings<'_, '_> {
    pub(crate) fn headline(&self) -> String {
        let what = match self.decision.kind {
            RequestKind::NotCors => return "Not a CORS request: it has no Origin header".into(),
            RequestKind::Preflight => match self.decision.head.requested_method() {
                Some(method) => format!("Preflight for {}", Text(method.as_bytes())),
                None => "Preflight".into(),
            },
            RequestKind::Actual if self.decision.is_answered() => {
                "OPTIONS request, answered as a preflight".into()
            }
            RequestKind::Actual => {
                format!("{} request", Text(self.decision.head.method().as_str().as_bytes()))
            }
        };
        match self.decision.denial() {
            None => format!("{what}: allowed"),
            Some(denial) => format!("{what}: refused, {denial}"),
        }
    }

    /// Each thing by its label, in the order in which a browser looks at it.
    pub(crate) fn sections(&self) -> Vec<(&'static str, String)> {
        if self.decision.kind == RequestKind::NotCors {
            return vec![("browser", browser(self.decision))];
        }
        let mut sections = vec![("origin", self.origin())];
        if self.decision.policy.denies_all() {
            sections.insert(0, ("policy", DENY_ALL.to_owned()));
        }
        if self.decision.maybe_same_origin() {
            sections.push(("same origin", SAME_ORIGIN.into()));
        }
        sections.push(("method", self.method()));
        sections.extend(self.headers().map(|text| ("headers", text)));
        sections.push(("credentials", self.credentials()));
        sections.push(("browser", browser(self.decision)));
        sections
    }

    fn origin(&self) -> String {
        if matches!(self.decision.origin, OriginHeader::Several) {
            return "the request has several Origin headers".into();
        }
        let value = self.decision.origin.bytes().unwrap_or_default();
        let found = match self.decision.rule {
            Some(rule) => self.matching(rule),
            None if self.decision.origin_denial() == Denial::MalformedOrigin => {
                self.malformed(value)
            }
            None => self.unmatched(),
        };
        format!("{}\n{found}", Text(value))
    }

    /// The entry that allows it.
    fn matching(&self, rule: &Rule) -> String {
        let origins = &rule.checked.origins;
        let index = match self.decision.head.origin() {
            Some(origin) => matching(rule, &origin),
            None => origins.iter().position(|pattern| pattern.is_null() || rule.open),
        };
        let index = index.unwrap_or_default();
        let Some(pattern) = origins.get(index) else { return "any origin is allowed".into() };
        let path = self.path(rule, index);
        match pattern.is_any() {
            true => format!("any origin is allowed: {path} is *"),
            false => format!("allowed by {pattern} ({path})"),
        }
    }

    fn unmatched(&self) -> String {
        let entries = self.decision.policy.rules().flat_map(|rule| &rule.checked.origins);
        let list = List(entries.map(|pattern| pattern.as_ref().as_bytes()).collect());
        let count = list.0.len();
        let lists = match self.decision.policy.rules().count() {
            1 => "allowOrigins".to_owned(),
            configs => format!("allowOrigins of the {configs} configs"),
        };
        let none = match count {
            0 => return "no origin is allowed".into(),
            1 => format!("not the one in {lists}: {list}"),
            _ => format!("none of the {count} in {lists}: {list}"),
        };
        if self.decision.policy.rules().any(|rule| rule.checked.any_origin()) {
            // `null` or `file://`, then: every other is allowed.
            let opaque = Text(self.decision.origin.bytes().unwrap_or_default());
            return format!("{none}\n* together with credentials means every origin but {opaque}");
        }
        let Some(near) = &self.near else { return none };
        let path = Field::AllowOrigins.at(near.rule).entry(near.index);
        format!("{none}\nnearest is {} ({path}): {near}", near.pattern)
    }

    fn malformed(&self, value: &[u8]) -> String {
        let written = std::str::from_utf8(value).unwrap_or_default();
        let why = match written.parse::<OriginPattern>() {
            _ if written.contains('*') => "wildcards are for patterns only".into(),
            Ok(_) => "it is not written as browsers write it".into(),
            Err(error) => format!("it {}", error.mistake),
        };
        let found = format!("not an origin that a browser sends: {why}");
        let Some(meant) = meant_origin(written) else { return found };
        let allowed = Origin::parse(&meant).and_then(|origin| {
            let mut rules = self.decision.policy.rules();
            rules.find_map(|rule| Some(self.path(rule, matching(rule, &origin)?)))
        });
        match allowed {
            Some(path) => format!("{found}\nprobably {meant} is meant, which {path} allows"),
            None => format!("{found}\nprobably {meant} is meant, which is not allowed either"),
        }
    }

    /// An entry of this rule's list.
    fn path(&self, rule: &Rule, index: usize) -> Place {
        self.place(rule, Field::AllowOrigins).entry(index)
    }

    fn method(&self) -> String {
        let decision = self.decision;
        let method = decision.head.method().as_str().as_bytes();
        if decision.kind != RequestKind::Preflight {
            let judged = match is_safelisted_method(method) {
                true => "CORS-safelisted: sent without a preflight, unless its headers need one",
                false => "not checked here: a browser asks with a preflight first",
            };
            return format!("{}\n{judged}", Text(method));
        }
        let Some(requested) = decision.head.requested_method() else {
            return "Access-Control-Request-Method is not one method".into();
        };
        let requested = requested.as_bytes();
        let found = match decision.rule {
            _ if is_safelisted_method(requested) => "CORS-safelisted: always allowed".into(),
            None => "not checked: no config allows the origin".into(),
            Some(rule) => listed_method(requested, rule, self.place(rule, Field::AllowMethods)),
        };
        format!("{}\n{found}", Text(requested))
    }

    fn headers(&self) -> Option<String> {
        let decision = self.decision;
        if decision.kind != RequestKind::Preflight {
            return None;
        }
        let Some(requested) = decision.head.requested_headers() else {
            return Some("Access-Control-Request-Headers is too long to be read".into());
        };
        let names: Vec<_> = requested.collect();
        if names.is_empty() {
            return Some("none that need permission".into());
        }
        let asked = List(names.clone());
        let Some(rule) = decision.rule else {
            return Some(format!("{asked}\nnot checked: no config allows the origin"));
        };
        let path = self.place(rule, Field::AllowHeaders);
        let refused: Vec<_> =
            names.into_iter().filter(|name| rule.refused_header(name).is_some()).collect();
        let list = &rule.checked.headers;
        let found = match (refused.is_empty(), list.names()) {
            (true, _) if list.is_any() => format!("covered by the * in {path}"),
            (true, _) => format!("in {path}"),
            (false, _) if list.is_any() => {
                format!("not covered by the * in {path}: {}", List(refused))
            }
            (false, []) => format!("not allowed: {path} is empty"),
            (false, names) => format!("not in {path} ({}): {}", names_of(names), List(refused)),
        };
        Some(format!("{asked}\n{found}"))
    }

    /// What the request has is named and never shown.
    fn credentials(&self) -> String {
        let headers = self.decision.head.headers();
        let sent = [(COOKIE, "cookie"), (AUTHORIZATION_HEADER, "authorization")];
        let sent =
            sent.iter().filter(|(name, _)| headers.contains_key(name)).map(|(_, name)| *name);
        let sent = match self.decision.kind {
            RequestKind::Preflight => {
                "none: a preflight never has credentials, but the request may".into()
            }
            _ => match &sent.collect::<Vec<_>>()[..] {
                [] => "none seen".to_owned(),
                names => format!("the request has {}", names.join(" and ")),
            },
        };
        let Some(rule) = self.decision.rule else {
            let any = self.decision.policy.rules().any(|rule| rule.checked.credentials);
            let told = if any { "set" } else { "not set" };
            return format!("{sent}\nallowCredentials is {told}, and no config allows the origin");
        };
        let told = if rule.checked.credentials { "set" } else { "not set" };
        format!("{sent}\n{} is {told}", self.place(rule, Field::AllowCredentials))
    }

    /// A field of this rule's config.
    fn place(&self, rule: &Rule, field: Field) -> Place {
        let depth = self.decision.policy.rules().position(|other| std::ptr::eq(other, rule));
        field.at(depth.unwrap_or_default())
    }
}

const DENY_ALL: &str =
    "Policy::deny_all(), which has no config: the change below is for a config in its place";
const SAME_ORIGIN: &str = "the request was sent to the origin's host and port, so it is probably same-origin: the browser then needs no permission, and a refusal has no effect";

/// The first entry that means the origin.
fn matching(rule: &Rule, origin: &Origin<'_>) -> Option<usize> {
    rule.checked.origins.iter().position(|pattern| pattern.matches(origin))
}

fn listed_method(requested: &[u8], rule: &Rule, path: Place) -> String {
    let (any, list) = (rule.checked.methods.is_any(), rule.checked.methods.names());
    if rule.allows_method(requested) {
        return match any {
            true => format!("covered by the * in {path}"),
            false => format!("in {path}"),
        };
    }
    let other_case = list.iter().find(|entry| entry.as_bytes().eq_ignore_ascii_case(requested));
    match (list.is_empty(), other_case) {
        _ if any => format!("not covered by the * in {path}"),
        (true, _) => format!("not allowed: {path} is empty"),
        (_, Some(entry)) if !is_forbidden_method(requested) => format!(
            "not in {path} ({}): methods are case-sensitive, so send {entry}",
            names_of(list)
        ),
        _ => format!("not in {path} ({})", names_of(list)),
    }
}
