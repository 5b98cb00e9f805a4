//! The requests that both layers get, and what the service behind them answers.

use http::{Request, Response};

use crate::support::Headers;

pub(crate) const ACRM: &str = "access-control-request-method";
pub(crate) const ACRH: &str = "access-control-request-headers";
const PRIVATE_NETWORK: (&str, &str) = ("access-control-request-private-network", "true");

pub(crate) const PATHS: [&str; 2] = ["/", "/shop"];

/// The lines of `Origin`.
pub(crate) const ORIGINS: [&[&str]; 11] = [
    &[],
    &["https://app.example.com"],
    &["https://shop.example.com"],
    &["https://sub.example.org"],
    &["https://evil.example"],
    &["null"],
    &["https://app.example.com:443"],
    &["http://sub.example.org"],
    &["https://evil.example/.example.org"],
    &["not an origin"],
    &["https://app.example.com", "https://evil.example"],
];

pub(crate) const REQUESTS: [(&str, Headers<'_>); 11] = [
    ("GET", &[]),
    ("GET", &[PRIVATE_NETWORK]),
    ("PUT", &[(ACRM, "PUT")]),
    ("OPTIONS", &[]),
    ("OPTIONS", &[(ACRM, "PUT")]),
    ("OPTIONS", &[(ACRM, "PUT"), (ACRH, "content-type,x-other")]),
    ("OPTIONS", &[(ACRM, "PUT"), (ACRH, "Content-Type, X-Other")]),
    ("OPTIONS", &[(ACRM, "PUT"), (ACRH, "authorization,x-other")]),
    ("OPTIONS", &[(ACRM, "TRACE")]),
    ("OPTIONS", &[(ACRM, "")]),
    ("OPTIONS", &[(ACRM, "PUT"), PRIVATE_NETWORK]),
];

/// Status and headers.
pub(crate) const RESPONSES: [(u16, Headers<'_>); 7] = [
    (200, &[("x-inner", "yes")]),
    (404, &[]),
    (200, &[("access-control-allow-origin", "*")]),
    (200, &[("access-control-max-age", "1")]),
    (
        200,
        &[
            ("access-control-allow-origin", "https://inner.example"),
            ("access-control-allow-credentials", "true"),
            ("access-control-allow-methods", "PATCH"),
            ("access-control-allow-headers", "x-inner"),
            ("access-control-allow-private-network", "true"),
            ("access-control-expose-headers", "x-inner"),
            ("access-control-max-age", "1"),
        ],
    ),
    (200, &[("vary", "accept-encoding, Origin")]),
    (200, &[("vary", "*")]),
];

pub(crate) fn request(method: &str, path: &str, origin: &[&str], headers: Headers) -> Request<()> {
    let mut request = Request::builder().method(method).uri(path);
    for line in origin {
        request = request.header("origin", *line);
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap()
}

pub(crate) fn response(status: u16, headers: Headers) -> Response<String> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body("inner".to_owned()).unwrap()
}
