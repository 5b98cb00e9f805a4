//! An axum API behind [`CorsLayer`], and two pages of other origins whose scripts call it: one that
//! the policy allows and one that it does not. Each page shows what the policy says of a call, what
//! the browser did with it, and whether the two agree; the terminal shows the server's side.
//!
//! ```sh
//! cargo run -p quickstart
//! ```

use std::io;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{self, HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use axum::{Json, Router};
use clap::Parser;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower_cors::{ConfigErrors, CorsLayer, Policy, RequestHead};

/// Who may do what with the API's answers.
fn policy(page: &str) -> Result<Policy, ConfigErrors> {
    Policy::builder()
        .allow_origins([page])
        .allow_methods(["PUT"])
        .allow_headers(["x-client"])
        .allow_credentials(true)
        .expose_headers(["x-request-id"])
        // Browsers ask again at every call, so that the terminal shows every preflight.
        .max_age(Duration::ZERO)
        .build()
}

/// The API: the layer goes around the routes, and no handler knows of CORS.
fn api(policy: Policy) -> Router {
    let cors = CorsLayer::new(policy).observe(|request, decision| {
        println!("{} {}: {decision}", request.method(), request.uri());
    });
    Router::new().route("/note", get(read_note).put(write_note).delete(delete_note)).layer(cors)
}

/// What every answer of the API has, exposed or not.
const HEADERS: [(HeaderName, HeaderValue); 2] = [
    (HeaderName::from_static("x-backend"), HeaderValue::from_static("b7")),
    (HeaderName::from_static("x-request-id"), HeaderValue::from_static("42")),
];

async fn read_note() -> impl IntoResponse {
    let cookie = [(header::SET_COOKIE, "quickstart=1; HttpOnly; SameSite=Lax")];
    (HEADERS, cookie, "a note, and a cookie")
}

/// Wants the cookie that [`read_note`] sets, which arrives with credentials only.
async fn write_note(headers: HeaderMap) -> impl IntoResponse {
    let cookies =
        headers.get(header::COOKIE).and_then(|cookies| cookies.to_str().ok()).unwrap_or_default();
    if cookies.split("; ").any(|cookie| cookie == "quickstart=1") {
        (StatusCode::OK, HEADERS, "saved, the cookie arrived")
    } else {
        (StatusCode::UNAUTHORIZED, HEADERS, "the cookie is missing: GET /note sets it")
    }
}

async fn delete_note() -> impl IntoResponse {
    (StatusCode::NO_CONTENT, HEADERS)
}

#[derive(Parser)]
#[command(about = "An API behind tower-cors, and two pages that call it from other origins")]
struct Args {
    /// The port of the API; 0 takes any free one, here and below
    #[arg(long, value_name = "PORT", default_value_t = 3000)]
    api_port: u16,
    /// The port of the page that the policy allows
    #[arg(long, value_name = "PORT", default_value_t = 3001)]
    page_port: u16,
    /// The port of the page that the policy does not allow
    #[arg(long, value_name = "PORT", default_value_t = 3002)]
    denied_page_port: u16,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), String> {
    let (api_listener, api_url) = listen(args.api_port, "--api-port").await?;
    let (page_listener, page_url) = listen(args.page_port, "--page-port").await?;
    let (denied_listener, denied_url) = listen(args.denied_page_port, "--denied-page-port").await?;

    let policy = policy(&page_url).map_err(|errors| errors.to_string())?;
    let page = page(&api_url, policy.clone());
    print_guide(&api_url, &page_url, &denied_url);

    let served = async {
        tokio::try_join!(
            axum::serve(api_listener, api(policy)).into_future(),
            axum::serve(page_listener, page.clone()).into_future(),
            axum::serve(denied_listener, page).into_future(),
        )
    };
    tokio::select! {
        result = served => result.map(|_| ()).map_err(|error| format!("cannot serve: {error}")),
        result = tokio::signal::ctrl_c() => {
            result.map_err(|error| format!("cannot wait for Ctrl-C: {error}"))
        }
    }
}

/// A listener on this machine only, and its URL. The URL never says `localhost`: to a browser that
/// is another site than 127.0.0.1, and the API's cookie would not go from one to the other.
async fn listen(port: u16, option: &str) -> Result<(TcpListener, String), String> {
    let bound = async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        Ok((listener, format!("http://{address}")))
    };
    bound.await.map_err(|error: io::Error| {
        let problem = match error.kind() {
            io::ErrorKind::AddrInUse => format!("port {port} is in use"),
            _ => format!("cannot listen on port {port} ({error})"),
        };
        format!("{problem}; choose another: cargo run -p quickstart -- {option} PORT")
    })
}

