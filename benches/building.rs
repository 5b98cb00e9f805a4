//! Time and memory of building a policy, with the number of its patterns: both are linear. Bytes are
//! counted by the allocator, which is why this is a program of its own.

use std::time::{Duration, Instant};

use allocation_counter::measure;
use tower_cors::{Policy, PolicyConfig};

#[path = "support/page.rs"]
mod page;
#[path = "support/section.rs"]
mod section;
#[path = "support/table.rs"]
mod table;

use crate::table::{grouped, table};

fn main() {
    if page::partial() {
        println!("measured whole or not at all");
        return;
    }
    page::write(&[("building", building())]);
}

/// The least of several times: what else runs on the machine only adds.
fn least(times: usize, mut work: impl FnMut() -> Duration) -> Duration {
    (0..times).map(|_| work()).min().unwrap_or_default()
}

/// Patterns of every kind: half of them exact.
fn patterns(count: usize) -> PolicyConfig {
    let patterns = (0..count).map(|number| match number % 4 {
        0 | 1 => format!("https://app-{number}.example.com"),
        2 => format!("https://*.app-{number}.example.com"),
        _ => format!("https://app-{number}.example.com:*"),
    });
    Policy::builder().allow_origins(patterns)
}

fn building() -> String {
    let head =
        ["patterns", "milliseconds", "a pattern", "bytes kept", "a pattern", "bytes at the most"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for count in [1_000, 10_000, 50_000, 100_000] {
        let time = least(5, || {
            let config = patterns(count);
            let start = Instant::now();
            let policy = config.build().unwrap();
            let time = start.elapsed();
            drop(policy);
            time
        });
        // The config is kept in the policy: its bytes are counted with it.
        let mut kept = None;
        let counted = measure(|| kept = Some(patterns(count).build().unwrap()));
        drop(kept);
        rows.push(vec![
            grouped(count as f64),
            format!("{:.1}", time.as_secs_f64() * 1e3),
            format!("{:.0} ns", time.as_secs_f64() * 1e9 / count as f64),
            grouped(counted.bytes_current as f64),
            format!("{:.0}", counted.bytes_current as f64 / count as f64),
            grouped(counted.bytes_max as f64),
        ]);
    }
    table(&rows)
}
