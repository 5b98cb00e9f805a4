//! The standard's request: made from a script's fetch, changed by redirects.

use bytes::Bytes;
use url::Url;

use super::fetch::{Cache, Credentials, Fetch, Mode};
use super::header_list::{HeaderList, is_token, isomorphic_encode, normalize};
use super::names::{
    REQUEST_BODY_HEADER_NAMES, is_cors_non_wildcard_request_header_name, is_cors_safelisted_method,
    is_forbidden_method, is_forbidden_request_header, is_method,
    is_no_cors_safelisted_request_header_name, normalize_method,
};
use super::outcome::{RedirectProblem, Refusal};
use super::safelist::is_cors_safelisted_request_header;

/// A request's [response tainting](https://fetch.spec.whatwg.org/#concept-request-response-tainting).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tainting {
    Basic,
    Cors,
    Opaque,
}

/// A [request](https://fetch.spec.whatwg.org/#concept-request).
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) headers: HeaderList,
    pub(super) body: Option<Bytes>,
    pub(super) mode: Mode,
    pub(super) cache: Cache,
    pub(super) tainting: Tainting,
    origin: String,
    credentials: Credentials,
    url_list: Vec<Url>,
}

impl Request {
    /// <https://fetch.spec.whatwg.org/#dom-request>, and the `Accept` that
    /// [fetching](https://fetch.spec.whatwg.org/#concept-fetch) adds.
    pub(super) fn new(fetch: &Fetch) -> Result<Self, Refusal> {
        let refuse = |what: String| Err(Refusal::Unconstructible(what));
        let url = match Url::parse(&fetch.url) {
            Ok(url) if includes_credentials(&url) => {
                return refuse(format!("URL with credentials: {url}"));
            }
            Ok(url) if !is_http(&url) => return refuse(format!("scheme of {url}")),
            Ok(url) => url,
            Err(error) => return refuse(format!("URL {}: {error}", fetch.url)),
        };
        if !is_method(&fetch.method) {
            return refuse(format!("method {}", fetch.method));
        }
        if is_forbidden_method(&fetch.method) {
            return Err(Refusal::ForbiddenMethod(fetch.method.clone()));
        }
        let method = normalize_method(&fetch.method);
        if fetch.mode == Mode::NoCors && !is_cors_safelisted_method(&method) {
            return refuse(format!("method {method} with mode no-cors"));
        }
        if fetch.body.is_some() && matches!(method.as_str(), "GET" | "HEAD") {
            return refuse(format!("body with method {method}"));
        }
        let mut headers = script_headers(fetch)?;
        if fetch.body.is_some() && !headers.contains("content-type") {
            headers.append("content-type", "text/plain;charset=UTF-8");
        }
        if !headers.contains("accept") {
            headers.append("accept", "*/*");
        }
        Ok(Self {
            method,
            headers,
            body: fetch.body.clone().map(Bytes::from),
            mode: fetch.mode,
            cache: fetch.cache,
            tainting: Tainting::Basic,
            origin: fetch.origin.clone(),
            credentials: fetch.credentials,
            url_list: vec![url],
        })
    }

    /// <https://fetch.spec.whatwg.org/#concept-request-current-url>
    pub(super) fn current_url(&self) -> &Url {
        &self.url_list[self.url_list.len() - 1]
    }

    /// Whether a redirect was followed.
    pub(super) fn redirected(&self) -> bool {
        self.url_list.len() > 1
    }

    /// Whether the credentials mode is `include`.
    pub(super) fn includes_credentials(&self) -> bool {
        self.credentials == Credentials::Include
    }

    /// Whether credentials are sent: <https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch>,
    /// `includeCredentials`.
    pub(super) fn sends_credentials(&self) -> bool {
        self.includes_credentials()
            || self.credentials == Credentials::SameOrigin && self.tainting == Tainting::Basic
    }

    /// Whether the request's origin is same origin with the current URL's.
    pub(super) fn is_same_origin(&self) -> bool {
        self.is_same_origin_with(self.current_url())
    }

    /// <https://fetch.spec.whatwg.org/#serializing-a-request-origin>: `null` once redirects
    /// [tainted](https://fetch.spec.whatwg.org/#concept-request-tainted-origin) it.
    pub(super) fn serialized_origin(&self) -> &str {
        let tainted = self.url_list.windows(2).any(|pair| {
            pair[1].origin() != pair[0].origin() && !self.is_same_origin_with(&pair[0])
        });
        if tainted { "null" } else { &self.origin }
    }

    /// The request's half of <https://fetch.spec.whatwg.org/#concept-http-redirect-fetch>.
    pub(super) fn redirect(&mut self, location: Url, status: u16) -> Result<(), RedirectProblem> {
        if !is_http(&location) {
            return Err(RedirectProblem::Scheme);
        }
        if self.url_list.len() > 20 {
            return Err(RedirectProblem::TooMany);
        }
        let credentials = includes_credentials(&location);
        if self.mode == Mode::Cors && credentials && !self.is_same_origin_with(&location) {
            return Err(RedirectProblem::UrlCredentials);
        }
        if self.tainting == Tainting::Cors && credentials {
            return Err(RedirectProblem::UrlCredentials);
        }
        if (matches!(status, 301 | 302) && self.method == "POST")
            || (status == 303 && !matches!(self.method.as_str(), "GET" | "HEAD"))
        {
            self.method = "GET".to_owned();
            self.body = None;
            for name in REQUEST_BODY_HEADER_NAMES {
                self.headers.delete(name);
            }
        }
        if self.current_url().origin() != location.origin() {
            self.headers.delete("authorization");
        }
        self.url_list.push(location);
        Ok(())
    }

    /// Whether a CORS non-wildcard request-header name is among the headers.
    pub(super) fn non_wildcard_header_name(&self) -> Option<&str> {
        self.headers
            .iter()
            .map(|(name, _)| name)
            .find(|name| is_cors_non_wildcard_request_header_name(name))
    }

    /// An opaque origin is same origin with no URL.
    fn is_same_origin_with(&self, url: &Url) -> bool {
        self.origin != "null" && url.origin().ascii_serialization() == self.origin
    }
}

/// The script's headers by <https://fetch.spec.whatwg.org/#concept-headers-append>: what the guard
/// does not let through is dropped without a word.
fn script_headers(fetch: &Fetch) -> Result<HeaderList, Refusal> {
    let mut headers = HeaderList::default();
    for (name, value) in &fetch.headers {
        let refuse = || Refusal::Unconstructible(format!("header {name:?}: {value:?}"));
        let bytes = isomorphic_encode(value).ok_or_else(refuse)?;
        let bytes = normalize(&bytes);
        if !is_token(name.as_bytes()) || bytes.iter().any(|byte| b"\0\r\n".contains(byte)) {
            return Err(refuse());
        }
        let kept = match fetch.mode {
            Mode::Cors => true,
            Mode::NoCors => {
                is_no_cors_safelisted_request_header_name(name)
                    && is_cors_safelisted_request_header(name, bytes)
            }
        };
        if kept && !is_forbidden_request_header(name, bytes) {
            headers.append(name.as_str(), bytes);
        }
    }
    Ok(headers)
}

fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// <https://url.spec.whatwg.org/#include-credentials>
fn includes_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}
