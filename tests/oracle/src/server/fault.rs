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
    /// A 304 or 206 without credentials does not say so.
    CredentialsUnsaid,
    /// Only a 304 or 206 says so, in a chain whose other configs give credentials.
    CredentialsUnsaidOn200,
    /// A 304 or 206 that exposes nothing does not say so.
    ExposureUnsaid,
    /// A 304 or 206 to an origin that is not allowed does not say so.
    DenialUnsaid,
    /// `Vary` is the same with cookies and without.
    CookiesUnvaried,
    /// `Vary` names `cookie` in place of `*`.
    CookiesNamed,
    /// `Vary` names `cookie` alone where there is no `Origin`.
    CookiesWithoutOrigin,
    /// `Vary` is the same with `Set-Cookie` and without.
    SetCookieUnvaried,
    /// `Vary` is the same with `Authorization` and without.
    AuthorizationUnvaried,
    /// What the service calls public is not taken for it.
    PublicUnheard,
    /// `Vary` has a line of its own for `origin`.
    VaryInLines,
}

impl Fault {
    /// Those that one response shows.
    pub const OF_RESPONSES: [Self; 14] = [
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

    /// Those that only a cache shows, by what it combines.
    pub const OF_CACHES: [Self; 11] = [
        Self::CredentialsUnsaid,
        Self::CredentialsUnsaidOn200,
        Self::ExposureUnsaid,
        Self::DenialUnsaid,
        Self::CookiesUnvaried,
        Self::CookiesNamed,
        Self::CookiesWithoutOrigin,
        Self::SetCookieUnvaried,
        Self::AuthorizationUnvaried,
        Self::PublicUnheard,
        Self::VaryInLines,
    ];
}
