//! One request and its answer, whole, over a plain socket: what is timed later is checked so before.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::process::PATIENCE;

/// A request without a body.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case, sorted; `date` left out.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// Of the whole answer on the wire.
    pub(crate) length: usize,
}

impl Request {
    fn bytes(&self, host: SocketAddr) -> String {
        let mut text = format!("{} {} HTTP/1.1\r\nHost: {host}\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        text + "\r\n"
    }

    pub(crate) fn ask(&self, address: SocketAddr) -> Result<Answer, String> {
        let mut stream = connect(address)?;
        self.ask_on(&mut stream, address)
    }

    /// Asks on a connection that stays open.
    pub(crate) fn ask_on(
        &self,
        stream: &mut TcpStream,
        host: SocketAddr,
    ) -> Result<Answer, String> {
        let failed = |error: std::io::Error| format!("{host}: {error}");
        stream.write_all(self.bytes(host).as_bytes()).map_err(failed)?;
        let mut received = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            match stream.read(&mut buffer).map_err(failed)? {
                0 => return Err(format!("{host}: closed within an answer")),
                count => received.extend_from_slice(&buffer[..count]),
            }
            if let Some(answer) = parsed(&received)? {
                return Ok(answer);
            }
        }
    }
}

impl Answer {
    /// Less a header line that it must have.
    pub(crate) fn without(&self, name: &str, value: &str) -> Result<Self, String> {
        let is_it = |line: &(String, String)| (line.0.as_str(), line.1.as_str()) == (name, value);
        let place = self.headers.iter().position(is_it);
        let mut answer = self.clone();
        answer.headers.remove(place.ok_or_else(|| format!("no {name}: {value} in {self:#?}"))?);
        Ok(answer)
    }
}

pub(crate) fn connect(address: SocketAddr) -> Result<TcpStream, String> {
    let failed = |error| format!("cannot connect to {address}: {error}");
    let stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(failed)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    Ok(stream)
}

/// The answer, once it is there whole.
fn parsed(received: &[u8]) -> Result<Option<Answer>, String> {
    let mut lines = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut lines);
    let head = response.parse(received).map_err(|error| format!("no HTTP answer: {error}"))?;
    let httparse::Status::Complete(head) = head else { return Ok(None) };

    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let lines = response.headers.iter();
    let mut headers: Vec<_> =
        lines.map(|line| (line.name.to_ascii_lowercase(), text(line.value))).collect();
    headers.retain(|(name, _)| name != "date");
    headers.sort();
    if headers.iter().any(|(name, _)| name == "transfer-encoding") {
        return Err("an answer without content-length".into());
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(Ok(0), |(_, value)| value.parse::<usize>());
    let length = head + length.map_err(|error| format!("content-length: {error}"))?;
    if received.len() > length {
        return Err(format!("{} bytes behind an answer", received.len() - length));
    }
    let status = response.code.unwrap_or_default();
    let whole = received.len() == length;
    Ok(whole.then(|| Answer { status, headers, body: text(&received[head..]), length }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_whole() {
        let bytes =
            b"HTTP/1.1 200 OK\r\nVary: origin\r\nDate: now\r\nContent-Length: 5\r\n\r\nhello";
        for end in 0..bytes.len() {
            assert_eq!(parsed(&bytes[..end]), Ok(None));
        }
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected = Answer {
            status: 200,
            headers: vec![pair("content-length", "5"), pair("vary", "origin")],
            body: "hello".into(),
            length: bytes.len(),
        };
        assert_eq!(parsed(bytes), Ok(Some(expected)));
        assert!(parsed(&[bytes.as_slice(), b"!"].concat()).is_err());
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        assert!(parsed(b"SSH-2.0-server\r\n").is_err());
        assert!(parsed(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
        assert!(parsed(b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n").is_err());
    }

    #[test]
    fn requests_as_they_are_sent() {
        let request = Request { method: "GET", path: "/a", headers: vec![("origin", "null")] };
        let bytes = request.bytes("127.0.0.1:80".parse().unwrap());
        assert_eq!(bytes, "GET /a HTTP/1.1\r\nHost: 127.0.0.1:80\r\norigin: null\r\n\r\n");
    }
}
