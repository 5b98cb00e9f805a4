//! The gateway itself: a request's route and backend are chosen, `CorsLayer` decides, and what is
//! to be forwarded is forwarded.

use std::collections::HashMap;
use std::convert::Infallible;
use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Request, Response, StatusCode, Uri, Version};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_cors::{CorsLayer, FromExtensions, Policy, PolicySource, Reloadable, RequestHead};
use tower_cors_gateway_api::{Backend, Route, RouteTable};

use crate::forwarding::{forwarded, join_cookies, remove_hop_by_hop};

type Body = BoxBody<Bytes, hyper::Error>;

pub(crate) struct Gateway {
    pub(crate) tables: Reloadable<RouteTable>,
    pub(crate) backends: Backends,
    pub(crate) timeout: Duration,
    pub(crate) trust_forwarded: bool,
    pub(crate) client: Client<HttpConnector, Incoming>,
}

/// Where backends are.
pub(crate) struct Backends {
    /// By `name` or `namespace/name` of the Service.
    pub(crate) named: HashMap<String, Uri>,
    pub(crate) default: Uri,
}

impl Backends {
    fn url(&self, backend: &Backend) -> &Uri {
        let full = format!("{}/{}", backend.namespace(), backend.name());
        let named = self.named.get(&full).or_else(|| self.named.get(backend.name()));
        named.unwrap_or(&self.default)
    }
}

/// Where a request goes, in its extensions.
#[derive(Clone)]
enum Destination {
    Upstream(Uri),
    /// The status of an answer that the gateway gives itself.
    Nowhere(StatusCode),
}

pub(crate) fn client() -> Client<HttpConnector, Incoming> {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(Duration::from_secs(5)));
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector)
}

impl Gateway {
    /// The service of one connection.
    pub(crate) fn service(
        self: Arc<Self>,
        peer: IpAddr,
    ) -> impl Service<
        Request<Incoming>,
        Response = Response<Body>,
        Error = Infallible,
        Future: Send + 'static,
    > + Clone {
        let gateway = self.clone();
        // The layer finds the route's policy where `choose` has put it.
        let cors = CorsLayer::new(FromExtensions::or(Policy::deny_all()))
            .layer(service_fn(move |request| gateway.clone().forward(request, peer)));
        service_fn(move |mut request: Request<Incoming>| {
            let (gateway, cors) = (self.clone(), cors.clone());
            async move {
                if host(&request).is_none() {
                    return Ok(answer(StatusCode::BAD_REQUEST, "the request needs one Host\n"));
                }
                gateway.choose(&mut request);
                cors.oneshot(request).await
            }
        })
    }

    /// Chooses route, backend and policy from one table, whatever is stored meanwhile.
    fn choose(&self, request: &mut Request<Incoming>) {
        let table = self.tables.load();
        let head = RequestHead::from(&*request);
        let route = table.route(&head);
        let backend = route.as_ref().and_then(chosen_backend);
        let choice = match (&route, backend) {
            (Some(route), Some(backend)) if !head.is_preflight() => route.choice(backend),
            // What a preflight is answered with holds for every backend.
            _ => table.choose(&head),
        };
        let choice = choice.into_owned();
        let destination = match (&route, backend) {
            (None, _) => Destination::Nowhere(StatusCode::NOT_FOUND),
            // <https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule>: no backend, 500.
            (Some(_), None) => Destination::Nowhere(StatusCode::INTERNAL_SERVER_ERROR),
            (Some(route), Some(backend)) => {
                Destination::Upstream(self.backends.url(&route.backends()[backend]).clone())
            }
        };
        request.extensions_mut().insert(choice);
        request.extensions_mut().insert(destination);
    }

