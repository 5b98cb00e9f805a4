//! Examples, run as their users run them.

#![allow(dead_code, reason = "no test file needs all of it")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

/// How long a test waits for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The program of an example. Cargo builds it beside the tests' directory.
pub(crate) fn example(name: &str) -> Command {
    let test = std::env::current_exe().expect("the test knows its own path");
    let target = test.ancestors().nth(2).expect("the directory above that of the tests");
    let program = target.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        program.exists(),
        "{} is not there: run `cargo build --example {name}`, or all tests",
        program.display()
    );
    Command::new(program)
}

/// The whole answer to a request, as text.
pub(crate) fn send(url: &str, request_line: &str, headers: &[(&str, &str)]) -> String {
    send_with(url, request_line, headers, "")
}

/// The same with a body, whose length the headers tell.
pub(crate) fn send_with(
    url: &str,
    request_line: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> String {
    let address = url.strip_prefix("http://").expect("an http URL");
    let mut request = format!("{request_line}\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        request += &format!("Host: {address}\r\n");
    }
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += "\r\n";
    request += body;
    let mut stream = TcpStream::connect(address).expect("the example accepts connections");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.write_all(request.as_bytes()).expect("the request is sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

/// The header lines of an answer that begin so, their names in lower case, sorted.
pub(crate) fn headers(answer: &str, prefix: &str) -> Vec<String> {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    let named = lines.map(|(name, value)| (name.to_ascii_lowercase(), value));
    let mut found: Vec<_> = named
        .map(|(name, value)| format!("{name}: {value}"))
        .filter(|line| line.starts_with(prefix))
        .collect();
    found.sort();
    found
}
