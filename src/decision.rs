//! [`Decision`]: what a policy decides about one request.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use http::header::ACCESS_CONTROL_REQUEST_METHOD;
use http::{HeaderName, HeaderValue, Method};

use crate::choice::{Choice, Chosen};
use crate::fetch::is_token;
use crate::origin::{Origin, is_opaque};
use crate::policy::Policy;
use crate::policy::rule::Rule;
use crate::request::{OriginHeader, RequestHead, RequestKind};

pub(crate) mod display;

/// Describes what a [`Policy`] decided about one request. It borrows both.
///
/// Its `Display` is one line for a log. It escapes and shortens what the request contains.
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
    pub(crate) choice: Terms<'a>,
}

/// What a [`Choice`] says in addition to its policy.
#[derive(Clone, Copy)]
pub(crate) struct Terms<'a> {
    /// Whether the source surely did not look at the origin.
    pub(crate) by_target: bool,
    pub(crate) only_asked: bool,
    /// The request headers that the source looked at.
    pub(crate) names: Option<&'a Arc<[HeaderName]>>,
    /// All policies if there are several, including this one.
    pub(crate) all: &'a [Policy],
}

/// Says why a browser refuses the response, or does not send the request after a preflight.
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
    /// `Access-Control-Request-Headers` is over 4,096 bytes long, or contains an invalid header name
    /// before any name that is not allowed.
    MalformedHeaders,
}

impl Policy {
    /// Decides about a request.
    ///
    /// This computes what the response needs. The method and the headers of a preflight are checked when
    /// you call [`Decision::denial`], because no answer depends on them.
    ///
    /// The policy counts as the only one. If you chose it among several by the origin, decide by a
    /// [`Choice`] of it: `Choice::from(&policy).decide(&head)` adds `Vary: origin`.
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
        let choice = Terms { by_target: true, only_asked: false, names: None, all: &[] };
        self.decide_chosen(head, choice)
    }

    #[inline(always)]
    fn decide_chosen<'a>(&'a self, head: &RequestHead<'a>, choice: Terms<'a>) -> Decision<'a> {
        let origin = head.origin_header();
        let (kind, rule) = (head.kind(origin), self.rule_for(origin));
        Decision { policy: self, head: *head, kind, origin, rule, choice }
    }
}

impl Choice<'_> {
    /// Decides about a request with the chosen policy, or with all of them. Returns `None` if there is no
    /// policy.
    ///
    /// The answer and the edits of the decision name in `Vary` what the source looked at.
    ///
    /// ```
    /// use http::HeaderName;
    /// use tower_cors::{Choice, Policy, RequestHead};
    ///
    /// let request = http::Request::get("/").header("origin", "https://a.example").body(())?;
    /// let tenant = HeaderName::from_static("x-tenant");
    /// let choice: Choice = Choice::from(Policy::permissive()).vary([tenant]);
    /// let head = RequestHead::from(&request);
    /// let decision = choice.decide(&head).unwrap();
    ///
    /// let mut headers = http::HeaderMap::new();
    /// decision.edits().apply(http::StatusCode::OK, &mut headers);
    /// assert_eq!(headers["vary"], "origin, x-tenant");
    /// # Ok::<(), http::Error>(())
    /// ```
    #[inline(always)]
    pub fn decide<'a>(&'a self, head: &RequestHead<'a>) -> Option<Decision<'a>> {
        let terms = Terms {
            by_target: self.is_by_target(),
            only_asked: self.only_asked,
            names: self.names.as_ref(),
            all: &[],
        };
        match &self.chosen {
            Chosen::Nothing => None,
            Chosen::One(Cow::Borrowed(policy)) => Some(policy.decide_chosen(head, terms)),
            Chosen::One(Cow::Owned(policy)) => Some(policy.decide_chosen(head, terms)),
            Chosen::All(all) => decide_all(head, Terms { all, ..terms }),
        }
    }
}

/// By the first policy that denies the origin, or else by the first policy.
#[cold]
fn decide_all<'a>(head: &RequestHead<'a>, choice: Terms<'a>) -> Option<Decision<'a>> {
    let mut decisions = choice.all.iter().map(|policy| policy.decide_chosen(head, choice));
    let first = decisions.next()?;
    let denying = first.rule.map_or(Some(first), |_| decisions.find(|it| it.rule.is_none()));
    Some(denying.unwrap_or(first))
}

impl<'a> Decision<'a> {
    /// Returns what kind of request this is.
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

