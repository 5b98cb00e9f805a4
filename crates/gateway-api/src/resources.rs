//! The parts of the resources that decide CORS, read from manifests.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use tower_cors::Policy;

use crate::age::Age;
use crate::filter;
use crate::matches::{Conditions, PathMatch, hostname, route_match};
use crate::quoted::Quoted;
use crate::reader::Field;
use crate::schema::{
    BACKEND_FIELDS, DEFAULT_NAMESPACE, FILTER_FIELDS, GROUP, MAX_BACKENDS, MAX_HOSTNAMES,
    MAX_MATCHES, MAX_RULES, PARENT_FIELDS, PORTS, ROUTE_FIELDS, RULE_FIELDS, WEIGHTS,
};

/// A Gateway, by namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct GatewayName {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl GatewayName {
    /// `namespace/name`, or a name in the default namespace.
    pub(crate) fn parse(text: &str) -> Self {
        let (namespace, name) = text.split_once('/').unwrap_or((DEFAULT_NAMESPACE, text));
        Self { namespace: namespace.to_owned(), name: name.to_owned() }
    }
}

/// `HTTPRoute`: <https://gateway-api.sigs.k8s.io/reference/spec/#httproute>.
pub(crate) struct HttpRoute<'m> {
    pub(crate) root: Field<'m>,
    pub(crate) namespace: &'m str,
    pub(crate) name: &'m str,
    pub(crate) age: Age,
    /// Each Gateway, and the listener where one is named. None where there is no `parentRefs`.
    pub(crate) parents: Option<Vec<(GatewayName, Option<&'m str>)>>,
    pub(crate) hostnames: Vec<&'m str>,
    pub(crate) rules: Vec<RouteRule<'m>>,
}

pub(crate) struct RouteRule<'m> {
    pub(crate) field: Field<'m>,
    pub(crate) name: Option<&'m str>,
    pub(crate) matches: Vec<(PathMatch, Conditions)>,
    pub(crate) policy: Option<Policy>,
    pub(crate) backends: Vec<BackendRef<'m>>,
}

pub(crate) struct BackendRef<'m> {
    pub(crate) namespace: &'m str,
    pub(crate) name: &'m str,
    pub(crate) port: Option<u16>,
    pub(crate) weight: u32,
    pub(crate) policy: Option<Policy>,
}

/// `AgentgatewayPolicy` or `TrafficPolicy` with CORS.
pub(crate) struct CorsPolicy<'m> {
    pub(crate) root: Field<'m>,
    pub(crate) name: &'m str,
    pub(crate) age: Age,
    pub(crate) targets: Vec<Target<'m>>,
    pub(crate) pre_routing: bool,
    /// None where CORS is disabled: then no less specific level has a policy either.
    pub(crate) policy: Option<Policy>,
}

/// An entry of `targetRefs`, in the policy's namespace.
#[derive(Clone)]
pub(crate) struct Target<'m> {
    pub(crate) field: Field<'m>,
    pub(crate) kind: TargetKind,
    pub(crate) namespace: &'m str,
    pub(crate) name: &'m str,
    pub(crate) section: Option<&'m str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TargetKind {
    Gateway,
    HttpRoute,
}

/// Namespace, name and age of any resource.
fn metadata<'m>(root: &Field<'m>) -> (&'m str, &'m str, Age) {
    let metadata = root.field("metadata");
    let namespace = metadata.field("namespace");
    let namespace = namespace.text().filter(|text| !text.is_empty()).unwrap_or(DEFAULT_NAMESPACE);
    let name = metadata.field("name").required_text().unwrap_or_default();
    (namespace, name, age(&metadata.field("creationTimestamp")))
}

fn age(field: &Field<'_>) -> Age {
    let Some(text) = field.text() else { return Age::Unknown };
    Age::parse(text).unwrap_or_else(|| {
        let example = "2026-01-31T12:00:00Z";
        field.error(format!("{} is not a time of RFC 3339, such as {example}", Quoted(text)));
        Age::Unknown
    })
}

