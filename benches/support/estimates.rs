//! What criterion estimated, from where it leaves that.

use std::fs;

/// The median, so that what else ran on the machine for a moment does not count.
pub(crate) fn nanoseconds(group: &str, function: &str) -> Option<f64> {
    let executable = std::env::current_exe().ok()?;
    // It lies in `target/release/deps`.
    let target = executable.ancestors().nth(3)?;
    let file = target.join("criterion").join(group).join(function).join("new/estimates.json");
    let estimates: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(file).ok()?).ok()?;
    estimates["median"]["point_estimate"].as_f64()
}