    /// Returns why a browser would refuse, or `None` if it would not.
    ///
    /// The origin is checked first, then the method, then the headers. A request without `Origin` is never
    /// denied.
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
        self.refusal().map(|(denial, _)| denial)
    }

    /// Returns the value that was refused: the origin, the method or the header name.
    ///
    /// Returns `None` if nothing was refused, or if there is no single value, such as with several `Origin`
    /// headers or with a list of headers that is too long.
    ///
    /// ```
    /// # use tower_cors::{Policy, RequestHead};
    /// let preflight = http::Request::options("/")
    ///     .header("origin", "https://a.example")
    ///     .header("access-control-request-method", "GET")
    ///     .header("access-control-request-headers", "x-a,x-b")
    ///     .body(())?;
    /// let policy = Policy::builder().allow_origins(["*"]).allow_headers(["x-a"]).build()?;
    /// let head = RequestHead::from(&preflight);
    /// assert_eq!(policy.decide(&head).refused(), Some(&b"x-b"[..]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn refused(&self) -> Option<&'a [u8]> {
        self.refusal()?.1
    }

    /// Returns the head of the request.
    ///
    /// ```
    /// # use tower_cors::{Policy, RequestHead};
    /// let request = http::Request::get("/item").body(())?;
    /// let (policy, head) = (Policy::permissive(), RequestHead::from(&request));
    /// assert_eq!(policy.decide(&head).request().uri().path(), "/item");
    /// # Ok::<(), http::Error>(())
    /// ```
    #[inline]
    pub fn request(&self) -> &RequestHead<'a> {
        &self.head
    }

    /// Why it is denied, and the value.
    fn refusal(&self) -> Option<(Denial, Option<&'a [u8]>)> {
        match (self.kind, self.rule) {
            (RequestKind::NotCors, _) | (RequestKind::Actual, Some(_)) => None,
            (_, None) => Some((self.origin_denial(), self.origin.bytes())),
            (RequestKind::Preflight, Some(_)) => {
                let methods = || self.rules().find_map(|rule| self.method_denial(rule));
                let headers = || self.rules().find_map(|rule| self.header_denial(rule));
                methods().or_else(headers)
            }
        }
    }

    /// Returns whether the origin has the host and port that the request was sent to.
    ///
    /// Browsers send `Origin` with same-origin requests too, except for GET and HEAD, and then need no
    /// permission. So a denial of such a request has no effect.
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

    /// The rule whose statuses and modes apply.
    #[inline]
    pub(crate) fn deciding_rule(&self) -> &'a Rule {
        self.rule.unwrap_or(self.choice.all.first().unwrap_or(self.policy).first())
    }

    /// Whether the answer is the complete one of a single policy.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.choice.all.is_empty() && !self.choice.only_asked
    }

    /// All policies that decide.
    pub(crate) fn policies(&self) -> impl Iterator<Item = &'a Policy> + use<'a> {
        let one = self.choice.all.is_empty().then_some(self.policy);
        one.into_iter().chain(self.choice.all)
    }

    /// What each policy decides alone.
    pub(crate) fn each(&self) -> impl Iterator<Item = Decision<'a>> {
        let alone = Terms { all: &[], ..self.choice };
        self.policies().map(move |policy| policy.decide_chosen(&self.head, alone))
    }

    /// Where the origin is allowed: the rule of each policy that allows it.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &'a Rule> + use<'a> {
        let (one, origin) = (self.rule.filter(|_| self.choice.all.is_empty()), self.origin);
        one.into_iter().chain(self.choice.all.iter().filter_map(move |it| it.rule_for(origin)))
    }

    /// Returns whether the layer answers the request without the inner service.
    ///
    /// It answers preflights and, with
    /// [`answer_every_options`](crate::PolicyConfig::answer_every_options), other `OPTIONS` requests of
    /// allowed origins.
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

    /// Why, and the method that is not allowed.
    pub(crate) fn method_denial(&self, rule: &Rule) -> Option<(Denial, Option<&'a [u8]>)> {
        match self.head.requested_method_value().map(HeaderValue::as_bytes) {
            None => {
                let mut lines = self.head.headers().get_all(ACCESS_CONTROL_REQUEST_METHOD).iter();
                let one = lines.next().filter(|_| lines.next().is_none());
                Some((Denial::MalformedMethod, one.map(HeaderValue::as_bytes)))
            }
            Some(method) => (!rule.allows_method(method)).then_some((Denial::Method, Some(method))),
        }
    }

    /// Why, and the first name that is not allowed.
    pub(crate) fn header_denial(&self, rule: &Rule) -> Option<(Denial, Option<&'a [u8]>)> {
        let Some(requested) = self.head.requested_header_lines() else {
            return Some((Denial::MalformedHeaders, None));
        };
        let name = requested.lines().find_map(|line| rule.refused_header(line))?;
        let why = if is_token(name) { Denial::Header } else { Denial::MalformedHeaders };
        Some((why, Some(name)))
    }
}

impl Denial {
    /// Returns what `Display` prints, for the label of a counter.
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
