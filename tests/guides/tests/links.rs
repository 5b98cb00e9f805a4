//! Every link leads somewhere: in the README as crates.io shows it, and in the pages that `cargo doc` makes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where the pages that `cargo doc` makes will be.
const PUBLISHED: &str = "https://docs.rs/tower-cors/latest/";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder with the crate's pages, as docs.rs makes them.
fn documentation() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("documentation");
        // What an earlier version had must not hide a broken link.
        let _ = fs::remove_dir_all(target.join("doc"));
        let output = Command::new(env!("CARGO"))
            .current_dir(root())
            .args(["doc", "--package", "tower-cors", "--no-deps", "--all-features", "--target-dir"])
            .arg(&target)
            .env("RUSTDOCFLAGS", "-D warnings")
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        target.join("doc")
    })
}

/// Why a page below the documentation's folder cannot be linked to, with or without an anchor.
fn problem(page: &Path, anchor: Option<&str>) -> Option<String> {
    let Ok(text) = fs::read_to_string(page) else {
        return (!page.exists()).then(|| format!("there is no {}", page.display()));
    };
    let anchor = anchor.filter(|anchor| !anchor.is_empty())?;
    let found = text.contains(&format!("id=\"{anchor}\""));
    (!found).then(|| format!("{} has no #{anchor}", page.display()))
}

fn split(link: &str) -> (&str, Option<&str>) {
    link.split_once('#').map_or((link, None), |(page, anchor)| (page, Some(anchor)))
}

/// What comes after each `start` and before the next `end`.
fn between<'a>(text: &'a str, start: &'a str, end: char) -> impl Iterator<Item = &'a str> {
    text.split(start).skip(1).filter_map(move |rest| rest.split_once(end).map(|(link, _)| link))
}

#[test]
fn every_link_of_the_readme_works_outside_the_repository() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let readme: String = readme.split("```").step_by(2).collect::<Vec<_>>().join("\n");
    let (definitions, text): (Vec<&str>, Vec<&str>) =
        readme.lines().partition(|line| line.starts_with('[') && line.contains("]: "));
    let definitions: Vec<(&str, &str)> =
        definitions.iter().filter_map(|line| line.strip_prefix('[')?.split_once("]: ")).collect();
    let text = text.join("\n");

    let used: BTreeSet<&str> = between(&text, "][", ']').collect();
    let defined: BTreeSet<&str> = definitions.iter().map(|(name, _)| *name).collect();
    assert_eq!(used, defined);

    let mut wrong = Vec::new();
    let mut ours = 0;
    for link in between(&text, "](", ')').chain(definitions.iter().map(|(_, link)| *link)) {
        if let Some(link) = link.strip_prefix(PUBLISHED) {
            let (page, anchor) = split(link);
            wrong.extend(problem(&documentation().join(page), anchor));
            ours += 1;
        } else if !link.starts_with("https://") {
            wrong.push(format!("{link} leads nowhere on crates.io"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(ours > 10, "{ours}");
}

#[test]
fn every_link_of_the_documentation_works() {
    let mut wrong = BTreeSet::new();
    let mut checked = 0;
    let mut folders = vec![documentation().join("tower_cors")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "html") {
                continue;
            }
            let page = fs::read_to_string(&path).expect("a page");
            // After it comes what other crates say about their traits.
            let page = page.split("id=\"blanket-implementations-list\"").next().unwrap_or(&page);
            for link in between(page, "href=\"", '"').chain(between(page, "src=\"", '"')) {
                let elsewhere = ["https://", "http://", "data:", "javascript:"];
                // The pages' scripts have `${…}`.
                if elsewhere.iter().any(|start| link.starts_with(start)) || link.contains("${") {
                    continue;
                }
                let (file, anchor) = split(link);
                let target = match file {
                    "" => path.clone(),
                    file => folder.join(file),
                };
                // The anchors of sources are lines, which a script marks.
                let anchor = anchor.filter(|_| !file.contains("src/tower_cors/"));
                let problem = problem(&target, anchor);
                wrong.extend(problem.map(|problem| format!("{}: {problem}", path.display())));
                checked += 1;
            }
        }
    }
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked > 1000, "{checked}");
}
