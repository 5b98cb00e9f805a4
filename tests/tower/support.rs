//! What the tests share: requests in one line, a layer around an inner service that counts its
//! calls, and responses compared whole.

#![allow(dead_code, reason = "no test file needs all of it")]

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{HeaderMap, Request, Response};
use tower::{Layer, ServiceExt, service_fn};
use tower_cors::{CorsLayer, Observer, PolicySource};

pub(crate) type Headers<'a> = &'a [(&'a str, &'a str)];

/// The `vary` of every preflight's answer.
pub(crate) const PREFLIGHT_VARY: (&str, &str) =
    ("vary", "origin, access-control-request-method, access-control-request-headers");

pub(crate) fn request(method: &str, headers: Headers) -> Request<()> {
    let mut request = Request::builder().method(method).uri("/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap()
}

pub(crate) fn preflight(origin: &str, method: &str) -> Request<()> {
    request("OPTIONS", &[("origin", origin), ("access-control-request-method", method)])
}

/// What came back, and how often the inner service was called for it.
pub(crate) struct Exchange {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) inner_calls: usize,
}

impl Exchange {
    /// The whole answer, its headers in any order but none left out.
    #[track_caller]
    pub(crate) fn is(&self, status: u16, headers: Headers) -> &Self {
        assert_eq!((self.status, &self.headers), (status, &sorted(headers.iter().copied())));
        self
    }

    #[track_caller]
    pub(crate) fn is_from_inner(&self) -> &Self {
        assert_eq!((self.inner_calls, self.body.as_str()), (1, "inner"));
        self
    }

    #[track_caller]
    pub(crate) fn is_from_layer(&self) -> &Self {
        assert_eq!((self.inner_calls, self.body.as_str()), (0, ""));
        self
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// One request through the layer, to an inner service that answers with status and headers.
pub(crate) fn exchange<P: PolicySource + Clone, O: Observer + Clone>(
    layer: &CorsLayer<P, O>,
    request: Request<()>,
    status: u16,
    inner: Headers,
) -> Exchange {
    let mut response = Response::builder().status(status);
    for (name, value) in inner {
        response = response.header(*name, *value);
    }
    exchange_with(layer, request, response.body("inner".to_owned()).unwrap())
}

pub(crate) fn exchange_with<P: PolicySource + Clone, O: Observer + Clone>(
    layer: &CorsLayer<P, O>,
    request: Request<()>,
    response: Response<String>,
) -> Exchange {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let inner = service_fn(move |_: Request<()>| {
        counted.fetch_add(1, Ordering::Relaxed);
        std::future::ready(Ok::<_, Infallible>(response.clone()))
    });
    let response = run(layer.layer(inner).oneshot(request)).unwrap();
    Exchange {
        status: response.status().as_u16(),
        headers: listed(response.headers()),
        inner_calls: calls.load(Ordering::Relaxed),
        body: response.into_body(),
    }
}

/// What `layer` makes of a request to which the inner service answers 200 without headers.
pub(crate) fn answer<P: PolicySource + Clone>(source: &P, request: Request<()>) -> Exchange {
    exchange(&CorsLayer::new(source.clone()), request, 200, &[])
}

pub(crate) fn listed(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    sorted(headers.iter().map(|(name, value)| (name.as_str(), text(value.as_bytes()))))
}

fn sorted<V: Into<String>>(
    headers: impl Iterator<Item = (impl Into<String>, V)>,
) -> Vec<(String, String)> {
    let mut all: Vec<_> = headers.map(|(name, value)| (name.into(), value.into())).collect();
    all.sort();
    all
}

/// The futures of these tests are ready at once.
pub(crate) fn run<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("the service is not ready at once"),
    }
}
