//! poem.

use poem::error::CorsError;
use poem::http::{HeaderName, StatusCode};
use poem::middleware::Cors;
use poem::{Endpoint, EndpointExt, Response};

use super::{Refusal, run};
use crate::ask::{Answer, App, Expose, Headers, Origins, Request, Settings};

pub(super) fn serve(
    settings: &Settings,
    app: &App,
    requests: &[Request],
) -> Result<Vec<Answer>, Refusal> {
    Ok(through(cors(settings), app, requests))
}

/// The answers of an app in this middleware; errors as a server turns them into responses.
pub(crate) fn through(cors: Cors, app: &App, requests: &[Request]) -> Vec<Answer> {
    let endpoint = Called(app.clone()).with(cors);
    let answers = requests.iter().map(|request| {
        let before = app.calls();
        let response = run(endpoint.get_response(built(request)));
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.as_bytes()));
        Answer::new(response.status().as_u16(), app.calls() - before, headers)
    });
    answers.collect()
}

/// The error that a middleware around this one sees.
pub(crate) fn error(cors: Cors, app: &App, request: &Request) -> Option<CorsError> {
    let endpoint = Called(app.clone()).with(cors);
    run(endpoint.call(built(request))).err()?.downcast().ok()
}

pub(crate) fn cors(settings: &Settings) -> Cors {
    let cors = Cors::new()
        .allow_methods(settings.methods.iter().copied())
        .allow_credentials(settings.credentials);
    let cors = match settings.origins {
        Origins::List(origins) => cors.allow_origins(origins.iter().copied()),
        // Its default.
        Origins::Any | Origins::Reflected => cors,
        Origins::Subdomains => cors.allow_origin_regex("https://*.example.com"),
    };
    let cors = match settings.headers {
        Headers::List(headers) => cors.allow_headers(headers.iter().copied()),
        // Its default.
        Headers::Mirrored => cors,
    };
    match settings.expose {
        Expose::List(names) => cors.expose_headers(names.iter().copied()),
        Expose::All => cors.expose_header("*"),
    }
}

pub(crate) struct Called(pub(crate) App);

impl Endpoint for Called {
    type Output = Response;

    async fn call(&self, _: poem::Request) -> poem::Result<Response> {
        let Self(app) = self;
        app.called();
        let status = StatusCode::from_u16(app.status).expect("a status");
        if app.fails {
            return Err(poem::Error::from_status(status));
        }
        let mut response = Response::builder().status(status);
        for (name, value) in app.headers {
            response = response.header(*name, *value);
        }
        Ok(response.body("hello"))
    }
}

pub(crate) fn built(request: &Request) -> poem::Request {
    let method = request.method.parse().expect("a method");
    let uri = request.path.parse().expect("a path");
    let mut built = poem::Request::builder().method(method).uri(uri);
    for (name, value) in &request.headers {
        built = built.header(HeaderName::from_static(name), value.as_slice());
    }
    built.finish()
}
