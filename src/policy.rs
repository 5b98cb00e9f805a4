//! [`Policy`]: a chain of rules, compiled from checked lists.

use std::fmt;
use std::sync::Arc;

use http::StatusCode;

use crate::config::PolicyConfig;
use crate::config::check::{Checked, check};
use crate::config::error::ConfigErrors;
use crate::config::lint::{Lint, lint};
use crate::policy::rule::Rule;
use crate::request::OriginHeader;

mod names;
pub(crate) mod rule;

/// Holds a validated, immutable CORS policy. Cloning it increments one counter.
///
/// ```
/// use tower_cors::Policy;
///
/// let policy = Policy::builder().allow_origins(["https://app.example.com"]).build()?;
/// assert_eq!(policy.config().unwrap().allow_origins, ["https://app.example.com"]);
/// # Ok::<(), tower_cors::ConfigErrors>(())
/// ```
#[derive(Clone)]
pub struct Policy(Arc<Compiled>);

struct Compiled {
    first: Rule,
    rest: Box<[Rule]>,
    /// Whether every request is answered alike, the origin unread: `*` without credentials.
    constant: bool,
    /// Whether what is answered depends on the origin.
    varies: bool,
    /// Whether some origin may be given credentials.
    gives_credentials: bool,
    source: Source,
}

/// What a policy was made of.
pub(crate) enum Source {
    Config(PolicyConfig),
    DenyAll,
}

impl Policy {
    /// Creates an empty config. Add what you allow, then call [`build`](PolicyConfig::build).
    ///
    /// ```
    /// let config = tower_cors::Policy::builder().allow_origins(["https://app.example.com"]);
    /// assert_eq!(config.allow_origins, ["https://app.example.com"]);
    /// ```
    pub fn builder() -> PolicyConfig {
        PolicyConfig::default()
    }

    /// Creates a policy that allows no origin.
    ///
    /// The layer answers preflights with 403, and removes the CORS headers of the inner service. It adds no
    /// `Vary`, since every origin gets the same.
    ///
    /// ```
    /// assert!(tower_cors::Policy::deny_all().config().is_none());
    /// ```
    pub fn deny_all() -> Self {
        Self::deny_all_with(Checked::default().denied_status)
    }

    /// Creates a policy that allows no origin, and answers preflights with this status.
    ///
    /// ```
    /// use http::StatusCode;
    /// use tower_cors::{Policy, RequestHead};
    ///
    /// let preflight = http::Request::options("/")
    ///     .header("origin", "https://app.example.com")
    ///     .header("access-control-request-method", "PUT")
    ///     .body(())?;
    /// let (policy, head) = (Policy::deny_all_with(StatusCode::OK), RequestHead::from(&preflight));
    /// assert_eq!(policy.decide(&head).answer::<String>().unwrap().status(), StatusCode::OK);
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn deny_all_with(denied_status: StatusCode) -> Self {
        let checked = Checked { denied_status, ..Checked::default() };
        Self::compile(checked, Vec::new(), Source::DenyAll)
    }

    /// Creates a policy that allows any origin, method and header, and exposes all response headers.
    ///
    /// It does not allow credentials or the `authorization` header, and has no max-age. Use it for public
    /// APIs without users, and for development.
    ///
    /// ```
    /// let policy = tower_cors::Policy::permissive();
    /// assert_eq!(policy.config().unwrap().allow_origins, ["*"]);
    /// ```
    pub fn permissive() -> Self {
        let config = Self::builder()
            .allow_origins(["*"])
            .allow_methods(["*"])
            .allow_headers(["*"])
            .expose_headers(["*"]);
        config.build().unwrap_or_else(|_| Self::deny_all())
    }

    /// Returns the config that the policy was built from, including its chain.
    ///
    /// Building it again gives an equal policy. Returns `None` for [`deny_all`](Self::deny_all), which has
    /// no config.
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let policy = Policy::builder().allow_origins(["https://app.example.com"]).build()?;
    /// let again = policy.config().cloned().unwrap().build()?;
    /// assert_eq!(policy, again);
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn config(&self) -> Option<&PolicyConfig> {
        match &self.0.source {
            Source::Config(config) => Some(config),
            Source::DenyAll => None,
        }
    }

    /// Returns warnings about settings that work but are probably not intended.
    ///
    /// Check them in a test or at startup. Every call searches again, in time linear in the size of the
    /// config.
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let policy = Policy::builder().allow_origins(["*"]).allow_methods(["GET"]).build()?;
    /// let lints: Vec<String> = policy.lints().iter().map(ToString::to_string).collect();
    /// assert_eq!(lints, [
    ///     r#"allowMethods[0]: "GET" is always allowed, because it is CORS-safelisted; remove it"#
    /// ]);
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn lints(&self) -> Vec<Lint> {
        let configs = self.config().into_iter().flat_map(PolicyConfig::chain);
        lint(configs.zip(self.rules().map(|rule| &rule.checked.origins[..])))
    }

