//! [`Decision`]: what a policy says of one request.

use std::fmt;

use http::Method;

use crate::config::error::Quoted;
use crate::fetch::is_token;
use crate::origin::Origin;
use crate::policy::{Policy, Rule};
use crate::request::{OriginHeader, RequestHead, RequestKind};

mod explain;

/// What a [`Policy`] says of one request. It borrows both.
///
/// Its `Display` is one line for a log; whatever the request holds is escaped in it and cut.
///
/// ```
/// use http::{Method, Request};
/// use tower_cors::{Denial, Policy, RequestHead, RequestKind};
///
/// let policy = Policy::builder()
///     .allow_origins(["https://*.example.com"])
///     .allow_methods(["PUT"])
///     .build()?;
/// let preflight = Request::options("/")
///     .header("origin", "https://app.example.com")
///     .header("access-control-request-method", "PATCH")
///     .body(())?;
/// let head = RequestHead::from(&preflight);
/// let decision = policy.decide(&head);
///
/// assert_eq!(decision.kind(), RequestKind::Preflight);
/// assert_eq!(decision.denial(), Some(Denial::Method));
/// assert_eq!(
///     decision.to_string(),
///     "preflight denied: method PATCH is not in allow_methods (PUT); \
///      origin https://app.example.com is allowed by https://*.example.com, without credentials"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Decision<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) head: RequestHead<'a>,
    pub(crate) kind: RequestKind,
    pub(crate) origin: OriginHeader<'a>,
    /// The rule that allows the origin, or that answers every request alike.
    pub(crate) rule: Option<&'a Rule>,
}

/// Why a browser refuses the response, or does not send the request that a preflight announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Denial {
    /// No pattern matches the origin.
    Origin,
    /// The request has several `Origin` headers, or one that no browser sends.
    MalformedOrigin,
    /// The policy does not allow the requested method.
    Method,
    /// `Access-Control-Request-Method` is not one method.
    MalformedMethod,
    /// The policy does not allow one of the requested headers.
    Header,
    /// `Access-Control-Request-Headers` is not a list of header names, or over 4,096 bytes long.
    MalformedHeaders,
}

impl Policy {
    /// Decides about a request. What a response needs is known at once; the method and the headers
    /// that a preflight asks for are judged when [`Decision::denial`] is called, because no answer
    /// depends on them.
    #[inline]
    pub fn decide<'a>(&'a self, head: &RequestHead<'a>) -> Decision<'a> {
        let origin = head.origin_header();
        let (kind, rule) = (head.kind(origin), self.rule_for(origin));
        Decision { policy: self, head: *head, kind, origin, rule }
    }
}

impl<'a> Decision<'a> {
    /// What the request is.
    pub fn kind(&self) -> RequestKind {
        self.kind
    }

    /// Why a browser would refuse; none when it would not, and for what is not a CORS request.
    /// The origin comes first, then the method, then the headers.
    pub fn denial(&self) -> Option<Denial> {
        match (self.kind, self.rule) {
            (RequestKind::NotCors, _) => None,
            (_, None) => Some(self.origin_denial()),
            (RequestKind::Actual, Some(_)) => None,
            (RequestKind::Preflight, Some(rule)) => {
                self.method_denial(rule).or_else(|| self.header_denial(rule).map(|(why, _)| why))
            }
        }
    }

    /// Whether the origin is the host and port that the request was sent to. Browsers send
    /// `Origin` on every same-origin request but GET and HEAD and ask for no permission then, so a
    /// denial of such a request bars nobody.
    ///
    /// ```
    /// # use http::Request;
    /// # use tower_cors::{Policy, RequestHead};
    /// let request = Request::post("/")
    ///     .header("host", "app.example.com")
    ///     .header("origin", "https://app.example.com")
    ///     .body(())?;
    /// let (policy, head) = (Policy::deny_all(), RequestHead::from(&request));
    /// assert!(policy.decide(&head).maybe_same_origin());
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn maybe_same_origin(&self) -> bool {
        self.head.origin().is_some_and(|origin| self.head.is_to(&origin))
    }

