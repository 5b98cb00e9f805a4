//! The model client and the naive server are measured by the tables: without a fault they agree
//! with every scenario, and each fault is seen by at least one.

use tower_cors_oracle::fetch_client::Server;
use tower_cors_oracle::scenarios::{Difference, Report, Table};
use tower_cors_oracle::server::{Fault, NaiveServer};

/// What browsers were seen to do.
const SCENARIOS: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../data/scenarios.json"));
/// More of the same form.
const EXTRA: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/extra_scenarios.json"));
/// The smallest table with every kind of entry.
const SAMPLE: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../engines/browsers/sample.json"));

fn run(json: &str, fault: Option<Fault>) -> Report {
    let table = Table::read(json).expect("a table");
    table.run(&mut |_, config| Box::new(NaiveServer::new(config, fault)) as Box<dyn Server>)
}

fn lines(differences: &[Difference]) -> String {
    differences.iter().map(|difference| format!("{difference}\n")).collect()
}

#[test]
fn the_model_agrees_with_every_scenario() {
    let report = run(SCENARIOS, None);
    assert!(report.differences.is_empty(), "{}", lines(&report.differences));
    assert!(report.fetches >= 50, "only {} fetches", report.fetches);
}

#[test]
fn the_model_agrees_with_every_extra_scenario() {
    let report = run(EXTRA, None);
    assert!(report.differences.is_empty(), "{}", lines(&report.differences));
    assert!(report.fetches >= 30, "only {} fetches", report.fetches);
}

#[test]
fn the_model_agrees_with_the_sample() {
    let report = run(SAMPLE, None);
    assert_eq!((lines(&report.differences), report.fetches), (String::new(), 5));

    let fields = "\"access-control-allow-origin\": \"$ORIGIN/\"";
    assert!(SAMPLE.contains(fields));
    let opened = SAMPLE.replace(fields, "\"access-control-allow-origin\": \"$ORIGIN\"");
    let report = run(&opened, None);
    let seen: Vec<_> = report.differences.iter().map(|d| (&*d.scenario, d.field)).collect();
    assert_eq!(seen, [("a-slash-is-another-origin", "promise")]);
}

#[test]
fn every_fault_is_seen() {
    for fault in Fault::ALL {
        let mut differences = run(SCENARIOS, Some(fault)).differences;
        differences.extend(run(EXTRA, Some(fault)).differences);
        let mut seen_by: Vec<_> = differences.iter().map(|seen| seen.scenario.as_str()).collect();
        seen_by.dedup();
        println!("{fault:?}: {}", seen_by.join(" "));
        assert!(!seen_by.is_empty(), "{fault:?} is seen by no scenario");
    }
}
