//! Sources of every kind with a cache in between: whoever the cache serves gets what he would have
//! got without it. Policies are looked up asynchronously, chosen by the origin or not, and by the
//! target with a list of origins or a constant.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::header::{ACCEPT_LANGUAGE, ORIGIN};
use http::{Request, Response};
use proptest::prelude::*;
use proptest::sample::select;
use tower::{Layer, ServiceExt, service_fn};
use tower_cors::{
    Choice, CorsLayer, FromExtensions, Policy, PolicySource, Reloadable, RequestHead,
};
use tower_cors_oracle::fetch_client::{Client, Credentials, Fetch, Mode, Server};
use tower_cors_oracle::inner;

/// Where the policy for a request comes from. `one` and `other` are drawn; `None` passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// `one` itself, which is known to be the only one.
    Policy,
    Shared,
    Reloaded,
    /// A closure that looks at the origin, and one that looks at the path and does not say so.
    ByOrigin,
    ByPath,
    /// One that says so, and one that looks at a header besides.
    ByTarget,
    ByTargetAndLanguage,
    /// A source of a user's own, which asks policies.
    Asking,
    /// A middleware asks a database for the origin, and leaves a policy or does not.
    LookedUp,
    /// One that leaves a choice, made by the path.
    LookedUpByTarget,
    /// Several policies that must all allow.
    All,
}

const KINDS: [Kind; 11] = [
    Kind::Policy,
    Kind::Shared,
    Kind::Reloaded,
    Kind::ByOrigin,
    Kind::ByPath,
    Kind::ByTarget,
    Kind::ByTargetAndLanguage,
    Kind::Asking,
    Kind::LookedUp,
    Kind::LookedUpByTarget,
    Kind::All,
];

const CUSTOMER: &str = "https://customer.example";
const PAGES: [&str; 3] = [CUSTOMER, "https://other.example", "null"];

type Chosen = Option<Policy>;

#[derive(Clone)]
struct Site {
    kind: Kind,
    one: Chosen,
    other: Chosen,
}

/// `one` for the customer's pages.
fn by_origin(request: &RequestHead<'_>, site: &Site) -> Chosen {
    let is_customer = request.headers().get(ORIGIN).is_some_and(|origin| origin == CUSTOMER);
    if is_customer { site.one.clone() } else { site.other.clone() }
}

fn by_path(request: &RequestHead<'_>, site: &Site) -> Chosen {
    let is_first = request.uri().path().starts_with("/one/");
    if is_first { site.one.clone() } else { site.other.clone() }
}

struct Asking(Site);

impl PolicySource for Asking {
    fn choose<'a>(&'a self, request: &RequestHead<'a>) -> Choice<'a> {
        let is_customer = request.headers().get(ORIGIN).is_some_and(|origin| origin == CUSTOMER);
        if is_customer { self.0.one.choose(request) } else { self.0.other.choose(request) }
    }
}

