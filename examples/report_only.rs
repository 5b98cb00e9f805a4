//! Introducing a stricter policy: it reports what it would deny, and touches nothing, while the old
//! one goes on answering.
//!
//! ```sh
//! cargo run -p examples --bin report_only
//! curl -i localhost:3000/ -H "Origin: https://forgotten.example"
//! ```
//!
//! The terminal shows the events of feature `tracing`: look for `would be denied`. When the last
//! of them is gone or understood, put `stricter` in the place of `old` and take the report away.

use std::net::Ipv4Addr;

use axum::Router;
use axum::routing::get;
use clap::Parser;
use tokio::net::TcpListener;
use tower_cors::{ConfigErrors, CorsLayer, Policy};

fn app() -> Result<Router, ConfigErrors> {
    let old = Policy::permissive();
    let stricter = Policy::builder()
        .allow_origins(["https://app.example.com", "https://partner.example"])
        .allow_methods(["PUT"])
        .build()?;
    Ok(Router::new()
        .route("/", get(|| async { "hello" }).put(|| async { "saved" }))
        // What answers today: this, or any other middleware that knows of CORS.
        .layer(CorsLayer::new(old))
        // Outside of it, since it answers preflights and lets none through.
        .layer(CorsLayer::new(stricter).report_only(true)))
}

#[derive(Parser)]
#[command(about = "A stricter policy that only reports")]
struct Args {
    /// The port to listen on; 0 takes any free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Denials are told at info, which is the default.
    tracing_subscriber::fmt().without_time().init();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, Args::parse().port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app()?).await?;
    Ok(())
}
