//! Single facts of the Fetch standard, each asked of the model client with a server that says
//! exactly what the fact is about.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use tower_cors_oracle::fetch_client::{
    Client, CorsFailure, Credentials, Fetch, Mode, Outcome, RedirectProblem, Refusal, Verdict,
};

const PAGE: &str = "https://page.example";
const API: &str = "https://api.example/";

fn get() -> Fetch {
    Fetch::new(PAGE, API)
}

fn include() -> Fetch {
    get().credentials(Credentials::Include)
}

/// A server whose preflights and other responses have these headers.
fn server<'a>(
    preflight: &'a [(&'a str, &'a str)],
    other: &'a [(&'a str, &'a str)],
) -> impl FnMut(Request<Bytes>) -> Response<Bytes> + 'a {
    move |request| {
        let asked = request.headers().contains_key("access-control-request-method");
        let mut response = Response::builder();
        for (name, value) in if asked { preflight } else { other } {
            response = response.header(*name, *value);
        }
        response.body(Bytes::new()).expect("a response")
    }
}

fn run(preflight: &[(&str, &str)], other: &[(&str, &str)], fetch: &Fetch) -> Outcome {
    Client::new().fetch(&mut server(preflight, other), fetch)
}

const STAR: (&str, &str) = ("access-control-allow-origin", "*");
const EXACT: (&str, &str) = ("access-control-allow-origin", PAGE);
const CREDENTIALS: (&str, &str) = ("access-control-allow-credentials", "true");

#[test]
fn cors_check() {
    let mismatch = |allowed: &str| CorsFailure::Mismatch {
        allowed: allowed.to_owned(),
        origin: PAGE.to_owned(),
    };
    let acao = |value: &'static str| ("access-control-allow-origin", value);
    let slash = "https://page.example/";
    let both = "https://page.example, *";
    for (headers, fetch, expected) in [
        (vec![], get(), Some(CorsFailure::Missing)),
        (vec![STAR], get(), None),
        (vec![EXACT], get(), None),
        (vec![acao("HTTPS://page.example")], get(), Some(mismatch("HTTPS://page.example"))),
        (vec![acao(slash)], get(), Some(mismatch(slash))),
        (vec![acao("null")], get(), Some(mismatch("null"))),
        (vec![acao("")], get(), Some(mismatch(""))),
        (vec![EXACT, STAR], get(), Some(CorsFailure::SeveralValues(both.to_owned()))),
        (vec![acao(both)], get(), Some(CorsFailure::SeveralValues(both.to_owned()))),
        (vec![STAR, CREDENTIALS], include(), Some(CorsFailure::WildcardWithCredentials)),
        (vec![EXACT], include(), Some(CorsFailure::CredentialsNotAllowed)),
        (
            vec![EXACT, ("access-control-allow-credentials", "True")],
            include(),
            Some(CorsFailure::CredentialsNotAllowed),
        ),
        (
            vec![EXACT, CREDENTIALS, CREDENTIALS],
            include(),
            Some(CorsFailure::CredentialsNotAllowed),
        ),
        (vec![EXACT, CREDENTIALS], include(), None),
        (vec![EXACT], get().credentials(Credentials::Omit), None),
    ] {
        let got = run(&[], &headers, &fetch);
        let expected = expected.map(Refusal::ResponseCorsCheck);
        assert_eq!(got.verdict.refusal(), expected.as_ref(), "{headers:?}");
    }
}

