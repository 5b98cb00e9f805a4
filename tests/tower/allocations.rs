//! What a request makes the layer allocate, counted by the allocator and not timed: nothing on the
//! usual path, and for hostile input no more than for its harmless twin.

mod support;

use std::convert::Infallible;
use std::hint::black_box;

use allocation_counter::measure;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use support::run;
use tower::{Layer, Service, service_fn};
use tower_cors::{CorsLayer, Decision, Denial, Observer, Policy, PolicyConfig};

const APP: &str = "https://app.example";
const MIB: usize = 1 << 20;
const ACRM: &str = "access-control-request-method";
const ACRH: &str = "access-control-request-headers";

/// The most bytes of `Access-Control-Request-Headers` that are read. Only what is within it may
/// cost more than a short list does.
const READ: usize = 4096;

type Lines = Vec<(&'static str, Bytes)>;

/// How often this thread has allocated, and how many bytes in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Allocated {
    times: u64,
    bytes: u64,
}

const NOTHING: Allocated = Allocated { times: 0, bytes: 0 };

fn allocated(work: impl FnOnce()) -> Allocated {
    let counted = measure(work);
    Allocated { times: counted.count_total, bytes: counted.bytes_total }
}

/// A request as a server makes it: its values are parts of one buffer that was read, so that
/// cloning one counts a reference and copies nothing.
fn request(method: &str, lines: &Lines) -> Request<()> {
    let mut request = Request::builder().method(method).uri("/").body(()).unwrap();
    for (name, value) in lines {
        let part = HeaderValue::from_maybe_shared(value.slice(..)).unwrap();
        request.headers_mut().append(*name, part);
    }
    request
}

fn preflight(origin: &str, names: &str) -> Lines {
    vec![line("origin", origin), line(ACRM, "PUT"), line(ACRH, names)]
}

fn line(name: &'static str, value: impl AsRef<[u8]>) -> (&'static str, Bytes) {
    (name, Bytes::copy_from_slice(value.as_ref()))
}

/// What the whole call costs, the request and the inner service's response aside: they are there
/// already.
fn cost<O: Observer + Clone>(
    layer: &CorsLayer<Policy, O>,
    request: Request<()>,
    headers: HeaderMap,
) -> Allocated {
    let mut response = Response::new(());
    *response.headers_mut() = headers;
    let mut response = Some(response);
    let mut service = layer.layer(service_fn(move |_: Request<()>| {
        std::future::ready(Ok::<_, Infallible>(response.take().unwrap()))
    }));
    allocated(move || drop(run(service.call(request))))
}

/// Every kind of answer: constant, listed, mirrored, reflected, chained, none.
fn policies() -> Vec<(&'static str, Policy)> {
    let app = || Policy::builder().allow_origins([APP, "https://*.example.com"]);
    let listed = |config: PolicyConfig| {
        config.allow_methods(["PUT"]).allow_headers(["x-a", "x-b"]).expose_headers(["x-c"])
    };
    let stars = |config: PolicyConfig| {
        config.allow_methods(["*"]).allow_headers(["*"]).expose_headers(["*"])
    };
    let any = || Policy::builder().allow_origins(["*"]);
    let credentials = |config: PolicyConfig| config.allow_credentials(true);
    let reflected = stars(credentials(any())).dangerously_reflect_any_origin(true);
    let built = |config: PolicyConfig| config.build().unwrap();
    vec![
        ("listed", built(listed(app()))),
        ("listed, with credentials", built(credentials(listed(app())))),
        ("stars", built(stars(app()))),
        ("mirrored", built(credentials(stars(app())))),
        ("reflected", built(reflected)),
        ("chained", built(credentials(listed(app())).or(stars(any())))),
        ("any", built(listed(any()))),
        ("permissive", Policy::permissive()),
        ("none", Policy::deny_all()),
    ]
}

