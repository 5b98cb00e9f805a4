//! What the naive server writes: preflight answers, and the edits of every other response.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::Value;

use super::{Fault, NaiveServer};

/// Every CORS response header.
const CORS_HEADERS: [&str; 7] = [
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-allow-private-network",
    "access-control-expose-headers",
    "access-control-max-age",
];

/// The response headers that need no exposing, and those that cannot be exposed.
const NOT_LISTED: [&str; 9] = [
    "cache-control",
    "content-language",
    "content-length",
    "content-type",
    "expires",
    "last-modified",
    "pragma",
    "set-cookie",
    "set-cookie2",
];

impl NaiveServer {
    /// The whole answer to a preflight.
    pub(super) fn preflight_answer(
        &self,
        deciding: Option<&Value>,
        request: &HeaderMap,
    ) -> Response<Bytes> {
        let mut response = Response::new(Bytes::new());
        let headers = response.headers_mut();
        put(
            headers,
            "vary",
            "origin, access-control-request-method, access-control-request-headers",
        );
        let Some(config) = deciding else {
            let first = self.chain.first().unwrap_or(&Value::Null);
            *response.status_mut() = status(&first["deniedStatus"], StatusCode::FORBIDDEN);
            return response;
        };
        let credentials = config["allowCredentials"] == true;
        self.put_origin(headers, config, request);
        if credentials && !self.has(Fault::NoCredentialsOnPreflight) {
            put(headers, "access-control-allow-credentials", "true");
        }
        let mut methods = words(&config["allowMethods"]);
        if credentials && methods == ["*"] {
            methods = mirrored_method(request);
        }
        if self.has(Fault::LowerCaseMethods) {
            methods.iter_mut().for_each(|method| method.make_ascii_lowercase());
        }
        put_list(headers, "access-control-allow-methods", &methods);
        let mut names = lower(words(&config["allowHeaders"]));
        if credentials && names.iter().any(|name| name == "*") {
            names = mirrored_names(request, names.iter().any(|name| name == "authorization"));
        }
        put_list(headers, "access-control-allow-headers", &names);
        if let Some(seconds) = seconds(&config["maxAge"]) {
            put(headers, "access-control-max-age", &seconds.to_string());
        }
        let exposed = lower(words(&config["exposeHeaders"]));
        let literal = credentials && exposed.iter().any(|name| name == "*");
        if !literal && !self.has(Fault::NothingExposed) {
            put_list(headers, "access-control-expose-headers", &exposed);
        }
        *response.status_mut() = status(&config["preflightStatus"], StatusCode::NO_CONTENT);
        response
    }

    /// The edits of a response of the inner service.
    pub(super) fn edit(&self, request: &HeaderMap, response: &mut Response<Bytes>) {
        let status = response.status();
        let headers = response.headers_mut();
        let has_origin = request.contains_key(header::ORIGIN);
        if !self.constant && (has_origin || !self.has(Fault::VaryOnlyWithOrigin)) {
            merge_origin_into_vary(headers);
        }
        let deciding = self.deciding(request);
        let mode =
            deciding.or(self.chain.first()).map_or(&Value::Null, |config| &config["innerHeaders"]);
        if mode == "keep" && headers.contains_key(CORS_HEADERS[0]) {
            return;
        }
        if deciding.is_some() || !self.has(Fault::InnerGrantLeaked) {
            let kept = headers.get(CORS_HEADERS[0]).cloned();
            CORS_HEADERS.iter().for_each(|name| drop(headers.remove(*name)));
            if let (true, Some(kept)) = (self.has(Fault::InnerGrantAppended), kept) {
                headers.append(CORS_HEADERS[0], kept);
            }
        }
        let Some(config) = deciding else { return };
        let nothing = self.has(Fault::NothingOnErrors) && status.as_u16() >= 400
            || self.has(Fault::NothingOn304) && status == StatusCode::NOT_MODIFIED
            || self.has(Fault::NothingOnRedirects)
                && status.is_redirection()
                && status != StatusCode::NOT_MODIFIED;
        if nothing {
            return;
        }
        let credentials = config["allowCredentials"] == true;
        let mut exposed = lower(words(&config["exposeHeaders"]));
        if credentials && exposed.iter().any(|name| name == "*") {
            exposed = headers
                .keys()
                .map(ToString::to_string)
                .filter(|name| !NOT_LISTED.contains(&name.as_str()))
                .filter(|name| !CORS_HEADERS.contains(&name.as_str()))
                .filter(|_| status != StatusCode::NOT_MODIFIED)
                .collect();
        }
        self.put_origin(headers, config, request);
        if credentials {
            put(headers, "access-control-allow-credentials", "true");
        }
        if !self.has(Fault::NothingExposed) {
            put_list(headers, "access-control-expose-headers", &exposed);
        }
    }

