//! Every mistake in a config is told at once: where, what, and what to write instead.

use std::time::Duration;

use tower_cors::{ConfigErrorKind as Kind, LintKind, Origin, OriginPattern, Policy, PolicyConfig};

fn with_credentials(origins: &[&str]) -> PolicyConfig {
    Policy::builder().allow_origins(origins).allow_credentials(true)
}

#[track_caller]
fn errors(config: PolicyConfig, expected: &[&str]) {
    let errors = config.build().unwrap_err();
    let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(lines, expected);
    assert_eq!(errors.to_string(), expected.join("\n"));
    // What `unwrap` prints, and a `main` that returns it.
    assert_eq!(format!("{errors:?}"), expected.join("\n"));
}

#[track_caller]
fn builds(config: PolicyConfig) {
    if let Err(errors) = config.build() {
        panic!("{errors}");
    }
}

#[test]
fn all_errors_are_told_at_once_in_the_order_of_the_fields() {
    let mut config = with_credentials(&["https://a.example/", "http://b.example", "*", "null"])
        .allow_methods(["GET it", "post", "*"])
        .allow_headers(["x y", "*"])
        .expose_headers([""])
        .max_age(Duration::from_millis(1500))
        .or(Policy::builder().allow_methods(["Put"]).or(Policy::builder().allow_origins(["a b"])));
    config.preflight_status = Some(302);
    config.denied_status = Some(9);
    let built = config.build().unwrap_err();
    let found: Vec<_> = built.iter().map(|e| (e.path(), e.value(), e.kind())).collect();
    let expected = [
        ("allowOrigins[0]", "https://a.example/", Kind::InvalidOrigin),
        ("allowOrigins[1]", "http://b.example", Kind::InsecureOriginWithCredentials),
        ("allowOrigins[2]", "*", Kind::WildcardBesideOthers),
        ("allowOrigins[2]", "*", Kind::AnyOriginWithCredentials),
        ("allowOrigins[3]", "null", Kind::NullWithCredentials),
        ("allowMethods[0]", "GET it", Kind::InvalidMethod),
        ("allowMethods[1]", "post", Kind::MethodCase),
        ("allowMethods[2]", "*", Kind::WildcardBesideOthers),
        ("allowHeaders[0]", "x y", Kind::InvalidHeaderName),
        ("allowHeaders[1]", "*", Kind::WildcardBesideOthers),
        ("exposeHeaders[0]", "", Kind::InvalidHeaderName),
        ("maxAge", "1.5s", Kind::InvalidMaxAge),
        ("preflightStatus", "302", Kind::InvalidStatus),
        ("deniedStatus", "9", Kind::InvalidStatus),
        ("or.allowOrigins", "", Kind::NoOrigins),
        ("or.allowMethods[0]", "Put", Kind::MethodCase),
        ("or.or.allowOrigins[0]", "a b", Kind::InvalidOrigin),
    ];
    assert_eq!(found, expected);
    assert_eq!((&built).into_iter().count(), 17);
    assert_eq!(built.into_iter().next_back().unwrap().path(), "or.or.allowOrigins[0]");
}

#[test]
fn origins() {
    errors(
        Policy::builder(),
        &[
            r#"allowOrigins: lists no origin; list those to allow, "*" for any, or use Policy::deny_all() for none"#,
        ],
    );
    errors(
        Policy::builder().allow_origins(["*", "https://a.example"]),
        &[
            r#"allowOrigins[0]: "*" stands beside others, and already means every origin; write it alone, or remove it"#,
        ],
    );
    errors(
        Policy::builder().allow_origins(["https://a.example\n\u{1b}[31m"]),
        &[
            r#"allowOrigins[0]: "https://a.example\n\u{1b}[31m" holds more than one origin; write each as an entry of its own"#,
        ],
    );
    let long = "a".repeat(5000);
    let shown = "a".repeat(120);
    errors(
        Policy::builder().allow_origins([long]),
        &[&format!(
            r#"allowOrigins[0]: "{shown}"… is longer than any origin that matches could be (327 bytes); no browser sends it: remove it"#
        )],
    );
}

