//! [`Reader`] and [`Field`]: a walk through manifests that collects what is wrong where.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::hash::Hash;

use crate::error::{ManifestError, ManifestLint};
use crate::manifest::{Manifest, Value};
use crate::meant::meant;
use crate::quoted::Quoted;
use crate::schema::{MAX_EXPRESSIONS, MAX_REMARKS};

/// Reads all manifests of a table: what holds for each of them, and what was found so far.
pub(crate) struct Reader {
    pub(crate) answer_every_options: bool,
    expressions: Cell<usize>,
    errors: RefCell<Vec<ManifestError>>,
    lints: RefCell<Vec<ManifestLint>>,
}

impl Reader {
    pub(crate) fn new(answer_every_options: bool) -> Self {
        let (errors, lints) = Default::default();
        Self { answer_every_options, expressions: Cell::new(0), errors, lints }
    }

    /// The document itself, by the name that errors give it.
    pub(crate) fn root<'m>(&'m self, manifest: &'m Manifest, resource: &'m str) -> Field<'m> {
        Field { value: Found::Root(&manifest.0), path: String::new(), resource, reader: self }
    }

    pub(crate) fn error(&self, resource: &str, path: &str, message: String) {
        let (resource, path) = (resource.to_owned(), path.to_owned());
        push(&mut self.errors.borrow_mut(), ManifestError { resource, path, message });
    }

    pub(crate) fn lint(&self, resource: &str, path: &str, message: String) {
        let (resource, path) = (resource.to_owned(), path.to_owned());
        push(&mut self.lints.borrow_mut(), ManifestLint { resource, path, message });
    }

    pub(crate) fn is_sound(&self) -> bool {
        self.errors.borrow().is_empty()
    }

    pub(crate) fn into_remarks(self) -> (Vec<ManifestError>, Vec<ManifestLint>) {
        (once(self.errors.into_inner()), once(self.lints.into_inner()))
    }

    /// Whether one more regular expression is within the bound.
    pub(crate) fn counts_expression(&self) -> bool {
        let before = self.expressions.get();
        self.expressions.set(before + 1);
        before < MAX_EXPRESSIONS
    }
}

fn push<T>(remarks: &mut Vec<T>, remark: T) {
    if remarks.len() < MAX_REMARKS {
        remarks.push(remark);
    }
}

/// Each remark once: a field that is read twice has its error twice.
fn once<T: Clone + Eq + Hash>(remarks: Vec<T>) -> Vec<T> {
    let mut seen = HashSet::new();
    remarks.into_iter().filter(|remark| seen.insert(remark.clone())).collect()
}

/// A place in a manifest, whether there is something or not. What is of the wrong type is told to
/// the reader, and then as good as absent.
#[derive(Clone)]
pub(crate) struct Field<'m> {
    value: Found<'m>,
    path: String,
    resource: &'m str,
    reader: &'m Reader,
}

