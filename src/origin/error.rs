//! [`OriginPatternError`]: what is wrong with the text of a pattern, and what to write instead.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::origin::open::is_punycode;
use crate::origin::{
    MAX_DOMAIN, MAX_LENGTH, default_port, ends_in_number, host_kind, is_loopback,
    is_opaque_host_byte, is_scheme, parse_port, punycode, split_port, write_ipv6,
};

/// Says why a text is not an [`OriginPattern`](crate::OriginPattern). `Display` prints what is wrong and
/// what to write.
///
/// ```
/// use tower_cors::OriginPattern;
///
/// let error = "https://example.com/".parse::<OriginPattern>().unwrap_err();
/// assert_eq!(error.to_string(), r#"ends with a slash; write "https://example.com""#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct OriginPatternError {
    pub(crate) mistake: Mistake,
    pub(crate) suggestion: Option<String>,
}

impl OriginPatternError {
    /// Returns the pattern to write instead, where the mistake leaves no doubt about it. It is in
    /// canonical form, and never matches more than what was written.
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
        match &self.suggestion {
            Some(suggestion) => write!(f, "{}; write {suggestion:?}", self.mistake),
            None => write!(f, "{}; {}", self.mistake, self.mistake.advice()),
        }
    }
}

/// A text that no pattern is longer than, however it is written: nothing beyond it is read.
const MAX_TEXT: usize = 2 * MAX_LENGTH;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Mistake {
    #[error("is empty")]
    Empty,
    #[error("is longer than any origin can be ({MAX_LENGTH} bytes)")]
    TooLong,
    #[error("begins or ends with white space")]
    Untrimmed,
    #[error("contains white space")]
    WhiteSpace,
    #[error("contains more than one origin")]
    Several,
    #[error("is not in lower case")]
    NullCase,
    #[error("has a host that is not ASCII")]
    NonAscii,
    #[error("is a URL of a local file")]
    File,
    #[error("has a scheme whose pages have no origin of their own")]
    Data,
    #[error("has no scheme")]
    NoScheme,
    #[error("has a wildcard in its scheme")]
    AnyScheme,
    #[error("has a scheme that is not valid")]
    Scheme,
    #[error("has the scheme {0:?}, which no page's origin has")]
    NoPage(String),
    #[error("has the scheme {0:?}, which looks misspelt")]
    Misspelt(String),
    #[error("has no host")]
    NoHost,
    #[error("has a user name or password")]
    UserInfo,
    #[error("ends with a slash")]
    Slash,
    #[error("has a path")]
    Path,
    #[error("is a range of IP addresses")]
    IpRange,
    #[error("has a query")]
    Query,
    #[error("has a fragment")]
    Fragment,
    #[error("has more than one wildcard in its host")]
    Wildcards,
    #[error("has a wildcard after the first label of its host")]
    LateWildcard,
    #[error("has a wildcard in the only label of its host")]
    LoneLabel,
    #[error("has a wildcard inside a label, which is for http and https only")]
    OpaqueLabel,
    #[error("has a wildcard in a Punycode label")]
    OpenPunycode,
    #[error("has a wildcard in its port")]
    WildcardPort,
    #[error("has a wildcard before an IP address")]
    WildcardBeforeIp,
    #[error("has an IP address that is not in canonical form")]
    NotCanonicalIp(String),
    #[error("has an IPv6 address without brackets")]
    NoBrackets(Option<String>),
    #[error("has a host that browsers read as an IP address, but that is not a valid one")]
    NoIp,
    #[error("contains {0:?} in its host")]
    Character(char),
    #[error("has an empty label in its host")]
    EmptyLabel,
    #[error("has a label of more than 63 bytes in its host")]
    LongLabel,
    #[error("has a host of more than {MAX_DOMAIN} bytes")]
    LongHost,
    #[error("has a label that is not valid Punycode")]
    Punycode,
    #[error("has a port that is not 1 to 65535 in plain digits")]
    Port,
}

