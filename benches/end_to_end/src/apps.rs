//! axum apps with the CORS of each contender: requests per second, new connections per second, and
//! memory per idle connection.

use std::net::SocketAddr;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::answer::connect;
use crate::contender::{Contender, Middleware, Serving};
use crate::policy::Case;
use crate::process::{Cores, Process, pinned};
use crate::race::{self, Figures, Lane, Plan};
use crate::rounds::Series;

/// The routes of the app whose connections are counted.
pub(crate) const ROUTES: usize = 50;

/// New connections are made by so many at a time: axum accepts all that wait before it answers the
/// first one, and copies of tower-http's 1,000 origins take it milliseconds.
pub(crate) const AT_ONCE: u64 = 16;

const fn app(middleware: Middleware, origins: usize) -> Contender {
    Contender { middleware, origins, serving: Serving::App }
}

const fn shared(middleware: Middleware, origins: usize) -> Contender {
    Contender { middleware, origins, serving: Serving::MakeService }
}

/// For requests: the policy's size is what may matter.
const BY_SIZE: [Contender; 6] = [
    app(Middleware::None, 0),
    app(Middleware::Idle, 0),
    app(Middleware::TowerCors, 1),
    app(Middleware::TowerCors, 1000),
    app(Middleware::TowerHttp, 1),
    app(Middleware::TowerHttp, 1000),
];

/// For connections, which may have copies of the app.
const LARGE: [Contender; 7] = [
    app(Middleware::None, 0),
    app(Middleware::Idle, 0),
    app(Middleware::TowerCors, 1000),
    app(Middleware::TowerHttp, 1000),
    shared(Middleware::None, 0),
    shared(Middleware::TowerCors, 1000),
    shared(Middleware::TowerHttp, 1000),
];

pub(crate) type Requests = Vec<((Contender, Case), Figures)>;
pub(crate) type Connections = Vec<(Contender, Figures)>;
/// KiB per idle connection.
pub(crate) type Memory = Vec<(Contender, Series)>;

struct Server {
    contender: Contender,
    process: Process,
    address: SocketAddr,
}

impl Server {
    /// This program again, as a child.
    fn start(cores: Cores, contender: Contender, routes: usize) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let name = |value: Option<PossibleValue>| Some(value?.get_name().to_owned());
        let middleware = name(contender.middleware.to_possible_value()).ok_or("no name")?;
        let serving = name(contender.serving.to_possible_value()).ok_or("no name")?;
        let (origins, routes) = (contender.origins.to_string(), routes.to_string());
        let mut command = pinned(cores.server, Path::new(&program));
        command.args(["app", &middleware, &origins, &serving, &routes]);
        let (process, address) = Process::listening(&mut command)?;
        Ok(Self { contender, process, address })
    }

    fn start_all(
        cores: Cores,
        contenders: &[Contender],
        routes: usize,
    ) -> Result<Vec<Self>, String> {
        contenders.iter().map(|contender| Self::start(cores, *contender, routes)).collect()
    }
}

/// Every contender and request, over connections that stay open. Without CORS there is nothing to
/// answer a preflight with.
pub(crate) fn requests(plan: Plan) -> Result<Requests, String> {
    let servers = Server::start_all(plan.cores, &BY_SIZE, 1)?;
    let mut lanes = Vec::new();
    for case in Case::ALL {
        for server in &servers {
            let contender = server.contender;
            if case.is_preflight()
                && matches!(contender.middleware, Middleware::None | Middleware::Idle)
            {
                continue;
            }
            lanes.push(Lane {
                key: (contender, case),
                server: &server.process,
                address: server.address,
                request: case.request("/0"),
                check: Box::new(move |answer| contender.check(case, answer)),
            });
        }
    }
    race::run(plan, &lanes)
}

/// A connection for every request.
pub(crate) fn connections(plan: Plan) -> Result<Connections, String> {
    let case = Case::ActualAllowed;
    let servers = Server::start_all(plan.cores, &LARGE, ROUTES)?;
    let lanes: Vec<_> = servers
        .iter()
        .map(|server| {
            let contender = server.contender;
            let mut request = case.request("/0");
            request.headers.push(("Connection", "close"));
            Lane {
                key: contender,
                server: &server.process,
                address: server.address,
                request,
                check: Box::new(move |answer| {
                    contender.check(case, &answer.without("connection", "close")?)
                }),
            }
        })
        .collect();
    race::run(Plan { connections: AT_ONCE, ..plan }, &lanes)
}

/// Connections that are open before anything is measured: the allocator and the runtime have what
/// they need once.
const WARM: usize = 50;
/// Not more than this many connections, and no more memory than that.
const OPEN: usize = 1000;
const LIMIT: u64 = 512 << 20;

/// What each connection adds to the server's memory when it has had its answer and is kept open.
pub(crate) fn memory(plan: Plan, rounds: usize) -> Result<Memory, String> {
    let mut results: Memory = LARGE.map(|contender| (contender, Series::default())).into();
    for round in 1..=rounds {
        eprintln!("  round {round} of {rounds}: up to {OPEN} idle connections to each server");
        for (contender, series) in &mut results {
            let server = Server::start(plan.cores, *contender, ROUTES)?;
            series.push(memory_of(&server)? / 1024.0);
        }
    }
    Ok(results)
}

/// Bytes per connection.
fn memory_of(server: &Server) -> Result<f64, String> {
    let (case, address) = (Case::ActualAllowed, server.address);
    let request = case.request("/0");
    let mut streams = Vec::new();
    let mut open = |count: usize| {
        for _ in 0..count {
            let mut stream = connect(address)?;
            let answer = request.ask_on(&mut stream, address)?;
            server.contender.check(case, &answer)?;
            streams.push(stream);
        }
        // Until the server waits for the next request of the last one.
        sleep(Duration::from_millis(50));
        server.process.resident()
    };
    let before = open(WARM)?;
    let (mut opened, mut grown) = (0, 0);
    while opened < OPEN && grown < LIMIT {
        grown = open(WARM)?.saturating_sub(before);
        opened += WARM;
    }
    Ok(grown as f64 / opened as f64)
}
