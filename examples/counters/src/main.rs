//! Decisions counted for Prometheus, by the kind of request and the reason of a denial.
//!
//! ```sh
//! cargo run -p counters
//! curl -i localhost:3000/ -H "Origin: https://elsewhere.example"
//! curl localhost:3000/metrics
//! ```
//!
//! Worth an alert: `method not allowed` and `header not allowed`, since the origin was allowed, so
//! that it is an application of ours that fails. Any website can cause `origin not allowed`.

use std::net::Ipv4Addr;

use axum::Router;
use axum::routing::get;
use clap::Parser;
use metrics::{counter, describe_counter};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tower_cors::{ConfigErrors, CorsLayer, Decision, Policy, RequestKind};

const DECISIONS: &str = "cors_decisions_total";

/// Labels have few values, whatever is sent: no origin, path, method or header is one.
fn count(decision: &Decision<'_>) {
    // Nothing is decided about it, and there is much of it.
    if decision.kind() == RequestKind::NotCors {
        return;
    }
    let reason = match decision.denial() {
        None => "",
        // It bars nobody, and must not look like an attack.
        Some(_) if decision.maybe_same_origin() => "probably same-origin",
        Some(denial) => denial.as_str(),
    };
    let outcome = if decision.denial().is_some() { "denied" } else { "allowed" };
    let labels = [("kind", decision.kind().as_str()), ("outcome", outcome), ("reason", reason)];
    counter!(DECISIONS, &labels).increment(1);
}

fn app(metrics: PrometheusHandle) -> Result<Router, ConfigErrors> {
    let policy = Policy::builder()
        .allow_origins(["https://app.example.com"])
        .allow_methods(["PUT"])
        .build()?;
    let cors = CorsLayer::new(policy).observe_fn(count);
    Ok(Router::new()
        .route("/", get(|| async { "hello" }).put(|| async { "saved" }))
        .layer(cors)
        // After the layer: it is no page's business, and scraping it is not counted.
        .route("/metrics", get(async move || metrics.render())))
}

#[derive(Parser)]
#[command(about = "Decisions counted for Prometheus")]
struct Args {
    /// The port to listen on; 0 takes any free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let metrics = PrometheusBuilder::new().install_recorder()?;
    describe_counter!(DECISIONS, "What the CORS policy said of requests");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, Args::parse().port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app(metrics)?).await?;
    Ok(())
}
