//! What a decision does to a response: the whole answer to a preflight, or edits of another's.

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    MaxSizeReached, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use crate::config::InnerHeaders;
use crate::decision::Decision;
use crate::fetch::{is_forbidden_response_header, is_safelisted_response_header};
use crate::mirror::{list, mirrored_names};
use crate::policy::rule::{AllowHeaders, AllowMethods, ExposeHeaders, Rule, is_mirrored_method};
use crate::request::{OriginHeader, RequestHead, RequestKind};
use crate::strip::InnerCors;

const ORIGIN: HeaderValue = HeaderValue::from_static("origin");
const PREFLIGHT_VARY: HeaderValue = HeaderValue::from_static(
    "origin, access-control-request-method, access-control-request-headers",
);
const TRUE: HeaderValue = HeaderValue::from_static("true");
const STAR: HeaderValue = HeaderValue::from_static("*");

/// What a decision does to the response of the inner service. It borrows nothing, so it is still
/// there when the request is gone.
#[derive(Clone, Debug)]
#[must_use = "edits do nothing until they are applied"]
pub struct ResponseEdits {
    inner: InnerHeaders,
    vary: bool,
    /// What an allowed origin is told.
    origin: Option<HeaderValue>,
    credentials: bool,
    expose: Option<HeaderValue>,
    /// Whether it is told the names that the response has instead.
    expose_response: bool,
}

impl Decision<'_> {
    /// The whole answer to a preflight; none for what the inner service answers.
    ///
    /// ```
    /// # use http::{Request, StatusCode};
    /// # use tower_cors::{Policy, RequestHead};
    /// let preflight = Request::options("/")
    ///     .header("origin", "https://a.example")
    ///     .header("access-control-request-method", "PUT")
    ///     .body(())?;
    /// let (policy, head) = (Policy::permissive(), RequestHead::from(&preflight));
    /// let answer = policy.decide(&head).answer::<String>().unwrap();
    /// assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    /// assert_eq!(answer.headers()["access-control-allow-methods"], "*");
    /// # Ok::<(), http::Error>(())
    /// ```
    #[inline]
    pub fn answer<B: Default>(&self) -> Option<Response<B>> {
        self.is_answered().then(|| self.preflight_answer())
    }

    /// By value, so that a decision that edits stays in registers.
    #[inline(never)]
    pub(crate) fn preflight_answer<B: Default>(self) -> Response<B> {
        let rule = self.deciding_rule();
        let mut response = Response::new(B::default());
        // Seven headers at most: room for them, so that the map does not grow.
        let mut headers = HeaderMap::try_with_capacity(7).unwrap_or_default();
        *response.status_mut() = match self.rule {
            Some(_) => rule.checked.preflight_status,
            None => rule.checked.denied_status,
        };
        // A new map has room for these: nothing is left out.
        let _ = set(&mut headers, VARY, Some(PREFLIGHT_VARY));
        if let Some(rule) = self.rule {
            let _ = self.grant_preflight(rule, &mut headers);
        }
        *response.headers_mut() = headers;
        response
    }

    fn grant_preflight(&self, rule: &Rule, headers: &mut HeaderMap) -> Result<(), MaxSizeReached> {
        set(headers, ACCESS_CONTROL_ALLOW_ORIGIN, allowed_origin(rule, self.origin))?;
        if rule.checked.credentials {
            set(headers, ACCESS_CONTROL_ALLOW_CREDENTIALS, Some(TRUE))?;
        }
        set(headers, ACCESS_CONTROL_ALLOW_METHODS, allowed_methods(rule, &self.head))?;
        set(headers, ACCESS_CONTROL_ALLOW_HEADERS, allowed_headers(rule, &self.head))?;
        set(headers, ACCESS_CONTROL_MAX_AGE, rule.max_age.clone())?;
        if let ExposeHeaders::Listed(names) = &rule.expose {
            set(headers, ACCESS_CONTROL_EXPOSE_HEADERS, names.clone())?;
        }
        Ok(())
    }

    /// What is to be done to the inner service's response.
    ///
    /// ```
    /// # use http::{HeaderMap, Request, StatusCode};
    /// # use tower_cors::{Policy, RequestHead};
    /// let request = Request::get("/").header("origin", "https://a.example").body(())?;
    /// let policy = Policy::builder().allow_origins(["https://a.example"]).build()?;
    /// let edits = policy.decide(&RequestHead::from(&request)).edits();
    /// drop(request);
    ///
    /// let mut headers = HeaderMap::new();
    /// edits.apply(StatusCode::OK, &mut headers);
    /// assert_eq!(headers["access-control-allow-origin"], "https://a.example");
    /// assert_eq!(headers["vary"], "origin");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline(always)]
    pub fn edits(&self) -> ResponseEdits {
        let granting = self.rule.filter(|_| self.kind != RequestKind::Preflight);
        let checked = &self.deciding_rule().checked;
        ResponseEdits {
            origin: match granting {
                Some(rule) => allowed_origin(rule, self.origin),
                None => None,
            },
            expose: match granting {
                Some(Rule { expose: ExposeHeaders::Listed(names), .. }) => names.clone(),
                _ => None,
            },
            expose_response: matches!(
                granting,
                Some(Rule { expose: ExposeHeaders::FromResponse, .. })
            ),
            vary: self.policy.varies(),
            inner: checked.inner_headers,
            credentials: checked.credentials,
        }
    }
}

impl ResponseEdits {
    /// Edits the headers of a response with this status.
    ///
    /// A map that is too full to take a header is left without it: `Vary` is set first, and nothing
    /// is granted where it did not fit.
    pub fn apply(mut self, status: StatusCode, headers: &mut HeaderMap) {
        self.apply_varied(&[], status, headers);
    }

