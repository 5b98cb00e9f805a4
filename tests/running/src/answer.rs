use std::io::{Read, Write};
use std::net::TcpStream;

use crate::running::PATIENCE;

/// Sends a request without a body and returns the whole answer as text.
pub fn send(url: &str, request_line: &str, headers: &[(&str, &str)]) -> String {
    send_with(url, request_line, headers, "")
}

/// Sends a request with a body; the headers say how long it is.
pub fn send_with(url: &str, request_line: &str, headers: &[(&str, &str)], body: &str) -> String {
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
    let mut stream = TcpStream::connect(address).expect("the program accepts connections");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.write_all(request.as_bytes()).expect("the request is sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

/// Returns the status of an answer.
#[must_use]
pub fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

/// Returns the header lines of an answer that begin so, their names in lower case, sorted.
#[must_use]
pub fn headers(answer: &str, prefix: &str) -> Vec<String> {
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

/// Returns the CORS headers of an answer and its `vary`, whole.
#[must_use]
pub fn cors(answer: &str) -> Vec<String> {
    let mut found = headers(answer, "access-control-");
    found.extend(headers(answer, "vary"));
    found
}

/// Sends a request with a body and adds `Content-Length` where it is missing.
pub fn with_body(url: &str, line: &str, headers: &[(&str, &str)], body: &str) -> String {
    let length = body.len().to_string();
    let mut lines = headers.to_vec();
    if !body.is_empty()
        && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length"))
    {
        lines.push(("Content-Length", &length));
    }
    send_with(url, line, &lines, body)
}

/// Returns the body of an answer.
#[must_use]
pub fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}
