//! What needs no listing and what no listing can allow, written down once more for this reading.

/// Methods that `fetch()` upper-cases: a script that says `put` sends `PUT`, but `patch` stays.
pub(super) fn sent_method(written: &str) -> String {
    for known in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
        if known.eq_ignore_ascii_case(written) {
            return known.to_owned();
        }
    }
    written.to_owned()
}

/// Methods that no script can send.
pub(super) fn is_forbidden_method(method: &str) -> bool {
    ["CONNECT", "TRACE", "TRACK"].iter().any(|name| name.eq_ignore_ascii_case(method))
}

/// Headers that no script can set; browsers drop them, so they are neither asked for nor refused.
pub(super) fn is_dropped_header(name: &str, value: &str) -> bool {
    let name = name.to_lowercase();
    let overrides = ["x-http-method", "x-http-method-override", "x-method-override"];
    if overrides.contains(&name.as_str()) {
        return value.split(',').any(|method| is_forbidden_method(method.trim()));
    }
    name.starts_with("sec-")
        || name.starts_with("proxy-")
        || "accept-charset accept-encoding access-control-request-headers \
            access-control-request-method connection content-length cookie cookie2 date dnt expect \
            host keep-alive origin referer set-cookie te trailer transfer-encoding upgrade via"
            .split_whitespace()
            .any(|forbidden| forbidden == name)
}

/// The request headers that a preflight has to ask for: lower case, sorted, each once.
pub(super) fn asked_headers(headers: &[(String, String)], has_accept: bool) -> Vec<String> {
    let kept: Vec<(String, &str)> = headers
        .iter()
        .map(|(name, value)| (name.to_lowercase(), value.trim_matches([' ', '\t', '\r', '\n'])))
        .filter(|(name, value)| !is_dropped_header(name, value))
        .collect();
    let (safe, asked): (Vec<_>, Vec<_>) =
        kept.into_iter().partition(|(name, value)| is_harmless(name, value));
    let mut names: Vec<String> = asked.into_iter().map(|(name, _)| name).collect();
    // Browsers add `Accept: */*` where the script set none, and it counts too.
    let added = if has_accept { 0 } else { "*/*".len() };
    if safe.iter().map(|(_, value)| value.chars().count()).sum::<usize>() + added > 1024 {
        names.extend(safe.into_iter().map(|(name, _)| name));
        if !has_accept {
            names.push("accept".to_owned());
        }
    }
    names.sort();
    names.dedup();
    names
}

/// A CORS-safelisted request-header: the four names that HTML forms could always send, and a simple
/// range. One `char` is one byte of the header.
fn is_harmless(name: &str, value: &str) -> bool {
    let control = |c: char| (c < ' ' && c != '\t') || c == '\x7f';
    let delimiter = |c: char| "\"():<>?@[\\]{}".contains(c);
    let safe_bytes = !value.chars().any(|c| control(c) || delimiter(c));
    if value.chars().count() > 128 {
        return false;
    }
    match name {
        "accept" => safe_bytes,
        "accept-language" | "content-language" => {
            value.chars().all(|c| c.is_ascii_alphanumeric() || " *,-.;=".contains(c))
        }
        "content-type" => {
            let essence = value.split(';').next().unwrap_or("").trim().to_lowercase();
            let form = ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded"];
            safe_bytes && form.contains(&essence.as_str())
        }
        "range" => {
            let Some(range) = value.strip_prefix("bytes=") else { return false };
            let mut ends = range.split('-');
            let (Some(first), Some(last), None) = (ends.next(), ends.next(), ends.next()) else {
                return false;
            };
            match (first.parse::<u128>(), last.parse::<u128>()) {
                _ if range.contains('+') => false,
                (Ok(first), Ok(last)) => first <= last,
                (Ok(_), Err(_)) => last.is_empty(),
                (Err(_), _) => false,
            }
        }
        _ => false,
    }
}

/// Response headers that every CORS response shows.
pub(super) fn is_always_exposed(name: &str) -> bool {
    "cache-control content-language content-length content-type expires last-modified pragma"
        .split(' ')
        .any(|safe| safe.eq_ignore_ascii_case(name))
}

/// Response headers that no CORS response shows.
pub(super) fn is_never_exposed(name: &str) -> bool {
    name.eq_ignore_ascii_case("set-cookie") || name.eq_ignore_ascii_case("set-cookie2")
}
