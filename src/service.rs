//! [`Cors`]: the service.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use crate::future::ResponseFuture;
use crate::observe::{Observer, tell};
use crate::policy::Policy;
use crate::request::RequestHead;
use crate::source::{Choice, PolicySource};

/// A service that enforces CORS in front of another. Made by [`CorsLayer`](crate::CorsLayer).
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

impl<S, P, O, B, ResBody> Service<Request<B>> for Cors<S, P, O>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    P: PolicySource,
    O: Observer,
    ResBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let head = RequestHead::from(&request);
        let Choice { policy, vary } = self.source.choose(&head);
        // First, and shared: nearly every source names nothing, and then this leaves nothing to drop.
        // Names are copied for preflights as well; later, or in a box, it cost every request 38
        // instructions.
        let vary = match vary {
            vary if vary.is_empty() => None,
            vary => Some(Arc::from(&*vary)),
        };
        // Taken apart, so that a policy that is lent leaves nothing to drop.
        let owned;
        let policy = match policy {
            Some(Cow::Borrowed(policy)) => Some(policy),
            Some(Cow::Owned(policy)) => {
                owned = policy;
                Some(&owned)
            }
            None => None,
        };
        if let Some(policy) = policy {
            let mut decision = policy.decide(&head);
            decision.by_target = self.source.declares();
            decision.names = vary.as_ref();
            tell(&self.observer, &head, &decision, self.report_only);
            if !self.report_only {
                if decision.is_answered() {
                    return ResponseFuture::answer(decision.preflight_answer());
                }
                let edits = Some(decision.edits());
                return ResponseFuture::inner(self.inner.call(request), edits, None);
            }
        }
        let vary = match self.report_only {
            true => None,
            false if self.source.declares() => vary,
            // What chose to let it pass may have looked at the origin.
            false => {
                let names = vary.iter().flat_map(|names| names.iter().cloned());
                Some(std::iter::once(http::header::ORIGIN).chain(names).collect())
            }
        };
        ResponseFuture::inner(self.inner.call(request), None, vary)
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
