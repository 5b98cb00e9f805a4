//! The generated parts of a page that people write: what stands between the lines
//! `<!-- NAME: begin -->` and `<!-- NAME: end -->`. Everything else stays as it is.

use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

/// Replaces the section `name` of the page by `body`, which stands on lines of its own.
///
/// # Errors
///
/// When the page cannot be read or written, or has not exactly one such section.
pub(crate) fn replace(page: &Path, name: &str, body: &str) -> Result<()> {
    let text = fs::read_to_string(page)?;
    let next = replaced(&text, name, body).ok_or_else(|| {
        let message = format!("{}: not exactly one section {name}", page.display());
        Error::new(ErrorKind::InvalidData, message)
    })?;
    if next == text {
        return Ok(());
    }
    // Whole or not at all: others write their sections into the same page.
    let beside = page.with_extension("md.new");
    fs::write(&beside, next)?;
    fs::rename(beside, page)
}

/// The text with the section's body exchanged, the markers kept.
fn replaced(text: &str, name: &str, body: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"));
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    let once = !rest.contains(&begin) && !before.contains(&end) && !after.contains(&end);
    once.then(|| format!("{before}{begin}\n{}\n\n{end}{after}", body.trim()))
}
