//! The standard's tables of names and methods.

use super::header_list::is_token;

/// <https://fetch.spec.whatwg.org/#cors-safelisted-method>
pub(super) fn is_cors_safelisted_method(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "POST")
}

/// <https://fetch.spec.whatwg.org/#forbidden-method>
pub(super) fn is_forbidden_method(method: &str) -> bool {
    matches!(method.to_ascii_uppercase().as_str(), "CONNECT" | "TRACE" | "TRACK")
}

/// <https://fetch.spec.whatwg.org/#concept-method-normalize>: six methods are upper-cased, `patch`
/// is not.
pub(super) fn normalize_method(method: &str) -> String {
    match method.to_ascii_uppercase() {
        upper
            if matches!(upper.as_str(), "DELETE" | "GET" | "HEAD" | "OPTIONS" | "POST" | "PUT") =>
        {
            upper
        }
        _ => method.to_owned(),
    }
}

/// <https://fetch.spec.whatwg.org/#concept-method>
pub(super) fn is_method(method: &str) -> bool {
    is_token(method.as_bytes())
}

/// <https://fetch.spec.whatwg.org/#forbidden-request-header>
pub(super) fn is_forbidden_request_header(name: &str, value: &[u8]) -> bool {
    const NAMES: [&str; 21] = [
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    ];
    let name = name.to_ascii_lowercase();
    if NAMES.contains(&name.as_str()) || name.starts_with("proxy-") || name.starts_with("sec-") {
        return true;
    }
    matches!(name.as_str(), "x-http-method" | "x-http-method-override" | "x-method-override")
        && String::from_utf8_lossy(value)
            .split(',')
            .any(|method| is_forbidden_method(method.trim_matches([' ', '\t'])))
}

/// <https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name>
pub(super) fn is_cors_non_wildcard_request_header_name(name: &str) -> bool {
    name.eq_ignore_ascii_case("authorization")
}

/// <https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header-name>
pub(super) fn is_no_cors_safelisted_request_header_name(name: &str) -> bool {
    ["accept", "accept-language", "content-language", "content-type"]
        .iter()
        .any(|safe| name.eq_ignore_ascii_case(safe))
}

/// <https://fetch.spec.whatwg.org/#request-body-header-name>
pub(super) const REQUEST_BODY_HEADER_NAMES: [&str; 4] =
    ["content-encoding", "content-language", "content-location", "content-type"];

/// <https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name>, for a lower-case name and
/// the CORS-exposed header-name list.
pub(super) fn is_cors_safelisted_response_header_name(name: &str, exposed: &[String]) -> bool {
    matches!(
        name,
        "cache-control"
            | "content-language"
            | "content-length"
            | "content-type"
            | "expires"
            | "last-modified"
            | "pragma"
    ) || (!is_forbidden_response_header_name(name)
        && exposed.iter().any(|item| item.eq_ignore_ascii_case(name)))
}

/// <https://fetch.spec.whatwg.org/#forbidden-response-header-name>, for a lower-case name.
pub(super) fn is_forbidden_response_header_name(name: &str) -> bool {
    matches!(name, "set-cookie" | "set-cookie2")
}

/// <https://fetch.spec.whatwg.org/#ok-status>
pub(super) fn is_ok_status(status: u16) -> bool {
    (200..=299).contains(&status)
}

/// <https://fetch.spec.whatwg.org/#redirect-status>
pub(super) fn is_redirect_status(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}