#[test]
fn origins_with_credentials() {
    const MEANT: &str = "list the origins, set allowCredentials to false, or, if it is meant, set dangerouslyReflectAnyOrigin to true";
    for any in ["*", "https://*", "https://*:*", "capacitor://*"] {
        errors(
            with_credentials(&[any]),
            &[&format!(
                r#"allowOrigins[0]: "{any}" with allowCredentials lets any website act as the user; {MEANT}"#
            )],
        );
        builds(with_credentials(&[any]).dangerously_reflect_any_origin(true));
        builds(Policy::builder().allow_origins([any]));
    }
    for broad in ["https://*.com", "https://*.com.:8443", "https://*.corp:*"] {
        errors(
            with_credentials(&[broad]),
            &[&format!(
                r#"allowOrigins[0]: "{broad}" with allowCredentials lets every website under a top-level domain act as the user; {MEANT}"#
            )],
        );
        builds(with_credentials(&[broad]).dangerously_reflect_any_origin(true));
        builds(Policy::builder().allow_origins([broad]));
    }
    for local in ["localhost", "test", "local", "internal"] {
        builds(with_credentials(&[&format!("https://*.{local}")]));
    }
    let null = r#"allowOrigins[0]: "null" with allowCredentials lets a sandboxed frame of any website act as the user; remove it, or set allowCredentials to false"#;
    errors(with_credentials(&["null"]), &[null]);
    let dangerous = with_credentials(&["null"])
        .dangerously_reflect_any_origin(true)
        .dangerously_allow_insecure_origins(true);
    errors(dangerous, &[null]);
    builds(Policy::builder().allow_origins(["null"]));
}

