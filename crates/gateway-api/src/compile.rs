//! From resources to the rules of a table, each with the policy that holds for it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use http::HeaderName;
use tower_cors::Policy;

use crate::filter::STATUS;
use crate::index::Precedence;
use crate::levels::Levels;
use crate::matches::{Conditions, PathMatch, ValueMatch};
use crate::reader::Reader;
use crate::resources::{CorsPolicy, GatewayName, HttpRoute, RouteRule, TargetKind};
use crate::schema::MAX_ENTRIES;
use crate::table::{Backend, Contents, Rule};

/// Compiles what the resources say into the rules of a table.
pub(crate) struct Compiler<'p, 'm, 'r> {
    pub(crate) levels: Levels<'p, 'm>,
    pub(crate) gateway: Option<GatewayName>,
    pub(crate) listener: Option<&'m str>,
    pub(crate) reader: &'r Reader,
}

impl<'p, 'm> Compiler<'p, 'm, '_> {
    #[expect(clippy::mutable_key_type, reason = "expressions are compared by their text")]
    pub(crate) fn fill(
        self,
        table: &mut Contents,
        routes: &'p [HttpRoute<'m>],
        policies: &'p [CorsPolicy<'m>],
    ) {
        let pre_routing = match &self.levels.pre_routing {
            Ok(policy) => *policy,
            Err(_) => {
                self.ambiguous("");
                None
            }
        };
        let mut vary: Vec<HeaderName> = Vec::new();
        let mut alike = HashMap::new();
        let mut served = Vec::new();
        let mut entries = 0;
        for route in routes {
            let Some(sections) = self.sections(route) else { continue };
            let matches: usize = route.rules.iter().map(|rule| rule.matches.len()).sum();
            entries += matches * route.hostnames.len().max(1);
            if entries > MAX_ENTRIES {
                let message = format!(
                    "is one route too many: those of a table have {MAX_ENTRIES} matches at most, each counted for each hostname"
                );
                route.root.error(message);
                break;
            }
            let name: Arc<str> = format!("{}/{}", route.namespace, route.name).into();
            for (place, rule) in route.rules.iter().enumerate() {
                let Some(built) = self.rule(route, place, rule, &sections) else { continue };
                let number = table.rules.len();
                for (order, found) in rule.matches.iter().enumerate() {
                    self.alike(&mut alike, route, rule, found, &built);
                    let (path, conditions) = found;
                    let conditions = Arc::new(conditions.clone());
                    vary.extend(conditions.headers.iter().map(|(name, _)| name.clone()));
                    let precedence =
                        Precedence::new(&conditions, route.age, name.clone(), (place, order));
                    for host in hosts(route) {
                        table.index.add(host, path, &conditions, &precedence, number);
                    }
                }
                if let Some(winner) = pre_routing {
                    let winner = winner.root.resource();
                    let own =
                        built.own.is_some() || built.backends.iter().any(|b| b.policy.is_some());
                    if own {
                        rule.field.lint(format!(
                            "has no effect on CORS: {winner}, in phase PreRouting, comes first"
                        ));
                    }
                }
                table.rules.push(built);
                served.push((route, rule));
            }
        }
        table.index.sort();
        answering_for_others(&served, &table.rules);
        self.without_effect(routes, policies, pre_routing);
        table.pre_routing = pre_routing.and_then(|policy| policy.policy.clone());
        if table.pre_routing.is_none() {
            vary.sort_by(|left, right| left.as_str().cmp(right.as_str()));
            vary.dedup();
            table.vary = vary;
        }
    }

    /// The listeners that the route names; none where it is not attached to the Gateway.
    fn sections(&self, route: &HttpRoute<'m>) -> Option<BTreeSet<&'m str>> {
        let gateway = self.gateway.as_ref();
        let parents = route.parents.iter().flatten().filter(|(parent, _)| Some(parent) == gateway);
        let sections: Vec<Option<&str>> = parents.map(|(_, section)| *section).collect();
        if route.parents.is_none() {
            let message = "names no Gateway, so it is attached to none and serves nothing";
            route.root.field("spec").field("parentRefs").lint(message.into());
        }
        let served = |section: &Option<&str>| {
            section.is_none_or(|section| self.listener.is_none_or(|listener| listener == section))
        };
        if !sections.iter().any(served) {
            return None;
        }
        let everywhere = sections.iter().any(Option::is_none) || self.listener.is_some();
        let everywhere = everywhere.then(BTreeSet::new);
        Some(everywhere.unwrap_or_else(|| sections.into_iter().flatten().collect()))
    }

    fn rule(
        &self,
        route: &HttpRoute<'m>,
        place: usize,
        rule: &RouteRule<'m>,
        sections: &BTreeSet<&'m str>,
    ) -> Option<Rule> {
        let own = match &rule.policy {
            Some(policy) => Some(policy.clone()),
            None => match self.levels.policy(route.namespace, route.name, rule.name, sections) {
                Ok(policy) => policy.and_then(|policy| policy.policy.clone()),
                Err(_) => {
                    self.ambiguous(route.root.resource());
                    return None;
                }
            },
        };
        let backends: Vec<Backend> = rule
            .backends
            .iter()
            .map(|backend| Backend {
                namespace: backend.namespace.to_owned(),
                name: backend.name.to_owned(),
                port: backend.port,
                weight: backend.weight,
                policy: backend.policy.clone().or_else(|| own.clone()),
            })
            .collect();
        let policies = reached(&backends, own.as_ref());
        if policies.len() > 1 {
            let message =
                "have different CORS policies: a preflight is answered with what all of them allow";
            rule.field.field("backendRefs").lint(message.into());
        }
        let (namespace, name) = (route.namespace.to_owned(), route.name.to_owned());
        Some(Rule { namespace, name, place, own, policies, backends })
    }

    /// Lints rules that a preflight cannot tell apart, since it announces names and no values.
    #[expect(clippy::mutable_key_type, reason = "expressions are compared by their text")]
    fn alike(
        &self,
        alike: &mut HashMap<Alike<'p>, (String, Vec<Policy>)>,
        route: &'p HttpRoute<'m>,
        rule: &'p RouteRule<'m>,
        (path, conditions): &'p (PathMatch, Conditions),
        built: &Rule,
    ) {
        if conditions.headers.is_empty() {
            return;
        }
        let mut names: Vec<&HeaderName> = conditions.headers.iter().map(|(name, _)| name).collect();
        names.sort_unstable_by_key(|name| name.as_str());
        for host in hosts(route) {
            let key = (Unnamed::new(host, path, conditions), names.clone());
            let here = || format!("{} {}", route.root.resource(), rule.field.path());
            let (first, policies) =
                alike.entry(key).or_insert_with(|| (here(), built.policies.clone()));
            if !same(policies, &built.policies) {
                let message = format!(
                    "differs from {first} only in a header's value, which no preflight tells: the first by precedence answers it"
                );
                rule.field.field("matches").lint(message);
            }
        }
    }

    /// Tells of policies that hold for nothing.
    fn without_effect(
        &self,
        routes: &[HttpRoute<'m>],
        policies: &[CorsPolicy<'m>],
        pre_routing: Option<&CorsPolicy<'m>>,
    ) {
        for policy in policies {
            if let Some(winner) = pre_routing.filter(|_| !policy.pre_routing) {
                let winner = winner.root.resource();
                policy
                    .root
                    .lint(format!("has no effect: {winner}, in phase PreRouting, comes first"));
            }
            for target in
                policy.targets.iter().filter(|target| target.kind == TargetKind::HttpRoute)
            {
                let route = routes
                    .iter()
                    .find(|route| route.namespace == target.namespace && route.name == target.name);
                let rule = |route: &HttpRoute<'_>| {
                    let named = |rule: &RouteRule<'_>| rule.name == target.section;
                    target.section.is_none() || route.rules.iter().any(named)
                };
                match route {
                    None => target.field.lint("names no HTTPRoute of these manifests".into()),
                    Some(route) if !rule(route) => {
                        target
                            .field
                            .field("sectionName")
                            .lint("names no rule of that HTTPRoute".into());
                    }
                    Some(_) => {}
                }
            }
        }
    }

    fn ambiguous(&self, resource: &str) {
        let message =
            "the listeners of the Gateway have different CORS policies; name the listener to serve";
        self.reader.error(resource, "", message.into());
    }
}

/// Tells of rules whose preflights are followed by requests to another: what announces a header gets
/// the answer of the rule that matches on it, and goes on, if it has another value, to the rule
/// without headers that comes next.
#[expect(clippy::mutable_key_type, reason = "expressions are compared by their text")]
fn answering_for_others(served: &[(&HttpRoute<'_>, &RouteRule<'_>)], rules: &[Rule]) {
    let matches = |with_headers: bool| {
        served.iter().zip(rules).flat_map(move |(&(route, rule), built)| {
            let matches = rule.matches.iter();
            let matches = matches.filter(move |(_, c)| c.headers.is_empty() != with_headers);
            matches.flat_map(move |found| hosts(route).map(move |host| (host, found, rule, built)))
        })
    };
    if matches(true).next().is_none() {
        return;
    }
    let mut without = HashMap::new();
    for (host, (path, conditions), rule, built) in matches(false) {
        without.entry(Unnamed::new(host, path, conditions)).or_insert((rule, built));
    }
    for (host, (path, conditions), rule, built) in matches(true) {
        let own = Unnamed::new(host, path, conditions);
        let keys = [own, Unnamed { query: &[], ..own }, Unnamed { method: None, ..own }];
        let keys = keys.into_iter().chain([Unnamed { method: None, query: &[], ..own }]);
        let mut next = keys.filter_map(|key| without.get(&key));
        let next = next.next().filter(|(_, next)| !same(&next.policies, &built.policies));
        if let Some((next, _)) = next {
            let next = format!("{} {}", next.field.resource(), next.field.path());
            rule.field.field("matches").lint(format!(
                "answers the preflights that announce its headers, but with another value such a request goes on to {next}, whose policy differs"
            ));
        }
    }
}

/// All that a match says but for its headers.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Unnamed<'p> {
    host: Option<&'p str>,
    path: &'p PathMatch,
    method: Option<&'p str>,
    query: &'p [(String, ValueMatch)],
}

