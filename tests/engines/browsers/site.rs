//! The servers of one table: its bases and pages on loopback ports, with a layer for each policy,
//! and counts of what reaches them.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use serde_json::Value;
use tokio::net::TcpListener;
use tower::{Layer, Service, ServiceExt};
use tower_cors::{Cors, CorsLayer, Policy, PolicyConfig};
use tower_cors_oracle::fetch_client::Server as _;
use tower_cors_oracle::inner;
use tower_cors_oracle::scenarios::Table;
use tower_cors_oracle::server::{Fault, NaiveServer};
use url::{Host, Url};

/// Who answers for a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Under {
    /// The crate's layer.
    Layer,
    /// The naive server, right or wrong in one way.
    Naive(Option<Fault>),
}

pub(crate) struct Site {
    /// With the ports that are listened on in place of the table's.
    pub(crate) table: Table,
    policies: BTreeMap<String, Held>,
    counts: Counts,
    inner: Inner,
}

enum Held {
    Layer(Cors<Inner, Policy>),
    Naive(Mutex<NaiveServer>),
}

impl Site {
    /// Reads the table and binds its ports, each as another that is free.
    pub(crate) fn open(json: &str, under: Under) -> Result<(Self, Vec<TcpListener>), String> {
        let mut value: Value = serde_json::from_str(json).map_err(|e| e.to_string())?;
        let table: Table = serde_json::from_value(value.clone()).map_err(|e| e.to_string())?;
        let (ports, listeners) = listen(&table).map_err(|e| format!("no ports: {e}"))?;
        rewrite(&mut value, &ports);
        let table: Table = serde_json::from_value(value).map_err(|e| e.to_string())?;

        let inner = Inner::default();
        let mut policies = BTreeMap::new();
        for name in table.policies.keys() {
            let Some(config) = table.config(name) else { continue };
            let held = match under {
                Under::Naive(fault) => Held::Naive(Mutex::new(NaiveServer::new(&config, fault))),
                Under::Layer => {
                    let config: PolicyConfig =
                        serde_json::from_str(&config).map_err(|e| format!("policy {name}: {e}"))?;
                    let policy = config.build().map_err(|e| format!("policy {name}: {e}"))?;
                    Held::Layer(CorsLayer::new(policy).layer(inner.clone()))
                }
            };
            policies.insert(name.clone(), held);
        }
        Ok((Self { table, policies, counts: Counts::default(), inner }, listeners))
    }

    /// Answers a request of the table's, and counts it.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path().to_owned();
        let mut segments = path.split('/').skip(1);
        let first = segments.next().unwrap_or_default();
        let held = self.policies.get(first);
        self.counts.add(&request, held.is_some());
        if let Some(Held::Layer(cors)) = held {
            let Ok(response) = cors.clone().oneshot(request).await;
            return response;
        }
        let request = collected(request).await;
        if let Some(Held::Naive(server)) = held {
            let mut server = server.lock().expect("no panic before");
            let before = server.inner_calls();
            let response = server.call(request);
            let calls =
                server.inner_calls().zip(before).map_or(0, |(after, before)| after - before);
            self.inner.calls.fetch_add(calls, Ordering::Relaxed);
            return response.map(Full::new);
        }
        let raw = segments.next().filter(|_| first == "raw");
        let response = match raw.and_then(|name| self.table.raw_responses.get(name)) {
            Some(raw) => raw.respond(&request).unwrap_or_else(|error| {
                let mut response = Response::new(error.to_string().into());
                *response.status_mut() = StatusCode::NOT_IMPLEMENTED;
                response
            }),
            None => inner::respond(&request),
        };
        response.map(Full::new)
    }

    /// Preflights, other requests, and inner calls beyond once for each of the others that have a
    /// layer; all since the last call.
    pub(crate) fn take_counts(&self) -> (u64, u64, i128) {
        let take = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
        let Counts { preflights, others, layered } = &self.counts;
        let off = i128::from(take(&self.inner.calls)) - i128::from(take(layered));
        (take(preflights), take(others), off)
    }
}

/// The inner service of every layer here; it counts its calls.
#[derive(Clone, Default)]
struct Inner {
    calls: std::sync::Arc<AtomicU64>,
}

impl Service<Request<Incoming>> for Inner {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(inner::respond(&collected(request).await).map(Full::new)) })
    }
}

/// A browser that gives up in the middle of a body has sent what it has sent.
pub(crate) async fn collected(request: Request<Incoming>) -> Request<Bytes> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    Request::from_parts(parts, body)
}

