//! [`RequestHead`]: the parts of a request that CORS reads, and what kind of request it is.

use std::fmt;

use http::header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN};
use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};

use crate::fetch::is_token;
use crate::origin::{Origin, default_port, split_port};

/// The most bytes of `Access-Control-Request-Headers` that are read, over all its lines.
pub(crate) const MAX_REQUESTED_HEADERS: usize = 4096;

/// Borrows the method, URI, headers and extensions of a request.
///
/// ```
/// use http::{Method, Request};
/// use tower_cors::RequestHead;
///
/// let request = Request::get("https://api.example.com/").header("origin", "https://a.example");
/// let request = request.body(())?;
/// let head = RequestHead::from(&request);
/// assert_eq!(head.method(), Method::GET);
/// assert_eq!(head.origin().unwrap().host(), "a.example");
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    method: &'a Method,
    uri: &'a Uri,
    headers: &'a HeaderMap,
    extensions: &'a Extensions,
}

impl<'a> RequestHead<'a> {
    /// Creates a head from its parts, for servers and gateways that have no [`Request`].
    ///
    /// ```
    /// use http::{Extensions, HeaderMap, Method, Uri};
    /// use tower_cors::RequestHead;
    ///
    /// let (method, uri) = (Method::GET, Uri::from_static("/item"));
    /// let (headers, extensions) = (HeaderMap::new(), Extensions::new());
    /// let head = RequestHead::new(&method, &uri, &headers, &extensions);
    /// assert!(head.origin().is_none());
    /// ```
    #[inline]
    pub fn new(
        method: &'a Method,
        uri: &'a Uri,
        headers: &'a HeaderMap,
        extensions: &'a Extensions,
    ) -> Self {
        Self { method, uri, headers, extensions }
    }

