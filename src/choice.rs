//! [`Choice`]: what a source gives for one request.

use std::borrow::{Borrow, Cow};
use std::sync::Arc;

use http::HeaderName;
use http::header::ORIGIN;

use crate::policy::Policy;

/// The policy that a [`PolicySource`](crate::PolicySource) chose for a request, or none, and what
/// it looked at.
///
/// Caches need to know the latter. Unless a choice says that it was made
/// [`by_target`](Self::by_target), the layer assumes that the origin was looked at, and adds
/// `Vary: origin` to every response.
///
/// ```
/// use http::HeaderName;
/// use tower_cors::{Choice, Policy};
///
/// const TENANT: HeaderName = HeaderName::from_static("x-tenant");
///
/// // What a router that chose by `X-Tenant` leaves in the request's extensions.
/// let choice: Choice = Choice::from(Policy::permissive()).vary([TENANT]).by_target();
///
/// // With `pass` the request is not the layer's: it reaches the inner service, a preflight too.
/// let choice = Choice::pass().vary([TENANT]).by_target();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a choice does nothing until it is given to the layer"]
pub struct Choice<'a> {
    pub(crate) chosen: Chosen<'a>,
    /// Never empty.
    pub(crate) names: Option<Arc<[HeaderName]>>,
    by_target: bool,
    pub(crate) only_asked: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Chosen<'a> {
    Nothing,
    One(Cow<'a, Policy>),
    /// Two or more, of which all must allow.
    All(Vec<Policy>),
}

impl<'a> Choice<'a> {
    /// No policy: the request passes through, a preflight too, and its response is untouched but
    /// for `Vary`. To refuse a request, choose [`Policy::deny_all`].
    ///
    /// ```
    /// use tower_cors::{Choice, RequestHead};
    ///
    /// let request = http::Request::new(());
    /// assert!(Choice::pass().decide(&RequestHead::from(&request)).is_none());
    /// ```
    #[inline]
    pub fn pass() -> Self {
        Self::new(Chosen::Nothing)
    }

