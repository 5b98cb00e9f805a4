//! The policy of every contender, and the requests that it is asked.

use std::time::Duration;

use crate::answer::Request;

/// The last one of every policy's list.
pub(crate) const ALLOWED: &str = "https://app-999.example.com";
/// As long as the allowed one.
const DENIED: &str = "https://app-xxx.example.com";

pub(crate) const METHODS: [&str; 2] = ["PUT", "DELETE"];
pub(crate) const HEADERS: [&str; 3] = ["authorization", "content-type", "x-request-id"];
pub(crate) const EXPOSED: [&str; 2] = ["x-request-id", "x-total-count"];
pub(crate) const MAX_AGE: Duration = Duration::from_secs(600);

/// This many origins, at most 1,000.
pub(crate) fn origins(count: usize) -> impl Iterator<Item = String> {
    (1000 - count..1000).map(|number| format!("https://app-{number:03}.example.com"))
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Case {
    ActualAllowed,
    ActualDenied,
    PreflightAllowed,
    PreflightDenied,
}

impl Case {
    pub(crate) const ALL: [Self; 4] =
        [Self::ActualAllowed, Self::ActualDenied, Self::PreflightAllowed, Self::PreflightDenied];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ActualAllowed => "GET, origin allowed",
            Self::ActualDenied => "GET, origin not allowed",
            Self::PreflightAllowed => "preflight, origin allowed",
            Self::PreflightDenied => "preflight, origin not allowed",
        }
    }

    pub(crate) fn is_preflight(self) -> bool {
        matches!(self, Self::PreflightAllowed | Self::PreflightDenied)
    }

    pub(crate) fn is_allowed(self) -> bool {
        matches!(self, Self::ActualAllowed | Self::PreflightAllowed)
    }

    /// As a browser sends it.
    pub(crate) fn request(self, path: &'static str) -> Request {
        let origin = if self.is_allowed() { ALLOWED } else { DENIED };
        let mut headers = vec![
            (
                "User-Agent",
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            ),
            ("Accept", "*/*"),
            ("Accept-Encoding", "gzip, deflate, br, zstd"),
            ("Origin", origin),
        ];
        if self.is_preflight() {
            headers.push(("Access-Control-Request-Method", "PUT"));
            headers.push(("Access-Control-Request-Headers", "authorization,content-type"));
        } else {
            headers.push(("Cookie", "session=0123456789abcdef"));
        }
        let method = if self.is_preflight() { "OPTIONS" } else { "GET" };
        Request { method, path, headers }
    }
}
