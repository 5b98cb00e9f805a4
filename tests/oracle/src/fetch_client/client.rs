//! Main fetch and what it calls, down to the server.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use url::Url;

use super::Server;
use super::cookies::Cookies;
use super::cors_check::cors_check;
use super::engine::Engine;
use super::fetch::{Fetch, Mode};
use super::header_list::{HeaderList, extract_max_age, extract_tokens, isomorphic_decode};
use super::http_cache::{Found, HttpCache, Key};
use super::names::{is_cors_safelisted_method, is_ok_status, is_redirect_status};
use super::outcome::{Outcome, Refusal, Sent, Verdict};
use super::preflight_cache::PreflightCache;
use super::request::{Request, Tainting};
use super::response::{filter, location_url};
use super::safelist::cors_unsafe_request_header_names;

/// A user agent: its caches, and a clock that only [`advance`](Self::advance) moves.
#[derive(Clone, Debug, Default)]
pub struct Client {
    preflight_cache: PreflightCache,
    http_cache: Option<HttpCache>,
    cookies: Cookies,
    now: Duration,
}

impl Client {
    /// A client with an empty CORS-preflight cache and no HTTP cache.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A client that has an HTTP cache too, by the standard.
    #[must_use]
    pub fn with_http_cache() -> Self {
        Self::with_http_cache_of(Engine::Standard)
    }

    /// A client that has an HTTP cache as an engine's.
    #[must_use]
    pub fn with_http_cache_of(engine: Engine) -> Self {
        Self { http_cache: Some(HttpCache::of(engine)), ..Self::default() }
    }

    /// `document.cookie = line` on a page of `origin`.
    pub fn set_cookie(&mut self, origin: &str, line: &str) {
        let url = Url::parse(origin).ok();
        let host = url.as_ref().and_then(Url::host_str);
        self.cookies.set(host.unwrap_or_default(), line);
    }

    /// Lets time pass.
    pub fn advance(&mut self, time: Duration) {
        self.now += time;
        self.preflight_cache.expire(self.now);
    }

    /// [`fetch()`](https://fetch.spec.whatwg.org/#dom-global-fetch), to its end.
    pub fn fetch(&mut self, server: &mut dyn Server, fetch: &Fetch) -> Outcome {
        let mut exchange = Exchange { client: self, server, log: Vec::new() };
        let verdict = Request::new(fetch)
            .and_then(|request| exchange.main_fetch(request))
            .unwrap_or_else(Verdict::NetworkError);
        Outcome { verdict, log: exchange.log }
    }
}

/// One fetch under way.
struct Exchange<'a> {
    client: &'a mut Client,
    server: &'a mut dyn Server,
    log: Vec<Sent>,
}

