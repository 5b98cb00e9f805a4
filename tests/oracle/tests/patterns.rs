//! The naive matcher, by examples and against the generated texts.

use proptest::prelude::*;
use tower_cors_oracle::generate::{hit, near_miss, origin, pattern, sent_origin};
use tower_cors_oracle::plain::{matches, well_formed};

#[test]
fn well_formed_origins() {
    let label63 = "a".repeat(63);
    let host253 = format!("{label63}.{label63}.{label63}.{}", "b".repeat(61));
    let longest = format!("s{}://{}.:65535", "c".repeat(63), "h".repeat(253));
    assert_eq!((host253.len(), longest.len()), (253, 327));
    for good in [
        "https://example.com",
        "http://localhost:1",
        "http://a_b.-c-.example:65535",
        "https://xn--bcher-kva.example",
        "https://1a.2b.example.",
        "https://127.0.0.1:443",
        "https://[::1]",
        "http://[2001:db8::1]:8080",
        "capacitor://localhost",
        "chrome-extension://AbC._-9",
        &format!("https://{label63}.example"),
        &format!("https://{host253}."),
        &longest,
    ] {
        assert!(well_formed(good), "{good}");
    }
    for bad in [
        "",
        "null",
        "*",
        "example.com",
        "://example.com",
        "https://",
        "https:example.com",
        "https://example.com/",
        "https://example.com?",
        "https://example.com#",
        "https://user@example.com",
        "https://Example.com",
        "HTTPS://example.com",
        "1https://example.com",
        "https://.example.com",
        "https://a..example",
        "https://example.com..",
        "https://*.example.com",
        "https://bücher.example",
        "https://a b",
        "https://example.com:",
        "https://example.com:0",
        "https://example.com:080",
        "https://example.com:65536",
        "https://example.com:80:80",
        "https://example.com:+80",
        "https://1.2.3",
        "https://1.2.3.4.",
        "https://01.2.3.4",
        "https://1.2.3.256",
        "https://a.1.2.3.4",
        "https://example.0x1f",
        "https://0x7f.0.0.1",
        "https://[::1",
        "https://[::01]",
        "https://[::A]",
        "https://[::ffff:1.2.3.4]",
        "https://[::1]a",
        "https://[1.2.3.4]",
        "file://",
        "https://a[::1]",
        "capacitor://",
        "capacitor://a/b",
        "capacitor://[::1]",
        &format!("https://{label63}a.example"),
        &format!("https://a{host253}"),
        &longest.replace("://", "://h"),
        &format!("s{}://a", "c".repeat(64)),
    ] {
        assert!(!well_formed(bad), "{bad}");
    }
}