    /// Whether it is [`deny_all`](Self::deny_all), with whatever status.
    pub(crate) fn denies_all(&self) -> bool {
        matches!(self.0.source, Source::DenyAll)
    }

    pub(crate) fn compile(first: Checked, rest: Vec<Checked>, source: Source) -> Self {
        let first = Rule::new(first);
        let rest: Box<[Rule]> = rest.into_iter().map(Rule::new).collect();
        let constant = first.open && rest.is_empty();
        let none = first.checked.origins.is_empty() && rest.is_empty();
        let mut rules = std::iter::once(&first).chain(&rest);
        let gives_credentials = rules.any(|rule| rule.checked.credentials);
        let varies = !(constant || none);
        Self(Arc::new(Compiled { first, rest, constant, varies, gives_credentials, source }))
    }

    /// The rule that decides where none allows the origin.
    #[inline]
    pub(crate) fn first(&self) -> &Rule {
        &self.0.first
    }

    pub(crate) fn rules(&self) -> impl Iterator<Item = &Rule> {
        std::iter::once(&self.0.first).chain(&self.0.rest)
    }

    /// The rule that answers every request alike, or the first that allows the origin.
    #[inline(always)]
    pub(crate) fn rule_for(&self, origin: OriginHeader<'_>) -> Option<&Rule> {
        if self.0.constant || self.0.first.allows(origin) {
            return Some(&self.0.first);
        }
        if self.0.rest.is_empty() { None } else { self.later_rule_for(origin) }
    }

    /// Not with the rest: most policies are one rule.
    #[inline(never)]
    fn later_rule_for(&self, origin: OriginHeader<'_>) -> Option<&Rule> {
        self.0.rest.iter().find(|rule| rule.allows(origin))
    }

    /// Whether what is answered depends on the origin.
    #[inline]
    pub(crate) fn varies(&self) -> bool {
        self.0.varies
    }

    /// Whether some origin may be given credentials.
    #[inline]
    pub(crate) fn gives_credentials(&self) -> bool {
        self.0.gives_credentials
    }
}

impl PolicyConfig {
    /// Validates the config and compiles it into a [`Policy`].
    ///
    /// # Errors
    ///
    /// Returns all errors at once. [Errors and lints](crate::guides::lints) has an example of each:
    ///
    /// - no origin, or one that is not an [`OriginPattern`](crate::OriginPattern);
    /// - `*` in a list with other entries;
    /// - with credentials: any origin, any under a top-level domain, `null`, or `http` (the `dangerously_`
    ///   setters allow some of these);
    /// - an invalid method or header name, or a method such as `get` that browsers send in upper case;
    /// - a max-age that is not whole seconds, or over `i32::MAX` of them;
    /// - a status outside its range.
    ///
    /// ```
    /// use tower_cors::{ConfigErrorKind, Policy};
    ///
    /// let config = Policy::builder().allow_origins(["*"]).allow_credentials(true);
    /// let errors = config.build().unwrap_err();
    /// let kinds: Vec<_> = errors.iter().map(|error| error.kind()).collect();
    /// assert_eq!(kinds, [ConfigErrorKind::AnyOriginWithCredentials]);
    /// ```
    pub fn build(self) -> Result<Policy, ConfigErrors> {
        let mut checked = check(&self)?.into_iter();
        let first = checked.next().unwrap_or_default();
        Ok(Policy::compile(first, checked.collect(), Source::Config(self)))
    }
}

impl TryFrom<PolicyConfig> for Policy {
    type Error = ConfigErrors;

    fn try_from(config: PolicyConfig) -> Result<Self, Self::Error> {
        config.build()
    }
}

/// Deserializes a config and builds it.
#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Policy {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        PolicyConfig::deserialize(deserializer)?.build().map_err(serde::de::Error::custom)
    }
}

impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || self.rules().map(|rule| &rule.checked).eq(other.rules().map(|rule| &rule.checked))
    }
}

impl Eq for Policy {}

/// Prints a summary, which stays short with many origins.
impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        let shown = 4;
        for rule in self.rules().take(shown) {
            list.entry(&format_args!(
                "{} origins, {} methods, {} headers, credentials: {}",
                rule.checked.origins.len(),
                rule.checked.methods.names().len(),
                rule.checked.headers.names().len(),
                rule.checked.credentials,
            ));
        }
        if self.0.rest.len() >= shown {
            list.entry(&format_args!("…"));
        }
        list.finish()
    }
}
