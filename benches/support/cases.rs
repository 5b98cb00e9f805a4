//! The requests and the policies.

use std::mem::forget;

use bytes::BytesMut;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};

use crate::inner::{Body, Inner};
use crate::names::Names;

/// The policy of a case. All but what is said here is the same everywhere: credentials, two methods
/// and three headers listed, two exposed, a max-age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// So many origins, each of so many bytes.
    Exact { count: usize, length: usize },
    /// All subdomains of `example.com`, and two other patterns.
    Wildcard,
    /// One origin, any method and any header, `authorization` too.
    Mirroring,
    /// One origin, the names of every [`Names`] listed, and others until there are so many.
    Judging { listed: usize },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    NoOrigin,
    /// The last one of every list.
    Allowed,
    /// As long as the allowed one.
    Denied,
    /// 8 KiB.
    Endless,
    /// 120 labels, under `example.com` or not.
    Labels {
        allowed: bool,
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) id: &'static str,
    pub(crate) rules: Rules,
    pub(crate) sent: Sent,
    /// The requested headers of a preflight.
    pub(crate) names: Option<Names>,
    /// How many headers the inner service's response has.
    pub(crate) inner_headers: usize,
}

/// The length of an origin in a list, where its length is not what is looked at.
const LENGTH: usize = 29;

const JUDGING: Rules = Rules::Judging { listed: Names::LISTED.len() };

const fn of(count: usize) -> Rules {
    Rules::Exact { count, length: LENGTH }
}

const fn actual(id: &'static str, rules: Rules, sent: Sent, inner_headers: usize) -> Case {
    Case { id, rules, sent, names: None, inner_headers }
}

const fn preflight(id: &'static str, rules: Rules, sent: Sent, names: Names) -> Case {
    Case { id, rules, sent, names: Some(names), inner_headers: 0 }
}

const fn long(length: usize) -> Rules {
    Rules::Exact { count: 1000, length }
}

