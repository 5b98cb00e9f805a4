//! The judgement with a cache: what a browser stores of one page's requests, and combines, is read
//! by another page only where the config promises it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use crate::fetch_client::{Client, Credentials, Engine, Fetch, Mode, Outcome, Server, Verdict};
use crate::generate::{CachingCase, CachingStep, caching_case};
use crate::inner::personal::etag_layer;
use crate::plain::{Ask, Reading, Why};

use super::Seen;

/// Judges servers over generated configs that may change while a browser with a cache goes from page
/// to page: `serve` makes the server of a config's text.
///
/// - What was made for one user is read by no origin that is not allowed credentials, unless the
///   service calls it public, or the fetch has the token that it was made for.
/// - What the config promises is readable, with what is stored and combined, and nothing else is.
/// - What the service calls public keeps one answer for everybody.
///
/// Where a config changes, a fresh stored response is used until it is asked for anew: no header can
/// prevent it. So a fetch that asks nobody is judged by all configs so far.
///
/// # Errors
///
/// The first case that fails, and why.
pub fn judge<S: Server>(
    cases: u32,
    engine: Engine,
    serve: impl Fn(&str) -> Result<S, String>,
) -> Result<Seen, String> {
    let seen = RefCell::new(Seen::new());
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 0, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let done = TestRunner::new_with_rng(config, rng).run(&caching_case(), |case| {
        check(&case, engine, &serve, &mut seen.borrow_mut()).map_err(TestCaseError::fail)
    });
    match done {
        Ok(()) => Ok(seen.into_inner()),
        Err(TestError::Fail(why, case)) => Err(format!("{engine:?}: {why}\n{case:#?}")),
        Err(TestError::Abort(why)) => Err(why.to_string()),
    }
}

/// Which classes are rare, of those that an engine can meet.
#[must_use]
pub fn rare(seen: &Seen, engine: Engine) -> Vec<&'static str> {
    let all = seen.get("all").copied().unwrap_or_default();
    let meets = |class: &&str| {
        let across = matches!(engine, Engine::Chromium | Engine::Firefox);
        across || !class.starts_with("304 to")
    };
    // One fetch in a hundred at least.
    let rare = |class: &&str| seen.get(*class).is_none_or(|n| n * 100 < all);
    CLASSES.into_iter().filter(meets).filter(rare).collect()
}

const CLASSES: [&str; 16] = [
    "304",
    "304 to another origin",
    "304 to an origin that is not allowed",
    "304 of an ETag layer outside",
    "206",
    "HEAD",
    "after a config changed",
    "anonymous after cookies",
    "anonymous after a token",
    "first answer",
    "redirect",
    "public",
    "from the cache",
    "personal, with credentials",
    "refused, origin",
    "refused, credentials",
];

fn check<S: Server>(
    case: &CachingCase,
    engine: Engine,
    serve: &impl Fn(&str) -> Result<S, String>,
    seen: &mut Seen,
) -> Result<(), String> {
    let mut client = Client::with_http_cache_of(engine);
    let mut server = Watch { server: serve(&case.config)?, answers: Vec::new() };
    let mut history = History { readings: vec![Reading::of(&case.config)], ..History::default() };
    for step in &case.steps {
        match step {
            CachingStep::Cookie(line) => client.set_cookie("https://api.shop.example", line),
            CachingStep::Wait(seconds) => {
                client.advance(Duration::from_secs(*seconds));
                history.public.clear();
            }
            CachingStep::Config(config) => {
                server.server = serve(config)?;
                history.readings.push(Reading::of(config));
                history.public.clear();
            }
            CachingStep::Fetch(fetch) => {
                server.answers.clear();
                let outcome = client.fetch(&mut server, fetch);
                let judged = history.judge(fetch, &outcome, &server.answers, engine, seen);
                judged.map_err(|why| format!("{why}\n{fetch:?}\n{outcome:?}"))?;
                history.remember(fetch, &server.answers);
            }
        }
    }
    Ok(())
}

/// A server below an ETag layer, and what it answered to the requests of one fetch, preflights aside.
struct Watch<S> {
    server: S,
    answers: Vec<Answer>,
}

struct Answer {
    status: StatusCode,
    /// Whom it was made for.
    user: String,
    cookie: bool,
    first: bool,
}

impl<S: Server> Server for Watch<S> {
    fn call(&mut self, request: Request<Bytes>) -> Response<Bytes> {
        if request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
            return self.server.call(request);
        }
        let outside = etag_layer(&request);
        let cookie = request.headers().contains_key(header::COOKIE);
        let mut response = self.server.call(request);
        outside(&mut response);
        let user = response.headers().get("x-user").and_then(|user| user.to_str().ok());
        let user = user.unwrap_or_default().to_owned();
        let first = response.headers().contains_key(header::SET_COOKIE);
        self.answers.push(Answer { status: response.status(), user, cookie, first });
        response
    }
}

/// What is known of the steps before.
#[derive(Default)]
struct History {
    readings: Vec<Reading>,
    /// The origins that asked for a URL, those without one as an empty text.
    askers: BTreeMap<String, BTreeSet<String>>,
    with_cookies: BTreeSet<String>,
    with_token: BTreeSet<String>,
    /// What is stored for everybody.
    public: BTreeSet<String>,
}

