//! Lists with open labels allow what each of their patterns does, and nothing that is put together of two.

use http::Request;
use tower_cors::{Policy, RequestHead};

fn allows(patterns: &[&str], origin: &str) -> bool {
    let policy = Policy::builder().allow_origins(patterns).build().unwrap();
    let request = Request::get("/").header("origin", origin).body(()).unwrap();
    policy.decide(&RequestHead::from(&request)).denial().is_none()
}

#[test]
fn lists_of_open_labels() {
    let list = [
        "https://pr-*.h.example",
        "https://*-b.h.example",
        "https://pr-x-*-y.h.example",
        "https://c*d.h.example",
        "https://e_*.h.example",
        "https://x*.h.example",
        "https://p*.g.example:8443",
        "https://q*.g.example:*",
        "https://*.f.example",
        "https://one.h.example:1",
    ];
    for origin in [
        "https://pr-1.h.example",
        "https://pr-1.h.example:443",
        "https://pr-x-1-y.h.example",
        "https://1-b.h.example",
        "https://pr--b.h.example",
        "https://c1d.h.example",
        "https://cdcd.h.example",
        "https://e_1.h.example",
        "https://xn-1.h.example",
        "https://p1.g.example:8443",
        "https://q1.g.example",
        "https://q1.g.example:8443",
        "https://a.b.f.example",
        "https://one.h.example:1",
    ] {
        assert!(allows(&list, origin), "{origin}");
    }
    for origin in [
        "https://pr-.h.example",
        "https://-b.h.example",
        "https://cd.h.example",
        "https://c1.h.example",
        "https://1d.h.example",
        // The beginning of one with the end of another.
        "https://c1-y.h.example",
        "https://e1d.h.example",
        "https://pr-1_2.h.example",
        "https://c1_d.h.example",
        "https://e_1_2.h.example",
        "https://xn--1.h.example",
        "https://pr-1.a.h.example",
        "https://a.pr-1.h.example",
        "https://pr-1.xh.example",
        "https://pr-1.h.example.",
        "https://pr-1.h.example:1",
        "http://pr-1.h.example",
        "https://p1.g.example",
        "https://p1.g.example:8444",
        "https://pr-1.g.example",
        "https://q1.h.example",
        "https://pr-1.f.exampl",
        "https://h.example",
        "https://pr-1",
    ] {
        assert!(!allows(&list, origin), "{origin}");
    }
}

#[test]
fn one_open_label_alone() {
    for (pattern, yes, no) in [
        ("https://a*.h.example", "https://ab.h.example", "https://ab.h.example:1"),
        ("https://a*.h.example:1", "https://ab.h.example:1", "https://ab.h.example"),
        ("https://a*.h.example:*", "https://ab.h.example:1", "https://a.h.example:1"),
        ("https://*a.h.example", "https://ba.h.example", "https://a.h.example"),
        // What begins it and what ends it share no letter.
        ("https://ab*bc.h.example", "https://ab-bc.h.example", "https://abc.h.example"),
        ("file://", "file://", "null"),
        ("null", "null", "file://"),
    ] {
        assert!(allows(&[pattern], yes), "{pattern} {yes}");
        assert!(!allows(&[pattern], no), "{pattern} {no}");
    }
}

/// The pattern that comes nearest, and what keeps it from matching.
#[test]
fn explanations_name_the_open_label() {
    let list = ["https://pr-*.preview.example.com", "https://unrelated.example"];
    let policy = Policy::builder().allow_origins(list).build().unwrap();
    let nearest = |origin: &str| {
        let request = Request::get("/").header("origin", origin).body(()).unwrap();
        let page = policy.decide(&RequestHead::from(&request)).explain().to_string();
        let line = page.lines().find(|line| line.contains("nearest is"));
        line.map(|line| line.trim().rsplit(": ").next().unwrap_or(line).to_owned())
    };
    let label = "its * matches letters, digits and hyphens inside the first label only";
    for (origin, gap) in [
        ("https://pr-.preview.example.com", Some(label)),
        ("https://pr-1.x.preview.example.com", Some(label)),
        ("https://preview.example.com", Some(label)),
        ("https://pr-1_a.preview.example.com", Some(label)),
        ("http://pr-1.preview.example.com", Some("a different scheme")),
        ("https://pr-1.preview.example.com:8443", Some("a different port")),
        ("https://pr-1.preview.example.com.", Some("one of the two has a trailing dot")),
        (
            "https://pr-1.preview.example.com.evil.test",
            Some("the name only looks similar, and could be anybody's"),
        ),
        ("https://pr-1.other.test", None),
    ] {
        assert_eq!(nearest(origin).as_deref(), gap, "{origin}");
    }
}
