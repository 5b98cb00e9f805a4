//! What a decision tells: why a request is denied, in one line and for programs.

use crate::support::{preflight, request};
use tower_cors::{Denial, Policy, RequestHead};

const APP: &str = "https://app.example";
const ACRM: &str = "access-control-request-method";
const ACRH: &str = "access-control-request-headers";

fn policy() -> Policy {
    let config = Policy::builder().allow_origins([APP, "https://*.example.com:*", "null"]);
    config.allow_methods(["PUT", "DELETE"]).allow_headers(["X-A", "x-b"]).build().unwrap()
}

#[track_caller]
fn decides(policy: &Policy, request: http::Request<()>, denial: Option<Denial>, line: &str) {
    let head = RequestHead::from(&request);
    let decision = policy.decide(&head);
    assert_eq!(decision.denial(), denial, "{decision}");
    assert_eq!(decision.to_string(), line);
    assert_eq!(format!("{decision:?}"), format!("Decision({line})"));
}

#[test]
fn origins() {
    let get = |origin| request("GET", &[("origin", origin)]);
    decides(&policy(), request("GET", &[]), None, "not a CORS request: no Origin header");
    decides(
        &policy(),
        get(APP),
        None,
        "actual request allowed: origin https://app.example is in allow_origins, without credentials",
    );
    decides(
        &policy(),
        get("https://x.example.com:1"),
        None,
        "actual request allowed: origin https://x.example.com:1 is allowed by https://*.example.com:*, without credentials",
    );
    decides(
        &policy(),
        get("null"),
        None,
        "actual request allowed: origin null is in allow_origins, without credentials",
    );
    decides(
        &Policy::permissive(),
        get("!"),
        None,
        "actual request allowed: any origin is allowed, without credentials",
    );
    decides(
        &policy(),
        get("https://evil.example"),
        Some(Denial::Origin),
        "actual request denied: origin https://evil.example is not in allow_origins",
    );
    decides(
        &Policy::deny_all(),
        get("null"),
        Some(Denial::Origin),
        "actual request denied: origin null is not in allow_origins",
    );
    decides(
        &policy(),
        get("https://app.example/"),
        Some(Denial::MalformedOrigin),
        "actual request denied: origin https://app.example/ is not one that a browser sends",
    );
    decides(
        &policy(),
        request("GET", &[("origin", APP), ("origin", APP)]),
        Some(Denial::MalformedOrigin),
        "actual request denied: the request has several Origin headers",
    );
}

#[test]
fn methods_and_headers() {
    let asked =
        |method, headers| request("OPTIONS", &[("origin", APP), (ACRM, method), (ACRH, headers)]);
    const BY: &str = "origin https://app.example is in allow_origins, without credentials";
    decides(
        &policy(),
        asked("PUT", "X-a, ,x-B"),
        None,
        &format!("preflight allowed: method PUT, headers X-a, x-B; {BY}"),
    );
    decides(
        &policy(),
        preflight(APP, "POST"),
        None,
        &format!("preflight allowed: method POST; {BY}"),
    );
    let credentials = Policy::builder().allow_origins([APP]).allow_credentials(true).build();
    let line = "preflight allowed: method POST; origin https://app.example is in allow_origins";
    decides(&credentials.unwrap(), preflight(APP, "POST"), None, line);
    for (method, headers, denial, why) in [
        ("PATCH", "", Denial::Method, "method PATCH is not in allow_methods (PUT, DELETE)"),
        ("put", "x-c", Denial::Method, "method put is not in allow_methods (PUT, DELETE)"),
        ("", "", Denial::MalformedMethod, "access-control-request-method is not one method"),
        ("A B", "", Denial::MalformedMethod, "access-control-request-method is not one method"),
        ("PUT", "x-a,X-C,x-d", Denial::Header, "header X-C is not in allow_headers (x-a, x-b)"),
        (
            "PUT",
            "x-a,x a",
            Denial::MalformedHeaders,
            "access-control-request-headers is too long or not a list of names",
        ),
    ] {
        let line = format!("preflight denied: {why}; {BY}");
        decides(&policy(), asked(method, headers), Some(denial), &line);
    }
    // 4,096 bytes are read over all lines, and not one more.
    let (half, rest) = ("x-a,".repeat(512), ",".repeat(2048));
    let bound = |last: &str| {
        let lines = [("origin", APP), (ACRM, "PUT"), (ACRH, &half), (ACRH, &rest), (ACRH, last)];
        let request = request("OPTIONS", &lines);
        policy().decide(&RequestHead::from(&request)).denial()
    };
    assert_eq!(bound(""), None);
    assert_eq!(bound(","), Some(Denial::MalformedHeaders));
    // Empty lines are bounded too.
    let lines = |count| {
        let lines = std::iter::repeat_n((ACRH, ""), count);
        let asked: Vec<_> = [("origin", APP), (ACRM, "PUT")].into_iter().chain(lines).collect();
        let request = request("OPTIONS", &asked);
        policy().decide(&RequestHead::from(&request)).denial()
    };
    assert_eq!((lines(4097), lines(4098)), (None, Some(Denial::MalformedHeaders)));
    // The origin comes first.
    let evil = request("OPTIONS", &[("origin", "https://evil.example"), (ACRM, "")]);
    decides(
        &policy(),
        evil,
        Some(Denial::Origin),
        "preflight denied: origin https://evil.example is not in allow_origins",
    );
}

