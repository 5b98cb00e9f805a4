//! The judgement: whether what the model client lets a script read through a server is what the
//! plain reading of its config promises.

pub mod caching;

use std::cell::RefCell;
use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, Request, Response, header};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use crate::fetch_client::{
    Client, CorsFailure, Credentials, Fetch, Mode, Outcome, Refusal, ResponseType, Server, Verdict,
};
use crate::generate::{Case, case};
use crate::inner;
use crate::plain::{Ask, Promise, Reading, Why};

/// How often each class of promise was seen, and `all`.
pub type Seen = BTreeMap<&'static str, usize>;

/// Judges servers over generated configs and fetches: `serve` makes the server of a config's text,
/// `after` may add its own verdict on each fetch.
///
/// Each fetch is made by a client without a cache and by one with, an image of the same URL first.
///
/// # Errors
///
/// The first case that fails, and why.
pub fn judge<S: Server>(
    cases: u32,
    serve: impl Fn(&str) -> Result<S, String>,
    after: impl Fn(&mut S, &Fetch, &Outcome) -> Result<(), String>,
) -> Result<Seen, String> {
    let seen = RefCell::new(Seen::new());
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 0, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let done = TestRunner::new_with_rng(config, rng).run(&case(), |case| {
        let server = serve(&case.config).map_err(TestCaseError::fail)?;
        check(&case, server, &after, &mut seen.borrow_mut()).map_err(TestCaseError::fail)
    });
    match done {
        Ok(()) => Ok(seen.into_inner()),
        Err(TestError::Fail(why, case)) => Err(format!("{why}\n{case:#?}")),
        Err(TestError::Abort(why)) => Err(why.to_string()),
    }
}

/// Which classes are rare: a property that hardly ever meets a class says little about it.
#[must_use]
pub fn rare(seen: &Seen) -> Vec<&'static str> {
    let all = seen.get("all").copied().unwrap_or_default();
    // One in fifty at least, where a uniform draw would be one in eight.
    let rare = CLASSES.into_iter().filter(|class| seen.get(class).is_none_or(|n| n * 50 < all));
    let missed = seen.iter().filter(|(class, _)| class.starts_with("origin")).map(|(_, n)| n);
    // The page's origin is drawn to hit: neither always nor hardly ever.
    let often = !(15..45).contains(&(missed.sum::<usize>() * 100 / all.max(1)));
    rare.chain(often.then_some("origin, allowed or not")).collect()
}

const CLASSES: [&str; 8] = [
    "readable, simple",
    "readable, preflighted",
    "origin, simple",
    "origin, preflighted",
    "credentials, simple",
    "credentials, preflighted",
    "method",
    "header",
];

fn check<S: Server>(
    case: &Case,
    server: S,
    after: &impl Fn(&mut S, &Fetch, &Outcome) -> Result<(), String>,
    seen: &mut Seen,
) -> Result<(), String> {
    let reading = Reading::of(&case.config);
    let mut server = Watch {
        server,
        varies: reading.varies(),
        every_options: case.config.contains("answerEveryOptions"),
        wrong: None,
    };
    let mut plain_client = Client::new();
    let mut caching_client = Client::with_http_cache();
    for fetch in &case.fetches {
        // An image of the same URL comes first: its answer must not serve scripts.
        let image = Fetch::new(&fetch.origin, &fetch.url).mode(Mode::NoCors);
        let outcome = caching_client.fetch(&mut server, &image);
        let opaque = ResponseType::Opaque;
        if !matches!(&outcome.verdict, Verdict::Readable { response_type, .. } if *response_type == opaque)
        {
            return Err(format!("{:?} for a no-cors request", outcome.verdict));
        }
        let promise = reading.promise(&Ask {
            origin: Some(&fetch.origin),
            method: &fetch.method,
            headers: &fetch.headers,
            credentials_include: fetch.credentials == Credentials::Include,
        });
        for client in [&mut plain_client, &mut caching_client] {
            let outcome = client.fetch(&mut server, fetch);
            agree(&case.config, fetch, &outcome, &promise)?;
            after(&mut server.server, fetch, &outcome)?;
        }
        if let Some(wrong) = server.wrong.take() {
            return Err(wrong);
        }
        count(&promise, seen);
    }
    Ok(())
}

/// A server, watched for what no script sees.
struct Watch<S> {
    server: S,
    varies: bool,
    every_options: bool,
    wrong: Option<String>,
}