impl Exchange<'_> {
    /// <https://fetch.spec.whatwg.org/#concept-main-fetch>, each redirect one more round.
    fn main_fetch(&mut self, mut request: Request) -> Result<Verdict, Refusal> {
        let mut preflighted = false;
        let fetched = loop {
            let make_cors_preflight = set_tainting(&mut request);
            preflighted |= make_cors_preflight;
            let response = match self.http_fetch(&request, make_cors_preflight) {
                Ok(response) => response,
                Err(refusal) => break Err(refusal),
            };
            if !is_redirect_status(response.status().as_u16()) {
                break Ok(response);
            }
            match location_url(&response, request.current_url()) {
                Ok(None) => break Ok(response),
                Ok(Some(url)) => {
                    if let Err(problem) = request.redirect(url, response.status().as_u16()) {
                        break Err(Refusal::Redirect(problem));
                    }
                }
                Err(problem) => break Err(Refusal::Redirect(problem)),
            }
        };
        match fetched {
            Ok(response) => Ok(filter(&request, response)),
            Err(refusal) => {
                if preflighted {
                    self.client.preflight_cache.clear(&request);
                }
                Err(refusal)
            }
        }
    }

    /// <https://fetch.spec.whatwg.org/#concept-http-fetch>
    fn http_fetch(
        &mut self,
        request: &Request,
        make_cors_preflight: bool,
    ) -> Result<Response<Bytes>, Refusal> {
        if make_cors_preflight {
            let cache = &self.client.preflight_cache;
            let method_missing = !is_cors_safelisted_method(&request.method)
                && !cache.matches_method(&request.method, request);
            let header_missing = cors_unsafe_request_header_names(&request.headers)
                .iter()
                .any(|name| !cache.matches_header_name(name, request));
            if method_missing || header_missing {
                self.cors_preflight_fetch(request)?;
            }
        }
        let response = self.http_network_or_cache_fetch(request)?;
        // The check is applied here, so to redirects and to a 304 that the script asked for.
        if request.tainting == Tainting::Cors {
            cors_check(request, response.headers()).map_err(Refusal::ResponseCorsCheck)?;
        }
        Ok(response)
    }

    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch-0>. No credentials go with it: its
    /// credentials mode is `same-origin`, and none of the request's headers are sent.
    fn cors_preflight_fetch(&mut self, request: &Request) -> Result<(), Refusal> {
        let unsafe_names = cors_unsafe_request_header_names(&request.headers);
        let mut headers = HeaderList::default();
        headers.append("accept", "*/*");
        headers.append("access-control-request-method", request.method.as_str());
        if !unsafe_names.is_empty() {
            headers.append("access-control-request-headers", unsafe_names.join(","));
        }
        headers.append("origin", request.serialized_origin());
        let headers = sendable(&headers, request.current_url())?;
        let response = self.send(true, "OPTIONS", request.current_url(), headers, None)?;

        cors_check(request, response.headers()).map_err(Refusal::PreflightCorsCheck)?;
        if !is_ok_status(response.status().as_u16()) {
            return Err(Refusal::PreflightStatus(response.status().as_u16()));
        }
        let list = |name: &'static str| {
            extract_tokens(response.headers(), name)
                .map(Option::unwrap_or_default)
                .map_err(|()| Refusal::PreflightHeaderSyntax(name))
        };
        let methods = list("access-control-allow-methods")?;
        let header_names = list("access-control-allow-headers")?;
        let wildcard = |list: &[String]| {
            !request.includes_credentials() && list.iter().any(|item| item == "*")
        };
        let listed = |name: &str| header_names.iter().any(|item| item.eq_ignore_ascii_case(name));
        if !methods.contains(&request.method)
            && !is_cors_safelisted_method(&request.method)
            && !wildcard(&methods)
        {
            return Err(Refusal::MethodNotAllowed(request.method.clone()));
        }
        if let Some(name) = request.non_wildcard_header_name().filter(|name| !listed(name)) {
            return Err(Refusal::HeaderNotAllowed(name.to_ascii_lowercase()));
        }
        for name in unsafe_names {
            if !listed(&name) && !wildcard(&header_names) {
                return Err(Refusal::HeaderNotAllowed(name));
            }
        }
        let max_age = Duration::from_secs(extract_max_age(response.headers()).unwrap_or(5));
        let now = self.client.now;
        self.client.preflight_cache.store(request, &methods, &header_names, max_age, now);
        self.client.preflight_cache.expire(now);
        Ok(())
    }

    /// <https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch>
    fn http_network_or_cache_fetch(
        &mut self,
        request: &Request,
    ) -> Result<Response<Bytes>, Refusal> {
        const CONDITIONAL: [&str; 5] =
            ["if-modified-since", "if-none-match", "if-unmodified-since", "if-match", "if-range"];
        let mut list = request.headers.clone();
        match &request.body {
            Some(body) => list.append("content-length", body.len().to_string()),
            None if matches!(request.method.as_str(), "POST" | "PUT") => {
                list.append("content-length", "0");
            }
            None => {}
        }
        append_origin(request, &mut list);
        let headers = sendable(&list, request.current_url())?;
        let cookies =
            self.client.cookies.line(request.current_url().host_str().unwrap_or_default());
        let mut key = Key {
            url: request.current_url().to_string(),
            headers,
            credentials: request.sends_credentials(),
            cookies,
        };
        if key.credentials {
            key.add_cookies();
        }

        // A condition set by the script makes the cache mode `no-store`.
        let conditional = CONDITIONAL.iter().any(|name| list.contains(name));
        let part = list.contains("range");
        let get = request.method == "GET" && !conditional;
        let found = match &self.client.http_cache {
            Some(cache) if get && !part => cache.find(&key, request.cache, self.client.now),
            _ => Found::Nothing,
        };
        let (conditions, revalidating) = match found {
            Found::Nothing => (HeaderMap::new(), false),
            Found::Fresh(response) => return Ok(response),
            Found::Meanwhile(response, conditions) => {
                let mut background = key;
                background.add_cookies();
                background.credentials = true;
                let answer = self.network_fetch(request, &mut background, conditions)?;
                self.update(&background, answer, true);
                return Ok(response);
            }
            Found::Stale(conditions) => (conditions, true),
        };
        let response = self.network_fetch(request, &mut key, conditions)?;
        let Some(cache) = &mut self.client.http_cache else {
            return Ok(response);
        };
        match request.method.as_str() {
            // Engines never read a body that the check refuses, so they do not store it.
            "GET" if get && !part && cache.drops_refused() && is_refused(request, &response) => {
                cache.invalidate(&key.url);
                Ok(response)
            }
            "GET" if get && !part => Ok(self.update(&key, response, revalidating)),
            "GET" if get && response.status() == StatusCode::PARTIAL_CONTENT => {
                Ok(cache.combine(&key, response, self.client.now))
            }
            "HEAD" if !conditional && response.status() == StatusCode::OK => {
                cache.head(&key, response.headers());
                Ok(response)
            }
            "GET" | "HEAD" | "OPTIONS" | "TRACE" => Ok(response),
            _ => {
                if (200..=399).contains(&response.status().as_u16()) {
                    cache.invalidate(&key.url);
                }
                Ok(response)
            }
        }
    }

    /// Sends a request, with conditions of the cache's, and keeps its cookies.
    fn network_fetch(
        &mut self,
        request: &Request,
        key: &mut Key,
        conditions: HeaderMap,
    ) -> Result<Response<Bytes>, Refusal> {
        let mut headers = key.headers.clone();
        headers.extend(conditions);
        let (url, body) = (request.current_url(), request.body.clone());
        let response = self.send(false, &request.method, url, headers, body)?;
        if key.credentials {
            let (host, cookies) = (url.host_str().unwrap_or_default(), &mut self.client.cookies);
            cookies.keep(host, response.headers());
            // What is stored is told by the cookies that are kept by then.
            key.cookies = cookies.line(host);
        }
        Ok(response)
    }

    /// The response to a `GET`, when it has gone through the cache.
    fn update(
        &mut self,
        key: &Key,
        response: Response<Bytes>,
        revalidating: bool,
    ) -> Response<Bytes> {
        let now = self.client.now;
        let Some(cache) = &mut self.client.http_cache else { return response };
        if revalidating && response.status() == StatusCode::NOT_MODIFIED {
            return cache.freshen(key, response.headers(), now).unwrap_or(response);
        }
        cache.store(key, &response, now);
        response
    }

    /// <https://fetch.spec.whatwg.org/#concept-http-network-fetch>
    fn send(
        &mut self,
        preflight: bool,
        method: &str,
        url: &Url,
        headers: HeaderMap,
        body: Option<Bytes>,
    ) -> Result<Response<Bytes>, Refusal> {
        let mut target = url.clone();
        target.set_fragment(None);
        let mut request = http::Request::builder()
            .method(method)
            .uri(target.as_str())
            .body(body.unwrap_or_default())
            .map_err(|error| Refusal::Unsendable(format!("{method} {target}: {error}")))?;
        *request.headers_mut() = headers;
        self.log.push(Sent { preflight, method: method.to_owned(), url: target.into() });
        Ok(self.server.call(request))
    }
}

