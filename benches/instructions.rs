//! Instruction counts of one request through services that do the same:
//!
//! - `bare`: the inner service alone;
//! - `floor`: the least that can be done, by direct `HeaderMap` calls (`support/floor.rs`);
//! - `tower_cors`: this crate; `judged`: with an observer that asks every decision why it denies;
//! - `tower_http`: the `CorsLayer` of tower-http, set up for the same policy.
//!
//! Counted is `poll_ready`, `call` and one `poll` of the future, which is ready then and dropped.
//! The request is consumed and dropped by whoever answers it. Not counted: making service and
//! request, dropping service and response. Every service has answered before, so the allocator is
//! warm, and that answer was checked whole: a wrong one fails the run.
//!
//! Needs `gungraun-runner` and Valgrind. It ends with a table of ratios (`support/report.rs`).
//! Counts repeat exactly for one build; what the compiler inlines when this file changes, and
//! blocks over 1,032 bytes, for which the allocator keeps no ready list, move them by up to about
//! 100.

#![allow(missing_docs, reason = "gungraun's macros make public items")]

use std::hint::black_box;
use std::task::{Context, Poll, Waker};

use axum::Router;
use axum::body::HttpBody;
use axum::routing::get;
use gungraun::{library_benchmark, library_benchmark_group};
use http::{Request, Response};
use tower_cors::{Cors, CorsLayer};
use tower_service::Service;

#[path = "support/answers.rs"]
mod answers;
#[path = "support/cases.rs"]
mod cases;
#[path = "support/chart.rs"]
mod chart;
#[path = "support/contenders.rs"]
mod contenders;
#[path = "support/counts.rs"]
mod counts;
#[path = "support/figures.rs"]
mod figures;
#[path = "support/floor.rs"]
mod floor;
#[path = "support/inner.rs"]
mod inner;
#[path = "support/names.rs"]
mod names;
#[path = "support/page.rs"]
mod page;
#[path = "support/report.rs"]
mod report;
#[path = "support/section.rs"]
mod section;
#[path = "support/table.rs"]
mod table;

use crate::cases::Case;
use crate::contenders::{Contender, Judged, checked, one_request};
use crate::counts::Counts;
use crate::floor::Floor;
use crate::inner::{Body, Inner};