impl<S: Server> Server for Watch<S> {
    fn call(&mut self, request: Request<Bytes>) -> Response<Bytes> {
        let preflight = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if request.method() == Method::OPTIONS && !preflight && self.every_options {
            // It may be answered as a preflight, or reach the inner service.
            return self.server.call(request);
        }
        let before = self.server.inner_calls();
        let personal = [header::COOKIE, header::AUTHORIZATION];
        let personal = personal.iter().any(|name| request.headers().contains_key(name));
        let response = self.server.call(request);
        if (self.server.inner_calls() == before) != preflight {
            self.wrong = Some(format!("preflight: {preflight}, inner service called or not"));
        }
        let vary = response.headers().get_all(header::VARY).iter();
        let named = vary
            .filter_map(|line| line.to_str().ok())
            .any(|line| line.split(',').any(|name| matches!(name.trim(), "origin" | "*")));
        // What is for one user only is kept from others by `origin` beside other names, too.
        let personal = personal || response.headers().contains_key(header::SET_COOKIE);
        let varies = self.varies || preflight;
        if named != varies && !(named && personal) {
            self.wrong = Some(format!("preflight: {preflight}, Vary names origin: {named}"));
        }
        response
    }
}

fn agree(config: &str, fetch: &Fetch, outcome: &Outcome, promise: &Promise) -> Result<(), String> {
    let refused = match &outcome.verdict {
        Verdict::Readable { .. } => None,
        Verdict::NetworkError(refusal) => Some(why(refusal)?),
    };
    if refused != promise.refused {
        return Err(format!("{:?}, but promised: {:?}", outcome.verdict, promise.refused));
    }
    if promise.independent_of_preflight && outcome.preflights() > 0 {
        return Err(format!("preflight for a simple request: {:?}", outcome.log));
    }
    if !promise.independent_of_preflight && refused.is_some() && outcome.others() > 0 {
        return Err(format!("refused by a preflight, and sent: {:?}", outcome.log));
    }
    // Where a layer may answer an OPTIONS itself, there is no inner response to read from.
    let inner_answers = fetch.method != "OPTIONS" || !config.contains("answerEveryOptions");
    if let (Verdict::Readable { status, headers, .. }, true) = (&outcome.verdict, inner_answers) {
        for name in inner_headers(&fetch.url).headers().keys().filter(|_| *status != 304) {
            let name = name.as_str();
            if name.starts_with("access-control-") {
                continue;
            }
            if headers.contains_key(name) != promise.exposes(name) {
                return Err(format!("{name} readable: {}", headers.contains_key(name)));
            }
        }
    }
    Ok(())
}

/// The inner service's last response to such a URL.
fn inner_headers(url: &str) -> Response<Bytes> {
    let url = if url.contains("redirect") { "https://api.service.example/p/e" } else { url };
    inner::respond(&Request::get(url).body(Bytes::new()).expect("a request"))
}

fn why(refusal: &Refusal) -> Result<Why, String> {
    match refusal {
        Refusal::PreflightCorsCheck(failure) | Refusal::ResponseCorsCheck(failure) => match failure
        {
            CorsFailure::Missing => Ok(Why::Origin),
            CorsFailure::WildcardWithCredentials | CorsFailure::CredentialsNotAllowed => {
                Ok(Why::Credentials)
            }
            other => Err(format!("{other:?}")),
        },
        Refusal::MethodNotAllowed(method) => Ok(Why::Method(method.clone())),
        Refusal::HeaderNotAllowed(name) => Ok(Why::Header(name.clone())),
        other => Err(format!("{other:?}")),
    }
}

fn count(promise: &Promise, seen: &mut Seen) {
    let class = match (&promise.refused, promise.independent_of_preflight) {
        (None, true) => "readable, simple",
        (None, false) => "readable, preflighted",
        (Some(Why::Origin), true) => "origin, simple",
        (Some(Why::Origin), false) => "origin, preflighted",
        (Some(Why::Credentials), true) => "credentials, simple",
        (Some(Why::Credentials), false) => "credentials, preflighted",
        (Some(Why::Method(_)), _) => "method",
        (Some(Why::Header(_)), _) => "header",
    };
    *seen.entry(class).or_default() += 1;
    *seen.entry("all").or_default() += 1;
}
