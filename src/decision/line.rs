//! The line of a [`Decision`] for a log.

use std::fmt;

use crate::config::error::Quoted;
use crate::decision::{Decision, Denial};
use crate::policy::rule::Rule;
use crate::request::{OriginHeader, RequestKind};

impl fmt::Display for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            RequestKind::NotCors => return f.write_str("not a CORS request: no Origin header"),
            RequestKind::Preflight => "preflight",
            RequestKind::Actual => "actual request",
        };
        match self.denial() {
            Some(denial) => {
                write!(f, "{kind} denied: ")?;
                self.write_denial(denial, f)?;
            }
            None => {
                write!(f, "{kind} allowed: ")?;
                if self.kind == RequestKind::Preflight {
                    self.write_request(f)?;
                }
                self.write_origin(f)?;
            }
        }
        if self.maybe_same_origin() {
            f.write_str("; the request was sent to that very host, so it is probably same-origin")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Decision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decision({self})")
    }
}

impl<'a> Decision<'a> {
    fn origin_text(&self) -> Text<'a> {
        match self.origin {
            OriginHeader::One(value) => Text(value.as_bytes()),
            OriginHeader::Absent | OriginHeader::Several => Text(b""),
        }
    }

    fn write_origin(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.origin_text();
        match (self.rule, self.origin) {
            (None, OriginHeader::Several) => f.write_str("the request has several Origin headers"),
            (None, _) if self.origin_denial() == Denial::MalformedOrigin => {
                write!(f, "origin {origin} is not one that a browser sends")
            }
            (None, _) => write!(f, "origin {origin} is not in allow_origins"),
            (Some(rule), _) => {
                self.write_allowed_origin(rule, f)?;
                // No server sees the credentials mode: a browser may refuse on its own.
                f.write_str(if rule.checked.credentials { "" } else { ", without credentials" })
            }
        }
    }

    fn write_allowed_origin(&self, rule: &Rule, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if rule.open {
            return f.write_str("any origin is allowed");
        }
        let (text, parsed) = (self.origin_text(), self.head.origin());
        let matching = rule.checked.origins.iter().find(|pattern| match &parsed {
            Some(origin) => pattern.matches(origin),
            None => pattern.is_null(),
        });
        match matching.map_or("", |pattern| pattern.as_ref()) {
            pattern if pattern.as_bytes() == text.0 => {
                write!(f, "origin {text} is in allow_origins")
            }
            pattern => write!(f, "origin {text} is allowed by {pattern}"),
        }
    }

    /// What a preflight that is allowed asked for.
    fn write_request(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(method) = self.head.requested_method() {
            write!(f, "method {}", Text(method.as_bytes()))?;
        }
        let requested = self.head.requested_headers();
        let names: Vec<_> = requested.iter().flat_map(|list| list.names()).collect();
        if !names.is_empty() {
            write!(f, ", headers {}", Text(&names.join(&b", "[..])))?;
        }
        f.write_str("; ")
    }

    fn write_denial(&self, denial: Denial, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = self.deciding_rule();
        match denial {
            Denial::Origin | Denial::MalformedOrigin => return self.write_origin(f),
            Denial::Method => {
                let method = self.head.requested_method().map_or(&b""[..], |m| m.as_bytes());
                let listed = rule.checked.methods.join(", ");
                let listed = Text(listed.as_bytes());
                write!(f, "method {} is not in allow_methods ({listed})", Text(method))?;
            }
            Denial::MalformedMethod => {
                f.write_str("access-control-request-method is not one method")?;
            }
            Denial::Header => {
                let name = self.header_denial(rule).map_or(&b""[..], |(_, name)| name);
                let listed = rule.checked.headers.join(", ");
                let listed = Text(listed.as_bytes());
                write!(f, "header {} is not in allow_headers ({listed})", Text(name))?;
            }
            Denial::MalformedHeaders => {
                f.write_str("access-control-request-headers is too long or not a list of names")?;
            }
        }
        f.write_str("; ")?;
        self.write_origin(f)
    }
}

/// Bytes of a request as messages show them.
struct Text<'a>(&'a [u8]);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match std::str::from_utf8(self.0) {
            Ok(text)
                if text.len() <= MAX_PLAIN
                    && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ') =>
            {
                f.write_str(text)
            }
            _ => write!(f, "{}", Quoted(&String::from_utf8_lossy(self.0))),
        }
    }
}

const MAX_PLAIN: usize = 120;
