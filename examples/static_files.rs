//! Files for pages of other origins, with tower-http's `ServeDir`: parts of them, and no bytes at
//! all for what the browser has already. 206, 304, 404 and 416 carry CORS headers like 200 does.
//!
//! ```sh
//! cargo run -p examples --bin static_files
//! curl -i localhost:3000/protocols.md -H "Origin: https://app.example.com" -H "Range: bytes=0-15"
//! ```
//!
//! It serves the folder `docs`, or another: `-- --folder DIR`.

use std::error::Error;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use clap::Parser;
use tokio::net::TcpListener;
use tower_cors::{ConfigErrors, CorsLayer, Policy};
use tower_http::services::ServeDir;

/// For files that are not secret `*` without credentials is best: one answer for all origins, which
/// every cache may keep.
fn policy() -> Result<Policy, ConfigErrors> {
    Policy::builder()
        .allow_origins(["*"])
        // What scripts set. The browser's own `Range` for a `<video>` and `If-None-Match` from its
        // cache are not asked for, nor are ranges such as `bytes=0-15` of a script.
        .allow_headers(["if-none-match", "if-range", "range"])
        .expose_headers(["accept-ranges", "content-range", "etag"])
        .max_age(Duration::from_secs(86_400))
        .build()
}

fn app(policy: Policy, folder: PathBuf) -> Router {
    Router::new().fallback_service(ServeDir::new(folder)).layer(CorsLayer::new(policy))
}

#[derive(Parser)]
#[command(about = "Files for pages of other origins")]
struct Args {
    /// The port to listen on; 0 takes any free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// The folder of the files
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs"))]
    folder: PathBuf,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app(policy()?, args.folder)).await?;
    Ok(())
}