    /// Returns the request's method.
    ///
    /// ```
    /// # use tower_cors::RequestHead;
    /// let request = http::Request::delete("/item").body(())?;
    /// assert_eq!(RequestHead::from(&request).method(), http::Method::DELETE);
    /// # Ok::<(), http::Error>(())
    /// ```
    #[inline]
    pub fn method(&self) -> &'a Method {
        self.method
    }

    /// Returns the request's target.
    ///
    /// ```
    /// # use tower_cors::RequestHead;
    /// let request = http::Request::get("/item?id=1").body(())?;
    /// assert_eq!(RequestHead::from(&request).uri().path(), "/item");
    /// # Ok::<(), http::Error>(())
    /// ```
    #[inline]
    pub fn uri(&self) -> &'a Uri {
        self.uri
    }

    /// Returns the request's headers.
    ///
    /// ```
    /// # use tower_cors::RequestHead;
    /// let request = http::Request::get("/").header("x-tenant", "blue").body(())?;
    /// assert_eq!(RequestHead::from(&request).headers()["x-tenant"], "blue");
    /// # Ok::<(), http::Error>(())
    /// ```
    #[inline]
    pub fn headers(&self) -> &'a HeaderMap {
        self.headers
    }

    /// Returns the extensions, which earlier middleware and routers may have added.
    ///
    /// ```
    /// # use tower_cors::RequestHead;
    /// let request = http::Request::get("/").extension("blue").body(())?;
    /// assert_eq!(RequestHead::from(&request).extensions().get(), Some(&"blue"));
    /// # Ok::<(), http::Error>(())
    /// ```
    #[inline]
    pub fn extensions(&self) -> &'a Extensions {
        self.extensions
    }

    /// Returns the origin, if the request has exactly one `Origin` header and it is well-formed. `null`
    /// is not.
    ///
    /// ```
    /// # use tower_cors::RequestHead;
    /// let request = http::Request::get("/").header("origin", "https://a.example:8443").body(())?;
    /// assert_eq!(RequestHead::from(&request).origin().unwrap().port(), Some(8443));
    ///
    /// let request = http::Request::get("/").header("origin", "null").body(())?;
    /// assert!(RequestHead::from(&request).origin().is_none());
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn origin(&self) -> Option<Origin<'a>> {
        match self.origin_header() {
            OriginHeader::One(value) => Origin::parse(value),
            OriginHeader::Absent | OriginHeader::Several => None,
        }
    }

    /// Returns whether this is a CORS-preflight request: `OPTIONS` with `Origin` and
    /// `Access-Control-Request-Method`.
    ///
    /// ```
    /// use tower_cors::RequestHead;
    ///
    /// let preflight = http::Request::options("/")
    ///     .header("origin", "https://a.example")
    ///     .header("access-control-request-method", "PUT")
    ///     .body(())?;
    /// assert!(RequestHead::from(&preflight).is_preflight());
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn is_preflight(&self) -> bool {
        self.kind(self.origin_header()) == RequestKind::Preflight
    }

    #[inline]
    pub(crate) fn origin_header(&self) -> OriginHeader<'a> {
        // A place of its own, so that the name is not copied for every request.
        static NAME: HeaderName = ORIGIN;
        let mut lines = self.headers.get_all(&NAME).iter();
        match (lines.next(), lines.next()) {
            (None, _) => OriginHeader::Absent,
            (Some(value), None) => OriginHeader::One(value),
            (Some(_), Some(_)) => OriginHeader::Several,
        }
    }

    /// What the request is: <https://fetch.spec.whatwg.org/#cors-preflight-request>.
    #[inline]
    pub(crate) fn kind(&self, origin: OriginHeader<'_>) -> RequestKind {
        if matches!(origin, OriginHeader::Absent) {
            RequestKind::NotCors
        } else if self.method == Method::OPTIONS
            && self.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
        {
            RequestKind::Preflight
        } else {
            RequestKind::Actual
        }
    }

    /// Returns the method that a preflight asks for, if `Access-Control-Request-Method` is one token.
    ///
    /// ```
    /// # use tower_cors::RequestHead;
    /// let preflight = http::Request::options("/")
    ///     .header("access-control-request-method", "PUT")
    ///     .body(())?;
    /// assert_eq!(RequestHead::from(&preflight).requested_method(), Some("PUT"));
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn requested_method(&self) -> Option<&'a str> {
        self.requested_method_value()?.to_str().ok()
    }

    /// Returns the header names that a preflight asks for, from all lines of
    /// `Access-Control-Request-Headers`.
    ///
    /// They have the request's order and case, and need not be valid header names. Returns `None` if the
    /// lines are over 4,096 bytes long.
    ///
    /// ```
    /// # use tower_cors::RequestHead;
    /// let preflight = http::Request::options("/")
    ///     .header("access-control-request-headers", "x-a, X-B")
    ///     .body(())?;
    /// let names: Vec<_> = RequestHead::from(&preflight).requested_headers().unwrap().collect();
    /// assert_eq!(names, [b"x-a", b"X-B"]);
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn requested_headers(&self) -> Option<impl Iterator<Item = &'a [u8]> + use<'a>> {
        self.requested_header_lines().map(RequestedHeaders::into_names)
    }

    pub(crate) fn requested_method_value(&self) -> Option<&'a HeaderValue> {
        let mut lines = self.headers.get_all(ACCESS_CONTROL_REQUEST_METHOD).iter();
        match (lines.next(), lines.next()) {
            (Some(method), None) if is_token(method.as_bytes()) => Some(method),
            _ => None,
        }
    }

    /// The lines of `Access-Control-Request-Headers`, or `None` when they hold too much.
    pub(crate) fn requested_header_lines(&self) -> Option<RequestedHeaders<'a>> {
        let lines = self.headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS);
        let mut length = 0;
        for (index, line) in lines.iter().enumerate() {
            length += line.len();
            // Empty lines are bounded as well.
            if length.max(index) > MAX_REQUESTED_HEADERS {
                return None;
            }
        }
        Some(RequestedHeaders { lines, length })
    }

    /// Whether the origin is the host and port that the request was sent to. Its scheme cannot be
    /// seen here, so this is a likely same-origin request and not a certain one.
    pub(crate) fn is_to(&self, origin: &Origin<'_>) -> bool {
        let host = self.headers.get(HOST).and_then(|host| host.to_str().ok());
        // HTTP/2 sends the host as part of the target.
        let target = self.uri.authority().map(|authority| authority.as_str());
        host.or(target).is_some_and(|authority| {
            let (host, port) = split_port(authority);
            let port = port.map(str::parse::<u16>).transpose();
            let default = default_port(origin.scheme());
            host.eq_ignore_ascii_case(origin.host())
                && port.is_ok_and(|port| port.or(default) == origin.port().or(default))
        })
    }
}

