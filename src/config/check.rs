//! From a config to parsed lists, or to every error in it.

use std::net::Ipv4Addr;

use http::StatusCode;

use crate::config::error::{ConfigError, ConfigErrorKind, ConfigErrors};
use crate::config::{InnerHeaders, PolicyConfig};
use crate::fetch::{AUTHORIZATION, is_token, normalized_method};
use crate::origin::pattern::{HostPattern, OriginPattern, PortPattern, Tuple};

/// One config, checked. The lists stand in the config's order, repetitions included, so that an
/// index into one is an index into the config's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    pub(crate) origins: Vec<OriginPattern>,
    pub(crate) methods: Vec<String>,
    /// In lower case.
    pub(crate) headers: Vec<String>,
    pub(crate) credentials: bool,
    /// In lower case.
    pub(crate) expose: Vec<String>,
    /// In seconds.
    pub(crate) max_age: Option<u32>,
    pub(crate) preflight_status: StatusCode,
    pub(crate) denied_status: StatusCode,
    pub(crate) inner_headers: InnerHeaders,
    pub(crate) answer_every_options: bool,
    pub(crate) wildcard_includes_authorization: bool,
    /// Whether `*` is answered with the origin itself, and never allows `null`, even without
    /// credentials. No config says so; the meet of a policy with credentials and one without is
    /// such.
    pub(crate) reflects: bool,
}

impl Default for Checked {
    /// No origin, and the statuses that a config has by default.
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            methods: Vec::new(),
            headers: Vec::new(),
            credentials: false,
            expose: Vec::new(),
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
    let checked = config
        .chain()
        .map(|(prefix, config)| Checker { config, prefix, errors: &mut errors }.check())
        .collect();
    if errors.is_empty() { Ok(checked) } else { Err(ConfigErrors(errors)) }
}

struct Checker<'a> {
    config: &'a PolicyConfig,
    prefix: String,
    errors: &'a mut Vec<ConfigError>,
}

