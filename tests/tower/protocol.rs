//! What a request is answered, header by header and nothing more: the rules of the Fetch standard's
//! server side (<https://fetch.spec.whatwg.org/#http-cors-protocol>).

use std::time::Duration;

use crate::support::{PREFLIGHT_VARY, answer, exchange, preflight, request};
use http::StatusCode;
use tower_cors::{CorsLayer, InnerHeaders, Origin, Policy, PolicyConfig, RequestHead, RequestKind};

const APP: &str = "https://app.example";
const EVIL: &str = "https://evil.example";
const ACAO: &str = "access-control-allow-origin";
const ACAC: &str = "access-control-allow-credentials";
const ACAM: &str = "access-control-allow-methods";
const ACAH: &str = "access-control-allow-headers";
const ACEH: &str = "access-control-expose-headers";
const ACMA: &str = "access-control-max-age";
const ACRM: &str = "access-control-request-method";
const ACRH: &str = "access-control-request-headers";

fn app() -> PolicyConfig {
    Policy::builder().allow_origins([APP])
}

/// `*` for methods, headers and exposed headers, with credentials.
fn mirroring() -> PolicyConfig {
    app().allow_credentials(true).allow_methods(["*"]).allow_headers(["*"]).expose_headers(["*"])
}

fn built(config: PolicyConfig) -> Policy {
    config.build().unwrap()
}

#[track_caller]
fn kind(request: http::Request<()>, expected: RequestKind) {
    let policy = Policy::deny_all();
    assert_eq!(policy.decide(&RequestHead::from(&request)).kind(), expected);
}

#[test]
fn requests_are_classified_by_origin_method_and_requested_method() {
    kind(request("GET", &[]), RequestKind::NotCors);
    kind(request("OPTIONS", &[(ACRM, "PUT")]), RequestKind::NotCors);
    kind(request("OPTIONS", &[("origin", APP)]), RequestKind::Actual);
    kind(request("OPTIONS", &[("origin", APP), (ACRH, "x-a")]), RequestKind::Actual);
    kind(request("GET", &[("origin", APP), (ACRM, "PUT")]), RequestKind::Actual);
    kind(request("options", &[("origin", APP), (ACRM, "PUT")]), RequestKind::Actual);
    kind(preflight(APP, "PUT"), RequestKind::Preflight);
    kind(preflight(APP, ""), RequestKind::Preflight);
    kind(preflight("", "PUT"), RequestKind::Preflight);
    kind(preflight("nonsense", "PUT"), RequestKind::Preflight);
    let doubled = [("origin", APP), ("origin", APP), (ACRM, "PUT"), (ACRM, "PUT")];
    kind(request("OPTIONS", &doubled), RequestKind::Preflight);
}

#[test]
fn a_preflight_is_answered_with_the_whole_policy() {
    let policy = built(
        app()
            .allow_credentials(true)
            .allow_methods(["PUT", "DELETE", "PUT"])
            .allow_headers(["Authorization", "X-A", "x-a"])
            .expose_headers(["X-Exp", "etag", "x-exp"])
            .max_age(Duration::from_secs(600)),
    );
    let expected = [
        (ACAO, APP),
        (ACAC, "true"),
        (ACAM, "PUT,DELETE"),
        (ACAH, "authorization,x-a"),
        (ACEH, "x-exp,etag"),
        (ACMA, "600"),
        PREFLIGHT_VARY,
    ];
    // Whatever is asked: allowed, not listed, nonsense, too much.
    let too_long = "x-a,".repeat(1025);
    for asked in ["x-a", "x-other", "not a name", "", &too_long] {
        for method in ["PUT", "PATCH", "", "not a method"] {
            let asked = [("origin", APP), (ACRM, method), (ACRH, asked)];
            answer(&policy, request("OPTIONS", &asked)).is(204, &expected).is_from_layer();
        }
    }
    answer(&policy, preflight(EVIL, "PUT")).is(403, &[PREFLIGHT_VARY]).is_from_layer();
}

#[test]
fn an_empty_policy_says_nothing_that_it_does_not_mean() {
    let policy = built(app());
    answer(&policy, preflight(APP, "GET")).is(204, &[(ACAO, APP), PREFLIGHT_VARY]);
    let actual = request("GET", &[("origin", APP)]);
    answer(&policy, actual).is(200, &[(ACAO, APP), ("vary", "origin")]).is_from_inner();
}

#[test]
fn stars_without_credentials_stay_stars() {
    let config = Policy::builder().allow_origins(["*"]).allow_methods(["*"]).expose_headers(["*"]);
    let any = built(config.clone().allow_headers(["*"]));
    let stars = [(ACAO, "*"), (ACAM, "*"), (ACAH, "*"), (ACEH, "*"), PREFLIGHT_VARY];
    let authorization = built(config.allow_headers(["authorization", "*"]));
    let listed = [(ACAO, "*"), (ACAM, "*"), (ACAH, "*,authorization"), (ACEH, "*"), PREFLIGHT_VARY];
    for origin in [APP, "null", "nonsense", "https://a.example/"] {
        answer(&any, preflight(origin, "PUT")).is(204, &stars).is_from_layer();
        answer(&authorization, preflight(origin, "PUT")).is(204, &listed);
    }
}

