//! What scripts ask for, drawn towards a config.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::configs::config;
use super::origins::{hit, near_miss, sent_origin};
use crate::fetch_client::{Credentials, Fetch};
use crate::plain::chain;

/// A config, and what scripts of several pages ask of its server, one after the other.
#[derive(Clone, Debug)]
pub struct Case {
    /// The config's JSON text.
    pub config: String,
    /// The fetches, all across origins.
    pub fetches: Vec<Fetch>,
}

/// A config and up to eight fetches.
pub fn case() -> BoxedStrategy<Case> {
    config()
        .prop_flat_map(|config| {
            let fetches = prop::collection::vec(fetch(&config), 1..9);
            (Just(config), fetches).prop_map(|(config, fetches)| Case { config, fetches })
        })
        .boxed()
}

/// A fetch of mode `cors`. About half the time the page's origin is drawn to hit one of the config's
/// patterns. URLs are few, so that fetches meet in the caches.
pub fn fetch(config: &str) -> BoxedStrategy<Fetch> {
    let chain = Chain::of(config);
    let patterns = chain.patterns;
    let hits = select(patterns.clone()).prop_flat_map(|pattern| hit(&pattern));
    let misses = select(patterns).prop_flat_map(|pattern| near_miss(&pattern));
    let origin = prop_oneof![
        9 => hits.prop_map(|url| sent_origin(&url)),
        5 => misses.prop_map(|url| sent_origin(&url)),
        1 => Just("null".to_owned()),
        1 => Just("https://stranger.example".to_owned()),
    ];
    let mut endpoints = vec![
        "e",
        "status/404",
        "status/204",
        "revalidate",
        "setcookie",
        "cacheable.js",
        "redirect?to=/p/e",
    ];
    // Where the inner service's own grant is kept, the config does not decide.
    if !chain.keeps {
        endpoints.push("upstream-acao");
    }
    let credentials = prop_oneof![
        2 => Just(Credentials::Include),
        2 => Just(Credentials::SameOrigin),
        1 => Just(Credentials::Omit),
    ];
    (origin, select(endpoints), method(), headers(), credentials)
        .prop_map(|(origin, endpoint, method, headers, credentials)| {
            let url = format!("https://api.service.example/p/{endpoint}");
            let mut fetch = Fetch::new(origin, url).method(method).credentials(credentials);
            fetch.headers = headers;
            fetch
        })
        .boxed()
}

/// What is looked at of a config's text.
struct Chain {
    patterns: Vec<String>,
    keeps: bool,
}

impl Chain {
    fn of(config: &str) -> Self {
        let mut patterns = Vec::new();
        let mut keeps = false;
        for config in chain(config) {
            let origins = config["allowOrigins"].as_array().into_iter().flatten();
            patterns.extend(origins.filter_map(Value::as_str).map(str::to_owned));
            keeps |= config["innerHeaders"] == "keep";
        }
        if patterns.is_empty() {
            patterns.push("*".to_owned());
        }
        Self { patterns, keeps }
    }
}

fn method() -> BoxedStrategy<String> {
    prop_oneof![
        9 => select(vec!["GET", "get", "HEAD", "POST", "post"]),
        7 => select(vec!["PUT", "put", "DELETE", "delete", "PATCH", "patch", "OPTIONS"]),
        2 => select(vec!["QUERY", "PROPFIND", "Foo", "foo", "MKCOL", "*"]),
    ]
    .prop_map(str::to_owned)
    .boxed()
}

fn headers() -> BoxedStrategy<Vec<(String, String)>> {
    let long = "a".repeat(128);
    let safe = vec![
        ("accept", "text/html, */*;q=0.1"),
        ("Accept-Language", "de, en;q=0.5"),
        ("content-language", "de"),
        ("content-type", "text/plain;charset=UTF-8"),
        ("Content-Type", "Multipart/Form-Data; boundary=x"),
        ("range", "bytes=0-99"),
        ("range", "bytes=7-"),
        ("cookie", "a=b"),
        ("Sec-Fetch-Site", "none"),
        ("x-http-method", "TRACE"),
    ];
    let unsafe_values = vec![
        ("accept", "\"x\""),
        ("Accept-Language", "de_DE"),
        ("content-type", "application/json"),
        ("Content-Type", "text/plain; charset=\"utf-8\""),
        ("range", "bytes=-5"),
        ("range", "bytes=9-8"),
        ("range", "bytes=0-1,4-5"),
    ];
    let unsafe_names = vec![
        ("x-a", "1"),
        ("X-B", "2"),
        ("x-c", "3"),
        ("authorization", "Bearer t"),
        ("Authorization", "Basic eDp5"),
        ("if-none-match", "\"v1\""),
        ("X-Method-Override", "PUT"),
        ("*", "1"),
    ];
    let lengths = vec![("accept", long.clone()), ("accept", format!("{long}a"))];
    let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let header = prop_oneof![
        5 => select(safe).prop_map(pair),
        3 => select(unsafe_values).prop_map(pair),
        6 => select(unsafe_names).prop_map(pair),
        1 => select(lengths).prop_map(|(name, value)| (name.to_owned(), value)),
    ];
    let several = prop::collection::vec(header, 1..4);
    let over_1024 =
        (8..=10usize).prop_map(move |lines| vec![("accept".to_owned(), long.clone()); lines]);
    prop_oneof![6 => Just(Vec::new()), 9 => several, 1 => over_1024].boxed()
}
