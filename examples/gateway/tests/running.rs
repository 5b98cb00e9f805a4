//! The example `gateway` as a running program, its manifests, and upstreams for it.

use std::net::Ipv4Addr;
use std::ops::Deref;
use std::process::Command;
use std::sync::mpsc::channel;
use std::thread;

use tower_cors_running::{Running, headers, send};

/// The manifests that the example has by default.
pub(crate) const DEFAULT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/manifests");

pub(crate) struct Gateway(Running);

impl Gateway {
    pub(crate) fn start(folder: &str, options: &[&str]) -> Self {
        Self(Running::start(&mut command(folder, options)))
    }

    /// One request to `www.example.com`.
    pub(crate) fn send(&self, line: &str, headers: &[(&str, &str)]) -> String {
        send_to(&self.url, line, headers)
    }
}

impl Deref for Gateway {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.0
    }
}

/// One request to `www.example.com` at this gateway.
pub(crate) fn send_to(url: &str, line: &str, headers: &[(&str, &str)]) -> String {
    let host = [("host", "www.example.com")];
    let headers: Vec<_> = host.into_iter().chain(headers.iter().copied()).collect();
    send(url, &format!("{line} HTTP/1.1"), &headers)
}

/// A gateway that must not start: its exit code, and what it prints.
pub(crate) fn refused(folder: &str, options: &[&str]) -> (Option<i32>, String) {
    tower_cors_running::refused(&mut command(folder, options))
}

fn command(folder: &str, options: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
    let port: &[&str] = if options.contains(&"--port") { &[] } else { &["--port", "0"] };
    command.args(["--manifests", folder]).args(port).args(options);
    command
}

/// An upstream of the test's own, on a free port; it lives as long as the test program.
pub(crate) fn upstream(router: axum::Router) -> String {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            sender.send(format!("http://{}", listener.local_addr().unwrap())).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
    });
    receiver.recv().expect("an upstream")
}

/// The CORS response headers of an answer, whole.
pub(crate) fn cors(answer: &str) -> Vec<String> {
    headers(answer, "access-control-")
}

/// An `HTTPRoute` for `www.example.com` with these rules, in YAML's flow style.
pub(crate) fn route(name: &str, rules: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {{name: {name}}}\n\
         spec:\n  parentRefs: [{{name: web}}]\n  hostnames: [www.example.com]\n  rules: {rules}\n"
    )
}
