//! What manifests mean: the filter's own rules, the levels and which wins, the errors and lints, each
//! with its exact text.

use std::convert::Infallible;

use http::{Request, Response, StatusCode};
use tower::{ServiceBuilder, ServiceExt, service_fn};
use tower_cors::CorsLayer;
use tower_cors::{Choice, PolicySource, RequestHead};
use tower_cors_gateway_api::{Manifest, ManifestErrors, RouteTable, RouteTableBuilder};
use tower_http::validate_request::ValidateRequestHeaderLayer;

/// YAML in flow style, `---` between the documents.
fn builder(yaml: &str) -> RouteTableBuilder {
    let manifests: Vec<Manifest> = serde_saphyr::from_multiple(yaml).expect("YAML");
    RouteTable::builder().manifests(manifests)
}

#[track_caller]
fn table(yaml: &str) -> RouteTable {
    builder(yaml).build().unwrap_or_else(|errors| panic!("{errors}"))
}

fn errors(yaml: &str) -> Vec<String> {
    let errors = builder(yaml).build().expect_err("errors");
    assert_eq!(format!("{errors:?}"), errors.to_string(), "what `unwrap` prints");
    errors.iter().map(ToString::to_string).collect()
}

fn lints(table: &RouteTable) -> Vec<String> {
    table.lints().iter().map(ToString::to_string).collect()
}

/// A route of the Gateway `web`, with these fields of `spec` beside.
fn route(name: &str, spec: &str) -> String {
    format!(
        "---\n{{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {{name: {name}}}, \
         spec: {{parentRefs: [{{name: web}}], {spec}}}}}\n"
    )
}

/// A route with one rule that has this CORS filter.
fn filtered(cors: &str) -> String {
    route("r", &format!("rules: [{{filters: [{{type: CORS, cors: {{{cors}}}}}]}}]"))
}

/// An `AgentgatewayPolicy` on this target.
fn policy(name: &str, target: &str, cors: &str) -> String {
    format!(
        "---\n{{apiVersion: agentgateway.dev/v1alpha1, kind: AgentgatewayPolicy, metadata: {{name: {name}}}, \
         spec: {{targetRefs: [{{group: gateway.networking.k8s.io, {target}}}], \
         traffic: {{cors: {{{cors}}}}}}}}}\n"
    )
}

fn origin(of: &str) -> String {
    format!("allowOrigins: ['https://{of}.example']")
}

fn get(path: &str, origin: &str) -> Request<()> {
    let request = Request::get(path).header("host", "www.example.com").header("origin", origin);
    request.body(()).expect("a request")
}

fn preflight(path: &str, origin: &str, method: &str) -> Request<()> {
    let request = Request::options(path).header("host", "www.example.com").header("origin", origin);
    request.header("access-control-request-method", method).body(()).expect("a request")
}

/// The one of these origins that a request to this path is allowed from; `-` where nothing answers.
fn allowed(table: &RouteTable, path: &str) -> String {
    let origins = ["gateway", "listener", "route", "rule", "filter", "other"];
    let request = get(path, "https://x.example");
    let choice = table.choose(&RequestHead::from(&request));
    if choice.decide(&RequestHead::from(&request)).is_none() {
        return "-".into();
    }
    let allows = |origin: &&&str| {
        let request = get(path, &format!("https://{origin}.example"));
        choice.decide(&RequestHead::from(&request)).is_some_and(|it| it.denial().is_none())
    };
    origins.iter().filter(allows).copied().collect::<Vec<_>>().join(" ")
}

/// Status and headers of the answer to a preflight.
fn answer(choice: &Choice<'_>, request: &Request<()>) -> (u16, Vec<String>) {
    let head = RequestHead::from(request);
    let decision = choice.decide(&head).expect("a policy");
    let answer = decision.answer::<()>().expect("an answer");
    let lines = answer.headers().iter().filter(|(name, _)| *name != "vary");
    let mut lines: Vec<String> =
        lines.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    lines.sort();
    (answer.status().as_u16(), lines)
}

fn preflight_answer(cors: &str, origin: &str, headers: &str) -> (u16, Vec<String>) {
    let table = table(&filtered(cors));
    let mut request = preflight("/", origin, "PUT");
    if !headers.is_empty() {
        request.headers_mut().insert("access-control-request-headers", headers.parse().unwrap());
    }
    answer(&table.choose(&RequestHead::from(&request)), &request)
}

#[test]
fn the_filters_own_rules_differ_from_a_configs() {
    let acao = "access-control-allow-origin: https://a.example".to_owned();
    // maxAge defaults to 5, statuses are 200.
    let age = "access-control-max-age: 5".to_owned();
    let one = "allowOrigins: ['https://a.example']";
    assert_eq!(
        preflight_answer(one, "https://a.example", ""),
        (200, vec![acao.clone(), age.clone()])
    );
    assert_eq!(preflight_answer(one, "https://b.example", ""), (200, vec![]));
    // No origins deny all.
    assert_eq!(preflight_answer("allowMethods: [PUT]", "https://a.example", ""), (200, vec![]));
    // `*` with credentials reflects, never null, and covers authorization.
    let all =
        "allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'], allowCredentials: true";
    let reflected = [
        "access-control-allow-credentials: true",
        "access-control-allow-headers: authorization,x-a",
        "access-control-allow-methods: PUT",
        &acao,
        &age,
    ];
    let found = preflight_answer(all, "https://a.example", "authorization,x-a");
    assert_eq!(found, (200, reflected.map(str::to_owned).to_vec()));
    assert_eq!(preflight_answer(all, "null", ""), (200, vec![]));
    // Without credentials it does not.
    let (_, found) = preflight_answer("allowOrigins: ['*'], allowHeaders: ['*']", "null", "");
    assert_eq!(found[0], "access-control-allow-headers: *");
    // `*` covers `authorization` all the same, which browsers believe only where it is spelled out.
    let (_, found) = preflight_answer(
        "allowOrigins: ['*'], allowHeaders: ['*']",
        "https://a.example",
        "authorization,x-a",
    );
    assert_eq!(found[0], "access-control-allow-headers: authorization,x-a");
    // The default port is none, and `https://*` means it only.
    let port = "allowOrigins: ['https://a.example:443']";
    assert_eq!(preflight_answer(port, "https://a.example", "").1[0], acao);
    let any = "allowOrigins: ['https://*']";
    assert_eq!(preflight_answer(any, "https://a.example", "").1[0], acao);
    assert_eq!(preflight_answer(any, "https://a.example:8443", ""), (200, vec![]));
    let deep = "allowOrigins: ['https://*.example']";
    assert_eq!(preflight_answer(deep, "https://c.b.a.example", "").0, 200);
    assert_eq!(preflight_answer(deep, "https://c.b.a.example", "").1.len(), 2);
}

