//! A candidate policy in the shadow of the live one: the live one answers, the candidate is asked as
//! well, and what would change is counted and printed.
//!
//! ```sh
//! cargo run -p examples --bin shadow
//! curl -i localhost:3000/ -H "Origin: https://old.example.com"
//! curl localhost:3000/differences
//! ```

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use clap::Parser;
use tokio::net::TcpListener;
use tower_cors::{ConfigErrors, CorsLayer, Decision, Policy};

fn live() -> Result<Policy, ConfigErrors> {
    Policy::builder()
        .allow_origins(["https://*.example.com"])
        .allow_methods(["PUT", "DELETE"])
        .build()
}

fn candidate() -> Result<Policy, ConfigErrors> {
    Policy::builder()
        .allow_origins(["https://app.example.com", "https://partner.example"])
        .allow_methods(["PUT"])
        .build()
}

/// What would change for a request if the candidate were live.
fn difference(live: &Decision<'_>, candidate: &Decision<'_>) -> Option<&'static str> {
    // No browser heeds what either says of it.
    if live.maybe_same_origin() {
        return None;
    }
    match (live.denial(), candidate.denial()) {
        (None, Some(_)) => Some("newly denied"),
        (Some(_), None) => Some("newly allowed"),
        (Some(before), Some(after)) if before != after => Some("denied for another reason"),
        _ if sent(live) != sent(candidate) => Some("answered with other headers"),
        _ => None,
    }
}

/// What a decision sends: the answer to a preflight, or what a response gets.
fn sent(decision: &Decision<'_>) -> (StatusCode, HeaderMap) {
    if let Some(answer) = decision.answer::<()>() {
        let (parts, ()) = answer.into_parts();
        return (parts.status, parts.headers);
    }
    let mut headers = HeaderMap::new();
    decision.edits().apply(StatusCode::OK, &mut headers);
    (StatusCode::OK, headers)
}

/// How often each difference was seen.
type Differences = Arc<Mutex<BTreeMap<&'static str, u64>>>;

fn app() -> Result<Router, ConfigErrors> {
    let (seen, candidate) = (Differences::default(), candidate()?);
    let counted = Arc::clone(&seen);
    let cors = CorsLayer::new(live()?).observe(move |request, decision| {
        let shadow = candidate.decide(request);
        if let Some(difference) = difference(decision, &shadow) {
            println!("{difference}: {shadow}");
            let mut counts = counted.lock().unwrap_or_else(PoisonError::into_inner);
            *counts.entry(difference).or_default() += 1;
        }
    });
    let differences = async move || {
        let counts = seen.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .iter()
            .map(|(difference, count)| format!("{count} {difference}\n"))
            .collect::<String>()
    };
    Ok(Router::new()
        .route("/", get(|| async { "hello" }).put(|| async { "saved" }))
        .layer(cors)
        // For its operators: after the layer, so without CORS.
        .route("/differences", get(differences)))
}

#[derive(Parser)]
#[command(about = "A candidate policy in the shadow of the live one")]
struct Args {
    /// The port to listen on; 0 takes any free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, Args::parse().port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app()?).await?;
    Ok(())
}
