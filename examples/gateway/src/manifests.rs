//! The manifests of a folder: read, built into a table, and watched.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, SystemTime};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tower_cors::Reloadable;
use tower_cors_gateway_api::{Manifest, RouteTable};

/// How long changes may go on before the folder is read: editors and tools write in steps.
const SETTLE: Duration = Duration::from_millis(50);

/// How often the folder is looked at where no change is told: of what is behind symbolic links, of a
/// folder that is another by now, of a network's file system.
const POLL: Duration = Duration::from_millis(500);

/// Longer than any folder of manifests that a person maintains.
const MAX_FILE: u64 = 32 * 1024 * 1024;

pub(crate) struct Source {
    pub(crate) folder: PathBuf,
    pub(crate) gateway: Option<String>,
    pub(crate) listener: Option<String>,
}

/// The table of a folder, replaced whenever the folder changes, as long as the watcher lives.
/// Manifests that are broken later leave the table as it is.
///
/// # Errors
///
/// Everything that is wrong with the manifests that are there now, a line each.
pub(crate) fn watch(
    source: Source,
) -> Result<(Reloadable<RouteTable>, RecommendedWatcher), String> {
    let folder = source.folder.display().to_string();
    let (changed, changes) = mpsc::channel();
    // Before the first read, so that no change falls between.
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            let _ = changed.send(());
        }
    })
    .map_err(|error| format!("cannot watch {folder}: {error}"))?;
    watcher.watch(&source.folder, RecursiveMode::NonRecursive).map_err(|error| {
        format!("cannot watch {folder}: {error}; name another with --manifests")
    })?;

    let mut seen = state(&source.folder);
    let table = source.table().map_err(|errors| format!("in {folder}:\n{}", errors.join("\n")))?;
    report(&table);
    let tables = Reloadable::new(table);
    let stored = tables.clone();
    thread::spawn(move || {
        loop {
            match changes.recv_timeout(POLL) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) if state(&source.folder) != seen => {}
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return,
            }
            thread::sleep(SETTLE);
            while changes.try_recv().is_ok() {}
            seen = state(&source.folder);
            match source.table() {
                Ok(table) => {
                    report(&table);
                    stored.store(table);
                    eprintln!("the manifests changed: serving the new ones");
                }
                Err(errors) => {
                    for error in errors {
                        eprintln!("error: {error}");
                    }
                    eprintln!("the manifests changed: serving the old ones until that is mended");
                }
            }
        }
    });
    Ok((tables, watcher))
}

fn report(table: &RouteTable) {
    for skipped in table.skipped() {
        eprintln!("not read: {skipped}");
    }
    for lint in table.lints() {
        eprintln!("warning: {lint}");
    }
}

impl Source {
    /// # Errors
    ///
    /// What is wrong with any file, and with any manifest of the others.
    fn table(&self) -> Result<RouteTable, Vec<String>> {
        let (manifests, mut errors) = self.read();
        let mut builder = RouteTable::builder().manifests(manifests);
        if let Some(gateway) = &self.gateway {
            builder = builder.gateway(gateway);
        }
        if let Some(listener) = &self.listener {
            builder = builder.listener(listener);
        }
        match builder.build() {
            Ok(table) if errors.is_empty() => Ok(table),
            Ok(_) => Err(errors),
            Err(found) => {
                errors.extend(found.iter().map(ToString::to_string));
                Err(errors)
            }
        }
    }

    /// The manifests of all files, by file name. A folder that changes while it is read is read
    /// again, so that no half-written file counts.
    fn read(&self) -> (Vec<Manifest>, Vec<String>) {
        for _ in 0..10 {
            let before = state(&self.folder);
            let read = self.read_once();
            if state(&self.folder) == before {
                return read;
            }
            thread::sleep(SETTLE / 5);
        }
        self.read_once()
    }

    fn read_once(&self) -> (Vec<Manifest>, Vec<String>) {
        let (mut manifests, mut errors) = (Vec::new(), Vec::new());
        match state(&self.folder) {
            Ok(files) => {
                for path in files.into_keys() {
                    match read_file(&path) {
                        Ok(read) => manifests.extend(read),
                        Err(error) => errors.push(format!("{}: {error}", path.display())),
                    }
                }
            }
            Err(error) => errors.push(format!("{}: {error}", self.folder.display())),
        }
        (manifests, errors)
    }
}

/// Every manifest file: where it really is, its length and its time.
type State = BTreeMap<PathBuf, (Option<PathBuf>, u64, Option<SystemTime>)>;

fn state(folder: &Path) -> Result<State, String> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(|error| error.to_string())? {
        let path = entry.map_err(|error| error.to_string())?.path();
        let read = ["yaml", "yml", "json"].into_iter().any(|ending| has_ending(&path, ending));
        // Through symbolic links: a mounted ConfigMap consists of them.
        if let Some(metadata) = fs::metadata(&path).ok().filter(|found| read && found.is_file()) {
            let real = fs::canonicalize(&path).ok();
            files.insert(path, (real, metadata.len(), metadata.modified().ok()));
        }
    }
    Ok(files)
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|found| found == ending)
}

/// The documents of a file, less the empty ones.
fn read_file(path: &Path) -> Result<Vec<Manifest>, String> {
    let length = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > MAX_FILE {
        return Err(format!("has {length} bytes, over {MAX_FILE}"));
    }
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    if has_ending(path, "json") {
        let documents = serde_json::Deserializer::from_str(&text).into_iter();
        return documents.collect::<Result<_, _>>().map_err(|error| error.to_string());
    }
    let documents: Vec<Option<Manifest>> =
        serde_saphyr::from_multiple(&text).map_err(|error| error.to_string())?;
    Ok(documents.into_iter().flatten().collect())
}
