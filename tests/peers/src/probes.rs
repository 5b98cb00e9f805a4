//! What each peer does, seen from its answers. A probe says it in a few words, which `table.rs`
//! expects and the page shows.

use crate::ask::{
    APP, Answer, App, EVIL, Expose, Headers, LISTED, Origins, Settings, get, preflight, request,
};
use crate::peer::{Peer, Refusal};

pub(crate) fn options_with_origin(peer: Peer) -> String {
    let app = App::with(&[("allow", "GET")]);
    let answer = peer.one(&LISTED, &app, request("OPTIONS").with("origin", APP));
    reached(&answer)
}

pub(crate) fn options_without_origin(peer: Peer) -> String {
    reached(&peer.one(&LISTED, &App::new(), request("OPTIONS")))
}

pub(crate) fn allowed_preflight(peer: Peer) -> String {
    let answer = peer.one(&LISTED, &App::new(), preflight(APP));
    assert_eq!(answer.origin().as_deref(), Some(APP), "{peer:?}");
    reached(&answer)
}

pub(crate) fn denied_preflight(peer: Peer) -> String {
    let settings = Settings { credentials: true, ..LISTED };
    let answer = peer.one(&settings, &App::new(), preflight(EVIL));
    assert_eq!(answer.origin(), None, "{peer:?}");
    let rest = if answer.grants().is_empty() { "no grant" } else { "all but the origin" };
    format!("{}, {rest}", answer.status)
}

pub(crate) fn unlisted_method(peer: Peer) -> String {
    let asked = request("OPTIONS").with("origin", APP);
    let asked = asked.with("access-control-request-method", "DELETE");
    let answer = peer.one(&LISTED, &App::new(), asked);
    match answer.header("access-control-allow-methods") {
        Some(methods) => {
            assert_eq!(methods, "PUT", "{peer:?}");
            format!("{}, the list", answer.status)
        }
        None => format!("{}, no grant", answer.status),
    }
}

pub(crate) fn denied_actual(peer: Peer) -> String {
    let app = App::new();
    let answer = peer.one(&LISTED, &app, get(EVIL));
    assert_eq!(answer.origin(), None, "{peer:?}");
    if answer.calls == 1 { "reaches the app" } else { "403, the app is not called" }.to_owned()
}

pub(crate) fn grant_of_the_app(peer: Peer) -> String {
    let app = App::with(&[("access-control-allow-origin", "*")]);
    let answer = peer.one(&LISTED, &app, get(EVIL));
    match (answer.calls, answer.origin().as_deref()) {
        (0, None) => "the app is not called",
        (1, None) => "removed",
        (1, Some("*")) => "sent",
        other => panic!("{peer:?}: {other:?}"),
    }
    .to_owned()
}

pub(crate) fn credentials_of_the_app(peer: Peer) -> String {
    let app = App::with(&[("access-control-allow-credentials", "true")]);
    let answer = peer.one(&LISTED, &app, get(APP));
    let sent = answer.header("access-control-allow-credentials").is_some();
    if sent { "sent" } else { "removed" }.to_owned()
}

pub(crate) fn vary(peer: Peer) -> String {
    let requests = [get(APP), get(EVIL), request("GET")];
    let answers = peer.ask(&LISTED, &App::new(), &requests).expect("it serves");
    let said: Vec<_> = answers.iter().map(|answer| answer.varies("origin")).collect();
    match said[..] {
        [true, true, true] => "always",
        [false, false, false] => "never",
        [true, false, false] => "allowed only",
        _ => panic!("{peer:?}: {said:?}"),
    }
    .to_owned()
}

pub(crate) fn vary_of_the_app(peer: Peer) -> String {
    let app = App::with(&[("vary", "accept-encoding"), ("vary", "accept-language")]);
    let settings = Settings { origins: Origins::Subdomains, ..LISTED };
    let answer = peer.one(&settings, &app, get("https://a.example.com"));
    assert!(answer.varies("origin"), "{peer:?}");
    match (answer.varies("accept-encoding"), answer.varies("accept-language")) {
        (true, true) => "kept",
        (true, false) => "the first line is kept",
        (false, false) => "replaced",
        (false, true) => panic!("{peer:?}"),
    }
    .to_owned()
}

pub(crate) fn vary_of_preflights(peer: Peer) -> String {
    let answers = peer.ask(&LISTED, &App::new(), &[preflight(APP), preflight(EVIL)]);
    let names = ["origin", "access-control-request-method", "access-control-request-headers"];
    let said = answers.expect("it serves").into_iter().map(|answer| {
        match names.map(|name| answer.varies(name)) {
            [true, true, true] => "all three",
            [true, false, false] => "`origin`",
            [false, false, false] => "none",
            other => panic!("{peer:?}: {other:?}"),
        }
    });
    let said: Vec<_> = said.collect();
    if said[0] == said[1] { said[0].to_owned() } else { format!("{}; {}", said[0], said[1]) }
}

