//! Every pattern means what the naive reading of its text says, alone and among others, and what is
//! written instead of one means what was meant.

use std::collections::BTreeMap;

use http::{HeaderMap, Method, Request, StatusCode};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tower_cors::{Origin, OriginPattern, Policy, PolicyConfig, RequestHead};
use tower_cors_oracle::generate::{hit, near_miss, pattern};
use tower_cors_oracle::plain;

/// The same inputs each time, so that the counts below are what they are.
fn runner() -> TestRunner {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, rng)
}

fn draws<S: Strategy>(strategy: S, number: usize) -> impl Iterator<Item = S::Value> {
    let mut runner = runner();
    (0..number).map(move |_| strategy.new_tree(&mut runner).unwrap().current())
}

fn allows(policy: &Policy, origin: &str) -> bool {
    let request = Request::get("/").header("origin", origin).body(()).unwrap();
    let decision = policy.decide(&RequestHead::from(&request));
    let mut headers = HeaderMap::new();
    let allowed = decision.denial().is_none();
    decision.edits().apply(StatusCode::OK, &mut headers);
    let granted = headers.get("access-control-allow-origin");
    assert_eq!(granted.map(|value| value.as_bytes()), allowed.then_some(origin.as_bytes()));
    allowed
}

/// The parts of an open label, and what follows it.
fn open(pattern: &str) -> Option<(&str, &str, &str)> {
    let (_, rest) = pattern.split_once("://")?;
    let (label, host) = rest.split_once('.')?;
    let (before, after) = label.split_once('*')?;
    (label != "*").then_some((before, after, host))
}

/// The first half of one pattern's label with the last half of another's.
fn mixture(patterns: &[String]) -> Option<String> {
    let mut labels = patterns.iter().filter_map(|pattern| open(pattern));
    let (before, _, host) = labels.next()?;
    let (_, after, _) = labels.next_back()?;
    Some(format!("https://{before}1{after}.{}", host.trim_end_matches(":*")).to_ascii_lowercase())
}

#[test]
fn lists_of_patterns_allow_what_the_naive_reading_does() {
    let labels = ["pr-*", "p*", "pr-*-b", "*-b", "pr-a*", "*a", "a*b"];
    let opened = labels.map(|label| format!("https://{label}.preview.example.com"));
    let opened = prop::collection::vec(select(opened.to_vec()), 1..5);
    let lists = (prop::collection::vec(pattern(), 1..5), opened);
    let lists = lists.prop_flat_map(|(mut patterns, opened)| {
        patterns.retain(|pattern| pattern != "*");
        patterns.extend(opened);
        let drawn = patterns.clone();
        let near = any::<Index>().prop_flat_map(move |index| {
            let pattern = index.get(&drawn);
            prop_oneof![hit(pattern), near_miss(pattern)]
        });
        let mixed = mixture(&patterns).unwrap_or_default();
        (Just(patterns), prop_oneof![4 => near, 1 => Just(mixed)])
    });
    let mut classes = BTreeMap::new();
    for (patterns, origin) in draws(lists, 3000) {
        if http::HeaderValue::try_from(&origin).is_err() {
            continue;
        }
        let policy = Policy::builder().allow_origins(&patterns).build().unwrap();
        let matching: Vec<_> =
            patterns.iter().filter(|pattern| plain::matches(pattern, &origin)).collect();
        let context = format!("{origin} by {patterns:?}");
        assert_eq!(allows(&policy, &origin), !matching.is_empty(), "{context}");
        for pattern in &patterns {
            let parsed: OriginPattern = pattern.parse().unwrap();
            let matched = Origin::parse(&origin).is_some_and(|origin| parsed.matches(&origin));
            let opaque = ["null", "file://"].contains(&&*origin);
            assert_eq!(
                matched || opaque && matching.contains(&pattern),
                matching.contains(&pattern),
                "{context}"
            );
        }
        let opened = matching.iter().filter(|pattern| open(pattern).is_some()).count();
        let class = match (matching.is_empty(), opened) {
            (true, _) if mixture(&patterns).as_ref() == Some(&origin) => "denied: a mixture",
            (true, _) => "denied",
            (false, 0) => "allowed by another pattern",
            (false, 1) => "allowed by an open label",
            (false, _) => "allowed by several open labels",
        };
        *classes.entry(class).or_insert(0) += 1;
    }
    println!("{classes:?}");
    for class in [
        "denied: a mixture",
        "denied",
        "allowed by another pattern",
        "allowed by an open label",
        "allowed by several open labels",
    ] {
        assert!(classes.get(class).is_some_and(|count| *count >= 100), "{class}: {classes:?}");
    }
}

