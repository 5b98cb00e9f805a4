//! [`OriginPatternError`]: what is wrong with the text of a pattern, and what to write instead.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::origin::{
    MAX_LENGTH, default_port, ends_in_number, host_kind, is_opaque_host_byte, split_port,
    write_ipv6,
};

/// Why a text is no [`OriginPattern`](crate::OriginPattern). Its `Display` names the mistake and
/// what to write instead.
///
/// ```
/// use tower_cors::OriginPattern;
///
/// let error = "https://example.com/".parse::<OriginPattern>().unwrap_err();
/// assert_eq!(error.to_string(), r#"ends in a slash; write "https://example.com""#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct OriginPatternError {
    pub(crate) mistake: Mistake,
    pub(crate) suggestion: Option<String>,
}

impl OriginPatternError {
    /// The pattern to write instead, when the mistake leaves no doubt about it.
    ///
    /// ```
    /// # use tower_cors::OriginPattern;
    /// let error = "example.com".parse::<OriginPattern>().unwrap_err();
    /// assert_eq!(error.suggestion(), Some("https://example.com"));
    /// ```
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }
}

impl fmt::Display for OriginPatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.suggestion, self.mistake.advice()) {
            (Some(suggestion), _) => write!(f, "{}; write {suggestion:?}", self.mistake),
            (None, Some(advice)) => write!(f, "{}; {advice}", self.mistake),
            (None, None) => write!(f, "{}", self.mistake),
        }
    }
}

/// A text no pattern is longer than, however it is written: nothing beyond it is read.
const MAX_TEXT: usize = 2 * MAX_LENGTH;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Mistake {
    #[error("is empty")]
    Empty,
    #[error("is longer than any origin that matches could be ({MAX_LENGTH} bytes)")]
    TooLong,
    #[error("has white space around it")]
    WhiteSpace,
    #[error("holds more than one origin")]
    Several,
    #[error("is not in lower case")]
    NullCase,
    #[error("has a host that is not ASCII")]
    NonAscii,
    #[error("is of a scheme for which browsers send the opaque origin")]
    OpaqueOrigin,
    #[error("has no scheme")]
    NoScheme,
    #[error("has a wildcard in its scheme")]
    AnyScheme,
    #[error("has a scheme that no browser sends")]
    Scheme,
    #[error("has no host")]
    NoHost,
    #[error("has user info")]
    UserInfo,
    #[error("ends in a slash")]
    Slash,
    #[error("has a path")]
    Path,
    #[error("is a range of IP addresses")]
    IpRange,
    #[error("has a query")]
    Query,
    #[error("has a fragment")]
    Fragment,
    #[error("has a wildcard where none can stand")]
    Wildcard,
    #[error("has a wildcard before an IP address")]
    WildcardBeforeIp,
    #[error("has an IP address that is not in canonical form")]
    NotCanonicalIp(String),
    #[error("has a host that is read as an IP address and is none")]
    NoIp,
    #[error("has {0:?} in its host")]
    Character(char),
    #[error("has an empty label in its host")]
    EmptyLabel,
    #[error("has a label of more than 63 bytes in its host")]
    LongLabel,
    #[error("has a host of more than 253 bytes")]
    LongHost,
    #[error("has a port that is not 1 to 65535 in plain digits")]
    Port,
}

