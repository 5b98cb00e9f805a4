//! Holds what users read to the project's style: no private vocabulary, and no long sentences. It reads the
//! pages, the doc comments of `src/`, and the string literals of `src/`, which are the messages.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Words with a special meaning in this project's older texts. A reader has to guess it.
const PRIVATE: &[&str] = &[
    "at home", "beside", "lack", "lacked", "lacking", "lacks", "likewise", "meet", "meets", "mend",
    "mended", "mends", "met", "own", "stand", "standing", "stands", "stood", "tell", "telling",
    "tells", "the face", "told",
];

/// "Its own" and "the app's own" are plain English.
const POSSESSIVE: &[&str] = &["its", "their", "your", "our"];

const LONGEST: usize = 30;

/// Where a finding is right: the file, a part of the sentence, and why.
const ALLOWED: &[(&str, &str, &str)] = &[];

/// Pages and sources in the older voice. Whoever rewrites one takes it off the list.
const TO_DO: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "DESIGN.md",
    "docs/browsers.md",
    "docs/examples.md",
    "docs/performance.md",
];

struct Sentence {
    file: String,
    text: String,
}

impl Sentence {
    /// What is wrong with it.
    fn findings(&self) -> Vec<String> {
        let words: Vec<String> = words(&self.text).collect();
        let mut findings = Vec::new();
        if words.len() > LONGEST {
            findings.push(format!("{} words", words.len()));
        }
        for private in PRIVATE {
            let parts: Vec<&str> = private.split(' ').collect();
            let found = words.windows(parts.len()).enumerate().any(|(at, window)| {
                let before = at.checked_sub(1).map(|before| &*words[before]);
                let owner = before.is_some_and(|b| POSSESSIVE.contains(&b) || b.ends_with("'s"));
                let fine = *private == "own" && owner;
                window == parts && !fine
            });
            if found {
                findings.push(format!("{private:?}"));
            }
        }
        findings
    }
}

/// In lower case. A piece of code is one word.
fn words(text: &str) -> impl Iterator<Item = String> {
    let trimmed = text.split_whitespace().map(|word| {
        word.trim_matches(|c: char| !c.is_alphanumeric() && c != '\u{1}').to_lowercase()
    });
    trimmed.filter(|word| !word.is_empty())
}

/// The sentences of a page, without code blocks and quotations. Cells of tables are sentences.
fn markdown(text: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut paragraph = String::new();
    let mut fence = false;
    let end = |paragraph: &mut String, sentences: &mut Vec<String>| {
        sentences.extend(split(&plain(paragraph)));
        paragraph.clear();
    };
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with("```") {
            fence = !fence;
            end(&mut paragraph, &mut sentences);
        } else if fence || line.starts_with("> ") {
        } else if line.is_empty() || line.starts_with("<!--") || is_definition(line) {
            end(&mut paragraph, &mut sentences);
        } else if line.starts_with('|') {
            end(&mut paragraph, &mut sentences);
            for cell in plain(line).split('|') {
                sentences.extend(split(cell));
            }
        } else {
            let number = line.find(". ").is_some_and(|dot| line[..dot].parse::<u32>().is_ok());
            if number || ["- ", "* ", "#"].iter().any(|start| line.starts_with(start)) {
                end(&mut paragraph, &mut sentences);
            }
            paragraph += line;
            paragraph.push(' ');
            if line.starts_with('#') {
                end(&mut paragraph, &mut sentences);
            }
        }
    }
    end(&mut paragraph, &mut sentences);
    sentences
}

/// `[name]: where it leads`.
fn is_definition(line: &str) -> bool {
    line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")).is_some()
}

/// Without the code and the targets of links.
fn plain(text: &str) -> String {
    let code = text.split('`').enumerate();
    let text: String = code.map(|(at, part)| if at % 2 == 0 { part } else { "\u{1}" }).collect();
    let mut plain = String::new();
    let mut rest = &*text;
    while let Some(at) = rest.find(']') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        for (open, close) in [('(', ')'), ('[', ']')] {
            if rest.starts_with(open) {
                rest = rest.split_once(close).map_or(rest, |(_, rest)| rest);
                break;
            }
        }
    }
    plain + rest
}

/// At each full stop, question mark and exclamation mark that white space follows.
fn split(text: &str) -> Vec<String> {
    let mut sentences = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(last) = sentences.last_mut() else { continue };
        *last += word;
        last.push(' ');
        let bare = word.trim_end_matches([')', '*', '"', '_']);
        if bare.ends_with(['.', '!', '?', '…']) && bare != "…" {
            sentences.push(String::new());
        }
    }
    sentences.retain(|sentence| !sentence.trim().is_empty());
    sentences
}

/// The doc comments of a source, each block as a page.
fn doc_comments(source: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut block = String::new();
    for line in source.lines() {
        let line = line.trim();
        match line.strip_prefix("///").or_else(|| line.strip_prefix("//!")) {
            Some(text) => block += &format!("{text}\n"),
            None => sentences.extend(markdown(&std::mem::take(&mut block))),
        }
    }
    sentences.extend(markdown(&block));
    sentences
}

