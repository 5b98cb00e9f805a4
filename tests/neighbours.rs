//! The examples of what stands beside the layer, as running programs: what their head comments say
//! to type, and what the oracle's browser makes of them over TCP.

#[path = "support/example.rs"]
mod example;
#[path = "support/program.rs"]
mod program;
#[path = "support/running.rs"]
mod running;

#[path = "neighbours/comments.rs"]
mod comments;
#[path = "neighbours/events.rs"]
mod events;
#[path = "neighbours/failures.rs"]
mod failures;
#[path = "neighbours/guarded.rs"]
mod guarded;
#[path = "neighbours/hyper.rs"]
mod hyper;
#[path = "neighbours/proxy.rs"]
mod proxy;
#[path = "neighbours/static_files.rs"]
mod static_files;

use bytes::Bytes;
use http::Response;
use program::Program;
use tower_cors_oracle::fetch_client::{CorsFailure, Refusal, Verdict};

/// The origin that the examples' policies allow, and one that none names.
const APP: &str = "https://app.example.com";
const EVIL: &str = "https://evil.example";

fn start(name: &str, arguments: &[&str]) -> Program {
    Program::start(example::example(name), arguments)
}

/// The status that a script reads, where it reads one.
fn status(verdict: &Verdict) -> Option<u16> {
    match verdict {
        Verdict::Readable { status, .. } => Some(*status),
        Verdict::NetworkError(_) => None,
    }
}

fn body(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Readable { body, .. } => std::str::from_utf8(body).expect("text"),
        Verdict::NetworkError(refusal) => panic!("{refusal:?}"),
    }
}

fn header<'a>(response: &'a Response<Bytes>, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().expect("text"))
}

/// What the page sees of an answer without CORS headers.
const HIDDEN: Refusal = Refusal::ResponseCorsCheck(CorsFailure::Missing);
