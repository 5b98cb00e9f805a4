//! Credentials for some origins, anonymous access for all others, in one file.
//!
//! ```sh
//! cargo run -p examples --bin audiences
//! curl -i localhost:3000/profile -H "Origin: https://app.example.com" -H "Cookie: session=ada"
//! curl -i localhost:3000/profile -H "Origin: https://elsewhere.example"
//! ```
//!
//! `policy.yaml` beside this file is the policy; the first part of it that allows the origin decides
//! everything about the request. No part can be told who sent credentials: a browser that was asked
//! to send them reads no response that says `*`, and curl reads all.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use axum::Router;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use axum::routing::get;
use clap::Parser;
use tokio::net::TcpListener;
use tower_cors::{CorsLayer, Policy, PolicyConfig};

/// # Errors
///
/// What cannot be read, or everything that is wrong with what was read, a line each.
fn read_policy(file: &Path) -> Result<Policy, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let config: PolicyConfig = serde_saphyr::from_str(&text).map_err(|error| error.to_string())?;
    config.build().map_err(|errors| errors.to_string())
}

fn app(policy: Policy) -> Router {
    Router::new().route("/profile", get(profile).put(profile)).layer(CorsLayer::new(policy))
}

async fn profile(headers: HeaderMap) -> impl IntoResponse {
    let cookies = headers.get(header::COOKIE).and_then(|value| value.to_str().ok());
    let session = cookies.and_then(|all| all.split("; ").find_map(|c| c.strip_prefix("session=")));
    let body = session.map_or("anonymous".into(), |user| format!("signed in: {user}"));
    ([("x-request-id", "42")], body)
}

#[derive(Parser)]
#[command(about = "Credentials for some origins, anonymous access for all others")]
struct Args {
    /// The port to listen on; 0 takes any free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// The file of the policy
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/audiences/policy.yaml"))]
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
    let file = args.policy.display();
    let policy = read_policy(&args.policy).map_err(|errors| format!("in {file}:\n{errors}"))?;
    for lint in policy.lints() {
        eprintln!("warning: {lint}");
    }
    let serve = async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).await?;
        println!("listening on http://{}", listener.local_addr()?);
        axum::serve(listener, app(policy)).await
    };
    serve.await.map_err(|error| format!("cannot serve: {error}"))
}
