//! What the figures were measured with.

use std::path::Path;
use std::process::Command;

use crate::process::read;

const LOCK: &str = include_str!("../../../Cargo.lock");

/// One line: the machine, and the version of every part.
pub(crate) fn describe(wrk: &str, envoy: Option<&str>) -> String {
    let text = |path: &str| read(Path::new(path)).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = model(&text("/proc/cpuinfo")).unwrap_or_else(|| "an unnamed CPU".into());
    // Less what a distribution or a host calls its own build.
    let kernel = text("/proc/sys/kernel/osrelease");
    let kernel = kernel.split('-').next().unwrap_or_default().trim();
    let mut parts = vec![rustc()];
    for name in ["axum", "hyper", "tokio", "tower-http"] {
        parts.push(format!("{name} {}", locked(LOCK, name).unwrap_or("of unknown version")));
    }
    parts.push(format!("wrk {wrk}"));
    parts.extend(envoy.map(|version| format!("Envoy {version}")));
    format!("{cores} cores, {model}, Linux {kernel}; {}", parts.join(", "))
}

fn rustc() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let words: Vec<_> = text.iter().flat_map(|text| text.split(' ')).take(2).collect();
    words.join(" ")
}

fn model(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The version of a package in a `Cargo.lock`.
fn locked<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_models_are_found() {
        let lock = "[[package]]\nname = \"tower\"\nversion = \"1.0.0\"\n\n\
            [[package]]\nname = \"tower-http\"\nversion = \"0.7.1\"\n";
        assert_eq!(locked(lock, "tower-http"), Some("0.7.1"));
        assert_eq!(locked(lock, "axum"), None);
        for name in ["axum", "hyper", "tokio", "tower-http"] {
            assert!(locked(LOCK, name).is_some(), "{name}");
        }
        let cpuinfo = "processor\t: 0\nmodel name\t: A CPU @ 1 GHz\n";
        assert_eq!(model(cpuinfo), Some("A CPU @ 1 GHz".into()));
    }
}
