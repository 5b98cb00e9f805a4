//! Envoy and the layer as two proxies on loopback, the upstream behind both, and a client for them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower_cors::{Choice, CorsLayer, Policy};
use tower_cors_oracle::fetch_client::Server;
use tower_cors_oracle::inner;

use super::policies::POLICIES;

/// How long the test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// What an upstream sends that grants everything by itself, and has a `Vary` of its own.
const OPEN: [(&str, &str); 7] = [
    ("access-control-allow-origin", "*"),
    ("access-control-allow-credentials", "true"),
    ("access-control-allow-methods", "*"),
    ("access-control-allow-headers", "*"),
    ("access-control-expose-headers", "x-hidden"),
    ("access-control-max-age", "5"),
    ("vary", "accept-encoding"),
];

type Sender = Client<HttpConnector, Full<Bytes>>;

/// The two in front of one upstream.
pub(crate) struct Both {
    pub(crate) layer: Peer,
    pub(crate) envoy: Peer,
    /// The upstream itself, with nothing in front.
    pub(crate) upstream: Peer,
    _process: Envoy,
}

impl Both {
    pub(crate) fn start(program: &Path, name: &str) -> Self {
        let runtime = Arc::new(Runtime::new().expect("a runtime"));
        let calls = Arc::new(AtomicU64::new(0));
        let upstream = serve(&runtime, upstream(Arc::clone(&calls)));
        let layered = serve(&runtime, layered(upstream));
        let mut process = Envoy::start(program, name, upstream);
        let peer = |address| Peer {
            address,
            runtime: Arc::clone(&runtime),
            client: client(),
            calls: Arc::clone(&calls),
        };
        let mut admin = peer(process.admin());
        let envoy = process.address(&mut admin);
        Self {
            layer: peer(layered),
            envoy: peer(envoy),
            upstream: peer(upstream),
            _process: process,
        }
    }
}

/// One of the two, from outside.
pub(crate) struct Peer {
    address: SocketAddr,
    runtime: Arc<Runtime>,
    client: Sender,
    calls: Arc<AtomicU64>,
}

impl Server for Peer {
    /// Whatever the host, `Host` says it and the connection goes to this peer.
    fn call(&mut self, mut request: Request<Bytes>) -> Response<Bytes> {
        *request.uri_mut() = at(self.address, request.uri());
        let sent = self.client.request(request.map(Full::new));
        self.runtime.block_on(async {
            let (parts, body) = sent.await.expect("an answer").into_parts();
            Response::from_parts(parts, body.collect().await.expect("a body").to_bytes())
        })
    }
}

impl Peer {
    /// How often the upstream was called so far, through whichever peer.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }
}

fn client() -> Sender {
    Client::builder(TokioExecutor::new()).build_http()
}

fn at(address: SocketAddr, uri: &Uri) -> Uri {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    format!("http://{address}{path}").parse().expect("a URI")
}

fn serve(runtime: &Runtime, app: Router) -> SocketAddr {
    let bound = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let listener = runtime.block_on(bound).expect("a free port");
    let address = listener.local_addr().expect("an address");
    runtime.spawn(async move { axum::serve(listener, app).await });
    address
}

/// The oracle's service, counted, and its endpoint `open`.
fn upstream(calls: Arc<AtomicU64>) -> Router {
    Router::new().fallback(move |request: Request<Body>| {
        calls.fetch_add(1, Ordering::SeqCst);
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.expect("a body").to_bytes();
            let request = Request::from_parts(parts, body);
            let mut response = inner::respond(&request);
            if request.uri().path().ends_with("/open") {
                for (name, value) in OPEN {
                    let name = HeaderName::from_static(name);
                    response.headers_mut().insert(name, HeaderValue::from_static(value));
                }
            }
            response.map(Body::from)
        }
    })
}

/// The layer as Envoy stands there: around a reverse proxy to the same upstream, so that nothing but
/// the CORS of the two can make a difference.
fn layered(upstream: SocketAddr) -> Router {
    let client: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new()).build_http();
    let policies: BTreeMap<&str, Policy> = POLICIES
        .iter()
        .map(|named| (named.name, serde_json::from_value(named.config.clone()).expect("a policy")))
        .collect();
    let proxy = move |mut request: Request<Body>| {
        *request.uri_mut() = at(upstream, request.uri());
        let sent = client.request(request);
        async move { sent.await.expect("the upstream answers") }
    };
    Router::new().fallback(proxy).layer(CorsLayer::from_fn(move |request| {
        let name = request.uri().path().split('/').nth(1).unwrap_or_default();
        Choice::from(policies.get(name).cloned()).by_target()
    }))
}

