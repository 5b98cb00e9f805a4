//! A table against the Gateway API's words, over generated routes and requests: which rule serves
//! a request, what a preflight promises where a rule has several backends, and what a cache may
//! serve again.

use http::Request;
use http::header::VARY;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};
use tower_cors::{CorsLayer, Decision, PolicySource, RequestHead};
use tower_cors_gateway_api::{Manifest, RouteTable};
use tower_cors_oracle::routes::{Asked, serving};

const HOSTS: [&str; 5] =
    ["a.example", "*.example", "*.a.example", "b.a.example", "*.c.b.a.example"];
const ASKED_HOSTS: [&str; 8] = [
    "a.example",
    "A.Example:8080",
    "b.a.example",
    "c.b.a.example",
    "d.c.b.a.example",
    "x.example",
    "example",
    "other.test",
];
const PATHS: [&str; 8] = ["/", "/a", "/a/", "/a/b", "/ab", "/a/b/c", "/b", "/A"];
const REGEXES: [&str; 4] = ["/a.*", "/[ab]", "/a/b/?", ".*"];
const HEADERS: [&str; 4] = ["x-one", "X-Two", "cookie", "accept"];

fn path() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Null),
        3 => select(&PATHS[..]).prop_map(|path| json!({"value": path})),
        3 => select(&PATHS[..]).prop_map(|path| json!({"type": "Exact", "value": path})),
        2 => select(&REGEXES[..]).prop_map(|text| json!({"type": "RegularExpression", "value": text})),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({"value": "1"})),
        Just(json!({"type": "Exact", "value": "2"})),
        Just(json!({"type": "RegularExpression", "value": "[12]"})),
    ]
}

fn named(names: &'static [&'static str], most: usize) -> impl Strategy<Value = Value> {
    (subsequence(names, 0..=most), prop::collection::vec(value(), names.len())).prop_map(
        |(names, values)| {
            let entries = names.iter().zip(values).map(|(name, mut value)| {
                value["name"] = json!(name);
                value
            });
            Value::Array(entries.collect())
        },
    )
}

fn matching() -> impl Strategy<Value = Value> {
    let method = prop::option::weighted(0.4, select(&["GET", "PUT", "OPTIONS"][..]));
    (path(), method, named(&HEADERS, 2), named(&["q", "r"], 1)).prop_map(
        |(path, method, headers, query)| {
            let mut found = json!({"headers": headers, "queryParams": query});
            if !path.is_null() {
                found["path"] = path;
            }
            if let Some(method) = method {
                found["method"] = json!(method);
            }
            found
        },
    )
}

fn routes() -> impl Strategy<Value = Vec<Value>> {
    let times = [None, Some("2026-01-01T00:00:00Z"), Some("2026-02-01T00:00:00Z")];
    let rule = prop::collection::vec(matching(), 1..=3).prop_map(|found| json!({"matches": found}));
    let route = (
        subsequence(&HOSTS[..], 0..=2),
        prop::collection::vec(rule, 1..=3),
        select(times.to_vec()),
        select(&["x", "y"][..]),
    );
    prop::collection::vec(route, 1..=6).prop_map(|routes| {
        let routes = routes.into_iter().enumerate();
        let route = |(index, (hosts, rules, created, namespace)): (usize, _)| {
            // Names in another order than the places.
            let name = format!("r{}", (index * 5) % 7);
            let gateway = json!([{"name": "web", "namespace": "infra"}]);
            json!({
                "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
                "metadata": {"name": name, "namespace": namespace, "creationTimestamp": created},
                "spec": {"parentRefs": gateway, "hostnames": hosts as Vec<&str>, "rules": rules as Vec<Value>},
            })
        };
        routes.map(route).collect()
    })
}

type Headers = Vec<(&'static str, &'static str)>;

fn asked() -> impl Strategy<Value = (&'static str, &'static str, String, &'static str, Headers)> {
    let own =
        subsequence(&[("x-one", "1"), ("x-two", "2"), ("cookie", "1"), ("accept", "2")][..], 0..=3);
    let preflight = prop_oneof![
        Just(vec![]),
        (
            select(&["GET", "PUT", "PATCH"][..]),
            select(&["", "x-one", "X-ONE, x-two", "cookie"][..])
        )
            .prop_map(|(method, names)| vec![
                ("origin", "https://a.example"),
                ("access-control-request-method", method),
                ("access-control-request-headers", names),
            ]),
    ];
    let paths = ["/", "/a", "/a/", "/a/b", "/a/b/", "/ab", "/a/b/c/d", "/A", "/c", "/a//b"];
    let query = select(&["", "q=1", "r=2&q=2", "q=3&q=1"][..]);
    let method = select(&["GET", "PUT", "OPTIONS"][..]);
    (method, select(&ASKED_HOSTS[..]), select(paths.to_vec()), query, own, preflight).prop_map(
        |(method, host, path, query, own, preflight)| {
            let method = if preflight.is_empty() { method } else { "OPTIONS" };
            (method, host, path.to_owned(), query, [preflight, own].concat())
        },
    )
}

