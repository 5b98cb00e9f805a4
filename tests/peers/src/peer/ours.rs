//! tower-cors.

use tower_cors::{CorsLayer, Policy};

use super::{Refusal, tower_service};
use crate::ask::{Answer, App, Expose, Headers, Origins, Request, Settings};

pub(super) fn serve(
    settings: &Settings,
    app: &App,
    requests: &[Request],
) -> Result<Vec<Answer>, Refusal> {
    let config =
        Policy::builder().allow_methods(settings.methods).allow_credentials(settings.credentials);
    let config = match settings.origins {
        Origins::List(origins) => config.allow_origins(origins),
        Origins::Any => config.allow_origins(["*"]),
        Origins::Reflected => config.allow_origins(["*"]).dangerously_reflect_any_origin(true),
        Origins::Subdomains => config.allow_origins(["https://*.example.com"]),
    };
    let config = match settings.headers {
        Headers::List(headers) => config.allow_headers(headers),
        Headers::Mirrored => config.allow_headers(["*"]),
    };
    let config = match settings.expose {
        Expose::List(names) => config.expose_headers(names),
        Expose::All => config.expose_headers(["*"]),
    };
    let policy = config.build().map_err(|errors| Refusal::Error(errors.to_string()))?;
    Ok(tower_service::through(&CorsLayer::new(policy), app, requests))
}