#[test]
fn stars_with_credentials_mirror_what_is_asked() {
    let policy = built(mirroring());
    let mirrored = |method: &str, headers: &[&str]| {
        let lines = headers.iter().map(|line| (ACRH, *line));
        let asked: Vec<_> = [("origin", APP), (ACRM, method)].into_iter().chain(lines).collect();
        let answer = answer(&policy, request("OPTIONS", &asked));
        assert_eq!((answer.status, answer.header(ACAO)), (204, Some(APP)));
        assert_eq!(answer.header(ACEH), None);
        (answer.header(ACAM).map(str::to_owned), answer.header(ACAH).map(str::to_owned))
    };
    let both = |method: &str, headers: &str| (Some(method.to_owned()), Some(headers.to_owned()));
    assert_eq!(mirrored("PATCH", &["x-b,x-a"]), both("PATCH", "x-b,x-a"));
    assert_eq!(mirrored("GET", &["x-b"]), both("GET", "x-b"));
    assert_eq!(mirrored("get", &["X-B , ,\tx-A,", "x-c"]), both("get", "x-b,x-a,x-c"));
    assert_eq!(mirrored("M", &["*,x-a,authorization,AUTHORIZATION"]), both("M", "x-a"));
    for (asked, names) in [
        ("a,,b", "a,b"),
        ("a,,b,,c", "a,b,c"),
        (",a", "a"),
        ("a,", "a"),
        (",,a , b,, ", "a,b"),
        ("a, b, ,c", "a,b,c"),
        ("a\t,\t,b", "a,b"),
        (
            "content-type, X-Request-Id, authorization, x-more-than-a-block, z",
            "content-type,x-request-id,x-more-than-a-block,z",
        ),
        ("x-a9,x-z", "x-a9,x-z"),
        ("x-Z,", "x-z"),
        ("x_a,!#$,x.b", "x_a,!#$,x.b"),
        ("authorization,x-z", "x-z"),
        ("x-z,Authorization", "x-z"),
        ("x-authorization,authorizationx,z", "x-authorization,authorizationx,z"),
        ("a,a,A", "a,a,a"),
    ] {
        assert_eq!(mirrored("PUT", &[asked]), both("PUT", names), "{asked}");
    }
    assert_eq!(mirrored("PUT", &[" ,\t"]).1, None);
    assert_eq!(mirrored("*", &["*"]), (None, None));
    assert_eq!(mirrored("TRACE", &["authorization"]), (None, None));
    assert_eq!(mirrored("connect", &[]), (None, None));
    assert_eq!(mirrored("", &["x a"]), (None, None));
    assert_eq!(mirrored("", &["x, x a, x"]), (None, None));
    assert_eq!(mirrored("PUT,GET", &["x-a", "é"]), (None, None));
    assert_eq!(mirrored("PUT", &[&"a".repeat(4096)]).1.map(|names| names.len()), Some(4096));
    assert_eq!(mirrored("PUT", &[&"a".repeat(4097)]).1, None);
    assert_eq!(mirrored("PUT", &[&"a".repeat(4096), "a"]).1, None);

    let doubled = [("origin", APP), (ACRM, "PUT"), (ACRM, "PUT")];
    assert_eq!(answer(&policy, request("OPTIONS", &doubled)).header(ACAM), None);

    let policy = built(mirroring().allow_headers(["authorization"]));
    let asked = [("origin", APP), (ACRM, "PUT"), (ACRH, "authorization,x-a")];
    let answer = answer(&policy, request("OPTIONS", &asked));
    assert_eq!(answer.header(ACAH), Some("authorization,x-a"));
}

#[test]
fn statuses_are_the_policys() {
    let config = app().preflight_status(StatusCode::OK).denied_status(StatusCode::NO_CONTENT);
    let policy = built(config);
    answer(&policy, preflight(APP, "PUT")).is(200, &[(ACAO, APP), PREFLIGHT_VARY]);
    answer(&policy, preflight(EVIL, "PUT")).is(204, &[PREFLIGHT_VARY]).is_from_layer();
}

#[test]
fn every_response_of_the_inner_service_is_edited() {
    let layer = CorsLayer::new(built(app().allow_credentials(true).expose_headers(["x-exp"])));
    let granted = [(ACAO, APP), (ACAC, "true"), (ACEH, "x-exp"), ("vary", "origin")];
    for status in [200, 204, 206, 301, 304, 401, 404, 500, 503] {
        let get = |origin| request("GET", &[("origin", origin)]);
        exchange(&layer, get(APP), status, &[]).is(status, &granted).is_from_inner();
        let denied = exchange(&layer, get(EVIL), status, &[]);
        // A cache would merge these into what it stored while the origin was allowed.
        let revoked = [(ACAO, ""), ("vary", "origin")];
        let merged = matches!(status, 206 | 304);
        denied.is(status, if merged { &revoked } else { &revoked[1..] }).is_from_inner();
        let plain = request("GET", &[]);
        exchange(&layer, plain, status, &[]).is(status, &[("vary", "origin")]).is_from_inner();
    }
}

/// Every CORS response header, twice, as an inner service may set it.
const INNER: [(&str, &str); 9] = [
    (ACAO, "*"),
    (ACAO, EVIL),
    (ACAC, "true"),
    (ACAM, "PUT"),
    (ACAH, "x-a"),
    ("access-control-allow-private-network", "true"),
    (ACEH, "x-b"),
    (ACMA, "1"),
    ("access-control-other", "kept"),
];

