//! A whole request against a policy, through the layer.

mod case;
mod reading;

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::rc::Rc;

use http::{HeaderMap, HeaderValue, Request, Response};
use tower::{Layer, ServiceExt, service_fn};
use tower_cors::{CorsLayer, Decision, Denial, InnerHeaders, Policy, PolicyConfig, Remedy};
use tower_cors_oracle::plain::{self, Ask, Reading, Why};

pub use case::Case;
use reading::{Asked, allows_any, can_be_asked, deciding, elements, is_token, links};

const ACAO: &str = "access-control-allow-origin";
const PREFLIGHT_VARY: &str =
    "origin, access-control-request-method, access-control-request-headers";
const CORS_RESPONSE_HEADERS: [&str; 7] = [
    ACAO,
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-allow-private-network",
    "access-control-expose-headers",
    "access-control-max-age",
];

/// Whatever the case: no panic, what the config's text promises, and nothing repeated that is
/// not a well-formed origin, a method or a header name.
pub fn check(case: &Case) {
    match case.config.clone().build() {
        Ok(policy) => check_case(case, &policy),
        Err(errors) => {
            let told = errors.to_string();
            let lines: usize = told.lines().count();
            assert!(lines >= errors.iter().count() && errors.iter().count() > 0, "{told}");
        }
    }
}

/// What the layer did with the request.
struct Seen {
    response: Response<String>,
    reached_inner: bool,
    denial: Option<Denial>,
    line: String,
}

fn check_case(case: &Case, policy: &Policy) {
    let Case { config, request, response } = case;
    let _ = policy.lints();
    assert_eq!(policy.config(), Some(config));
    let seen = exchange(policy, request, response);
    assert!(!seen.line.contains(char::is_control) && seen.line.len() < 1200, "{}", seen.line);

    let asked = Asked::of(request);
    let json = serde_json::to_string(config).expect("a config is JSON");
    let reading = Reading::of(&json);
    let allowed = reading.constant() || asked.origin.is_some_and(|o| allows_any(config, o));
    let link = deciding(config, asked.origin, reading.constant());
    let answered = asked.preflight
        || (allowed && link.answer_every_options && asked.options && asked.origin_lines == 1);

    assert_eq!(seen.reached_inner, !answered, "{}", seen.line);
    check_repeated(&seen, &asked, &case.response, reading.constant());
    if answered {
        check_answer(&seen, link, allowed);
    } else {
        check_edits(&seen, link, allowed, case, &asked, &reading);
    }
    check_denial(&seen, &asked, allowed, &reading);
}

fn exchange(policy: &Policy, request: &Request<()>, response: &Response<String>) -> Seen {
    let reached = Rc::new(Cell::new(false));
    let told = RefCell::new(None);
    let (reached_by, inner) = (Rc::clone(&reached), response.clone());
    let service = service_fn(move |_: Request<()>| {
        reached_by.set(true);
        std::future::ready(Ok::<_, Infallible>(inner.clone()))
    });
    let layer = CorsLayer::new(policy.clone()).observe_fn(|decision| {
        check_page(decision);
        *told.borrow_mut() = Some((decision.denial(), decision.to_string()));
    });
    let future = std::pin::pin!(layer.layer(service).oneshot(request.clone()));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Ok(response)) = future.poll(&mut context) else {
        panic!("the inner service is ready at once and does not fail");
    };
    let (denial, line) = told.take().expect("the observer is told of every decision");
    Seen { response, reached_inner: reached.get(), denial, line }
}

/// A page that stays a page, and a change that is one for the policy.
fn check_page(decision: &Decision<'_>) {
    let explanation = decision.explain();
    let page = explanation.to_string();
    // Whatever a terminal shows as one character; what hides or turns text is escaped.
    let plain = |c: char| c == '\n' || c.is_ascii_graphic() || c.escape_debug().len() == 1;
    // The policy's own entries are part of it.
    assert!(page.chars().all(plain) && page.len() < 20_000, "{page}");
    assert_eq!(decision.denial().is_none(), *explanation.remedy() == Remedy::Unneeded, "{page}");
}

