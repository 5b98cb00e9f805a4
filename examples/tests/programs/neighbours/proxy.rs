//! `examples/proxy.rs`

use tower_cors_oracle::fetch_client::{CorsFailure, Credentials, Fetch, Refusal};

use super::{APP, EVIL, HIDDEN, header, start, status};

fn with_cookies(fetch: Fetch) -> Fetch {
    fetch.credentials(Credentials::Include)
}

#[test]
fn strip_gives_what_the_policy_says_whatever_the_upstream_said() {
    let mut proxy = start("proxy", &[]);
    for path in ["/strip/open", "/strip/silent"] {
        let read = proxy.fetch(APP, path, with_cookies);
        assert!(read.verdict.header("x-request-id").is_some(), "{path}: {:?}", read.verdict);
        assert_eq!(read.verdict.header("x-internal"), None, "{path}");
        let denied = proxy.fetch(EVIL, path, |fetch| fetch);
        assert_eq!(denied.verdict.refusal(), Some(&HIDDEN), "{path}");
        let answer = proxy.send("GET", path, &[], "");
        assert_eq!(header(&answer, "vary"), Some("origin"), "{path}");
    }
    let missing = proxy.fetch(APP, "/strip/nothing", |fetch| fetch);
    assert_eq!(status(&missing.verdict), Some(404));
}

#[test]
fn keep_gives_what_the_upstream_says_where_it_says_something() {
    let mut proxy = start("proxy", &[]);
    // Anybody reads, and what the upstream exposes; but no cookies, since it said `*`.
    let read = proxy.fetch(EVIL, "/keep/open", |fetch| fetch);
    assert_eq!(read.verdict.header("x-internal"), Some("secret"));
    assert_eq!(read.verdict.header("x-request-id"), None);
    let refused = proxy.fetch(APP, "/keep/open", with_cookies);
    let refusal = Refusal::ResponseCorsCheck(CorsFailure::WildcardWithCredentials);
    assert_eq!(refused.verdict.refusal(), Some(&refusal));
    // Where it says nothing the policy does.
    let read = proxy.fetch(APP, "/keep/silent", with_cookies);
    assert_eq!(read.verdict.header("x-request-id"), Some("2"));
    let denied = proxy.fetch(EVIL, "/keep/silent", |fetch| fetch);
    assert_eq!(denied.verdict.refusal(), Some(&HIDDEN));
}
