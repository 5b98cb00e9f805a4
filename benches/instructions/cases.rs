//! The requests, the inner service, one policy for each contender, and what it must answer.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::mem::forget;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;
use http::header::{self, ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use tower_http::cors::AllowOrigin;
use tower_layer::Layer;
use tower_service::Service;

pub(crate) type Body = String;

/// The last one of every policy's list.
pub(crate) const ALLOWED: &str = "https://app-999.example.com";
/// As long as the allowed one.
const DENIED: &str = "https://app-xxx.example.com";

#[derive(Clone, Copy, Debug)]
pub(crate) enum Case {
    ActualAllowed,
    ActualAllowed8Headers,
    ActualAllowedOf1000,
    ActualAllowedOf1000With8Headers,
    ActualDenied,
    NoOrigin,
    PreflightAllowed,
    PreflightDenied,
}

impl Case {
    /// With the ids of the benchmarks.
    pub(crate) const ALL: [(Self, &str); 8] = [
        (Self::ActualAllowed, "actual_allowed"),
        (Self::ActualAllowed8Headers, "actual_allowed_8_headers"),
        (Self::ActualAllowedOf1000, "actual_allowed_of_1000"),
        (Self::ActualAllowedOf1000With8Headers, "actual_allowed_of_1000_8_headers"),
        (Self::ActualDenied, "actual_denied"),
        (Self::NoOrigin, "no_origin"),
        (Self::PreflightAllowed, "preflight_allowed"),
        (Self::PreflightDenied, "preflight_denied"),
    ];

    /// The number of origins in the policy.
    pub(crate) fn origins(self) -> usize {
        match self {
            Self::ActualAllowedOf1000 | Self::ActualAllowedOf1000With8Headers => 1000,
            _ => 1,
        }
    }

    fn has_inner_headers(self) -> bool {
        matches!(self, Self::ActualAllowed8Headers | Self::ActualAllowedOf1000With8Headers)
    }

    fn is_preflight(self) -> bool {
        matches!(self, Self::PreflightAllowed | Self::PreflightDenied)
    }

    fn origin(self) -> Option<&'static str> {
        match self {
            Self::ActualDenied | Self::PreflightDenied => Some(DENIED),
            Self::NoOrigin => None,
            _ => Some(ALLOWED),
        }
    }

    /// What hyper makes of the bytes that a browser sends: each value is a slice of one shared
    /// buffer, which the connection keeps.
    pub(crate) fn request(self) -> Request<Body> {
        let mut lines = vec![
            ("host", "api.example.com"),
            (
                "user-agent",
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            ),
            ("accept", "*/*"),
            ("accept-encoding", "gzip, deflate, br, zstd"),
        ];
        lines.extend(self.origin().map(|origin| ("origin", origin)));
        if self.is_preflight() {
            lines.push(("access-control-request-method", "PUT"));
            lines.push((
                "access-control-request-headers",
                "authorization,content-type,x-request-id",
            ));
        } else {
            lines.push(("cookie", "session=0123456789abcdef"));
        }
        let mut buffer = BytesMut::new();
        let mut headers = HeaderMap::with_capacity(lines.len());
        for (_, value) in &lines {
            buffer.extend_from_slice(value.as_bytes());
        }
        let mut head = buffer.split().freeze();
        for (name, value) in lines {
            let value = HeaderValue::from_maybe_shared(head.split_to(value.len())).unwrap();
            headers.insert(HeaderName::from_static(name), value);
        }
        forget(head);
        forget(buffer);

        let mut request = Request::new(Body::default());
        if self.is_preflight() {
            *request.method_mut() = Method::OPTIONS;
        }
        *request.headers_mut() = headers;
        request
    }

    pub(crate) fn inner(self) -> Inner {
        Inner { headers: if self.has_inner_headers() { &INNER_HEADERS } else { &[] } }
    }

    /// The inner service's answer, not edited.
    pub(crate) fn check_bare(self, response: &Response<Body>) {
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(
            *response.headers(),
            self.inner().headers.iter().cloned().collect::<HeaderMap>()
        );
    }

    /// Status and all headers, as the policy means them.
    pub(crate) fn check_whole(self, response: &Response<Body>) {
        let status = match self {
            Self::PreflightAllowed => StatusCode::NO_CONTENT,
            Self::PreflightDenied => StatusCode::FORBIDDEN,
            _ => StatusCode::OK,
        };
        assert_eq!(response.status(), status, "{self:?}");

        const PREFLIGHT_VARY: &str =
            "origin, access-control-request-method, access-control-request-headers";
        let expected: &[(&str, &str)] = match self {
            Self::ActualDenied | Self::NoOrigin => &[("vary", "origin")],
            Self::PreflightDenied => &[("vary", PREFLIGHT_VARY)],
            Self::PreflightAllowed => &[
                ("vary", PREFLIGHT_VARY),
                ("access-control-allow-origin", ALLOWED),
                ("access-control-allow-credentials", "true"),
                ("access-control-allow-methods", "PUT,DELETE"),
                ("access-control-allow-headers", "authorization,content-type,x-request-id"),
                ("access-control-max-age", "600"),
                ("access-control-expose-headers", "x-request-id,x-total-count"),
            ],
            _ => &[
                ("vary", "origin"),
                ("access-control-allow-origin", ALLOWED),
                ("access-control-allow-credentials", "true"),
                ("access-control-expose-headers", "x-request-id,x-total-count"),
            ],
        };
        let mut headers: HeaderMap = expected
            .iter()
            .map(|&(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect();
        headers.extend(self.inner().headers.iter().cloned());
        assert_eq!(*response.headers(), headers, "{self:?}");
    }

    /// tower-http answers with other statuses, lists and `vary`; what it grants is the same.
    pub(crate) fn check_allow_origin(self, response: &Response<Body>) {
        let granted = self.origin().filter(|&origin| origin == ALLOWED);
        let answered = response.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN);
        assert_eq!(answered.map(|value| value.to_str().unwrap()), granted, "{self:?}");
    }
}

/// Answers at once, with these headers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inner {
    headers: &'static [(HeaderName, HeaderValue)],
}