fn built(manifests: &[Value]) -> RouteTable {
    let manifests = manifests
        .iter()
        .map(|manifest| serde_json::from_value::<Manifest>(manifest.clone()).expect("a manifest"));
    RouteTable::builder().manifests(manifests).build().unwrap_or_else(|errors| panic!("{errors}"))
}

fn request(method: &str, uri: &str, headers: &[(&str, &str)]) -> Request<()> {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).expect("a request")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_rule_is_the_one_that_the_gateway_api_names(
        routes in routes(),
        requests in prop::collection::vec(asked(), 12),
    ) {
        let table = built(&routes);
        for (method, host, path, query, headers) in requests {
            let uri = if query.is_empty() { path.clone() } else { format!("{path}?{query}") };
            let with_host = [&[("host", host)], &headers[..]].concat();
            let request = request(method, &uri, &with_host);
            let found = table.route(&RequestHead::from(&request));
            let found = found.map(|r| (format!("{}/{}", r.namespace(), r.name()), r.rule()));
            let asked = Asked { method, host, path: &path, query, headers: &headers };
            prop_assert_eq!(found, serving(&routes, &asked), "{:?} of {:#?}", asked, routes);
        }
    }
}

/// The routes with CORS filters on some of their rules, and a policy on the Gateway.
fn with_policies() -> impl Strategy<Value = Vec<Value>> {
    let cors = prop::option::weighted(
        0.7,
        (subsequence(&["https://a.example", "https://b.example"][..], 0..=2), any::<bool>())
            .prop_map(|(origins, credentials)| {
                json!({"allowOrigins": origins, "allowCredentials": credentials})
            }),
    );
    (routes(), prop::collection::vec(cors, 4)).prop_map(|(mut routes, cors)| {
        let rules = routes
            .iter_mut()
            .filter_map(|route| route["spec"]["rules"].as_array_mut())
            .flatten()
            .zip(cors[1..].iter().cycle());
        for (rule, cors) in rules {
            if let Some(cors) = cors {
                rule["filters"] = json!([{"type": "CORS", "cors": cors}]);
            }
        }
        if let Some(cors) = &cors[0] {
            routes.push(json!({
                "apiVersion": "agentgateway.dev/v1alpha1", "kind": "AgentgatewayPolicy",
                "metadata": {"name": "p", "namespace": "infra"},
                "spec": {"targetRefs": [{"kind": "Gateway", "name": "web"}], "traffic": {"cors": cors}},
            }));
        }
        routes
    })
}

