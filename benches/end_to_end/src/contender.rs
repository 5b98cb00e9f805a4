//! An axum app with the CORS of one contender, and what it must answer.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::routing::get;
use clap::ValueEnum;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method};
use tower_http::cors::AllowOrigin;
use tower_layer::Layer;
use tower_service::Service;

use crate::answer::Answer;
use crate::policy::{ALLOWED, Case, EXPOSED, HEADERS, MAX_AGE, METHODS, origins};
use crate::rounds::grouped;

const BODY: &str = "hello";

/// What is around the app.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum Middleware {
    /// The app alone.
    None,
    /// A layer with one shared pointer that does nothing: what axum itself spends on any layer.
    Idle,
    TowerCors,
    TowerHttp,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Contender {
    pub(crate) middleware: Middleware,
    pub(crate) origins: usize,
    pub(crate) serving: Serving,
}

/// What `axum::serve` is given.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub(crate) enum Serving {
    /// The app: axum copies every route for every connection.
    App,
    /// `app.into_make_service()`: connections share the routes.
    MakeService,
}

impl fmt::Display for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.middleware {
            Middleware::None => f.write_str("no CORS")?,
            Middleware::Idle => f.write_str("a layer that does nothing")?,
            Middleware::TowerCors => f.write_str("tower-cors")?,
            Middleware::TowerHttp => f.write_str("tower-http")?,
        }
        match self.origins {
            0 => {}
            1 => f.write_str(", 1 origin")?,
            count => write!(f, ", {} origins", grouped(count as f64))?,
        }
        match self.serving {
            Serving::App => Ok(()),
            Serving::MakeService => f.write_str(", `into_make_service()`"),
        }
    }
}

impl Contender {
    /// The app: `GET /0`, `GET /1` …, all below the layer.
    pub(crate) fn app(self, routes: usize) -> Result<Router, String> {
        let mut router = Router::new();
        for route in 0..routes {
            router = router.route(&format!("/{route}"), get(|| async { BODY }));
        }
        Ok(match self.middleware {
            Middleware::None => router,
            Middleware::Idle => router.layer(Idle(Arc::new(0), ())),
            Middleware::TowerCors => router.layer(tower_cors(self.origins)?),
            Middleware::TowerHttp => router.layer(tower_http(self.origins)?),
        })
    }

    /// Whether this is the whole answer to the request.
    pub(crate) fn check(self, case: Case, answer: &Answer) -> Result<(), String> {
        let (status, mut headers) = match self.middleware {
            Middleware::None | Middleware::Idle => without_cors(case),
            Middleware::TowerCors => by_tower_cors(case),
            Middleware::TowerHttp => by_tower_http(case),
        };
        headers.sort();
        let body = if case.is_preflight() { "" } else { BODY };
        let lines = answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let found: Vec<_> = lines.collect();
        if (answer.status, &found, answer.body.as_str()) == (status, &headers, body) {
            return Ok(());
        }
        Err(format!("{self}, {}: {answer:#?} is not {status} {headers:#?} {body:?}", case.name()))
    }
}

fn tower_cors(count: usize) -> Result<tower_cors::CorsLayer, String> {
    let policy = tower_cors::Policy::builder()
        .allow_origins(origins(count))
        .allow_methods(METHODS)
        .allow_headers(HEADERS)
        .allow_credentials(true)
        .expose_headers(EXPOSED)
        .max_age(MAX_AGE)
        .build();
    Ok(tower_cors::CorsLayer::new(policy.map_err(|errors| errors.to_string())?))
}

/// One origin is a list too: given alone, tower-http would grant it to every request.
fn tower_http(count: usize) -> Result<tower_http::cors::CorsLayer, String> {
    let origins: Result<Vec<_>, _> = origins(count).map(HeaderValue::try_from).collect();
    Ok(tower_http::cors::CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.map_err(|error| error.to_string())?))
        .allow_methods([Method::PUT, Method::DELETE])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE, HeaderName::from_static(HEADERS[2])])
        .allow_credentials(true)
        .expose_headers(EXPOSED.map(HeaderName::from_static))
        .max_age(MAX_AGE))
}

/// Layer and service in one: whatever is shared must be held by both.
#[derive(Clone)]
struct Idle<S>(Arc<usize>, S);

impl<S> Layer<S> for Idle<()> {
    type Service = Idle<S>;

    fn layer(&self, inner: S) -> Idle<S> {
        Idle(Arc::clone(&self.0), inner)
    }
}

impl<R, S: Service<R>> Service<R> for Idle<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.1.poll_ready(context)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.1.call(request)
    }
}

type Expected = (u16, Vec<(&'static str, &'static str)>);

const PREFLIGHT_VARY: (&str, &str) =
    ("vary", "origin, access-control-request-method, access-control-request-headers");
const ALLOW_ORIGIN: (&str, &str) = ("access-control-allow-origin", ALLOWED);
const CREDENTIALS: (&str, &str) = ("access-control-allow-credentials", "true");
const EXPOSE: (&str, &str) = ("access-control-expose-headers", "x-request-id,x-total-count");
const LISTS: [(&str, &str); 3] = [
    ("access-control-allow-methods", "PUT,DELETE"),
    ("access-control-allow-headers", "authorization,content-type,x-request-id"),
    ("access-control-max-age", "600"),
];

/// axum's own answer; to every `OPTIONS` that a layer answers, it adds `allow`.
fn without_cors(case: Case) -> Expected {
    match case.is_preflight() {
        true => (405, vec![("allow", "GET,HEAD"), ("content-length", "0")]),
        false => {
            (200, vec![("content-length", "5"), ("content-type", "text/plain; charset=utf-8")])
        }
    }
}

fn by_tower_cors(case: Case) -> Expected {
    let (status, mut headers) = without_cors(case);
    match case {
        Case::ActualAllowed => {
            headers.extend([("vary", "origin"), ALLOW_ORIGIN, CREDENTIALS, EXPOSE]);
            (status, headers)
        }
        Case::ActualDenied => {
            headers.push(("vary", "origin"));
            (status, headers)
        }
        Case::PreflightAllowed => {
            headers.retain(|(name, _)| *name != "content-length");
            headers.extend([PREFLIGHT_VARY, ALLOW_ORIGIN, CREDENTIALS, EXPOSE]);
            headers.extend(LISTS);
            (204, headers)
        }
        Case::PreflightDenied => {
            headers.push(PREFLIGHT_VARY);
            (403, headers)
        }
    }
}

/// Its denial is the absence of `access-control-allow-origin` alone.
fn by_tower_http(case: Case) -> Expected {
    let (_, mut headers) = without_cors(case);
    headers.extend([("vary", "origin"), CREDENTIALS]);
    if case.is_allowed() {
        headers.push(ALLOW_ORIGIN);
    }
    match case.is_preflight() {
        true => headers.extend(LISTS),
        false => headers.push(EXPOSE),
    }
    (200, headers)
}
