//! The figures of `docs/performance-in-short.md` are those of `docs/performance.md`, which the benches write.

use std::fs;
use std::path::{Path, PathBuf};

const CASES: [&str; 7] = [
    "no origin",
    "allowed",
    "allowed of 1000",
    "allowed of 10000",
    "denied",
    "preflight allowed",
    "preflight denied",
];
const BEGIN: &str = "<!-- figures: begin -->\n\n";
const END: &str = "\n<!-- figures: end -->";

fn page(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)
}

fn cells(row: &str) -> Vec<&str> {
    row.trim_matches('|').split('|').map(str::trim).collect()
}

/// The table, or with `TOWER_CORS_WRITE=1` the page is written.
#[test]
fn figures_in_short_are_those_of_the_report() {
    let report = fs::read_to_string(page("performance.md")).expect("the report");
    let (_, table) =
        report.split_once("<!-- requests: begin -->\n").expect("the table of requests");
    let (table, _) = table.split_once("<!-- requests: end -->").expect("its end");
    let mut rows = table.lines().filter(|line| line.starts_with('|')).map(cells);
    let head = rows.next().expect("a head");
    let column = |name| head.iter().position(|cell| *cell == name).expect("a column");
    let (ours, theirs) = (column("tower-cors"), column("tower-http"));
    let rows: Vec<_> = rows.collect();
    let mut wanted = "| case | tower-cors | tower-http |\n| --- | ---: | ---: |\n".to_owned();
    for case in CASES {
        let row = rows.iter().find(|row| row[0] == case);
        let row = row.unwrap_or_else(|| panic!("the report has no case {case:?}"));
        wanted += &format!("| {case} | {} | {} |\n", row[ours], row[theirs]);
    }

    let path = page("performance-in-short.md");
    let short = fs::read_to_string(&path).expect("the page");
    let (before, rest) = short.split_once(BEGIN).expect("the begin of the figures");
    let (table, after) = rest.split_once(END).expect("their end");
    if table == wanted {
        return;
    }
    let write = std::env::var_os("TOWER_CORS_WRITE").is_some_and(|value| value == "1");
    assert!(write, "the figures are others now; run with TOWER_CORS_WRITE=1:\n{wanted}");
    fs::write(&path, format!("{before}{BEGIN}{wanted}{END}{after}"))
        .expect("the page can be written");
}
