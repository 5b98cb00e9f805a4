//! What a browser sends, and what it concludes: asked of the model of the Fetch standard.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use tower_cors_oracle::fetch_client::{Client, CorsFailure, Fetch, Refusal, Verdict};

use crate::judged::plain;

/// The requests that a browser would send if every one were granted: a preflight where it asks
/// first, and the request itself.
///
/// # Errors
///
/// Why it sends none.
pub(crate) fn requests(fetch: &Fetch) -> Result<Vec<Request<Bytes>>, String> {
    let mut sent = Vec::new();
    let mut grant = |request: Request<Bytes>| {
        let response = granting(request.headers());
        sent.push(request);
        response
    };
    match Client::new().fetch(&mut grant, fetch).verdict {
        Verdict::Readable { .. } => Ok(sent),
        Verdict::NetworkError(refusal) => Err(told(&refusal)),
    }
}

fn granting(asked: &HeaderMap) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    let headers = response.headers_mut();
    for (grant, asked) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, asked.get(header::ORIGIN)),
        (header::ACCESS_CONTROL_ALLOW_METHODS, asked.get(header::ACCESS_CONTROL_REQUEST_METHOD)),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS)),
    ] {
        headers.extend(asked.cloned().map(|asked| (grant, asked)));
    }
    let yes = HeaderValue::from_static("true");
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
    response
}

/// What it concludes from these answers.
///
/// # Errors
///
/// Why the script gets nothing.
pub(crate) fn concludes(
    fetch: &Fetch,
    mut answer: impl FnMut(Request<Bytes>) -> Response<Bytes>,
) -> Result<(), String> {
    match Client::new().fetch(&mut answer, fetch).verdict {
        Verdict::Readable { .. } => Ok(()),
        Verdict::NetworkError(refusal) => Err(told(&refusal)),
    }
}

/// Whether it is the preflight of another.
pub(crate) fn is_preflight(request: &Request<Bytes>) -> bool {
    let asks = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    request.method() == Method::OPTIONS && asks && request.headers().contains_key(header::ORIGIN)
}

/// What a preflight asks for.
pub(crate) fn asked(preflight: &Request<Bytes>) -> String {
    let text = |name| {
        let value = preflight.headers().get(name).map(HeaderValue::as_bytes);
        plain(&String::from_utf8_lossy(value.unwrap_or_default()))
    };
    let method = text(header::ACCESS_CONTROL_REQUEST_METHOD);
    let headers = text(header::ACCESS_CONTROL_REQUEST_HEADERS).replace(',', ", ");
    let safelisted = matches!(&*method, "GET" | "HEAD" | "POST");
    match (safelisted, headers.is_empty()) {
        (true, _) => {
            format!("the headers {headers} are not CORS-safelisted, or their values are not")
        }
        (false, true) => format!("the method {method} is not CORS-safelisted"),
        (false, false) => {
            format!("neither the method {method} nor the headers {headers} are CORS-safelisted")
        }
    }
}

fn told(refusal: &Refusal) -> String {
    match refusal {
        Refusal::ForbiddenMethod(method) => {
            format!("fetch() throws, because no script may send the method {}", plain(method))
        }
        Refusal::Unconstructible(what) => format!("fetch() throws, because of the {}", plain(what)),
        Refusal::Unsendable(what) => format!("it cannot be sent: {}", plain(what)),
        Refusal::PreflightCorsCheck(failure) => {
            format!("the preflight's answer {}", failed(failure))
        }
        Refusal::PreflightStatus(status) => format!("the preflight's status is {status}"),
        Refusal::PreflightHeaderSyntax(name) => format!("the preflight's {name} is no list"),
        Refusal::MethodNotAllowed(method) => {
            format!("access-control-allow-methods does not have {}", plain(method))
        }
        Refusal::HeaderNotAllowed(name) => {
            format!("access-control-allow-headers does not have {}", plain(name))
        }
        Refusal::ResponseCorsCheck(failure) => format!("the response {}", failed(failure)),
        Refusal::Redirect(_) => "the redirect cannot be followed".into(),
    }
}

fn failed(failure: &CorsFailure) -> String {
    match failure {
        CorsFailure::Missing => "has no access-control-allow-origin".into(),
        CorsFailure::Mismatch { allowed, .. } => {
            format!("has access-control-allow-origin: {}, another origin", plain(allowed))
        }
        CorsFailure::SeveralValues(allowed) => {
            format!("has several values of access-control-allow-origin: {}", plain(allowed))
        }
        CorsFailure::WildcardWithCredentials => {
            "has access-control-allow-origin: *, and there are credentials".into()
        }
        CorsFailure::CredentialsNotAllowed => {
            "has no access-control-allow-credentials: true, and there are credentials".into()
        }
    }
}