impl<'a, B> From<&'a Request<B>> for RequestHead<'a> {
    #[inline]
    fn from(request: &'a Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            headers: request.headers(),
            extensions: request.extensions(),
        }
    }
}

impl<'a> From<&'a Parts> for RequestHead<'a> {
    fn from(parts: &'a Parts) -> Self {
        Self {
            method: &parts.method,
            uri: &parts.uri,
            headers: &parts.headers,
            extensions: &parts.extensions,
        }
    }
}

/// Says what a request is in the CORS protocol.
///
/// ```
/// use tower_cors::{Policy, RequestHead, RequestKind};
///
/// let request = http::Request::options("/").header("origin", "https://a.example").body(())?;
/// let (policy, head) = (Policy::permissive(), RequestHead::from(&request));
/// // Without `Access-Control-Request-Method` it is not a preflight.
/// assert_eq!(policy.decide(&head).kind(), RequestKind::Actual);
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestKind {
    /// The request has no `Origin` header.
    NotCors,
    /// The request is a CORS-preflight request: `OPTIONS` with `Origin` and
    /// `Access-Control-Request-Method`. It never reaches the inner service.
    Preflight,
    /// The request is any other with `Origin`. It reaches the inner service.
    Actual,
}

impl RequestKind {
    /// Returns what `Display` prints, for the label of a counter.
    ///
    /// ```
    /// assert_eq!(tower_cors::RequestKind::Preflight.as_str(), "preflight");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotCors => "not CORS",
            Self::Preflight => "preflight",
            Self::Actual => "actual",
        }
    }
}

impl fmt::Display for RequestKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The lines of a request's `Origin` header.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OriginHeader<'a> {
    Absent,
    One(&'a HeaderValue),
    Several,
}

impl<'a> OriginHeader<'a> {
    /// The one line.
    pub(crate) fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Self::One(value) => Some(value.as_bytes()),
            Self::Absent | Self::Several => None,
        }
    }
}

/// `Access-Control-Request-Headers`, within its bound.
pub(crate) struct RequestedHeaders<'a> {
    lines: http::header::GetAll<'a, HeaderValue>,
    length: usize,
}

impl<'a> RequestedHeaders<'a> {
    /// The bytes of all lines.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// The line, when there is one only.
    pub(crate) fn one_line(&self) -> Option<&'a HeaderValue> {
        let mut lines = self.lines.iter();
        lines.next().filter(|_| lines.next().is_none())
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &'a [u8]> {
        self.lines.iter().map(HeaderValue::as_bytes)
    }

    /// The elements of all lines, less the empty ones and the white space around them. They can be
    /// anything else: <https://httpwg.org/specs/rfc9110.html#abnf.extension.recipient>.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a [u8]> {
        self.lines().flat_map(Elements)
    }

    fn into_names(self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.lines.into_iter().map(HeaderValue::as_bytes).flat_map(Elements)
    }
}

/// The elements of what is left of a line.
pub(crate) struct Elements<'a>(pub(crate) &'a [u8]);

impl Elements<'_> {
    pub(crate) fn skip_empty(&mut self) {
        while let [b',' | b' ' | b'\t', rest @ ..] = self.0 {
            self.0 = rest;
        }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.skip_empty();
        let end = self.0.iter().position(|&byte| byte == b',').unwrap_or(self.0.len());
        let (name, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(name.trim_ascii_end()).filter(|name| !name.is_empty())
    }
}
