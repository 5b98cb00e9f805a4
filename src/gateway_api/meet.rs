//! The meet of policies: what all of them allow.

use std::collections::BTreeSet;

use crate::config::check::Checked;
use crate::config::list::List;
use crate::fetch::AUTHORIZATION;
use crate::origin::pattern::{HostPattern, OriginPattern, PortPattern, Tuple};
use crate::policy::{Policy, Source};

/// The policy that grants what every one of these grants, so that a request that its preflight
/// lets through is allowed by whichever of them it meets. None where there is none to begin with.
pub(crate) fn meet<'p>(policies: impl IntoIterator<Item = &'p Policy>) -> Option<Policy> {
    let mut policies = policies.into_iter();
    let first = policies.next()?;
    let differing: Vec<&Policy> = policies.filter(|policy| *policy != first).collect();
    if differing.is_empty() {
        return Some(first.clone());
    }
    let mut met = first.first().checked.clone();
    for policy in differing {
        met = meet_two(met, &policy.first().checked);
    }
    Some(Policy::compile(met, Vec::new(), Source::Manifests))
}

fn meet_two(left: Checked, right: &Checked) -> Checked {
    let any = left.any_origin() && right.any_origin();
    Checked {
        origins: origins(&left.origins, &right.origins),
        methods: names(&left.methods, &right.methods, |_| true),
        headers: headers(&left, right),
        expose: names(&left.expose, &right.expose, |_| true),
        credentials: left.credentials && right.credentials,
        max_age: left.max_age.zip(right.max_age).map(|(left, right)| left.min(right)),
        // With credentials `*` leaves `null` out, so the meet does, too.
        reflects: any && (reflects(&left) || reflects(right)),
        ..left
    }
}

fn reflects(checked: &Checked) -> bool {
    checked.credentials || checked.reflects
}

/// The origins that both lists mean.
fn origins(left: &[OriginPattern], right: &[OriginPattern]) -> Vec<OriginPattern> {
    let mut seen = BTreeSet::new();
    let pairs = left.iter().flat_map(|left| right.iter().map(move |right| (left, right)));
    let both = pairs.filter_map(|(left, right)| both(left, right));
    both.filter(|pattern| seen.insert(pattern.clone())).collect()
}

/// The origins that both patterns mean. As each part of a pattern is one value, the names under
/// one, or any, two of them either exclude each other or one lies within the other.
fn both(left: &OriginPattern, right: &OriginPattern) -> Option<OriginPattern> {
    let (left_tuple, right_tuple) = match (left.tuple(), right.tuple()) {
        (Some(left), Some(right)) => (left, right),
        _ if left == right || right.is_any() => return Some(left.clone()),
        _ if left.is_any() => return Some(right.clone()),
        _ => return None,
    };
    if left_tuple.scheme != right_tuple.scheme {
        return None;
    }
    let host = narrower_host(left_tuple.host, right_tuple.host)?;
    let port = narrower_port(left_tuple.port, right_tuple.port)?;
    Tuple { scheme: left_tuple.scheme, host, port }.to_string().parse().ok()
}

fn narrower_host<'h>(left: HostPattern<'h>, right: HostPattern<'h>) -> Option<HostPattern<'h>> {
    use HostPattern::{Any, Exactly, OpenLabel, SubdomainsOf};
    let under = |name: &str, parent: &str| {
        name.strip_suffix(parent).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
    };
    match (left, right) {
        (Any, narrower) | (narrower, Any) => Some(narrower),
        (Exactly(left), Exactly(right)) => (left == right).then_some(Exactly(left)),
        (Exactly(host), SubdomainsOf(parent)) | (SubdomainsOf(parent), Exactly(host)) => {
            under(host, parent).then_some(Exactly(host))
        }
        // No CORS filter has any.
        (OpenLabel { .. }, other) | (other, OpenLabel { .. }) => (left == right).then_some(other),
        (SubdomainsOf(left), SubdomainsOf(right)) => {
            if left == right || under(left, right) {
                Some(SubdomainsOf(left))
            } else {
                under(right, left).then_some(SubdomainsOf(right))
            }
        }
    }
}

fn narrower_port(left: PortPattern, right: PortPattern) -> Option<PortPattern> {
    match (left, right) {
        (PortPattern::Any, narrower) | (narrower, PortPattern::Any) => Some(narrower),
        _ => (left == right).then_some(left),
    }
}

/// The names in both lists, where `*` stands for those that it covers.
fn names(left: &List, right: &List, covered: impl Fn(&str) -> bool) -> List {
    let in_it =
        |list: &List, name: &String| list.lists(name.as_bytes()) || list.is_any() && covered(name);
    let left_first = left.names().iter().filter(|name| in_it(right, name));
    let right_only =
        right.names().iter().filter(|name| !left.lists(name.as_bytes()) && in_it(left, name));
    let names = left_first.chain(right_only).cloned().collect();
    if left.is_any() && right.is_any() { List::Any(names) } else { List::Named(names) }
}

/// `*` does not cover `authorization`; where it does by the filter's rules, that is listed too.
fn headers(left: &Checked, right: &Checked) -> List {
    names(&left.headers, &right.headers, |name| name != AUTHORIZATION)
}
