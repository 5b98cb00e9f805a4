//! [`Lint`]: what works in a config but is probably not meant.

use std::collections::HashMap;
use std::fmt;

use crate::config::PolicyConfig;
use crate::config::check::LONGEST_MAX_AGE;
use crate::config::check::is_top_level;
use crate::config::error::Quoted;
use crate::config::kinds::kinds;
use crate::config::place::{Field, Place};
use crate::fetch::{
    is_cors_request_header, is_cors_response_header, is_forbidden_method,
    is_forbidden_request_header, is_forbidden_response_header, is_safelisted_method,
    is_safelisted_response_header,
};
use crate::origin::open::OpenLabels;
use crate::origin::pattern::{HostPattern, OriginPattern, PortPattern, Tuple};

/// Warns about a setting that works but is probably not intended. `Display` prints one line: where it is,
/// what is wrong, and what to write.
///
/// ```
/// use tower_cors::{LintKind, Policy};
///
/// let policy = Policy::builder()
///     .allow_origins(["https://*.example.com", "https://app.example.com"])
///     .allow_methods(["patch"])
///     .build()?;
/// let lints = policy.lints();
/// assert_eq!(lints[0].kind(), LintKind::Covered);
/// assert_eq!(
///     lints[1].to_string(),
///     r#"allowMethods[0]: "patch" is sent as it is written; write "PATCH" if you mean that method"#
/// );
/// # Ok::<(), tower_cors::ConfigErrors>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lint {
    pub(crate) place: Place,
    pub(crate) path: String,
    pub(crate) value: String,
    pub(crate) kind: LintKind,
    pub(crate) message: String,
    pub(crate) correction: Option<String>,
}

kinds! {
    /// Says what a lint is about, for programs. [Errors and lints](crate::guides::lints) has an example of
    /// each.
    ///
    /// ```
    /// use tower_cors::{LintKind, Policy};
    ///
    /// let policy = Policy::builder().allow_origins(["*"]).allow_headers(["cookie"]).build()?;
    /// assert_eq!(policy.lints()[0].kind(), LintKind::Forbidden);
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub enum LintKind {
        /// The entry is listed twice.
        Repeated = "repeated",
        /// Another entry matches a superset of this one.
        Covered = "covered",
        /// A CORS-safelisted method or response-header name, which is allowed without being listed.
        Safelisted = "safelisted",
        /// A method or header that browsers do not let scripts send, or read.
        Forbidden = "forbidden",
        /// A method that looks misspelt.
        Misspelt = "misspelt-method",
        /// `OPTIONS`, which preflights do not need.
        OptionsMethod = "options-method",
        /// A method or header name with a `*` in it, which is literal.
        LiteralWildcard = "literal-wildcard",
        /// A response header of the CORS protocol, as a request header or as an exposed one.
        CorsResponseHeader = "cors-response-header",
        /// A max-age that every browser shortens.
        LongMaxAge = "long-max-age",
        /// The opaque origin is allowed: `null`, or `file://`.
        NullOrigin = "null-origin",
        /// An open label matches names that anyone can register, such as `evilexample.com`.
        OpenToStrangers = "open-to-strangers",
        /// Any origin is allowed with credentials.
        ReflectsAnyOrigin = "reflects-any-origin",
        /// Any host of a scheme other than http and https is allowed with credentials.
        AnyHostOfScheme = "any-host-of-scheme",
        /// Names under a public suffix, where anyone can register, are allowed with credentials.
        /// Reported with feature `public-suffix` only.
        PublicSuffix = "public-suffix",
        /// Subdomains or an open label are allowed with credentials, and the feature
        /// `public-suffix`, which would look whether anyone can register there, is off.
        SuffixNotChecked = "suffix-not-checked",
    }
}

