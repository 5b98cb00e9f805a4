//! Runs tables in one browser: serves them, opens its page and listens to what the page tells.

use std::convert::Infallible;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::conductor::{Next, Report, Run, Turn};
use super::engine::{Engine, Session, Told};
use super::site::{Site, Under, collected};

/// No step of a page takes as long, nor does a browser's start.
pub(crate) const SILENCE: Duration = Duration::from_secs(60);
/// No browser takes as long for all of its steps.
const LIMIT: Duration = Duration::from_secs(300);

const REOPENED: &str = "the browser opened its page once more by itself";

/// One browser at a time: the second of a `maxAge: 1` is short on a busy machine.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// What a table is served with.
pub(crate) struct Job<'a> {
    pub(crate) table: &'a str,
    pub(crate) under: Under,
    /// Whether the first difference is enough.
    pub(crate) brief: bool,
}

/// The reports, one for each job, and the browser's version; or why there are none, and what there
/// was until then.
pub(crate) fn run(
    engine: Engine,
    (browser, session): (&Path, Session),
    jobs: &[Job<'_>],
    silence: Duration,
) -> Result<(Vec<Report>, String), String> {
    alone(|| {
        let first = run_once(engine, (browser, session), jobs, silence);
        match first {
            // Seen once of a first start on a busy machine; no row is judged by it.
            Err(why) if why.contains(REOPENED) => {
                run_once(engine, (browser, session), jobs, silence)
            }
            other => other,
        }
    })
}

/// While no other browser runs.
pub(crate) fn alone<T>(what: impl FnOnce() -> T) -> T {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    what()
}

fn run_once(
    engine: Engine,
    (browser, session): (&Path, Session),
    jobs: &[Job<'_>],
    silence: Duration,
) -> Result<(Vec<Report>, String), String> {
    let runtime = Runtime::new().map_err(|error| error.to_string())?;
    let (sender, events) = mpsc::channel();
    let mut runs = Vec::new();
    let mut listeners = Vec::new();
    {
        let _inside = runtime.enter();
        for Job { table, under, brief } in jobs {
            let (site, bound) = Site::open(table, *under)?;
            let site = Arc::new(site);
            listeners.extend(bound.into_iter().map(|bound| (Arc::clone(&site), bound)));
            runs.push(Run::new(site, engine, *brief));
        }
    }
    let home = runs.first().ok_or("no jobs")?.home();
    let tell = sender.clone();
    let shared = Arc::new(Tables {
        state: Mutex::new(State { runs, on: 0, page: (String::new(), true) }),
        tell: Box::new(move |event| drop(tell.send(event))),
    });
    for (site, listener) in listeners {
        runtime.spawn(serve(Arc::clone(&shared), site, listener));
    }
    let started =
        engine.start(browser, session, &home, move |told| drop(sender.send(Event::Told(told))));
    let running =
        started.map_err(|error| format!("{} does not start: {error}", browser.display()))?;
    let heard = listen(&events, silence);
    let heard = match running.end() {
        Ok(()) => heard,
        Err(left) => Err(left),
    };
    let state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
    let reports: Vec<_> = state.runs.iter().map(|run| run.report.clone()).collect();
    match heard {
        Ok(version) => Ok((reports, version)),
        Err(why) => {
            let done: usize = reports.iter().map(|report| report.scenarios.len()).sum();
            let differences = reports.iter().flat_map(|report| &report.differences);
            let differences: String = differences.map(|found| format!("\n{found}")).collect();
            Err(format!("{engine}: {why}; {done} scenarios were done{differences}"))
        }
    }
}

enum Event {
    Told(Told),
    Step(String),
    Reopened,
    Finished,
}

/// Waits for the end of the last table.
fn listen(events: &mpsc::Receiver<Event>, silence: Duration) -> Result<String, String> {
    let end = Instant::now() + LIMIT;
    let mut version = String::new();
    let mut last = "the page was not opened".to_owned();
    let mut patience = SILENCE;
    loop {
        let left = end.saturating_duration_since(Instant::now()).min(patience);
        match events.recv_timeout(left) {
            Ok(Event::Told(Told::Version(told))) => version = told,
            Ok(Event::Told(Told::Ended(why))) => {
                return Err(format!("the browser ended ({why}); the last step: {last}"));
            }
            Ok(Event::Step(step)) => (last, patience) = (step, silence),
            Ok(Event::Reopened) => return Err(REOPENED.to_owned()),
            Ok(Event::Finished) => return Ok(version),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                return Err(format!("no word in {left:?}; the last step: {last}"));
            }
        }
    }
}

struct State {
    runs: Vec<Run>,
    /// Which run is on.
    on: usize,
    /// The id of the page that is on, and whether another is to follow it.
    page: (String, bool),
}

/// What all servers share.
struct Tables {
    state: Mutex<State>,
    tell: Box<dyn Fn(Event) + Send + Sync>,
}

async fn serve(shared: Arc<Tables>, site: Arc<Site>, listener: TcpListener) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let (shared, site) = (Arc::clone(&shared), Arc::clone(&site));
        let service = service_fn(move |request| {
            let (shared, site) = (Arc::clone(&shared), Arc::clone(&site));
            async move { Ok::<_, Infallible>(shared.answer(&site, request).await) }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

impl Tables {
    async fn answer(&self, site: &Site, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (kind, body): (_, Bytes) = match request.uri().path() {
            "/.harness/page" => ("text/html", include_str!("page.html").into()),
            "/.harness/page.js" => ("text/javascript", include_str!("page.js").into()),
            "/.harness/turn" => {
                let next = self.turn(collected(request).await.body());
                ("application/json", next.unwrap_or_else(|error| error.to_string()).into())
            }
            _ => return site.answer(request).await,
        };
        let mut response = Response::new(Full::new(body));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
        headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
        response
    }

    /// The page's next step, of the next table when one is over.
    fn turn(&self, body: &[u8]) -> serde_json::Result<String> {
        let Turn { id, page, mut seen } = serde_json::from_slice(body)?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { runs, on, page: page_on } = &mut *state;
        if page_on.0 != id && !page_on.1 {
            (self.tell)(Event::Reopened);
            return serde_json::to_string(&Next::end());
        }
        let next = loop {
            let Some(run) = runs.get_mut(*on) else {
                (self.tell)(Event::Finished);
                break Next::end();
            };
            match run.turn(&page, seen.take()) {
                Some(next) => break next,
                None => *on += 1,
            }
        };
        (self.tell)(Event::Step(next.told()));
        *page_on = (id, next.opens());
        serde_json::to_string(&next)
    }
}

/// Two pages would get steps in turns, and nothing that either sees would be what the table says.
#[test]
fn only_one_page_is_led() {
    let runtime = Runtime::new().expect("a runtime");
    let _inside = runtime.enter();
    let table = include_str!("sample.json");
    let (site, _) = Site::open(table, Under::Layer).expect("the sample");
    let run = Run::new(Arc::new(site), Engine::Chromium, false);
    let page = run.home().replace("/.harness/page", "");
    let (sender, events) = mpsc::channel();
    let tables = Tables {
        state: Mutex::new(State { runs: vec![run], on: 0, page: (String::new(), true) }),
        tell: Box::new(move |event| drop(sender.send(event))),
    };
    let turn = |id: &str| {
        let turn = serde_json::json!({"id": id, "page": page, "seen": null});
        tables.turn(turn.to_string().as_bytes()).expect("a turn")
    };
    assert!(turn("one").contains("\"do\":\"fetch\""));
    assert!(turn("two").contains("\"do\":\"end\""));
    assert!(turn("one").contains("\"do\":\"fetch\""));
    drop(tables);
    let reopened = events.iter().filter(|event| matches!(event, Event::Reopened)).count();
    assert_eq!(reopened, 1);
}
