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
        let deciding = self.deciding(request);
        let mode =
            deciding.or(self.chain.first()).map_or(&Value::Null, |config| &config["innerHeaders"]);
        let kept = mode == "keep" && headers.contains_key(CORS_HEADERS[0]);
        let mut vary = Vec::new();
        if !self.constant && (has_origin || !self.has(Fault::VaryOnlyWithOrigin)) {
            vary.push("origin");
        }
        if let (false, Some(config)) = (kept, deciding) {
            vary.extend(self.vary_of_users(config, request, headers));
        }
        self.merge_into_vary(headers, &vary);
        if kept {
            return;
        }
        if deciding.is_some() || !self.has(Fault::InnerGrantLeaked) {
            let kept = headers.get(CORS_HEADERS[0]).cloned();
            CORS_HEADERS.iter().for_each(|name| drop(headers.remove(*name)));
            if let (true, Some(kept)) = (self.has(Fault::InnerGrantAppended), kept) {
                headers.append(CORS_HEADERS[0], kept);
            }
        }
        // What caches merge into what they have stored.
        let merged = matches!(status.as_u16(), 206 | 304);
        let Some(config) = deciding else {
            if has_origin && merged && mode != "keep" && !self.has(Fault::DenialUnsaid) {
                put(headers, CORS_HEADERS[0], "");
            }
            return;
        };
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
        let computed = credentials && exposed.iter().any(|name| name == "*");
        if computed {
            exposed = headers
                .keys()
                .map(ToString::to_string)
                .filter(|name| !NOT_LISTED.contains(&name.as_str()))
                .filter(|name| !CORS_HEADERS.contains(&name.as_str()))
                .filter(|_| status != StatusCode::NOT_MODIFIED)
                .collect();
        }
        let mixed = self.chain.iter().any(|config| config["allowCredentials"] == true)
            && !self.has(Fault::CredentialsUnsaidOn200);
        let unsaid = self.has(Fault::CredentialsUnsaid);
        let says_false = !credentials && !self.constant && (merged || mixed) && !unsaid;
        self.put_origin(headers, config, request);
        if credentials || says_false {
            put(headers, CORS_HEADERS[1], if credentials { "true" } else { "false" });
        }
        if self.has(Fault::NothingExposed) {
            return;
        }
        put_list(headers, CORS_HEADERS[5], &exposed);
        let left_to_the_stored = computed && status == StatusCode::NOT_MODIFIED;
        if exposed.is_empty()
            && (merged || says_false)
            && !left_to_the_stored
            && !self.has(Fault::ExposureUnsaid)
        {
            put(headers, CORS_HEADERS[5], "");
        }
    }

    /// What is added to `Vary` where a response that grants without credentials was made for one
    /// user.
    fn vary_of_users(
        &self,
        config: &Value,
        request: &HeaderMap,
        response: &HeaderMap,
    ) -> Vec<&'static str> {
        let has_origin = request.contains_key(header::ORIGIN);
        if config["allowCredentials"] == true
            || is_public(response) && !self.has(Fault::PublicUnheard)
        {
            return Vec::new();
        }
        let cookies = request.contains_key(header::COOKIE) && !self.has(Fault::CookiesUnvaried)
            || response.contains_key(header::SET_COOKIE) && !self.has(Fault::SetCookieUnvaried);
        let authorization =
            request.contains_key(header::AUTHORIZATION) && !self.has(Fault::AuthorizationUnvaried);
        let mut vary = match (cookies, has_origin) {
            (false, _) => Vec::new(),
            (true, true) if !self.has(Fault::CookiesNamed) => vec!["*"],
            (true, false) if self.has(Fault::CookiesWithoutOrigin) => vec!["cookie"],
            (true, _) => vec!["origin", "cookie"],
        };
        if authorization {
            vary.extend(["origin", "authorization"]);
        }
        vary
    }

    /// The answer of a server that takes CORS for access control.
    pub(super) fn forbidden(&self) -> Response<Bytes> {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::FORBIDDEN;
        self.merge_into_vary(response.headers_mut(), &["origin"]);
        response
    }

    /// Adds names to `Vary`, which is then one line.
    fn merge_into_vary(&self, headers: &mut HeaderMap, names: &[&str]) {
        if names.is_empty() && !headers.contains_key(header::VARY) {
            return;
        }
        let before = elements(headers, &header::VARY);
        let added = names.iter().map(ToString::to_string);
        if self.has(Fault::VaryInLines) {
            added
                .filter(|name| !before.contains(name))
                .filter_map(|name| HeaderValue::from_str(&name).ok())
                .for_each(|name| _ = headers.append(header::VARY, name));
            return;
        }
        let all = once(before.into_iter().chain(added));
        let any = all.iter().any(|name| name == "*");
        put(headers, "vary", &if any { "*".to_owned() } else { all.join(", ") });
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

/// Whether the service says that the response is for everybody.
fn is_public(response: &HeaderMap) -> bool {
    let says = |name: &str| {
        elements(response, &header::CACHE_CONTROL)
            .iter()
            .any(|element| element.split('=').next().is_some_and(|n| n.trim() == name))
    };
    (says("public") || says("s-maxage") || says("immutable")) && !says("private")
}

/// The elements of a list, lower case.
fn elements(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let lines = headers.get_all(name).iter();
    let text: Vec<_> = lines.map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
    let elements = text.iter().flat_map(|line| line.split(','));
    let elements = elements.map(|element| element.trim().to_ascii_lowercase());
    elements.filter(|element| !element.is_empty()).collect()
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