/// Two allowed names never combine into a third: each list allows what its patterns allow one by one.
#[test]
fn many_open_labels_of_one_host_do_not_combine() {
    let parts = ["", "a", "aa", "ab", "b", "a-", "-a", "a_", "_b", "x", "xn-"];
    let labels: Vec<String> = parts
        .iter()
        .flat_map(|before| parts.iter().map(move |after| format!("{before}*{after}")))
        .filter(|label| label != "*" && !label.starts_with("xn--"))
        .collect();
    let hosts = ["h.example", "h.example:*", "h.example:1", "a.h.example"];
    let lists = prop::collection::vec((select(labels), select(hosts.to_vec())), 2..12);
    let middles =
        select(vec!["", "a", "b", "-", "n", "n-", "n--a", "a_b", "ab", "x.a", "1", "aab"]);
    let drawn =
        (lists, middles, select(parts.to_vec()), select(parts.to_vec()), select(hosts.to_vec()));
    let (mut allowed, mut denied, mut combined) = (0, 0, 0);
    for (list, middle, before, after, host) in draws(drawn, 10_000) {
        let patterns: Vec<String> =
            list.iter().map(|(label, host)| format!("https://{label}.{host}")).collect();
        let origin = format!("https://{before}{middle}{after}.{}", host.replace(":*", ":9"));
        let policy = Policy::builder().allow_origins(&patterns).build().unwrap();
        let matches = patterns.iter().any(|pattern| plain::matches(pattern, &origin));
        assert_eq!(allows(&policy, &origin), matches, "{origin} by {patterns:?}");
        let begins = list.iter().any(|(label, _)| label.starts_with(&format!("{before}*")));
        let ends = list.iter().any(|(label, _)| label.ends_with(&format!("*{after}")));
        *match matches {
            true => &mut allowed,
            false if begins && ends => &mut combined,
            false => &mut denied,
        } += 1;
    }
    println!("{allowed} allowed, {denied} denied, {combined} would be allowed by parts of two");
    assert!(allowed >= 500 && denied >= 1000 && combined >= 1000);
}

