//! The endpoint of the operators: the policy in use is read and replaced there, with the token only.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::task::spawn_blocking;

use crate::live::{Live, NotReplaced};

/// Longer than any policy that a person maintains.
const MAX_POLICY: usize = 256 * 1024;

/// It has no layer of CORS: no page of any origin is to call it.
pub(crate) fn admin(live: Arc<Live>, token: String) -> Router {
    Router::new()
        .route("/cors", get(show).put(replace))
        .layer(DefaultBodyLimit::max(MAX_POLICY))
        // Outermost, so that nothing is done for those who have no token.
        .layer(from_fn_with_state(Arc::<str>::from(token), authenticate))
        .with_state(live)
}

async fn show(State(live): State<Arc<Live>>) -> Response {
    let policy = live.current.load();
    match serde_saphyr::to_string(&policy.config()) {
        Ok(text) => text.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Answers with the lints of the policy that is in use then, or with all errors of the one that is
/// not.
async fn replace(State(live): State<Arc<Live>>, text: String) -> Response {
    let replaced = spawn_blocking(move || {
        live.replace(&text)?;
        Ok(live.current.load().lints())
    });
    match replaced.await {
        Ok(Ok(lints)) => {
            lints.iter().map(|lint| format!("{lint}\n")).collect::<String>().into_response()
        }
        Ok(Err(NotReplaced::Broken(errors))) => {
            (StatusCode::UNPROCESSABLE_ENTITY, errors + "\n").into_response()
        }
        Ok(Err(NotReplaced::NotWritten(error))) => {
            let message = format!("the old policy stays: its file cannot be written: {error}\n");
            (StatusCode::INTERNAL_SERVER_ERROR, message).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}

async fn authenticate(State(token): State<Arc<str>>, request: Request, next: Next) -> Response {
    match bearer(request.headers()) {
        Some(given) if equal(given.as_bytes(), token.as_bytes()) => next.run(request).await,
        _ => (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response(),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// Looks at every byte, so that the time tells nobody how much of a token is right.
fn equal(given: &[u8], token: &[u8]) -> bool {
    let differences = given.iter().zip(token).fold(0, |all, (a, b)| all | (a ^ b));
    given.len() == token.len() && std::hint::black_box(differences) == 0
}
