//! [`PolicySource`]: which policy applies to a request.

use std::sync::Arc;

use crate::choice::Choice;
use crate::policy::Policy;
use crate::request::RequestHead;

pub(crate) mod extensions;
#[cfg(feature = "reload")]
pub(crate) mod reload;

/// Chooses the policy for each request: a [`Policy`] itself, a function, or your own type.
///
/// Choosing by `Origin` is safe: every response has `Vary: origin`, unless the choice declares
/// [`by_target`](Choice::by_target). A source that chooses by other headers names them with
/// [`Choice::vary`]. To treat a few origins differently, [`PolicyConfig::or`](crate::PolicyConfig::or) is
/// simpler.
///
/// ```
/// use http::HeaderName;
/// use tower_cors::{Choice, CorsLayer, Policy, PolicySource, RequestHead};
///
/// /// One policy for each tenant. The layer lets requests of unknown tenants pass.
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
/// For an asynchronous lookup, such as an origin in a database, add a middleware outside this layer. It
/// puts a policy into the request's extensions, where [`FromExtensions`](crate::FromExtensions) finds it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as a policy source",
    label = "not a policy source",
    note = "build a config first, and handle its errors: `CorsLayer::new(config.build()?)`",
    note = "the layer owns its source: pass a policy or a clone of it, not a reference",
    note = "a function takes one argument, `|request: &RequestHead<'_>|`, and returns a `Policy`, an `Option<Policy>` or a `Choice`: `CorsLayer::from_fn`"
)]
pub trait PolicySource {
    /// Returns the policy for this request, or none, and what the source looked at.
    ///
    /// The layer calls this once for each request, before it calls the inner service.
    fn choose<'a>(&'a self, request: &RequestHead<'a>) -> Choice<'a>;

    /// Returns the same as [`choose`](Self::choose), if no other source takes part. A policy then knows
    /// that it applies to every request.
    #[doc(hidden)]
    #[inline]
    fn choose_alone<'a>(&'a self, request: &RequestHead<'a>) -> Choice<'a> {
        self.choose(request)
    }

    /// Lends the choice to a function, so that `Reloadable` need not copy it. The layer calls this.
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

/// `None` lets every request pass.
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

/// Calls the function: see [`CorsLayer::from_fn`](crate::CorsLayer::from_fn).
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
