//! The three engines: where their browsers are, and how one is started and ended.

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    WebKit,
}

/// What a browser may keep while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Session {
    /// Nothing on disk where the browser can be told so, which is WebKit's: then it has no HTTP
    /// cache at all. What tables say of WebKit was seen so.
    Private,
    /// Everything, in the profile.
    Lasting,
}

impl Engine {
    pub(crate) const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::WebKit];

    /// Its name in tables and in `TOWER_CORS_BROWSERS`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        }
    }

    /// The Debian packages that bring it.
    pub(crate) fn packages(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox-esr",
            Self::WebKit => "webkit2gtk-driver and xvfb",
        }
    }

    /// The installed browser, where there is one that this can start.
    pub(crate) fn find(self) -> Option<PathBuf> {
        let path = env::var_os("PATH").filter(|_| cfg!(target_os = "linux"))?;
        self.find_in(&path)
    }

    fn find_in(self, path: &OsStr) -> Option<PathBuf> {
        let in_path = |names: &[&str]| {
            let files = names
                .iter()
                .flat_map(|name| env::split_paths(path).map(move |folder| folder.join(name)));
            files.filter(|file| file.is_file()).find(|file| !is_snap(file))
        };
        match self {
            Self::Chromium => in_path(&["chromium", "chromium-browser", "google-chrome"]),
            Self::Firefox => in_path(&["firefox-esr", "firefox"]),
            // A helper of the library, below the folder of the machine's architecture.
            Self::WebKit => in_path(&["Xvfb"]).and_then(|_| {
                let folders = fs::read_dir("/usr/lib").ok()?.filter_map(Result::ok);
                let mut found: Vec<_> = folders
                    .map(|folder| folder.path().join("webkit2gtk-4.1/MiniBrowser"))
                    .filter(|file| file.is_file())
                    .collect();
                found.sort();
                found.pop()
            }),
        }
    }

    fn arguments(self, session: Session, profile: &Path) -> Vec<String> {
        let profile = profile.display();
        match self {
            Self::Chromium => [
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ]
            .map(str::to_owned)
            .into_iter()
            .chain([format!("--user-data-dir={profile}/data")])
            .collect(),
            Self::Firefox => ["--headless", "--no-remote", "--profile"]
                .map(str::to_owned)
                .into_iter()
                .chain([profile.to_string()])
                .collect(),
            Self::WebKit if session == Session::Private => vec!["--private".to_owned()],
            Self::WebKit => Vec::new(),
        }
    }

    /// Starts the browser on a page, with an empty profile. What it prints goes to `told`.
    pub(crate) fn start(
        self,
        browser: &Path,
        session: Session,
        page: &str,
        told: impl Fn(Told) + Send + 'static,
    ) -> io::Result<Browser> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tower-cors-{}-{}-{number}", self.name(), std::process::id());
        let profile = env::temp_dir().join(name);
        fs::create_dir(&profile)?;
        let kind = if self == Self::WebKit { "display" } else { "headless" };
        let mut child = Command::new("sh")
            .args(["-c", include_str!("launch.sh"), "launch.sh"])
            .args([&profile, Path::new(kind), browser])
            .args(self.arguments(session, &profile))
            .arg(page)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .inspect_err(|_| drop(fs::remove_dir_all(&profile)))?;
        let life = child.stdin.take();
        if let Some(output) = child.stdout.take() {
            thread::spawn(move || {
                let mut lines = BufReader::new(output).lines().map_while(Result::ok);
                if let Some(version) = lines.next() {
                    told(Told::Version(version));
                }
                let rest: Vec<_> = lines.collect();
                told(Told::Ended(rest.join("\n")));
            });
        }
        Ok(Browser { child, life, profile })
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A snap sees no folders but its own, so it cannot be given a profile.
fn is_snap(file: &Path) -> bool {
    let is_link = file.canonicalize().is_ok_and(|target| target.ends_with("bin/snap"));
    let small = file.metadata().is_ok_and(|metadata| metadata.len() < 10_000);
    is_link || small && fs::read_to_string(file).is_ok_and(|script| script.contains("/snap/bin/"))
}

/// What a browser says of itself.
pub(crate) enum Told {
    Version(String),
    Ended(String),
}

/// A running browser, which ends with this value.
pub(crate) struct Browser {
    child: Child,
    life: Option<ChildStdin>,
    profile: PathBuf,
}

impl Browser {
    /// Ends it. What is left of it all the same is an error.
    pub(crate) fn end(mut self) -> Result<(), String> {
        self.stop();
        let profile = self.profile.display().to_string();
        if self.profile.exists() {
            return Err(format!("{profile} is still there"));
        }
        let processes = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
        // Those that have ended have none.
        let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
        let text = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
        let left: Vec<_> = text.filter(|line| line.contains(&profile)).collect();
        if left.is_empty() { Ok(()) } else { Err(format!("still running: {left:?}")) }
    }

    /// The script ends the browser and removes its profile.
    fn stop(&mut self) {
        drop(self.life.take());
        let _ = self.child.wait();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.stop();
    }
}

#[test]
fn the_first_browser_in_the_path_that_is_no_snap_is_found() {
    let folder = env::temp_dir().join(format!("tower-cors-path-{}", std::process::id()));
    let (snaps, others) = (folder.join("snaps"), folder.join("others"));
    for (folder, script) in [(&snaps, "#!/bin/sh\nexec /snap/bin/firefox"), (&others, "#!/bin/sh")]
    {
        fs::create_dir_all(folder).expect("a folder");
        fs::write(folder.join("firefox"), script).expect("a script");
    }
    let find = |engine: Engine, folders: &[&PathBuf]| {
        engine.find_in(&env::join_paths(folders).expect("folders"))
    };
    let found = [
        find(Engine::Firefox, &[&snaps, &others]),
        find(Engine::Firefox, &[&snaps]),
        find(Engine::Chromium, &[&others]),
        find(Engine::WebKit, &[&others]),
    ];
    fs::remove_dir_all(&folder).expect("the folder is removed");
    assert_eq!(found, [Some(others.join("firefox")), None, None, None]);
}