#[test]
fn patterns_match() {
    for (pattern, yes, no) in [
        ("*", vec!["null", "https://a.example", "x://Y"], vec!["", "NULL", "https://a.example/"]),
        ("null", vec!["null"], vec!["https://a.example", "Null", "file://"]),
        ("file://", vec!["file://"], vec!["null", "file:///a", "FILE://"]),
        (
            "https://example.com",
            vec!["https://example.com", "https://example.com:443"],
            vec![
                "http://example.com",
                "https://example.com:80",
                "https://example.com.",
                "https://www.example.com",
                "https://evilexample.com",
                "https://example.com.evil.org",
                "https://EXAMPLE.com",
                "null",
            ],
        ),
        ("HTTPS://Example.COM:443", vec!["https://example.com"], vec!["HTTPS://Example.COM:443"]),
        ("http://example.com:443", vec!["http://example.com:443"], vec!["http://example.com"]),
        ("http://[::1]:8080", vec!["http://[::1]:8080"], vec!["http://[::1]", "http://[::2]:8080"]),
        (
            "https://*.example.com",
            vec!["https://a.example.com", "https://a.b.c.example.com", "https://-.example.com:443"],
            vec![
                "https://example.com",
                "https://.example.com",
                "https://evilexample.com",
                "https://a.example.com:8443",
                "https://a.example.com.",
                "http://a.example.com",
            ],
        ),
        (
            "https://*.example.com:*",
            vec!["https://a.example.com", "https://a.example.com:1"],
            vec!["https://example.com:1", "https://a.example.com:0", "https://a.example.com:*"],
        ),
        (
            "https://Pr-*.example.com",
            vec![
                "https://pr-1.example.com",
                "https://pr--.example.com:443",
                "https://pr-pr-.example.com",
            ],
            vec![
                "https://pr-.example.com",
                "https://pr.example.com",
                "https://pr-1_.example.com",
                "https://pr-1.a.example.com",
                "https://pr-1.a-example.com",
                "https://a.pr-1.example.com",
                "https://apr-1.example.com",
                "https://pr-1.example.com:1",
                "https://pr-1.example.com.",
                "https://example.com",
            ],
        ),
        (
            "https://a*a.example:*",
            vec!["https://aba.example:1", "https://aaa.example"],
            vec!["https://aa.example", "https://a.example", "https://ab.a.example"],
        ),
        ("https://x*.example", vec!["https://xn-a.example"], vec!["https://xn--a.example"]),
        ("https://*--a.example", vec!["https://n--a.example"], vec!["https://xn--a.example"]),
        (
            "http://localhost:*",
            vec!["http://localhost", "http://localhost:3000"],
            vec!["http://localhost:", "http://a.localhost"],
        ),
        (
            "https://*",
            vec!["https://a.example", "https://1.2.3.4", "https://[::1]:443"],
            vec!["https://a.example:8443", "http://a.example", "null"],
        ),
        ("https://*:8443", vec!["https://[::1]:8443"], vec!["https://[::1]", "https://a.b:443"]),
        ("https://*:*", vec!["https://[::1]:8443", "https://a"], vec!["http://a"]),
        (
            "x-app://*.App",
            vec!["x-app://a.App"],
            vec!["x-app://App", "x-app://.App", "x-app://aApp"],
        ),
        (
            "capacitor://Local",
            vec!["capacitor://Local"],
            vec!["capacitor://local", "capacitor://Local:443"],
        ),
    ] {
        for origin in yes {
            assert!(matches(pattern, origin), "{pattern} should match {origin}");
        }
        for origin in no {
            assert!(!matches(pattern, origin), "{pattern} should not match {origin}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hits_match_and_are_what_browsers_send(
        (pattern, origin) in pattern().prop_flat_map(|p| (Just(p.clone()), hit(&p))),
    ) {
        prop_assert!(matches(&pattern, &origin), "{} {}", pattern, origin);
        // Android's web views alone send it.
        if origin != "file://" {
            prop_assert_eq!(sent_origin(&origin), origin);
        }
    }

    /// The URL parser gives back unchanged what is well-formed. The converse does not hold: it lets
    /// through empty and overlong labels, and bytes that no name has.
    #[test]
    fn what_is_well_formed_can_be_sent(
        origin in prop_oneof![pattern().prop_flat_map(|pattern| near_miss(&pattern)), origin()],
    ) {
        // Whether punycode decodes is not looked at.
        let default_port = origin.ends_with(":443") || origin.ends_with(":80");
        let file = origin.starts_with("file:");
        if well_formed(&origin) && !origin.contains("xn--") && !default_port && !file {
            prop_assert_eq!(sent_origin(&origin), origin);
        }
    }
}

#[test]
fn most_near_misses_miss() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let strategy = pattern().prop_flat_map(|p| (Just(p.clone()), near_miss(&p)));
    let (mut missed, mut matched) = (0, 0);
    for _ in 0..4000 {
        let (pattern, origin) = strategy.new_tree(&mut runner).expect("a value").current();
        *if matches(&pattern, &origin) { &mut matched } else { &mut missed } += 1;
    }
    println!("{missed} missed, {matched} matched");
    assert!(missed > 2400 && matched > 200, "{missed} missed, {matched} matched");
}
