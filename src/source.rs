//! [`PolicySource`]: which policy is asked about a request.

use std::borrow::Cow;
use std::sync::Arc;

use http::HeaderName;

use crate::policy::Policy;
use crate::request::RequestHead;

pub(crate) mod extensions;
#[cfg(feature = "reload")]
pub(crate) mod reload;

/// Where the layer finds the policy for a request: a [`Policy`] itself, or what chooses one.
///
/// It must not choose by `Origin`; that is what [`PolicyConfig::or`](crate::PolicyConfig::or) is
/// for, and caches are told of it. A source that chooses by other headers names them in
/// [`vary`](Self::vary).
///
/// ```
/// use std::borrow::Cow;
/// use http::HeaderName;
/// use tower_cors::{CorsLayer, Policy, PolicySource, RequestHead};
///
/// /// One policy for each tenant; none for those that have none.
/// struct Tenants(std::collections::HashMap<String, Policy>);
///
/// static TENANT: [HeaderName; 1] = [HeaderName::from_static("x-tenant")];
///
/// impl PolicySource for Tenants {
///     fn policy<'a>(&'a self, request: &RequestHead<'a>) -> Option<Cow<'a, Policy>> {
///         let tenant = request.headers().get(&TENANT[0])?.to_str().ok()?;
///         self.0.get(tenant).map(Cow::Borrowed)
///     }
///
///     fn vary(&self) -> Cow<'_, [HeaderName]> {
///         Cow::Borrowed(&TENANT)
///     }
/// }
///
/// let layer = CorsLayer::new(Tenants(Default::default()));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no source of policies",
    note = "a config is built first, and its errors are handled: `CorsLayer::new(config.build()?)`"
)]
pub trait PolicySource {
    /// The policy for this request, read once, before the request moves on.
    ///
    /// With `None` the request is not the layer's: it passes through, a preflight too, and its
    /// response is untouched but for [`vary`](Self::vary). To refuse, give [`Policy::deny_all`].
    fn policy<'a>(&'a self, request: &RequestHead<'a>) -> Option<Cow<'a, Policy>>;

    /// The request headers that choose the policy: merged into `Vary` on every response.
    fn vary(&self) -> Cow<'_, [HeaderName]> {
        Cow::Borrowed(&[])
    }

    /// Policy and headers in one read; this is what the layer calls. A source whose content is
    /// swapped while requests run gives both from the same content.
    fn choose<'a>(&'a self, request: &RequestHead<'a>) -> Choice<'a> {
        Choice::new(self.policy(request), self.vary())
    }

    /// Whether it is sure that nothing here is chosen by the origin.
    #[doc(hidden)]
    fn declares(&self) -> bool {
        false
    }
}

/// What a [`PolicySource`] chose for a request.
///
/// ```
/// use std::borrow::Cow;
/// use http::HeaderName;
/// use tower_cors::{Choice, Policy};
///
/// // What a router that chose by `X-Tenant` leaves in the request's extensions.
/// let tenant = vec![HeaderName::from_static("x-tenant")];
/// let choice = Choice::new(Some(Cow::Owned(Policy::deny_all())), Cow::Owned(tenant));
/// assert_eq!(choice.vary[0], "x-tenant");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Choice<'a> {
    /// See [`PolicySource::policy`].
    pub policy: Option<Cow<'a, Policy>>,
    /// See [`PolicySource::vary`].
    pub vary: Cow<'a, [HeaderName]>,
}

impl<'a> Choice<'a> {
    /// A policy, or none, and the request headers that chose it.
    ///
    /// ```
    /// use std::borrow::Cow;
    /// use tower_cors::Choice;
    ///
    /// // Not the layer's business.
    /// let choice = Choice::new(None, Cow::Borrowed(&[]));
    /// assert!(choice.policy.is_none());
    /// ```
    #[inline]
    pub fn new(policy: Option<Cow<'a, Policy>>, vary: Cow<'a, [HeaderName]>) -> Self {
        Self { policy, vary }
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
        let policy = self.policy.map(|policy| Cow::Owned(policy.into_owned()));
        Choice::new(policy, Cow::Owned(self.vary.into_owned()))
    }
}

impl PolicySource for Policy {
    #[inline]
    fn policy<'a>(&'a self, _: &RequestHead<'a>) -> Option<Cow<'a, Policy>> {
        Some(Cow::Borrowed(self))
    }

    #[inline]
    fn declares(&self) -> bool {
        true
    }
}

/// With `None` no request is the layer's.
impl<P: PolicySource> PolicySource for Option<P> {
    fn policy<'a>(&'a self, request: &RequestHead<'a>) -> Option<Cow<'a, Policy>> {
        self.as_ref()?.policy(request)
    }

    fn vary(&self) -> Cow<'_, [HeaderName]> {
        self.as_ref().map_or(Cow::Borrowed(&[]), P::vary)
    }

    fn choose<'a>(&'a self, request: &RequestHead<'a>) -> Choice<'a> {
        match self {
            Some(source) => source.choose(request),
            None => Choice::new(None, Cow::Borrowed(&[])),
        }
    }

    fn declares(&self) -> bool {
        self.as_ref().is_none_or(P::declares)
    }
}

impl<P: PolicySource + ?Sized> PolicySource for Arc<P> {
    fn policy<'a>(&'a self, request: &RequestHead<'a>) -> Option<Cow<'a, Policy>> {
        (**self).policy(request)
    }

    fn vary(&self) -> Cow<'_, [HeaderName]> {
        (**self).vary()
    }

    fn choose<'a>(&'a self, request: &RequestHead<'a>) -> Choice<'a> {
        (**self).choose(request)
    }

    fn declares(&self) -> bool {
        (**self).declares()
    }
}

/// A function as a source: see [`CorsLayer::from_fn`](crate::CorsLayer::from_fn).
///
/// ```
/// use tower_cors::{Policy, PolicyFn};
///
/// let public = Policy::permissive();
/// let source = PolicyFn::new(move |request| {
///     request.uri().path().starts_with("/public/").then(|| public.clone())
/// });
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PolicyFn<F>(F);

impl<F: Fn(&RequestHead<'_>) -> Option<Policy>> PolicyFn<F> {
    /// A source that asks the function.
    ///
    /// ```
    /// use tower_cors::{CorsLayer, Policy, PolicyFn};
    ///
    /// let policy = Policy::permissive();
    /// let layer = CorsLayer::new(PolicyFn::new(move |_| Some(policy.clone())));
    /// ```
    pub fn new(function: F) -> Self {
        Self(function)
    }
}

impl<F: Fn(&RequestHead<'_>) -> Option<Policy>> PolicySource for PolicyFn<F> {
    fn policy<'a>(&'a self, request: &RequestHead<'a>) -> Option<Cow<'a, Policy>> {
        (self.0)(request).map(Cow::Owned)
    }
}