/// With the names of its headers, in order.
type Alike<'p> = (Unnamed<'p>, Vec<&'p HeaderName>);

impl<'p> Unnamed<'p> {
    fn new(host: Option<&'p str>, path: &'p PathMatch, conditions: &'p Conditions) -> Self {
        let Conditions { method, query, .. } = conditions;
        Self { host, path, method: method.as_deref(), query }
    }
}

/// The hostnames of a route; none means every host.
fn hosts<'m>(route: &HttpRoute<'m>) -> impl Iterator<Item = Option<&'m str>> {
    let every = route.hostnames.is_empty().then_some(None);
    route.hostnames.iter().copied().map(Some).chain(every)
}

/// The policies of the backends that get requests, each once: a preflight must be allowed by all of
/// them. A backend without a policy denies where another has one. Without backends it is the rule's.
fn reached(backends: &[Backend], own: Option<&Policy>) -> Vec<Policy> {
    let reached = backends.iter().filter(|backend| backend.weight > 0);
    let reached: Vec<Option<&Policy>> = reached.map(|backend| backend.policy.as_ref()).collect();
    let mut policies: Vec<Policy> = Vec::new();
    if reached.is_empty() {
        policies.extend(own.cloned());
    } else if reached.iter().any(Option::is_some) {
        let denies = Policy::deny_all_with(STATUS);
        for policy in reached.into_iter().map(|policy| policy.unwrap_or(&denies)) {
            if !policies.contains(policy) {
                policies.push(policy.clone());
            }
        }
    }
    policies
}

/// Whether both are the same set.
fn same(left: &[Policy], right: &[Policy]) -> bool {
    left.len() == right.len() && left.iter().all(|policy| right.contains(policy))
}
