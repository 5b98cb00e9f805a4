//! Serves CORS with the bare crate: no feature, no Tower, no runtime.

use http::{Request, Response};
use tower_cors::{Policy, RequestHead};

/// Answers with the handler's response as the policy wants it, or with the policy's own.
pub fn serve<B, R: Default>(
    policy: &Policy,
    request: Request<B>,
    handler: impl FnOnce(Request<B>) -> Response<R>,
) -> Response<R> {
    let decision = policy.decide(&RequestHead::from(&request));
    if let Some(answer) = decision.answer() {
        return answer;
    }
    let edits = decision.edits();
    let mut response = handler(request);
    edits.apply(response.status(), response.headers_mut());
    response
}

#[test]
fn the_bare_crate_serves() {
    let policy = Policy::permissive();
    let request = Request::get("/").header("origin", "https://a.example").body(());
    let response = serve(&policy, request.unwrap(), |_| Response::new(String::from("hello")));
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    assert_eq!(response.body(), "hello");

    let preflight = Request::options("/")
        .header("origin", "https://a.example")
        .header("access-control-request-method", "PUT")
        .body(());
    let response: Response<String> = serve(&policy, preflight.unwrap(), |_| unreachable!());
    assert_eq!(response.status(), 204);
    assert_eq!(response.body(), "");
}

/// Built alone, as `.ci/run` does it, the crate has no list of public suffixes. Beside members that
/// switch the feature on it has, and says nothing of this name.
#[test]
fn subdomains_are_not_looked_up_without_the_feature() {
    let config = Policy::builder().allow_origins(["https://*.example.com"]).allow_credentials(true);
    let policy = config.build().unwrap();
    let ids: Vec<_> = policy.lints().iter().map(|lint| lint.id()).collect();
    assert!(ids.is_empty() || ids == ["suffix-not-checked"], "{ids:?}");
    println!("{ids:?}");
}
