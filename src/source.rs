//! [`PolicySource`]: which policy is asked about a request.

use std::sync::Arc;

use crate::choice::Choice;
use crate::policy::Policy;
use crate::request::RequestHead;

pub(crate) mod extensions;
#[cfg(feature = "reload")]
pub(crate) mod reload;

/// Where the layer finds the policy for a request: a [`Policy`] itself, a function, or a type of
/// your own.
///
/// Choosing by `Origin` is safe: unless a choice says that it was made
/// [`by_target`](Choice::by_target), every response says `Vary: origin`. A source that chooses by
/// other headers names them with [`Choice::vary`]. For a few kinds of origins
/// [`PolicyConfig::or`](crate::PolicyConfig::or) needs no source.
///
/// ```
/// use http::HeaderName;
/// use tower_cors::{Choice, CorsLayer, Policy, PolicySource, RequestHead};
///
/// /// One policy for each tenant. Requests of others are not the layer's.
/// struct Tenants(std::collections::HashMap<String, Policy>);
///
/// const TENANT: HeaderName = HeaderName::from_static("x-tenant");
///
/// impl PolicySource for Tenants {
///     fn choose<'a>(&'a self, request: &RequestHead<'a>) -> Choice<'a> {
///         let tenant = request.headers().get(TENANT).and_then(|tenant| tenant.to_str().ok());
///         let policy = tenant.and_then(|tenant| self.0.get(tenant));
///         Choice::from(policy).vary([TENANT]).by_target()
///     }
/// }
///
/// let layer = CorsLayer::new(Tenants(Default::default()));
/// ```
///
/// What has to be looked up asynchronously, such as an origin in a database, is looked up by a
/// middleware in front of the layer, which leaves a policy in the request's extensions:
/// [`FromExtensions`](crate::FromExtensions).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as a policy source",
    label = "not a policy source",
    note = "a config is built first, and its errors are handled: `CorsLayer::new(config.build()?)`",
    note = "the layer owns its source: give it a policy, or a clone of one, and not a reference",
    note = "a function takes one argument, `|request: &RequestHead<'_>|`, and gives a `Policy`, an `Option<Policy>` or a `Choice`: `CorsLayer::from_fn`"
)]
pub trait PolicySource {
    /// The policy for this request, or none, and what was looked at. It is asked once, before the
    /// request moves on.
    fn choose<'a>(&'a self, request: &RequestHead<'a>) -> Choice<'a>;

    /// What [`choose`](Self::choose) gives, where nothing else than this source chooses: then a
    /// policy is known to be the only one.
    #[doc(hidden)]
    #[inline]
    fn choose_alone<'a>(&'a self, request: &RequestHead<'a>) -> Choice<'a> {
        self.choose(request)
    }

    /// Lends what was chosen, so that what is swapped while requests run need not be copied. This
    /// is what the layer calls.
    #[doc(hidden)]
    #[inline]
    fn lend<T>(&self, request: &RequestHead<'_>, then: impl FnOnce(Choice<'_>) -> T) -> T
    where
        Self: Sized,
    {
        then(self.choose_alone(request))
    }
}

impl PolicySource for Policy {
    #[inline]
    fn choose<'a>(&'a self, _: &RequestHead<'a>) -> Choice<'a> {
        self.into()
    }

    #[inline]
    fn choose_alone<'a>(&'a self, _: &RequestHead<'a>) -> Choice<'a> {
        Choice::from(self).by_target()
    }
}

/// With `None` no request is the layer's.
impl<P: PolicySource> PolicySource for Option<P> {
    #[inline]
    fn choose<'a>(&'a self, request: &RequestHead<'a>) -> Choice<'a> {
        self.as_ref().map(|source| source.choose(request)).into()
    }

    #[inline]
    fn choose_alone<'a>(&'a self, request: &RequestHead<'a>) -> Choice<'a> {
        match self {
            Some(source) => source.choose_alone(request),
            None => Choice::pass().by_target(),
        }
    }

    #[inline]
    fn lend<T>(&self, request: &RequestHead<'_>, then: impl FnOnce(Choice<'_>) -> T) -> T {
        match self {
            Some(source) => source.lend(request, then),
            None => then(Choice::pass().by_target()),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<P: PolicySource + ?Sized> PolicySource for Arc<P> {
    #[inline]
    fn choose<'a>(&'a self, request: &RequestHead<'a>) -> Choice<'a> {
        (**self).choose(request)
    }

    #[inline]
    fn choose_alone<'a>(&'a self, request: &RequestHead<'a>) -> Choice<'a> {
        (**self).choose_alone(request)
    }
}

/// A function: see [`CorsLayer::from_fn`](crate::CorsLayer::from_fn).
#[diagnostic::do_not_recommend]
impl<F, C> PolicySource for F
where
    F: Fn(&RequestHead<'_>) -> C,
    C: Into<Choice<'static>>,
{
    #[inline]
    fn choose<'a>(&'a self, request: &RequestHead<'a>) -> Choice<'a> {
        self(request).into()
    }
}