impl Checker<'_> {
    /// Field by field, in the order in which errors are told.
    fn check(&mut self) -> Checked {
        let default = Checked::default();
        let config = self.config;
        Checked {
            origins: self.origins(),
            methods: self.methods(),
            headers: self.allow_headers(),
            credentials: config.allow_credentials,
            expose: self.header_names("exposeHeaders", &config.expose_headers),
            max_age: self.max_age(),
            preflight_status: self.status(
                "preflightStatus",
                config.preflight_status,
                default.preflight_status,
                |status| matches!(status, 200..=299),
                "is no success, so browsers refuse the preflight; write 204 or 200",
            ),
            denied_status: self.status(
                "deniedStatus",
                config.denied_status,
                default.denied_status,
                |status| matches!(status, 200..=299 | 400..=499),
                "is neither 200 to 299 nor 400 to 499; write 403",
            ),
            inner_headers: config.inner_headers,
            answer_every_options: config.answer_every_options,
            wildcard_includes_authorization: config.wildcard_includes_authorization,
            reflects: false,
        }
    }

    fn origins(&mut self) -> Vec<OriginPattern> {
        let entries = &self.config.allow_origins;
        if entries.is_empty() {
            let message = r#"lists no origin; list those to allow, "*" for any, or use Policy::deny_all() for none"#;
            self.error("allowOrigins".into(), "", ConfigErrorKind::NoOrigins, message);
        }
        let others = entries.iter().any(|entry| entry != "*");
        let mut patterns = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let path = format!("allowOrigins[{index}]");
            match entry.parse::<OriginPattern>() {
                Ok(pattern) => {
                    if pattern.is_any() && others {
                        self.beside_others(path.clone(), "already means every origin");
                    }
                    if self.config.allow_credentials {
                        self.origin_with_credentials(&path, entry, &pattern);
                    }
                    patterns.push(pattern);
                }
                Err(error) => {
                    self.error(path, entry, ConfigErrorKind::InvalidOrigin, &error.to_string());
                }
            }
        }
        patterns
    }

    /// What no website may be given by mistake: the power to act as the user who visits it.
    /// <https://fetch.spec.whatwg.org/#cors-protocol-and-credentials>
    fn origin_with_credentials(&mut self, path: &str, entry: &str, pattern: &OriginPattern) {
        let config = self.config;
        let mut refuse = |kind, who: &str, instead: &str| {
            let message = format!("with allowCredentials lets {who} act as the user; {instead}");
            self.error(path.to_owned(), entry, kind, &message);
        };
        if pattern.is_null() {
            refuse(
                ConfigErrorKind::NullWithCredentials,
                "a sandboxed frame of any website",
                "remove it, or set allowCredentials to false",
            );
        }
        let too_many = match pattern.tuple().map(|tuple| tuple.host) {
            None => pattern.is_any().then_some("any website"),
            Some(HostPattern::Any) => Some("any website"),
            Some(HostPattern::SubdomainsOf(host)) if is_top_level(host) => {
                Some("every website under a top-level domain")
            }
            Some(_) => None,
        };
        if let Some(who) = too_many.filter(|_| !config.dangerously_reflect_any_origin) {
            let instead = "list the origins, set allowCredentials to false, or, if it is meant, set dangerouslyReflectAnyOrigin to true";
            refuse(ConfigErrorKind::AnyOriginWithCredentials, who, instead);
        }
        let insecure = pattern.tuple().filter(is_insecure);
        if let Some(tuple) = insecure.filter(|_| !config.dangerously_allow_insecure_origins) {
            let https = match (tuple.port, pattern.as_ref().strip_prefix("http")) {
                (PortPattern::Exactly(None), Some(rest)) => format!(r#"write "https{rest}""#),
                _ => "serve it over https".to_owned(),
            };
            refuse(
                ConfigErrorKind::InsecureOriginWithCredentials,
                "whoever is on the user's network",
                &format!(
                    "{https}, or, if it is meant, set dangerouslyAllowInsecureOrigins to true"
                ),
            );
        }
    }

    fn methods(&mut self) -> Vec<String> {
        let methods = &self.config.allow_methods;
        let others = methods.iter().any(|method| method != "*");
        for (index, method) in methods.iter().enumerate() {
            let path = format!("allowMethods[{index}]");
            if !is_token(method.as_bytes()) {
                let message =
                    r#"is not a method; write one such as "PUT", each as an entry of its own"#;
                self.error(path, method, ConfigErrorKind::InvalidMethod, message);
            } else if method == "*" {
                if others {
                    self.beside_others(path, "already means every method");
                }
            } else if let Some(sent) = normalized_method(method).filter(|sent| sent != method) {
                let message = format!("is not in the case that browsers send; write {sent:?}");
                self.error(path, method, ConfigErrorKind::MethodCase, &message);
            }
        }
        methods.clone()
    }

    /// The names in lower case, as they are sent and compared.
    fn header_names(&mut self, field: &str, names: &[String]) -> Vec<String> {
        for (index, name) in names.iter().enumerate() {
            let path = format!("{field}[{index}]");
            if !is_token(name.as_bytes()) {
                let message = r#"is not a header name; write one such as "x-request-id", each as an entry of its own"#;
                self.error(path, name, ConfigErrorKind::InvalidHeaderName, message);
            }
        }
        names.iter().map(|name| name.to_ascii_lowercase()).collect()
    }

    fn allow_headers(&mut self) -> Vec<String> {
        let names = self.header_names("allowHeaders", &self.config.allow_headers);
        // <https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name>
        let beside = names.iter().any(|name| name != "*" && name != AUTHORIZATION);
        for (index, _) in names.iter().enumerate().filter(|(_, name)| beside && *name == "*") {
            let path = format!("allowHeaders[{index}]");
            self.beside_others(path, r#"already means every name but "authorization""#);
        }
        names
    }

    fn max_age(&mut self) -> Option<u32> {
        let age = self.config.max_age?;
        let mut refuse = |message: &str| {
            self.error(
                "maxAge".into(),
                &format!("{age:?}"),
                ConfigErrorKind::InvalidMaxAge,
                message,
            );
        };
        match u32::try_from(age.as_secs()) {
            Ok(seconds) if age.subsec_nanos() > 0 => {
                refuse(&format!("is not whole seconds; write {seconds}s or {}s", seconds + 1));
            }
            Ok(seconds) if i32::try_from(seconds).is_ok() => return Some(seconds),
            _ => refuse("is over 2147483647s; write 86400s, the longest that any browser keeps"),
        }
        None
    }

    fn status(
        &mut self,
        field: &str,
        status: Option<u16>,
        default: StatusCode,
        allowed: fn(u16) -> bool,
        message: &str,
    ) -> StatusCode {
        let Some(number) = status else { return default };
        match StatusCode::from_u16(number) {
            Ok(status) if allowed(number) => status,
            _ => {
                let kind = ConfigErrorKind::InvalidStatus;
                self.error(field.into(), &number.to_string(), kind, message);
                default
            }
        }
    }

    fn beside_others(&mut self, path: String, meaning: &str) {
        let message = format!("stands beside others, and {meaning}; write it alone, or remove it");
        self.error(path, "*", ConfigErrorKind::WildcardBesideOthers, &message);
    }

    fn error(&mut self, path: String, value: &str, kind: ConfigErrorKind, message: &str) {
        self.errors.push(ConfigError {
            path: format!("{}{path}", self.prefix),
            value: value.to_owned(),
            kind,
            message: message.to_owned(),
        });
    }
}

/// Whether these are the subdomains of one label that others can register under.
fn is_top_level(host: &str) -> bool {
    let label = host.strip_suffix('.').unwrap_or(host);
    !label.contains('.') && !matches!(label, "localhost" | "test" | "local" | "internal")
}

/// Whether a network can read and write what such an origin loads:
/// <https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy>.
fn is_insecure(tuple: &Tuple<'_>) -> bool {
    let loopback = match tuple.host {
        HostPattern::Any => false,
        HostPattern::Exactly(host) | HostPattern::SubdomainsOf(host) => {
            let name = host.strip_suffix('.').unwrap_or(host);
            let address = host.parse::<Ipv4Addr>();
            name == "localhost"
                || name.ends_with(".localhost")
                || host == "[::1]"
                || address.is_ok_and(|address| address.is_loopback())
        }
    };
    tuple.scheme == "http" && !loopback
}
