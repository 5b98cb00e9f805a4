//! Texts of valid origin patterns.

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use url::Host;

/// The text of a valid pattern, of any form. Now and then its case and its default port are not
/// canonical. `*` and `null` are among them.
pub fn pattern() -> BoxedStrategy<String> {
    prop_oneof![
        1 => Just("*".to_owned()),
        1 => Just("null".to_owned()),
        1 => Just("file://".to_owned()),
        16 => special(),
        3 => custom(),
    ]
    .boxed()
}

/// A pattern of a scheme whose hosts the URL standard knows.
fn special() -> impl Strategy<Value = String> {
    let scheme = prop_oneof![6 => Just("https"), 4 => Just("http")];
    let host = prop_oneof![
        6 => domain(),
        4 => domain().prop_filter("room for a subdomain", |host| host.len() < 200)
            .prop_map(|host| format!("*.{host}")),
        5 => open_host(),
        2 => ip(),
        1 => Just("*".to_owned()),
    ];
    let folded = prop_oneof![6 => Just(false), 1 => Just(true)];
    (scheme, host, port(), folded.clone(), folded, any::<bool>()).prop_map(
        |(scheme, host, port, loud, default_written, whole)| {
            let default = if scheme == "https" { ":443" } else { ":80" };
            let port = if port.is_empty() && default_written { default.to_owned() } else { port };
            match (loud, whole) {
                (false, _) => format!("{scheme}://{host}{port}"),
                // Canonical addresses are lower case: only names fold.
                (true, true) if !host.starts_with('[') => {
                    format!("{scheme}://{host}{port}").to_ascii_uppercase()
                }
                (true, _) => format!("{}://{host}{port}", scheme.to_ascii_uppercase()),
            }
        },
    )
}

/// An open label and its host. The labels are few and alike, so that lists of them have some that
/// could be mixed up.
pub(super) fn open_host() -> BoxedStrategy<String> {
    let part = || {
        prop_oneof![
            4 => Just(""),
            4 => Just("pr-"),
            2 => Just("a"),
            2 => Just("aa"),
            2 => Just("-b"),
            1 => Just("a_"),
            1 => Just("_b"),
            1 => Just("x"),
            1 => Just("xn-"),
        ]
    };
    let host = prop_oneof![
        4 => Just("preview.example.com".to_owned()),
        2 => Just("example.com".to_owned()),
        1 => Just("localhost".to_owned()),
        1 => domain().prop_filter("room for a label", |host| host.len() < 200),
    ];
    (part(), part(), host)
        .prop_map(|(before, after, host)| match (before, after) {
            ("", "") => format!("pr-*.{host}"),
            // `xn--` is another name's.
            ("xn-", after) if after.starts_with('-') => format!("xn-*a.{host}"),
            (before, after) => format!("{before}*{after}.{host}"),
        })
        .boxed()
}

/// A pattern of a scheme that the URL standard does not know: the host is opaque, its case kept.
fn custom() -> impl Strategy<Value = String> {
    let scheme = prop_oneof![
        Just("moz-extension".to_owned()),
        Just("capacitor".to_owned()),
        Just("chrome-extension".to_owned()),
        // Nothing that looks like a misspelt `http`.
        "[a-gi-su-z][a-z0-9+.-]{0,6}x",
    ];
    let host = prop_oneof![
        3 => Just("localhost".to_owned()),
        3 => "[A-Za-z][A-Za-z0-9_-]{0,15}",
        2 => Just("com.Example.App".to_owned()),
        1 => Just("*.Example.App".to_owned()),
        1 => Just("*".to_owned()),
    ];
    (scheme, host, port()).prop_map(|(scheme, host, port)| format!("{scheme}://{host}{port}"))
}

/// A domain as browsers serialize it.
pub(super) fn domain() -> BoxedStrategy<String> {
    let known = prop::sample::select(vec![
        "example.com",
        "app.example.com",
        "example.org",
        "a.b.example.net",
        "localhost",
        "app.localhost",
        "xn--bcher-kva.example",
        "my_host.internal",
        "1a.2b.example",
        "a--b.example",
        "example.com.",
        "0x.example",
    ]);
    let longest = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(61));
    prop_oneof![
        8 => known.prop_map(str::to_owned),
        4 => "[a-z0-9_][a-z0-9_-]{0,7}(\\.[a-z]{2,5}){1,2}",
        1 => Just(longest),
    ]
    .boxed()
}

/// A canonical IP address, as it stands in a URL.
pub(super) fn ip() -> BoxedStrategy<String> {
    let text = |host: Host<String>| host.to_string();
    prop_oneof![
        2 => Just("127.0.0.1".to_owned()),
        2 => any::<u32>().prop_map(move |bits| text(Host::Ipv4(Ipv4Addr::from(bits)))),
        2 => Just("[::1]".to_owned()),
        2 => any::<u128>().prop_map(move |bits| text(Host::Ipv6(Ipv6Addr::from(bits)))),
        1 => any::<u16>().prop_map(move |bits| {
            text(Host::Ipv6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, bits, 0, 0, 1)))
        }),
    ]
    .boxed()
}

/// Nothing, `:number` or `:*`.
fn port() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => Just(String::new()),
        3 => prop::sample::select(vec![":8080", ":3000", ":1", ":65535", ":80", ":443"])
            .prop_map(str::to_owned),
        2 => Just(":*".to_owned()),
    ]
}