static INNER_HEADERS: [(HeaderName, HeaderValue); 8] = [
    (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
    (header::CONTENT_LENGTH, HeaderValue::from_static("1234")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    (header::ETAG, HeaderValue::from_static("\"0123456789abcdef\"")),
    (header::DATE, HeaderValue::from_static("Thu, 01 Jan 2026 00:00:00 GMT")),
    (header::SERVER, HeaderValue::from_static("bench")),
    (HeaderName::from_static("x-request-id"), HeaderValue::from_static("0123456789abcdef")),
    (HeaderName::from_static("x-total-count"), HeaderValue::from_static("1000")),
];

impl Service<Request<Body>> for Inner {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        let mut response = Response::new(Body::default());
        *response.headers_mut() = HeaderMap::with_capacity(self.headers.len());
        for (name, value) in self.headers {
            response.headers_mut().insert(name.clone(), value.clone());
        }
        ready(Ok(response))
    }
}

fn origins(count: usize) -> impl Iterator<Item = String> {
    (1000 - count..1000).map(|number| format!("https://app-{number:03}.example.com"))
}

pub(crate) fn tower_cors(count: usize, inner: Inner) -> tower_cors::Cors<Inner> {
    let policy = tower_cors::Policy::builder()
        .allow_origins(origins(count))
        .allow_methods([Method::PUT, Method::DELETE])
        .allow_headers(["authorization", "content-type", "x-request-id"])
        .allow_credentials(true)
        .expose_headers(["x-request-id", "x-total-count"])
        .max_age(Duration::from_secs(600))
        .build();
    tower_cors::CorsLayer::new(policy.unwrap()).layer(inner)
}

/// One origin is a list too: given alone, tower-http would grant it to every request.
pub(crate) fn tower_http(count: usize, inner: Inner) -> tower_http::cors::Cors<Inner> {
    let origins = origins(count).map(|origin| HeaderValue::try_from(origin).unwrap());
    let x_request_id = HeaderName::from_static("x-request-id");
    tower_http::cors::CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::PUT, Method::DELETE])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE, x_request_id.clone()])
        .allow_credentials(true)
        .expose_headers([x_request_id, HeaderName::from_static("x-total-count")])
        .max_age(Duration::from_secs(600))
        .layer(inner)
}
