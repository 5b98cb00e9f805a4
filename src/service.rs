//! [`Cors`]: the service.

use std::fmt;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use crate::future::{EmptyBody, ResponseFuture};
use crate::observe::{Observer, notify};
use crate::policy::Policy;
use crate::request::RequestHead;
use crate::source::PolicySource;

/// Enforces CORS in front of an inner service. [`CorsLayer`](crate::CorsLayer) creates it.
///
/// ```
/// use http::{Request, Response};
/// use tower::{Layer, ServiceExt, service_fn};
/// use tower_cors::{Cors, CorsLayer, Policy};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let hello = service_fn(|_: Request<()>| async {
///     Ok::<_, std::convert::Infallible>(Response::new("hello".to_owned()))
/// });
/// let service: Cors<_> = CorsLayer::new(Policy::permissive()).layer(hello);
/// let response = service.oneshot(Request::new(())).await?;
/// assert_eq!(response.headers()["access-control-allow-origin"], "*");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
#[must_use = "services do nothing unless called"]
pub struct Cors<S, P = Policy, O = ()> {
    pub(crate) inner: S,
    pub(crate) source: P,
    pub(crate) observer: O,
    pub(crate) report_only: bool,
}

impl<S, P: PolicySource> Cors<S, P> {
    /// Wraps a service with a policy, or with a source of policies.
    ///
    /// To add an observer, use [`CorsLayer::observe`](crate::CorsLayer::observe).
    ///
    /// ```
    /// use tower_cors::{Cors, Policy};
    ///
    /// let service = Cors::new("any service", Policy::permissive());
    /// assert_eq!(*service.get_ref(), "any service");
    /// ```
    pub fn new(inner: S, source: P) -> Self {
        Self { inner, source, observer: (), report_only: false }
    }
}

impl<S, P, O> Cors<S, P, O> {
    /// Returns a reference to the inner service.
    ///
    /// ```
    /// let service = tower_cors::Cors::new("inner", tower_cors::Policy::deny_all());
    /// assert_eq!(*service.get_ref(), "inner");
    /// ```
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// Returns a mutable reference to the inner service.
    ///
    /// ```
    /// let mut service = tower_cors::Cors::new(1, tower_cors::Policy::deny_all());
    /// *service.get_mut() += 1;
    /// assert_eq!(*service.get_ref(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// Returns the inner service.
    ///
    /// ```
    /// let service = tower_cors::Cors::new("inner", tower_cors::Policy::deny_all());
    /// assert_eq!(service.into_inner(), "inner");
    /// ```
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, P, O, B, ResBody> Service<Request<B>> for Cors<S, P, O>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    P: PolicySource,
    O: Observer,
    ResBody: EmptyBody,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let head = RequestHead::from(&request);
        // Written in place: returning them from the closure costs each request 60 instructions.
        let mut edits = None;
        let answer = self.source.lend(&head, |choice| {
            choice.decided(&head, |decided| {
                if let Ok(decision) = &decided {
                    notify(&self.observer, decision, self.report_only);
                }
                if self.report_only {
                    return None;
                }
                edits = Some(match decided {
                    Ok(decision) if decision.is_answered() => {
                        return Some(decision.preflight_answer());
                    }
                    Ok(decision) => decision.edits(),
                    Err(edits) => edits,
                });
                None
            })
        });
        match answer {
            Some(answer) => ResponseFuture::answer(answer),
            None => ResponseFuture::inner(self.inner.call(request), edits),
        }
    }
}

impl<S: fmt::Debug, P: fmt::Debug, O> fmt::Debug for Cors<S, P, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cors")
            .field("inner", &self.inner)
            .field("source", &self.source)
            .field("report_only", &self.report_only)
            .finish_non_exhaustive()
    }
}
