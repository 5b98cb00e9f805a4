//! A policy that is replaced while requests run: by a change of its file, and by an endpoint for
//! operators, on a port of its own and with a token. What is broken is refused with all that is
//! wrong with it, and the old policy stays.
//!
//! ```sh
//! ADMIN_TOKEN=secret cargo run -p examples --bin reload
//! curl -i localhost:3000/ -H "Origin: https://app.example.com"
//! curl -i -X PUT localhost:3001/cors -H "Authorization: Bearer secret" -d '{allowOrigins: [app.example.com], allowMethods: [put]}'
//! curl -i -X PUT localhost:3001/cors -H "Authorization: Bearer secret" -d 'allowOrigins: ["https://*.example.com"]'
//! ```
//!
//! The program says which file it watches, and makes it when it is not there: change it in an editor.
//! The endpoint writes to it as well, so that it is what is in use, unless somebody broke it.

mod admin;
mod live;
mod watch;

use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use clap::Parser;
use tokio::net::TcpListener;
use tower_cors::CorsLayer;

use crate::live::Live;

fn api(live: &Live) -> Router {
    Router::new()
        .route("/", get(|| async { "hello" }).put(|| async { "saved" }))
        .layer(CorsLayer::new(live.current.clone()))
}

#[derive(Parser)]
#[command(about = "A policy that is replaced while requests run")]
struct Args {
    /// The port of the API; 0 takes any free one, here and below
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// The port of the operators' endpoint
    #[arg(long, default_value_t = 3001)]
    admin_port: u16,
    /// The file of the policy
    #[arg(long, value_name = "FILE", default_value_os_t = std::env::temp_dir().join("tower-cors-reload/policy.yaml"))]
    policy: PathBuf,
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
    let token = std::env::var("ADMIN_TOKEN").ok().filter(|token| !token.is_empty());
    let token = token.ok_or("set ADMIN_TOKEN to what operators must send as their bearer token")?;

    let file = args.policy.display().to_string();
    create(&args.policy).map_err(|error| format!("cannot write {file}: {error}"))?;
    let live = Live::open(args.policy).map_err(|errors| format!("in {file}:\n{errors}"))?;
    let live = Arc::new(live);
    let watcher = watch::watch(Arc::clone(&live));
    let _watcher = watcher.map_err(|error| format!("cannot watch {file}: {error}"))?;
    // What changed before it was watched.
    live.reload().map_err(|errors| format!("in {file}:\n{errors}"))?;

    let serve = async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).await?;
        let operators = TcpListener::bind((Ipv4Addr::LOCALHOST, args.admin_port)).await?;
        println!("the policy is in {file}");
        println!("operators on http://{}/cors", operators.local_addr()?);
        println!("listening on http://{}", listener.local_addr()?);
        let api = api(&live);
        let admin = admin::admin(live, token);
        tokio::try_join!(
            axum::serve(listener, api).into_future(),
            axum::serve(operators, admin).into_future(),
        )
    };
    serve.await.map(|_| ()).map_err(|error| format!("cannot serve: {error}"))
}

/// Makes the file when it is not there.
fn create(file: &Path) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let made = std::fs::File::create_new(file);
    match made.and_then(|mut file| std::io::Write::write_all(&mut file, FIRST.as_bytes())) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        written => written,
    }
}

const FIRST: &str = include_str!("policy.yaml");
