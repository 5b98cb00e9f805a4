//! [`Reloadable`]: a source for hot reload.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::choice::Choice;
use crate::request::RequestHead;
use crate::source::PolicySource;

/// Holds a [`PolicySource`] that can be replaced while requests run (hot reload).
///
/// Clones share their content: keep one, and give another to the layer. A request uses one source from
/// start to end, and takes no lock. A config with errors does not build, so the old policy stays.
///
/// ```
/// use tower_cors::{ConfigErrors, CorsLayer, Policy, PolicyConfig, Reloadable};
///
/// let current = Reloadable::new(Policy::deny_all());
/// let layer = CorsLayer::new(current.clone());
///
/// let reload = |config: PolicyConfig| -> Result<(), ConfigErrors> {
///     current.store(config.build()?);
///     Ok(())
/// };
/// reload(Policy::builder().allow_origins(["https://app.example.com"]))?;
/// assert!(reload(Policy::builder().allow_origins(["app.example.com"])).is_err());
/// # Ok::<(), ConfigErrors>(())
/// ```
pub struct Reloadable<P>(Arc<ArcSwap<P>>);

impl<P> Reloadable<P> {
    /// Creates a `Reloadable` that holds this source.
    ///
    /// ```
    /// let current = tower_cors::Reloadable::new(tower_cors::Policy::deny_all());
    /// ```
    pub fn new(source: P) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(source)))
    }

    /// Replaces the source, for this value and every clone. Later requests use `next`.
    ///
    /// ```
    /// use tower_cors::{Policy, Reloadable};
    ///
    /// let current = Reloadable::new(Policy::deny_all());
    /// let clone = current.clone();
    /// current.store(Policy::permissive());
    /// assert_eq!(*clone.load(), Policy::permissive());
    /// ```
    pub fn store(&self, next: P) {
        self.0.store(Arc::new(next));
    }

    /// Returns the current source. It stays as it is when another is stored.
    ///
    /// ```
    /// use tower_cors::{Policy, Reloadable};
    ///
    /// let current = Reloadable::new(Policy::permissive());
    /// let before = current.load();
    /// current.store(Policy::deny_all());
    /// assert_eq!(*before, Policy::permissive());
    /// assert_eq!(*current.load(), Policy::deny_all());
    /// ```
    pub fn load(&self) -> Arc<P> {
        self.0.load_full()
    }
}

impl<P: PolicySource> PolicySource for Reloadable<P> {
    /// Copies the choice, since the source may be replaced before the layer is done with it.
    fn choose<'a>(&'a self, request: &RequestHead<'a>) -> Choice<'a> {
        self.0.load().choose(request).into_owned()
    }

    /// Reads once, so that the declaration comes from the source that chose.
    fn choose_alone<'a>(&'a self, request: &RequestHead<'a>) -> Choice<'a> {
        self.0.load().choose_alone(request).into_owned()
    }

    #[inline]
    fn lend<T>(&self, request: &RequestHead<'_>, then: impl FnOnce(Choice<'_>) -> T) -> T {
        self.0.load().lend(request, then)
    }
}

impl<P> Clone for Reloadable<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: fmt::Debug> fmt::Debug for Reloadable<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reloadable").field(&*self.0.load()).finish()
    }
}