#[derive(Default)]
struct Counts {
    preflights: AtomicU64,
    others: AtomicU64,
    layered: AtomicU64,
}

impl Counts {
    fn add<B>(&self, request: &Request<B>, layered: bool) {
        // By what the standard says of a preflight, not by what any layer takes for one.
        if request.method() == http::Method::OPTIONS
            && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
        {
            self.preflights.fetch_add(1, Ordering::Relaxed);
        } else {
            self.others.fetch_add(1, Ordering::Relaxed);
            self.layered.fetch_add(u64::from(layered), Ordering::Relaxed);
        }
    }
}

/// Listens on a free port for each port that the table names in a base or a page, on every loopback
/// address that it may be reached at.
fn listen(table: &Table) -> io::Result<(BTreeMap<u16, u16>, Vec<TcpListener>)> {
    let pages = table.all().filter(|scenario| scenario.model_only.is_none());
    let urls = table.bases.values().chain(pages.map(|scenario| &scenario.page));
    let mut old_ports = BTreeSet::new();
    // To a browser, names under `.localhost` are either or both of these.
    let usual: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    let mut addresses: BTreeSet<IpAddr> = usual
        .into_iter()
        .filter(|&usual| std::net::TcpListener::bind(SocketAddr::new(usual, 0)).is_ok())
        .collect();
    for url in urls.filter_map(|url| Url::parse(url).ok()) {
        old_ports.extend(url.port());
        match url.host() {
            Some(Host::Ipv4(ip)) => addresses.extend([IpAddr::from(ip)]),
            Some(Host::Ipv6(ip)) => addresses.extend([IpAddr::from(ip)]),
            Some(Host::Domain(_)) | None => {}
        }
    }
    let mut ports = BTreeMap::new();
    let mut listeners = Vec::new();
    for old in old_ports {
        let (port, bound) = listen_on_all(&addresses)?;
        ports.insert(old, port);
        listeners.extend(bound);
    }
    Ok((ports, listeners))
}

/// A port that is free on each of the addresses.
fn listen_on_all(addresses: &BTreeSet<IpAddr>) -> io::Result<(u16, Vec<TcpListener>)> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let mut port = 0;
        let bound: io::Result<Vec<_>> = addresses
            .iter()
            .map(|&address| {
                let listener = std::net::TcpListener::bind(SocketAddr::new(address, port))?;
                port = listener.local_addr()?.port();
                listener.set_nonblocking(true)?;
                TcpListener::from_std(listener)
            })
            .collect();
        match bound {
            Ok(bound) => return Ok((port, bound)),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && attempts < 50 => {}
            Err(error) => return Err(error),
        }
    }
}

/// Puts the ports that are listened on in place of the table's, in every text.
fn rewrite(value: &mut Value, ports: &BTreeMap<u16, u16>) {
    match value {
        Value::String(text) => *text = with_ports(text, ports),
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite(item, ports)),
        Value::Object(fields) => fields.values_mut().for_each(|item| rewrite(item, ports)),
        _ => {}
    }
}

/// A port stands after a colon, which may be percent-encoded, and ends where the digits end.
fn with_ports(text: &str, ports: &BTreeMap<u16, u16>) -> String {
    let mut rest = text;
    let mut written = String::new();
    while let Some(colon) = [":", "%3A", "%3a"]
        .iter()
        .filter_map(|colon| rest.find(colon).map(|at| at + colon.len()))
        .min()
    {
        let (before, after) = rest.split_at(colon);
        let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (port, after) = after.split_at(digits);
        written += before;
        match port.parse().ok().and_then(|port: u16| ports.get(&port)) {
            Some(new) => written += &new.to_string(),
            None => written += port,
        }
        rest = after;
    }
    written + rest
}

#[test]
fn ports_are_replaced_where_they_are_ports() {
    let ports = [(80, 1), (8080, 2)].into();
    for (text, expected) in [
        ("http://a:80", "http://a:1"),
        ("http://[::1]:8080/?to=http%3A%2F%2Fb%3A80/x", "http://[::1]:2/?to=http%3A%2F%2Fb%3A1/x"),
        ("http://a:8081", "http://a:8081"),
        ("http://*:8080", "http://*:2"),
        ("80 8080", "80 8080"),
        ("a:", "a:"),
    ] {
        assert_eq!(with_ports(text, &ports), expected, "{text}");
    }
}
