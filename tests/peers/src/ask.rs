//! What every peer is set up with, what it is asked, and what comes back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A policy, for each peer to say by its own API.
#[derive(Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) origins: Origins,
    pub(crate) methods: &'static [&'static str],
    pub(crate) headers: Headers,
    pub(crate) credentials: bool,
    pub(crate) expose: Expose,
}

#[derive(Clone, Copy)]
pub(crate) enum Origins {
    List(&'static [&'static str]),
    Any,
    /// Any, sent back as they came: what a peer offers for any origin with credentials.
    Reflected,
    /// Those of `https://*.example.com`, by a pattern where there are patterns, else by a predicate.
    Subdomains,
}

#[derive(Clone, Copy)]
pub(crate) enum Headers {
    List(&'static [&'static str]),
    /// Whatever was asked for.
    Mirrored,
}

#[derive(Clone, Copy)]
pub(crate) enum Expose {
    List(&'static [&'static str]),
    All,
}

pub(crate) const APP: &str = "https://app.example";
pub(crate) const OTHER: &str = "https://other.example";
pub(crate) const EVIL: &str = "https://evil.example";

/// Two origins, a method and a header.
pub(crate) const LISTED: Settings = Settings {
    origins: Origins::List(&[APP, OTHER]),
    methods: &["PUT"],
    headers: Headers::List(&["x-token"]),
    credentials: false,
    expose: Expose::List(&["x-id"]),
};

/// What is behind the middleware.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) status: u16,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    /// Whether it answers with an error of the framework's own kind, and not with a response.
    pub(crate) fails: bool,
    calls: Arc<AtomicUsize>,
}

impl App {
    pub(crate) fn new() -> Self {
        Self { status: 200, headers: &[], fails: false, calls: Arc::default() }
    }

    pub(crate) fn with(headers: &'static [(&'static str, &'static str)]) -> Self {
        Self { headers, ..Self::new() }
    }

    pub(crate) fn answering(status: u16) -> Self {
        Self { status, ..Self::new() }
    }

    pub(crate) fn failing(status: u16) -> Self {
        Self { status, fails: true, ..Self::new() }
    }

    pub(crate) fn called(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }
}

#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) headers: Vec<(&'static str, Vec<u8>)>,
}

pub(crate) fn request(method: &'static str) -> Request {
    Request { method, path: "/", headers: Vec::new() }
}

pub(crate) fn get(origin: &str) -> Request {
    request("GET").with("origin", origin)
}

pub(crate) fn preflight(origin: &str) -> Request {
    request("OPTIONS").with("origin", origin).with("access-control-request-method", "PUT")
}

impl Request {
    pub(crate) fn with(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name, value.as_ref().to_vec()));
        self
    }

    pub(crate) fn at(self, path: &'static str) -> Self {
        Self { path, ..self }
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// How often the app was called.
    pub(crate) calls: usize,
    headers: BTreeMap<String, Vec<String>>,
}

impl Answer {
    pub(crate) fn new<'a>(
        status: u16,
        calls: usize,
        headers: impl Iterator<Item = (&'a str, &'a [u8])>,
    ) -> Self {
        let mut answer = Self { status, calls, headers: BTreeMap::new() };
        for (name, value) in headers {
            let value = String::from_utf8_lossy(value).into_owned();
            answer.headers.entry(name.to_owned()).or_default().push(value);
        }
        answer
    }

    pub(crate) fn lines(&self, name: &str) -> &[String] {
        self.headers.get(name).map_or(&[], Vec::as_slice)
    }

    /// The one line of this name, or all, joined, or nothing.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).map(|lines| lines.join(" | "))
    }

    pub(crate) fn origin(&self) -> Option<String> {
        self.header("access-control-allow-origin")
    }

    pub(crate) fn varies(&self, by: &str) -> bool {
        let tokens = self.lines("vary").iter().flat_map(|line| line.split(','));
        tokens.into_iter().any(|token| token.trim().eq_ignore_ascii_case(by))
    }

    /// Its CORS headers, without the common part of their names.
    pub(crate) fn grants(&self) -> Vec<&str> {
        self.headers.keys().filter_map(|name| name.strip_prefix("access-control-")).collect()
    }
}