/// Hostile lines, each beside what it is the harmless twin of.
fn twins() -> Vec<(&'static str, Lines, Lines)> {
    let asking = |names: &str| preflight(APP, names);
    let of_one = |origin: &str| preflight(origin, "x-a");
    let lines = |value: &str| {
        let mut lines = asking(value);
        lines.resize(lines.len() + 1023, line(ACRH, value));
        lines
    };
    let of_no_text = |length| {
        let mut lines = of_one(APP);
        lines[0] = line("origin", vec![0xff; length]);
        lines
    };
    let labels = format!("https://{}example.com", "a.".repeat(118));
    let foreign_labels = format!("https://{}example.net", "a.".repeat(118));
    let long_origin = format!("{APP}{}", ".a".repeat(MIB / 2));
    let mut doubled = of_one(APP);
    doubled.push(line("origin", APP));
    let mut long_method = asking("x-a");
    long_method[1] = line(ACRM, "A".repeat(MIB));
    vec![
        ("1 MiB of commas", asking(&",".repeat(MIB)), asking(",")),
        ("1 MiB of spaces", asking(&" ".repeat(MIB)), asking(" ")),
        ("1 MiB of tabs", asking(&"\t".repeat(MIB)), asking("\t")),
        ("1 MiB of an allowed name", asking(&"x-a,".repeat(MIB / 4)), asking("x-a,")),
        ("1 MiB of one name", asking(&"A".repeat(MIB)), asking("A")),
        ("1,024 lines of 1 KiB", lines(&"x-a,".repeat(256)), asking("x-a,")),
        ("1,024 lines that are too much", lines("x-a,x-b"), asking("x-a,x-b")),
        ("1,024 empty lines", lines(""), asking("")),
        ("an Origin of 1 MiB", of_one(&long_origin), of_one("https://app.example.a")),
        ("an Origin of 1 MiB that is no text", of_no_text(MIB), of_no_text(1)),
        ("an Origin of 1 MiB of one byte", of_one(&"h".repeat(MIB)), of_one("h")),
        ("120 labels", of_one(&labels), of_one("https://a.example.com")),
        ("120 labels, not allowed", of_one(&foreign_labels), of_one("https://a.example.net")),
        ("an Origin doubled", doubled, of_one(APP)),
        ("a method of 1 MiB", long_method, asking("x-a")),
    ]
}

fn asks_for_everything(decision: &Decision<'_>) {
    black_box((decision.denial(), decision.maybe_same_origin(), decision.to_string()));
}

/// What the hostile request costs more.
fn extra<O: Observer + Clone>(
    layer: &CorsLayer<Policy, O>,
    method: &str,
    hostile: &Lines,
    harmless: &Lines,
) -> Allocated {
    let hostile = cost(layer, request(method, hostile), room());
    let harmless = cost(layer, request(method, harmless), room());
    Allocated {
        times: hostile.times.saturating_sub(harmless.times),
        bytes: hostile.bytes.saturating_sub(harmless.bytes),
    }
}

/// The names of what the layer adds to a response without headers.
fn added(layer: &CorsLayer<Policy>, request: Request<()>) -> Vec<HeaderName> {
    let mut service = layer.layer(service_fn(|_: Request<()>| {
        std::future::ready(Ok::<_, Infallible>(Response::new(())))
    }));
    run(service.call(request)).unwrap().headers().keys().cloned().collect()
}

/// A map that takes whatever the layer adds.
fn room() -> HeaderMap {
    HeaderMap::with_capacity(16)
}

/// The constant is nothing at all: hostile input is read in place, and what is given back of it is
/// one more reference to it.
#[test]
fn hostile_requests_allocate_no_more_than_harmless_ones() {
    let twins = twins();
    for (kind, policy) in policies() {
        let layer = CorsLayer::new(policy);
        for (what, hostile, harmless) in &twins {
            for method in ["OPTIONS", "GET"] {
                let extra = extra(&layer, method, hostile, harmless);
                assert_eq!(extra, NOTHING, "{kind}: {method} with {what}");
            }
        }
    }
}

/// An observer that asks for everything gets a line that is longer, because the input is cut in it
/// and not left out: by a few growths of a text that stays under 1,200 bytes, and of what it is made of where that is
/// no UTF-8.
#[test]
fn what_is_told_of_hostile_requests_is_bounded() {
    let twins = twins();
    for (kind, policy) in policies() {
        let layer = CorsLayer::new(policy).observe(asks_for_everything);
        for (what, hostile, harmless) in &twins {
            for method in ["OPTIONS", "GET"] {
                let extra = extra(&layer, method, hostile, harmless);
                assert!(
                    extra.times <= 4 && extra.bytes <= 6 << 10,
                    "{kind}: {method} with {what}: {extra:?}"
                );
            }
        }
    }
}

/// Judging a list in upper case needs it in lower case: one buffer for all lines.
#[test]
fn lines_in_upper_case_are_judged_in_one_buffer() {
    let policy = Policy::builder().allow_origins([APP]).allow_headers(["x-a"]).build().unwrap();
    let layer = CorsLayer::new(policy).observe_fn(|decision| {
        assert_eq!(black_box(decision.denial()), Some(Denial::Method));
    });
    let one = preflight(APP, "X-A");
    let mut many = one.clone();
    many.resize(1026, line(ACRH, "X-A"));
    assert_eq!(extra(&layer, "OPTIONS", &many, &one), NOTHING);
}