#[test]
fn preflight_lists() {
    let methods = |value: &'static str| ("access-control-allow-methods", value);
    let names = |value: &'static str| ("access-control-allow-headers", value);
    let put = get().method("PUT");
    let not = |method: &str| Some(Refusal::MethodNotAllowed(method.to_owned()));
    let no = |name: &str| Some(Refusal::HeaderNotAllowed(name.to_owned()));
    for (fetch, headers, expected) in [
        (put.clone(), vec![STAR], not("PUT")),
        (put.clone(), vec![STAR, methods("put")], not("PUT")),
        (put.clone(), vec![STAR, methods("GET ,\tPUT,,")], None),
        (put.clone(), vec![STAR, methods("GET"), methods("PUT")], None),
        (put.clone(), vec![STAR, methods("*")], None),
        (
            put.clone(),
            vec![STAR, methods("PUT, a b")],
            Some(Refusal::PreflightHeaderSyntax("access-control-allow-methods")),
        ),
        (
            put.clone(),
            vec![STAR, methods("PUT"), names("x:y")],
            Some(Refusal::PreflightHeaderSyntax("access-control-allow-headers")),
        ),
        (include().method("PUT"), vec![EXACT, CREDENTIALS, methods("*")], not("PUT")),
        (include().method("PUT"), vec![EXACT, CREDENTIALS, methods("*,PUT")], None),
        (get().method("PATCH"), vec![STAR, methods("patch")], not("PATCH")),
        (get().method("post").header("x-a", "1"), vec![STAR, names("X-A")], None),
        (get().header("x-a", "1").header("x-b", "1"), vec![STAR, names("x-a")], no("x-b")),
        (get().header("x-a", "1"), vec![STAR, names("*")], None),
        (include().header("x-a", "1"), vec![EXACT, CREDENTIALS, names("*")], no("x-a")),
        (get().header("Authorization", "t"), vec![STAR, names("*")], no("authorization")),
        (get().header("Authorization", "t"), vec![STAR, names("*, authorization")], None),
        (
            put.clone(),
            vec![methods("PUT")],
            Some(Refusal::PreflightCorsCheck(CorsFailure::Missing)),
        ),
    ] {
        let got = run(&headers, &[EXACT, CREDENTIALS], &fetch);
        assert_eq!(got.verdict.refusal(), expected.as_ref(), "{headers:?}");
        assert_eq!(got.preflights(), 1);
        assert_eq!(got.others(), usize::from(expected.is_none()));
    }
}

#[test]
fn preflight_status_has_to_be_ok() {
    for (status, ok) in [(200, true), (204, true), (299, true), (301, false), (403, false)] {
        let mut server = |_: Request<Bytes>| {
            let response = Response::builder().status(status).header(STAR.0, STAR.1);
            let response = response.header("access-control-allow-methods", "PUT");
            response.body(Bytes::new()).expect("a response")
        };
        let got = Client::new().fetch(&mut server, &get().method("PUT"));
        assert_eq!(got.verdict.is_readable(), ok, "{status}");
    }
}

#[test]
fn preflight_cache() {
    let allow = |max_age: &'static str| {
        [
            EXACT,
            CREDENTIALS,
            ("access-control-allow-methods", "PUT,DELETE"),
            ("access-control-allow-headers", "x-a"),
            ("access-control-max-age", max_age),
        ]
    };
    let put = get().method("PUT");
    let include = include().method("PUT");
    let other_url = Fetch { url: format!("{API}?q"), ..put.clone() };
    // Max-age, first fetch, seconds between, second fetch, preflights of the second.
    for (max_age, first, seconds, second, expected) in [
        ("600", &put, 0, put.clone(), 0),
        ("600", &put, 599, put.clone(), 0),
        ("600", &put, 600, put.clone(), 1),
        ("0", &put, 0, put.clone(), 1),
        ("-1", &put, 4, put.clone(), 0),
        ("-1", &put, 5, put.clone(), 1),
        ("10m", &put, 5, put.clone(), 1),
        ("", &put, 4, put.clone(), 0),
        ("99999999999999999999999", &put, 1_000_000, put.clone(), 0),
        ("600", &put, 0, get().method("DELETE").header("X-A", "1"), 0),
        ("600", &put, 0, get().header("x-b", "1"), 1),
        ("600", &put, 0, other_url, 1),
        ("600", &put, 0, include.clone(), 1),
        ("600", &include, 0, put.clone(), 0),
        ("600", &include, 0, include.clone(), 0),
    ] {
        let allow = allow(max_age);
        let mut server = server(&allow, &[EXACT, CREDENTIALS]);
        let mut client = Client::new();
        assert_eq!(client.fetch(&mut server, first).preflights(), 1);
        client.advance(Duration::from_secs(seconds));
        let got = client.fetch(&mut server, &second);
        assert_eq!(got.preflights(), expected, "{max_age} {seconds} {second:?}");
    }
}

#[test]
fn a_network_error_clears_the_preflight_cache() {
    let allow = [STAR, ("access-control-allow-methods", "PUT")];
    let put = get().method("PUT");
    let mut client = Client::new();
    assert_eq!(client.fetch(&mut server(&allow, &[STAR]), &put).preflights(), 1);
    assert_eq!(client.fetch(&mut server(&allow, &[]), &put).preflights(), 0);
    assert_eq!(client.fetch(&mut server(&allow, &[STAR]), &put).preflights(), 1);
}