#[test]
fn the_inner_services_cors_headers_are_stripped() {
    let layer = CorsLayer::new(built(app()));
    let kept = ("access-control-other", "kept");
    let get = |origin| request("GET", &[("origin", origin)]);
    exchange(&layer, get(APP), 200, &INNER).is(200, &[(ACAO, APP), kept, ("vary", "origin")]);
    exchange(&layer, get(EVIL), 200, &INNER).is(200, &[kept, ("vary", "origin")]);
    exchange(&layer, request("GET", &[]), 200, &INNER).is(200, &[kept, ("vary", "origin")]);
    let deny = CorsLayer::new(Policy::deny_all());
    exchange(&deny, get(APP), 200, &INNER).is(200, &[kept]);
    let star = CorsLayer::new(built(Policy::builder().allow_origins(["*"])));
    exchange(&star, request("GET", &[]), 200, &INNER).is(200, &[(ACAO, "*"), kept]);
    for name in INNER.map(|(name, _)| name) {
        let expected = [(ACAO, APP), ("vary", "origin")];
        let alone = exchange(&layer, get(APP), 200, &[(name, "x")]);
        let kept = [expected[0], expected[1], (name, "x")];
        alone.is(200, if name == "access-control-other" { &kept } else { &expected });
    }
}

#[test]
fn inner_headers_are_kept_where_the_inner_service_has_decided() {
    let layer = CorsLayer::new(built(app().inner_headers(InnerHeaders::Keep)));
    let get = |origin| request("GET", &[("origin", origin)]);
    let all: Vec<_> = INNER.into_iter().chain([("vary", "origin")]).collect();
    for request in [get(APP), get(EVIL), request("GET", &[])] {
        exchange(&layer, request, 200, &INNER).is(200, &all);
    }
    // Without an allow-origin of its own it has decided nothing.
    exchange(&layer, get(APP), 200, &INNER[2..])
        .is(200, &[(ACAO, APP), ("access-control-other", "kept"), ("vary", "origin")]);
    exchange(&layer, get(EVIL), 200, &INNER[2..8]).is(200, &[("vary", "origin")]);
    exchange(&layer, preflight(APP, "PUT"), 200, &INNER)
        .is(204, &[(ACAO, APP), PREFLIGHT_VARY])
        .is_from_layer();
}

#[test]
fn vary_is_merged() {
    let layer = CorsLayer::new(built(app()));
    let merged = |lines: &[&str]| {
        let lines: Vec<_> = lines.iter().map(|line| ("vary", *line)).collect();
        let exchange = exchange(&layer, request("GET", &[("origin", EVIL)]), 200, &lines);
        exchange.headers.into_iter().map(|(_, value)| value).collect::<Vec<_>>()
    };
    assert_eq!(merged(&[]), ["origin"]);
    assert_eq!(merged(&["accept-encoding"]), ["accept-encoding, origin"]);
    assert_eq!(merged(&["", "accept"]), ["accept, origin"]);
    assert_eq!(merged(&["accept", "b"]), ["accept, b, origin"]);
    assert_eq!(merged(&["b,a", "A , c", "B"]), ["b, a, c, origin"]);
    assert_eq!(merged(&["accept, ORIGIN", "b, origin"]), ["accept, ORIGIN, b"]);
    assert_eq!(merged(&["accept, ,\t"]), ["accept, origin"]);
    assert_eq!(merged(&[" , "]), ["origin"]);
    assert_eq!(merged(&["Origin"]), ["Origin"]);
    assert_eq!(merged(&["a", "b ,ORIGIN\t, c"]), ["a, b, ORIGIN, c"]);
    assert_eq!(merged(&[" ,Origin "]), [" ,Origin "]);
    for star in [&["*"][..], &["*", "*"], &["*, *"], &["a, *"], &["*", "a"], &["a", "b,*,c", "d"]] {
        assert_eq!(merged(star), ["*"]);
    }
    // More than are compared one by one.
    let many: Vec<String> = (0..40).map(|number| format!("x-{number}")).collect();
    let doubled = format!("{}, {}", many.join(","), many.join(", ").to_uppercase());
    assert_eq!(merged(&[&doubled]), [format!("{}, origin", many.join(", "))]);
    assert_eq!(merged(&["x-origin"]), ["x-origin, origin"]);
}

#[test]
fn what_does_not_depend_on_the_origin_has_no_vary() {
    let star = built(Policy::builder().allow_origins(["*"]).expose_headers(["x-exp"]));
    let constant = [(ACAO, "*"), (ACEH, "x-exp")];
    let doubled = request("GET", &[("origin", APP), ("origin", EVIL)]);
    for request in [request("GET", &[]), request("GET", &[("origin", "junk")]), doubled] {
        answer(&star, request).is(200, &constant).is_from_inner();
    }
    for request in [request("GET", &[]), request("GET", &[("origin", APP)])] {
        answer(&Policy::deny_all(), request).is(200, &[]).is_from_inner();
    }
    answer(&Policy::deny_all(), preflight(APP, "GET")).is(403, &[PREFLIGHT_VARY]).is_from_layer();
    // One that any scheme's hosts match still reads the origin.
    let https = built(Policy::builder().allow_origins(["https://*"]));
    answer(&https, request("GET", &[])).is(200, &[("vary", "origin")]);
}

