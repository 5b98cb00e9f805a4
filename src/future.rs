//! [`ResponseFuture`]: the inner service's future with the edits, or an answer that is ready.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{HeaderName, Response};
use pin_project_lite::pin_project;

use crate::respond::ResponseEdits;
use crate::vary;

pin_project! {
    /// The future of a [`Cors`](crate::Cors) service.
    ///
    /// ```
    /// use http::{Request, Response};
    /// use tower::{Layer, Service, service_fn};
    /// use tower_cors::{CorsLayer, Policy, ResponseFuture};
    ///
    /// let inner = service_fn(|_: Request<()>| {
    ///     std::future::ready(Ok::<_, std::convert::Infallible>(Response::new(String::new())))
    /// });
    /// let mut service = CorsLayer::new(Policy::permissive()).layer(inner);
    /// let future: ResponseFuture<_> = service.call(Request::new(()));
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        state: State<F>,
        edits: Option<ResponseEdits>,
        vary: Option<Arc<[HeaderName]>>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F> {
        Inner {
            #[pin]
            future: F,
        },
        Answer {
            response: Option<Response<()>>,
        },
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture")
            .field("edits", &self.edits)
            .field("vary", &self.vary)
            .finish_non_exhaustive()
    }
}

impl<F> ResponseFuture<F> {
    /// The response of the inner service, edited, and with the names that chose the policy.
    #[inline]
    pub(crate) fn inner(
        future: F,
        edits: Option<ResponseEdits>,
        vary: Option<Arc<[HeaderName]>>,
    ) -> Self {
        Self { state: State::Inner { future }, edits, vary }
    }

    /// An answer without the inner service.
    pub(crate) fn answer(response: Response<()>) -> Self {
        let state = State::Answer { response: Some(response) };
        Self { state, edits: None, vary: None }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Default,
{
    type Output = Result<Response<B>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        match this.state.project() {
            StateProjection::Inner { future } => {
                // Edited where it is: a response is large to move.
                let mut polled = future.poll(cx);
                if let Poll::Ready(Ok(response)) = &mut polled {
                    let status = response.status();
                    match (this.edits, this.vary) {
                        (Some(edits), _) => edits.apply_once(status, response.headers_mut()),
                        (None, Some(names)) => {
                            // Where it does not fit, nothing was granted either.
                            _ = vary::merge(response.headers_mut(), names.iter());
                        }
                        (None, None) => {}
                    }
                }
                polled
            }
            StateProjection::Answer { response } => match response.take() {
                Some(response) => Poll::Ready(Ok(response.map(|()| B::default()))),
                // Polled after it was done: nothing is left to give.
                None => Poll::Pending,
            },
        }
    }
}
