//! Instruction counts of one request through four services that give the same answers:
//!
//! - `bare`: the inner service alone;
//! - `floor`: the least that can be done, by direct `HeaderMap` calls (`floor.rs`);
//! - `tower_cors`: this crate;
//! - `tower_http`: the `CorsLayer` of tower-http, set up for the same policy.
//!
//! Counted is `poll_ready`, `call` and one `poll` of the future, which is ready then and dropped.
//! The request is consumed and dropped by whoever answers it. Not counted: making service and
//! request, dropping service and response. Every service has answered before, so the allocator is
//! warm, and that answer was checked: a wrong one fails the run.
//!
//! `cargo bench --bench instructions` needs `gungraun-runner` and Valgrind. It ends with a table of
//! what each layer adds to `bare`, in ratios (`ratios.rs`). Counts repeat exactly for one build;
//! what the compiler inlines when this file changes, and blocks over 1,032 bytes, for which the
//! allocator keeps no ready list, move them by up to about 100.

#![allow(missing_docs, reason = "gungraun's macros make public items")]

use std::convert::Infallible;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use gungraun::{library_benchmark, library_benchmark_group};
use http::{Request, Response};
use tower_service::Service;

#[path = "instructions/cases.rs"]
mod cases;
#[path = "instructions/floor.rs"]
mod floor;
#[path = "instructions/ratios.rs"]
mod ratios;

use crate::cases::{Body, Case, Inner};
use crate::floor::Floor;

/// What is measured: a service whose requests are checked first.
trait Contender: Service<Request<Body>, Response = Response<Body>, Error = Infallible> {
    fn new(case: Case) -> Self;
    fn check(case: Case, response: &Response<Body>);
}

impl Contender for Inner {
    fn new(case: Case) -> Self {
        case.inner()
    }

    fn check(case: Case, response: &Response<Body>) {
        case.check_bare(response);
    }
}

impl Contender for Floor {
    fn new(case: Case) -> Self {
        Self::around(case.inner())
    }

    fn check(case: Case, response: &Response<Body>) {
        case.check_whole(response);
    }
}

impl Contender for tower_cors::Cors<Inner> {
    fn new(case: Case) -> Self {
        cases::tower_cors(case.origins(), case.inner())
    }

    fn check(case: Case, response: &Response<Body>) {
        case.check_whole(response);
    }
}

impl Contender for tower_http::cors::Cors<Inner> {
    fn new(case: Case) -> Self {
        cases::tower_http(case.origins(), case.inner())
    }

    fn check(case: Case, response: &Response<Body>) {
        case.check_allow_origin(response);
    }
}

/// Inlined, so that no move of the bench itself depends on the contender.
#[inline(always)]
fn one_request<S: Contender>(service: &mut S, request: Request<Body>) -> Response<Body> {
    let mut context = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut context).is_ready());
    let future = pin!(service.call(request));
    match future.poll(&mut context) {
        Poll::Ready(Ok(response)) => response,
        Poll::Pending => panic!("the inner service is always ready"),
    }
}

/// A service that has answered rightly, and the request that it is to answer again. The service is
/// leaked, so that its drop is not counted.
type Ready<S> = (&'static mut S, Request<Body>);

fn ready<S: Contender>(case: Case) -> Ready<S> {
    let service = Box::leak(Box::new(S::new(case)));
    let request = case.request();
    for request in [case.request(), case.request()] {
        S::check(case, &one_request(service, request));
    }
    (service, request)
}

/// The ids stand in `Case::ALL` too.
macro_rules! requests {
    ($name:ident, $service:ty) => {
        #[library_benchmark(setup = ready)]
        #[bench::actual_allowed(Case::ActualAllowed)]
        #[bench::actual_allowed_8_headers(Case::ActualAllowed8Headers)]
        #[bench::actual_allowed_of_1000(Case::ActualAllowedOf1000)]
        #[bench::actual_allowed_of_1000_8_headers(Case::ActualAllowedOf1000With8Headers)]
        #[bench::actual_denied(Case::ActualDenied)]
        #[bench::no_origin(Case::NoOrigin)]
        #[bench::preflight_allowed(Case::PreflightAllowed)]
        #[bench::preflight_denied(Case::PreflightDenied)]
        fn $name((service, request): Ready<$service>) -> Response<Body> {
            one_request(service, request)
        }
    };
}

requests!(bare, Inner);
requests!(floor_by_hand, Floor);
requests!(by_tower_cors, tower_cors::Cors<Inner>);
requests!(by_tower_http, tower_http::cors::Cors<Inner>);

fn leaked<S: Contender>(case: Case) -> &'static S {
    Box::leak(Box::new(S::new(case)))
}

// A clone and its drop: what a server does for every connection.
#[library_benchmark(setup = leaked)]
#[bench::of_1_origin(Case::ActualAllowed)]
#[bench::of_1000_origins(Case::ActualAllowedOf1000)]
fn clone_of_tower_cors(service: &'static tower_cors::Cors<Inner>) {
    drop(black_box(service.clone()));
}

#[library_benchmark(setup = leaked)]
#[bench::of_1_origin(Case::ActualAllowed)]
#[bench::of_1000_origins(Case::ActualAllowedOf1000)]
fn clone_of_tower_http(service: &'static tower_http::cors::Cors<Inner>) {
    drop(black_box(service.clone()));
}

library_benchmark_group!(
    name = requests,
    benchmarks = [bare, floor_by_hand, by_tower_cors, by_tower_http]
);
library_benchmark_group!(name = clones, benchmarks = [clone_of_tower_cors, clone_of_tower_http]);

/// The `main` that gungraun makes, in a module so that another can go on after it.
mod harness {
    use gungraun::main;

    use super::{clones, requests};

    main!(library_benchmark_groups = [requests, clones]);

    pub(super) fn run() {
        main();
    }
}

fn main() {
    harness::run();
    // Not in the processes that are measured.
    if std::env::args().any(|argument| argument == "--bench") {
        ratios::print();
    }
}
