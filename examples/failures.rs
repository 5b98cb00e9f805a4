//! Timeouts, overload and panics behind the CORS layer: the 408, 503 and 500 that they become carry
//! CORS headers, so that a page reads the status and not a network error.
//!
//! ```sh
//! cargo run -p examples --bin failures
//! curl -i localhost:3000/slow -H "Origin: https://app.example.com"
//! curl -i localhost:3000/panic -H "Origin: https://app.example.com"
//! curl localhost:3000/slow & curl -i localhost:3000/ -H "Origin: https://app.example.com"
//! ```

use std::error::Error;
use std::net::Ipv4Addr;
use std::time::Duration;

use axum::error_handling::HandleErrorLayer;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{BoxError, Router};
use clap::Parser;
use tokio::net::TcpListener;
use tower::ServiceBuilder;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::load_shed::{LoadShedLayer, error::Overloaded};
use tower_cors::{ConfigErrors, CorsLayer, Policy};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

fn policy() -> Result<Policy, ConfigErrors> {
    Policy::builder()
        .allow_origins(["https://app.example.com"])
        .expose_headers(["retry-after"])
        .build()
}

fn app(policy: Policy) -> Router {
    let stack = ServiceBuilder::new()
        // The first is outermost. An error has no headers, so all of them are responses before
        // they come here.
        .layer(CorsLayer::new(policy))
        .layer(CatchPanicLayer::new())
        .layer(HandleErrorLayer::new(error_response))
        // Refuses what is beyond the limit, instead of letting it wait. One is for trying it out.
        .layer(LoadShedLayer::new())
        .layer(GlobalConcurrencyLimitLayer::new(1))
        // After a 408 a browser may send the request once more, as Chromium does; 504 is final.
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(1)));
    Router::new()
        .route("/", get(|| async { "in time\n" }))
        .route("/slow", get(|| tokio::time::sleep(Duration::from_secs(3600))))
        .route("/panic", get(panic))
        .layer(stack)
}

async fn panic() -> &'static str {
    panic!("a bug")
}

async fn error_response(
    error: BoxError,
) -> (StatusCode, [(&'static str, &'static str); 1], String) {
    let status = match error.is::<Overloaded>() {
        true => StatusCode::SERVICE_UNAVAILABLE,
        false => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, [("retry-after", "1")], format!("{error}\n"))
}

#[derive(Parser)]
#[command(about = "Timeouts, overload and panics behind the CORS layer")]
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
