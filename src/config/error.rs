//! [`ConfigErrors`]: everything that is wrong with a config.

use std::fmt;

use crate::config::kinds::kinds;
use crate::config::place::Place;

/// Holds every error of a config, in the order of its fields. `Display` prints one line for each. `Debug`
/// prints the same, because `unwrap` and a failing `main` use it.
///
/// ```
/// use tower_cors::Policy;
///
/// let errors = Policy::builder()
///     .allow_origins(["https://example.com/"])
///     .allow_methods(["get"])
///     .build()
///     .unwrap_err();
/// assert_eq!(
///     errors.to_string(),
///     r#"allowOrigins[0]: "https://example.com/" ends with a slash; write "https://example.com"
/// allowMethods[0]: "get" is not written as browsers send it; write "GET""#
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub(crate) Vec<ConfigError>);

/// Describes one error of a config. `Display` prints where it is, what is wrong, and what to write.
///
/// ```
/// let errors = tower_cors::Policy::builder().allow_origins(["app.example.com"]).build().unwrap_err();
/// for error in &errors {
///     assert_eq!(error.path(), "allowOrigins[0]");
///     assert_eq!(error.value(), "app.example.com");
///     assert_eq!(error.id(), "invalid-origin");
///     assert_eq!(error.correction(), Some("https://app.example.com"));
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    pub(crate) place: Place,
    pub(crate) path: String,
    pub(crate) value: String,
    pub(crate) kind: ConfigErrorKind,
    pub(crate) message: String,
    pub(crate) correction: Option<String>,
}

kinds! {
    /// Says what is wrong, for programs. [Errors and lints](crate::guides::lints) has an example of each.
    ///
    /// ```
    /// use tower_cors::{ConfigErrorKind, Policy};
    ///
    /// let config = Policy::builder().allow_origins(["null"]).allow_credentials(true);
    /// let errors = config.build().unwrap_err();
    /// assert_eq!(errors.iter().next().unwrap().kind(), ConfigErrorKind::NullWithCredentials);
    /// ```
    pub enum ConfigErrorKind {
        /// `allowOrigins` is empty.
        NoOrigins = "no-origins",
        /// An entry of `allowOrigins` is not an [`OriginPattern`](crate::OriginPattern).
        InvalidOrigin = "invalid-origin",
        /// An entry of `allowMethods` is not a method name.
        InvalidMethod = "invalid-method",
        /// An entry of `allowHeaders` or `exposeHeaders` is not a header name.
        InvalidHeaderName = "invalid-header-name",
        /// `*` is listed together with other entries.
        WildcardBesideOthers = "wildcard-beside-others",
        /// A method that browsers send in upper case is written in another case.
        MethodCase = "method-case",
        /// Any origin, or any under a top-level domain, is allowed with credentials.
        AnyOriginWithCredentials = "any-origin-with-credentials",
        /// An opaque origin, `null` or `file://`, is allowed with credentials.
        NullWithCredentials = "null-with-credentials",
        /// An `http` origin that is not loopback is allowed with credentials.
        InsecureOriginWithCredentials = "insecure-origin-with-credentials",
        /// `maxAge` is not whole seconds, or too long.
        InvalidMaxAge = "invalid-max-age",
        /// `preflightStatus` or `deniedStatus` is outside its range.
        InvalidStatus = "invalid-status",
    }
}

impl ConfigErrors {
    /// Returns the errors, in the order of the config's fields.
    ///
    /// ```
    /// # use tower_cors::{ConfigErrorKind, Policy};
    /// let errors = Policy::builder().build().unwrap_err();
    /// assert_eq!(errors.iter().next().unwrap().kind(), ConfigErrorKind::NoOrigins);
    /// ```
    pub fn iter(&self) -> std::slice::Iter<'_, ConfigError> {
        self.0.iter()
    }
}