/// Of the request, only a well-formed origin, a method and names come back.
fn check_repeated(seen: &Seen, asked: &Asked<'_>, inner: &Response<String>, constant: bool) {
    let headers = seen.response.headers();
    if seen.reached_inner
        && headers.get(ACAO) == inner.headers().get(ACAO)
        && inner.headers().contains_key(ACAO)
    {
        // Kept, or the same by chance: `check_edits` knows.
        return;
    }
    let granted: Vec<_> = headers.get_all(ACAO).iter().collect();
    assert!(granted.len() <= 1, "{granted:?}");
    let Some(origin) = granted.first() else { return };
    let text = origin.to_str().expect("an origin is ASCII");
    assert!(text == "*" || asked.origin == Some(text), "{text} for {:?}", asked.origin);
    assert!(["*", "null", "file://"].contains(&text) || plain::well_formed(text), "{text}");
    // A cache must not hand it to another origin.
    let vary = elements(headers, "vary");
    let told = vary.iter().any(|name| name == "origin" || name == "*");
    assert!(constant || told, "granted without Vary: {headers:?}");
    if seen.reached_inner {
        return;
    }
    for name in elements(headers, "access-control-allow-headers") {
        assert!(is_token(name.as_bytes()) && !name.contains(char::is_uppercase), "{name}");
    }
    for method in headers.get_all("access-control-allow-methods") {
        assert!(method.as_bytes().split(|&byte| byte == b',').all(is_token), "{method:?}");
    }
}

/// Exactly what the policy says, and nothing else.
fn check_answer(seen: &Seen, link: &PolicyConfig, allowed: bool) {
    let headers = seen.response.headers();
    let (default, configured) = match allowed {
        true => (204, link.preflight_status),
        false => (403, link.denied_status),
    };
    assert_eq!(seen.response.status().as_u16(), configured.unwrap_or(default));
    assert_eq!(seen.response.body(), "");
    assert_eq!(headers["vary"], PREFLIGHT_VARY);
    assert_eq!(headers.contains_key(ACAO), allowed);
    if !allowed {
        assert_eq!(headers.len(), 1, "{headers:?}");
        return;
    }
    let credentials = headers.get("access-control-allow-credentials");
    assert_eq!(
        credentials.map(HeaderValue::as_bytes),
        link.allow_credentials.then_some(&b"true"[..])
    );
    let age = headers.get("access-control-max-age").map(|age| age.to_str().unwrap_or_default());
    assert_eq!(age, link.max_age.map(|age| age.as_secs().to_string()).as_deref());
    let known =
        |name: &http::HeaderName| name == "vary" || CORS_RESPONSE_HEADERS.contains(&name.as_str());
    assert!(headers.keys().all(known) && headers.len() == headers.keys_len(), "{headers:?}");
    for (name, list) in [
        ("access-control-allow-methods", &link.allow_methods),
        ("access-control-allow-headers", &link.allow_headers),
    ] {
        let mirrored = link.allow_credentials && list.iter().any(|entry| entry == "*");
        let sent = elements(headers, name);
        let listed = list.iter().all(|entry| sent.contains(&entry.to_lowercase()));
        assert!(mirrored || listed && (list.is_empty() == sent.is_empty()), "{name}: {sent:?}");
    }
}