impl Mistake {
    pub(crate) fn in_whole(text: &str) -> Result<(), Self> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            Err(Self::Empty)
        } else if text.len() > MAX_TEXT {
            Err(Self::TooLong)
        } else if is_several(trimmed) {
            Err(Self::Several)
        } else if trimmed.len() < text.len() {
            Err(Self::WhiteSpace)
        } else if !text.is_ascii() {
            Err(Self::NonAscii)
        } else if text.eq_ignore_ascii_case("null") {
            Err(Self::NullCase)
        } else if ["file:", "data:"]
            .iter()
            .any(|scheme| text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
        {
            Err(Self::OpaqueOrigin)
        } else {
            Ok(())
        }
    }

    pub(crate) fn in_scheme(scheme: &str) -> Self {
        if scheme.contains('*') { Self::AnyScheme } else { Self::Scheme }
    }

    /// Host and port of what follows `://`, when nothing else is there.
    pub(crate) fn in_authority(rest: &str) -> Result<(&str, Option<&str>), Self> {
        let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        if authority.contains('@') {
            return Err(Self::UserInfo);
        }
        match tail.as_bytes() {
            [] => {}
            [b'?', ..] => return Err(Self::Query),
            [b'#', ..] => return Err(Self::Fragment),
            [_] => return Err(Self::Slash),
            [b'/', bits @ ..]
                if bits.iter().all(u8::is_ascii_digit) && ends_in_number(authority) =>
            {
                return Err(Self::IpRange);
            }
            _ => return Err(Self::Path),
        }
        if let Ok(address) = authority.parse::<Ipv6Addr>() {
            return Err(Self::NotCanonicalIp(bracketed(address)));
        }
        if authority.starts_with('*') && authority.contains('[') {
            return Err(Self::WildcardBeforeIp);
        }
        match split_port(authority) {
            ("", _) => Err(Self::NoHost),
            parts => Ok(parts),
        }
    }

    pub(crate) fn in_port(digits: &str) -> Self {
        if digits.contains('*') { Self::Wildcard } else { Self::Port }
    }

    /// Checks a host pattern, its case already folded.
    pub(crate) fn in_host(scheme: &str, pattern: &str) -> Result<(), Self> {
        let host = pattern.strip_prefix("*.").unwrap_or(pattern);
        if pattern == "*" {
            return Ok(());
        }
        if host.contains('*') {
            return Err(Self::Wildcard);
        }
        let ip = default_port(scheme).is_some() && ends_in_number(host);
        if ip && host.len() < pattern.len() {
            return Err(Self::WildcardBeforeIp);
        }
        if host_kind(scheme, host).is_none() {
            return Err(Self::in_exact_host(scheme, host));
        }
        // The shortest subdomain has as many bytes as the pattern.
        if default_port(scheme).is_some() && pattern.trim_end_matches('.').len() > 253 {
            return Err(Self::LongHost);
        }
        Ok(())
    }

    fn in_exact_host(scheme: &str, host: &str) -> Self {
        let special = default_port(scheme).is_some();
        if let (true, Some(address)) = (special, host.strip_prefix('[')) {
            let address = address.strip_suffix(']').and_then(|text| text.parse().ok());
            return address.map_or(Self::NoIp, |address| Self::NotCanonicalIp(bracketed(address)));
        }
        if let Some(other) = host.chars().find(|c| !is_opaque_host_byte(*c as u8)) {
            return Self::Character(other);
        }
        if special && ends_in_number(host) {
            return ipv4(host).map_or(Self::NoIp, |ip| Self::NotCanonicalIp(ip.to_string()));
        }
        let mut labels = host.strip_suffix('.').unwrap_or(host).split('.');
        match labels.clone().find(|label| label.is_empty()) {
            Some(_) => Self::EmptyLabel,
            None if labels.any(|label| label.len() > 63) => Self::LongLabel,
            None => Self::LongHost,
        }
    }

    /// The text with this mistake mended, others perhaps left in it.
    pub(crate) fn mend(&self, text: &str) -> Option<String> {
        let (before, after) = text.split_once("://").unwrap_or(("https", text));
        let with_authority = |authority: &str| Some(format!("{before}://{authority}"));
        let end = after.find(['/', '\\', '?', '#']).unwrap_or(after.len());
        let authority = &after[..end];
        let (host, port) = split_port(authority);
        let port = port.map_or(String::new(), |port| format!(":{port}"));
        match self {
            Self::WhiteSpace => Some(text.trim().to_owned()),
            Self::NullCase | Self::OpaqueOrigin => Some("null".to_owned()),
            Self::NoScheme => {
                // `https:host` and `https//host` have one, badly parted from the host.
                let name = text.split([':', '/']).next()?.to_ascii_lowercase();
                let name = Some(name).filter(|name| default_port(name).is_some());
                let name = name.filter(|name| name.len() < text.len());
                let rest = name.as_ref().map_or(text, |name| &text[name.len() + 1..]);
                let rest = rest.trim_start_matches('/');
                let local = ["localhost", "127.", "[::1]"].iter().any(|l| rest.starts_with(l));
                let scheme = name.as_deref().unwrap_or(if local { "http" } else { "https" });
                // Other names without a dot are seldom meant: `true`, `undefined`.
                (local || rest.contains('.')).then(|| format!("{scheme}://{rest}"))
            }
            Self::AnyScheme if before == "*" => Some(format!("https://{after}")),
            Self::UserInfo => with_authority(&after[authority.rfind('@')? + 1..]),
            Self::Slash | Self::Path | Self::Query | Self::Fragment => with_authority(authority),
            Self::Wildcard if port.contains('*') && port != ":*" => {
                with_authority(&format!("{host}:*"))
            }
            Self::Wildcard | Self::EmptyLabel => {
                let rest = host.trim_start_matches(['*', '.']);
                let whole = rest.starts_with(|c: char| c.is_ascii_alphanumeric());
                let mended = rest.len() < host.len() && whole;
                mended.then(|| with_authority(&format!("*.{rest}{port}")))?
            }
            Self::WildcardBeforeIp => with_authority(authority.trim_start_matches(['*', '.'])),
            Self::NotCanonicalIp(address) if host.len() + port.len() < authority.len() => {
                with_authority(address)
            }
            Self::NotCanonicalIp(address) if authority.parse::<Ipv6Addr>().is_ok() => {
                with_authority(address)
            }
            Self::NotCanonicalIp(address) => with_authority(&format!("{address}{port}")),
            Self::Port => {
                let digits = port.trim_start_matches([':', '0']);
                let colon = if digits.is_empty() { "" } else { ":" };
                (digits.len() + 1 < port.len() || port == ":")
                    .then(|| with_authority(&format!("{host}{colon}{digits}")))?
            }
            _ => None,
        }
    }

    /// What to do where no text to write instead can be told.
    fn advice(&self) -> Option<&'static str> {
        Some(match self {
            Self::Empty => r#"write an origin such as "https://example.com""#,
            Self::TooLong | Self::LongHost | Self::LongLabel => "no browser sends it: remove it",
            Self::Several => "write each as an entry of its own",
            Self::NonAscii => r#"write its punycode form ("xn--…")"#,
            Self::Scheme => r#"write one such as "https" or "capacitor""#,
            Self::NoScheme | Self::NoHost => r#"write "scheme://host", with ":port" if need be"#,
            Self::Wildcard => {
                r#"write "*." before a host for its subdomains, "*" for any host, ":*" for any port; no part of a label can be left open"#
            }
            Self::AnyScheme => r#"write one pattern with "https", and one with "http" if need be"#,
            Self::IpRange => "write each address as an entry of its own",
            Self::NoIp => "write a domain, or the address in canonical form",
            Self::Port => r#"write one in this range, or ":*" for any port"#,
            _ => r#"write "scheme://host", with ":port" if need be, and nothing else"#,
        })
    }
}