/// A service, and the request that it is to answer.
type Ready<S> = (&'static mut S, Request<Body>);

fn ready<S: Contender>(id: &str) -> Ready<S> {
    let case = Case::named(id);
    // Made first: then the last that the allocator did was for an answer.
    let request = case.request();
    (checked(&case), request)
}

/// What is the same work for all policies (`Case::base`).
macro_rules! counted_base {
    ($name:ident, $service:ty) => {
        #[library_benchmark(setup = ready)]
        #[bench::no_origin("no_origin")]
        #[bench::no_origin_8_headers("no_origin_8_headers")]
        #[bench::allowed("allowed")]
        #[bench::allowed_8_headers("allowed_8_headers")]
        #[bench::allowed_16_headers("allowed_16_headers")]
        #[bench::allowed_32_headers("allowed_32_headers")]
        #[bench::allowed_64_headers("allowed_64_headers")]
        #[bench::denied("denied")]
        #[bench::denied_8_headers("denied_8_headers")]
        #[bench::preflight_allowed("preflight_allowed")]
        #[bench::preflight_denied("preflight_denied")]
        #[bench::acrh_16k("acrh_16k")]
        #[bench::origin_8k("origin_8k")]
        fn $name((service, request): Ready<$service>) -> Response<Body> {
            one_request(service, request)
        }
    };
}

/// Every case but those that are judged.
macro_rules! counted_all {
    ($name:ident, $service:ty) => {
        #[library_benchmark(setup = ready)]
        #[bench::no_origin("no_origin")]
        #[bench::no_origin_8_headers("no_origin_8_headers")]
        #[bench::allowed("allowed")]
        #[bench::allowed_of_10("allowed_of_10")]
        #[bench::allowed_of_100("allowed_of_100")]
        #[bench::allowed_of_1000("allowed_of_1000")]
        #[bench::allowed_of_10000("allowed_of_10000")]
        #[bench::allowed_of_100000("allowed_of_100000")]
        #[bench::allowed_wildcard("allowed_wildcard")]
        #[bench::allowed_8_headers("allowed_8_headers")]
        #[bench::allowed_of_1000_8_headers("allowed_of_1000_8_headers")]
        #[bench::allowed_16_headers("allowed_16_headers")]
        #[bench::allowed_32_headers("allowed_32_headers")]
        #[bench::allowed_64_headers("allowed_64_headers")]
        #[bench::allowed_64_bytes("allowed_64_bytes")]
        #[bench::allowed_128_bytes("allowed_128_bytes")]
        #[bench::allowed_253_bytes("allowed_253_bytes")]
        #[bench::denied("denied")]
        #[bench::denied_of_10("denied_of_10")]
        #[bench::denied_of_100("denied_of_100")]
        #[bench::denied_of_1000("denied_of_1000")]
        #[bench::denied_of_10000("denied_of_10000")]
        #[bench::denied_wildcard("denied_wildcard")]
        #[bench::denied_8_headers("denied_8_headers")]
        #[bench::preflight_allowed("preflight_allowed")]
        #[bench::preflight_allowed_of_1000("preflight_allowed_of_1000")]
        #[bench::preflight_denied("preflight_denied")]
        #[bench::preflight_denied_of_1000("preflight_denied_of_1000")]
        #[bench::preflight_mirrored("preflight_mirrored")]
        #[bench::acrh_16k("acrh_16k")]
        #[bench::acrh_16k_mirrored("acrh_16k_mirrored")]
        #[bench::origin_8k("origin_8k")]
        #[bench::origin_8k_of_1000("origin_8k_of_1000")]
        #[bench::labels_120_allowed("labels_120_allowed")]
        #[bench::labels_120_denied("labels_120_denied")]
        #[bench::acrh_4096_usual("acrh_4096_usual")]
        #[bench::acrh_4096_three_letters("acrh_4096_three_letters")]
        #[bench::acrh_4096_one_letter("acrh_4096_one_letter")]
        #[bench::acrh_4096_unsorted("acrh_4096_unsorted")]
        #[bench::acrh_4096_upper_case("acrh_4096_upper_case")]
        #[bench::acrh_4096_white_space("acrh_4096_white_space")]
        #[bench::acrh_4096_empty_elements("acrh_4096_empty_elements")]
        fn $name((service, request): Ready<$service>) -> Response<Body> {
            one_request(service, request)
        }
    };
}

counted_base!(bare, Inner);
counted_base!(floor_by_hand, Floor);
counted_all!(by_tower_cors, Cors<Inner>);
counted_all!(by_tower_http, tower_http::cors::Cors<Inner>);
#[library_benchmark(setup = ready)]
#[bench::preflight_judged("preflight_judged")]
#[bench::judged_4096_usual("judged_4096_usual")]
#[bench::judged_4096_three_letters("judged_4096_three_letters")]
#[bench::judged_4096_one_letter("judged_4096_one_letter")]
#[bench::judged_4096_unsorted("judged_4096_unsorted")]
#[bench::judged_4096_upper_case("judged_4096_upper_case")]
#[bench::judged_4096_white_space("judged_4096_white_space")]
#[bench::judged_4096_empty_elements("judged_4096_empty_elements")]
#[bench::judged_4096_of_100("judged_4096_of_100")]
#[bench::judged_4096_of_400("judged_4096_of_400")]
fn judged((service, request): Ready<Judged>) -> Response<Body> {
    one_request(service, request)
}

fn leaked<S: Contender>(id: &str) -> &'static S {
    checked::<S>(&Case::named(id))
}

