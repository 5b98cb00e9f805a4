//! [`CorsLayer`]: the Tower layer.

use std::fmt;

use tower_layer::Layer;

use crate::choice::Choice;
use crate::decision::Decision;
use crate::observe::Observer;
use crate::policy::Policy;
use crate::request::RequestHead;
use crate::service::Cors;
use crate::source::PolicySource;

/// Enforces CORS in front of a service.
///
/// Add it outside every layer that can respond by itself: see
/// [Layer placement](crate#layer-placement).
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
#[must_use = "layers do nothing until they are put around a service"]
pub struct CorsLayer<P = Policy, O = ()> {
    source: P,
    observer: O,
    report_only: bool,
}

impl<P: PolicySource> CorsLayer<P> {
    /// Creates a layer that enforces a policy, or the policy that a source chooses for each request.
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

impl<F, C> CorsLayer<F>
where
    F: Fn(&RequestHead<'_>) -> C,
    C: Into<Choice<'static>>,
{
    /// Creates a layer that enforces the policy that the function returns for each request.
    ///
    /// The function returns a [`Policy`], an `Option<Policy>` (`None` lets the request pass), or a
    /// [`Choice`]. It may look at the origin, so every response has `Vary: origin`, unless it returns a
    /// choice that declares [`by_target`](Choice::by_target). A function that chooses by other request
    /// headers names them with [`Choice::vary`].
    ///
    /// ```
    /// use tower_cors::{Choice, CorsLayer, Policy};
    ///
    /// let public = Policy::permissive();
    /// let layer = CorsLayer::from_fn(move |request| {
    ///     let path = request.uri().path();
    ///     if path.starts_with("/public/") { public.clone() } else { Policy::deny_all() }
    /// });
    ///
    /// let layer = CorsLayer::from_fn(|request| {
    ///     let public = request.uri().path().starts_with("/public/");
    ///     Choice::from(public.then(Policy::permissive)).by_target()
    /// });
    /// ```
    ///
    /// Write the closure in the call, or annotate its argument: `|request: &RequestHead<'_>| …`.
    /// Otherwise the compiler says that a closure bound by `let` is "not general enough". An async closure
    /// returns a future, which is not a choice: use [`FromExtensions`](crate::FromExtensions) for
    /// asynchronous lookups.
    pub fn from_fn(function: F) -> Self {
        Self::new(function)
    }
}

impl<P, O> CorsLayer<P, O> {
    /// Passes every decision to the observer, before it takes effect.
    ///
    /// ```
    /// use tower_cors::{CorsLayer, Decision, Observer, Policy};
    ///
    /// #[derive(Clone)]
    /// struct Log;
    ///
    /// impl Observer for Log {
    ///     fn decided(&self, decision: &Decision<'_>) {
    ///         eprintln!("{decision}");
    ///     }
    /// }
    ///
    /// let layer: CorsLayer<Policy, Log> = CorsLayer::new(Policy::permissive()).observe(Log);
    /// ```
    pub fn observe<N: Observer>(self, observer: N) -> CorsLayer<P, N> {
        CorsLayer { source: self.source, observer, report_only: self.report_only }
    }

    /// Calls the function with every decision, before it takes effect.
    ///
    /// ```
    /// use tower_cors::{CorsLayer, Policy};
    ///
    /// let layer = CorsLayer::new(Policy::permissive()).observe_fn(|decision| {
    ///     if decision.denial().is_some() {
    ///         let request = decision.request();
    ///         eprintln!("{} {}: {decision}", request.method(), request.uri().path());
    ///     }
    /// });
    /// ```
    ///
    /// Write the closure in the call, or annotate its argument: `|decision: &Decision<'_>| …`. Otherwise
    /// the compiler says that a closure bound by `let` is "not general enough".
    pub fn observe_fn<F: Fn(&Decision<'_>)>(self, function: F) -> CorsLayer<P, F> {
        self.observe(function)
    }

    /// Sets whether the layer only reports. With `true`, it decides and calls the observer, but changes
    /// nothing: preflights reach the inner service, and no response is edited.
    ///
    /// ```
    /// use tower_cors::{CorsLayer, Policy};
    ///
    /// let candidate = Policy::builder().allow_origins(["https://app.example.com"]).build()?;
    /// let layer = CorsLayer::new(candidate)
    ///     .observe_fn(|decision| eprintln!("would be: {decision}"))
    ///     .report_only(true);
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn report_only(mut self, report_only: bool) -> Self {
        self.report_only = report_only;
        self
    }
}

impl<S, P: Shared, O: Shared> Layer<S> for CorsLayer<P, O> {
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

/// [`Clone`], with a message for the compiler to print.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `Clone`, but each service needs its own copy",
    label = "not `Clone`",
    note = "derive `Clone`, or put it into an `Arc`: `CorsLayer::new(Arc::new(source))`"
)]
pub trait Shared: Clone {}

#[diagnostic::do_not_recommend]
impl<T: Clone> Shared for T {}

impl<P: Shared, O: Shared> Clone for CorsLayer<P, O> {
    fn clone(&self) -> Self {
        let Self { source, observer, report_only } = self;
        Self { source: source.clone(), observer: observer.clone(), report_only: *report_only }
    }
}

impl<P: Copy, O: Copy> Copy for CorsLayer<P, O> {}

impl<P: fmt::Debug, O> fmt::Debug for CorsLayer<P, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CorsLayer")
            .field("source", &self.source)
            .field("report_only", &self.report_only)
            .finish_non_exhaustive()
    }
}
