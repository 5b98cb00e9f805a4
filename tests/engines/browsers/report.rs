//! The table in the repository: scenario × engine.

use std::fmt::Write as _;

use tower_cors_oracle::scenarios::{Difference, Expected, Scenario, Step, Table};

use super::conductor::Report;
use super::engine::Engine;

/// What one browser did: a report for each table.
pub(crate) struct Column {
    pub(crate) engine: Engine,
    pub(crate) version: String,
    pub(crate) reports: Vec<Report>,
}

const HEAD: &str = "# What browsers do

Each row is a scenario of `tests/data/scenarios.json` or `tests/oracle/data/extra_scenarios.json`,
run in each browser against `CorsLayer`. *yes* says that promise, preflights, other requests, calls
of the inner service, status, response type, readable and unreadable headers and body are what the
Fetch standard requires. Where an engine deviates from it, the row says in which field of which
step (counted from 0). WebKit runs the first file in a private session, where it keeps no HTTP cache,
and the second in an ordinary one.

This file is written by the tests:

```sh
TOWER_CORS_BROWSERS=chromium,firefox,webkit TOWER_CORS_BROWSERS_REPORT=docs/browsers.md cargo test -p tower-cors-engines browsers
```

";

/// How the one line begins that differs between machines.
const VERSIONS: &str = "| *version* |";

pub(crate) fn render(tables: &[Table], columns: &[Column]) -> String {
    let mut text = HEAD.to_owned();
    let mut row = |first: &str, cells: &mut dyn Iterator<Item = String>| {
        text += first;
        cells.for_each(|cell| text += &format!(" {cell} |"));
        text += "\n";
    };
    row("| scenario |", &mut columns.iter().map(|column| column.engine.to_string()));
    row("| --- |", &mut columns.iter().map(|_| "---".to_owned()));
    row(VERSIONS, &mut columns.iter().map(|column| column.version.clone()));
    for (place, table) in tables.iter().enumerate() {
        for scenario in table.all().filter(|scenario| scenario.model_only.is_none()) {
            let Scenario { id, anchor, .. } = scenario;
            let first = format!("| [`{id}`]({anchor}) |");
            let first = if anchor.is_empty() { format!("| `{id}` |") } else { first };
            let mut cells = columns.iter().map(|Column { engine, reports, .. }| {
                reports.get(place).map_or("not run".to_owned(), |r| cell(scenario, *engine, r))
            });
            row(&first, &mut cells);
        }
    }
    let all = || tables.iter().flat_map(Table::all);
    let left_out = all().filter_map(|scenario| Some((&scenario.id, scenario.model_only.as_ref()?)));
    let lines: String = left_out.fold(String::new(), |mut lines, (id, why)| {
        let _ = writeln!(lines, "- `{id}`: {why}");
        lines
    });
    if !lines.is_empty() {
        text += "\nAsked of the model in `tests/oracle` only:\n\n";
        text += &lines;
    }
    text
}

/// The report without what differs between machines.
pub(crate) fn without_versions(report: &str) -> String {
    let lines = report.lines().filter(|line| !line.starts_with(VERSIONS));
    lines.map(|line| format!("{line}\n")).collect()
}

fn cell(scenario: &Scenario, engine: Engine, report: &Report) -> String {
    let differences = || report.differences.iter().filter(|d| d.scenario == scenario.id);
    if differences().next().is_some() {
        let fields: Vec<_> = differences().map(field).collect();
        return format!("**no**: {}", fields.join(", "));
    }
    if !report.scenarios.contains(&scenario.id) {
        return "not run".to_owned();
    }
    let deviations: Vec<_> = scenario
        .steps
        .iter()
        .enumerate()
        .filter_map(|(step, what)| match what {
            Step::Fetch { expected, .. } => deviation(step, expected, engine),
            Step::Wait { .. } | Step::Cookie { .. } => None,
        })
        .collect();
    if deviations.is_empty() {
        "yes".to_owned()
    } else {
        format!("deviates: {}", deviations.join(", "))
    }
}

fn field(Difference { step, field, .. }: &Difference) -> String {
    format!("`[{step}].{field}`")
}

/// In what an engine deviates: the promise, or else every field.
fn deviation(step: usize, expected: &Expected, engine: Engine) -> Option<String> {
    let fields = expected.engines[engine.name()].as_object()?;
    let one = fields.get_key_value("promise").map(|field| vec![field]);
    let fields = one.unwrap_or_else(|| fields.iter().collect());
    let texts = fields.into_iter().map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("`[{step}].{name}` is `{value}`")
    });
    Some(texts.collect::<Vec<_>>().join(", "))
}