/// A list that is read at all may be judged or mirrored, in upper case and in many lines too: by a
/// few lists of its own length.
#[test]
fn the_longest_list_that_is_read_costs_a_few_times_its_length() {
    let lines = |value: &str, number: usize| {
        let mut lines = preflight(APP, value);
        lines.resize(lines.len() + number - 1, line(ACRH, value));
        lines
    };
    let lists = [
        ("lower case", lines(&"x-a,x-b,".repeat(READ / 8), 1)),
        ("upper case", lines(&"X-A,X-B,".repeat(READ / 8), 1)),
        ("1,024 lines", lines("x-a", 1024)),
        ("as many lines as bytes", lines("X", READ)),
        ("as many lines, empty", lines("", READ)),
    ];
    let harmless = preflight(APP, "x-a");
    let (mut most, mut mirrored) = (NOTHING, false);
    for (kind, policy) in policies() {
        for (what, hostile) in &lists {
            let silent = CorsLayer::new(policy.clone());
            let observed = silent.clone().observe(asks_for_everything);
            let extras = [
                extra(&silent, "OPTIONS", hostile, &harmless),
                extra(&observed, "OPTIONS", hostile, &harmless),
            ];
            for extra in extras {
                assert!(
                    extra.times <= 5 && extra.bytes <= 4 * READ as u64,
                    "{kind}: {what}: {extra:?}"
                );
                most = most.max(extra);
            }
            mirrored |= extras[0].bytes >= READ as u64;
        }
    }
    // Otherwise no list was within the bound, and nothing was tested.
    assert!(mirrored, "at most {most:?}");
}

#[test]
fn actual_requests_allocate_nothing_where_the_response_has_room() {
    let of = |origin| request("GET", &vec![line("origin", origin)]);
    for (kind, policy) in policies() {
        let layer = CorsLayer::new(policy);
        let without_origin = || request("GET", &Lines::new());
        for request in
            [of(APP), of("https://a.example.com"), of("https://b.example"), without_origin()]
        {
            let told = format!("{kind}: {:?}", request.headers());
            assert_eq!(cost(&layer, request, room()), NOTHING, "{told}");
        }
        // What has to go needs no room, and `Vary` is there already.
        let mut inner = room();
        inner.insert("access-control-allow-origin", HeaderValue::from_static("*"));
        inner.insert("vary", HeaderValue::from_static("accept, Origin"));
        let cost = cost(&layer, of(APP), inner);
        match kind {
            // Exposed `*` with credentials is the list of the response's own names, `vary` here: it
            // has to be written.
            "mirrored" | "reflected" => assert_eq!(cost.times, 2, "{kind}"),
            _ => assert_eq!(cost, NOTHING, "{kind}"),
        }
    }
}

#[test]
fn where_it_has_none_only_its_map_grows() {
    for (kind, policy) in policies() {
        let layer = CorsLayer::new(policy);
        let of_app = || request("GET", &vec![line("origin", APP)]);
        let added = added(&layer, of_app());
        let by_hand = allocated(|| {
            let mut headers = HeaderMap::new();
            for name in &added {
                headers.insert(name, HeaderValue::from_static("1"));
            }
        });
        assert_eq!(cost(&layer, of_app(), HeaderMap::new()), by_hand, "{kind}: {added:?}");
        assert_eq!(added.is_empty(), kind == "none");
    }
}

#[test]
fn an_answer_allocates_its_map() {
    // `vary` and six that grant.
    let map = allocated(|| drop(black_box(HeaderMap::<HeaderValue>::with_capacity(7))));
    for (kind, policy) in policies() {
        for origin in [APP, "https://b.example"] {
            let cost = cost(
                &CorsLayer::new(policy.clone()),
                request("OPTIONS", &preflight(origin, "x-a")),
                room(),
            );
            assert_eq!(cost, map, "{kind}: {origin}");
        }
    }
}

#[test]
fn a_clone_of_the_service_allocates_nothing() {
    let origins = (0..10_000).map(|number| format!("https://app-{number}.example"));
    let policy = Policy::builder().allow_origins(origins).expose_headers(["x-a"]).build().unwrap();
    let service = CorsLayer::new(policy).layer(());
    let cost = allocated(|| drop(black_box(service.clone())));
    assert_eq!(cost, NOTHING);
}