impl<'m> HttpRoute<'m> {
    pub(crate) fn read(root: Field<'m>) -> Self {
        let (namespace, name, age) = metadata(&root);
        let spec = root.field("spec");
        spec.lint_unknown(&ROUTE_FIELDS);
        let parents = spec.field("parentRefs");
        let parents = parents.is_there().then(|| {
            let gateways = parents.items().into_iter();
            gateways.filter_map(|parent| parent_ref(&parent, namespace)).collect()
        });
        let hostnames = spec.field("hostnames").at_most(MAX_HOSTNAMES);
        let hostnames = hostnames.iter().filter_map(hostname).collect();
        let written = spec.field("rules");
        let rules = written.at_most(MAX_RULES).into_iter();
        let mut rules: Vec<_> = rules.map(|rule| RouteRule::read(rule, namespace)).collect();
        if !written.is_there() {
            // The API server stores one rule for `/`.
            rules.push(RouteRule::read(written, namespace));
        }
        let mut seen = HashSet::new();
        for rule in &rules {
            if let Some(name) = rule.name.filter(|name| !seen.insert(*name)) {
                let field = rule.field.field("name");
                field.error(format!("{} is the name of another rule", Quoted(name)));
            }
        }
        Self { namespace, name, age, parents, hostnames, rules, root }
    }
}

fn parent_ref<'m>(
    parent: &Field<'m>,
    namespace: &'m str,
) -> Option<(GatewayName, Option<&'m str>)> {
    parent.refuse_unknown(&PARENT_FIELDS);
    let is = |name: &str, value: &'m str| {
        parent.field(name).meant(&[value]).is_none_or(|text| text == value)
    };
    let name = parent.field("name").required_text()?;
    if !is("group", GROUP) || !is("kind", "Gateway") {
        return None;
    }
    let namespace = parent.field("namespace").text().unwrap_or(namespace).to_owned();
    let section = parent.field("sectionName").text();
    Some((GatewayName { namespace, name: name.to_owned() }, section))
}

impl<'m> RouteRule<'m> {
    fn read(field: Field<'m>, namespace: &'m str) -> Self {
        field.lint_unknown(&RULE_FIELDS);
        let written = field.field("matches").at_most(MAX_MATCHES);
        let mut matches: Vec<_> = written.iter().filter_map(route_match).collect();
        if written.is_empty() {
            matches.push((PathMatch::Prefix("/".into()), Conditions::default()));
        }
        let backends = field.field("backendRefs").at_most(MAX_BACKENDS).into_iter();
        let backends = backends.map(|backend| BackendRef::read(&backend, namespace));
        Self {
            name: field.field("name").text(),
            matches,
            policy: cors_filter(&field.field("filters")),
            backends: backends.collect(),
            field,
        }
    }
}

/// The one filter of type `CORS` among a rule's or a backend's; the others are not ours.
fn cors_filter(filters: &Field<'_>) -> Option<Policy> {
    let filters = filters.items();
    let is_cors = |filter: &&Field<'_>| {
        filter.lint_unknown(&FILTER_FIELDS);
        let kind = filter.field("type");
        if kind.required_text().is_none() {
            return false;
        }
        let is_cors = kind.meant(&["CORS"]) == Some("CORS");
        let cors = filter.field("cors");
        if !is_cors && cors.is_there() {
            cors.error("stands in a filter of another type; write `type: CORS`".into());
        }
        is_cors
    };
    let mut cors = filters.iter().filter(is_cors);
    let first = cors.next()?;
    for second in cors {
        second.error(format!("is a second CORS filter beside {}; write one", first.path()));
    }
    let field = first.field("cors");
    if !field.is_there() {
        field.error("is missing from a filter of type CORS".into());
    }
    filter::read(&field)
}

