//! The example, run as a program.

use std::process::Command;
use tower_cors_running::{Running, body};

#[test]
fn decisions_are_counted_by_kind_and_reason() {
    let program = env!("CARGO_BIN_EXE_counters");
    let running = Running::start(Command::new(program).args(["--port", "0"]));
    let typed = running.typed(include_str!("../src/main.rs"), &[]);
    assert!(typed[1].contains(r#"reason="origin not allowed"} 1"#), "{typed:?}");
    let (app, evil) = ("https://app.example.com", "https://evil.example");
    for _ in 0..2 {
        running.send("GET /", &[("Origin", evil)]);
    }
    for origin in ["https://a.example", "https://b.example/", "\"} 9\\", "null"] {
        running.send("GET /", &[("Origin", origin)]);
    }
    running.send("GET /", &[("Origin", app)]);
    running.send("GET /", &[]);
    running.send("PUT /", &[("Host", "evil.example"), ("Origin", evil)]);
    running.preflight("/", app, "PUT");
    running.preflight("/", app, "PATCH");
    running.preflight("/", app, "DELETE");
    let asked = ("Access-Control-Request-Method", "PUT");
    running.send("OPTIONS /", &[("Origin", app), asked, ("Access-Control-Request-Headers", "x-a")]);
    for _ in 0..2 {
        running.send("GET /metrics", &[("Origin", evil)]);
    }

    let answer = running.send("GET /metrics", &[]);
    let text = body(&answer);
    let mut counters: Vec<&str> =
        text.lines().filter(|line| line.starts_with("cors_decisions_total{")).collect();
    counters.sort_unstable();
    assert_eq!(
        counters,
        [
            r#"cors_decisions_total{kind="actual",outcome="allowed",reason=""} 1"#,
            r#"cors_decisions_total{kind="actual",outcome="denied",reason="malformed origin"} 2"#,
            r#"cors_decisions_total{kind="actual",outcome="denied",reason="origin not allowed"} 5"#,
            r#"cors_decisions_total{kind="actual",outcome="denied",reason="probably same-origin"} 1"#,
            r#"cors_decisions_total{kind="preflight",outcome="allowed",reason=""} 1"#,
            r#"cors_decisions_total{kind="preflight",outcome="denied",reason="header not allowed"} 1"#,
            r#"cors_decisions_total{kind="preflight",outcome="denied",reason="method not allowed"} 2"#,
        ],
        "{text}"
    );
    assert!(text.contains("# TYPE cors_decisions_total counter"), "{text}");
}