    /// Several policies, all of which must allow a request: for gateways that cannot know which of
    /// them will hold for the request that a preflight announces.
    ///
    /// The lists of an answer hold what all policies allow, and credentials are given if all give
    /// them. The smallest max-age is sent, or none if one policy has none. The statuses and
    /// `answer_every_options` are those of the first policy, and the inner service's CORS headers are
    /// stripped if any policy strips them. Without a policy this is [`pass`](Self::pass).
    ///
    /// ```
    /// use tower_cors::{Choice, Denial, Policy, RequestHead};
    ///
    /// let origins = Policy::builder().allow_origins(["https://app.example.com"]);
    /// let blue = origins.clone().allow_methods(["PUT", "DELETE"]).build()?;
    /// let green = origins.allow_methods(["PUT"]).build()?;
    ///
    /// let preflight = http::Request::options("/")
    ///     .header("origin", "https://app.example.com")
    ///     .header("access-control-request-method", "DELETE")
    ///     .body(())?;
    /// let (choice, head) = (Choice::all_of([&blue, &green]), RequestHead::from(&preflight));
    /// let decision = choice.decide(&head).unwrap();
    /// assert_eq!(decision.denial(), Some(Denial::Method));
    /// let answer = decision.answer::<String>().unwrap();
    /// assert_eq!(answer.headers()["access-control-allow-methods"], "PUT");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn all_of(policies: impl IntoIterator<Item: Borrow<Policy>>) -> Self {
        let mut policies: Vec<Policy> =
            policies.into_iter().map(|policy| policy.borrow().clone()).collect();
        match policies.len() {
            0 => Self::pass(),
            1 => policies.pop().into(),
            _ => Self::new(Chosen::All(policies)),
        }
    }

    /// Adds request headers that were looked at: every response names them in `Vary`.
    ///
    /// ```
    /// use http::header::{HOST, ORIGIN};
    /// use tower_cors::{Choice, Policy};
    ///
    /// let choice: Choice = Choice::from(Policy::deny_all()).vary([ORIGIN]);
    /// ```
    pub fn vary(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        let all: Arc<[HeaderName]> = match &self.names {
            None => names.into_iter().collect(),
            Some(before) => before.iter().cloned().chain(names).collect(),
        };
        self.names = Some(all).filter(|names| !names.is_empty());
        self
    }

    /// Declares that the choice was made by the method, the host, the path, the query and the
    /// headers named in [`vary`](Self::vary), and by nothing else. Then a policy that is the same
    /// for every origin needs no `Vary: origin`. `origin` among the names takes the declaration
    /// back.
    ///
    /// ```
    /// use tower_cors::{Choice, Policy, RequestHead};
    ///
    /// let request = http::Request::get("/public/logo").body(())?;
    /// let choice: Choice = Choice::from(Policy::permissive()).by_target();
    /// let head = RequestHead::from(&request);
    /// let mut headers = http::HeaderMap::new();
    /// choice.decide(&head).unwrap().edits().apply(http::StatusCode::OK, &mut headers);
    /// assert!(!headers.contains_key("vary"));
    /// # Ok::<(), http::Error>(())
    /// ```
    #[inline]
    pub fn by_target(mut self) -> Self {
        self.by_target = true;
        self
    }

    /// Answers preflights with the method and the headers that were asked for and are allowed, not
    /// with whole lists, and with a max-age of 0. For gateways where other requests to the same URL
    /// have other policies: browsers combine what they keep of several answers.
    ///
    /// ```
    /// use tower_cors::{Choice, Policy, RequestHead};
    ///
    /// let config = Policy::builder().allow_origins(["*"]).allow_methods(["PUT", "DELETE"]);
    /// let preflight = http::Request::options("/")
    ///     .header("origin", "https://app.example.com")
    ///     .header("access-control-request-method", "PUT")
    ///     .body(())?;
    /// let choice: Choice = Choice::from(config.build()?).only_asked();
    /// let head = RequestHead::from(&preflight);
    /// let answer = choice.decide(&head).unwrap().answer::<String>().unwrap();
    /// assert_eq!(answer.headers()["access-control-allow-methods"], "PUT");
    /// assert_eq!(answer.headers()["access-control-max-age"], "0");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn only_asked(mut self) -> Self {
        self.only_asked = true;
        self
    }

    /// The same, for keeping: a router puts it into the request's extensions for
    /// [`FromExtensions`](crate::FromExtensions).
    ///
    /// ```
    /// use tower_cors::{Policy, PolicySource, RequestHead};
    ///
    /// let source = Policy::permissive();
    /// let mut request = http::Request::new(());
    /// let choice = source.choose(&RequestHead::from(&request)).into_owned();
    /// request.extensions_mut().insert(choice);
    /// ```
    pub fn into_owned(self) -> Choice<'static> {
        let chosen = match self.chosen {
            Chosen::Nothing => Chosen::Nothing,
            Chosen::One(policy) => Chosen::One(Cow::Owned(policy.into_owned())),
            Chosen::All(policies) => Chosen::All(policies),
        };
        Choice { chosen, names: self.names, by_target: self.by_target, only_asked: self.only_asked }
    }

    /// The same, of which nothing is copied that can be lent.
    #[inline]
    pub(crate) fn lent(&self) -> Choice<'_> {
        let chosen = match &self.chosen {
            Chosen::Nothing => Chosen::Nothing,
            Chosen::One(policy) => Chosen::One(Cow::Borrowed(policy)),
            Chosen::All(policies) => Chosen::All(policies.clone()),
        };
        Choice {
            chosen,
            names: self.names.clone(),
            by_target: self.by_target,
            only_asked: self.only_asked,
        }
    }

    /// A policy that is lent, and whether the origin was surely not looked at, where the choice is
    /// nothing else.
    #[inline(always)]
    pub(crate) fn into_lent_policy(self) -> Result<(&'a Policy, bool), Self> {
        match self {
            Self {
                chosen: Chosen::One(Cow::Borrowed(policy)),
                names: None,
                by_target,
                only_asked,
            } if !only_asked => Ok((policy, by_target)),
            choice => Err(choice),
        }
    }

    /// Without the declaration of [`by_target`](Self::by_target).
    #[inline]
    pub(crate) fn undeclared(mut self) -> Self {
        self.by_target = false;
        self
    }

    /// Whether the origin was surely not looked at.
    #[inline]
    pub(crate) fn is_by_target(&self) -> bool {
        let origin = || self.names.as_ref().is_some_and(|names| names.contains(&ORIGIN));
        self.by_target && !origin()
    }

    #[inline]
    fn new(chosen: Chosen<'a>) -> Self {
        Self { chosen, names: None, by_target: false, only_asked: false }
    }
}

impl<'a> From<&'a Policy> for Choice<'a> {
    #[inline]
    fn from(policy: &'a Policy) -> Self {
        Self::new(Chosen::One(Cow::Borrowed(policy)))
    }
}

impl From<Policy> for Choice<'_> {
    #[inline]
    fn from(policy: Policy) -> Self {
        Self::new(Chosen::One(Cow::Owned(policy)))
    }
}

/// With `None` the request passes.
impl<'a, C: Into<Choice<'a>>> From<Option<C>> for Choice<'a> {
    #[inline]
    fn from(choice: Option<C>) -> Self {
        choice.map_or_else(Self::pass, C::into)
    }
}
