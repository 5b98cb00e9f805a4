//! [`Decision`]: what a policy says of one request.

use std::fmt;

use http::Method;

use crate::fetch::is_token;
use crate::origin::{Origin, is_opaque};
use crate::policy::Policy;
use crate::policy::rule::Rule;
use crate::request::{OriginHeader, RequestHead, RequestKind};

mod advice;
mod browser;
pub(crate) mod explain;
mod findings;
mod lacking;
pub(crate) mod line;
mod nearest;
pub(crate) mod remedy;

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
///
/// ```
/// use tower_cors::{Denial, Policy, RequestHead};
///
/// let request = http::Request::get("/").header("origin", "https://a.example").body(())?;
/// let (policy, head) = (Policy::deny_all(), RequestHead::from(&request));
/// assert_eq!(policy.decide(&head).denial(), Some(Denial::Origin));
/// # Ok::<(), http::Error>(())
/// ```
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
    /// `Access-Control-Request-Headers` is over 4,096 bytes long, or what is no header name stands
    /// in it before any name that is not allowed.
    MalformedHeaders,
}

impl Policy {
    /// Decides about a request. What a response needs is known at once; the method and the headers
    /// that a preflight asks for are judged when [`Decision::denial`] is called, because no answer
    /// depends on them.
    ///
    /// ```
    /// # use tower_cors::{Policy, RequestHead};
    /// let request = http::Request::get("/").header("origin", "https://a.example").body(())?;
    /// let (policy, head) = (Policy::permissive(), RequestHead::from(&request));
    /// let decision = policy.decide(&head);
    /// assert_eq!(decision.to_string(), "actual request allowed: any origin is allowed, without credentials");
    /// # Ok::<(), http::Error>(())
    /// ```
    #[inline(always)]
    pub fn decide<'a>(&'a self, head: &RequestHead<'a>) -> Decision<'a> {
        let origin = head.origin_header();
        let (kind, rule) = (head.kind(origin), self.rule_for(origin));
        Decision { policy: self, head: *head, kind, origin, rule }
    }
}

impl<'a> Decision<'a> {
    /// What the request is.
    ///
    /// ```
    /// # use tower_cors::{Policy, RequestHead, RequestKind};
    /// let request = http::Request::get("/").body(())?;
    /// let (policy, head) = (Policy::permissive(), RequestHead::from(&request));
    /// assert_eq!(policy.decide(&head).kind(), RequestKind::NotCors);
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn kind(&self) -> RequestKind {
        self.kind
    }

    /// Why a browser would refuse; none when it would not, and for what is not a CORS request.
    /// The origin comes first, then the method, then the headers.
    ///
    /// ```
    /// # use tower_cors::{Denial, Policy, RequestHead};
    /// let preflight = http::Request::options("/")
    ///     .header("origin", "https://a.example")
    ///     .header("access-control-request-method", "GET")
    ///     .header("access-control-request-headers", "authorization")
    ///     .body(())?;
    /// let (policy, head) = (Policy::permissive(), RequestHead::from(&preflight));
    /// assert_eq!(policy.decide(&head).denial(), Some(Denial::Header));
    /// # Ok::<(), http::Error>(())
    /// ```
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

    /// Whether the policy answers and the inner service is not asked: to a preflight, and, where
    /// [`answer_every_options`](crate::PolicyConfig::answer_every_options) says so, to other
    /// `OPTIONS` requests.
    ///
    /// ```
    /// # use tower_cors::{Policy, RequestHead};
    /// let request = http::Request::options("/").header("origin", "https://a.example").body(())?;
    /// let config = Policy::builder().allow_origins(["*"]);
    /// let (policy, head) = (config.clone().build()?, RequestHead::from(&request));
    /// assert!(!policy.decide(&head).is_answered());
    /// let policy = config.answer_every_options(true).build()?;
    /// assert!(policy.decide(&head).is_answered());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn is_answered(&self) -> bool {
        self.kind == RequestKind::Preflight || self.is_answered_like_a_preflight()
    }

    #[inline]
    fn is_answered_like_a_preflight(&self) -> bool {
        self.rule.is_some_and(|rule| rule.checked.answer_every_options)
            && self.head.method() == Method::OPTIONS
            && matches!(self.origin, OriginHeader::One(_))
    }

    pub(crate) fn origin_denial(&self) -> Denial {
        match self.origin {
            OriginHeader::One(value) if is_opaque(value.as_bytes()) => Denial::Origin,
            OriginHeader::One(value) if Origin::parse(value).is_some() => Denial::Origin,
            _ => Denial::MalformedOrigin,
        }
    }

    fn method_denial(&self, rule: &Rule) -> Option<Denial> {
        match self.head.requested_method() {
            None => Some(Denial::MalformedMethod),
            Some(method) => (!rule.allows_method(method.as_bytes())).then_some(Denial::Method),
        }
    }

    /// Why, and the first name that is not allowed.
    pub(crate) fn header_denial(&self, rule: &Rule) -> Option<(Denial, &'a [u8])> {
        let Some(requested) = self.head.requested_headers() else {
            return Some((Denial::MalformedHeaders, b""));
        };
        let name = requested.lines().find_map(|line| rule.refused_header(line))?;
        let why = if is_token(name) { Denial::Header } else { Denial::MalformedHeaders };
        Some((why, name))
    }
}

impl Denial {
    /// What `Display` prints, as it is: for the label of a counter, of which there are few.
    ///
    /// ```
    /// assert_eq!(tower_cors::Denial::Method.as_str(), "method not allowed");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin not allowed",
            Self::MalformedOrigin => "malformed origin",
            Self::Method => "method not allowed",
            Self::MalformedMethod => "malformed method",
            Self::Header => "header not allowed",
            Self::MalformedHeaders => "malformed headers",
        }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
