//! The load generator: wrk, one thread on a core of its own, and what it reports.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::Deserialize;

use crate::answer::{Answer, Request};
use crate::process::{Process, pinned};
use crate::race::Plan;

const REPORT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/report.lua");

/// Of wrk, or what to do about its absence.
pub(crate) fn version() -> Result<String, String> {
    let output = Command::new("wrk").arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    match text.ok().as_deref().and_then(|text| text.split(' ').nth(1)) {
        Some(version) => Ok(version.to_owned()),
        None => Err("the load generator wrk is missing: apt-get install wrk".into()),
    }
}

/// What one run of the load showed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) per_second: f64,
    /// Time of the server's process per request.
    pub(crate) cpu: Duration,
    /// The part of the run in which the server's process ran; over 1 with several threads.
    pub(crate) busy: f64,
}

/// Loads the server for a time. The answer is the one that was checked before: all that come must
/// be as long, and of the same class.
pub(crate) fn run(
    plan: Plan,
    server: &Process,
    address: SocketAddr,
    request: &Request,
    answer: &Answer,
) -> Result<Sample, String> {
    let mut command = pinned(plan.cores.load, Path::new("wrk"));
    command.args(["--threads", "1", "--connections", &plan.connections.to_string()]);
    command.args([
        "--duration",
        &format!("{}s", plan.seconds),
        "--timeout",
        "10s",
        "--script",
        REPORT,
    ]);
    for (name, value) in &request.headers {
        command.args(["--header", &format!("{name}: {value}")]);
    }
    command.args([&format!("http://{address}{}", request.path), "--", request.method]);

    let before = server.cpu()?;
    let output = command.stderr(Stdio::inherit()).output();
    let cpu = server.cpu()?.saturating_sub(before);
    let output = output.map_err(|error| format!("cannot run {command:?}: {error}"))?;
    let report = Report::read(&String::from_utf8_lossy(&output.stdout))?;
    report.check(answer, plan.connections).map_err(|error| format!("{command:?}: {error}"))?;
    Ok(Sample {
        per_second: report.requests as f64 / report.seconds(),
        cpu: cpu.div_f64(report.requests as f64),
        busy: cpu.as_secs_f64() / report.seconds(),
    })
}

/// What `report.lua` prints.
#[derive(Debug, Deserialize, PartialEq)]
struct Report {
    micros: u64,
    requests: u64,
    bytes: u64,
    connect: u64,
    read: u64,
    write: u64,
    timeout: u64,
    status: u64,
}

impl Report {
    fn read(output: &str) -> Result<Self, String> {
        let line = output.lines().find(|line| line.starts_with('{'));
        let line = line.ok_or_else(|| format!("wrk reports nothing: {output:?}"))?;
        serde_json::from_str(line).map_err(|error| format!("wrk reports {line}: {error}"))
    }

    fn seconds(&self) -> f64 {
        self.micros as f64 / 1e6
    }

    fn check(&self, answer: &Answer, connections: u64) -> Result<(), String> {
        // Of wrk's point of view: statuses over 399 are errors.
        let errors = if answer.status > 399 { self.requests } else { 0 };
        let sound = self.connect + self.read + self.write + self.timeout == 0;
        if self.requests == 0 || !sound || self.status != errors {
            return Err(format!("not every request was answered as the first one: {self:?}"));
        }
        // At the end each connection may have received a part of an answer.
        let (length, whole) = (answer.length as u64, answer.length as u64 * self.requests);
        if !(whole..=whole + connections * length).contains(&self.bytes) {
            return Err(format!("answers are not all {length} bytes long: {self:?}"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "Running 1s test @ http://127.0.0.1:1/\n  1 threads and 64 connections\n\
        {\"micros\":2000000,\"requests\":100,\"bytes\":5000,\"connect\":0,\"read\":0,\"write\":0,\
        \"timeout\":0,\"status\":0}\n";

    fn answer(status: u16) -> Answer {
        Answer { status, headers: Vec::new(), body: String::new(), length: 50 }
    }

    #[test]
    fn reports_are_read() {
        let report = Report::read(OUTPUT).unwrap();
        assert_eq!((report.seconds(), report.requests), (2.0, 100));
        assert_eq!(report.check(&answer(200), 64), Ok(()));
        assert!(Report::read("unable to connect to 127.0.0.1:1\n").is_err());
        assert!(Report::read("{\"micros\":1}").is_err());
    }

    #[test]
    fn errors_and_other_answers_are_found() {
        let with = |change: fn(&mut Report)| {
            let mut report = Report::read(OUTPUT).unwrap();
            change(&mut report);
            report
        };
        for wrong in [
            with(|report| report.requests = 0),
            with(|report| report.connect = 1),
            with(|report| report.read = 1),
            with(|report| report.write = 1),
            with(|report| report.timeout = 1),
            with(|report| report.status = 1),
            with(|report| report.bytes = 4999),
            with(|report| report.bytes = 5000 + 64 * 50 + 1),
        ] {
            assert!(wrong.check(&answer(200), 64).is_err(), "{wrong:?}");
        }
        assert!(with(|report| report.status = 99).check(&answer(403), 64).is_err());
        assert_eq!(with(|report| report.status = 100).check(&answer(403), 64), Ok(()));
        assert_eq!(with(|report| report.bytes += 64 * 50).check(&answer(200), 64), Ok(()));
    }
}