impl<'m> BackendRef<'m> {
    fn read(field: &Field<'m>, namespace: &'m str) -> Self {
        let number = |name: &str, range: RangeInclusive<i64>| {
            let field = field.field(name);
            let number = field.integer()?;
            if !range.contains(&number) {
                let (least, most) = range.into_inner();
                field.error(format!("{number} is not between {least} and {most}"));
            }
            u32::try_from(number).ok()
        };
        field.lint_unknown(&BACKEND_FIELDS);
        Self {
            namespace: field.field("namespace").text().unwrap_or(namespace),
            name: field.field("name").required_text().unwrap_or_default(),
            port: number("port", PORTS).and_then(|port| u16::try_from(port).ok()),
            weight: number("weight", WEIGHTS).unwrap_or(1),
            policy: cors_filter(&field.field("filters")),
        }
    }
}

impl<'m> CorsPolicy<'m> {
    /// Reads `spec.traffic.cors` of an `AgentgatewayPolicy`; none where it says nothing of CORS.
    pub(crate) fn read_agentgateway(root: Field<'m>) -> Option<Self> {
        let traffic = root.field("spec").field("traffic");
        let phase = traffic.field("phase");
        let pre_routing = phase.text().is_some_and(|text| text == "PreRouting");
        if phase.text().is_some_and(|text| !matches!(text, "PreRouting" | "PostRouting")) {
            phase.error("is no phase; write PreRouting or PostRouting".into());
        }
        Self::read(root, &traffic.field("cors"), pre_routing, false)
    }

    /// Reads `spec.cors` of a `TrafficPolicy`; none where it says nothing of CORS.
    pub(crate) fn read_traffic(root: Field<'m>) -> Option<Self> {
        let cors = root.field("spec").field("cors");
        let disable = cors.field("disable");
        disable.expect_map();
        if disable.is_there() {
            let others = cors.names().filter(|name| *name != "disable");
            others.for_each(|other| {
                cors.field(other).error("has no effect beside disable; remove one of them".into())
            });
        }
        Self::read(root, &cors, false, disable.is_there())
    }

    fn read(root: Field<'m>, cors: &Field<'m>, pre_routing: bool, disabled: bool) -> Option<Self> {
        let (namespace, name, age) = metadata(&root);
        if !cors.is_there() {
            return None;
        }
        let spec = root.field("spec");
        let selectors = spec.field("targetSelectors");
        if selectors.is_there() {
            selectors.error("is not read, as labels are not; write targetRefs".into());
        }
        let inheritance = spec.field("strategy").field("inheritance");
        if inheritance.text().is_some_and(|text| text == "Override") {
            let message = r#""Override" is not read; write the CORS where it is to win"#;
            inheritance.error(message.into());
        }
        let refs = spec.field("targetRefs").items().into_iter();
        let targets: Vec<_> = refs.filter_map(|field| Target::read(field, namespace)).collect();
        if targets.is_empty() {
            spec.field("targetRefs").lint("names no Gateway and no HTTPRoute".into());
        }
        for target in targets.iter().filter(|_| pre_routing) {
            if target.kind == TargetKind::HttpRoute {
                let message =
                    "is an HTTPRoute, which is not known in phase PreRouting; target the Gateway";
                target.field.error(message.into());
            }
        }
        let policy = if disabled { None } else { Some(filter::read(cors)?) };
        Some(Self { root, name, age, targets, pre_routing, policy })
    }
}

impl<'m> Target<'m> {
    fn read(field: Field<'m>, namespace: &'m str) -> Option<Self> {
        let group = field.field("group").text();
        let name = field.field("name").required_text()?;
        let kind = match field.field("kind").required_text()? {
            "Gateway" if group.is_none_or(|group| group == GROUP) => TargetKind::Gateway,
            "HTTPRoute" if group.is_none_or(|group| group == GROUP) => TargetKind::HttpRoute,
            other => {
                let other = Quoted(other);
                field.lint(format!("{other} is no target that is read: Gateway and HTTPRoute are"));
                return None;
            }
        };
        Some(Self { kind, namespace, name, section: field.field("sectionName").text(), field })
    }
}