/// A mistake made in a pattern: what is written, and whether the correction is certain.
type Mistake = (&'static str, fn(&str) -> Option<String>);

const MISTAKES: &[Mistake] = &[
    ("slash", |text| Some(format!("{text}/"))),
    ("path", |text| Some(format!("{text}/index.html"))),
    ("query", |text| Some(format!("{text}?a=b"))),
    ("fragment", |text| Some(format!("{text}#a"))),
    ("space", |text| Some(format!(" {text}\n"))),
    ("user", |text| Some(text.replacen("://", "://me:pw@", 1))),
    ("scheme", |text| text.strip_prefix("https").map(|rest| format!("htps{rest}"))),
    ("scheme", |text| text.strip_prefix("http:").map(|rest| format!("htp:{rest}"))),
    ("socket", |text| text.strip_prefix("https").map(|rest| format!("wss{rest}"))),
    ("no scheme", |text| {
        // The user's own machine is served by http.
        let local = |rest: &&str| {
            let name = rest.split(':').next().unwrap_or_default().trim_end_matches('.');
            let localhost = name == "localhost" || name.ends_with(".localhost");
            localhost || ["127.", "[::1]"].iter().any(|address| rest.starts_with(address))
        };
        text.strip_prefix("https://").filter(|rest| !local(rest)).map(str::to_owned)
    }),
    ("brackets", |text| text.contains('[').then(|| text.replace(['[', ']'], ""))),
    ("port", |text| {
        let digits = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
        let (host, port) = text.rsplit_once(':').filter(|(_, port)| digits(port))?;
        Some(format!("{host}:0{port}"))
    }),
    ("dots", |text| text.contains("example.").then(|| text.replacen("example.", "example..", 1))),
    ("case", |text| (text == "null").then(|| "Null".to_owned())),
];

/// Applied, a correction builds, and means what was meant. With credentials too.
#[test]
fn corrections_build_and_mean_what_was_meant() {
    let addresses =
        ["http://[::1]", "http://[::1]:3000", "https://[2001:db8::a]", "https://[1::]:*", "null"];
    let addresses = select(addresses.map(str::to_owned).to_vec());
    let drawn = (prop_oneof![9 => pattern(), 1 => addresses], any::<Index>(), any::<bool>());
    let mut classes: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (meant, index, credentials) in draws(drawn, 10_000) {
        let (name, make) = *index.get(MISTAKES);
        let meant: OriginPattern = meant.parse().unwrap();
        if meant.as_ref() == "*" || meant.as_ref() == "file://" {
            continue;
        }
        if meant.as_ref() == "null" && !["case", "space"].contains(&name) {
            continue;
        }
        let Some(written) = make(meant.as_ref()) else { continue };
        if written.parse::<OriginPattern>().is_ok() {
            continue;
        }
        let config = |origin: &str| -> PolicyConfig {
            Policy::builder().allow_origins([origin]).allow_credentials(credentials)
        };
        let errors = config(&written).build().unwrap_err();
        let count = classes.entry(name).or_default();
        count.0 += 1;
        for error in &errors {
            let Some(correction) = error.correction() else { continue };
            count.1 += 1;
            config(correction).build().unwrap_or_else(|errors| panic!("{written}: {errors}"));
            let secure = meant.as_ref().replacen("http://", "https://", 1);
            let expected = if correction == secure { &secure } else { meant.as_ref() };
            assert_eq!(correction, expected, "of {written}");
        }
        if !credentials {
            // All but a single name without a scheme, and an address that could have a port.
            let suggested = errors.iter().all(|error| error.correction().is_some());
            assert!(suggested || ["no scheme", "brackets"].contains(&name), "{written}: {errors}");
        }
    }
    println!("{classes:?}");
    for (name, _) in MISTAKES {
        let (made, corrected) = classes.get(name).copied().unwrap_or_default();
        assert!(made >= 30 && corrected >= 15, "{name}: {made} made, {corrected} corrected");
    }
}

/// The same for methods, max-age and statuses: all corrections together build.
#[test]
fn other_corrections_build() {
    for method in ["get", " put", "Delete\n", "options"] {
        for seconds in [0.5, 1.5, 4e9, 2147483647.5] {
            for status in [0, 300, 999] {
                let mut config = Policy::builder()
                    .allow_origins(["https://a.example"])
                    .allow_methods([method])
                    .allow_headers(["x-a: "])
                    .max_age(std::time::Duration::from_secs_f64(seconds));
                config.preflight_status = Some(status);
                config.denied_status = Some(status);
                for error in config.clone().build().unwrap_err() {
                    let corrected = error.correction().unwrap();
                    match error.path() {
                        "allowMethods[0]" => config.allow_methods[0] = corrected.to_owned(),
                        "allowHeaders[0]" => config.allow_headers[0] = corrected.to_owned(),
                        "maxAge" => {
                            let age = std::time::Duration::from_secs(corrected.parse().unwrap());
                            config.max_age = Some(age);
                        }
                        "preflightStatus" => config.preflight_status = corrected.parse().ok(),
                        "deniedStatus" => config.denied_status = corrected.parse().ok(),
                        other => panic!("{other}"),
                    }
                }
                let policy = config.build().unwrap();
                let config = policy.config().unwrap();
                assert_eq!(config.allow_methods[0], method.trim().to_uppercase());
                assert!(config.max_age.unwrap().as_secs_f64() <= seconds);
            }
        }
    }
}

#[test]
fn file_is_an_opaque_origin_like_null() {
    let preflight = |policy: &Policy, origin: &str| {
        let request = Request::builder()
            .method(Method::OPTIONS)
            .header("origin", origin)
            .header("access-control-request-method", "GET")
            .body(())
            .unwrap();
        policy.decide(&RequestHead::from(&request)).denial().is_none()
    };
    let built = |config: PolicyConfig| config.build().unwrap();
    let file = built(Policy::builder().allow_origins(["FILE://"]));
    let null = built(Policy::builder().allow_origins(["null"]));
    let host = built(Policy::builder().allow_origins(["file-x://*", "https://*:*"]));
    assert!(allows(&file, "file://") && preflight(&file, "file://"));
    assert!(allows(&null, "null"));
    for (policy, origin) in
        [(&file, "null"), (&null, "file://"), (&host, "file://"), (&file, "file:///a")]
    {
        assert!(!allows(policy, origin) && !preflight(policy, origin), "{origin}");
    }
    // `*` means both without credentials, and neither with.
    let first = || Policy::builder().allow_origins(["https://a.example"]);
    let any = Policy::builder().allow_origins(["*"]);
    let reflecting = any.clone().allow_credentials(true).dangerously_reflect_any_origin(true);
    for origin in ["null", "file://"] {
        let anyone = built(first().or(any.clone()));
        assert!(preflight(&anyone, origin));
        assert!(!preflight(&built(first().or(reflecting.clone())), origin));
        assert!(!allows(&built(reflecting.clone()), origin));
    }
}
