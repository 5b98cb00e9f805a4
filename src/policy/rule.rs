//! [`Rule`]: one config of a chain, compiled into everything that can be known before a request
//! comes.

use std::collections::HashSet;

use foldhash::fast::RandomState;
use http::HeaderValue;

use crate::config::check::Checked;
use crate::config::list::List;
use crate::fetch::{AUTHORIZATION, is_forbidden_method, is_safelisted_method};
use crate::origin::is_opaque;
use crate::origin::set::OriginSet;
use crate::policy::names::Names;
use crate::request::OriginHeader;

/// One config of a chain, compiled.
pub(crate) struct Rule {
    pub(crate) checked: Checked,
    /// `*` without credentials: every origin is allowed, and gets `*`.
    pub(crate) open: bool,
    origins: OriginSet,
    pub(crate) methods: AllowMethods,
    listed_methods: Index,
    pub(crate) headers: AllowHeaders,
    allowed_names: Names,
    pub(crate) expose: ExposeHeaders,
    exposed_names: Index,
    pub(crate) max_age: Option<HeaderValue>,
}

/// What `access-control-allow-methods` says.
pub(crate) enum AllowMethods {
    Listed(Option<HeaderValue>),
    /// `*` without credentials.
    Any,
    /// `*` with credentials, which browsers take literally: the requested method instead.
    Mirrored,
}

/// What `access-control-allow-headers` says; both kinds of `*` leave `authorization` out unless it
/// is listed too.
pub(crate) enum AllowHeaders {
    Listed(Option<HeaderValue>),
    Any(HeaderValue),
    /// `*` that covers `authorization`, too: a list only where that is asked for.
    AnyUnlessAuthorization,
    Mirrored {
        authorization: bool,
    },
}

/// What `access-control-expose-headers` says.
pub(crate) enum ExposeHeaders {
    Listed(Option<HeaderValue>),
    /// `*` with credentials, which browsers take literally: the names that the response has.
    FromResponse,
}

impl Rule {
    pub(crate) fn new(checked: Checked) -> Self {
        let Checked { credentials, methods, headers, expose, .. } = &checked;
        let listed = headers.lists(AUTHORIZATION.as_bytes());
        let includes = checked.wildcard_includes_authorization;
        let authorization = listed || includes;
        Self {
            open: checked.any_origin() && !credentials && !checked.reflects,
            origins: OriginSet::new(&checked.origins),
            methods: match (methods.is_any(), credentials) {
                (false, _) => AllowMethods::Listed(joined_list(methods.names())),
                (true, false) => AllowMethods::Any,
                (true, true) => AllowMethods::Mirrored,
            },
            listed_methods: Index::new(methods),
            headers: match (headers.is_any(), credentials) {
                (false, _) => AllowHeaders::Listed(joined_list(headers.names())),
                (true, false) => match (listed, includes) {
                    (true, _) => AllowHeaders::Any(HeaderValue::from_static("*,authorization")),
                    (false, true) => AllowHeaders::AnyUnlessAuthorization,
                    (false, false) => AllowHeaders::Any(HeaderValue::from_static("*")),
                },
                (true, true) => AllowHeaders::Mirrored { authorization },
            },
            allowed_names: match headers.is_any() {
                false => Names::only(headers.names()),
                // `*` is a name too, but a literal one is not mirrored.
                true => Names::all(!credentials, authorization),
            },
            expose: match (expose.is_any(), credentials) {
                (false, _) => ExposeHeaders::Listed(joined_list(expose.names())),
                (true, false) => ExposeHeaders::Listed(Some(HeaderValue::from_static("*"))),
                (true, true) => ExposeHeaders::FromResponse,
            },
            exposed_names: Index::new(expose),
            max_age: checked.max_age.map(HeaderValue::from).map(shared),
            checked,
        }
    }

    /// Whether the rule allows the origin that a request has. In a chain `*` without credentials
    /// reads it too: every well-formed one and `null`.
    #[inline(always)]
    pub(crate) fn allows(&self, origin: OriginHeader<'_>) -> bool {
        let OriginHeader::One(value) = origin else { return false };
        self.origins.contains(value.as_bytes()) || (self.open && is_opaque(value.as_bytes()))
    }

    /// Whether an entry of the list is this very origin.
    pub(crate) fn lists(&self, origin: &[u8]) -> bool {
        is_opaque(origin) || self.origins.lists(origin)
    }

    /// Whether every response header is exposed.
    pub(crate) fn exposes_any(&self) -> bool {
        self.checked.expose.is_any()
    }

    /// Whether the rule exposes this name, which is in lower case.
    pub(crate) fn exposes(&self, name: &str) -> bool {
        self.exposes_any() || self.exposed_names.lists(&self.checked.expose, name.as_bytes())
    }

    /// The preflight's method check: <https://fetch.spec.whatwg.org/#cors-preflight-fetch>.
    pub(crate) fn allows_method(&self, method: &[u8]) -> bool {
        let listed = || self.listed_methods.lists(&self.checked.methods, method);
        is_safelisted_method(method)
            || match self.methods {
                AllowMethods::Listed(_) => listed(),
                AllowMethods::Any => !is_forbidden_method(method),
                AllowMethods::Mirrored => is_mirrored_method(method),
            }
    }

    /// The preflight's header check: the first element of the list that is not the name of an
    /// allowed header, or no name at all.
    pub(crate) fn refused_header<'l>(&self, line: &'l [u8]) -> Option<&'l [u8]> {
        self.allowed_names.first_refused(line)
    }
}

/// The names of a list, to be looked up where they are too many to be compared one by one. Several
/// policies look up each name of one in all others, for each request.
struct Index(HashSet<Box<[u8]>, RandomState>);

/// So many names are compared at the cost of hashing one.
const FEW: usize = 16;

impl Index {
    fn new(list: &List) -> Self {
        let names = list.names().iter().filter(|_| list.names().len() > FEW);
        Self(names.map(|name| name.as_bytes().into()).collect())
    }

    fn lists(&self, list: &List, name: &[u8]) -> bool {
        if self.0.is_empty() { list.lists(name) } else { self.0.contains(name) }
    }
}

/// Whether `*` with credentials repeats such a method. A literal `*` would mean itself only.
pub(crate) fn is_mirrored_method(method: &[u8]) -> bool {
    method != b"*" && !is_forbidden_method(method)
}

/// Whether `*` with credentials repeats such a name, whatever its case.
pub(crate) fn is_mirrored_header(name: &[u8], authorization: bool) -> bool {
    name != b"*" && (authorization || !name.eq_ignore_ascii_case(AUTHORIZATION.as_bytes()))
}

/// The entries with `,` between them, each once; none for an empty list.
pub(crate) fn joined<'l>(list: impl Iterator<Item = &'l str>) -> Option<HeaderValue> {
    let mut seen = HashSet::new();
    let once: Vec<&str> = list.filter(|entry| seen.insert(*entry)).collect();
    HeaderValue::try_from(once.join(",")).ok().filter(|value| !value.is_empty())
}

fn joined_list(list: &[String]) -> Option<HeaderValue> {
    joined(list.iter().map(String::as_str)).map(shared)
}

/// The first clone of a value moves it behind a shared counter: better now than at a request.
fn shared(value: HeaderValue) -> HeaderValue {
    value.clone()
}