/// The inner service's response, less its own CORS headers, and the policy's instead.
fn check_edits(
    seen: &Seen,
    link: &PolicyConfig,
    allowed: bool,
    case: &Case,
    asked: &Asked<'_>,
    reading: &Reading,
) {
    let (before, after) = (case.response.headers(), seen.response.headers());
    assert_eq!(seen.response.status(), case.response.status());
    assert_eq!(seen.response.body(), case.response.body());
    let all = |headers: &HeaderMap, name: &str| -> Vec<HeaderValue> {
        headers.get_all(name).iter().cloned().collect()
    };
    for name in before.keys().chain(after.keys()).map(http::HeaderName::as_str) {
        if name != "vary" && !CORS_RESPONSE_HEADERS.contains(&name) {
            assert_eq!(all(before, name), all(after, name), "{name} was touched");
        }
    }
    let kept = link.inner_headers == InnerHeaders::Keep && before.contains_key(ACAO);
    let anonymous = allowed && !link.allow_credentials;
    let personal = personal_names(&case.request, before, anonymous && !kept);
    let expected = vary(elements(before, "vary"), reading.varies(), personal);
    assert_eq!(elements(after, "vary"), expected, "{before:?} {after:?}");
    assert!(all(after, "vary").len() <= 1, "{after:?}");

    if link.inner_headers == InnerHeaders::Keep && before.contains_key(ACAO) {
        for name in CORS_RESPONSE_HEADERS {
            assert_eq!(all(before, name), all(after, name), "{name} was not kept");
        }
        return;
    }
    let expected = match (allowed, reading.constant(), asked.origin) {
        (false, ..) => None,
        (true, true, _) => Some("*"),
        (true, false, origin) => {
            let any = !link.allow_credentials && link.allow_origins.iter().any(|o| o == "*");
            if any { Some("*") } else { origin }
        }
    };
    // Caches merge these into what they stored for another origin, or under another policy.
    let merged = matches!(case.response.status().as_u16(), 206 | 304);
    let revoked = merged && !allowed && asked.origin_lines > 0;
    let revoked = revoked && link.inner_headers == InnerHeaders::Strip;
    let granted = all(after, ACAO);
    let expected = expected.or(revoked.then_some(""));
    assert_eq!(granted, expected.into_iter().collect::<Vec<_>>());
    let others = links(&case.config).any(|link| link.allow_credentials);
    let refused = anonymous && !reading.constant() && (merged || others);
    let credentials = all(after, "access-control-allow-credentials");
    let expected = (allowed && link.allow_credentials).then_some("true");
    let expected = expected.or(refused.then_some("false"));
    assert_eq!(credentials, expected.into_iter().collect::<Vec<_>>());
    for never in &CORS_RESPONSE_HEADERS[2..5] {
        assert!(!after.contains_key(*never), "{never} on what is no preflight's answer");
    }
    assert!(!after.contains_key("access-control-max-age"));
    if !allowed {
        assert!(!after.contains_key("access-control-expose-headers"));
        return;
    }
    // What a browser shows of this response is what the config promises.
    let exposed = elements(after, "access-control-expose-headers");
    let told = after.contains_key("access-control-expose-headers");
    if exposed.is_empty() {
        let computed_before = case.response.status() == 304
            && link.allow_credentials
            && link.expose_headers.iter().any(|name| name == "*");
        let says_nothing = (merged && !computed_before) || (refused && others);
        assert_eq!(told, says_nothing, "{after:?}");
    }
    let ask = Ask { origin: asked.origin, method: "GET", headers: &[], credentials_include: false };
    let promise = reading.promise(&ask);
    let star = exposed.iter().any(|name| name == "*") && !link.allow_credentials;
    let computed = link.allow_credentials && link.expose_headers.iter().any(|name| name == "*");
    for name in before.keys().map(http::HeaderName::as_str) {
        let readable = ["set-cookie", "set-cookie2"].iter().all(|hidden| *hidden != name);
        let policy_own = CORS_RESPONSE_HEADERS.contains(&name);
        if !readable || policy_own || (computed && case.response.status() == 304) {
            continue;
        }
        let safelisted = matches!(
            name,
            "cache-control"
                | "content-language"
                | "content-length"
                | "content-type"
                | "expires"
                | "last-modified"
                | "pragma"
        );
        let shown = safelisted || star || exposed.iter().any(|listed| listed == name);
        assert_eq!(shown, promise.exposes(name), "{name}: {exposed:?}");
    }
}

