//! Where the policy for a request comes from, who is told what it decided, and what the layer does
//! when there is none.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use crate::support::{PREFLIGHT_VARY, answer, exchange, preflight, request};
use http::{HeaderName, Request};
use tower_cors::{
    Choice, CorsLayer, Denial, FromExtensions, Policy, PolicyConfig, PolicySource, Reloadable,
    RequestHead, RequestKind,
};

const APP: &str = "https://app.example";
const ACAO: &str = "access-control-allow-origin";
const INNER_GRANT: [(&str, &str); 1] = [(ACAO, "https://inner.example")];

fn app() -> Policy {
    Policy::builder().allow_origins([APP]).build().unwrap()
}

fn get() -> Request<()> {
    request("GET", &[("origin", APP)])
}

#[test]
fn without_a_policy_the_request_passes_untouched() {
    let layer = CorsLayer::new(None::<Policy>);
    for request in [get(), preflight(APP, "PUT"), request("GET", &[])] {
        exchange(&layer, request, 200, &INNER_GRANT).is(200, &INNER_GRANT).is_from_inner();
    }
    answer(&Some(app()), get()).is(200, &[(ACAO, APP), ("vary", "origin")]);
}

#[test]
fn a_function_chooses() {
    let policy = app();
    let layer = CorsLayer::from_fn(move |request| {
        (request.uri().path() == "/cors").then(|| policy.clone())
    });
    exchange(&layer, get(), 200, &INNER_GRANT).is(200, &INNER_GRANT);
    let mut cors = get();
    *cors.uri_mut() = "/cors".parse().unwrap();
    exchange(&layer, cors, 200, &INNER_GRANT).is(200, &[(ACAO, APP), ("vary", "origin")]);
}

#[test]
fn extensions_come_before_the_fallback() {
    let source = FromExtensions::or(Policy::deny_all());
    answer(&source, get()).is(200, &[]);
    let mut chosen = get();
    chosen.extensions_mut().insert(app());
    answer(&source, chosen.clone()).is(200, &[(ACAO, APP), ("vary", "origin")]);
    let mut chosen_preflight = preflight(APP, "PUT");
    chosen_preflight.extensions_mut().insert(app());
    answer(&source, chosen_preflight).is(204, &[(ACAO, APP), PREFLIGHT_VARY]).is_from_layer();
    let pass = FromExtensions::or(None::<Policy>);
    answer(&pass, preflight(APP, "PUT")).is(200, &[]).is_from_inner();
}

#[test]
fn a_choice_in_the_extensions_names_what_chose_it_and_can_say_not_ours() {
    let source = FromExtensions::or(Policy::permissive());
    let with = |mut request: Request<()>, choice: Choice<'static>| {
        request.extensions_mut().insert(Policy::deny_all());
        request.extensions_mut().insert(choice);
        request
    };
    let chosen = Choice::new(Some(Cow::Owned(app())), Cow::Owned(vec![TENANT]));
    answer(&source, with(get(), chosen)).is(200, &[(ACAO, APP), ("vary", "origin, x-tenant")]);
    let none = Choice::new(None, Cow::Owned(vec![TENANT]));
    answer(&source, with(preflight(APP, "PUT"), none))
        .is(200, &[("vary", "x-tenant")])
        .is_from_inner();
    let borrowed = Tenant("a");
    let mut request = get();
    request.headers_mut().insert(TENANT, "a".parse().unwrap());
    let kept = borrowed.choose(&RequestHead::from(&request)).into_owned();
    answer(&source, with(request, kept)).is(200, &[(ACAO, APP), ("vary", "origin, x-tenant")]);
}

/// A policy for tenant `a` only.
#[derive(Clone)]
struct Tenant(&'static str);

const TENANT: HeaderName = HeaderName::from_static("x-tenant");

impl PolicySource for Tenant {
    fn policy<'a>(&'a self, request: &RequestHead<'a>) -> Option<Cow<'a, Policy>> {
        (request.headers().get(TENANT)? == self.0).then(|| Cow::Owned(app()))
    }

    fn vary(&self) -> Cow<'_, [HeaderName]> {
        Cow::Owned(vec![TENANT])
    }
}

