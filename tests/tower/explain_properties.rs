//! For every refusal that the model of the browser meets, the change that the explanation names
//! makes the same request pass, unless it is named as never right.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use proptest::prelude::*;
use tower::{Layer, ServiceExt, service_fn};
use tower_cors::{CorsLayer, Edit, Explanation, Policy, PolicyConfig, Remedy, RequestHead};
use tower_cors_oracle::fetch_client::{Client, Credentials, Fetch, Outcome, Refusal, Server};
use tower_cors_oracle::judge::judge;
use tower_cors_oracle::{generate, inner, plain};

/// The layer over the oracle's inner service, as a server that remembers its last explanation.
struct Layered {
    policy: Policy,
    last: Arc<Mutex<Option<Explanation>>>,
    inner_calls: Arc<Mutex<u64>>,
}

impl Layered {
    fn new(config: PolicyConfig) -> Result<Self, String> {
        let policy = config.build().map_err(|errors| errors.to_string())?;
        Ok(Self { policy, last: Arc::default(), inner_calls: Arc::default() })
    }
}

impl Server for Layered {
    fn call(&mut self, request: Request<Bytes>) -> Response<Bytes> {
        let (calls, last) = (Arc::clone(&self.inner_calls), Arc::clone(&self.last));
        let service = service_fn(move |request: Request<Bytes>| {
            *calls.lock().unwrap() += 1;
            std::future::ready(Ok::<_, Infallible>(inner::respond(&request)))
        });
        let layer = CorsLayer::new(self.policy.clone()).observe_fn(move |decision| {
            *last.lock().unwrap() = Some(decision.explain());
        });
        crate::support::run(layer.layer(service).oneshot(request)).unwrap()
    }

    fn inner_calls(&self) -> Option<u64> {
        Some(*self.inner_calls.lock().unwrap())
    }
}

/// What no config can allow, or should: said of the fetch alone.
fn is_never_right(fetch: &Fetch, refusal: &Refusal) -> bool {
    let sendable = fetch.origin == "null" || plain::well_formed(&fetch.origin);
    let everybody = fetch.origin == "null" && fetch.credentials == Credentials::Include;
    let star = fetch.method == "*" || fetch.headers.iter().any(|(name, _)| name == "*");
    !sendable || everybody || star || matches!(refusal, Refusal::ForbiddenMethod(_))
}

/// What an origin that no config names gets, where it is not allowed: for a preflight, and for a
/// request to a service that grants it.
fn strangers_see(policy: &Policy) -> Option<String> {
    let stranger = "https://x.never-named.example:9";
    let preflight = crate::support::preflight(stranger, "PUT");
    let answer = policy.decide(&RequestHead::from(&preflight)).answer::<()>();
    let actual = request_of(stranger);
    let decision = policy.decide(&RequestHead::from(&actual));
    let mut headers = http::HeaderMap::new();
    headers.insert("access-control-allow-origin", HeaderValue::from_static("*"));
    decision.edits().apply(http::StatusCode::OK, &mut headers);
    decision.denial().map(|denial| format!("{denial}, {answer:?}, {headers:?}"))
}

type Seen = RefCell<BTreeMap<&'static str, usize>>;

fn remedied(
    server: &mut Layered,
    fetch: &Fetch,
    outcome: &Outcome,
    seen: &Seen,
) -> Result<(), String> {
    let explanation = server.last.lock().unwrap().take();
    let (Some(explanation), Some(refusal)) = (explanation, outcome.verdict.refusal()) else {
        return Ok(());
    };
    let included = fetch.credentials == Credentials::Include;
    let remedy = match included {
        true => explanation.remedy_with_credentials(),
        false => explanation.remedy(),
    };
    let config = server.policy.config().expect("a policy that was built");
    let wrong = |what: &str| Err(format!("{what} after {refusal:?}:\n{explanation}\n{config:#?}"));
    let class = match remedy {
        Remedy::Unneeded => return wrong("nothing is said to be needed"),
        Remedy::Never(_) if is_never_right(fetch, refusal) => "never",
        Remedy::Never(_) => return wrong("it is named as never right"),
        Remedy::Edits { warnings, .. } => {
            if warnings.is_empty() {
                "edits"
            } else {
                "edits, with a warning"
            }
        }
        _ => return wrong("an unknown remedy"),
    };
    *seen.borrow_mut().entry(class).or_default() += 1;
    let mut changed = config.clone();
    remedy.apply(&mut changed).unwrap();
    if class == "never" {
        return if changed == *config { Ok(()) } else { wrong("a change that is never right") };
    }
    let mut server_then = match Layered::new(changed) {
        Ok(server) => server,
        Err(errors) => return wrong(&errors),
    };
    if strangers_see(&server_then.policy) != strangers_see(&server.policy) {
        return wrong("strangers see it");
    }
    match Client::new().fetch(&mut server_then, fetch).verdict.refusal() {
        None => Ok(()),
        Some(then) => wrong(&format!("still {then:?}")),
    }
}

#[test]
fn the_change_that_is_named_lets_the_request_pass() {
    let seen = Seen::default();
    let serve = |config: &str| Layered::new(serde_json::from_str(config).expect("a config"));
    let after = |server: &mut Layered, fetch: &Fetch, outcome: &Outcome| {
        remedied(server, fetch, outcome, &seen)
    };
    judge(250, serve, after).unwrap_or_else(|error| panic!("{error}"));
    let seen = seen.into_inner();
    for (class, least) in [("edits", 300), ("edits, with a warning", 300), ("never", 50)] {
        assert!(seen.get(class).is_some_and(|count| *count > least), "{class}: {seen:?}");
    }
}

