//! The closed list of how Envoy's answers differ from the layer's, and what an answer is with and
//! without each.

use std::collections::{BTreeMap, BTreeSet};

use super::policies::Named;
use super::requests::{ACRH, ACRM, Headers};

/// Status, calls of the upstream, and headers.
pub(crate) type Answer = BTreeMap<String, String>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    NoVary,
    Status,
    ListsToDenied,
    KeepsUpstream,
    Reflects,
    NothingWithoutOrigin,
    MirrorsStars,
    MirrorsAsSent,
    ExposesStar,
    ForwardsDenied,
    EmptyMethod,
    EmptyOrigin,
    JoinsOrigins,
    StarIsAnyText,
    PortIsText,
    UnknownMethod,
    SilentToCaches,
}
use Difference::*;

/// What a browser concludes from Envoy's answer, beside its conclusion from the layer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    /// What was refused is read.
    Opened,
    /// What was read is refused.
    Closed,
    ReadsMore,
    ReadsLess,
    /// The same headers with other values, or others instead.
    ReadsOther,
    RefusedByAnotherCheck,
}
use Change::*;

pub(crate) struct Listed {
    pub(crate) difference: Difference,
    pub(crate) reason: &'static str,
    /// What becomes of a browser's conclusions where this has a part in it.
    pub(crate) noticed: &'static [Change],
}

const fn listed(
    difference: Difference,
    reason: &'static str,
    noticed: &'static [Change],
) -> Listed {
    Listed { difference, reason, noticed }
}

/// All of them: what is not here does not differ.
pub(crate) const LIST: [Listed; 17] = [
    listed(
        NoVary,
        "Envoy sends no `Vary`, so that a cache gives one origin what was granted to another",
        &[Opened, Closed, ReadsMore, RefusedByAnotherCheck],
    ),
    listed(Status, "Envoy answers every preflight with 200, a denied one too", &[]),
    listed(ListsToDenied, "Envoy answers a denied preflight with all but the origin", &[]),
    listed(
        KeepsUpstream,
        "Envoy leaves what the upstream grants, save the headers that it writes itself",
        &[Opened, ReadsMore, RefusedByAnotherCheck],
    ),
    listed(
        Reflects,
        "Envoy sends the request's origin where the layer sends a constant `*`",
        &[Opened, Closed, ReadsMore, ReadsOther, RefusedByAnotherCheck],
    ),
    listed(NothingWithoutOrigin, "Envoy grants nothing to a request without `Origin`", &[]),
    listed(
        MirrorsStars,
        "Envoy mirrors what was asked for a lone `*` without credentials too",
        &[Opened],
    ),
    listed(
        MirrorsAsSent,
        "Envoy mirrors the bytes that were sent, `authorization` included, and an empty line where \
         no header was asked for",
        &[Opened],
    ),
    listed(
        ExposesStar,
        "Envoy sends `*` with credentials, where browsers take it literally",
        &[Opened, ReadsMore, ReadsLess],
    ),
    listed(
        ForwardsDenied,
        "Envoy forwards the preflights of other origins, unless told not to",
        &[Opened, RefusedByAnotherCheck],
    ),
    listed(EmptyMethod, "an empty ACRM makes no preflight for Envoy, which forwards it", &[]),
    listed(EmptyOrigin, "an empty `Origin` is none for Envoy, and to the layer one to deny", &[]),
    listed(JoinsOrigins, "Envoy matches and reflects two lines as one, joined by a comma", &[]),
    listed(
        StarIsAnyText,
        "gateways give Envoy `.*` for `*`, which is any text: ports, paths, capitals, `null`",
        &[Opened, Closed, RefusedByAnotherCheck],
    ),
    listed(
        PortIsText,
        "Envoy compares bytes: the default port is not left out, and `:*` wants a colon",
        &[Closed, RefusedByAnotherCheck],
    ),
    listed(
        UnknownMethod,
        "Envoy answers 400, without CORS headers, to methods that it does not know",
        &[Closed, RefusedByAnotherCheck],
    ),
    listed(
        SilentToCaches,
        "Envoy does not say on a 304 what it does not grant, so a cache keeps what it granted before",
        &[],
    ),
];

