//! Hostile requests over TCP, to hyper with its header limits raised: others are answered rightly
//! meanwhile, and so are they.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tower::{Layer, service_fn};
use tower_cors::{CorsLayer, Policy};

const APP: &str = "https://app.example";
const MIB: usize = 1 << 20;
/// Nothing is measured by it: without it a server that answers no more would hang the test.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server on a single thread, so that a request that it does not get done with stops all others.
fn serve(policy: Policy) -> SocketAddr {
    let service = CorsLayer::new(policy).layer(service_fn(|_: Request<Incoming>| {
        std::future::ready(Ok::<_, std::convert::Infallible>(Response::new(String::from("inner"))))
    }));
    let (told, address) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            told.send(listener.local_addr().unwrap()).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let service = TowerToHyperService::new(service.clone());
                let mut server = http1::Builder::new();
                server.max_buf_size(4 * MIB).max_headers(4096);
                tokio::spawn(server.serve_connection(TokioIo::new(stream), service));
            }
        });
    });
    address.recv().unwrap()
}

/// One connection, kept alive.
struct Client(BufReader<TcpStream>);

/// The status and the lines of an answer, its body left out.
#[derive(Debug)]
struct Answer {
    status: u16,
    lines: Vec<String>,
}

impl Answer {
    fn grants(&self, origin: &str) -> bool {
        self.lines.iter().any(|line| *line == format!("access-control-allow-origin: {origin}"))
    }

    fn names(&self, prefix: &str) -> bool {
        self.lines.iter().any(|line| line.starts_with(prefix))
    }
}

impl Client {
    fn to(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self(BufReader::new(stream))
    }

    fn send(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).unwrap();
    }

    fn answer(&mut self) -> Answer {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.0.read_line(&mut line).unwrap(), 0, "closed after {lines:?}");
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let length = lines.iter().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        self.0.read_exact(&mut body).unwrap();
        let status = lines.remove(0)["HTTP/1.1 ".len()..][..3].parse().unwrap();
        Answer { status, lines }
    }

    fn exchange(&mut self, bytes: &[u8]) -> Answer {
        self.send(bytes);
        self.answer()
    }
}

fn head(method: &str, lines: &[(&str, &str)]) -> Vec<u8> {
    let mut head = format!("{method} / HTTP/1.1\r\nhost: api.example\r\n");
    for (name, value) in lines {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head.push_str("\r\n");
    head.into_bytes()
}

/// Preflights and actual requests whose headers are a mebibyte, and whether they are granted.
fn hostile() -> Vec<(Vec<u8>, u16, bool)> {
    let preflight = |origin: &str, value: &str, lines: usize| {
        let mut all = vec![("origin", origin), ("access-control-request-method", "PUT")];
        all.resize(2 + lines, ("access-control-request-headers", value));
        head("OPTIONS", &all)
    };
    let long_origin = format!("{APP}{}", ".a".repeat(MIB / 2));
    let names = "x-a,".repeat(MIB / 4);
    vec![
        (preflight(APP, &",".repeat(MIB), 1), 204, true),
        (preflight(APP, &format!("x-a{}x-b", " ".repeat(MIB)), 1), 204, true),
        (preflight(APP, &names, 1), 204, true),
        (preflight(APP, &names[..1024], 1024), 204, true),
        (preflight(&long_origin, "x-a", 1), 403, false),
        (head("GET", &[("origin", &long_origin)]), 200, false),
        (head("GET", &[("origin", APP), ("origin", APP), ("x-a", &names)]), 200, false),
        (head("PUT", &[("origin", APP), ("access-control-request-headers", &names)]), 200, true),
    ]
}

/// What is granted to good clients, in every way in which they ask.
fn check_good(client: &mut Client) {
    let asks = ("access-control-request-method", "PUT");
    let answer = client.exchange(&head(
        "OPTIONS",
        &[("origin", APP), asks, ("access-control-request-headers", "x-a")],
    ));
    assert!(answer.status == 204 && answer.grants(APP), "{answer:?}");
    assert!(answer.names("access-control-allow-headers: x-a"), "{answer:?}");
    let answer = client.exchange(&head("GET", &[("origin", APP)]));
    assert!(answer.status == 200 && answer.grants(APP), "{answer:?}");
    let answer = client.exchange(&head("OPTIONS", &[("origin", "https://b.example"), asks]));
    assert!(answer.status == 403 && !answer.names("access-control-"), "{answer:?}");
    let answer = client.exchange(&head("GET", &[("origin", "https://b.example")]));
    assert!(answer.status == 200 && !answer.names("access-control-"), "{answer:?}");
}

fn check_hostile(answer: &Answer, status: u16, granted: bool) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.grants(APP), granted, "{answer:?}");
    // Nothing of what was too long is repeated.
    assert!(answer.lines.iter().all(|line| line.len() < 200), "{answer:?}");
}

fn policies() -> Vec<Policy> {
    let app = || Policy::builder().allow_origins([APP]).allow_credentials(true);
    vec![
        app().allow_methods(["PUT"]).allow_headers(["x-a", "x-b"]).build().unwrap(),
        app().allow_methods(["*"]).allow_headers(["*"]).expose_headers(["*"]).build().unwrap(),
    ]
}

#[test]
fn others_are_answered_while_hostile_requests_are_half_sent() {
    for policy in policies() {
        let server = serve(policy);
        let mut waiting: Vec<_> = hostile()
            .into_iter()
            .map(|(head, status, granted)| {
                let mut client = Client::to(server);
                let (sent, last) = head.split_at(head.len() - 1);
                client.send(sent);
                (client, last.to_vec(), status, granted)
            })
            .collect();
        let mut good = Client::to(server);
        for _ in 0..20 {
            check_good(&mut good);
            check_good(&mut Client::to(server));
        }
        for (client, last, status, granted) in &mut waiting {
            check_hostile(&client.exchange(last), *status, *granted);
        }
    }
}

#[test]
fn others_are_answered_while_hostile_requests_keep_coming() {
    for policy in policies() {
        let server = serve(policy);
        let (done, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
        let hostile = hostile();
        thread::scope(|scope| {
            // Each begins elsewhere, so that different kinds meet.
            let attackers: Vec<_> = (0..2)
                .map(|first| {
                    let (hostile, done, answered) = (&hostile, &done, &answered);
                    scope.spawn(move || {
                        let mut client = Client::to(server);
                        for (head, status, granted) in hostile.iter().cycle().skip(first * 4) {
                            check_hostile(&client.exchange(head), *status, *granted);
                            answered.fetch_add(1, Ordering::Relaxed);
                            if done.load(Ordering::Relaxed) {
                                break;
                            }
                        }
                    })
                })
                .collect();
            // Until each kind has been answered: they went on all the while.
            let mut good = Client::to(server);
            let mut rounds = 0;
            while rounds < 20 || answered.load(Ordering::Relaxed) < hostile.len() {
                check_good(&mut good);
                rounds += 1;
                // One that has failed answers no more, and is told below.
                if attackers.iter().any(thread::ScopedJoinHandle::is_finished) {
                    break;
                }
            }
            done.store(true, Ordering::Relaxed);
        });
    }
}
