//! [`OriginPattern`]: which origins an entry of `allow_origins` means.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use crate::origin::error::{Mistake, OriginPatternError};
use crate::origin::{MAX_LENGTH, Origin, default_port, is_scheme, parse_port};

/// One entry of `allow_origins`, parsed and in canonical form.
///
/// | pattern | matches |
/// |---|---|
/// | `*` | any origin |
/// | `null` | the opaque origin: sandboxed frames, `file:` pages |
/// | `scheme://host[:port]` | one origin |
/// | `scheme://*.host[:port]` | every subdomain of host, at any depth; not host itself |
/// | `scheme://host:*`, `scheme://*.host:*` | any port, none included |
/// | `scheme://*[:port]`, `scheme://*:*` | any host, IP addresses included |
///
/// The case of scheme and domain and the default port are normalized; `Display` prints that form.
///
/// ```
/// use tower_cors::{Origin, OriginPattern};
///
/// let pattern: OriginPattern = "HTTPS://*.Example.com:443".parse()?;
/// assert_eq!(pattern.to_string(), "https://*.example.com");
///
/// let app = Origin::parse("https://app.example.com").unwrap();
/// assert!(pattern.matches(&app));
/// let evil = Origin::parse("https://evilexample.com").unwrap();
/// assert!(!pattern.matches(&evil));
/// # Ok::<(), tower_cors::OriginPatternError>(())
/// ```
#[derive(Clone)]
pub struct OriginPattern {
    text: Box<str>,
    form: Form,
}

#[derive(Clone, Copy)]
enum Form {
    Any,
    Null,
    Tuple { scheme_end: usize, host_end: usize, port: PortPattern },
}

/// What a pattern says of an origin's host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostPattern<'a> {
    Exactly(&'a str),
    SubdomainsOf(&'a str),
    Any,
}

/// What a pattern says of an origin's port; the default port is `Exactly(None)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PortPattern {
    Exactly(Option<u16>),
    Any,
}

/// The parts of a pattern other than `*` and `null`.
#[derive(Clone, Copy)]
pub(crate) struct Tuple<'a> {
    pub(crate) scheme: &'a str,
    pub(crate) host: HostPattern<'a>,
    pub(crate) port: PortPattern,
}

impl OriginPattern {
    /// Whether the pattern means this origin. Only `*` and patterns with the origin's scheme can;
    /// `null` is no [`Origin`], so the pattern `null` matches none.
    ///
    /// ```
    /// use tower_cors::{Origin, OriginPattern};
    ///
    /// let any_port: OriginPattern = "http://localhost:*".parse()?;
    /// assert!(any_port.matches(&Origin::parse("http://localhost").unwrap()));
    /// assert!(any_port.matches(&Origin::parse("http://localhost:3000").unwrap()));
    /// # Ok::<(), tower_cors::OriginPatternError>(())
    /// ```
    pub fn matches(&self, origin: &Origin<'_>) -> bool {
        let Some(tuple) = self.tuple() else {
            return self.is_any();
        };
        let host = match tuple.host {
            HostPattern::Exactly(host) => origin.host() == host,
            HostPattern::SubdomainsOf(host) => origin
                .host()
                .strip_suffix(host)
                .and_then(|labels| labels.strip_suffix('.'))
                .is_some_and(|labels| !labels.is_empty()),
            HostPattern::Any => true,
        };
        let port = match tuple.port {
            PortPattern::Exactly(port) => origin.port() == port,
            PortPattern::Any => true,
        };
        origin.scheme() == tuple.scheme && host && port
    }

