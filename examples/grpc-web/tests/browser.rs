//! The program, called as a gRPC-Web client in a browser calls it.

use std::process::Command;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::runtime::Runtime;
use tower_cors_oracle::fetch_client::{CorsFailure, Fetch, Outcome, Refusal, Verdict};
use tower_cors_running::{Program, commands};

const APP: &str = "https://app.example.com";
const GREET: &str = "/greeter.v1.Greeter/Greet";
const COUNT: &str = "/greeter.v1.Greeter/Count";

fn start() -> Program {
    Program::start(Command::new(env!("CARGO_BIN_EXE_grpc-web")), &[])
}

/// What a gRPC-Web client gives to `fetch()`: <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md>.
fn call(message: &str) -> impl FnOnce(Fetch) -> Fetch {
    let length = u8::try_from(message.len()).expect("a short message");
    let frame = format!("\0\0\0\0{}{message}", char::from(length));
    move |fetch| {
        let fetch = fetch.method("POST").header("content-type", "application/grpc-web+proto");
        fetch
            .header("x-grpc-web", "1")
            .header("x-user-agent", "grpc-web-javascript/0.1")
            .body(frame)
    }
}

/// The frames of an answer: the flag, and what it holds.
fn frames(outcome: &Outcome) -> Vec<(u8, Vec<u8>)> {
    let Verdict::Readable { body, .. } = &outcome.verdict else { panic!("{outcome:?}") };
    let (mut rest, mut frames) = (&body[..], vec![]);
    while let [flag, a, b, c, d, after @ ..] = rest {
        let (frame, after) = after.split_at(u32::from_be_bytes([*a, *b, *c, *d]) as usize);
        frames.push((*flag, frame.to_vec()));
        rest = after;
    }
    assert!(rest.is_empty(), "{rest:?}");
    frames
}

const TRAILERS: u8 = 0x80;

#[test]
fn a_call_is_answered_after_one_preflight() {
    let mut server = start();
    let outcome = server.fetch(APP, GREET, call("\n\u{5}world"));
    assert_eq!(outcome.preflights(), 1);
    let frames = frames(&outcome);
    assert_eq!(frames[0], (0, b"\n\x0bhello world".to_vec()));
    assert_eq!(frames[1].0, TRAILERS);
    assert!(String::from_utf8_lossy(&frames[1].1).contains("grpc-status:0"), "{frames:?}");
}

#[test]
fn a_stream_of_replies_is_read() {
    let mut server = start();
    let frames = frames(&server.fetch(APP, COUNT, call("\u{8}\u{3}")));
    let replies = frames.iter().filter(|(flag, _)| *flag == 0).map(|(_, reply)| &reply[..]);
    assert_eq!(replies.collect::<Vec<_>>(), [b"\x08\x01", b"\x08\x02", b"\x08\x03"]);
}

#[test]
fn the_status_of_a_failed_call_is_readable() {
    let mut server = start();
    let outcome = server.fetch(APP, GREET, call(""));
    assert_eq!(outcome.verdict.header("grpc-status"), Some("3"), "{outcome:?}");
    assert_eq!(outcome.verdict.header("grpc-message"), Some("who%20is%20it%3F"), "{outcome:?}");
    let unknown = server.fetch(APP, "/greeter.v1.Greeter/Unknown", call(""));
    assert_eq!(unknown.verdict.header("grpc-status"), Some("12"), "{unknown:?}");
}

#[test]
fn no_other_origin_calls() {
    let mut server = start();
    let outcome = server.fetch("https://evil.example", GREET, call("\n\u{5}world"));
    let refusal = Refusal::PreflightCorsCheck(CorsFailure::Missing);
    assert_eq!((outcome.verdict.refusal(), outcome.others()), (Some(&refusal), 0));
}

/// gRPC clients that are no browsers send no `Origin`, speak HTTP/2, and read trailers.
#[test]
fn native_calls_go_through() {
    let server = start();
    let frame = Bytes::from_static(b"\0\0\0\0\x07\n\x05world");
    let request = Request::post(server.url(GREET)).header("content-type", "application/grpc");
    let request = request.header("te", "trailers").body(Full::new(frame)).expect("a request");
    Runtime::new().expect("a runtime").block_on(async {
        let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
        let response = client.request(request).await.expect("an answer");
        assert!(!response.headers().contains_key("access-control-allow-origin"));
        assert_eq!(response.headers()["vary"], "origin");
        let body = response.into_body().collect().await.expect("a body");
        assert_eq!(body.trailers().expect("trailers")["grpc-status"], "0");
        assert_eq!(body.to_bytes(), &b"\0\0\0\0\x0d\n\x0bhello world"[..]);
    });
}

#[test]
fn each_line_of_the_head_comment_gives_an_answer() {
    let lines = commands(concat!(env!("CARGO_MANIFEST_DIR"), "/src/main.rs"));
    let [run, preflight, call] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(run, "cargo run -p grpc-web");
    let server = start();
    let answer = server.typed(preflight);
    assert!(answer.contains(&format!("access-control-allow-origin: {APP}\r\n")), "{answer}");
    let answer = server.typed(call);
    assert!(answer.contains("hello world"), "{answer}");
}
