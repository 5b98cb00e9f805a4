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
use crate::fetch::{TOKEN_LOWER, is_forbidden_response_header, is_safelisted_response_header};
use crate::policy::{
    AllowHeaders, AllowMethods, ExposeHeaders, Rule, is_mirrored_header, is_mirrored_method,
};
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
    grant: Option<Grant>,
}

/// What an allowed origin is told.
#[derive(Clone, Debug)]
struct Grant {
    origin: HeaderValue,
    credentials: bool,
    expose: Expose,
}

#[derive(Clone, Debug)]
enum Expose {
    Listed(Option<HeaderValue>),
    FromResponse,
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
    pub fn answer<B: Default>(&self) -> Option<Response<B>> {
        if !self.is_answered() {
            return None;
        }
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
        Some(response)
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
    pub fn edits(&self) -> ResponseEdits {
        let rule = self.rule.filter(|_| self.kind != RequestKind::Preflight);
        ResponseEdits {
            inner: self.deciding_rule().checked.inner_headers,
            vary: self.policy.varies(),
            grant: rule.and_then(|rule| {
                Some(Grant {
                    origin: allowed_origin(rule, self.origin)?,
                    credentials: rule.checked.credentials,
                    expose: match &rule.expose {
                        ExposeHeaders::Listed(names) => Expose::Listed(names.clone()),
                        ExposeHeaders::FromResponse => Expose::FromResponse,
                    },
                })
            }),
        }
    }
}

impl ResponseEdits {
    /// Edits the headers of a response with this status.
    ///
    /// A map that is too full to take a header is left without it: `Vary` is set first, and nothing
    /// is granted where it did not fit.
    pub fn apply(self, status: StatusCode, headers: &mut HeaderMap) {
        self.apply_varied(&[], status, headers);
    }

    /// [`apply`](Self::apply), with the names of the request headers that chose the policy.
    pub(crate) fn apply_varied(
        self,
        by: &[HeaderName],
        status: StatusCode,
        headers: &mut HeaderMap,
    ) {
        let found = InnerCors::find(headers);
        let kept = self.inner == InnerHeaders::Keep && found.has_allow_origin();
        if !kept {
            found.strip(headers);
        }
        let grant = self.grant.filter(|_| !kept);
        // The names as the inner service set them, before anything is added.
        let (granted, expose) = match grant {
            None => (None, None),
            Some(Grant { origin, credentials, expose }) => {
                let expose = match expose {
                    Expose::Listed(names) => names,
                    // A cache would replace the stored response's list by that of the 304.
                    Expose::FromResponse if status == StatusCode::NOT_MODIFIED => None,
                    Expose::FromResponse => exposed_names(headers),
                };
                (Some((origin, credentials)), expose)
            }
        };
        let varied = match self.vary {
            true => merge_vary(headers, found.vary, &http::header::ORIGIN),
            false => Ok(()),
        };
        if varied.and_then(|()| vary_by(headers, by)).is_err() {
            return;
        }
        let Some((origin, credentials)) = granted else { return };
        let _ = set(headers, ACCESS_CONTROL_ALLOW_ORIGIN, Some(origin))
            .and_then(|()| {
                set(headers, ACCESS_CONTROL_ALLOW_CREDENTIALS, credentials.then_some(TRUE))
            })
            .and_then(|()| set(headers, ACCESS_CONTROL_EXPOSE_HEADERS, expose));
    }
}

/// Merges the names of request headers into `Vary`, each once and none beside `*`.
pub(crate) fn vary_by(headers: &mut HeaderMap, names: &[HeaderName]) -> Result<(), MaxSizeReached> {
    names.iter().try_for_each(|name| {
        let present = headers.contains_key(VARY);
        merge_vary(headers, present, name)
    })
}

/// <https://httpwg.org/specs/rfc9110.html#field.vary>
fn merge_vary(
    headers: &mut HeaderMap,
    present: bool,
    name: &HeaderName,
) -> Result<(), MaxSizeReached> {
    let value = if *name == http::header::ORIGIN { ORIGIN } else { name.clone().into() };
    if !present {
        return set(headers, VARY, Some(value));
    }
    let covered = |line: &HeaderValue| {
        let mut names = line.as_bytes().split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
        names.any(|listed| listed == b"*" || listed.eq_ignore_ascii_case(value.as_bytes()))
    };
    if headers.get_all(VARY).iter().any(covered) {
        return Ok(());
    }
    // Into the first line, since there are readers that look at no other.
    if let Some(line) = headers.get_mut(VARY) {
        let listed = line.as_bytes().trim_ascii();
        let comma: &[u8] = if listed.is_empty() { b"" } else { b", " };
        let merged = Bytes::from([listed, comma, value.as_bytes()].concat());
        *line = HeaderValue::from_maybe_shared(merged).unwrap_or(STAR);
    }
    Ok(())
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
        AllowHeaders::Listed { value, .. } => value.clone(),
        AllowHeaders::Any { value, .. } => Some(value.clone()),
        AllowHeaders::Mirrored { authorization } => mirrored_names(head, *authorization),
    }
}

/// The requested names as `access-control-allow-headers` repeats them; none when they are not all
/// names, or too long.
fn mirrored_names(head: &RequestHead<'_>, authorization: bool) -> Option<HeaderValue> {
    let requested = head.requested_headers()?;
    let as_sent = |name: &[u8]| {
        let lower = name.iter().all(|&byte| byte != 0 && TOKEN_LOWER[usize::from(byte)] == byte);
        lower && !name.is_empty() && is_mirrored_header(name, authorization)
    };
    // What browsers send needs no change.
    let line = requested.one_line();
    if let Some(line) = line.filter(|line| line.as_bytes().split(|&b| b == b',').all(as_sent)) {
        return Some(line.clone());
    }
    let mut names = Vec::with_capacity(requested.length());
    for name in requested.names() {
        let end = names.len();
        if end > 0 {
            names.push(b',');
        }
        let start = names.len();
        names.extend(name.iter().map(|&byte| TOKEN_LOWER[usize::from(byte)]));
        if names[start..].contains(&0) {
            return None;
        }
        if !is_mirrored_header(&names[start..], authorization) {
            names.truncate(end);
        }
    }
    list(names)
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

fn list(names: Vec<u8>) -> Option<HeaderValue> {
    HeaderValue::from_maybe_shared(Bytes::from(names)).ok().filter(|list| !list.is_empty())
}
