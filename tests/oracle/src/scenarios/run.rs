//! Running a table.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

use super::compare::{Difference, Seen};
use super::raw::RawResponse;
use super::table::{Means, Options, Scenario, Step, Table};
use crate::fetch_client::{
    Cache, Client, Credentials, Engine, Fetch, Mode, Outcome, ResponseType, Server, Verdict,
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
        self.run_in(Engine::Standard, layer)
    }

    /// The same with the HTTP cache of an engine, and with what is expected of it.
    pub fn run_in(
        &self,
        engine: Engine,
        layer: &mut dyn FnMut(&str, &str) -> Box<dyn Server>,
    ) -> Report {
        let servers = self
            .policies
            .keys()
            .filter_map(|name| Some((name.clone(), layer(name, &self.config(name)?))))
            .collect();
        let raw = self.raw_responses.clone();
        let mut router = Router { servers, raw, requests: BTreeMap::new() };
        let mut client = Client::with_http_cache_of(engine);
        let mut report = Report::default();
        for scenario in self.all() {
            self.run_scenario(scenario, (engine, &mut client), (&mut router, layer), &mut report);
        }
        report.requests = router.requests;
        report
    }

    fn run_scenario(
        &self,
        scenario: &Scenario,
        (engine, client): (Engine, &mut Client),
        (router, layer): (&mut Router, &mut Layers<'_>),
        report: &mut Report,
    ) {
        for (place, step) in scenario.steps.iter().enumerate() {
            let page = step.page().unwrap_or(&scenario.page);
            let sid = match step {
                Step::Fetch { shared_log_id: Some(sid), .. } => sid,
                _ => &scenario.id,
            };
            let (fetch, unknown) = match step {
                Step::Wait { value } => {
                    client.advance(Duration::from_millis(*value));
                    continue;
                }
                Step::Cookie { value } => {
                    client.set_cookie(page, value);
                    continue;
                }
                Step::Policy { name, config } => {
                    let server = layer(name, &config.to_string());
                    // What the one before has called is forgotten with it.
                    router.requests.remove(name);
                    router.servers.insert(name.clone(), server);
                    continue;
                }
                Step::Fetch { url, options, .. } => {
                    (fetch(page, &self.url(url, sid), options), options.others.keys().next())
                }
                Step::Load { by, url, .. } => (load(page, &self.url(url, sid), *by), None),
            };
            let before = router.miscounted();
            let outcome = client.fetch(router, &fetch);
            report.fetches += 1;
            let seen = seen(&outcome, router.miscounted() - before);
            let expected = step.expected().map(|expected| expected.in_engine(engine.name()));
            let mut found = match expected {
                None => Vec::new(),
                Some(Ok(expected)) => expected.differences(&seen),
                Some(Err(error)) => vec![Difference {
                    field: "engines",
                    expected: "fields of an expectation".to_owned(),
                    got: error.to_string(),
                    ..Difference::default()
                }],
            };
            if let Some(name) = unknown {
                let (expected, got) = ("what the model knows".to_owned(), name.clone());
                found.push(Difference { field: "options", expected, got, ..Difference::default() });
            }
            let at = |difference| Difference {
                scenario: scenario.id.clone(),
                step: place,
                ..difference
            };
            report.differences.extend(found.into_iter().map(at));
        }
    }
}

/// Makes the server of a policy from its name and its config's JSON text.
type Layers<'a> = dyn FnMut(&str, &str) -> Box<dyn Server> + 'a;

/// Sends each request to the server that its path names.
struct Router {
    servers: BTreeMap<String, Box<dyn Server>>,
    raw: BTreeMap<String, RawResponse>,
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
        let outside = inner::personal::etag_layer(&request);
        let mut response = self.route(request);
        outside(&mut response);
        response
    }
}

impl Router {
    fn route(&mut self, request: Request<Bytes>) -> Response<Bytes> {
        let mut segments = request.uri().path().split('/').skip(1);
        let policy = segments.next().unwrap_or_default().to_owned();
        let raw = segments.next().filter(|_| policy == "raw").and_then(|name| self.raw.get(name));
        let raw = raw.map(|raw| raw.respond(&request).unwrap_or_else(unreadable));
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
        match (raw, self.servers.get_mut(&policy)) {
            (Some(response), _) => response,
            (None, Some(server)) => server.call(request),
            (None, None) => inner::respond(&request),
        }
    }
}

/// What a table asks for and no response can hold, as a response that no expectation is for.
fn unreadable(error: http::Error) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(error.to_string()));
    *response.status_mut() = http::StatusCode::NOT_IMPLEMENTED;
    response
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
    fetch = fetch.cache(match options.cache.as_deref() {
        Some("no-cache") => Cache::NoCache,
        Some("reload") => Cache::Reload,
        _ => Cache::Default,
    });
    for (name, value) in &options.headers {
        fetch = fetch.header(name, value);
    }
    fetch.body.clone_from(&options.body);
    fetch
}

/// What a page loads without a script, as a fetch.
fn load(page: &str, url: &str, by: Means) -> Fetch {
    let fetch = Fetch::new(page, url);
    match by {
        Means::Image | Means::Prefetch | Means::Navigation | Means::Audio => {
            fetch.mode(Mode::NoCors).credentials(Credentials::Include)
        }
        Means::Xhr => fetch.credentials(Credentials::Include),
        Means::Canvas | Means::AnonymousAudio => fetch,
    }
}

/// What a script and the server saw of the fetch, in the words of the table.
fn seen(outcome: &Outcome, miscounted: i128) -> Seen {
    let mut seen = Seen {
        preflights: outcome.preflights() as u64,
        others: outcome.others() as u64,
        inner_calls_off: miscounted,
        ..Seen::default()
    };
    match &outcome.verdict {
        Verdict::NetworkError(refusal) => {
            "rejects (TypeError)".clone_into(&mut seen.promise);
            seen.why = format!("{refusal:?}");
        }
        Verdict::Readable { status, response_type, headers, body, redirected } => {
            "resolves".clone_into(&mut seen.promise);
            seen.status = *status;
            seen.response_type = match response_type {
                ResponseType::Basic => "basic",
                ResponseType::Cors => "cors",
                ResponseType::Opaque => "opaque",
            }
            .to_owned();
            seen.redirected = *redirected;
            seen.headers = headers.keys().cloned().collect();
            seen.body = String::from_utf8_lossy(body).into_owned();
        }
    }
    seen
}
