//! What somebody who comes from tower-http has, and what they write here instead.

use std::borrow::Cow;
use std::convert::Infallible;
use std::time::Duration;

use http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, ORIGIN};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use tower::util::{BoxCloneService, MapRequestLayer};
use tower::{Layer, Service, ServiceBuilder};
use tower_cors::{
    CorsLayer, FromExtensions, InnerHeaders, Policy, PolicyConfig, PolicySource, RequestHead,
};
use tower_http::cors::{
    AllowCredentials, AllowHeaders, AllowMethods, AllowOrigin, Any, CorsLayer as Theirs, MaxAge,
};

/// A server: the inner one, or a layer around it.
pub(crate) type Server = BoxCloneService<Request<()>, Response<String>, Infallible>;

pub(crate) struct Pair {
    /// As the page calls it.
    pub(crate) name: &'static str,
    pub(crate) theirs: Box<dyn Fn(Server) -> Server>,
    pub(crate) ours: Box<dyn Fn(Server) -> Server>,
}

fn pair<A, B>(name: &'static str, theirs: A, ours: B) -> Pair
where
    A: Layer<Server, Service: Answering> + 'static,
    B: Layer<Server, Service: Answering> + 'static,
{
    let theirs = Box::new(move |inner| theirs.layer(inner).boxed());
    let ours = Box::new(move |inner| ours.layer(inner).boxed());
    Pair { name, theirs, ours }
}

/// What a [`Server`] can be made of.
trait Answering {
    fn boxed(self) -> Server;
}

impl<S> Answering for S
where
    S: Service<Request<()>, Response = Response<String>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
{
    fn boxed(self) -> Server {
        BoxCloneService::new(self)
    }
}

pub(crate) const APP: &str = "https://app.example.com";
pub(crate) const SHOP: &str = "https://shop.example.com";
/// The policy with everything set that makes it answer as tower-http does.
pub(crate) const NEAR: &str = "allow_origin(list), as near as it gets";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TENANT: HeaderName = HeaderName::from_static("x-tenant");

fn both() -> [HeaderValue; 2] {
    [APP, SHOP].map(HeaderValue::from_static)
}

/// A list of origins and of everything else, with credentials: what most applications have.
fn listed() -> Theirs {
    Theirs::new()
        .allow_origin(both())
        .allow_methods([Method::PUT, Method::DELETE])
        .allow_headers([CONTENT_TYPE, AUTHORIZATION])
        .expose_headers([REQUEST_ID])
        .allow_credentials(true)
        .max_age(Duration::from_secs(600))
}

fn listed_here() -> PolicyConfig {
    Policy::builder()
        .allow_origins([APP, SHOP])
        .allow_methods(["PUT", "DELETE"])
        .allow_headers(["content-type", "authorization"])
        .expose_headers(["x-request-id"])
        .allow_credentials(true)
        .max_age(Duration::from_secs(600))
}

fn layer(config: PolicyConfig) -> CorsLayer {
    CorsLayer::new(config.build().unwrap())
}

/// One policy, chosen by a request header's presence, which `Vary` must name.
#[derive(Clone)]
struct ByTenant(Policy);

impl PolicySource for ByTenant {
    fn policy<'a>(&'a self, _: &RequestHead<'a>) -> Option<Cow<'a, Policy>> {
        Some(Cow::Borrowed(&self.0))
    }

    fn vary(&self) -> Cow<'_, [HeaderName]> {
        Cow::Owned(vec![TENANT])
    }
}