/// The answer that is the same for everybody.
pub(crate) fn any_origin(peer: Peer) -> String {
    let settings = Settings { origins: Origins::Any, ..LISTED };
    let answer = peer.one(&settings, &App::new(), get(APP));
    let origin = answer.origin().expect("a grant");
    let origin = if origin == APP { "reflected" } else { "`*`" };
    let vary = if answer.varies("origin") { "`Vary`" } else { "no `Vary`" };
    format!("{origin}, {vary}")
}

pub(crate) fn errors(peer: Peer) -> String {
    let granted = |app: App| {
        let answer = peer.one(&LISTED, &app, get(APP));
        assert_eq!(answer.status, app.status, "{peer:?}");
        answer.origin().is_some()
    };
    // Of Tower's error no middleware makes a response.
    let tower = matches!(peer, Peer::Ours | Peer::TowerHttp);
    let all = [App::answering(401), App::answering(500)].map(granted);
    match (all, tower || granted(App::failing(401))) {
        ([true, true], true) => "yes",
        other => panic!("{peer:?}: {other:?}"),
    }
    .to_owned()
}

pub(crate) fn doubled_origin(peer: Peer) -> String {
    let twice = |first: &str, second: &str| {
        let answer = peer.one(&LISTED, &App::new(), get(first).with("origin", second));
        answer.origin()
    };
    match (twice(APP, EVIL), twice(EVIL, APP)) {
        (None, None) => "no grant".to_owned(),
        (Some(origin), None) if origin == APP => "the first counts".to_owned(),
        other => panic!("{peer:?}: {other:?}"),
    }
}

/// What comes back where any origin is reflected, and is no origin at all, or a very long one.
pub(crate) fn reflected(peer: Peer) -> String {
    let settings = Settings { origins: Origins::Reflected, credentials: true, ..LISTED };
    let long = format!("https://{}.example", "a".repeat(8 << 10));
    let texts = [APP, "null", "<script>", "https://app.example/path", &long];
    let requests = texts.map(get);
    let answers = peer.ask(&settings, &App::new(), &requests).expect("it serves");
    let same: Vec<_> = answers
        .iter()
        .zip(texts)
        .map(|(answer, text)| answer.origin().as_deref() == Some(text))
        .collect();
    match same[..] {
        [true, false, false, false, false] => "well-formed origins only",
        [true, true, true, true, true] => "any text, `null` too",
        _ => panic!("{peer:?}: {same:?}"),
    }
    .to_owned()
}

pub(crate) fn odd_bytes(peer: Peer) -> String {
    let asked = request("GET").with("origin", b"https://\xffa.example.com");
    let settings = Settings { origins: Origins::Subdomains, ..LISTED };
    match peer.ask(&settings, &App::new(), &[asked]) {
        Ok(answers) if answers[0].origin().is_none() => "no grant",
        // Its own predicate looked at bytes.
        Ok(_) => "as the predicate says",
        Err(Refusal::Panic) => "panics",
        Err(refusal) => panic!("{peer:?}: {refusal:?}"),
    }
    .to_owned()
}

pub(crate) fn mirrored_headers(peer: Peer) -> String {
    let settings = Settings { headers: Headers::Mirrored, credentials: true, ..LISTED };
    let texts = ["x-a,x-b".to_owned(), "<script>".to_owned(), "x-a,".repeat(4 << 10)];
    let requests =
        texts.clone().map(|text| preflight(APP).with("access-control-request-headers", text));
    let answers = peer.ask(&settings, &App::new(), &requests).expect("it serves");
    let same: Vec<_> = answers
        .iter()
        .zip(&texts)
        .map(|(answer, text)| answer.header("access-control-allow-headers").as_ref() == Some(text))
        .collect();
    match same[..] {
        [true, false, false] => "names only, 4 KiB at most",
        [true, true, true] => "as sent, however long",
        _ => panic!("{peer:?}: {same:?}"),
    }
    .to_owned()
}

pub(crate) fn star_with_credentials(peer: Peer) -> String {
    let settings = Settings { origins: Origins::Any, credentials: true, ..LISTED };
    built(peer, &settings).unwrap_or_else(|| {
        let answer = peer.one(&settings, &App::new(), get(EVIL));
        assert_eq!(answer.origin().as_deref(), Some(EVIL), "{peer:?}");
        assert!(answer.header("access-control-allow-credentials").is_some(), "{peer:?}");
        "accepted, reflects".to_owned()
    })
}

