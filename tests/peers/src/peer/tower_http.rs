//! tower-http.

use std::str::FromStr;

use http::{HeaderName, HeaderValue, Method};
use tower_http::cors::{AllowHeaders, AllowOrigin, Any, CorsLayer};

use super::{Refusal, tower_service};
use crate::ask::{Answer, App, Expose, Headers, Origins, Request, Settings};

pub(super) fn serve(
    settings: &Settings,
    app: &App,
    requests: &[Request],
) -> Result<Vec<Answer>, Refusal> {
    let layer = layer(settings)?;
    Ok(tower_service::through(&layer, app, requests))
}

pub(crate) fn layer(settings: &Settings) -> Result<CorsLayer, Refusal> {
    // It takes the types of `http`, which are parsed by whoever calls it.
    let layer = CorsLayer::new()
        .allow_methods(parsed::<Method>(settings.methods)?)
        .allow_credentials(settings.credentials);
    let layer = match settings.origins {
        Origins::List(origins) => layer.allow_origin(parsed::<HeaderValue>(origins)?),
        Origins::Any => layer.allow_origin(Any),
        Origins::Reflected => layer.allow_origin(AllowOrigin::mirror_request()),
        Origins::Subdomains => layer.allow_origin(AllowOrigin::predicate(|origin, _| {
            let origin = origin.as_bytes();
            origin.starts_with(b"https://") && origin.ends_with(b".example.com")
        })),
    };
    let layer = match settings.headers {
        Headers::List(headers) => layer.allow_headers(parsed::<HeaderName>(headers)?),
        Headers::Mirrored => layer.allow_headers(AllowHeaders::mirror_request()),
    };
    Ok(match settings.expose {
        Expose::List(names) => layer.expose_headers(parsed::<HeaderName>(names)?),
        Expose::All => layer.expose_headers(Any),
    })
}

fn parsed<T: FromStr>(texts: &[&str]) -> Result<Vec<T>, Refusal> {
    texts.iter().map(|text| text.parse().map_err(|_| Refusal::Type)).collect()
}
