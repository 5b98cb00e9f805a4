//! Tower middleware that enforces CORS: a typed policy, checked whole before the first request,
//! exact to the [Fetch standard](https://fetch.spec.whatwg.org/#http-cors-protocol).
//!
//! ```
//! use std::time::Duration;
//! use axum::{Router, routing::get};
//! use http::{Method, header};
//! use tower_cors::{CorsLayer, Policy};
//!
//! let policy = Policy::builder()
//!     .allow_origins(["https://app.example.com", "https://*.example.org"])
//!     .allow_methods([Method::PUT, Method::DELETE])
//!     .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
//!     .allow_credentials(true)
//!     .expose_headers(["x-request-id"])
//!     .max_age(Duration::from_secs(600))
//!     .build()?;
//! let app: Router = Router::new()
//!     .route("/", get(|| async { "hello" }))
//!     .layer(CorsLayer::new(policy));
//! # Ok::<(), tower_cors::ConfigErrors>(())
//! ```
//!
//! # What is decided
//!
//! | request | origin allowed | origin not allowed |
//! |---|---|---|
//! | preflight: `OPTIONS` with `Origin` and `Access-Control-Request-Method` | answered: 204 and the policy's lists | answered: 403, no CORS header |
//! | any other with `Origin` | reaches the inner service; its response gets the policy's headers | reaches the inner service; its response gets no CORS header, but for an empty `access-control-allow-origin` on a 304 or 206 |
//! | without `Origin` | reaches the inner service; its response gets no CORS header, unless any origin is allowed without credentials | the same |
//!
//! With [`answer_every_options`](PolicyConfig::answer_every_options), other `OPTIONS` requests of an
//! allowed origin are answered like preflights.
//!
//! The lists are what the policy says, whatever was asked, so that one preflight serves the browser
//! for all that follow. Only `*` together with credentials, which browsers take literally, is
//! answered by what the request asks for.
//!
//! CORS response headers of the inner service are removed in every case: see [`InnerHeaders`].
//! Responses that depend on the origin say so in `Vary`, whatever the request.
//!
//! # Where to put the layer
//!
//! Outside of what may answer in the inner service's place: authentication, rate limits, timeouts,
//! `catch_panic`, tonic's `GrpcWebLayer`. Then their refusals carry CORS headers too, and preflights,
//! which come without credentials, are not challenged. An `Err` has no headers: what makes a response
//! of it, such as axum's `HandleErrorLayer`, stands inside.
//!
//! One layer per path is enough; an outer one strips what an inner one adds.
//!
//! On axum:
//!
//! | placement | preflights | 404 and 405 |
//! |---|---|---|
//! | `Router::layer`, the last call | answered, on unknown paths too | carry CORS headers |
//! | `Router::route_layer` | answered, on known paths | 405 does |
//! | `MethodRouter::layer` | answered | 405 does |
//! | `MethodRouter::route_layer`, `Handler::layer` | **not seen**: 405 | do not |
//!
//! What is added to a `Router` after `layer`, routes and fallbacks, is not covered. Each `layer`
//! goes around those before it; in a `ServiceBuilder`, and in tonic's `Server`, it is the other way:
//! the first is outermost.
//!
//! This compiles, and no browser can send the `PUT`, because its preflight is answered with 405 and
//! without CORS headers:
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
//! Under `Router::layer`, axum itself adds `allow` with the route's methods to an answered preflight,
//! also to a denied one.
//!
//! `axum::serve(listener, app)` copies every route with its layers for each connection that it
//! accepts, whatever the layers are; `axum::serve(listener, app.into_make_service())` shares them.
//! An app of many routes and short connections gains from it, with this layer or without.
//!
//! # Security
//!
//! What the config refuses is refused for these reasons; each `dangerously_` setter is a decision
//! that deserves a second reader.
//!
//! - **Any origin with credentials.** A server that repeats whatever origin asks lets every website
//!   act as the user who visits it. `*` without credentials is harmless for what anybody may read
//!   anyway; it is harmful on an intranet or on localhost, where reaching the server is the
//!   permission.
//! - **`null`.** Any website can make a frame whose origin is `null`. It is refused with
//!   credentials, and never repeated where any origin is reflected.
//! - **Subdomains.** `https://*.example.com` trusts whoever may put a page on any of them: a
//!   forgotten CNAME that somebody else can claim, a user-content host, one page with a script
//!   injection. With credentials, list the origins that need it. Subdomains of a public suffix
//!   (`https://*.github.io`) belong to strangers: feature `public-suffix` has a lint for them.
//! - **`http` origins with credentials.** Whoever is on the network between can write such a page.
//!   Loopback is exempt.
//! - **Credentials** are what the browser adds by itself: cookies, client certificates, HTTP
//!   authentication. A token that a script sets in `Authorization` needs no `allow_credentials`,
//!   but `authorization` in `allow_headers`.
//! - **CORS grants, it does not forbid.** A form, an image or a simple request of any website reaches
//!   the service with the user's cookies, with every policy. Against that help `SameSite` cookies
//!   and CSRF tokens; and a header or content type that needs a preflight.
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
//! # Caching
//!
//! - Every response that may depend on the origin says `Vary: origin`, allowed or not, with an
//!   `Origin` or without: otherwise a cache gives one website the answer to another. The policy `*`
//!   without credentials answers all alike and needs none. A source may have looked at the origin,
//!   unless it says otherwise ([`Choice::by_target`]); other headers that it chooses by it names
//!   ([`Choice::vary`]).
//! - A response that is granted without credentials is for everybody. If the request has cookies or a
//!   token, or the response sets a cookie, `Vary` keeps it from others, unless its `Cache-Control` says
//!   `public`, `s-maxage` or `immutable`.
//! - A 304 and a 206 also say what they do not grant, because caches merge them into what they stored
//!   earlier.
//! - Browsers keep a preflight's answer per origin, URL and credentials mode, for `max_age` seconds:
//!   5 when nothing is said. Chromium caps it at 7,200, WebKit at 600, Firefox at 86,400; over that
//!   there is a lint. The answer lists the whole policy, so one preflight serves all methods and
//!   headers of a URL. A change of the policy reaches those who have an answer only when it has
//!   expired.
//! - Shared caches do not keep answers to `OPTIONS`.
//! - On a 304, the list that exposed `*` with credentials is computed into is left out, because a
//!   cache would replace the stored one by it.
//!
//! # What it tells
//!
//! [`CorsLayer::observe`] gives every decision to an [`Observer`], such as a function. With feature `tracing`, every request
//! that has a policy is an event besides, of target `tower_cors`, at most one:
//!
//! | request | level |
//! |---|---|
//! | denied, and not probably same-origin | info |
//! | a preflight that is allowed; any that is [probably same-origin](Decision::maybe_same_origin) | debug |
//! | any other | trace |
//!
//! Its message is the decision's line, its fields are `cors.kind`, `cors.outcome` (`allowed`,
//! `denied`; under [`report_only`](CorsLayer::report_only) `would be allowed`, `would be denied`),
//! `cors.reason` and `cors.origin`, each where there is one. Whatever the request holds is escaped
//! and cut.
//!
//! # Without Tower
//!
//! [`Policy::decide`] reads a [`RequestHead`]; [`Decision::answer`] is the whole answer to a
//! preflight, [`Decision::edits`] what to do to any other response. [`Decision::explain`] says why,
//! and what to change. With other sources than a policy, [`Choice::decide`] and [`Choice::edits`]
//! do the same, and name in `Vary` what was looked at. Programs that have no [`http::HeaderMap`] get
//! a list of changes from [`ResponseEdits::changes`].
//!
//! # What it is not
//!
//! - Access control: a simple request of a denied origin has run when the browser keeps its response
//!   from the script.
//! - A check of WebSocket handshakes: no CORS check protects them.
//! - Private Network Access: browsers dropped it.
//! - Regular expressions over origins: a pattern that matches too much is the classic hole.
//!
//! # Features
//!
//! None is on by default. `serde`: configs in files. `reload`: `Reloadable`, a source that is
//! swapped while requests run. `tracing`: an event for each decision. `public-suffix`: lints for names under a
//! public suffix, where strangers register. `gateway-api`: the module of that name, CORS from Kubernetes manifests.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]
#![warn(clippy::print_stderr, clippy::print_stdout)]

mod choice;
mod config;
mod decision;
mod explain;
mod fetch;
mod future;
#[cfg(feature = "gateway-api")]
pub mod gateway_api;
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
