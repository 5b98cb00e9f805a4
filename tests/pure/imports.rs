//! What the tests of a crate's import order share.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Each file of a `src` folder by its module path, `/` between.
pub(crate) fn sources(src: &Path) -> BTreeMap<String, String> {
    fn collect(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            if entry.path().is_dir() {
                collect(&entry.path(), &format!("{prefix}{name}/"), found);
            } else if let Some(stem) = name.strip_suffix(".rs") {
                let text = fs::read_to_string(entry.path()).unwrap();
                found.insert(format!("{prefix}{stem}"), text);
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(src, "", &mut found);
    found
}

pub(crate) fn place(order: &[&str], file: &str) -> usize {
    let place = order.iter().position(|listed| *listed == file);
    place.unwrap_or_else(|| panic!("src/{file}.rs has no place in the order of architecture.rs"))
}

/// The code, without comments: examples in docs import as a user does.
pub(crate) fn code(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The imports that do not name a file above, which is one earlier in the order.
pub(crate) fn wrong(sources: &BTreeMap<String, String>, order: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (file, text) in sources.iter().filter(|(file, _)| *file != "lib") {
        let code = code(text);
        if code.contains("super::") {
            wrong.push(format!("{file} imports by super"));
        }
        for path in crate_paths(&code) {
            match file_of(order, &path) {
                None => wrong.push(format!("{file} imports {path} through the root")),
                Some(other) if place(order, &other) >= place(order, file) => {
                    wrong.push(format!("{file} imports {path} from below it"));
                }
                Some(_) => {}
            }
        }
    }
    wrong
}

/// The file that a path after `crate::` names: the longest that there is.
fn file_of(order: &[&str], path: &str) -> Option<String> {
    let segments: Vec<&str> = path.split("::").collect();
    let files = (1..=segments.len()).rev().map(|end| segments[..end].join("/"));
    files.into_iter().find(|file| order.contains(&file.as_str()))
}

/// Every path in the code that begins with `crate::`.
fn crate_paths(code: &str) -> Vec<String> {
    let ends = |c: char| !(c.is_alphanumeric() || c == '_' || c == ':');
    let paths = code.split("crate::").skip(1);
    paths
        .map(|rest| rest[..rest.find(ends).unwrap_or(rest.len())].trim_end_matches(':').to_owned())
        .collect()
}
