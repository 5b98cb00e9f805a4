//! The layer on axum and on plain hyper, over TCP on loopback; `headers` decodes what it wrote.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::handler::Handler;
use axum::routing::{get, put};
use axum::{Json, Router};
use bytes::Bytes;
use headers::{
    AccessControlAllowCredentials, AccessControlAllowHeaders, AccessControlAllowMethods,
    AccessControlAllowOrigin, AccessControlExposeHeaders, AccessControlMaxAge, HeaderMapExt, Vary,
};
use http::{HeaderName, Method, Request, Response, StatusCode};
use http_body_util::combinators::{BoxBody, UnsyncBoxBody};
use http_body_util::{BodyExt, Empty, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_cors::{Cors, CorsLayer, FromExtensions, Policy};

const APP: &str = "https://app.example";
const EVIL: &str = "https://evil.example";

fn policy() -> Policy {
    Policy::builder()
        .allow_origins([APP])
        .allow_methods([Method::PUT])
        .allow_headers([http::header::AUTHORIZATION, http::header::CONTENT_TYPE])
        .allow_credentials(true)
        .expose_headers(["x-request-id"])
        .max_age(Duration::from_secs(600))
        .build()
        .unwrap()
}

/// Serves the router on a free port and gives its address.
async fn serve(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

async fn send(
    base: &str,
    method: &str,
    path: &str,
    headers: crate::support::Headers<'_>,
) -> Response<Bytes> {
    let mut request = Request::builder().method(method).uri(format!("{base}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let client = Client::builder(TokioExecutor::new()).build_http();
    let response = client.request(request.body(Empty::<Bytes>::new()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
}

async fn preflight(base: &str, path: &str, origin: &str) -> Response<Bytes> {
    let asked = [("origin", origin), ("access-control-request-method", "PUT")];
    send(base, "OPTIONS", path, &asked).await
}

fn allowed_origin<B>(response: &Response<B>) -> Option<String> {
    let header: Option<AccessControlAllowOrigin> = response.headers().typed_get();
    header.map(|allowed| allowed.origin().map_or("*".to_owned(), ToString::to_string))
}

#[tokio::test]
async fn the_whole_answer_is_read_by_another_decoder() {
    let app = Router::new()
        .route("/", get(|| async { ([("x-request-id", "1")], Json("hello")) }))
        .layer(CorsLayer::new(policy()));
    let base = serve(app).await;

    let answer = preflight(&base, "/", APP).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    assert!(answer.body().is_empty());
    let headers = answer.headers();
    assert_eq!(allowed_origin(&answer).as_deref(), Some(APP));
    assert!(headers.typed_get::<AccessControlAllowCredentials>().is_some());
    let methods: AccessControlAllowMethods = headers.typed_get().unwrap();
    assert_eq!(methods.iter().collect::<Vec<_>>(), [Method::PUT]);
    let names: AccessControlAllowHeaders = headers.typed_get().unwrap();
    let names: Vec<HeaderName> = names.iter().collect();
    assert_eq!(names, [http::header::AUTHORIZATION, http::header::CONTENT_TYPE]);
    let age: AccessControlMaxAge = headers.typed_get().unwrap();
    assert_eq!(Duration::from(age), Duration::from_secs(600));
    let vary: Vary = headers.typed_get().unwrap();
    assert_eq!(
        vary.iter_strs().collect::<Vec<_>>(),
        ["origin", "access-control-request-method", "access-control-request-headers"]
    );

    let response = send(&base, "GET", "/", &[("origin", APP)]).await;
    assert_eq!(response.body().as_ref(), b"\"hello\"");
    assert_eq!(allowed_origin(&response).as_deref(), Some(APP));
    let exposed: AccessControlExposeHeaders = response.headers().typed_get().unwrap();
    assert_eq!(exposed.iter().collect::<Vec<_>>(), [HeaderName::from_static("x-request-id")]);
    let vary: Vary = response.headers().typed_get().unwrap();
    assert_eq!(vary.iter_strs().collect::<Vec<_>>(), ["origin"]);
}

#[tokio::test]
async fn a_layer_on_the_router_covers_every_path_and_method() {
    let app = Router::new()
        .route("/item", get(|| async { "item" }))
        .route("/item/only-put", put(|| async {}))
        .layer(CorsLayer::new(policy()));
    let base = serve(app).await;
    for path in ["/item", "/item/only-put", "/unknown"] {
        let answer = preflight(&base, path, APP).await;
        assert_eq!(
            (answer.status(), allowed_origin(&answer).as_deref()),
            (StatusCode::NO_CONTENT, Some(APP))
        );
        let answer = preflight(&base, path, EVIL).await;
        assert_eq!((answer.status(), allowed_origin(&answer)), (StatusCode::FORBIDDEN, None));
    }
    for (method, path, status) in
        [("GET", "/unknown", 404), ("POST", "/item", 405), ("OPTIONS", "/item", 405)]
    {
        let response = send(&base, method, path, &[("origin", APP)]).await;
        assert_eq!(response.status(), status);
        assert_eq!(allowed_origin(&response).as_deref(), Some(APP), "{method} {path}");
        let response = send(&base, method, path, &[("origin", EVIL)]).await;
        assert_eq!((response.status().as_u16(), allowed_origin(&response)), (status, None));
        assert_eq!(response.headers()["vary"], "origin");
    }
}

#[tokio::test]
async fn a_layer_on_a_method_or_a_handler_does_not_see_the_preflight() {
    let cors = || CorsLayer::new(policy());
    let app = Router::new()
        .route("/route-layer", get(|| async {}).route_layer(cors()))
        .route("/handler-layer", get((|| async {}).layer(cors())))
        // On the method router itself it does: `layer` covers the fallback for other methods too.
        .route("/method-router-layer", get(|| async {}).layer(cors()));
    let base = serve(app).await;
    for path in ["/route-layer", "/handler-layer"] {
        let answer = preflight(&base, path, APP).await;
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(allowed_origin(&answer), None);
        let response = send(&base, "GET", path, &[("origin", APP)]).await;
        assert_eq!(allowed_origin(&response).as_deref(), Some(APP));
    }
    let answer = preflight(&base, "/method-router-layer", APP).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    let response = send(&base, "POST", "/method-router-layer", &[("origin", APP)]).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(allowed_origin(&response).as_deref(), Some(APP));
}

#[tokio::test]
async fn what_is_added_to_a_router_after_the_layer_is_not_covered() {
    let app = Router::new()
        .route("/before", get(|| async {}))
        .layer(CorsLayer::new(policy()))
        .route("/after", get(|| async {}))
        .fallback(|| async { StatusCode::NOT_FOUND });
    let base = serve(app).await;
    assert_eq!(preflight(&base, "/before", APP).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(preflight(&base, "/after", APP).await.status(), StatusCode::METHOD_NOT_ALLOWED);
    let unknown = send(&base, "GET", "/unknown", &[("origin", APP)]).await;
    assert_eq!((unknown.status(), allowed_origin(&unknown)), (StatusCode::NOT_FOUND, None));

    // `Router::route_layer` covers the routes, and no unknown path.
    let app = Router::new().route("/known", get(|| async {})).route_layer(CorsLayer::new(policy()));
    let base = serve(app).await;
    assert_eq!(preflight(&base, "/known", APP).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(preflight(&base, "/unknown", APP).await.status(), StatusCode::NOT_FOUND);
}

/// What a source that chooses by the route can know of it.
#[tokio::test]
async fn the_matched_path_is_known_to_a_layer_on_a_router_and_not_around_it() {
    use axum::extract::MatchedPath;
    // Exposes a header for each path that a source saw, so that the answer says which.
    let by_path = || {
        CorsLayer::from_fn(|request| {
            let path = request.extensions().get::<MatchedPath>();
            let name = match path.map(MatchedPath::as_str) {
                None => "x-unknown",
                Some("/item/{id}") => "x-item",
                Some("/api/item/{id}") => "x-nested",
                Some(_) => "x-other",
            };
            Policy::builder().allow_origins(["*"]).expose_headers([name]).build().ok()
        })
    };
    async fn seen(base: &str, path: &str) -> [String; 2] {
        let answers = [preflight(base, path, APP).await, send(base, "GET", path, &[]).await];
        answers.map(|answer| {
            let exposed = answer.headers().get("access-control-expose-headers");
            exposed.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
        })
    }
    let routes = || Router::new().route("/item/{id}", get(|| async {}));
    let base = serve(routes().nest("/api", routes()).layer(by_path())).await;
    for (path, expected) in
        [("/item/7", "x-item"), ("/api/item/7", "x-nested"), ("/no/route", "x-unknown")]
    {
        assert_eq!(seen(&base, path).await, [expected; 2], "{path}");
    }
    let base = serve(routes().route_layer(by_path())).await;
    assert_eq!(seen(&base, "/item/7").await, ["x-item"; 2]);
    let base = serve(Router::new().nest("/api", routes().layer(by_path()))).await;
    assert_eq!(seen(&base, "/api/item/7").await, ["x-nested"; 2]);
    let around = by_path().layer(routes());
    let base = serve(Router::new().fallback_service(around)).await;
    assert_eq!(seen(&base, "/item/7").await, ["x-unknown"; 2]);
}

#[tokio::test]
async fn a_router_chooses_through_extensions() {
    let inner = Router::new()
        .route("/public", get(|| async {}))
        .layer(CorsLayer::new(FromExtensions::or(Policy::deny_all())));
    let choose = axum::middleware::from_fn(
        |mut request: axum::extract::Request, next: axum::middleware::Next| async move {
            if request.uri().path() == "/public" {
                request.extensions_mut().insert(Policy::permissive());
            }
            next.run(request).await
        },
    );
    let base = serve(inner.layer(choose)).await;
    let response = send(&base, "GET", "/public", &[("origin", EVIL)]).await;
    assert_eq!(allowed_origin(&response).as_deref(), Some("*"));
    let response = send(&base, "GET", "/private", &[("origin", EVIL)]).await;
    assert_eq!((response.status(), allowed_origin(&response)), (StatusCode::NOT_FOUND, None));
}

#[tokio::test]
async fn doubled_and_hostile_request_headers_come_through_a_real_parser() {
    let app = Router::new().route("/", get(|| async { "inner" })).layer(CorsLayer::new(policy()));
    let base = serve(app).await;
    let doubled = send(&base, "GET", "/", &[("origin", APP), ("origin", EVIL)]).await;
    assert_eq!((doubled.body().as_ref(), allowed_origin(&doubled)), (&b"inner"[..], None));
    let trimmed = send(&base, "GET", "/", &[("origin", "\thttps://app.example ")]).await;
    assert_eq!(allowed_origin(&trimmed).as_deref(), Some(APP), "HTTP takes white space off");
    let long = "x-a,".repeat(4000);
    let asked = [
        ("origin", APP),
        ("access-control-request-method", "PUT"),
        ("access-control-request-headers", &long),
    ];
    let answer = send(&base, "OPTIONS", "/", &asked).await;
    assert_eq!(answer.headers()["access-control-allow-headers"], "authorization,content-type");
}

#[tokio::test]
async fn plain_hyper_serves_it_too() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let inner = service_fn(|_: Request<hyper::body::Incoming>| async {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"hyper"))))
    });
    let service = CorsLayer::new(policy()).layer(inner);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = TowerToHyperService::new(service.clone());
            let builder = hyper::server::conn::http1::Builder::new();
            tokio::spawn(builder.serve_connection(TokioIo::new(stream), service));
        }
    });
    let response = send(&base, "GET", "/", &[("origin", APP)]).await;
    assert_eq!(
        (response.body().as_ref(), allowed_origin(&response).as_deref()),
        (&b"hyper"[..], Some(APP))
    );
    assert_eq!(preflight(&base, "/", EVIL).await.status(), StatusCode::FORBIDDEN);
}

