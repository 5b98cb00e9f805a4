//! The example `gateway` as a running program, its folder of manifests, and upstreams for it.

#![allow(dead_code, reason = "no test file needs all of it")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Instant;

use crate::example::{PATIENCE, example, headers, send};

/// The manifests that the example has by default.
pub(crate) const DEFAULT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/gateway/manifests");

/// A folder that ends with this value.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("gateway-{name}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder for manifests");
        Self(path)
    }

    pub(crate) fn with(self, file: &str, text: &str) -> Self {
        self.write(file, text);
        self
    }

    /// As a careful tool writes: whole, under another name first.
    pub(crate) fn write(&self, file: &str, text: &str) {
        let new = self.0.join(format!("{file}.new"));
        fs::write(&new, text).expect("the manifest is written");
        fs::rename(new, self.0.join(file)).expect("the manifest is put in place");
    }

    pub(crate) fn remove(&self, file: &str) {
        fs::remove_file(self.0.join(file)).expect("the manifest is removed");
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().expect("a path in UTF-8")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) struct Gateway {
    child: Child,
    pub(crate) url: String,
    errors: Receiver<String>,
}

impl Gateway {
    pub(crate) fn start(folder: &str, options: &[&str]) -> Self {
        let mut child = command(folder, options)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the example starts");
        let errors = lines(child.stderr.take().expect("a pipe"));
        let output = lines(child.stdout.take().expect("a pipe"));
        let url = output.recv_timeout(PATIENCE).ok().and_then(|line| {
            let (url, _) = line.strip_prefix("listening on ")?.split_once(',')?;
            Some(url.to_owned())
        });
        let url = url.unwrap_or_else(|| panic!("the example listens: {:?}", errors.recv()));
        Self { child, url, errors }
    }

    /// The bytes of memory that the process holds, as Linux tells them.
    pub(crate) fn resident_bytes(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(path).expect("the gateway still runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")).expect("its memory");
        kibibytes.parse::<u64>().expect("a number") * 1024
    }

    /// How often this stands in a line on standard error that nobody has read yet.
    pub(crate) fn count_errors(&self, text: &str) -> usize {
        self.errors.try_iter().filter(|line| line.contains(text)).count()
    }

    /// One request to `www.example.com`.
    pub(crate) fn send(&self, line: &str, headers: &[(&str, &str)]) -> String {
        send_to(&self.url, line, headers)
    }

    /// The lines on standard error up to the one that contains this.
    pub(crate) fn errors_until(&self, text: &str) -> Vec<String> {
        let (end, mut lines) = (Instant::now() + PATIENCE, Vec::new());
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line = self.errors.recv_timeout(left);
            let line = line.unwrap_or_else(|_| panic!("no line with {text:?} after {lines:?}"));
            let found = line.contains(text);
            lines.push(line);
            if found {
                return lines;
            }
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request to `www.example.com` at this gateway.
pub(crate) fn send_to(url: &str, line: &str, headers: &[(&str, &str)]) -> String {
    let host = [("host", "www.example.com")];
    let headers: Vec<_> = host.into_iter().chain(headers.iter().copied()).collect();
    send(url, &format!("{line} HTTP/1.1"), &headers)
}

/// A gateway that must not start: its exit code, and what it says.
pub(crate) fn refused(folder: &str, options: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = command(folder, options).output().expect("it runs");
    (status.code(), String::from_utf8_lossy(&stderr).into_owned())
}

fn command(folder: &str, options: &[&str]) -> Command {
    let mut command = example("gateway");
    let port: &[&str] = if options.contains(&"--port") { &[] } else { &["--port", "0"] };
    command.args(["--manifests", folder]).args(port).args(options);
    command
}

fn lines(pipe: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    receiver
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
