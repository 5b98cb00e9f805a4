//! Authentication and a rate limit behind the CORS layer, and the same stack in the wrong order.
//!
//! In the right one a page can read why it was refused: 401, 403 and 429 carry CORS headers, and
//! preflights, which browsers send without a token, are answered before anybody asks for one. In
//! the wrong one the preflight is challenged, so that no browser sends the request at all, token or
//! not, and what is refused is a network error to the page.
//!
//! ```sh
//! cargo run -p guarded
//! curl -i localhost:3000/right/note -H "Origin: https://app.example.com"
//! curl -i localhost:3000/wrong/note -H "Origin: https://app.example.com"
//! ```

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use clap::Parser;
use tokio::net::TcpListener;
use tower_cors::{ConfigErrors, CorsLayer, Policy};
use tower_governor::GovernorLayer;
use tower_governor::governor::GovernorConfigBuilder;

fn policy() -> Result<Policy, ConfigErrors> {
    Policy::builder()
        .allow_origins(["https://app.example.com"])
        .allow_methods(["DELETE"])
        // A token that the page sets is a header like others, and no credential in the browser's
        // sense: `allow_credentials` is for cookies.
        .allow_headers(["authorization"])
        // What the page wants to know of a refusal.
        .expose_headers(["retry-after", "www-authenticate", "x-ratelimit-remaining"])
        .max_age(Duration::from_secs(600))
        .build()
}

fn routes() -> Router {
    Router::new().route("/note", get(|| async { "a note\n" }).delete(|| async { "deleted\n" }))
}

/// What is added last is outermost: CORS, then the limit, then the token.
fn right(policy: Policy) -> Router {
    limited(routes().layer(from_fn(authenticate))).layer(CorsLayer::new(policy))
}

/// Wrong: what refuses stands outside, where its answers get no CORS headers.
fn wrong(policy: Policy) -> Router {
    limited(routes().layer(CorsLayer::new(policy))).layer(from_fn(authenticate))
}

/// Lets in who has a token, if it is good for what is asked.
async fn authenticate(request: Request, next: Next) -> Response {
    match (token(request.headers()), request.method()) {
        (Some("writer"), _) | (Some("reader"), &Method::GET) => next.run(request).await,
        (Some("reader"), _) => {
            (StatusCode::FORBIDDEN, "this token may only read\n").into_response()
        }
        _ => {
            let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
            (StatusCode::UNAUTHORIZED, challenge, "a token is needed\n").into_response()
        }
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Five requests at once from one address, then one every ten seconds. Behind a proxy, whose address
/// all have, `SmartIpKeyExtractor` looks at what the proxy says.
fn limited(routes: Router) -> Router {
    let config =
        GovernorConfigBuilder::default().per_second(10).burst_size(5).use_headers().finish();
    let config = config.expect("neither is zero");
    // Who has not been seen for long is forgotten.
    let limiter = config.limiter().clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(60)).await;
            limiter.retain_recent();
        }
    });
    routes.layer(GovernorLayer::new(config))
}

#[derive(Parser)]
#[command(about = "Authentication and a rate limit, behind the CORS layer and in front of it")]
struct Args {
    /// The port to listen on; 0 takes any free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let policy = policy()?;
    let app = Router::new().nest("/right", right(policy.clone())).nest("/wrong", wrong(policy));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, Args::parse().port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    // The limit wants the client's address.
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app).await?;
    Ok(())
}