fn print_guide(api: &str, page: &str, denied: &str) {
    // Double quotes are understood by cmd and PowerShell too.
    println!(
        r#"Open both in a browser, and watch the API's decisions here:

  {page}  the policy allows this page
  {denied}  it does not allow this one

Or ask the API yourself.

A preflight. Look for 204, and access-control-allow-methods with PUT:
  curl -i -X OPTIONS {api}/note -H "Origin: {page}" -H "Access-Control-Request-Method: PUT" -H "Access-Control-Request-Headers: x-client"

An actual request. Look for access-control-allow-origin and access-control-expose-headers:
  curl -i {api}/note -H "Origin: {page}"

A preflight of the other page. Look for 403, and no access-control-* header at all:
  curl -i -X OPTIONS {api}/note -H "Origin: {denied}" -H "Access-Control-Request-Method: PUT" -H "Access-Control-Request-Headers: x-client"

Serving {api}/note; stop with Ctrl-C.
"#
    );
}

/// What serves both pages: the file, and the calls that its script is to make.
fn page(api: &str, policy: Policy) -> Router {
    let note: Arc<str> = format!("{api}/note").into();
    let calls = async move |headers: HeaderMap| {
        // What the browser sends as `Origin` is the address that the page was opened at.
        let host =
            headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let rows: Result<Vec<_>, _> =
            CALLS.iter().map(|call| row(&policy, &format!("http://{host}"), call)).collect();
        let rows = rows.map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))?;
        Ok::<_, (StatusCode, String)>(Json(json!({ "url": &*note, "rows": rows })))
    };
    Router::new()
        .route("/", get(|| async { Html(include_str!("page.html")) }))
        .route("/calls.json", get(calls))
}

/// One call of the script, always with credentials.
struct Call {
    title: &'static str,
    method: Method,
    header: Option<&'static str>,
}

const CALLS: [Call; 4] = [
    Call { title: "a GET whose answer exposes a header", method: Method::GET, header: None },
    Call {
        title: "a PUT with a header and a cookie",
        method: Method::PUT,
        header: Some("x-client"),
    },
    Call { title: "a method that is not listed", method: Method::DELETE, header: None },
    Call { title: "a header that is not listed", method: Method::GET, header: Some("x-debug") },
];

/// The call, and what the policy says of it.
fn row(policy: &Policy, origin: &str, call: &Call) -> http::Result<Value> {
    let requests = requests(origin, call)?;
    let decisions: Vec<_> =
        requests.iter().map(|request| policy.decide(&RequestHead::from(request))).collect();
    // A browser sends nothing after a preflight that is denied.
    let denied = decisions.iter().position(|decision| decision.denial().is_some());
    let sent = denied.map_or(decisions.len(), |index| index + 1);
    let mut explanation: Vec<_> = decisions[..sent].iter().map(ToString::to_string).collect();

    let mut answer = HeaderMap::from_iter(HEADERS);
    if let (None, Some(actual)) = (denied, decisions.last()) {
        actual.edits().apply(StatusCode::OK, &mut answer);
        // No request shows that its script asked for credentials, so no decision weighs that.
        if !answer.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS) {
            explanation.push("but not with credentials".to_owned());
            answer.clear();
        }
    }
    let exposed =
        answer.get(header::ACCESS_CONTROL_EXPOSE_HEADERS).and_then(|names| names.to_str().ok());
    let exposed = exposed.unwrap_or_default();
    let names = HEADERS.into_iter().map(|(name, _)| name.to_string());
    let readable: Vec<_> =
        names.filter(|name| exposed.split(',').any(|listed| listed.trim() == name)).collect();
    Ok(json!({
        "title": call.title,
        "method": call.method.as_str(),
        "header": call.header,
        "allowed": answer.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS),
        "explanation": explanation,
        "readable": readable,
    }))
}

/// What a browser sends for the call: the request, and a preflight before it where it needs one.
fn requests(origin: &str, call: &Call) -> http::Result<Vec<Request<()>>> {
    let actual =
        Request::builder().method(&call.method).uri("/note").header(header::ORIGIN, origin);
    let actual = actual.body(())?;
    if call.method == Method::GET && call.header.is_none() {
        return Ok(vec![actual]);
    }
    let mut preflight = Request::options("/note")
        .header(header::ORIGIN, origin)
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, call.method.as_str());
    if let Some(name) = call.header {
        preflight = preflight.header(header::ACCESS_CONTROL_REQUEST_HEADERS, name);
    }
    Ok(vec![preflight.body(())?, actual])
}
