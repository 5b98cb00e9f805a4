//! Tower middleware that enforces CORS.
//!
//! ```
//! use std::time::Duration;
//! use axum::{Router, routing::get};
//! use tower_cors::{CorsLayer, Policy};
//!
//! let policy = Policy::builder()
//!     .allow_origins(["https://app.example.com", "https://*.example.org"])
//!     .allow_methods(["PUT", "DELETE"])
//!     .allow_headers(["authorization", "content-type"])
//!     .allow_credentials(true)
//!     .expose_headers(["x-request-id"])
//!     .max_age(Duration::from_secs(600))
//!     .build()?;
//! let app: Router = Router::new()
//!     .route("/", get(|| async { "hello" }))
//!     .layer(CorsLayer::new(policy));
//! # Ok::<(), tower_cors::ConfigErrors>(())
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]

mod config;
mod decision;
mod fetch;
mod future;
mod layer;
mod observe;
mod origin;
mod policy;
mod request;
mod respond;
mod service;
mod source;
mod strip;

pub use config::error::{ConfigError, ConfigErrorKind, ConfigErrors};
pub use config::lint::{Lint, LintKind};
pub use config::{InnerHeaders, PolicyConfig};
pub use decision::{Decision, Denial};
pub use future::ResponseFuture;
pub use layer::CorsLayer;
pub use observe::Observer;
pub use origin::Origin;
pub use origin::error::OriginPatternError;
pub use origin::pattern::OriginPattern;
pub use policy::Policy;
pub use request::{RequestHead, RequestKind};
pub use respond::ResponseEdits;
pub use service::Cors;
pub use source::extensions::FromExtensions;
#[cfg(feature = "reload")]
pub use source::reload::Reloadable;
pub use source::{Choice, PolicyFn, PolicySource};
