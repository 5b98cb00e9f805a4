//! Tower middleware that enforces [CORS](https://fetch.spec.whatwg.org/#http-cors-protocol) for axum,
//! hyper, tonic and any other Tower service.
//!
//! Three reasons to switch from tower-http's `CorsLayer`:
//!
//! - **Mistakes fail at startup.** [`build`](PolicyConfig::build) validates the whole policy and returns every
//!   error with its correction. tower-http accepts `https://example.com/`, which never matches.
//! - **The policy has the last word.** The layer removes CORS headers that your service or an upstream has
//!   set. tower-http passes them on, even to origins that you did not allow.
//! - **You learn why a request was refused.** Every [`Decision`] prints as one line, and
//!   [`explain`](Decision::explain) prints the change that would allow the request.
//!
//! [Comparison](guides::comparison) covers other crates and gateways too.
//! [Migrating from tower-http](guides::migrating_from_tower_http) maps every method.
//!
//! ```
//! use std::time::Duration;
//! use axum::{Router, routing::get};
//! use http::{Method, header};
//! use tower_cors::{CorsLayer, Policy};
//!
//! let policy = Policy::builder()
//!     .allow_origins(["https://app.example.com", "https://*.example.org"])
//!     // GET, HEAD and POST are always allowed.
//!     .allow_methods([Method::PUT, Method::DELETE])
//!     .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
//!     .expose_headers(["x-request-id"])
//!     .max_age(Duration::from_secs(600))
//!     .build()?;
//! let app: Router = Router::new()
//!     .route("/", get(|| async { "hello" }))
//!     // The last layer is the outermost: see "Layer placement".
//!     .layer(CorsLayer::new(policy));
//! # Ok::<(), tower_cors::ConfigErrors>(())
//! ```
//!
//! [`OriginPattern`] lists the forms of an origin. [`PolicyConfig`] has all settings, and reads them from a
//! file with feature `serde`.
//!
//! # How a request is decided
//!
//! | request | origin allowed | origin not allowed |
//! |---|---|---|
//! | preflight: `OPTIONS` with `Origin` and `Access-Control-Request-Method` | the layer answers 204, with the policy's methods and headers | the layer answers 403, without CORS headers |
//! | any other request with `Origin` | the inner service responds, and the layer adds the policy's headers | the inner service responds, and the layer adds no CORS headers, except an empty `access-control-allow-origin` on a 304 or 206 |
//! | no `Origin` | the inner service responds, and the layer adds CORS headers only if any origin is allowed without credentials | the same |
//!
//! - The layer removes the CORS headers of the inner service in every case ([`InnerHeaders`] changes this).
//! - A preflight's answer lists the whole policy, whatever was asked. So the browser can reuse it for later
//!   requests. Browsers take `*` literally if credentials are allowed; only then does the layer repeat what
//!   the preflight asks for.
//! - [`answer_every_options`](PolicyConfig::answer_every_options) makes the layer answer other `OPTIONS`
//!   requests as well.
//!
//! # Layer placement
//!
//! **Put CORS outside every layer that can respond by itself**: authentication, rate limiting, timeouts,
//! panic handlers, tonic's `GrpcWebLayer`. On an axum `Router`, the last call of `layer` is the outermost.
//! In a `ServiceBuilder`, and in tonic's `Server`, the first is.
//!
//! ```
//! use std::time::Duration;
//! use axum::error_handling::HandleErrorLayer;
//! use axum::extract::Request;
//! use axum::http::StatusCode;
//! use axum::middleware::{Next, from_fn};
//! use axum::response::Response;
//! use axum::{BoxError, Router, routing::get};
//! use tower::ServiceBuilder;
//! use tower_cors::{CorsLayer, Policy};
//! use tower_http::compression::CompressionLayer;
//! use tower_http::trace::TraceLayer;
//!
//! fn right(policy: Policy) -> Router {
//!     routes()
//!         .layer(from_fn(authenticate))
//!         .layer(ServiceBuilder::new()
//!             // Turns the error of the timeout into a response.
//!             .layer(HandleErrorLayer::new(on_error))
//!             .timeout(Duration::from_millis(50)))
//!         .layer(CompressionLayer::new())
//!         .layer(TraceLayer::new_for_http())
//!         // The last layer is the outermost.
//!         .layer(CorsLayer::new(policy))
//! }
//!
//! fn wrong(policy: Policy) -> Router {
//!     routes()
//!         // Every layer below is outside, and responds without CORS headers.
//!         .layer(CorsLayer::new(policy))
//!         .layer(from_fn(authenticate))
//!         .layer(ServiceBuilder::new()
//!             .layer(HandleErrorLayer::new(on_error))
//!             .timeout(Duration::from_millis(50)))
//!         .layer(CompressionLayer::new())
//!         .layer(TraceLayer::new_for_http())
//! }
//!
//! fn routes() -> Router {
//!     Router::new()
//!         .route("/note", get(|| async { "a note" }))
//!         .route("/slow", get(std::future::pending::<()>))
//! }
//!
//! async fn authenticate(request: Request, next: Next) -> Result<Response, StatusCode> {
//!     match request.headers().contains_key("authorization") {
//!         true => Ok(next.run(request).await),
//!         false => Err(StatusCode::UNAUTHORIZED),
//!     }
//! }
//!
//! async fn on_error(_: BoxError) -> StatusCode {
//!     StatusCode::GATEWAY_TIMEOUT
//! }
//!
//! # use axum::body::Body;
//! # use tower::ServiceExt;
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let policy = Policy::builder()
//!     .allow_origins(["https://app.example.com"])
//!     .allow_headers(["authorization"])
//!     .build()?;
//! let get = |path: &str| Request::get(path).header("origin", "https://app.example.com");
//!
//! // A browser asks before it sends the token, so the preflight has none.
//! let preflight = || {
//!     Request::options("/note")
//!         .header("origin", "https://app.example.com")
//!         .header("access-control-request-method", "GET")
//!         .header("access-control-request-headers", "authorization")
//!         .body(Body::empty())
//! };
//! let answer = right(policy.clone()).oneshot(preflight()?).await?;
//! assert_eq!(answer.status(), StatusCode::NO_CONTENT);
//! let answer = wrong(policy.clone()).oneshot(preflight()?).await?;
//! // The browser never sends the request.
//! assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
//!
//! // The page can read an error only if it has CORS headers.
//! let slow = || get("/slow").header("authorization", "Bearer token").body(Body::empty());
//! let response = right(policy.clone()).oneshot(slow()?).await?;
//! assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
//! assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example.com");
//! let response = wrong(policy.clone()).oneshot(slow()?).await?;
//! // The page sees a network error.
//! assert_eq!(response.headers().get("access-control-allow-origin"), None);
//! # let plain = || get("/note").body(Body::empty());
//! # let response = right(policy.clone()).oneshot(plain()?).await?;
//! # assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
//! # assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example.com");
//! # let response = wrong(policy).oneshot(plain()?).await?;
//! # assert_eq!(response.headers().get("access-control-allow-origin"), None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - **Errors.** An `Err` of the inner service passes through, and has no headers. Put whatever turns errors
//!   into responses (such as `HandleErrorLayer`) inside this layer.
//! - **Compression and `ETag` layers** belong inside. They answer with 304s that need CORS headers.
//! - **`TraceLayer`** never responds by itself. Put it outside if you want preflights in its log.
//!
//! ## On an axum router
//!
//! | placement | preflights | 404 and 405 |
//! |---|---|---|
//! | `Router::layer`, the last call | answered, on unknown paths too | have CORS headers |
//! | `Router::route_layer` | answered, on known paths | only 405 has |
//! | `MethodRouter::layer` | answered | 405 has |
//! | `MethodRouter::route_layer`, `Handler::layer` | **not seen**: axum answers 405 | have none |
//!
//! `layer` does not cover routes and fallbacks that you add to the `Router` later. The last row compiles,
//! and no browser can send the request:
//!
//! ```
//! # use tower::ServiceExt;
//! use axum::{Router, handler::Handler, routing::put};
//! use tower_cors::{CorsLayer, Policy};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let policy = Policy::builder().allow_origins(["*"]).allow_methods(["PUT"]).build()?;
//! let wrong: Router = Router::new()
//!     .route("/item", put((|| async {}).layer(CorsLayer::new(policy))));
//!
//! let preflight = http::Request::options("/item")
//!     .header("origin", "https://app.example.com")
//!     .header("access-control-request-method", "PUT")
//!     .body(axum::body::Body::empty())
//!     .unwrap();
//! let answer = wrong.oneshot(preflight).await.unwrap();
//! assert_eq!(answer.status(), 405);
//! assert!(!answer.headers().contains_key("access-control-allow-origin"));
//! # Ok::<(), tower_cors::ConfigErrors>(())
//! # }).unwrap();
//! ```
//!
//! `Router::layer` also adds axum's `allow` header, with the route's methods, to the layer's answers.
//! For many short connections, prefer `axum::serve(listener, app.into_make_service())`: without
//! `into_make_service`, axum copies every route and its layers for each connection.
//!
//! ## `TraceLayer` in the same `ServiceBuilder`
//!
//! This does not compile: the layer answers preflights with an empty body, so the inner service's body must be
//! [`Default`], and the body of `TraceLayer` is not.
//!
//! ```compile_fail,E0277
//! use axum::{Router, routing::get};
//! use tower::ServiceBuilder;
//! use tower_cors::{CorsLayer, Policy};
//! use tower_http::trace::TraceLayer;
//!
//! let app: Router = Router::new().route("/", get(|| async {})).layer(
//!     ServiceBuilder::new()
//!         .layer(CorsLayer::new(Policy::permissive()))
//!         .layer(TraceLayer::new_for_http()),
//! );
//! ```
//!
//! Call `layer` twice, since `Router::layer` boxes the body. Or box it yourself, inside CORS:
//!
//! ```
//! use axum::{Router, body::Body, routing::get};
//! use tower::ServiceBuilder;
//! use tower_cors::{CorsLayer, Policy};
//! use tower_http::map_response_body::MapResponseBodyLayer;
//! use tower_http::trace::TraceLayer;
//!
//! let twice: Router = Router::new()
//!     .route("/", get(|| async {}))
//!     .layer(TraceLayer::new_for_http())
//!     .layer(CorsLayer::new(Policy::permissive()));
//!
//! let boxed: Router = Router::new().route("/", get(|| async {})).layer(
//!     ServiceBuilder::new()
//!         .layer(CorsLayer::new(Policy::permissive()))
//!         .layer(MapResponseBodyLayer::new(Body::new))
//!         .layer(TraceLayer::new_for_http()),
//! );
//! ```
//!
//! ## Nested routers and paths
//!
//! Use one layer for each path: an outer layer removes the headers that an inner one adds. To give a part of
//! the app another policy, layer each part and then combine them:
//!
//! ```
//! # use tower::ServiceExt;
//! use axum::{Router, routing::get};
//! use tower_cors::{CorsLayer, Policy};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let app_only = Policy::builder().allow_origins(["https://app.example.com"]).build()?;
//! let public = Router::new()
//!     .route("/prices", get(|| async { "[1, 2, 3]" }))
//!     .layer(CorsLayer::new(Policy::permissive()));
//! let private = Router::new()
//!     .route("/note", get(|| async { "a note" }))
//!     .layer(CorsLayer::new(app_only));
//! let app = Router::new().nest("/public", public).merge(private);
//!
//! # let origin = |app: Router, path: &str| {
//! #     let request = http::Request::get(path).header("origin", "https://app.example.com");
//! #     let response = app.oneshot(request.body(axum::body::Body::empty()).unwrap());
//! #     async { response.await.unwrap().headers().get("access-control-allow-origin").cloned() }
//! # };
//! assert_eq!(origin(app.clone(), "/public/prices").await.unwrap(), "*");
//! assert_eq!(origin(app.clone(), "/note").await.unwrap(), "https://app.example.com");
//! // The fallback is that of `private`, with its layer.
//! assert_eq!(origin(app.clone(), "/public/unknown").await.unwrap(), "https://app.example.com");
//! # Ok::<(), tower_cors::ConfigErrors>(())
//! # }).unwrap();
//! ```
//!
//! axum sends unknown paths below a prefix to the fallback of the outer router. To apply the nested router's
//! policy to them, give it its own `fallback` before the layer.
//!
//! Inside `nest`, axum removes the prefix from `uri().path()`: a policy source on the nested router above sees
//! `/prices`. axum's `OriginalUri` and `MatchedPath` extensions keep the whole path.
//!
//! ## Return types
//!
//! A function or a field can name the type of a layer, also with an observer or a closure:
//!
//! ```
//! use std::sync::Arc;
//! use tower_cors::{CorsLayer, Decision, Observer, Policy, PolicySource};
//!
//! fn plain(policy: Policy) -> CorsLayer {
//!     CorsLayer::new(policy)
//! }
//!
//! fn logged(policy: Policy) -> CorsLayer<Policy, fn(&Decision<'_>)> {
//!     CorsLayer::new(policy).observe(|decision| println!("{decision}"))
//! }
//!
//! fn by_path(public: Policy) -> CorsLayer<impl PolicySource + Clone> {
//!     CorsLayer::from_fn(move |request| {
//!         let is_public = request.uri().path().starts_with("/public/");
//!         if is_public { public.clone() } else { Policy::deny_all() }
//!     })
//! }
//!
//! /// For a field, and for what is known only at run time.
//! struct App {
//!     cors: CorsLayer<Arc<dyn PolicySource + Send + Sync>, Arc<dyn Observer + Send + Sync>>,
//! }
//! ```
//!
//! # Policy sources
//!
//! [`CorsLayer::new`] takes any [`PolicySource`]:
//!
//! | policy | source |
//! |---|---|
//! | the same for every request | [`Policy`] |
//! | credentials for some origins, anonymous access for others | one [`Policy`], with [`or`](PolicyConfig::or) |
//! | by path, host or header | [`CorsLayer::from_fn`], or your own [`PolicySource`] |
//! | from a database, or chosen by an earlier layer | [`FromExtensions`] |
//! | replaced while requests run (hot reload) | `Reloadable`, with feature `reload` |
//! | from Kubernetes manifests | `RouteTable` of the crate `tower-cors-gateway-api` |
//!
//! # When a request is refused
//!
//! [`Decision::explain`] prints the nearest pattern, what the browser will do, and the change that would
//! allow the request. It needs no server:
//!
//! ```
//! use http::Request;
//! use tower_cors::{Policy, RequestHead};
//!
//! let policy = Policy::builder().allow_origins(["https://example.com"]).build()?;
//! let request = Request::get("/items").header("origin", "https://www.example.com").body(())?;
//! let explanation = policy.decide(&RequestHead::from(&request)).explain().to_string();
//! assert!(explanation.contains(r#"add "https://www.example.com" to allowOrigins"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! If the policy allows the request, something else answered: see [Layer placement](#layer-placement).
//! [Troubleshooting](guides::troubleshooting) starts from the browser's message, and
//! [Testing your CORS](guides::testing) shows tests for your router.
//!
//! # Observability
//!
//! [`CorsLayer::observe_fn`] passes every decision to a function, for logs and counters, and
//! [`CorsLayer::observe`] to an [`Observer`]. With feature `tracing`, the layer also emits one event, with
//! target `tower_cors`, for each request that has a policy:
//!
//! | request | level |
//! |---|---|
//! | denied | info |
//! | preflight allowed, or a denied request that is [probably same-origin](Decision::maybe_same_origin) | debug |
//! | any other | trace |
//!
//! The message is the decision's line. The fields are `cors.kind`, `cors.outcome`, `cors.reason` and
//! `cors.origin`. The outcome is `allowed` or `denied`, or `would be allowed` or `would be denied` under
//! [`report_only`](CorsLayer::report_only). The layer escapes and shortens what the request contains.
//!
//! # Caching
//!
//! - Every response that may depend on the origin has `Vary: origin`, with an `Origin` or without. Otherwise a
//!   cache could give one site the response to another. The policy `*` without credentials needs no `Vary`. A
//!   [`Choice`] can declare that its source did not look at the origin.
//! - A response that the layer grants without credentials can be read by everyone. If a request has cookies or a
//!   token, `Vary` keeps its response from others, unless `Cache-Control` says `public`.
//! - A 304 and a 206 also state what they do not grant, because caches merge them into stored responses.
//! - Browsers cache a preflight's answer for `max_age` seconds, and for 5 seconds by default. Chromium caps
//!   this at 7,200, WebKit at 600, and Firefox at 86,400. A changed policy reaches a browser only when its
//!   cached answer has expired.
//!
//! [Caching](guides::caching) has the details, and what to configure in a CDN.
//!
//! # Security
//!
//! `build()` refuses the following. Each `dangerously_` setter deserves a second reviewer.
//!
//! - **Any origin with credentials.** Every website could act as the user who visits it. `*` without
//!   credentials is harmless for public data, but not on an intranet or on localhost, where being able to
//!   reach the server is the permission.
//! - **`null` with credentials.** Any website can create a frame whose origin is `null`. The layer never
//!   reflects it.
//! - **`http` origins with credentials.** Anyone on the network path can inject a script into such a page.
//!   Loopback addresses are exempt.
//!
//! `build()` accepts the following, so think twice:
//!
//! - **Subdomains.** `https://*.example.com` trusts everyone who can put a page on any subdomain, such as
//!   whoever claims a forgotten CNAME. With credentials, list the origins instead. Feature `public-suffix`
//!   adds a lint for patterns such as `https://*.github.io`.
//! - **Credentials** are what the browser adds by itself: cookies, client certificates and HTTP
//!   authentication. A token that a script sets needs `authorization` in `allow_headers`, and no
//!   `allow_credentials`.
//!
//! ```
//! use tower_cors::{ConfigErrorKind, Policy};
//!
//! let config = Policy::builder().allow_origins(["null", "https://*", "http://example.com"]);
//! let errors = config.allow_credentials(true).build().unwrap_err();
//! let kinds: Vec<_> = errors.iter().map(|error| error.kind()).collect();
//! assert_eq!(kinds, [
//!     ConfigErrorKind::NullWithCredentials,
//!     ConfigErrorKind::AnyOriginWithCredentials,
//!     ConfigErrorKind::InsecureOriginWithCredentials,
//! ]);
//! ```
//!
//! **CORS is not access control.** It grants access and never takes it away. A form, an image or a simple
//! request from any website reaches your service with the user's cookies, whatever the policy says. Use
//! `SameSite` cookies and CSRF tokens against that. CORS does not protect WebSocket handshakes either.
//!
//! # Use without Tower
//!
//! [`Policy::decide`] takes a [`RequestHead`]. [`Decision::answer`] is the complete answer to a preflight, and
//! [`Decision::edits`] changes any other response. With another source than a policy, use [`Choice::decide`] and
//! [`Choice::edits`]. [`ResponseEdits::changes`] lists the changes, for programs without an
//! [`http::HeaderMap`].
//!
//! # Non-goals
//!
//! - Private Network Access: browsers dropped it.
//! - Regular expressions over origins: a pattern that matches too much is the classic CORS hole.
//!
//! # Features
//!
//! All are off by default, and none changes what the others do.
//!
//! | feature | adds |
//! |---|---|
//! | `serde` | [`PolicyConfig`] and [`Policy`] in files |
//! | `reload` | `Reloadable`, a source for hot reload |
//! | `tracing` | an event for each decision |
//! | `public-suffix` | lints for names under a public suffix, where strangers register |
//!
//! # Guides
//!
//! - Migrating [from tower-http](guides::migrating_from_tower_http), or
//!   [from agentgateway, Envoy, Spring or Express](guides::migrating_from_others)
//! - [Troubleshooting](guides::troubleshooting), from the browser's message to the cause
//! - [Testing your CORS](guides::testing)
//! - [Headers that protocols need](guides::protocols): gRPC-Web, MCP, tus, GraphQL and others
//! - [Errors and lints](guides::lints), [caching](guides::caching)
//! - [Comparison](guides::comparison) and [performance](guides::performance)
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]
#![warn(clippy::print_stderr, clippy::print_stdout)]

