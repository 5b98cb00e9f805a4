//! [`Origin`]: the text of one request's origin, parsed without a copy.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

pub(crate) mod error;
pub(crate) mod open;
pub(crate) mod pattern;
mod punycode;
pub(crate) mod set;

/// The longest origin that is looked at, in bytes: a scheme of 64, `://`, a host of 254 with a
/// trailing dot, `:` and a port of five digits.
pub(crate) const MAX_LENGTH: usize = 327;
const MAX_SCHEME: usize = 64;
const MAX_DOMAIN: usize = 253;
const MAX_LABEL: u32 = 63;

/// Represents a well-formed origin, `scheme://host[:port]`, as a browser writes it into the
/// [`Origin`](https://fetch.spec.whatwg.org/#origin-header) header. It borrows the text.
///
/// The opaque origin `null` is not one: it has no scheme, host or port. Neither is `file://`, which
/// Android's web views send.
///
/// ```
/// use tower_cors::Origin;
///
/// let origin = Origin::parse("https://app.example.com:8443").unwrap();
/// assert_eq!(origin.scheme(), "https");
/// assert_eq!(origin.host(), "app.example.com");
/// assert_eq!(origin.port(), Some(8443));
///
/// assert!(Origin::parse("https://app.example.com/").is_none());
/// assert!(Origin::parse("HTTPS://APP.EXAMPLE.COM").is_none());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Origin<'a> {
    /// `scheme://host[:port]`, without the scheme's default port.
    text: &'a str,
    scheme_end: usize,
    host_end: usize,
    port: Option<u16>,
    host_kind: HostKind,
}

/// What the host of an origin is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum HostKind {
    Domain,
    Ip,
    /// The host of a scheme other than http and https: compared byte for byte.
    Opaque,
}

impl<'a> Origin<'a> {
    /// Parses an origin as a browser would send it, and returns `None` for anything else.
    ///
    /// It neither folds case nor trims, because browsers send the canonical form. It drops the scheme's
    /// default port.
    ///
    /// ```
    /// use tower_cors::Origin;
    ///
    /// assert_eq!(Origin::parse("https://a.example:443"), Origin::parse(b"https://a.example"));
    /// assert!(Origin::parse("null").is_none());
    /// ```
    pub fn parse<T: AsRef<[u8]> + ?Sized>(text: &'a T) -> Option<Self> {
        let bytes = text.as_ref();
        if bytes.len() > MAX_LENGTH {
            return None;
        }
        let text = std::str::from_utf8(bytes).ok()?;
        let (scheme, authority) = text.split_once("://")?;
        if !is_scheme(scheme) {
            return None;
        }
        let scheme_end = scheme.len();
        let (host, port) = split_port(authority);
        let host_kind = host_kind(scheme, host)?;
        let host_end = scheme_end + 3 + host.len();
        let port = match port {
            None => None,
            Some(digits) => Some(parse_port(digits)?),
        };
        if port.is_some() && port != default_port(scheme) {
            return Some(Self { text, scheme_end, host_end, port, host_kind });
        }
        let text = &text[..host_end];
        Some(Self { text, scheme_end, host_end, port: None, host_kind })
    }

    /// Returns the scheme, in lower case, without `://`.
    ///
    /// ```
    /// # use tower_cors::Origin;
    /// assert_eq!(Origin::parse("capacitor://localhost").unwrap().scheme(), "capacitor");
    /// ```
    pub fn scheme(&self) -> &'a str {
        &self.text[..self.scheme_end]
    }

    /// Returns the host: a domain, an IPv4 address, or an IPv6 address in brackets. For a scheme other than
    /// http and https, it can be any text.
    ///
    /// ```
    /// # use tower_cors::Origin;
    /// assert_eq!(Origin::parse("http://[::1]:3000").unwrap().host(), "[::1]");
    /// ```
    pub fn host(&self) -> &'a str {
        &self.text[self.scheme_end + 3..self.host_end]
    }

    /// Returns the port, or `None` for the scheme's default port.
    ///
    /// ```
    /// # use tower_cors::Origin;
    /// assert_eq!(Origin::parse("http://localhost:80").unwrap().port(), None);
    /// ```
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// `scheme://host[:port]`, without the default port.
    pub(crate) fn as_str(&self) -> &'a str {
        self.text
    }

    /// `host[:port]`, without the default port.
    pub(crate) fn authority(&self) -> &'a str {
        &self.text[self.scheme_end + 3..]
    }

    pub(crate) fn host_kind(&self) -> HostKind {
        self.host_kind
    }
}

impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

impl fmt::Debug for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({:?})", self.text)
    }
}

