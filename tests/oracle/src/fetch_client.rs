//! The browser's half of the [Fetch standard](https://fetch.spec.whatwg.org/), as a synchronous
//! model: it sends requests to a [`Server`], reads responses, and says what a script gets.
//!
//! It knows no policy. Left out on purpose, since no CORS check depends on it: HTTP authentication
//! and client certificates, paths and lifetimes of cookies and `SameSite`, service workers, mixed content and port
//! blocking, referrer policies other than the default, redirect modes other than `follow`, cache
//! modes other than `default`, `no-cache` and `reload`, heuristic freshness, and cache partitions (one client is one
//! partition, so all its pages share the HTTP cache).

mod client;
mod cookies;
mod cors_check;
mod engine;
mod fetch;
mod header_list;
mod http_cache;
mod names;
mod outcome;
mod preflight_cache;
mod request;
mod response;
mod safelist;

use bytes::Bytes;

pub use client::Client;
pub use engine::Engine;
pub use fetch::{Cache, Credentials, Fetch, Mode};
pub use outcome::{CorsFailure, Outcome, RedirectProblem, Refusal, ResponseType, Sent, Verdict};

/// What answers requests: one HTTP service, seen from outside.
pub trait Server {
    /// Answers one request. The URI is in absolute form, and there is a `host` header.
    fn call(&mut self, request: http::Request<Bytes>) -> http::Response<Bytes>;

    /// How often the service behind the layer was called so far, for servers that count it.
    fn inner_calls(&self) -> Option<u64> {
        None
    }
}

impl<F> Server for F
where
    F: FnMut(http::Request<Bytes>) -> http::Response<Bytes>,
{
    fn call(&mut self, request: http::Request<Bytes>) -> http::Response<Bytes> {
        self(request)
    }
}
