//! [`PolicyConfig`]: what a user writes, as plain data.

use std::collections::VecDeque;
use std::time::Duration;

use http::StatusCode;

use crate::config::place::{Field, Place};

pub(crate) mod check;
pub(crate) mod error;
#[cfg(feature = "serde")]
mod form;
mod kinds;
pub(crate) mod lint;
pub(crate) mod list;
pub(crate) mod place;

/// Holds a policy as a user writes it: plain data, not validated yet.
///
/// The setters have the names of the fields. Setters of lists append, and the others replace.
/// [`build`](Self::build) validates the config and returns the [`Policy`](crate::Policy), or every
/// error at once.
///
/// With feature `serde` it is read from and written to files, with its fields in camelCase.
/// snake_case is read too, a single text is read as a list of one entry, and `or` is one config or a
/// list of them. Quote `"*"` and `"null"` in YAML. Unknown fields are errors, unless the config is
/// read with `#[serde(flatten)]`: serde drops them then, so give it a field of its own.
///
/// ```
/// use std::time::Duration;
/// use tower_cors::Policy;
///
/// let config = Policy::builder()
///     .allow_origins(["https://app.example.com", "https://*.example.org"])
///     .allow_methods(["PUT", "DELETE"])
///     .allow_headers(["authorization", "content-type"])
///     .allow_credentials(true)
///     .max_age(Duration::from_secs(600));
/// assert_eq!(config.allow_origins[1], "https://*.example.org");
/// let policy = config.build()?;
/// # Ok::<(), tower_cors::ConfigErrors>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "a config does nothing until it is built"]
pub struct PolicyConfig {
    /// Lists the origins whose pages may read responses, as [`OriginPattern`](crate::OriginPattern)s.
    pub allow_origins: Vec<String>,
    /// Lists the methods that pages may use, or `*`. GET, HEAD and POST are always allowed.
    ///
    /// Methods are case-sensitive. The layer sends them as `Access-Control-Allow-Methods`.
    pub allow_methods: Vec<String>,
    /// Lists the request headers that scripts may set, or `*`, which means all except `authorization`.
    ///
    /// The layer sends them as `Access-Control-Allow-Headers`.
    pub allow_headers: Vec<String>,
    /// Says whether requests may carry cookies, client certificates and HTTP authentication.
    ///
    /// The layer sends it as `Access-Control-Allow-Credentials`.
    pub allow_credentials: bool,
    /// Lists the response headers that scripts may read in addition to the CORS-safelisted ones, or `*`.
    ///
    /// The layer sends them as `Access-Control-Expose-Headers`.
    pub expose_headers: Vec<String>,
    /// Says how long a browser may keep a preflight's answer, in whole seconds.
    ///
    /// The layer sends it as `Access-Control-Max-Age`. Without it, browsers keep the answer for 5 seconds.
    pub max_age: Option<Duration>,
    /// Sets the status of the answer to a preflight of an allowed origin, 200 to 299. Default: 204.
    pub preflight_status: Option<u16>,
    /// Sets the status of the answer to a preflight of any other origin, 200 to 299 or 400 to 499.
    /// Default: 403.
    pub denied_status: Option<u16>,
    /// Says what the layer does with CORS response headers that the inner service sets.
    pub inner_headers: InnerHeaders,
    /// Makes the layer answer an `OPTIONS` request without `Access-Control-Request-Method` like a
    /// preflight, if its origin is allowed. Default: false, so that it reaches the inner service.
    pub answer_every_options: bool,
    /// Makes `*` in [`allow_headers`](Self#structfield.allow_headers) include `authorization`. Default:
    /// false, as in the Fetch standard. This is for gateways whose manifests mean it so.
    pub wildcard_includes_authorization: bool,
    /// Accepts `*`, `https://*` and `https://*.com` together with credentials. Every website, or every
    /// one under a top-level domain, can then act as the user who visits it.
    pub dangerously_reflect_any_origin: bool,
    /// Accepts `http` origins together with credentials. Anyone on the user's network can then act as
    /// the user. Loopback origins are accepted without it.
    pub dangerously_allow_insecure_origins: bool,
    /// The configs after this one, in order. None of them has later ones itself, so nothing that
    /// walks a chain recurses.
    later: VecDeque<PolicyConfig>,
}

