//! The CORS of a filter or a policy, read by the resource's own rules into a [`Policy`].

use std::collections::HashSet;
use std::time::Duration;

use http::StatusCode;
use tower_cors::{ConfigErrorKind, LintKind, OriginPattern, Policy, PolicyConfig};

use crate::quoted::Quoted;
use crate::reader::Field;
use crate::schema::{CORS_LISTS, DEFAULT_MAX_AGE, MAX_HEADER_NAME, MAX_ORIGIN, METHODS};

/// Of preflights, denied ones as well.
pub(crate) const STATUS: StatusCode = StatusCode::OK;

/// Reads an `HTTPCORSFilter`. Errors and lints go to the field's reader; where there is an error
/// there is no policy. <https://gateway-api.sigs.k8s.io/reference/spec/#httpcorsfilter>
pub(crate) fn read(cors: &Field<'_>) -> Option<Policy> {
    let filter = Filter { cors, lists: CORS_LISTS.map(|(name, most)| entries(cors, name, most)) };
    filter.unknown_fields();
    filter.outside_the_resource();
    let policy = filter.policy(filter.config());
    filter.short_max_age();
    policy
}

struct Filter<'f, 'm> {
    cors: &'f Field<'m>,
    /// In the order of `CORS_LISTS`.
    lists: [Vec<(Field<'m>, &'m str)>; 4],
}

/// The entries that are texts, no more of them than there may be.
fn entries<'m>(cors: &Field<'m>, name: &str, most: usize) -> Vec<(Field<'m>, &'m str)> {
    let entries = cors.field(name).at_most(most).into_iter();
    let entries: Vec<_> =
        entries.filter_map(|entry| entry.text().map(|text| (entry.clone(), text))).collect();
    let mut seen = HashSet::new();
    for (entry, text) in &entries {
        if !seen.insert(*text) {
            entry.error(format!("{} stands twice; remove it", Quoted(text)));
        }
    }
    entries
}

