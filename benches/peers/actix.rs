//! actix-cors, as it is set up for the same policy.

use std::future::{Ready as Now, ready as now};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use actix_cors::{Cors, CorsMiddleware};
use actix_web::body::{BoxBody, EitherBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use actix_web::{Error, HttpResponse};

use crate::cases::{Case, Rules, Sent};
use crate::{Peer, check, is_wild};

pub(crate) struct Bare(Inner);
pub(crate) struct Layered(CorsMiddleware<Inner>);

/// Answers at once, with these headers.
#[derive(Clone)]
pub(crate) struct Inner(Rc<[(HeaderName, HeaderValue)]>);

impl Service<ServiceRequest> for Inner {
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Now<Result<ServiceResponse, Error>>;

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let mut response = HttpResponse::new(actix_web::http::StatusCode::OK);
        let headers = response.headers_mut();
        if !self.0.is_empty() {
            *headers = HeaderMap::with_capacity(self.0.len());
        }
        for (name, value) in &*self.0 {
            headers.insert(name.clone(), value.clone());
        }
        now(Ok(request.into_response(response)))
    }
}

impl Peer for Bare {
    type Request = ServiceRequest;
    type Answer = ServiceResponse;

    fn new(case: &Case) -> Self {
        Self(inner(case))
    }

    fn request(case: &Case) -> ServiceRequest {
        request(case)
    }

    #[inline(always)]
    fn answer(&'static self, request: ServiceRequest) -> ServiceResponse {
        polled(pin!(self.0.call(request)).poll(&mut Context::from_waker(Waker::noop())))
    }

    fn check(case: &Case, answer: &ServiceResponse) {
        let status = (answer.status().as_u16(), 200);
        check(case, status, lines(answer.headers()), Vec::new(), true);
    }
}

impl Peer for Layered {
    type Request = ServiceRequest;
    type Answer = ServiceResponse<EitherBody<BoxBody>>;

    fn new(case: &Case) -> Self {
        Self(layered(case))
    }

    fn request(case: &Case) -> ServiceRequest {
        request(case)
    }

    #[inline(always)]
    fn answer(&'static self, request: ServiceRequest) -> Self::Answer {
        polled(pin!(self.0.call(request)).poll(&mut Context::from_waker(Waker::noop())))
    }

    fn check(case: &Case, answer: &Self::Answer) {
        let (status, expected, inner) = expected(case);
        let status = (answer.status().as_u16(), status);
        check(case, status, lines(answer.headers()), expected, inner);
    }
}

fn polled<R>(poll: Poll<Result<R, Error>>) -> R {
    match poll {
        Poll::Ready(Ok(response)) => response,
        Poll::Ready(Err(error)) => panic!("{error}"),
        Poll::Pending => panic!("the inner service is always ready"),
    }
}

fn inner(case: &Case) -> Inner {
    let headers = case.inner().headers();
    let lines = headers.iter().map(|(name, value)| {
        let name = HeaderName::try_from(name.as_str()).unwrap();
        (name, HeaderValue::from_bytes(value.as_bytes()).unwrap())
    });
    Inner(lines.collect())
}

fn layered(case: &Case) -> CorsMiddleware<Inner> {
    let mut cors = Cors::default()
        .expose_headers(["x-request-id", "x-total-count"])
        .supports_credentials()
        .max_age(600);
    cors = match case.rules {
        Rules::Wildcard => cors.allowed_origin_fn(|origin, _| origin.to_str().is_ok_and(is_wild)),
        _ => case.origins().iter().fold(cors, |cors, origin| cors.allowed_origin(origin)),
    };
    cors = match case.rules {
        Rules::Mirroring => cors.allow_any_method().allow_any_header(),
        _ => cors.allowed_methods(["PUT", "DELETE"]).allowed_headers(case.listed()),
    };
    let made = pin!(cors.new_transform(inner(case))).poll(&mut Context::from_waker(Waker::noop()));
    match made {
        Poll::Ready(Ok(service)) => service,
        _ => panic!("refused"),
    }
}

fn request(case: &Case) -> ServiceRequest {
    let request = case.request();
    let method = Method::from_bytes(request.method().as_str().as_bytes()).unwrap();
    let mut test = TestRequest::default().method(method);
    for (name, value) in request.headers() {
        let name = HeaderName::try_from(name.as_str()).unwrap();
        test = test.insert_header((name, HeaderValue::from_bytes(value.as_bytes()).unwrap()));
    }
    test.to_srv_request()
}

fn lines(headers: &HeaderMap) -> impl Iterator<Item = (String, String)> {
    headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
}

const VARY: &str = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
const EVERY_METHOD: &str = "GET, POST, PUT, DELETE, HEAD, OPTIONS, CONNECT, PATCH, TRACE";

/// Status, headers, and whether the inner service gives others.
fn expected(case: &Case) -> (u16, Vec<(&'static str, String)>, bool) {
    let origin = || ("access-control-allow-origin", case.origin().unwrap());
    let credentials = ("access-control-allow-credentials", "true".to_owned());
    let vary = ("vary", VARY.to_owned());
    let Some(names) = case.names else {
        let exposed = "x-request-id, x-total-count".to_owned();
        let mut headers = vec![credentials, vary, ("access-control-expose-headers", exposed)];
        if case.granted() {
            headers.push(origin());
        }
        return (200, headers, true);
    };
    // A header that is not listed is refused too.
    let unlisted = case.rules != Rules::Mirroring && names != crate::names::Names::Three;
    if case.sent == Sent::Denied || unlisted {
        return (400, Vec::new(), false);
    }
    let (methods, headers) = match case.rules {
        Rules::Mirroring => (EVERY_METHOD.to_owned(), names.text()),
        _ => ("PUT, DELETE".to_owned(), case.listed().join(", ")),
    };
    let headers = vec![
        origin(),
        credentials,
        vary,
        ("access-control-allow-methods", methods),
        ("access-control-allow-headers", headers),
        ("access-control-max-age", "600".to_owned()),
    ];
    (200, headers, false)
}
