//! [`List`]: the names of a checked list, or all of them.

/// What a list of methods or header names means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// These names and no others.
    Named(Vec<String>),
    /// `*`, with the names that are listed too.
    Any(Vec<String>),
}

impl List {
    /// Reads a list in which `*` means every name.
    pub(crate) fn new(entries: impl IntoIterator<Item = String>) -> Self {
        let (stars, names): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry == "*");
        if stars.is_empty() { Self::Named(names) } else { Self::Any(names) }
    }

    pub(crate) fn is_any(&self) -> bool {
        matches!(self, Self::Any(_))
    }

    /// The names that are listed, in order, less `*`.
    pub(crate) fn names(&self) -> &[String] {
        let (Self::Named(names) | Self::Any(names)) = self;
        names
    }

    /// Whether this very name is listed.
    pub(crate) fn lists(&self, name: &[u8]) -> bool {
        self.names().iter().any(|listed| listed.as_bytes() == name)
    }
}

impl Default for List {
    fn default() -> Self {
        Self::Named(Vec::new())
    }
}
