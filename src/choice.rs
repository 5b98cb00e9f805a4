//! [`Choice`]: what a source returns for one request.

use std::borrow::{Borrow, Cow};
use std::sync::Arc;

use http::HeaderName;
use http::header::ORIGIN;

use crate::policy::Policy;

/// Holds the policy that a [`PolicySource`](crate::PolicySource) chose for a request, or none, and
/// what the source looked at.
///
/// Caches need to know what the source looked at. The layer assumes that it looked at the origin, and
/// adds `Vary: origin` to every response, unless the choice declares [`by_target`](Self::by_target).
///
/// ```
/// use http::HeaderName;
/// use tower_cors::{Choice, Policy};
///
/// const TENANT: HeaderName = HeaderName::from_static("x-tenant");
///
/// // A router that chose by `X-Tenant` puts this into the request's extensions.
/// let choice: Choice = Choice::from(Policy::permissive()).vary([TENANT]).by_target();
///
/// // With `pass`, the request reaches the inner service, even if it is a preflight.
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
    /// Creates a choice without a policy.
    ///
    /// The request passes through, even if it is a preflight, and the layer changes only the response's
    /// `Vary`. To refuse a request, choose [`Policy::deny_all`] instead.
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

    /// Combines several policies, all of which must allow a request.
    ///
    /// This is for gateways that cannot know which policy will apply to the request after a preflight.
    ///
    /// - The lists contain what all policies allow. Credentials are allowed if all policies allow them.
    /// - The max-age is the smallest one, and absent if one policy has none.
    /// - The statuses and `answer_every_options` are those of the first policy.
    /// - The layer removes the inner service's CORS headers if any policy does.
    ///
    /// Without a policy, this is [`pass`](Self::pass).
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

    /// Adds request headers that the source looked at. Every response names them in `Vary`.
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

    /// Declares that the source looked only at the method, the host, the path, the query and the headers
    /// named in [`vary`](Self::vary).
    ///
    /// A policy that is the same for every origin then needs no `Vary: origin`. If `origin` is among the
    /// names, this declaration has no effect.
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

    /// Answers preflights with the requested method and headers, as far as they are allowed, and with a
    /// max-age of 0.
    ///
    /// Otherwise an answer has the complete lists. This is for gateways where several policies apply to
    /// the same URL, because browsers combine the answers that they cache.
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

    /// Converts the choice into one that borrows nothing.
    ///
    /// A router can put it into the request's extensions, for
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

    /// Borrows the choice. Policies are lent, not copied.
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

    /// Returns a lent policy, and whether the source surely did not look at the origin, if the choice
    /// contains nothing else.
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

    /// Drops the declaration of [`by_target`](Self::by_target).
    #[inline]
    pub(crate) fn undeclared(mut self) -> Self {
        self.by_target = false;
        self
    }

    /// Whether the source surely did not look at the origin.
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

/// `None` lets the request pass.
impl<'a, C: Into<Choice<'a>>> From<Option<C>> for Choice<'a> {
    #[inline]
    fn from(choice: Option<C>) -> Self {
        choice.map_or_else(Self::pass, C::into)
    }
}
