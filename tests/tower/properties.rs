//! The layer between two parties that share nothing with it: a model of the browser, which sees
//! requests and responses, and the plain reading of the config's text, which sees neither.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use proptest::prelude::*;
use tower::{Layer, ServiceExt, service_fn};
use tower_cors::{
    CorsLayer, Denial, Origin, OriginPattern, Policy, PolicyConfig, RequestHead, RequestKind,
};
use tower_cors_oracle::fetch_client::{Engine, Fetch, Outcome, Refusal, Server};
use tower_cors_oracle::judge::{caching, judge, rare};
use tower_cors_oracle::scenarios::Table;
use tower_cors_oracle::{generate, inner, plain};

/// The layer over the oracle's inner service, as a server that counts and remembers.
struct Layered {
    policy: Policy,
    inner_calls: Arc<Mutex<u64>>,
    /// The denials of the requests since the last look.
    denials: Arc<Mutex<Vec<Denial>>>,
    requests: usize,
}

impl Layered {
    fn new(config: &str) -> Result<Self, String> {
        let config: PolicyConfig = serde_json::from_str(config).map_err(|e| e.to_string())?;
        let policy = config.build().map_err(|errors| errors.to_string())?;
        Ok(Self { policy, inner_calls: Arc::default(), denials: Arc::default(), requests: 0 })
    }
}

impl Server for Layered {
    fn call(&mut self, request: Request<Bytes>) -> Response<Bytes> {
        let (calls, denials) = (Arc::clone(&self.inner_calls), Arc::clone(&self.denials));
        let service = service_fn(move |request: Request<Bytes>| {
            *calls.lock().unwrap() += 1;
            std::future::ready(Ok::<_, Infallible>(inner::respond(&request)))
        });
        let layer = CorsLayer::new(self.policy.clone()).observe_fn(move |decision| {
            denials.lock().unwrap().extend(decision.denial());
        });
        self.requests += 1;
        crate::support::run(layer.layer(service).oneshot(request)).unwrap()
    }

    fn inner_calls(&self) -> Option<u64> {
        Some(*self.inner_calls.lock().unwrap())
    }
}

/// A denial is what the browser refuses, for the same reason. That a policy without credentials
/// meets a request with them is no denial: no server can see it.
fn denied_as_refused(server: &mut Layered, fetch: &Fetch, outcome: &Outcome) -> Result<(), String> {
    let denials = std::mem::take(&mut *server.denials.lock().unwrap());
    if std::mem::take(&mut server.requests) == 0 {
        return Ok(());
    }
    let refusal = outcome.verdict.refusal();
    let expected = match refusal {
        Some(Refusal::MethodNotAllowed(_)) => vec![Denial::Method],
        Some(Refusal::HeaderNotAllowed(_)) => vec![Denial::Header],
        Some(Refusal::PreflightCorsCheck(why) | Refusal::ResponseCorsCheck(why))
            if format!("{why:?}") == "Missing" =>
        {
            let opaque = ["null", "file://"].contains(&&*fetch.origin);
            let sendable = opaque || plain::well_formed(&fetch.origin);
            vec![if sendable { Denial::Origin } else { Denial::MalformedOrigin }]
        }
        // Where the credentials are refused first, method and headers may be denied too.
        Some(_) => return Ok(()),
        None => vec![],
    };
    if denials == expected {
        return Ok(());
    }
    Err(format!("denied: {denials:?}, refused: {refusal:?}"))
}

#[test]
fn browsers_conclude_what_the_config_promises() {
    let cases = 1500;
    let seen = judge(cases, Layered::new, denied_as_refused).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(rare(&seen), [""; 0], "{seen:?}");
}

/// What one page leaves in the browser's cache is read by another only where the config promises it.
#[test]
fn caches_give_pages_what_the_config_promises() {
    for engine in Engine::ALL {
        let seen = caching::judge(800, engine, Layered::new).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(caching::rare(&seen, engine), [""; 0], "{engine:?}: {seen:?}");
    }
}

#[test]
fn the_layer_agrees_with_what_engines_were_seen_to_combine() {
    let table =
        Table::read(include_str!("../oracle/data/caching_scenarios.json")).expect("a table");
    for engine in Engine::ALL {
        let report = table.run_in(engine, &mut |_, config| Box::new(Layered::new(config).unwrap()));
        let lines: String = report.differences.iter().map(|d| format!("{d}\n")).collect();
        assert_eq!(lines, "", "{engine:?}");
        assert!(report.fetches >= 80);
    }
}

#[test]
fn the_layer_agrees_with_what_browsers_were_seen_to_do() {
    let tables = [
        include_str!("../data/scenarios.json"),
        include_str!("../oracle/data/extra_scenarios.json"),
    ];
    for json in tables {
        let table = Table::read(json).expect("a table");
        let report = table.run(&mut |_, config| Box::new(Layered::new(config).unwrap()));
        let lines: String = report.differences.iter().map(|d| format!("{d}\n")).collect();
        assert_eq!(lines, "");
        assert!(report.fetches >= 30);
    }
}

fn patterns() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(generate::pattern(), 1..8).prop_map(|mut patterns| {
        patterns.retain(|pattern| pattern != "*");
        if patterns.is_empty() { vec!["*".to_owned()] } else { patterns }
    })
}