/// Says what the layer does with CORS response headers that the inner service sets.
///
/// ```
/// use http::{HeaderMap, Request, StatusCode};
/// use tower_cors::{InnerHeaders, Policy, RequestHead};
///
/// let config = Policy::builder().allow_origins(["https://app.example.com"]);
/// let mut headers = HeaderMap::new();
/// headers.insert("access-control-allow-origin", "https://partner.example".parse()?);
///
/// let request = Request::get("/").header("origin", "https://partner.example").body(())?;
/// let head = RequestHead::from(&request);
/// let keep = config.clone().inner_headers(InnerHeaders::Keep).build()?;
/// keep.decide(&head).edits().apply(StatusCode::OK, &mut headers);
/// assert!(headers.contains_key("access-control-allow-origin"));
///
/// let strip = config.build()?;
/// strip.decide(&head).edits().apply(StatusCode::OK, &mut headers);
/// assert!(!headers.contains_key("access-control-allow-origin"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InnerHeaders {
    /// The layer removes them: the policy is the only authority.
    #[default]
    Strip,
    /// A response that has `Access-Control-Allow-Origin` keeps all of them and gets none of the
    /// policy's, whatever the origin, so the inner service can open what the policy keeps closed. The
    /// layer treats any other response as with `Strip`, and answers preflights by the policy.
    Keep,
}

impl PolicyConfig {
    /// Appends to [`allow_origins`](Self#structfield.allow_origins).
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let policy = Policy::builder()
    ///     .allow_origins(["https://example.com", "https://*.example.com", "http://localhost:*"])
    ///     .build()?;
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    ///
    /// From an environment variable such as `ALLOWED_ORIGINS=https://a.example,https://b.example`:
    ///
    /// ```
    /// use tower_cors::Policy;
    ///
    /// fn policy() -> Result<Policy, Box<dyn std::error::Error>> {
    ///     let origins = std::env::var("ALLOWED_ORIGINS")?;
    ///     Ok(Policy::builder().allow_origins(origins.split(',').map(str::trim)).build()?)
    /// }
    /// # assert!(policy().unwrap_err().is::<std::env::VarError>());
    /// ```
    pub fn allow_origins<I: IntoIterator<Item: AsRef<str>>>(mut self, origins: I) -> Self {
        append(&mut self.allow_origins, origins);
        self
    }

    /// Appends to [`allow_methods`](Self#structfield.allow_methods).
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let local = Policy::builder().allow_origins(["http://localhost:3000"]);
    /// let policy = local.allow_methods([http::Method::PUT, http::Method::PATCH]).build()?;
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn allow_methods<I: IntoIterator<Item: AsRef<str>>>(mut self, methods: I) -> Self {
        append(&mut self.allow_methods, methods);
        self
    }

    /// Appends to [`allow_headers`](Self#structfield.allow_headers).
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let local = Policy::builder().allow_origins(["http://localhost:3000"]);
    /// let policy = local.allow_headers(["authorization", "content-type"]).build()?;
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn allow_headers<I: IntoIterator<Item: AsRef<str>>>(mut self, names: I) -> Self {
        append(&mut self.allow_headers, names);
        self
    }

    /// Sets [`allow_credentials`](Self#structfield.allow_credentials).
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let local = Policy::builder().allow_origins(["http://localhost:3000"]);
    /// let policy = local.allow_credentials(true).build()?;
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn allow_credentials(mut self, allow: bool) -> Self {
        self.allow_credentials = allow;
        self
    }

    /// Appends to [`expose_headers`](Self#structfield.expose_headers).
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let local = Policy::builder().allow_origins(["http://localhost:3000"]);
    /// let policy = local.expose_headers([http::header::ETAG]).build()?;
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn expose_headers<I: IntoIterator<Item: AsRef<str>>>(mut self, names: I) -> Self {
        append(&mut self.expose_headers, names);
        self
    }

