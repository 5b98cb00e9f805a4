//! Wall time of the cases of `benches/instructions.rs`, by the same contenders: the second measure,
//! which is as good as the machine is quiet. What is timed is what is counted there, and the request
//! is made before in the same way; the response is dropped outside of the time.
//!
//! `cargo bench -p tower-cors-benches --bench time -- allowed` measures the cases of that name, and leaves the page alone.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::time::Duration;

use criterion::{BatchSize, Criterion};
use tower_cors::Cors;

#[path = "support/answers.rs"]
mod answers;
#[path = "support/cases.rs"]
mod cases;
#[path = "support/contenders.rs"]
mod contenders;
#[path = "support/estimates.rs"]
mod estimates;
#[path = "support/floor.rs"]
mod floor;
#[path = "support/inner.rs"]
mod inner;
#[path = "support/names.rs"]
mod names;
#[path = "support/page.rs"]
mod page;
#[path = "support/section.rs"]
mod section;
#[path = "support/table.rs"]
mod table;
#[path = "support/threads.rs"]
mod threads;

use crate::cases::{CASES, Case, Rules};
use crate::contenders::{Contender, Judged, checked, one_request};
use crate::estimates::nanoseconds;
use crate::floor::Floor;
use crate::inner::Inner;
use crate::table::table;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(40))
        .measurement_time(Duration::from_millis(160))
        .without_plots()
        .configure_from_args();
    for case in &CASES {
        if matches!(case.rules, Rules::Judging { .. }) {
            time::<Judged>(&mut criterion, "judged", case);
            continue;
        }
        // The two that know one origin do the same work in every case of a kind.
        if case.base() == case.id {
            time::<Inner>(&mut criterion, "bare", case);
            time::<Floor>(&mut criterion, "floor", case);
        }
        time::<Cors<Inner>>(&mut criterion, "tower-cors", case);
        time::<tower_http::cors::Cors<Inner>>(&mut criterion, "tower-http", case);
    }
    criterion.final_summary();
    if !page::partial() {
        report();
    }
}

fn time<S: Contender + 'static>(criterion: &mut Criterion, name: &str, case: &Case) {
    let mut group = criterion.benchmark_group(case.id);
    // Once: criterion calls the closure several times.
    let service = checked::<S>(case);
    group.bench_function(name, |bencher| {
        bencher.iter_batched(
            || case.request(),
            |request| one_request(service, request),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn report() {
    let head = [
        "nanoseconds",
        "bare",
        "floor",
        "tower-cors",
        "tower-http",
        "added, of the floor",
        "added, of tower-http",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for case in &CASES {
        let of = |contender: &str, id: &str| nanoseconds(id, contender);
        let cors = of("tower-cors", case.id).or_else(|| of("judged", case.id));
        let (Some(bare), Some(cors)) = (of("bare", case.base()), cors) else { continue };
        let known = !matches!(case.rules, Rules::Mirroring | Rules::Judging { .. });
        let floor = of("floor", case.base()).filter(|_| known);
        let http = of("tower-http", case.id);
        let number = |time: Option<f64>| or_dash(time.map(|time| format!("{time:.0}")));
        let ratio =
            |of: Option<f64>| or_dash(of.map(|of| format!("{:.2}", (cors - bare) / (of - bare))));
        rows.push(vec![
            case.id.replace('_', " "),
            number(Some(bare)),
            number(floor),
            number(Some(cors)),
            number(http),
            ratio(floor),
            ratio(http),
        ]);
    }
    page::write(&[("time", table(&rows)), ("threads", threads::threads())]);
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}