#[test]
fn malformed_and_doubled_origins_match_nothing() {
    let any_host = Policy::builder().allow_origins(["https://*:*", APP]);
    let policy = built(any_host.allow_credentials(true).dangerously_reflect_any_origin(true));
    for origin in ["", "https://", "https://a.example/", "HTTPS://a.example", "https://a.example "]
    {
        // A header value has no white space around it on the wire; in memory it can.
        answer(&policy, request("GET", &[("origin", origin)])).is(200, &[("vary", "origin")]);
        answer(&policy, preflight(origin, "PUT")).is(403, &[PREFLIGHT_VARY]);
    }
    for pair in [[APP, APP], [APP, EVIL], ["null", "null"]] {
        let doubled = [("origin", pair[0]), ("origin", pair[1])];
        answer(&policy, request("GET", &doubled)).is(200, &[("vary", "origin")]).is_from_inner();
        let doubled = [doubled[0], doubled[1], (ACRM, "PUT")];
        answer(&policy, request("OPTIONS", &doubled)).is(403, &[PREFLIGHT_VARY]).is_from_layer();
    }
}

#[test]
fn null_is_allowed_only_where_it_is_listed() {
    let null = request("GET", &[("origin", "null")]);
    let listed = built(Policy::builder().allow_origins(["null", APP]));
    answer(&listed, null.clone()).is(200, &[(ACAO, "null"), ("vary", "origin")]);
    let reflecting = Policy::builder().allow_origins(["*"]).allow_credentials(true);
    let reflecting = built(reflecting.dangerously_reflect_any_origin(true));
    answer(&reflecting, null.clone()).is(200, &[("vary", "origin")]);
    let granted = [(ACAO, EVIL), (ACAC, "true"), ("vary", "origin")];
    answer(&reflecting, request("GET", &[("origin", EVIL)])).is(200, &granted);
    answer(&built(app()), null).is(200, &[("vary", "origin")]);
}

#[test]
fn the_default_port_is_no_port() {
    let policy = built(app());
    let origin = "https://app.example:443";
    answer(&policy, request("GET", &[("origin", origin)]))
        .is(200, &[(ACAO, origin), ("vary", "origin")]);
    for other in ["https://app.example:80", "http://app.example", "https://app.example:8443"] {
        answer(&policy, request("GET", &[("origin", other)])).is(200, &[("vary", "origin")]);
    }
}

#[test]
fn exposed_headers_are_listed_from_the_response() {
    let layer = CorsLayer::new(built(app().allow_credentials(true).expose_headers(["*"])));
    let get = || request("GET", &[("origin", APP)]);
    let granted = [(ACAO, APP), (ACAC, "true")];
    let inner = [
        ("etag", "\"v1\""),
        ("x-b", "1"),
        ("x-b", "2"),
        ("content-type", "text/plain"),
        ("cache-control", "no-store"),
        ("set-cookie", "a=b"),
        ("set-cookie2", "a=b"),
        (ACAM, "PUT"),
        (ACEH, "secret"),
        ("vary", "accept"),
    ];
    let exposed = exchange(&layer, get(), 200, &inner);
    let mut names: Vec<_> = exposed.header(ACEH).unwrap().split(',').collect();
    names.sort_unstable();
    assert_eq!(names, ["etag", "vary", "x-b"]);
    assert_eq!(exposed.header("vary"), Some("accept, origin"));

    let bare = exchange(&layer, get(), 200, &[]);
    bare.is(200, &[granted[0], granted[1], ("vary", "origin")]);
    let not_modified = exchange(&layer, get(), 304, &[("etag", "\"v1\"")]);
    not_modified.is(304, &[granted[0], granted[1], ("etag", "\"v1\""), ("vary", "origin")]);
    let partial = exchange(&layer, get(), 206, &[("etag", "\"v1\"")]);
    let etag = [(ACEH, "etag"), ("etag", "\"v1\"")];
    partial.is(206, &[granted[0], granted[1], etag[0], etag[1], ("vary", "origin")]);
    let partial = exchange(&layer, get(), 206, &[]);
    partial.is(206, &[granted[0], granted[1], (ACEH, ""), ("vary", "origin")]);
    let denied = exchange(&layer, request("GET", &[("origin", EVIL)]), 200, &[("etag", "\"v1\"")]);
    denied.is(200, &[("etag", "\"v1\""), ("vary", "origin")]);
}

#[test]
fn every_options_is_answered_on_demand_only() {
    let options = |origin| request("OPTIONS", &[("origin", origin)]);
    let listed = app().allow_methods(["PUT"]).allow_headers(["x-a"]);
    let passed = [(ACAO, APP), ("vary", "origin")];
    answer(&built(listed.clone()), options(APP)).is(200, &passed).is_from_inner();

    let policy = built(listed.answer_every_options(true));
    let lists = [(ACAO, APP), (ACAM, "PUT"), (ACAH, "x-a"), PREFLIGHT_VARY];
    answer(&policy, options(APP)).is(204, &lists).is_from_layer();
    answer(&policy, options(EVIL)).is(200, &[("vary", "origin")]).is_from_inner();
    answer(&policy, request("OPTIONS", &[])).is(200, &[("vary", "origin")]).is_from_inner();
    let doubled = request("OPTIONS", &[("origin", APP), ("origin", APP)]);
    answer(&policy, doubled).is(200, &[("vary", "origin")]).is_from_inner();
    answer(&policy, request("GET", &[("origin", APP)])).is(200, &passed).is_from_inner();
    let star = built(Policy::builder().allow_origins(["*"]).answer_every_options(true));
    answer(&star, options("junk")).is(204, &[(ACAO, "*"), PREFLIGHT_VARY]).is_from_layer();
    // It has to have one origin, even where none is read.
    let doubled = request("OPTIONS", &[("origin", APP), ("origin", APP)]);
    for request in [request("OPTIONS", &[]), doubled] {
        answer(&star, request).is(200, &[(ACAO, "*")]).is_from_inner();
    }
}

