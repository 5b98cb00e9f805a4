//! `docs/performance.md`, of which each program writes its own sections.

use std::path::{Path, PathBuf};

use crate::section;

/// Prints the sections, and writes them into the page when nothing was left out.
pub(crate) fn write(sections: &[(&str, String)]) {
    for (name, text) in sections {
        println!("\n{name}\n\n{text}");
    }
    let Some(docs) = docs().filter(|_| !partial()) else { return };
    for (name, text) in sections {
        if let Err(error) = section::replace(&docs.join("performance.md"), name, text) {
            println!("{error}");
        }
    }
}

/// Whether this run measured some cases only, or checks the committed figures.
pub(crate) fn partial() -> bool {
    let filtered = std::env::args().skip(1).any(|argument| argument != "--bench");
    filtered || std::env::var_os("TOWER_CORS_FIGURES").is_some()
}

pub(crate) fn docs() -> Option<PathBuf> {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    folders.map(|folder| folder.join("docs")).find(|docs| docs.join("performance.md").exists())
}
