//! poem's `Cors`, as it is set up for the same policy.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use http::{HeaderMap, HeaderName, HeaderValue};
use poem::middleware::{Cors, CorsEndpoint};
use poem::{Endpoint, Middleware, Request, Response, Result};

use crate::cases::{Case, Rules, Sent};
use crate::{Peer, check, is_wild};

pub(crate) struct Bare(Inner);
pub(crate) struct Layered(CorsEndpoint<Inner>);

/// Answers at once, with these headers.
pub(crate) struct Inner(Vec<(HeaderName, HeaderValue)>);

impl Endpoint for Inner {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        let mut response = Response::default();
        *response.headers_mut() = HeaderMap::with_capacity(self.0.len());
        for (name, value) in &self.0 {
            response.headers_mut().insert(name.clone(), value.clone());
        }
        Ok(response)
    }
}

impl Peer for Bare {
    type Request = Request;
    type Answer = Response;

    fn new(case: &Case) -> Self {
        Self(inner(case))
    }

    fn request(case: &Case) -> Request {
        request(case)
    }

    /// An error, as for an origin that is not allowed, becomes a response as in poem's server.
    #[inline(always)]
    fn answer(&'static self, request: Request) -> Response {
        polled(pin!(self.0.get_response(request)).poll(&mut Context::from_waker(Waker::noop())))
    }

    fn check(case: &Case, answer: &Response) {
        let (status, expected, inner) = (200, Vec::new(), true);
        check(case, (answer.status().as_u16(), status), lines(answer), expected, inner);
    }
}

impl Peer for Layered {
    type Request = Request;
    type Answer = Response;

    fn new(case: &Case) -> Self {
        Self(layered(case))
    }

    fn request(case: &Case) -> Request {
        request(case)
    }

    /// An error, as for an origin that is not allowed, becomes a response as in poem's server.
    #[inline(always)]
    fn answer(&'static self, request: Request) -> Response {
        polled(pin!(self.0.get_response(request)).poll(&mut Context::from_waker(Waker::noop())))
    }

    fn check(case: &Case, answer: &Response) {
        let (status, expected, inner) = expected(case);
        check(case, (answer.status().as_u16(), status), lines(answer), expected, inner);
    }
}

fn polled(poll: Poll<Response>) -> Response {
    match poll {
        Poll::Ready(response) => response,
        Poll::Pending => panic!("the endpoint is always ready"),
    }
}

fn lines(response: &Response) -> impl Iterator<Item = (String, String)> {
    let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
    response.headers().iter().map(move |(name, value)| (name.to_string(), text(value)))
}

fn inner(case: &Case) -> Inner {
    let headers = case.inner().headers();
    Inner(headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn layered(case: &Case) -> CorsEndpoint<Inner> {
    let mut cors = Cors::new()
        .expose_headers(["x-request-id", "x-total-count"])
        .allow_credentials(true)
        .max_age(600);
    cors = match case.rules {
        Rules::Wildcard => cors.allow_origins_fn(is_wild),
        _ => cors.allow_origins(case.origins()),
    };
    // It repeats the requested headers when it is given none, and knows no other way.
    if case.rules != Rules::Mirroring {
        cors = cors.allow_methods(["PUT", "DELETE"]).allow_headers(case.listed());
    }
    cors.transform(inner(case))
}

fn request(case: &Case) -> Request {
    let mut request = Request::default();
    let (head, _) = case.request().into_parts();
    request.set_method(head.method);
    *request.headers_mut() = head.headers;
    request
}

/// Status, headers, and whether the inner service gives others.
fn expected(case: &Case) -> (u16, Vec<(&'static str, String)>, bool) {
    if case.sent == Sent::NoOrigin {
        return (200, Vec::new(), true);
    }
    let names = case.names.filter(|_| case.granted());
    let unlisted = names.is_some_and(|names| names == crate::names::Names::TooMany);
    if !case.granted() || unlisted && case.rules != Rules::Mirroring {
        // An error's text is its body; the inner service is not asked.
        let text = ("content-type", "text/plain; charset=utf-8".to_owned());
        return (403, vec![text], false);
    }
    let exposed = ("access-control-expose-headers", "x-request-id, x-total-count".to_owned());
    let mut headers = vec![
        ("access-control-allow-origin", case.origin().unwrap()),
        ("access-control-allow-credentials", "true".to_owned()),
        exposed,
    ];
    let Some(names) = names else {
        if case.rules == Rules::Wildcard {
            headers.push(("vary", "Origin".to_owned()));
        }
        return (200, headers, true);
    };
    let (methods, listed) = match case.rules {
        Rules::Mirroring => (
            "GET, POST, PUT, DELETE, HEAD, OPTIONS, CONNECT, PATCH, TRACE".to_owned(),
            names.text(),
        ),
        _ => ("PUT, DELETE".to_owned(), case.listed().join(", ")),
    };
    headers.push(("access-control-allow-methods", methods));
    headers.push(("access-control-allow-headers", listed));
    headers.push(("access-control-max-age", "600".to_owned()));
    (200, headers, false)
}