    /// Sets [`max_age`](Self#structfield.max_age).
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let local = Policy::builder().allow_origins(["http://localhost:3000"]);
    /// let policy = local.max_age(std::time::Duration::from_secs(3600)).build()?;
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Sets [`preflight_status`](Self#structfield.preflight_status).
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let local = Policy::builder().allow_origins(["http://localhost:3000"]);
    /// let policy = local.preflight_status(http::StatusCode::OK).build()?;
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn preflight_status(mut self, status: StatusCode) -> Self {
        self.preflight_status = Some(status.as_u16());
        self
    }

    /// Sets [`denied_status`](Self#structfield.denied_status).
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let local = Policy::builder().allow_origins(["http://localhost:3000"]);
    /// let policy = local.denied_status(http::StatusCode::OK).build()?;
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn denied_status(mut self, status: StatusCode) -> Self {
        self.denied_status = Some(status.as_u16());
        self
    }

    /// Sets [`inner_headers`](Self#structfield.inner_headers).
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// use tower_cors::InnerHeaders;
    ///
    /// let local = Policy::builder().allow_origins(["http://localhost:3000"]);
    /// let policy = local.inner_headers(InnerHeaders::Keep).build()?;
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn inner_headers(mut self, inner: InnerHeaders) -> Self {
        self.inner_headers = inner;
        self
    }

    /// Sets [`answer_every_options`](Self#structfield.answer_every_options).
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let local = Policy::builder().allow_origins(["http://localhost:3000"]);
    /// let policy = local.answer_every_options(true).build()?;
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn answer_every_options(mut self, answer: bool) -> Self {
        self.answer_every_options = answer;
        self
    }

    /// Sets [`wildcard_includes_authorization`](Self#structfield.wildcard_includes_authorization):
    /// for gateways, whose manifests have no other way to say it. Without credentials `*` is sent
    /// unless `authorization` is asked for; else, and always with credentials, the requested names.
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let any = Policy::builder().allow_origins(["*"]).allow_headers(["*"]);
    /// let policy = any.wildcard_includes_authorization(true).build()?;
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn wildcard_includes_authorization(mut self, includes: bool) -> Self {
        self.wildcard_includes_authorization = includes;
        self
    }

    /// Sets [`dangerously_reflect_any_origin`](Self#structfield.dangerously_reflect_any_origin).
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let any = Policy::builder().allow_origins(["*"]).allow_credentials(true);
    /// assert!(any.clone().build().is_err());
    /// let policy = any.dangerously_reflect_any_origin(true).build()?;
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn dangerously_reflect_any_origin(mut self, reflect: bool) -> Self {
        self.dangerously_reflect_any_origin = reflect;
        self
    }

    /// Sets
    /// [`dangerously_allow_insecure_origins`](Self#structfield.dangerously_allow_insecure_origins).
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let intranet = Policy::builder().allow_origins(["http://wiki.corp"]).allow_credentials(true);
    /// assert!(intranet.clone().build().is_err());
    /// let policy = intranet.dangerously_allow_insecure_origins(true).build()?;
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn dangerously_allow_insecure_origins(mut self, allow: bool) -> Self {
        self.dangerously_allow_insecure_origins = allow;
        self
    }

    /// Appends a config, with those chained to it, for origins that no earlier config allows.
    ///
    /// The first config that allows the origin decides everything about the request. When none
    /// does, the first of the chain gives the statuses, the inner-header mode and
    /// `answer_every_options`.
    ///
    /// The configs are tried one after the other: use this for a few kinds of origins, and a
    /// [`PolicySource`](crate::PolicySource) for many policies.
    ///
    /// ```
    /// use tower_cors::Policy;
    ///
    /// // Credentials for our own application, anonymous access for everybody else.
    /// let policy = Policy::builder()
    ///     .allow_origins(["https://app.example.com"])
    ///     .allow_credentials(true)
    ///     .or(Policy::builder().allow_origins(["*"]))
    ///     .build()?;
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn or(mut self, mut next: PolicyConfig) -> Self {
        let mut later = std::mem::take(&mut next.later);
        later.push_front(next);
        // A chain that is built from its end is not moved for each config in front.
        match self.later.is_empty() {
            true => self.later = later,
            false => self.later.append(&mut later),
        }
        self
    }

    /// Returns this config and those that [`or`](Self::or) appended, in the order in which they are
    /// tried.
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let app = Policy::builder().allow_origins(["https://app.example.com"]);
    /// let chain = app.or(Policy::builder().allow_origins(["*"]));
    /// let origins: Vec<_> = chain.chain().map(|config| &config.allow_origins[0]).collect();
    /// assert_eq!(origins, ["https://app.example.com", "*"]);
    /// ```
    pub fn chain(&self) -> impl Iterator<Item = &PolicyConfig> {
        std::iter::once(self).chain(&self.later)
    }

    /// The list at a place; none where there is no such list.
    pub(crate) fn list_mut(&mut self, place: Place) -> Option<&mut Vec<String>> {
        let link = self.link_mut(place.depth)?;
        match place.field {
            Field::AllowOrigins => Some(&mut link.allow_origins),
            Field::AllowMethods => Some(&mut link.allow_methods),
            Field::AllowHeaders => Some(&mut link.allow_headers),
            _ => None,
        }
    }

    /// The switch at a place; none where there is no such switch.
    pub(crate) fn switch_mut(&mut self, place: Place) -> Option<&mut bool> {
        let link = self.link_mut(place.depth)?;
        match place.field {
            Field::AllowCredentials => Some(&mut link.allow_credentials),
            Field::DangerouslyAllowInsecureOrigins => {
                Some(&mut link.dangerously_allow_insecure_origins)
            }
            _ => None,
        }
    }

    /// The config at this depth of the chain.
    fn link_mut(&mut self, depth: usize) -> Option<&mut PolicyConfig> {
        match depth.checked_sub(1) {
            None => Some(self),
            Some(later) => self.later.get_mut(later),
        }
    }

    /// The config at this depth of the chain, without those after it.
    pub(crate) fn link(&self, depth: usize) -> Option<PolicyConfig> {
        let link = self.chain().nth(depth)?;
        Some(PolicyConfig { later: VecDeque::new(), ..link.clone() })
    }
}

fn append(list: &mut Vec<String>, items: impl IntoIterator<Item: AsRef<str>>) {
    list.extend(items.into_iter().map(|item| item.as_ref().to_owned()));
}