#[test]
fn an_options_request_is_answered_unless_the_table_says_otherwise() {
    let yaml = filtered("allowOrigins: ['https://a.example']");
    let options = Request::options("/").header("origin", "https://a.example").body(()).unwrap();
    for (table, answered) in
        [(table(&yaml), true), (builder(&yaml).answer_every_options(false).build().unwrap(), false)]
    {
        let head = RequestHead::from(&options);
        let choice = table.choose(&head);
        assert_eq!(choice.decide(&head).unwrap().is_answered(), answered);
    }
}

#[test]
fn what_the_cluster_refuses_is_an_error() {
    let many = |entry: &str, count: usize| {
        (0..count).map(|n| entry.replace('N', &n.to_string())).collect::<Vec<_>>().join(", ")
    };
    for (cors, path, message) in [
        (
            "allowOrigins: [null]".to_owned(),
            "allowOrigins[0]",
            "is nothing; write a text, in quotes where it looks like something else",
        ),
        (
            "allowOrigins: ['null']".into(),
            "allowOrigins[0]",
            r#""null" is no origin that the Gateway API allows; remove it"#,
        ),
        (
            "allowOrigins: ['http://[::1]']".into(),
            "allowOrigins[0]",
            r#""http://[::1]" has an IPv6 address, which the Gateway API does not allow"#,
        ),
        (
            "allowOrigins: ['https://a_b.example']".into(),
            "allowOrigins[0]",
            r#""https://a_b.example" has an underscore, which the Gateway API does not allow"#,
        ),
        (
            "allowOrigins: ['https://a.example:*']".into(),
            "allowOrigins[0]",
            r#""https://a.example:*" has any port, which the Gateway API does not allow; list the ports"#,
        ),
        (
            "allowOrigins: ['https://a.example.']".into(),
            "allowOrigins[0]",
            r#""https://a.example." ends in a dot, which the Gateway API does not allow"#,
        ),
        (
            "allowOrigins: ['HTTPS://a.example']".into(),
            "allowOrigins[0]",
            r#""HTTPS://a.example" has a scheme in upper case; write "https://a.example""#,
        ),
        (
            "allowOrigins: ['capacitor://localhost']".into(),
            "allowOrigins[0]",
            r#""capacitor://localhost" has a scheme that the Gateway API does not allow; write http or https"#,
        ),
        (
            "allowOrigins: ['https://a.example/']".into(),
            "allowOrigins[0]",
            r#""https://a.example/" ends with a slash; write "https://a.example""#,
        ),
        (
            "allowOrigins: ['https://a.example', 'https://a.example']".into(),
            "allowOrigins[1]",
            r#""https://a.example" stands twice; remove it"#,
        ),
        (
            "allowOrigins: ['https://a.example', '*']".into(),
            "allowOrigins[1]",
            r#""*" already allows every origin, but other origins are listed too; write it as the only entry, or remove it"#,
        ),
        (
            format!("allowOrigins: [{}]", many("'https://aN.example'", 65)),
            "allowOrigins",
            "has 65 entries; write 64 at most",
        ),
        (
            format!("allowHeaders: [{}]", many("x-N", 65)),
            "allowHeaders",
            "has 65 entries; write 64 at most",
        ),
        (
            format!("exposeHeaders: [{}]", many("x-N", 65)),
            "exposeHeaders",
            "has 65 entries; write 64 at most",
        ),
        (
            "allowMethods: [GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH, GET]"
                .into(),
            "allowMethods",
            "has 10 entries; write 9 at most",
        ),
        (
            "allowMethods: [put]".into(),
            "allowMethods[0]",
            r#""put" is none of GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH, *; write one of them"#,
        ),
        (
            "allowMethods: [PURGE]".into(),
            "allowMethods[0]",
            r#""PURGE" is none of GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH, *; write one of them"#,
        ),
        (
            "allowMethods: [PUT, '*']".into(),
            "allowMethods[1]",
            r#""*" already allows every method, but other methods are listed too; write it as the only entry, or remove it"#,
        ),
        (
            "allowHeaders: [authorization, '*']".into(),
            "allowHeaders[1]",
            r#""*" stands beside others; write it alone, or remove it"#,
        ),
        (
            "allowHeaders: ['a b']".into(),
            "allowHeaders[0]",
            r#""a b" is not a header name; write one such as "x-request-id""#,
        ),
        ("allowHeaders: x-a".into(), "allowHeaders", r#"is the text "x-a"; write a list"#),
        (
            "maxAge: 0".into(),
            "maxAge",
            "0 is under 1; write a number of seconds, or leave it out for 5",
        ),
        (
            "maxAge: -1".into(),
            "maxAge",
            "-1 is under 1; write a number of seconds, or leave it out for 5",
        ),
        (
            "maxAge: 3000000000".into(),
            "maxAge",
            r#""3000000000s" is longer than 2147483647 seconds; write 86400, the longest that any browser keeps an answer"#,
        ),
        ("maxAge: 10m".into(), "maxAge", r#"is the text "10m"; write a whole number"#),
        (
            "allowCredentials: 'true'".into(),
            "allowCredentials",
            r#"is the text "true"; write true or false"#,
        ),
        (
            "allowOrigin: ['*']".into(),
            "allowOrigin",
            "is no field of a CORS filter; it has allowOrigins, allowMethods, allowHeaders, exposeHeaders, allowCredentials and maxAge",
        ),
    ] {
        let wanted =
            format!("HTTPRoute default/r: spec.rules[0].filters[0].cors.{path}: {message}");
        assert_eq!(errors(&filtered(&cors)), [wanted], "{cors:.200}");
    }
}

#[test]
fn manifests_that_cannot_be_served_are_errors() {
    let group = r#"apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute"#;
    let policy_with = |spec: &str| {
        format!(
            "---\n{{apiVersion: agentgateway.dev/v1alpha1, kind: AgentgatewayPolicy, metadata: {{name: p}}, spec: {{traffic: {{cors: {{}}}}, {spec}}}}}\n"
        )
    };
    let target = "targetRefs: [{kind: Gateway, name: web}]";
    for (yaml, wanted) in [
        (format!("{{{group}}}"), "HTTPRoute default/: metadata.name: is missing".to_owned()),
        ("{kind: HTTPRoute, metadata: {name: r}}".into(), "HTTPRoute default/r: apiVersion: is missing or has no group; write gateway.networking.k8s.io/v1".into()),
        (format!("{{{group}, metadata: {{name: r, creationTimestamp: yesterday}}}}"), r#"HTTPRoute default/r: metadata.creationTimestamp: "yesterday" is not a time of RFC 3339, such as 2026-01-31T12:00:00Z"#.into()),
        (route("r", "rules: []") + &route("r", "rules: []"), "HTTPRoute default/r: stands twice; remove one, or give it another name".into()),
        (route("r", "hostnames: ['www.example.com:8080']"), r#"HTTPRoute default/r: spec.hostnames[0]: "www.example.com:8080" is no hostname; write a domain in lower case without a port, such as "www.example.com" or "*.example.com""#.into()),
        (route("r", "rules: [{matches: [{path: {value: a}}]}]"), r#"HTTPRoute default/r: spec.rules[0].matches[0].path.value: "a" does not begin with a slash"#.into()),
        (
            route("r", "rules: [{matches: [{method: get}]}]"),
            r#"HTTPRoute default/r: spec.rules[0].matches[0].method: "get" is none of GET, HEAD"#.into(),
        ),
        (
            route("r", "rules: [{name: x}, {name: x}]"),
            r#"HTTPRoute default/r: spec.rules[1].name: "x" is the name of another rule"#.into(),
        ),
        (route("r", "rules: [{matches: [{path: {type: Prefix}}]}]"), r#"HTTPRoute default/r: spec.rules[0].matches[0].path.type: "Prefix" is no type; write Exact, PathPrefix or RegularExpression"#.into()),
        (route("r", "rules: [{matches: [{path: {type: RegularExpression, value: 'a)|(b'}}]}]"), r#"HTTPRoute default/r: spec.rules[0].matches[0].path.value: "a)|(b" is no regular expression: unopened group"#.into()),
        (route("r", "rules: [{filters: [{type: CORS, cors: {}}, {type: CORS, cors: {}}]}]"), "HTTPRoute default/r: spec.rules[0].filters[1]: is a second CORS filter beside spec.rules[0].filters[0]; write one".into()),
        (route("r", "rules: [{filters: [{type: CORS}]}]"), "HTTPRoute default/r: spec.rules[0].filters[0].cors: is missing from a filter of type CORS".into()),
        (route("r", "rules: [{backendRefs: [{name: b, filters: [{type: CORS, cors: {}}, {type: CORS, cors: {}}]}]}]"), "HTTPRoute default/r: spec.rules[0].backendRefs[0].filters[1]: is a second CORS filter beside spec.rules[0].backendRefs[0].filters[0]; write one".into()),
        (policy_with("targetSelectors: [{matchLabels: {}}]"), "AgentgatewayPolicy default/p: spec.targetSelectors: is not read, as labels are not; write targetRefs".into()),
        (policy_with(&format!("{target}, strategy: {{inheritance: Override}}")), r#"AgentgatewayPolicy default/p: spec.strategy.inheritance: "Override" is not read; write the CORS where it is to win"#.into()),
        (policy("p", "kind: HTTPRoute, name: r", "").replace("traffic: {", "traffic: {phase: PreRouting, "), "AgentgatewayPolicy default/p: spec.targetRefs[0]: is an HTTPRoute, which is not known in phase PreRouting; target the Gateway".into()),
        (route("r", "rules: []") + &route("s", "rules: []").replace("web", "api"), "the manifests refer to several Gateways: default/api, default/web; name the one to serve".into()),
    ] {
        let found = errors(&yaml);
        assert!(found.iter().any(|error| error.starts_with(&wanted)), "{wanted}: {found:#?}");
        assert_eq!(found.len(), 1, "{found:#?}");
    }
}

#[test]
fn errors_of_all_manifests_come_at_once() {
    let found = errors(
        &(filtered("maxAge: 0, allowMethods: [put]")
            + &policy("p", "kind: Gateway, name: web", "maxAge: 0")),
    );
    let resources: Vec<&str> = found.iter().map(|error| error.split(':').next().unwrap()).collect();
    assert_eq!(
        resources,
        ["HTTPRoute default/r", "HTTPRoute default/r", "AgentgatewayPolicy default/p"]
    );
    let errors: ManifestErrors = builder(&filtered("maxAge: 0")).build().unwrap_err();
    let error = errors.into_iter().next().unwrap();
    assert_eq!(error.resource(), "HTTPRoute default/r");
    assert_eq!(error.path(), "spec.rules[0].filters[0].cors.maxAge");
}

#[test]
fn dangerous_but_allowed_is_a_lint() {
    let cors = "allowCredentials: true, allowOrigins: ['https://*.com', 'http://a.example']";
    assert_eq!(
        lints(&table(&filtered(cors))),
        [
            r#"HTTPRoute default/r: spec.rules[0].filters[0].cors.allowOrigins[0]: "https://*.com" with allowCredentials lets others act as the user"#,
            r#"HTTPRoute default/r: spec.rules[0].filters[0].cors.allowOrigins[1]: "http://a.example" with allowCredentials lets whoever is on the user's network act as the user"#,
            r#"HTTPRoute default/r: spec.rules[0].filters[0].cors.allowOrigins[0]: "https://*.com" lets anyone who registers a name under this public suffix act as the user, because allowCredentials is true; list the origins"#,
        ]
    );
    let cors = "allowCredentials: true, allowOrigins: ['*'], exposeHeaders: [set-cookie]";
    assert_eq!(lints(&table(&filtered(cors))).len(), 2);
    assert_eq!(lints(&table(&filtered("allowMethods: [GET, POST, PUT]"))), [""; 0]);
}

#[test]
fn the_more_specific_level_replaces_the_other_whole() {
    let rules = format!(
        "rules: [{{name: plain, matches: [{{path: {{value: /plain}}}}]}}, \
         {{name: named, matches: [{{path: {{value: /named}}}}]}}, \
         {{name: filtered, matches: [{{path: {{value: /filtered}}}}], \
          filters: [{{type: CORS, cors: {{{}}}}}]}}]",
        origin("filter")
    );
    let mut yaml = route("r", &rules);
    let all = |yaml: &str| {
        let table = table(yaml);
        ["/plain", "/named", "/filtered"].map(|path| allowed(&table, path))
    };
    assert_eq!(all(&yaml), ["-", "-", "filter"]);
    yaml += &policy("gateway", "kind: Gateway, name: web", &origin("gateway"));
    assert_eq!(all(&yaml), ["gateway", "gateway", "filter"]);
    yaml += &policy("listener", "kind: Gateway, name: web, sectionName: http", &origin("listener"));
    assert_eq!(all(&yaml), ["listener", "listener", "filter"]);
    yaml += &policy("route", "kind: HTTPRoute, name: r", &origin("route"));
    assert_eq!(all(&yaml), ["route", "route", "filter"]);
    yaml += &policy("rule", "kind: HTTPRoute, name: r, sectionName: named", &origin("rule"));
    assert_eq!(all(&yaml), ["route", "rule", "filter"]);
    let elsewhere = policy("other", "kind: Gateway, name: api", &origin("other"));
    let served = builder(&(yaml.clone() + &elsewhere)).gateway("web").build().unwrap();
    assert_eq!(allowed(&served, "/plain"), "route");
    // A TrafficPolicy says the same elsewhere in the document.
    let traffic = policy("t", "kind: HTTPRoute, name: r, sectionName: plain", &origin("other"))
        .replace("agentgateway.dev", "gateway.kgateway.dev")
        .replace("AgentgatewayPolicy", "TrafficPolicy")
        .replace(
            "traffic: {cors: {allowOrigins: ['https://other.example']}}",
            "cors: {allowOrigins: ['https://other.example']}",
        );
    assert_eq!(all(&(yaml.clone() + &traffic)), ["other", "rule", "filter"]);
    // In phase PreRouting one policy holds for everything, routed or not.
    let early = policy("early", "kind: Gateway, name: web", &origin("other"))
        .replace("traffic: {", "traffic: {phase: PreRouting, ");
    let early = table(&(yaml + &early));
    assert_eq!(["/plain", "/filtered", "/"].map(|path| allowed(&early, path)), ["other"; 3]);
    let plain = get("/plain", "https://x.example");
    let plain = early.route(&RequestHead::from(&plain)).expect("a route");
    assert!(plain.policy(0).is_some());
    let found = lints(&early);
    let shadowed =
        "has no effect: AgentgatewayPolicy default/early, in phase PreRouting, comes first";
    for name in ["gateway", "listener", "route", "rule"] {
        assert!(
            found.contains(&format!("AgentgatewayPolicy default/{name}: {shadowed}")),
            "{found:#?}"
        );
    }
}

#[test]
fn of_two_policies_on_one_target_the_older_wins_then_the_first_by_name() {
    let target = "kind: Gateway, name: web";
    let route = route("r", "rules: [{name: x}]");
    let b = policy("b", target, &origin("rule"));
    let a = policy("a", target, &origin("route"));
    let both = table(&(route.clone() + &b + &a));
    assert_eq!(allowed(&both, "/"), "route");
    let wanted = "AgentgatewayPolicy default/b: spec.targetRefs[0]: has no effect: AgentgatewayPolicy default/a has the same target and comes first";
    assert_eq!(lints(&both), [wanted]);
    let older = b.replace("{name: b}", "{name: b, creationTimestamp: '2026-01-01T00:00:00Z'}");
    assert_eq!(allowed(&table(&(route + &older + &a)), "/"), "rule");
}

#[test]
fn listeners_with_different_policies_need_to_be_told_apart() {
    let listener = |name: &str, of: &str| {
        policy(name, &format!("kind: Gateway, name: web, sectionName: {name}"), &origin(of))
    };
    let both = listener("one", "route") + &listener("two", "rule");
    let everywhere = route("r", "rules: [{name: x}]") + &both;
    let ambiguous = "HTTPRoute default/r: the listeners of the Gateway have different CORS policies; name the listener to serve";
    assert_eq!(errors(&everywhere), [ambiguous]);
    for (name, expected) in [("one", "route"), ("two", "rule"), ("three", "-")] {
        let table = builder(&everywhere).listener(name).build().unwrap();
        assert_eq!(allowed(&table, "/"), expected, "{name}");
    }
    // A route on one listener is not on the other.
    let on_one =
        route("r", "rules: [{name: x}]").replace("{name: web}", "{name: web, sectionName: one}");
    assert_eq!(allowed(&table(&(on_one.clone() + &both)), "/"), "route");
    let two = builder(&(on_one + &both)).listener("two").build().unwrap();
    assert!(two.route(&RequestHead::from(&get("/", "https://a.example"))).is_none());
}

#[test]
fn a_preflight_is_matched_by_the_request_that_it_announces() {
    let rule = |matches: &str, of: &str| {
        format!(
            "{{matches: [{matches}], filters: [{{type: CORS, cors: {{{}, allowMethods: [PUT], allowHeaders: ['x-a', 'x-b']}}}}]}}",
            origin(of)
        )
    };
    let of = |rules: &[String], method: &str, headers: &[(&str, &str)]| {
        let table = table(&route("r", &format!("rules: [{}]", rules.join(", "))));
        let mut request = preflight("/", "https://x.example", method);
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            request.headers_mut().append(name, value.parse().unwrap());
        }
        table.route(&RequestHead::from(&request)).map(|route| route.rule())
    };
    let put = rule("{method: PUT}", "a");
    let delete = rule("{method: DELETE}", "b");
    let rules = [put, delete];
    assert_eq!(of(&rules, "PUT", &[]), Some(0));
    assert_eq!(of(&rules, "DELETE", &[]), Some(1));
    assert_eq!(of(&rules, "PATCH", &[]), None);
    let named = rule("{headers: [{name: X-A, value: '1'}]}", "a");
    let cookie = rule("{headers: [{name: cookie, value: v}]}", "b");
    let asked = [("access-control-request-headers", "x-b,x-a")];
    assert_eq!(of(&[named.clone(), cookie.clone()], "GET", &asked), Some(0));
    assert_eq!(of(std::slice::from_ref(&named), "GET", &[]), None);
    // A cookie is never announced.
    assert_eq!(of(&[named.clone(), cookie], "GET", &[]), Some(1));
    // Of several matches on one name the first counts.
    let twice = rule("{headers: [{name: x-a, value: '1'}, {name: X-A, value: '2'}]}", "a");
    let own = |value| of(std::slice::from_ref(&twice), "GET", &[("x-a", value)]);
    assert_eq!((own("1"), own("2")), (Some(0), None));
    // At last it is the OPTIONS that it is.
    let options = rule("{method: OPTIONS}", "a");
    assert_eq!(of(&[options, named], "DELETE", &[]), Some(0));
}

#[test]
fn rules_that_a_preflight_cannot_tell_apart_are_a_lint() {
    let rule = |value: &str, of: &str| {
        format!(
            "{{matches: [{{headers: [{{name: x-tenant, value: {value}}}]}}], filters: [{{type: CORS, cors: {{{}}}}}]}}",
            origin(of)
        )
    };
    let differing = format!("rules: [{}, {}]", rule("a", "a"), rule("b", "b"));
    let table_ = table(&route("r", &differing));
    assert_eq!(
        lints(&table_),
        [
            "HTTPRoute default/r: spec.rules[1].matches: differs from HTTPRoute default/r spec.rules[0] only in a header's value, which no preflight tells: the first by precedence answers it"
        ]
    );
    let mut headers = http::HeaderMap::new();
    let edits = table_.choose(&RequestHead::from(&get("/", "x"))).edits();
    edits.apply(http::StatusCode::OK, &mut headers);
    assert_eq!(headers["vary"], "x-tenant");
    let same = format!("rules: [{}, {}]", rule("a", "a"), rule("b", "a"));
    assert_eq!(lints(&table(&route("r", &same))), [""; 0]);
}

#[test]
fn rules_whose_preflights_are_followed_by_requests_to_another_are_a_lint() {
    let rule = |matches: &str, of: &str| {
        format!("{{matches: [{matches}], filters: [{{type: CORS, cors: {{{}}}}}]}}", origin(of))
    };
    let beta = "{headers: [{name: x-beta, value: '1'}]}";
    let told =
        |rules: &[String]| lints(&table(&route("r", &format!("rules: [{}]", rules.join(", ")))));
    let lint = |rule: usize, next: usize| {
        [format!(
            "HTTPRoute default/r: spec.rules[{rule}].matches: answers the preflights that announce its headers, but with another value such a request goes on to HTTPRoute default/r spec.rules[{next}], whose policy differs"
        )]
    };
    assert_eq!(told(&[rule(beta, "a"), rule("{}", "b")]), lint(0, 1));
    assert_eq!(told(&[rule("{}", "b"), rule(beta, "a")]), lint(1, 0));
    let put = "{method: PUT, headers: [{name: x-beta, value: '1'}]}";
    assert_eq!(told(&[rule(put, "a"), rule("{}", "b")]), lint(0, 1));
    assert_eq!(told(&[rule(put, "a"), rule("{method: PUT}", "b"), rule("{}", "a")]), lint(0, 1));
    let none = [""; 0];
    assert_eq!(told(&[rule(beta, "a"), rule("{}", "a")]), none);
    assert_eq!(told(&[rule(put, "a"), rule("{method: GET}", "b")]), none);
    assert_eq!(told(&[rule(beta, "a"), rule("{path: {value: /b}}", "b")]), none);
}

#[test]
fn backends_that_differ_are_a_lint_and_those_without_weight_do_not_count() {
    let backend = |cors: &str, weight: u8| {
        format!("{{name: b, weight: {weight}, filters: [{{type: CORS, cors: {{{cors}}}}}]}}")
    };
    let yaml = |backends: &[String]| {
        route("r", &format!("rules: [{{backendRefs: [{}]}}]", backends.join(", ")))
    };
    let (route_, rule_) = (backend(&origin("route"), 1), backend(&origin("rule"), 1));
    let differing = table(&yaml(&[route_.clone(), rule_]));
    assert_eq!(allowed(&differing, "/"), "");
    assert_eq!(
        lints(&differing),
        [
            "HTTPRoute default/r: spec.rules[0].backendRefs: have different CORS policies: a preflight is answered with what all of them allow"
        ]
    );
    let idle = table(&yaml(&[route_.clone(), backend(&origin("rule"), 0)]));
    assert_eq!((allowed(&idle, "/").as_str(), lints(&idle).len()), ("route", 0));
    // A backend without a policy allows nothing.
    let bare = table(&yaml(&[route_, "{name: c}".into()]));
    assert_eq!(allowed(&bare, "/"), "");
    let request = get("/", "https://route.example");
    let found = bare.route(&RequestHead::from(&request)).unwrap();
    assert!(found.policy(0).is_some() && found.policy(1).is_none());
    assert_eq!((found.backends()[1].name(), found.backends()[1].weight()), ("c", 1));
}

#[test]
fn kinds_that_are_not_read_are_skipped_and_lists_are_read() {
    let inner = filtered(&origin("filter")).replace("---\n", "");
    let yaml = format!(
        "{{apiVersion: v1, kind: List, items: [{}, {{apiVersion: apps/v1, kind: Deployment, metadata: {{name: d, namespace: ns}}}}]}}",
        inner.trim()
    );
    let table = table(&yaml);
    assert_eq!(table.skipped(), [""; 0]);
    assert_eq!(allowed(&table, "/"), "filter");
    // A policy that says nothing of CORS is read for nothing else.
    let other = "{apiVersion: agentgateway.dev/v1alpha1, kind: AgentgatewayPolicy, metadata: {name: p}, spec: {targetSelectors: [], traffic: {}}}";
    assert!(builder(other).build().is_ok());
    let nested = format!("{{kind: List, items: [{{kind: List, items: [{}]}}]}}", inner.trim());
    assert_eq!(allowed(&self::table(&nested), "/"), "filter");
    let found = errors(
        "{apiVersion: v1, kind: List, items: [{kind: Service, metadata: {name: s}}, null, 3]}",
    );
    assert_eq!(
        found,
        [
            "List default/: items[1]: is nothing; write a map",
            "List default/: items[2]: is the number 3; write a map"
        ]
    );
    assert_eq!(
        errors("{apiVersion: v1, kind: List, items: {}}"),
        ["List default/: items: is a map; write a list"]
    );
}

#[test]
fn only_what_could_be_thought_to_decide_is_listed_as_not_read() {
    let of = |version: &str, kind: &str| {
        table(&format!("{{apiVersion: {version}, kind: {kind}, metadata: {{name: a}}}}"))
            .skipped()
            .join(" ")
    };
    let api = "gateway.networking.k8s.io/v1";
    for (version, kind) in
        [("v1", "Service"), ("apps/v1", "Deployment"), (api, "Gateway"), (api, "GatewayClass")]
    {
        assert_eq!(of(version, kind), "", "{kind}");
    }
    for (version, kind) in [
        (api, "GRPCRoute"),
        ("gateway.networking.x-k8s.io/v1alpha1", "XListenerSet"),
        ("networking.istio.io/v1", "Gateway"),
        ("example.com/v1", "HTTPRoute"),
    ] {
        assert_eq!(of(version, kind), format!("{kind} default/a"));
    }
}

#[test]
fn what_is_nearly_a_known_name_is_refused_with_the_correction() {
    let right = filtered(&origin("filter"));
    let parent = |written: &str| right.replace("{name: web}", &format!("{{name: web, {written}}}"));
    let matching = |written: &str| route("r", &format!("rules: [{{matches: [{{{written}}}]}}]"));
    for (yaml, wanted) in [
        (
            right.replace("HTTPRoute", "HttpRoute"),
            r#"kind: "HttpRoute" is misspelt; write "HTTPRoute""#,
        ),
        (
            right.replace("HTTPRoute", "HTTPRout"),
            r#"kind: "HTTPRout" is misspelt; write "HTTPRoute""#,
        ),
        (
            right.replace("HTTPRoute", "HTTPRuote"),
            r#"kind: "HTTPRuote" is misspelt; write "HTTPRoute""#,
        ),
        (
            right.replace("type: CORS", "type: cors"),
            r#"spec.rules[0].filters[0].type: "cors" is misspelt; write "CORS""#,
        ),
        (
            parent("kind: gateway"),
            r#"spec.parentRefs[0].kind: "gateway" is misspelt; write "Gateway""#,
        ),
        (
            parent("sectionname: a"),
            "spec.parentRefs[0].sectionname: is not a known field; write sectionName",
        ),
        (
            matching("Method: PUT"),
            "spec.rules[0].matches[0].Method: is not a known field; write method",
        ),
        (
            matching("verb: PUT"),
            "spec.rules[0].matches[0].verb: is not a known field; write one of headers, method, path, queryParams",
        ),
        (
            matching("path: {value: /, kind: Exact}"),
            "spec.rules[0].matches[0].path.kind: is not a known field; write one of type, value",
        ),
        (
            matching("headers: [{name: a, value: b, typ: Exact}]"),
            "spec.rules[0].matches[0].headers[0].typ: is not a known field; write type",
        ),
    ] {
        let found = errors(&yaml);
        assert_eq!(found.len(), 1, "{found:#?}");
        let (_, found) = found[0].split_once(": ").expect("a resource");
        assert_eq!(found, wanted);
    }
    // Two edits are another kind.
    assert!(builder(&right.replace("HTTPRoute", "TCPRoute")).build().is_ok());
}

#[test]
fn defaults_are_those_that_the_api_server_stores() {
    let policies = policy("p", "kind: HTTPRoute, name: r", &origin("route"));
    // Without `rules` there is one, for every path; an empty list has none.
    assert_eq!(allowed(&table(&(route("r", "") + &policies)), "/any"), "route");
    assert_eq!(allowed(&table(&(route("r", "rules: []") + &policies)), "/any"), "-");
    // Whole numbers may be written in other ways.
    for written in ["60", "60.0", "6e1"] {
        let (_, found) = preflight_answer(
            &format!("{}, maxAge: {written}", origin("a")),
            "https://a.example",
            "",
        );
        assert!(found.contains(&"access-control-max-age: 60".to_owned()), "{written}: {found:?}");
    }
    assert!(errors(&filtered("maxAge: 60.5"))[0].ends_with("write a whole number"));
    // The API's clients print lists of one kind, whose items do not repeat it.
    let item = filtered(&origin("filter"));
    let item = item.replace("---\n", "");
    let item = item.replace("apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, ", "");
    let list = format!(
        "{{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRouteList, items: [{}]}}",
        item.trim()
    );
    assert_eq!(allowed(&table(&list), "/"), "filter");
}

#[test]
fn expressions_that_re2_reads_otherwise_cannot_be_read() {
    let of = |text: &str| {
        let path = format!("{{path: {{type: RegularExpression, value: '{text}'}}}}");
        builder(&route("r", &format!("rules: [{{matches: [{path}]}}]"))).build()
    };
    for (text, part) in [
        ("/[a&&b]", "&&"),
        ("/[a--b]", "--"),
        ("/[a~~b]", "~~"),
        ("/[a[bc]]", "["),
        ("/[[:alpha:][b]]", "["),
        (r"/\<a", r"\\<"),
        (r"/a\>", r"\\>"),
        (r"/\b{start}a", r"\\b{"),
        (r"/[\u0041]", r"\\u"),
        ("/(?x)a", "(?x"),
        ("/(?i-u:a)", "(?i-u"),
        ("/a**", "**"),
        ("/a{2}{3}", "}{3}"),
        ("/a+?+", "?+"),
        ("/a*??", "??"),
        ("/a{,3}", "{"),
        ("/a{ 3 }", "{"),
        ("/a{1001}", "{"),
        ("/é[é&&b]", "&&"),
        ("/[]&&]", "&&"),
    ] {
        let found = of(text).expect_err(text).to_string();
        let wanted =
            format!("means something else in RE2, or nothing; write it without \"{part}\"");
        assert!(found.ends_with(&wanted), "{found}");
    }
    for text in [
        "/a*?b+?c??",
        "/[]a]",
        "/[^]a]",
        "/[a-z&~-]",
        "/[[:alpha:]_]",
        r"/\[\[a",
        r"/[\[\]]",
        "/(?i:a)(?P<n>b)(?:c)(?<m>x)",
        "/a{2}b{2,}c{2,3}?",
        r"/\x{41}\d+",
        "/é+",
        "/(a*)*",
        "/[*][{]",
        "/(?is-m)a",
    ] {
        assert!(of(text).is_ok(), "{text}: {}", of(text).unwrap_err());
    }
}

#[test]
fn a_policy_that_disables_cors_ends_what_less_specific_levels_say() {
    let disabling = |target: &str, cors: &str| {
        format!(
            "---\n{{apiVersion: gateway.kgateway.dev/v1alpha1, kind: TrafficPolicy, metadata: {{name: disabling}}, \
             spec: {{targetRefs: [{{group: gateway.networking.k8s.io, {target}}}], cors: {{{cors}}}}}}}\n"
        )
    };
    let on_gateway = policy("p", "kind: Gateway, name: web", &origin("gateway"));
    let off = disabling("kind: HTTPRoute, name: r", "disable: {}");
    let rules = format!(
        "rules: [{{matches: [{{path: {{value: /own}}}}], filters: [{{type: CORS, cors: {{{}}}}}]}}, {{}}]",
        origin("filter")
    );
    let yaml = route("r", &rules) + &route("s", "rules: [{matches: [{path: {value: /s}}]}]");
    let table_ = table(&(yaml.clone() + &on_gateway + &off));
    assert_eq!(allowed(&table_, "/"), "-");
    // A more specific level has its policy all the same, and so have other routes.
    assert_eq!(allowed(&table_, "/own"), "filter");
    assert_eq!(allowed(&table_, "/s"), "gateway");
    // Alone on the Gateway it disables nothing that is there.
    assert_eq!(
        allowed(&table(&(yaml + &disabling("kind: Gateway, name: web", "disable: {}"))), "/s"),
        "-"
    );
    for (cors, wanted) in [
        (
            "disable: {}, maxAge: 5",
            "TrafficPolicy default/disabling: spec.cors.maxAge: has no effect beside disable; remove one of them",
        ),
        (
            "disable: true",
            "TrafficPolicy default/disabling: spec.cors.disable: is the boolean true; write a map",
        ),
    ] {
        assert_eq!(errors(&disabling("kind: Gateway, name: web", cors)), [wanted]);
    }
    // Only kgateway has the field.
    let other = policy("p", "kind: Gateway, name: web", "disable: {}");
    assert!(errors(&other)[0].contains("traffic.cors.disable: is no field of a CORS filter"));
}

#[test]
fn ages_are_compared_as_times() {
    // Which of two routes for the same requests is the older: the first loses by name.
    let older = |z: &str, a: &str| {
        let of = |name: &str, age: &str| {
            filtered(&origin(if name == "z" { "route" } else { "rule" }))
                .replace("{name: r}", &format!("{{name: {name}, creationTimestamp: '{age}'}}"))
        };
        allowed(&table(&(of("z", z) + &of("a", a))), "/") == "route"
    };
    for (first, second) in [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"),
        ("2026-01-01T01:00:00+02:00", "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00-00:01"),
        ("2024-02-29T00:00:00Z", "2024-03-01T00:00:00+12:00"),
        ("1999-12-31T23:59:59.9Z", "2000-01-01T00:00:00Z"),
    ] {
        assert!(older(first, second), "{first} {second}");
        assert!(!older(second, first), "{first} {second}");
    }
    for wrong in [
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00.Z",
        "2026-01-01 00:00:00Z",
        "2026-1-01T00:00:00Z",
        "2026-01-01T00:00:00+2:00",
        "é026-01-01T00:00:00Z",
    ] {
        let yaml = filtered("")
            .replace("{name: r}", &format!("{{name: r, creationTimestamp: '{wrong}'}}"));
        assert!(errors(&yaml)[0].contains("is not a time of RFC 3339"), "{wrong}");
    }
}

#[test]
fn a_field_that_no_rule_or_backend_has_is_a_lint() {
    let misspelt =
        route("r", "rules: [{filter: [], timeouts: {}, backendRefs: [{name: b, Filters: []}]}]");
    assert_eq!(
        lints(&table(&misspelt)),
        [
            "HTTPRoute default/r: spec.rules[0].filter: is not a known field, so it has no effect; write filters",
            "HTTPRoute default/r: spec.rules[0].backendRefs[0].Filters: is not a known field, so it has no effect; write filters",
        ]
    );
}

#[test]
fn what_serves_nothing_is_a_lint() {
    let attached = filtered(&origin("filter"));
    let loose = attached.replace("name: r", "name: s").replace("parentRefs: [{name: web}], ", "");
    let table_ = table(
        &(attached.clone()
            + &loose
            + &policy("p", "kind: HTTPRoute, name: t", &origin("route"))
            + &policy("q", "kind: HTTPRoute, name: r, sectionName: x", &origin("rule"))),
    );
    let mut found = lints(&table_);
    found.sort();
    assert_eq!(
        found,
        [
            "AgentgatewayPolicy default/p: spec.targetRefs[0]: names no HTTPRoute of these manifests",
            "AgentgatewayPolicy default/q: spec.targetRefs[0].sectionName: names no rule of that HTTPRoute",
            "HTTPRoute default/s: spec.parentRefs: names no Gateway, so it is attached to none and serves nothing",
        ]
    );
    // Nor does one whose parents are no Gateway, alone or with others.
    let mesh = attached.replace("{name: web}", "{kind: Service, group: '', name: s}");
    assert_eq!(
        (allowed(&table(&loose), "/"), allowed(&table(&mesh), "/")),
        ("-".into(), "-".into())
    );
    let named = |gateway: &str| builder(&attached).gateway(gateway).build().unwrap();
    assert_eq!(lints(&named("infra/web")), ["no manifest refers to the Gateway infra/web"]);
    assert_eq!(lints(&named("web")), [""; 0]);
    assert_eq!(
        (allowed(&named("web"), "/"), allowed(&named("infra/web"), "/")),
        ("filter".into(), "-".into())
    );
}

/// What stands behind the layer: one that wants credentials, one that has had enough.
#[expect(clippy::result_large_err, reason = "as the middleware wants it")]
fn rejects(request: &mut Request<()>) -> Result<(), Response<String>> {
    let status = match request.headers().get("authorization").map(|value| value.as_bytes()) {
        None => StatusCode::UNAUTHORIZED,
        Some(b"Bearer wrong") => StatusCode::FORBIDDEN,
        Some(b"Bearer busy") => StatusCode::TOO_MANY_REQUESTS,
        Some(_) => return Ok(()),
    };
    let mut response = Response::new(String::new());
    *response.status_mut() = status;
    Err(response)
}

#[tokio::test]
async fn what_rejects_behind_the_layer_is_readable_and_challenges_no_preflight() {
    let cors =
        "allowOrigins: ['https://a.example'], allowHeaders: [authorization], allowMethods: [PUT]";
    let service = ServiceBuilder::new()
        .layer(CorsLayer::new(table(&filtered(cors))))
        .layer(ValidateRequestHeaderLayer::custom(rejects))
        .service(service_fn(|_: Request<()>| async {
            Ok::<_, Infallible>(Response::new("inner".to_owned()))
        }));
    let origin = |response: &Response<String>| {
        response
            .headers()
            .get("access-control-allow-origin")
            .map(|value| value.as_bytes().to_owned())
    };
    let mut asked = preflight("/", "https://a.example", "PUT");
    asked.headers_mut().insert("access-control-request-headers", "authorization".parse().unwrap());
    let answer = service.clone().oneshot(asked).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.body().as_str()), (200, ""));
    assert_eq!(origin(&answer).as_deref(), Some(&b"https://a.example"[..]));
    for (authorization, status) in [
        (None, 401),
        (Some("Bearer wrong"), 403),
        (Some("Bearer busy"), 429),
        (Some("Bearer ok"), 200),
    ] {
        let mut request = get("/", "https://a.example");
        if let Some(value) = authorization {
            request.headers_mut().insert("authorization", value.parse().unwrap());
        }
        let response = service.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(origin(&response).as_deref(), Some(&b"https://a.example"[..]), "{status}");
    }
}

/// As many of these as make a manifest of ten megabytes and more.
#[test]
fn what_a_hostile_manifest_can_ask_for_is_bounded() {
    let matches = |entry: &str| {
        let rule = format!("{{matches: [{}]}}", vec![entry; 64].join(", "));
        vec![rule; 16].join(", ")
    };
    let many = |count: usize, spec: &str| -> String {
        (0..count).map(|n| route(&format!("r{n}"), spec)).collect()
    };
    let hosts: Vec<String> = (0..16).map(|n| format!("h{n}.example")).collect();
    let wide = format!("hostnames: [{}], rules: [{}]", hosts.join(", "), matches("{}"));
    let found = errors(&many(65, &wide));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("HTTPRoute default/r64: is one route too many: "), "{}", found[0]);
    let regex = "{path: {type: RegularExpression, value: '[a-z]{99}'}}";
    let found = errors(&many(5, &format!("rules: [{}]", matches(regex))));
    assert_eq!(found.len(), 1024);
    assert!(found[0].ends_with("is one regular expression too many: a table has 4096 at most"));
    let large = "{path: {type: RegularExpression, value: '([a-z]{999}){99}'}}";
    let found = errors(&route("r", &format!("rules: [{{matches: [{large}]}}]")));
    assert!(found[0].contains("size limit"), "{found:?}");
    // What a key holds is told in one line.
    let key = format!("\"a\\n{}\": 1", "b".repeat(500));
    let wanted = format!("cors.\"a\\n{}\"…: is no field", "b".repeat(118));
    assert!(errors(&filtered(&key))[0].contains(&wanted), "{:?}", errors(&filtered(&key)));
    let unknown: Vec<String> = (0..20_000).map(|n| format!("f{n}: 1")).collect();
    assert_eq!(errors(&filtered(&unknown.join(", "))).len(), 10_000);
}
