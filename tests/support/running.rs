//! A program of an example while it runs, with what it prints.

#![allow(dead_code, reason = "no test file needs all of it")]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Instant;

use crate::example::{PATIENCE, headers, send, send_with};

/// It is ended with this value.
pub(crate) struct Running {
    child: Child,
    /// What it printed before it listened.
    pub(crate) before: Vec<String>,
    pub(crate) url: String,
    output: Receiver<String>,
    errors: Receiver<String>,
}

impl Running {
    /// Until it says `listening on http://…`.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let errors = lines(child.stderr.take().expect("a pipe"));
        let output = lines(child.stdout.take().expect("a pipe"));
        let mut before = until(&output, "listening on ");
        let last = before.pop().unwrap_or_default();
        let Some((_, url)) = last.split_once("listening on ") else {
            panic!("it does not listen: {before:?}, {:?}", errors.iter().collect::<Vec<_>>());
        };
        Self { child, before, url: url.trim_end().to_owned(), output, errors }
    }

    pub(crate) fn send(&self, line: &str, headers: &[(&str, &str)]) -> String {
        send(&self.url, &format!("{line} HTTP/1.1"), headers)
    }

    pub(crate) fn preflight(&self, path: &str, origin: &str, method: &str) -> String {
        let asked = [("Origin", origin), ("Access-Control-Request-Method", method)];
        self.send(&format!("OPTIONS {path}"), &asked)
    }

    /// What the curl lines of a head comment print, typed in order; `:3000` is this program, and what
    /// other ports are is said here.
    pub(crate) fn typed(&self, head: &str, others: &[(&str, &str)]) -> Vec<String> {
        let lines = head.lines().filter_map(|line| line.strip_prefix("//! curl "));
        let typed = lines.map(|line| {
            let port = |url: &str| format!(":{}", url.rsplit(':').next().unwrap_or_default());
            let mut line = format!("curl -s {}", line.replace(":3000", &port(&self.url)));
            for (written, url) in others {
                line = line.replace(written, &port(url));
            }
            let output = Command::new("sh").args(["-c", &line]).output().expect("a shell");
            assert!(output.status.success(), "{line}: {output:?}");
            String::from_utf8_lossy(&output.stdout).into_owned()
        });
        typed.collect()
    }

    /// The lines on standard output, or on standard error, up to the one that contains this.
    pub(crate) fn output_until(&self, text: &str) -> Vec<String> {
        wanted(until(&self.output, text), text)
    }

    pub(crate) fn errors_until(&self, text: &str) -> Vec<String> {
        wanted(until(&self.errors, text), text)
    }

    /// Asks again until the answer is so.
    pub(crate) fn wait(
        &self,
        what: &str,
        mut answer: impl FnMut() -> String,
        holds: impl Fn(&str) -> bool,
    ) {
        let end = Instant::now() + PATIENCE;
        loop {
            let answer = answer();
            if holds(&answer) {
                return;
            }
            assert!(Instant::now() < end, "{what}: {answer}");
            thread::sleep(std::time::Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A program that must not start: its exit code, and what it says on standard error.
pub(crate) fn refused(command: &mut Command) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = command.output().expect("it runs");
    (status.code(), String::from_utf8_lossy(&stderr).into_owned())
}

/// The CORS headers of an answer and its `vary`, whole.
pub(crate) fn cors(answer: &str) -> Vec<String> {
    let mut found = headers(answer, "access-control-");
    found.extend(headers(answer, "vary"));
    found
}

/// One request with a body; of the headers that a client must send, what is missing is added.
pub(crate) fn with_body(url: &str, line: &str, headers: &[(&str, &str)], body: &str) -> String {
    let length = body.len().to_string();
    let mut lines = headers.to_vec();
    if !body.is_empty()
        && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length"))
    {
        lines.push(("Content-Length", &length));
    }
    send_with(url, line, &lines, body)
}

pub(crate) fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

/// A folder for a test's files, which ends with this value.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    /// As a careful tool writes: whole, under another name first.
    pub(crate) fn write(&self, file: &str, text: &str) -> PathBuf {
        let (path, new) = (self.0.join(file), self.0.join(format!("{file}.tmp")));
        fs::write(&new, text).expect("the file is written");
        fs::rename(new, &path).expect("the file is put in place");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    receiver
}

/// The lines up to the one that contains this, or all that came.
fn until(lines: &Receiver<String>, text: &str) -> Vec<String> {
    let (end, mut seen) = (Instant::now() + PATIENCE, Vec::new());
    while let Ok(line) = lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
        let found = line.contains(text);
        seen.push(line);
        if found {
            break;
        }
    }
    seen
}

fn wanted(lines: Vec<String>, text: &str) -> Vec<String> {
    assert!(lines.last().is_some_and(|line| line.contains(text)), "no {text:?} in {lines:?}");
    lines
}