/// The names that keep a response for one user from others; `*` where none would.
fn personal_names(
    request: &Request<()>,
    response: &HeaderMap,
    anonymous: bool,
) -> Vec<&'static str> {
    let sent = |name| request.headers().contains_key(name);
    let cookie = sent("cookie") || response.contains_key("set-cookie");
    let says = |name: &str| {
        response.get_all("cache-control").iter().any(|line| {
            let line = String::from_utf8_lossy(line.as_bytes()).to_ascii_lowercase();
            // What is quoted is another directive's argument.
            let plain: Vec<_> = line.split('"').step_by(2).collect();
            let plain = plain.concat();
            let mut directives =
                plain.split(',').map(|it| it.split('=').next().unwrap_or_default());
            directives.any(|it| it.trim() == name)
        })
    };
    let public = says("public") || says("s-maxage") || says("immutable");
    if !anonymous || (public && !says("private")) {
        return Vec::new();
    }
    match (cookie, sent("authorization")) {
        (true, _) if sent("origin") => vec!["*"],
        (true, true) => vec!["origin", "cookie", "authorization"],
        (true, false) => vec!["origin", "cookie"],
        (false, true) => vec!["origin", "authorization"],
        (false, false) => Vec::new(),
    }
}

/// What the inner service said, and what is added: nothing twice, and nothing besides `*`.
fn vary(had: Vec<String>, origin: bool, personal: Vec<&str>) -> Vec<String> {
    let origin = origin.then(|| "origin".to_owned());
    let mut names = Vec::new();
    for name in had.into_iter().chain(origin).chain(personal.into_iter().map(str::to_owned)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.iter().any(|name| name == "*") { vec!["*".to_owned()] } else { names }
}

/// Why a browser would refuse, as the config's text says it.
fn check_denial(seen: &Seen, asked: &Asked<'_>, allowed: bool, reading: &Reading) {
    let denial = seen.denial;
    if asked.origin_lines == 0 {
        return assert_eq!(denial, None);
    }
    if !allowed {
        let sendable =
            asked.origin.is_some_and(|o| ["null", "file://"].contains(&o) || plain::well_formed(o));
        let why = if sendable { Denial::Origin } else { Denial::MalformedOrigin };
        return assert_eq!(denial, Some(why));
    }
    if !asked.preflight {
        return assert_eq!(denial, None);
    }
    let method = match asked.methods[..] {
        [method] if is_token(method) => std::str::from_utf8(method).unwrap_or_default(),
        _ => return assert_eq!(denial, Some(Denial::MalformedMethod)),
    };
    let names = asked.names();
    let length: usize = asked.headers.iter().map(|line| line.len()).sum();
    let malformed = length > 4096 || !names.iter().all(|name| is_token(name.as_bytes()));
    if !can_be_asked(method, &names) {
        return;
    }
    // A value that no safelisted header may have, so that each name has to be asked for.
    let headers: Vec<_> = names.into_iter().map(|name| (name, "x".repeat(129))).collect();
    let refused = match reading.promise(&Ask {
        origin: asked.origin,
        method,
        headers: if malformed { &[] } else { &headers },
        credentials_include: false,
    }) {
        promise if promise.independent_of_preflight => None,
        promise => promise.refused,
    };
    match (refused, malformed) {
        (Some(Why::Method(_)), _) => assert_eq!(denial, Some(Denial::Method)),
        // A name before the one that is none may be refused first.
        (None, true) => {
            assert!(matches!(denial, Some(Denial::MalformedHeaders | Denial::Header)), "{denial:?}")
        }
        (Some(Why::Header(_)), false) => assert_eq!(denial, Some(Denial::Header)),
        (None, false) => assert_eq!(denial, None),
        (why, _) => panic!("{why:?} is refused of an origin that is allowed"),
    }
}
