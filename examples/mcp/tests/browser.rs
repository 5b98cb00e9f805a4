//! The program, used as an MCP client in a browser uses it.

use std::process::Command;

use serde_json::{Value, json};
use tower_cors_oracle::fetch_client::{CorsFailure, Fetch, Outcome, Refusal, Verdict};
use tower_cors_running::{Program, commands};

const INSPECTOR: &str = "http://localhost:6274";

fn start() -> Program {
    Program::start(Command::new(env!("CARGO_BIN_EXE_mcp")), &[])
}

/// A message to the server, as the SDK's client in a browser sends it.
fn post(message: &Value) -> impl FnOnce(Fetch) -> Fetch {
    let body = message.to_string();
    move |fetch| {
        let fetch = fetch.method("POST").header("content-type", "application/json");
        fetch.header("accept", "application/json, text/event-stream").body(body)
    }
}

fn initialize() -> Value {
    json!({
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    })
}

fn add() -> Value {
    let params = json!({"name": "add", "arguments": {"a": 20, "b": 22}});
    json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params})
}

/// The last message of an answer that is a stream of events.
fn message(outcome: &Outcome) -> Value {
    let Verdict::Readable { status: 200, body, .. } = &outcome.verdict else {
        panic!("{outcome:?}")
    };
    let text = String::from_utf8_lossy(body);
    let data = text.lines().filter_map(|line| line.strip_prefix("data: ")).next_back();
    serde_json::from_str(data.expect("an event")).expect("a message")
}

#[test]
fn a_session_is_opened_used_resumed_and_closed() {
    let mut server = start();
    let opened = server.fetch(INSPECTOR, "/mcp", post(&initialize()));
    assert_eq!(opened.preflights(), 1);
    assert_eq!(message(&opened)["result"]["protocolVersion"], "2025-11-25");
    let session = opened.verdict.header("mcp-session-id").expect("a readable id").to_owned();
    let within = |fetch: Fetch| {
        let fetch = fetch.header("mcp-session-id", &*session);
        fetch.header("mcp-protocol-version", "2025-11-25")
    };

    let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let ready = server.fetch(INSPECTOR, "/mcp", |fetch| within(post(&ready)(fetch)));
    assert!(matches!(ready.verdict, Verdict::Readable { status: 202, .. }), "{ready:?}");
    let called = server.fetch(INSPECTOR, "/mcp", |fetch| within(post(&add())(fetch)));
    assert_eq!(message(&called)["result"]["content"][0]["text"], "42");

    // The stream that broke off, from the event that was seen last; it has ended since.
    let resumed = server.fetch(INSPECTOR, "/mcp", |fetch| {
        within(fetch.header("accept", "text/event-stream").header("last-event-id", "0/0"))
    });
    assert_eq!(resumed.preflights(), 1);
    assert_eq!(resumed.verdict.header("content-type"), Some("text/event-stream"), "{resumed:?}");

    let closed = server.fetch(INSPECTOR, "/mcp", |fetch| within(fetch.method("DELETE")));
    assert!(closed.verdict.is_readable(), "{closed:?}");
    // What goes wrong is read as what it is.
    let gone = server.fetch(INSPECTOR, "/mcp", |fetch| within(post(&add())(fetch)));
    assert!(matches!(gone.verdict, Verdict::Readable { status: 404, .. }), "{gone:?}");
}

/// The revision 2026-07-28 has no sessions; each request says by headers what it is.
#[test]
fn a_client_without_sessions_calls() {
    let mut server = start();
    let mut call = add();
    call["params"]["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let called = server.fetch(INSPECTOR, "/mcp", |fetch| {
        let fetch = post(&call)(fetch).header("mcp-protocol-version", "2026-07-28");
        fetch.header("mcp-method", "tools/call").header("mcp-name", "add")
    });
    assert_eq!(message(&called)["result"]["content"][0]["text"], "42");
}

#[test]
fn no_other_page_is_served() {
    let mut server = start();
    let evil = "https://evil.example";
    let refused = server.fetch(evil, "/mcp", post(&initialize()));
    let refusal = Refusal::PreflightCorsCheck(CorsFailure::Missing);
    assert_eq!((refused.verdict.refusal(), refused.others()), (Some(&refusal), 0));
    // The transport's own check, for what is sent without a preflight.
    let headers = [("origin", evil), ("content-type", "text/plain")];
    let answer = server.send("POST", "/mcp", &headers, initialize().to_string());
    assert_eq!(answer.status(), 403);
}

#[test]
fn each_line_of_the_head_comment_gives_an_answer() {
    let lines = commands(concat!(env!("CARGO_MANIFEST_DIR"), "/src/main.rs"));
    let [run, initialize] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(run, "cargo run -p mcp");
    let answer = start().typed(initialize);
    for part in ["HTTP/1.1 200 ", "\r\nmcp-session-id: ", "\r\naccess-control-expose-headers: mcp"]
    {
        assert!(answer.contains(part), "{answer}");
    }
}
