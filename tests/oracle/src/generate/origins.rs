//! Texts of `Origin` headers, drawn towards and past a pattern.

use proptest::prelude::*;
use proptest::sample::select;
use url::{Origin, Url};

use super::patterns::{domain, ip, pattern};

/// What a browser's page at this URL sends as its origin: the URL standard's serialization. For a
/// scheme that the standard does not know, as the engines that register one do it.
#[must_use]
pub fn sent_origin(url: &str) -> String {
    let Ok(url) = Url::parse(url) else {
        return "null".to_owned();
    };
    match (url.origin(), url.host_str()) {
        (origin @ Origin::Tuple(..), _) => origin.ascii_serialization(),
        (Origin::Opaque(_), Some(host)) if url.scheme() != "file" && !host.is_empty() => {
            let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
            format!("{}://{host}{port}", url.scheme())
        }
        _ => "null".to_owned(),
    }
}

/// Any text that might stand in an `Origin` header: what some pattern matches, what just fails to,
/// the lengths at the limit, and noise.
pub fn origin() -> BoxedStrategy<String> {
    prop_oneof![
        6 => pattern().prop_flat_map(|pattern| hit(&pattern)),
        8 => pattern().prop_flat_map(|pattern| near_miss(&pattern)),
        2 => at_the_limit(),
        1 => Just("null".to_owned()),
        1 => "[ -~]{0,40}",
        1 => "[a-z]{1,5}://[ -~]{0,30}",
    ]
    .boxed()
}

/// An origin that the pattern matches.
pub fn hit(pattern: &str) -> BoxedStrategy<String> {
    if pattern == "null" || pattern.eq_ignore_ascii_case("file://") {
        return Just(pattern.to_ascii_lowercase()).boxed();
    }
    let Some((scheme, rest)) = pattern.split_once("://") else {
        let some = ("https?", prop_oneof![domain(), ip()], "(:[1-9][0-9]{0,3})?");
        return some.prop_map(|(scheme, host, port)| canonical(&scheme, &host, &port)).boxed();
    };
    let scheme = scheme.to_ascii_lowercase();
    let special = matches!(scheme.as_str(), "http" | "https");
    let after_brackets = rest.rfind(']').map_or(0, |at| at + 1);
    let colon = rest[after_brackets..].find(':').map_or(rest.len(), |at| after_brackets + at);
    let (host, port) = rest.split_at(colon);
    let host = if special { host.to_ascii_lowercase() } else { host.to_owned() };
    let host = match host.strip_prefix("*.") {
        None if host != "*" && host.contains('*') => {
            // `x*` means no `xn--…`.
            "[a-m0-9][a-z0-9-]{0,5}".prop_map(move |part| host.replacen('*', &part, 1)).boxed()
        }
        Some(parent) => {
            let parent = parent.to_owned();
            "[a-z0-9_-]{1,6}(\\.[a-z][a-z0-9-]{0,4}){0,3}"
                .prop_map(move |labels| format!("{labels}.{parent}"))
                .boxed()
        }
        None if host == "*" && special => prop_oneof![3 => domain(), 1 => ip()].boxed(),
        None if host == "*" => "[A-Za-z0-9][A-Za-z0-9._-]{0,20}".boxed(),
        None => Just(host).boxed(),
    };
    let port = match port {
        ":*" => "(:[1-9][0-9]{0,3})?".boxed(),
        port => Just(port.to_owned()).boxed(),
    };
    (host, port).prop_map(move |(host, port)| canonical(&scheme, &host, &port)).boxed()
}

/// An origin, or what is nearly one, a small step away from what the pattern matches. Some patterns
/// match it all the same.
pub fn near_miss(pattern: &str) -> BoxedStrategy<String> {
    let apex = pattern.replace("*.", "").replace(":*", "").to_ascii_lowercase();
    let emptied = pattern.to_ascii_lowercase().replacen('*', "", 1).replace(":*", "");
    let others = ["_", "xn--", "x.y", "n--a", "a_b", "*", "A"];
    let filled = select(others.to_vec()).prop_map({
        let pattern = pattern.replace(":*", "");
        move |other| pattern.replacen('*', other, 1)
    });
    let literal = pattern.to_owned();
    let mutated = (hit(pattern), 0..MUTATIONS).prop_map(|(origin, which)| mutate(&origin, which));
    prop_oneof![
        12 => mutated,
        1 => Just(apex),
        1 => Just(emptied),
        3 => filled,
        1 => Just(literal),
        1 => at_the_limit(),
    ]
    .boxed()
}

/// How many ways [`mutate`] knows.
const MUTATIONS: usize = 26;

fn mutate(origin: &str, which: usize) -> String {
    let (scheme, rest) = origin.split_once("://").unwrap_or(("https", "null"));
    let after_brackets = rest.rfind(']').map_or(0, |at| at + 1);
    let colon = rest[after_brackets..].find(':').map_or(rest.len(), |at| after_brackets + at);
    let (host, port) = rest.split_at(colon);
    let tail = host.split_once('.').map_or(host, |(_, tail)| tail);
    match which {
        0 => format!("{scheme}://evil{host}{port}"),
        1 => format!("{scheme}://{host}.evil.org{port}"),
        2 => format!("{scheme}://{host}:8081"),
        3 => format!("{scheme}://{host}"),
        4 => format!("http{}://{host}{port}", if scheme == "http" { "s" } else { "" }),
        5 => format!("x-app://{host}{port}"),
        6 => format!("{scheme}://a.b.c.d.{host}{port}"),
        7 => format!("{scheme}://{tail}{port}"),
        8 => format!("{scheme}://{host}.{port}"),
        9 => origin.to_ascii_uppercase(),
        10 => format!("{scheme}://{host}:443:443"),
        11 => format!("{scheme}://user@{host}{port}"),
        12 => format!("{origin}/"),
        13 => format!("{origin}/index.html"),
        14 => format!("{scheme}://{}{port}", host.replacen('.', "x", 1)),
        15 => format!("{scheme}://.{host}{port}"),
        16 => format!("{scheme}://{host}:080"),
        17 => format!("{scheme}://{host}:65536"),
        18 => format!("{scheme}://{host}:"),
        19 => format!("{scheme}:{host}{port}"),
        20 => format!("{origin} {origin}"),
        21 => format!("{origin}?"),
        22 => format!("{scheme}://{host}:443"),
        23 => format!("{scheme}://-{tail}{port}"),
        24 => format!("{scheme}://evil.org#{host}{port}"),
        _ => format!("{scheme}://{}{port}", host.replace("[", "[0:")),
    }
}

/// 327 bytes, which is still looked at, and 328, which is not.
fn at_the_limit() -> impl Strategy<Value = String> {
    (1..=2usize).prop_map(|extra| {
        let scheme = format!("s{}", "c".repeat(63));
        format!("{scheme}://{}.:65535", "h".repeat(252 + extra))
    })
}

/// Without the port that is the scheme's default: browsers never send it.
fn canonical(scheme: &str, host: &str, port: &str) -> String {
    let default = matches!((scheme, port), ("http", ":80") | ("https", ":443"));
    format!("{scheme}://{host}{}", if default { "" } else { port })
}
