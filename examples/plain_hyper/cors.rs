//! CORS around a handler: a decision before it, and its edits after.

use http::{Request, Response};
use tower_cors::{Policy, RequestHead};

/// Answers preflights, and edits what the handler answers.
pub(crate) async fn with_cors<B, R: Default, F: Future<Output = Response<R>>>(
    policy: &Policy,
    request: Request<B>,
    handler: impl FnOnce(Request<B>) -> F,
) -> Response<R> {
    let decision = policy.decide(&RequestHead::from(&request));
    if let Some(answer) = decision.answer() {
        return answer;
    }
    // The edits borrow nothing, so the request can go to the handler.
    let edits = decision.edits();
    let mut response = handler(request).await;
    edits.apply(response.status(), response.headers_mut());
    response
}
