//! What a proxy does to headers on their way: <https://httpwg.org/specs/rfc9110.html#field.connection>.

use std::net::IpAddr;

use http::header::{
    CONNECTION, COOKIE, EXPECT, FORWARDED, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE,
    TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");

/// Removes what concerns one connection only, and what `Connection` names. There is no upgrade
/// through this proxy: without `Upgrade` a server answers as if it had not been asked.
pub(crate) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let trailers = headers.get_all(TE).iter().any(|value| {
        value.as_bytes().split(|byte| *byte == b',').any(|part| part.trim_ascii() == b"trailers")
    });
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in
        [CONNECTION, TE, TRANSFER_ENCODING, UPGRADE, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION]
    {
        headers.remove(name);
    }
    headers.remove("keep-alive");
    headers.remove("proxy-connection");
    if trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
}

/// One line, as HTTP/1.1 has it; HTTP/2 sends a line for each cookie:
/// <https://httpwg.org/specs/rfc9113.html#CompressCookie>.
pub(crate) fn join_cookies(headers: &mut HeaderMap) {
    let lines: Vec<&[u8]> = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if lines.len() > 1 {
        if let Ok(cookies) = HeaderValue::from_bytes(&lines.join(&b"; "[..])) {
            headers.insert(COOKIE, cookies);
        }
    }
}

/// Says for whom the request is forwarded. What the client itself says of that is dropped, unless
/// it is a proxy that is trusted.
pub(crate) fn forwarded(headers: &mut HeaderMap, client: IpAddr, host: &str, trusted: bool) {
    if !trusted {
        for name in
            [FORWARDED, X_FORWARDED_FOR, X_FORWARDED_HOST, X_FORWARDED_PROTO, X_FORWARDED_PORT]
        {
            headers.remove(name);
        }
    }
    append(headers, X_FORWARDED_FOR, &client.to_string());
    for (name, value) in [(X_FORWARDED_HOST, host), (X_FORWARDED_PROTO, "http")] {
        // The first proxy knows what the user asked for.
        if !headers.contains_key(&name) {
            append(headers, name, value);
        }
    }
    let client = match client {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("\"[{address}]\""),
    };
    append(headers, FORWARDED, &format!("for={client};host=\"{host}\";proto=http"));
    // The body is asked for by the server in front, not by the upstream.
    headers.remove(EXPECT);
    if let Ok(host) = HeaderValue::from_str(host) {
        headers.insert(HOST, host);
    }
}

fn append(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    let before = headers.get_all(&name).iter().filter_map(|value| value.to_str().ok());
    let list: Vec<&str> = before.chain([value]).collect();
    if let Ok(value) = HeaderValue::from_str(&list.join(", ")) {
        headers.insert(name, value);
    }
}
