//! A real nginx as a caching proxy in front of the layer. It is skipped with a line where it is not
//! installed.

use std::convert::Infallible;
use std::env;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::pin::pin;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tower::{Layer, ServiceExt};
use tower_cors::{CorsLayer, PolicyConfig};
use tower_cors_oracle::fetch_client::Server as _;
use tower_cors_oracle::inner;
use tower_cors_oracle::server::{Fault, NaiveServer};

const A: &str = "https://a.example";
const B: &str = "https://b.example";

/// With credentials, so that nothing but the service's own `Vary: cookie` keeps users apart.
const BOTH: &str =
    r#"{"allowOrigins": ["https://a.example", "https://b.example"], "allowCredentials": true}"#;

#[test]
fn users_and_origins_are_kept_apart() {
    let Some(nginx) = Nginx::start(layered(BOTH)) else { return };
    let get = |origin, user| nginx.get("/p/personal?cc=max-age%3D600&vary=cookie", origin, user);
    for (origin, user, cache) in [
        (A, "ann", "MISS"),
        (A, "ann", "HIT"),
        (A, "bob", "MISS"),
        (B, "ann", "MISS"),
        (B, "ann", "HIT"),
    ] {
        let answer = get(origin, user);
        assert_eq!(answer.header("x-cache"), Some(cache), "{origin} {user}: {answer:?}");
        assert_eq!(answer.header("x-user"), Some(user), "{answer:?}");
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin), "{answer:?}");
        assert_eq!(answer.header("vary"), Some("cookie, origin"), "{answer:?}");
    }
}

/// What one line of `Vary` is for: of two, nginx obeys the second.
#[test]
fn of_two_lines_of_vary_nginx_obeys_one() {
    let Some(nginx) = Nginx::start(naive(BOTH, Some(Fault::VaryInLines))) else { return };
    let get = |user| nginx.get("/p/personal?cc=max-age%3D600&vary=cookie", A, user);
    assert_eq!(get("ann").header("x-user"), Some("ann"));
    let bob = get("bob");
    assert_eq!(
        (bob.header("x-cache"), bob.header("x-user")),
        (Some("HIT"), Some("ann")),
        "{bob:?}"
    );
}

/// What is granted for one user without credentials is not stored at all.
#[test]
fn what_is_for_one_user_is_not_stored() {
    let anybody = r#"{"allowOrigins": ["*"], "allowHeaders": ["authorization"]}"#;
    let Some(nginx) = Nginx::start(layered(anybody)) else { return };
    for user in ["ann", "ann", "bob"] {
        let answer = nginx.get("/p/personal?cc=max-age%3D600", A, user);
        assert_eq!(answer.header("vary"), Some("*"), "{answer:?}");
        assert_eq!(answer.header("x-cache"), Some("MISS"), "{answer:?}");
        assert_eq!(answer.header("x-user"), Some(user), "{answer:?}");
    }
    for (user, cache) in [("ann", "MISS"), ("bob", "HIT")] {
        let answer = nginx.get("/p/personal?cc=public,max-age%3D600", A, user);
        assert_eq!(answer.header("x-cache"), Some(cache), "{answer:?}");
    }
}

/// `docs/caching.md` says to purge nginx after a policy became narrower: this is why.
#[test]
fn nginx_does_not_look_at_the_headers_of_a_304() {
    let narrow = Arc::new(Mutex::new(NaiveServer::new(BOTH, None)));
    let server = Arc::clone(&narrow);
    let Some(nginx) = Nginx::start(move |request| {
        server.lock().unwrap_or_else(PoisonError::into_inner).call(request)
    }) else {
        return;
    };
    let get = || nginx.get("/p/personal?cc=max-age%3D1", A, "ann");
    assert_eq!(get().header("access-control-allow-origin"), Some(A));
    let other = r#"{"allowOrigins": ["https://b.example"], "allowCredentials": true}"#;
    *narrow.lock().unwrap_or_else(PoisonError::into_inner) = NaiveServer::new(other, None);
    thread::sleep(Duration::from_millis(2100));
    let stale = get();
    assert_eq!(stale.header("x-cache"), Some("REVALIDATED"), "{stale:?}");
    assert_eq!(stale.header("access-control-allow-origin"), Some(A), "{stale:?}");
}

