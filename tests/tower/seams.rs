//! What gateways and servers without Tower build on: they give what the layer gives.

#[path = "../../examples/header_pairs/cors.rs"]
mod header_pairs;
#[path = "../../examples/plain_hyper/cors.rs"]
mod plain_hyper;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::support::{Exchange, exchange, listed, request};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use proptest::prelude::*;
use proptest::sample::select;
use tower_cors::{Change, Choice, CorsLayer, Policy, PolicyConfig, RequestHead};
use tower_cors_oracle::generate;

const APP: &str = "https://app.example";

#[test]
fn a_head_is_made_of_its_parts_and_reads_what_a_preflight_asks() {
    let asked = request(
        "OPTIONS",
        &[
            ("origin", APP),
            ("access-control-request-method", "PUT"),
            ("access-control-request-headers", "X-A,, x b"),
            ("access-control-request-headers", "\tx-c "),
        ],
    );
    let extensions = Extensions::new();
    let head = RequestHead::new(asked.method(), asked.uri(), asked.headers(), &extensions);
    assert!(head.is_preflight());
    assert_eq!(head.requested_method(), Some("PUT"));
    let names: Vec<_> = head.requested_headers().unwrap().collect();
    assert_eq!(names, [&b"X-A"[..], b"x b", b"x-c"]);

    let none = request("GET", &[]);
    assert_eq!(RequestHead::from(&none).requested_method(), None);
    assert_eq!(RequestHead::from(&none).requested_headers().unwrap().count(), 0);
    let name = "access-control-request-method";
    for lines in [&[(name, "PUT"), (name, "PUT")][..], &[(name, "P T")], &[(name, "")]] {
        assert_eq!(RequestHead::from(&request("OPTIONS", lines)).requested_method(), None);
    }
    let long = "x-a,".repeat(1025);
    let long = request("OPTIONS", &[("access-control-request-headers", &long)]);
    assert!(RequestHead::from(&long).requested_headers().is_none());
}

#[test]
fn what_was_refused_is_told() {
    let policy = Policy::builder().allow_origins([APP]).allow_headers(["x-a"]).build().unwrap();
    let refused = |lines: crate::support::Headers| {
        let asked = request("OPTIONS", lines);
        let head = RequestHead::from(&asked);
        policy.decide(&head).refused().map(|value| String::from_utf8_lossy(value).into_owned())
    };
    let (origin, method) = (("origin", APP), ("access-control-request-method", "GET"));
    let names = |names| ("access-control-request-headers", names);
    assert_eq!(refused(&[]), None);
    assert_eq!(refused(&[origin]), None);
    assert_eq!(refused(&[origin, method, names("x-a")]), None);
    let evil = ("origin", "https://evil.example");
    assert_eq!(refused(&[evil]).as_deref(), Some("https://evil.example"));
    assert_eq!(refused(&[("origin", "junk"), method]).as_deref(), Some("junk"));
    assert_eq!(refused(&[origin, origin, method]), None);
    let put = (method.0, "PUT");
    assert_eq!(refused(&[origin, put, names("x-b")]).as_deref(), Some("PUT"));
    assert_eq!(refused(&[origin, (method.0, "P T")]).as_deref(), Some("P T"));
    assert_eq!(refused(&[origin, put, put]), None);
    assert_eq!(refused(&[origin, method, names("X-A, X-B,x-c")]).as_deref(), Some("X-B"));
    assert_eq!(refused(&[origin, method, names("x b")]).as_deref(), Some("x b"));
    assert_eq!(refused(&[origin, method, names(&"x-a,".repeat(1025))]), None);
}

fn inner_headers() -> impl Strategy<Value = HeaderMap> {
    let name = select(vec![
        "access-control-allow-origin",
        "access-control-allow-credentials",
        "access-control-expose-headers",
        "access-control-max-age",
        "vary",
        "vary",
        "cache-control",
        "set-cookie",
        "etag",
        "x-a",
    ]);
    let value = select(vec!["", "*", "a, b", "A,,b", "Origin", "public", "https://b.example", "1"]);
    prop::collection::vec((name, value), 0..6).prop_map(|lines| {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers
    })
}

