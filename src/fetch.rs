//! The tables of the Fetch standard that a server needs. One anchor each.

/// The name `authorization`, which `*` never covers:
/// <https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name>.
pub(crate) const AUTHORIZATION: &str = "authorization";

/// The methods that a browser writes in upper case, however a script wrote them:
/// <https://fetch.spec.whatwg.org/#concept-method-normalize>.
const NORMALIZED_METHODS: [&str; 6] = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];

/// The shape of a method and of a header name: <https://httpwg.org/specs/rfc9110.html#tokens>.
pub(crate) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&byte| TOKEN_BYTES[usize::from(byte)])
}

const TOKEN_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric()
            || matches!(byte as u8, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.')
            || matches!(byte as u8, b'^'..=b'`' | b'|' | b'~');
        byte += 1;
    }
    table
};

/// <https://fetch.spec.whatwg.org/#cors-safelisted-method>
pub(crate) fn is_safelisted_method(method: &[u8]) -> bool {
    matches!(method, b"GET" | b"HEAD" | b"POST")
}

/// <https://fetch.spec.whatwg.org/#forbidden-method>
pub(crate) fn is_forbidden_method(method: &[u8]) -> bool {
    [&b"CONNECT"[..], b"TRACE", b"TRACK"]
        .iter()
        .any(|forbidden| method.eq_ignore_ascii_case(forbidden))
}

/// What a browser sends for a method that it normalizes, whatever its case.
/// <https://fetch.spec.whatwg.org/#concept-method-normalize>
pub(crate) fn normalized_method(method: &str) -> Option<&'static str> {
    NORMALIZED_METHODS.into_iter().find(|normalized| method.eq_ignore_ascii_case(normalized))
}

/// <https://fetch.spec.whatwg.org/#forbidden-request-header>, for lower-case names.
///
/// The names that are forbidden for some values only (`x-http-method` and its like) are not here.
pub(crate) fn is_forbidden_request_header(name: &str) -> bool {
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

/// The request headers of the CORS protocol itself:
/// <https://fetch.spec.whatwg.org/#http-requests>.
pub(crate) fn is_cors_request_header(name: &str) -> bool {
    matches!(name, "origin" | "access-control-request-method" | "access-control-request-headers")
}

/// <https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name>, for lower-case names.
pub(crate) fn is_safelisted_response_header(name: &str) -> bool {
    matches!(
        name,
        "cache-control"
            | "content-language"
            | "content-length"
            | "content-type"
            | "expires"
            | "last-modified"
            | "pragma"
    )
}

/// <https://fetch.spec.whatwg.org/#forbidden-response-header-name>, for lower-case names.
pub(crate) fn is_forbidden_response_header(name: &str) -> bool {
    matches!(name, "set-cookie" | "set-cookie2")
}

/// The response headers of the CORS protocol itself, for lower-case names:
/// <https://fetch.spec.whatwg.org/#http-responses>.
pub(crate) fn is_cors_response_header(name: &str) -> bool {
    name.starts_with("access-control-allow-")
        || matches!(name, "access-control-max-age" | "access-control-expose-headers")
}