pub(crate) static CASES: [Case; 52] = {
    use Names::*;
    use Rules::{Mirroring, Wildcard};
    use Sent::*;
    const NOT_UNDER: Sent = Labels { allowed: false };
    const UNDER: Sent = Labels { allowed: true };
    [
        actual("no_origin", of(1), NoOrigin, 0),
        actual("no_origin_8_headers", of(1), NoOrigin, 8),
        actual("allowed", of(1), Allowed, 0),
        actual("allowed_of_10", of(10), Allowed, 0),
        actual("allowed_of_100", of(100), Allowed, 0),
        actual("allowed_of_1000", of(1000), Allowed, 0),
        actual("allowed_of_10000", of(10_000), Allowed, 0),
        actual("allowed_of_100000", of(100_000), Allowed, 0),
        actual("allowed_wildcard", Wildcard, Allowed, 0),
        actual("allowed_8_headers", of(1), Allowed, 8),
        actual("allowed_of_1000_8_headers", of(1000), Allowed, 8),
        actual("allowed_16_headers", of(1), Allowed, 16),
        actual("allowed_32_headers", of(1), Allowed, 32),
        actual("allowed_64_headers", of(1), Allowed, 64),
        actual("allowed_64_bytes", long(64), Allowed, 0),
        actual("allowed_128_bytes", long(128), Allowed, 0),
        actual("allowed_253_bytes", long(253), Allowed, 0),
        actual("denied", of(1), Denied, 0),
        actual("denied_of_10", of(10), Denied, 0),
        actual("denied_of_100", of(100), Denied, 0),
        actual("denied_of_1000", of(1000), Denied, 0),
        actual("denied_of_10000", of(10_000), Denied, 0),
        actual("denied_wildcard", Wildcard, Denied, 0),
        actual("denied_8_headers", of(1), Denied, 8),
        preflight("preflight_allowed", of(1), Allowed, Three),
        preflight("preflight_allowed_of_1000", of(1000), Allowed, Three),
        preflight("preflight_denied", of(1), Denied, Three),
        preflight("preflight_denied_of_1000", of(1000), Denied, Three),
        preflight("preflight_mirrored", Mirroring, Allowed, Three),
        preflight("preflight_judged", JUDGING, Allowed, Three),
        preflight("acrh_16k", of(1), Allowed, TooMany),
        preflight("acrh_16k_mirrored", Mirroring, Allowed, TooMany),
        actual("origin_8k", of(1), Endless, 0),
        actual("origin_8k_of_1000", of(1000), Endless, 0),
        actual("labels_120_allowed", Wildcard, UNDER, 0),
        actual("labels_120_denied", Wildcard, NOT_UNDER, 0),
        preflight("acrh_4096_usual", Mirroring, Allowed, Usual),
        preflight("acrh_4096_three_letters", Mirroring, Allowed, ThreeLetters),
        preflight("acrh_4096_one_letter", Mirroring, Allowed, OneLetter),
        preflight("acrh_4096_unsorted", Mirroring, Allowed, Unsorted),
        preflight("acrh_4096_upper_case", Mirroring, Allowed, UpperCase),
        preflight("acrh_4096_white_space", Mirroring, Allowed, WhiteSpace),
        preflight("acrh_4096_empty_elements", Mirroring, Allowed, EmptyElements),
        preflight("judged_4096_usual", JUDGING, Allowed, Usual),
        preflight("judged_4096_three_letters", JUDGING, Allowed, ThreeLetters),
        preflight("judged_4096_one_letter", JUDGING, Allowed, OneLetter),
        preflight("judged_4096_unsorted", JUDGING, Allowed, Unsorted),
        preflight("judged_4096_upper_case", JUDGING, Allowed, UpperCase),
        preflight("judged_4096_white_space", JUDGING, Allowed, WhiteSpace),
        preflight("judged_4096_empty_elements", JUDGING, Allowed, EmptyElements),
        preflight("judged_4096_of_100", Rules::Judging { listed: 100 }, Allowed, Usual),
        preflight("judged_4096_of_400", Rules::Judging { listed: 400 }, Allowed, Usual),
    ]
};

impl Case {
    pub(crate) fn named(id: &str) -> Self {
        let case = CASES.iter().find(|case| case.id == id);
        *case.unwrap_or_else(|| panic!("no case {id}"))
    }

    /// Whether the policy grants the origin.
    pub(crate) fn granted(&self) -> bool {
        matches!(self.sent, Sent::Allowed | Sent::Labels { allowed: true })
    }

    pub(crate) fn origin(&self) -> Option<String> {
        let length = match self.rules {
            Rules::Exact { length, .. } => length,
            _ => LENGTH,
        };
        Some(match self.sent {
            Sent::NoOrigin => return None,
            Sent::Allowed => numbered_origin(LAST, length),
            Sent::Denied => {
                let allowed = numbered_origin(LAST, length).replace("app-99999", "app-xxxxx");
                // All of `example.com` is allowed by the wildcard.
                match self.rules {
                    Rules::Wildcard => allowed.replace(".com", ".net"),
                    _ => allowed,
                }
            }
            Sent::Endless => format!("https://{}", "a".repeat(8 * 1024 - 8)),
            Sent::Labels { allowed } => {
                format!(
                    "https://{}example.{}",
                    "a.".repeat(118),
                    if allowed { "com" } else { "net" }
                )
            }
        })
    }

    /// The origins of the policy's list.
    pub(crate) fn origins(&self) -> Vec<String> {
        match self.rules {
            Rules::Exact { count, length } => {
                (LAST + 1 - count..=LAST).map(|number| numbered_origin(number, length)).collect()
            }
            Rules::Wildcard => vec![
                "https://*.example.com".into(),
                "https://*.example.org:8443".into(),
                "http://localhost:*".into(),
            ],
            Rules::Mirroring | Rules::Judging { .. } => vec![numbered_origin(LAST, LENGTH)],
        }
    }

