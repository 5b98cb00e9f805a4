use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder for a test's files. Dropping it deletes the files.
#[derive(Debug)]
pub struct Folder(TempDir);

impl Default for Folder {
    fn default() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }
}

impl Folder {
    /// Makes an empty folder.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same folder with this file.
    #[must_use]
    pub fn with(self, file: &str, text: &str) -> Self {
        self.write(file, text);
        self
    }

    /// Writes a file as a careful tool does: whole, under another name first.
    pub fn write(&self, file: &str, text: &str) -> PathBuf {
        let (path, new) = (self.path(file), self.path(&format!("{file}.new")));
        fs::write(&new, text).expect("the file is written");
        fs::rename(new, &path).expect("the file is put in place");
        path
    }

    /// Deletes a file.
    pub fn remove(&self, file: &str) {
        fs::remove_file(self.path(file)).expect("the file is removed");
    }

    /// The path of a file in this folder.
    #[must_use]
    pub fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    /// The path of the folder, as a program's argument.
    #[must_use]
    pub fn as_str(&self) -> &str {
        Path::to_str(self.0.path()).expect("a path in UTF-8")
    }
}
