//! Checks what `ARCHITECTURE.md` says of the source: files are in the order of the data, and import from
//! files above them only.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::imports;

/// What is read, which policy holds, which rule serves a request, what a table says.
const ORDER: &[&str] = &[
    "fetch",
    "quoted",
    "meant",
    "age",
    "schema",
    "error",
    "manifest",
    "reader",
    "filter",
    "re2",
    "matches",
    "resources",
    "levels",
    "index",
    "table",
    "compile",
    "builder",
    "lib",
];

fn sources() -> BTreeMap<String, String> {
    imports::sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
}

#[test]
fn every_file_has_its_place() {
    let mut listed = ORDER.to_vec();
    listed.sort_unstable();
    assert_eq!(sources().into_keys().collect::<Vec<_>>(), listed);
}

#[test]
fn files_import_from_files_above_them_only() {
    assert_eq!(imports::wrong(&sources(), ORDER), [""; 0]);
}

/// Every bound of a list, a text or a number is in one file.
#[test]
fn what_a_schema_bounds_is_in_its_file() {
    for (file, text) in sources().into_iter().filter(|(file, _)| file != "schema") {
        let bounds = imports::code(&text);
        let mut bounds = bounds.lines().filter(|line| line.contains("const MAX_"));
        // How much of a text a message shows is no bound of a resource.
        let bound = bounds.find(|line| !line.contains("MAX_SHOWN"));
        assert_eq!(bound, None, "src/{file}.rs");
    }
}

#[test]
fn the_page_names_every_file() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ARCHITECTURE.md");
    let page = fs::read_to_string(page).unwrap();
    let section = page.split("### `crates/gateway-api`").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    for file in ORDER {
        assert!(section.contains(&format!("`src/{file}.rs`")), "{file}");
    }
}
