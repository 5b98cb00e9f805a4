//! Whatever a request or an inner response holds: no panic, no invalid header, no grant to an
//! origin other than the request's.

use std::borrow::Cow;

use crate::support::{exchange_with, preflight, request};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use proptest::prelude::*;
use tower_cors::{
    CorsLayer, InnerHeaders, Origin, Policy, PolicyConfig, PolicySource, RequestHead,
};

const APP: &str = "https://app.example";
const REQUEST_HEADERS: [&str; 6] = [
    "origin",
    "access-control-request-method",
    "access-control-request-headers",
    "host",
    "vary",
    "x-other",
];
const RESPONSE_HEADERS: [&str; 7] = [
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-expose-headers",
    "vary",
    "set-cookie",
    "x-any",
];

/// Every kind of answer: constant, listed, mirrored, reflected, chained, kept.
fn policies() -> Vec<Policy> {
    let app = || Policy::builder().allow_origins([APP, "https://*.example.com:*", "null"]);
    let stars = |config: PolicyConfig| {
        config.allow_methods(["*"]).allow_headers(["*"]).expose_headers(["*"])
    };
    let credentials = || Policy::builder().allow_origins([APP]).allow_credentials(true);
    let reflecting = Policy::builder()
        .allow_origins(["*"])
        .allow_credentials(true)
        .dangerously_reflect_any_origin(true);
    let configs = [
        app().allow_methods(["PUT"]).allow_headers(["x-a"]).expose_headers(["x-b"]),
        stars(credentials()).answer_every_options(true),
        stars(reflecting),
        stars(credentials()).inner_headers(InnerHeaders::Keep),
        credentials().or(Policy::builder().allow_origins(["*"])),
        Policy::builder().allow_origins(["app://*.x", "https://*.x:*", "https://x"]),
    ];
    let mut policies: Vec<_> = configs.into_iter().map(|config| config.build().unwrap()).collect();
    policies.extend([Policy::deny_all(), Policy::permissive()]);
    policies
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "https://",
        "http://",
        "app.example",
        "a.example.com",
        ":443",
        ":*",
        "null",
        "*",
        ",",
        " ",
        "\t",
        "x-a",
        "X-B",
        "authorization",
        "PUT",
        "GET",
        "TRACE",
        "origin",
        "[::1]",
        "%",
        "é",
    ]);
    prop_oneof![
        4 => prop::collection::vec(pieces, 0..6).prop_map(|pieces| pieces.concat().into_bytes()),
        2 => prop::collection::vec(any::<u8>(), 0..400),
        1 => (any::<u8>(), 0..9000usize).prop_map(|(byte, length)| vec![byte; length]),
        1 => Just(APP.as_bytes().to_vec()),
        1 => (0..200usize).prop_map(|dots| format!("app://{}x", ".".repeat(dots)).into_bytes()),
        1 => (0..170usize).prop_map(|labels| format!("app://{}x", "a.".repeat(labels)).into_bytes()),
    ]
}

/// Up to `max` lines of these names, of any value that a header can have.
fn lines(names: &'static [&'static str], max: usize) -> impl Strategy<Value = HeaderMap> {
    let line = (prop::sample::select(names), value());
    prop::collection::vec(line, 0..max).prop_map(|lines| {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.append(name, value);
            }
        }
        headers
    })
}

fn all<'h>(headers: &'h HeaderMap, name: &str) -> Vec<&'h [u8]> {
    headers.get_all(name).iter().map(HeaderValue::as_bytes).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_request_panics_or_is_granted_what_it_did_not_send(
        method in prop_oneof![Just("OPTIONS".to_owned()), Just("GET".to_owned()), "[!-~]{1,9}"],
        head in lines(&REQUEST_HEADERS, 6),
        inner in lines(&RESPONSE_HEADERS, 6),
        status in 200u16..600,
    ) {
        let Ok(method) = method.parse::<Method>() else { return Ok(()) };
        let mut request = Request::new(());
        *request.method_mut() = method;
        *request.headers_mut() = head;
        let mut response = Response::new(String::from("inner"));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        *response.headers_mut() = inner;
        for policy in policies() {
            let sent = all(request.headers(), "origin");
            let line = policy.decide(&RequestHead::from(&request)).to_string();
            prop_assert!(line.chars().all(|c| !c.is_control()) && line.len() < 1200, "{}", line);

            let layer = CorsLayer::new(policy.clone());
            let exchange = exchange_with(&layer, request.clone(), response.clone());
            let kept = policy.config().is_some_and(|c| c.inner_headers == InnerHeaders::Keep)
                && exchange.inner_calls == 1;
            if kept {
                continue;
            }
            let granted: Vec<_> = exchange.headers.iter().filter(|(name, _)| name == "access-control-allow-origin").collect();
            prop_assert!(granted.len() <= 1);
            for (_, origin) in granted {
                prop_assert!(origin == "*" || sent == [origin.as_bytes()], "{}", origin);
                let well_formed = origin == "null" || Origin::parse(origin).is_some();
                prop_assert!(origin == "*" || well_formed, "{}", origin);
            }
            for (name, value) in &exchange.headers {
                let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
                if name == "access-control-allow-methods" || name == "access-control-allow-headers" {
                    let tokens = value.split(',').all(|t| !t.is_empty() && t.chars().all(token));
                    prop_assert!(tokens, "{}", value);
                }
                let value = HeaderValue::from_str(value);
                prop_assert!(!name.starts_with("access-control-") || value.is_ok_and(|v| !v.is_empty()));
            }
        }
    }
}