    /// What hyper makes of the bytes that a browser sends: each value is a slice of one shared
    /// buffer, which the connection keeps.
    pub(crate) fn request(&self) -> Request<Body> {
        let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let mut lines = vec![
            ("host", "api.example.com".to_owned()),
            ("user-agent", agent.into()),
            ("accept", "*/*".into()),
            ("accept-encoding", "gzip, deflate, br, zstd".into()),
        ];
        lines.extend(self.origin().map(|origin| ("origin", origin)));
        if let Some(names) = self.names {
            lines.push(("access-control-request-method", "PUT".into()));
            lines.push(("access-control-request-headers", names.text()));
        } else {
            lines.push(("cookie", "session=0123456789abcdef".into()));
        }
        let mut buffer = BytesMut::new();
        let mut headers = HeaderMap::with_capacity(lines.len());
        for (_, value) in &lines {
            buffer.extend_from_slice(value.as_bytes());
        }
        let mut head = buffer.split().freeze();
        for (name, value) in lines {
            let value = HeaderValue::from_maybe_shared(head.split_to(value.len())).unwrap();
            headers.insert(HeaderName::from_static(name), value);
        }
        forget(head);
        forget(buffer);

        let mut request = Request::new(Body::default());
        if self.names.is_some() {
            *request.method_mut() = Method::OPTIONS;
        }
        *request.headers_mut() = headers;
        request
    }

    /// The case in which the bare service and the floor do the same work: they know one origin, and
    /// what it is compared with is as long as it is.
    pub(crate) fn base(&self) -> &'static str {
        match (self.names, self.sent, self.inner_headers) {
            (None, Sent::NoOrigin, 0) => "no_origin",
            (None, Sent::NoOrigin, _) => "no_origin_8_headers",
            (None, Sent::Endless, _) => "origin_8k",
            (None, Sent::Denied | Sent::Labels { allowed: false }, 0) => "denied",
            (None, Sent::Denied | Sent::Labels { allowed: false }, _) => "denied_8_headers",
            (None, _, 0) => "allowed",
            (None, _, 8) => "allowed_8_headers",
            (None, _, 16) => "allowed_16_headers",
            (None, _, 32) => "allowed_32_headers",
            (None, ..) => "allowed_64_headers",
            (Some(_), Sent::Denied, _) => "preflight_denied",
            (Some(Names::TooMany), ..) => "acrh_16k",
            (Some(_), ..) => "preflight_allowed",
        }
    }

    pub(crate) fn inner(&self) -> Inner {
        Inner::with(self.inner_headers)
    }

    /// The request headers that the policy lists.
    pub(crate) fn listed(&self) -> Vec<String> {
        let (names, count) = match self.rules {
            Rules::Judging { listed } => (&Names::LISTED[..], listed),
            Rules::Mirroring => (&["*", "authorization"][..], 2),
            Rules::Exact { .. } | Rules::Wildcard => (&Names::USUAL[..], 3),
        };
        let others = (names.len()..count).map(|number| format!("x-other-{number}-name"));
        names.iter().map(|name| (*name).to_owned()).chain(others).collect()
    }
}

/// The number of the allowed origin.
const LAST: usize = 99_999;

/// `https://app-99999.example.com`, with more labels in between if it is to be longer.
fn numbered_origin(number: usize, length: usize) -> String {
    let mut middle = String::new();
    while middle.len() < length - LENGTH {
        let missing = length - LENGTH - middle.len();
        // A label has 63 bytes at most, and none is left over for the last.
        let label = missing.min(if missing == 33 { 30 } else { 32 }) - 1;
        middle.extend([".", &"a".repeat(label)]);
    }
    let origin = format!("https://app-{number:05}{middle}.example.com");
    assert_eq!(origin.len(), length);
    origin
}
