//! A new policy for a share of the requests, which grows until all have it.
//!
//! ```sh
//! cargo run -p examples --bin share -- --percent 25
//! curl -i localhost:3000/items/7 -H "Origin: https://new.example.com"
//! ```
//!
//! Other items than 7 get other policies, each always the same. What chooses is the path, because
//! a preflight and the request that it announces must get one policy, whoever of several servers is
//! asked and however long ago, and caches must know by what a response was chosen:
//!
//! | what could choose | what breaks |
//! |---|---|
//! | chance, or a counter | the preflight says yes and the response no |
//! | a cookie, a user, a header of the script | a preflight has none of them |
//! | the client's address | it changes between two requests, and no `Vary` can name it |
//! | `Origin` | what a source must not choose by: `or` is for that |
//! | `User-Agent` | few values, and a cache would keep a response for each |
//! | the path | nothing: it is what caches and browsers keep answers by |

use std::borrow::Cow;
use std::net::Ipv4Addr;

use axum::Router;
use axum::routing::get;
use clap::Parser;
use tokio::net::TcpListener;
use tower_cors::{ConfigErrors, CorsLayer, Policy, PolicySource, RequestHead};

/// `next` for the paths of the first so many percent, `current` for the others.
#[derive(Clone)]
struct Share {
    percent: u64,
    next: Policy,
    current: Policy,
}

impl PolicySource for Share {
    fn policy<'a>(&'a self, request: &RequestHead<'a>) -> Option<Cow<'a, Policy>> {
        // A larger share has all paths of a smaller one, so that none changes back as it grows.
        let next = hash(request.uri().path()) % 100 < self.percent;
        Some(Cow::Borrowed(if next { &self.next } else { &self.current }))
    }
}

/// FNV-1a, and not a hasher of the standard
/// library: all servers must agree, and those differ between processes or versions of Rust.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn app(percent: u64) -> Result<Router, ConfigErrors> {
    let current = Policy::builder().allow_origins(["https://app.example.com"]);
    let next = current.clone().allow_origins(["https://new.example.com"]).allow_methods(["PUT"]);
    let share = Share { percent, next: next.build()?, current: current.build()? };
    Ok(Router::new()
        .route("/items/{id}", get(|| async { "an item" }).put(|| async { "saved" }))
        .layer(CorsLayer::new(share)))
}

#[derive(Parser)]
#[command(about = "A new policy for a share of the requests")]
struct Args {
    /// The port to listen on; 0 takes any free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// How much of the paths has the new policy
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=100))]
    percent: u64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app(args.percent)?).await?;
    Ok(())
}