impl Site {
    fn respond(&self, request: Request<Bytes>) -> Response<Bytes> {
        let site = self.clone();
        match self.kind {
            Kind::Policy => answer(site.one, request),
            Kind::Shared => {
                answer(Arc::new(site.one) as Arc<dyn PolicySource + Send + Sync>, request)
            }
            Kind::Reloaded => answer(Reloadable::new(Arc::new(Reloadable::new(site.one))), request),
            Kind::ByOrigin => {
                answer(move |request: &RequestHead<'_>| by_origin(request, &site), request)
            }
            Kind::ByPath => {
                answer(move |request: &RequestHead<'_>| by_path(request, &site), request)
            }
            Kind::ByTarget => answer(
                move |request: &RequestHead<'_>| Choice::from(by_path(request, &site)).by_target(),
                request,
            ),
            Kind::ByTargetAndLanguage => answer(
                move |request: &RequestHead<'_>| {
                    let german =
                        request.headers().get(ACCEPT_LANGUAGE).is_some_and(|it| it == "de");
                    let policy = if german { site.one.clone() } else { by_path(request, &site) };
                    Choice::from(policy).vary([ACCEPT_LANGUAGE]).by_target()
                },
                request,
            ),
            Kind::Asking => answer(Arc::new(Asking(site)), request),
            Kind::LookedUp => look_up(
                async move |request| {
                    LookUp(false).await;
                    if let Some(policy) = by_origin(&RequestHead::from(&*request), &site) {
                        request.extensions_mut().insert(policy);
                    }
                },
                request,
            ),
            Kind::LookedUpByTarget => look_up(
                async move |request| {
                    LookUp(false).await;
                    let policy = by_path(&RequestHead::from(&*request), &site);
                    request.extensions_mut().insert(Choice::from(policy).by_target());
                },
                request,
            ),
            Kind::All => {
                let policies: Vec<_> = [site.one, site.other].into_iter().flatten().collect();
                let choice = move |_: &RequestHead<'_>| Choice::all_of(&policies).by_target();
                answer(choice, request)
            }
        }
    }
}

fn answer(source: impl PolicySource + Clone, request: Request<Bytes>) -> Response<Bytes> {
    let inner = service_fn(|request: Request<Bytes>| {
        std::future::ready(Ok::<_, Infallible>(respond(&request)))
    });
    finish(CorsLayer::new(source).layer(inner).oneshot(request)).unwrap()
}

/// A middleware in front of the layer, as on axum.
fn look_up(
    middleware: impl AsyncFn(&mut Request<Bytes>),
    mut request: Request<Bytes>,
) -> Response<Bytes> {
    finish(middleware(&mut request));
    answer(FromExtensions::or(Policy::deny_all()), request)
}

/// What a database needs: it is not there at once.
struct LookUp(bool);

impl Future for LookUp {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

fn finish<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

/// Cacheable, and the same for everybody.
fn respond(request: &Request<Bytes>) -> Response<Bytes> {
    let mut response = inner::respond(request);
    *response.body_mut() = Bytes::from_static(b"the same for everybody");
    response.headers_mut().remove("content-length");
    response
}

fn policy() -> impl Strategy<Value = Chosen> {
    let list = |origins: &[&str]| Policy::builder().allow_origins(origins);
    let policies = [
        list(&["*"]).expose_headers(["*"]),
        list(&["*"]),
        list(&[CUSTOMER]).expose_headers(["etag"]),
        list(&[CUSTOMER]).allow_credentials(true).expose_headers(["*"]),
        list(&["https://other.example", "null"]),
        list(&[CUSTOMER]).allow_credentials(true).or(list(&["*"])),
    ];
    let built: Vec<_> = policies.into_iter().map(|config| Some(config.build().unwrap())).collect();
    prop_oneof![6 => select(built), 1 => Just(Some(Policy::deny_all())), 1 => Just(None)]
}

fn fetch() -> impl Strategy<Value = Fetch> {
    let endpoint = select(vec!["cacheable.js", "cacheable.js", "revalidate", "redirect"]);
    let what = (select(vec!["one", "two"]), endpoint, any::<bool>(), select(vec!["", "de", "fr"]));
    (select(&PAGES[..]), what, 0..5u8).prop_map(|(page, (path, end, include, language), image)| {
        let host = "https://api.example";
        let url = match end {
            "redirect" => format!("{host}/{path}/redirect?to=/{path}/cacheable.js"),
            end => format!("{host}/{path}/{end}"),
        };
        let mut fetch = Fetch::new(page, url);
        if include {
            fetch = fetch.credentials(Credentials::Include);
        }
        if !language.is_empty() {
            fetch = fetch.header("accept-language", language);
        }
        if image == 0 { fetch.mode(Mode::NoCors) } else { fetch }
    })
}

type Seen = RefCell<BTreeMap<Kind, [usize; 3]>>;

fn check(site: &Site, fetches: &[Fetch], seen: &Seen) -> Result<(), TestCaseError> {
    let mut server = |request: Request<Bytes>| site.respond(request);
    let server: &mut dyn Server = &mut server;
    let mut caching = Client::with_http_cache();
    for fetch in fetches {
        let fresh = Client::new().fetch(server, fetch);
        let cached = caching.fetch(server, fetch);
        // The reason may differ: a stored grant is taken back by an empty one.
        match fresh.verdict.is_readable() {
            true => prop_assert_eq!(&cached.verdict, &fresh.verdict, "{:?}", fetch),
            false => prop_assert!(!cached.verdict.is_readable(), "{:?}: {:?}", fetch, cached),
        }
        let mut seen = seen.borrow_mut();
        let [hits, readable, refused] = seen.entry(site.kind).or_default();
        *hits += usize::from(cached.others() < fresh.others() && cached.verdict.is_readable());
        *readable += usize::from(cached.verdict.is_readable());
        *refused += usize::from(!cached.verdict.is_readable());
    }
    Ok(())
}

#[test]
fn a_cache_gives_nobody_what_was_chosen_for_another() {
    let seen = Seen::default();
    let strategy = (select(&KINDS[..]), policy(), policy(), prop::collection::vec(fetch(), 2..10));
    let config = ProptestConfig { cases: 4000, failure_persistence: None, ..Default::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let done = runner.run(&strategy, |(kind, one, other, fetches)| {
        check(&Site { kind, one, other }, &fetches, &seen)
    });
    done.unwrap_or_else(|error| panic!("{error}"));
    let seen = seen.into_inner();
    assert_eq!(seen.len(), KINDS.len());
    for (kind, counts) in &seen {
        assert!(counts.iter().all(|count| *count > 50), "{kind:?}: {seen:?}");
    }
}
