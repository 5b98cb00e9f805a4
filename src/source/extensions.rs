//! [`FromExtensions`]: the policy that an earlier step left with the request.

use std::borrow::Cow;

use http::HeaderName;

use crate::policy::Policy;
use crate::request::RequestHead;
use crate::source::{Choice, PolicySource};

/// The [`Policy`] in the request's extensions, where a router or an asynchronous step has put it;
/// where there is none, the one that is named here.
///
/// What chooses by a request header puts a [`Choice`] there instead, which names the header for
/// `Vary`, and can say that the request is not the layer's. It comes before a [`Policy`].
///
/// ```
/// use http::Request;
/// use tower_cors::{CorsLayer, FromExtensions, Policy};
///
/// // A request for which nobody has chosen is refused.
/// let layer = CorsLayer::new(FromExtensions::or(Policy::deny_all()));
///
/// let mut request = Request::new(());
/// request.extensions_mut().insert(Policy::permissive());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FromExtensions<P>(P);

impl<P: PolicySource> FromExtensions<P> {
    /// Falls back on a policy, or on any other source.
    ///
    /// ```
    /// use tower_cors::{CorsLayer, FromExtensions, Policy};
    ///
    /// let layer = CorsLayer::new(FromExtensions::or(Policy::permissive()));
    /// ```
    pub fn or(fallback: P) -> Self {
        Self(fallback)
    }
}

impl<P: PolicySource> PolicySource for FromExtensions<P> {
    fn policy<'a>(&'a self, request: &RequestHead<'a>) -> Option<Cow<'a, Policy>> {
        self.choose(request).policy
    }

    fn vary(&self) -> Cow<'_, [HeaderName]> {
        self.0.vary()
    }

    fn choose<'a>(&'a self, request: &RequestHead<'a>) -> Choice<'a> {
        let extensions = request.extensions();
        if let Some(Choice { policy, vary }) = extensions.get::<Choice<'static>>() {
            let policy = policy.as_ref().map(|policy| Cow::Borrowed(&**policy));
            return Choice::new(policy, Cow::Borrowed(vary));
        }
        match extensions.get::<Policy>() {
            Some(policy) => Choice::new(Some(Cow::Borrowed(policy)), self.0.vary()),
            None => self.0.choose(request),
        }
    }
}