    pub(crate) fn is_any(&self) -> bool {
        matches!(self.form, Form::Any)
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.form, Form::Null)
    }

    /// The parts; none for `*` and `null`.
    pub(crate) fn tuple(&self) -> Option<Tuple<'_>> {
        let Form::Tuple { scheme_end, host_end, port } = self.form else {
            return None;
        };
        let host = &self.text[scheme_end + 3..host_end];
        let host = match host.strip_prefix('*') {
            None => HostPattern::Exactly(host),
            Some("") => HostPattern::Any,
            Some(rest) => HostPattern::SubdomainsOf(rest.strip_prefix('.').unwrap_or(rest)),
        };
        Some(Tuple { scheme: &self.text[..scheme_end], host, port })
    }
}

/// As a pattern is written.
impl fmt::Display for Tuple<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (prefix, host) = match self.host {
            HostPattern::Exactly(host) => ("", host),
            HostPattern::SubdomainsOf(host) => ("*.", host),
            HostPattern::Any => ("*", ""),
        };
        write!(f, "{}://{prefix}{host}", self.scheme)?;
        match self.port {
            PortPattern::Exactly(None) => Ok(()),
            PortPattern::Exactly(Some(port)) => write!(f, ":{port}"),
            PortPattern::Any => f.write_str(":*"),
        }
    }
}

impl FromStr for OriginPattern {
    type Err = OriginPatternError;

    /// # Errors
    ///
    /// Whatever a browser would never send as an origin, each with what to write instead: a path
    /// or a trailing slash, user info, a query, a fragment, white space, a missing scheme, a host
    /// that is not ASCII, an IP address that is not canonical, a bad port, a wildcard where none
    /// can stand, a text longer than any origin.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text)
            .map_err(|mistake| OriginPatternError { suggestion: mended(text, &mistake), mistake })
    }
}

/// The pattern that is left when every mistake is mended; none where one cannot be.
fn mended(text: &str, mistake: &Mistake) -> Option<String> {
    let mut text = mistake.mend(text)?;
    for _ in 0..8 {
        match parse(&text) {
            Ok(pattern) => return Some(pattern.text.into()),
            Err(mistake) => text = mistake.mend(&text)?,
        }
    }
    None
}

fn parse(text: &str) -> Result<OriginPattern, Mistake> {
    match text {
        "*" => return Ok(OriginPattern { text: text.into(), form: Form::Any }),
        "null" => return Ok(OriginPattern { text: text.into(), form: Form::Null }),
        _ => Mistake::in_whole(text)?,
    }
    let (scheme, rest) = text.split_once("://").ok_or(Mistake::NoScheme)?;
    let scheme = scheme.to_ascii_lowercase();
    if !is_scheme(&scheme) {
        return Err(Mistake::in_scheme(&scheme));
    }
    let (host, digits) = Mistake::in_authority(rest)?;
    let port = match digits {
        None => PortPattern::Exactly(None),
        Some("*") => PortPattern::Any,
        Some(digits) => {
            let port = parse_port(digits).ok_or_else(|| Mistake::in_port(digits))?;
            PortPattern::Exactly(Some(port).filter(|_| Some(port) != default_port(&scheme)))
        }
    };
    let host = match default_port(&scheme) {
        Some(_) => host.to_ascii_lowercase(),
        None => host.to_owned(),
    };
    Mistake::in_host(&scheme, &host)?;

    let mut canonical = format!("{scheme}://{host}");
    let form = Form::Tuple { scheme_end: scheme.len(), host_end: canonical.len(), port };
    if let PortPattern::Exactly(Some(port)) = port {
        canonical.push_str(&format!(":{port}"));
    }
    // The shortest origin that matches: one byte in place of a `*` host, no port for `:*`.
    if canonical.len() > MAX_LENGTH {
        return Err(Mistake::TooLong);
    }
    if port == PortPattern::Any {
        canonical.push_str(":*");
    }
    Ok(OriginPattern { text: canonical.into(), form })
}

impl AsRef<str> for OriginPattern {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OriginPattern({:?})", self.text)
    }
}

impl PartialEq for OriginPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for OriginPattern {}

impl Hash for OriginPattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl PartialOrd for OriginPattern {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OriginPattern {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}
