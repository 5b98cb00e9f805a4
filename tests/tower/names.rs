//! Requested headers are judged as a naive reading of the list does, whatever is listed.

use http::Request;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tower_cors::{Denial, Policy, RequestHead};

fn denial(policy: &Policy, line: &str) -> Option<Denial> {
    let request = Request::options("/")
        .header("origin", "https://a.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", line)
        .body(())
        .unwrap();
    policy.decide(&RequestHead::from(&request)).denial()
}

fn naive(listed: &[String], credentials: bool, line: &str) -> Option<Denial> {
    let token = |name: &str| {
        name.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
    };
    let any = listed.iter().any(|name| name == "*");
    let allowed = |name: &str| {
        let named = listed.iter().any(|listed| listed.eq_ignore_ascii_case(name) && listed != "*");
        named || any && !name.eq_ignore_ascii_case("authorization") && (name != "*" || !credentials)
    };
    let names = line.split(',').map(|name| name.trim_matches([' ', '\t']));
    let names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
    let wrong = names.iter().find(|name| !token(name) || !allowed(name))?;
    Some(if token(wrong) { Denial::Header } else { Denial::MalformedHeaders })
}

/// Few letters, so that names begin and end alike.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "[a-c]{1,4}",
        4 => "x-[a-b]{1,3}(-[a-b]{1,12})?",
        1 => "[A-C~|^!]{1,3}",
        1 => Just("authorization".to_owned()),
    ]
}

#[test]
fn names_are_judged_as_they_are_listed() {
    let lists = prop_oneof![
        1 => Just(vec!["*".to_owned()]),
        1 => Just(vec!["*".to_owned(), "Authorization".to_owned()]),
        12 => prop::collection::vec(name(), 0..40),
    ];
    let drawn = lists.prop_flat_map(|listed| {
        let mut known = listed.clone();
        known.push("x".to_owned());
        let element = prop_oneof![
            40 => select(known).prop_map(|name| name.to_ascii_uppercase()),
            2 => name(),
            2 => select(vec!["", " ", "*", "a b", "\"a\"", "authorization", "x-"]).prop_map(str::to_owned),
        ];
        let separator = prop_oneof![8 => Just(","), 1 => Just(", "), 1 => Just(" \t,,")];
        let line = prop::collection::vec((element, separator), 0..12);
        (Just(listed), any::<bool>(), line)
    });
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[5; 32]);
    let config = Config { failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, rng);
    let (mut allowed, mut refused, mut malformed) = (0, 0, 0);
    for _ in 0..3000 {
        let (listed, credentials, elements) = drawn.new_tree(&mut runner).unwrap().current();
        let line: String = elements.iter().flat_map(|(name, comma)| [&**name, comma]).collect();
        let config = Policy::builder().allow_origins(["https://a.example"]);
        let config = config.allow_headers(&listed).allow_credentials(credentials);
        let policy = config.build().unwrap();
        let expected = naive(&listed, credentials, &line);
        assert_eq!(denial(&policy, &line), expected, "{line:?} by {listed:?}");
        *match expected {
            None => &mut allowed,
            Some(Denial::Header) => &mut refused,
            Some(_) => &mut malformed,
        } += 1;
    }
    println!("{allowed} allowed, {refused} refused, {malformed} malformed");
    assert!(allowed >= 800 && refused >= 500 && malformed >= 100);
}

#[test]
fn thousands_of_names_that_share_their_ends() {
    let listed: Vec<String> = (0..5000).map(|number| format!("x-{number}-name-{number}")).collect();
    let config = Policy::builder().allow_origins(["https://a.example"]).allow_headers(&listed);
    let policy = config.build().unwrap();
    for number in (0..5000).step_by(7) {
        let line = format!("x-{number}-name-{number}");
        assert_eq!(denial(&policy, &line), None, "{line}");
        for other in [
            format!("{line}0x"),
            format!("x-{number}-name-{}", number + 1),
            format!("x-{number}-name-"),
        ] {
            assert_eq!(denial(&policy, &other), Some(Denial::Header), "{other}");
        }
    }
}
