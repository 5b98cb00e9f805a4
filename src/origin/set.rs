//! [`OriginSet`]: the patterns of one policy, compiled so that matching costs the length of the
//! origin and not the number of patterns.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use crate::origin::open::OpenLabels;
use crate::origin::pattern::{HostPattern, OriginPattern, PortPattern};
use crate::origin::{HostKind, MAX_LENGTH, Origin};

/// Set entries come from the policy alone, so a request cannot make them collide.
type Texts = HashSet<Box<[u8]>, RandomState>;
type Open = HashMap<Box<[u8]>, OpenLabels<()>, RandomState>;

#[derive(Default)]
pub(crate) struct OriginSet {
    /// Whether there is more than `exact`.
    broad: bool,
    any: bool,
    null: bool,
    /// `file://`
    file: bool,
    /// `scheme://host[:port]`, canonical.
    exact: Exact,
    /// What has a wildcard in it, by scheme.
    wild: HashMap<Box<str>, Wild, RandomState>,
}

#[derive(Default)]
enum Exact {
    #[default]
    None,
    /// One is compared at a third of the cost of hashing.
    One(Box<[u8]>),
    Many(Texts),
}

/// The wildcard patterns of one scheme. Every key is a slice of the origin's own text.
#[derive(Default)]
struct Wild {
    /// `host:*`, as `host`.
    hosts_any_port: Texts,
    /// `*.host[:port]`, as `host[:port]`.
    subdomains: Texts,
    /// `*.host:*`, as `host`.
    subdomains_any_port: Texts,
    /// The numbers of labels of the hosts in the two sets above, one bit each: a host of 120
    /// labels is looked up only at those.
    label_counts: u128,
    /// `a-*b.host[:port]`, by `host[:port]`.
    open: Open,
    /// `a-*b.host:*`, by `host`.
    open_any_port: Open,
    /// `*[:port]`
    any_host: HashSet<Option<u16>, RandomState>,
    /// `*:*`
    anything: bool,
}

impl OriginSet {
    pub(crate) fn new<'p>(patterns: impl IntoIterator<Item = &'p OriginPattern>) -> Self {
        let mut set = Self::default();
        for pattern in patterns {
            set.insert(pattern);
        }
        set
    }

    fn insert(&mut self, pattern: &OriginPattern) {
        let Some(tuple) = pattern.tuple() else {
            match pattern.as_ref() {
                "null" => self.null = true,
                "file://" => self.file = true,
                _ => self.any = true,
            }
            self.broad = true;
            return;
        };
        if let (HostPattern::Exactly(_), PortPattern::Exactly(_)) = (tuple.host, tuple.port) {
            self.exact.insert(pattern.as_ref().as_bytes());
            return;
        }
        self.broad = true;
        let wild = self.wild.entry(tuple.scheme.into()).or_default();
        match (tuple.host, tuple.port) {
            (HostPattern::Exactly(host), _) => {
                wild.hosts_any_port.insert(host.as_bytes().into());
            }
            (HostPattern::SubdomainsOf(host), port) => {
                wild.label_counts |= label_bit(host.bytes().filter(|&byte| byte == b'.').count());
                match port {
                    PortPattern::Any => wild.subdomains_any_port.insert(host.as_bytes().into()),
                    PortPattern::Exactly(port) => wild.subdomains.insert(authority(host, port)),
                };
            }
            (HostPattern::OpenLabel { before, after, host }, port) => {
                let labels = match port {
                    PortPattern::Any => wild.open_any_port.entry(host.as_bytes().into()),
                    PortPattern::Exactly(port) => wild.open.entry(authority(host, port)),
                };
                labels.or_default().insert(before.as_bytes(), after.as_bytes(), ());
            }
            (HostPattern::Any, PortPattern::Any) => wild.anything = true,
            (HostPattern::Any, PortPattern::Exactly(port)) => {
                wild.any_host.insert(port);
            }
        }
    }

    /// Whether the canonical origin is an entry itself.
    pub(crate) fn lists(&self, origin: &[u8]) -> bool {
        self.exact.contains(origin)
    }

    /// Whether a pattern matches the value of an `Origin` header.
    #[inline]
    pub(crate) fn contains(&self, header: &[u8]) -> bool {
        // The length first: what is too long is neither hashed nor parsed.
        if header.len() > MAX_LENGTH {
            return false;
        }
        if self.exact.contains(header) {
            return true;
        }
        // Without wildcards, what is no entry as it stands can be one without its default port only.
        let default_port = matches!(header, [.., b':', b'4', b'4', b'3'] | [.., b':', b'8', b'0']);
        (self.broad || default_port) && self.contains_parsed(header)
    }

    #[inline(never)]
    fn contains_parsed(&self, header: &[u8]) -> bool {
        match header {
            b"null" => return self.null,
            b"file://" => return self.file,
            _ => {}
        }
        Origin::parse(header).is_some_and(|origin| {
            self.any || self.exact.contains(origin.as_str().as_bytes()) || self.is_wild(&origin)
        })
    }

    fn is_wild(&self, origin: &Origin<'_>) -> bool {
        self.wild.get(origin.scheme()).is_some_and(|wild| wild.contains(origin))
    }
}

