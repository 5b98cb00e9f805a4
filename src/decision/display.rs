//! The line of a [`Decision`] for a log.

use std::fmt;

use crate::config::error::{MAX_SHOWN, Quoted};
use crate::config::list;
use crate::decision::{Decision, Denial};
use crate::policy::rule::Rule;
use crate::request::{OriginHeader, RequestKind};

impl fmt::Display for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            RequestKind::NotCors => return f.write_str("not a CORS request: no Origin header"),
            RequestKind::Preflight => "preflight",
            RequestKind::Actual if self.is_answered() => "OPTIONS request answered as a preflight",
            RequestKind::Actual => "actual request",
        })?;
        match self.denial() {
            Some(denial) => self.write_denial(denial, f)?,
            None => {
                f.write_str(" allowed: ")?;
                if self.kind == RequestKind::Preflight {
                    self.write_requested(f)?;
                }
                self.write_origin(f)?;
            }
        }
        if self.maybe_same_origin() {
            f.write_str("; the request was sent to that very host, so it is probably same-origin")?;
        }
        if !self.choice.all.is_empty() {
            write!(
                f,
                "; {} policies decide, and all of them must allow it",
                self.choice.all.len()
            )?;
        }
        Ok(())
    }
}

impl fmt::Debug for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decision({self})")
    }
}

impl Decision<'_> {
    fn write_denial(&self, denial: Denial, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refuses = |rule: &&Rule| match denial {
            Denial::Method => self.method_denial(rule).is_some(),
            _ => self.header_denial(rule).is_some(),
        };
        let rule = self.rules().find(refuses).unwrap_or(self.deciding_rule());
        f.write_str(" denied: ")?;
        match denial {
            Denial::Origin | Denial::MalformedOrigin => return self.write_origin(f),
            Denial::Method => {
                write!(f, "method {} is not ", Text(self.refused().unwrap_or_default()))?;
                write_allowed("allow_methods", &rule.checked.methods, f)?;
            }
            Denial::MalformedMethod => {
                f.write_str("access-control-request-method is not one method")?;
            }
            Denial::Header => {
                write!(f, "header {} is not ", Text(self.refused().unwrap_or_default()))?;
                write_allowed("allow_headers", &rule.checked.headers, f)?;
            }
            Denial::MalformedHeaders => {
                f.write_str("access-control-request-headers is too long or not a list of names")?;
            }
        }
        f.write_str("; ")?;
        self.write_origin(f)
    }

    /// What a preflight that is allowed asked for.
    fn write_requested(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(method) = self.head.requested_method() {
            write!(f, "method {}", Text(method.as_bytes()))?;
        }
        let mut names = self.head.requested_headers().into_iter().flatten().peekable();
        if names.peek().is_some() {
            f.write_str(", headers ")?;
            write_list(names, f)?;
        }
        f.write_str("; ")
    }

    fn write_origin(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.origin.bytes().unwrap_or_default();
        match (self.rule, self.origin) {
            (None, OriginHeader::Several) => f.write_str("the request has several Origin headers"),
            (None, _) if self.origin_denial() == Denial::MalformedOrigin => {
                write!(f, "origin {} is not one that a browser sends", Text(origin))
            }
            (None, _) => write!(f, "origin {} is not in allow_origins", Text(origin)),
            (Some(rule), _) => {
                self.write_allowed_origin(rule, origin, f)?;
                // No server sees the credentials mode: a browser may refuse on its own.
                let credentials = self.rules().all(|rule| rule.checked.credentials);
                f.write_str(if credentials { "" } else { ", without credentials" })
            }
        }
    }

    fn write_allowed_origin(
        &self,
        rule: &Rule,
        text: &[u8],
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        if rule.open {
            return f.write_str("any origin is allowed");
        }
        let parsed = self.head.origin();
        let Some(origin) = parsed.filter(|_| !rule.lists(text)) else {
            return write!(f, "origin {} is in allow_origins", Text(text));
        };
        let matching = rule.checked.origins.iter().find(|pattern| pattern.matches(&origin));
        let pattern = matching.map_or("", |pattern| pattern.as_ref());
        write!(f, "origin {} is allowed by {pattern}", Text(text))
    }
}

/// Where a method or header is not: in the list, or under its `*`.
fn write_allowed(field: &str, list: &list::List, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match list.names() {
        _ if list.is_any() => write!(f, "covered by the * in {field}"),
        [] => write!(f, "in {field}, which is empty"),
        names => {
            write!(f, "in {field} (")?;
            write_list(names.iter().map(|entry| entry.as_bytes()), f)?;
            f.write_str(")")
        }
    }
}

/// As many of the entries as a line has room for.
fn write_list<'l>(
    entries: impl Iterator<Item = &'l [u8]>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let mut length = 0;
    for (index, entry) in entries.enumerate() {
        if length > MAX_SHOWN {
            return f.write_str(", …");
        }
        length += entry.len();
        write!(f, "{}{}", if index == 0 { "" } else { ", " }, Text(entry))?;
    }
    Ok(())
}

/// An origin, a method or a name as messages show it: plain where it can be one, so that nothing
/// else reads as a part of the message.
pub(crate) struct Text<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is beyond is not shown, so it is not read: no character is longer than four bytes.
        let read = &self.0[..self.0.len().min(4 * (MAX_SHOWN + 1))];
        let plain = |byte: &u8| byte.is_ascii_graphic() && !b"\"(),;<>{}".contains(byte);
        match std::str::from_utf8(read) {
            Ok(text) if (1..=MAX_SHOWN).contains(&text.len()) && read.iter().all(plain) => {
                f.write_str(text)
            }
            _ => write!(f, "{}", Quoted(&String::from_utf8_lossy(read))),
        }
    }
}

pub(crate) fn names_of(list: &[String]) -> List<'_> {
    List(list.iter().map(|entry| entry.as_bytes()).collect())
}

/// Names with commas between them, as many as a line has room for.
pub(crate) struct List<'l>(pub(crate) Vec<&'l [u8]>);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_list(self.0.iter().copied(), f)
    }
}
