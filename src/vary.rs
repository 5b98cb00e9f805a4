//! `Vary`: which request headers a response depends on, always in one line.

use std::collections::HashSet;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CACHE_CONTROL, COOKIE, SET_COOKIE, VARY};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::request::{Elements, OriginHeader, RequestHead};

const STAR: HeaderValue = HeaderValue::from_static("*");

/// What of a request may make its response one that is for this user only.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Personal {
    origin: bool,
    cookie: bool,
    authorization: bool,
}

impl Personal {
    #[inline]
    pub(crate) fn of(head: &RequestHead<'_>, origin: OriginHeader<'_>) -> Self {
        let headers = head.headers();
        Self {
            origin: !matches!(origin, OriginHeader::Absent),
            cookie: headers.contains_key(COOKIE),
            authorization: headers.contains_key(AUTHORIZATION),
        }
    }

    /// The names that keep such a response from whom it is not for.
    ///
    /// With `Origin` and cookies no name suffices: browsers refuse a credentialed answer without
    /// credentials, but WebKit revalidates in the background with cookies and stores what it would
    /// have refused. Without `Origin`, WebKit compares the cookies of its jar, whatever was sent,
    /// so that `cookie` alone does not suffice.
    #[inline]
    pub(crate) fn names(self, response: &HeaderMap) -> &'static [HeaderName] {
        static AND_COOKIE: [HeaderName; 2] = [http::header::ORIGIN, COOKIE];
        static AND_AUTHORIZATION: [HeaderName; 2] = [http::header::ORIGIN, AUTHORIZATION];
        static AND_BOTH: [HeaderName; 3] = [http::header::ORIGIN, COOKIE, AUTHORIZATION];
        static ANY: [HeaderName; 1] = [HeaderName::from_static("*")];
        let cookie = self.cookie || response.contains_key(SET_COOKIE);
        if !cookie && !self.authorization || is_public(response) {
            return &[];
        }
        match (cookie, self.authorization) {
            (true, _) if self.origin => &ANY,
            (true, true) => &AND_BOTH,
            (true, false) => &AND_COOKIE,
            (false, _) => &AND_AUTHORIZATION,
        }
    }
}

/// Whether a service says of its response that it is for everybody:
/// <https://httpwg.org/specs/rfc9111.html#cache-response-directive>.
#[cold]
fn is_public(response: &HeaderMap) -> bool {
    let mut public = false;
    for line in response.get_all(CACHE_CONTROL) {
        let (mut quoted, mut escaped) = (false, false);
        // What is quoted is a directive's argument.
        let directives = line.as_bytes().split(|&byte| {
            quoted ^= byte == b'"' && !escaped;
            escaped = quoted && byte == b'\\' && !escaped;
            byte == b',' && !quoted
        });
        for directive in directives {
            let name = directive.split(|&byte| byte == b'=').next().unwrap_or_default();
            let is = |other: &str| name.trim_ascii().eq_ignore_ascii_case(other.as_bytes());
            if is("private") {
                return false;
            }
            public |= is("public") || is("s-maxage") || is("immutable");
        }
    }
    public
}

/// The names in all lines of `Vary`, then these, each once, whatever its case; just `*` where it
/// is among them: <https://httpwg.org/specs/rfc9110.html#field.vary>. In one line, because nginx
/// obeys only the last. None where that is what there is.
pub(crate) fn merged<'n>(
    headers: &'n HeaderMap,
    added: impl Iterator<Item = &'n HeaderName>,
) -> Option<HeaderValue> {
    let (mut lines, mut present) = (0, 0);
    let mut names = Names::default();
    for line in headers.get_all(VARY) {
        lines += 1;
        for name in Elements(line.as_bytes()) {
            present += 1;
            names.add(name);
        }
    }
    for name in added {
        names.add(name.as_str().as_bytes());
    }
    let names = names.all();
    if names.contains(&&b"*"[..]) {
        let alone = lines == 1 && present == 1 && names.first() == Some(&&b"*"[..]);
        return (!alone).then_some(STAR);
    }
    // One line, in which no name is twice and none is missing.
    if lines == 1 && names.len() == present {
        return None;
    }
    let text = Bytes::from(names.join(&b", "[..]));
    Some(HeaderValue::from_maybe_shared(text).unwrap_or(STAR))
}

/// Names, of which none is twice, whatever its case.
#[derive(Default)]
struct Names<'n> {
    few: [&'n [u8]; FEW],
    count: usize,
    /// All, where there are more than a few.
    many: Vec<&'n [u8]>,
    /// Filled with them: comparing each with each has no bound.
    seen: HashSet<Vec<u8>>,
}

const FEW: usize = 16;

impl<'n> Names<'n> {
    fn add(&mut self, name: &'n [u8]) {
        if self.many.is_empty() {
            if self.all().iter().any(|other| other.eq_ignore_ascii_case(name)) {
                return;
            }
            if let Some(place) = self.few.get_mut(self.count) {
                *place = name;
                self.count += 1;
                return;
            }
            self.seen = self.few.iter().map(|name| name.to_ascii_lowercase()).collect();
            self.many = self.few.to_vec();
        }
        if self.seen.insert(name.to_ascii_lowercase()) {
            self.many.push(name);
        }
    }

    fn all(&self) -> &[&'n [u8]] {
        match self.many.is_empty() {
            true => self.few.get(..self.count).unwrap_or_default(),
            false => &self.many,
        }
    }
}
