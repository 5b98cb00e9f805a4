//! A tonic service that browsers call by gRPC-Web, behind the CORS layer.
//!
//! ```sh
//! cargo run -p grpc-web
//! curl -i -X OPTIONS localhost:3000/greeter.v1.Greeter/Greet -H "Origin: https://app.example.com" -H "Access-Control-Request-Method: POST" -H "Access-Control-Request-Headers: content-type,x-grpc-web,x-user-agent"
//! printf '\0\0\0\0\7\n\5world' | curl -i localhost:3000/greeter.v1.Greeter/Greet -H "Origin: https://app.example.com" -H "Content-Type: application/grpc-web+proto" -H "X-Grpc-Web: 1" --data-binary @- --output -
//! ```

use std::error::Error;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::time::Duration;

use clap::Parser;
use tokio::net::TcpListener;
use tokio_stream::Stream;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tonic_web::GrpcWebLayer;
use tower_cors::{ConfigErrors, CorsLayer, Policy};

mod proto {
    #![allow(missing_docs, unreachable_pub, clippy::all, reason = "generated")]
    tonic::include_proto!("greeter.v1");
}

use proto::greeter_server::{Greeter, GreeterServer};
use proto::{CountReply, CountRequest, GreetReply, GreetRequest};

fn policy() -> Result<Policy, ConfigErrors> {
    Policy::builder()
        .allow_origins(["https://app.example.com"])
        // gRPC-Web is POST, which needs no listing. Metadata of your own comes beside these.
        .allow_headers(["authorization", "content-type", "grpc-timeout", "x-grpc-web"])
        .allow_headers(["x-user-agent"])
        // A call that fails at once has its status in headers; any other has it in the body.
        .expose_headers(["grpc-message", "grpc-status", "grpc-status-details-bin"])
        .max_age(Duration::from_secs(86_400))
        .build()
}

struct Service;

#[tonic::async_trait]
impl Greeter for Service {
    async fn greet(&self, call: Request<GreetRequest>) -> Result<Response<GreetReply>, Status> {
        match call.into_inner().name {
            name if name.is_empty() => Err(Status::invalid_argument("who is it?")),
            name => Ok(Response::new(GreetReply { text: format!("hello {name}") })),
        }
    }

    type CountStream = Pin<Box<dyn Stream<Item = Result<CountReply, Status>> + Send>>;

    async fn count(
        &self,
        call: Request<CountRequest>,
    ) -> Result<Response<Self::CountStream>, Status> {
        let to = call.into_inner().to;
        let numbers = (1..=to).map(|number| Ok(CountReply { number }));
        Ok(Response::new(Box::pin(tokio_stream::iter(numbers))))
    }
}

#[derive(Parser)]
#[command(about = "A tonic service that browsers call by gRPC-Web")]
struct Args {
    /// The port to listen on; 0 takes any free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, Args::parse().port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Server::builder()
        // Without TLS browsers speak HTTP/1.1.
        .accept_http1(true)
        // The first is outermost: a preflight is no gRPC-Web call, and would be answered with 400.
        .layer(CorsLayer::new(policy()?))
        .layer(GrpcWebLayer::new())
        .add_service(GreeterServer::new(Service))
        .serve_with_incoming(TcpIncoming::from(listener))
        .await?;
    Ok(())
}
