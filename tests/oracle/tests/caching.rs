//! The model of each engine's HTTP cache agrees with the table of what the engines combine.

use tower_cors_oracle::fetch_client::{Engine, Server};
use tower_cors_oracle::scenarios::{Report, Scenario, Table};
use tower_cors_oracle::server::{Fault, NaiveServer};

const CACHING: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/caching_scenarios.json"));

fn run(engine: Engine, fault: Option<Fault>, wanted: impl Fn(&Scenario) -> bool) -> Report {
    let table = Table::read(CACHING).expect("a table").with_only(wanted);
    table.run_in(engine, &mut |_, config| {
        Box::new(NaiveServer::new(config, fault)) as Box<dyn Server>
    })
}

fn lines(report: &Report) -> String {
    report.differences.iter().map(|difference| format!("{difference}\n")).collect()
}

#[test]
fn no_engine_combines_what_it_should_not() {
    for engine in Engine::ALL {
        let report = run(engine, None, |_| true);
        assert_eq!(lines(&report), "", "{engine:?}");
        assert!(report.fetches >= 80, "only {} fetches", report.fetches);
    }
}

/// What the model shows and the engine does not, with the reason.
const MORE: [(&str, &str, &str); 1] = [("webkit", "prefetch-with-cookies", "it does not prefetch")];

#[test]
fn every_fault_shows_in_the_engines_that_the_table_names() {
    let table = Table::read(CACHING).expect("a table");
    let mut wrong = Vec::new();
    for fault in Fault::OF_RESPONSES.into_iter().chain(Fault::OF_CACHES) {
        let name = format!("{fault:?}");
        for engine in Engine::ALL.into_iter().filter(|engine| *engine != Engine::Standard) {
            let report = run(engine, Some(fault), |scenario| scenario.shows.contains_key(&name));
            for scenario in table.all().filter(|scenario| scenario.shows.contains_key(&name)) {
                let id = &*scenario.id;
                let shows = report.differences.iter().any(|found| found.scenario == id);
                let more = MORE.iter().any(|(e, i, _)| (*e, *i) == (engine.name(), id));
                let said = scenario.shows[&name].iter().any(|shown| shown == engine.name());
                if shows != (said || more) {
                    wrong.push(format!("{name} {engine:?} {id}: shows is {shows}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_fault_of_caches_has_a_scenario() {
    let table = Table::read(CACHING).expect("a table");
    let shown = |fault: &Fault| table.all().any(|s| s.shows.contains_key(&format!("{fault:?}")));
    let missing: Vec<_> = Fault::OF_CACHES.into_iter().filter(|fault| !shown(fault)).collect();
    // No browser looks at lines.
    assert_eq!(missing, [Fault::VaryInLines]);
    let known = |name: &String| {
        let mut faults = Fault::OF_RESPONSES.iter().chain(&Fault::OF_CACHES);
        faults.any(|fault| format!("{fault:?}") == *name)
    };
    assert!(table.all().flat_map(|scenario| scenario.shows.keys()).all(known));
}
