//! For every refusal that the model of the browser meets, the change that the explanation names
//! makes the same request pass, unless it is named as never right.

mod support;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use tower::{Layer, ServiceExt, service_fn};
use tower_cors::{CorsLayer, Explanation, Policy, PolicyConfig, Remedy, RequestHead};
use tower_cors_oracle::fetch_client::{Client, Credentials, Fetch, Outcome, Refusal, Server};
use tower_cors_oracle::judge::judge;
use tower_cors_oracle::{inner, plain};

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
        let layer = CorsLayer::new(self.policy.clone()).observe(move |_, decision| {
            *last.lock().unwrap() = Some(decision.explain());
        });
        support::run(layer.layer(service).oneshot(request)).unwrap()
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

/// A request of an origin that no config names.
fn allows_strangers(policy: &Policy) -> bool {
    let request = support::request("GET", &[("origin", "https://x.never-named.example:9")]);
    policy.decide(&RequestHead::from(&request)).denial().is_none()
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
    remedy.apply(&mut changed);
    if class == "never" {
        return if changed == *config { Ok(()) } else { wrong("a change that is never right") };
    }
    let mut server_then = match Layered::new(changed) {
        Ok(server) => server,
        Err(errors) => return wrong(&errors),
    };
    if allows_strangers(&server_then.policy) != allows_strangers(&server.policy) {
        return wrong("strangers are let in");
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
    judge(400, serve, after).unwrap_or_else(|error| panic!("{error}"));
    let seen = seen.into_inner();
    eprintln!("{seen:?}");
    for (class, least) in [("edits", 300), ("edits, with a warning", 300), ("never", 50)] {
        assert!(seen.get(class).is_some_and(|count| *count > least), "{class}: {seen:?}");
    }
}
