//! [`Index`]: which of the rules that match a request comes first.

use std::borrow::Cow;
use std::cell::{LazyCell, OnceCell};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use http::HeaderName;
use http::header::HOST;

use tower_cors::RequestHead;

use crate::age::Age;
use crate::fetch::is_unannounced;
use crate::matches::{Conditions, Expression, PathMatch, ValueMatch};

/// What comes first among matches of one host and path: method; header count; query count; the
/// oldest; by name; the rule's place, and the match's in it.
/// <https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule>
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Precedence {
    method: Reverse<bool>,
    headers: Reverse<usize>,
    query: Reverse<usize>,
    age: Age,
    name: Arc<str>,
    place: (usize, usize),
}

impl Precedence {
    pub(crate) fn new(
        conditions: &Conditions,
        age: Age,
        name: Arc<str>,
        place: (usize, usize),
    ) -> Self {
        Self {
            method: Reverse(conditions.method.is_some()),
            headers: Reverse(conditions.headers.len()),
            query: Reverse(conditions.query.len()),
            age,
            name,
            place,
        }
    }
}

/// All matches of a table, by host and path.
#[derive(Debug, Default)]
pub(crate) struct Index {
    exact: HashMap<Box<str>, Paths, RandomState>,
    /// `*.example.com` as `example.com`.
    wildcard: HashMap<Box<str>, Paths, RandomState>,
    any: Paths,
}

/// The matches of one host, by path.
#[derive(Debug)]
struct Paths {
    exact: HashMap<Box<str>, Vec<Entry>, RandomState>,
    /// The root of the prefixes is the first.
    prefixes: Vec<Node>,
    regular: Vec<(Expression, Entry)>,
}

/// One element of a path prefix, and those below it.
#[derive(Debug, Default)]
struct Node {
    parent: usize,
    children: HashMap<Box<str>, usize, RandomState>,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    precedence: Precedence,
    conditions: Arc<Conditions>,
    rule: usize,
}

impl Default for Paths {
    fn default() -> Self {
        Self { exact: HashMap::default(), prefixes: vec![Node::default()], regular: Vec::new() }
    }
}

impl Index {
    /// Adds a match for a hostname, none meaning every host.
    pub(crate) fn add(
        &mut self,
        hostname: Option<&str>,
        path: &PathMatch,
        conditions: &Arc<Conditions>,
        precedence: &Precedence,
        rule: usize,
    ) {
        let paths = match hostname.map(|name| (name, name.strip_prefix("*."))) {
            None => &mut self.any,
            Some((_, Some(parent))) => self.wildcard.entry(parent.into()).or_default(),
            Some((name, None)) => self.exact.entry(name.into()).or_default(),
        };
        let (precedence, conditions) = (precedence.clone(), conditions.clone());
        paths.add(path, Entry { precedence, conditions, rule });
    }

    /// Puts everything into order; to be called when all is added.
    pub(crate) fn sort(&mut self) {
        let hosts = self.exact.values_mut().chain(self.wildcard.values_mut());
        hosts.chain([&mut self.any]).for_each(Paths::sort);
    }

    /// The rule that serves a request.
    pub(crate) fn route(&self, request: &RequestHead<'_>) -> Option<usize> {
        let target = Target::of(request);
        let method = request.method().as_str();
        self.find(&target, |conditions| {
            met(conditions, &target, method, |name, value| is_in(request, name, value))
        })
    }

    /// The rule that answers a preflight: that of the request that it announces.
    pub(crate) fn route_preflight(&self, request: &RequestHead<'_>) -> Option<usize> {
        let target = Target::of(request);
        let method = request.requested_method();
        // Read once, however many matches ask for them.
        let names = LazyCell::new(|| {
            let mut names: Vec<&[u8]> = request.requested_headers().into_iter().flatten().collect();
            names.sort_by(|left, right| lower(left).cmp(lower(right)));
            names
        });
        let announced = |name: &HeaderName| {
            let name = name.as_str().as_bytes();
            names.binary_search_by(|found| lower(found).cmp(lower(name))).is_ok()
        };
        let announced_request = |also: fn(&str) -> bool| {
            self.find(&target, |conditions| {
                met(conditions, &target, method.unwrap_or_default(), |name, value| {
                    also(name.as_str()) || is_in(request, name, value) || announced(name)
                })
            })
        };
        announced_request(|_| false)
            .or_else(|| announced_request(is_unannounced))
            .or_else(|| self.route(request))
    }

    /// The first rule, by precedence, whose host and path are the target's and whose conditions
    /// are met.
    fn find(&self, target: &Target<'_>, met: impl Fn(&Conditions) -> bool) -> Option<usize> {
        let host = target.host.as_deref();
        let exact = host.and_then(|host| self.exact.get(host));
        let parents = host.into_iter().flat_map(|host| {
            host.match_indices('.').filter_map(|(dot, _)| self.wildcard.get(&host[dot + 1..]))
        });
        let mut hosts = exact.into_iter().chain(parents).chain([&self.any]);
        hosts.find_map(|paths| paths.find(target.path, &met))
    }
}

