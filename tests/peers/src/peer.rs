//! Who is asked.

pub(crate) mod actix;
mod ours;
pub(crate) mod poem;
pub(crate) mod salvo;
pub(crate) mod tower_http;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::ask::{Answer, App, Request, Settings};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Ours,
    TowerHttp,
    Actix,
    Poem,
    Salvo,
}

/// Why a peer did not serve.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// An error value, with its text.
    Error(String),
    /// An error of a type of `http`, where the text is parsed for the peer.
    Type,
    /// The server does not start, and the log says why.
    Start,
    Panic,
}

impl Peer {
    pub(crate) const ALL: [Self; 5] =
        [Self::Ours, Self::TowerHttp, Self::Actix, Self::Poem, Self::Salvo];

    /// Its package, if it is another's.
    pub(crate) fn package(self) -> Option<&'static str> {
        match self {
            Self::Ours => None,
            Self::TowerHttp => Some("tower-http"),
            Self::Actix => Some("actix-cors"),
            Self::Poem => Some("poem"),
            Self::Salvo => Some("salvo"),
        }
    }

    /// The answers of one and the same app to these requests, in turn.
    pub(crate) fn ask(
        self,
        settings: &Settings,
        app: &App,
        requests: &[Request],
    ) -> Result<Vec<Answer>, Refusal> {
        let serve = match self {
            Self::Ours => ours::serve,
            Self::TowerHttp => tower_http::serve,
            Self::Actix => actix::serve,
            Self::Poem => poem::serve,
            Self::Salvo => salvo::serve,
        };
        catch_unwind(AssertUnwindSafe(|| serve(settings, app, requests)))
            .unwrap_or(Err(Refusal::Panic))
    }

    pub(crate) fn one(self, settings: &Settings, app: &App, request: Request) -> Answer {
        let mut answers = self.ask(settings, app, &[request]).expect("it serves");
        answers.remove(0)
    }
}

/// What is asynchronous runs here, on the thread of the test.
pub(crate) fn run<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

/// The answers of a Tower service.
pub(crate) mod tower_service {
    use std::convert::Infallible;

    use http::header::HeaderName;
    use tower::{Layer, Service, ServiceExt, service_fn};

    use super::run;
    use crate::ask::{Answer, App, Request};

    pub(crate) fn through<L>(layer: &L, app: &App, requests: &[Request]) -> Vec<Answer>
    where
        L: Layer<BoxedApp>,
        L::Service: Service<
                http::Request<String>,
                Response = http::Response<String>,
                Error = Infallible,
                Future: Send,
            > + Clone,
    {
        let service = layer.layer(boxed(app));
        let answers = requests.iter().map(|request| {
            let before = app.calls();
            let response = run(service.clone().oneshot(built(request))).expect("no error");
            answer(response, app.calls() - before)
        });
        answers.collect()
    }

    pub(crate) type BoxedApp =
        tower::util::BoxCloneSyncService<http::Request<String>, http::Response<String>, Infallible>;

    fn boxed(app: &App) -> BoxedApp {
        let app = app.clone();
        BoxedApp::new(service_fn(move |_: http::Request<String>| {
            app.called();
            let mut response = http::Response::builder().status(app.status);
            for (name, value) in app.headers {
                response = response.header(*name, *value);
            }
            let response = response.body(String::from("hello")).expect("a response");
            async { Ok(response) }
        }))
    }

    fn built(request: &Request) -> http::Request<String> {
        let mut built = http::Request::builder().method(request.method).uri(request.path);
        for (name, value) in &request.headers {
            built = built.header(HeaderName::from_static(name), value.as_slice());
        }
        built.body(String::new()).expect("a request")
    }

    fn answer(response: http::Response<String>, calls: usize) -> Answer {
        let headers = response.headers();
        let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        Answer::new(response.status().as_u16(), calls, headers)
    }
}
