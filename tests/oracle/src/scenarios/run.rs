//! Running a table.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

use super::table::{Expected, Options, Scenario, Step, Table};
use crate::fetch_client::{
    Client, Credentials, Fetch, Mode, Outcome, ResponseType, Server, Verdict,
};
use crate::inner;

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Everything that is not as the table says.
    pub differences: Vec<Difference>,
    /// How many fetches were made.
    pub fetches: usize,
    /// What reached each policy's server.
    pub requests: BTreeMap<String, Counts>,
}

/// Requests by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// CORS-preflight requests.
    pub preflights: u64,
    /// All others. The inner service is called once for each.
    pub others: u64,
}

/// One thing that is not as the table says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The scenario's id.
    pub scenario: String,
    /// The step's place, from 0.
    pub step: usize,
    /// The field of `expected`, or `inner_calls`.
    pub field: &'static str,
    /// What the table says.
    pub expected: String,
    /// What was seen.
    pub got: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenario, step, field, expected, got } = self;
        write!(f, "{scenario}[{step}].{field}: expected {expected}, got {got}")
    }
}

impl Table {
    /// Runs every scenario with one client, which has an HTTP cache.
    ///
    /// `layer` makes the server of a policy from its name and its config's JSON text, once for each
    /// policy; it has to wrap [`inner::respond`]. Requests go to the server that the first segment
    /// of their path names. Where the table has no config for it, there is no layer.
    ///
    /// Where the server [counts](Server::inner_calls), each request that is no preflight has to
    /// reach the inner service once, and no preflight may.
    pub fn run(&self, layer: &mut dyn FnMut(&str, &str) -> Box<dyn Server>) -> Report {
        let servers = self
            .policies
            .keys()
            .filter_map(|name| Some((name.clone(), layer(name, &self.config(name)?))))
            .collect();
        let mut router = Router { servers, requests: BTreeMap::new() };
        let mut client = Client::with_http_cache();
        let mut report = Report::default();
        for scenario in &self.scenarios {
            self.run_scenario(scenario, &mut client, &mut router, &mut report);
        }
        report.requests = router.requests;
        report
    }

    fn run_scenario(
        &self,
        scenario: &Scenario,
        client: &mut Client,
        router: &mut Router,
        report: &mut Report,
    ) {
        let mut cookies = Vec::new();
        for (place, step) in scenario.steps.iter().enumerate() {
            match step {
                Step::Wait { value } => client.advance(Duration::from_millis(*value)),
                Step::Cookie { value } => {
                    cookies.extend(value.split(';').next().map(str::to_owned));
                }
                Step::Fetch { url, options, expected, shared_log_id } => {
                    let sid = shared_log_id.as_ref().unwrap_or(&scenario.id);
                    let fetch = fetch(&scenario.page, &self.url(url, sid), options);
                    let before = router.miscounted();
                    let outcome = client.fetch(router, &fetch);
                    report.fetches += 1;
                    let mut found = differences(expected, &outcome, &cookies);
                    if router.miscounted() != before {
                        let got = format!("{} more than that", router.miscounted() - before);
                        found.push(("inner_calls", outcome.others().to_string(), got));
                    }
                    report.differences.extend(found.into_iter().map(|(field, expected, got)| {
                        let scenario = scenario.id.clone();
                        Difference { scenario, step: place, field, expected, got }
                    }));
                }
            }
        }
    }
}

/// Sends each request to the server that its path names.
struct Router {
    servers: BTreeMap<String, Box<dyn Server>>,
    requests: BTreeMap<String, Counts>,
}

impl Router {
    /// By how much the inner services were called more often than once for each request that is no
    /// preflight.
    fn miscounted(&self) -> i128 {
        let off = |name: &String, calls: u64| {
            let others = self.requests.get(name).map_or(0, |counts| counts.others);
            i128::from(calls) - i128::from(others)
        };
        let counting =
            self.servers.iter().filter_map(|(name, server)| Some(off(name, server.inner_calls()?)));
        counting.sum()
    }
}

