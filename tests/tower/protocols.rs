//! The lists in `docs/protocols.md`, each against what clients of its protocol send and read, in the
//! oracle's browser: with the list all of it works, and with any one name less something fails.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use tower_cors::{Policy, PolicyConfig, RequestHead};
use tower_cors_oracle::fetch_client::{Client, Credentials, Fetch};

/// One request of a script: the method, the headers it sets, and those that it reads of the answer.
struct Call {
    method: &'static str,
    sends: &'static [(&'static str, &'static str)],
    reads: &'static [&'static str],
    credentials: Credentials,
}

const fn call(
    method: &'static str,
    sends: &'static [(&'static str, &'static str)],
    reads: &'static [&'static str],
) -> Call {
    Call { method, sends, reads, credentials: Credentials::SameOrigin }
}

/// One with `withCredentials: true`.
const fn with_cookies(call: Call) -> Call {
    Call { credentials: Credentials::Include, ..call }
}

const JSON: (&str, &str) = ("content-type", "application/json");
const BEARER: (&str, &str) = ("authorization", "Bearer token");
const TUS: (&str, &str) = ("tus-resumable", "1.0.0");
const TUS_BODY: (&str, &str) = ("content-type", "application/offset+octet-stream");

/// By the specifications that the page links to, and by nothing that the lists say.
const PROTOCOLS: &[(&str, &[Call])] = &[
    (
        "gRPC-Web",
        &[call(
            "POST",
            &[
                ("accept", "application/grpc-web-text"),
                ("content-type", "application/grpc-web-text"),
                ("grpc-timeout", "5S"),
                ("x-grpc-web", "1"),
                ("x-user-agent", "grpc-web-javascript/0.1"),
            ],
            &["content-type", "grpc-message", "grpc-status", "grpc-status-details-bin"],
        )],
    ),
    (
        "MCP over HTTP",
        &[
            call(
                "POST",
                &[("accept", "application/json, text/event-stream"), JSON, BEARER],
                &["mcp-session-id", "www-authenticate"],
            ),
            call(
                "GET",
                &[
                    ("accept", "text/event-stream"),
                    ("last-event-id", "0/0"),
                    ("mcp-protocol-version", "2025-11-25"),
                    ("mcp-session-id", "1"),
                ],
                &["content-type"],
            ),
            call("DELETE", &[("mcp-session-id", "1")], &[]),
            call(
                "POST",
                &[
                    JSON,
                    ("mcp-protocol-version", "2026-07-28"),
                    ("mcp-method", "tools/call"),
                    ("mcp-name", "add"),
                ],
                &["content-type"],
            ),
        ],
    ),
    (
        "Server-sent events",
        &[
            with_cookies(call("GET", &[("accept", "text/event-stream")], &["content-type"])),
            call("GET", &[("accept", "text/event-stream"), ("last-event-id", "3")], &[]),
        ],
    ),
    (
        "tus uploads",
        &[
            call(
                "POST",
                &[TUS, ("upload-length", "10"), ("upload-metadata", "name bmFtZQ==")],
                &["location", "tus-resumable", "upload-expires"],
            ),
            call("POST", &[TUS, ("upload-defer-length", "1")], &["location"]),
            call("POST", &[TUS, ("upload-concat", "final;/a /b")], &["location"]),
            call(
                "HEAD",
                &[TUS],
                &[
                    "cache-control",
                    "upload-concat",
                    "upload-defer-length",
                    "upload-length",
                    "upload-metadata",
                    "upload-offset",
                ],
            ),
            call(
                "PATCH",
                &[TUS, TUS_BODY, ("upload-offset", "5"), ("upload-checksum", "sha1 MQ==")],
                &["upload-expires", "upload-offset"],
            ),
            call("DELETE", &[TUS], &["tus-resumable"]),
            call(
                "OPTIONS",
                &[],
                &["tus-checksum-algorithm", "tus-extension", "tus-max-size", "tus-version"],
            ),
        ],
    ),
    (
        "GraphQL",
        &[
            call(
                "POST",
                &[("accept", "application/graphql-response+json, application/json;q=0.9"), JSON],
                &["content-type"],
            ),
            call("GET", &[BEARER], &["cache-control"]),
        ],
    ),
    (
        "Range downloads",
        &[
            call("HEAD", &[], &["accept-ranges", "content-length", "last-modified"]),
            call("GET", &[("range", "bytes=0-499"), ("if-range", "\"1\"")], &["content-range"]),
            call("GET", &[("range", "bytes=-500"), ("if-match", "\"1\"")], &["etag"]),
            call("GET", &[("if-none-match", "\"1\"")], &["content-disposition"]),
            call("GET", &[("if-modified-since", "Sat, 01 Jan 2000 00:00:00 GMT")], &[]),
            call("GET", &[("if-unmodified-since", "Sat, 01 Jan 2000 00:00:00 GMT")], &[]),
        ],
    ),
    (
        "Tracing",
        &[call(
            "GET",
            &[
                ("baggage", "user=1"),
                ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
                ("tracestate", "a=1"),
            ],
            &["server-timing"],
        )],
    ),
];