impl Lint {
    /// Returns the stable name of this kind of lint, in kebab case.
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let policy = Policy::builder().allow_origins(["*"]).expose_headers(["etag", "etag"]).build()?;
    /// assert_eq!(policy.lints()[0].id(), "repeated");
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn id(&self) -> &'static str {
        self.kind.id()
    }

    /// Returns where it is: `allowOrigins[2]`, or `or[0].allowOrigins[2]` in the second config of a
    /// chain.
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let policy = Policy::builder().allow_origins(["*"]).expose_headers(["etag", "etag"]).build()?;
    /// assert_eq!(policy.lints()[0].path(), "exposeHeaders[1]");
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the name of the field, as files have it, without config and entry.
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let policy = Policy::builder().allow_origins(["*"]).expose_headers(["etag", "etag"]).build()?;
    /// assert_eq!(policy.lints()[0].field(), "exposeHeaders");
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn field(&self) -> &'static str {
        self.place.field.name()
    }

    /// Returns the place of the entry in the list; none where the field is meant as a whole.
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let policy = Policy::builder().allow_origins(["*"]).expose_headers(["etag", "etag"]).build()?;
    /// assert_eq!(policy.lints()[0].index(), Some(1));
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn index(&self) -> Option<usize> {
        self.place.index
    }

    /// Returns the value in question, in canonical form.
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let policy = Policy::builder().allow_origins(["*"]).expose_headers(["ETag", "etag"]).build()?;
    /// assert_eq!(policy.lints()[0].value(), "etag");
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Returns the kind of lint.
    ///
    /// ```
    /// # use tower_cors::{LintKind, Policy};
    /// let policy = Policy::builder().allow_origins(["*"]).allow_methods(["HEAD"]).build()?;
    /// assert_eq!(policy.lints()[0].kind(), LintKind::Safelisted);
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn kind(&self) -> LintKind {
        self.kind
    }

    /// Returns what is wrong and what to write, without path and value.
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let policy = Policy::builder().allow_origins(["*"]).expose_headers(["etag", "etag"]).build()?;
    /// assert_eq!(policy.lints()[0].message(), "is already listed at exposeHeaders[0]; remove it");
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the value to write instead, where there is one; most lints advise to remove an entry.
    ///
    /// ```
    /// # use tower_cors::Policy;
    /// let policy = Policy::builder().allow_origins(["*"]).allow_methods(["patch"]).build()?;
    /// assert_eq!(policy.lints()[0].correction(), Some("PATCH"));
    /// # Ok::<(), tower_cors::ConfigErrors>(())
    /// ```
    pub fn correction(&self) -> Option<&str> {
        self.correction.as_deref()
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.path, Quoted(&self.value), self.message)
    }
}

/// The lints of a chain of configs, each with its parsed origins, in the order of their fields.
pub(crate) fn lint<'c>(
    chain: impl Iterator<Item = (&'c PolicyConfig, &'c [OriginPattern])>,
) -> Vec<Lint> {
    let (mut lints, mut seen) = (Vec::new(), Seen::default());
    for (depth, (config, origins)) in chain.enumerate() {
        Linter { config, depth, lints: &mut lints }.lint(origins, &mut seen);
    }
    lints
}

struct Linter<'l> {
    config: &'l PolicyConfig,
    depth: usize,
    lints: &'l mut Vec<Lint>,
}