fn any_headers() -> impl Strategy<Value = Headers> {
    let own =
        subsequence(&[("x-one", "1"), ("x-two", "2"), ("cookie", "1"), ("accept", "2")][..], 0..=3);
    let origin = select(&["", "https://a.example", "https://b.example", "null"][..]);
    (own, origin).prop_map(|(mut headers, origin)| {
        if !origin.is_empty() {
            headers.push(("origin", origin));
        }
        headers
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// A stored response is served to whoever sends the same values of the headers that its `Vary`
    /// names: <https://www.rfc-editor.org/rfc/rfc9111#section-4.1>. That must be what it would have
    /// got itself.
    #[test]
    fn what_a_cache_may_serve_again_is_what_would_be_answered(
        manifests in with_policies(),
        (host, path) in (select(&ASKED_HOSTS[..]), select(&PATHS[..])),
        headers in prop::collection::vec(any_headers(), 6),
    ) {
        let layer = CorsLayer::new(std::sync::Arc::new(built(&manifests)));
        let answered: Vec<_> = headers.iter().map(|headers| {
            let headers = [&[("host", host)], &headers[..]].concat();
            let request = || request("GET", path, &headers);
            (request(), crate::support::exchange(&layer, request(), 200, &[]))
        }).collect();
        for (stored_for, stored) in &answered {
            let vary = stored.header(VARY.as_str()).unwrap_or_default();
            for (asking, fresh) in &answered {
                let same = |name: &str| {
                    let values = |request: &Request<()>| {
                        request.headers().get_all(name).iter().cloned().collect::<Vec<_>>()
                    };
                    values(stored_for) == values(asking)
                };
                let mut names = vary.split(", ").filter(|name| !name.is_empty());
                // Nobody else is served what says `*`.
                if vary != "*" && names.all(same) {
                    // Who has cookies may be served what was made for nobody: `Vary` says more of his.
                    let told = |exchange: &crate::support::Exchange| {
                        let mut headers = exchange.headers.clone();
                        headers.retain(|(name, _)| name != VARY.as_str());
                        headers
                    };
                    prop_assert_eq!(told(stored), told(fresh), "{:?}", asking);
                }
            }
        }
    }
}

const ORIGINS: [&str; 9] = [
    "https://a.example",
    "https://b.a.example",
    "https://*.example",
    "https://*.a.example",
    "https://a.example:8443",
    "https://*.a.example:8443",
    "http://a.example",
    "https://*",
    "http://localhost:3000",
];

fn filter() -> impl Strategy<Value = Value> {
    let star = Just(vec!["*"]);
    let origins = prop_oneof![4 => subsequence(&ORIGINS[..], 0..=4), 1 => star.clone()];
    let methods =
        prop_oneof![3 => subsequence(&["PUT", "DELETE", "GET"][..], 0..=2), 1 => star.clone()];
    let headers = prop_oneof![
        3 => subsequence(&["x-one", "X-Two", "authorization"][..], 0..=3),
        1 => star,
    ];
    (origins, methods, headers, any::<bool>(), prop::option::of(1..9u32)).prop_map(
        |(origins, methods, headers, credentials, age)| {
            let mut cors = json!({
                "allowOrigins": origins, "allowMethods": methods, "allowHeaders": headers,
                "allowCredentials": credentials,
            });
            if let Some(age) = age {
                cors["maxAge"] = json!(age);
            }
            cors
        },
    )
}

fn preflight() -> impl Strategy<Value = Request<()>> {
    let origins = [
        "https://a.example",
        "https://b.a.example",
        "https://c.b.a.example",
        "https://x.example",
        "https://a.example:8443",
        "https://b.a.example:8443",
        "http://a.example",
        "null",
        "http://localhost:3000",
        "https://other.test",
        "https://127.0.0.1",
    ];
    let methods = select(&["GET", "PUT", "DELETE", "TRACE"][..]);
    let names = select(&["", "x-one", "x-one,x-two", "authorization", "authorization,x-three"][..]);
    (select(origins.to_vec()), methods, names).prop_map(|(origin, method, names)| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", method),
            ("access-control-request-headers", names),
        ];
        request("OPTIONS", "/", &headers[..if names.is_empty() { 2 } else { 3 }])
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    /// What all backends allow, no more and no less. (A method or header that is itself named `*`
    /// is left out: with credentials `*` does not mean it, without it does.)
    #[test]
    fn a_preflight_is_granted_what_every_backend_grants(
        filters in prop::collection::vec(prop::option::weighted(0.9, filter()), 2..=3),
        preflights in prop::collection::vec(preflight(), 20),
    ) {
        let backends: Vec<Value> = filters.iter().map(|cors| match cors {
            Some(cors) => json!({"name": "b", "filters": [{"type": "CORS", "cors": cors}]}),
            None => json!({"name": "b"}),
        }).collect();
        let table = built(&[json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
            "metadata": {"name": "r"},
            "spec": {"parentRefs": [{"name": "web"}], "rules": [{"backendRefs": backends}]},
        })]);
        let granted = |decision: Option<Decision<'_>>| {
            let decision = decision?;
            let answer = decision.answer::<()>()?;
            let header = |name: &str| {
                answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
            };
            decision.denial().is_none().then(|| {
                let age: u32 = header("access-control-max-age").unwrap().parse().unwrap();
                (header("access-control-allow-credentials").is_some(), age)
            })
        };
        for preflight in preflights {
            let head = RequestHead::from(&preflight);
            let route = table.route(&head).expect("the one rule");
            let each: Vec<_> =
                (0..filters.len())
                    .map(|index| granted(route.policy(index).map(|it| it.decide(&head))))
                    .collect();
            let expected = each.iter().copied().reduce(|left, right| {
                let ((left_credentials, left_age), (credentials, age)) = (left?, right?);
                Some((left_credentials && credentials, left_age.min(age)))
            }).flatten();
            let all = granted(table.choose(&head).decide(&head));
            prop_assert_eq!(all, expected, "{:?} of {:?}", preflight, filters);
        }
    }
}
