//! [`Lint`]: what works in a config but is probably not meant.

use std::collections::HashMap;
use std::fmt;

use crate::config::check::Checked;
use crate::config::error::Quoted;
use crate::fetch::{
    is_cors_request_header, is_forbidden_method, is_forbidden_request_header,
    is_forbidden_response_header, is_safelisted_method, is_safelisted_response_header,
};
use crate::origin::pattern::{HostPattern, OriginPattern, PortPattern};

/// No browser keeps a preflight's answer for longer, in seconds: Firefox's cap.
const LONGEST_MAX_AGE: u32 = 86_400;

/// Something in a policy that works but is probably not meant. Its `Display` is a line for a
/// person.
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
///     r#"allowMethods[0]: "patch" is sent as it is written, not in upper case; write "PATCH" if that is meant"#
/// );
/// # Ok::<(), tower_cors::ConfigErrors>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lint {
    pub(crate) path: String,
    pub(crate) value: String,
    pub(crate) kind: LintKind,
    pub(crate) message: String,
}

/// What a lint is about, for programs.
///
/// ```
/// use tower_cors::{LintKind, Policy};
///
/// let policy = Policy::builder().allow_origins(["*"]).allow_headers(["cookie"]).build()?;
/// assert_eq!(policy.lints()[0].kind(), LintKind::Forbidden);
/// # Ok::<(), tower_cors::ConfigErrors>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LintKind {
    /// The entry stands in the list twice.
    Repeated,
    /// Another entry means everything that this one means.
    Covered,
    /// A CORS-safelisted method or response-header name, allowed without being listed.
    Safelisted,
    /// A method or header that no script can send, or read.
    Forbidden,
    /// A method that looks misspelt.
    Misspelt,
    /// A max-age that every browser cuts.
    LongMaxAge,
    /// Any origin is allowed with credentials.
    ReflectsAnyOrigin,
    /// The subdomains of a public suffix are allowed with credentials: others can register there.
    /// Told with feature `public-suffix` only.
    PublicSuffix,
}

impl Lint {
    /// Where it is: `allowOrigins[2]`, or `or.allowOrigins[2]` in the second config of a chain.
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

    /// The value in question, in canonical form.
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

    /// What it is about.
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
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.path, Quoted(&self.value), self.message)
    }
}

/// The lints of a chain of configs, in the order of their fields.
pub(crate) fn lint<'c>(chain: impl Iterator<Item = &'c Checked>) -> Vec<Lint> {
    let mut lints = Lints { prefix: String::new(), lints: Vec::new() };
    let mut earlier = HashMap::new();
    for checked in chain {
        lints.origins(checked, &mut earlier);
        lints.methods(&checked.methods);
        lints.allow_headers(&checked.headers);
        lints.expose_headers(&checked.expose);
        if let Some(age) = checked.max_age.filter(|&age| age > LONGEST_MAX_AGE) {
            let message = "seconds is longer than any browser keeps an answer; write 86400";
            lints.push("maxAge".into(), &age.to_string(), LintKind::LongMaxAge, message);
        }
        lints.prefix.push_str("or.");
    }
    lints.lints
}

struct Lints {
    prefix: String,
    lints: Vec<Lint>,
}

