//! `build()` returns every mistake in a config at once: where, what, and what to write instead.

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
fn all_errors_come_at_once_in_the_order_of_the_fields() {
    let mut config = with_credentials(&["https://a.example/", "http://b.example", "*", "null"])
        .allow_methods(["GET it", "post", "*"])
        .allow_headers(["x y", "*"])
        .expose_headers([""])
        .max_age(Duration::from_millis(1500))
        .or(Policy::builder().allow_methods(["Put"]).or(Policy::builder().allow_origins(["a b"])));
    config.preflight_status = Some(302);
    config.denied_status = Some(9);
    let built = config.build().unwrap_err();
    let found: Vec<_> =
        built.iter().map(|e| (e.path(), e.value(), e.kind(), e.correction())).collect();
    let expected = [
        ("allowOrigins[0]", "https://a.example/", Kind::InvalidOrigin, Some("https://a.example")),
        (
            "allowOrigins[1]",
            "http://b.example",
            Kind::InsecureOriginWithCredentials,
            Some("https://b.example"),
        ),
        ("allowOrigins[2]", "*", Kind::WildcardBesideOthers, None),
        ("allowOrigins[2]", "*", Kind::AnyOriginWithCredentials, None),
        ("allowOrigins[3]", "null", Kind::NullWithCredentials, None),
        ("allowMethods[0]", "GET it", Kind::InvalidMethod, None),
        ("allowMethods[1]", "post", Kind::MethodCase, Some("POST")),
        ("allowMethods[2]", "*", Kind::WildcardBesideOthers, None),
        ("allowHeaders[0]", "x y", Kind::InvalidHeaderName, None),
        ("allowHeaders[1]", "*", Kind::WildcardBesideOthers, None),
        ("exposeHeaders[0]", "", Kind::InvalidHeaderName, None),
        ("maxAge", "1.5s", Kind::InvalidMaxAge, Some("1")),
        ("preflightStatus", "302", Kind::InvalidStatus, Some("204")),
        ("deniedStatus", "9", Kind::InvalidStatus, Some("403")),
        ("or[0].allowOrigins", "", Kind::NoOrigins, None),
        ("or[0].allowMethods[0]", "Put", Kind::MethodCase, Some("PUT")),
        ("or[1].allowOrigins[0]", "a b", Kind::InvalidOrigin, None),
    ];
    assert_eq!(found, expected);
    for error in &built {
        assert_eq!(error.id(), error.kind().id());
        assert!(error.to_string().ends_with(error.message()), "{error}");
    }
    assert_eq!((&built).into_iter().count(), 17);
    assert_eq!(built.into_iter().next_back().unwrap().path(), "or[1].allowOrigins[0]");
}

#[test]
fn origins() {
    errors(
        Policy::builder(),
        &[
            r#"allowOrigins: is empty; list the origins to allow, or "*" for any origin; to allow none, use Policy::deny_all()"#,
        ],
    );
    errors(
        Policy::builder().allow_origins(["*", "https://a.example"]),
        &[
            r#"allowOrigins[0]: "*" already allows every origin, but other origins are listed too; write it as the only entry, or remove it"#,
        ],
    );
    errors(
        Policy::builder().allow_origins(["https://a.example\n\u{1b}[31m"]),
        &[
            r#"allowOrigins[0]: "https://a.example\n\u{1b}[31m" contains white space; remove it, or write each origin as an entry of its own"#,
        ],
    );
    errors(
        Policy::builder().allow_origins(["https://a.example", "* "]),
        &[
            r#"allowOrigins[1]: "* " begins or ends with white space; remove it, or write "*" as the only entry"#,
        ],
    );
    let long = "a".repeat(5000);
    let shown = "a".repeat(120);
    errors(
        Policy::builder().allow_origins([long]),
        &[&format!(
            r#"allowOrigins[0]: "{shown}"… is longer than any origin can be (327 bytes); remove it"#
        )],
    );
}