#[test]
fn the_first_config_that_allows_the_origin_decides_everything() {
    let partner = "https://partner.example";
    let policy = built(
        app()
            .allow_credentials(true)
            .allow_methods(["PUT"])
            .preflight_status(StatusCode::OK)
            .denied_status(StatusCode::NOT_FOUND)
            .or(Policy::builder().allow_origins([partner, APP]).allow_headers(["x-p"]))
            .or(Policy::builder().allow_origins(["https://*.example"]).answer_every_options(true)),
    );
    let first = [(ACAO, APP), (ACAC, "true"), (ACAM, "PUT"), PREFLIGHT_VARY];
    answer(&policy, preflight(APP, "PUT")).is(200, &first);
    let second = [(ACAO, partner), (ACAH, "x-p"), PREFLIGHT_VARY];
    answer(&policy, preflight(partner, "PUT")).is(204, &second);
    answer(&policy, preflight("https://c.example", "PUT"))
        .is(204, &[(ACAO, "https://c.example"), PREFLIGHT_VARY]);
    answer(&policy, preflight("http://c.example", "PUT")).is(404, &[PREFLIGHT_VARY]);
    answer(&policy, request("GET", &[])).is(200, &[("vary", "origin")]);
    answer(&policy, request("OPTIONS", &[("origin", APP)])).is_from_inner();
    answer(&policy, request("OPTIONS", &[("origin", "https://c.example")])).is_from_layer();
}

#[test]
fn a_chain_is_never_constant() {
    let policy = built(app().allow_credentials(true).or(Policy::builder().allow_origins(["*"])));
    let granted = [(ACAO, APP), (ACAC, "true"), ("vary", "origin")];
    answer(&policy, request("GET", &[("origin", APP)])).is(200, &granted);
    let anyone = [(ACAO, "*"), (ACAC, "false"), (ACEH, ""), ("vary", "origin")];
    answer(&policy, request("GET", &[("origin", EVIL)])).is(200, &anyone);
    answer(&policy, request("GET", &[])).is(200, &[("vary", "origin")]);
    // So it reads the origin, and knows one when it sees it.
    answer(&policy, request("GET", &[("origin", "null")])).is(200, &anyone);
    answer(&policy, request("GET", &[("origin", "junk")])).is(200, &[("vary", "origin")]);
    let doubled = request("GET", &[("origin", EVIL), ("origin", EVIL)]);
    answer(&policy, doubled).is(200, &[("vary", "origin")]);
    let any_first = Policy::builder().allow_origins(["*"]).or(app());
    answer(&built(any_first), request("GET", &[])).is(200, &[("vary", "origin")]);
}

#[test]
fn permissive_is_constant_and_allows_no_authorization() {
    let policy = Policy::permissive();
    let stars = [(ACAO, "*"), (ACAM, "*"), (ACAH, "*"), (ACEH, "*"), PREFLIGHT_VARY];
    answer(&policy, preflight(APP, "PUT")).is(204, &stars);
    answer(&policy, request("GET", &[])).is(200, &[(ACAO, "*"), (ACEH, "*")]);
    let asked = request("OPTIONS", &[("origin", APP), (ACRM, "PUT"), (ACRH, "Authorization")]);
    let denial = policy.decide(&RequestHead::from(&asked)).denial();
    assert_eq!(denial, Some(tower_cors::Denial::Header));
}

#[test]
fn an_origin_is_at_most_327_bytes_long() {
    let scheme = "s".repeat(64);
    let longest = format!("{scheme}://{}.:65535", "h".repeat(253));
    assert_eq!(longest.len(), 327);
    let too_long = format!("{scheme}://{}.:65535", "h".repeat(254));
    let any_host = built(Policy::builder().allow_origins([format!("{scheme}://*:*")]));
    let listed = built(Policy::builder().allow_origins([&longest]));
    for policy in [any_host, listed] {
        let granted = [(ACAO, longest.as_str()), ("vary", "origin")];
        answer(&policy, request("GET", &[("origin", &longest)])).is(200, &granted);
        answer(&policy, request("GET", &[("origin", &too_long)])).is(200, &[("vary", "origin")]);
    }
}