    /// The rule whose statuses and modes hold.
    #[inline]
    pub(crate) fn deciding_rule(&self) -> &'a Rule {
        self.rule.unwrap_or(self.policy.first())
    }

    /// Whether the layer answers: a preflight, or an `OPTIONS` that is to be treated like one.
    #[inline]
    pub(crate) fn is_answered(&self) -> bool {
        self.kind == RequestKind::Preflight || self.is_answered_like_a_preflight()
    }

    #[inline]
    fn is_answered_like_a_preflight(&self) -> bool {
        self.rule.is_some_and(|rule| rule.checked.answer_every_options)
            && self.head.method() == Method::OPTIONS
            && matches!(self.origin, OriginHeader::One(_))
    }

    fn origin_denial(&self) -> Denial {
        match self.origin {
            OriginHeader::One(value) if value == "null" || Origin::parse(value).is_some() => {
                Denial::Origin
            }
            _ => Denial::MalformedOrigin,
        }
    }

    fn method_denial(&self, rule: &Rule) -> Option<Denial> {
        match self.head.requested_method() {
            None => Some(Denial::MalformedMethod),
            Some(method) => (!rule.allows_method(method.as_bytes())).then_some(Denial::Method),
        }
    }

    /// Why, and the name that is not allowed.
    fn header_denial(&self, rule: &Rule) -> Option<(Denial, &'a [u8])> {
        let Some(requested) = self.head.requested_headers() else {
            return Some((Denial::MalformedHeaders, b""));
        };
        let mut refused = None;
        for name in requested.names() {
            if !is_token(name) {
                return Some((Denial::MalformedHeaders, name));
            }
            if refused.is_none() && !rule.allows_header(&name.to_ascii_lowercase()) {
                refused = Some((Denial::Header, name));
            }
        }
        refused
    }

    fn origin_text(&self) -> Text<'a> {
        match self.origin {
            OriginHeader::One(value) => Text(value.as_bytes()),
            OriginHeader::Absent | OriginHeader::Several => Text(b""),
        }
    }

    fn write_origin(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.origin_text();
        match (self.rule, self.origin) {
            (None, OriginHeader::Several) => f.write_str("the request has several Origin headers"),
            (None, _) if self.origin_denial() == Denial::MalformedOrigin => {
                write!(f, "origin {origin} is not one that a browser sends")
            }
            (None, _) => write!(f, "origin {origin} is not in allow_origins"),
            (Some(rule), _) => {
                self.write_allowed_origin(rule, f)?;
                // No server sees the credentials mode: a browser may refuse on its own.
                f.write_str(if rule.checked.credentials { "" } else { ", without credentials" })
            }
        }
    }

    fn write_allowed_origin(&self, rule: &Rule, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if rule.open {
            return f.write_str("any origin is allowed");
        }
        let (text, parsed) = (self.origin_text(), self.head.origin());
        let matching = rule.checked.origins.iter().find(|pattern| match &parsed {
            Some(origin) => pattern.matches(origin),
            None => pattern.is_null(),
        });
        match matching.map_or("", |pattern| pattern.as_ref()) {
            pattern if pattern.as_bytes() == text.0 => {
                write!(f, "origin {text} is in allow_origins")
            }
            pattern => write!(f, "origin {text} is allowed by {pattern}"),
        }
    }

    /// What a preflight that is allowed asked for.
    fn write_request(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(method) = self.head.requested_method() {
            write!(f, "method {}", Text(method.as_bytes()))?;
        }
        let requested = self.head.requested_headers();
        let names: Vec<_> = requested.iter().flat_map(|list| list.names()).collect();
        if !names.is_empty() {
            write!(f, ", headers {}", Text(&names.join(&b", "[..])))?;
        }
        f.write_str("; ")
    }

    fn write_denial(&self, denial: Denial, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.deciding_rule();
        match denial {
            Denial::Origin | Denial::MalformedOrigin => return self.write_origin(f),
            Denial::Method => {
                let method = self.head.requested_method().map_or(&b""[..], |m| m.as_bytes());
                let listed = rule.checked.methods.join(", ");
                let listed = Text(listed.as_bytes());
                write!(f, "method {} is not in allow_methods ({listed})", Text(method))?;
            }
            Denial::MalformedMethod => {
                f.write_str("access-control-request-method is not one method")?;
            }
            Denial::Header => {
                let name = self.header_denial(rule).map_or(&b""[..], |(_, name)| name);
                let listed = rule.checked.headers.join(", ");
                let listed = Text(listed.as_bytes());
                write!(f, "header {} is not in allow_headers ({listed})", Text(name))?;
            }
            Denial::MalformedHeaders => {
                f.write_str("access-control-request-headers is too long or not a list of names")?;
            }
        }
        f.write_str("; ")?;
        self.write_origin(f)
    }
}

impl fmt::Display for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            RequestKind::NotCors => return f.write_str("not a CORS request: no Origin header"),
            RequestKind::Preflight => "preflight",
            RequestKind::Actual => "actual request",
        };
        match self.denial() {
            Some(denial) => {
                write!(f, "{kind} denied: ")?;
                self.write_denial(denial, f)?;
            }
            None => {
                write!(f, "{kind} allowed: ")?;
                if self.kind == RequestKind::Preflight {
                    self.write_request(f)?;
                }
                self.write_origin(f)?;
            }
        }
        if self.maybe_same_origin() {
            f.write_str("; the request was sent to that very host, so it is probably same-origin")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decision({self})")
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Origin => "origin not allowed",
            Self::MalformedOrigin => "malformed origin",
            Self::Method => "method not allowed",
            Self::MalformedMethod => "malformed method",
            Self::Header => "header not allowed",
            Self::MalformedHeaders => "malformed headers",
        })
    }
}

/// Bytes of a request as messages show them.
struct Text<'a>(&'a [u8]);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match std::str::from_utf8(self.0) {
            Ok(text)
                if text.len() <= MAX_PLAIN
                    && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ') =>
            {
                f.write_str(text)
            }
            _ => write!(f, "{}", Quoted(&String::from_utf8_lossy(self.0))),
        }
    }
}

const MAX_PLAIN: usize = 120;
