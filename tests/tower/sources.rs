//! Where the policy for a request comes from, who is told what it decided, and what the layer does
//! when there is none.

use std::sync::{Arc, Mutex};

use crate::support::{PREFLIGHT_VARY, answer, exchange, preflight, request};
use http::{HeaderName, Request};
use tower_cors::{
    Choice, CorsLayer, Decision, Denial, FromExtensions, Observer, Policy, PolicyConfig,
    PolicySource, Reloadable, RequestHead, RequestKind,
};

const APP: &str = "https://app.example";
const ACAO: &str = "access-control-allow-origin";
/// To an origin that a source may have chosen the policy by.
const GRANTED: [(&str, &str); 4] = [
    (ACAO, APP),
    ("access-control-allow-credentials", "false"),
    ("access-control-expose-headers", ""),
    ("vary", "origin"),
];
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
    // The function may have looked at the origin.
    let passed = [INNER_GRANT[0], ("vary", "origin")];
    exchange(&layer, get(), 200, &INNER_GRANT).is(200, &passed);
    let mut cors = get();
    *cors.uri_mut() = "/cors".parse().unwrap();
    exchange(&layer, cors, 200, &INNER_GRANT).is(200, &GRANTED);
}

#[test]
fn extensions_come_before_the_fallback() {
    let source = FromExtensions::or(Policy::deny_all());
    answer(&source, get()).is(200, &GRANTED[3..]);
    let mut chosen = get();
    chosen.extensions_mut().insert(app());
    answer(&source, chosen.clone()).is(200, &GRANTED);
    let mut chosen_preflight = preflight(APP, "PUT");
    chosen_preflight.extensions_mut().insert(app());
    answer(&source, chosen_preflight).is(204, &[(ACAO, APP), PREFLIGHT_VARY]).is_from_layer();
    let pass = FromExtensions::or(None::<Policy>);
    answer(&pass, preflight(APP, "PUT")).is(200, &GRANTED[3..]).is_from_inner();
}

#[test]
fn a_choice_in_the_extensions_names_what_chose_it_and_can_say_not_ours() {
    let source = FromExtensions::or(Policy::permissive());
    let with = |mut request: Request<()>, choice: Choice<'static>| {
        request.extensions_mut().insert(Policy::deny_all());
        request.extensions_mut().insert(choice);
        request
    };
    let chosen = Choice::from(app()).vary([TENANT]);
    answer(&source, with(get(), chosen)).is(200, &BY_TENANT);
    let none = Choice::pass().vary([TENANT]);
    answer(&source, with(preflight(APP, "PUT"), none))
        .is(200, &[("vary", "origin, x-tenant")])
        .is_from_inner();
    let borrowed = Tenant("a");
    let mut request = get();
    request.headers_mut().insert(TENANT, "a".parse().unwrap());
    let kept = borrowed.choose(&RequestHead::from(&request)).into_owned();
    answer(&source, with(request, kept)).is(200, &BY_TENANT);
}

