//! The examples of what stands beside the layer, as running programs: what their head comments say
//! to type, and what the oracle's browser makes of them over TCP.

mod comments;
mod events;
mod failures;
mod hyper;
mod proxy;
mod static_files;

use bytes::Bytes;
use http::Response;
use tower_cors_oracle::fetch_client::{CorsFailure, Refusal, Verdict};
use tower_cors_running::Program;

/// The origin that the examples' policies allow, and one that none names.
const APP: &str = "https://app.example.com";
const EVIL: &str = "https://evil.example";

fn start(name: &str, arguments: &[&str]) -> Program {
    Program::start(crate::example(name), arguments)
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
