//! hyper alone, without Tower: `Policy::decide` in front of a handler.
//!
//! ```sh
//! cargo run -p examples --bin plain_hyper
//! curl -i http://localhost:3000/ -H 'Origin: https://app.example.com'
//! curl -i http://localhost:3000/ -X OPTIONS -H 'Origin: https://app.example.com' \
//!     -H 'Access-Control-Request-Method: PUT'
//! ```

use std::convert::Infallible;
use std::net::Ipv4Addr;

use clap::Parser;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tower_cors::Policy;

mod cors;

async fn hello(_: Request<Incoming>) -> Response<Full<Bytes>> {
    Response::new(Full::from("hello\n"))
}

#[derive(Parser)]
#[command(about = "hyper alone, without Tower")]
struct Args {
    /// The port to listen on; 0 takes any free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = Policy::builder().allow_origins(["https://app.example.com"]);
    let policy = config.allow_methods(["PUT"]).build()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, Args::parse().port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let policy = policy.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let policy = policy.clone();
                async move { Ok::<_, Infallible>(cors::with_cors(&policy, request, hello).await) }
            });
            let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            if let Err(error) = served.await {
                eprintln!("connection: {error}");
            }
        });
    }
}
