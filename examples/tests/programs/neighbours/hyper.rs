//! `examples/hyper.rs`

use tower_cors_oracle::fetch_client::{CorsFailure, Credentials, Refusal};

use super::{APP, EVIL, HIDDEN, body, header, start, status};

#[test]
fn the_policy_serves_without_tower() {
    let mut hyper = start("hyper", &[]);
    let put = hyper.fetch(APP, "/", |fetch| {
        let fetch = fetch.method("PUT").header("content-type", "application/json").body("{}");
        fetch.credentials(Credentials::Include)
    });
    assert_eq!((put.preflights(), body(&put.verdict)), (1, "saved\n"));
    for (path, expected) in [("/", 200), ("/nothing", 404)] {
        let read = hyper.fetch(APP, path, |fetch| fetch);
        assert_eq!(status(&read.verdict), Some(expected), "{path}");
        let denied = hyper.fetch(EVIL, path, |fetch| fetch);
        assert_eq!(denied.verdict.refusal(), Some(&HIDDEN), "{path}");
        let vary = hyper.send("GET", path, &[], "");
        assert_eq!(header(&vary, "vary"), Some("origin"), "{path}");
    }
    let denied = hyper.fetch(EVIL, "/", |fetch| fetch.method("PUT"));
    let refusal = Refusal::PreflightCorsCheck(CorsFailure::Missing);
    assert_eq!((denied.verdict.refusal(), denied.others()), (Some(&refusal), 0));
    // No preflight, so it is the server's to answer.
    assert_eq!(hyper.send("OPTIONS", "/", &[("origin", APP)], "").status(), 405);
}