pub(crate) fn null_with_credentials(peer: Peer) -> String {
    let settings = Settings { origins: Origins::List(&["null"]), credentials: true, ..LISTED };
    built(peer, &settings).unwrap_or_else(|| {
        let answer = peer.one(&settings, &App::new(), get("null"));
        assert_eq!(answer.origin().as_deref(), Some("null"), "{peer:?}");
        "accepted, granted".to_owned()
    })
}

pub(crate) fn trailing_slash(peer: Peer) -> String {
    let settings = Settings { origins: Origins::List(&["https://app.example/"]), ..LISTED };
    built(peer, &settings).unwrap_or_else(|| {
        let grants = peer.one(&settings, &App::new(), get(APP)).origin().is_some();
        assert!(!grants, "{peer:?}");
        "accepted, never matches".to_owned()
    })
}

pub(crate) fn lower_case_method(peer: Peer) -> String {
    let settings = Settings { methods: &["put"], ..LISTED };
    built(peer, &settings).unwrap_or_else(|| {
        let answer = peer.one(&settings, &App::new(), preflight(APP));
        let listed = answer.header("access-control-allow-methods");
        assert_ne!(listed.as_deref(), Some("PUT"), "{peer:?}");
        "accepted, never matches".to_owned()
    })
}

pub(crate) fn no_token(peer: Peer) -> String {
    let settings = Settings { methods: &["P UT"], ..LISTED };
    built(peer, &settings).unwrap_or_else(|| "accepted".to_owned())
}

pub(crate) fn no_header_name(peer: Peer) -> String {
    let settings = Settings { headers: Headers::List(&["x token"]), ..LISTED };
    built(peer, &settings).unwrap_or_else(|| "accepted".to_owned())
}

/// Three mistakes; how many of them are told.
pub(crate) fn all_errors(peer: Peer) -> String {
    let settings = Settings {
        origins: Origins::List(&["not an origin", "https://app example"]),
        methods: &["P UT"],
        ..LISTED
    };
    match peer.ask(&settings, &App::new(), &[]) {
        Err(Refusal::Error(text)) if text.lines().count() == 3 => "all, each with its place",
        Err(_) => "the first",
        Ok(_) => panic!("{peer:?} takes them"),
    }
    .to_owned()
}

pub(crate) fn all_exposed(peer: Peer) -> String {
    let settings = Settings { expose: Expose::All, credentials: true, ..LISTED };
    built(peer, &settings).unwrap_or_else(|| {
        let answer = peer.one(&settings, &App::with(&[("x-own", "1")]), get(APP));
        let listed = answer.header("access-control-expose-headers").unwrap_or_default();
        match listed.split(',').any(|name| name.trim() == "x-own") {
            true => "lists the response's names".to_owned(),
            false => {
                assert_eq!(listed, "*", "{peer:?}");
                "`*`, which browsers take literally".to_owned()
            }
        }
    })
}

pub(crate) fn subdomains(peer: Peer) -> String {
    let settings = Settings { origins: Origins::Subdomains, ..LISTED };
    let grants = |origin: &str| {
        let answer = peer.one(&settings, &App::new(), get(origin));
        answer.origin().is_some()
    };
    assert!(grants("https://a.example.com") && grants("https://a.b.example.com"), "{peer:?}");
    for other in ["https://example.com", "https://evilexample.com", "http://a.example.com"] {
        assert!(!grants(other), "{peer:?}: {other}");
    }
    if matches!(peer, Peer::Ours | Peer::Poem) { "a pattern" } else { "by a predicate" }.to_owned()
}

pub(crate) fn written_otherwise(peer: Peer) -> String {
    let settings = Settings { origins: Origins::List(&["HTTPS://App.example:443"]), ..LISTED };
    let answer = peer.one(&settings, &App::new(), get(APP));
    if answer.origin().is_some() { "matches" } else { "never matches" }.to_owned()
}

fn reached(answer: &Answer) -> String {
    match (answer.calls, answer.status) {
        (1, 200) => "reaches the app".to_owned(),
        (1, status) => format!("reaches the app, becomes {status}"),
        (_, status) => format!("{status} without the app"),
    }
}

/// How it was refused, if it was.
fn built(peer: Peer, settings: &Settings) -> Option<String> {
    match peer.ask(settings, &App::new(), &[]) {
        Ok(_) => None,
        Err(Refusal::Panic) => Some("panics".to_owned()),
        Err(Refusal::Start) => Some("does not start".to_owned()),
        Err(Refusal::Type) => Some("the type's error".to_owned()),
        Err(Refusal::Error(_)) => Some("an error".to_owned()),
    }
}
