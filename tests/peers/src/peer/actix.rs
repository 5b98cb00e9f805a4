//! actix-cors.

use actix_cors::{Cors, CorsError};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, fn_service};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;
use actix_web::{Error, HttpResponse};

use super::Refusal;
use crate::ask::{Answer, App, Expose, Headers, Origins, Request, Settings};

pub(super) fn serve(
    settings: &Settings,
    app: &App,
    requests: &[Request],
) -> Result<Vec<Answer>, Refusal> {
    through(&cors(settings), app, requests)
}

/// The answers of an app in this middleware.
pub(crate) fn through(
    cors: &Cors,
    app: &App,
    requests: &[Request],
) -> Result<Vec<Answer>, Refusal> {
    actix_web::rt::System::new().block_on(async {
        // What a server does when it starts.
        let started = cors.new_transform(fn_service(called(app))).await;
        let service = started.map_err(|()| Refusal::Start)?;
        let mut answers = Vec::new();
        for request in requests {
            let before = app.calls();
            let request = built(request);
            let response = match service.call(request).await {
                Ok(response) => answer(response.response(), app.calls() - before),
                // What the server does with an error that no middleware made a response of.
                Err(error) => answer(&error.error_response(), app.calls() - before),
            };
            answers.push(response);
        }
        Ok(answers)
    })
}

/// The errors that a middleware around this one sees.
pub(crate) fn errors(cors: &Cors, app: &App, requests: &[Request]) -> Vec<Option<CorsError>> {
    actix_web::rt::System::new().block_on(async {
        let started = cors.new_transform(fn_service(called(app))).await;
        let Ok(service) = started else { return Vec::new() };
        let mut errors = Vec::new();
        for request in requests {
            let response = service.call(built(request)).await.expect("a response");
            let error = response.response().error().and_then(Error::as_error::<CorsError>);
            errors.push(error.cloned());
        }
        errors
    })
}

pub(crate) fn cors(settings: &Settings) -> Cors {
    let cors = Cors::default().allowed_methods(settings.methods.iter().copied());
    let cors = if settings.credentials { cors.supports_credentials() } else { cors };
    let cors = match settings.origins {
        Origins::List(origins) => origins.iter().fold(cors, |cors, own| cors.allowed_origin(own)),
        Origins::Any | Origins::Reflected => cors.allow_any_origin(),
        Origins::Subdomains => cors.allowed_origin_fn(|origin, _| {
            let origin = origin.as_bytes();
            origin.starts_with(b"https://") && origin.ends_with(b".example.com")
        }),
    };
    let cors = match settings.headers {
        Headers::List(headers) => cors.allowed_headers(headers.iter().copied()),
        Headers::Mirrored => cors.allow_any_header(),
    };
    match settings.expose {
        Expose::List(names) => cors.expose_headers(names.iter().copied()),
        Expose::All => cors.expose_any_header(),
    }
}

type Answered = std::pin::Pin<Box<dyn Future<Output = Result<ServiceResponse, Error>>>>;

fn called(app: &App) -> impl Fn(ServiceRequest) -> Answered + Clone + use<> {
    let app = app.clone();
    move |request| {
        app.called();
        let status = StatusCode::from_u16(app.status).expect("a status");
        let mut response = HttpResponse::build(status);
        for header in app.headers {
            response.append_header(*header);
        }
        let fails = app.fails;
        Box::pin(async move {
            if fails {
                return Err(actix_web::error::InternalError::new("no", status).into());
            }
            Ok(request.into_response(response.body("hello")))
        })
    }
}

fn built(request: &Request) -> ServiceRequest {
    let method = Method::from_bytes(request.method.as_bytes()).expect("a method");
    let mut built = TestRequest::with_uri(request.path).method(method);
    for (name, value) in &request.headers {
        let value = HeaderValue::from_bytes(value).expect("a header value");
        built = built.append_header((HeaderName::from_static(name), value));
    }
    built.to_srv_request()
}

fn answer<B>(response: &HttpResponse<B>, calls: usize) -> Answer {
    let headers = response.headers().iter();
    let headers = headers.map(|(name, value)| (name.as_str(), value.as_bytes()));
    Answer::new(response.status().as_u16(), calls, headers)
}