#[derive(Clone, Copy)]
enum Found<'m> {
    Nothing,
    Root(&'m BTreeMap<String, Value>),
    Value(&'m Value),
}

impl<'m> Field<'m> {
    pub(crate) fn field(&self, name: &str) -> Field<'m> {
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric()) && name.len() <= 64;
        let shown = if plain { name.to_owned() } else { Quoted(name).to_string() };
        let path = match self.path.as_str() {
            "" => shown,
            parent => format!("{parent}.{shown}"),
        };
        let value = self.map().and_then(|map| map.get(name));
        let value = value.filter(|value| !matches!(value, Value::Null));
        Field { value: value.map_or(Found::Nothing, Found::Value), path, ..self.clone() }
    }

    /// Whether something is written here.
    pub(crate) fn is_there(&self) -> bool {
        !matches!(self.value, Found::Nothing)
    }

    pub(crate) fn items(&self) -> Vec<Field<'m>> {
        let list = match self.value {
            Found::Value(Value::List(list)) => Some(list),
            _ => self.expected("a list"),
        };
        let items = list.into_iter().flatten().enumerate().map(|(index, value)| Field {
            value: Found::Value(value),
            path: format!("{}[{index}]", self.path),
            ..self.clone()
        });
        items.collect()
    }

    /// The items, no more than there may be.
    pub(crate) fn at_most(&self, most: usize) -> Vec<Field<'m>> {
        let mut items = self.items();
        if items.len() > most {
            self.error(format!("has {} entries; write {most} at most", items.len()));
            items.truncate(most);
        }
        items
    }

    pub(crate) fn text(&self) -> Option<&'m str> {
        match self.value {
            Found::Value(Value::Text(text)) => Some(text),
            _ => self.expected("a text, in quotes where it looks like something else"),
        }
    }

    /// The text; that there is none, or an empty one, is told.
    pub(crate) fn required_text(&self) -> Option<&'m str> {
        match self.value {
            Found::Nothing | Found::Value(Value::Null) => {
                self.error("is missing".into());
                None
            }
            Found::Value(Value::Text(text)) if text.is_empty() => {
                self.error("is empty".into());
                None
            }
            _ => self.text(),
        }
    }

    pub(crate) fn integer(&self) -> Option<i64> {
        match self.value {
            Found::Value(Value::Integer(value)) => Some(*value),
            _ => self.expected("a whole number"),
        }
    }

    pub(crate) fn boolean(&self) -> Option<bool> {
        match self.value {
            Found::Value(Value::Bool(value)) => Some(*value),
            _ => self.expected("true or false"),
        }
    }

    /// Tells what is no map.
    pub(crate) fn expect_map(&self) {
        let _ = self.map();
    }

    /// Refuses each field that is not known: where a typo would widen what the rest says.
    pub(crate) fn refuse_unknown(&self, known: &[&str]) {
        for name in self.names().filter(|name| !known.contains(name)) {
            let message = match meant(name, known) {
                Some(meant) => format!("is not a known field; write {meant}"),
                None => format!("is not a known field; write one of {}", known.join(", ")),
            };
            self.field(name).error(message);
        }
    }

    /// Lints each field that is not known: what it was to say is lost.
    pub(crate) fn lint_unknown(&self, known: &[&str]) {
        for name in self.names().filter(|name| !known.contains(name)) {
            let message = match meant(name, known) {
                Some(meant) => format!("is not a known field, so it has no effect; write {meant}"),
                None => "is not a known field, so it has no effect".to_owned(),
            };
            self.field(name).lint(message);
        }
    }

    /// Refuses a text that differs from a known one in case or by one edit, and gives that one.
    pub(crate) fn meant(&self, known: &[&'m str]) -> Option<&'m str> {
        let text = self.text()?;
        let Some(meant) = meant(text, known).filter(|_| !known.contains(&text)) else {
            return Some(text);
        };
        self.error(format!("{} is misspelt; write {}", Quoted(text), Quoted(meant)));
        Some(meant)
    }

    /// The names of the fields that are there.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'m str> {
        self.map().into_iter().flat_map(|map| map.keys().map(String::as_str))
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn resource(&self) -> &'m str {
        self.resource
    }

    pub(crate) fn reader(&self) -> &'m Reader {
        self.reader
    }

    pub(crate) fn error(&self, message: String) {
        self.reader.error(self.resource, &self.path, message);
    }

    pub(crate) fn lint(&self, message: String) {
        self.reader.lint(self.resource, &self.path, message);
    }

    fn map(&self) -> Option<&'m BTreeMap<String, Value>> {
        match self.value {
            Found::Root(map) | Found::Value(Value::Map(map)) => Some(map),
            _ => self.expected("a map"),
        }
    }

    fn expected<T>(&self, what: &str) -> Option<T> {
        if let Found::Value(value) = self.value {
            self.error(format!("is {}; write {what}", value.kind()));
        }
        None
    }
}