impl Mistake {
    pub(crate) fn in_whole(text: &str) -> Result<(), Self> {
        let trimmed = text.trim();
        let begins = |start: &str| {
            text.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
        };
        if trimmed.is_empty() {
            Err(Self::Empty)
        } else if text.len() > MAX_TEXT {
            Err(Self::TooLong)
        } else if begins("data:") {
            Err(Self::Data)
        } else if trimmed.contains([',', ';', '|']) || trimmed.matches("://").count() > 1 {
            Err(Self::Several)
        } else if trimmed.contains(char::is_whitespace) {
            Err(Self::WhiteSpace)
        } else if trimmed.len() < text.len() {
            Err(Self::Untrimmed)
        } else if !text.is_ascii() {
            Err(Self::NonAscii)
        } else if text.eq_ignore_ascii_case("null") {
            Err(Self::NullCase)
        } else if begins("file:") && text.len() != "file://".len() {
            Err(Self::File)
        } else {
            Ok(())
        }
    }

    /// Checks a scheme, its case already folded.
    pub(crate) fn in_scheme(scheme: &str) -> Result<(), Self> {
        match scheme {
            "http" | "https" => Ok(()),
            "ws" | "wss" | "ftp" => Err(Self::NoPage(scheme.to_owned())),
            _ if scheme.contains('*') => Err(Self::AnyScheme),
            _ if !is_scheme(scheme) => Err(Self::Scheme),
            _ if meant_scheme(scheme).is_some() => Err(Self::Misspelt(scheme.to_owned())),
            _ => Ok(()),
        }
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
        if let Some(mistake) = Self::without_brackets(authority) {
            return Err(mistake);
        }
        if authority.starts_with('*') && authority.contains('[') {
            return Err(Self::WildcardBeforeIp);
        }
        match split_port(authority) {
            ("", _) => Err(Self::NoHost),
            parts => Ok(parts),
        }
    }

    /// An IPv6 address without brackets. What its last group means, which could be a port, is clear
    /// where only one of both readings is an address, and for loopback.
    fn without_brackets(authority: &str) -> Option<Self> {
        let whole = authority.parse::<Ipv6Addr>().ok();
        let (host, port) = authority.rsplit_once(':')?;
        let host = host.parse::<Ipv6Addr>().ok();
        let ported = host.filter(|_| port == "*" || parse_port(port).is_some());
        let meant = match (whole, ported) {
            (None, None) => return None,
            (Some(whole), None) => Some(bracketed(whole)),
            (None, Some(host)) => Some(format!("{}:{port}", bracketed(host))),
            (Some(_), Some(Ipv6Addr::LOCALHOST)) => {
                Some(format!("{}:{port}", bracketed(Ipv6Addr::LOCALHOST)))
            }
            (Some(_), Some(_)) => None,
        };
        Some(Self::NoBrackets(meant))
    }

    pub(crate) fn in_port(digits: &str) -> Self {
        if digits.contains('*') { Self::WildcardPort } else { Self::Port }
    }

    /// Checks a host pattern, its case already folded.
    pub(crate) fn in_host(scheme: &str, pattern: &str) -> Result<(), Self> {
        if pattern == "*" {
            return Ok(());
        }
        let web = default_port(scheme).is_some();
        let (open, host) = match pattern.split_once('.') {
            Some((label, host)) if label.contains('*') => (Some(label), host),
            _ => (None, pattern),
        };
        match open {
            None if host.contains('*') => return Err(Self::misplaced(host)),
            None => {}
            Some(label) => Self::in_open_label(web, label, host)?,
        }
        if web && open.is_some() && ends_in_number(host) {
            return Err(Self::WildcardBeforeIp);
        }
        if host_kind(scheme, host).is_none() {
            return Err(Self::in_exact_host(scheme, host));
        }
        // The shortest name that matches has as many bytes as the pattern.
        if web && pattern.trim_end_matches('.').len() > MAX_DOMAIN {
            return Err(Self::LongHost);
        }
        let invalid = |label: &str| {
            label.strip_prefix("xn--").is_some_and(|encoded| !punycode::is_valid(encoded))
        };
        if web && host.split('.').any(invalid) {
            return Err(Self::Punycode);
        }
        Ok(())
    }

    /// A wildcard in a host that has none in its first label, or no label after it.
    fn misplaced(host: &str) -> Self {
        match host.matches('*').count() {
            1 if host.contains('.') => Self::LateWildcard,
            1 => Self::LoneLabel,
            _ => Self::Wildcards,
        }
    }

