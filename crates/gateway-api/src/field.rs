//! [`Field`]: a walk through a manifest that tells what is wrong where.

use std::collections::BTreeMap;

use crate::error::Report;
use crate::manifest::{Manifest, Value};
use crate::quoted::Quoted;

/// A place in a manifest, whether there is something or not. What is of the wrong type is told to
/// the report, and then as good as absent.
#[derive(Clone)]
pub(crate) struct Field<'m> {
    value: Found<'m>,
    path: String,
    resource: &'m str,
    report: &'m Report,
}

#[derive(Clone, Copy)]
enum Found<'m> {
    Nothing,
    Root(&'m BTreeMap<String, Value>),
    Value(&'m Value),
}

impl<'m> Field<'m> {
    /// The document itself.
    pub(crate) fn root(manifest: &'m Manifest, resource: &'m str, report: &'m Report) -> Self {
        Self { value: Found::Root(&manifest.0), path: String::new(), resource, report }
    }

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

    pub(crate) fn error(&self, message: String) {
        self.report.error(self.resource, &self.path, message);
    }

    /// How many regular expressions the manifests had before this one.
    pub(crate) fn count_regex(&self) -> usize {
        let before = self.report.regexes.get();
        self.report.regexes.set(before + 1);
        before
    }

    pub(crate) fn lint(&self, message: String) {
        self.report.lint(self.resource, &self.path, message);
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
