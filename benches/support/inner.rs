//! The inner service: the same for every contender.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};
use tower_service::Service;

pub(crate) type Body = String;

/// Answers at once, with these headers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inner {
    headers: &'static [(HeaderName, HeaderValue)],
}

static USUAL: [(HeaderName, HeaderValue); 8] = [
    (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
    (header::CONTENT_LENGTH, HeaderValue::from_static("1234")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    (header::ETAG, HeaderValue::from_static("\"0123456789abcdef\"")),
    (header::DATE, HeaderValue::from_static("Thu, 01 Jan 2026 00:00:00 GMT")),
    (header::SERVER, HeaderValue::from_static("bench")),
    (HeaderName::from_static("x-request-id"), HeaderValue::from_static("0123456789abcdef")),
    (HeaderName::from_static("x-total-count"), HeaderValue::from_static("1000")),
];

impl Inner {
    pub(crate) fn with(count: usize) -> Self {
        let more = (USUAL.len()..count).map(|number| {
            let name = HeaderName::from_bytes(format!("x-header-{number}").as_bytes()).unwrap();
            (name, HeaderValue::from_static("0123456789abcdef"))
        });
        let headers: Vec<_> = USUAL.iter().take(count).cloned().chain(more).collect();
        Self { headers: headers.leak() }
    }

    pub(crate) fn headers(&self) -> HeaderMap {
        self.headers.iter().cloned().collect()
    }
}

impl Service<Request<Body>> for Inner {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    /// One function for all, so that no contender's compilation changes what it costs.
    #[inline(never)]
    fn call(&mut self, _: Request<Body>) -> Self::Future {
        let mut response = Response::new(Body::default());
        *response.headers_mut() = HeaderMap::with_capacity(self.headers.len());
        for (name, value) in self.headers {
            response.headers_mut().insert(name.clone(), value.clone());
        }
        ready(Ok(response))
    }
}
