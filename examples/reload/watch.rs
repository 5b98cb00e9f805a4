//! The file, watched: what it says takes effect when it changes.

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};

use crate::live::Live;

/// How long changes may go on before the file is read: editors and tools write in steps.
const SETTLE: Duration = Duration::from_millis(50);

/// Reloads whenever the file changes, as long as the watcher lives.
pub(crate) fn watch(live: Arc<Live>) -> notify::Result<RecommendedWatcher> {
    let (changed, changes) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            let _ = changed.send(());
        }
    })?;
    // The folder: editors, and Kubernetes for its ConfigMaps, put another file in the place of the
    // old one, and a watcher of the file would stay with that.
    let folder = live.file().parent().filter(|folder| !folder.as_os_str().is_empty());
    watcher.watch(folder.unwrap_or(Path::new(".")), RecursiveMode::NonRecursive)?;
    thread::spawn(move || {
        while changes.recv().is_ok() {
            thread::sleep(SETTLE);
            while changes.try_recv().is_ok() {}
            match live.reload() {
                Ok(true) => println!("the file changed: a new policy is in use"),
                Ok(false) => {}
                Err(errors) => {
                    eprintln!("the file changed: the old policy stays, because\n{errors}")
                }
            }
        }
    });
    Ok(watcher)
}