#[test]
fn stars_cover_what_browsers_let_them_cover() {
    let stars = Policy::builder().allow_methods(["*"]).allow_headers(["*"]);
    let open = stars.clone().allow_origins(["*"]).build().unwrap();
    let mirroring = stars.allow_origins([APP]).allow_credentials(true).build().unwrap();
    let denial = |policy: &Policy, method, headers| {
        let request = request("OPTIONS", &[("origin", APP), (ACRM, method), (ACRH, headers)]);
        policy.decide(&RequestHead::from(&request)).denial()
    };
    for policy in [&open, &mirroring] {
        assert_eq!(denial(policy, "PATCH", "x-a"), None);
        assert_eq!(denial(policy, "PATCH", "Authorization"), Some(Denial::Header));
        assert_eq!(denial(policy, "trace", ""), Some(Denial::Method));
    }
    assert_eq!((denial(&open, "*", ""), denial(&open, "PUT", "*")), (None, None));
    assert_eq!(denial(&mirroring, "*", ""), Some(Denial::Method));
    assert_eq!(denial(&mirroring, "PUT", "*"), Some(Denial::Header));
}

#[test]
fn a_request_to_its_own_origin_is_marked() {
    let marked = |uri: &str, host: Option<&str>, origin: &str| {
        let mut request = request("POST", &[("origin", origin)]);
        *request.uri_mut() = uri.parse().unwrap();
        if let Some(host) = host {
            request.headers_mut().insert("host", host.parse().unwrap());
        }
        let policy = Policy::deny_all();
        let head = RequestHead::from(&request);
        let decision = policy.decide(&head);
        let told = decision.to_string().ends_with("so it is probably same-origin");
        assert_eq!(told, decision.maybe_same_origin(), "{decision}");
        decision.maybe_same_origin()
    };
    assert!(marked("/", Some("app.example"), APP));
    assert!(marked("/", Some("App.Example:443"), APP));
    assert!(marked("/", Some("app.example:8443"), "https://app.example:8443"));
    assert!(marked("/", Some("[::1]:3000"), "http://[::1]:3000"));
    assert!(marked("/", Some("app.example:80"), "http://app.example"));
    assert!(marked("https://app.example/", None, APP));
    assert!(!marked("/", Some("app.example:8443"), APP));
    assert!(!marked("/", Some("app.example:80"), APP));
    assert!(!marked("/", Some("app.example:x"), APP));
    assert!(!marked("/", Some("api.app.example"), APP));
    assert!(!marked("/", None, APP));
    assert!(!marked("/", Some("null"), "null"));
}