    /// Checks the label that has a `*`, which may be all of it, in front of this host.
    fn in_open_label(web: bool, label: &str, host: &str) -> Result<(), Self> {
        if host.contains('*') || label.matches('*').count() > 1 {
            Err(Self::Wildcards)
        } else if label == "*" {
            Ok(())
        } else if !web {
            Err(Self::OpaqueLabel)
        } else if is_punycode(label.as_bytes()) {
            Err(Self::OpenPunycode)
        } else if label.len() > 63 {
            Err(Self::LongLabel)
        } else {
            let other = label.chars().find(|c| *c != '*' && !is_opaque_host_byte(*c as u8));
            other.map_or(Ok(()), |other| Err(Self::Character(other)))
        }
    }

    fn in_exact_host(scheme: &str, host: &str) -> Self {
        let web = default_port(scheme).is_some();
        if let (true, Some(address)) = (web, host.strip_prefix('[')) {
            let address = address.strip_suffix(']').and_then(|text| text.parse().ok());
            return address.map_or(Self::NoIp, |address| Self::NotCanonicalIp(bracketed(address)));
        }
        if let Some(other) = host.chars().find(|c| !is_opaque_host_byte(*c as u8)) {
            return Self::Character(other);
        }
        if web && ends_in_number(host) {
            return ipv4(host).map_or(Self::NoIp, |ip| Self::NotCanonicalIp(ip.to_string()));
        }
        let mut labels = host.strip_suffix('.').unwrap_or(host).split('.');
        match labels.clone().find(|label| label.is_empty()) {
            Some(_) => Self::EmptyLabel,
            None if labels.any(|label| label.len() > 63) => Self::LongLabel,
            None => Self::LongHost,
        }
    }

    /// The text with this mistake corrected, others perhaps left in it; none where what was meant is
    /// not clear, or would match more than what was written.
    pub(crate) fn correct(&self, text: &str) -> Option<String> {
        let (before, after) = text.split_once("://").unwrap_or(("https", text));
        let with_authority = |authority: &str| Some(format!("{before}://{authority}"));
        let end = after.find(['/', '\\', '?', '#']).unwrap_or(after.len());
        let authority = &after[..end];
        let (host, port) = split_port(authority);
        let port = port.map_or(String::new(), |port| format!(":{port}"));
        match self {
            Self::Untrimmed => Some(text.trim().to_owned()),
            Self::NullCase => Some("null".to_owned()),
            Self::File => Some("file://".to_owned()),
            Self::NoScheme => {
                let (name, rest) = text.split_at(text.find([':', '/']).unwrap_or(text.len()));
                let name = name.to_ascii_lowercase();
                // `https:host` and `wss//host` have one, badly parted from the host.
                let known = default_port(&name).is_some() && !rest.is_empty();
                let parted = rest.starts_with("//") || rest.starts_with(":/");
                let is_host = name.contains('.') || is_local(&name);
                let (scheme, rest) = match known || (parted && is_scheme(&name) && !is_host) {
                    true => (&*name, rest.get(1..)?.trim_start_matches('/')),
                    false => {
                        let rest = text.trim_start_matches('/');
                        (if is_local(rest) { "http" } else { "https" }, rest)
                    }
                };
                // A wildcard for the whole host is too wide to guess at.
                let any_host = rest.split(['/', ':', '?', '#', '\\']).next() == Some("*");
                // Other names without a dot are seldom meant: `true`, `undefined`.
                let is_host = !any_host && (is_local(rest) || rest.contains('.'));
                is_host.then(|| format!("{scheme}://{rest}"))
            }
            Self::AnyScheme if before == "*" => Some(format!("https://{after}")),
            Self::NoPage(scheme) => {
                let page = if scheme == "ws" && is_local(after) { "http" } else { "https" };
                let default = match &**scheme {
                    "ws" => ":80",
                    "wss" => ":443",
                    _ => ":21",
                };
                // The page is not served there.
                let authority = if port == default { host } else { authority };
                Some(format!("{page}://{authority}{}", &after[end..]))
            }
            Self::Misspelt(scheme) => Some(format!("{}://{after}", meant_scheme(scheme)?)),
            Self::UserInfo => with_authority(&after[authority.rfind('@')? + 1..]),
            Self::Slash | Self::Path | Self::Query | Self::Fragment => with_authority(authority),
            // As a file's path, `**` is any depth, and so is `*.` here.
            Self::Wildcards => {
                let rest = host.strip_prefix("**.").filter(|rest| !rest.contains('*'))?;
                with_authority(&format!("*.{rest}{port}"))
            }
            Self::EmptyLabel => {
                let labels: Vec<_> = host.split('.').filter(|label| !label.is_empty()).collect();
                let dot = if host.ends_with('.') && !host.ends_with("..") { "." } else { "" };
                let host = labels.join(".");
                // `*.` means no host, and `*` would mean any.
                (labels != ["*"]).then(|| with_authority(&format!("{host}{dot}{port}")))?
            }
            Self::WildcardBeforeIp => {
                let address = authority.strip_prefix('*')?;
                with_authority(address.strip_prefix('.').unwrap_or(address))
            }
            Self::NoBrackets(meant) => with_authority(meant.as_deref()?),
            Self::NotCanonicalIp(address) => with_authority(&format!("{address}{port}")),
            Self::Port if port == ":" => with_authority(host),
            Self::Port => {
                let digits = port.trim_start_matches([':', '0']);
                (!digits.is_empty() && digits.len() + 1 < port.len())
                    .then(|| with_authority(&format!("{host}:{digits}")))?
            }
            _ => None,
        }
    }

