//! `docs/troubleshooting.md`: each message leads to a command that prints its cause, and to a
//! policy with which the same command ends well.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

const PAGE: &str = include_str!("../../../../docs/troubleshooting.md");

/// A part of the page under a heading: the messages, and what is in its fenced blocks, in order.
#[derive(Debug, Default)]
struct Part {
    title: String,
    messages: Vec<String>,
    blocks: Vec<(String, String)>,
}

fn parts(page: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut block: Option<(String, String)> = None;
    for line in page.lines() {
        if let Some((_, text)) = &mut block {
            if line == "```" {
                if let (Some(part), Some(block)) = (parts.last_mut(), block.take()) {
                    part.blocks.push(block);
                }
            } else {
                *text += &format!("{line}\n");
            }
        } else if let Some(title) = line.strip_prefix("## ") {
            parts.push(Part { title: title.to_owned(), ..Part::default() });
        } else if let Some(kind) = line.strip_prefix("```") {
            block = Some((kind.to_owned(), String::new()));
        } else if let (Some(message), Some(part)) = (line.strip_prefix("> "), parts.last_mut()) {
            part.messages.push(message.to_owned());
        }
    }
    parts
}

/// A folder of its own, which ends with this value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("tower-cors-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The words of a shell's line, with its single quotes and its continued lines.
fn words(command: &str) -> Vec<String> {
    let joined = command.replace("\\\n", " ");
    let mut words = Vec::new();
    for (index, piece) in joined.split('\'').enumerate() {
        match index % 2 {
            0 => words.extend(piece.split_whitespace().map(str::to_owned)),
            _ => words.push(piece.to_owned()),
        }
    }
    words
}

fn run(folder: &Path, command: &str) -> Output {
    let words = words(command);
    let start = ["cargo", "run", "-p", "explain", "--"];
    assert_eq!(words[..5], start, "{command}");
    crate::program().current_dir(folder).args(&words[5..]).output().expect("it runs")
}

#[test]
fn every_message_has_a_command_that_prints_its_cause() {
    let parts = parts(PAGE);
    let mut seen = BTreeMap::new();
    for (index, part) in parts.iter().enumerate().filter(|(_, part)| !part.messages.is_empty()) {
        let title = &part.title;
        let folder = Folder::new(&format!("page-{index}"));
        let har = Path::new(crate::ROOT).join("tests/data/har/elsewhere.har");
        fs::copy(har, folder.0.join("network.har")).expect("a copy");
        let kinds: Vec<&str> = part.blocks.iter().map(|(kind, _)| &**kind).collect();
        let [(_, policy), (_, command), (_, cause), rest @ ..] = &part.blocks[..] else {
            panic!("{title}: {kinds:?}")
        };
        assert_eq!(kinds[..3], ["yaml", "sh", "text"], "{title}");
        fs::write(folder.0.join("policy.yaml"), policy).expect("a file");
        let before = run(&folder.0, command);
        let printed = String::from_utf8_lossy(&before.stdout).into_owned();
        let errors = String::from_utf8_lossy(&before.stderr).into_owned();
        let mut lines = printed.lines();
        for line in cause.lines() {
            assert!(lines.any(|printed| printed == line), "{title}: {line:?}\n{printed}{errors}");
        }
        assert!(before.status.code().is_some_and(|code| code < 2), "{title}: {errors}");
        if let [(_, changed)] = rest {
            fs::write(folder.0.join("policy.yaml"), changed).expect("a file");
            let after = run(&folder.0, command);
            let printed = String::from_utf8_lossy(&after.stdout);
            assert_eq!(after.status.code(), Some(0), "{title}: {printed}");
        }
        for message in &part.messages {
            let earlier = seen.insert(message, title);
            assert_eq!(earlier, None, "{message} stands twice");
        }
    }
    assert!(seen.len() > 20, "{}", seen.len());
}

/// The README's short list leads to parts of the page.
#[test]
fn links_into_the_page_lead_somewhere() {
    let anchors: Vec<String> = parts(PAGE)
        .iter()
        .map(|part| {
            let dashed = part.title.to_lowercase().replace(' ', "-");
            dashed.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect()
        })
        .collect();
    let readme = include_str!("../../../../README.md");
    let links: Vec<&str> = [readme, PAGE]
        .iter()
        .flat_map(|text| text.split("](").skip(1))
        .filter_map(|rest| rest.split(')').next())
        .filter_map(|link| link.strip_prefix("docs/troubleshooting.md#").or(link.strip_prefix('#')))
        .collect();
    assert!(links.len() >= 4, "{links:?}");
    for link in links {
        assert!(anchors.iter().any(|anchor| anchor == link), "{link} is none of {anchors:?}");
    }
}
