//! [`Quoted`]: a text of a manifest in a message.

use std::fmt;

/// In characters.
const MAX_SHOWN: usize = 120;

/// A text in quotes, escaped and cut, because manifests come from many hands.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = self.0.chars().take(MAX_SHOWN).collect();
        let cut = if shown.len() < self.0.len() { "…" } else { "" };
        write!(f, "{shown:?}{cut}")
    }
}
