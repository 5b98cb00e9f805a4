//! [`ConfigErrors`]: everything that is wrong with a config.

use std::fmt;

/// Every error of a config, in the order of its fields. Its `Display` has a line for each, and its
/// `Debug`, which is what `unwrap` and a failing `main` print, is the same.
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
///     r#"allowOrigins[0]: "https://example.com/" ends in a slash; write "https://example.com"
/// allowMethods[0]: "get" is not in the case that browsers send; write "GET""#
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub(crate) Vec<ConfigError>);

/// One error of a config. Its `Display` says where it is, what is wrong and what to write instead.
///
/// ```
/// let errors = tower_cors::Policy::builder().allow_origins(["app.example.com"]).build().unwrap_err();
/// for error in &errors {
///     assert_eq!(error.path(), "allowOrigins[0]");
///     assert_eq!(error.value(), "app.example.com");
///     assert_eq!(error.kind(), tower_cors::ConfigErrorKind::InvalidOrigin);
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    pub(crate) path: String,
    pub(crate) value: String,
    pub(crate) kind: ConfigErrorKind,
    pub(crate) message: String,
}

/// What is wrong, for programs.
///
/// ```
/// use tower_cors::{ConfigErrorKind, Policy};
///
/// let config = Policy::builder().allow_origins(["null"]).allow_credentials(true);
/// let errors = config.build().unwrap_err();
/// assert_eq!(errors.iter().next().unwrap().kind(), ConfigErrorKind::NullWithCredentials);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConfigErrorKind {
    /// `allowOrigins` is empty.
    NoOrigins,
    /// An entry of `allowOrigins` is no [`OriginPattern`](crate::OriginPattern).
    InvalidOrigin,
    /// An entry of `allowMethods` is not a method.
    InvalidMethod,
    /// An entry of `allowHeaders` or `exposeHeaders` is not a header name.
    InvalidHeaderName,
    /// `*` stands beside other entries.
    WildcardBesideOthers,
    /// A method that browsers send in upper case is not.
    MethodCase,
    /// Any origin, or any under a top-level domain, together with credentials.
    AnyOriginWithCredentials,
    /// The opaque origin together with credentials.
    NullWithCredentials,
    /// An `http` origin that is not loopback, together with credentials.
    InsecureOriginWithCredentials,
    /// `maxAge` is not whole seconds or too long.
    InvalidMaxAge,
    /// `preflightStatus` or `deniedStatus` is outside its range.
    InvalidStatus,
}

impl ConfigErrors {
    /// The errors, in the order of the config's fields.
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
    /// Where the error is: `allowOrigins[2]`, `maxAge`, or `or.allowOrigins[0]` in the second
    /// config of a chain.
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let chain = Policy::builder().allow_origins(["*"]).or(Policy::builder());
    /// let errors = chain.build().unwrap_err();
    /// assert_eq!(errors.iter().next().unwrap().path(), "or.allowOrigins");
    /// ```
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The value as it was written; empty where the mistake is that there is none.
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

    /// What is wrong with it.
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
