//! An example as a running program that listens on a free port, and the oracle's browser for it.

#![allow(dead_code, reason = "no test file needs all of it")]

use std::fs;
use std::process::Command;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::runtime::Runtime;
use tower_cors_oracle::fetch_client::{self, Fetch, Outcome, Server};

use crate::example::PATIENCE;
use crate::running::Running;

/// It ends with this value.
pub(crate) struct Program {
    running: Running,
    runtime: Runtime,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Program {
    /// Runs an example on a free port.
    pub(crate) fn start(mut command: Command, options: &[&str]) -> Self {
        Self {
            running: Running::start(command.args(["--port", "0"]).args(options)),
            runtime: Runtime::new().expect("a runtime"),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.url)
    }

    /// One request as it is, of no browser.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Response<Bytes> {
        let mut request = Request::builder().method(method).uri(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.exchange(request.body(body.into()).expect("a request"))
    }

    /// What a script on a page of this origin gets, in a browser that was just started.
    pub(crate) fn fetch(
        &mut self,
        origin: &str,
        path: &str,
        with: impl FnOnce(Fetch) -> Fetch,
    ) -> Outcome {
        let fetch = with(Fetch::new(origin, self.url(path)));
        fetch_client::Client::new().fetch(self, &fetch)
    }

    /// What a line of the example's head comment prints, with curl to this program.
    pub(crate) fn typed(&self, line: &str) -> String {
        let line = line.replace("localhost:3000", &self.running.url).replace("curl ", "curl -s ");
        let output = Command::new("sh").args(["-c", &line]).output().expect("a shell");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn exchange(&self, request: Request<Bytes>) -> Response<Bytes> {
        let sent = self.client.request(request.map(Full::new));
        self.runtime.block_on(async {
            let answer = tokio::time::timeout(PATIENCE, async {
                let (parts, body) = sent.await.expect("an answer").into_parts();
                Response::from_parts(parts, body.collect().await.expect("a body").to_bytes())
            });
            answer.await.expect("an answer in time")
        })
    }
}

impl Server for Program {
    fn call(&mut self, request: Request<Bytes>) -> Response<Bytes> {
        self.exchange(request)
    }
}

/// What the head comment of an example's file says to type.
pub(crate) fn commands(file: &str) -> Vec<String> {
    let text = fs::read_to_string(file).expect("the example");
    let comment = text.lines().map_while(|line| line.strip_prefix("//!"));
    let fenced = comment.skip_while(|line| *line != " ```sh").skip(1);
    fenced.take_while(|line| *line != " ```").map(|line| line.trim_start().to_owned()).collect()
}
