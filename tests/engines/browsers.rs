//! Real browsers against the layer: Chromium, Firefox and WebKitGTK run the tables of what the Fetch
//! standard requires of them, and see exactly that.
//!
//! A browser that is not installed is skipped. These variables say otherwise:
//!
//! | variable | meaning |
//! |---|---|
//! | `TOWER_CORS_BROWSERS` | the browsers to run, which have to be there: `chromium,firefox,webkit` |
//! | `TOWER_CORS_SCENARIOS` | the path of a table to run in place of the repository's |
//! | `TOWER_CORS_BROWSERS_REPORT` | the path to write the result to, as `docs/browsers.md` |
//!
//! `tests/engines/browsers/sample.json` shows a table with every kind of entry.

mod conductor;
mod engine;
mod harness;
mod plan;
mod report;
mod site;

use std::collections::BTreeSet;
use std::process::{Command, Output};
use std::time::Duration;
use std::{env, fs};

use serde_json::Value;
use tower_cors_oracle::scenarios::{Difference, Table};
use tower_cors_oracle::server::Fault;

use conductor::Report;
use engine::{Engine, Session};
use harness::{Job, SILENCE, run};
use plan::{chromium, planned, say, variable};
use report::{Column, render, without_versions};
use site::Under;

const SCENARIOS: &str = include_str!("../data/scenarios.json");
const EXTRA: &str = include_str!("../oracle/data/extra_scenarios.json");
const SAMPLE: &str = include_str!("browsers/sample.json");

#[test]
fn browsers_do_what_the_tables_say() {
    let own = variable("TOWER_CORS_SCENARIOS");
    let texts = match &own {
        Some(path) => {
            let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{path}: {e}"));
            vec![(text, Session::Private)]
        }
        None => {
            vec![(SCENARIOS.to_owned(), Session::Private), (EXTRA.to_owned(), Session::Lasting)]
        }
    };
    let named = own.as_deref().unwrap_or("a table of the repository");
    let read = |text: &str| Table::read(text).unwrap_or_else(|e| panic!("{named}: {e}"));
    let tables: Vec<_> = texts.iter().map(|(text, _)| read(text)).collect();
    let mut columns = Vec::new();
    let mut wrong = Vec::new();
    for (engine, browser) in planned() {
        let mut column = Column { engine, version: String::new(), reports: Vec::new() };
        for (table, session) in &texts {
            match run(engine, (&browser, *session), &[job(table, Under::Layer)], SILENCE) {
                Ok((reports, version)) => {
                    // Less where it was built.
                    version
                        .split(" built on ")
                        .next()
                        .unwrap_or_default()
                        .clone_into(&mut column.version);
                    column.reports.extend(reports);
                }
                Err(why) => wrong.push(why),
            }
        }
        let Column { version, reports, .. } = &column;
        let found: Vec<_> = reports.iter().flat_map(|r| &r.differences).collect();
        let scenarios: usize = reports.iter().map(|r| r.scenarios.len()).sum();
        let fetches: usize = reports.iter().map(|r| r.fetches).sum();
        let count = found.len();
        say(&format!(
            "{engine}: {version}: {scenarios} scenarios, {fetches} fetches, {count} differences"
        ));
        wrong.extend(found.into_iter().map(|found| format!("{engine}: {found}")));
        columns.push(column);
    }
    let report = render(&tables, &columns);
    if let Some(path) = variable("TOWER_CORS_BROWSERS_REPORT") {
        fs::write(&path, &report).unwrap_or_else(|e| panic!("{path}: {e}"));
    }
    assert!(wrong.is_empty(), "not as the table says:\n{}", wrong.join("\n"));
    if own.is_none() && columns.len() == Engine::ALL.len() {
        let committed = without_versions(&committed_report());
        assert_eq!(committed, without_versions(&report), "docs/browsers.md says how to write it");
    }
}

/// Needs no browser, so it holds wherever the tables are changed.
#[test]
fn the_report_has_a_row_for_every_scenario() {
    let tables = [SCENARIOS, EXTRA].map(|table| Table::read(table).expect("a table"));
    let browsers_run = tables.iter().flat_map(Table::all).filter(|s| s.model_only.is_none());
    let ids: Vec<_> = browsers_run.map(|scenario| scenario.id.clone()).collect();
    let report = committed_report();
    let rows: Vec<_> = report
        .lines()
        .filter_map(|line| Some(line.strip_prefix("| [`")?.split_once("`](")?.0))
        .collect();
    assert_eq!(rows, ids, "docs/browsers.md says how to write it");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "an id stands twice");
}

/// The harness can fail: it sees each fault that the oracle is calibrated with, and nothing where
/// there is none.
#[test]
fn chromium_sees_every_fault() {
    let right = [SCENARIOS, EXTRA].map(|table| job(table, Under::Naive(None)));
    let faulty = Fault::ALL.map(|fault| {
        let under = Under::Naive(Some(fault));
        Job { brief: true, ..job(SCENARIOS, under) }
    });
    let jobs: Vec<_> = right.into_iter().chain(faulty).collect();
    let Some(ran) = run_in_chromium(&jobs, SILENCE) else { return };
    let (reports, _) = ran.unwrap_or_else(|e| panic!("{e}"));
    let (right, faulty) = reports.split_at(2);
    for report in right {
        assert_eq!(lines(report), "");
        assert!(report.fetches >= 50, "only {} fetches", report.fetches);
    }
    for (fault, report) in Fault::ALL.iter().zip(faulty) {
        println!("{fault:?}: {}", lines(report));
        assert!(!report.differences.is_empty(), "{fault:?} is not seen");
    }
    assert_eq!(faulty.len(), Fault::ALL.len());
}

