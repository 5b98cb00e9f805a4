//! A reverse proxy in front of an upstream that sets CORS headers itself: `InnerHeaders::Strip`,
//! where the policy is the one authority, and `InnerHeaders::Keep`, where the upstream's word holds
//! if it says one, side by side.
//!
//! ```sh
//! cargo run -p examples --bin proxy
//! curl -i localhost:3000/strip/open -H "Origin: https://evil.example"
//! curl -i localhost:3000/keep/open -H "Origin: https://evil.example"
//! ```
//!
//! The first answer has no `access-control-*` header, the second the upstream's. At `/strip/silent` and
//! `/keep/silent`, where the upstream says nothing, both have the policy's.

use std::error::Error;
use std::net::Ipv4Addr;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::uri::{Authority, PathAndQuery, Scheme};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use clap::Parser;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tower_cors::{ConfigErrors, CorsLayer, InnerHeaders, Policy};

fn policy(inner: InnerHeaders) -> Result<Policy, ConfigErrors> {
    Policy::builder()
        .allow_origins(["https://app.example.com"])
        .allow_credentials(true)
        .expose_headers(["x-request-id"])
        .inner_headers(inner)
        .build()
}

/// Both, in front of one upstream.
fn app(upstream: Authority) -> Result<Router, ConfigErrors> {
    let strip = proxy(upstream.clone()).layer(CorsLayer::new(policy(InnerHeaders::Strip)?));
    let keep = proxy(upstream).layer(CorsLayer::new(policy(InnerHeaders::Keep)?));
    Ok(Router::new().nest("/strip", strip).nest("/keep", keep))
}

/// Everything to the upstream, and what it says back. `examples/gateway` does more of what a proxy
/// has to do: hop-by-hop headers, forwarding headers, time limits.
fn proxy(upstream: Authority) -> Router {
    let client: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new()).build_http();
    Router::new().fallback(async move |mut request: Request| {
        *request.uri_mut() = at(&upstream, request.uri());
        match client.request(request).await {
            Ok(response) => response.map(Body::new),
            Err(error) => failed(&error),
        }
    })
}

/// A response and no error: it gets the policy's headers as every other does.
fn failed(error: &dyn Error) -> Response {
    eprintln!("the upstream: {error}");
    (StatusCode::BAD_GATEWAY, "the upstream failed\n").into_response()
}

fn at(upstream: &Authority, asked: &Uri) -> Uri {
    let path = asked.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
    let uri = Uri::builder().scheme(Scheme::HTTP).authority(upstream.clone()).path_and_query(path);
    uri.build().expect("each part is one")
}

/// An upstream that grants at `/open` whatever is asked, and says nothing about CORS at `/silent`.
fn upstream() -> Router {
    let open = [
        ("access-control-allow-origin", "*"),
        ("access-control-expose-headers", "x-internal"),
        ("x-internal", "secret"),
        ("x-request-id", "1"),
    ];
    Router::new()
        .route("/open", get(async move || (open, "open\n")))
        .route("/silent", get(|| async { ([("x-request-id", "2")], "silent\n") }))
}

#[derive(Parser)]
#[command(about = "A reverse proxy whose upstream sets CORS headers itself")]
struct Args {
    /// The port to listen on; 0 takes any free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let behind = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let app = app(behind.local_addr()?.to_string().parse()?)?;
    tokio::spawn(axum::serve(behind, upstream()).into_future());

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, Args::parse().port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}