/// The string literals of a source.
fn literals(source: &str) -> Vec<String> {
    let mut literals = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find(['"', '\'', '/']) {
        let (before, found) = rest.split_at(at);
        rest = &found[1..];
        if found.starts_with("//") {
            rest = found.split_once('\n').map_or("", |(_, rest)| rest);
        } else if found.starts_with("'\"'") || found.starts_with("'\\") {
            rest = found[2..].split_once('\'').map_or("", |(_, rest)| rest);
        } else if found.starts_with('"') {
            let hashes = before.len() - before.trim_end_matches('#').len();
            let raw = before.trim_end_matches('#').ends_with('r');
            let end = format!("\"{}", "#".repeat(if raw { hashes } else { 0 }));
            let mut length = 0;
            loop {
                let Some(next) = rest[length..].find(&*end) else { return literals };
                length += next;
                let text = &rest[..length];
                let escaped = text.len() - text.trim_end_matches('\\').len();
                if raw || escaped % 2 == 0 {
                    break;
                }
                length += 1;
            }
            literals.push(
                rest[..length].replace("\\\n", " ").replace("\\n", "\n").replace("\\\"", "\""),
            );
            rest = &rest[length + end.len()..];
        }
    }
    literals
}

/// A placeholder of a format string is one word.
fn without_placeholders(text: &str) -> String {
    let mut parts = text.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + "\u{1}" + part.split_once('}').map_or(part, |(_, rest)| rest)
    })
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The pages, and everything in `src/`, by their paths from the root.
fn files() -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    let mut folders = vec![String::new(), "docs/".to_owned(), "src/".to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap().map(Result::unwrap) {
            let name = format!("{folder}{}", entry.file_name().into_string().unwrap());
            if folder.starts_with("src/") && entry.path().is_dir() {
                folders.push(format!("{name}/"));
            } else if name.ends_with(".md") || name.ends_with(".rs") {
                files.insert(name);
            }
        }
    }
    files
}

fn sentences(file: &str) -> Vec<Sentence> {
    let text = fs::read_to_string(root().join(file)).unwrap();
    let texts = match file.ends_with(".rs") {
        true => {
            let messages = literals(&text);
            let messages = messages.iter().flat_map(|literal| literal.split('\n'));
            let messages = messages.map(without_placeholders).flat_map(|text| split(&text));
            doc_comments(&text).into_iter().chain(messages).collect()
        }
        false => markdown(&text),
    };
    texts.into_iter().map(|text| Sentence { file: file.to_owned(), text }).collect()
}

#[test]
fn texts_are_short_and_plain() {
    let mut unused: Vec<_> = ALLOWED.iter().collect();
    let mut wrong = Vec::new();
    for file in files().iter().filter(|file| !TO_DO.contains(&&***file)) {
        for sentence in sentences(file) {
            let findings = sentence.findings();
            if findings.is_empty() {
                continue;
            }
            let allows = |(file, part, _): &&&(&str, &str, &str)| {
                *file == sentence.file && sentence.text.contains(part)
            };
            if ALLOWED.iter().any(|entry| allows(&&entry)) {
                unused.retain(|entry| !allows(&entry));
                continue;
            }
            wrong.push(format!("{file}: {}: {}", findings.join(", "), sentence.text.trim()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n").replace('\u{1}', "`…`"));
    assert!(unused.is_empty(), "allowed for nothing: {unused:?}");
}

#[test]
fn pages_to_do_are_there_and_need_it() {
    let files = files();
    for page in TO_DO {
        assert!(files.contains(*page), "there is no {page}");
        let needs = sentences(page).iter().any(|sentence| !sentence.findings().is_empty());
        assert!(needs, "{page} is done: take it off the list");
    }
}

#[test]
fn findings_are_found() {
    let findings = |text: &str| {
        let sentences = markdown(text).into_iter();
        let sentences = sentences.map(|text| Sentence { file: String::new(), text });
        sentences.flat_map(|sentence| sentence.findings()).collect::<Vec<_>>()
    };
    assert_eq!(findings("It tells.\nWhat `stands` there, its own."), ["\"tells\""]);
    assert_eq!(findings("a config of its own\n\n| a | [own](its) |"), ["\"own\""]);
    assert_eq!(
        findings("```\ntell\n```\nAt home,\n- beside"),
        ["\"beside\"", "\"at home\""].map(String::from).into_iter().rev().collect::<Vec<_>>()
    );
    let long = "word ".repeat(31);
    assert_eq!(findings(&long), ["31 words"]);
    assert_eq!(findings(&format!("{}. {}", &long[..100], &long[100..])), [""; 0]);
    assert_eq!(
        literals(
            r##"f("a \"b\"", r#"c "d""#, 'e', '"', "f \
            g") // "h"
            "i""##
        ),
        [r#"a "b""#, r#"c "d""#, "f              g", "i"]
    );
    assert_eq!(doc_comments("/// A.\n/// B. C\nfn f() {}\n    //! D"), ["A. ", "B. ", "C ", "D "]);
}