/// Scheme, host and port of what up to three of the patterns mean: two allowed names never combine
/// into a third.
fn combined(patterns: &[String]) -> impl Strategy<Value = String> + use<> {
    let hits = || prop::sample::select(patterns.to_vec()).prop_flat_map(|p| generate::hit(&p));
    (hits(), hits(), hits()).prop_map(|(scheme, host, port)| {
        let parts = |origin: &str| {
            let (scheme, authority) = origin.split_once("://")?;
            let host = authority.rfind(':').filter(|at| !authority[*at..].contains(']'));
            let (host, port) = authority.split_at(host.unwrap_or(authority.len()));
            Some([scheme.to_owned(), host.to_owned(), port.to_owned()])
        };
        match (parts(&scheme), parts(&host), parts(&port)) {
            (Some([scheme, ..]), Some([_, host, _]), Some([.., port])) => {
                format!("{scheme}://{host}{port}")
            }
            _ => host,
        }
    })
}

/// Patterns, and an origin that one of them means or hardly misses.
fn patterns_and_origin() -> impl Strategy<Value = (Vec<String>, String)> {
    (patterns(), any::<prop::sample::Index>()).prop_flat_map(|(patterns, index)| {
        let pattern = index.get(&patterns).clone();
        let origin = prop_oneof![
            generate::hit(&pattern),
            generate::near_miss(&pattern),
            generate::origin(),
            combined(&patterns),
        ];
        (Just(patterns), origin)
    })
}

/// Whether the policy grants this origin, as its response tells.
fn grants(policy: &Policy, origin: &str) -> bool {
    let Ok(value) = http::HeaderValue::from_str(origin) else { return false };
    let mut request = Request::new(());
    request.headers_mut().insert("origin", value);
    let decision = policy.decide(&RequestHead::from(&request));
    assert_eq!(decision.kind(), RequestKind::Actual);
    let mut headers = http::HeaderMap::new();
    decision.edits().apply(http::StatusCode::OK, &mut headers);
    let granted = headers.contains_key("access-control-allow-origin");
    assert_eq!(granted, decision.denial().is_none());
    granted
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5000, failure_persistence: None, ..ProptestConfig::default() })]

    /// With several patterns, so that what two of them allow never combines into a third.
    #[test]
    fn origins_match_as_the_naive_reading_says((patterns, origin) in patterns_and_origin()) {
        let policy = Policy::builder().allow_origins(&patterns).build().unwrap();
        let open = patterns == ["*"];
        let naive = open || patterns.iter().any(|pattern| plain::matches(pattern, &origin));
        prop_assert_eq!(grants(&policy, &origin), naive, "{:?} {}", patterns, origin);
        prop_assert_eq!(Origin::parse(&origin).is_some(), plain::well_formed(&origin), "{}", origin);
        for text in &patterns {
            let pattern: OriginPattern = text.parse().unwrap();
            let parsed = Origin::parse(&origin);
            let matched = parsed.is_some_and(|parsed| pattern.matches(&parsed));
            let naive = plain::matches(text, &origin) && parsed.is_some();
            prop_assert_eq!(matched, naive, "{} {}", text, origin);
        }
    }

    #[test]
    fn patterns_print_what_they_are_read_from(text in generate::pattern()) {
        let pattern: OriginPattern = text.parse().unwrap();
        let printed = pattern.to_string();
        prop_assert_eq!(&printed.parse::<OriginPattern>().unwrap(), &pattern);
        prop_assert_eq!(printed.parse::<OriginPattern>().unwrap().to_string(), printed);
    }

    /// No text makes the parser of patterns panic, and every correction that it gives can be used.
    #[test]
    fn corrections_are_patterns(text in "[a-zA-Z0-9*:/.@?#\\[\\]%, -]{0,40}|.{0,60}|https?://.{0,30}") {
        if let Err(error) = text.parse::<OriginPattern>() {
            if let Some(suggestion) = error.suggestion() {
                prop_assert!(suggestion.parse::<OriginPattern>().is_ok(), "{:?} {}", text, suggestion);
            }
            let told = error.to_string();
            prop_assert!(told.contains("; "), "{:?} is told without what to do: {}", text, told);
        }
    }

    #[test]
    fn configs_survive_every_form(json in generate::config()) {
        let config: PolicyConfig = serde_json::from_str(&json).unwrap();
        let policy = config.clone().build().unwrap();
        prop_assert_eq!(policy.config(), Some(&config));
        prop_assert_eq!(&policy.config().cloned().unwrap().build().unwrap(), &policy);
        let written = serde_json::to_string(&config).unwrap();
        prop_assert_eq!(&serde_json::from_str::<PolicyConfig>(&written).unwrap(), &config);
        let yaml = serde_saphyr::to_string(&config).unwrap();
        prop_assert_eq!(&serde_saphyr::from_str::<PolicyConfig>(&yaml).unwrap(), &config);
        policy.lints();
    }
}

#[test]
fn hits_and_misses_are_both_drawn() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let strategy = patterns_and_origin();
    let hits = (0..2000).filter(|_| {
        let (patterns, origin) = strategy.new_tree(&mut runner).unwrap().current();
        patterns.iter().any(|pattern| plain::matches(pattern, &origin))
    });
    let hits = hits.count();
    assert!((500..1500).contains(&hits), "{hits} of 2000");
}

#[test]
fn equal_policies_are_those_of_equal_configs() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let strategy = generate::config();
    let texts: HashSet<String> =
        (0..100).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect();
    let built = |text: &String| serde_json::from_str::<Policy>(text).unwrap();
    let policies: Vec<Policy> = texts.iter().map(built).collect();
    let equal = policies.iter().map(|one| policies.iter().filter(|other| *other == one).count());
    assert!(equal.sum::<usize>() < policies.len() + 20);
    assert_ne!(Policy::deny_all(), Policy::permissive());
    assert_eq!(Policy::deny_all(), Policy::deny_all());
}