    /// Sends the request on and the response back, bodies as they come. What goes wrong is
    /// answered, so that the layer around can put its headers on that, too.
    async fn forward(
        self: Arc<Self>,
        mut request: Request<Incoming>,
        peer: IpAddr,
    ) -> Result<Response<Body>, Infallible> {
        let upstream = match request.extensions_mut().remove::<Destination>() {
            Some(Destination::Upstream(upstream)) => upstream,
            Some(Destination::Nowhere(status)) => return Ok(answer(status, "no route\n")),
            None => return Ok(answer(StatusCode::NOT_FOUND, "no route\n")),
        };
        let target = target(&upstream, request.uri());
        let Some((host, target)) = host(&request).zip(target) else {
            return Ok(answer(StatusCode::BAD_REQUEST, "no such target\n"));
        };
        let (mut parts, body) = request.into_parts();
        parts.uri = target;
        parts.version = Version::HTTP_11;
        parts.extensions.clear();
        remove_hop_by_hop(&mut parts.headers);
        join_cookies(&mut parts.headers);
        forwarded(&mut parts.headers, peer, &host, self.trust_forwarded);

        let response = self.client.request(Request::from_parts(parts, body));
        let response = match tokio::time::timeout(self.timeout, response).await {
            // Not asked for, as no `Upgrade` is forwarded; what follows would be no HTTP.
            Ok(Ok(response)) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                eprintln!("upstream {upstream}: it switches protocols unasked");
                return Ok(answer(StatusCode::BAD_GATEWAY, "the upstream failed\n"));
            }
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                eprintln!("upstream {upstream}: {}", with_causes(&error));
                return Ok(answer(StatusCode::BAD_GATEWAY, "the upstream failed\n"));
            }
            Err(_) => {
                eprintln!("upstream {upstream}: no answer within {:?}", self.timeout);
                return Ok(answer(StatusCode::GATEWAY_TIMEOUT, "the upstream is too slow\n"));
            }
        };
        let (mut parts, body) = response.into_parts();
        parts.version = Version::HTTP_11;
        remove_hop_by_hop(&mut parts.headers);
        Ok(Response::from_parts(parts, body.boxed()))
    }
}

/// An error, and why it came to that.
fn with_causes(error: &dyn Error) -> String {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}

/// One of the backends, by weight.
fn chosen_backend(route: &Route<'_>) -> Option<usize> {
    let weights = route.backends().iter().map(|backend| u64::from(backend.weight()));
    let total: u64 = weights.clone().sum();
    let mut point = (total > 0).then(|| fastrand::u64(..total))?;
    weights.into_iter().position(|weight| match point.checked_sub(weight) {
        Some(rest) => {
            point = rest;
            false
        }
        None => true,
    })
}

/// The host, with its port, that the client asked for; the upstream is told the same. None where
/// several are named, which mean something else to each server on the way, or none that is one.
fn host<B>(request: &Request<B>) -> Option<String> {
    let lines = request.headers().get_all(HOST);
    if lines.iter().count() > 1 {
        return None;
    }
    let authority = match request.uri().authority() {
        Some(authority) => authority.clone(),
        None => Authority::try_from(lines.iter().next()?.as_bytes()).ok()?,
    };
    let port = authority.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}{port}", authority.host()))
}

/// The request's path and query below the upstream's own path.
fn target(upstream: &Uri, asked: &Uri) -> Option<Uri> {
    let base = upstream.path().trim_end_matches('/');
    let asked = asked.path_and_query().map_or("/", PathAndQuery::as_str);
    let mut parts = upstream.clone().into_parts();
    parts.path_and_query = Some(match base {
        "" => asked.parse().ok()?,
        base => format!("{base}{asked}").parse().ok()?,
    });
    Uri::from_parts(parts).ok()
}

fn answer(status: StatusCode, text: &'static str) -> Response<Body> {
    let body = Full::from(text).map_err(|never: Infallible| match never {}).boxed();
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

/// Reads a URL of `--upstream`.
pub(crate) fn upstream_url(text: &str) -> Result<Uri, String> {
    let url: Uri = text.parse().map_err(|error| format!("{error}"))?;
    let authority = url.authority().map(Authority::as_str);
    if url.scheme() != Some(&Scheme::HTTP) || authority.is_none() || url.query().is_some() {
        return Err("write http://HOST:PORT, with a path or without".into());
    }
    Ok(url)
}

/// Reads `[NAMESPACE/]NAME=URL` of `--backend`.
pub(crate) fn backend_url(text: &str) -> Result<(String, Uri), String> {
    let (name, url) = text.split_once('=').ok_or("write NAME=URL")?;
    Ok((name.to_owned(), upstream_url(url)?))
}
