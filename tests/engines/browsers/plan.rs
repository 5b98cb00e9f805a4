//! Which browsers are run: those that are asked for, or else those that are there.

use std::env;
use std::io::{self, Write as _};
use std::path::PathBuf;

use super::engine::Engine;

type Plan = (Vec<(Engine, PathBuf)>, Vec<String>);

/// The browsers to run, and a line for each that is skipped.
fn plan(asked: Option<&str>, find: impl Fn(Engine) -> Option<PathBuf>) -> Result<Plan, String> {
    let names: Vec<_> =
        asked.into_iter().flat_map(|names| names.split(',')).map(str::trim).collect();
    if let Some(name) = names.iter().find(|name| Engine::ALL.iter().all(|e| e.name() != **name)) {
        return Err(format!("TOWER_CORS_BROWSERS: {name} is none of chromium, firefox, webkit"));
    }
    let (mut found, mut skipped) = (Vec::new(), Vec::new());
    for engine in Engine::ALL {
        let required = names.contains(&engine.name());
        if asked.is_some() && !required {
            continue;
        }
        match find(engine) {
            Some(browser) => found.push((engine, browser)),
            None => {
                let packages = engine.packages();
                if required {
                    return Err(format!(
                        "{engine} is required and not installed (Debian: {packages})"
                    ));
                }
                skipped.push(format!("{engine} is not installed (Debian: {packages}): skipped"));
            }
        }
    }
    Ok((found, skipped))
}

/// The browsers to run here; says which are not.
pub(crate) fn planned() -> Vec<(Engine, PathBuf)> {
    let asked = variable("TOWER_CORS_BROWSERS");
    let (found, skipped) = plan(asked.as_deref(), Engine::find).unwrap_or_else(|e| panic!("{e}"));
    skipped.iter().for_each(|line| say(line));
    found
}

/// The browser of the tests of the harness itself.
pub(crate) fn chromium() -> Option<PathBuf> {
    let asked = variable("TOWER_CORS_BROWSERS");
    let (found, _) = plan(asked.as_deref(), Engine::find).unwrap_or_else(|e| panic!("{e}"));
    found.into_iter().find_map(|(engine, path)| (engine == Engine::Chromium).then_some(path))
}

pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Past the test harness, which keeps what `println!` says of a test that passes.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

#[test]
fn browsers_that_are_not_there_are_skipped_or_missed() {
    let nowhere = |_| None;
    let (found, skipped) = plan(None, nowhere).expect("none is required");
    assert_eq!(found, []);
    assert_eq!(
        skipped,
        [
            "chromium is not installed (Debian: chromium): skipped",
            "firefox is not installed (Debian: firefox-esr): skipped",
            "webkit is not installed (Debian: webkit2gtk-driver and xvfb): skipped",
        ]
    );
    let firefox = |engine| (engine == Engine::Firefox).then(|| PathBuf::from("/firefox"));
    let here = vec![(Engine::Firefox, PathBuf::from("/firefox"))];
    assert_eq!(plan(None, firefox).expect("none is required").0, here);
    assert_eq!(plan(Some("firefox"), firefox), Ok((here, vec![])));
    for (asked, error) in [
        (
            "firefox, webkit",
            "webkit is required and not installed (Debian: webkit2gtk-driver and xvfb)",
        ),
        ("safari", "TOWER_CORS_BROWSERS: safari is none of chromium, firefox, webkit"),
    ] {
        assert_eq!(plan(Some(asked), firefox), Err(error.to_owned()));
    }
}