/// Whether there are separators of lists in it, or a second scheme.
fn is_several(text: &str) -> bool {
    let separator = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|');
    let data = text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("data:"));
    !data && (text.contains(separator) || text.matches("://").count() > 1)
}

fn bracketed(address: Ipv6Addr) -> String {
    let mut text = String::from("[");
    // Writing to a String does not fail.
    let _ = write_ipv6(address, &mut text);
    text + "]"
}

/// What a URL parser makes of one to four numbers, decimal, octal or hexadecimal:
/// <https://url.spec.whatwg.org/#concept-ipv4-parser>.
fn ipv4(host: &str) -> Option<Ipv4Addr> {
    let numbers: Option<Vec<u64>> =
        host.strip_suffix('.').unwrap_or(host).split('.').map(ipv4_number).collect();
    let numbers = numbers.filter(|numbers| numbers.len() <= 4)?;
    let (&last, bytes) = numbers.split_last()?;
    if bytes.iter().any(|&byte| byte > 255) || last >= 256u64.pow(4 - bytes.len() as u32) {
        return None;
    }
    let high = (0..).zip(bytes).map(|(index, &byte)| byte << (24 - 8 * index)).sum::<u64>();
    u32::try_from(high + last).ok().map(Ipv4Addr::from)
}

fn ipv4_number(text: &str) -> Option<u64> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X'] => return Some(0),
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    let plain = !digits.starts_with('+');
    plain.then(|| u64::from_str_radix(digits, radix).ok())?
}
