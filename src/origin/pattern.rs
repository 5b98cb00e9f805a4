//! [`OriginPattern`]: which origins an entry of `allow_origins` means.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use crate::origin::error::{Mistake, OriginPatternError};
use crate::origin::open;
use crate::origin::{MAX_LENGTH, Origin, default_port, parse_port};

/// Represents one entry of `allow_origins`, parsed and in canonical form.
///
/// | pattern | matches |
/// |---|---|
/// | `*` | any origin |
/// | `null` | the opaque origin of sandboxed frames and `file:` pages |
/// | `file://` | local files in Android's web views; treated like `null` |
/// | `scheme://host[:port]` | one origin |
/// | `scheme://*.host[:port]` | every subdomain of host at any depth, but not host itself |
/// | `scheme://host:*`, `scheme://*.host:*` | any port, or none |
/// | `https://pr-*.host`, `https://*-team.host:*` | an open label, see below |
/// | `scheme://*[:port]`, `scheme://*:*` | any host, IP addresses included |
///
/// In an open label, the `*` matches one or more of `[a-z0-9-]` inside the first label, and never a
/// dot. `https://pr-*.preview.example.com` matches `https://pr-12.preview.example.com`, and neither
/// `https://pr-1.x.preview.example.com` nor `https://pr-.preview.example.com`. Open labels are for
/// http and https, have one `*`, and never match a Punycode label (`xn--…`).
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
    /// `null` or `file://`.
    Opaque,
    Tuple {
        scheme_end: usize,
        host_end: usize,
        port: PortPattern,
    },
}

/// What a pattern says of an origin's host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostPattern<'a> {
    Exactly(&'a str),
    SubdomainsOf(&'a str),
    /// The first label begins and ends like this, and something is between.
    OpenLabel {
        before: &'a str,
        after: &'a str,
        /// What follows the label and its dot.
        host: &'a str,
    },
    Any,
}

/// What a pattern says of an origin's port; the default port is `Exactly(None)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PortPattern {
    Exactly(Option<u16>),
    Any,
}

/// The parts of a pattern other than `*`, `null` and `file://`.
#[derive(Clone, Copy)]
pub(crate) struct Tuple<'a> {
    pub(crate) scheme: &'a str,
    pub(crate) host: HostPattern<'a>,
    pub(crate) port: PortPattern,
}

impl OriginPattern {
    /// Returns whether the pattern matches this origin. The opaque origins `null` and `file://` are
    /// no [`Origin`], so these two patterns match none.
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
            HostPattern::OpenLabel { before, after, host } => origin
                .host()
                .split_once('.')
                .is_some_and(|(label, rest)| rest == host && open::matches(before, after, label)),
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

    /// Whether it is `null`, or `file://`, which is treated alike.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self.form, Form::Opaque)
    }

    /// The parts; none for `*`, `null` and `file://`.
    pub(crate) fn tuple(&self) -> Option<Tuple<'_>> {
        let Form::Tuple { scheme_end, host_end, port } = self.form else {
            return None;
        };
        let host = &self.text[scheme_end + 3..host_end];
        Some(Tuple { scheme: &self.text[..scheme_end], host: HostPattern::new(host), port })
    }
}

impl<'a> HostPattern<'a> {
    /// The meaning of a host that [`Mistake::in_host`] found right.
    fn new(host: &'a str) -> Self {
        if let Some(host) = host.strip_prefix("*.") {
            return Self::SubdomainsOf(host);
        }
        match host.split_once('*') {
            None => Self::Exactly(host),
            Some((before, rest)) => match rest.split_once('.') {
                None => Self::Any,
                Some((after, host)) => Self::OpenLabel { before, after, host },
            },
        }
    }
}

impl Tuple<'_> {
    /// Whether its hosts are names that people register.
    pub(crate) fn is_web(&self) -> bool {
        default_port(self.scheme).is_some()
    }
}

/// As a pattern is written.
impl fmt::Display for Tuple<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme)?;
        match self.host {
            HostPattern::Exactly(host) => write!(f, "{host}"),
            HostPattern::SubdomainsOf(host) => write!(f, "*.{host}"),
            HostPattern::OpenLabel { before, after, host } => write!(f, "{before}*{after}.{host}"),
            HostPattern::Any => write!(f, "*"),
        }?;
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
    /// Returns an error for anything that a browser would never send as an origin, with a correction:
    ///
    /// - a path or a trailing slash, user info, a query, a fragment, or white space;
    /// - a scheme that is missing, misspelt, or never a page's (`ws`, `wss`, `ftp`);
    /// - a host that is not ASCII or not valid Punycode, or an IP address that is not canonical;
    /// - a bad port, a wildcard anywhere else, or a text longer than any origin.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).map_err(|mistake| OriginPatternError {
            suggestion: corrected(text, &mistake),
            mistake,
        })
    }
}

/// The pattern that is left when every mistake is corrected; none where one cannot be.
fn corrected(text: &str, mistake: &Mistake) -> Option<String> {
    let mut text = mistake.correct(text)?;
    for _ in 0..8 {
        match parse(&text) {
            Ok(pattern) => return Some(pattern.text.into()),
            Err(mistake) => text = mistake.correct(&text)?,
        }
    }
    None
}

fn parse(text: &str) -> Result<OriginPattern, Mistake> {
    match text {
        "*" => return Ok(OriginPattern { text: text.into(), form: Form::Any }),
        "null" => return Ok(OriginPattern { text: text.into(), form: Form::Opaque }),
        _ if text.eq_ignore_ascii_case("file://") => {
            return Ok(OriginPattern { text: "file://".into(), form: Form::Opaque });
        }
        _ => Mistake::in_whole(text)?,
    }
    let (scheme, rest) = text.split_once("://").ok_or(Mistake::NoScheme)?;
    let scheme = scheme.to_ascii_lowercase();
    Mistake::in_scheme(&scheme)?;
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