pub(crate) fn pairs() -> Vec<Pair> {
    let one = |origin: &str| Policy::builder().allow_origins([origin]);
    let suffix = |origin: &HeaderValue| origin.as_bytes().ends_with(b".example.org");
    let (app, shop) = (one(APP).build().unwrap(), one(SHOP).build().unwrap());
    let (brief, long) = [60, 600].map(Duration::from_secs).into();
    vec![
        pair("new", Theirs::new(), CorsLayer::new(Policy::deny_all())),
        pair("permissive", Theirs::permissive(), CorsLayer::new(Policy::permissive())),
        pair(
            "very_permissive",
            Theirs::very_permissive(),
            layer(
                one("*")
                    .allow_methods(["*"])
                    .allow_headers(["*", "authorization"])
                    .allow_credentials(true)
                    .dangerously_reflect_any_origin(true),
            ),
        ),
        pair(
            "allow_origin(Any)",
            Theirs::new()
                .allow_origin(Any)
                .allow_methods(Method::PUT)
                .allow_headers(Any)
                .expose_headers(Any)
                .max_age(Duration::from_secs(600)),
            layer(
                one("*")
                    .allow_methods(["PUT"])
                    .allow_headers(["*"])
                    .expose_headers(["*"])
                    .max_age(Duration::from_secs(600)),
            ),
        ),
        pair(
            "allow_origin(one)",
            Theirs::new().allow_origin(HeaderValue::from_static(APP)).allow_methods(Any),
            layer(one(APP).allow_methods(["*"])),
        ),
        pair("allow_origin(list)", listed(), layer(listed_here())),
        pair(
            NEAR,
            listed(),
            layer(
                listed_here()
                    .preflight_status(StatusCode::OK)
                    .denied_status(StatusCode::OK)
                    .answer_every_options(true)
                    .inner_headers(InnerHeaders::Keep),
            ),
        ),
        pair(
            "AllowOrigin::predicate",
            Theirs::new().allow_origin(AllowOrigin::predicate(move |origin, _| suffix(origin))),
            layer(one("https://*.example.org")),
        ),
        pair(
            "AllowOrigin::async_predicate",
            Theirs::new().allow_origin(AllowOrigin::async_predicate(|origin, parts| {
                let allowed = if parts.uri.path() == "/shop" { SHOP } else { APP };
                async move { origin == allowed }
            })),
            ServiceBuilder::new()
                .layer(MapRequestLayer::new(move |mut request: Request<()>| {
                    let policy = if request.uri().path() == "/shop" { &shop } else { &app };
                    request.extensions_mut().insert(policy.clone());
                    request
                }))
                .layer(CorsLayer::new(FromExtensions::or(Policy::deny_all())))
                .into_inner(),
        ),
        pair(
            "AllowOrigin::mirror_request",
            Theirs::new()
                .allow_origin(AllowOrigin::mirror_request())
                .allow_methods(AllowMethods::mirror_request())
                .allow_headers(AllowHeaders::mirror_request()),
            layer(one("*").allow_methods(["*"]).allow_headers(["*", "authorization"])),
        ),
        pair(
            "allow_headers",
            Theirs::new()
                .allow_origin(both())
                .allow_headers(AllowHeaders::mirror_request())
                .allow_credentials(true),
            layer(
                Policy::builder()
                    .allow_origins([APP, SHOP])
                    .allow_headers(["*"])
                    .allow_credentials(true),
            ),
        ),
        pair(
            "AllowCredentials::predicate",
            Theirs::new()
                .allow_origin(both())
                .allow_credentials(AllowCredentials::predicate(|origin, _| origin == APP)),
            layer(one(APP).allow_credentials(true).or(one(SHOP))),
        ),
        pair(
            "MaxAge::dynamic",
            Theirs::new().allow_origin(both()).max_age(MaxAge::dynamic(move |origin, _| {
                if origin == APP { long } else { brief }
            })),
            layer(one(APP).max_age(long).or(one(SHOP).max_age(brief))),
        ),
        pair(
            "allow_methods, with a repetition",
            Theirs::new().allow_origin(both()).allow_methods([Method::PUT, Method::PUT]),
            layer(Policy::builder().allow_origins([APP, SHOP]).allow_methods(["PUT", "PUT"])),
        ),
        pair(
            "allow_private_network",
            Theirs::new().allow_origin(both()).allow_private_network(true),
            layer(Policy::builder().allow_origins([APP, SHOP])),
        ),
        pair(
            "vary",
            Theirs::new().allow_origin(both()).vary([ORIGIN, TENANT]),
            CorsLayer::new(ByTenant(Policy::builder().allow_origins([APP, SHOP]).build().unwrap())),
        ),
        pair(
            "vary, without origin",
            Theirs::new().allow_origin(both()).vary([ACCEPT_LANGUAGE]),
            layer(Policy::builder().allow_origins([APP, SHOP])),
        ),
    ]
}
