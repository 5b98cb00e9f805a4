//! A small server of httpbin's kind. On every path it has a permissive CORS of its own: it reflects
//! the origin with credentials and answers every `OPTIONS` itself.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Request};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

/// Starts it on a free port; returns its URL.
pub(crate) async fn start() -> std::io::Result<Uri> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router()).await });
    url.parse().map_err(std::io::Error::other)
}

fn router() -> Router {
    Router::new()
        .route("/headers", get(|headers| async move { Json(json!({ "headers": map(&headers) })) }))
        .route("/get", get(echo))
        .route("/post", any(echo))
        .route("/put", any(echo))
        .route("/anything", any(echo))
        .route("/anything/{*rest}", any(echo))
        .route("/status/{code}", any(status))
        .route("/delay/{seconds}", any(delay))
        .route("/stream/{lines}", get(stream))
        .route(
            "/bytes/{count}",
            get(|Path(count): Path<usize>| async move { vec![b'x'; count.min(1 << 20)] }),
        )
        .route("/response-headers", get(response_headers))
        .layer(middleware::from_fn(permissive_cors))
}

async fn permissive_cors(request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let options = request.method() == Method::OPTIONS;
    let mut response = match options {
        true => StatusCode::OK.into_response(),
        false => next.run(request).await,
    };
    let headers = response.headers_mut();
    let origin = origin.unwrap_or(HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    if options {
        let methods = HeaderValue::from_static("GET, POST, HEAD, PUT, DELETE, PATCH, OPTIONS");
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
        if let Some(asked) = asked {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
        }
    }
    response
}

fn map(headers: &HeaderMap) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        let list = map.entry(name.as_str()).or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            list.push(value.into());
        }
    }
    map
}

async fn echo(method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Json<Value> {
    Json(json!({
        "method": method.as_str(),
        "url": uri.to_string(),
        "headers": map(&headers),
        "data": String::from_utf8_lossy(&body),
    }))
}

async fn status(Path(code): Path<u16>) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_REQUEST)
}

async fn delay(Path(seconds): Path<u64>) -> &'static str {
    tokio::time::sleep(Duration::from_secs(seconds.min(60))).await;
    "slept\n"
}

/// A line every 100 milliseconds.
async fn stream(Path(lines): Path<u64>) -> Body {
    let (mut sender, body) = tokio::io::duplex(64);
    tokio::spawn(async move {
        for line in 0..lines.min(100) {
            let text = format!("line {line}\n");
            if tokio::io::AsyncWriteExt::write_all(&mut sender, text.as_bytes()).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    Body::from_stream(tokio_util::io::ReaderStream::new(body))
}

/// The query's parameters as response headers.
async fn response_headers(uri: Uri) -> Result<Response, Infallible> {
    let mut response = "headers\n".into_response();
    for pair in uri.query().unwrap_or_default().split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = header::HeaderName::from_bytes(name.as_bytes());
        if let Some((name, value)) = name.ok().zip(HeaderValue::from_str(value).ok()) {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}
