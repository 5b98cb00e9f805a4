//! Feature `tracing`: at most one event a request, at the level and with the fields that the docs
//! name, bounded and escaped, and judged only when somebody wants it.

mod support;

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderValue, Request};
use support::{exchange, preflight, request};
use tower_cors::{CorsLayer, FromExtensions, Policy};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

const APP: &str = "https://app.example";
const EVIL: &str = "https://evil.example";

fn policy() -> Policy {
    Policy::builder().allow_origins([APP]).allow_methods(["PUT"]).build().unwrap()
}

/// The level and target of an event, and its fields, a line each.
type Seen = (Level, String, Vec<(&'static str, String)>);

#[derive(Clone, Default)]
struct Capture(Arc<Mutex<Vec<Seen>>>);

impl<S: Subscriber> Layer<S> for Capture {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields(Vec::new());
        event.record(&mut fields);
        let target = event.metadata().target().to_owned();
        self.0.lock().unwrap().push((*event.metadata().level(), target, fields.0));
    }
}

struct Fields(Vec<(&'static str, String)>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = String::new();
        write!(text, "{value:?}").unwrap();
        self.0.push((field.name(), text));
    }
}

/// What a subscriber wants is remembered for the whole process: one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The events while this runs, of those that the filter lets through.
fn events_under(filter: impl Into<Targets>, work: impl FnOnce()) -> Vec<Seen> {
    let seen = Capture::default();
    let subscriber = tracing_subscriber::registry().with(seen.clone().with_filter(filter.into()));
    tracing::subscriber::with_default(subscriber, work);
    let seen = seen.0.lock().unwrap();
    seen.clone()
}

fn everything() -> Targets {
    Targets::new().with_default(LevelFilter::TRACE)
}

fn tower_cors(level: LevelFilter) -> Targets {
    Targets::new().with_target("tower_cors", level)
}

/// The one event of a request.
#[track_caller]
fn event(layer: &CorsLayer<Policy>, request: Request<()>) -> (Level, Vec<(&'static str, String)>) {
    let mut events = events_under(everything(), || drop(exchange(layer, request, 200, &[])));
    assert_eq!(events.len(), 1, "{events:?}");
    let (level, target, fields) = events.remove(0);
    assert_eq!(target, "tower_cors");
    (level, fields)
}

#[track_caller]
fn check(request: Request<()>, level: Level, fields: &[(&str, &str)]) {
    let (found, shown) = event(&CorsLayer::new(policy()), request);
    let shown: Vec<_> = shown.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!((found, shown.as_slice()), (level, fields));
}

#[test]
fn a_denial_is_told_at_info() {
    let _alone = alone();
    check(
        request("GET", &[("origin", EVIL)]),
        Level::INFO,
        &[
            (
                "message",
                "actual request denied: origin https://evil.example is not in allow_origins",
            ),
            ("cors.kind", "actual"),
            ("cors.outcome", "denied"),
            ("cors.reason", "origin not allowed"),
            ("cors.origin", EVIL),
        ],
    );
    check(
        preflight(APP, "PATCH"),
        Level::INFO,
        &[
            (
                "message",
                "preflight denied: method PATCH is not in allow_methods (PUT); \
                 origin https://app.example is in allow_origins, without credentials",
            ),
            ("cors.kind", "preflight"),
            ("cors.outcome", "denied"),
            ("cors.reason", "method not allowed"),
            ("cors.origin", APP),
        ],
    );
    check(
        request("GET", &[("origin", APP), ("origin", EVIL)]),
        Level::INFO,
        &[
            ("message", "actual request denied: the request has several Origin headers"),
            ("cors.kind", "actual"),
            ("cors.outcome", "denied"),
            ("cors.reason", "malformed origin"),
        ],
    );
}

#[test]
fn a_preflight_that_is_allowed_is_told_at_debug() {
    let _alone = alone();
    check(
        preflight(APP, "PUT"),
        Level::DEBUG,
        &[
            (
                "message",
                "preflight allowed: method PUT; \
                 origin https://app.example is in allow_origins, without credentials",
            ),
            ("cors.kind", "preflight"),
            ("cors.outcome", "allowed"),
            ("cors.origin", APP),
        ],
    );
}

#[test]
fn what_is_probably_same_origin_is_told_at_debug() {
    let _alone = alone();
    // A browser asks for no permission here, so the denial bars nobody.
    let to_itself = |origin| request("POST", &[("host", "evil.example"), ("origin", origin)]);
    let (level, fields) = event(&CorsLayer::new(policy()), to_itself(EVIL));
    assert_eq!((level, fields[2].1.as_str()), (Level::DEBUG, "denied"));
    assert!(fields[0].1.ends_with("it is probably same-origin"), "{fields:?}");
    let open = CorsLayer::new(Policy::permissive());
    let (level, fields) = event(&open, to_itself(EVIL));
    assert_eq!((level, fields[2].1.as_str()), (Level::DEBUG, "allowed"));
    let (level, _) = event(&open, to_itself(APP));
    assert_eq!(level, Level::TRACE);
    let asked =
        [("host", "app.example"), ("origin", APP), ("access-control-request-method", "PATCH")];
    let (level, _) = event(&CorsLayer::new(policy()), request("OPTIONS", &asked));
    assert_eq!(level, Level::DEBUG);
}

#[test]
fn the_rest_is_told_at_trace() {
    let _alone = alone();
    check(
        request("GET", &[("origin", APP)]),
        Level::TRACE,
        &[
            (
                "message",
                "actual request allowed: \
                 origin https://app.example is in allow_origins, without credentials",
            ),
            ("cors.kind", "actual"),
            ("cors.outcome", "allowed"),
            ("cors.origin", APP),
        ],
    );
    check(
        request("GET", &[]),
        Level::TRACE,
        &[("message", "not a CORS request: no Origin header"), ("cors.kind", "not CORS")],
    );
}

#[test]
fn report_only_says_so() {
    let _alone = alone();
    let layer = CorsLayer::new(policy()).report_only(true);
    let (level, fields) = event(&layer, request("GET", &[("origin", EVIL)]));
    let expected =
        "report only: actual request denied: origin https://evil.example is not in allow_origins";
    assert_eq!((level, fields[0].1.as_str()), (Level::INFO, expected));
    assert_eq!(fields[2], ("cors.outcome", "would be denied".to_owned()));
    let (_, fields) = event(&layer, preflight(APP, "PUT"));
    assert_eq!(fields[2], ("cors.outcome", "would be allowed".to_owned()));
}

#[test]
fn an_observer_is_told_as_well_and_a_request_without_a_policy_is_nobodys() {
    let _alone = alone();
    let count = Arc::new(Mutex::new(0));
    let told = Arc::clone(&count);
    let layer = CorsLayer::new(policy()).observe_fn(move |_| *told.lock().unwrap() += 1);
    let events =
        events_under(everything(), || drop(exchange(&layer, preflight(EVIL, "PUT"), 200, &[])));
    assert_eq!((events.len(), *count.lock().unwrap()), (1, 1));
    let none = CorsLayer::new(FromExtensions::or(None::<Policy>));
    let events =
        events_under(everything(), || drop(exchange(&none, preflight(EVIL, "PUT"), 200, &[])));
    assert_eq!(events, []);
}

/// One request of each level, and what each filter lets through of them.
#[test]
fn filters_hold() {
    let _alone = alone();
    let send = || {
        let layer = CorsLayer::new(policy());
        for request in [
            request("GET", &[("origin", EVIL)]),
            preflight(APP, "PUT"),
            request("GET", &[("origin", APP)]),
            request("GET", &[]),
        ] {
            let _ = exchange(&layer, request, 200, &[]);
        }
    };
    for (filter, expected) in [
        (everything(), 4),
        (tower_cors(LevelFilter::TRACE), 4),
        (tower_cors(LevelFilter::DEBUG), 2),
        (tower_cors(LevelFilter::INFO), 1),
        (tower_cors(LevelFilter::WARN), 0),
        (tower_cors(LevelFilter::OFF).with_default(LevelFilter::TRACE), 0),
    ] {
        assert_eq!(events_under(filter.clone(), send).len(), expected, "{filter}");
    }
}

/// Asking a subscriber whether it wants an event, and then sending none, makes filters of single
/// layers lose the next event of anybody.
#[test]
fn no_event_of_others_is_lost() {
    let _alone = alone();
    let (terse, full) = (Capture::default(), Capture::default());
    let subscriber = tracing_subscriber::registry()
        .with(terse.clone().with_filter(LevelFilter::INFO))
        .with(full.clone().with_filter(LevelFilter::DEBUG));
    tracing::subscriber::with_default(subscriber, || {
        for request in
            [request("GET", &[("origin", APP)]), request("GET", &[]), preflight(APP, "PUT")]
        {
            let _ = exchange(&CorsLayer::new(policy()), request, 200, &[]);
            tracing::info!(target: "application", "served");
        }
    });
    let of_others = |seen: Capture| {
        let seen = seen.0.lock().unwrap();
        seen.iter().filter(|(_, target, _)| target == "application").count()
    };
    assert_eq!((of_others(terse), of_others(full)), (3, 3));
}

#[test]
fn what_a_hostile_request_holds_is_bounded_and_escaped() {
    let _alone = alone();
    let long = "a".repeat(60_000);
    let values: Vec<Vec<u8>> = vec![
        long.clone().into_bytes(),
        format!("https://{long}.example").into_bytes(),
        b"https://a.example\ttab \"quoted\" cors.outcome=allowed".to_vec(),
        "https://a.example\u{202e}\u{85}".as_bytes().to_vec(),
        (0x80..=0xff).collect(),
        "\u{9b}31m".repeat(10_000).into_bytes(),
        Vec::new(),
    ];
    for policy in [policy(), Policy::deny_all(), Policy::permissive()] {
        let layer = CorsLayer::new(policy);
        for value in &values {
            let value = HeaderValue::from_bytes(value).unwrap();
            let mut actual = request("GET", &[]);
            actual.headers_mut().insert("origin", value.clone());
            let mut origin = preflight(APP, "PUT");
            origin.headers_mut().insert("origin", value.clone());
            let mut method = preflight(APP, "PUT");
            method.headers_mut().insert("access-control-request-method", value.clone());
            let mut headers = preflight(APP, "PUT");
            headers.headers_mut().insert("access-control-request-headers", value.clone());
            for request in [actual, origin, method, headers] {
                let (_, fields) = event(&layer, request);
                for (name, text) in fields {
                    let most = if name == "message" { 2000 } else { 1300 };
                    assert!(text.len() <= most, "{name}: {} bytes", text.len());
                    assert!(!text.contains(char::is_control), "{name}: {text:?}");
                    assert!(!text.contains('\u{202e}'), "{name}: {text:?}");
                }
            }
        }
    }
    // What is no origin stands in quotes, so that it cannot pass for another field.
    let forged = "https://a.example cors.outcome=allowed";
    let (_, fields) = event(&CorsLayer::new(policy()), request("GET", &[("origin", forged)]));
    assert_eq!(fields[4], ("cors.origin", format!("{forged:?}")));
}