fn any_request() -> impl Strategy<Value = Request<()>> {
    let origin = prop::option::weighted(0.8, generate::origin());
    let method = select(vec!["GET", "PUT", "OPTIONS"]);
    let lines = prop::collection::vec(
        select(vec![
            ("cookie", "a=b"),
            ("authorization", "t"),
            ("access-control-request-method", "PUT"),
        ]),
        0..3,
    );
    (origin, method, lines).prop_map(|(origin, method, lines)| {
        let mut request = request(method, &lines);
        if let Some(value) = origin.and_then(|origin| HeaderValue::from_str(&origin).ok()) {
            request.headers_mut().insert("origin", value);
        }
        request
    })
}

fn made(changes: impl Iterator<Item = Change>, headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    for change in changes {
        match change {
            Change::Remove(name) => _ = headers.remove(name),
            Change::Set(name, value) => _ = headers.insert(name, value),
            other => panic!("{other:?}"),
        }
    }
    headers
}

/// All but `Vary`, and its names.
fn read(mut headers: HeaderMap) -> (Vec<(String, String)>, BTreeSet<String>) {
    let vary = headers.get_all("vary").iter().filter_map(|line| line.to_str().ok());
    let names = vary.flat_map(|line| line.split(',')).map(|name| name.trim().to_lowercase());
    let names = names.filter(|name| !name.is_empty()).collect();
    headers.remove("vary");
    (listed(&headers), names)
}

/// A policy by a config's text, alone or as a choice of several, or none.
fn choice(configs: &[String], by_target: bool, named: bool) -> Choice<'static> {
    let policies = configs.iter().map(|config| {
        let config: PolicyConfig = serde_json::from_str(config).unwrap();
        config.build().unwrap()
    });
    let mut choice = Choice::all_of(policies);
    if by_target {
        choice = choice.by_target();
    }
    if named { choice.vary([HeaderName::from_static("x-tenant")]) } else { choice }
}

#[test]
fn changes_make_of_a_response_what_the_edits_make_of_it() {
    let seen = RefCell::new(BTreeMap::<&str, usize>::new());
    let status = select(vec![200, 200, 204, 206, 304, 404]);
    let strategy = (
        prop::collection::vec(generate::config(), 0..3),
        any::<[bool; 2]>(),
        any_request(),
        status,
        inner_headers(),
    );
    let config = ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let done = runner.run(&strategy, |(configs, [by_target, named], request, status, inner)| {
        let choice = choice(&configs, by_target, named);
        let head = RequestHead::from(&request);
        let edits = choice.decide(&head).map_or_else(|| choice.edits(), |it| it.edits());
        let status = StatusCode::from_u16(status).unwrap();
        let changes: Vec<_> = edits.clone().changes(status, &inner).collect();
        let mut applied = inner.clone();
        edits.apply(status, &mut applied);
        let changed = made(changes.iter().cloned(), &inner);
        let set: Vec<_> = changes.iter().filter(|it| matches!(it, Change::Set(..))).collect();
        let count = |class, counts: bool| {
            *seen.borrow_mut().entry(class).or_default() += usize::from(counts);
        };
        count("nothing changes", changes.is_empty());
        count("something is removed", changes.iter().any(|it| matches!(it, Change::Remove(_))));
        count("a grant", applied.contains_key("access-control-allow-origin") && set.len() > 1);
        count("vary", set.iter().any(|it| matches!(it, Change::Set(name, _) if name == "vary")));
        count("no policy", configs.is_empty());
        prop_assert_eq!(
            changed.get_all("vary").iter().count(),
            applied.get_all("vary").iter().count()
        );
        prop_assert_eq!(read(changed), read(applied));
        Ok(())
    });
    done.unwrap_or_else(|error| panic!("{error}"));
    let seen = seen.into_inner();
    assert!(seen.values().all(|count| *count > 100), "{seen:?}");
    assert_eq!(seen.len(), 5);
}

fn policies() -> Vec<Policy> {
    let app =
        || Policy::builder().allow_origins([APP]).allow_methods(["PUT"]).allow_headers(["x-a"]);
    let configs = [
        app(),
        app().allow_credentials(true).expose_headers(["*"]).answer_every_options(true),
        app().allow_credentials(true).or(Policy::builder().allow_origins(["*"])),
        app().inner_headers(tower_cors::InnerHeaders::Keep),
    ];
    let built = configs.into_iter().map(|config| config.build().unwrap());
    built.chain([Policy::deny_all(), Policy::permissive()]).collect()
}

