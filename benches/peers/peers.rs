//! Instruction counts of the same requests through the CORS middleware of other frameworks, driven
//! in process: actix-cors around an actix-web service, and poem's `Cors` around an endpoint. Each
//! stands beside the same service without it, so that *added* leaves the framework out.
//!
//! A request is the framework's own type, made before and not counted, of the same lines and values
//! as those of `benches/instructions.rs`. Counted are the call and one poll of its future, which is
//! ready then and dropped; the response is dropped uncounted. Both write what they list in the
//! order of a hash table: the checks compare it sorted.

#![allow(missing_docs, reason = "gungraun's macros make public items")]

use gungraun::{library_benchmark, library_benchmark_group};

mod actix;
#[path = "../support/cases.rs"]
mod cases;
#[path = "../support/chart.rs"]
mod chart;
#[path = "../support/counts.rs"]
mod counts;
#[path = "../support/inner.rs"]
mod inner;
#[path = "../support/names.rs"]
mod names;
#[path = "../support/page.rs"]
mod page;
mod poems;
#[path = "../support/report.rs"]
mod report;
#[path = "../support/section.rs"]
mod section;
#[path = "../support/table.rs"]
mod table;

use crate::cases::Case;
use crate::counts::Counts;

/// What is measured: a service that is checked first.
trait Peer: Sized + 'static {
    type Request;
    type Answer;

    fn new(case: &Case) -> Self;
    fn request(case: &Case) -> Self::Request;
    fn answer(&'static self, request: Self::Request) -> Self::Answer;
    fn check(case: &Case, answer: &Self::Answer);
}

type Ready<P> = (&'static P, <P as Peer>::Request);

/// A service that has answered rightly, and the request that it is to answer.
fn ready<P: Peer>(id: &str) -> Ready<P> {
    let case = Case::named(id);
    let peer: &P = Box::leak(Box::new(P::new(&case)));
    for _ in 0..2 {
        P::check(&case, &peer.answer(P::request(&case)));
    }
    (peer, P::request(&case))
}

macro_rules! counted {
    ($name:ident, $peer:ty) => {
        #[library_benchmark(setup = ready)]
        #[bench::no_origin("no_origin")]
        #[bench::no_origin_8_headers("no_origin_8_headers")]
        #[bench::allowed("allowed")]
        #[bench::allowed_of_10("allowed_of_10")]
        #[bench::allowed_of_100("allowed_of_100")]
        #[bench::allowed_of_1000("allowed_of_1000")]
        #[bench::allowed_of_10000("allowed_of_10000")]
        #[bench::allowed_wildcard("allowed_wildcard")]
        #[bench::allowed_8_headers("allowed_8_headers")]
        #[bench::allowed_of_1000_8_headers("allowed_of_1000_8_headers")]
        #[bench::denied("denied")]
        #[bench::denied_of_1000("denied_of_1000")]
        #[bench::denied_wildcard("denied_wildcard")]
        #[bench::denied_8_headers("denied_8_headers")]
        #[bench::preflight_allowed("preflight_allowed")]
        #[bench::preflight_denied("preflight_denied")]
        #[bench::preflight_mirrored("preflight_mirrored")]
        #[bench::acrh_16k("acrh_16k")]
        #[bench::origin_8k("origin_8k")]
        #[bench::labels_120_allowed("labels_120_allowed")]
        #[bench::labels_120_denied("labels_120_denied")]
        fn $name((peer, request): Ready<$peer>) -> <$peer as Peer>::Answer {
            peer.answer(request)
        }
    };
}

counted!(actix_bare, actix::Bare);
counted!(by_actix_cors, actix::Layered);
counted!(poem_bare, poems::Bare);
counted!(by_poem, poems::Layered);

library_benchmark_group!(
    name = requests,
    benchmarks = [actix_bare, by_actix_cors, poem_bare, by_poem]
);

/// The `main` that gungraun makes, in a module so that another can go on after it.
mod harness {
    use gungraun::main;

    use super::requests;

    main!(library_benchmark_groups = [requests]);

    pub(super) fn run() {
        main();
    }
}

fn main() {
    harness::run();
    // Not in the processes that are measured.
    if std::env::args().any(|argument| argument == "--bench") {
        report::write(&Counts::read());
    }
}

/// A header's list as a set.
fn sorted(list: &str) -> Vec<String> {
    let mut entries: Vec<_> =
        list.split(',').map(|entry| entry.trim().to_ascii_lowercase()).collect();
    entries.sort();
    entries
}

/// Status and all headers: the expected lists sorted, the rest exactly; the inner service's headers
/// are added where it answered.
fn check(
    case: &Case,
    (status, expected_status): (u16, u16),
    headers: impl Iterator<Item = (String, String)>,
    expected: Vec<(&str, String)>,
    answered_by_inner: bool,
) {
    assert_eq!(status, expected_status, "{}", case.id);
    let mut headers: Vec<_> = headers.map(|(name, value)| (name, sorted(&value))).collect();
    let mut expected: Vec<_> =
        expected.into_iter().map(|(name, value)| (name.to_owned(), sorted(&value))).collect();
    if answered_by_inner {
        expected.extend(
            case.inner()
                .headers()
                .iter()
                .map(|(name, value)| (name.to_string(), sorted(value.to_str().unwrap()))),
        );
    }
    headers.sort();
    expected.sort();
    assert_eq!(headers, expected, "{}", case.id);
}

/// Both have functions for what they have no pattern for. This looks at the two ends only.
fn is_wild(origin: &str) -> bool {
    origin.starts_with("https://")
        && (origin.ends_with(".example.com") || origin.ends_with(".example.org:8443"))
        || origin.starts_with("http://localhost")
}