/// A policy for tenant `a` only.
#[derive(Clone)]
struct Tenant(&'static str);

const BY_TENANT: [(&str, &str); 4] =
    [GRANTED[0], GRANTED[1], GRANTED[2], ("vary", "origin, x-tenant")];
const TENANT: HeaderName = HeaderName::from_static("x-tenant");

impl PolicySource for Tenant {
    fn choose<'a>(&'a self, request: &RequestHead<'a>) -> Choice<'a> {
        let tenant = request.headers().get(TENANT).is_some_and(|tenant| tenant == self.0);
        Choice::from(tenant.then(app)).vary([TENANT])
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
        answer(&source, from(&get(), "a")).is(200, &BY_TENANT);
        answer(&source, from(&get(), "b")).is(200, &[("vary", "origin, x-tenant")]).is_from_inner();
        answer(&source, get()).is(200, &[("vary", "origin, x-tenant")]);
        let vary = format!("{}, x-tenant", PREFLIGHT_VARY.1);
        let granted = answer(&source, from(&preflight(APP, "PUT"), "a"));
        granted.is(204, &[(ACAO, APP), ("vary", &vary)]).is_from_layer();
        let passed = answer(&source, from(&preflight(APP, "PUT"), "b"));
        passed.is(200, &[("vary", "origin, x-tenant")]).is_from_inner();
    }
    check(Tenant("a"));
    check(Some(Tenant("a")));
    check(Arc::new(Tenant("a")));
    check(FromExtensions::or(Tenant("a")));
    // What was left in the extensions was chosen by somebody else.
    let mut chosen = get();
    chosen.extensions_mut().insert(app());
    let source = FromExtensions::or(Tenant("a"));
    answer(&source, chosen).is(200, &GRANTED);
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
        fn choose<'a>(&'a self, _: &RequestHead<'a>) -> Choice<'a> {
            Choice::from(&self.1).vary([self.0.clone()]).by_target()
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
            let (allowed, vary) = source.lend(&RequestHead::from(&request), |choice| {
                let decision = choice.decide(&RequestHead::from(&request)).unwrap();
                let mut headers = http::HeaderMap::new();
                decision.edits().apply(http::StatusCode::OK, &mut headers);
                (decision.denial().is_none(), headers["vary"].clone())
            });
            assert_eq!(vary, if allowed { "origin, x-tenant" } else { "x-other" });
            seen[usize::from(allowed)] += 1;
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn the_observer_sees_every_decision_once() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&seen);
    let layer = CorsLayer::new(app()).observe_fn(move |decision| {
        let request = decision.request();
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
    let layer = CorsLayer::new(app()).report_only(true).observe_fn(move |decision| {
        *told.lock().unwrap() += usize::from(decision.denial().is_none());
    });
    for request in [get(), preflight(APP, "GET"), request("GET", &[])] {
        exchange(&layer, request, 200, &INNER_GRANT).is(200, &INNER_GRANT).is_from_inner();
    }
    assert_eq!(*count.lock().unwrap(), 3);
    let tenants = CorsLayer::new(Tenant("a")).report_only(true);
    exchange(&tenants, get(), 200, &[]).is(200, &[]);
}

/// Whether a response names `origin`, by the source that is given to the layer: with a policy that
/// is the same for every origin, and with none.
fn names_origin<P: PolicySource + Clone>(source: P) -> bool {
    let vary = |source: &P, request| answer(source, request).header("vary").map(str::to_owned);
    let named = vary(&source, request("GET", &[]));
    assert_eq!(named, vary(&source, request("GET", &[("origin", APP)])));
    assert!(named.as_deref().is_none_or(|names| names == "origin"));
    named.is_some()
}

#[derive(Clone)]
struct Declared;

impl PolicySource for Declared {
    fn choose<'a>(&'a self, _: &RequestHead<'a>) -> Choice<'a> {
        Choice::from(Policy::permissive()).by_target()
    }
}

/// A source of a user's own, which asks others.
#[derive(Clone)]
struct Asks<P>(P);

impl<P: PolicySource> PolicySource for Asks<P> {
    fn choose<'a>(&'a self, request: &RequestHead<'a>) -> Choice<'a> {
        self.0.choose(request)
    }
}

type Shared = Arc<dyn PolicySource + Send + Sync>;

#[test]
fn a_constant_is_known_in_two_cases_only() {
    let star = Policy::permissive;
    // A policy that is given to the layer itself, however it is held.
    assert!(!names_origin(star()));
    assert!(!names_origin(Policy::deny_all()));
    assert!(!names_origin(Some(star())));
    assert!(!names_origin(None::<Policy>));
    assert!(!names_origin(None::<Asks<Policy>>));
    assert!(!names_origin(Arc::new(star())));
    assert!(!names_origin(Arc::new(Some(star())) as Shared));
    assert!(!names_origin(Reloadable::new(star())));
    assert!(!names_origin(Reloadable::new(None::<Policy>)));
    assert!(!names_origin(Arc::new(Reloadable::new(Arc::new(star()))) as Shared));
    // And a source that declares what it looked at.
    assert!(!names_origin(Declared));
    assert!(!names_origin(Asks(Asks(Declared))));
    assert!(!names_origin(Reloadable::new(Declared)));
    assert!(!names_origin(|_: &RequestHead<'_>| Choice::pass().by_target()));
    assert!(!names_origin(Arc::new(Asks(Declared)) as Shared));
    let left = |choice: Choice<'static>| {
        let mut request = get();
        request.extensions_mut().insert(choice);
        answer(&FromExtensions::or(star()), request).header("vary").map(str::to_owned)
    };
    assert_eq!(left(Choice::from(star()).by_target()), None);
    assert_eq!(left(Choice::pass().by_target()), None);

    // Any other source may have looked at the origin.
    assert!(names_origin(Asks(star())));
    assert!(names_origin(Asks(None::<Policy>)));
    assert!(names_origin(Some(Asks(star()))));
    assert!(names_origin(Asks(Some(star()))));
    assert!(names_origin(Asks(Arc::new(star()))));
    assert!(names_origin(Asks(Reloadable::new(star()))));
    assert!(names_origin(Reloadable::new(Asks(star()))));
    assert!(names_origin(Arc::new(Asks(star())) as Shared));
    assert!(names_origin(Asks(Arc::new(star()) as Shared)));
    assert!(names_origin(|_: &RequestHead<'_>| Policy::permissive()));
    assert!(names_origin(|_: &RequestHead<'_>| None::<Policy>));
    assert!(names_origin(FromExtensions::or(star())));
    assert!(names_origin(FromExtensions::or(Declared)));
    assert!(names_origin(Asks(FromExtensions::or(Declared))));
    assert!(names_origin(FromExtensions::or(None::<Policy>)));
    assert_eq!(left(Choice::from(star())).as_deref(), Some("origin"));
    assert_eq!(left(Choice::pass()).as_deref(), Some("origin"));
    // `origin` among the names takes the declaration back, whichever is said first.
    let origin = http::header::ORIGIN;
    let taken_back = Choice::from(star()).by_target().vary([TENANT, origin.clone()]);
    assert_eq!(left(taken_back).as_deref(), Some("origin, x-tenant"));
    let taken_back = Choice::from(star()).vary([TENANT]).vary([origin]).by_target();
    assert_eq!(left(taken_back).as_deref(), Some("origin, x-tenant"));
}

#[test]
fn by_target_a_list_of_origins_still_varies_and_nothing_more_is_said_than_by_a_policy() {
    let source = |_: &RequestHead<'_>| Choice::from(app()).vary([TENANT]).by_target();
    answer(&source, get()).is(200, &[(ACAO, APP), ("vary", "origin, x-tenant")]);
    answer(&source, request("GET", &[])).is(200, &[("vary", "origin, x-tenant")]);
    let merged = exchange(&CorsLayer::new(source), get(), 304, &[]);
    merged.is(304, &[GRANTED[0], GRANTED[1], GRANTED[2], BY_TENANT[3]]);
    // A constant that was chosen by who knows what may have been another one yesterday.
    let source = |_: &RequestHead<'_>| Policy::builder().allow_origins(["*"]).build().unwrap();
    let granted = [(ACAO, "*"), GRANTED[1], GRANTED[2], GRANTED[3]];
    answer(&source, get()).is(200, &granted);
    answer(&source, request("GET", &[])).is(200, &granted);
}

#[test]
fn closures_give_a_policy_an_option_or_a_choice() {
    let policy = app();
    let owned = policy.clone();
    let layer = CorsLayer::from_fn(move |_| owned.clone());
    exchange(&layer, get(), 200, &[]).is(200, &GRANTED);
    let layer = CorsLayer::from_fn(|_| None::<Policy>);
    exchange(&layer, get(), 200, &[]).is(200, &GRANTED[3..]);
    let layer = CorsLayer::from_fn(move |request| {
        let policy = request.headers().contains_key(TENANT).then(|| policy.clone());
        Choice::from(policy).vary([TENANT]).by_target()
    });
    exchange(&layer, get(), 200, &[]).is(200, &[("vary", "x-tenant")]);
    let tenant = request("GET", &[("origin", APP), ("x-tenant", "a")]);
    exchange(&layer, tenant, 200, &[]).is(200, &[(ACAO, APP), ("vary", "origin, x-tenant")]);
    // One that is no closure.
    fn denied(_: &RequestHead<'_>) -> Policy {
        Policy::deny_all()
    }
    exchange(&CorsLayer::from_fn(denied), get(), 200, &[]).is(200, &GRANTED[3..]);
    exchange(&CorsLayer::new(denied), get(), 200, &[]).is(200, &GRANTED[3..]);
}

#[test]
fn observers_are_closures_structs_and_what_is_shared() {
    #[derive(Default)]
    struct Count(std::sync::atomic::AtomicUsize);
    impl Observer for Count {
        fn decided(&self, decision: &Decision<'_>) {
            assert_eq!(decision.request().uri().path(), "/");
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }
    let count = Arc::new(Count::default());
    let named: CorsLayer<Policy, Arc<dyn Observer + Send + Sync>> =
        CorsLayer::new(app()).observe(Arc::clone(&count) as _);
    exchange(&named, get(), 200, &[]);
    exchange(&CorsLayer::new(app()).observe(Arc::clone(&count)), get(), 200, &[]);
    let told = Arc::clone(&count);
    let closure = move |decision: &Decision<'_>| told.decided(decision);
    exchange(&CorsLayer::new(app()).observe(closure), get(), 200, &[]);
    exchange(&CorsLayer::new(app()).observe(()), get(), 200, &[]);
    assert_eq!(count.0.load(std::sync::atomic::Ordering::Relaxed), 3);
}

#[test]
fn outside_of_tower_a_choice_gives_answer_and_edits_whole() {
    let edited = |edits: tower_cors::ResponseEdits| {
        let mut headers = http::HeaderMap::new();
        edits.apply(http::StatusCode::OK, &mut headers);
        crate::support::listed(&headers)
    };
    let text = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let chosen = Choice::from(app()).vary([TENANT]);
    let (get, asked) = (get(), preflight(APP, "PUT"));
    let decision = chosen.decide(&RequestHead::from(&get)).unwrap();
    assert_eq!(edited(decision.edits())[3], text("vary", "origin, x-tenant"));
    let decision = chosen.decide(&RequestHead::from(&asked)).unwrap();
    let answer = decision.answer::<()>().unwrap();
    let vary = format!("{}, x-tenant", PREFLIGHT_VARY.1);
    assert_eq!(answer.headers()["vary"], vary);

    let pass = Choice::pass().vary([TENANT]);
    assert!(pass.decide(&RequestHead::from(&get)).is_none());
    assert_eq!(edited(pass.edits()), [text("vary", "origin, x-tenant")]);
    assert_eq!(edited(pass.by_target().edits()), [text("vary", "x-tenant")]);
    assert_eq!(edited(Choice::pass().by_target().edits()), []);
    // What passed keeps what the inner service set, its lines of `Vary` too.
    let mut headers = http::HeaderMap::new();
    for line in ["a", "b, A"] {
        headers.append("vary", line.parse().unwrap());
    }
    let before = headers.clone();
    Choice::pass().by_target().edits().apply(http::StatusCode::OK, &mut headers);
    assert_eq!(headers, before);
    Choice::pass().edits().apply(http::StatusCode::OK, &mut headers);
    assert_eq!(crate::support::listed(&headers), [text("vary", "a, b, origin")]);
}

#[test]
fn the_trios_service_gives_back_what_it_wraps() {
    let mut service = tower_cors::Cors::new(1, app());
    *service.get_mut() += 1;
    assert_eq!((*service.get_ref(), service.into_inner()), (2, 2));
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
