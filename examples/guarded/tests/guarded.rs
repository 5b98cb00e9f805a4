//! The example `guarded`: both orders of the layers, read by the oracle's browser over TCP.

use std::process::Command;

use tower_cors_oracle::fetch_client::{CorsFailure, Fetch, Refusal, Verdict};
use tower_cors_running::{Program, commands};

/// The origin that the policy allows, and one that it does not.
const APP: &str = "https://app.example.com";
const EVIL: &str = "https://evil.example";

/// What the page sees of an answer without CORS headers.
const HIDDEN: Refusal = Refusal::ResponseCorsCheck(CorsFailure::Missing);

fn start() -> Program {
    Program::start(Command::new(env!("CARGO_BIN_EXE_guarded")), &[])
}

/// The status that a script reads, where it reads one.
fn status(verdict: &Verdict) -> Option<u16> {
    match verdict {
        Verdict::Readable { status, .. } => Some(*status),
        Verdict::NetworkError(_) => None,
    }
}

fn with(token: &'static str) -> impl FnOnce(Fetch) -> Fetch {
    move |fetch| fetch.header("authorization", format!("Bearer {token}"))
}

#[test]
fn in_the_right_order_the_page_reads_every_refusal() {
    let mut guarded = start();
    let none = guarded.fetch(APP, "/right/note", |fetch| fetch);
    assert_eq!(status(&none.verdict), Some(401));
    assert_eq!(none.verdict.header("www-authenticate"), Some("Bearer"));
    let reader = guarded.fetch(APP, "/right/note", with("reader"));
    assert_eq!((reader.preflights(), status(&reader.verdict)), (1, Some(200)));
    assert!(reader.verdict.header("x-ratelimit-remaining").is_some());
    let delete = |token| move |fetch: Fetch| with(token)(fetch.method("DELETE"));
    let barred = guarded.fetch(APP, "/right/note", delete("reader"));
    assert_eq!(status(&barred.verdict), Some(403));
    let writer = guarded.fetch(APP, "/right/note", delete("writer"));
    assert_eq!(status(&writer.verdict), Some(200));
    // Another page reads none of it.
    let denied = guarded.fetch(EVIL, "/right/note", |fetch| fetch);
    assert_eq!(denied.verdict.refusal(), Some(&HIDDEN));
}

#[test]
fn in_the_right_order_preflights_are_neither_challenged_nor_counted() {
    let mut guarded = start();
    let asked = [
        ("origin", APP),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "authorization"),
    ];
    for _ in 0..50 {
        assert_eq!(guarded.send("OPTIONS", "/right/note", &asked, "").status(), 204);
    }
    // The first of five.
    let first = guarded.fetch(APP, "/right/note", with("reader"));
    assert_eq!(first.verdict.header("x-ratelimit-remaining"), Some("4"));
    let limited = (0..50).find_map(|_| {
        let outcome = guarded.fetch(APP, "/right/note", with("reader"));
        (status(&outcome.verdict) == Some(429)).then_some(outcome)
    });
    let limited = limited.expect("an end to the requests");
    assert!(limited.verdict.header("retry-after").is_some());
}

#[test]
fn in_the_wrong_order_no_token_helps_and_no_refusal_is_read() {
    let mut guarded = start();
    let writer = guarded.fetch(APP, "/wrong/note", with("writer"));
    let refusal = Refusal::PreflightCorsCheck(CorsFailure::Missing);
    assert_eq!((writer.verdict.refusal(), writer.others()), (Some(&refusal), 0));
    let none = guarded.fetch(APP, "/wrong/note", |fetch| fetch);
    assert_eq!(none.verdict.refusal(), Some(&HIDDEN));
    // It is there, and says 401; but to nobody in a browser.
    let answer = guarded.send("GET", "/wrong/note", &[("origin", APP)], "");
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers().get("access-control-allow-origin"), None);
    // Without a browser all is well, which is how this gets through tests.
    let headers = [("origin", APP), ("authorization", "Bearer writer")];
    let answer = guarded.send("DELETE", "/wrong/note", &headers, "");
    assert_eq!(answer.status(), 200);
}

#[test]
fn the_lines_of_the_head_comment_show_both_orders() {
    let guarded = start();
    let lines = commands(concat!(env!("CARGO_MANIFEST_DIR"), "/src/main.rs"));
    assert_eq!(lines[0], "cargo run -p guarded");
    let [right, wrong] = [&lines[1], &lines[2]].map(|line| guarded.typed(line));
    assert!(right.starts_with("HTTP/1.1 401 "), "{right}");
    assert!(right.contains(&format!("\r\naccess-control-allow-origin: {APP}\r\n")), "{right}");
    assert!(wrong.starts_with("HTTP/1.1 401 "), "{wrong}");
    assert!(wrong.contains("\r\nwww-authenticate: Bearer\r\n"), "{wrong}");
    assert_eq!(lines.len(), 3);
}
