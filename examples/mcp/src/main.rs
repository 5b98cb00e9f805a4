//! An MCP server over HTTP (rmcp's streamable HTTP transport) that clients in browsers can use, such
//! as the MCP Inspector at `http://localhost:6274`.
//!
//! ```sh
//! cargo run -p mcp
//! curl -i localhost:3000/mcp -H "Origin: http://localhost:6274" -H "Accept: application/json, text/event-stream" -H "Content-Type: application/json" -d '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"curl","version":"1"}}}'
//! ```

use std::error::Error;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use clap::Parser;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::net::TcpListener;
use tower_cors::{ConfigErrors, CorsLayer, Policy};

/// Where the pages are that may use it.
const CLIENTS: [&str; 1] = ["http://localhost:6274"];

fn policy() -> Result<Policy, ConfigErrors> {
    Policy::builder()
        .allow_origins(CLIENTS)
        // Ends a session.
        .allow_methods(["DELETE"])
        .allow_headers(["authorization", "content-type"])
        .allow_headers(["last-event-id", "mcp-protocol-version", "mcp-session-id"])
        // Clients of the revision 2026-07-28, which has no sessions. It also copies those arguments
        // of tools that say so into `mcp-param-*`: list them, or write `*`.
        .allow_headers(["mcp-method", "mcp-name"])
        // Without the first no browser can send a second request; the other tells where to log in.
        .expose_headers(["mcp-session-id", "www-authenticate"])
        .max_age(Duration::from_secs(3600))
        .build()
}

fn app(policy: Policy) -> Router {
    // CORS only keeps answers from other pages. That their requests do nothing either is the
    // server's part, which MCP demands of it.
    let config = StreamableHttpServerConfig::default().with_allowed_origins(CLIENTS);
    let sessions = Arc::new(LocalSessionManager::default());
    let mcp = StreamableHttpService::new(|| Ok(Tools), sessions, config);
    Router::new().nest_service("/mcp", mcp).layer(CorsLayer::new(policy))
}

#[derive(Clone)]
struct Tools;

#[derive(Deserialize, JsonSchema)]
struct Sum {
    a: i64,
    b: i64,
}

#[tool_router(server_handler)]
impl Tools {
    #[tool(description = "Adds two numbers")]
    fn add(&self, Parameters(Sum { a, b }): Parameters<Sum>) -> String {
        a.saturating_add(b).to_string()
    }
}

#[derive(Parser)]
#[command(about = "An MCP server that clients in browsers can use")]
struct Args {
    /// The port to listen on; 0 takes any free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, Args::parse().port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app(policy()?)).await?;
    Ok(())
}
