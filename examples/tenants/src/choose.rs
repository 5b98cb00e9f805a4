//! The step in front of the layer: whose request is it, and what is that tenant's policy.

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::{HeaderName, Uri, uri::Authority};
use axum::middleware::Next;
use axum::response::Response;
use clap::ValueEnum;
use tower_cors::{Choice, Policy};

use crate::tenants::Tenants;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TenantFrom {
    /// The host: `acme.localhost`
    Host,
    /// `X-Tenant`, which a proxy in front sets on every request, and takes from clients
    Header,
}

/// What tenants' hosts end in.
const DOMAIN: &str = ".localhost";

const TENANT: HeaderName = HeaderName::from_static("x-tenant");

#[derive(Clone)]
pub(crate) struct Chooser {
    pub(crate) tenants: Tenants,
    pub(crate) from: TenantFrom,
}

pub(crate) async fn choose(
    State(chooser): State<Chooser>,
    mut request: Request,
    next: Next,
) -> Response {
    let policy = match chooser.from.tenant(&request) {
        Some(tenant) => chooser.tenants.policy(&tenant).await,
        None => Policy::deny_all(),
    };
    // Not `by_target`: what is refused, because there is no such tenant or no database, must not
    // stay in a cache for every origin.
    let choice: Choice<'static> = policy.into();
    request.extensions_mut().insert(match chooser.from {
        // The host is a part of the URL, which caches know.
        TenantFrom::Host => choice,
        TenantFrom::Header => choice.vary([TENANT]),
    });
    next.run(request).await
}

impl TenantFrom {
    /// A name that can be a tenant's, so that nothing else is looked up.
    fn tenant(self, request: &Request) -> Option<String> {
        let name = match self {
            Self::Host => host(request)?.strip_suffix(DOMAIN)?.to_owned(),
            Self::Header => {
                let mut lines = request.headers().get_all(TENANT).iter();
                let name = lines.next().filter(|_| lines.next().is_none());
                name?.to_str().ok()?.to_owned()
            }
        };
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        ((1..=63).contains(&name.len()) && name.bytes().all(fits)).then_some(name)
    }
}

/// The host, in lower case and without its port. HTTP/2 sends it as a part of the target.
fn host(request: &Request) -> Option<String> {
    let header = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    let authority = header.or(Uri::authority(request.uri()).map(Authority::as_str))?;
    Some(authority.parse::<Authority>().ok()?.host().to_ascii_lowercase())
}