    /// [`apply`](Self::apply), once, with the names of the request headers that chose the policy.
    #[inline(always)]
    pub(crate) fn apply_varied(
        &mut self,
        by: &[HeaderName],
        status: StatusCode,
        headers: &mut HeaderMap,
    ) {
        let found = InnerCors::find(headers);
        let kept = self.inner == InnerHeaders::Keep && found.has_allow_origin();
        if !kept {
            found.strip(headers);
        }
        // The names as the inner service set them, before anything is added. Not on a 304: caches
        // would replace the stored response's list by it.
        if self.expose_response && !kept && status != StatusCode::NOT_MODIFIED {
            self.expose = exposed_names(headers);
        }
        if self.vary && vary_by_origin(headers, found.vary).is_err()
            || !by.is_empty() && vary_by(headers, by).is_err()
        {
            // Nor may what the inner service granted leave without it.
            return found.strip(headers);
        }
        if !kept {
            let _ = self.grant(headers);
        }
    }

    /// As much as there is room for: without the first, a browser does not look at the others.
    /// None of them is there, so nothing is replaced.
    #[inline(always)]
    fn grant(&mut self, headers: &mut HeaderMap) -> Result<(), MaxSizeReached> {
        let Some(origin) = self.origin.take() else { return Ok(()) };
        headers.try_append(ACCESS_CONTROL_ALLOW_ORIGIN, origin)?;
        if self.credentials {
            headers.try_append(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE)?;
        }
        if let Some(names) = self.expose.take() {
            headers.try_append(ACCESS_CONTROL_EXPOSE_HEADERS, names)?;
        }
        Ok(())
    }
}

/// Merges the names of request headers into `Vary`, each once and none beside `*`:
/// <https://httpwg.org/specs/rfc9110.html#field.vary>.
pub(crate) fn vary_by(headers: &mut HeaderMap, names: &[HeaderName]) -> Result<(), MaxSizeReached> {
    for name in names {
        let value = HeaderValue::from(name.clone());
        match headers.contains_key(VARY) {
            true => merge_into_vary(headers, &value),
            false => drop(headers.try_insert(VARY, value)?),
        }
    }
    Ok(())
}

/// The same for `origin`, of which nearly every response needs to be told.
#[inline]
fn vary_by_origin(headers: &mut HeaderMap, present: bool) -> Result<(), MaxSizeReached> {
    match present {
        true => merge_into_vary(headers, &ORIGIN),
        false => _ = headers.try_append(VARY, ORIGIN)?,
    }
    Ok(())
}

/// Into lines that are there, which needs no room.
fn merge_into_vary(headers: &mut HeaderMap, name: &HeaderValue) {
    let covered = |line: &HeaderValue| {
        let mut names = line.as_bytes().split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
        names.any(|listed| listed == b"*" || listed.eq_ignore_ascii_case(name.as_bytes()))
    };
    if headers.get_all(VARY).iter().any(covered) {
        return;
    }
    // Into the first line, since there are readers that look at no other.
    if let Some(line) = headers.get_mut(VARY) {
        let listed = trimmed(line.as_bytes());
        let comma: &[u8] = if listed.is_empty() { b"" } else { b", " };
        let merged = Bytes::from([listed, comma, name.as_bytes()].concat());
        *line = HeaderValue::from_maybe_shared(merged).unwrap_or(STAR);
    }
}

/// `try_insert` for a header that there may be nothing to say of.
fn set(
    headers: &mut HeaderMap,
    name: HeaderName,
    value: Option<HeaderValue>,
) -> Result<(), MaxSizeReached> {
    match value {
        Some(value) => headers.try_insert(name, value).map(|_| ()),
        None => Ok(()),
    }
}

#[inline]
fn allowed_origin(rule: &Rule, origin: OriginHeader<'_>) -> Option<HeaderValue> {
    match origin {
        _ if rule.open => Some(STAR),
        // The request's own value: no counter is shared with other requests.
        OriginHeader::One(value) => Some(value.clone()),
        OriginHeader::Absent | OriginHeader::Several => None,
    }
}

fn allowed_methods(rule: &Rule, head: &RequestHead<'_>) -> Option<HeaderValue> {
    match &rule.methods {
        AllowMethods::Listed(methods) => methods.clone(),
        AllowMethods::Any => Some(STAR),
        AllowMethods::Mirrored => {
            head.requested_method().filter(|method| is_mirrored_method(method.as_bytes())).cloned()
        }
    }
}

fn allowed_headers(rule: &Rule, head: &RequestHead<'_>) -> Option<HeaderValue> {
    match &rule.headers {
        AllowHeaders::Listed(value) => value.clone(),
        AllowHeaders::Any(value) => Some(value.clone()),
        AllowHeaders::Mirrored { authorization } => mirrored_names(head, *authorization),
    }
}

/// A list without the commas and the white space around it.
fn trimmed(list: &[u8]) -> &[u8] {
    let inside = |byte: &u8| !matches!(byte, b',' | b' ' | b'\t');
    let start = list.iter().position(inside).unwrap_or(list.len());
    let end = list.iter().rposition(inside).map_or(start, |last| last + 1);
    &list[start..end]
}

/// What a literal `*` would expose without credentials:
/// <https://fetch.spec.whatwg.org/#cors-exposed-header-name-list>.
fn exposed_names(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut names = Vec::new();
    for name in headers.keys().map(HeaderName::as_str) {
        if is_safelisted_response_header(name) || is_forbidden_response_header(name) {
            continue;
        }
        if !names.is_empty() {
            names.push(b',');
        }
        names.extend_from_slice(name.as_bytes());
    }
    list(names)
}
