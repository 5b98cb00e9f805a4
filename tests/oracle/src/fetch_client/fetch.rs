//! What a script asks for.

/// One call of `fetch()` by a script of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// The page's origin, serialized: `https://a.example`, or `null` for an opaque one.
    pub origin: String,
    /// The URL, absolute.
    pub url: String,
    /// The method as the script wrote it.
    pub method: String,
    /// The headers as the script appended them, in order.
    pub headers: Vec<(String, String)>,
    /// The [mode](https://fetch.spec.whatwg.org/#concept-request-mode).
    pub mode: Mode,
    /// The [credentials mode](https://fetch.spec.whatwg.org/#concept-request-credentials-mode).
    pub credentials: Credentials,
    /// The [cache mode](https://fetch.spec.whatwg.org/#concept-request-cache-mode).
    pub cache: Cache,
    /// The body, a string.
    pub body: Option<String>,
}

/// A request's [cache mode](https://fetch.spec.whatwg.org/#concept-request-cache-mode).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cache {
    /// `default`
    #[default]
    Default,
    /// `no-cache`
    NoCache,
    /// `reload`
    Reload,
}

/// A request's [mode](https://fetch.spec.whatwg.org/#concept-request-mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `cors`, the default of `fetch()`.
    Cors,
    /// `no-cors`, what an `<img>` or a `<script>` uses.
    NoCors,
}

/// A request's [credentials mode](https://fetch.spec.whatwg.org/#concept-request-credentials-mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// `omit`
    Omit,
    /// `same-origin`, the default of `fetch()`.
    SameOrigin,
    /// `include`
    Include,
}

impl Fetch {
    /// `fetch(url)` on a page of `origin`: `GET`, `cors`, `same-origin`, no headers, no body.
    #[must_use]
    pub fn new(origin: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            origin: origin.into(),
            url: url.into(),
            method: "GET".to_owned(),
            headers: Vec::new(),
            mode: Mode::Cors,
            credentials: Credentials::SameOrigin,
            cache: Cache::Default,
            body: None,
        }
    }

    /// Sets the method.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = method.into();
        self
    }

    /// Appends a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the mode.
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Sets the credentials mode.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// Sets the cache mode.
    #[must_use]
    pub fn cache(mut self, cache: Cache) -> Self {
        self.cache = cache;
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }
}