// A clone and its drop: what a server does for every connection.
#[library_benchmark(setup = leaked)]
#[bench::allowed("allowed")]
#[bench::allowed_of_1000("allowed_of_1000")]
fn clone_of_tower_cors(service: &'static Cors<Inner>) {
    drop(black_box(service.clone()));
}

#[library_benchmark(setup = leaked)]
#[bench::allowed("allowed")]
#[bench::allowed_of_1000("allowed_of_1000")]
fn clone_of_tower_http(service: &'static tower_http::cors::Cors<Inner>) {
    drop(black_box(service.clone()));
}

type RouterReady = (Router, Request<axum::body::Body>);

/// A router of one route, its layer around it, that has answered before.
fn router(
    id: &str,
    layered: fn(Router, &Case) -> Router,
    check: fn(&Case, &Response<Body>),
) -> RouterReady {
    let case = Case::named(id);
    let mut router = layered(Router::new().route("/", get(async || "")), &case);
    for _ in 0..2 {
        let mut response = routed(&mut router, case.request().map(axum::body::Body::from));
        // axum's own, of an empty text.
        assert_eq!(response.headers_mut().remove("content-length").unwrap(), "0");
        assert_eq!(
            response.headers_mut().remove("content-type").unwrap(),
            "text/plain; charset=utf-8"
        );
        assert_eq!(HttpBody::size_hint(response.body()).exact(), Some(0));
        check(&case, &response.map(|_| Body::new()));
    }
    (router, case.request().map(axum::body::Body::from))
}

fn routed(router: &mut Router, request: Request<axum::body::Body>) -> axum::response::Response {
    let mut context = Context::from_waker(Waker::noop());
    assert!(Service::<Request<axum::body::Body>>::poll_ready(router, &mut context).is_ready());
    let future = std::pin::pin!(router.call(request));
    match future.poll(&mut context) {
        Poll::Ready(Ok(response)) => response,
        Poll::Pending => panic!("the handler is ready at once"),
    }
}

fn with_nothing(router: Router, _: &Case) -> Router {
    router
}

fn with_tower_cors(router: Router, case: &Case) -> Router {
    router.layer(CorsLayer::new(contenders::policy(case)))
}

fn with_tower_http(router: Router, case: &Case) -> Router {
    router.layer(contenders::tower_http(case))
}

// One request through a router, which clones what a layer made for each. The router is dropped
// uncounted.
#[library_benchmark(setup = router)]
#[bench::bare_allowed("allowed", with_nothing, Case::check_bare)]
#[bench::tower_cors_allowed("allowed", with_tower_cors, Case::check_whole)]
#[bench::tower_cors_allowed_of_1000("allowed_of_1000", with_tower_cors, Case::check_whole)]
#[bench::tower_http_allowed("allowed", with_tower_http, Case::check_tower_http)]
#[bench::tower_http_allowed_of_1000("allowed_of_1000", with_tower_http, Case::check_tower_http)]
fn axum_router((mut router, request): RouterReady) -> (Router, axum::response::Response) {
    let response = routed(&mut router, request);
    (router, response)
}

library_benchmark_group!(
    name = requests,
    benchmarks = [bare, floor_by_hand, by_tower_cors, by_tower_http, judged]
);
library_benchmark_group!(name = clones, benchmarks = [clone_of_tower_cors, clone_of_tower_http]);
library_benchmark_group!(name = routers, benchmarks = [axum_router]);

/// The `main` that gungraun makes, in a module so that another can go on after it.
mod harness {
    use gungraun::main;

    use super::{clones, requests, routers};

    main!(library_benchmark_groups = [requests, clones, routers]);

    pub(super) fn run() {
        main();
    }
}

fn main() {
    harness::run();
    // Not in the processes that are measured.
    if std::env::args().any(|argument| argument == "--bench") {
        let counts = Counts::read();
        report::write(&counts);
        if let Err(error) = figures::keep(&counts) {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}