    /// The answer of a server that takes CORS for access control.
    pub(super) fn forbidden(&self) -> Response<Bytes> {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::FORBIDDEN;
        merge_origin_into_vary(response.headers_mut());
        response
    }

    /// `*` when any origin is allowed without credentials, else the request's `Origin`.
    fn put_origin(&self, headers: &mut HeaderMap, config: &Value, request: &HeaderMap) {
        let any = words(&config["allowOrigins"]) == ["*"] && config["allowCredentials"] != true;
        let mut origin = if any { "*".to_owned() } else { text(request, header::ORIGIN) };
        if self.has(Fault::TrailingSlash) && !any {
            origin.push('/');
        }
        if let Ok(value) = HeaderValue::from_str(&origin) {
            headers.append(header::ACCESS_CONTROL_ALLOW_ORIGIN, value);
        }
    }
}

/// The one requested method, when it is a token, not `*` and not forbidden.
fn mirrored_method(request: &HeaderMap) -> Vec<String> {
    let lines = request.get_all(header::ACCESS_CONTROL_REQUEST_METHOD).iter().count();
    let method = text(request, header::ACCESS_CONTROL_REQUEST_METHOD);
    let forbidden = ["CONNECT", "TRACE", "TRACK"];
    let mirrored = lines == 1
        && http::Method::from_bytes(method.as_bytes()).is_ok()
        && method != "*"
        && !forbidden.iter().any(|name| name.eq_ignore_ascii_case(&method));
    if mirrored { vec![method] } else { Vec::new() }
}

/// The requested names, when all are names and 4,096 bytes hold them.
fn mirrored_names(request: &HeaderMap, authorization: bool) -> Vec<String> {
    let lines = request.get_all(header::ACCESS_CONTROL_REQUEST_HEADERS);
    let length: usize = lines.iter().map(HeaderValue::len).sum();
    let names: Vec<String> = lines
        .iter()
        .flat_map(|line| line.as_bytes().split(|&byte| byte == b','))
        .map(|name| String::from_utf8_lossy(name).trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty())
        .collect();
    if length > 4096 || names.iter().any(|name| HeaderName::from_bytes(name.as_bytes()).is_err()) {
        return Vec::new();
    }
    let not_mirrored = |name: &str| name == "*" || (name == "authorization" && !authorization);
    names.into_iter().filter(|name| !not_mirrored(name)).collect()
}

/// Adds `origin` to `vary`, unless it or `*` is there.
fn merge_origin_into_vary(headers: &mut HeaderMap) {
    let there = headers.get_all(header::VARY).iter().any(|line| {
        String::from_utf8_lossy(line.as_bytes())
            .split(',')
            .any(|name| name.trim() == "*" || name.trim().eq_ignore_ascii_case("origin"))
    });
    if !there {
        headers.append(header::VARY, HeaderValue::from_static("origin"));
    }
}

/// Whole seconds, or a duration such as `1h30m`.
fn seconds(value: &Value) -> Option<u64> {
    let Some(duration) = value.as_str() else { return value.as_u64() };
    let mut milliseconds = 0;
    let mut rest = duration;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let unit = &rest[digits..];
        let unit = &unit[..unit.find(|c: char| c.is_ascii_digit()).unwrap_or(unit.len())];
        milliseconds += number
            * match unit {
                "h" => 3_600_000,
                "m" => 60_000,
                "s" => 1_000,
                "ms" => 1,
                _ => return None,
            };
        rest = &rest[digits + unit.len()..];
    }
    Some(milliseconds / 1_000)
}

fn status(value: &Value, default: StatusCode) -> StatusCode {
    let code = value.as_u64().and_then(|code| u16::try_from(code).ok());
    code.and_then(|code| StatusCode::from_u16(code).ok()).unwrap_or(default)
}

fn words(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    once(items.map(str::to_owned))
}

fn lower(words: Vec<String>) -> Vec<String> {
    once(words.into_iter().map(|word| word.to_ascii_lowercase()))
}

/// In order, repetitions dropped.
fn once(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for word in words {
        if !kept.contains(&word) {
            kept.push(word);
        }
    }
    kept
}

fn text(headers: &HeaderMap, name: HeaderName) -> String {
    let value = headers.get(name).map(HeaderValue::as_bytes).unwrap_or_default();
    String::from_utf8_lossy(value).into_owned()
}

fn put_list(headers: &mut HeaderMap, name: &'static str, items: &[String]) {
    if !items.is_empty() {
        put(headers, name, &items.join(","));
    }
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