#[test]
fn the_deciding_config_says_what_becomes_of_inner_headers() {
    let partner = "https://partner.example";
    let keep = |config: PolicyConfig| config.inner_headers(InnerHeaders::Keep);
    let or = Policy::builder().allow_origins([partner]);
    let inner = [(ACAO, "https://inner.example")];
    let kept = [inner[0], ("vary", "origin")];
    let get = |origin| request("GET", &[("origin", origin)]);

    let layer = CorsLayer::new(built(keep(app()).or(or.clone())));
    exchange(&layer, get(APP), 200, &inner).is(200, &kept);
    exchange(&layer, get(partner), 200, &inner).is(200, &[(ACAO, partner), ("vary", "origin")]);
    exchange(&layer, get(EVIL), 200, &inner).is(200, &kept);

    let layer = CorsLayer::new(built(app().or(keep(or))));
    exchange(&layer, get(APP), 200, &inner).is(200, &[(ACAO, APP), ("vary", "origin")]);
    exchange(&layer, get(partner), 200, &inner).is(200, &kept);
    exchange(&layer, get(EVIL), 200, &inner).is(200, &[("vary", "origin")]);
}

#[test]
fn the_edits_of_a_preflight_grant_nothing() {
    let asked = preflight(APP, "PUT");
    for (policy, vary) in [(built(app()), Some("origin")), (Policy::permissive(), None)] {
        let mut headers = http::HeaderMap::new();
        headers.insert(ACAO, "*".parse().unwrap());
        policy.decide(&RequestHead::from(&asked)).edits().apply(StatusCode::OK, &mut headers);
        let expected = vary.map(|vary| ("vary".to_owned(), vary.to_owned()));
        assert_eq!(crate::support::listed(&headers), Vec::from_iter(expected));
    }
}

#[test]
fn only_what_a_browser_sends_is_an_origin() {
    for origin in [
        "https://a.example",
        "https://a.example:8443",
        "http://127.0.0.1",
        "http://[::1]:3000",
        "http://[1::2:0:0:3:4]",
        "https://a.example.",
        "https://-a_b.3com",
        "capacitor://localHost",
        "chrome-extension://abc",
    ] {
        let parsed = Origin::parse(origin).unwrap_or_else(|| panic!("{origin}"));
        assert_eq!(parsed.to_string(), origin);
        assert_eq!(format!("{parsed:?}"), format!("Origin({origin:?})"));
    }
    for other in [
        "",
        "null",
        "a.example",
        "https:",
        "https://",
        "https:///",
        "https://A.example",
        "https://a..example",
        "https://.example",
        "https://a.example..",
        "https://a.example/",
        "https://u@a.example",
        "https://a.example:0",
        "https://a.example:0443",
        "https://a.example:65536",
        "https://a.example:",
        "https://a:b:1",
        "https://1.2.3",
        "https://1.2.3.4.",
        "https://01.2.3.4",
        "https://a.0x1f",
        "http://[::0001]",
        "http://[::FFFF:1:2]",
        "http://[::ffff:1.2.3.4]",
        "http://[1:0:0:2::3:4]",
        "http://[fe80::1%25eth0]",
        "http://[::1",
        "http://[::1]x",
        "capacitor://",
        "capacitor://a/b",
        "capacitor://[::1]",
        "1a://b",
        "-://b",
        "https ://b",
    ] {
        assert_eq!(Origin::parse(other), None, "{other}");
    }
}

#[test]
fn wildcards_allow_what_they_mean_and_nothing_beside_it() {
    let policy = built(Policy::builder().allow_origins([
        "https://*.a.example:8443",
        "https://*.b.c.example",
        "https://*.d.example:*",
        "https://h.example:*",
        "http://*:9",
        "app://*:*",
        "x://*.e",
    ]));
    let deep = format!("https://{}b.c.example", "x.".repeat(100));
    for origin in [
        "https://x.a.example:8443",
        "https://x.y.a.example:8443",
        "https://x.b.c.example",
        &deep,
        "https://x.d.example",
        "https://x.d.example:1",
        "https://h.example",
        "https://h.example:1",
        "http://anything:9",
        "http://127.0.0.1:9",
        "app://b",
        "app://b:1",
        "x://y.e",
    ] {
        let granted = [(ACAO, origin), ("vary", "origin")];
        answer(&policy, request("GET", &[("origin", origin)])).is(200, &granted);
    }
    for origin in [
        "https://a.example:8443",
        "https://x.a.example",
        "https://x.a.example:1",
        "https://xa.example:8443",
        "https://x.b.example:8443",
        "https://b.c.example",
        "https://x.c.example",
        "https://x.z.c.example",
        "https://x.b.c.example:1",
        "https://d.example:1",
        "https://x.h.example:1",
        "https://127.0.0.1",
        "http://anything",
        "http://x.d.example",
        "x://e",
        "x://.e",
        "x://y.f",
    ] {
        answer(&policy, request("GET", &[("origin", origin)])).is(200, &[("vary", "origin")]);
    }
}

#[test]
fn a_wildcard_alone_is_found_at_its_own_depth() {
    // No domain has so many labels, but the host of an unusual scheme can.
    let deepest = format!("{}x", "a.".repeat(150));
    for (pattern, origin) in [
        (&*format!("app://*.{deepest}"), &*format!("app://y.{deepest}")),
        ("https://*.a", "https://x.a"),
        ("https://*.a.b", "https://y.x.a.b"),
        ("https://*.a.b.c.d", "https://x.a.b.c.d"),
    ] {
        let policy = built(Policy::builder().allow_origins([pattern]));
        let granted = [(ACAO, origin), ("vary", "origin")];
        answer(&policy, request("GET", &[("origin", origin)])).is(200, &granted);
    }
}

