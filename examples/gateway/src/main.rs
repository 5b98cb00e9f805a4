//! A reverse proxy whose CORS is what Kubernetes manifests say: `HTTPRoute`, `AgentgatewayPolicy`
//! and `TrafficPolicy`, read from a folder and read again when they change.
//!
//! ```sh
//! cargo run -p gateway
//! curl -I -X OPTIONS localhost:8080/headers -H "host: www.example.com" -H "Origin: https://example.com"
//! ```
//!
//! Without `--upstream` and `--backend` every backend is a small server in this process, which has
//! a permissive CORS of its own, as httpbin has: none of it reaches a client.

mod forwarding;
mod manifests;
mod proxy;
mod upstream;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use http::Uri;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;

use crate::manifests::Source;
use crate::proxy::{Backends, Gateway};

/// How long a client may take until the head of a request is there.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Parser)]
#[command(about = "A reverse proxy whose CORS is what Kubernetes manifests say")]
struct Args {
    /// The port to listen on; 0 takes any free one
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    port: u16,
    /// The address to listen on
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,
    /// The folder of the manifests: every *.yaml, *.yml and *.json file in it
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/manifests"))]
    manifests: PathBuf,
    /// Where requests go to whose backend has no --backend; default: a server in this process
    #[arg(long, value_name = "URL", value_parser = proxy::upstream_url)]
    upstream: Option<Uri>,
    /// The address of a backend, by the name of its Service; may be given several times
    #[arg(long, value_name = "[NAMESPACE/]NAME=URL", value_parser = proxy::backend_url)]
    backend: Vec<(String, Uri)>,
    /// The Gateway to serve; default: the only one that the manifests refer to
    #[arg(long, value_name = "NAMESPACE/NAME")]
    gateway: Option<String>,
    /// The listener of the Gateway to serve
    #[arg(long, value_name = "NAME")]
    listener: Option<String>,
    /// How long an upstream may take until it answers, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    upstream_timeout: u64,
    /// Keep the X-Forwarded-* and Forwarded headers of requests and add to them, because the peer
    /// is a proxy of ours
    #[arg(long)]
    trust_forwarded: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), String> {
    let source = Source { folder: args.manifests, gateway: args.gateway, listener: args.listener };
    let (tables, _watcher) = manifests::watch(source)?;

    let listener = listen(SocketAddr::new(args.address, args.port)).await?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let default = match args.upstream {
        Some(url) => url,
        None => upstream::start().await.map_err(|error| format!("cannot serve: {error}"))?,
    };
    let backends: HashMap<String, Uri> = args.backend.into_iter().collect();
    println!("listening on http://{address}, upstream {default}");

    let gateway = Arc::new(Gateway {
        tables,
        backends: Backends { named: backends, default },
        timeout: Duration::from_secs(args.upstream_timeout),
        trust_forwarded: args.trust_forwarded,
        client: proxy::client(),
    });
    serve(listener, gateway).await
}

async fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    let port = address.port();
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("port {port} is in use; choose another: cargo run -p gateway -- --port PORT")
        }
        _ => format!("cannot listen on {address}: {error}"),
    })
}

/// HTTP/1.1 and HTTP/2 by prior knowledge, until Ctrl-C; requests that are being served are
/// finished.
async fn serve(listener: TcpListener, gateway: Arc<Gateway>) -> Result<(), String> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let graceful = GracefulShutdown::new();
    let mut end = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    eprintln!("cannot accept a connection: {error}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            _ = &mut end => break,
        };
        let service = TowerToHyperService::new(gateway.clone().service(peer.ip()));
        let connection = server.serve_connection(TokioIo::new(stream), service).into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A client that goes away is no event for anybody.
            let _ = connection.await;
        });
    }
    tokio::select! {
        () = graceful.shutdown() => Ok(()),
        () = tokio::time::sleep(Duration::from_secs(10)) => {
            Err("some requests did not end within 10 seconds".into())
        }
    }
}
