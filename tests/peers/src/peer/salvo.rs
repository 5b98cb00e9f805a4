//! salvo.

use salvo::cors::{AllowHeaders, AllowOrigin, Any, Cors};
use salvo::http::{HeaderName, HeaderValue, Method, StatusCode, StatusError};
use salvo::{Depot, FlowCtrl, Handler, Response, Router, Service, async_trait};

use super::{Refusal, run};
use crate::ask::{Answer, App, Expose, Headers, Origins, Request, Settings};

pub(super) fn serve(
    settings: &Settings,
    app: &App,
    requests: &[Request],
) -> Result<Vec<Answer>, Refusal> {
    Ok(through(cors(settings)?.into_handler(), app, requests))
}

/// The answers of a service with this middleware, which goes where salvo's documentation says.
pub(crate) fn through(cors: impl Handler, app: &App, requests: &[Request]) -> Vec<Answer> {
    let router = Router::new().path("{**rest}").goal(Called(app.clone()));
    let service = Service::new(router).hoop(cors);
    let answers = requests.iter().map(|request| {
        let before = app.calls();
        let response = run(service.handle(built(request)));
        let status = response.status_code.map_or(0, |status| status.as_u16());
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.as_bytes()));
        Answer::new(status, app.calls() - before, headers)
    });
    answers.collect()
}

pub(crate) fn cors(settings: &Settings) -> Result<Cors, Refusal> {
    // It takes methods as the type of `http`, which is parsed by whoever calls it.
    let methods = settings.methods.iter().map(|method| method.parse());
    let methods: Result<Vec<Method>, _> = methods.collect();
    let methods = methods.map_err(|_| Refusal::Type)?;
    let cors = Cors::new().allow_methods(methods).allow_credentials(settings.credentials);
    let cors = match settings.origins {
        Origins::List(origins) => cors.allow_origin(origins.to_vec()),
        Origins::Any => cors.allow_origin(Any),
        Origins::Reflected => cors.allow_origin(AllowOrigin::mirror_request()),
        Origins::Subdomains => cors.allow_origin(AllowOrigin::dynamic(|origin, _, _| {
            let origin = origin?;
            let bytes = origin.as_bytes();
            let own = bytes.starts_with(b"https://") && bytes.ends_with(b".example.com");
            own.then(|| origin.clone())
        })),
    };
    let cors = match settings.headers {
        Headers::List(headers) => cors.allow_headers(headers.to_vec()),
        Headers::Mirrored => cors.allow_headers(AllowHeaders::mirror_request()),
    };
    Ok(match settings.expose {
        Expose::List(names) => cors.expose_headers(names.to_vec()),
        Expose::All => cors.expose_headers(Any),
    })
}

pub(crate) struct Called(pub(crate) App);

#[async_trait]
impl Handler for Called {
    async fn handle(
        &self,
        _: &mut salvo::Request,
        _: &mut Depot,
        response: &mut Response,
        _: &mut FlowCtrl,
    ) {
        let Self(app) = self;
        app.called();
        let status = StatusCode::from_u16(app.status).expect("a status");
        if app.fails {
            let error = StatusError::from_code(status).expect("a status of an error");
            response.render(error);
            return;
        }
        response.status_code(status);
        for (name, value) in app.headers {
            let value = HeaderValue::from_static(value);
            response.headers_mut().append(HeaderName::from_static(name), value);
        }
        response.render("hello");
    }
}

pub(crate) fn built(request: &Request) -> salvo::Request {
    let mut built = salvo::Request::new();
    *built.method_mut() = request.method.parse().expect("a method");
    built.set_uri(request.path.parse().expect("a path"));
    for (name, value) in &request.headers {
        let value = HeaderValue::from_bytes(value).expect("a header value");
        built.headers_mut().append(HeaderName::from_static(name), value);
    }
    built
}
