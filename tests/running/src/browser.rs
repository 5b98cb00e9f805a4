use bytes::Bytes;
use http::{Request, Response};
use tower_cors_oracle::fetch_client::Fetch;

use crate::answer::{body, status, with_body};
use crate::running::Running;

/// Returns the program as a server for the oracle's browser, by whatever name it is called.
pub fn server(running: &Running) -> impl FnMut(Request<Bytes>) -> Response<Bytes> {
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

/// Returns a fetch of this path by a page of this origin, to the address where the program listens.
#[must_use]
pub fn fetch(running: &Running, origin: &str, path: &str) -> Fetch {
    Fetch::new(origin, format!("{}{path}", running.url))
}
