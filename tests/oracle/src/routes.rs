//! Which rule of which `HTTPRoute` serves a request: the Gateway API's words, read plainly. Every
//! match of every rule is tried, and those that hold are compared.

use std::cmp::Reverse;

use regex::Regex;
use serde_json::Value;

/// A request as far as routes look at it; header names in lower case.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its `Host`.
    pub host: &'a str,
    /// Its path, less the query.
    pub path: &'a str,
    /// Its query, not escaped.
    pub query: &'a str,
    /// Its headers.
    pub headers: &'a [(&'a str, &'a str)],
}

/// `namespace/name` of the route and the place of the rule, for the request that is served by it.
/// A preflight is served by the rule of the request that it announces.
pub fn serving(routes: &[Value], asked: &Asked<'_>) -> Option<(String, usize)> {
    let header = |name: &str| asked.headers.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
    let announced_method = header("access-control-request-method");
    let own = |name: &str, wanted: &Value| header(name).is_some_and(|value| holds(wanted, value));
    let Some(method) =
        announced_method.filter(|_| asked.method == "OPTIONS" && header("origin").is_some())
    else {
        return first(routes, asked, asked.method, &own);
    };
    let names = header("access-control-request-headers").unwrap_or_default();
    let names: Vec<String> = names.split(',').map(|name| name.trim().to_lowercase()).collect();
    let announced = |name: &str, wanted: &Value| {
        own(name, wanted) || names.iter().any(|announced| announced == name)
    };
    let unannounced = |name: &str, wanted: &Value| {
        announced(name, wanted) || ["cookie", "accept", "content-type"].contains(&name)
    };
    first(routes, asked, method, &announced)
        .or_else(|| first(routes, asked, method, &unannounced))
        .or_else(|| first(routes, asked, asked.method, &own))
}

fn first(
    routes: &[Value],
    asked: &Asked<'_>,
    method: &str,
    header: &dyn Fn(&str, &Value) -> bool,
) -> Option<(String, usize)> {
    let host = asked.host.split(':').next().unwrap_or_default().to_lowercase();
    let mut best = None;
    for route in routes {
        let metadata = &route["metadata"];
        let namespace = metadata["namespace"].as_str().unwrap_or("default");
        let name = format!("{namespace}/{}", metadata["name"].as_str().unwrap_or_default());
        // Absent is newest.
        let created = metadata["creationTimestamp"].as_str().unwrap_or("9999");
        for (place, rule) in list(&route["spec"]["rules"]).iter().enumerate() {
            for (order, found) in list(&rule["matches"]).iter().enumerate() {
                let hosts = list(&route["spec"]["hostnames"]);
                let hosts: Vec<Option<usize>> = match hosts.is_empty() {
                    true => vec![Some(0)],
                    false => hosts.iter().map(|pattern| host_rank(pattern, &host)).collect(),
                };
                let (headers, query) = (list(&found["headers"]), list(&found["queryParams"]));
                let wanted_method = found["method"].as_str();
                let met = wanted_method.is_none_or(|wanted| wanted == method)
                    && headers
                        .iter()
                        .all(|h| header(&h["name"].as_str().unwrap().to_lowercase(), h))
                    && query.iter().all(|q| in_query(q, asked.query));
                let Some(path) = path_rank(&found["path"], asked.path).filter(|_| met) else {
                    continue;
                };
                for host in hosts.into_iter().flatten() {
                    let rank = (
                        Reverse(host),
                        Reverse(path),
                        Reverse(wanted_method.is_some()),
                        Reverse(headers.len()),
                        Reverse(query.len()),
                        created.to_owned(),
                        name.clone(),
                        (place, order),
                    );
                    if best.as_ref().is_none_or(|best| rank < *best) {
                        best = Some(rank);
                    }
                }
            }
        }
    }
    best.map(|(.., name, (place, _))| (name, place))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The higher, the sooner: an exact name, then the longest wildcard.
fn host_rank(pattern: &Value, host: &str) -> Option<usize> {
    let pattern = pattern.as_str()?;
    match pattern.strip_prefix('*') {
        None => (pattern == host).then_some(1000),
        Some(suffix) => {
            (host.len() > suffix.len() && host.ends_with(suffix)).then_some(suffix.len())
        }
    }
}

/// Exact, then the longest prefix by whole elements, then what a regular expression means.
fn path_rank(wanted: &Value, path: &str) -> Option<usize> {
    let value = wanted["value"].as_str().unwrap_or("/");
    match wanted["type"].as_str().unwrap_or("PathPrefix") {
        "Exact" => (value == path).then_some(1000),
        "PathPrefix" => {
            let prefix = value.trim_end_matches('/');
            let below = path.strip_prefix(prefix)?;
            (below.is_empty() || below.starts_with('/')).then_some(1 + prefix.len())
        }
        _ => matches_whole(value, path).then_some(0),
    }
}

fn holds(wanted: &Value, value: &str) -> bool {
    let text = wanted["value"].as_str().unwrap_or_default();
    match wanted["type"].as_str() {
        Some("RegularExpression") => matches_whole(text, value),
        _ => text == value,
    }
}

fn matches_whole(regex: &str, text: &str) -> bool {
    let found = Regex::new(regex).expect("a regular expression").find(text);
    found.is_some_and(|found| found.range() == (0..text.len()))
}

fn in_query(wanted: &Value, query: &str) -> bool {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(name, _)| Some(*name) == wanted["name"].as_str());
    found.is_some_and(|(_, value)| holds(wanted, value))
}