impl Server for Router {
    fn call(&mut self, request: Request<Bytes>) -> Response<Bytes> {
        let policy = request.uri().path().split('/').nth(1).unwrap_or_default().to_owned();
        let counts = self.requests.entry(policy.clone()).or_default();
        // By what the standard says of a preflight, not by what any layer takes for one.
        let headers = request.headers();
        if request.method() == http::Method::OPTIONS
            && headers.contains_key(http::header::ACCESS_CONTROL_REQUEST_METHOD)
        {
            counts.preflights += 1;
        } else {
            counts.others += 1;
        }
        match self.servers.get_mut(&policy) {
            Some(server) => server.call(request),
            None => inner::respond(&request),
        }
    }
}

fn fetch(page: &str, url: &str, options: &Options) -> Fetch {
    let mut fetch = Fetch::new(page, url)
        .method(options.method.as_deref().unwrap_or("GET"))
        .mode(match options.mode.as_deref() {
            Some("no-cors") => Mode::NoCors,
            _ => Mode::Cors,
        })
        .credentials(match options.credentials.as_deref() {
            Some("include") => Credentials::Include,
            Some("omit") => Credentials::Omit,
            _ => Credentials::SameOrigin,
        });
    for (name, value) in &options.headers {
        fetch = fetch.header(name, value);
    }
    fetch.body.clone_from(&options.body);
    fetch
}

type Found = (&'static str, String, String);

fn differences(expected: &Expected, outcome: &Outcome, cookies: &[String]) -> Vec<Found> {
    let mut found = Vec::new();
    let mut compare = |field, expected: String, got: String| {
        if expected != got {
            found.push((field, expected, got));
        }
    };
    let sent = expected.preflights_sent;
    compare("preflights_sent", sent.to_string(), outcome.preflights().to_string());
    let others = expected.non_preflight_requests_reaching_server;
    let field = "non_preflight_requests_reaching_server";
    compare(field, others.to_string(), outcome.others().to_string());
    let (status, response_type, headers, body, redirected) = match &outcome.verdict {
        Verdict::NetworkError(refusal) => {
            if expected.promise != "rejects (TypeError)" {
                compare("promise", expected.promise.clone(), format!("{refusal:?}"));
            }
            return found;
        }
        Verdict::Readable { status, response_type, headers, body, redirected } => {
            (status, response_type, headers, String::from_utf8_lossy(body), redirected)
        }
    };
    compare("promise", expected.promise.clone(), "resolves".to_owned());
    if let Some(expected) = expected.status {
        compare("status", expected.to_string(), status.to_string());
    }
    if let Some(expected) = &expected.response_type {
        let got = match response_type {
            ResponseType::Basic => "basic",
            ResponseType::Cors => "cors",
            ResponseType::Opaque => "opaque",
        };
        compare("response_type", expected.clone(), got.to_owned());
    }
    if let Some(expected) = expected.redirected {
        compare("redirected", expected.to_string(), redirected.to_string());
    }
    for name in &expected.readable_headers {
        if !headers.contains_key(name) {
            compare("readable_headers", name.clone(), format!("{:?}", headers.keys()));
        }
    }
    for name in &expected.unreadable_headers {
        if headers.contains_key(name) {
            compare("unreadable_headers", format!("no {name}"), format!("{:?}", headers.keys()));
        }
    }
    let not_a_cookie = |text: &&String| !cookies.contains(text);
    if let Some(text) = expected.body_has.as_ref().filter(not_a_cookie) {
        if !body.contains(text) {
            compare("body_has", text.clone(), body.clone().into_owned());
        }
    }
    if let Some(text) = expected.body_lacks.as_ref().filter(not_a_cookie) {
        if body.contains(text) {
            compare("body_lacks", format!("no {text}"), body.into_owned());
        }
    }
    found
}
