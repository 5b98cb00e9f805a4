//! A policy for each route of an axum router, found by the route's own path; a default for the rest;
//! and one route without CORS.
//!
//! ```sh
//! cargo run -p examples --bin routes
//! curl -i -X OPTIONS localhost:3000/items/7 -H "Origin: https://app.example.com" -H "Access-Control-Request-Method: PUT"
//! ```
//!
//! The same for `/public/logo.svg`, `/hook` and a path that is no route shows the other policies.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use axum::extract::MatchedPath;
use axum::routing::{get, post};
use clap::Parser;
use tokio::net::TcpListener;
use tower_cors::{ConfigErrors, CorsLayer, Policy, PolicySource, RequestHead};

/// Written once for the router and for its policies, so that neither misses the other. The path of a
/// nested route is the whole one, `/api/items/{id}`.
const ITEM: &str = "/items/{id}";
const PUBLIC: &str = "/public/{*file}";
const HOOK: &str = "/hook";

fn policies() -> Result<ByRoute, ConfigErrors> {
    let application = Policy::builder().allow_origins(["https://app.example.com"]);
    let items = application.clone().allow_methods(["PUT"]).allow_credentials(true).build()?;
    let public = Policy::permissive();
    // Other servers call it and browsers never do: no policy, and its responses stay as they are.
    let hook = None;
    Ok(ByRoute {
        routes: Arc::new(HashMap::from([
            (ITEM, Some(items)),
            (PUBLIC, Some(public)),
            (HOOK, hook),
        ])),
        rest: application.build()?,
    })
}

fn app() -> Result<Router, ConfigErrors> {
    Ok(Router::new()
        .route("/", get(|| async { "home" }))
        .route(ITEM, get(|| async { "an item" }).put(|| async { "saved" }))
        .route(PUBLIC, get(|| async { "a file" }))
        .route(HOOK, post(|| async { "received" }))
        // Last, and on the router: it goes around each route and around the fallback, so that axum
        // has matched the path when the source is asked, and preflights need no route of their own.
        // Around the finished router, in a `ServiceBuilder` for instance, no path is matched yet.
        .layer(CorsLayer::new(policies()?)))
}

/// The policy of the route that axum matched.
#[derive(Clone)]
struct ByRoute {
    /// `None` is a route without CORS.
    routes: Arc<HashMap<&'static str, Option<Policy>>>,
    /// For routes that are not listed, and for paths that are no route.
    rest: Policy,
}

impl PolicySource for ByRoute {
    fn policy<'a>(&'a self, request: &RequestHead<'a>) -> Option<Cow<'a, Policy>> {
        let matched = request.extensions().get::<MatchedPath>();
        match matched.and_then(|path| self.routes.get(path.as_str())) {
            Some(chosen) => chosen.as_ref().map(Cow::Borrowed),
            None => Some(Cow::Borrowed(&self.rest)),
        }
    }
}

#[derive(Parser)]
#[command(about = "A policy for each route of an axum router")]
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