#[test]
fn insecure_origins_with_credentials() {
    let insecure = [
        ("http://a.example", r#"write "https://a.example""#),
        ("HTTP://*.A.example", r#"write "https://*.a.example""#),
        ("http://a.example:8080", "serve it over https"),
        ("http://a.example:*", "serve it over https"),
        ("http://128.0.0.1", r#"write "https://128.0.0.1""#),
        ("http://[::2]", r#"write "https://[::2]""#),
        ("http://notlocalhost", r#"write "https://notlocalhost""#),
    ];
    for (origin, instead) in insecure {
        errors(
            with_credentials(&[origin]),
            &[&format!(
                r#"allowOrigins[0]: "{origin}" with allowCredentials lets whoever is on the user's network act as the user; {instead}, or, if it is meant, set dangerouslyAllowInsecureOrigins to true"#
            )],
        );
        builds(with_credentials(&[origin]).dangerously_allow_insecure_origins(true));
        builds(Policy::builder().allow_origins([origin]));
    }
    for loopback in [
        "http://localhost",
        "http://localhost:*",
        "http://localhost.",
        "http://app.localhost:3000",
        "http://*.localhost",
        "http://*.app.localhost",
        "http://127.0.0.1:8080",
        "http://127.255.255.255",
        "http://[::1]:*",
    ] {
        builds(with_credentials(&[loopback]));
    }
    // Each danger is named, and each has its own permission.
    let both = with_credentials(&["http://*.com"]);
    assert_eq!(both.clone().build().unwrap_err().iter().count(), 2);
    let one = both.clone().dangerously_reflect_any_origin(true).build().unwrap_err();
    assert_eq!(
        one.iter().map(|e| e.kind()).collect::<Vec<_>>(),
        [Kind::InsecureOriginWithCredentials]
    );
    builds(both.dangerously_reflect_any_origin(true).dangerously_allow_insecure_origins(true));
}

#[test]
fn methods_and_headers() {
    let config = || Policy::builder().allow_origins(["*"]);
    for method in ["", "GET,PUT", "G T", "é", "PUT\r\n"] {
        let built = config().allow_methods([method]).build().unwrap_err();
        assert_eq!(
            built.to_string(),
            format!(
                r#"allowMethods[0]: {method:?} is not a method; write one such as "PUT", each as an entry of its own"#
            )
        );
    }
    for (method, sent) in
        [("get", "GET"), ("Head", "HEAD"), ("post", "POST"), ("pUT", "PUT"), ("delete", "DELETE")]
    {
        let line = format!(
            r#"allowMethods[0]: "{method}" is not in the case that browsers send; write "{sent}""#
        );
        errors(config().allow_methods([method]), &[&line]);
    }
    errors(
        config().allow_methods(["OPTIONS", "options", "*"]),
        &[
            r#"allowMethods[1]: "options" is not in the case that browsers send; write "OPTIONS""#,
            r#"allowMethods[2]: "*" stands beside others, and already means every method; write it alone, or remove it"#,
        ],
    );
    errors(
        config().allow_headers(["x-a", "*", "x:b"]),
        &[
            r#"allowHeaders[2]: "x:b" is not a header name; write one such as "x-request-id", each as an entry of its own"#,
            r#"allowHeaders[1]: "*" stands beside others, and already means every name but "authorization"; write it alone, or remove it"#,
        ],
    );
    // A repetition is no contradiction.
    builds(config().allow_origins(["*"]).allow_methods(["*", "*"]).allow_headers(["*", "*"]));
    builds(config().allow_headers(["*", "Authorization"]).expose_headers(["*", "x-a"]));
    builds(config().allow_methods(["patch", "PURGE", "M-SEARCH", "TRACE"]));
}

/// Each compared with each, these would take minutes.
#[test]
fn a_long_list_of_wildcards_is_checked_in_one_pass() {
    let stars = || vec!["*"; 100_000];
    builds(Policy::builder().allow_origins(stars()).allow_methods(stars()).allow_headers(stars()));
}

#[test]
fn methods_and_header_names_are_tokens() {
    // RFC 9110, section 5.6.2.
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    for c in (0..=255).map(char::from) {
        let name = format!("x{c}x");
        let config = || Policy::builder().allow_origins(["*"]);
        assert_eq!(config().allow_methods([&name]).build().is_ok(), token(c), "{c:?}");
        assert_eq!(config().allow_headers([&name]).build().is_ok(), token(c), "{c:?}");
        assert_eq!(config().expose_headers([&name]).build().is_ok(), token(c), "{c:?}");
    }
}

#[test]
fn max_age_and_statuses() {
    let config = || Policy::builder().allow_origins(["*"]);
    errors(
        config().max_age(Duration::from_millis(1500)),
        &[r#"maxAge: "1.5s" is not whole seconds; write 1s or 2s"#],
    );
    errors(
        config().max_age(Duration::from_secs(2_147_483_648)),
        &[
            r#"maxAge: "2147483648s" is over 2147483647s; write 86400s, the longest that any browser keeps"#,
        ],
    );
    builds(config().max_age(Duration::from_secs(2_147_483_647)));
    builds(config().max_age(Duration::ZERO));
    assert!(config().max_age(Duration::MAX).build().is_err());
    for status in [199, 300, 404, 0, 65535] {
        let mut config = config();
        config.preflight_status = Some(status);
        let line = format!(
            r#"preflightStatus: "{status}" is no success, so browsers refuse the preflight; write 204 or 200"#
        );
        errors(config, &[&line]);
    }
    for status in [199, 300, 399, 500, 1000] {
        let mut config = config();
        config.denied_status = Some(status);
        let line =
            format!(r#"deniedStatus: "{status}" is neither 200 to 299 nor 400 to 499; write 403"#);
        errors(config, &[&line]);
    }
    for status in [200, 299, 400, 499] {
        let mut config = config();
        (config.preflight_status, config.denied_status) = (Some(status.min(299)), Some(status));
        builds(config);
    }
}

/// A text that is no pattern, what is wrong with it, and the text to write instead, if any.
const BAD_PATTERNS: &[(&str, &str, Option<&str>)] = &[
    ("", r#"is empty; write an origin such as "https://example.com""#, None),
    (" ", r#"is empty; write an origin such as "https://example.com""#, None),
    ("https://a.example/", "ends in a slash", Some("https://a.example")),
    ("https://a.example/api", "has a path", Some("https://a.example")),
    ("https://a.example//", "has a path", Some("https://a.example")),
    (r"https://a.example\", "ends in a slash", Some("https://a.example")),
    ("https://a.example?q", "has a query", Some("https://a.example")),
    ("https://a.example#f", "has a fragment", Some("https://a.example")),
    ("https://me:pw@a.example:1", "has user info", Some("https://a.example:1")),
    (" https://a.example", "has white space around it", Some("https://a.example")),
    ("https://a.example\n", "has white space around it", Some("https://a.example")),
    (
        "https://a.example, https://b.example",
        "holds more than one origin; write each as an entry of its own",
        None,
    ),
    (
        "https://a.example,https://b.example",
        "holds more than one origin; write each as an entry of its own",
        None,
    ),
    ("a.example", "has no scheme", Some("https://a.example")),
    ("//a.example/", "has no scheme", Some("https://a.example")),
    ("*.a.example", "has no scheme", Some("https://*.a.example")),
    ("a.example:8443", "has no scheme", Some("https://a.example:8443")),
    ("localhost:3000", "has no scheme", Some("http://localhost:3000")),
    ("https:a.example", "has no scheme", Some("https://a.example")),
    ("https:/a.example", "has no scheme", Some("https://a.example")),
    ("https//a.example", "has no scheme", Some("https://a.example")),
    ("HTTPS//a.example", "has no scheme", Some("https://a.example")),
    ("https", r#"has no scheme; write "scheme://host", with ":port" if need be"#, None),
    ("https:", r#"has no scheme; write "scheme://host", with ":port" if need be"#, None),
    ("undefined", r#"has no scheme; write "scheme://host", with ":port" if need be"#, None),
    (
        "https://https://a.example",
        "holds more than one origin; write each as an entry of its own",
        None,
    ),
    (
        "https://a.example;https://b.example",
        "holds more than one origin; write each as an entry of its own",
        None,
    ),
    (
        "https://a.example|b.example",
        "holds more than one origin; write each as an entry of its own",
        None,
    ),
    (
        "http://192.168.0.0/16",
        "is a range of IP addresses; write each address as an entry of its own",
        None,
    ),
    (
        "https://*-preview.a.example",
        r#"has a wildcard where none can stand; write "*." before a host for its subdomains, "*" for any host, ":*" for any port; no part of a label can be left open"#,
        None,
    ),
    ("http://*[::1]:80", "has a wildcard before an IP address", Some("http://[::1]")),
    ("data:text/html,hi", "is of a scheme for which browsers send the opaque origin", Some("null")),
    ("https://", r#"has no host; write "scheme://host", with ":port" if need be"#, None),
    ("https://:443", r#"has no host; write "scheme://host", with ":port" if need be"#, None),
    ("*://a.example", "has a wildcard in its scheme", Some("https://a.example")),
    (
        "http*://a.example",
        r#"has a wildcard in its scheme; write one pattern with "https", and one with "http" if need be"#,
        None,
    ),
    (
        "1http://a.example",
        r#"has a scheme that no browser sends; write one such as "https" or "capacitor""#,
        None,
    ),
    (
        "://a.example",
        r#"has a scheme that no browser sends; write one such as "https" or "capacitor""#,
        None,
    ),
    ("https://*a.example", "has a wildcard where none can stand", Some("https://*.a.example")),
    ("https://**.a.example", "has a wildcard where none can stand", Some("https://*.a.example")),
    (
        "https://*.*.a.example:1",
        "has a wildcard where none can stand",
        Some("https://*.a.example:1"),
    ),
    (
        "https://a.*.example",
        r#"has a wildcard where none can stand; write "*." before a host for its subdomains, "*" for any host, ":*" for any port; no part of a label can be left open"#,
        None,
    ),
    (
        "https://a.example*",
        r#"has a wildcard where none can stand; write "*." before a host for its subdomains, "*" for any host, ":*" for any port; no part of a label can be left open"#,
        None,
    ),
    ("https://a.example:80*", "has a wildcard where none can stand", Some("https://a.example:*")),
    ("https://.a.example", "has an empty label in its host", Some("https://*.a.example")),
    (
        "https://a..example",
        r#"has an empty label in its host; write "scheme://host", with ":port" if need be, and nothing else"#,
        None,
    ),
    (
        "https://a.example..",
        r#"has an empty label in its host; write "scheme://host", with ":port" if need be, and nothing else"#,
        None,
    ),
    (
        "https://bücher.example",
        r#"has a host that is not ASCII; write its punycode form ("xn--…")"#,
        None,
    ),
    (
        "https://a_b.ex%41mple",
        r#"has '%' in its host; write "scheme://host", with ":port" if need be, and nothing else"#,
        None,
    ),
    (
        "capacitor://a:b:c",
        "has a port that is not 1 to 65535 in plain digits; write one in this range, or \":*\" for any port",
        None,
    ),
    (
        "https://a.example:",
        "has a port that is not 1 to 65535 in plain digits",
        Some("https://a.example"),
    ),
    (
        "https://a.example:0443",
        "has a port that is not 1 to 65535 in plain digits",
        Some("https://a.example"),
    ),
    (
        "https://a.example:08443",
        "has a port that is not 1 to 65535 in plain digits",
        Some("https://a.example:8443"),
    ),
    (
        "https://a.example:0",
        "has a port that is not 1 to 65535 in plain digits",
        Some("https://a.example"),
    ),
    (
        "https://a.example:65536",
        "has a port that is not 1 to 65535 in plain digits; write one in this range, or \":*\" for any port",
        None,
    ),
    (
        "https://a.example:+1",
        "has a port that is not 1 to 65535 in plain digits; write one in this range, or \":*\" for any port",
        None,
    ),
    (
        "https://a.example:http",
        "has a port that is not 1 to 65535 in plain digits; write one in this range, or \":*\" for any port",
        None,
    ),
    ("http://127.1", "has an IP address that is not in canonical form", Some("http://127.0.0.1")),
    (
        "http://127.0.0.01:3000",
        "has an IP address that is not in canonical form",
        Some("http://127.0.0.1:3000"),
    ),
    (
        "http://0x7f000001",
        "has an IP address that is not in canonical form",
        Some("http://127.0.0.1"),
    ),
    (
        "http://127.0.0.1.",
        "has an IP address that is not in canonical form",
        Some("http://127.0.0.1"),
    ),
    (
        "http://256.0.0.1",
        "has a host that is read as an IP address and is none; write a domain, or the address in canonical form",
        None,
    ),
    (
        "http://1.2.3.4.5",
        "has a host that is read as an IP address and is none; write a domain, or the address in canonical form",
        None,
    ),
    (
        "http://a.1",
        "has a host that is read as an IP address and is none; write a domain, or the address in canonical form",
        None,
    ),
    (
        "http://[0:0:0:0:0:0:0:1]:80",
        "has an IP address that is not in canonical form",
        Some("http://[::1]"),
    ),
    (
        "http://[::FFFF:1.2.3.4]",
        "has an IP address that is not in canonical form",
        Some("http://[::ffff:102:304]"),
    ),
    (
        "http://[1:0:0:2::3:4]",
        "has an IP address that is not in canonical form",
        Some("http://[1::2:0:0:3:4]"),
    ),
    (
        "http://[1::2:3:4:5:6:7]",
        "has an IP address that is not in canonical form",
        Some("http://[1:0:2:3:4:5:6:7]"),
    ),
    ("http://::1", "has an IP address that is not in canonical form", Some("http://[::1]")),
    (
        "http://[::1",
        "has a host that is read as an IP address and is none; write a domain, or the address in canonical form",
        None,
    ),
    (
        "http://[::1]a",
        "has a host that is read as an IP address and is none; write a domain, or the address in canonical form",
        None,
    ),
    ("https://*.127.0.0.1", "has a wildcard before an IP address", Some("https://127.0.0.1")),
    ("https://*.[::1]:1", "has a wildcard before an IP address", Some("https://[::1]:1")),
    ("file://", "is of a scheme for which browsers send the opaque origin", Some("null")),
    (
        "FILE:///home/me/page.html",
        "is of a scheme for which browsers send the opaque origin",
        Some("null"),
    ),
    ("NULL", "is not in lower case", Some("null")),
    ("/^https:.*$/", r#"has no scheme; write "scheme://host", with ":port" if need be"#, None),
];

#[test]
fn bad_patterns_are_told_with_their_correction() {
    let long_label = format!("https://{}.example", "a".repeat(64));
    let long_host = format!("https://{}example", "a.".repeat(127));
    let deep_host = format!("https://*.{}a", "a.".repeat(126));
    let long_scheme = format!("{}://host", "s".repeat(65));
    let long_opaque = format!("app://{}", "a".repeat(322));
    let long = [
        (
            long_label.as_str(),
            "has a label of more than 63 bytes in its host; no browser sends it: remove it",
        ),
        (&long_host, "has a host of more than 253 bytes; no browser sends it: remove it"),
        (&deep_host, "has a host of more than 253 bytes; no browser sends it: remove it"),
        (
            &long_scheme,
            r#"has a scheme that no browser sends; write one such as "https" or "capacitor""#,
        ),
        (
            &long_opaque,
            "is longer than any origin that matches could be (327 bytes); no browser sends it: remove it",
        ),
    ];
    let long = long.into_iter().map(|(text, message)| (text, message, None));
    for (text, message, suggestion) in BAD_PATTERNS.iter().copied().chain(long) {
        let error = text.parse::<OriginPattern>().unwrap_err();
        let expected = match suggestion {
            Some(suggestion) => format!("{message}; write {suggestion:?}"),
            None => message.to_owned(),
        };
        assert_eq!(error.to_string(), expected, "{text:?}");
        assert_eq!(error.suggestion(), suggestion, "{text:?}");
        if let Some(suggestion) = suggestion {
            let pattern: OriginPattern = suggestion.parse().unwrap();
            assert_eq!(pattern.as_ref(), suggestion, "the correction is canonical");
        }
    }
}

#[test]
fn good_patterns_are_normalized() {
    let longest = format!("{}://{}:65535", "s".repeat(64), "h".repeat(254));
    for (text, canonical) in [
        ("*", "*"),
        ("null", "null"),
        ("HTTPS://Example.com:443", "https://example.com"),
        ("http://Example.com.:80", "http://example.com."),
        ("ws://a:80", "ws://a"),
        ("wss://a:443", "wss://a"),
        ("https://a:80", "https://a:80"),
        ("https://*.Example.com:*", "https://*.example.com:*"),
        ("https://*", "https://*"),
        ("https://*:443", "https://*"),
        ("https://*:*", "https://*:*"),
        ("http://[2001:db8::1]:8080", "http://[2001:db8::1]:8080"),
        ("http://[::FFFF:102:304]", "http://[::ffff:102:304]"),
        ("http://[1::2:0:0:3:4]", "http://[1::2:0:0:3:4]"),
        ("http://[1:0:2:3:4:5:6:7]", "http://[1:0:2:3:4:5:6:7]"),
        ("http://[1:2:3:4:5:6:7:8]", "http://[1:2:3:4:5:6:7:8]"),
        ("http://[::]", "http://[::]"),
        ("http://[1::]", "http://[1::]"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://a--b_c.3com", "https://a--b_c.3com"),
        ("Capacitor://localHost", "capacitor://localHost"),
        ("chrome-extension://*", "chrome-extension://*"),
        ("app://a:80", "app://a:80"),
        ("app://*.a", "app://*.a"),
        (&longest, &longest),
    ] {
        let pattern: OriginPattern = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(pattern.to_string(), canonical);
        assert_eq!(canonical.parse::<OriginPattern>(), Ok(pattern));
    }
}

#[test]
fn patterns_are_compared_in_canonical_form() {
    let parse = |text: &str| text.parse::<OriginPattern>().unwrap();
    let (one, same, other) = (parse("HTTPS://A:443"), parse("https://a"), parse("https://b"));
    assert_eq!(one, same);
    assert_ne!(one, other);
    assert!(one < other && one.partial_cmp(&other) == Some(std::cmp::Ordering::Less));
    let set = std::collections::HashSet::from([one.clone(), same, other]);
    assert_eq!(set.len(), 2);
    assert_eq!(format!("{one:?}"), r#"OriginPattern("https://a")"#);
}

#[test]
fn patterns_match_by_scheme_host_and_port() {
    for (pattern, matching, others) in [
        (
            "https://a",
            &["https://a", "https://a:443"][..],
            &["http://a", "https://b", "https://a:1"][..],
        ),
        ("https://a:1", &["https://a:1"], &["https://a", "https://a:2"]),
        ("https://a:*", &["https://a", "https://a:1"], &["http://a:1", "https://x.a"]),
        (
            "https://*.a",
            &["https://x.a", "https://y.x.a"],
            &["https://a", "https://xa", "https://x.a:1"],
        ),
        ("https://*", &["https://a", "https://[::1]"], &["https://a:1", "http://a"]),
        ("*", &["https://a", "app://b:1"], &[]),
        ("null", &[], &["https://null"]),
    ] {
        let parsed: OriginPattern = pattern.parse().unwrap();
        let matches = |origin: &&str| parsed.matches(&Origin::parse(*origin).unwrap());
        assert!(matching.iter().all(matches), "{pattern}");
        assert!(!others.iter().any(matches), "{pattern}");
    }
}

#[track_caller]
fn lints(config: PolicyConfig, expected: &[(LintKind, &str)]) {
    let lints = config.build().unwrap().lints();
    let found: Vec<_> = lints.iter().map(|lint| (lint.kind(), lint.to_string())).collect();
    let found: Vec<_> = found.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn lints_tell_what_is_probably_not_meant() {
    use LintKind::*;
    lints(
        Policy::builder().allow_origins(["https://a.example"]).max_age(Duration::from_secs(86_400)),
        &[],
    );
    lints(
        Policy::builder().allow_origins([
            "https://a.example",
            "https://a.example:443",
            "https://x.b.example",
            "https://*.b.example",
            "https://*.x.b.example",
            "https://x.b.example:*",
            "http://localhost:3000",
            "http://localhost:*",
            "app://anything",
            "app://*",
        ]),
        &[
            (Repeated, r#"allowOrigins[1]: "https://a.example" stands at allowOrigins[0] already"#),
            (
                Covered,
                r#"allowOrigins[2]: "https://x.b.example" is covered by allowOrigins[5] already"#,
            ),
            (
                Covered,
                r#"allowOrigins[4]: "https://*.x.b.example" is covered by allowOrigins[3] already"#,
            ),
            (
                Covered,
                r#"allowOrigins[6]: "http://localhost:3000" is covered by allowOrigins[7] already"#,
            ),
            (Covered, r#"allowOrigins[8]: "app://anything" is covered by allowOrigins[9] already"#),
        ],
    );
    let any = || Policy::builder().allow_origins(["*"]);
    lints(
        any().allow_methods(["GET", "PUT", "TRACE", "patch", "PUT"]),
        &[
            (Repeated, r#"allowMethods[4]: "PUT" stands at allowMethods[1] already"#),
            (Safelisted, r#"allowMethods[0]: "GET" is CORS-safelisted and needs no listing"#),
            (
                Forbidden,
                r#"allowMethods[2]: "TRACE" is a method that no browser lets a script send"#,
            ),
            (
                Misspelt,
                r#"allowMethods[3]: "patch" is sent as it is written, not in upper case; write "PATCH" if that is meant"#,
            ),
        ],
    );
    lints(
        any().allow_headers(["Cookie", "x-a", "Sec-Fetch-Site", "X-A"]),
        &[
            (Repeated, r#"allowHeaders[3]: "x-a" stands at allowHeaders[1] already"#),
            (
                Forbidden,
                r#"allowHeaders[0]: "cookie" is not for scripts to set: credentials are allowed with allowCredentials"#,
            ),
            (
                Forbidden,
                r#"allowHeaders[2]: "sec-fetch-site" is a header that no browser lets a script set"#,
            ),
        ],
    );
    lints(
        any().expose_headers(["*", "ETag", "Content-Type", "Set-Cookie", "Origin"]),
        &[
            (Covered, r#"exposeHeaders[1]: "etag" is covered by "*" already"#),
            (
                Safelisted,
                r#"exposeHeaders[2]: "content-type" is CORS-safelisted and needs no listing"#,
            ),
            (
                Forbidden,
                r#"exposeHeaders[3]: "set-cookie" is a header that no browser lets a script read"#,
            ),
            (Forbidden, r#"exposeHeaders[4]: "origin" is a request header: no response has it"#),
        ],
    );
    lints(
        any().max_age(Duration::from_secs(86_401)),
        &[(
            LongMaxAge,
            r#"maxAge: "86401" seconds is longer than any browser keeps an answer; write 86400"#,
        )],
    );
    for origin in ["*", "https://*"] {
        let reflecting = with_credentials(&[origin]).dangerously_reflect_any_origin(true);
        let text = format!(
            r#"allowOrigins[0]: "{origin}" with allowCredentials lets any website act as the user"#
        );
        lints(reflecting, &[(ReflectsAnyOrigin, &text)]);
    }
}

#[test]
fn lints_look_across_a_chain() {
    let chain = Policy::builder()
        .allow_origins(["https://*.a.example"])
        .or(Policy::builder().allow_origins(["https://x.a.example", "https://b.example"]))
        .or(Policy::builder().allow_origins(["https://b.example"]));
    lints(
        chain,
        &[
            (
                LintKind::Covered,
                r#"or.allowOrigins[0]: "https://x.a.example" is covered by allowOrigins[0] already"#,
            ),
            (
                LintKind::Repeated,
                r#"or.or.allowOrigins[0]: "https://b.example" stands at or.allowOrigins[1] already"#,
            ),
        ],
    );
    let unreachable =
        Policy::builder().allow_origins(["*"]).or(with_credentials(&["https://a.example"]));
    lints(
        unreachable,
        &[(
            LintKind::Covered,
            r#"or.allowOrigins[0]: "https://a.example" is covered by allowOrigins[0] already"#,
        )],
    );
}

#[test]
fn any_origin_covers_null_where_it_means_it() {
    let null = || Policy::builder().allow_origins(["null"]);
    lints(
        Policy::builder().allow_origins(["*"]).or(null()),
        &[(
            LintKind::Covered,
            r#"or.allowOrigins[0]: "null" is covered by allowOrigins[0] already"#,
        )],
    );
    let reflecting = with_credentials(&["*"]).dangerously_reflect_any_origin(true);
    let lints = reflecting.or(null()).build().unwrap().lints();
    assert_eq!(
        lints.iter().map(|lint| lint.kind()).collect::<Vec<_>>(),
        [LintKind::ReflectsAnyOrigin]
    );
}

#[test]
fn subdomains_of_a_public_suffix_with_credentials_are_a_lint() {
    let found = |origin| {
        let lints = with_credentials(&[origin]).build().unwrap().lints();
        lints.iter().map(|lint| lint.kind()).collect::<Vec<_>>()
    };
    for suffix in ["https://*.co.uk", "https://*.github.io", "https://*.github.io.:8443"] {
        assert_eq!(found(suffix), [LintKind::PublicSuffix], "{suffix}");
    }
    for own in ["https://*.example.co.uk", "https://*.example.com", "https://*.localhost"] {
        assert_eq!(found(own), [], "{own}");
    }
    let anonymous = Policy::builder().allow_origins(["https://*.co.uk"]).build().unwrap();
    assert_eq!(anonymous.lints(), []);
}