impl Lints {
    /// Linear in the number of patterns: what covers a pattern is looked up, not searched for.
    fn origins<'c>(&mut self, checked: &'c Checked, earlier: &mut HashMap<&'c str, String>) {
        // An entry is covered by any of its own list, and by those of the configs before it.
        let mut paths = earlier.clone();
        for (index, pattern) in checked.origins.iter().enumerate() {
            let path = format!("{}allowOrigins[{index}]", self.prefix);
            if pattern.is_any() && !checked.credentials {
                paths.entry(NULL_TOO).or_insert(path.clone());
            }
            paths.entry(pattern.as_ref()).or_insert(path);
        }
        for (index, pattern) in checked.origins.iter().enumerate() {
            let (text, path) = (pattern.as_ref(), format!("allowOrigins[{index}]"));
            let own_path = format!("{}{path}", self.prefix);
            if let Some(first) = paths.get(text).filter(|first| **first != own_path) {
                self.push(path, text, LintKind::Repeated, &format!("stands at {first} already"));
            } else if let Some(covering) = covering(pattern).find_map(|text| paths.get(&*text)) {
                let message = format!("is covered by {covering} already");
                self.push(path, text, LintKind::Covered, &message);
            } else if checked.credentials {
                self.origin_with_credentials(path, pattern);
            }
        }
        *earlier = paths;
    }

    fn origin_with_credentials(&mut self, path: String, pattern: &OriginPattern) {
        let text = pattern.as_ref();
        match pattern.tuple().map(|tuple| tuple.host) {
            None | Some(HostPattern::Any) => {
                let message = "with allowCredentials lets any website act as the user";
                self.push(path, text, LintKind::ReflectsAnyOrigin, message);
            }
            #[cfg(feature = "public-suffix")]
            Some(HostPattern::SubdomainsOf(host)) if is_public_suffix(host) => {
                let message = "covers a public suffix, under which anyone can register a name, and with allowCredentials each of them acts as the user";
                self.push(path, text, LintKind::PublicSuffix, message);
            }
            Some(_) => {}
        }
    }

    fn methods(&mut self, methods: &[String]) {
        self.repetitions("allowMethods", methods);
        for (index, method) in methods.iter().enumerate() {
            let path = format!("allowMethods[{index}]");
            let upper = method.to_ascii_uppercase();
            if is_safelisted_method(method.as_bytes()) {
                let message = "is CORS-safelisted and needs no listing";
                self.push(path, method, LintKind::Safelisted, message);
            } else if is_forbidden_method(method.as_bytes()) {
                let message = "is a method that no browser lets a script send";
                self.push(path, method, LintKind::Forbidden, message);
            } else if *method != upper {
                let message = format!(
                    "is sent as it is written, not in upper case; write {upper:?} if that is meant"
                );
                self.push(path, method, LintKind::Misspelt, &message);
            }
        }
    }

    fn allow_headers(&mut self, names: &[String]) {
        self.repetitions("allowHeaders", names);
        for (index, name) in names.iter().enumerate() {
            let message = match name.as_str() {
                "cookie" | "cookie2" => {
                    "is not for scripts to set: credentials are allowed with allowCredentials"
                }
                name if is_forbidden_request_header(name) => {
                    "is a header that no browser lets a script set"
                }
                _ => continue,
            };
            self.push(format!("allowHeaders[{index}]"), name, LintKind::Forbidden, message);
        }
    }

    fn expose_headers(&mut self, names: &[String]) {
        self.repetitions("exposeHeaders", names);
        let any = names.iter().any(|name| name == "*");
        for (index, name) in names.iter().enumerate().filter(|(_, name)| *name != "*") {
            let (kind, message) = if is_safelisted_response_header(name) {
                (LintKind::Safelisted, "is CORS-safelisted and needs no listing")
            } else if is_forbidden_response_header(name) {
                (LintKind::Forbidden, "is a header that no browser lets a script read")
            } else if is_cors_request_header(name) {
                (LintKind::Forbidden, "is a request header: no response has it")
            } else if any {
                (LintKind::Covered, r#"is covered by "*" already"#)
            } else {
                continue;
            };
            self.push(format!("exposeHeaders[{index}]"), name, kind, message);
        }
    }

    fn repetitions(&mut self, field: &str, list: &[String]) {
        let mut first = HashMap::new();
        for (index, entry) in list.iter().enumerate() {
            let first = *first.entry(entry).or_insert(index);
            if first < index {
                let message = format!("stands at {}{field}[{first}] already", self.prefix);
                self.push(format!("{field}[{index}]"), entry, LintKind::Repeated, &message);
            }
        }
    }

    fn push(&mut self, path: String, value: &str, kind: LintKind, message: &str) {
        self.lints.push(Lint {
            path: format!("{}{path}", self.prefix),
            value: value.to_owned(),
            kind,
            message: message.to_owned(),
        });
    }
}

/// Whether the Public Suffix List has it: <https://publicsuffix.org/list/>.
#[cfg(feature = "public-suffix")]
fn is_public_suffix(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).as_bytes();
    psl::suffix(host).is_some_and(|suffix| suffix.is_known() && suffix == host)
}

/// What stands for a `*` without credentials, which means `null` too. It is no pattern's text.
const NULL_TOO: &str = "* and null";

/// The patterns that mean all that this one means, and more.
fn covering(pattern: &OriginPattern) -> impl Iterator<Item = String> {
    let tuple = pattern.tuple();
    let hosts = tuple.into_iter().flat_map(|tuple| {
        let (own, parents) = match tuple.host {
            HostPattern::Exactly(host) => (host.to_owned(), Some(host)),
            HostPattern::SubdomainsOf(host) => (format!("*.{host}"), Some(host)),
            HostPattern::Any => ("*".to_owned(), None),
        };
        let dots = parents
            .into_iter()
            .flat_map(|host| host.match_indices('.').map(move |at| (host, at.0)));
        let parents = dots.map(|(host, dot)| format!("*{}", &host[dot..]));
        [own, "*".to_owned()].into_iter().chain(parents).map(move |host| (tuple, host))
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