#[test]
fn every_list_is_enough_and_none_is_too_long() {
    let lists = lists();
    let names: Vec<_> = PROTOCOLS.iter().map(|(name, _)| *name).collect();
    assert_eq!(lists.keys().map(String::as_str).collect::<Vec<_>>(), {
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted
    });
    for (name, calls) in PROTOCOLS {
        let config = &lists[*name];
        let policy = config.clone().build().expect("a valid config");
        // Some scripts do send OPTIONS requests.
        let lints = policy.lints();
        assert!(lints.iter().all(|lint| lint.id() == "options-method"), "{name}: {lints:?}");
        assert_eq!(failure(config, calls), None, "{name}");
        for (less, config) in one_less(config) {
            assert!(failure(&config, calls).is_some(), "{name} does without {less}");
        }
    }
}

/// What the page says of safelisted headers by their value.
#[test]
fn a_safelisted_name_needs_listing_when_its_value_is_not() {
    let long = "a".repeat(129);
    for (name, value, preflights) in [
        ("content-type", "text/plain", 0),
        ("content-type", "multipart/form-data; boundary=a", 0),
        ("content-type", "application/x-www-form-urlencoded", 0),
        ("content-type", "application/json", 1),
        ("range", "bytes=0-499", 0),
        ("range", "bytes=500-", 0),
        ("range", "bytes=-500", 1),
        ("range", "bytes=0-1,5-6", 1),
        ("accept", "application/graphql-response+json", 0),
        ("accept", "multipart/mixed;boundary=\"a\"", 1),
        ("accept-language", "en-GB,en;q=0.5", 0),
        ("accept-language", "\"en\"", 1),
        ("content-language", "en_GB", 1),
        ("accept", &long[1..], 0),
        ("accept", &long, 1),
    ] {
        let config = Policy::builder().allow_origins(["*"]).allow_headers([name]);
        let fetch = Fetch::new(APP, URL).header(name, value);
        let outcome = Client::new().fetch(&mut server(&config), &fetch);
        assert_eq!(outcome.preflights(), preflights, "{name}: {value}");
        assert!(outcome.verdict.is_readable());
    }
}

/// What the page says of names that need no listing at all.
#[test]
fn listing_what_needs_none_is_a_lint() {
    let lints = |config: PolicyConfig| config.allow_origins(["*"]).build().unwrap().lints().len();
    for method in ["GET", "HEAD", "POST"] {
        assert_eq!(lints(Policy::builder().allow_methods([method])), 1, "{method}");
    }
    for name in ["cookie", "host", "origin", "referer", "accept-encoding", "content-length"] {
        assert_eq!(lints(Policy::builder().allow_headers([name])), 1, "{name}");
    }
    for name in ["accept", "accept-language", "content-language", "content-type", "range"] {
        assert_eq!(lints(Policy::builder().allow_headers([name])), 0, "{name}");
    }
    let safelisted = ["cache-control", "content-language", "content-length", "content-type"];
    for name in safelisted.into_iter().chain(["expires", "last-modified", "pragma", "set-cookie"]) {
        assert_eq!(lints(Policy::builder().expose_headers([name])), 1, "{name}");
    }
    let missed = ["content-disposition", "content-range", "date", "etag", "link", "location"];
    for name in missed.into_iter().chain(["retry-after", "www-authenticate"]) {
        assert_eq!(lints(Policy::builder().expose_headers([name])), 0, "{name}");
    }
}

