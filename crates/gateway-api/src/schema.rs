//! What the resources' own schemas allow, and the crate's own bounds.

/// The group of the Gateway API's resources.
pub(crate) const GROUP: &str = "gateway.networking.k8s.io";

/// The kinds that are read, each with its group.
pub(crate) const KINDS: [(&str, &str); 3] = [
    (GROUP, "HTTPRoute"),
    ("agentgateway.dev", "AgentgatewayPolicy"),
    ("gateway.kgateway.dev", "TrafficPolicy"),
];

/// The groups in which other kinds could be meant to decide on CORS.
pub(crate) const GATEWAY_GROUPS: [&str; 4] =
    [GROUP, "gateway.networking.x-k8s.io", "agentgateway.dev", "gateway.kgateway.dev"];

/// The kinds of those groups that belong to any normal folder.
pub(crate) const USUAL_KINDS: [&str; 4] =
    ["BackendTLSPolicy", "Gateway", "GatewayClass", "ReferenceGrant"];

/// The namespace of a resource that names none.
pub(crate) const DEFAULT_NAMESPACE: &str = "default";

/// How many entries the lists of an `HTTPRoute` may have.
/// <https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule>
pub(crate) const MAX_HOSTNAMES: usize = 16;
pub(crate) const MAX_RULES: usize = 16;
pub(crate) const MAX_MATCHES: usize = 64;
pub(crate) const MAX_BACKENDS: usize = 16;

/// How many headers, or query parameters, one match may name.
pub(crate) const MAX_CONDITIONS: usize = 16;

/// In bytes.
pub(crate) const MAX_HOSTNAME: usize = 253;
pub(crate) const MAX_LABEL: usize = 63;

pub(crate) const PORTS: std::ops::RangeInclusive<i64> = 1..=65_535;
pub(crate) const WEIGHTS: std::ops::RangeInclusive<i64> = 0..=1_000_000;

/// `HTTPMethod`: the methods of RFC 9110, and PATCH.
pub(crate) const METHODS: [&str; 9] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

pub(crate) const ROUTE_FIELDS: [&str; 4] =
    ["hostnames", "parentRefs", "rules", "useDefaultGateways"];
pub(crate) const PARENT_FIELDS: [&str; 6] =
    ["group", "kind", "name", "namespace", "port", "sectionName"];
pub(crate) const MATCH_FIELDS: [&str; 4] = ["headers", "method", "path", "queryParams"];
pub(crate) const PATH_FIELDS: [&str; 2] = ["type", "value"];
pub(crate) const VALUE_FIELDS: [&str; 3] = ["name", "type", "value"];
pub(crate) const FILTER_FIELDS: [&str; 9] = [
    "cors",
    "extensionRef",
    "externalAuth",
    "requestHeaderModifier",
    "requestMirror",
    "requestRedirect",
    "responseHeaderModifier",
    "type",
    "urlRewrite",
];
pub(crate) const RULE_FIELDS: [&str; 7] =
    ["backendRefs", "filters", "matches", "name", "retry", "sessionPersistence", "timeouts"];
pub(crate) const BACKEND_FIELDS: [&str; 7] =
    ["filters", "group", "kind", "name", "namespace", "port", "weight"];

/// The lists of an `HTTPCORSFilter`, and how many entries each may have.
/// <https://gateway-api.sigs.k8s.io/reference/spec/#httpcorsfilter>
pub(crate) const CORS_LISTS: [(&str, usize); 4] =
    [("allowOrigins", 64), ("allowMethods", 9), ("allowHeaders", 64), ("exposeHeaders", 64)];

/// In bytes.
pub(crate) const MAX_ORIGIN: usize = 253;
pub(crate) const MAX_HEADER_NAME: usize = 256;

/// In seconds.
pub(crate) const DEFAULT_MAX_AGE: i64 = 5;

/// How many repetitions RE2 allows.
pub(crate) const MAX_REPEAT: usize = 1000;

/// The crate's own: more levels than any resource has.
pub(crate) const MAX_DEPTH: usize = 64;

/// The crate's own: more errors, or lints, than anybody reads at once.
pub(crate) const MAX_REMARKS: usize = 10_000;

/// The crate's own: how many matches a table may have, each counted for each hostname of its route.
pub(crate) const MAX_ENTRIES: usize = 1 << 20;

/// The crate's own: how many regular expressions a table may have, and how many bytes one may take
/// when it is compiled.
pub(crate) const MAX_EXPRESSIONS: usize = 4096;
pub(crate) const MAX_EXPRESSION: usize = 1 << 15;