/// Methods and lists of names that browsers send, and what they never do.
fn texts() -> impl Strategy<Value = (String, String)> {
    let method = prop_oneof![
        6 => "PUT|PATCH|patch|GET|DELETE|QUERY|Foo",
        1 => "TRACE|connect|put|[*]|",
        1 => "[ -~]{0,12}",
    ];
    let name = prop_oneof![
        8 => "x-[a-c]|X-B|content-type|authorization|range",
        1 => "cookie|sec-fetch-mode|proxy-x|[*]",
        1 => "[ -+.-~]{0,8}",
    ];
    let list = prop::collection::vec(name, 0..6).prop_map(|names| names.join(","));
    let long = (0..3000usize).prop_map(|count| "x-a,".repeat(count));
    (method, prop_oneof![12 => list, 1 => long])
}

/// A config of its own is told so that it can be copied.
fn copied(edit: &Edit) {
    let (Edit::Before(config) | Edit::After(config)) = edit else { return };
    let told = edit.to_string();
    let (_, yaml) = told.split_once(" or: ").expect("what follows");
    // Long lists are cut.
    if !yaml.contains(" more") {
        assert_eq!(serde_saphyr::from_str::<PolicyConfig>(yaml).expect(yaml), *config);
    }
}

fn request_of(origin: &str) -> Request<()> {
    crate::support::request("GET", &[("origin", origin)])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Of requests that no browser sends, too: what is refused has a change that lets it pass or is
    /// named as never right, and nothing else has one.
    #[test]
    fn every_refusal_has_a_remedy(
        config in generate::config(),
        origin in generate::origin(),
        (method, names) in texts(),
        actual in any::<bool>(),
    ) {
        let mut request = crate::support::request(if actual { "PUT" } else { "OPTIONS" }, &[]);
        for (name, text) in [
            ("origin", &origin),
            ("access-control-request-method", &method),
            ("access-control-request-headers", &names),
        ] {
            let Ok(value) = HeaderValue::from_str(text) else { return Ok(()) };
            request.headers_mut().insert(name, value);
        }
        let config: PolicyConfig = serde_json::from_str(&config).unwrap();
        let policy = config.clone().build().unwrap();
        let head = RequestHead::from(&request);
        let decision = policy.decide(&head);
        let page = decision.explain();
        let told = page.to_string();
        let denied = decision.denial().is_some();
        prop_assert_eq!(denied, *page.remedy() != Remedy::Unneeded, "{}", told);
        prop_assert!(told.chars().all(|c| c == '\n' || matches!(c, ' '..='~' | '…')), "{:?}", told);
        // Each text of the request is cut; there are a dozen places for one.
        prop_assert!(told.len() < 20_000, "{}", told.len());
        for (credentials, remedy) in [(false, page.remedy()), (true, page.remedy_with_credentials())] {
            if let Remedy::Edits { edits, .. } = remedy {
                edits.iter().for_each(copied);
                let mut changed = config.clone();
                remedy.apply(&mut changed).unwrap();
                let changed = changed.build();
                prop_assert!(changed.is_ok(), "{:?}\n{}", changed, told);
                let changed = changed.unwrap();
                let then = changed.decide(&head);
                prop_assert_eq!(strangers_see(&changed), strangers_see(&policy), "{}", told);
                prop_assert_eq!(then.denial(), None, "{}\n{}", then, told);
                let mut headers = http::HeaderMap::new();
                let actual = request_of(&origin);
                let edits = changed.decide(&RequestHead::from(&actual)).edits();
                edits.apply(http::StatusCode::OK, &mut headers);
                let granted = headers.contains_key("access-control-allow-credentials");
                prop_assert!(granted || !credentials, "{}", told);
            }
        }
    }
}

#[test]
fn a_config_of_its_own_is_told_whole() {
    let config = "{allowOrigins: ['https://b.example', 'http://c.example'], allowHeaders: '*',
        maxAge: 5, preflightStatus: 200, deniedStatus: 200, innerHeaders: keep,
        answerEveryOptions: true, wildcardIncludesAuthorization: true}";
    let config: PolicyConfig = serde_saphyr::from_str(config).unwrap();
    let policy = config.build().unwrap();
    let request = request_of("https://b.example");
    let explanation = policy.decide(&RequestHead::from(&request)).explain();
    let Remedy::Edits { edits, .. } = explanation.remedy_with_credentials() else {
        panic!("{explanation}");
    };
    assert!(matches!(&edits[..], [Edit::Before(_)]), "{explanation}");
    edits.iter().for_each(copied);
}

/// The first config says what becomes of the inner service's headers where none allows the origin.
#[test]
fn a_config_in_front_opens_nothing_to_others() {
    let config = "{allowOrigins: ['https://a.example'],
        or: {allowOrigins: ['https://b.example', 'http://c.example'], innerHeaders: keep}}";
    let mut config: PolicyConfig = serde_saphyr::from_str(config).unwrap();
    let policy = config.clone().build().unwrap();
    let request = request_of("https://b.example");
    let explanation = policy.decide(&RequestHead::from(&request)).explain();
    let remedy = explanation.remedy_with_credentials();
    assert!(remedy.to_string().starts_with("put this config in front"), "{remedy}");
    remedy.apply(&mut config).unwrap();
    let changed = config.build().unwrap();
    assert!(strangers_see(&policy).is_some());
    assert_eq!(strangers_see(&changed), strangers_see(&policy));
}
