//! [`CorsLayer`]: what puts a policy in front of services.

use std::fmt;

use tower_layer::Layer;

use crate::choice::Choice;
use crate::decision::Decision;
use crate::observe::Observer;
use crate::policy::Policy;
use crate::request::RequestHead;
use crate::service::Cors;
use crate::source::PolicySource;

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

impl<F, C> CorsLayer<F>
where
    F: Fn(&RequestHead<'_>) -> C,
    C: Into<Choice<'static>>,
{
    /// Enforces the policy that the function gives for a request: a [`Policy`], an `Option` of one,
    /// where `None` lets the request pass, or a [`Choice`].
    ///
    /// The function may look at the origin, so every response says `Vary: origin`, unless a choice
    /// says that it was made [`by_target`](Choice::by_target). A function that chooses by other
    /// request headers names them with [`Choice::vary`].
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
    /// Write the closure in the call, or with the type of its argument:
    /// `|request: &RequestHead<'_>| …`. A closure that is bound by `let` without it is "not general
    /// enough" to the compiler. An async closure gives a future, which is no choice: see
    /// [`FromExtensions`](crate::FromExtensions) for what has to be awaited.
    pub fn from_fn(function: F) -> Self {
        Self::new(function)
    }
}

impl<P, O> CorsLayer<P, O> {
    /// Gives every decision to the observer, before it takes effect.
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
    /// Write the closure in the call, or with the type of its argument:
    /// `|decision: &Decision<'_>| …`. A closure that is bound by `let` without it is "not general
    /// enough" to the compiler.
    pub fn observe_fn<F: Fn(&Decision<'_>)>(self, function: F) -> CorsLayer<P, F> {
        self.observe(function)
    }

    /// With `true`, decides and calls the observer, and does nothing else: preflights reach the
    /// inner service and no response is touched.
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

/// What a layer has of its own for each service: [`Clone`] under a name that has a sentence for the
/// compiler to say.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `Clone`, and each service needs one of its own",
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
