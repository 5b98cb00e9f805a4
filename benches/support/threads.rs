//! One policy that several threads share.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use tower_cors::Cors;

use crate::cases::Case;
use crate::contenders::{Contender, checked, one_request};
use crate::inner::Inner;
use crate::table::{grouped, table};

/// One policy, asked by one thread and by two at a time.
pub(crate) fn threads() -> String {
    let head = ["requests a second", "1 thread", "2 threads", "ratio"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (id, text) in [
        ("denied", "denied"),
        ("allowed", "allowed"),
        ("allowed_of_1000", "allowed, 1,000 origins"),
        ("preflight_allowed", "preflight"),
    ] {
        let case = Case::named(id);
        for (name, bare) in [("nothing in front", true), ("tower-cors", false)] {
            let rate = |threads| match bare {
                true => requests_a_second(checked::<Inner>(&case), &case, threads),
                false => requests_a_second(checked::<Cors<Inner>>(&case), &case, threads),
            };
            let (one, two) = (rate(1), rate(2));
            rows.push(vec![
                format!("{text}: {name}"),
                grouped(one),
                grouped(two),
                format!("{:.2}", two / one),
            ]);
        }
    }
    table(&rows)
}

/// Each thread has its own clone of the service, as each connection of a server has.
fn requests_a_second<S: Contender + Clone + Send + Sync>(
    service: &S,
    case: &Case,
    threads: usize,
) -> f64 {
    const REQUESTS: usize = 20_000;
    let time = least(15, || {
        let barrier = Barrier::new(threads);
        let times = std::thread::scope(|scope| {
            let work = || {
                let mut service = service.clone();
                let requests: Vec<_> = (0..REQUESTS).map(|_| case.request()).collect();
                barrier.wait();
                let start = Instant::now();
                for request in requests {
                    black_box(one_request(&mut service, request));
                }
                start.elapsed()
            };
            let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            running.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        times.into_iter().max().unwrap_or_default()
    });
    (threads * REQUESTS) as f64 / time.as_secs_f64()
}

/// The least of several times: what else runs on the machine only adds.
fn least(times: usize, mut work: impl FnMut() -> Duration) -> Duration {
    (0..times).map(|_| work()).min().unwrap_or_default()
}