fn requests() -> Vec<Request<()>> {
    let mut all = Vec::new();
    for origin in [Some(APP), Some("https://evil.example"), Some("junk"), None] {
        for (method, lines) in [
            ("GET", &[][..]),
            ("GET", &[("cookie", "a=b")]),
            ("PUT", &[("authorization", "t")]),
            ("OPTIONS", &[]),
            ("OPTIONS", &[("access-control-request-method", "PUT")]),
            (
                "OPTIONS",
                &[
                    ("access-control-request-method", "DELETE"),
                    ("access-control-request-headers", "x-b"),
                ],
            ),
        ] {
            let origin = origin.map(|origin| ("origin", origin));
            let lines: Vec<_> = origin.into_iter().chain(lines.iter().copied()).collect();
            all.push(request(method, &lines));
        }
    }
    all
}

const INNER: [crate::support::Headers; 5] = [
    &[],
    &[("vary", "accept"), ("vary", "a, Accept")],
    &[("access-control-allow-origin", "*"), ("access-control-max-age", "1"), ("etag", "\"1\"")],
    &[("set-cookie", "a=b"), ("x-a", "1")],
    &[("set-cookie", "a=b"), ("cache-control", "public")],
];

#[test]
fn plain_hyper_answers_as_the_layer_does() {
    let mut compared = 0;
    for policy in policies() {
        let layer = CorsLayer::new(policy.clone());
        for request in requests() {
            for (inner, status) in INNER.into_iter().zip([200, 304, 206, 200, 404]) {
                let by_layer = exchange(&layer, request.clone(), status, inner);
                let mut calls = 0;
                let handler = |_| {
                    calls += 1;
                    let mut response = Response::builder().status(status);
                    for (name, value) in inner {
                        response = response.header(*name, *value);
                    }
                    std::future::ready(response.body("inner".to_owned()).unwrap())
                };
                let answered = plain_hyper::with_cors(&policy, request.clone(), handler);
                let response: Response<String> = crate::support::run(answered);
                let ours = Exchange {
                    status: response.status().as_u16(),
                    headers: listed(response.headers()),
                    body: response.into_body(),
                    inner_calls: calls,
                };
                assert_eq!(ours.headers, by_layer.headers, "{request:?}");
                assert_eq!((ours.status, &ours.body), (by_layer.status, &by_layer.body));
                assert_eq!(ours.inner_calls, by_layer.inner_calls);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 6 * 24 * 5);
}

#[test]
fn lists_of_pairs_become_what_the_layer_answers() {
    use header_pairs::{Next, Pairs, on_request, on_response};
    let pairs = |first: &[(&str, &str)], headers: &HeaderMap| -> Pairs {
        let pseudo = first.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
        pseudo.chain(headers.iter().map(|(name, value)| (name.to_string(), text(value)))).collect()
    };
    let mut answered = 0;
    for policy in policies() {
        for names in [&[][..], &[HeaderName::from_static("x-tenant")]] {
            let source = |_: &RequestHead<'_>| {
                Choice::from(policy.clone()).vary(names.iter().cloned()).by_target()
            };
            let layer = CorsLayer::from_fn(source);
            for request in requests() {
                for (inner, status) in INNER.into_iter().zip([200, 304, 206, 200, 404]) {
                    let by_layer = exchange(&layer, request.clone(), status, inner);
                    let head = [(":method", request.method().as_str()), (":path", "/")];
                    let mut response = HeaderMap::new();
                    for (name, value) in inner {
                        response.append(*name, HeaderValue::from_static(value));
                    }
                    let status = status.to_string();
                    let mut response = pairs(&[(":status", &status)], &response);
                    let to_client =
                        match on_request(&source, &pairs(&head, request.headers())).unwrap() {
                            Next::Answer(answer) => {
                                answered += 1;
                                assert_eq!(by_layer.inner_calls, 0);
                                answer
                            }
                            Next::Forward(edits) => {
                                assert_eq!(by_layer.inner_calls, 1);
                                on_response(edits, &mut response).unwrap();
                                response
                            }
                        };
                    let (mut ours, status) =
                        (to_client, (":status".to_owned(), by_layer.status.to_string()));
                    assert_eq!(ours.remove(0), status);
                    ours.sort();
                    assert_eq!(ours, by_layer.headers, "{request:?}");
                }
            }
        }
    }
    assert!(answered > 300, "{answered}");
}
