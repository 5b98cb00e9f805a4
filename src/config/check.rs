//! From a config to parsed lists, or to every error in it.

use http::StatusCode;

use crate::config::error::{ConfigError, ConfigErrorKind, ConfigErrors};
use crate::config::list::List;
use crate::config::place::{Field, Place};
use crate::config::{InnerHeaders, PolicyConfig};
use crate::fetch::{AUTHORIZATION, is_token, normalized_method};
use crate::origin::is_loopback;
use crate::origin::pattern::{HostPattern, OriginPattern, PortPattern, Tuple};

/// The longest that any browser keeps a preflight's answer, in seconds: Firefox's cap.
pub(crate) const LONGEST_MAX_AGE: u32 = 86_400;

/// One config, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    /// As in the config, repetitions included, so that an index into one is an index into both.
    pub(crate) origins: Vec<OriginPattern>,
    pub(crate) methods: List,
    /// In lower case.
    pub(crate) headers: List,
    pub(crate) credentials: bool,
    /// In lower case.
    pub(crate) expose: List,
    /// In seconds.
    pub(crate) max_age: Option<u32>,
    pub(crate) preflight_status: StatusCode,
    pub(crate) denied_status: StatusCode,
    pub(crate) inner_headers: InnerHeaders,
    pub(crate) answer_every_options: bool,
    pub(crate) wildcard_includes_authorization: bool,
    /// Whether `*` is answered with the origin itself, and never allows `null`, even without
    /// credentials. No config says so, but the intersection of policies with and without credentials
    /// does.
    pub(crate) reflects: bool,
}

impl Default for Checked {
    /// No origin, and the statuses that a config has by default.
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            methods: List::default(),
            headers: List::default(),
            credentials: false,
            expose: List::default(),
            max_age: None,
            preflight_status: StatusCode::NO_CONTENT,
            denied_status: StatusCode::FORBIDDEN,
            inner_headers: InnerHeaders::Strip,
            answer_every_options: false,
            wildcard_includes_authorization: false,
            reflects: false,
        }
    }
}

impl Checked {
    pub(crate) fn any_origin(&self) -> bool {
        self.origins.iter().any(OriginPattern::is_any)
    }
}

/// Checks a config and those after it.
pub(crate) fn check(config: &PolicyConfig) -> Result<Vec<Checked>, ConfigErrors> {
    let mut errors = Vec::new();
    let chain = config.chain().enumerate();
    let checked = chain
        .map(|(depth, config)| Checker { config, depth, errors: &mut errors }.check())
        .collect();
    if errors.is_empty() { Ok(checked) } else { Err(ConfigErrors(errors)) }
}

struct Checker<'a> {
    config: &'a PolicyConfig,
    depth: usize,
    errors: &'a mut Vec<ConfigError>,
}

