//! The compiler says our own sentences about common mistakes. Only these are looked for: what it says
//! besides is its own, and changes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const NOT_A_SOURCE: &str = "cannot be used as a policy source";

/// The cases, each with what must be said of it.
const SENTENCES: [(&str, &[&str]); 8] = [
    (
        "unbuilt_config",
        &["`PolicyConfig` cannot be used as a policy source", "CorsLayer::new(config.build()?)"],
    ),
    ("unhandled_errors", &[NOT_A_SOURCE, "CorsLayer::new(config.build()?)"]),
    ("policy_by_reference", &["`&Policy` cannot be used as a policy source", "not a reference"]),
    ("source_that_gives_text", &[NOT_A_SOURCE, "a function takes one argument"]),
    ("source_of_text", &["`&str` cannot be used as a policy source"]),
    (
        "observer_not_an_observer",
        &["`Counter` cannot observe decisions", "`|decision: &Decision<'_>|`"],
    ),
    ("source_not_clone", &["`Tenants` is not `Clone`", "put it into an `Arc`"]),
    ("body_not_default", &["the layer cannot create an empty `Body`", "implement `Default`"]),
];

#[test]
fn common_mistakes_are_told_in_our_own_words() {
    let told = compile();
    let names: Vec<_> = SENTENCES.iter().map(|(name, _)| *name).collect();
    let mut found: Vec<_> = cases().into_iter().collect();
    let mut expected: Vec<_> = names.iter().map(ToString::to_string).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected, "each file is a case");
    for (name, sentences) in SENTENCES {
        let told = told.get(name).unwrap_or_else(|| panic!("{name} compiles"));
        for sentence in sentences {
            assert!(told.contains(sentence), "{name}: no {sentence:?} in\n{told}");
        }
    }
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn cases() -> Vec<String> {
    let files = fs::read_dir(folder().join("cases")).expect("a folder");
    let stem = |path: &Path| Some(path.file_stem()?.to_str()?.to_owned());
    files.map(|file| stem(&file.expect("a file").path()).expect("a name")).collect()
}

/// Compiles every case, and gives the errors of each. What the workspace has locked is used, so that
/// nothing is asked of a registry.
fn compile() -> BTreeMap<String, String> {
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile-errors");
    let root = folder().join("../..");
    fs::create_dir_all(&package).expect("a folder");
    let mut manifest = format!(
        "[package]\nname = \"cases\"\nversion = \"0.0.0\"\nedition = \"2024\"\nautobins = false\n\n[workspace]\n\n\
         [dependencies]\nhttp = \"1\"\ntower-cors = {{ path = {:?} }}\ntower-layer = \"0.3\"\ntower-service = \"0.3\"\n",
        root.canonicalize().expect("the workspace"),
    );
    for case in cases() {
        let path = folder().join("cases").join(format!("{case}.rs"));
        manifest += &format!("\n[[bin]]\nname = {case:?}\npath = {path:?}\n");
    }
    fs::write(package.join("Cargo.toml"), manifest).expect("a manifest");
    fs::copy(root.join("Cargo.lock"), package.join("Cargo.lock")).expect("a lock file");
    let output = Command::new(env!("CARGO"))
        .args(["check", "--bins", "--keep-going", "--offline", "--message-format", "json"])
        .current_dir(&package)
        .env("CARGO_TARGET_DIR", package.join("target"))
        .output()
        .expect("cargo");
    let mut told = BTreeMap::<String, String>::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
        let error = message["message"]["level"] == "error";
        let target = message["target"]["name"].as_str().filter(|_| error);
        if let (Some(target), Some(text)) = (target, message["message"]["rendered"].as_str()) {
            *told.entry(target.to_owned()).or_default() += text;
        }
    }
    assert!(!told.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    told
}
