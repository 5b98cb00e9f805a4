//! [`ResponseFuture`]: the inner service's future with the edits, or an answer that is ready.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{HeaderName, Response};
use pin_project_lite::pin_project;

use crate::respond::{ResponseEdits, vary_by};

pin_project! {
    /// The future of a [`Cors`](crate::Cors) service.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        state: State<F>,
        vary: Vec<HeaderName>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F> {
        Inner {
            #[pin]
            future: F,
            edits: Option<ResponseEdits>,
        },
        Answer {
            response: Option<Response<()>>,
        },
    }
}

impl<F> ResponseFuture<F> {
    /// The response of the inner service, edited.
    pub(crate) fn inner(future: F, edits: Option<ResponseEdits>, vary: Vec<HeaderName>) -> Self {
        Self { state: State::Inner { future, edits }, vary }
    }

    /// An answer without the inner service.
    pub(crate) fn answer(response: Response<()>, vary: Vec<HeaderName>) -> Self {
        Self { state: State::Answer { response: Some(response) }, vary }
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
        let mut response = match this.state.project() {
            StateProjection::Inner { future, edits } => {
                let mut response = ready!(future.poll(cx))?;
                if let Some(edits) = edits.take() {
                    let status = response.status();
                    edits.apply_varied(this.vary, status, response.headers_mut());
                    return Poll::Ready(Ok(response));
                }
                response
            }
            StateProjection::Answer { response } => match response.take() {
                Some(response) => response.map(|()| B::default()),
                // Polled after it was done: nothing is left to give.
                None => return Poll::Pending,
            },
        };
        // A map that has no room for it is granted nothing here either.
        let _ = vary_by(response.headers_mut(), this.vary);
        Poll::Ready(Ok(response))
    }
}
