//! What is asked of both: requests as bytes, and fetches by scripts.

use bytes::Bytes;
use http::Request;
use tower_cors_oracle::fetch_client::{Credentials, Fetch};

use super::policies::POLICIES;

const SITE: &str = "https://api.example";
pub(crate) const ACRM: &str = "access-control-request-method";
pub(crate) const ACRH: &str = "access-control-request-headers";

/// Names and values.
pub(crate) type Headers<'a> = &'a [(&'a str, &'a str)];

/// Lines of `Origin`; the last ones are none that a browser sends.
pub(crate) const ORIGINS: [&[&str]; 23] = [
    &[],
    &["https://app.example"],
    &["https://app.example:8443"],
    &["http://app.example"],
    &["https://a.example.com"],
    &["https://a.b.example.com"],
    &["https://a.example.com:8443"],
    &["https://example.com"],
    &["https://evilexample.com"],
    &["https://a.example.com.evil.example"],
    &["http://localhost"],
    &["http://localhost:3000"],
    &["http://localhost.evil.example"],
    &["https://evil.example"],
    &["capacitor://localhost"],
    &["null"],
    &["https://APP.example"],
    &["https://app.example:443"],
    &["https://app.example/"],
    &["https://evil.example/.example.com"],
    &["*"],
    &[""],
    &["https://app.example", "https://evil.example"],
];

/// Requests as bytes: method, endpoint, headers beside the origin.
pub(crate) const REQUESTS: [(&str, &str, Headers<'static>); 22] = [
    ("GET", "e", &[]),
    ("HEAD", "e", &[]),
    ("POST", "e", &[]),
    ("PUT", "e", &[("authorization", "x")]),
    ("patch", "e", &[]),
    ("GET", "status/404", &[]),
    ("GET", "status/500", &[]),
    ("GET", "redirect?to=/", &[]),
    ("GET", "revalidate", &[("if-none-match", "\"v1\"")]),
    ("GET", "upstream-acao", &[]),
    ("GET", "open", &[]),
    ("OPTIONS", "e", &[]),
    ("OPTIONS", "open", &[]),
    ("OPTIONS", "e", &[(ACRM, "")]),
    ("OPTIONS", "e", &[(ACRM, "GET")]),
    ("OPTIONS", "e", &[(ACRM, "PUT")]),
    ("OPTIONS", "open", &[(ACRM, "PUT")]),
    ("OPTIONS", "e", &[(ACRM, "put")]),
    ("OPTIONS", "e", &[(ACRM, "DELETE")]),
    ("OPTIONS", "e", &[(ACRM, "PUT"), (ACRH, "authorization,content-type")]),
    ("OPTIONS", "e", &[(ACRM, "GET"), (ACRH, "X-Unlisted, Authorization")]),
    ("OPTIONS", "open", &[(ACRM, "GET"), (ACRH, "x-unlisted")]),
];

/// Origins that a browser can have: one line, and no bytes that only a test sends.
pub(crate) const PAGES: [&str; 15] = [
    "https://app.example",
    "https://app.example:8443",
    "http://app.example",
    "https://a.example.com",
    "https://a.b.example.com",
    "https://a.example.com:8443",
    "https://example.com",
    "https://evilexample.com",
    "https://a.example.com.evil.example",
    "http://localhost",
    "http://localhost:3000",
    "http://localhost.evil.example",
    "https://evil.example",
    "capacitor://localhost",
    "null",
];

/// What scripts fetch: endpoint, method, request headers.
pub(crate) const FETCHES: [(&str, &str, &[&str]); 15] = [
    ("e", "GET", &[]),
    ("e", "HEAD", &[]),
    ("e", "POST", &[]),
    ("e", "PUT", &[]),
    ("e", "PATCH", &[]),
    ("e", "patch", &[]),
    ("e", "DELETE", &["Authorization"]),
    ("e", "PUT", &["Authorization", "Content-Type"]),
    ("e", "GET", &["X-Unlisted"]),
    ("status/500", "GET", &[]),
    ("redirect?to=e", "GET", &[]),
    ("upstream-acao", "GET", &[]),
    ("open", "GET", &[]),
    ("open", "PUT", &["X-Unlisted"]),
    ("cacheable.js", "GET", &[]),
];

/// Every fetch of every page, with credentials and without.
pub(crate) fn fetches() -> Vec<Fetch> {
    let mut fetches = Vec::new();
    for named in POLICIES.iter() {
        for page in PAGES {
            for (endpoint, method, headers) in FETCHES {
                for credentials in [Credentials::Omit, Credentials::Include] {
                    let url = format!("{SITE}/{}/{endpoint}", named.name);
                    let fetch = Fetch::new(page, url).method(method).credentials(credentials);
                    fetches.push(
                        headers
                            .iter()
                            .fold(fetch, |fetch, name| fetch.header(*name, "application/json")),
                    );
                }
            }
        }
    }
    fetches
}

pub(crate) fn request(
    method: &str,
    path: &str,
    headers: Headers<'_>,
    origin: &[&str],
) -> Request<Bytes> {
    let mut request = Request::builder().method(method).uri(format!("{SITE}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    for line in origin {
        request = request.header("origin", *line);
    }
    request.header("host", "api.example").body(Bytes::new()).unwrap()
}
