//! Texts of valid configs.

use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use super::patterns::pattern;

/// A valid config's JSON text: one config, or a chain of two or three.
pub fn config() -> BoxedStrategy<String> {
    let length = prop_oneof![6 => Just(1usize), 2 => Just(2), 1 => Just(3)];
    length
        .prop_flat_map(|length| prop::collection::vec(link(), length))
        .prop_map(|links| {
            // The last two as a list, since both forms are read.
            let mut links = links.into_iter();
            let mut first = links.next().unwrap_or_default();
            let mut later: Vec<Value> = links.collect();
            match later.len() {
                0 => {}
                1 => first["or"] = later.remove(0),
                _ => first["or"] = Value::Array(later),
            }
            first.to_string()
        })
        .boxed()
}

/// One config without `or`. Fields that are absent half the time say so by null here, and are left
/// out.
fn link() -> impl Strategy<Value = Value> {
    let credentials = prop_oneof![3 => Just(false), 4 => Just(true)];
    let who = (credentials, any::<bool>(), any::<bool>()).prop_flat_map(
        |(credentials, reflect, insecure)| {
            let fields = origins(credentials, reflect, insecure);
            (fields, Just((credentials, reflect, insecure)))
        },
    );
    let what = (methods(), headers(), exposed());
    let how = (
        weighted(0.5, select(vec![json!(0), json!(1), json!(600), json!(86_400), json!("10m")])),
        weighted(0.2, select(vec![200, 204, 299])),
        weighted(0.2, select(vec![200, 204, 400, 403, 404, 499])),
        weighted(0.2, select(vec!["strip", "keep"])),
        weighted(0.2, any::<bool>()),
    );
    (who, what, how).prop_map(
        |(
            (origins, flags),
            (methods, headers, exposed),
            (age, preflight, denied, inner, every),
        )| {
            let (credentials, reflect, insecure) = flags;
            let fields = [
                ("allowOrigins", json!(origins)),
                ("allowMethods", json!(methods)),
                ("allowHeaders", json!(headers)),
                ("exposeHeaders", json!(exposed)),
                ("allowCredentials", if credentials { json!(true) } else { Value::Null }),
                ("maxAge", age.unwrap_or_default()),
                ("preflightStatus", json!(preflight)),
                ("deniedStatus", json!(denied)),
                ("innerHeaders", json!(inner)),
                ("answerEveryOptions", json!(every)),
                ("dangerouslyReflectAnyOrigin", if reflect { json!(true) } else { Value::Null }),
                (
                    "dangerouslyAllowInsecureOrigins",
                    if insecure { json!(true) } else { Value::Null },
                ),
            ];
            let kept = fields
                .into_iter()
                .filter(|(_, value)| !value.is_null() && *value != json!([]))
                .map(|(name, value)| (name.to_owned(), value));
            Value::Object(Map::from_iter(kept))
        },
    )
}

/// `*` alone, or some patterns; only what the flags let stand beside credentials.
fn origins(credentials: bool, reflect: bool, insecure: bool) -> BoxedStrategy<Vec<String>> {
    let some = prop::collection::vec(pattern(), 1..5).prop_map(move |mut patterns| {
        patterns.retain(|pattern| {
            pattern != "*" && (!credentials || fits_credentials(pattern, reflect, insecure))
        });
        if patterns.is_empty() {
            patterns.push("https://app.example.com".to_owned());
        }
        patterns
    });
    if credentials && !reflect {
        some.boxed()
    } else {
        prop_oneof![1 => Just(vec!["*".to_owned()]), 3 => some].boxed()
    }
}

/// Whether a pattern other than `*` may stand beside credentials. Where the rules leave room for
/// doubt, it may not.
fn fits_credentials(pattern: &str, reflect: bool, insecure: bool) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    if pattern == "file://" {
        return false;
    }
    let Some((scheme, host)) = pattern.split_once("://") else {
        return false;
    };
    let colon = host.rfind(':').filter(|at| !host[*at..].contains(']'));
    let host = &host[..colon.unwrap_or(host.len())];
    let parent = host.split_once('.').filter(|(label, _)| label.contains('*'));
    let wide = host == "*"
        || parent.is_some_and(|(_, parent)| {
            let labels = parent.trim_end_matches('.');
            !labels.contains('.') && !["localhost", "test", "local", "internal"].contains(&parent)
        });
    let local = ["localhost", "[::1]"].contains(&host)
        || host.ends_with(".localhost")
        || (host.starts_with("127.") && host.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
    (reflect || !wide) && (insecure || scheme != "http" || local)
}

fn methods() -> BoxedStrategy<Vec<String>> {
    let names = vec![
        "GET", "PUT", "DELETE", "PATCH", "patch", "QUERY", "PROPFIND", "Foo", "OPTIONS", "POST",
        "TRACE",
    ];
    prop_oneof![
        1 => Just(Vec::new()),
        3 => Just(vec!["*".to_owned()]),
        6 => subsequence(names, 1..7).prop_shuffle().prop_map(owned),
    ]
    .boxed()
}

fn headers() -> BoxedStrategy<Vec<String>> {
    let names = vec![
        "content-type",
        "Content-Type",
        "X-A",
        "x-b",
        "authorization",
        "range",
        "if-none-match",
        "Accept",
        "accept-language",
        "cookie",
    ];
    prop_oneof![
        1 => Just(Vec::new()),
        3 => Just(owned(vec!["*"])),
        2 => Just(owned(vec!["*", "Authorization"])),
        6 => subsequence(names, 1..8).prop_shuffle().prop_map(owned),
    ]
    .boxed()
}

fn exposed() -> BoxedStrategy<Vec<String>> {
    let names = vec!["x-exp", "ETag", "X-Hidden", "set-cookie", "content-type", "x-absent"];
    prop_oneof![
        2 => Just(Vec::new()),
        3 => Just(owned(vec!["*"])),
        1 => Just(owned(vec!["X-Exp", "*"])),
        4 => subsequence(names, 1..5).prop_shuffle().prop_map(owned),
    ]
    .boxed()
}

fn owned(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}
