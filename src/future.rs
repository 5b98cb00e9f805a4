//! [`ResponseFuture`]: the inner service's future with the edits, or an answer that is ready.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;
use pin_project_lite::pin_project;

use crate::respond::ResponseEdits;

pin_project! {
    /// Resolves to the response of a [`Cors`](crate::Cors) service.
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
        f.debug_struct("ResponseFuture").field("edits", &self.edits).finish_non_exhaustive()
    }
}

impl<F> ResponseFuture<F> {
    /// Resolves to the inner service's response, edited.
    #[inline]
    pub(crate) fn inner(future: F, edits: Option<ResponseEdits>) -> Self {
        Self { state: State::Inner { future }, edits }
    }

    /// Resolves to this answer, without the inner service.
    pub(crate) fn answer(response: Response<()>) -> Self {
        let state = State::Answer { response: Some(response) };
        Self { state, edits: None }
    }
}

/// The body of an answer to a preflight: [`Default`], with a message for the compiler to print.
#[diagnostic::on_unimplemented(
    message = "the layer cannot create an empty `{Self}` to answer preflights",
    label = "not `Default`",
    note = "implement `Default` for the body, or box it inside this layer: `MapResponseBodyLayer::new(axum::body::Body::new)`"
)]
pub trait EmptyBody: Default {}

#[diagnostic::do_not_recommend]
impl<B: Default> EmptyBody for B {}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: EmptyBody,
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
                    if let Some(edits) = this.edits {
                        edits.apply_once(status, response.headers_mut());
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
