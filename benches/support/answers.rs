//! What each case must be answered, whole: status, every header, body.

use http::{HeaderMap, HeaderName, Response, StatusCode};

use crate::cases::{Case, Rules};
use crate::inner::Body;
use crate::names::LONGEST;

const PREFLIGHT_VARY: &str =
    "origin, access-control-request-method, access-control-request-headers";

impl Case {
    /// The inner service's answer, not edited.
    pub(crate) fn check_bare(&self, response: &Response<Body>) {
        self.check(response, StatusCode::OK, Vec::new());
    }

    /// Status and all headers, as the policy means them.
    pub(crate) fn check_whole(&self, response: &Response<Body>) {
        let (status, vary) = match (self.names, self.granted()) {
            (None, _) => (StatusCode::OK, "origin"),
            (Some(_), true) => (StatusCode::NO_CONTENT, PREFLIGHT_VARY),
            (Some(_), false) => (StatusCode::FORBIDDEN, PREFLIGHT_VARY),
        };
        let mut expected = vec![("vary", vary.to_owned())];
        if self.granted() {
            expected.extend(self.grants());
        }
        self.check(response, status, expected);
    }

    fn grants(&self) -> Vec<(&'static str, String)> {
        let mut grants = vec![
            ("access-control-allow-origin", self.origin().unwrap()),
            ("access-control-allow-credentials", "true".into()),
            ("access-control-expose-headers", "x-request-id,x-total-count".into()),
        ];
        let Some(names) = self.names else { return grants };
        let mirrors = self.rules == Rules::Mirroring;
        let methods = if mirrors { "PUT" } else { "PUT,DELETE" };
        grants.push(("access-control-allow-methods", methods.into()));
        let names = if mirrors { mirrored(&names.text()) } else { Some(self.listed().join(",")) };
        grants.extend(names.map(|names| ("access-control-allow-headers", names)));
        grants.push(("access-control-max-age", "600".into()));
        grants
    }

    /// tower-http sends no status but 200, and what is constant with every response, granted or not.
    pub(crate) fn check_tower_http(&self, response: &Response<Body>) {
        let names = self.names.map(|names| names.text());
        let vary = if self.rules == Rules::Mirroring { PREFLIGHT_VARY } else { "origin" };
        let mut expected =
            vec![("vary", vary.to_owned()), ("access-control-allow-credentials", "true".into())];
        if self.granted() {
            expected.push(("access-control-allow-origin", self.origin().unwrap()));
        }
        if let Some(names) = names {
            let mirrors = self.rules == Rules::Mirroring;
            let (methods, headers) =
                if mirrors { ("PUT", names) } else { ("PUT,DELETE", self.listed().join(",")) };
            expected.push(("access-control-allow-methods", methods.into()));
            expected.push(("access-control-allow-headers", headers));
            expected.push(("access-control-max-age", "600".into()));
        } else {
            expected.push(("access-control-expose-headers", "x-request-id,x-total-count".into()));
        }
        self.check(response, StatusCode::OK, expected);
    }

    fn check(
        &self,
        response: &Response<Body>,
        status: StatusCode,
        expected: Vec<(&'static str, String)>,
    ) {
        assert_eq!(response.status(), status, "{}", self.id);
        let mut headers: HeaderMap = expected
            .into_iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.try_into().unwrap()))
            .collect();
        if self.names.is_none() {
            headers.extend(self.inner().headers());
        }
        assert_eq!(*response.headers(), headers, "{}", self.id);
        assert_eq!(response.body(), "", "{}", self.id);
    }
}

/// What `*` with credentials, `authorization` listed beside it, repeats of a list.
fn mirrored(text: &str) -> Option<String> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    let names: Vec<_> = names.map(str::to_ascii_lowercase).collect();
    (text.len() <= LONGEST).then(|| names.join(","))
}
