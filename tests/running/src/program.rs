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

use crate::running::{PATIENCE, Running};

/// A program that runs, and a client for it. Dropping it ends the program.
#[derive(Debug)]
pub struct Program {
    running: Running,
    runtime: Runtime,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Program {
    /// Starts a program on a free port.
    pub fn start(mut command: Command, options: &[&str]) -> Self {
        Self {
            running: Running::start(command.args(["--port", "0"]).args(options)),
            runtime: Runtime::new().expect("a runtime"),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// Returns the URL of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.url)
    }

    /// Sends one request as it is, without a browser.
    pub fn send(
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

    /// Returns what a script on a page of this origin gets, in a browser that was just started.
    pub fn fetch(
        &mut self,
        origin: &str,
        path: &str,
        with: impl FnOnce(Fetch) -> Fetch,
    ) -> Outcome {
        let fetch = with(Fetch::new(origin, self.url(path)));
        fetch_client::Client::new().fetch(self, &fetch)
    }

    /// Returns what a curl line of the head comment prints, typed to this program.
    #[must_use]
    pub fn typed(&self, line: &str) -> String {
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

/// Returns what the head comment of an example's file says to type.
#[must_use]
pub fn commands(file: &str) -> Vec<String> {
    let text = fs::read_to_string(file).expect("the example");
    let comment = text.lines().map_while(|line| line.strip_prefix("//!"));
    let fenced = comment.skip_while(|line| *line != " ```sh").skip(1);
    fenced.take_while(|line| *line != " ```").map(|line| line.trim_start().to_owned()).collect()
}
