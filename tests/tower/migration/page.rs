//! The page, and what the tests found as it stands there.

use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::built::Built;
use super::classes::CLASSES;
use super::pairs::NEAR;
use super::steps::{Step, Why};

/// What was found of a class.
#[derive(Default)]
pub(crate) struct Found {
    example: Option<String>,
    /// Whether the example is of the commonest policy.
    common: bool,
    /// Whether it is left where a policy is set to be as near to tower-http as it gets.
    near: bool,
    exchanges: usize,
    last: usize,
}

const COMMON: &str = "allow_origin(list)";

impl Found {
    /// One more step, of the exchange of this number.
    pub(crate) fn add(&mut self, step: &Step<'_>, exchange: usize) {
        let common = step.case.pair.name == COMMON;
        if self.example.is_none() || common && !self.common {
            (self.example, self.common) = (Some(step.to_string()), common);
        }
        self.near |= step.case.pair.name == NEAR;
        if self.last != exchange {
            (self.exchanges, self.last) = (self.exchanges + 1, exchange);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.exchanges == 0
    }
}

/// The request in words, and what is not the same in the answers.
impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let case = &self.case;
        write!(f, "`{}`, `{} {}`", case.pair.name, case.method, case.path)?;
        let origins = case.origin.iter().map(|origin| ("origin", *origin));
        for (name, value) in origins.chain(case.headers.iter().copied()) {
            write!(f, ", `{}`", line(name, value))?;
        }
        if self.why != Why::Layers {
            let lines = case.inner.iter().filter(|(name, _)| *name == self.field);
            for (name, value) in lines {
                write!(f, ", where the service sets `{}`", line(name, value))?;
            }
        }
        let told = |value: &Option<String>| match (self.field.as_str(), value.as_deref()) {
            ("calls", Some("0")) => "answers itself".to_owned(),
            ("calls", _) => "asks the service".to_owned(),
            (field, None) => format!("sends no `{field}`"),
            ("status", Some(value)) => format!("answers `{value}`"),
            (field, Some(value)) => format!("sends `{}`", line(field, value)),
        };
        write!(f, ": tower-http {}, this crate {}", told(&self.theirs), told(&self.ours))
    }
}

fn line(name: &str, value: &str) -> String {
    format!("{name}: {value}").trim_end().to_owned()
}

/// The list of all classes with what was found of each.
pub(crate) fn answers(found: &[Found], exchanges: usize) -> String {
    let mut text = format!("{exchanges} exchanges were compared.\n");
    for (number, (class, found)) in (1..).zip(CLASSES.iter().zip(found)) {
        let Found { example, exchanges, .. } = found;
        let example = example.as_deref().unwrap_or_default();
        let mark = format!("{number}. ");
        let indent = " ".repeat(mark.len());
        let told = format!("{mark}**{}** {}", class.title, class.reason);
        let _ = writeln!(text, "\n{}", wrapped(&told, &indent));
        let told = format!("{indent}In {exchanges} of them. For instance {example}.");
        let _ = writeln!(text, "\n{}", wrapped(&told, &indent));
    }
    text
}

/// The numbers of those that no setting takes away.
pub(crate) fn left(found: &[Found]) -> String {
    let left = (1..).zip(found).filter(|(_, found)| found.near);
    let left: Vec<_> = left.map(|(number, _)| number.to_string()).collect();
    format!("What is left of the list above: {}.\n", left.join(", "))
}

/// What becomes of configurations, as a table.
pub(crate) fn built(all: &[Built]) -> String {
    let mut text = "| what is configured | tower-http | this crate |\n|---|---|---|\n".to_owned();
    for Built { what, theirs, ours } in all {
        let _ = writeln!(text, "| {what} | {theirs} | {ours} |");
    }
    text
}

/// Lines of 100 characters at most, those after the first indented.
fn wrapped(text: &str, indent: &str) -> String {
    let mut lines = String::new();
    let mut width = 0;
    for (index, word) in text.split(' ').enumerate() {
        let length = word.chars().count() + 1;
        if index > 0 && !word.is_empty() && width + length > 100 {
            let _ = write!(lines, "\n{indent}");
            width = indent.len();
        } else if index > 0 {
            lines.push(' ');
        }
        lines.push_str(word);
        width += length;
    }
    lines
}

const PAGE: &str = "docs/migrating-from-tower-http.md";

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(PAGE)
}

/// Whether the page has a section for it.
pub(crate) fn tells_of(pair: &str) -> bool {
    let page = std::fs::read_to_string(path()).unwrap();
    let heading = pair.split(", ").next().unwrap_or(pair);
    page.lines().any(|line| line == format!("### `{heading}`"))
}

/// One test at a time: the page has several parts.
static PAGE_IS_MINE: Mutex<()> = Mutex::new(());

/// Compares a marked part of the page with what was found, or writes it.
#[track_caller]
pub(crate) fn compare(part: &str, found: &str) {
    let _mine = PAGE_IS_MINE.lock();
    let page = std::fs::read_to_string(path()).unwrap();
    let begin = format!("<!-- {part}: written by tests/tower/migration.rs -->\n");
    let (before, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("{PAGE} has no {begin}"));
    let (had, after) = rest.split_once("<!-- end -->").unwrap();
    let found = format!("\n{found}\n");
    if std::env::var_os("TOWER_CORS_WRITE").is_some_and(|value| value == "1") {
        std::fs::write(path(), format!("{before}{begin}{found}<!-- end -->{after}")).unwrap();
    } else {
        assert_eq!(had, found, "{PAGE} says otherwise: see the head of tests/tower/migration.rs");
    }
}