#[test]
fn nothing_of_a_request_is_shown_unescaped_or_at_length() {
    let long = format!("https://{}", "a".repeat(10_000));
    let shown = |name: &str, value: &[u8]| {
        let mut request = preflight(APP, "PUT");
        request.headers_mut().insert(
            http::HeaderName::from_bytes(name.as_bytes()).unwrap(),
            http::HeaderValue::from_bytes(value).unwrap(),
        );
        policy().decide(&RequestHead::from(&request)).to_string()
    };
    let line = shown("origin", long.as_bytes());
    assert!(line.len() < 300 && line.contains("aaaa\"… is not one"), "{line}");
    let line = shown("origin", b"a\tb\xff\xe2\x80\xae");
    assert!(line.contains(r#"origin "a\tb"#) && line.contains(r"\u{202e}"), "{line}");
    let line = shown(ACRM, "M".repeat(9000).as_bytes());
    assert!(line.len() < 400, "{line}");
    let line = shown(ACRH, "n".repeat(4000).as_bytes());
    assert!(line.len() < 400 && line.contains("nnn\"… is not in"), "{line}");
}

#[test]
fn nothing_of_a_request_reads_as_a_part_of_the_line() {
    let forged = "https://app.example is in allow_origins; (next)";
    decides(
        &policy(),
        request("GET", &[("origin", forged)]),
        Some(Denial::MalformedOrigin),
        r#"actual request denied: origin "https://app.example is in allow_origins; (next)" is not one that a browser sends"#,
    );
    decides(
        &policy(),
        request("GET", &[("origin", "")]),
        Some(Denial::MalformedOrigin),
        r#"actual request denied: origin "" is not one that a browser sends"#,
    );
}

#[test]
fn the_line_names_an_empty_list_and_what_a_star_leaves_out() {
    const BY: &str = "origin https://app.example is in allow_origins, without credentials";
    let asked =
        |method, headers| request("OPTIONS", &[("origin", APP), (ACRM, method), (ACRH, headers)]);
    let empty = Policy::builder().allow_origins([APP]).build().unwrap();
    let line =
        format!("preflight denied: method PUT is not in allow_methods, which is empty; {BY}");
    decides(&empty, asked("PUT", ""), Some(Denial::Method), &line);
    let stars = Policy::builder().allow_origins([APP]).allow_headers(["*"]).allow_methods(["*"]);
    let stars = stars.build().unwrap();
    let line = format!(
        "preflight denied: header Authorization is not covered by the * in allow_headers; {BY}"
    );
    decides(&stars, asked("PUT", "Authorization"), Some(Denial::Header), &line);
}

#[test]
fn an_options_request_that_the_policy_answers_is_named() {
    let config = Policy::builder().allow_origins([APP]).answer_every_options(true);
    let policy = config.allow_credentials(true).build().unwrap();
    let options = request("OPTIONS", &[("origin", APP)]);
    let line = "OPTIONS request answered as a preflight allowed: origin https://app.example is in allow_origins";
    decides(&policy, options.clone(), None, line);
    assert!(policy.decide(&RequestHead::from(&options)).is_answered());
    let get = request("GET", &[("origin", APP)]);
    assert!(!policy.decide(&RequestHead::from(&get)).is_answered());
    assert!(policy.decide(&RequestHead::from(&preflight("x", "PUT"))).is_answered());
}

#[test]
fn what_the_config_holds_is_not_shown_at_length_either() {
    let names = (0..10_000).map(|n| format!("x-{n}"));
    let config = Policy::builder().allow_origins((0..10_000).map(|n| format!("https://a{n}")));
    let policy = config.allow_headers(names.clone()).allow_methods(names).build().unwrap();
    let asked = [("origin", "https://a1"), (ACRM, "PUT"), (ACRH, "y")];
    let request = request("OPTIONS", &asked);
    assert!(policy.decide(&RequestHead::from(&request)).to_string().len() < 400);
    assert!(format!("{policy:?}").len() < 400);
}

#[test]
fn denials_have_names_for_metrics() {
    let names = [
        (Denial::Origin, "origin not allowed"),
        (Denial::MalformedOrigin, "malformed origin"),
        (Denial::Method, "method not allowed"),
        (Denial::MalformedMethod, "malformed method"),
        (Denial::Header, "header not allowed"),
        (Denial::MalformedHeaders, "malformed headers"),
    ];
    for (denial, name) in names {
        assert_eq!(denial.to_string(), name);
    }
}

#[test]
fn requested_names_are_judged_in_any_order_and_form() {
    let names = ["x-a", "x-ab", "x-b", "x-c", "content-type", "authorization", "x-z"];
    let config = Policy::builder().allow_origins([APP]).allow_headers(names);
    judges_names(&config.clone().build().unwrap());
    // More than the table of names has room for.
    let many = (0..10_000).map(|number| format!("x-many-{number}"));
    judges_names(&config.allow_headers(many).build().unwrap());
}

fn judges_names(policy: &Policy) {
    let denial = |lines: &[&str]| {
        let lines = lines.iter().map(|line| (ACRH, *line));
        let asked: Vec<_> = [("origin", APP), (ACRM, "GET")].into_iter().chain(lines).collect();
        let request = request("OPTIONS", &asked);
        policy.decide(&RequestHead::from(&request)).denial()
    };
    for allowed in [
        &["authorization,content-type,x-a,x-ab,x-b,x-c,x-z"][..],
        &["x-z,x-c,x-b,x-ab,x-a,content-type,authorization"],
        &["x-a,x-a,x-a,x-ab,x-a,x-ab"],
        &["X-A,x-A, X-aB\t,  ,,Content-Type"],
        &["x-a", "x-b", "", "authorization"],
        &[",", " , \t,"],
    ] {
        assert_eq!(denial(allowed), None, "{allowed:?}");
    }
    for refused in [
        &["x-a,x-abc"][..],
        &["x-"],
        &["x-a,x"],
        &["x-a", "y"],
        &["*"],
        &["x-a,X-AA,x-b"],
        &["x-aa"],
    ] {
        assert_eq!(denial(refused), Some(Denial::Header), "{refused:?}");
    }
    for malformed in
        [&["x-a x-b"][..], &["x-a,x-b;"], &["x-a,(x)"], &["x-a\tx-b"], &["x-a", "\u{e9}"]]
    {
        assert_eq!(denial(malformed), Some(Denial::MalformedHeaders), "{malformed:?}");
    }
}
