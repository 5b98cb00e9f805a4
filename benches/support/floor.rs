//! The least that gives the right answers: one policy written out in code, its values constants,
//! its one origin compared, and appends where nothing is replaced.

use std::convert::Infallible;
use std::future::Ready;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use tower_service::Service;

use crate::inner::{Body, Inner};

const ALLOWED: &str = "https://app-99999.example.com";

pub(crate) struct Floor {
    inner: Inner,
}

pub(crate) enum FloorFuture {
    /// With the origin that is granted, and whether one is denied.
    Inner(Ready<Result<Response<Body>, Infallible>>, Option<HeaderValue>, bool),
    Answer(Option<Response<Body>>),
}

impl Floor {
    pub(crate) fn around(inner: Inner) -> Self {
        Self { inner }
    }
}

impl Service<Request<Body>> for Floor {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = FloorFuture;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> FloorFuture {
        let headers = request.headers();
        let mut lines = headers.get_all(ORIGIN).iter();
        // Two lines are no origin that anybody allows.
        let (origin, other) = (lines.next(), lines.next());
        let one = origin.filter(|_| other.is_none());
        let granted = one.filter(|origin| origin.as_bytes() == ALLOWED.as_bytes()).cloned();
        let is_preflight = origin.is_some()
            && request.method() == Method::OPTIONS
            && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if is_preflight {
            FloorFuture::Answer(Some(answer(granted)))
        } else {
            let denied = origin.is_some() && granted.is_none();
            FloorFuture::Inner(self.inner.call(request), granted, denied)
        }
    }
}

impl Future for FloorFuture {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Inner(future, granted, denied) => {
                let Poll::Ready(Ok(mut response)) = Pin::new(future).poll(context) else {
                    return Poll::Pending;
                };
                // Caches merge these into what they stored while the origin was allowed.
                let merged = matches!(response.status().as_u16(), 206 | 304);
                edit(response.headers_mut(), granted.take());
                if merged && *denied {
                    revoke(response.headers_mut());
                }
                Poll::Ready(Ok(response))
            }
            Self::Answer(response) => {
                response.take().map_or(Poll::Pending, |it| Poll::Ready(Ok(it)))
            }
        }
    }
}

fn answer(granted: Option<HeaderValue>) -> Response<Body> {
    const PREFLIGHT_VARY: HeaderValue = HeaderValue::from_static(
        "origin, access-control-request-method, access-control-request-headers",
    );
    let mut response = Response::new(Body::default());
    let mut headers = HeaderMap::with_capacity(7);
    headers.append(VARY, PREFLIGHT_VARY);
    *response.status_mut() = match granted {
        Some(origin) => {
            headers.append(ACCESS_CONTROL_ALLOW_METHODS, constant("PUT,DELETE"));
            headers.append(
                ACCESS_CONTROL_ALLOW_HEADERS,
                constant("authorization,content-type,x-request-id"),
            );
            headers.append(ACCESS_CONTROL_MAX_AGE, constant("600"));
            grant(&mut headers, origin);
            StatusCode::NO_CONTENT
        }
        None => StatusCode::FORBIDDEN,
    };
    *response.headers_mut() = headers;
    response
}

fn edit(headers: &mut HeaderMap, granted: Option<HeaderValue>) {
    let (mut cors, mut vary) = (false, false);
    for name in headers.keys().map(HeaderName::as_str) {
        cors |= name.starts_with("access-control-");
        vary |= name == "vary";
    }
    if cors {
        strip(headers);
    }
    match vary {
        true => merge_vary(headers),
        false => _ = headers.append(VARY, constant("origin")),
    }
    if let Some(origin) = granted {
        grant(headers, origin);
    }
}

fn grant(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.append(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(ACCESS_CONTROL_ALLOW_CREDENTIALS, constant("true"));
    headers.append(ACCESS_CONTROL_EXPOSE_HEADERS, constant("x-request-id,x-total-count"));
}

#[cold]
fn revoke(headers: &mut HeaderMap) {
    headers.append(ACCESS_CONTROL_ALLOW_ORIGIN, constant(""));
}

/// In one line, no name twice.
#[cold]
fn merge_vary(headers: &mut HeaderMap) {
    let lines = headers.get_all(VARY).iter().filter_map(|line| line.to_str().ok());
    let names = lines.flat_map(|line| line.split(',')).map(str::trim).chain(["origin"]);
    let mut merged: Vec<&str> = Vec::new();
    for name in names.filter(|name| !name.is_empty()) {
        if !merged.iter().any(|other| other.eq_ignore_ascii_case(name)) {
            merged.push(name);
        }
    }
    let star = merged.contains(&"*");
    let value = if star { "*".to_owned() } else { merged.join(", ") };
    headers.insert(VARY, HeaderValue::try_from(value).unwrap());
}

#[cold]
fn strip(headers: &mut HeaderMap) {
    for name in [
        ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_ALLOW_CREDENTIALS,
        ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderName::from_static("access-control-allow-private-network"),
        ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_MAX_AGE,
    ] {
        headers.remove(name);
    }
}

const fn constant(value: &'static str) -> HeaderValue {
    HeaderValue::from_static(value)
}