const APP: &str = "https://app.example.com";
const URL: &str = "https://api.example.com/";

/// What goes wrong first under this config.
fn failure(config: &PolicyConfig, calls: &[Call]) -> Option<String> {
    calls.iter().find_map(|call| {
        let mut fetch = Fetch::new(APP, URL).method(call.method).credentials(call.credentials);
        for (name, value) in call.sends {
            fetch = fetch.header(*name, *value);
        }
        let verdict = Client::new().fetch(&mut server(config), &fetch).verdict;
        match verdict.refusal() {
            Some(refusal) => Some(format!("{}: {refusal:?}", call.method)),
            None => {
                let unread = call.reads.iter().find(|name| verdict.header(name).is_none());
                unread.map(|name| format!("{name} is not readable"))
            }
        }
    })
}

/// A server behind this config that sends every header that anybody reads.
fn server(config: &PolicyConfig) -> impl FnMut(Request<Bytes>) -> Response<Bytes> {
    let policy = config.clone().build().expect("a valid config");
    move |request| {
        let decision = policy.decide(&RequestHead::from(&request));
        if let Some(answer) = decision.answer() {
            return answer;
        }
        let mut response = Response::new(Bytes::new());
        for name in PROTOCOLS.iter().flat_map(|(_, calls)| *calls).flat_map(|call| call.reads) {
            let name = HeaderName::from_static(name);
            response.headers_mut().insert(name, HeaderValue::from_static("1"));
        }
        decision.edits().apply(response.status(), response.headers_mut());
        response
    }
}

/// The config without one of its names, for each, and what is missing.
fn one_less(config: &PolicyConfig) -> Vec<(String, PolicyConfig)> {
    type List = fn(&mut PolicyConfig) -> &mut Vec<String>;
    let lists: [List; 3] = [
        |config| &mut config.allow_methods,
        |config| &mut config.allow_headers,
        |config| &mut config.expose_headers,
    ];
    let mut all = vec![];
    if config.allow_credentials {
        all.push(("credentials".to_owned(), config.clone().allow_credentials(false)));
    }
    for list in lists {
        for index in 0..list(&mut config.clone()).len() {
            let mut less = config.clone();
            let name = list(&mut less).remove(index);
            all.push((name, less));
        }
    }
    all
}

/// The lists of the page, by the heading that each stands under.
fn lists() -> BTreeMap<String, PolicyConfig> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/protocols.md");
    let text = fs::read_to_string(file).expect("the page");
    let sections = text.split("\n## ").filter_map(|section| {
        let (heading, rest) = section.split_once('\n')?;
        let (_, code) = rest.split_once("```rust\n")?;
        Some((heading.to_owned(), config(code.split("```").next()?)))
    });
    sections.collect()
}

/// The config that the code of a list builds, as far as such code goes.
fn config(code: &str) -> PolicyConfig {
    let mut config = Policy::builder();
    for line in code.lines().filter_map(|line| line.trim().strip_prefix('.')) {
        let (setter, argument) = line.split_once('(').expect("a setter");
        let names = argument.split('"').skip(1).step_by(2);
        config = match setter {
            "allow_origins" => config.allow_origins(names),
            "allow_methods" => config.allow_methods(names),
            "allow_headers" => config.allow_headers(names),
            "expose_headers" => config.expose_headers(names),
            "allow_credentials" => config.allow_credentials(argument.starts_with("true")),
            "max_age" | "build" => config,
            other => panic!("{other} is new here"),
        };
    }
    config
}