/// A policy that a request header chose.
#[derive(Clone)]
struct ByTenant(Policy);

impl PolicySource for ByTenant {
    fn policy<'a>(&'a self, _: &RequestHead<'a>) -> Option<Cow<'a, Policy>> {
        Some(Cow::Borrowed(&self.0))
    }

    fn vary(&self) -> Cow<'_, [HeaderName]> {
        Cow::Owned(vec![HeaderName::from_static("x-tenant")])
    }
}

#[test]
fn a_response_without_room_is_granted_nothing() {
    // The map takes 24,576 names and panics at the next plain insert.
    let full = |spare: usize| {
        let mut headers = HeaderMap::new();
        let mut number = 0;
        let room = |headers: &mut HeaderMap, number: usize| {
            let name = HeaderName::from_bytes(format!("x-{number}").as_bytes()).unwrap();
            headers.try_insert(name, HeaderValue::from_static("1")).is_ok()
        };
        while room(&mut headers, number) {
            number += 1;
        }
        for spared in 0..spare {
            headers.remove(format!("x-{spared}"));
        }
        headers
    };
    let policy = Policy::builder()
        .allow_origins([APP])
        .allow_credentials(true)
        .expose_headers(["x-exp"])
        .build()
        .unwrap();
    let given = |headers: HeaderMap| {
        let layer = CorsLayer::new(policy.clone());
        let mut response = Response::new(String::from("inner"));
        *response.headers_mut() = headers;
        let get = request("GET", &[("origin", APP)]);
        let exchange = exchange_with(&layer, get, response);
        let names = exchange.headers.into_iter().map(|(name, _)| name);
        names.filter(|name| !name.starts_with("x-")).collect::<Vec<_>>()
    };
    assert_eq!(given(full(0)), [""; 0]);
    assert_eq!(given(full(1)), ["vary"]);
    assert_eq!(given(full(2)), ["access-control-allow-origin", "vary"]);
    let whole = [
        "access-control-allow-credentials",
        "access-control-allow-origin",
        "access-control-expose-headers",
        "vary",
    ];
    assert_eq!(given(full(4)), whole);
    // Nor where what chose the policy did not fit.
    let source = ByTenant(policy.clone());
    let mut response = Response::new(String::from("inner"));
    *response.headers_mut() = full(1);
    response.headers_mut().insert("vary", HeaderValue::from_static("x-tenant"));
    let get = || request("GET", &[("origin", APP)]);
    let exchange = exchange_with(&CorsLayer::new(source.clone()), get(), response);
    assert_eq!(exchange.header("vary"), Some("x-tenant, origin"));
    let mut response = Response::new(String::from("inner"));
    *response.headers_mut() = full(0);
    let exchange = exchange_with(&CorsLayer::new(source), get(), response);
    assert!(exchange.headers.iter().all(|(name, _)| name.starts_with("x-")));
    // Nor does what the inner service granted leave without `Vary`.
    let keep = policy.config().cloned().unwrap().inner_headers(InnerHeaders::Keep);
    let mut response = Response::new(String::from("inner"));
    *response.headers_mut() = full(1);
    response.headers_mut().insert("access-control-allow-origin", HeaderValue::from_static("*"));
    let layer = CorsLayer::new(keep.build().unwrap());
    let exchange = exchange_with(&layer, get(), response);
    assert_eq!(exchange.header("access-control-allow-origin"), None);
    // What the inner service set makes room when it is stripped.
    let mut headers = full(4);
    for (name, value) in [("access-control-allow-origin", "*"), ("vary", "accept")] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("access-control-max-age", HeaderValue::from_static("1"));
    headers.insert("access-control-allow-methods", HeaderValue::from_static("PUT"));
    assert_eq!(given(headers), whole);
}

#[test]
fn a_future_that_is_polled_after_it_was_done_gives_nothing() {
    use std::task::{Context, Poll, Waker};
    use tower::{Layer, Service};
    let inner = tower::service_fn(|_: Request<()>| {
        std::future::ready(Ok::<_, std::convert::Infallible>(Response::new(String::new())))
    });
    let mut service = CorsLayer::new(Policy::permissive()).layer(inner);
    let mut future = std::pin::pin!(service.call(preflight(APP, "PUT")));
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_ready());
    assert!(matches!(future.as_mut().poll(&mut context), Poll::Pending));
}
