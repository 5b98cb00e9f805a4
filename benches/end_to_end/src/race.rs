//! Servers side by side, loaded one after the other in every round: what else the machine does
//! meanwhile concerns all of them.

use std::net::SocketAddr;

use crate::answer::{Answer, Request};
use crate::load;
use crate::process::{Cores, Process};
use crate::rounds::Series;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) cores: Cores,
    pub(crate) rounds: usize,
    /// The length of one run of the load.
    pub(crate) seconds: u64,
    /// Requests are sent as fast as this many connections are answered.
    pub(crate) connections: u64,
}

/// One request to one server. `K` tells its result from the others.
pub(crate) struct Lane<'a, K> {
    pub(crate) key: K,
    pub(crate) server: &'a Process,
    pub(crate) address: SocketAddr,
    pub(crate) request: Request,
    pub(crate) check: Check,
}

/// Holds the whole answer against what it must be.
pub(crate) type Check = Box<dyn Fn(&Answer) -> Result<(), String>>;

/// What was measured of one lane.
#[derive(Default)]
pub(crate) struct Figures {
    pub(crate) per_second: Series,
    /// Microseconds of the server's process for each request.
    pub(crate) cpu: Series,
    /// The part of the time in which the server's process ran.
    pub(crate) busy: Series,
}

pub(crate) fn run<K: Copy>(plan: Plan, lanes: &[Lane<'_, K>]) -> Result<Vec<(K, Figures)>, String> {
    let mut results: Vec<_> = lanes.iter().map(|lane| (lane.key, Figures::default())).collect();
    for round in 1..=plan.rounds {
        eprintln!("  round {round} of {}: {} runs of {} s", plan.rounds, lanes.len(), plan.seconds);
        for (lane, (_, figures)) in lanes.iter().zip(&mut results) {
            let answer = lane.request.ask(lane.address)?;
            (lane.check)(&answer)?;
            let sample = load::run(plan, lane.server, lane.address, &lane.request, &answer)?;
            figures.per_second.push(sample.per_second);
            figures.cpu.push(sample.cpu.as_secs_f64() * 1e6);
            figures.busy.push(sample.busy);
        }
    }
    Ok(results)
}
