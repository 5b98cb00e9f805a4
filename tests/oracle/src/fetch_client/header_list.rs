//! Header lists, and the values that are extracted from them.

use http::HeaderMap;

/// A request's [header list](https://fetch.spec.whatwg.org/#concept-header-list), in order.
#[derive(Clone, Debug, Default)]
pub(super) struct HeaderList(Vec<(String, Vec<u8>)>);

impl HeaderList {
    /// <https://fetch.spec.whatwg.org/#concept-header-list-append>
    pub(super) fn append(&mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) {
        self.0.push((name.into(), value.into()));
    }

    /// <https://fetch.spec.whatwg.org/#concept-header-list-delete>
    pub(super) fn delete(&mut self, name: &str) {
        self.0.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
    }

    /// <https://fetch.spec.whatwg.org/#header-list-contains>
    pub(super) fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
    }

    /// The headers in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_slice()))
    }
}

/// <https://fetch.spec.whatwg.org/#concept-header-list-get>: all lines, combined by `, `.
pub(super) fn get(headers: &HeaderMap, name: &str) -> Option<Vec<u8>> {
    let lines: Vec<&[u8]> = headers.get_all(name).iter().map(http::HeaderValue::as_bytes).collect();
    (!lines.is_empty()).then(|| lines.join(&b", "[..]))
}

/// <https://fetch.spec.whatwg.org/#extract-header-list-values> of a list of tokens (`#method`,
/// `#field-name`). `Ok(None)` is the standard's null, `Err` its failure. Empty elements are
/// skipped, as RFC 9110, section 5.6.1.2 requires of a recipient.
pub(super) fn extract_tokens(headers: &HeaderMap, name: &str) -> Result<Option<Vec<String>>, ()> {
    if !headers.contains_key(name) {
        return Ok(None);
    }
    let mut values = Vec::new();
    for line in headers.get_all(name) {
        for element in line.as_bytes().split(|&byte| byte == b',') {
            let element = trim(element);
            if element.is_empty() {
                continue;
            }
            if !is_token(element) {
                return Err(());
            }
            values.push(String::from_utf8_lossy(element).into_owned());
        }
    }
    Ok(Some(values))
}

/// <https://fetch.spec.whatwg.org/#http-access-control-max-age>: one line of digits, or nothing.
pub(super) fn extract_max_age(headers: &HeaderMap) -> Option<u64> {
    let mut lines = headers.get_all("access-control-max-age").iter();
    let line = trim(lines.next()?.as_bytes());
    if lines.next().is_some() || line.is_empty() || !line.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(String::from_utf8_lossy(line).parse().unwrap_or(u64::MAX))
}

/// <https://www.rfc-editor.org/rfc/rfc9110#name-tokens>
pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty()
        && bytes
            .iter()
            .all(|&byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Without leading and trailing [tabs and spaces](https://fetch.spec.whatwg.org/#http-tab-or-space).
pub(super) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// <https://fetch.spec.whatwg.org/#concept-header-value-normalize>
pub(super) fn normalize(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..]
    | [rest @ .., b' ' | b'\t' | b'\r' | b'\n'] = bytes
    {
        bytes = rest;
    }
    bytes
}

/// <https://infra.spec.whatwg.org/#isomorphic-decode>
pub(super) fn isomorphic_decode(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// <https://infra.spec.whatwg.org/#isomorphic-encode>, none for what is not a byte string.
pub(super) fn isomorphic_encode(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}
