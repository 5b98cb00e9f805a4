//! Which request headers need a preflight.

use super::header_list::{HeaderList, is_token, isomorphic_decode};

/// <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names>: sorted, lower case, each once.
pub(super) fn cors_unsafe_request_header_names(headers: &HeaderList) -> Vec<String> {
    let mut unsafe_names = Vec::new();
    let mut potentially_unsafe_names = Vec::new();
    let mut safelist_value_size = 0;
    for (name, value) in headers.iter() {
        if is_cors_safelisted_request_header(name, value) {
            potentially_unsafe_names.push(name.to_ascii_lowercase());
            safelist_value_size += value.len();
        } else {
            unsafe_names.push(name.to_ascii_lowercase());
        }
    }
    if safelist_value_size > 1024 {
        unsafe_names.append(&mut potentially_unsafe_names);
    }
    unsafe_names.sort_unstable();
    unsafe_names.dedup();
    unsafe_names
}

/// <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>
pub(super) fn is_cors_safelisted_request_header(name: &str, value: &[u8]) -> bool {
    if value.len() > 128 {
        return false;
    }
    match name.to_ascii_lowercase().as_str() {
        "accept" => !value.iter().any(|&byte| is_cors_unsafe_request_header_byte(byte)),
        "accept-language" | "content-language" => {
            value.iter().all(|byte| byte.is_ascii_alphanumeric() || b" *,-.;=".contains(byte))
        }
        "content-type" => {
            !value.iter().any(|&byte| is_cors_unsafe_request_header_byte(byte))
                && mime_type_essence(&isomorphic_decode(value)).is_some_and(|essence| {
                    matches!(
                        essence.as_str(),
                        "application/x-www-form-urlencoded" | "multipart/form-data" | "text/plain"
                    )
                })
        }
        "range" => is_single_range_with_start(&isomorphic_decode(value)),
        _ => false,
    }
}

/// <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte>
fn is_cors_unsafe_request_header_byte(byte: u8) -> bool {
    (byte < 0x20 && byte != 0x09) || b"\"():<>?@[\\]{}\x7f".contains(&byte)
}

/// The essence of a [parsed MIME type](https://mimesniff.spec.whatwg.org/#parse-a-mime-type).
/// Parameters never make the parsing fail.
fn mime_type_essence(input: &str) -> Option<String> {
    const WHITESPACE: [char; 4] = ['\n', '\r', '\t', ' '];
    let (kind, rest) = input.trim_matches(WHITESPACE).split_once('/')?;
    let subtype = rest.split(';').next()?.trim_end_matches(WHITESPACE);
    (is_token(kind.as_bytes()) && is_token(subtype.as_bytes()))
        .then(|| format!("{kind}/{subtype}").to_ascii_lowercase())
}

/// <https://fetch.spec.whatwg.org/#simple-range-header-value> without white space, and with a start.
fn is_single_range_with_start(data: &str) -> bool {
    let Some((start, end)) = data.strip_prefix("bytes=").and_then(|range| range.split_once('-'))
    else {
        return false;
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if start.is_empty() || !digits(start) || !digits(end) {
        return false;
    }
    // 128 bytes hold numbers of any size, so they are compared as text.
    let (start, end_number) = (start.trim_start_matches('0'), end.trim_start_matches('0'));
    end.is_empty() || (start.len(), start) <= (end_number.len(), end_number)
}
