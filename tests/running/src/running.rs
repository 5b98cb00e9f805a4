use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::answer::send;

/// How long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A program that runs. Dropping it ends the program.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// What it printed up to the line that says where it listens.
    pub before: Vec<String>,
    /// Where it listens: `http://` with host and port.
    pub url: String,
    output: Receiver<String>,
    errors: Receiver<String>,
}

impl Running {
    /// Starts a program and waits until it prints `listening on` and its URL.
    pub fn start(command: &mut Command) -> Self {
        Self::start_until(command, "listening on ")
    }

    /// Starts a program and waits for a line with this text before its URL.
    pub fn start_until(command: &mut Command, text: &str) -> Self {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let errors = lines(child.stderr.take().expect("a pipe"));
        let output = lines(child.stdout.take().expect("a pipe"));
        let mut before = until(&output, text);
        let last = before.pop().unwrap_or_default();
        let Some((_, rest)) = last.split_once(text) else {
            panic!("it does not listen: {before:?}, {:?}", errors.iter().collect::<Vec<_>>());
        };
        let (scheme, host) = rest.split_once("://").expect("a URL");
        let end = host.find([',', '/', ' ']).unwrap_or(host.len());
        Self { child, before, url: format!("{scheme}://{}", &host[..end]), output, errors }
    }

    /// Sends a request line such as `GET /` with these headers.
    pub fn send(&self, line: &str, headers: &[(&str, &str)]) -> String {
        send(&self.url, &format!("{line} HTTP/1.1"), headers)
    }

    /// Sends a preflight.
    pub fn preflight(&self, path: &str, origin: &str, method: &str) -> String {
        let asked = [("Origin", origin), ("Access-Control-Request-Method", method)];
        self.send(&format!("OPTIONS {path}"), &asked)
    }

    /// Returns what the curl lines of a head comment print, typed in order. `:3000` is this program;
    /// `others` has the URLs behind other ports.
    pub fn typed(&self, head: &str, others: &[(&str, &str)]) -> Vec<String> {
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

    /// Returns the lines on standard output up to the one that contains this.
    pub fn output_until(&self, text: &str) -> Vec<String> {
        wanted(until(&self.output, text), text)
    }

    /// Returns the lines on standard error up to the one that contains this.
    pub fn errors_until(&self, text: &str) -> Vec<String> {
        wanted(until(&self.errors, text), text)
    }

    /// Counts the lines on standard error that contain this and that no call has read yet.
    pub fn count_errors(&self, text: &str) -> usize {
        self.errors.try_iter().filter(|line| line.contains(text)).count()
    }

    /// Returns the bytes of memory that the process holds, as Linux says.
    #[must_use]
    pub fn resident_bytes(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(path).expect("the program still runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")).expect("its memory");
        kibibytes.parse::<u64>().expect("a number") * 1024
    }

    /// Asks again until the answer is as wanted.
    pub fn wait(
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
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a program that must not start: returns its exit code and what it prints on standard error.
pub fn refused(command: &mut Command) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = command.output().expect("it runs");
    (status.code(), String::from_utf8_lossy(&stderr).into_owned())
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