mod choice;
mod config;
mod decision;
mod explain;
mod fetch;
mod future;
// `rustdoc` sets `doc` for doc tests too, which tests/guides runs.
#[cfg(all(doc, not(doctest)))]
pub mod guides;
mod intersect;
mod layer;
mod mirror;
mod observe;
mod origin;
mod policy;
mod request;
mod respond;
mod service;
mod source;
mod strip;
mod vary;

pub use choice::Choice;
pub use config::error::{ConfigError, ConfigErrorKind, ConfigErrors};
pub use config::lint::{Lint, LintKind};
pub use config::place::Place;
pub use config::{InnerHeaders, PolicyConfig};
pub use decision::{Decision, Denial};
pub use explain::Explanation;
pub use explain::remedy::{Edit, EditError, Remedy};
pub use future::ResponseFuture;
pub use layer::CorsLayer;
pub use observe::Observer;
pub use origin::Origin;
pub use origin::error::OriginPatternError;
pub use origin::pattern::OriginPattern;
pub use policy::Policy;
pub use request::{RequestHead, RequestKind};
pub use respond::{Change, ResponseEdits};
pub use service::Cors;
pub use source::PolicySource;
pub use source::extensions::FromExtensions;
#[cfg(feature = "reload")]
pub use source::reload::Reloadable;

/// The README's code, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