/// Every field of an expectation, one after the other, made wrong.
#[test]
fn chromium_turns_every_wrong_expectation_red() {
    let wrong = [
        ("promise", Value::from("rejects (TypeError)")),
        ("preflights_sent", 2.into()),
        ("non_preflight_requests_reaching_server", 0.into()),
        ("status", 204.into()),
        ("response_type", "basic".into()),
        ("redirected", true.into()),
        ("readable_headers", ["x-hidden"].as_slice().into()),
        ("unreadable_headers", ["x-exp"].as_slice().into()),
        ("body_has", "not there".into()),
        ("body_lacks", "PUT".into()),
        // The engine does what the standard says, which the table denies.
        ("engines", serde_json::json!({"chromium": {"preflights_sent": 0}})),
    ];
    let tables: Vec<_> = wrong
        .iter()
        .map(|(field, value)| {
            let mut table: Value = serde_json::from_str(SAMPLE).expect("the sample");
            table["scenarios"][0]["steps"][0]["expected"][field] = value.clone();
            table.to_string()
        })
        .collect();
    let jobs: Vec<_> = tables.iter().map(|table| job(table, Under::Layer)).collect();
    let Some(ran) = run_in_chromium(&jobs, SILENCE) else { return };
    let (reports, _) = ran.unwrap_or_else(|e| panic!("{e}"));
    for ((field, _), report) in wrong.iter().zip(&reports) {
        let found: Vec<_> = report.differences.iter().map(place).collect();
        assert_eq!(found, [format!("layer[0].{field}")], "{}", lines(report));
    }
    assert_eq!(reports.len(), wrong.len());
}

/// A table of one's own, by its path, as others run theirs.
#[test]
fn the_table_can_be_given_by_its_path() {
    if chromium().is_none() {
        return;
    }
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/browsers/sample.json");
    let (ok, text) = again(table);
    assert!(ok, "{text}");
    assert!(text.contains(": 3 scenarios, 5 fetches, 0 differences"), "{text}");

    let mut wrong: Value = serde_json::from_str(SAMPLE).expect("the sample");
    for (pointer, value) in [
        ("/raw_responses/slash/actual/headers/access-control-allow-origin", "$ORIGIN"),
        ("/raw_responses/fixed/inm/headers/access-control-allow-origin", "null"),
        ("/raw_responses/fixed/preflight/headers/access-control-allow-headers/1", "x-four"),
    ] {
        *wrong.pointer_mut(pointer).expect("an entry of the sample") = value.into();
    }
    let folder = env::temp_dir().join(format!("tower-cors-table-{}", std::process::id()));
    fs::create_dir(&folder).expect("a folder");
    let path = folder.join("wrong.json");
    fs::write(&path, wrong.to_string()).expect("the table is written");
    let (ok, text) = again(&path.display().to_string());
    fs::remove_dir_all(&folder).expect("the folder is removed");
    assert!(!ok, "{text}");
    for red in [
        "chromium: raw[0].promise: ",
        "chromium: raw[1].promise: ",
        "chromium: a-slash-is-another-origin[0].promise: ",
    ] {
        assert!(text.contains(red), "{red} is not in {text}");
    }
}

/// A page that says nothing any more does not hold the tests up, and its browser does not stay.
#[test]
fn a_silent_browser_is_ended() {
    let mut table: Value = serde_json::from_str(SAMPLE).expect("the sample");
    table["scenarios"][0]["steps"][1] = serde_json::json!({"do": "wait_ms", "value": 3_600_000});
    table["scenarios"][0]["steps"][0]["expected"]["status"] = 204.into();
    let table = table.to_string();
    let silence = Duration::from_secs(10);
    let jobs = [job(&table, Under::Layer)];
    let Some(ran) = run_in_chromium(&jobs, silence) else { return };
    let why = ran.map(|(reports, _)| reports).expect_err("nothing comes after the wait");
    assert!(why.contains("the last step: layer wait_ms 3600000"), "{why}");
    assert!(why.contains("layer[0].status: expected 204, got 200"), "{why}");
}

/// The reports and the version, as [`run`] has them; none where there is no Chromium.
fn run_in_chromium(
    jobs: &[Job<'_>],
    silence: Duration,
) -> Option<Result<(Vec<Report>, String), String>> {
    let chromium = chromium()?;
    Some(run(Engine::Chromium, (&chromium, Session::Lasting), jobs, silence))
}

/// The first test once more, in Chromium and with another table: whether it passes, and its output.
fn again(table: &str) -> (bool, String) {
    let test = env::current_exe().expect("the test knows its own path");
    let mut command = Command::new(test);
    command
        .args(["--exact", "browsers::browsers_do_what_the_tables_say"])
        .env("TOWER_CORS_BROWSERS", "chromium")
        .env("TOWER_CORS_SCENARIOS", table)
        .env_remove("TOWER_CORS_BROWSERS_REPORT");
    let Output { status, stdout, stderr } = harness::alone(|| command.output().expect("it runs"));
    let text = [stdout, stderr].concat();
    (status.success(), String::from_utf8_lossy(&text).into_owned())
}

fn job(table: &str, under: Under) -> Job<'_> {
    Job { table, under, brief: false }
}

fn lines(report: &Report) -> String {
    report.differences.iter().map(|difference| format!("{difference}\n")).collect()
}

fn place(Difference { scenario, step, field, .. }: &Difference) -> String {
    format!("{scenario}[{step}].{field}")
}

fn committed_report() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/browsers.md");
    fs::read_to_string(path).unwrap_or_default()
}
