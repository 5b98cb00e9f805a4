//! What is expected of a fetch beside what was seen of it.

use std::collections::BTreeSet;
use std::fmt;

use super::table::Expected;

/// What was seen of one fetch, by its script and by the server.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// `resolves`, or `rejects (TypeError)`.
    pub promise: String,
    /// What is known of a rejection's reason.
    pub why: String,
    /// How many preflights reached the server.
    pub preflights: u64,
    /// How many other requests did.
    pub others: u64,
    /// How often the inner service was called beyond once for each of those others.
    pub inner_calls_off: i128,
    /// `Response.status`
    pub status: u16,
    /// `Response.type`
    pub response_type: String,
    /// `Response.redirected`
    pub redirected: bool,
    /// The names of the headers that the script can read, lower case.
    pub headers: BTreeSet<String>,
    /// The body, as text.
    pub body: String,
}

/// One thing that is not as the table says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// The scenario's id.
    pub scenario: String,
    /// The step's place, from 0.
    pub step: usize,
    /// The field of `expected`, or `inner_calls`.
    pub field: &'static str,
    /// What the table says.
    pub expected: String,
    /// What was seen.
    pub got: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenario, step, field, expected, got } = self;
        write!(f, "{scenario}[{step}].{field}: expected {expected}, got {got}")
    }
}

impl Expected {
    /// Everything that is not as expected; whose scenario and step it is, is for the caller to say.
    #[must_use]
    pub fn differences(&self, seen: &Seen) -> Vec<Difference> {
        let mut found = Vec::new();
        let mut compare = |field, expected: String, got: String| {
            if expected != got {
                found.push(Difference { field, expected, got, ..Difference::default() });
            }
        };
        if let Some(expected) = self.preflights_sent {
            compare("preflights_sent", expected.to_string(), seen.preflights.to_string());
        }
        if let Some(expected) = self.non_preflight_requests_reaching_server {
            let field = "non_preflight_requests_reaching_server";
            compare(field, expected.to_string(), seen.others.to_string());
            if seen.inner_calls_off != 0 {
                let got = format!("{:+} to that", seen.inner_calls_off);
                compare("inner_calls", seen.others.to_string(), got);
            }
        }
        if self.promise != seen.promise {
            let got = if seen.why.is_empty() { seen.promise.clone() } else { seen.why.clone() };
            compare("promise", self.promise.clone(), got);
        }
        if seen.promise != "resolves" {
            return found;
        }
        if let Some(expected) = self.status {
            compare("status", expected.to_string(), seen.status.to_string());
        }
        if let Some(expected) = &self.response_type {
            compare("response_type", expected.clone(), seen.response_type.clone());
        }
        if let Some(expected) = self.redirected {
            compare("redirected", expected.to_string(), seen.redirected.to_string());
        }
        for name in &self.readable_headers {
            if !seen.headers.contains(&name.to_ascii_lowercase()) {
                compare("readable_headers", name.clone(), format!("{:?}", seen.headers));
            }
        }
        for name in &self.unreadable_headers {
            if seen.headers.contains(&name.to_ascii_lowercase()) {
                compare("unreadable_headers", format!("no {name}"), format!("{:?}", seen.headers));
            }
        }
        if let Some(text) = self.body_has.as_ref().filter(|text| !seen.body.contains(*text)) {
            compare("body_has", text.clone(), seen.body.clone());
        }
        if let Some(text) = self.body_lacks.as_ref().filter(|text| seen.body.contains(*text)) {
            compare("body_lacks", format!("no {text}"), seen.body.clone());
        }
        found
    }
}
