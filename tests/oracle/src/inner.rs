//! The service that a layer under test wraps: the endpoints that the scenarios speak of.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};

pub mod personal;

/// Answers by the path after its first segment, which names the policy:
///
/// | path | answer |
/// |---|---|
/// | `e`, and anything else | 200, JSON with the request's method, cookie and origin; `X-Exp`, `X-Hidden`, `ETag`, `Cache-Control: no-store` |
/// | `status/N` | the same with status N |
/// | `cacheable.js` | a script with `Cache-Control: max-age=600` |
/// | `revalidate` | as `e`, with `Cache-Control: no-cache`; when there is an `If-None-Match`, a 304 with only that and `ETag` |
/// | `redirect?code=&to=` | a redirect, 302 when `code` is absent |
/// | `setcookie` | as `e`, with `Set-Cookie` |
/// | `upstream-acao` | as `e`, with an `Access-Control-Allow-Origin: *` of its own |
/// | `personal` | what [`personal`] says |
/// | `sign-out` | as `e`, and the `user` cookie of this host ends |
#[must_use]
pub fn respond(request: &Request<Bytes>) -> Response<Bytes> {
    let path = request.uri().path().trim_start_matches('/');
    let endpoint = path.split_once('/').map_or("", |(_, endpoint)| endpoint);
    if let Some(status) = endpoint.strip_prefix("status/") {
        let mut response = echo(request);
        *response.status_mut() = status.parse().unwrap_or(StatusCode::BAD_REQUEST);
        if matches!(response.status().as_u16(), 204 | 304) {
            *response.body_mut() = Bytes::new();
            response.headers_mut().remove(header::CONTENT_LENGTH);
        }
        return response;
    }
    match endpoint {
        "cacheable.js" => {
            let mut response = echo(request);
            set(&mut response, header::CONTENT_TYPE, "text/javascript");
            set(&mut response, header::CACHE_CONTROL, "max-age=600");
            body(&mut response, "globalThis.loaded = true;");
            response
        }
        "revalidate" => {
            let mut response = echo(request);
            set(&mut response, header::CACHE_CONTROL, "no-cache");
            if request.headers().contains_key(header::IF_NONE_MATCH) {
                *response.status_mut() = StatusCode::NOT_MODIFIED;
                for name in ["content-type", "content-length", "x-exp", "x-hidden"] {
                    response.headers_mut().remove(name);
                }
                *response.body_mut() = Bytes::new();
            }
            response
        }
        "redirect" => redirect(request),
        "setcookie" => {
            let mut response = echo(request);
            set(&mut response, header::SET_COOKIE, "sc=1; Path=/");
            response
        }
        "upstream-acao" => {
            let mut response = echo(request);
            set(&mut response, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
            response
        }
        "sign-out" => {
            let mut response = echo(request);
            set(&mut response, header::SET_COOKIE, "user=; Path=/; Max-Age=0");
            response
        }
        "personal" => personal::respond(request),
        _ => echo(request),
    }
}

/// `e`
fn echo(request: &Request<Bytes>) -> Response<Bytes> {
    let header = |name: HeaderName| match request.headers().get(name) {
        Some(value) => serde_json::Value::from(String::from_utf8_lossy(value.as_bytes())),
        None => serde_json::Value::Null,
    };
    let mut response = Response::new(Bytes::new());
    set(&mut response, header::CONTENT_TYPE, "application/json");
    set(&mut response, header::CACHE_CONTROL, "no-store");
    set(&mut response, header::ETAG, "\"v1\"");
    set(&mut response, HeaderName::from_static("x-exp"), "exposed");
    set(&mut response, HeaderName::from_static("x-hidden"), "hidden");
    let text = format!(
        "{{\"method\": {}, \"cookie\": {}, \"origin\": {}}}",
        serde_json::Value::from(request.method().as_str()),
        header(header::COOKIE),
        header(header::ORIGIN),
    );
    body(&mut response, &text);
    response
}

fn redirect(request: &Request<Bytes>) -> Response<Bytes> {
    let parameter = |name: &str| parameter(request, name);
    let mut response = Response::new(Bytes::new());
    *response.status_mut() =
        parameter("code").and_then(|code| code.parse().ok()).unwrap_or(StatusCode::FOUND);
    set(&mut response, header::LOCATION, &parameter("to").unwrap_or_default());
    response
}

/// A parameter of the request's query.
fn parameter<B>(request: &Request<B>, wanted: &str) -> Option<String> {
    url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
        .find(|(name, _)| name == wanted)
        .map(|(_, value)| value.into_owned())
}

fn body(response: &mut Response<Bytes>, text: &str) {
    set(response, header::CONTENT_LENGTH, &text.len().to_string());
    *response.body_mut() = Bytes::copy_from_slice(text.as_bytes());
}

/// A value that no header line can hold is left out.
fn set(response: &mut Response<Bytes>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
