//! The example `gateway` under load while its manifests change ten times a second. Five minutes, so
//! it runs only when asked:
//!
//! ```sh
//! cargo test -p gateway soak -- --ignored --nocapture
//! TOWER_CORS_SOAK_SECONDS=20 cargo test -p gateway soak -- --ignored
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use tower_cors_running::Folder;

use crate::running::{Gateway, route};

const CLIENTS: usize = 8;
const BETWEEN_CHANGES: Duration = Duration::from_millis(100);
/// What an allocator may keep over what it had after the first fifth of the time.
const SLACK: u64 = 8 << 20;

/// A policy whose every header names it, on two rules with filters and one without.
struct Version {
    name: &'static str,
    method: &'static str,
    max_age: u32,
}

const VERSIONS: [Version; 2] = [
    Version { name: "x-one", method: "PUT", max_age: 11 },
    Version { name: "x-two", method: "DELETE", max_age: 22 },
];

impl Version {
    fn manifest(&self) -> String {
        let Self { name, method, max_age } = self;
        let filter = format!(
            "[{{type: CORS, cors: {{allowOrigins: ['https://*.example.com'], \
             allowMethods: [{method}], allowHeaders: [{name}], exposeHeaders: [{name}], \
             maxAge: {max_age}}}}}]"
        );
        let rule = |path: &str| {
            format!(
                "{{matches: [{{path: {{type: PathPrefix, value: {path}}}}}], filters: {filter}, \
                 backendRefs: [{{name: b}}]}}"
            )
        };
        route("soak", &format!("[{}, {}]", rule("/get"), rule("/post")))
    }

    /// The CORS headers of its answers, sorted.
    fn answer(&self, preflight: bool, origin: &str) -> Vec<String> {
        let Self { name, method, max_age } = self;
        let mut lines = vec![
            format!("access-control-allow-origin: {origin}"),
            format!("access-control-expose-headers: {name}"),
        ];
        if preflight {
            lines.push(format!("access-control-allow-headers: {name}"));
            lines.push(format!("access-control-allow-methods: {method}"));
            lines.push(format!("access-control-max-age: {max_age}"));
        }
        lines.sort();
        lines
    }
}

#[test]
#[ignore = "takes five minutes"]
fn under_load_and_change_no_request_fails_and_memory_is_flat() {
    let seconds = std::env::var("TOWER_CORS_SOAK_SECONDS").map_or(300, |text| {
        text.parse::<u64>().expect("TOWER_CORS_SOAK_SECONDS is a whole number of seconds")
    });
    let folder = Folder::new().with("route.yaml", &VERSIONS[0].manifest());
    let gateway = Gateway::start(folder.as_str(), &[]);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let stop = Arc::new(AtomicBool::new(false));
    let answered: [Arc<AtomicU64>; 2] = Default::default();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|index| {
            let client = load(gateway.url.clone(), index, stop.clone(), answered.clone());
            runtime.spawn(client)
        })
        .collect();

    let (start, length) = (Instant::now(), Duration::from_secs(seconds));
    let (mut early, mut late, mut changes, mut broken) = (0, 0, 0_usize, 0);
    while start.elapsed() < length && clients.iter().all(|client| !client.is_finished()) {
        changes += 1;
        match changes % 10 {
            // A broken one keeps the table that is there.
            0 => {
                broken += 1;
                let half = "kind: HTTPRoute\nmetadata: {name: soak}\nspec: [";
                drop(folder.write("route.yaml", half));
            }
            // A route that serves another host comes and goes.
            3 => drop(folder.write("other.yaml", &OTHER.replace("NUMBER", &changes.to_string()))),
            8 => folder.remove("other.yaml"),
            _ => drop(folder.write("route.yaml", &VERSIONS[changes % 2].manifest())),
        }
        std::thread::sleep(BETWEEN_CHANGES);
        // The most in the second fifth of the time, and in the last.
        let resident = gateway.resident_bytes();
        match start.elapsed().as_secs_f64() / length.as_secs_f64() {
            0.2..0.4 => early = resident.max(early),
            0.8.. => late = resident.max(late),
            _ => {}
        }
    }
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        runtime.block_on(client).expect("no request fails");
    }
    let answered = answered.map(|count| count.load(Ordering::Relaxed));
    let reloads = gateway.count_errors("serving the new ones");
    println!(
        "{seconds} s: {answered:?} answers of the two policies, {changes} changes ({broken} of \
         them broken), {reloads} new tables, {} KiB early, {} KiB late",
        early >> 10,
        late >> 10,
    );
    assert!(answered.iter().all(|count| *count > 100), "{answered:?}");
    assert!(reloads * 3 > changes, "{reloads} new tables after {changes} changes");
    assert!(late <= early + SLACK, "memory grew from {early} to {late} bytes");
}

const OTHER: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: other-NUMBER}
spec:
  parentRefs: [{name: web}]
  hostnames: [other.example.com]
  rules: [{filters: [{type: CORS, cors: {allowOrigins: ['https://other.example']}}], backendRefs: [{name: b}]}]
";

/// Requests without a pause; counts which policy answered each. Panics at an answer that is none of
/// theirs, whole.
async fn load(url: String, index: usize, stop: Arc<AtomicBool>, answered: [Arc<AtomicU64>; 2]) {
    let client: Client<HttpConnector, Full<Bytes>> =
        Client::builder(TokioExecutor::new()).build_http();
    let mut number = index;
    while !stop.load(Ordering::Relaxed) {
        number += 1;
        let preflight = number % 3 == 0;
        let (method, path) = match number % 3 {
            0 => ("OPTIONS", "/post"),
            1 => ("GET", "/get"),
            _ => ("POST", "/post"),
        };
        let origin = format!("https://a{number}.example.com");
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{url}{path}"))
            .header("host", "www.example.com")
            .header("origin", &origin);
        if preflight {
            request = request.header("access-control-request-method", "PUT");
        }
        let body = if method == "POST" { vec![b'x'; 10_000] } else { vec![] };
        let request = request.body(Full::from(body)).expect("a request");
        let response = client.request(request).await.expect("an answer");
        assert_eq!(response.status(), 200);
        let mut lines: Vec<_> = response
            .headers()
            .iter()
            .filter(|(name, _)| name.as_str().starts_with("access-control-"))
            .map(|(name, value)| format!("{name}: {}", value.to_str().expect("text")))
            .collect();
        lines.sort();
        let whole = response.into_body().collect().await.expect("a whole body").to_bytes();
        assert_eq!(whole.is_empty(), preflight, "{method} {path}");
        let version = VERSIONS.iter().position(|v| v.answer(preflight, &origin) == lines);
        let version = version.unwrap_or_else(|| panic!("of no policy: {lines:?}"));
        answered[version].fetch_add(1, Ordering::Relaxed);
    }
}
