//! What CORS costs end to end, by a real load generator:
//!
//! ```sh
//! cargo run --release --package tower-cors-end-to-end              # about five minutes
//! cargo run --release --package tower-cors-end-to-end -- --quick   # one short round, writes nothing
//! ```
//!
//! Measured is, always several contenders in turns:
//!
//! - an axum app on loopback without CORS, with tower-cors and with tower-http: requests per second,
//!   and, for an app of 50 routes, new connections per second and memory per idle connection;
//! - the example `gateway` and Envoy, in front of the same upstream.
//!
//! The servers are child processes with one thread that serves, on one core; the load generator,
//! wrk, has another core. Before each run of the load one answer is held whole against what it must
//! be, and wrk must count no error and no answer of another length.
//!
//! It needs Linux, two cores, and `apt-get install wrk`; Envoy is left out where it is missing. The
//! results go to `docs/performance.md` and `docs/end-to-end.svg`.

mod answer;
mod apps;
mod contender;
mod envoy;
mod load;
mod policy;
mod process;
mod proxies;
mod race;
mod rounds;
mod server;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::contender::{Contender, Cors};
use crate::process::Cores;
use crate::race::Plan;

#[derive(Parser)]
#[command(about = "Measures tower-cors end to end, and writes docs/performance.md")]
struct Args {
    /// One round of one second, under a minute in all; only prints
    #[arg(long)]
    quick: bool,
    /// Measure only this; only prints
    #[arg(long)]
    only: Option<Part>,
    #[command(subcommand)]
    child: Option<Child>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Part {
    Requests,
    Connections,
    Memory,
    Proxies,
}

/// What this program is as a child of itself.
#[derive(Subcommand)]
#[command(hide = true)]
enum Child {
    App { cors: Cors, origins: usize, routes: usize },
    Upstream,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let result = match args.child {
        Some(Child::App { cors, origins, routes }) => Contender { cors, origins }
            .app(routes)
            .and_then(|app| server::serve(app).map_err(|error| error.to_string())),
        Some(Child::Upstream) => server::upstream().map_err(|error| error.to_string()),
        None => measure(args.quick, args.only),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn measure(quick: bool, only: Option<Part>) -> Result<(), String> {
    if cfg!(debug_assertions) {
        return Err("a build without optimisation measures nothing: add --release".into());
    }
    let wrk = load::version()?;
    let rounds = if quick { 1 } else { 7 };
    let plan = Plan { cores: Cores::find()?, rounds, seconds: 1 };
    let wanted = |part| only.is_none_or(|only| only == part);
    if wanted(Part::Requests) {
    for (key, f) in apps::requests(plan)? { println!("{} {} {:?} {:?} {:?} {:?}", key.0, key.1.name(), f.per_second.median(), f.per_second.range(), f.cpu.median(), f.busy.median()); }
    }
    if wanted(Part::Connections) {
    for (key, f) in apps::connections(plan)? { println!("{} {:?} {:?} {:?} {:?}", key, f.per_second.median(), f.per_second.range(), f.cpu.median(), f.busy.median()); }
    }
    if wanted(Part::Memory) {
    for (key, f) in apps::memory(plan, 1)? { println!("{} {:?}", key, f.median()); }
    }
    if wanted(Part::Proxies) {
    let (envoy, version) = envoy::find().unwrap();
    for (key, f) in proxies::requests(plan, &envoy)? { println!("{:?} {:?} {:?} {:?} {:?}", key, f.per_second.median(), f.per_second.range(), f.cpu.median(), f.busy.median()); }
    println!("{version}");
    }
    println!("{wrk}");
    Ok(())
}
