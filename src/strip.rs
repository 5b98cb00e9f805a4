//! [`InnerCors`]: the CORS headers that an inner service has set itself, found.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
};
use http::{HeaderMap, HeaderName};

/// The CORS response headers that an inner service has set, a bit each, and whether it has set
/// `Vary`. Found in one pass over the names, because most responses have none.
pub(crate) struct InnerCors {
    found: u8,
    pub(crate) vary: bool,
}

const ALLOW_PRIVATE_NETWORK: HeaderName =
    HeaderName::from_static("access-control-allow-private-network");

const CORS_RESPONSE_HEADERS: [HeaderName; 7] = [
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ALLOW_PRIVATE_NETWORK,
    ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
];

impl InnerCors {
    #[inline]
    pub(crate) fn find(headers: &HeaderMap) -> Self {
        if headers.is_empty() { Self { found: 0, vary: false } } else { Self::search(headers) }
    }

    #[inline(never)]
    fn search(headers: &HeaderMap) -> Self {
        let mut this = Self { found: 0, vary: false };
        for name in headers.keys().map(HeaderName::as_str) {
            // The length first: it tells nearly all others apart.
            match name.len() {
                4 => this.vary |= name == "vary",
                22.. => this.found |= cors_bit(name),
                _ => {}
            }
        }
        this
    }

    #[inline]
    pub(crate) fn has_allow_origin(&self) -> bool {
        self.found & 1 != 0
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.found == 0
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = HeaderName> {
        let names = CORS_RESPONSE_HEADERS.into_iter().enumerate();
        names.filter(|(bit, _)| self.found & (1 << bit) != 0).map(|(_, name)| name)
    }
}

/// Whether it is a response header of the CORS protocol, which no policy leaves to others.
pub(crate) fn is_cors_response_header(name: &str) -> bool {
    cors_bit(name) != 0
}

/// The bit of a CORS response header, by its place in the list; none for any other name.
#[inline(never)]
fn cors_bit(name: &str) -> u8 {
    match name.strip_prefix("access-control-") {
        Some("allow-origin") => 1,
        Some("allow-credentials") => 1 << 1,
        Some("allow-methods") => 1 << 2,
        Some("allow-headers") => 1 << 3,
        Some("allow-private-network") => 1 << 4,
        Some("expose-headers") => 1 << 5,
        Some("max-age") => 1 << 6,
        _ => 0,
    }
}