#[test]
fn exposed_names() {
    let readable = |fetch: &Fetch, headers: &[(&str, &str)]| match run(&[], headers, fetch).verdict
    {
        Verdict::Readable { headers, .. } => headers.into_keys().collect::<Vec<_>>().join(" "),
        refused => format!("{refused:?}"),
    };
    let own =
        [("x-a", "1"), ("x-b", "2"), ("set-cookie", "c"), ("pragma", "p"), EXACT, CREDENTIALS];
    let expose = |value| [own.as_slice(), &[("access-control-expose-headers", value)]].concat();
    assert_eq!(readable(&get(), &own), "pragma");
    assert_eq!(readable(&get(), &expose("X-A, set-cookie")), "pragma x-a");
    assert_eq!(readable(&get(), &expose("x-a, b:c")), "pragma");
    let all = "access-control-allow-credentials access-control-allow-origin \
               access-control-expose-headers pragma x-a x-b";
    assert_eq!(readable(&get(), &expose("*")), all);
    assert_eq!(readable(&include(), &expose("*")), "pragma");
    assert_eq!(readable(&include(), &expose("*,x-b")), "pragma x-b");
}

#[test]
fn origin_is_sent() {
    let sent = |fetch: &Fetch| {
        let mut sent = None;
        let mut server = |request: Request<Bytes>| {
            sent = request.headers().get("origin").map(|origin| format!("{origin:?}"));
            Response::new(Bytes::new())
        };
        Client::new().fetch(&mut server, fetch);
        sent
    };
    let own = Fetch::new(PAGE, format!("{PAGE}/x"));
    let page = Some(format!("{PAGE:?}"));
    assert_eq!(sent(&get()), page);
    assert_eq!(sent(&own), None);
    assert_eq!(sent(&own.clone().method("HEAD")), None);
    assert_eq!(sent(&own.method("POST")), page);
    assert_eq!(sent(&get().mode(Mode::NoCors)), None);
    assert_eq!(sent(&get().mode(Mode::NoCors).method("POST")), page);
    let downgrade = Fetch::new(PAGE, "http://api.example/").mode(Mode::NoCors).method("POST");
    assert_eq!(sent(&downgrade).as_deref(), Some("\"null\""));
    assert_eq!(sent(&Fetch::new("null", API)).as_deref(), Some("\"null\""));
}

#[test]
fn redirects() {
    let to = |status: u16, location: &'static str, fetch: &Fetch| {
        let mut last = Vec::new();
        let mut server = |request: Request<Bytes>| {
            last.push(format!("{} {:?}", request.method(), request.headers().get("authorization")));
            let first = request.uri().path() == "/";
            let preflight = request.headers().contains_key("access-control-request-method");
            let response = Response::builder()
                .header(EXACT.0, request.headers().get("origin").cloned().expect("an origin"))
                .header("access-control-allow-methods", "*")
                .header("access-control-allow-headers", "authorization")
                .status(if first && !preflight { status } else { 200 });
            let response = if first { response.header("location", location) } else { response };
            response.body(Bytes::new()).expect("a response")
        };
        let outcome = Client::new().fetch(&mut server, fetch);
        (outcome.verdict.refusal().cloned(), last.pop().unwrap_or_default())
    };
    let authorized = get().header("authorization", "t");
    let post = get().method("POST").body("x");
    for (status, fetch, last) in [
        (301, post.clone(), "GET None"),
        (302, post.clone(), "GET None"),
        (303, get().method("PUT"), "GET None"),
        (307, post.clone(), "POST None"),
        (308, post, "POST None"),
        (302, get().method("PUT"), "PUT None"),
        (303, get().method("HEAD"), "HEAD None"),
        (302, authorized.clone(), "GET Some(\"t\")"),
    ] {
        assert_eq!(to(status, "/next", &fetch), (None, last.to_owned()), "{status} {fetch:?}");
    }
    // At another origin, `authorization` is gone.
    let other = "https://other.example/next";
    assert_eq!(to(302, other, &authorized), (None, "GET None".to_owned()));
    for (location, problem) in [
        ("https://u@api.example/next", RedirectProblem::UrlCredentials),
        ("ftp://api.example/next", RedirectProblem::Scheme),
        ("https://:0/", RedirectProblem::BadLocation),
        ("/", RedirectProblem::TooMany),
    ] {
        assert_eq!(to(302, location, &get()).0, Some(Refusal::Redirect(problem)), "{location}");
    }
}
