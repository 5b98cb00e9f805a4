//! [`ManifestErrors`]: everything that is wrong with the manifests of a table.

use std::fmt;

/// Every error of every manifest, in the order of the manifests; the first 10,000, should there be
/// more. Its `Display` has a line for each, and its `Debug`, which is what `unwrap` and a failing `main`
/// print, is the same.
///
/// ```
/// use tower_cors_gateway_api::{Manifest, RouteTable};
///
/// let route: Manifest = serde_json::from_str(
///     r#"{
///         "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
///         "metadata": {"name": "httpbin"},
///         "spec": {"parentRefs": [{"name": "web"}], "rules": [{"filters": [
///             {"type": "CORS", "cors": {"allowOrigins": ["https://a.example/"], "maxAge": 0}}
///         ]}]}
///     }"#,
/// )?;
/// let errors = RouteTable::builder().manifests([route]).build().unwrap_err();
/// assert_eq!(
///     errors.to_string(),
///     r#"HTTPRoute default/httpbin: spec.rules[0].filters[0].cors.allowOrigins[0]: "https://a.example/" ends with a slash; write "https://a.example"
/// HTTPRoute default/httpbin: spec.rules[0].filters[0].cors.maxAge: 0 is under 1; write a number of seconds, or leave it out for 5"#
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ManifestErrors(pub(crate) Vec<ManifestError>);

/// One error of a manifest. Its `Display` says where it is, what is wrong and what to write
/// instead.
///
/// ```
/// # use tower_cors_gateway_api::{Manifest, RouteTable};
/// let nameless: Manifest = serde_json::from_str(r#"{"kind": "HTTPRoute"}"#)?;
/// let errors = RouteTable::builder().manifests([nameless]).build().unwrap_err();
/// let lines: Vec<String> = errors.iter().map(|error| error.to_string()).collect();
/// assert!(lines.iter().any(|line| line.contains("metadata.name")));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{}", Remark { resource, path, message })]
pub struct ManifestError {
    pub(crate) resource: String,
    pub(crate) path: String,
    pub(crate) message: String,
}

/// Something in the manifests that works but is probably not meant. Its `Display` is a line for a
/// person.
///
/// ```
/// # use tower_cors_gateway_api::{Manifest, RouteTable};
/// let route: Manifest = serde_json::from_str(
///     r#"{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
///         "metadata": {"name": "a"}, "spec": {"parentRefs": [{"name": "web"}], "rules": [
///             {"filters": [{"type": "CORS", "cors": {"allowHeaders": ["cookie"]}}]}]}}"#,
/// )?;
/// let table = RouteTable::builder().manifests([route]).build()?;
/// assert!(table.lints()[0].to_string().contains("allowHeaders[0]: \"cookie\" is a header"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ManifestLint {
    pub(crate) resource: String,
    pub(crate) path: String,
    pub(crate) message: String,
}

/// What is said of a place in a manifest.
struct Remark<'a> {
    resource: &'a str,
    path: &'a str,
    message: &'a str,
}

impl fmt::Display for Remark<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [self.resource, self.path].into_iter().filter(|part| !part.is_empty()) {
            write!(f, "{part}: ")?;
        }
        f.write_str(self.message)
    }
}

impl ManifestErrors {
    /// The errors, in the order of the manifests.
    ///
    /// ```
    /// # use tower_cors_gateway_api::{Manifest, RouteTable};
    /// let nameless: Manifest = serde_json::from_str(r#"{"kind": "HTTPRoute"}"#)?;
    /// let errors = RouteTable::builder().manifests([nameless]).build().unwrap_err();
    /// assert!(errors.iter().any(|error| error.path() == "metadata.name"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn iter(&self) -> std::slice::Iter<'_, ManifestError> {
        self.0.iter()
    }
}

impl ManifestError {
    /// Kind, namespace and name: `HTTPRoute default/httpbin`. Empty for what concerns no single
    /// manifest.
    ///
    /// ```
    /// # use tower_cors_gateway_api::{Manifest, RouteTable};
    /// let nameless: Manifest = serde_json::from_str(r#"{"kind": "HTTPRoute"}"#)?;
    /// let errors = RouteTable::builder().manifests([nameless]).build().unwrap_err();
    /// assert!(errors.iter().all(|error| error.resource().starts_with("HTTPRoute")));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// Where in the manifest: `spec.rules[0].filters[0].cors.allowOrigins[1]`.
    ///
    /// ```
    /// # use tower_cors_gateway_api::{Manifest, RouteTable};
    /// let nameless: Manifest = serde_json::from_str(r#"{"kind": "HTTPRoute"}"#)?;
    /// let errors = RouteTable::builder().manifests([nameless]).build().unwrap_err();
    /// assert!(errors.iter().any(|error| error.path() == "metadata.name"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl ManifestLint {
    /// Kind, namespace and name: `HTTPRoute default/httpbin`.
    ///
    /// ```
    /// # use tower_cors_gateway_api::{Manifest, RouteTable};
    /// let route: Manifest = serde_json::from_str(
    ///     r#"{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
    ///         "metadata": {"name": "a"}, "spec": {"parentRefs": [{"name": "web"}], "rules": [
    ///             {"filters": [{"type": "CORS", "cors": {"allowHeaders": ["cookie"]}}]}]}}"#,
    /// )?;
    /// let table = RouteTable::builder().manifests([route]).build()?;
    /// assert_eq!(table.lints()[0].resource(), "HTTPRoute default/a");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// Where in the manifest; empty for what concerns it whole.
    ///
    /// ```
    /// # use tower_cors_gateway_api::{Manifest, RouteTable};
    /// let route: Manifest = serde_json::from_str(
    ///     r#"{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
    ///         "metadata": {"name": "a"}, "spec": {"parentRefs": [{"name": "web"}], "rules": [
    ///             {"filters": [{"type": "CORS", "cors": {"allowHeaders": ["cookie"]}}]}]}}"#,
    /// )?;
    /// let table = RouteTable::builder().manifests([route]).build()?;
    /// assert_eq!(table.lints()[0].path(), "spec.rules[0].filters[0].cors.allowHeaders[0]");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for ManifestErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{error}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ManifestErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ManifestErrors {}

impl fmt::Display for ManifestLint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { resource, path, message } = self;
        Remark { resource, path, message }.fmt(f)
    }
}

impl IntoIterator for ManifestErrors {
    type Item = ManifestError;
    type IntoIter = std::vec::IntoIter<ManifestError>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a ManifestErrors {
    type Item = &'a ManifestError;
    type IntoIter = std::slice::Iter<'a, ManifestError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