impl History {
    fn judge(
        &self,
        fetch: &Fetch,
        outcome: &Outcome,
        answers: &[Answer],
        engine: Engine,
        seen: &mut Seen,
    ) -> Result<(), String> {
        if fetch.mode == Mode::NoCors {
            return Ok(());
        }
        let asked = !answers.is_empty();
        let current = &self.readings[self.readings.len() - 1];
        let ask = Ask {
            origin: Some(&fetch.origin),
            method: &fetch.method,
            headers: &fetch.headers,
            credentials_include: fetch.credentials == Credentials::Include,
        };
        let promise = current.promise(&ask);
        // What is stored is not asked for anew, or meanwhile, or where it leads to.
        let by_current = self.readings.len() == 1
            || asked && !fetch.url.contains("stale-while") && !fetch.url.contains("to=");
        self.count(fetch, outcome, answers, &promise.refused, seen);

        if self.public.contains(&fetch.url)
            && asked
            && current.constant()
            && engine != Engine::Firefox
            && is_plain_get(fetch)
        {
            return Err("public, and asked for anew".to_owned());
        }
        let Verdict::Readable { headers, body, status, .. } = &outcome.verdict else {
            return match promise.refused {
                None if by_current => Err("promised, and refused".to_owned()),
                _ => Ok(()),
            };
        };
        if let (Some(why), true) = (&promise.refused, by_current) {
            return Err(format!("readable, and refused: {why:?}"));
        }
        let outside = fetch.url.contains("etag=outside");
        if by_current && !outside && headers.contains_key("x-user") && !promise.exposes("x-user") {
            return Err("x-user is readable, and not exposed".to_owned());
        }
        let computed = current.exposes_by_response();
        let exposed = *status == 200 && !computed && promise.exposes("x-user");
        if by_current && exposed && !headers.contains_key("x-user") {
            return Err("x-user is exposed, and not readable".to_owned());
        }
        // Whom it was made for, as far as it is seen.
        let text = String::from_utf8_lossy(body);
        let named = text.split_once("<desc>").and_then(|(_, rest)| rest.split_once("</desc>"));
        let users = named.map(|(user, _)| user).into_iter();
        let users = users.chain(headers.get("x-user").map(String::as_str));
        for user in users.filter(|user| *user != "nobody") {
            let own_token = fetch.headers.iter().any(|(_, value)| value.ends_with(user));
            let made_now = answers.iter().any(|answer| answer.user == *user && !answer.cookie);
            let credentials = |reading: &Reading| {
                reading.promise(&Ask { credentials_include: true, ..ask }).refused.is_none()
            };
            let allowed = match by_current {
                true => credentials(current),
                false => self.readings.iter().any(credentials),
            };
            if !own_token && !made_now && !allowed && !is_public(&fetch.url) {
                return Err(format!("what was made for {user} is readable"));
            }
            if allowed {
                *seen.entry("personal, with credentials").or_default() += 1;
            }
        }
        Ok(())
    }

    fn count(
        &self,
        fetch: &Fetch,
        outcome: &Outcome,
        answers: &[Answer],
        refused: &Option<Why>,
        seen: &mut Seen,
    ) {
        let not_modified = answers.iter().any(|answer| answer.status == StatusCode::NOT_MODIFIED);
        let others = self.askers.get(&fetch.url);
        let others = others.is_some_and(|origins| origins.iter().any(|o| *o != fetch.origin));
        let anonymous = fetch.credentials != Credentials::Include && fetch.headers.is_empty();
        let classes = [
            ("all", true),
            ("304", not_modified),
            ("304 to another origin", not_modified && others),
            ("304 to an origin that is not allowed", not_modified && *refused == Some(Why::Origin)),
            ("304 of an ETag layer outside", not_modified && fetch.url.contains("etag=outside")),
            ("206", answers.iter().any(|answer| answer.status == StatusCode::PARTIAL_CONTENT)),
            ("HEAD", fetch.method == "HEAD"),
            ("after a config changed", self.readings.len() > 1),
            ("anonymous after cookies", anonymous && self.with_cookies.contains(&fetch.url)),
            ("anonymous after a token", anonymous && self.with_token.contains(&fetch.url)),
            ("first answer", answers.iter().any(|answer| answer.first)),
            ("redirect", fetch.url.contains("to=")),
            ("public", is_public(&fetch.url)),
            ("from the cache", outcome.log.is_empty()),
            ("refused, origin", *refused == Some(Why::Origin)),
            ("refused, credentials", *refused == Some(Why::Credentials)),
        ];
        for (class, _) in classes.into_iter().filter(|(_, met)| *met) {
            *seen.entry(class).or_default() += 1;
        }
    }

    fn remember(&mut self, fetch: &Fetch, answers: &[Answer]) {
        let url = || fetch.url.clone();
        let origin = if fetch.mode == Mode::NoCors { "" } else { &*fetch.origin };
        self.askers.entry(url()).or_default().insert(origin.to_owned());
        if answers.iter().any(|answer| answer.cookie) {
            self.with_cookies.insert(url());
        }
        if !fetch.headers.is_empty() {
            self.with_token.insert(url());
        }
        let current = &self.readings[self.readings.len() - 1];
        let stored = answers.iter().all(|answer| answer.status == StatusCode::OK);
        if !answers.is_empty() {
            // Whatever else goes through the cache may displace it.
            self.public.remove(&fetch.url);
        }
        if current.constant() && is_public(&fetch.url) && is_plain_get(fetch) && stored {
            self.public.insert(url());
        }
    }
}

fn is_plain_get(fetch: &Fetch) -> bool {
    fetch.method == "GET"
        && fetch.cache == crate::fetch_client::Cache::Default
        && !fetch.url.contains("to=")
        && !fetch.headers.iter().any(|(name, _)| name == "range")
        // A credentialed fetch of a constant answer is refused, and what is refused is not stored.
        && (fetch.mode == Mode::NoCors || fetch.credentials != Credentials::Include)
}

/// Whether the service says so, by the URL's own parameter.
fn is_public(url: &str) -> bool {
    let says = ["public", "s-maxage", "immutable"].iter().any(|word| url.contains(word));
    says && !url.contains("private")
}