/// What a cache would merge into a response that it stored for another origin, or under an earlier
/// policy, is said even where it is not granted.
#[test]
fn what_is_not_granted_is_said_where_caches_merge() {
    let get = || request("GET", &[("origin", APP)]);
    let vary = ("vary", "origin");
    let anonymous = CorsLayer::new(built(app()));
    let exposing = CorsLayer::new(built(app().expose_headers(["x-exp"])));
    let credentialed = CorsLayer::new(built(app().allow_credentials(true)));
    let constant = CorsLayer::new(built(Policy::builder().allow_origins(["*"])));
    for status in [304, 206] {
        let refused = [(ACAO, APP), (ACAC, "false"), (ACEH, ""), vary];
        exchange(&anonymous, get(), status, &[]).is(status, &refused);
        let exposed = [(ACAO, APP), (ACAC, "false"), (ACEH, "x-exp"), vary];
        exchange(&exposing, get(), status, &[]).is(status, &exposed);
        let unexposed = [(ACAO, APP), (ACAC, "true"), (ACEH, ""), vary];
        exchange(&credentialed, get(), status, &[]).is(status, &unexposed);
        for request in [get(), request("GET", &[])] {
            exchange(&constant, request, status, &[]).is(status, &[(ACAO, "*"), (ACEH, "")]);
        }
        // Nobody is told anything without an `Origin`.
        exchange(&anonymous, request("GET", &[]), status, &[]).is(status, &[vary]);
    }
    for status in [200, 301, 404] {
        exchange(&anonymous, get(), status, &[]).is(status, &[(ACAO, APP), vary]);
        exchange(&credentialed, get(), status, &[])
            .is(status, &[(ACAO, APP), (ACAC, "true"), vary]);
        exchange(&constant, get(), status, &[]).is(status, &[(ACAO, "*")]);
    }
}

#[test]
fn a_chain_with_credentials_says_who_has_none_on_every_status() {
    let (partner, vary) = ("https://partner.example", ("vary", "origin"));
    let get = |origin| request("GET", &[("origin", origin)]);
    let others = Policy::builder().allow_origins([partner]);
    let chain = CorsLayer::new(built(app().allow_credentials(true).or(others.clone())));
    let exposing = others.clone().expose_headers(["x-exp"]);
    let exposing = CorsLayer::new(built(app().allow_credentials(true).or(exposing)));
    let anonymous = CorsLayer::new(built(app().or(others)));
    for status in [200, 206, 302, 304, 404] {
        let merged = matches!(status, 206 | 304);
        let refused = [(ACAO, partner), (ACAC, "false"), (ACEH, ""), vary];
        exchange(&chain, get(partner), status, &[]).is(status, &refused);
        let exposed = [(ACAO, partner), (ACAC, "false"), (ACEH, "x-exp"), vary];
        exchange(&exposing, get(partner), status, &[]).is(status, &exposed);
        let (plain, said) = ([(ACAO, partner), vary], refused);
        let expected = if merged { &said[..] } else { &plain };
        exchange(&anonymous, get(partner), status, &[]).is(status, expected);
        let (plain, said) =
            ([(ACAO, APP), (ACAC, "true"), vary], [(ACAO, APP), (ACAC, "true"), (ACEH, ""), vary]);
        let expected = if merged { &said[..] } else { &plain };
        exchange(&chain, get(APP), status, &[]).is(status, expected);
        exchange(&chain, request("GET", &[]), status, &[]).is(status, &[vary]);
    }
}

#[test]
fn a_grant_that_was_taken_back_ends_with_the_next_revalidation() {
    let get = || request("GET", &[("origin", EVIL)]);
    let listed = CorsLayer::new(built(app()));
    let deny = CorsLayer::new(Policy::deny_all());
    let keep = CorsLayer::new(built(app().inner_headers(InnerHeaders::Keep)));
    for status in [206, 304] {
        exchange(&listed, get(), status, &INNER[..8]).is(status, &[(ACAO, ""), ("vary", "origin")]);
        exchange(&deny, get(), status, &[]).is(status, &[(ACAO, "")]);
        exchange(&deny, request("GET", &[]), status, &[]).is(status, &[]);
        // The inner service may have granted what it now only says to be unchanged.
        exchange(&keep, get(), status, &[]).is(status, &[("vary", "origin")]);
    }
    exchange(&listed, get(), 200, &[]).is(200, &[("vary", "origin")]);
    exchange(&deny, get(), 200, &[]).is(200, &[]);
}

#[test]
fn a_kept_grant_is_left_alone_on_every_status() {
    let config = Policy::builder().allow_origins([APP]).inner_headers(InnerHeaders::Keep);
    let layer = CorsLayer::new(built(config.clone()));
    let personal = [("origin", APP), ("cookie", "a=b"), ("authorization", "Bearer t")];
    let kept = [(ACAO, EVIL), ("set-cookie", "a=b"), ("vary", "origin")];
    for status in [200, 206, 304] {
        for request in [request("GET", &personal), request("GET", &[("origin", "junk")])] {
            exchange(&layer, request, status, &kept[..2]).is(status, &kept);
        }
    }
    // Without one of its own, ours is there with all that belongs to it.
    let ours = [(ACAO, APP), (ACAC, "false"), (ACEH, ""), ("vary", "*")];
    exchange(&layer, request("GET", &personal), 304, &[]).is(304, &ours);
    let chain = CorsLayer::new(built(
        Policy::builder().allow_origins([EVIL]).allow_credentials(true).or(config),
    ));
    let get = || request("GET", &[("origin", APP)]);
    let granted = [(ACAO, APP), (ACAC, "false"), (ACEH, ""), ("vary", "origin")];
    exchange(&chain, get(), 200, &[]).is(200, &granted);
    exchange(&chain, get(), 200, &[(ACAO, "*")]).is(200, &[(ACAO, "*"), ("vary", "origin")]);
}

