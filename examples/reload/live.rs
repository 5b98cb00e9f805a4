//! The policy in use: read from a file, and replaced only by what builds.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tower_cors::{Policy, PolicyConfig, Reloadable};

pub(crate) struct Live {
    /// What the layer asks: give it a clone.
    pub(crate) current: Reloadable<Policy>,
    file: PathBuf,
    /// Held while the file and the policy are brought together, by whichever way.
    replacing: Mutex<()>,
}

pub(crate) enum NotReplaced {
    /// Everything that is wrong with the policy, a line each.
    Broken(String),
    /// The file could not be written.
    NotWritten(std::io::Error),
}

impl Live {
    /// # Errors
    ///
    /// As those of [`reload`](Self::reload).
    pub(crate) fn open(file: PathBuf) -> Result<Self, String> {
        let policy = read(&file)?;
        Ok(Self { current: Reloadable::new(policy), file, replacing: Mutex::default() })
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Takes what the file says now. Says whether that is another policy than before.
    ///
    /// # Errors
    ///
    /// Why the file cannot be read, or everything that is wrong with it; the old policy stays.
    pub(crate) fn reload(&self) -> Result<bool, String> {
        let _replacing = self.lock();
        let policy = read(&self.file)?;
        let changed = *self.current.load() != policy;
        if changed {
            self.current.store(policy);
        }
        Ok(changed)
    }

    /// Takes this policy, and writes it to the file, so that it is still there after a restart.
    ///
    /// # Errors
    ///
    /// With either the old policy stays, and the old file.
    pub(crate) fn replace(&self, text: &str) -> Result<(), NotReplaced> {
        let policy = build(text).map_err(NotReplaced::Broken)?;
        let _replacing = self.lock();
        self.write(text).map_err(NotReplaced::NotWritten)?;
        self.current.store(policy);
        Ok(())
    }

    /// Whole, under another name first: nobody reads half of it.
    fn write(&self, text: &str) -> std::io::Result<()> {
        let new = self.file.with_extension("new");
        fs::write(&new, text)?;
        fs::rename(new, &self.file)
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.replacing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(file: &Path) -> Result<Policy, String> {
    build(&fs::read_to_string(file).map_err(|error| error.to_string())?)
}

fn build(text: &str) -> Result<Policy, String> {
    let config: PolicyConfig = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
    config.build().map_err(|errors| errors.to_string())
}
