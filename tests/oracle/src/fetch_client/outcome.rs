//! What a fetch comes to: what the script gets, and what reached the server.

use std::collections::BTreeMap;

use bytes::Bytes;

/// The end of one fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What the script gets.
    pub verdict: Verdict,
    /// Every request that reached the server, in order.
    pub log: Vec<Sent>,
}

impl Outcome {
    /// How many CORS-preflight requests reached the server.
    #[must_use]
    pub fn preflights(&self) -> usize {
        self.log.iter().filter(|sent| sent.preflight).count()
    }

    /// How many requests that are not preflights reached the server.
    #[must_use]
    pub fn others(&self) -> usize {
        self.log.len() - self.preflights()
    }
}

/// A request that reached the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Whether it was a CORS-preflight request.
    pub preflight: bool,
    /// Its method.
    pub method: String,
    /// Its URL.
    pub url: String,
}

/// What the script gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The promise resolves. An opaque response is one too, with status 0 and nothing in it.
    Readable {
        /// `Response.status`
        status: u16,
        /// `Response.type`
        response_type: ResponseType,
        /// What `Response.headers` iterates over: lower-case names, lines combined by `, `.
        headers: BTreeMap<String, String>,
        /// The body.
        body: Bytes,
        /// `Response.redirected`
        redirected: bool,
    },
    /// The promise rejects with a `TypeError`; scripts do not learn why.
    NetworkError(Refusal),
}

impl Verdict {
    /// Whether the promise resolves.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        matches!(self, Self::Readable { .. })
    }

    /// A header that the script can read, by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        match self {
            Self::Readable { headers, .. } => headers.get(name).map(String::as_str),
            Self::NetworkError(_) => None,
        }
    }

    /// Why the promise rejects.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Readable { .. } => None,
            Self::NetworkError(refusal) => Some(refusal),
        }
    }
}

/// A response's [type](https://fetch.spec.whatwg.org/#concept-response-type).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseType {
    /// Same origin.
    Basic,
    /// Passed the CORS check.
    Cors,
    /// Cross-origin with mode `no-cors`.
    Opaque,
}

/// Which check refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `fetch()` throws: a [forbidden method](https://fetch.spec.whatwg.org/#forbidden-method).
    ForbiddenMethod(String),
    /// `fetch()` throws: anything else that the `Request` constructor refuses.
    Unconstructible(String),
    /// Something that the standard lets a browser send and the `http` crate cannot carry.
    Unsendable(String),
    /// The CORS check on the preflight's response failed.
    PreflightCorsCheck(CorsFailure),
    /// The preflight's status is not an ok status.
    PreflightStatus(u16),
    /// A list of the preflight's response does not parse: the header's name.
    PreflightHeaderSyntax(&'static str),
    /// The preflight does not allow this method.
    MethodNotAllowed(String),
    /// The preflight does not allow this request header, lower case.
    HeaderNotAllowed(String),
    /// The CORS check on the response, a redirect's too, failed.
    ResponseCorsCheck(CorsFailure),
    /// A redirect could not be followed.
    Redirect(RedirectProblem),
}

/// Why a [CORS check](https://fetch.spec.whatwg.org/#concept-cors-check) failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorsFailure {
    /// No `Access-Control-Allow-Origin`.
    Missing,
    /// `Access-Control-Allow-Origin` is something else than the request's origin.
    Mismatch {
        /// What the response says.
        allowed: String,
        /// What the request said.
        origin: String,
    },
    /// `Access-Control-Allow-Origin` holds several values, in one line or more.
    SeveralValues(String),
    /// `*` with credentials mode `include`.
    WildcardWithCredentials,
    /// `Access-Control-Allow-Credentials` is not `true` with credentials mode `include`.
    CredentialsNotAllowed,
}

/// Why a redirect could not be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectProblem {
    /// `Location` is not a URL, or stands twice.
    BadLocation,
    /// The URL's scheme is neither `http` nor `https`.
    Scheme,
    /// The 21st redirect.
    TooMany,
    /// The URL includes credentials.
    UrlCredentials,
}
