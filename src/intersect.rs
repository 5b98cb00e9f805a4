//! [`Intersection`]: what several policies all allow, or only what was asked for of it.

use http::HeaderValue;

use crate::config::InnerHeaders;
use crate::decision::Decision;
use crate::fetch::is_token;
use crate::mirror::{any_name, list, mirrored_names};
use crate::policy::rule::{
    AllowHeaders, AllowMethods, Rule, is_mirrored_header, is_mirrored_method, joined,
};
use crate::request::OriginHeader;

/// The rules that allow the origin, of each policy one.
pub(crate) struct Intersection<'d, 'a> {
    decision: &'d Decision<'a>,
    rules: Vec<&'a Rule>,
}

impl<'d, 'a> Intersection<'d, 'a> {
    /// Empty unless all policies allow the origin.
    pub(crate) fn of(decision: &'d Decision<'a>) -> Self {
        let rules = match decision.rule {
            Some(_) => decision.rules().collect(),
            None => Vec::new(),
        };
        Self { decision, rules }
    }

    pub(crate) fn origin(&self) -> Option<HeaderValue> {
        match self.decision.origin {
            _ if self.rules.is_empty() => None,
            _ if self.rules.iter().all(|rule| rule.open) => Some(HeaderValue::from_static("*")),
            OriginHeader::One(value) => Some(value.clone()),
            OriginHeader::Absent | OriginHeader::Several => None,
        }
    }

    pub(crate) fn credentials(&self) -> bool {
        self.rules.iter().all(|rule| rule.checked.credentials)
    }

    pub(crate) fn methods(&self) -> Option<HeaderValue> {
        let requested = || {
            let method = self.decision.head.requested_method_value()?;
            let bytes = method.as_bytes();
            let allowed = self.rules.iter().all(|rule| rule.allows_method(bytes));
            (allowed && is_mirrored_method(bytes)).then(|| method.clone())
        };
        if self.decision.choice.only_asked {
            return requested();
        }
        let lists = |rule: &&&Rule| matches!(rule.methods, AllowMethods::Listed(_));
        match self.rules.iter().find(lists) {
            Some(rule) => {
                let listed = rule.checked.methods.names().iter();
                let allowed = |method: &&String| {
                    self.rules.iter().all(|rule| rule.allows_method(method.as_bytes()))
                };
                joined(listed.filter(allowed).map(String::as_str))
            }
            None if self.credentials() => requested(),
            None => Some(HeaderValue::from_static("*")),
        }
    }

    pub(crate) fn headers(&self) -> Option<HeaderValue> {
        let allowed =
            |name: &[u8]| self.rules.iter().all(|rule| rule.refused_header(name).is_none());
        if self.decision.choice.only_asked {
            return self.requested_headers(allowed);
        }
        let lists = |rule: &&&Rule| matches!(rule.headers, AllowHeaders::Listed(_));
        if let Some(rule) = self.rules.iter().find(lists) {
            let listed = rule.checked.headers.names().iter();
            return joined(listed.filter(|name| allowed(name.as_bytes())).map(String::as_str));
        }
        let listed =
            |rule: &&Rule| matches!(&rule.headers, AllowHeaders::Any(value) if value != "*");
        match allowed(b"authorization") {
            authorization if self.credentials() => {
                mirrored_names(&self.decision.head, authorization)
            }
            false => Some(HeaderValue::from_static("*")),
            true if self.rules.iter().all(listed) => {
                Some(HeaderValue::from_static("*,authorization"))
            }
            true => any_name(&self.decision.head),
        }
    }

    /// The requested names that are allowed.
    fn requested_headers(&self, allowed: impl Fn(&[u8]) -> bool) -> Option<HeaderValue> {
        let requested = self.decision.head.requested_header_lines()?;
        let mut names = Vec::new();
        for name in requested.names() {
            if !is_token(name) {
                return None;
            }
            if allowed(name) && is_mirrored_header(name, true) {
                names.extend_from_slice(name);
                names.push(b',');
            }
        }
        names.pop();
        names.make_ascii_lowercase();
        list(names)
    }

    pub(crate) fn max_age(&self) -> Option<HeaderValue> {
        if self.decision.choice.only_asked {
            return Some(HeaderValue::from_static("0"));
        }
        let ages: Option<Vec<u32>> = self.rules.iter().map(|rule| rule.checked.max_age).collect();
        ages?.into_iter().min().map(HeaderValue::from)
    }

    /// The names that are exposed, or whether those are that the response has.
    pub(crate) fn expose(&self) -> (Option<HeaderValue>, bool) {
        let any = |rule: &&&Rule| rule.exposes_any();
        match self.rules.iter().find(|rule| !any(rule)) {
            Some(rule) => {
                let listed = rule.checked.expose.names().iter();
                let others = |name: &&String| self.rules.iter().all(|rule| rule.exposes(name));
                (joined(listed.filter(others).map(String::as_str)), false)
            }
            None if self.rules.is_empty() => (None, false),
            None if self.credentials() => (None, true),
            None => (Some(HeaderValue::from_static("*")), false),
        }
    }

    pub(crate) fn inner_headers(&self) -> InnerHeaders {
        let modes = self.decision.policies().map(|policy| {
            let rule = policy.rule_for(self.decision.origin).unwrap_or(policy.first());
            rule.checked.inner_headers
        });
        modes.min_by_key(|mode| *mode != InnerHeaders::Strip).unwrap_or_default()
    }
}