/// Any body that has a default will do; requests may have any at all.
#[tokio::test]
async fn any_response_body_with_a_default_serves() {
    struct NoDefault;
    async fn both<B: Default + Clone + Send + 'static>(body: B, is_empty: fn(B) -> bool) {
        let full = body.clone();
        let inner = service_fn(move |_: Request<NoDefault>| {
            std::future::ready(Ok::<_, Infallible>(Response::new(full.clone())))
        });
        check(CorsLayer::new(policy()).layer(inner), is_empty).await;
    }
    async fn check<S, B>(service: Cors<S>, is_empty: fn(B) -> bool)
    where
        S: Service<Request<NoDefault>, Response = Response<B>, Error = Infallible> + Clone,
        B: Default,
    {
        let request = |method: &str| {
            let asked = Request::builder().method(method).header("origin", APP);
            asked.header("access-control-request-method", "PUT").body(NoDefault).unwrap()
        };
        let answer = service.clone().oneshot(request("OPTIONS")).await.unwrap();
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
        assert!(is_empty(answer.into_body()));
        let response = service.oneshot(request("GET")).await.unwrap();
        assert_eq!(allowed_origin(&response).as_deref(), Some(APP));
        assert!(!is_empty(response.into_body()));
    }
    fn no_bytes<B: http_body_util::BodyExt + hyper::body::Body>(body: B) -> bool {
        body.size_hint().exact() == Some(0)
    }
    both(String::from("full"), |body| body.is_empty()).await;
    both(vec![1], |body| body.is_empty()).await;
    both(Some(1), |body| body.is_none()).await;
    both(Bytes::from_static(b"full"), |body| body.is_empty()).await;
    both(Full::new(Bytes::from_static(b"full")), no_bytes).await;

    let boxed = service_fn(|_: Request<NoDefault>| async {
        Ok::<_, Infallible>(Response::new(BoxBody::new(Full::new(Bytes::from_static(b"full")))))
    });
    check(CorsLayer::new(policy()).layer(boxed), no_bytes).await;
    let unsync = service_fn(|_: Request<NoDefault>| async {
        Ok::<_, Infallible>(Response::new(UnsyncBoxBody::new(Full::new(Bytes::from_static(
            b"full",
        )))))
    });
    check(CorsLayer::new(policy()).layer(unsync), no_bytes).await;
    let axum = service_fn(|_: Request<NoDefault>| async {
        Ok::<_, Infallible>(Response::new(Body::from("full")))
    });
    check(CorsLayer::new(policy()).layer(axum), no_bytes).await;
}

#[tokio::test]
async fn an_error_of_the_inner_service_passes_through() {
    let failing =
        service_fn(|_: Request<()>| std::future::ready(Err::<Response<String>, _>("down")));
    let service = CorsLayer::new(policy()).layer(failing);
    let request = Request::get("/").header("origin", APP).body(()).unwrap();
    assert_eq!(service.clone().oneshot(request).await.unwrap_err(), "down");
    let asked = [("origin", APP), ("access-control-request-method", "PUT")];
    let answer = service.oneshot(crate::support::request("OPTIONS", &asked)).await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT, "the inner service is not asked");
}
