//! From tower-http's answer to this crate's, a step for each thing that is not the same.

use std::collections::{BTreeMap, BTreeSet};

use tower::ServiceExt;
use tower::service_fn;

use super::pairs::{Pair, Server};
use super::requests::{request, response};
use crate::support::{Headers, run};

/// Status, body, calls of the inner service, and headers.
pub(crate) type Answer = BTreeMap<String, String>;

/// One pair, one request, and what the service behind answers to it.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) pair: &'a Pair,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) origin: &'a [&'a str],
    pub(crate) headers: Headers<'a>,
    pub(crate) status: u16,
    pub(crate) inner: Headers<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// What tower-http makes of the headers that the inner service set.
    TheirsWithInner,
    /// The layers themselves.
    Layers,
    /// What this crate makes of the headers that the inner service set.
    OursWithInner,
}

pub(crate) struct Step<'a> {
    pub(crate) case: Case<'a>,
    pub(crate) why: Why,
    pub(crate) field: String,
    pub(crate) theirs: Option<String>,
    pub(crate) ours: Option<String>,
    /// Whether both layers answered, and the inner service was not asked.
    pub(crate) answered: bool,
    /// Whether this crate allows the origin.
    pub(crate) granted: bool,
}

impl<'a> Case<'a> {
    pub(crate) fn steps(self) -> Vec<Step<'a>> {
        let without_inner = Case { inner: &[], ..self };
        let theirs = self.answer(&self.pair.theirs);
        let ours = self.answer(&self.pair.ours);
        let theirs_bare = without_inner.answer(&self.pair.theirs);
        let ours_bare = without_inner.answer(&self.pair.ours);
        let answered = theirs["calls"] == "0" && ours["calls"] == "0";
        let granted = ours_bare.contains_key("access-control-allow-origin");
        let step = |why, field: &str, theirs: Option<&String>, ours: Option<&String>| Step {
            case: self,
            why,
            field: field.to_owned(),
            theirs: theirs.cloned(),
            ours: ours.cloned(),
            answered,
            granted,
        };
        if theirs["calls"] != ours["calls"] {
            // One is tower-http's and one the inner service's: nothing of it can be compared.
            return vec![step(Why::Layers, "calls", theirs.get("calls"), ours.get("calls"))];
        }
        let fields: BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
        let unequal = fields.into_iter().filter(|field| theirs.get(*field) != ours.get(*field));
        let mut steps = Vec::new();
        for field in unequal {
            let (theirs, ours) = (theirs.get(field), ours.get(field));
            if field != "vary" && !field.starts_with("access-control-") {
                steps.push(step(Why::Layers, field, theirs, ours));
                continue;
            }
            let (theirs_bare, ours_bare) = (theirs_bare.get(field), ours_bare.get(field));
            let merged = |own: Option<&String>| match field.as_str() {
                "vary" if !answered => merged(self.inner_vary(), own.map_or("", String::as_str)),
                _ => own.cloned(),
            };
            let (theirs_merged, ours_merged) = (merged(theirs_bare), merged(ours_bare));
            steps.extend(
                [
                    step(Why::TheirsWithInner, field, theirs, theirs_merged.as_ref()),
                    step(Why::Layers, field, theirs_bare, ours_bare),
                    step(Why::OursWithInner, field, ours_merged.as_ref(), ours),
                ]
                .into_iter()
                .filter(|step| step.theirs != step.ours),
            );
        }
        steps
    }

    fn answer(&self, around: &dyn Fn(Server) -> Server) -> Answer {
        let answered = response(self.status, self.inner);
        let inner = service_fn(move |_| {
            let mut answered = answered.clone();
            // The layers do not know of it.
            answered.extensions_mut().insert(Called);
            std::future::ready(Ok(answered))
        });
        let request = request(self.method, self.path, self.origin, self.headers);
        let response = run(around(Server::new(inner)).oneshot(request)).unwrap();
        let mut answer = Answer::new();
        for name in response.headers().keys() {
            let lines = response.headers().get_all(name).iter();
            let lines: Vec<_> =
                lines.map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
            answer.insert(name.to_string(), lines.join(", "));
        }
        let calls = usize::from(response.extensions().get::<Called>().is_some());
        answer.insert("calls".to_owned(), calls.to_string());
        answer.insert("status".to_owned(), response.status().as_str().to_owned());
        answer.insert("body".to_owned(), response.into_body());
        answer
    }

    pub(crate) fn inner(&self, name: &str) -> Option<&str> {
        self.inner.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
    }

    fn inner_vary(&self) -> &str {
        self.inner("vary").unwrap_or_default()
    }
}

/// The inner service was called.
#[derive(Clone)]
struct Called;

/// A `Vary` with more names: each once, and none beside `*`.
fn merged(vary: &str, names: &str) -> Option<String> {
    let elements = |list: &'_ str| -> Vec<String> {
        list.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
    };
    let mut all = elements(vary);
    for name in elements(names) {
        if !all.iter().any(|had| had == "*" || had.eq_ignore_ascii_case(&name)) {
            all.push(name);
        }
    }
    (!all.is_empty()).then(|| all.join(", "))
}
