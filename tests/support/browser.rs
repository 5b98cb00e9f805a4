//! The oracle's browser, in front of a program that runs.

use bytes::Bytes;
use http::{Request, Response};
use tower_cors_oracle::fetch_client::Fetch;

use crate::example::status;
use crate::running::{Running, body, with_body};

/// The program as a server of the oracle's, by whatever name it is called.
pub(crate) fn server(running: &Running) -> impl FnMut(Request<Bytes>) -> Response<Bytes> {
    let url = running.url.clone();
    move |request| {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let line = format!("{} {target} HTTP/1.1", request.method());
        let lines = request.headers().iter();
        let lines: Vec<(&str, &str)> =
            lines.map(|(name, value)| (name.as_str(), value.to_str().expect("text"))).collect();
        let text = std::str::from_utf8(request.body()).expect("text");
        let answer = with_body(&url, &line, &lines, text);
        let mut response = Response::builder().status(status(&answer));
        let head = answer.split("\r\n\r\n").next().unwrap_or_default();
        for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(": ")) {
            response = response.header(name, value);
        }
        response.body(Bytes::from(body(&answer).to_owned())).expect("a response")
    }
}

/// `fetch(path)` by a page of this origin, to the program at the address where it listens.
pub(crate) fn fetch(running: &Running, origin: &str, path: &str) -> Fetch {
    Fetch::new(origin, format!("{}{path}", running.url))
}
