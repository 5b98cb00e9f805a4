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
        ("file://", "file://", "null"),
        ("null", "null", "file://"),
    ] {
        assert!(allows(&[pattern], yes), "{pattern} {yes}");
        assert!(!allows(&[pattern], no), "{pattern} {no}");
    }
}
