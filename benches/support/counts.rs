//! The instruction counts that runs of gungraun left in the target directory.

use std::fs;
use std::path::PathBuf;

use crate::cases::Case;

pub(crate) struct Counts {
    /// The folders of the groups of both programs.
    groups: Vec<PathBuf>,
}

impl Counts {
    /// What the last runs counted; a case that a filtered run left out is as the run before left it.
    pub(crate) fn read() -> Self {
        let executable = std::env::current_exe().unwrap_or_default();
        // It lies in `target/release/deps`.
        let target = executable.ancestors().nth(3).unwrap_or(&executable).join("gungraun");
        let own = ["requests", "clones", "routers"]
            .map(|group| target.join("tower-cors-benches/instructions/harness").join(group));
        let peers = target.join("tower-cors-peers-bench/peers/harness/requests");
        Self { groups: own.into_iter().chain([peers]).collect() }
    }

    /// The first event that Callgrind sums up, which is instructions.
    pub(crate) fn of(&self, benchmark: &str, id: &str) -> Option<f64> {
        let name = format!("{benchmark}.{id}");
        self.groups.iter().find_map(|group| {
            let file = group.join(&name).join(format!("callgrind.{name}.out"));
            let text = fs::read_to_string(file).ok()?;
            let summary = text.lines().find_map(|line| line.strip_prefix("summary: "))?;
            summary.split(' ').next()?.parse().ok()
        })
    }

    pub(crate) fn bare(&self, case: &Case) -> Option<f64> {
        self.of("bare", case.base())
    }

    /// The least that the layer's work can be: the floor's total less the bare service's.
    pub(crate) fn floor(&self, case: &Case) -> Option<f64> {
        Some(self.of("floor_by_hand", case.base())? - self.bare(case)?)
    }

    /// What this crate adds to the bare service.
    pub(crate) fn tower_cors(&self, case: &Case) -> Option<f64> {
        Some(self.total(case)? - self.bare(case)?)
    }

    pub(crate) fn tower_http(&self, case: &Case) -> Option<f64> {
        Some(self.of("by_tower_http", case.id)? - self.bare(case)?)
    }

    pub(crate) fn actix_cors(&self, case: &Case) -> Option<f64> {
        Some(self.of("by_actix_cors", case.id)? - self.of("actix_bare", case.id)?)
    }

    pub(crate) fn poem(&self, case: &Case) -> Option<f64> {
        Some(self.of("by_poem", case.id)? - self.of("poem_bare", case.id)?)
    }

    /// With the bare service.
    pub(crate) fn total(&self, case: &Case) -> Option<f64> {
        self.of("by_tower_cors", case.id).or_else(|| self.of("judged", case.id))
    }
}