    /// What to do where no text to write instead is certain.
    fn advice(&self) -> &'static str {
        match self {
            Self::Empty => r#"write an origin such as "https://example.com""#,
            Self::TooLong | Self::LongHost | Self::LongLabel | Self::Data => "remove it",
            Self::WhiteSpace => "remove it, or write each origin as an entry of its own",
            Self::Several => "write each origin as an entry of its own",
            Self::NonAscii => r#"write its Punycode form, such as "https://xn--bcher-kva.example""#,
            Self::Punycode => "write the host as JavaScript's URL API prints it",
            Self::Scheme => r#"write one such as "https" or "capacitor""#,
            Self::NoScheme | Self::NoHost => r#"write "scheme://host", with ":port" if needed"#,
            Self::AnyScheme => r#"write one entry with "https", and one with "http" if needed"#,
            Self::Wildcards
            | Self::LateWildcard
            | Self::LoneLabel
            | Self::OpaqueLabel
            | Self::OpenPunycode => "list the hosts",
            Self::WildcardPort => "list the ports, each in an entry of its own",
            Self::WildcardBeforeIp | Self::IpRange => "write each address as an entry of its own",
            Self::NoBrackets(_) => {
                r#"write brackets around the address, such as "http://[::1]:3000""#
            }
            Self::NoIp => "write a domain name or a valid IP address",
            Self::Port => "write one in this range",
            _ => r#"write "scheme://host", with ":port" if needed, and nothing else"#,
        }
    }
}

/// The scheme that another one is misspelt of, by one edit.
fn meant_scheme(scheme: &str) -> Option<&'static str> {
    ["https", "http"].into_iter().find(|meant| is_one_edit(scheme.as_bytes(), meant.as_bytes()))
}

/// Whether one byte is added, left out, or another, or two are swapped.
fn is_one_edit(text: &[u8], meant: &[u8]) -> bool {
    let same = text.iter().zip(meant).take_while(|(left, right)| left == right).count();
    let (text, meant) = (&text[same..], &meant[same..]);
    match (text, meant) {
        ([], [_]) | ([_], []) => true,
        ([left, text @ ..], [right, meant @ ..]) => {
            let swapped = |text: &[u8], meant: &[u8]| {
                text.split_first().zip(meant.split_first()).is_some_and(|(text, meant)| {
                    text.0 == right && meant.0 == left && text.1 == meant.1
                })
            };
            text == meant
                || [&[*left][..], text].concat() == meant
                || [&[*right][..], meant].concat() == text
                || swapped(text, meant)
        }
        _ => false,
    }
}

/// Whether what follows `://` begins with the user's own machine, however its address is written.
fn is_local(rest: &str) -> bool {
    let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    let (host, _) = split_port(&rest[..end]);
    is_loopback(&host.to_ascii_lowercase()) || ipv4(host).is_some_and(|ip| ip.is_loopback())
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