impl Exact {
    fn insert(&mut self, origin: &[u8]) {
        *self = match std::mem::take(self) {
            Self::None => Self::One(origin.into()),
            Self::One(one) => Self::Many([one, origin.into()].into_iter().collect()),
            Self::Many(mut many) => {
                many.insert(origin.into());
                Self::Many(many)
            }
        };
    }

    #[inline(never)]
    fn is_among(many: &Texts, origin: &[u8]) -> bool {
        many.contains(origin)
    }

    #[inline]
    fn contains(&self, origin: &[u8]) -> bool {
        match self {
            Self::None => false,
            Self::One(one) => **one == *origin,
            Self::Many(many) => Self::is_among(many, origin),
        }
    }
}

impl Wild {
    fn contains(&self, origin: &Origin<'_>) -> bool {
        self.anything
            || self.any_host.contains(&origin.port())
            || self.hosts_any_port.contains(origin.host().as_bytes())
            || self.contains_subdomain(origin)
            || self.contains_open_label(origin)
    }

    fn contains_subdomain(&self, origin: &Origin<'_>) -> bool {
        if self.label_counts == 0 || origin.host_kind() == HostKind::Ip {
            return false;
        }
        let (host, authority) = (origin.host().as_bytes(), origin.authority().as_bytes());
        let mut dots = 0;
        // From the right, and no further than the longest host that is listed. A host that begins
        // with a dot has no label in front of it.
        for at in (1..host.len()).rev().filter(|&at| host[at] == b'.') {
            if self.label_counts & label_bit(dots) != 0
                && (self.subdomains.contains(&authority[at + 1..])
                    || self.subdomains_any_port.contains(&host[at + 1..]))
            {
                return true;
            }
            dots += 1;
            if self.label_counts < label_bit(dots) {
                break;
            }
        }
        false
    }

    /// The first label alone is open, so there is one host that it can be in front of.
    fn contains_open_label(&self, origin: &Origin<'_>) -> bool {
        if self.open.is_empty() && self.open_any_port.is_empty() {
            return false;
        }
        let (host, authority) = (origin.host().as_bytes(), origin.authority().as_bytes());
        let Some(dot) = host.iter().position(|&byte| byte == b'.') else { return false };
        let matches = |labels: &OpenLabels<()>| labels.find(&host[..dot]).next().is_some();
        self.open.get(&authority[dot + 1..]).is_some_and(matches)
            || self.open_any_port.get(&host[dot + 1..]).is_some_and(matches)
    }
}

/// `host[:port]`, as it is in an origin.
fn authority(host: &str, port: Option<u16>) -> Box<[u8]> {
    match port {
        None => host.as_bytes().into(),
        Some(port) => format!("{host}:{port}").into_bytes().into(),
    }
}

/// Only the opaque host of an unusual scheme has more than 127 dots: those share the last bit.
fn label_bit(dots: usize) -> u128 {
    1 << dots.min(127)
}
