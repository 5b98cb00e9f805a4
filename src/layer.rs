//! [`CorsLayer`]: what puts a policy in front of services.

use std::fmt;

use tower_layer::Layer;

use crate::decision::Decision;
use crate::policy::Policy;
use crate::request::RequestHead;
use crate::service::Cors;
use crate::source::{PolicyFn, PolicySource};

/// A [`Layer`] that enforces CORS in front of a service.
///
/// ```
/// use axum::{Router, routing::get};
/// use tower_cors::{CorsLayer, Policy};
///
/// let policy = Policy::builder().allow_origins(["https://app.example.com"]).build()?;
/// let app: Router = Router::new()
///     .route("/", get(|| async { "hello" }))
///     .layer(CorsLayer::new(policy));
/// # Ok::<(), tower_cors::ConfigErrors>(())
/// ```
#[derive(Clone, Copy)]
#[must_use = "layers do nothing until they are put around a service"]
pub struct CorsLayer<P = Policy, O = ()> {
    source: P,
    observer: O,
    report_only: bool,
}

impl<P: PolicySource> CorsLayer<P> {
    /// Enforces a policy, or the one that the source has for a request.
    ///
    /// ```
    /// use tower_cors::{CorsLayer, Policy};
    ///
    /// let layer = CorsLayer::new(Policy::permissive());
    /// ```
    pub fn new(source: P) -> Self {
        Self { source, observer: (), report_only: false }
    }
}

impl<F: Fn(&RequestHead<'_>) -> Option<Policy>> CorsLayer<PolicyFn<F>> {
    /// Enforces the policy that the function gives for a request; `None` lets the request pass
    /// untouched. A function that chooses by a request header tells no cache so: for that,
    /// implement [`PolicySource`].
    ///
    /// ```
    /// use tower_cors::{CorsLayer, Policy};
    ///
    /// let public = Policy::permissive();
    /// let layer = CorsLayer::from_fn(move |request| {
    ///     let path = request.uri().path();
    ///     Some(if path.starts_with("/public/") { public.clone() } else { Policy::deny_all() })
    /// });
    /// ```
    pub fn from_fn(function: F) -> Self {
        Self::new(PolicyFn::new(function))
    }
}

impl<P, O> CorsLayer<P, O> {
    /// Calls the function with every decision, before it takes effect.
    ///
    /// ```
    /// use tower_cors::{CorsLayer, Policy};
    ///
    /// let layer = CorsLayer::new(Policy::permissive()).observe(|request, decision| {
    ///     if decision.denial().is_some() {
    ///         eprintln!("{} {}: {decision}", request.method(), request.uri().path());
    ///     }
    /// });
    /// ```
    pub fn observe<F: Fn(&RequestHead<'_>, &Decision<'_>)>(self, function: F) -> CorsLayer<P, F> {
        CorsLayer { source: self.source, observer: function, report_only: self.report_only }
    }

    /// With `true`, decides and calls the observer, and does nothing else: preflights reach the
    /// inner service and no response is touched.
    ///
    /// ```
    /// use tower_cors::{CorsLayer, Policy};
    ///
    /// let candidate = Policy::builder().allow_origins(["https://app.example.com"]).build()?;
    /// let layer = CorsLayer::new(candidate)
    ///     .observe(|_, decision| eprintln!("would be: {decision}"))
    ///     .report_only(true);
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn report_only(mut self, report_only: bool) -> Self {
        self.report_only = report_only;
        self
    }
}

impl<S, P: Clone, O: Clone> Layer<S> for CorsLayer<P, O> {
    type Service = Cors<S, P, O>;

    fn layer(&self, inner: S) -> Self::Service {
        Cors {
            inner,
            source: self.source.clone(),
            observer: self.observer.clone(),
            report_only: self.report_only,
        }
    }
}

impl<P: fmt::Debug, O> fmt::Debug for CorsLayer<P, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CorsLayer")
            .field("source", &self.source)
            .field("report_only", &self.report_only)
            .finish_non_exhaustive()
    }
}