/// The layer with a policy around the oracle's inner service.
fn layered(config: &str) -> impl Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static {
    let config: PolicyConfig = serde_json::from_str(config).expect("a config");
    let layer = CorsLayer::new(config.build().expect("a policy"));
    move |request| {
        let service = tower::service_fn(|request: Request<Bytes>| {
            std::future::ready(Ok::<_, Infallible>(inner::respond(&request)))
        });
        let mut answer = pin!(layer.layer(service).oneshot(request));
        match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(response)) => response,
            Poll::Pending => panic!("the service is not ready at once"),
        }
    }
}

fn naive(
    config: &str,
    fault: Option<Fault>,
) -> impl Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static {
    let server = Mutex::new(NaiveServer::new(config, fault));
    move |request| server.lock().unwrap_or_else(PoisonError::into_inner).call(request)
}

/// An nginx that caches in front of a server, with a folder of its own. Both end with this value.
struct Nginx {
    child: Child,
    folder: PathBuf,
    address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
}

impl Nginx {
    /// None where nginx is not installed.
    fn start(
        answer: impl Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let Some(nginx) = installed() else {
            let _ = writeln!(io::stderr(), "nginx is not installed (Debian: nginx): skipped");
            return None;
        };
        let (runtime, upstream) = serve(answer);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder =
            env::temp_dir().join(format!("tower-cors-nginx-{}-{number}", std::process::id()));
        fs::create_dir(&folder).expect("a folder");
        // A port that was free a moment ago may be taken by now: then it is another's turn.
        for _ in 0..20 {
            let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
            let address = free.expect("a free port");
            fs::write(folder.join("nginx.conf"), config(address, upstream)).expect("it is written");
            let mut child = Command::new(&nginx)
                .args(["-e", "error.log", "-c", "nginx.conf", "-p"])
                .arg(&folder)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("it starts");
            let end = Instant::now() + Duration::from_secs(10);
            while Instant::now() < end && child.try_wait().is_ok_and(|ended| ended.is_none()) {
                if TcpStream::connect(address).is_ok() {
                    return Some(Self { child, folder, address, _runtime: runtime });
                }
                thread::sleep(Duration::from_millis(20));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        let log = fs::read_to_string(folder.join("error.log")).unwrap_or_default();
        panic!("nginx does not listen: {log}");
    }

    fn get(&self, target: &str, origin: &str, user: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        let request = format!(
            "GET {target} HTTP/1.1\r\nhost: api.example\r\norigin: {origin}\r\n\
             cookie: user={user}\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).expect("it is sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("it is answered");
        Answer(String::from_utf8_lossy(&answer).into_owned())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// One process, which writes to its folder only.
fn config(listen: SocketAddr, upstream: SocketAddr) -> String {
    format!(
        "daemon off; master_process off; pid nginx.pid;
        events {{}}
        http {{
            access_log off;
            client_body_temp_path body; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
            scgi_temp_path scgi; proxy_temp_path proxy;
            proxy_cache_path cache keys_zone=all:1m;
            server {{
                listen {listen};
                location / {{
                    proxy_pass http://{upstream};
                    proxy_cache all;
                    proxy_cache_revalidate on;
                    add_header x-cache $upstream_cache_status always;
                }}
            }}
        }}"
    )
}

#[derive(Debug)]
struct Answer(String);

impl Answer {
    /// The header's only line.
    fn header(&self, name: &str) -> Option<&str> {
        let head = self.0.split("\r\n\r\n").next().unwrap_or_default();
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        let mut values =
            lines.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        values.next().filter(|_| values.next().is_none())
    }
}

fn installed() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    // Debian has it where only root looks.
    let folders = env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join("nginx")).find(|file| file.is_file())
}

fn serve(
    answer: impl Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
) -> (tokio::runtime::Runtime, SocketAddr) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
    let address = listener.local_addr().expect("an address");
    let answer = Arc::new(answer);
    runtime.spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let answer = Arc::clone(&answer);
            let service = service_fn(move |request: Request<Incoming>| {
                let answer = Arc::clone(&answer);
                async move {
                    let (parts, body) = request.into_parts();
                    let body = body.collect().await?.to_bytes();
                    Ok::<_, hyper::Error>(answer(Request::from_parts(parts, body)).map(Full::new))
                }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    (runtime, address)
}
