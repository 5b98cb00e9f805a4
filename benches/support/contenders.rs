//! What is measured: services in front of the same inner service, each checked before.

use std::convert::Infallible;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, Request, Response};
use tower_cors::{CorsLayer, Decision, Policy};
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin};
use tower_layer::Layer;
use tower_service::Service;

use crate::cases::{Case, Rules};
use crate::floor::Floor;
use crate::inner::{Body, Inner};

pub(crate) trait Contender:
    Service<Request<Body>, Response = Response<Body>, Error = Infallible>
{
    fn new(case: &Case) -> Self;
    /// The whole response: status, every header, body.
    fn check(case: &Case, response: &Response<Body>);
}

impl Contender for Inner {
    fn new(case: &Case) -> Self {
        case.inner()
    }

    fn check(case: &Case, response: &Response<Body>) {
        case.check_bare(response);
    }
}

impl Contender for Floor {
    fn new(case: &Case) -> Self {
        Self::around(case.inner())
    }

    fn check(case: &Case, response: &Response<Body>) {
        case.check_whole(response);
    }
}

impl Contender for tower_cors::Cors<Inner> {
    fn new(case: &Case) -> Self {
        CorsLayer::new(policy(case)).layer(case.inner())
    }

    fn check(case: &Case, response: &Response<Body>) {
        case.check_whole(response);
    }
}

/// `tower-cors` with an observer.
pub(crate) type Judged = tower_cors::Cors<Inner, Policy, fn(&Decision<'_>)>;

fn asks(decision: &Decision<'_>) {
    assert_eq!(decision.denial(), None);
}

impl Contender for Judged {
    fn new(case: &Case) -> Self {
        CorsLayer::new(policy(case)).observe(asks as fn(&Decision<'_>)).layer(case.inner())
    }

    fn check(case: &Case, response: &Response<Body>) {
        case.check_whole(response);
    }
}

impl Contender for tower_http::cors::Cors<Inner> {
    fn new(case: &Case) -> Self {
        tower_http(case).layer(case.inner())
    }

    fn check(case: &Case, response: &Response<Body>) {
        case.check_tower_http(response);
    }
}

pub(crate) fn policy(case: &Case) -> Policy {
    let methods: &[&str] = match case.rules {
        Rules::Mirroring => &["*"],
        _ => &["PUT", "DELETE"],
    };
    let config = Policy::builder()
        .allow_origins(case.origins())
        .allow_methods(methods)
        .allow_headers(case.listed())
        .allow_credentials(true)
        .expose_headers(["x-request-id", "x-total-count"])
        .max_age(Duration::from_secs(600));
    // `http://localhost:*` is among the wildcards.
    config.build().unwrap()
}

/// One origin is a list too: given alone, tower-http would grant it to every request. It knows no
/// wildcards; a function that looks at the two ends is the least that does their work.
pub(crate) fn tower_http(case: &Case) -> tower_http::cors::CorsLayer {
    let origin = match case.rules {
        Rules::Wildcard => AllowOrigin::predicate(|origin, _| {
            let origin = origin.as_bytes();
            origin.starts_with(b"https://") && origin.ends_with(b".example.com")
                || origin.starts_with(b"https://") && origin.ends_with(b".example.org:8443")
                || origin.starts_with(b"http://localhost")
        }),
        _ => AllowOrigin::list(
            case.origins().into_iter().map(|origin| HeaderValue::try_from(origin).unwrap()),
        ),
    };
    let x_request_id = HeaderName::from_static("x-request-id");
    let layer = tower_http::cors::CorsLayer::new()
        .allow_origin(origin)
        .allow_credentials(true)
        .expose_headers([x_request_id, HeaderName::from_static("x-total-count")])
        .max_age(Duration::from_secs(600));
    match case.rules {
        Rules::Mirroring => layer
            .allow_methods(AllowMethods::mirror_request())
            .allow_headers(AllowHeaders::mirror_request()),
        _ => layer.allow_methods([Method::PUT, Method::DELETE]).allow_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            HeaderName::from_static("x-request-id"),
        ]),
    }
}

/// Inlined, so that no move of the bench itself depends on the contender.
#[inline(always)]
pub(crate) fn one_request<S: Contender>(service: &mut S, request: Request<Body>) -> Response<Body> {
    let mut context = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut context).is_ready());
    let future = pin!(service.call(request));
    match future.poll(&mut context) {
        Poll::Ready(Ok(response)) => response,
        Poll::Pending => panic!("the inner service is always ready"),
    }
}

/// Uses up the larger free blocks that were left behind: whether a map finds one of them or new
/// memory is 150 instructions, and not the layer's.
fn settle() {
    for _ in 0..4096 {
        black_box(Vec::<u8>::with_capacity(1248).leak());
    }
}

/// A service that has answered rightly. It is leaked, so that its drop is not counted.
pub(crate) fn checked<S: Contender>(case: &Case) -> &'static mut S {
    let service = Box::leak(Box::new(S::new(case)));
    for _ in 0..2 {
        S::check(case, &one_request(service, case.request()));
    }
    settle();
    service
}