impl Checker<'_> {
    /// Field by field, in the order in which errors are listed.
    fn check(&mut self) -> Checked {
        let default = Checked::default();
        let config = self.config;
        Checked {
            origins: self.origins(),
            methods: self.methods(),
            headers: self.allow_headers(),
            credentials: config.allow_credentials,
            expose: self.header_names(Field::ExposeHeaders, &config.expose_headers),
            max_age: self.max_age(),
            preflight_status: self.status(
                Field::PreflightStatus,
                config.preflight_status,
                default.preflight_status,
                |status| matches!(status, 200..=299),
                "is not a 2xx status, so browsers refuse the preflight",
            ),
            denied_status: self.status(
                Field::DeniedStatus,
                config.denied_status,
                default.denied_status,
                |status| matches!(status, 200..=299 | 400..=499),
                "is neither a 2xx nor a 4xx status",
            ),
            inner_headers: config.inner_headers,
            answer_every_options: config.answer_every_options,
            wildcard_includes_authorization: config.wildcard_includes_authorization,
            reflects: false,
        }
    }

    fn origins(&mut self) -> Vec<OriginPattern> {
        let place = self.place(Field::AllowOrigins);
        let entries = &self.config.allow_origins;
        if entries.is_empty() {
            let message = r#"is empty; list the origins to allow, or "*" for any origin; to allow none, use Policy::deny_all()"#;
            self.error(place, "", ConfigErrorKind::NoOrigins, message.into());
        }
        let others = entries.iter().any(|entry| entry != "*");
        let mut patterns = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let place = place.entry(index);
            match entry.parse::<OriginPattern>() {
                Ok(pattern) => {
                    if pattern.is_any() && others {
                        self.beside_others(place, "every origin, but other origins are");
                    }
                    for danger in self.dangers(&pattern) {
                        self.push(place, entry, danger.kind, danger.message(), danger.correction);
                    }
                    patterns.push(pattern);
                }
                Err(error) => {
                    let kind = ConfigErrorKind::InvalidOrigin;
                    let meant = error.suggestion().and_then(|text| text.parse().ok());
                    // A correction that is an error itself would be no help.
                    let refused = meant.as_ref().and_then(|meant| self.refused(meant, others));
                    let (message, correction) = match refused {
                        None => (error.to_string(), error.suggestion),
                        Some((why, correction)) => {
                            (format!("{}; {why}", error.mistake), correction)
                        }
                    };
                    self.push(place, entry, kind, message, correction);
                }
            }
        }
        patterns
    }

    /// Why this pattern cannot be written in place of one with a mistake, and what can.
    fn refused(&self, meant: &OriginPattern, others: bool) -> Option<(String, Option<String>)> {
        if meant.is_any() && others {
            return Some((r#"remove it, or write "*" as the only entry"#.into(), None));
        }
        let danger = self.dangers(meant).into_iter().next()?;
        let why = format!("and {:?} {}", meant.as_ref(), danger.message());
        Some((why, danger.correction))
    }

    /// Who could act as the user without being meant to, where credentials are allowed.
    /// <https://fetch.spec.whatwg.org/#cors-protocol-and-credentials>
    fn dangers(&self, pattern: &OriginPattern) -> Vec<Danger> {
        let config = self.config;
        let mut dangers = Vec::new();
        if !config.allow_credentials {
            return dangers;
        }
        if pattern.is_null() {
            dangers.push(Danger {
                kind: ConfigErrorKind::NullWithCredentials,
                who: match pattern.as_ref() {
                    "null" => "a sandboxed frame on any website".into(),
                    _ => "every file that the user opens in an Android web view".into(),
                },
                advice: "remove it, or set allowCredentials to false".into(),
                correction: None,
            });
        }
        let too_many = match pattern.tuple() {
            None => pattern.is_any().then(|| "any website".to_owned()),
            Some(tuple) if !tuple.is_web() => None,
            Some(tuple) => match tuple.host {
                HostPattern::Any => Some("any website".to_owned()),
                HostPattern::SubdomainsOf(host) | HostPattern::OpenLabel { host, .. } => {
                    is_top_level(host)
                        .then(|| format!("anyone who registers a matching name under {host:?}"))
                }
                HostPattern::Exactly(_) => None,
            },
        };
        let too_many = too_many.filter(|_| !config.dangerously_reflect_any_origin);
        let secure = pattern.tuple().filter(is_insecure).map(|tuple| secured(pattern, &tuple));
        if let Some(who) = too_many.clone() {
            dangers.push(Danger {
                kind: ConfigErrorKind::AnyOriginWithCredentials,
                who,
                advice: "list the origins, or set allowCredentials to false; to allow it all the same, set dangerouslyReflectAnyOrigin to true".into(),
                correction: None,
            });
        }
        if let Some(secure) = secure.filter(|_| !config.dangerously_allow_insecure_origins) {
            let correction = secure.filter(|_| too_many.is_none());
            let advice = match &correction {
                Some(secure) => format!("write {secure:?}"),
                None => "serve it over https".into(),
            };
            dangers.push(Danger {
                kind: ConfigErrorKind::InsecureOriginWithCredentials,
                who: "anyone on the user's network".into(),
                advice: format!(
                    "{advice}; to allow it all the same, set dangerouslyAllowInsecureOrigins to true"
                ),
                correction,
            });
        }
        dangers
    }

    fn methods(&mut self) -> List {
        let place = self.place(Field::AllowMethods);
        let methods = &self.config.allow_methods;
        let others = methods.iter().any(|method| method != "*");
        for (index, method) in methods.iter().enumerate() {
            let place = place.entry(index);
            if !is_token(method.as_bytes()) {
                let kind = ConfigErrorKind::InvalidMethod;
                let meant = normalized_method(method.trim()).unwrap_or(method.trim());
                self.not_a_token(place, method, kind, meant, ("method", "PUT"));
            } else if method == "*" {
                if others {
                    self.beside_others(place, "every method, but other methods are");
                }
            } else if let Some(sent) = normalized_method(method).filter(|sent| sent != method) {
                let message = format!("is not written as browsers send it; write {sent:?}");
                let kind = ConfigErrorKind::MethodCase;
                self.push(place, method, kind, message, Some(sent.to_owned()));
            }
        }
        List::new(methods.iter().cloned())
    }

    /// The names in lower case, as they are sent and compared.
    fn header_names(&mut self, field: Field, names: &[String]) -> List {
        let place = self.place(field);
        for (index, name) in names.iter().enumerate() {
            if !is_token(name.as_bytes()) {
                let kind = ConfigErrorKind::InvalidHeaderName;
                // `Name:` comes from a list of whole headers.
                let meant = name.trim().trim_end_matches(':');
                self.not_a_token(place.entry(index), name, kind, meant, ("header", "x-request-id"));
            }
        }
        List::new(names.iter().map(|name| name.to_ascii_lowercase()))
    }

    fn allow_headers(&mut self) -> List {
        let names = self.header_names(Field::AllowHeaders, &self.config.allow_headers);
        // <https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name>
        if names.is_any() && names.names().iter().any(|name| name != AUTHORIZATION) {
            let place = self.place(Field::AllowHeaders);
            let entries = self.config.allow_headers.iter().enumerate();
            for (index, _) in entries.filter(|(_, name)| *name == "*") {
                let meaning = r#"every header except "authorization", but other headers are"#;
                self.beside_others(place.entry(index), meaning);
            }
        }
        names
    }

    fn max_age(&mut self) -> Option<u32> {
        const MOST: u32 = i32::MAX as u32;
        let age = self.config.max_age?;
        let seconds = u32::try_from(age.as_secs()).ok().filter(|&seconds| seconds <= MOST);
        let (message, correction) = match (seconds, age.subsec_nanos()) {
            (Some(seconds), 0) => return Some(seconds),
            (Some(seconds), _) if seconds < MOST => {
                let message = format!("is not whole seconds; write {seconds} or {}", seconds + 1);
                (message, seconds)
            }
            _ => {
                let message = format!(
                    "is longer than {MOST} seconds; write {LONGEST_MAX_AGE}, the longest that any browser keeps an answer"
                );
                (message, LONGEST_MAX_AGE)
            }
        };
        let (place, kind) = (self.place(Field::MaxAge), ConfigErrorKind::InvalidMaxAge);
        self.push(place, &format!("{age:?}"), kind, message, Some(correction.to_string()));
        None
    }

    fn status(
        &mut self,
        field: Field,
        status: Option<u16>,
        default: StatusCode,
        allowed: fn(u16) -> bool,
        wrong: &str,
    ) -> StatusCode {
        let Some(number) = status else { return default };
        match StatusCode::from_u16(number) {
            Ok(status) if allowed(number) => status,
            _ => {
                let (place, kind) = (self.place(field), ConfigErrorKind::InvalidStatus);
                let instead = default.as_str();
                let message = format!("{wrong}; write {instead}");
                self.push(place, &number.to_string(), kind, message, Some(instead.to_owned()));
                default
            }
        }
    }

    /// An entry of methods or header names that is none.
    fn not_a_token(
        &mut self,
        place: Place,
        entry: &str,
        kind: ConfigErrorKind,
        meant: &str,
        (what, example): (&str, &str),
    ) {
        if is_token(meant.as_bytes()) && meant != "*" {
            let message = format!("is not a {what} name; write {meant:?}");
            self.push(place, entry, kind, message, Some(meant.to_owned()));
        } else if entry.contains(',') {
            let message = format!("contains a comma; write each {what} as an entry of its own");
            self.error(place, entry, kind, message);
        } else {
            let message = format!("is not a {what} name; write one such as {example:?}");
            self.error(place, entry, kind, message);
        }
    }

    fn beside_others(&mut self, place: Place, meaning: &str) {
        let message = format!(
            "already allows {meaning} listed too; write it as the only entry, or remove it"
        );
        self.error(place, "*", ConfigErrorKind::WildcardBesideOthers, message);
    }

    fn place(&self, field: Field) -> Place {
        field.at(self.depth)
    }

    fn error(&mut self, place: Place, value: &str, kind: ConfigErrorKind, message: String) {
        self.push(place, value, kind, message, None);
    }

    fn push(
        &mut self,
        place: Place,
        value: &str,
        kind: ConfigErrorKind,
        message: String,
        correction: Option<String>,
    ) {
        let (path, value) = (place.to_string(), value.to_owned());
        self.errors.push(ConfigError { place, path, value, kind, message, correction });
    }
}

/// What makes a pattern an error together with credentials.
struct Danger {
    kind: ConfigErrorKind,
    /// Who could act as the user.
    who: String,
    advice: String,
    correction: Option<String>,
}

impl Danger {
    fn message(&self) -> String {
        let Self { who, advice, .. } = self;
        format!("lets {who} act as the user, because allowCredentials is true; {advice}")
    }
}

/// Whether strangers can register names under this host, as far as the name shows it.
pub(crate) fn is_top_level(host: &str) -> bool {
    let label = host.strip_suffix('.').unwrap_or(host);
    !label.contains('.') && !matches!(label, "localhost" | "test" | "local" | "internal")
}

/// The pattern with `https`; none where its port says `http`.
fn secured(pattern: &OriginPattern, tuple: &Tuple<'_>) -> Option<String> {
    let rest = pattern.as_ref().strip_prefix("http")?;
    (tuple.port == PortPattern::Exactly(None)).then(|| format!("https{rest}"))
}

/// Whether a network can read and write what such an origin loads.
fn is_insecure(tuple: &Tuple<'_>) -> bool {
    let loopback = match tuple.host {
        HostPattern::Any => false,
        HostPattern::Exactly(host)
        | HostPattern::SubdomainsOf(host)
        | HostPattern::OpenLabel { host, .. } => is_loopback(host),
    };
    tuple.scheme == "http" && !loopback
}
