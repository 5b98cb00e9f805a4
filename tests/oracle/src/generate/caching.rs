//! A browser that goes from page to page, drawn so that what it stores is met again.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::fetch_client::{Cache, Credentials, Fetch, Mode};

/// A config, and what happens to a browser meanwhile.
#[derive(Clone, Debug)]
pub struct CachingCase {
    /// The config's JSON text.
    pub config: String,
    /// The steps.
    pub steps: Vec<CachingStep>,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum CachingStep {
    /// A page asks for something, with mode `no-cors` as an image does.
    Fetch(Fetch),
    /// The cookie of the service's host, or its end.
    Cookie(&'static str),
    /// Seconds pass.
    Wait(u64),
    /// The service has another config.
    Config(String),
}

const ORIGINS: [&str; 3] =
    ["https://a.shop.example", "https://b.shop.example", "https://c.shop.example"];

/// A case: where an `ETag` layer stands outside of the CORS layer, the config stays as it is.
pub fn caching_case() -> BoxedStrategy<CachingCase> {
    any::<bool>()
        .prop_flat_map(|outside| {
            let urls = prop::collection::vec(url(outside), 1..3);
            (urls, caching_config(), Just(outside))
        })
        .prop_flat_map(|(urls, config, outside)| {
            let change = if outside {
                wait()
            } else {
                caching_config().prop_map(CachingStep::Config).boxed()
            };
            let step = prop_oneof![
                14 => fetch(urls).prop_map(CachingStep::Fetch),
                3 => cookie(),
                1 => wait(),
                2 => change,
            ];
            // Who is signed in first makes more of what follows personal.
            let steps = (cookie(), prop::collection::vec(step, 4..12));
            let steps = steps.prop_map(|(first, mut steps)| {
                steps.insert(0, first);
                steps
            });
            (Just(config), steps).prop_map(|(config, steps)| CachingCase { config, steps })
        })
        .boxed()
}

fn cookie() -> BoxedStrategy<CachingStep> {
    prop_oneof![
        4 => Just("user=ann"),
        1 => Just("user=bob"),
        2 => Just("user=; Max-Age=0"),
    ]
    .prop_map(CachingStep::Cookie)
    .boxed()
}

fn wait() -> BoxedStrategy<CachingStep> {
    select(vec![2, 1000]).prop_map(CachingStep::Wait).boxed()
}

fn url(outside: bool) -> BoxedStrategy<String> {
    let cc = prop_oneof![
        6 => Just("no-cache"),
        4 => Just("max-age%3D600"),
        2 => Just("max-age%3D1,stale-while-revalidate%3D600"),
        1 => Just("private,max-age%3D600,s-maxage%3D60"),
        1 => Just("public,max-age%3D600"),
        1 => Just("s-maxage%3D60,max-age%3D600"),
        1 => Just("max-age%3D600,immutable"),
    ];
    let more = prop_oneof![
        6 => Just(""),
        1 => Just("&welcome=1"),
        1 => Just("&vary=accept"),
        1 => Just("&to=/p/personal%3Fcc%3Dno-store"),
    ];
    let etag = if outside { "&etag=outside" } else { "" };
    (cc, more)
        .prop_map(move |(cc, more)| {
            format!("https://api.shop.example/p/personal?cc={cc}{more}{etag}")
        })
        .boxed()
}

fn fetch(urls: Vec<String>) -> BoxedStrategy<Fetch> {
    let mode = prop_oneof![3 => Just(Mode::Cors), 1 => Just(Mode::NoCors)];
    let credentials = prop_oneof![
        3 => Just(Credentials::Include),
        4 => Just(Credentials::SameOrigin),
        1 => Just(Credentials::Omit),
    ];
    let kind = prop_oneof![
        12 => Just(("GET", None)),
        2 => Just(("GET", Some(("authorization", "Bearer ann")))),
        1 => Just(("GET", Some(("range", "bytes=0-99")))),
        1 => Just(("GET", Some(("range", "bytes=9-")))),
        1 => Just(("HEAD", None)),
    ];
    let cache = prop_oneof![
        8 => Just(Cache::Default),
        1 => Just(Cache::NoCache),
        1 => Just(Cache::Reload),
    ];
    (select(ORIGINS.to_vec()), select(urls), mode, credentials, kind, cache)
        .prop_map(|(origin, url, mode, credentials, (method, header), cache)| {
            let fetch = Fetch::new(origin, url).cache(cache);
            if mode == Mode::NoCors {
                return fetch.mode(mode).credentials(Credentials::Include);
            }
            let fetch = fetch.method(method).credentials(credentials);
            header.into_iter().fold(fetch, |fetch, (name, value)| fetch.header(name, value))
        })
        .boxed()
}

/// One, two or three configs, in one of which credentials are often allowed, or any origin.
fn caching_config() -> BoxedStrategy<String> {
    let open = expose().prop_map(|expose| json!({"allowOrigins": ["*"], "exposeHeaders": expose}));
    let some = || {
        let origins = prop::sample::subsequence(ORIGINS.to_vec(), 1..=3);
        (origins, any::<bool>(), expose()).prop_map(|(origins, credentials, expose)| {
            json!({"allowOrigins": origins, "allowCredentials": credentials, "exposeHeaders": expose})
        })
    };
    let chain = prop::collection::vec(some(), 1..=3);
    let config = prop_oneof![1 => open.prop_map(|open| vec![open]), 3 => chain];
    config
        .prop_map(|configs| {
            let link = |next: Option<Value>, mut config: Value| {
                config["allowHeaders"] = json!(["authorization"]);
                if let Some(next) = next {
                    config["or"] = next;
                }
                Some(config)
            };
            configs.into_iter().rev().fold(None, link).unwrap_or_default().to_string()
        })
        .boxed()
}

fn expose() -> BoxedStrategy<Vec<&'static str>> {
    prop_oneof![2 => Just(vec![]), 2 => Just(vec!["x-user"]), 1 => Just(vec!["*"])].boxed()
}
