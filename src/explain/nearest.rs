//! [`nearest`]: the pattern that comes closest to an origin that none matches. Searched for when a
//! person asks, never while a request waits.

use std::fmt;
use std::net::Ipv4Addr;

use crate::origin::open;
use crate::origin::pattern::{HostPattern, OriginPattern, PortPattern, Tuple};
use crate::origin::{Origin, default_port, is_loopback};
use crate::policy::Policy;

/// A pattern and what keeps it from matching.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nearest<'a> {
    pub(crate) pattern: &'a OriginPattern,
    /// The config of the chain, and the entry in it.
    pub(crate) rule: usize,
    pub(crate) index: usize,
    gap: Gap,
}

/// What lies between an origin and a pattern: at least one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Gap {
    scheme: bool,
    port: bool,
    host: Option<HostGap>,
}

/// The least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum HostGap {
    TrailingDot,
    Case,
    Www,
    /// The pattern means the subdomains of this very host.
    Apex,
    /// The origin is a subdomain of the one host that the pattern means.
    Subdomain,
    /// The origin is under the host of an open label, or that host, and its first label is another.
    OpenLabel,
    /// `localhost` is not `127.0.0.1`.
    Loopback,
    /// It begins or ends with the pattern's name and belongs to somebody else.
    Lookalike,
}

/// The first pattern with the smallest gap.
pub(crate) fn nearest<'a>(policy: &'a Policy, origin: &Origin<'_>) -> Option<Nearest<'a>> {
    let rules = policy.rules().enumerate();
    let patterns = rules.flat_map(|(rule, compiled)| {
        compiled.checked.origins.iter().enumerate().map(move |entry| (rule, entry))
    });
    let near = patterns.filter_map(|(rule, (index, pattern))| {
        let gap = gap(origin, &pattern.tuple()?)?;
        Some(Nearest { pattern, rule, index, gap })
    });
    near.min_by_key(|near| near.gap.size())
}

impl Nearest<'_> {
    pub(crate) fn is_lookalike(&self) -> bool {
        self.gap.host == Some(HostGap::Lookalike)
    }
}

impl Gap {
    /// How many parts differ, another's name more than anything.
    fn size(&self) -> impl Ord + use<> {
        let differences = [self.scheme, self.port, self.host.is_some()];
        let differences = differences.iter().filter(|differs| **differs).count();
        (self.host == Some(HostGap::Lookalike), differences, self.host, self.port)
    }
}

fn gap(origin: &Origin<'_>, pattern: &Tuple<'_>) -> Option<Gap> {
    let scheme = origin.scheme() != pattern.scheme;
    // The hosts of other schemes are names of another kind.
    let web = [origin.scheme(), pattern.scheme].iter().all(|scheme| default_port(scheme).is_some());
    let port = match pattern.port {
        PortPattern::Any => false,
        PortPattern::Exactly(port) => origin.port() != port,
    };
    let host = host_gap(origin.host(), pattern.host)?;
    let gap = Gap { scheme, port, host };
    (web || !scheme).then_some(gap).filter(|gap| scheme || port || gap.host.is_some())
}

/// None: nothing in common. `Some(None)`: the pattern means it.
fn host_gap(host: &str, pattern: HostPattern<'_>) -> Option<Option<HostGap>> {
    let (name, wild) = match pattern {
        HostPattern::Any => return Some(None),
        HostPattern::OpenLabel { before, after, host: parent } => {
            return open_label_gap(host, before, after, parent);
        }
        HostPattern::Exactly(name) => (name, false),
        HostPattern::SubdomainsOf(name) => (name, true),
    };
    let plain = |host: &str| host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let (own, named) = (plain(host), plain(name));
    let under = own.strip_suffix(&*named).is_some_and(|labels| labels.ends_with('.'));
    let means = if wild { under && own.len() > named.len() + 1 } else { own == named };
    if means {
        let dot = host.ends_with('.') != name.ends_with('.');
        let exact = match wild {
            true => host.ends_with(name),
            false => host == name,
        };
        return Some(if dot {
            Some(HostGap::TrailingDot)
        } else {
            (!exact).then_some(HostGap::Case)
        });
    }
    let www = |long: &str, short: &str| long.strip_prefix("www.") == Some(short);
    if wild && own == named {
        Some(Some(HostGap::Apex))
    } else if !wild && (www(&own, &named) || www(&named, &own)) {
        Some(Some(HostGap::Www))
    } else if under {
        Some(Some(HostGap::Subdomain))
    } else if !wild && is_loopback(&own) && is_loopback(&named) {
        Some(Some(HostGap::Loopback))
    } else {
        let site = named.contains('.') && !is_address(&named);
        let lookalike = own.ends_with(&*named) || own.starts_with(&format!("{named}."));
        (site && lookalike).then_some(Some(HostGap::Lookalike))
    }
}

/// [`host_gap`] for an open label in front of this parent.
fn open_label_gap(host: &str, before: &str, after: &str, parent: &str) -> Option<Option<HostGap>> {
    let plain = |host: &'_ str| host.strip_suffix('.').unwrap_or(host).to_owned();
    let own = plain(host);
    let (label, rest) = own.split_once('.').unwrap_or((&own, ""));
    if rest == plain(parent) {
        let dot = host.ends_with('.') != parent.ends_with('.');
        return Some(match open::matches(before, after, label) {
            true => dot.then_some(HostGap::TrailingDot),
            false => Some(HostGap::OpenLabel),
        });
    }
    let lookalike =
        |name: &str| host_gap(name, HostPattern::Exactly(parent)) == Some(Some(HostGap::Lookalike));
    if lookalike(&own) || lookalike(rest) {
        return Some(Some(HostGap::Lookalike));
    }
    match host_gap(host, HostPattern::Exactly(parent))? {
        Some(HostGap::Loopback) => None,
        _ => Some(Some(HostGap::OpenLabel)),
    }
}

fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok()
}

/// What is different.
impl fmt::Display for Nearest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.gap.host.map(|gap| match gap {
            HostGap::TrailingDot => "one of the two has a trailing dot",
            HostGap::Case => "the case of the host differs",
            HostGap::Www => "one of the two has www",
            HostGap::Apex => "it matches subdomains, but not the host itself",
            HostGap::Subdomain => "it matches the host itself, but not its subdomains",
            HostGap::OpenLabel => {
                "its * matches letters, digits and hyphens inside the first label only"
            }
            HostGap::Loopback => "another name of the user's machine, which is a different origin",
            HostGap::Lookalike => "the name only looks similar, and could be anybody's",
        });
        let scheme = self.gap.scheme.then_some("a different scheme");
        let port = self.gap.port.then_some("a different port");
        let gaps: Vec<_> = [scheme, host, port].into_iter().flatten().collect();
        f.write_str(&gaps.join(", and "))
    }
}