impl<'m> Filter<'_, 'm> {
    fn config(&self) -> PolicyConfig {
        let [origins, methods, headers, expose] =
            self.lists.each_ref().map(|list| list.iter().map(|(_, text)| *text));
        Policy::builder()
            .allow_origins(origins)
            .allow_methods(methods)
            .allow_headers(headers)
            .expose_headers(expose)
            .allow_credentials(self.cors.field("allowCredentials").boolean().unwrap_or(false))
            .wildcard_includes_authorization(true)
            .max_age(Duration::from_secs(self.max_age()))
            .preflight_status(STATUS)
            .denied_status(STATUS)
            .answer_every_options(self.cors.reader().answer_every_options)
    }

    fn max_age(&self) -> u64 {
        let seconds = self.cors.field("maxAge").integer().unwrap_or(DEFAULT_MAX_AGE);
        u64::try_from(seconds).unwrap_or_default()
    }

    fn short_max_age(&self) {
        let field = self.cors.field("maxAge");
        if let Some(seconds) = field.integer().filter(|seconds| *seconds < 1) {
            let default = format!("leave it out for {DEFAULT_MAX_AGE}");
            field.error(format!("{seconds} is under 1; write a number of seconds, or {default}"));
        }
    }

    fn unknown_fields(&self) {
        let lists = CORS_LISTS.map(|(name, _)| name);
        let known =
            |name: &&str| lists.contains(name) || ["allowCredentials", "maxAge"].contains(name);
        for name in self.cors.names().filter(|name| !known(name)) {
            let fields = format!("{}, allowCredentials and maxAge", lists.join(", "));
            self.cors.field(name).error(format!("is no field of a CORS filter; it has {fields}"));
        }
    }

    /// What the resource's own schema refuses, though a policy could have it.
    fn outside_the_resource(&self) {
        let [origins, methods, headers, expose] = &self.lists;
        for (entry, text) in origins {
            if let Some(message) = text.parse().ok().and_then(|pattern| outside(text, &pattern)) {
                entry.error(format!("{} {message}", Quoted(text)));
            }
        }
        for (entry, text) in methods {
            if *text != "*" && !METHODS.contains(text) {
                let methods = METHODS.join(", ");
                entry.error(format!("{} is none of {methods}, *; write one of them", Quoted(text)));
            }
        }
        let lone = |(_, text): &&(Field<'_>, &str)| *text == "*" && headers.len() > 1;
        for (entry, _) in headers.iter().filter(lone) {
            let message = "stands beside others; write it alone, or remove it";
            entry.error(format!(r#""*" {message}"#));
        }
        for (entry, text) in headers.iter().chain(expose) {
            if text.len() > MAX_HEADER_NAME {
                entry.error(format!("{} is over {MAX_HEADER_NAME} bytes", Quoted(text)));
            }
        }
    }

    /// The config's own check. What is dangerous is a lint: the resource has no switch that says that
    /// it is meant.
    fn policy(&self, config: PolicyConfig) -> Option<Policy> {
        for error in config.clone().build().err().into_iter().flatten() {
            let field = self.place(error.field(), error.index());
            let value = Quoted(error.value());
            match error.kind() {
                // No origin is allowed, then.
                ConfigErrorKind::NoOrigins => {}
                // `outside_the_resource` has an error for these.
                ConfigErrorKind::InvalidMethod | ConfigErrorKind::MethodCase => {}
                ConfigErrorKind::WildcardBesideOthers if error.field() == "allowHeaders" => {}
                ConfigErrorKind::AnyOriginWithCredentials => {
                    field
                        .lint(format!("{value} with allowCredentials lets others act as the user"));
                }
                ConfigErrorKind::InsecureOriginWithCredentials => {
                    let who = "whoever is on the user's network";
                    field.lint(format!("{value} with allowCredentials lets {who} act as the user"));
                }
                _ => field.error(format!("{value} {}", error.message())),
            }
        }
        let without_origins = config.allow_origins.is_empty();
        let config =
            config.dangerously_reflect_any_origin(true).dangerously_allow_insecure_origins(true);
        // An empty list is the one thing that a config cannot say.
        let config = if without_origins { config.allow_origins(["*"]) } else { config };
        let policy = config.build().ok()?;
        for lint in policy.lints() {
            // Other gateways need safelisted methods listed; reflection has its lint above.
            if !matches!(
                lint.kind(),
                LintKind::Safelisted | LintKind::OptionsMethod | LintKind::ReflectsAnyOrigin
            ) {
                let message = format!("{} {}", Quoted(lint.value()), lint.message());
                self.place(lint.field(), lint.index()).lint(message);
            }
        }
        Some(if without_origins { Policy::deny_all_with(STATUS) } else { policy })
    }

    /// The field that a config's error means. An entry that is not a text moved those after it.
    fn place(&self, field: &str, index: Option<usize>) -> Field<'m> {
        let list = CORS_LISTS.iter().position(|(list, _)| *list == field);
        let entry = list.zip(index).and_then(|(list, index)| self.lists[list].get(index));
        entry.map_or_else(|| self.cors.field(field), |(entry, _)| entry.clone())
    }
}

/// Why the pattern of `CORSOrigin` does not have an origin that a policy could have.
fn outside(text: &str, pattern: &OriginPattern) -> Option<String> {
    if text.len() > MAX_ORIGIN {
        return Some(format!("is over {MAX_ORIGIN} bytes"));
    }
    let canonical = pattern.as_ref();
    if matches!(canonical, "null" | "file://") {
        return Some("is no origin that the Gateway API allows; remove it".into());
    }
    // `*` has no scheme.
    let (scheme, authority) = canonical.split_once("://")?;
    if !matches!(scheme, "http" | "https") {
        return Some(
            "has a scheme that the Gateway API does not allow; write http or https".into(),
        );
    }
    if !text.starts_with(scheme) {
        return Some(format!("has a scheme in upper case; write {}", Quoted(canonical)));
    }
    if authority.ends_with(":*") {
        return Some("has any port, which the Gateway API does not allow; list the ports".into());
    }
    if authority.starts_with('[') {
        return Some("has an IPv6 address, which the Gateway API does not allow".into());
    }
    let host = authority.split(':').next()?;
    let host = host.strip_prefix("*.").unwrap_or(host);
    if host != "*" && host.contains('*') {
        let message =
            "has a wildcard inside a label, which the Gateway API does not allow; list the hosts";
        return Some(message.into());
    }
    if host.contains('_') {
        return Some("has an underscore, which the Gateway API does not allow".into());
    }
    host.ends_with('.').then(|| "ends in a dot, which the Gateway API does not allow".into())
}
