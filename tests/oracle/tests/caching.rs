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

#[test]
fn every_fault_shows_in_the_engines_that_the_table_names() {
    for fault in Fault::OF_CACHES {
        let name = format!("{fault:?}");
        for engine in Engine::ALL {
            let shows = |scenario: &Scenario| scenario.shows.contains_key(&name);
            let report = run(engine, Some(fault), shows);
            for scenario in Table::read(CACHING).expect("a table").all().filter(|s| shows(s)) {
                let id = &scenario.id;
                let seen = report.differences.iter().any(|found| found.scenario == *id);
                let said = scenario.shows[&name].iter().any(|shown| shown == engine.name());
                assert!(
                    seen == said || engine == Engine::Standard,
                    "{fault:?} {engine:?} {id}: {seen}"
                );
            }
        }
    }
}