impl Linter<'_> {
    fn lint<'c>(&mut self, origins: &'c [OriginPattern], seen: &mut Seen<'c>) {
        self.origins(origins, seen);
        let config = self.config;
        let methods = config.allow_methods.iter().map(String::clone);
        self.list(Field::AllowMethods, methods, method);
        let lower = |names: &[String]| -> Vec<String> {
            names.iter().map(|name| name.to_ascii_lowercase()).collect()
        };
        self.list(Field::AllowHeaders, lower(&config.allow_headers), request_header);
        let any = config.expose_headers.iter().any(|name| name == "*");
        let expose = lower(&config.expose_headers);
        self.list(Field::ExposeHeaders, expose, |name| response_header(name, any));
        let age = config.max_age.map(|age| age.as_secs());
        if let Some(age) = age.filter(|&age| age > LONGEST_MAX_AGE.into()) {
            let found = Found {
                kind: LintKind::LongMaxAge,
                message: format!(
                    "is longer than any browser keeps an answer; write {LONGEST_MAX_AGE}"
                ),
                correction: Some(LONGEST_MAX_AGE.to_string()),
            };
            self.push(Field::MaxAge.at(self.depth), &age.to_string(), found);
        }
    }

    /// Linear in the number of patterns: what covers a pattern is looked up, not searched for.
    fn origins<'c>(&mut self, origins: &'c [OriginPattern], seen: &mut Seen<'c>) {
        let list = Field::AllowOrigins.at(self.depth);
        let credentials = self.config.allow_credentials;
        // An entry is covered by any of its own list, and by those of the configs before it.
        for (index, pattern) in origins.iter().enumerate() {
            seen.insert(pattern, list.entry(index), credentials);
        }
        for (index, pattern) in origins.iter().enumerate() {
            let place = list.entry(index);
            let found = seen.lint(pattern, place).or_else(|| match credentials {
                true => origin_with_credentials(pattern),
                false => opaque_origin(pattern).or_else(|| open_to_strangers(pattern)),
            });
            if let Some(found) = found {
                self.push(place, pattern.as_ref(), found);
            }
        }
    }

    /// A repetition has no other lint.
    fn list(
        &mut self,
        field: Field,
        entries: impl IntoIterator<Item = String>,
        lint: impl Fn(&str) -> Option<Found>,
    ) {
        let list = field.at(self.depth);
        let mut first = HashMap::new();
        for (index, entry) in entries.into_iter().enumerate() {
            let place = list.entry(index);
            let found = match first.get(&entry) {
                Some(first) => Some(repeated(*first)),
                None => lint(&entry),
            };
            if let Some(found) = found {
                self.push(place, &entry, found);
            }
            first.entry(entry).or_insert(place);
        }
    }

    fn push(&mut self, place: Place, value: &str, found: Found) {
        let Found { kind, message, correction } = found;
        let (path, value) = (place.to_string(), value.to_owned());
        self.lints.push(Lint { place, path, value, kind, message, correction });
    }
}

/// A lint whose place is known.
struct Found {
    kind: LintKind,
    message: String,
    correction: Option<String>,
}

fn found(kind: LintKind, message: impl Into<String>) -> Found {
    Found { kind, message: message.into(), correction: None }
}

fn repeated(first: Place) -> Found {
    found(LintKind::Repeated, format!("is already listed at {first}; remove it"))
}

fn method(method: &str) -> Option<Found> {
    let upper = method.to_ascii_uppercase();
    if is_safelisted_method(method.as_bytes()) {
        let message = "is always allowed, because it is CORS-safelisted; remove it";
        Some(found(LintKind::Safelisted, message))
    } else if is_forbidden_method(method.as_bytes()) {
        let message = "is a method that browsers do not let scripts send; remove it";
        Some(found(LintKind::Forbidden, message))
    } else if method == "OPTIONS" {
        let message =
            "is not needed for preflights; remove it, unless scripts send OPTIONS requests";
        Some(found(LintKind::OptionsMethod, message))
    } else if has_literal_wildcard(method) {
        Some(literal_wildcard())
    } else if method != upper {
        let message = format!("is sent as it is written; write {upper:?} if you mean that method");
        Some(Found { kind: LintKind::Misspelt, message, correction: Some(upper) })
    } else {
        None
    }
}

fn request_header(name: &str) -> Option<Found> {
    if matches!(name, "cookie" | "cookie2") {
        let message = "is a header that browsers do not let scripts set; remove it: credentials are allowed with allowCredentials";
        Some(found(LintKind::Forbidden, message))
    } else if is_forbidden_request_header(name) {
        let message = "is a header that browsers do not let scripts set; remove it";
        Some(found(LintKind::Forbidden, message))
    } else if is_cors_response_header(name) {
        let message = "is a response header, which the layer sends by itself; remove it";
        Some(found(LintKind::CorsResponseHeader, message))
    } else {
        has_literal_wildcard(name).then(literal_wildcard)
    }
}