#[test]
fn what_chooses_the_policy_is_in_vary_on_every_response() {
    fn check(source: impl PolicySource + Clone) {
        let from = |request: &Request<()>, tenant: &'static str| {
            let mut request = request.clone();
            request.headers_mut().insert(TENANT, tenant.parse().unwrap());
            request
        };
        answer(&source, from(&get(), "a")).is(200, &[(ACAO, APP), ("vary", "origin, x-tenant")]);
        answer(&source, from(&get(), "b")).is(200, &[("vary", "x-tenant")]).is_from_inner();
        answer(&source, get()).is(200, &[("vary", "x-tenant")]);
        let vary = format!("{}, x-tenant", PREFLIGHT_VARY.1);
        let granted = answer(&source, from(&preflight(APP, "PUT"), "a"));
        granted.is(204, &[(ACAO, APP), ("vary", &vary)]).is_from_layer();
        let passed = answer(&source, from(&preflight(APP, "PUT"), "b"));
        passed.is(200, &[("vary", "x-tenant")]).is_from_inner();
        assert_eq!(*source.vary(), [TENANT]);
    }
    check(Tenant("a"));
    check(Some(Tenant("a")));
    check(Arc::new(Tenant("a")));
    check(FromExtensions::or(Tenant("a")));
    // The fallback's headers chose too, where it was not asked.
    let mut chosen = get();
    chosen.extensions_mut().insert(app());
    let source = FromExtensions::or(Tenant("a"));
    answer(&source, chosen).is(200, &[(ACAO, APP), ("vary", "origin, x-tenant")]);
    check(Reloadable::new(Tenant("a")));
}

#[test]
fn a_source_is_swapped_for_all_clones() {
    let source = Reloadable::new(Policy::deny_all());
    let layer = CorsLayer::new(source.clone());
    exchange(&layer, get(), 200, &[]).is(200, &[]);
    source.store(app());
    exchange(&layer, get(), 200, &[]).is(200, &[(ACAO, APP), ("vary", "origin")]);

    let reload = |config: PolicyConfig| config.build().map(|policy| source.store(policy));
    reload(Policy::builder().allow_origins(["nonsense"])).unwrap_err();
    exchange(&layer, get(), 200, &[]).is(200, &[(ACAO, APP), ("vary", "origin")]);
    reload(Policy::builder().allow_origins(["*"])).unwrap();
    exchange(&layer, get(), 200, &[]).is(200, &[(ACAO, "*")]);
}

#[test]
fn a_swap_is_never_seen_in_halves() {
    // Each content has a header of its own and a policy that goes with it.
    const OTHER: HeaderName = HeaderName::from_static("x-other");
    struct Content(HeaderName, Policy);
    impl PolicySource for Content {
        fn policy<'a>(&'a self, _: &RequestHead<'a>) -> Option<Cow<'a, Policy>> {
            Some(Cow::Borrowed(&self.1))
        }
        fn vary(&self) -> Cow<'_, [HeaderName]> {
            Cow::Borrowed(std::slice::from_ref(&self.0))
        }
    }
    let tenants = || Content(TENANT, app());
    let others = || Content(OTHER, Policy::deny_all());
    let source = Reloadable::new(tenants());
    let (request, stop) = (get(), std::sync::atomic::AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                source.store(others());
                std::thread::yield_now();
                source.store(tenants());
                std::thread::yield_now();
            }
        });
        // Long enough to meet both contents often, short enough for every test run.
        let mut seen = [0, 0];
        while seen.iter().min() < Some(&1000) {
            let Choice { policy, vary, .. } = source.choose(&RequestHead::from(&request));
            let allowed = *policy.unwrap() == app();
            assert_eq!(allowed, *vary == [TENANT]);
            seen[usize::from(allowed)] += 1;
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn the_observer_sees_every_decision_once() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&seen);
    let layer = CorsLayer::new(app()).observe(move |request, decision| {
        let line = (request.method().to_string(), decision.kind(), decision.denial());
        told.lock().unwrap().push(line);
    });
    exchange(&layer, get(), 200, &[]);
    exchange(&layer, request("GET", &[]), 200, &[]);
    exchange(&layer, request("POST", &[("origin", "https://evil.example")]), 200, &[]);
    exchange(&layer, preflight(APP, "PUT"), 200, &[]).is_from_layer();
    let expected = [
        ("GET".to_owned(), RequestKind::Actual, None),
        ("GET".to_owned(), RequestKind::NotCors, None),
        ("POST".to_owned(), RequestKind::Actual, Some(Denial::Origin)),
        ("OPTIONS".to_owned(), RequestKind::Preflight, Some(Denial::Method)),
    ];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[test]
fn report_only_decides_and_touches_nothing() {
    let count = Arc::new(Mutex::new(0));
    let told = Arc::clone(&count);
    let layer = CorsLayer::new(app()).report_only(true).observe(move |_, decision| {
        *told.lock().unwrap() += usize::from(decision.denial().is_none());
    });
    for request in [get(), preflight(APP, "GET"), request("GET", &[])] {
        exchange(&layer, request, 200, &INNER_GRANT).is(200, &INNER_GRANT).is_from_inner();
    }
    assert_eq!(*count.lock().unwrap(), 3);
    let tenants = CorsLayer::new(Tenant("a")).report_only(true);
    exchange(&tenants, get(), 200, &[]).is(200, &[]);
}

#[test]
fn the_service_is_small_and_cheap_to_clone() {
    use tower::Layer;
    assert_eq!(size_of::<Policy>(), size_of::<usize>());
    let service = CorsLayer::new(app()).layer(());
    assert_eq!(size_of_val(&service), 2 * size_of::<usize>());
    fn is_shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    is_shared(&service);
}
