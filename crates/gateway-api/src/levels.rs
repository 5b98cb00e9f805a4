//! Which policy holds for a rule: the most specific level that has one, whole.

use std::collections::{BTreeSet, HashMap};

use crate::resources::{CorsPolicy, GatewayName, HttpRoute, TargetKind};

/// A target and its section: a listener of the Gateway, a rule of a route.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Level<'m> {
    Gateway,
    Listener(&'m str),
    Route { namespace: &'m str, name: &'m str },
    Rule { namespace: &'m str, name: &'m str, rule: &'m str },
}

/// The policies of one Gateway and its routes, by level.
pub(crate) struct Levels<'p, 'm> {
    policies: HashMap<Level<'m>, &'p CorsPolicy<'m>>,
    /// The one that is asked before any route is chosen.
    pub(crate) pre_routing: Result<Option<&'p CorsPolicy<'m>>, Ambiguous>,
    /// The listeners that anything names.
    listeners: BTreeSet<&'m str>,
}

/// The policies of the listeners on which a route is served differ, and no listener was named.
pub(crate) struct Ambiguous;

impl<'p, 'm> Levels<'p, 'm> {
    /// Sorts the policies by level. Of two on one, the older wins, then the first by name; that
    /// the other has no effect there is a lint.
    pub(crate) fn new(
        policies: &'p [CorsPolicy<'m>],
        routes: &[HttpRoute<'m>],
        gateway: Option<&GatewayName>,
        listener: Option<&'m str>,
    ) -> Self {
        let mut by_age: Vec<&CorsPolicy<'m>> = policies.iter().collect();
        by_age.sort_by_key(|policy| (&policy.age, policy.name, policy.root.resource()));
        let mut levels = Self {
            policies: HashMap::new(),
            pre_routing: Ok(None),
            listeners: listener.into_iter().collect(),
        };
        let mut pre_routing = HashMap::new();
        for policy in by_age {
            for target in &policy.targets {
                let (namespace, name) = (target.namespace, target.name);
                let level = match (target.kind, target.section) {
                    (TargetKind::Gateway, _)
                        if gateway.is_none_or(|g| g.namespace != namespace || g.name != name) =>
                    {
                        continue;
                    }
                    (TargetKind::Gateway, None) => Level::Gateway,
                    (TargetKind::Gateway, Some(section)) => Level::Listener(section),
                    (TargetKind::HttpRoute, None) => Level::Route { namespace, name },
                    (TargetKind::HttpRoute, Some(rule)) => Level::Rule { namespace, name, rule },
                };
                if let Level::Listener(section) = level {
                    if listener.is_some_and(|served| served != section) {
                        continue;
                    }
                    levels.listeners.insert(section);
                }
                let own = if policy.pre_routing { &mut pre_routing } else { &mut levels.policies };
                let winner = *own.entry(level).or_insert(policy);
                if winner.root.resource() != policy.root.resource() {
                    let winner = winner.root.resource();
                    target.field.lint(format!(
                        "has no effect: {winner} has the same target and comes first"
                    ));
                }
            }
        }
        for route in routes {
            let parents = route.parents.iter().flatten();
            let ours = parents.filter(|(parent, _)| Some(parent) == gateway);
            levels.listeners.extend(ours.filter_map(|(_, section)| *section));
        }
        levels.pre_routing = levels.of_listener(&pre_routing);
        levels
    }

    /// The most specific of the PreRouting policies: that of the one listener there is, or the
    /// Gateway's.
    fn of_listener(
        &self,
        policies: &HashMap<Level<'m>, &'p CorsPolicy<'m>>,
    ) -> Result<Option<&'p CorsPolicy<'m>>, Ambiguous> {
        let gateway = policies.get(&Level::Gateway).copied();
        let of_one = policies.len() > usize::from(gateway.is_some());
        match self.only_listener() {
            Some(only) => Ok(policies.get(&Level::Listener(only)).copied().or(gateway)),
            None if of_one => Err(Ambiguous),
            None => Ok(gateway),
        }
    }

    fn only_listener(&self) -> Option<&'m str> {
        let mut listeners = self.listeners.iter();
        listeners.next().filter(|_| listeners.next().is_none()).copied()
    }

    /// The policy that targets a rule, its route, the listeners that serve it, or the Gateway.
    /// `sections` are the listeners that the route names; none: all of them serve it.
    pub(crate) fn policy(
        &self,
        namespace: &'m str,
        name: &'m str,
        rule: Option<&'m str>,
        sections: &BTreeSet<&'m str>,
    ) -> Result<Option<&'p CorsPolicy<'m>>, Ambiguous> {
        let rule = rule.map(|rule| Level::Rule { namespace, name, rule });
        let route = [rule, Some(Level::Route { namespace, name })].into_iter().flatten();
        let mut route = route.filter_map(|level| self.policies.get(&level).copied());
        if let Some(policy) = route.next() {
            return Ok(Some(policy));
        }
        let gateway = self.policies.get(&Level::Gateway).copied();
        let of = |section| self.policies.get(&Level::Listener(section)).copied().or(gateway);
        let served = if sections.is_empty() { &self.listeners } else { sections };
        let mut found: Vec<Option<&CorsPolicy<'_>>> = served.iter().copied().map(of).collect();
        if served.is_empty() {
            found.push(gateway);
        }
        let same = |left: &Option<&CorsPolicy<'_>>, right: &Option<&CorsPolicy<'_>>| {
            left.and_then(|policy| policy.policy.as_ref())
                == right.and_then(|policy| policy.policy.as_ref())
        };
        match found.iter().all(|policy| same(policy, &found[0])) {
            true => Ok(found[0]),
            false => Err(Ambiguous),
        }
    }
}