impl Paths {
    fn add(&mut self, path: &PathMatch, entry: Entry) {
        match path {
            PathMatch::Exact(path) => {
                self.exact.entry(path.as_str().into()).or_default().push(entry);
            }
            PathMatch::Prefix(prefix) => {
                let mut node = 0;
                for element in elements(prefix.trim_end_matches('/')) {
                    node = match self.prefixes[node].children.get(element) {
                        Some(child) => *child,
                        None => {
                            let child = self.prefixes.len();
                            self.prefixes.push(Node { parent: node, ..Node::default() });
                            self.prefixes[node].children.insert(element.into(), child);
                            child
                        }
                    };
                }
                self.prefixes[node].entries.push(entry);
            }
            PathMatch::Regular(regex) => self.regular.push((regex.clone(), entry)),
        }
    }

    fn sort(&mut self) {
        let prefixes = self.prefixes.iter_mut().map(|node| &mut node.entries);
        for entries in self.exact.values_mut().chain(prefixes) {
            entries.sort_by(|left, right| left.precedence.cmp(&right.precedence));
        }
        self.regular.sort_by(|(_, left), (_, right)| left.precedence.cmp(&right.precedence));
    }

    fn find(&self, path: &str, met: impl Fn(&Conditions) -> bool) -> Option<usize> {
        let first = |entries: &[Entry]| {
            entries.iter().find(|entry| met(&entry.conditions)).map(|entry| entry.rule)
        };
        let regular = || {
            let matching = self.regular.iter().filter(|(regex, _)| regex.matches(path.as_bytes()));
            matching.map(|(_, entry)| entry).find(|entry| met(&entry.conditions))
        };
        self.exact
            .get(path)
            .and_then(|entries| first(entries))
            .or_else(|| self.prefixes_of(path).find_map(|node| first(&node.entries)))
            .or_else(|| regular().map(|entry| entry.rule))
    }

    /// The prefixes of a path, the longest first.
    fn prefixes_of(&self, path: &str) -> impl Iterator<Item = &Node> {
        let mut node = 0;
        for element in elements(path) {
            match self.prefixes[node].children.get(element) {
                Some(child) => node = *child,
                None => break,
            }
        }
        let deepest = path.starts_with('/').then_some(node);
        let above = |node: &usize| (*node != 0).then(|| self.prefixes[*node].parent);
        std::iter::successors(deepest, above).map(|node| &self.prefixes[node])
    }
}

/// What stands between the slashes; a prefix matches whole elements.
fn elements(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix('/').into_iter().flat_map(|rest| rest.split('/'))
}

/// Host, path and query of a request's target.
struct Target<'a> {
    host: Option<Cow<'a, str>>,
    path: &'a str,
    query: &'a str,
    /// The parameters, by name: read once, however many matches ask for them.
    parameters: OnceCell<Vec<(Cow<'a, str>, Cow<'a, str>)>>,
}

impl<'a> Target<'a> {
    fn of(request: &RequestHead<'a>) -> Self {
        let uri = request.uri();
        Self {
            host: host(request),
            path: uri.path(),
            query: uri.query().unwrap_or_default(),
            parameters: OnceCell::new(),
        }
    }

    /// A parameter's value. Where it stands several times, the first counts.
    fn parameter(&self, name: &str) -> Option<&str> {
        let parameters = self.parameters.get_or_init(|| {
            let mut parameters: Vec<_> = form_urlencoded::parse(self.query.as_bytes()).collect();
            parameters.sort_by(|(left, _), (right, _)| left.cmp(right));
            parameters
        });
        let first = parameters.partition_point(|(found, _)| &**found < name);
        parameters.get(first).filter(|(found, _)| found == name).map(|(_, value)| &**value)
    }
}

/// The host that a request is for, in lower case, less its port and one dot at the end. None where
/// it names none or several.
fn host<'a>(request: &RequestHead<'a>) -> Option<Cow<'a, str>> {
    let host = match request.uri().authority() {
        Some(authority) => authority.host(),
        None => {
            let mut lines = request.headers().get_all(HOST).iter();
            let (line, None) = (lines.next()?, lines.next()) else { return None };
            let line = line.to_str().ok()?;
            // An IPv6 address is no hostname of a route.
            line.split_once(':').map_or(line, |(host, _)| host)
        }
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    Some(match host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(host.to_ascii_lowercase()),
        false => Cow::Borrowed(host),
    })
}

/// The bytes of a name, in lower case.
fn lower(name: &[u8]) -> impl Iterator<Item = u8> {
    name.iter().map(u8::to_ascii_lowercase)
}

fn is_in(request: &RequestHead<'_>, name: &HeaderName, value: &ValueMatch) -> bool {
    joined(request, name).is_some_and(|found| value.matches(&found))
}

/// The values of a header's lines as one.
fn joined<'a>(request: &RequestHead<'a>, name: &HeaderName) -> Option<Cow<'a, [u8]>> {
    let mut lines = request.headers().get_all(name).iter().map(|value| value.as_bytes());
    let first = lines.next()?;
    let Some(second) = lines.next() else { return Some(Cow::Borrowed(first)) };
    let all: Vec<&[u8]> = [first, second].into_iter().chain(lines).collect();
    Some(Cow::Owned(all.join(&b","[..])))
}

/// Whether the target meets the conditions, by what `header` says of those on headers.
fn met(
    conditions: &Conditions,
    target: &Target<'_>,
    method: &str,
    header: impl Fn(&HeaderName, &ValueMatch) -> bool,
) -> bool {
    conditions.method.as_deref().is_none_or(|wanted| wanted == method)
        && conditions.headers.iter().all(|(name, value)| header(name, value))
        && conditions.query.iter().all(|(name, value)| {
            target.parameter(name).is_some_and(|found| value.matches(found.as_bytes()))
        })
}