impl ConfigError {
    /// Returns the stable name of this kind of error, in kebab case.
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let errors = Policy::builder().build().unwrap_err();
    /// assert_eq!(errors.iter().next().unwrap().id(), "no-origins");
    /// ```
    pub fn id(&self) -> &'static str {
        self.kind.id()
    }

    /// Returns where the error is: `allowOrigins[2]`, `maxAge`, or `or[0].allowOrigins[2]` in the
    /// second config of a chain.
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let chain = Policy::builder().allow_origins(["*"]).or(Policy::builder());
    /// let errors = chain.build().unwrap_err();
    /// assert_eq!(errors.iter().next().unwrap().path(), "or[0].allowOrigins");
    /// ```
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the name of the field, as files have it, without config and entry. For programs that
    /// read policies from formats of their own, together with [`index`](Self::index).
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let chain = Policy::builder().allow_origins(["*"]).or(Policy::builder().allow_origins(["a"]));
    /// let errors = chain.build().unwrap_err();
    /// let error = errors.iter().next().unwrap();
    /// assert_eq!((error.path(), error.field()), ("or[0].allowOrigins[0]", "allowOrigins"));
    /// ```
    pub fn field(&self) -> &'static str {
        self.place.field.name()
    }

    /// Returns the place of the entry in the list; none where the field is meant as a whole.
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let config = Policy::builder().allow_origins(["*"]).allow_methods(["PUT", "a method"]);
    /// let errors = config.build().unwrap_err();
    /// assert_eq!(errors.iter().next().unwrap().index(), Some(1));
    /// ```
    pub fn index(&self) -> Option<usize> {
        self.place.index
    }

    /// Returns the value as it was written, or an empty text if there is none.
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let config = Policy::builder().allow_origins(["*"]).allow_methods(["a method"]);
    /// let errors = config.build().unwrap_err();
    /// assert_eq!(errors.iter().next().unwrap().value(), "a method");
    /// ```
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Returns the kind of error.
    ///
    /// ```
    /// # use tower_cors::{ConfigErrorKind, Policy};
    /// let config = Policy::builder().allow_origins(["*"]).allow_methods(["put"]);
    /// let errors = config.build().unwrap_err();
    /// assert_eq!(errors.iter().next().unwrap().kind(), ConfigErrorKind::MethodCase);
    /// ```
    pub fn kind(&self) -> ConfigErrorKind {
        self.kind
    }

    /// Returns what is wrong and what to write, without path and value. Programs that read the
    /// config from elsewhere put their own path in front.
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let config = Policy::builder().allow_origins(["*"]).allow_methods(["put"]);
    /// let errors = config.build().unwrap_err();
    /// let message = errors.iter().next().unwrap().message();
    /// assert_eq!(message, r#"is not written as browsers send it; write "PUT""#);
    /// ```
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the value to write instead, where the mistake leaves no doubt about it. It is in the
    /// form of a file: `maxAge` is a number of seconds.
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let config = Policy::builder().allow_origins(["*"]).allow_methods(["put"]);
    /// let errors = config.build().unwrap_err();
    /// assert_eq!(errors.iter().next().unwrap().correction(), Some("PUT"));
    /// ```
    pub fn correction(&self) -> Option<&str> {
        self.correction.as_deref()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ConfigErrorKind::NoOrigins => write!(f, "{}: {}", self.path, self.message),
            _ => write!(f, "{}: {} {}", self.path, Quoted(&self.value), self.message),
        }
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{error}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConfigErrors {}

impl IntoIterator for ConfigErrors {
    type Item = ConfigError;
    type IntoIter = std::vec::IntoIter<ConfigError>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a ConfigErrors {
    type Item = &'a ConfigError;
    type IntoIter = std::slice::Iter<'a, ConfigError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A value as messages show it: escaped, and cut where it is longer than any that makes sense.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

/// In characters.
pub(crate) const MAX_SHOWN: usize = 120;

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = self.0.chars().take(MAX_SHOWN).collect();
        let cut = if shown.len() < self.0.len() { "…" } else { "" };
        write!(f, "{shown:?}{cut}")
    }
}