fn response_header(name: &str, any: bool) -> Option<Found> {
    if name == "*" {
        None
    } else if is_safelisted_response_header(name) {
        let message = "is always readable, because it is CORS-safelisted; remove it";
        Some(found(LintKind::Safelisted, message))
    } else if is_forbidden_response_header(name) {
        let message = "is a header that browsers do not let scripts read; remove it";
        Some(found(LintKind::Forbidden, message))
    } else if is_cors_request_header(name) {
        let message = "is a request header, which no response has; remove it";
        Some(found(LintKind::Forbidden, message))
    } else if is_cors_response_header(name) {
        let message = "is a header for the browser, which scripts do not need; remove it";
        Some(found(LintKind::CorsResponseHeader, message))
    } else if any {
        Some(found(LintKind::Covered, r#"is already covered by "*"; remove it"#))
    } else {
        has_literal_wildcard(name).then(literal_wildcard)
    }
}

fn has_literal_wildcard(name: &str) -> bool {
    name.contains('*') && name != "*"
}

fn literal_wildcard() -> Found {
    let message = r#"allows this one name, because "*" inside a name is literal; list the names"#;
    found(LintKind::LiteralWildcard, message)
}

fn opaque_origin(pattern: &OriginPattern) -> Option<Found> {
    let message = match pattern.as_ref() {
        _ if !pattern.is_null() => return None,
        "null" => {
            "allows every website, because a sandboxed frame on any of them has this origin; serve the pages from an origin of their own"
        }
        _ => {
            "allows every file that the user opens in an Android web view; serve the pages from an origin of their own"
        }
    };
    Some(found(LintKind::NullOrigin, message))
}

fn origin_with_credentials(pattern: &OriginPattern) -> Option<Found> {
    let act = "act as the user, because allowCredentials is true";
    let Some(tuple) = pattern.tuple() else {
        let message = format!("lets any website {act}; list the origins");
        return pattern.is_any().then(|| found(LintKind::ReflectsAnyOrigin, message));
    };
    match tuple.host {
        HostPattern::Exactly(_) => None,
        HostPattern::Any if tuple.is_web() => {
            let message = format!("lets any website {act}; list the origins");
            Some(found(LintKind::ReflectsAnyOrigin, message))
        }
        HostPattern::Any => {
            let who = format!("every {} page of any author", tuple.scheme);
            let message = format!("lets {who} {act}; list the hosts");
            Some(found(LintKind::AnyHostOfScheme, message))
        }
        HostPattern::SubdomainsOf(host) | HostPattern::OpenLabel { host, .. } => {
            if tuple.is_web() {
                strangers_with_credentials(host)
            } else {
                None
            }
        }
    }
}

/// An open label is meant for names of one's own, and in front of such a host it matches others'.
fn open_to_strangers(pattern: &OriginPattern) -> Option<Found> {
    let tuple = pattern.tuple()?;
    let HostPattern::OpenLabel { host, .. } = tuple.host else { return None };
    is_registered_under(host).then(|| {
        let message =
            format!("allows anyone who registers a matching name under {host:?}; list the origins");
        found(LintKind::OpenToStrangers, message)
    })
}

/// Whether strangers register names under the host, as far as this build knows.
fn is_registered_under(host: &str) -> bool {
    #[cfg(feature = "public-suffix")]
    if is_public_suffix(host) {
        return true;
    }
    is_top_level(host)
}

/// Whether the Public Suffix List has the host: <https://publicsuffix.org/list/>.
#[cfg(feature = "public-suffix")]
fn is_public_suffix(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).as_bytes();
    psl::suffix(host).is_some_and(|suffix| suffix.is_known() && suffix == host)
}

#[cfg(feature = "public-suffix")]
fn strangers_with_credentials(host: &str) -> Option<Found> {
    is_public_suffix(host).then(|| {
        let message = "lets anyone who registers a name under this public suffix act as the user, because allowCredentials is true; list the origins";
        found(LintKind::PublicSuffix, message)
    })
}

#[cfg(not(feature = "public-suffix"))]
fn strangers_with_credentials(host: &str) -> Option<Found> {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit('.').next().unwrap_or(host);
    // Under these nobody can register.
    is_top_level(last).then(|| {
        let message = "lets every name that it matches act as the user, because allowCredentials is true; enable the feature public-suffix, which looks whether strangers can register such names, or list the origins";
        found(LintKind::SuffixNotChecked, message)
    })
}

/// The origins of a chain so far, by what an entry that covers another is looked up by.
#[derive(Default)]
struct Seen<'c> {
    texts: HashMap<&'c str, Place>,
    /// Open labels by the pattern without its first label.
    open: HashMap<String, OpenLabels<Place>>,
}

