//! The figures that are kept: what each case costs, in units of the floor's allowed request of the
//! same run. So a compiler, an allocator or a version of `http` that makes everything cheaper or
//! dearer moves the unit too, and what is compared is this crate.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::cases::{CASES, Case};
use crate::counts::Counts;

/// How much dearer a case may become.
const TOLERATED: f64 = 1.10;

/// What to do with the committed figures: `TOWER_CORS_FIGURES`.
pub(crate) fn keep(counts: &Counts) -> Result<(), String> {
    match std::env::var("TOWER_CORS_FIGURES").as_deref() {
        Ok("check") => check(counts),
        Ok("update") => update(counts),
        Ok(other) => Err(format!("TOWER_CORS_FIGURES={other}: neither check nor update")),
        Err(_) => Ok(()),
    }
}

/// The instructions of each case.
fn measured(counts: &Counts) -> Vec<(String, Option<f64>)> {
    let requests = CASES.iter().map(|case| (case.id.to_owned(), counts.tower_cors(case)));
    let clones = ["allowed", "allowed_of_1000"]
        .map(|id| (format!("clone_{id}"), counts.of("clone_of_tower_cors", id)));
    let routers = ["allowed", "allowed_of_1000"].map(|id| {
        let added = counts
            .of("axum_router", &format!("tower_cors_{id}"))
            .zip(counts.of("axum_router", "bare_allowed"))
            .map(|(total, bare)| total - bare);
        (format!("router_{id}"), added)
    });
    requests.chain(clones).chain(routers).collect()
}

fn unit(counts: &Counts) -> Result<f64, String> {
    counts.floor(&Case::named("allowed")).ok_or_else(|| "the floor was not counted".to_owned())
}

fn check(counts: &Counts) -> Result<(), String> {
    let text = fs::read_to_string(file()).map_err(|error| format!("figures.tsv: {error}"))?;
    let unit = unit(counts)?;
    let mut committed = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<_> = line.split('\t').collect();
        let [id, count, figure] = fields[..] else { return Err(format!("figures.tsv: {line}")) };
        let figure: f64 = figure.parse().map_err(|_| format!("figures.tsv: {line}"))?;
        committed.insert(id.to_owned(), (count.to_owned(), figure));
    }
    let mut worse = String::new();
    for (id, count) in measured(counts) {
        let Some((old_count, old)) = committed.remove(&id) else {
            let _ = writeln!(worse, "  {id}: has no committed figure");
            continue;
        };
        let Some(count) = count else {
            let _ = writeln!(worse, "  {id}: was not counted");
            continue;
        };
        let new = count / unit;
        if new > old * TOLERATED {
            let percent = (new / old - 1.0) * 100.0;
            let _ = writeln!(
                worse,
                "  {id}: {old:.4} -> {new:.4} of the floor's allowed request, {percent:+.1} % \
                 ({old_count} -> {count} instructions)",
            );
        }
    }
    for id in committed.keys() {
        let _ = writeln!(worse, "  {id}: is no case any more");
    }
    let here = toolchain();
    let there = text.lines().next().unwrap_or_default().trim_start_matches("# ");
    let note = if here == there {
        String::new()
    } else {
        format!("\nThey were counted with {there}; this is {here}.")
    };
    if worse.is_empty() {
        println!("No case costs over 10 % more than its committed figure.{note}");
        return Ok(());
    }
    Err(format!(
        "these cases are not as the figures in benches/instructions/figures.tsv say:\n{worse}\
         Where that is meant, run TOWER_CORS_FIGURES=update cargo bench -p tower-cors-benches --bench instructions{note}"
    ))
}

fn update(counts: &Counts) -> Result<(), String> {
    let unit = unit(counts)?;
    let mut text = format!(
        "# {}\n# case, added instructions, the same in units of the floor's allowed request\n",
        toolchain()
    );
    for (id, count) in measured(counts) {
        let count = count.ok_or_else(|| format!("{id} was not counted"))?;
        let _ = writeln!(text, "{id}\t{count}\t{:.4}", count / unit);
    }
    println!("The figures are written to {}.", file().display());
    fs::write(file(), text).map_err(|error| format!("figures.tsv: {error}"))
}

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("instructions/figures.tsv")
}

fn toolchain() -> String {
    let rustc = Command::new("rustc").arg("--version").output();
    let rustc = rustc.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    format!("{}, {}", rustc.unwrap_or_default(), std::env::consts::ARCH)
}