/// Whether this is the origin of pages that have none of their own: `null`, or `file://`, which
/// Android's web views send for local files.
pub(crate) fn is_opaque(text: &[u8]) -> bool {
    matches!(text, b"null" | b"file://")
}

/// Whether the host is the user's own machine, whose pages no network can read or write:
/// <https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy>.
pub(crate) fn is_loopback(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    name == "localhost"
        || name.ends_with(".localhost")
        || host == "[::1]"
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// The port that a URL of this scheme leaves out: <https://url.spec.whatwg.org/#default-port>.
pub(crate) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

/// Whether this is a scheme in lower case: <https://url.spec.whatwg.org/#url-scheme-string>.
pub(crate) fn is_scheme(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(text, "https" | "http")
        || (bytes.len() <= MAX_SCHEME
            && bytes.first().is_some_and(u8::is_ascii_lowercase)
            && bytes
                .iter()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'.' | b'-')))
}

/// `host[:port]` into its two parts; the colons of an IPv6 address belong to the host.
pub(crate) fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rfind(':') {
        Some(colon) if !authority[colon..].contains(']') => {
            (&authority[..colon], Some(&authority[colon + 1..]))
        }
        _ => (authority, None),
    }
}

/// 1 to 65535 without a leading zero.
pub(crate) fn parse_port(digits: &str) -> Option<u16> {
    if !matches!(digits.as_bytes(), [b'1'..=b'9', rest @ ..] if rest.len() < 5) {
        return None;
    }
    // Bytes other than digits, a sign included, are refused here.
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// What the canonical host of such a scheme is; `None` when it is not one.
pub(crate) fn host_kind(scheme: &str, host: &str) -> Option<HostKind> {
    if default_port(scheme).is_none() {
        let opaque = !host.is_empty() && host.bytes().all(is_opaque_host_byte);
        return opaque.then_some(HostKind::Opaque);
    }
    if let Some(address) = host.strip_prefix('[') {
        return is_canonical_ipv6(address.strip_suffix(']')?).then_some(HostKind::Ip);
    }
    if ends_in_number(host) {
        return host.parse::<Ipv4Addr>().ok().map(|_| HostKind::Ip);
    }
    is_domain(host).then_some(HostKind::Domain)
}

pub(crate) fn is_opaque_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// Labels of 1 to 63 bytes, 253 in all, one trailing dot possible.
fn is_domain(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let mut label = 0;
    for byte in host.bytes() {
        if LABEL_BYTES[usize::from(byte)] {
            label += 1;
        } else if byte == b'.' && (1..=MAX_LABEL).contains(&label) {
            label = 0;
        } else {
            return false;
        }
    }
    (1..=MAX_LABEL).contains(&label) && host.len() <= MAX_DOMAIN
}

/// What a label of a domain is made of.
const LABEL_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = matches!(byte as u8, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
        byte += 1;
    }
    table
};

/// Whether a URL parser takes the host for an IPv4 address:
/// <https://url.spec.whatwg.org/#ends-in-a-number-checker>.
pub(crate) fn ends_in_number(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = &host[host.rfind('.').map_or(0, |dot| dot + 1)..];
    match last.as_bytes() {
        [b'0', b'x' | b'X', hex @ ..] => hex.iter().all(u8::is_ascii_hexdigit),
        [b'0'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Compares while the canonical form is written, so that nothing is allocated.
fn is_canonical_ipv6(text: &str) -> bool {
    struct Unmatched<'t>(&'t str);

    impl fmt::Write for Unmatched<'_> {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            self.0 = self.0.strip_prefix(part).ok_or(fmt::Error)?;
            Ok(())
        }
    }

    let Ok(address) = text.parse::<Ipv6Addr>() else { return false };
    let mut unmatched = Unmatched(text);
    write_ipv6(address, &mut unmatched).is_ok() && unmatched.0.is_empty()
}

/// The form of a URL: <https://url.spec.whatwg.org/#concept-ipv6-serializer>. Unlike the standard
/// library's, it never has an IPv4 address in it.
pub(crate) fn write_ipv6(address: Ipv6Addr, out: &mut impl fmt::Write) -> fmt::Result {
    let pieces = address.segments();
    let (mut start, mut length) = (0, 1);
    for from in 0..8 {
        let zeros = pieces[from..].iter().take_while(|&&piece| piece == 0).count();
        if zeros > length {
            (start, length) = (from, zeros);
        }
    }
    let compressed = if length > 1 { start..start + length } else { 8..8 };
    for (index, piece) in pieces.iter().enumerate() {
        if index == compressed.start {
            out.write_str(if index == 0 { "::" } else { ":" })?;
        }
        if !compressed.contains(&index) {
            write!(out, "{piece:x}")?;
            if index < 7 {
                out.write_char(':')?;
            }
        }
    }
    Ok(())
}
