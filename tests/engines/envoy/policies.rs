//! Each policy twice: for the layer, as its config's text, and for Envoy, translated from it.

use std::sync::LazyLock;

use serde_json::{Value, json};
use tower_cors_oracle::plain;

pub(crate) struct Named {
    /// The first segment of its paths.
    pub(crate) name: &'static str,
    pub(crate) config: Value,
    /// Whether Envoy forwards the preflights of other origins, which it does by default.
    pub(crate) forwards: bool,
}

fn named(name: &'static str, config: &str) -> Named {
    let config = serde_json::from_str(config).expect("a config");
    Named { name, config, forwards: false }
}

pub(crate) static POLICIES: LazyLock<Vec<Named>> = LazyLock::new(|| {
    vec![
        named("bare", r#"{"allowOrigins": ["https://app.example"]}"#),
        named("listed", LISTED),
        Named { forwards: true, ..named("forwarding", LISTED) },
        named(
            "credentials",
            r#"{"allowOrigins": ["https://app.example", "https://app.example:8443", "http://localhost"],
            "allowMethods": ["PUT"], "allowHeaders": ["authorization"], "exposeHeaders": ["x-exp"],
            "allowCredentials": true, "maxAge": 0}"#,
        ),
        named(
            "credentials-stars",
            r#"{"allowOrigins": ["https://app.example"], "allowMethods": ["*"], "allowHeaders": ["*"],
            "exposeHeaders": ["*"], "allowCredentials": true}"#,
        ),
        named(
            "subdomains",
            r#"{"allowOrigins": ["https://*.example.com"], "allowMethods": ["PUT"]}"#,
        ),
        named(
            "subdomains-credentials",
            r#"{"allowOrigins": ["https://*.example.com"], "allowMethods": ["PUT"],
            "allowCredentials": true}"#,
        ),
        named("subdomains-ports", r#"{"allowOrigins": ["https://*.example.com:*"]}"#),
        named("ports", r#"{"allowOrigins": ["http://localhost:*"], "allowMethods": ["PUT"]}"#),
        named("hosts", r#"{"allowOrigins": ["https://*"], "allowHeaders": ["x-unlisted"]}"#),
        named(
            "null",
            r#"{"allowOrigins": ["null", "https://app.example"], "allowMethods": ["PUT"]}"#,
        ),
        named(
            "any",
            r#"{"allowOrigins": ["*"], "allowMethods": ["*"], "allowHeaders": ["*"],
            "exposeHeaders": ["*"]}"#,
        ),
        named(
            "any-listed",
            r#"{"allowOrigins": ["*"], "allowMethods": ["PUT"], "allowHeaders": ["*", "authorization"],
            "exposeHeaders": ["x-exp"], "maxAge": 600}"#,
        ),
        named(
            "any-reflected",
            r#"{"allowOrigins": ["*"], "allowMethods": ["*"], "allowHeaders": ["*"],
            "exposeHeaders": ["*"], "allowCredentials": true,
            "dangerouslyReflectAnyOrigin": true}"#,
        ),
    ]
});

const LISTED: &str = r#"{"allowOrigins": ["https://app.example"],
    "allowMethods": ["PUT", "PATCH"], "allowHeaders": ["authorization", "content-type"],
    "exposeHeaders": ["x-exp", "etag"], "maxAge": 600}"#;

impl Named {
    /// Whether the config's text allows the origin of these header lines.
    pub(crate) fn allows(&self, origin: &[&str]) -> bool {
        let patterns = self.strings("allowOrigins");
        match origin {
            _ if self.constant() => true,
            ["null"] => patterns.contains(&"null".to_owned()),
            [origin] if patterns == ["*"] => plain::well_formed(origin),
            [origin] => patterns.iter().any(|pattern| plain::matches(pattern, origin)),
            _ => false,
        }
    }

    /// Whether its answer never depends on the origin.
    pub(crate) fn constant(&self) -> bool {
        self.strings("allowOrigins") == ["*"] && !self.credentials()
    }

    /// The route of this policy, all paths below its name.
    pub(crate) fn route(&self) -> Value {
        let list = |field: &str| self.strings(field).join(",");
        let origins: Vec<Value> = self.strings("allowOrigins").iter().map(matcher).collect();
        let mut policy = json!({
            "@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy",
            "allow_origin_string_match": origins,
            "allow_methods": list("allowMethods"),
            "allow_headers": list("allowHeaders"),
            "expose_headers": list("exposeHeaders"),
            "allow_credentials": self.credentials(),
            "forward_not_matching_preflights": self.forwards,
        });
        if let Some(seconds) = self.max_age() {
            policy["max_age"] = seconds.to_string().into();
        }
        json!({
            "match": {"prefix": format!("/{}/", self.name)},
            "route": {"cluster": "upstream"},
            "typed_per_filter_config": {"envoy.filters.http.cors": policy},
        })
    }

    pub(crate) fn strings(&self, field: &str) -> Vec<String> {
        let items = self.config[field].as_array().into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    pub(crate) fn credentials(&self) -> bool {
        self.config["allowCredentials"] == true
    }

    pub(crate) fn max_age(&self) -> Option<u64> {
        self.config["maxAge"].as_u64()
    }
}

/// A pattern as gateways over Envoy translate it: `.*` for each `*`.
fn matcher(pattern: &String) -> Value {
    if pattern.contains('*') {
        let regex = pattern.replace('.', "\\.").replace('*', ".*");
        json!({"safe_regex": {"regex": regex}})
    } else {
        json!({"exact": pattern})
    }
}