/// The key of a `*` without credentials, which also means `null`. It is not the text of any pattern.
const NULL_TOO: &str = "* and null";

impl<'c> Seen<'c> {
    fn insert(&mut self, pattern: &'c OriginPattern, place: Place, credentials: bool) {
        if pattern.is_any() && !credentials {
            self.texts.entry(NULL_TOO).or_insert(place);
        }
        self.texts.entry(pattern.as_ref()).or_insert(place);
        let Some(tuple) = pattern.tuple() else { return };
        if let HostPattern::OpenLabel { before, after, host } = tuple.host {
            let key = Tuple { host: HostPattern::Exactly(host), ..tuple }.to_string();
            let labels = self.open.entry(key).or_default();
            labels.insert(before.as_bytes(), after.as_bytes(), place);
        }
    }

    /// Whether the pattern at this place is listed, or covered by what is.
    fn lint(&self, pattern: &OriginPattern, place: Place) -> Option<Found> {
        if let Some(first) = self.texts.get(pattern.as_ref()).filter(|first| **first != place) {
            return Some(repeated(*first));
        }
        let covering = covering(pattern).find_map(|text| self.texts.get(&*text).copied());
        let covering = covering.or_else(|| self.open_label(pattern, place))?;
        Some(found(LintKind::Covered, format!("is already covered by {covering}; remove it")))
    }

    /// The open label that covers a host, or a narrower open label.
    fn open_label(&self, pattern: &OriginPattern, place: Place) -> Option<Place> {
        let tuple = pattern.tuple()?;
        let (label, host) = match tuple.host {
            HostPattern::Exactly(host) => {
                let (label, host) = host.split_once('.')?;
                (label.to_owned(), host)
            }
            HostPattern::OpenLabel { before, after, host } => (format!("{before}*{after}"), host),
            HostPattern::SubdomainsOf(_) | HostPattern::Any => return None,
        };
        let host = HostPattern::Exactly(host);
        [tuple.port, PortPattern::Any].into_iter().find_map(|port| {
            let labels = self.open.get(&Tuple { host, port, ..tuple }.to_string())?;
            // Of itself a pattern is no cover.
            labels.find(label.as_bytes()).copied().find(|covering| *covering != place)
        })
    }
}

/// The texts of the patterns that match a superset of this one, open labels excepted.
fn covering(pattern: &OriginPattern) -> impl Iterator<Item = String> {
    let tuple = pattern.tuple();
    let hosts = tuple.into_iter().flat_map(|tuple| {
        let (own, parents) = match tuple.host {
            HostPattern::Exactly(host) => (host.to_owned(), Some(host)),
            HostPattern::SubdomainsOf(host) => (format!("*.{host}"), Some(host)),
            HostPattern::OpenLabel { before, after, host } => {
                (format!("{before}*{after}.{host}"), Some(host))
            }
            HostPattern::Any => ("*".to_owned(), None),
        };
        // The parent of an open label covers it, too.
        let parent = match tuple.host {
            HostPattern::OpenLabel { host, .. } => Some(format!("*.{host}")),
            _ => None,
        };
        let dots = parents
            .into_iter()
            .flat_map(|host| host.match_indices('.').map(move |at| (host, at.0)));
        let parents = dots.map(|(host, dot)| format!("*{}", &host[dot..]));
        let all = [own, "*".to_owned()].into_iter().chain(parent).chain(parents);
        all.map(move |host| (tuple, host))
    });
    let ports = hosts.flat_map(|(tuple, host)| {
        let own = match tuple.port {
            PortPattern::Exactly(None) => String::new(),
            PortPattern::Exactly(Some(port)) => format!(":{port}"),
            PortPattern::Any => ":*".to_owned(),
        };
        let texts = [own, ":*".to_owned()];
        texts.into_iter().map(move |port| format!("{}://{host}{port}", tuple.scheme))
    });
    let any = if pattern.is_null() { NULL_TOO } else { "*" };
    ports.chain([any.to_owned()]).filter(|covering| covering != pattern.as_ref())
}
