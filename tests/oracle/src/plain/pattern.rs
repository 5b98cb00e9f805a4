//! Origin patterns, read naively.

use url::{Host, Url};

/// The longest origin that is looked at.
const LONGEST: usize = 327;

/// An origin's or a pattern's parts, as text.
struct Parts<'a> {
    scheme: &'a str,
    host: &'a str,
    port: Option<&'a str>,
}

/// Whether a valid pattern's text matches the text of an `Origin` header.
///
/// The pattern's case and default port need not be canonical. `*` matches `null`, `file://` and every
/// well-formed origin; nothing matches a text that is none of these.
#[must_use]
pub fn matches(pattern: &str, origin: &str) -> bool {
    if origin == "null" || origin == "file://" {
        return pattern == "*" || pattern.to_ascii_lowercase() == origin;
    }
    if !well_formed(origin) {
        return false;
    }
    if pattern == "*" {
        return true;
    }
    let (Some(wanted), Some(got)) = (split(pattern), split(origin)) else {
        return false;
    };
    let scheme = wanted.scheme.to_ascii_lowercase();
    if scheme != got.scheme {
        return false;
    }
    let port_fits = wanted.port == Some("*")
        || effective_port(&scheme, wanted.port) == effective_port(&scheme, got.port);
    if !port_fits {
        return false;
    }
    let host =
        if is_special(&scheme) { wanted.host.to_ascii_lowercase() } else { wanted.host.to_owned() };
    if host == "*" {
        return true;
    }
    if let Some(parent) = host.strip_prefix("*.") {
        return got.host.len() > parent.len() + 1 && got.host.ends_with(&format!(".{parent}"));
    }
    if host.contains('*') {
        return matches_open_label(&host, got.host);
    }
    host == got.host
}

/// Every part of the first label that the `*` could stand for is tried.
fn matches_open_label(pattern: &str, host: &str) -> bool {
    let open = |part: &str| {
        part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && pattern.replacen('*', part, 1) == host
    };
    let label = host.find('.').unwrap_or(host.len());
    let mut parts = (0..label)
        .flat_map(|start| (start + 1..=label).map(move |end| (start, end)))
        .filter_map(|(start, end)| host.get(start..end));
    !host.starts_with("xn--") && parts.any(open)
}

/// Whether a text is `scheme://host[:port]` as a browser serializes it, at most 327 bytes.
/// `null` and `file://` are not.
#[must_use]
pub fn well_formed(origin: &str) -> bool {
    if origin.len() > LONGEST {
        return false;
    }
    let Some(parts) = split(origin) else {
        return false;
    };
    well_formed_scheme(parts.scheme)
        && parts.port.is_none_or(well_formed_port)
        && if is_special(parts.scheme) {
            well_formed_host(parts.host)
        } else {
            !parts.host.is_empty()
                && parts.host.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        }
}

/// Scheme, host and port of `scheme://host:port`. The port is what follows the last colon that is
/// not inside brackets.
fn split(text: &str) -> Option<Parts<'_>> {
    let (scheme, rest) = text.split_once("://")?;
    let after_brackets = rest.rfind(']').map_or(0, |at| at + 1);
    match rest[after_brackets..].find(':') {
        Some(colon) => {
            let colon = after_brackets + colon;
            Some(Parts { scheme, host: &rest[..colon], port: Some(&rest[colon + 1..]) })
        }
        None => Some(Parts { scheme, host: rest, port: None }),
    }
}

fn is_special(scheme: &str) -> bool {
    ["http", "https"].contains(&scheme)
}

/// The port as a number: 80 and 443 where they are the default and none is written.
fn effective_port(scheme: &str, port: Option<&str>) -> Option<u16> {
    match port {
        Some(port) => port.parse().ok(),
        None => match scheme {
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        },
    }
}

fn well_formed_scheme(scheme: &str) -> bool {
    scheme.len() <= 64
        && scheme.starts_with(|c: char| c.is_ascii_lowercase())
        && scheme.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "+.-".contains(c))
}

fn well_formed_port(port: &str) -> bool {
    port.chars().all(|c| c.is_ascii_digit())
        && !port.starts_with('0')
        && port.parse::<u16>().is_ok()
}

fn well_formed_host(host: &str) -> bool {
    if host.starts_with('[') {
        return canonical_ip(host);
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    if ends_in_a_number(name) {
        return canonical_ip(host);
    }
    name.len() <= 253
        && name.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c))
        })
}

/// <https://url.spec.whatwg.org/#ends-in-a-number-checker>: decimal, or hexadecimal after `0x`.
fn ends_in_a_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let decimal = !last.is_empty() && last.chars().all(|c| c.is_ascii_digit());
    let hexadecimal = last
        .to_ascii_lowercase()
        .strip_prefix("0x")
        .is_some_and(|digits| digits.chars().all(|c| c.is_ascii_hexdigit()));
    decimal || hexadecimal
}

/// An address is canonical when the URL parser gives it back unchanged.
fn canonical_ip(host: &str) -> bool {
    let Ok(url) = Url::parse(&format!("http://{host}/")) else {
        return false;
    };
    matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_))) && url.host_str() == Some(host)
}