/// What was made for one user is not for whoever comes next.
#[test]
fn what_is_granted_without_credentials_is_not_shared_when_it_is_personal() {
    let listed = CorsLayer::new(built(app()));
    let constant = CorsLayer::new(built(Policy::builder().allow_origins(["*"])));
    let credentialed = CorsLayer::new(built(app().allow_credentials(true)));
    let denying = CorsLayer::new(Policy::deny_all());
    type Layer = CorsLayer;
    let vary = |layer: &Layer, asked: crate::support::Headers, inner: crate::support::Headers| {
        exchange(layer, request("GET", asked), 200, inner).header("vary").map(str::to_owned)
    };
    let origin = ("origin", APP);
    let (cookie, token) = (("cookie", "a=b"), ("authorization", "Bearer t"));
    let set_cookie = ("set-cookie", "a=b");

    for layer in [&listed, &constant] {
        assert_eq!(vary(layer, &[origin, cookie], &[]).as_deref(), Some("*"));
        assert_eq!(vary(layer, &[origin], &[set_cookie]).as_deref(), Some("*"));
        assert_eq!(vary(layer, &[origin, cookie], &[("vary", "accept")]).as_deref(), Some("*"));
        let both = vary(layer, &[origin, cookie, token], &[]);
        assert_eq!(both.as_deref(), Some("*"));
        let token = vary(layer, &[origin, token], &[("vary", "Accept, AUTHORIZATION")]);
        assert_eq!(token.as_deref(), Some("Accept, AUTHORIZATION, origin"));
        // Two origins are one that nobody allows, or, to the constant, an `Origin` all the same.
    }
    assert_eq!(vary(&listed, &[origin, token], &[]).as_deref(), Some("origin, authorization"));
    assert_eq!(vary(&constant, &[origin, token], &[]).as_deref(), Some("origin, authorization"));
    assert_eq!(vary(&constant, &[token], &[]).as_deref(), Some("origin, authorization"));
    assert_eq!(vary(&constant, &[cookie], &[]).as_deref(), Some("origin, cookie"));
    assert_eq!(vary(&constant, &[], &[set_cookie]).as_deref(), Some("origin, cookie"));
    let both = vary(&constant, &[cookie, token], &[("vary", "accept")]);
    assert_eq!(both.as_deref(), Some("accept, origin, cookie, authorization"));
    assert_eq!(vary(&constant, &[origin, origin, cookie], &[]).as_deref(), Some("*"));

    // Without cookies and tokens there is one answer for everybody.
    assert_eq!(vary(&constant, &[origin], &[]), None);
    assert_eq!(vary(&constant, &[], &[("vary", "accept")]).as_deref(), Some("accept"));
    // Where nothing is granted, or credentials are, nothing more is said.
    for asked in [&[cookie, token][..], &[("origin", EVIL), cookie, token]] {
        assert_eq!(vary(&listed, asked, &[set_cookie]).as_deref(), Some("origin"));
        assert_eq!(vary(&denying, asked, &[set_cookie]), None);
    }
    let asked = [origin, cookie, token];
    assert_eq!(vary(&credentialed, &asked, &[set_cookie]).as_deref(), Some("origin"));
}

#[test]
fn what_the_service_calls_public_is_shared() {
    let listed = CorsLayer::new(built(app()));
    let constant = CorsLayer::new(built(Policy::builder().allow_origins(["*"])));
    let personal = [("origin", APP), ("cookie", "a=b"), ("authorization", "Bearer t")];
    let with = |layer: &CorsLayer, lines: &[&str]| {
        let inner: Vec<_> = lines.iter().map(|line| ("cache-control", *line)).collect();
        let answered = exchange(layer, request("GET", &personal), 200, &inner);
        answered.header("vary").map(str::to_owned)
    };
    for public in [
        &["public"][..],
        &["max-age=60, Public"],
        &["s-maxage=60"],
        &["S-MaxAge = 60"],
        &["max-age=60,immutable"],
        &["max-age=60", "public"],
        &["no-cache=\"private, x\", public"],
        &["immutable,"],
        &["x=\"\\\\\", public"],
    ] {
        assert_eq!(with(&listed, public).as_deref(), Some("origin"), "{public:?}");
        assert_eq!(with(&constant, public), None, "{public:?}");
    }
    for private in [
        &[][..],
        &["max-age=60"],
        &["private"],
        &["public, private"],
        &["private=\"set-cookie\", public"],
        &["immutable", "PRIVATE"],
        &["no-cache=\"x, public, y\""],
        &["x=\"\\\", public, y\""],
        &["public-x"],
        &["x=public"],
        &["é, maxage=1"],
    ] {
        assert_eq!(with(&listed, private).as_deref(), Some("*"), "{private:?}");
        assert_eq!(with(&constant, private).as_deref(), Some("*"), "{private:?}");
    }
}