#[test]
fn origins_with_credentials() {
    const MEANT: &str = "list the origins, or set allowCredentials to false; to allow it all the same, set dangerouslyReflectAnyOrigin to true";
    const ACT: &str = "act as the user, because allowCredentials is true";
    for any in ["*", "https://*", "https://*:*"] {
        errors(
            with_credentials(&[any]),
            &[&format!(r#"allowOrigins[0]: "{any}" lets any website {ACT}; {MEANT}"#)],
        );
        builds(with_credentials(&[any]).dangerously_reflect_any_origin(true));
        builds(Policy::builder().allow_origins([any]));
    }
    for (broad, host) in [
        ("https://*.com", "com"),
        ("https://*.com.:8443", "com."),
        ("https://*.corp:*", "corp"),
        ("https://my-*.com", "com"),
        ("https://*-my.com:*", "com"),
    ] {
        errors(
            with_credentials(&[broad]),
            &[&format!(
                r#"allowOrigins[0]: "{broad}" lets anyone who registers a matching name under "{host}" {ACT}; {MEANT}"#
            )],
        );
        builds(with_credentials(&[broad]).dangerously_reflect_any_origin(true));
        builds(Policy::builder().allow_origins([broad]));
    }
    for local in ["localhost", "test", "local", "internal"] {
        builds(with_credentials(&[&format!("https://*.{local}")]));
        builds(with_credentials(&[&format!("https://my-*.{local}")]));
    }
    builds(with_credentials(&["https://my-*.example.com"]));
    // The hosts of other schemes are no names that people register.
    builds(with_credentials(&["capacitor://*", "app://*.example"]));
    for (opaque, who) in [
        ("null", "a sandboxed frame on any website"),
        ("file://", "every file that the user opens in an Android web view"),
    ] {
        let line = format!(
            r#"allowOrigins[0]: "{opaque}" lets {who} {ACT}; remove it, or set allowCredentials to false"#
        );
        errors(with_credentials(&[opaque]), &[&line]);
        let dangerous = with_credentials(&[opaque])
            .dangerously_reflect_any_origin(true)
            .dangerously_allow_insecure_origins(true);
        errors(dangerous, &[&line]);
        builds(Policy::builder().allow_origins([opaque]));
    }
}

/// What is advised would be an error with credentials.
#[test]
fn corrections_are_right_with_credentials_too() {
    for (written, line) in [
        (
            "http://a.example/",
            r#"ends with a slash; and "http://a.example" lets anyone on the user's network act as the user, because allowCredentials is true; write "https://a.example"; to allow it all the same, set dangerouslyAllowInsecureOrigins to true"#,
        ),
        (
            "https://*.com/",
            r#"ends with a slash; and "https://*.com" lets anyone who registers a matching name under "com" act as the user, because allowCredentials is true; list the origins, or set allowCredentials to false; to allow it all the same, set dangerouslyReflectAnyOrigin to true"#,
        ),
        (
            "NULL",
            r#"is not in lower case; and "null" lets a sandboxed frame on any website act as the user, because allowCredentials is true; remove it, or set allowCredentials to false"#,
        ),
        ("https://a.example/", r#"ends with a slash; write "https://a.example""#),
    ] {
        let line = format!("allowOrigins[0]: {written:?} {line}");
        errors(with_credentials(&[written]), &[&line]);
    }
}

#[test]
fn insecure_origins_with_credentials() {
    let insecure = [
        ("http://a.example", r#"write "https://a.example""#),
        ("HTTP://*.A.example", r#"write "https://*.a.example""#),
        ("http://pr-*.a.example", r#"write "https://pr-*.a.example""#),
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
                r#"allowOrigins[0]: "{origin}" lets anyone on the user's network act as the user, because allowCredentials is true; {instead}; to allow it all the same, set dangerouslyAllowInsecureOrigins to true"#
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
        "http://app-*.localhost:*",
        "http://*.app.localhost",
        "http://127.0.0.1:8080",
        "http://127.255.255.255",
        "http://[::1]:*",
    ] {
        builds(with_credentials(&[loopback]));
    }
    // Each danger is named, and each has its own permission.
    let both = with_credentials(&["http://*.com"]);
    let errors = both.clone().build().unwrap_err();
    let found: Vec<_> = errors.iter().map(|error| (error.kind(), error.correction())).collect();
    // `https://*.com` would be no help.
    assert_eq!(
        found,
        [(Kind::AnyOriginWithCredentials, None), (Kind::InsecureOriginWithCredentials, None)]
    );
    let one = both.clone().dangerously_reflect_any_origin(true).build().unwrap_err();
    let found: Vec<_> = one.iter().map(|error| (error.kind(), error.correction())).collect();
    assert_eq!(found, [(Kind::InsecureOriginWithCredentials, Some("https://*.com"))]);
    builds(both.dangerously_reflect_any_origin(true).dangerously_allow_insecure_origins(true));
}

#[test]
fn methods_and_headers() {
    let config = || Policy::builder().allow_origins(["*"]);
    for method in ["", "G T", "é", " * "] {
        let line =
            format!(r#"allowMethods[0]: {method:?} is not a method name; write one such as "PUT""#);
        errors(config().allow_methods([method]), &[&line]);
    }
    for (method, meant) in [("PUT\r\n", "PUT"), (" put", "PUT"), ("patch ", "patch")] {
        let line = format!(r#"allowMethods[0]: {method:?} is not a method name; write {meant:?}"#);
        errors(config().allow_methods([method]), &[&line]);
    }
    errors(
        config().allow_methods(["GET,PUT"]).allow_headers(["a, b"]).expose_headers(["X-Id: "]),
        &[
            r#"allowMethods[0]: "GET,PUT" contains a comma; write each method as an entry of its own"#,
            r#"allowHeaders[0]: "a, b" contains a comma; write each header as an entry of its own"#,
            r#"exposeHeaders[0]: "X-Id: " is not a header name; write "X-Id""#,
        ],
    );
    for (method, sent) in
        [("get", "GET"), ("Head", "HEAD"), ("post", "POST"), ("pUT", "PUT"), ("delete", "DELETE")]
    {
        let line = format!(
            r#"allowMethods[0]: "{method}" is not written as browsers send it; write "{sent}""#
        );
        errors(config().allow_methods([method]), &[&line]);
    }
    errors(
        config().allow_methods(["OPTIONS", "options", "*"]),
        &[
            r#"allowMethods[1]: "options" is not written as browsers send it; write "OPTIONS""#,
            r#"allowMethods[2]: "*" already allows every method, but other methods are listed too; write it as the only entry, or remove it"#,
        ],
    );
    errors(
        config().allow_headers(["x-a", "*", "x:b"]),
        &[
            r#"allowHeaders[2]: "x:b" is not a header name; write one such as "x-request-id""#,
            r#"allowHeaders[1]: "*" already allows every header except "authorization", but other headers are listed too; write it as the only entry, or remove it"#,
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
        &[r#"maxAge: "1.5s" is not whole seconds; write 1 or 2"#],
    );
    let most = u64::from(i32::MAX.unsigned_abs());
    // Of each of these a half, or one more, is another case.
    for (age, shown) in [
        (Duration::from_secs(most + 1), "2147483648s"),
        (Duration::new(most, 500_000_000), "2147483647.5s"),
        (Duration::new(u32::MAX.into(), 1), "4294967295.000000001s"),
        (Duration::new(u64::from(u32::MAX) + 1, 1), "4294967296.000000001s"),
        (Duration::MAX, "18446744073709551615.999999999s"),
    ] {
        errors(
            config().max_age(age),
            &[&format!(
                r#"maxAge: "{shown}" is longer than 2147483647 seconds; write 86400, the longest that any browser keeps an answer"#
            )],
        );
    }
    errors(
        config().max_age(Duration::new(most - 1, 1)),
        &[
            r#"maxAge: "2147483646.000000001s" is not whole seconds; write 2147483646 or 2147483647"#,
        ],
    );
    builds(config().max_age(Duration::from_secs(most)));
    builds(config().max_age(Duration::ZERO));
    for status in [199, 300, 404, 0, 65535] {
        let mut config = config();
        config.preflight_status = Some(status);
        let line = format!(
            r#"preflightStatus: "{status}" is not a 2xx status, so browsers refuse the preflight; write 204"#
        );
        errors(config, &[&line]);
    }
    for status in [199, 300, 399, 500, 1000] {
        let mut config = config();
        config.denied_status = Some(status);
        let line =
            format!(r#"deniedStatus: "{status}" is neither a 2xx nor a 4xx status; write 403"#);
        errors(config, &[&line]);
    }
    for status in [200, 299, 400, 499] {
        let mut config = config();
        (config.preflight_status, config.denied_status) = (Some(status.min(299)), Some(status));
        builds(config);
    }
}

const ENTRY: &str = "write each origin as an entry of its own";
const WHOLE: &str = r#"write "scheme://host", with ":port" if needed"#;
const ONLY: &str = r#"write "scheme://host", with ":port" if needed, and nothing else"#;

/// A text that is no pattern, what is wrong with it, and what to write: a pattern, or an advice.
const BAD_PATTERNS: &[(&str, &str, Result<&str, &str>)] = &[
    ("", "is empty", Err(r#"write an origin such as "https://example.com""#)),
    (" ", "is empty", Err(r#"write an origin such as "https://example.com""#)),
    ("https://a.example/", "ends with a slash", Ok("https://a.example")),
    ("https://a.example/api", "has a path", Ok("https://a.example")),
    ("https://a.example//", "has a path", Ok("https://a.example")),
    (r"https://a.example\", "ends with a slash", Ok("https://a.example")),
    ("https://a.example?q", "has a query", Ok("https://a.example")),
    ("https://a.example#f", "has a fragment", Ok("https://a.example")),
    ("https://me:pw@a.example:1", "has a user name or password", Ok("https://a.example:1")),
    ("https://pr-*.a.example/x", "has a path", Ok("https://pr-*.a.example")),
    (" https://a.example", "begins or ends with white space", Ok("https://a.example")),
    ("https://a.example\n", "begins or ends with white space", Ok("https://a.example")),
    ("https://a.example, https://b.example", "contains more than one origin", Err(ENTRY)),
    ("https://a.example,https://b.example", "contains more than one origin", Err(ENTRY)),
    ("https://a.example;https://b.example", "contains more than one origin", Err(ENTRY)),
    ("https://a.example|b.example", "contains more than one origin", Err(ENTRY)),
    ("https://https://a.example", "contains more than one origin", Err(ENTRY)),
    (
        "https://a .example",
        "contains white space",
        Err("remove it, or write each origin as an entry of its own"),
    ),
    ("a.example", "has no scheme", Ok("https://a.example")),
    ("//a.example/", "has no scheme", Ok("https://a.example")),
    ("*.a.example", "has no scheme", Ok("https://*.a.example")),
    ("a-*.a.example", "has no scheme", Ok("https://a-*.a.example")),
    ("a.example:8443", "has no scheme", Ok("https://a.example:8443")),
    ("localhost:3000", "has no scheme", Ok("http://localhost:3000")),
    ("https:a.example", "has no scheme", Ok("https://a.example")),
    ("https:/a.example", "has no scheme", Ok("https://a.example")),
    ("https//a.example", "has no scheme", Ok("https://a.example")),
    ("HTTPS//a.example", "has no scheme", Ok("https://a.example")),
    ("HTTPS:/a.example", "has no scheme", Ok("https://a.example")),
    ("wss//a.example", "has no scheme", Ok("https://a.example")),
    ("htps//a.example:1", "has no scheme", Ok("https://a.example:1")),
    ("capacitor:/a.example", "has no scheme", Ok("capacitor://a.example")),
    ("a.example//b.example", "has no scheme", Ok("https://a.example")),
    ("localhost//b.example", "has no scheme", Ok("http://localhost")),
    ("chrome-extension//abcdef", "has no scheme", Err(WHOLE)),
    ("app.localhost:3000", "has no scheme", Ok("http://app.localhost:3000")),
    ("Localhost.:3000", "has no scheme", Ok("http://localhost.:3000")),
    ("*.localhost", "has no scheme", Ok("http://*.localhost")),
    ("127.1:3000/x", "has no scheme", Ok("http://127.0.0.1:3000")),
    ("[::1]:3000", "has no scheme", Ok("http://[::1]:3000")),
    ("localhost.a.example", "has no scheme", Ok("https://localhost.a.example")),
    ("127.a.example", "has no scheme", Ok("https://127.a.example")),
    (
        "ws://localhost.a.example",
        r#"has the scheme "ws", which no page's origin has"#,
        Ok("https://localhost.a.example"),
    ),
    (
        "ws://app.localhost:80/x",
        r#"has the scheme "ws", which no page's origin has"#,
        Ok("http://app.localhost"),
    ),
    (
        "ws://a.example:80/x",
        r#"has the scheme "ws", which no page's origin has"#,
        Ok("https://a.example"),
    ),
    (
        "wss://a.example:80",
        r#"has the scheme "wss", which no page's origin has"#,
        Ok("https://a.example:80"),
    ),
    (
        "ftp://*.a.example:21",
        r#"has the scheme "ftp", which no page's origin has"#,
        Ok("https://*.a.example"),
    ),
    ("https", "has no scheme", Err(WHOLE)),
    ("https:", "has no scheme", Err(WHOLE)),
    ("undefined", "has no scheme", Err(WHOLE)),
    ("/^https:.*$/", "has no scheme", Err(WHOLE)),
    ("https://", "has no host", Err(WHOLE)),
    ("https://:443", "has no host", Err(WHOLE)),
    ("*://a.example", "has a wildcard in its scheme", Ok("https://a.example")),
    (
        "http*://a.example",
        "has a wildcard in its scheme",
        Err(r#"write one entry with "https", and one with "http" if needed"#),
    ),
    (
        "1http://a.example",
        "has a scheme that is not valid",
        Err(r#"write one such as "https" or "capacitor""#),
    ),
    (
        "://a.example",
        "has a scheme that is not valid",
        Err(r#"write one such as "https" or "capacitor""#),
    ),
    (
        "wss://a.example",
        r#"has the scheme "wss", which no page's origin has"#,
        Ok("https://a.example"),
    ),
    (
        "WS://*.a.example:1",
        r#"has the scheme "ws", which no page's origin has"#,
        Ok("https://*.a.example:1"),
    ),
    (
        "ws://localhost:3000",
        r#"has the scheme "ws", which no page's origin has"#,
        Ok("http://localhost:3000"),
    ),
    (
        "ftp://a.example",
        r#"has the scheme "ftp", which no page's origin has"#,
        Ok("https://a.example"),
    ),
    ("htps://a.example", r#"has the scheme "htps", which looks misspelt"#, Ok("https://a.example")),
    (
        "httpss://a.example",
        r#"has the scheme "httpss", which looks misspelt"#,
        Ok("https://a.example"),
    ),
    (
        "httsp://a.example",
        r#"has the scheme "httsp", which looks misspelt"#,
        Ok("https://a.example"),
    ),
    (
        "hxtps://a.example",
        r#"has the scheme "hxtps", which looks misspelt"#,
        Ok("https://a.example"),
    ),
    ("htp://a.example", r#"has the scheme "htp", which looks misspelt"#, Ok("http://a.example")),
    (
        "hhttp://a.example",
        r#"has the scheme "hhttp", which looks misspelt"#,
        Ok("http://a.example"),
    ),
    ("ttp://a.example/", r#"has the scheme "ttp", which looks misspelt"#, Ok("http://a.example")),
    (
        "http://192.168.0.0/16",
        "is a range of IP addresses",
        Err("write each address as an entry of its own"),
    ),
    // A wildcard inside the first label is an open label; anywhere else it is none, and nothing
    // that would match more is advised.
    ("https://**.a.example", "has more than one wildcard in its host", Ok("https://*.a.example")),
    ("https://*.*.a.example:1", "has more than one wildcard in its host", Err("list the hosts")),
    ("https://*-*.a.example", "has more than one wildcard in its host", Err("list the hosts")),
    ("https://a-*.b-*.example", "has more than one wildcard in its host", Err("list the hosts")),
    ("https://**", "has more than one wildcard in its host", Err("list the hosts")),
    (
        "https://a.*.example",
        "has a wildcard after the first label of its host",
        Err("list the hosts"),
    ),
    (
        "https://a.example*",
        "has a wildcard after the first label of its host",
        Err("list the hosts"),
    ),
    (
        "https://a.b-*.example",
        "has a wildcard after the first label of its host",
        Err("list the hosts"),
    ),
    ("https://pr-*", "has a wildcard in the only label of its host", Err("list the hosts")),
    ("https://*host:3000", "has a wildcard in the only label of its host", Err("list the hosts")),
    (
        "app://pr-*.a",
        "has a wildcard inside a label, which is for http and https only",
        Err("list the hosts"),
    ),
    ("https://xn--*.a.example", "has a wildcard in a Punycode label", Err("list the hosts")),
    ("https://XN--a*.a.example", "has a wildcard in a Punycode label", Err("list the hosts")),
    ("https://a%*.a.example", "contains '%' in its host", Err(ONLY)),
    (
        "https://a.example:80*",
        "has a wildcard in its port",
        Err("list the ports, each in an entry of its own"),
    ),
    ("http://*[::1]:80", "has a wildcard before an IP address", Ok("http://[::1]")),
    ("https://*.127.0.0.1", "has a wildcard before an IP address", Ok("https://127.0.0.1")),
    ("https://*.[::1]:1", "has a wildcard before an IP address", Ok("https://[::1]:1")),
    (
        "https://a-*.0.0.1",
        "has a wildcard before an IP address",
        Err("write each address as an entry of its own"),
    ),
    ("data:text/html,hi", "has a scheme whose pages have no origin of their own", Err("remove it")),
    ("file:", "is a URL of a local file", Ok("file://")),
    ("FILE:///home/me/page.html", "is a URL of a local file", Ok("file://")),
    ("NULL", "is not in lower case", Ok("null")),
    ("https://.a.example", "has an empty label in its host", Ok("https://a.example")),
    ("https://a..example", "has an empty label in its host", Ok("https://a.example")),
    ("https://a.example..", "has an empty label in its host", Ok("https://a.example")),
    ("https://*..a.example:1", "has an empty label in its host", Ok("https://*.a.example:1")),
    // Not `https://*`.
    ("https://*.", "has an empty label in its host", Err(ONLY)),
    ("https://*..", "has an empty label in its host", Err(ONLY)),
    ("https://a-*.", "has an empty label in its host", Err(ONLY)),
    (
        "https://bücher.example",
        "has a host that is not ASCII",
        Err(r#"write its Punycode form, such as "https://xn--bcher-kva.example""#),
    ),
    (
        "https://xn--a.example",
        "has a label that is not valid Punycode",
        Err("write the host as JavaScript's URL API prints it"),
    ),
    (
        "https://*.xn--0.example",
        "has a label that is not valid Punycode",
        Err("write the host as JavaScript's URL API prints it"),
    ),
    (
        "https://pr-*.xn--.example",
        "has a label that is not valid Punycode",
        Err("write the host as JavaScript's URL API prints it"),
    ),
    ("https://a_b.ex%41mple", "contains '%' in its host", Err(ONLY)),
    (
        "capacitor://a:b:c",
        "has a port that is not 1 to 65535 in plain digits",
        Err("write one in this range"),
    ),
    (
        "https://a.example:",
        "has a port that is not 1 to 65535 in plain digits",
        Ok("https://a.example"),
    ),
    (
        "https://a.example:0443",
        "has a port that is not 1 to 65535 in plain digits",
        Ok("https://a.example"),
    ),
    (
        "https://a.example:08443",
        "has a port that is not 1 to 65535 in plain digits",
        Ok("https://a.example:8443"),
    ),
    (
        "https://a.example:0",
        "has a port that is not 1 to 65535 in plain digits",
        Err("write one in this range"),
    ),
    (
        "https://a.example:65536",
        "has a port that is not 1 to 65535 in plain digits",
        Err("write one in this range"),
    ),
    (
        "https://a.example:+1",
        "has a port that is not 1 to 65535 in plain digits",
        Err("write one in this range"),
    ),
    (
        "https://a.example:http",
        "has a port that is not 1 to 65535 in plain digits",
        Err("write one in this range"),
    ),
    ("http://127.1", "has an IP address that is not in canonical form", Ok("http://127.0.0.1")),
    (
        "http://127.0.0.01:3000",
        "has an IP address that is not in canonical form",
        Ok("http://127.0.0.1:3000"),
    ),
    (
        "http://0x7f000001",
        "has an IP address that is not in canonical form",
        Ok("http://127.0.0.1"),
    ),
    (
        "http://127.0.0.1.",
        "has an IP address that is not in canonical form",
        Ok("http://127.0.0.1"),
    ),
    ("http://256.0.0.1", NO_IP, Err("write a domain name or a valid IP address")),
    ("http://1.2.3.4.5", NO_IP, Err("write a domain name or a valid IP address")),
    ("http://a.1", NO_IP, Err("write a domain name or a valid IP address")),
    ("http://[::1", NO_IP, Err("write a domain name or a valid IP address")),
    ("http://[::1]a", NO_IP, Err("write a domain name or a valid IP address")),
    (
        "http://[0:0:0:0:0:0:0:1]:80",
        "has an IP address that is not in canonical form",
        Ok("http://[::1]"),
    ),
    (
        "http://[::FFFF:1.2.3.4]",
        "has an IP address that is not in canonical form",
        Ok("http://[::ffff:102:304]"),
    ),
    (
        "http://[1:0:0:2::3:4]",
        "has an IP address that is not in canonical form",
        Ok("http://[1::2:0:0:3:4]"),
    ),
    (
        "http://[1::2:3:4:5:6:7]",
        "has an IP address that is not in canonical form",
        Ok("http://[1:0:2:3:4:5:6:7]"),
    ),
    ("http://::1", "has an IPv6 address without brackets", Ok("http://[::1]")),
    ("http://::1:3000", "has an IPv6 address without brackets", Ok("http://[::1]:3000")),
    ("http://::1:30000", "has an IPv6 address without brackets", Ok("http://[::1]:30000")),
    ("http://::1:*", "has an IPv6 address without brackets", Ok("http://[::1]:*")),
    ("http://fe80::a", "has an IPv6 address without brackets", Ok("http://[fe80::a]")),
    (
        "http://1:2:3:4:5:6:7:8:9",
        "has an IPv6 address without brackets",
        Ok("http://[1:2:3:4:5:6:7:8]:9"),
    ),
    // An address, or one with a port?
    (
        "http://2001:db8::1:8080",
        "has an IPv6 address without brackets",
        Err(r#"write brackets around the address, such as "http://[::1]:3000""#),
    ),
];

const NO_IP: &str = "has a host that browsers read as an IP address, but that is not a valid one";

#[test]
fn bad_patterns_come_with_their_correction() {
    let long_label = format!("https://{}.example", "a".repeat(64));
    let long_open = format!("https://{}-*.example", "a".repeat(62));
    let long_host = format!("https://{}example", "a.".repeat(127));
    let deep_host = format!("https://*.{}a", "a.".repeat(126));
    let open_host = format!("https://a*.{}a", "a.".repeat(126));
    let long_scheme = format!("{}://host", "s".repeat(65));
    let long_opaque = format!("app://{}", "a".repeat(322));
    let long = [
        (long_label.as_str(), "has a label of more than 63 bytes in its host", Err("remove it")),
        (&long_open, "has a label of more than 63 bytes in its host", Err("remove it")),
        (&long_host, "has a host of more than 253 bytes", Err("remove it")),
        (&deep_host, "has a host of more than 253 bytes", Err("remove it")),
        (&open_host, "has a host of more than 253 bytes", Err("remove it")),
        (
            &long_scheme,
            "has a scheme that is not valid",
            Err(r#"write one such as "https" or "capacitor""#),
        ),
        (&long_opaque, "is longer than any origin can be (327 bytes)", Err("remove it")),
    ];
    for (text, message, instead) in BAD_PATTERNS.iter().copied().chain(long) {
        let error = text.parse::<OriginPattern>().unwrap_err();
        let expected = match instead {
            Ok(suggestion) => format!("{message}; write {suggestion:?}"),
            Err(advice) => format!("{message}; {advice}"),
        };
        assert_eq!(error.to_string(), expected, "{text:?}");
        assert_eq!(error.suggestion(), instead.ok(), "{text:?}");
        if let Ok(suggestion) = instead {
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
        ("FILE://", "file://"),
        ("https://PR-*.Preview.Example.com:443", "https://pr-*.preview.example.com"),
        ("https://*-team.example.app:*", "https://*-team.example.app:*"),
        ("http://a_-*-b.localhost:80", "http://a_-*-b.localhost"),
        ("https://x*.example.com.:1", "https://x*.example.com.:1"),
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
        ("https://XN--BCHER-KVA.example", "https://xn--bcher-kva.example"),
        ("https://*.xn--fiqs8s", "https://*.xn--fiqs8s"),
        ("https://pr-*.xn--i-7iq.ws", "https://pr-*.xn--i-7iq.ws"),
        ("https://xn--mgbh0fb.xn--kgbechtv", "https://xn--mgbh0fb.xn--kgbechtv"),
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
        (
            "https://pr-*.a",
            &["https://pr-1.a", "https://pr--.a:443", "https://pr-x-1.a"],
            &[
                "https://pr-.a",
                "https://pr.a",
                "https://xpr-1.a",
                "https://pr-1_2.a",
                "https://pr-1.b.a",
                "https://b.pr-1.a",
                "https://pr-1.xa",
                "https://pr-1.a.b",
                "https://pr-1.a.",
                "https://pr-1.a:1",
                "http://pr-1.a",
            ],
        ),
        (
            "https://a-*-b.a:*",
            &["https://a-x-b.a", "https://a---b.a:1"],
            &["https://a--b.a", "https://a-b.a", "https://a-x-b-x.a"],
        ),
        ("https://x*.a", &["https://xn-a.a"], &["https://xn--a.a", "https://x.a"]),
        ("https://*a.a", &["https://ba.a"], &["https://a.a", "https://xn--a.a"]),
        ("file://", &[], &["file://a", "https://a"]),
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
    for lint in &lints {
        assert_eq!(lint.id(), lint.kind().id());
        assert!(lint.to_string().ends_with(lint.message()), "{lint}");
    }
}

#[test]
fn lints_report_what_is_probably_not_meant() {
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
            (
                Repeated,
                r#"allowOrigins[1]: "https://a.example" is already listed at allowOrigins[0]; remove it"#,
            ),
            (
                Covered,
                r#"allowOrigins[2]: "https://x.b.example" is already covered by allowOrigins[5]; remove it"#,
            ),
            (
                Covered,
                r#"allowOrigins[4]: "https://*.x.b.example" is already covered by allowOrigins[3]; remove it"#,
            ),
            (
                Covered,
                r#"allowOrigins[6]: "http://localhost:3000" is already covered by allowOrigins[7]; remove it"#,
            ),
            (
                Covered,
                r#"allowOrigins[8]: "app://anything" is already covered by allowOrigins[9]; remove it"#,
            ),
        ],
    );
    let any = || Policy::builder().allow_origins(["*"]);
    lints(
        any().allow_methods(["GET", "PUT", "TRACE", "patch", "PUT", "OPTIONS", "X-*"]),
        &[
            (
                Safelisted,
                r#"allowMethods[0]: "GET" is always allowed, because it is CORS-safelisted; remove it"#,
            ),
            (
                Forbidden,
                r#"allowMethods[2]: "TRACE" is a method that browsers do not let scripts send; remove it"#,
            ),
            (
                Misspelt,
                r#"allowMethods[3]: "patch" is sent as it is written; write "PATCH" if you mean that method"#,
            ),
            (Repeated, r#"allowMethods[4]: "PUT" is already listed at allowMethods[1]; remove it"#),
            (
                OptionsMethod,
                r#"allowMethods[5]: "OPTIONS" is not needed for preflights; remove it, unless scripts send OPTIONS requests"#,
            ),
            (
                LiteralWildcard,
                r#"allowMethods[6]: "X-*" allows this one name, because "*" inside a name is literal; list the names"#,
            ),
        ],
    );
    lints(
        any().allow_headers([
            "Cookie",
            "x-a",
            "Sec-Fetch-Site",
            "X-A",
            "x-*",
            "Access-Control-Allow-Origin",
            "access-control-max-age",
        ]),
        &[
            (
                Forbidden,
                r#"allowHeaders[0]: "cookie" is a header that browsers do not let scripts set; remove it: credentials are allowed with allowCredentials"#,
            ),
            (
                Forbidden,
                r#"allowHeaders[2]: "sec-fetch-site" is a header that browsers do not let scripts set; remove it"#,
            ),
            (Repeated, r#"allowHeaders[3]: "x-a" is already listed at allowHeaders[1]; remove it"#),
            (
                LiteralWildcard,
                r#"allowHeaders[4]: "x-*" allows this one name, because "*" inside a name is literal; list the names"#,
            ),
            (
                CorsResponseHeader,
                r#"allowHeaders[5]: "access-control-allow-origin" is a response header, which the layer sends by itself; remove it"#,
            ),
            (
                CorsResponseHeader,
                r#"allowHeaders[6]: "access-control-max-age" is a response header, which the layer sends by itself; remove it"#,
            ),
        ],
    );
    lints(
        any().expose_headers(["*", "ETag", "Content-Type", "Set-Cookie", "Origin"]),
        &[
            (Covered, r#"exposeHeaders[1]: "etag" is already covered by "*"; remove it"#),
            (
                Safelisted,
                r#"exposeHeaders[2]: "content-type" is always readable, because it is CORS-safelisted; remove it"#,
            ),
            (
                Forbidden,
                r#"exposeHeaders[3]: "set-cookie" is a header that browsers do not let scripts read; remove it"#,
            ),
            (
                Forbidden,
                r#"exposeHeaders[4]: "origin" is a request header, which no response has; remove it"#,
            ),
        ],
    );
    lints(
        any().expose_headers(["x-*", "access-control-expose-headers", "ETag", "etag"]),
        &[
            (
                LiteralWildcard,
                r#"exposeHeaders[0]: "x-*" allows this one name, because "*" inside a name is literal; list the names"#,
            ),
            (
                CorsResponseHeader,
                r#"exposeHeaders[1]: "access-control-expose-headers" is a header for the browser, which scripts do not need; remove it"#,
            ),
            (
                Repeated,
                r#"exposeHeaders[3]: "etag" is already listed at exposeHeaders[2]; remove it"#,
            ),
        ],
    );
    lints(
        any().max_age(Duration::from_secs(86_401)),
        &[(
            LongMaxAge,
            r#"maxAge: "86401" is longer than any browser keeps an answer; write 86400"#,
        )],
    );
    for origin in ["*", "https://*"] {
        let reflecting = with_credentials(&[origin]).dangerously_reflect_any_origin(true);
        let text = format!(
            r#"allowOrigins[0]: "{origin}" lets any website act as the user, because allowCredentials is true; list the origins"#
        );
        lints(reflecting, &[(ReflectsAnyOrigin, &text)]);
    }
    lints(
        with_credentials(&["moz-extension://*"]),
        &[(
            AnyHostOfScheme,
            r#"allowOrigins[0]: "moz-extension://*" lets every moz-extension page of any author act as the user, because allowCredentials is true; list the hosts"#,
        )],
    );
    lints(
        Policy::builder().allow_origins(["null", "file://"]),
        &[
            (
                NullOrigin,
                r#"allowOrigins[0]: "null" allows every website, because a sandboxed frame on any of them has this origin; serve the pages from an origin of their own"#,
            ),
            (
                NullOrigin,
                r#"allowOrigins[1]: "file://" allows every file that the user opens in an Android web view; serve the pages from an origin of their own"#,
            ),
        ],
    );
}

#[test]
fn corrections_of_lints_are_values() {
    let config = Policy::builder().allow_origins(["*"]).allow_methods(["patch", "GET"]);
    let lints = config.max_age(Duration::from_secs(100_000)).build().unwrap().lints();
    let found: Vec<_> = lints.iter().map(|lint| (lint.path(), lint.correction())).collect();
    let expected =
        [("allowMethods[0]", Some("PATCH")), ("allowMethods[1]", None), ("maxAge", Some("86400"))];
    assert_eq!(found, expected);
}

#[test]
fn open_labels_beside_names_of_strangers_are_a_lint() {
    let config = Policy::builder().allow_origins([
        "https://*example.com",
        "http://my-*.dev.:*",
        "https://*-team.github.io",
        "https://*-team.example.com",
        "http://app-*.localhost:3000",
        "http://app-*.test",
        "https://*.org",
    ]);
    let strangers = |index, pattern: &str, host: &str| {
        format!(
            "allowOrigins[{index}]: {pattern:?} allows anyone who registers a matching name under {host:?}; list the origins"
        )
    };
    lints(
        config,
        &[
            (LintKind::OpenToStrangers, &strangers(0, "https://*example.com", "com")),
            (LintKind::OpenToStrangers, &strangers(1, "http://my-*.dev.:*", "dev.")),
            (LintKind::OpenToStrangers, &strangers(2, "https://*-team.github.io", "github.io")),
        ],
    );
}

#[test]
fn open_labels_cover_and_are_covered() {
    let covered = |origins: &[&str]| -> Vec<(String, String)> {
        let lints = Policy::builder().allow_origins(origins).build().unwrap().lints();
        let split = |message: &str| message.split(' ').nth(4).unwrap().replace(';', "");
        assert!(lints.iter().all(|lint| lint.kind() == LintKind::Covered), "{lints:?}");
        lints.iter().map(|lint| (lint.path().to_owned(), split(lint.message()))).collect()
    };
    for (origins, by) in [
        (["https://pr-1.a.example", "https://pr-*.a.example"], Some((0, 1))),
        (["https://pr-1.a.example:1", "https://pr-*.a.example:*"], Some((0, 1))),
        (["https://pr-*.a.example", "https://pr-*.a.example:*"], Some((0, 1))),
        (["https://pr-a*.a.example", "https://pr-*.a.example"], Some((0, 1))),
        (["https://pr-*-x.a.example", "https://pr-*.a.example"], Some((0, 1))),
        (["https://a*a.a.example", "https://*a.a.example:*"], Some((0, 1))),
        (["https://pr-*.a.example", "https://*.a.example"], Some((0, 1))),
        (["https://pr-*.a.example", "https://*.example"], Some((0, 1))),
        (["https://pr-*.a.example", "https://*"], Some((0, 1))),
        (["https://pr-*.a.example:1", "https://*:*"], Some((0, 1))),
        // None of these is.
        (["https://pr-.a.example", "https://pr-*.a.example"], None),
        (["https://pr-1_.a.example", "https://pr-*.a.example"], None),
        (["https://pr-_*.a.example", "https://pr-*.a.example"], None),
        (["https://xn--bcher-kva.a.example", "https://x*.a.example"], None),
        (["https://pr-1.b.example", "https://pr-*.a.example"], None),
        (["https://pr-1.a.example:1", "https://pr-*.a.example"], None),
        (["http://pr-1.a.example", "https://pr-*.a.example"], None),
        (["https://*.a.example", "https://pr-*.b.example"], None),
        (["https://a*b.a.example", "https://b*a.a.example"], None),
        (["https://a.example", "https://pr-*.a.example"], None),
    ] {
        let path = |index| format!("allowOrigins[{index}]");
        let expected: Vec<_> =
            by.map(|(entry, cover)| (path(entry), path(cover))).into_iter().collect();
        assert_eq!(covered(&origins), expected, "{origins:?}");
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
                r#"or[0].allowOrigins[0]: "https://x.a.example" is already covered by allowOrigins[0]; remove it"#,
            ),
            (
                LintKind::Repeated,
                r#"or[1].allowOrigins[0]: "https://b.example" is already listed at or[0].allowOrigins[1]; remove it"#,
            ),
        ],
    );
    let unreachable =
        Policy::builder().allow_origins(["*"]).or(with_credentials(&["https://a.example"]));
    lints(
        unreachable,
        &[(
            LintKind::Covered,
            r#"or[0].allowOrigins[0]: "https://a.example" is already covered by allowOrigins[0]; remove it"#,
        )],
    );
    // What a later config has covers nothing before it.
    let later = Policy::builder()
        .allow_origins(["https://x.a.example"])
        .or(Policy::builder().allow_origins(["https://*.a.example"]));
    lints(later, &[]);
}

#[test]
fn any_origin_covers_null_where_it_means_it() {
    let null = || Policy::builder().allow_origins(["null"]);
    lints(
        Policy::builder().allow_origins(["*"]).or(null()),
        &[(
            LintKind::Covered,
            r#"or[0].allowOrigins[0]: "null" is already covered by allowOrigins[0]; remove it"#,
        )],
    );
    let reflecting = with_credentials(&["*"]).dangerously_reflect_any_origin(true);
    let lints = reflecting.or(null()).build().unwrap().lints();
    assert_eq!(
        lints.iter().map(|lint| lint.kind()).collect::<Vec<_>>(),
        [LintKind::ReflectsAnyOrigin, LintKind::NullOrigin]
    );
}

#[test]
fn names_under_a_public_suffix_with_credentials_are_a_lint() {
    let found = |origin| {
        let lints = with_credentials(&[origin]).build().unwrap().lints();
        lints.iter().map(|lint| lint.kind()).collect::<Vec<_>>()
    };
    for suffix in [
        "https://*.co.uk",
        "https://*.github.io",
        "https://*.github.io.:8443",
        "https://my-*.github.io",
        "https://*-my.vercel.app:*",
    ] {
        assert_eq!(found(suffix), [LintKind::PublicSuffix], "{suffix}");
    }
    for own in [
        "https://*.example.co.uk",
        "https://*.example.com",
        "https://pr-*.example.com",
        "https://*.localhost",
        "app://*.co.uk",
    ] {
        assert_eq!(found(own), [], "{own}");
    }
    let anonymous = Policy::builder().allow_origins(["https://*.co.uk"]).build().unwrap();
    assert_eq!(anonymous.lints(), []);
    lints(
        with_credentials(&["https://my-*.github.io"]),
        &[(
            LintKind::PublicSuffix,
            r#"allowOrigins[0]: "https://my-*.github.io" lets anyone who registers a name under this public suffix act as the user, because allowCredentials is true; list the origins"#,
        )],
    );
}

/// Found by fuzzing: the path behind it made `*` look like a host with a dot.
#[test]
fn no_correction_guesses_any_host() {
    for text in ["app:/*/.x", "app:/*?.x", "https:/*/a.b", "wss//*:1/a.b", "*/a.b"] {
        let errors = Policy::builder().allow_origins([text]).build().unwrap_err();
        assert_eq!(errors.iter().next().unwrap().correction(), None, "{text}");
    }
}
