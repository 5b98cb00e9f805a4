//! What a route's hostnames and a rule's `matches` say, read and compiled.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};

use http::HeaderName;
use regex::bytes::{Regex, RegexBuilder};

use crate::quoted::Quoted;
use crate::re2::unlike_re2;
use crate::reader::Field;
use crate::schema::{
    MATCH_FIELDS, MAX_CONDITIONS, MAX_EXPRESSION, MAX_EXPRESSIONS, MAX_HOSTNAME, MAX_LABEL,
    METHODS, PATH_FIELDS, VALUE_FIELDS,
};

/// One entry of `rules[].matches` but for its path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Conditions {
    pub(crate) method: Option<String>,
    pub(crate) headers: Vec<(HeaderName, ValueMatch)>,
    pub(crate) query: Vec<(String, ValueMatch)>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) enum PathMatch {
    Exact(String),
    Prefix(String),
    Regular(Expression),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ValueMatch {
    Exact(String),
    Regular(Expression),
}

/// A regular expression, equal to another of the same text.
#[derive(Clone, Debug)]
pub(crate) struct Expression(Regex);

impl Expression {
    pub(crate) fn matches(&self, value: &[u8]) -> bool {
        self.0.is_match(value)
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Expression {}

impl Hash for Expression {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_str().hash(state);
    }
}

impl ValueMatch {
    pub(crate) fn matches(&self, value: &[u8]) -> bool {
        match self {
            Self::Exact(text) => text.as_bytes() == value,
            Self::Regular(expression) => expression.matches(value),
        }
    }
}

/// A domain, or every name under one.
pub(crate) fn hostname<'m>(field: &Field<'m>) -> Option<&'m str> {
    let text = field.text()?;
    let name = text.strip_prefix("*.").unwrap_or(text);
    let label = |label: &str| {
        let bytes = label.bytes();
        (1..=MAX_LABEL).contains(&label.len())
            && bytes.clone().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let address =
        name.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    if text.len() <= MAX_HOSTNAME && name.split('.').all(label) && !address {
        return Some(text);
    }
    field.error(format!(
        "{} is no hostname; write a domain in lower case without a port, such as \
         \"www.example.com\" or \"*.example.com\"",
        Quoted(text)
    ));
    None
}

/// One entry of a rule's `matches`.
pub(crate) fn route_match(field: &Field<'_>) -> Option<(PathMatch, Conditions)> {
    field.refuse_unknown(&MATCH_FIELDS);
    let path = path_match(&field.field("path"));
    let method = field.field("method");
    let known = method.text().filter(|method| METHODS.contains(method));
    if let Some(unknown) = method.text().filter(|_| known.is_none()) {
        let methods = METHODS.join(", ");
        method.error(format!("{} is none of {methods}; write one of them", Quoted(unknown)));
    }
    let headers = value_matches(&field.field("headers"), |entry, name| {
        let parsed = HeaderName::from_bytes(name.as_bytes()).ok();
        if parsed.is_none() {
            entry.error(format!("{} is not a header name", Quoted(name)));
        }
        parsed
    });
    let query = value_matches(&field.field("queryParams"), |_, name| Some(name.to_owned()));
    let conditions = Conditions { method: known.map(str::to_owned), headers, query };
    path.map(|path| (path, conditions))
}

fn path_match(field: &Field<'_>) -> Option<PathMatch> {
    field.refuse_unknown(&PATH_FIELDS);
    let kind = field.field("type").text().unwrap_or("PathPrefix");
    let value = field.field("value");
    let text = value.text().unwrap_or("/");
    match kind {
        "RegularExpression" => regular(&value, text).map(PathMatch::Regular),
        "Exact" | "PathPrefix" => {
            let dots = |element: &str| matches!(element, "." | "..");
            let lower = text.to_ascii_lowercase();
            let wrong = if !text.starts_with('/') {
                "does not begin with a slash"
            } else if text.contains("//") || text.split('/').any(dots) {
                "has an element that no normal path has: none, `.` or `..`"
            } else if lower.contains("%2f") || text.contains(['#', '?']) {
                "is more than a path: it has a `%2F`, a query or a fragment"
            } else if kind == "Exact" {
                return Some(PathMatch::Exact(text.to_owned()));
            } else {
                return Some(PathMatch::Prefix(text.to_owned()));
            };
            value.error(format!("{} {wrong}", Quoted(text)));
            None
        }
        _ => {
            let kinds = "Exact, PathPrefix or RegularExpression";
            field.field("type").error(format!("{} is no type; write {kinds}", Quoted(kind)));
            None
        }
    }
}

/// The entries of `headers` or `queryParams`. Of those with one name, the first counts.
fn value_matches<N: Clone + Eq + Hash>(
    field: &Field<'_>,
    parse: impl Fn(&Field<'_>, &str) -> Option<N>,
) -> Vec<(N, ValueMatch)> {
    let mut seen = HashSet::new();
    let mut matches = Vec::new();
    for entry in field.at_most(MAX_CONDITIONS) {
        entry.refuse_unknown(&VALUE_FIELDS);
        let name = entry.field("name");
        let parsed = name.required_text().and_then(|text| parse(&name, text));
        let value = entry.field("value");
        let text = value.required_text();
        let kind = entry.field("type").text().unwrap_or("Exact");
        let value = match kind {
            "Exact" => text.map(|text| ValueMatch::Exact(text.to_owned())),
            "RegularExpression" => {
                text.and_then(|text| regular(&value, text)).map(ValueMatch::Regular)
            }
            _ => {
                let kinds = "Exact or RegularExpression";
                entry.field("type").error(format!("{} is no type; write {kinds}", Quoted(kind)));
                None
            }
        };
        if let Some((name, value)) = parsed.zip(value).filter(|(name, _)| seen.insert(name.clone()))
        {
            matches.push((name, value));
        }
    }
    matches
}

/// A regular expression that matches whole values, byte by byte, as RE2's do.
fn regular(field: &Field<'_>, text: &str) -> Option<Expression> {
    if !field.reader().counts_expression() {
        field.error(format!(
            "is one regular expression too many: a table has {MAX_EXPRESSIONS} at most"
        ));
        return None;
    }
    if let Some(part) = unlike_re2(text) {
        let (text, part) = (Quoted(text), Quoted(part));
        field.error(format!(
            "{text} means something else in RE2, or nothing; write it without {part}"
        ));
        return None;
    }
    let compile =
        |text: &str| RegexBuilder::new(text).unicode(false).size_limit(MAX_EXPRESSION).build();
    // Alone first: what closes a group that it did not open must not become sound inside of one.
    match compile(text).and_then(|_| compile(&format!(r"\A(?:{text})\z"))) {
        Ok(regex) => Some(Expression(regex)),
        Err(error) => {
            let error = error.to_string();
            let cause = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
            field.error(format!("{} is no regular expression: {cause}", Quoted(text)));
            None
        }
    }
}
