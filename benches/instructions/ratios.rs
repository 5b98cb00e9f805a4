//! The table at the end: the counts that the run left under `gungraun` in the target directory,
//! and ratios of them. *Added* is the total less that of the bare service. What a filtered run
//! leaves out is shown as the run before left it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cases::Case;

pub(crate) fn print() {
    let Some(results) = results() else { return };
    println!("\n{:48}{:^24}    added, as part of", "", "instructions");
    println!(
        "{:34}{:>7}{:>7}{:>12}{:>12}{:>12}{:>8}    total/tower-http",
        "", "bare", "floor", "tower-cors", "tower-http", "tower-http", "floor",
    );
    for (case, id) in Case::ALL {
        let count = |benchmark| count(&results, "requests", benchmark, id);
        let counts = ["bare", "floor_by_hand", "by_tower_cors", "by_tower_http"].map(count);
        let [Some(bare), Some(floor), Some(cors), Some(http)] = counts else { continue };
        let added = cors - bare;
        // The floor knows one origin only.
        let of_floor = (case.origins() == 1).then(|| format!("{:.3}", added / (floor - bare)));
        println!(
            "{id:34}{bare:7}{floor:7}{cors:12}{http:12}{:12.3}{:>8}{:20.3}",
            added / (http - bare),
            of_floor.as_deref().unwrap_or("-"),
            cors / http,
        );
    }
    for id in ["of_1_origin", "of_1000_origins"] {
        let count = |benchmark| count(&results, "clones", benchmark, id);
        let counts = ["clone_of_tower_cors", "clone_of_tower_http"].map(count);
        let [Some(cors), Some(http)] = counts else { continue };
        println!("{:48}{cors:12}{http:12}", format!("clone_{id}"));
    }
}

/// The executable lies in `target/release/deps`.
fn results() -> Option<PathBuf> {
    let executable = std::env::current_exe().ok()?;
    let target = executable.ancestors().nth(3)?;
    Some(target.join("gungraun").join(env!("CARGO_PKG_NAME")).join("instructions/harness"))
}

/// The first event that Callgrind sums up, which is instructions.
fn count(results: &Path, group: &str, benchmark: &str, id: &str) -> Option<f64> {
    let name = format!("{benchmark}.{id}");
    let file = results.join(group).join(&name).join(format!("callgrind.{name}.out"));
    let text = fs::read_to_string(file).ok()?;
    let summary = text.lines().find_map(|line| line.strip_prefix("summary: "))?;
    summary.split(' ').next()?.parse().ok()
}
