//! [`Rule`]: one config of a chain, compiled into everything that can be known before a request
//! comes.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;
use http::HeaderValue;

use crate::config::check::Checked;
use crate::fetch::{AUTHORIZATION, is_forbidden_method, is_safelisted_method, is_token};
use crate::origin::set::OriginSet;
use crate::request::{Elements, OriginHeader};

/// One config of a chain, compiled.
pub(crate) struct Rule {
    pub(crate) checked: Checked,
    /// `*` without credentials: every origin is allowed, and told `*`.
    pub(crate) open: bool,
    origins: OriginSet,
    pub(crate) methods: AllowMethods,
    pub(crate) headers: AllowHeaders,
    pub(crate) expose: ExposeHeaders,
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
    Listed { value: Option<HeaderValue>, names: Names },
    Any { value: HeaderValue, authorization: bool },
    Mirrored { authorization: bool },
}

/// Header names in lower case, sorted as browsers ask for them, and where each stands.
pub(crate) struct Names {
    sorted: Box<[Box<[u8]>]>,
    places: HashMap<Box<[u8]>, usize, RandomState>,
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
        let any = |list: &[String]| list.iter().any(|entry| entry == "*");
        let authorization = headers.iter().any(|name| name == AUTHORIZATION);
        Self {
            open: checked.any_origin() && !credentials && !checked.reflects,
            origins: OriginSet::new(&checked.origins),
            methods: match (any(methods), credentials) {
                (false, _) => AllowMethods::Listed(joined(methods)),
                (true, false) => AllowMethods::Any,
                (true, true) => AllowMethods::Mirrored,
            },
            headers: match (any(headers), credentials) {
                (false, _) => {
                    AllowHeaders::Listed { value: joined(headers), names: Names::new(headers) }
                }
                (true, false) => AllowHeaders::Any {
                    value: HeaderValue::from_static(if authorization {
                        "*,authorization"
                    } else {
                        "*"
                    }),
                    authorization,
                },
                (true, true) => AllowHeaders::Mirrored { authorization },
            },
            expose: match (any(expose), credentials) {
                (false, _) => ExposeHeaders::Listed(joined(expose)),
                (true, false) => ExposeHeaders::Listed(Some(HeaderValue::from_static("*"))),
                (true, true) => ExposeHeaders::FromResponse,
            },
            max_age: checked.max_age.map(HeaderValue::from).map(shared),
            checked,
        }
    }

    /// Whether the rule allows the origin that a request has. In a chain `*` without credentials
    /// reads it too: every well-formed one and `null`.
    #[inline(always)]
    pub(crate) fn allows(&self, origin: OriginHeader<'_>) -> bool {
        let OriginHeader::One(value) = origin else { return false };
        self.origins.contains(value.as_bytes()) || (self.open && value == "null")
    }

    /// Whether an entry of the list is this very origin.
    pub(crate) fn lists(&self, origin: &[u8]) -> bool {
        origin == b"null" || self.origins.lists(origin)
    }

    /// The preflight's method check: <https://fetch.spec.whatwg.org/#cors-preflight-fetch>.
    pub(crate) fn allows_method(&self, method: &[u8]) -> bool {
        let listed = || self.checked.methods.iter().any(|listed| listed.as_bytes() == method);
        is_safelisted_method(method)
            || match self.methods {
                AllowMethods::Listed(_) => listed(),
                AllowMethods::Any => !is_forbidden_method(method),
                AllowMethods::Mirrored => is_mirrored_method(method),
            }
    }

    /// The preflight's header check: the first element of the list that is not the name of an
    /// allowed header, or no name at all. The buffer is for lines that are not in lower case.
    pub(crate) fn refused_header<'l>(
        &self,
        line: &'l [u8],
        lower: &mut Vec<u8>,
    ) -> Option<&'l [u8]> {
        match &self.headers {
            AllowHeaders::Listed { names, .. } => first_unlisted(line, names, lower),
            AllowHeaders::Any { authorization, .. } => Elements(line).find(|name| {
                !is_token(name)
                    || !authorization && name.eq_ignore_ascii_case(AUTHORIZATION.as_bytes())
            }),
            AllowHeaders::Mirrored { authorization } => Elements(line)
                .find(|name| !is_token(name) || !is_mirrored_header(name, *authorization)),
        }
    }
}

/// The first element of the list that is none of the names, whatever its case.
fn first_unlisted<'l>(line: &'l [u8], names: &Names, lower: &mut Vec<u8>) -> Option<&'l [u8]> {
    let searched = if line.iter().fold(false, |any, byte| any | byte.is_ascii_uppercase()) {
        lower.clear();
        lower.extend_from_slice(line);
        lower.make_ascii_lowercase();
        &lower[..]
    } else {
        line
    };
    let (mut last, mut elements) = (0, Elements(searched));
    loop {
        elements.skip_empty();
        // Browsers ask in lower case, sorted and without white space. So the next name is most
        // likely the one after the last, and is found by one comparison.
        let likely = names.sorted.iter().enumerate().skip(last).take(2);
        let mut tails =
            likely.filter_map(|(at, name)| Some((at, elements.0.strip_prefix(&**name)?)));
        if let Some((at, tail)) = tails.find(|(_, tail)| matches!(tail, [] | [b',', ..])) {
            (last, elements) = (at, Elements(tail));
            continue;
        }
        let name = elements.next()?;
        match names.places.get(name) {
            Some(&at) => last = at,
            None => {
                // As it was asked for, in whatever case.
                let start = name.as_ptr().addr() - searched.as_ptr().addr();
                return line.get(start..start + name.len());
            }
        }
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
fn joined(list: &[String]) -> Option<HeaderValue> {
    let mut seen = HashSet::new();
    let once: Vec<&str> =
        list.iter().map(String::as_str).filter(|entry| seen.insert(*entry)).collect();
    HeaderValue::try_from(once.join(",")).ok().filter(|value| !value.is_empty()).map(shared)
}

/// The first clone of a value moves it behind a shared counter: better now than at a request.
fn shared(value: HeaderValue) -> HeaderValue {
    value.clone()
}

impl Names {
    fn new(names: &[String]) -> Self {
        let mut sorted: Vec<Box<[u8]>> = names.iter().map(|name| name.as_bytes().into()).collect();
        sorted.sort_unstable();
        sorted.dedup();
        let places = (0..).zip(&sorted).map(|(index, name)| (name.clone(), index)).collect();
        Self { sorted: sorted.into(), places }
    }
}
