//! The mistakes that CORS layers make.

/// One way in which a server is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// `Vary: origin` is sent only where the request has an `Origin`.
    VaryOnlyWithOrigin,
    /// Every `OPTIONS` with an `Origin` is answered as a preflight.
    EveryOptionsSwallowed,
    /// The inner service's `Access-Control-Allow-Origin` stays beside the policy's.
    InnerGrantAppended,
    /// The inner service's CORS headers stay where the policy does not allow the origin.
    InnerGrantLeaked,
    /// Nothing is granted on 4xx and 5xx.
    NothingOnErrors,
    /// Nothing is granted on 304.
    NothingOn304,
    /// Nothing is granted on redirects.
    NothingOnRedirects,
    /// Actual requests of other origins get 403 and do not reach the inner service.
    UnknownOriginForbidden,
    /// Preflights carry no `Access-Control-Allow-Credentials`.
    NoCredentialsOnPreflight,
    /// `Access-Control-Allow-Methods` is written in lower case.
    LowerCaseMethods,
    /// `null` is allowed by every policy.
    NullAllowed,
    /// Every well-formed origin is allowed.
    AnyOriginReflected,
    /// `Access-Control-Allow-Origin` ends in a slash.
    TrailingSlash,
    /// `Access-Control-Expose-Headers` is never sent.
    NothingExposed,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 14] = [
        Self::VaryOnlyWithOrigin,
        Self::EveryOptionsSwallowed,
        Self::InnerGrantAppended,
        Self::InnerGrantLeaked,
        Self::NothingOnErrors,
        Self::NothingOn304,
        Self::NothingOnRedirects,
        Self::UnknownOriginForbidden,
        Self::NoCredentialsOnPreflight,
        Self::LowerCaseMethods,
        Self::NullAllowed,
        Self::AnyOriginReflected,
        Self::TrailingSlash,
        Self::NothingExposed,
    ];
}