/// Whether the CORS check will refuse what comes with a body: neither a redirect nor a 304.
fn is_refused(request: &Request, response: &Response<Bytes>) -> bool {
    request.tainting == Tainting::Cors
        && !response.status().is_redirection()
        && cors_check(request, response.headers()).is_err()
}

/// Main fetch's switch: sets the response tainting, and says whether HTTP fetch makes a preflight.
/// The unsafe-request flag is set by every `fetch()`.
fn set_tainting(request: &mut Request) -> bool {
    if request.is_same_origin() && request.tainting == Tainting::Basic {
        return false;
    }
    if request.mode == Mode::NoCors {
        request.tainting = Tainting::Opaque;
        return false;
    }
    request.tainting = Tainting::Cors;
    !is_cors_safelisted_method(&request.method)
        || !cors_unsafe_request_header_names(&request.headers).is_empty()
}

/// <https://fetch.spec.whatwg.org/#append-a-request-origin-header>, with the default referrer policy
/// `strict-origin-when-cross-origin`: an `https` origin is not told to an `http` URL.
fn append_origin(request: &Request, headers: &mut HeaderList) {
    let origin = request.serialized_origin();
    if request.tainting == Tainting::Cors {
        headers.append("origin", origin);
    } else if !matches!(request.method.as_str(), "GET" | "HEAD") {
        let downgrade = request.mode != Mode::Cors
            && origin.starts_with("https://")
            && request.current_url().scheme() == "http";
        headers.append("origin", if downgrade { "null" } else { origin });
    }
}

/// The header list as the `http` crate carries it, with `host`.
fn sendable(list: &HeaderList, url: &Url) -> Result<HeaderMap, Refusal> {
    let mut headers = HeaderMap::new();
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let host = [("host", host.as_bytes())];
    for (name, value) in host.into_iter().chain(list.iter()) {
        let refuse = || Refusal::Unsendable(format!("{name}: {}", isomorphic_decode(value)));
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refuse())?;
        headers.append(key, HeaderValue::from_bytes(value).map_err(|_| refuse())?);
    }
    Ok(headers)
}