pub(crate) fn is_listed(difference: Difference) -> bool {
    LIST.iter().any(|listed| listed.difference == difference)
}

/// A request to a policy, and what the upstream answers to it.
pub(crate) struct Case<'a> {
    pub(crate) named: &'a Named,
    pub(crate) method: &'a str,
    pub(crate) headers: Headers<'a>,
    pub(crate) origin: &'a [&'a str],
    pub(crate) upstream: &'a Answer,
}

impl Case<'_> {
    /// The answer of a server that differs from the layer in these points alone.
    pub(crate) fn answer(&self, differs: &dyn Fn(Difference) -> bool) -> Answer {
        if self.method == "patch" && differs(UnknownMethod) {
            return bad_request();
        }
        let origin = match self.origin {
            [] => None,
            [""] if differs(EmptyOrigin) => None,
            lines => Some(lines.join(",")),
        };
        let allowed = self.allows(origin.as_deref(), differs);
        let asked = self.header(ACRM);
        let asked = asked.filter(|method| !(method.is_empty() && differs(EmptyMethod)));
        if let (Some(origin), "OPTIONS", Some(asked)) = (&origin, self.method, asked) {
            if allowed || !(differs(ForwardsDenied) && self.named.forwards) {
                return self.preflight(origin, allowed, asked, differs);
            }
        }
        self.actual(origin.as_deref(), allowed, differs)
    }

    fn allows(&self, origin: Option<&str>, differs: &dyn Fn(Difference) -> bool) -> bool {
        let Some(text) = origin else { return false };
        if self.origin.len() > 1 && !differs(JoinsOrigins) {
            return self.named.constant();
        }
        let patterns = self.named.strings("allowOrigins");
        let by_text = patterns.iter().any(|pattern| matches(pattern, text));
        if self.named.allows(self.origin) {
            by_text || !differs(PortIsText)
        } else {
            by_text && differs(StarIsAnyText)
        }
    }

    fn preflight(
        &self,
        origin: &str,
        allowed: bool,
        asked: &str,
        differs: &dyn Fn(Difference) -> bool,
    ) -> Answer {
        let named = self.named;
        let mut answer = Answer::new();
        let mut set = |name: &str, value: String| answer.insert(name.to_owned(), value);
        set("calls of the upstream", "0".to_owned());
        set("date", String::new());
        let status = if allowed { "204" } else { "403" };
        let status = if differs(Status) { "200" } else { status };
        set("status", status.to_owned());
        if status != "204" {
            set("content-length", "0".to_owned());
        }
        if !differs(NoVary) {
            set("vary", format!("origin, {ACRM}, {ACRH}"));
        }
        if allowed {
            set("access-control-allow-origin", self.granted(origin, differs));
        }
        let exposed = named.strings("exposeHeaders").join(",");
        let starred = exposed == "*" && named.credentials();
        if allowed && !exposed.is_empty() && (!starred || differs(ExposesStar)) {
            set("access-control-expose-headers", sorted(&exposed));
        }
        if !allowed && !differs(ListsToDenied) {
            return answer;
        }
        if named.credentials() {
            set("access-control-allow-credentials", "true".to_owned());
        }
        if let Some(seconds) = named.max_age() {
            set("access-control-max-age", seconds.to_string());
        }
        let mirrors = named.credentials() || differs(MirrorsStars);
        let methods = named.strings("allowMethods").join(",");
        match methods.as_str() {
            "" => {}
            "*" if mirrors => {
                if !asked.is_empty() || differs(MirrorsAsSent) {
                    set("access-control-allow-methods", asked.to_owned());
                }
            }
            _ => {
                set("access-control-allow-methods", methods);
            }
        }
        let names = named.strings("allowHeaders").join(",");
        let asked = self.header(ACRH).unwrap_or_default();
        match names.as_str() {
            "" => {}
            "*" if mirrors => {
                let names = if differs(MirrorsAsSent) { asked.to_owned() } else { tokens(asked) };
                if !names.is_empty() || differs(MirrorsAsSent) {
                    set("access-control-allow-headers", names);
                }
            }
            _ => {
                set("access-control-allow-headers", names);
            }
        }
        answer
    }

    fn actual(
        &self,
        origin: Option<&str>,
        allowed: bool,
        differs: &dyn Fn(Difference) -> bool,
    ) -> Answer {
        let named = self.named;
        let mut answer = self.upstream.clone();
        answer.insert("calls of the upstream".to_owned(), "1".to_owned());
        if !differs(KeepsUpstream) {
            answer.retain(|name, _| !name.starts_with("access-control-"));
        }
        let present: Vec<String> = answer
            .keys()
            .filter(|name| !super::NO_HEADERS.contains(&name.as_str()) && !safelisted(name))
            .cloned()
            .collect();
        let always = named.constant() && !differs(NothingWithoutOrigin);
        let granted = allowed || always;
        if !differs(NoVary) {
            let mut names: Vec<&str> =
                answer.get("vary").into_iter().flat_map(|vary| vary.split(", ")).collect();
            names.extend((!named.constant()).then_some("origin"));
            if granted && !named.credentials() {
                names.extend(self.personal());
            }
            let mut seen = BTreeSet::new();
            names.retain(|name| seen.insert(*name));
            let vary = if names.contains(&"*") { "*".to_owned() } else { names.join(", ") };
            if !vary.is_empty() {
                answer.insert("vary".to_owned(), vary);
            }
        }
        let merged = matches!(&*self.upstream["status"], "206" | "304") && !differs(SilentToCaches);
        if !granted {
            if merged && origin.is_some() {
                answer.insert("access-control-allow-origin".to_owned(), String::new());
            }
            return answer;
        }
        let mut set = |name: &str, value: String| answer.insert(name.to_owned(), value);
        set("access-control-allow-origin", self.granted(origin.unwrap_or("*"), differs));
        if named.credentials() {
            set("access-control-allow-credentials", "true".to_owned());
        } else if merged && !named.constant() {
            set("access-control-allow-credentials", "false".to_owned());
        }
        let exposed = named.strings("exposeHeaders").join(",");
        if exposed.is_empty() && merged {
            set("access-control-expose-headers", String::new());
        }
        if exposed == "*" && named.credentials() && !differs(ExposesStar) {
            if self.upstream["status"] != "304" {
                set("access-control-expose-headers", sorted(&present.join(",")));
            }
        } else if !exposed.is_empty() {
            set("access-control-expose-headers", sorted(&exposed));
        }
        answer
    }

    /// What keeps a response that was made for one user from the next page.
    fn personal(&self) -> Vec<&'static str> {
        let cookies = self.header("cookie").is_some() || self.upstream.contains_key("set-cookie");
        let mut names = match (cookies, self.origin) {
            (false, _) => vec![],
            (true, []) => vec!["origin", "cookie"],
            (true, _) => vec!["*"],
        };
        if self.header("authorization").is_some() {
            names.extend(["origin", "authorization"]);
        }
        names
    }

    fn granted(&self, origin: &str, differs: &dyn Fn(Difference) -> bool) -> String {
        let constant = self.named.constant() && !differs(Reflects);
        if constant { "*".to_owned() } else { origin.to_owned() }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
    }
}

fn bad_request() -> Answer {
    let lines = [
        ("calls of the upstream", "0"),
        ("connection", "close"),
        ("content-length", "some"),
        ("content-type", "text/plain"),
        ("date", ""),
        ("status", "400"),
    ];
    lines.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// Whether the text is the pattern, any text standing for each `*`.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            (0..=text.len()).any(|at| text.is_char_boundary(at) && matches(rest, &text[at..]))
        }),
    }
}

/// The names of a list that the layer mirrors where `authorization` is not listed.
fn tokens(list: &str) -> String {
    let names = list.split(',').map(|name| name.trim().to_ascii_lowercase());
    names.filter(|name| name != "authorization").collect::<Vec<_>>().join(",")
}

fn safelisted(name: &str) -> bool {
    let names = ["cache-control", "content-language", "content-length", "content-type", "expires"];
    names.contains(&name) || ["last-modified", "pragma"].contains(&name)
}

/// A list whose order says nothing.
pub(crate) fn sorted(list: &str) -> String {
    let mut names: Vec<&str> = list.split(',').collect();
    names.sort_unstable();
    names.join(",")
}
