//! Checks what `ARCHITECTURE.md` says of the source: files import from files above them only, a method
//! lives in the file of what it returns, and the page names everything that is there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::imports::{self, code};

/// Top to bottom: data flows from a request to a response.
const ORDER: &[&str] = &[
    "fetch",
    "origin",
    "origin/open",
    "origin/punycode",
    "origin/error",
    "origin/pattern",
    "origin/set",
    "request",
    "config/kinds",
    "config/place",
    "config/list",
    "config",
    "config/form",
    "config/error",
    "config/check",
    "config/lint",
    "policy/names",
    "policy/rule",
    "policy",
    "choice",
    "decision",
    "decision/display",
    "explain/nearest",
    "explain/remedy",
    "explain/missing",
    "explain/advice",
    "explain/browser",
    "explain/findings",
    "explain",
    "mirror",
    "intersect",
    "strip",
    "vary",
    "respond",
    "source",
    "source/extensions",
    "source/reload",
    "observe",
    "future",
    "service",
    "layer",
    "guides",
    "lib",
];

/// What must not know of services, futures or input and output: everything above `source`.
const PURE: usize = 34;

fn sources() -> BTreeMap<String, String> {
    imports::sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src"))
}

fn place(file: &str) -> usize {
    imports::place(ORDER, file)
}

#[test]
fn every_file_has_its_place() {
    let mut files: Vec<_> = sources().into_keys().collect();
    let mut listed = ORDER.to_vec();
    files.sort();
    listed.sort_unstable();
    assert_eq!(files, listed);
}

#[test]
fn files_import_from_files_above_them_only() {
    assert_eq!(imports::wrong(&sources(), ORDER), [""; 0]);
}

#[test]
fn what_is_above_the_sources_is_pure() {
    assert_eq!(ORDER[PURE], "source");
    for (file, text) in sources().into_iter().filter(|(file, _)| place(file) < PURE) {
        let code = code(&text);
        for word in [
            "Future",
            "async",
            "tower_",
            "tracing",
            "std::fs",
            "std::net::Tcp",
            "println",
            "thread",
        ] {
            assert!(!code.contains(word), "src/{file}.rs knows of {word}");
        }
    }
}

#[test]
fn a_method_lives_in_the_file_of_what_it_returns() {
    let sources = sources();
    let mut home = BTreeMap::new();
    for (file, text) in &sources {
        for line in code(text).lines() {
            let line = line.trim_start_matches("pub ").trim_start_matches("pub(crate) ");
            let declared = line.strip_prefix("struct ").or_else(|| line.strip_prefix("enum "));
            if let Some(rest) = declared {
                let name: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
                home.insert(name, file.clone());
            }
        }
    }
    let (mut seen, mut wrong) = (Vec::new(), Vec::new());
    for (file, text) in &sources {
        // Inherent impls of a type that is at home elsewhere: `impl Type {`, `impl Type<'_> {`.
        let mut visitor = None;
        for line in code(text).lines() {
            if let Some(rest) = line.strip_prefix("impl") {
                let rest = rest.trim_start_matches(|c| c != ' ').trim_start();
                let name: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
                let elsewhere =
                    !line.contains(" for ") && home.get(&name).is_some_and(|h| h != file);
                visitor = elsewhere.then_some(name);
            }
            let Some(name) = &visitor else { continue };
            let Some((method, returned)) =
                line.split_once(" -> ").filter(|_| line.contains("pub fn "))
            else {
                continue;
            };
            let method = method.split("pub fn ").last().unwrap_or(method);
            let method = method.split(['(', '<']).next().unwrap_or(method);
            seen.push(format!("{file}: {name}::{method}"));
            let words: Vec<&str> = returned.split(|c: char| !c.is_alphanumeric()).collect();
            let homes: Vec<_> = words.iter().filter_map(|word| home.get(*word)).collect();
            if !homes.is_empty() && !homes.contains(&file) {
                wrong.push(format!("{file}: {name}::{method}"));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
    for known in
        ["decision: Policy::decide", "respond: Decision::edits", "policy: PolicyConfig::build"]
    {
        assert!(seen.iter().any(|method| method == known), "{known} is not among {seen:?}");
    }
}

#[test]
fn the_page_names_every_file_and_every_member() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let members = manifest.split("members = [").nth(1).unwrap();
    let members = members.lines().skip(1).map_while(|line| line.trim().strip_prefix('"'));
    let members: Vec<&str> = members.map(|line| line.trim_end_matches("\",")).collect();
    assert!(members.contains(&"tests/pure"), "{members:?}");
    let mut wanted: Vec<_> = members
        .into_iter()
        .filter(|member| *member != ".")
        .map(|member| format!("`{member}`"))
        .collect();
    wanted.extend(sources().into_keys().map(|file| {
        // `decision/line.rs` is enough after `src/decision.rs`; a whole folder may have one row.
        let folder = file.split_once('/').map(|(folder, _)| format!("`src/{folder}/`"));
        let file = file.rsplit('/').next().unwrap_or(&file).to_owned();
        folder.filter(|folder| page.contains(folder)).unwrap_or(format!("{file}.rs`"))
    }));
    let missing: Vec<_> = wanted.into_iter().filter(|name| !page.contains(name)).collect();
    assert_eq!(missing, [""; 0]);
}