/// An Envoy that is killed with this value, and its folder removed.
struct Envoy {
    child: Child,
    folder: PathBuf,
}

impl Envoy {
    /// On ports that the system chooses: a port chosen here could be taken before Envoy has it.
    fn start(program: &Path, name: &str, upstream: SocketAddr) -> Self {
        let folder = format!("envoy-{name}-{}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
        fs::create_dir_all(&folder).expect("a folder for Envoy");
        let config = folder.join("envoy.json");
        fs::write(&config, bootstrap(upstream).to_string()).expect("the config is written");
        let log = fs::File::create(folder.join("log")).expect("a log");
        let child = Command::new(program)
            .args(["--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"])
            .arg("--config-path")
            .arg(&config)
            .arg("--admin-address-path")
            .arg(folder.join("admin"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{} starts: {error}", program.display()));
        Self { child, folder }
    }

    /// Where its admin interface listens.
    fn admin(&mut self) -> SocketAddr {
        let file = self.folder.join("admin");
        self.wait("no admin address", || fs::read_to_string(&file).ok()?.trim().parse().ok())
    }

    /// Where it listens for requests, once it does.
    fn address(&mut self, admin: &mut Peer) -> SocketAddr {
        let mut ask = |path: &str| {
            let uri = format!("http://localhost{path}");
            let answer = admin.call(Request::get(uri).body(Bytes::new()).expect("a request"));
            answer.status().is_success().then(|| answer.into_body())
        };
        self.wait("no listener", || {
            ask("/ready")?;
            let listeners: Value = serde_json::from_slice(&ask("/listeners?format=json")?).ok()?;
            let address = &listeners["listener_statuses"][0]["local_address"]["socket_address"];
            let port = u16::try_from(address["port_value"].as_u64()?).ok()?;
            Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        })
    }

    fn wait<T>(&mut self, missing: &str, mut found: impl FnMut() -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end && matches!(self.child.try_wait(), Ok(None)) {
            if let Some(found) = found() {
                return found;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        panic!("{missing}; Envoy says: {log}");
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// One listener, whose routes are the policies, before one upstream; no header but those of CORS is
/// added.
fn bootstrap(upstream: SocketAddr) -> Value {
    let socket =
        |port: u16| json!({"socket_address": {"address": "127.0.0.1", "port_value": port}});
    let kind = |name: &str| format!("type.googleapis.com/envoy.extensions.filters.{name}");
    let routes: Vec<Value> = POLICIES.iter().map(super::policies::Named::route).collect();
    let manager = json!({
        "@type": kind("network.http_connection_manager.v3.HttpConnectionManager"),
        "stat_prefix": "cors",
        "server_header_transformation": "PASS_THROUGH",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
        "http_filters": [
            {"name": "envoy.filters.http.cors", "typed_config": {"@type": kind("http.cors.v3.Cors")}},
            {"name": "envoy.filters.http.router", "typed_config": {
                "@type": kind("http.router.v3.Router"), "suppress_envoy_headers": true,
            }},
        ],
    });
    let listener = json!({
        "name": "policies",
        "address": socket(0),
        "filter_chains": [{"filters": [
            {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager},
        ]}],
    });
    let endpoint = json!({"endpoint": {"address": socket(upstream.port())}});
    let cluster = json!({
        "name": "upstream",
        "type": "STATIC",
        "load_assignment": {"cluster_name": "upstream", "endpoints": [{"lb_endpoints": [endpoint]}]},
    });
    json!({
        "admin": {"address": socket(0)},
        "static_resources": {"listeners": [listener], "clusters": [cluster]},
    })
}

/// The Envoy to test with, or none, which is said past the test harness's capture.
pub(crate) fn program() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("TOWER_CORS_ENVOY") {
        return Some(path.into());
    }
    let version = Command::new("envoy").arg("--version").output();
    let found = version.is_ok_and(|output| {
        String::from_utf8_lossy(&output.stdout).contains(&format!("/{}/", super::VERSION))
    });
    if !found {
        let told = "skipped: no envoy";
        let _ = writeln!(std::io::stderr(), "{told} {} on PATH", super::VERSION);
    }
    found.then(|| "envoy".into())
}
