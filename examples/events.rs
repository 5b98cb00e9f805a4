//! Server-sent events for pages of another origin. `EventSource` needs no preflight, reconnects with
//! `Last-Event-ID` and sends cookies where the page says `withCredentials`; scripts that read the
//! stream through `fetch()` set `Last-Event-ID` themselves, which does need one.
//!
//! ```sh
//! cargo run -p examples --bin events
//! curl -iN localhost:3000/events -H "Origin: https://app.example.com"
//! curl -iN localhost:3000/events -H "Origin: https://app.example.com" -H "Last-Event-ID: 3"
//! ```

use std::convert::Infallible;
use std::error::Error;
use std::net::Ipv4Addr;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use clap::Parser;
use futures_util::stream;
use tokio::net::TcpListener;
use tower_cors::{ConfigErrors, CorsLayer, Policy};

fn policy() -> Result<Policy, ConfigErrors> {
    Policy::builder()
        .allow_origins(["https://app.example.com"])
        // `new EventSource(url, { withCredentials: true })`
        .allow_credentials(true)
        // For `fetch()` only: what `EventSource` sends by itself is not asked for.
        .allow_headers(["last-event-id"])
        .max_age(Duration::from_secs(600))
        .build()
}

/// The number of the last event.
const END: u32 = 5;

fn app(policy: Policy) -> Router {
    Router::new().route("/events", get(events)).layer(CorsLayer::new(policy))
}

/// The progress of a job, from where the client has it.
async fn events(headers: HeaderMap) -> Response {
    let seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let next = seen.map_or(1, |seen: u32| seen.saturating_add(1));
    if next > END {
        // `EventSource` reconnects whenever a stream ends, unless it is told so.
        return StatusCode::NO_CONTENT.into_response();
    }
    let progress = stream::unfold(next, |number| async move {
        if number > END {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        let event = Event::default().id(number.to_string()).data(format!("step {number} of {END}"));
        Some((Ok::<_, Infallible>(event), number + 1))
    });
    Sse::new(progress).keep_alive(KeepAlive::default()).into_response()
}

#[derive(Parser)]
#[command(about = "Server-sent events for pages of another origin")]
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
