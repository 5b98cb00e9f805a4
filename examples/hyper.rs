//! Plain hyper without Tower: the policy decides, answers preflights, and edits every other
//! response.
//!
//! ```sh
//! cargo run -p examples --bin hyper
//! curl -i localhost:3000 -H "Origin: https://app.example.com"
//! curl -i -X OPTIONS localhost:3000 -H "Origin: https://app.example.com" -H "Access-Control-Request-Method: PUT"
//! ```

use std::convert::Infallible;
use std::error::Error;
use std::net::Ipv4Addr;

use bytes::Bytes;
use clap::Parser;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tower_cors::{ConfigErrors, Policy, RequestHead};

fn policy() -> Result<Policy, ConfigErrors> {
    Policy::builder()
        .allow_origins(["https://app.example.com"])
        .allow_methods(["PUT"])
        .allow_headers(["content-type"])
        .allow_credentials(true)
        .build()
}

/// What the layer does in a Tower stack, by hand.
async fn with_cors(policy: &Policy, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let decision = policy.decide(&RequestHead::from(&request));
    if decision.denial().is_some() {
        println!("{} {}: {decision}", request.method(), request.uri());
    }
    if let Some(answer) = decision.answer() {
        return answer;
    }
    // They borrow nothing, so the request can be given away.
    let edits = decision.edits();
    let mut response = handle(request).await;
    // Whatever came back: errors need the headers as well, to be readable.
    edits.apply(response.status(), response.headers_mut());
    response
}

async fn handle(request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (status, text) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/") => (StatusCode::OK, "hello\n"),
        (&Method::PUT, "/") => (StatusCode::OK, "saved\n"),
        (_, "/") => (StatusCode::METHOD_NOT_ALLOWED, "only GET and PUT\n"),
        _ => (StatusCode::NOT_FOUND, "nothing here\n"),
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response
}

#[derive(Parser)]
#[command(about = "CORS on plain hyper, without Tower")]
struct Args {
    /// The port to listen on; 0 takes any free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let policy = policy()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, Args::parse().port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        // One pointer: a policy is shared, not copied.
        let policy = policy.clone();
        tokio::spawn(async move {
            let service =
                service_fn(async |request| Ok::<_, Infallible>(with_cors(&policy, request).await));
            let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            if let Err(error) = served.await {
                eprintln!("a connection ended early: {error}");
            }
        });
    }
}
