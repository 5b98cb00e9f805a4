//! The tables and charts of counts: printed, and written into `docs/performance.md`.

use crate::cases::{CASES, Case, Rules};
use crate::chart::{Chart, Series};
use crate::counts::Counts;
use crate::page;
use crate::table::{grouped, table};

/// Tables and charts.
pub(crate) fn write(counts: &Counts) {
    let sections = [
        ("goals", goals(counts)),
        ("requests", requests(counts)),
        ("long-lists", long_lists(counts)),
        ("clones", clones(counts)),
    ];
    page::write(&sections);
    let Some(docs) = page::docs().filter(|_| !page::partial()) else { return };
    for (name, chart) in [("requests", bars(counts)), ("origins", origins(counts))] {
        let file = docs.join(format!("performance-{name}.svg"));
        if let Err(error) = std::fs::write(&file, chart) {
            println!("{}: {error}", file.display());
        }
    }
}

fn requests(counts: &Counts) -> String {
    let head = [
        "added instructions",
        "floor",
        "tower-cors",
        "tower-http",
        "actix-cors",
        "poem",
        "of the floor",
        "of tower-http",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for case in CASES
        .iter()
        .filter(|case| !is_long_list(case) && !matches!(case.rules, Rules::Judging { .. }))
    {
        let Some(cors) = counts.tower_cors(case) else { continue };
        let (floor, http) = (counts.floor(case), counts.tower_http(case));
        // What it mirrors is not in the floor.
        let floor = floor.filter(|_| case.rules != Rules::Mirroring);
        let number = |count: Option<f64>| or_dash(count.map(grouped));
        let ratio = |of: Option<f64>| or_dash(of.map(|of| format!("{:.2}", cors / of)));
        rows.push(vec![
            case.id.replace('_', " "),
            number(floor),
            grouped(cors),
            number(http),
            number(counts.actix_cors(case)),
            number(counts.poem(case)),
            ratio(floor),
            ratio(http),
        ]);
    }
    table(&rows)
}

fn is_long_list(case: &Case) -> bool {
    case.id.contains("_4096_")
}

/// Lists of 4,096 bytes, over the list of three names.
fn long_lists(counts: &Counts) -> String {
    let mut rows = vec![["instructions a byte", "mirrored", "judged"].map(str::to_owned).to_vec()];
    for case in CASES.iter().filter(|case| case.id.starts_with("acrh_4096_")) {
        let judged = Case::named(&case.id.replace("acrh", "judged"));
        let over = |case: &Case, short: &str| {
            let short = counts.total(&Case::named(short))?;
            Some(format!("{:.2}", (counts.total(case)? - short) / length(case)))
        };
        rows.push(vec![
            case.id.trim_start_matches("acrh_4096_").replace('_', " "),
            or_dash(over(case, "preflight_mirrored")),
            or_dash(over(&judged, "preflight_judged")),
        ]);
    }
    table(&rows)
}

fn length(case: &Case) -> f64 {
    case.names.map_or(0, |names| names.text().len()) as f64
}

fn clones(counts: &Counts) -> String {
    let mut rows =
        vec![["instructions", "tower-cors", "tower-http", "neither"].map(str::to_owned).to_vec()];
    let number = |count: Option<f64>| or_dash(count.map(grouped));
    for (id, text) in [("allowed", "1 origin"), ("allowed_of_1000", "1,000 origins")] {
        rows.push(vec![
            format!("clone and drop of the service, {text}"),
            number(counts.of("clone_of_tower_cors", id)),
            number(counts.of("clone_of_tower_http", id)),
            "–".to_owned(),
        ]);
    }
    for (id, text) in [("allowed", "1 origin"), ("allowed_of_1000", "1,000 origins")] {
        rows.push(vec![
            format!("request through an axum `Router`, {text}"),
            number(counts.of("axum_router", &format!("tower_cors_{id}"))),
            number(counts.of("axum_router", &format!("tower_http_{id}"))),
            number(counts.of("axum_router", "bare_allowed")),
        ]);
    }
    table(&rows)
}

/// The figures to hold, and what they are.
fn goals(counts: &Counts) -> String {
    let case = Case::named;
    let added = |id: &str| counts.tower_cors(&case(id));
    let of_http = |id: &str| Some(added(id)? / counts.tower_http(&case(id))?);
    let of_floor = |id: &str| Some(added(id)? / counts.floor(&case(id))?);
    let total_of_http = |id: &str| Some(counts.total(&case(id))? / counts.of("by_tower_http", id)?);
    let of = |id: &str, other: &str| Some(added(id)? / added(other)?);
    let total_of =
        |id: &str, other: &str| Some(counts.total(&case(id))? / counts.total(&case(other))?);
    let long = |prefix: &str, short: &str| {
        let cases = CASES.iter().filter(|case| case.id.starts_with(prefix));
        let short = counts.total(&case(short))?;
        let over = cases.filter_map(|case| Some((counts.total(case)? - short) / length(case)));
        over.max_by(f64::total_cmp)
    };
    let figures = [
        ("actual request allowed: added, of tower-http's", of_http("allowed"), 0.3),
        ("the same, of the floor's", of_floor("allowed"), 1.1),
        ("with 8 headers: added, of tower-http's", of_http("allowed_8_headers"), 0.3),
        ("the same, of the floor's", of_floor("allowed_8_headers"), 1.1),
        ("1,000 origins: added, of its own with 1", of("allowed_of_1000", "allowed"), 1.1),
        ("10,000 origins: the same", of("allowed_of_10000", "allowed"), 1.1),
        (
            "1,000 origins, 8 headers: added, of its own with 1",
            of("allowed_of_1000_8_headers", "allowed_8_headers"),
            1.1,
        ),
        ("actual request denied: added, of tower-http's", of_http("denied"), 0.2),
        ("no `Origin`: added, of tower-http's", of_http("no_origin"), 0.2),
        ("preflight allowed: total, of tower-http's", total_of_http("preflight_allowed"), 0.65),
        ("preflight mirrored: total, of tower-http's", total_of_http("preflight_mirrored"), 0.75),
        ("preflight denied: total, of tower-http's", total_of_http("preflight_denied"), 0.38),
        ("`Origin` of 8 KiB: total, of a short one's", total_of("origin_8k", "denied"), 2.0),
        ("the same, 1,000 origins", total_of("origin_8k_of_1000", "denied_of_1000"), 2.0),
        ("requested headers of 16 KiB: the same", total_of("acrh_16k", "preflight_allowed"), 2.0),
        ("the same, mirrored", total_of("acrh_16k_mirrored", "preflight_mirrored"), 2.0),
        (
            "host of 120 labels, allowed: total, of a short one's",
            total_of("labels_120_allowed", "allowed_wildcard"),
            2.0,
        ),
        ("the same, denied", total_of("labels_120_denied", "denied_wildcard"), 2.0),
        (
            "4,096 requested bytes mirrored: instructions a byte, the worst form",
            long("acrh_4096_", "preflight_mirrored"),
            8.0,
        ),
        ("the same, judged", long("judged_4096_", "preflight_judged"), 8.0),
    ];
    let mut rows = vec![["figure", "is", "at most", "holds"].map(str::to_owned).to_vec()];
    rows.extend(figures.map(|(what, is, most)| {
        vec![
            what.to_owned(),
            or_dash(is.map(|is| format!("{is:.2}"))),
            most.to_string(),
            or_dash(is.map(|is| if is <= most { "yes" } else { "**no**" }.to_owned())),
        ]
    }));
    table(&rows)
}

fn bars(counts: &Counts) -> String {
    let shown = [
        ("no_origin", "no Origin"),
        ("denied", "actual, denied"),
        ("allowed", "actual, allowed"),
        ("allowed_8_headers", "the same, 8 headers"),
        ("allowed_of_1000", "actual, 1,000 origins"),
        ("preflight_allowed", "preflight, allowed"),
        ("preflight_denied", "preflight, denied"),
    ];
    let series = |of: &dyn Fn(&Case) -> Option<f64>| -> Vec<Option<f64>> {
        shown.iter().map(|(id, _)| of(&Case::named(id))).collect()
    };
    Chart {
        title: "Instructions added to one request",
        x: "added instructions; an arrow: more than is drawn",
        series: vec![
            Series::new("floor, by hand", series(&|case| counts.floor(case))),
            Series::new("tower-cors", series(&|case| counts.tower_cors(case))),
            Series::new("tower-http", series(&|case| counts.tower_http(case))),
            Series::new("actix-cors", series(&|case| counts.actix_cors(case))),
            Series::new("poem", series(&|case| counts.poem(case))),
        ],
    }
    .bars(&shown.map(|(_, label)| label), 12_000.0)
}

fn origins(counts: &Counts) -> String {
    let numbers = [1.0, 10.0, 100.0, 1000.0, 10_000.0, 100_000.0];
    let ids = ["", "_of_10", "_of_100", "_of_1000", "_of_10000", "_of_100000"];
    let series = |of: &dyn Fn(&Case) -> Option<f64>| -> Vec<Option<f64>> {
        ids.iter().map(|id| of(&Case::named(&format!("allowed{id}")))).collect()
    };
    Chart {
        title: "Instructions added to an allowed request",
        x: "origins in the policy",
        series: vec![
            Series::new("tower-cors", series(&|case| counts.tower_cors(case))),
            Series::new("tower-http", series(&|case| counts.tower_http(case))),
            Series::new("actix-cors", series(&|case| counts.actix_cors(case))),
            Series::new("poem", series(&|case| counts.poem(case))),
        ],
    }
    .lines(&numbers)
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}
