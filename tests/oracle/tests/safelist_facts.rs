//! Which request headers the model client asks a preflight for.

use bytes::Bytes;
use http::{Request, Response};
use tower_cors_oracle::fetch_client::{Client, Fetch};

/// What the preflight asks for: `Access-Control-Request-Headers`, or none where there is none.
fn asked(headers: &[(&str, &str)]) -> Option<String> {
    let mut asked = None;
    let mut fetch = Fetch::new("https://page.example", "https://api.example/");
    for (name, value) in headers {
        fetch = fetch.header(*name, *value);
    }
    let mut server = |request: Request<Bytes>| {
        let names = request.headers().get("access-control-request-headers");
        asked = names.map(|names| names.to_str().expect("text").to_owned());
        Response::new(Bytes::new())
    };
    Client::new().fetch(&mut server, &fetch);
    asked
}

#[test]
fn cors_safelisted_request_headers() {
    let long = "a".repeat(128);
    let longer = "a".repeat(129);
    for (name, value) in [
        ("Accept", "text/html;q=0.9, */*"),
        ("accept", long.as_str()),
        ("accept", "a\tb"),
        ("accept", "\u{e4}"),
        ("accept-language", "de-AT, *;q=0.5"),
        ("content-language", "de.=x"),
        ("Content-Type", "text/plain"),
        ("content-type", " TEXT/plain ;charset=utf-8"),
        ("content-type", "multipart/form-data; boundary=x"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("range", "bytes=0-0"),
        ("range", "bytes=12-"),
        ("range", "bytes=99999999999999999998-99999999999999999999"),
        ("cookie", "dropped"),
        ("proxy-x", "dropped"),
        ("x-method-override", "GET, trace"),
    ] {
        assert_eq!(asked(&[(name, value)]), None, "{name}: {value}");
    }
    for (name, value) in [
        ("accept", longer.as_str()),
        ("accept", "a:b"),
        ("accept", "{"),
        ("accept-language", "de_AT"),
        ("accept-language", "a\tb"),
        ("content-language", "\u{e4}"),
        ("content-type", "application/json"),
        ("content-type", "text/plain, text/html"),
        ("content-type", "text/plain; charset=\"utf-8\""),
        ("content-type", "text"),
        ("content-type", ""),
        ("content-type", "/plain"),
        ("range", "bytes=-5"),
        ("range", "bytes=5-4"),
        ("range", "bytes= 0-1"),
        ("range", "bytes=0-1,3-4"),
        ("range", "bytes=0"),
        ("range", "Bytes=0-1"),
        ("range", "bytes=99999999999999999999-99999999999999999998"),
        ("x-method-override", "PUT"),
        ("x-any", ""),
        ("dpr", "1"),
    ] {
        assert_eq!(asked(&[(name, value)]).as_deref(), Some(name), "{name}: {value}");
    }
}

#[test]
fn unsafe_names_are_sorted_and_joined_without_space() {
    assert_eq!(
        asked(&[("X-Zeta", "1"), ("Authorization", "t"), ("x-alpha", "2"), ("x-zeta", "3")]),
        Some("authorization,x-alpha,x-zeta".to_owned())
    );
}

#[test]
fn more_than_1024_safelisted_bytes_are_unsafe_together() {
    let value = "a".repeat(128);
    let eight = [("accept", value.as_str()); 8];
    assert_eq!(asked(&eight), None);
    let nine: Vec<_> = eight.into_iter().chain([("accept-language", "d")]).collect();
    assert_eq!(asked(&nine), Some("accept,accept-language".to_owned()));
}
