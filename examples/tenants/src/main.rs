//! A policy for each tenant, from a database. An asynchronous step in front of the layer finds it and
//! leaves it in the request's extensions; where there is none, nothing is allowed.
//!
//! ```sh
//! cargo run -p tenants
//! curl -i acme.localhost:3000/ -H "Origin: https://app.acme.example"
//! curl -i umbrella.localhost:3000/ -H "Origin: https://app.acme.example"
//! ```
//!
//! The tenant is a part of the host. With `--from header` it is what a proxy in front of this one
//! says in `X-Tenant`, and caches are told so by `Vary`. A script cannot say it there: a preflight
//! has none of the headers that it announces, and would be refused.

mod choose;
mod tenants;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use clap::Parser;
use tokio::net::TcpListener;
use tower_cors::{CorsLayer, FromExtensions, Policy};

use crate::choose::{Chooser, TenantFrom, choose};
use crate::tenants::Tenants;

fn app(chooser: Chooser) -> Router {
    Router::new()
        .route("/", get(|| async { "hello" }).put(|| async { "saved" }))
        .layer(CorsLayer::new(FromExtensions::or(Policy::deny_all())))
        // Outside of the layer, which asks for what this leaves.
        .layer(from_fn_with_state(chooser, choose))
}

#[derive(Parser)]
#[command(about = "A policy for each tenant, from a database")]
struct Args {
    /// The port to listen on; 0 takes any free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// The SQLite file; one that is not there is made, with two tenants
    #[arg(long, value_name = "FILE", default_value_os_t = std::env::temp_dir().join("tower-cors-tenants.sqlite"))]
    database: PathBuf,
    /// How long a tenant's policy is kept, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    keep: u64,
    /// What says whose request it is
    #[arg(long, value_enum, default_value_t = TenantFrom::Host)]
    from: TenantFrom,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), String> {
    let file = args.database.display();
    let tenants = Tenants::open(&args.database, Duration::from_secs(args.keep)).await;
    let tenants = tenants.map_err(|error| format!("cannot open {file}: {error}"))?;
    println!("the tenants are in {file}");
    let serve = async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).await?;
        println!("listening on http://{}", listener.local_addr()?);
        axum::serve(listener, app(Chooser { tenants, from: args.from })).await
    };
    serve.await.map_err(|error| format!("cannot serve: {error}"))
}
