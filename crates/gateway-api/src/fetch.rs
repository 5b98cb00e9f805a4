//! The tables of the Fetch standard that a router of preflights needs.

/// Whether a browser may send this header, whose name is in lower case, without announcing it in a
/// preflight.
pub(crate) fn is_unannounced(name: &str) -> bool {
    is_forbidden_request_header(name) || is_safelisted_request_header(name)
}

/// <https://fetch.spec.whatwg.org/#forbidden-request-header>, for lower-case names.
///
/// The names that are forbidden for some values only (`x-http-method` and its like) are not here.
fn is_forbidden_request_header(name: &str) -> bool {
    matches!(
        name,
        "accept-charset"
            | "accept-encoding"
            | "access-control-request-headers"
            | "access-control-request-method"
            | "connection"
            | "content-length"
            | "cookie"
            | "cookie2"
            | "date"
            | "dnt"
            | "expect"
            | "host"
            | "keep-alive"
            | "origin"
            | "referer"
            | "set-cookie"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
            | "via"
    ) || name.starts_with("proxy-")
        || name.starts_with("sec-")
}

/// The names that are CORS-safelisted for some values, for lower-case names: a browser sends them
/// unannounced. <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>
fn is_safelisted_request_header(name: &str) -> bool {
    matches!(name, "accept" | "accept-language" | "content-language" | "content-type" | "range")
}
