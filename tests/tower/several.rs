//! Several policies in one choice: it says what deciding by each of them, and combining the answers
//! by hand, says.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::support::{PREFLIGHT_VARY, answer, exchange, preflight, request};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use tower_cors::{
    Choice, CorsLayer, Denial, FromExtensions, InnerHeaders, Policy, PolicyConfig, PolicySource,
    RequestHead,
};

const APP: &str = "https://a.example";
const ACAO: &str = "access-control-allow-origin";
const ACAC: &str = "access-control-allow-credentials";
const ACAM: &str = "access-control-allow-methods";
const ACAH: &str = "access-control-allow-headers";
const ACEH: &str = "access-control-expose-headers";
const ACMA: &str = "access-control-max-age";
const ACRM: &str = "access-control-request-method";
const ACRH: &str = "access-control-request-headers";

/// Gives the same choice for every request.
#[derive(Clone)]
struct Always(Choice<'static>);

impl PolicySource for Always {
    fn choose<'a>(&'a self, _: &RequestHead<'a>) -> Choice<'a> {
        self.0.clone()
    }
}

fn all(configs: impl IntoIterator<Item = PolicyConfig>) -> Always {
    let policies = configs.into_iter().map(|config| config.build().unwrap());
    Always(Choice::all_of(policies).by_target())
}

fn asked() -> Always {
    let config = app().allow_methods(["PUT", "PATCH", "DELETE"]).allow_headers(["x-a", "x-b"]);
    let policy = config.max_age(Duration::from_secs(60)).build().unwrap();
    Always(Choice::from(policy).only_asked().by_target())
}

fn app() -> PolicyConfig {
    Policy::builder().allow_origins([APP])
}

fn asking(method: &str, names: &str) -> Request<()> {
    request("OPTIONS", &[("origin", APP), (ACRM, method), (ACRH, names)])
}

#[test]
fn lists_hold_what_all_allow() {
    let seconds = Duration::from_secs;
    let blue = app()
        .allow_credentials(true)
        .allow_methods(["PUT", "PATCH", "DELETE", "PUT"])
        .allow_headers(["x-c", "X-A", "x-b"])
        .expose_headers(["x-2", "x-1", "x-3"])
        .max_age(seconds(600))
        .preflight_status(StatusCode::OK)
        .denied_status(StatusCode::NOT_FOUND);
    let green = Policy::builder()
        .allow_origins(["https://*.b.example", APP])
        .allow_methods(["DELETE", "PUT"])
        .allow_headers(["x-a", "x-c", "x-d"])
        .expose_headers(["x-1", "x-2"])
        .max_age(seconds(60));
    let source = all([blue.clone(), green.clone()]);
    let lists = [(ACAM, "PUT,DELETE"), (ACAH, "x-c,x-a"), (ACMA, "60"), (ACEH, "x-2,x-1")];
    let granted = [(ACAO, APP), lists[0], lists[1], lists[2], lists[3], PREFLIGHT_VARY];
    answer(&source, preflight(APP, "PUT")).is(200, &granted).is_from_layer();
    // All give credentials; one has no max-age.
    let both = all([blue.clone(), green.clone().allow_credentials(true), blue.clone()]);
    let credentialed = [(ACAO, APP), (ACAC, "true"), lists[0], lists[1], lists[2], lists[3]];
    let credentialed = [&credentialed[..], &[PREFLIGHT_VARY]].concat();
    answer(&both, preflight(APP, "PUT")).is(200, &credentialed);
    let mut unlimited = green.clone();
    unlimited.max_age = None;
    let none = all([blue.clone(), unlimited]);
    assert_eq!(answer(&none, preflight(APP, "PUT")).header(ACMA), None);
    // Denied by the second: the statuses are the first's.
    answer(&source, preflight("https://b.example", "PUT")).is(404, &[PREFLIGHT_VARY]);
    let turned = all([green, blue]);
    answer(&turned, preflight("https://b.example", "PUT")).is(403, &[PREFLIGHT_VARY]);
    // Nothing in common is nothing said.
    let apart = all([app().allow_methods(["PUT"]), app().allow_methods(["PATCH"])]);
    answer(&apart, preflight(APP, "PUT")).is(204, &[(ACAO, APP), PREFLIGHT_VARY]);
}

/// Each name is looked up in the other lists, and not searched for, which takes ten seconds.
#[test]
fn long_lists_are_intersected_in_linear_time() {
    let many = |what: &'static str| (0..20_000).map(move |index| format!("{what}{index}"));
    let methods = app().allow_methods(many("M")).expose_headers(many("x-")).build().unwrap();
    let both = Always(Choice::all_of([&methods, &methods]));
    let start = std::time::Instant::now();
    let answer = answer(&both, preflight(APP, "M19999"));
    let names = |name| answer.header(name).map(|list| list.split(',').count());
    assert_eq!((names(ACAM), names(ACEH)), (Some(20_000), Some(20_000)));
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[test]
fn wildcards_are_narrowed_and_mirror_only_where_all_do() {
    let any = |config: PolicyConfig| {
        config.allow_methods(["*"]).allow_headers(["*"]).expose_headers(["*"])
    };
    let star = any(Policy::builder().allow_origins(["*"]));
    let mirroring = any(app().allow_credentials(true));
    let listed = app().allow_methods(["PUT"]).allow_headers(["authorization", "x-a"]);
    let asked = || asking("PATCH", "X-B,authorization");
    let said = |source: &Always, request: Request<()>| {
        let answer = answer(source, request);
        [ACAO, ACAC, ACAM, ACAH, ACEH].map(|name| answer.header(name).map(str::to_owned))
    };
    let some = |text: &str| Some(text.to_owned());
    let stars = [some("*"), None, some("*"), some("*"), some("*")];
    assert_eq!(said(&all([star.clone(), star.clone()]), asked()), stars);
    let one = [some(APP), None, some("*"), some("*"), some("*")];
    assert_eq!(said(&all([star.clone(), mirroring.clone()]), asked()), one);
    let mirrored = [some(APP), some("true"), some("PATCH"), some("x-b"), None];
    assert_eq!(said(&all([mirroring.clone(), mirroring.clone()]), asked()), mirrored);
    // `*` does not cover `authorization`.
    let narrowed = [some(APP), None, some("PUT"), some("x-a"), None];
    assert_eq!(said(&all([star.clone(), listed.clone()]), asked()), narrowed);
    assert_eq!(said(&all([mirroring.clone(), listed.clone()]), asked()), narrowed);
    let includes = star.clone().wildcard_includes_authorization(true);
    let covered = [some(APP), None, some("PUT"), some("authorization,x-a"), None];
    assert_eq!(said(&all([includes.clone(), listed]), asked()), covered);
    let with = star.clone().allow_headers(["authorization"]);
    assert_eq!(said(&all([with.clone(), with.clone()]), asked())[3], some("*,authorization"));
    assert_eq!(said(&all([with.clone(), includes.clone()]), asked())[3], some("x-b,authorization"));
    assert_eq!(said(&all([with, includes]), asking("PUT", "x-b"))[3], some("*"));
}

#[test]
fn only_what_was_asked_is_answered() {
    let source = asked();
    let said = |method: &str, names: &str| {
        let answer = answer(&source, asking(method, names));
        assert_eq!((answer.header(ACMA), answer.header(ACAO)), (Some("0"), Some(APP)));
        [ACAM, ACAH].map(|name| answer.header(name).unwrap_or("").to_owned())
    };
    assert_eq!(said("PUT", "X-B,x-c"), ["PUT", "x-b"]);
    assert_eq!(said("PUT", "x-b, ,x-a,x-b"), ["PUT", "x-b,x-a,x-b"]);
    assert_eq!(said("QUERY", "x-c"), ["", ""]);
    assert_eq!(said("GET", ""), ["GET", ""]);
    assert_eq!(said("", "x a"), ["", ""]);
    let any = Policy::builder().allow_origins(["*"]).allow_methods(["*"]).allow_headers(["*"]);
    let any = Choice::from(any.build().unwrap()).only_asked();
    let answer = answer(&Always(any), asking("*", "*,x-a,authorization"));
    // So it is by way of the extensions, and once it is kept.
    let kept = Choice::from(&Policy::permissive()).only_asked().into_owned();
    let mut request = asking("PUT", "x-a");
    request.extensions_mut().insert(kept);
    let left = crate::support::answer(&FromExtensions::or(Policy::deny_all()), request);
    assert_eq!((left.header(ACAM), left.header(ACAH)), (Some("PUT"), Some("x-a")));
    // A literal `*` would mean everything.
    assert_eq!((answer.header(ACAM), answer.header(ACAH)), (None, Some("x-a")));
    assert_eq!(answer.header(ACAO), Some("*"));
}

#[test]
fn a_wildcard_that_includes_authorization_is_a_star_unless_that_is_asked_for() {
    let any =
        |config: PolicyConfig| config.allow_headers(["*"]).wildcard_includes_authorization(true);
    let star = any(Policy::builder().allow_origins(["*"])).build().unwrap();
    let names = |policy: &Policy, names: &str| {
        let head = asking("GET", names);
        let decision = policy.decide(&RequestHead::from(&head));
        assert_eq!(decision.denial(), None);
        let answer = decision.answer::<()>().unwrap();
        answer.headers().get(ACAH).map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(names(&star, "x-a").as_deref(), Some("*"));
    assert_eq!(names(&star, "").as_deref(), Some("*"));
    assert_eq!(names(&star, "x-a, Authorization").as_deref(), Some("x-a,authorization"));
    let mirroring = any(app().allow_credentials(true)).build().unwrap();
    assert_eq!(names(&mirroring, "x-a").as_deref(), Some("x-a"));
    assert_eq!(names(&mirroring, "authorization,x-a").as_deref(), Some("authorization,x-a"));
    let again = star.config().cloned().unwrap().build().unwrap();
    assert_eq!(star, again);
    let too_long = asking("GET", &"x-a,".repeat(1100));
    answer(&star, too_long).is(204, &[(ACAO, "*"), (ACAH, "*"), PREFLIGHT_VARY]);
}

#[test]
fn responses_are_edited_as_all_say() {
    let get = || request("GET", &[("origin", APP)]);
    let star = || Policy::builder().allow_origins(["*"]).expose_headers(["*"]);
    let etag = [("etag", "\"1\"")];
    let edited = |source: &Always| exchange(&CorsLayer::new(source.clone()), get(), 200, &etag);
    edited(&all([star(), star()])).is(200, &[(ACAO, "*"), (ACEH, "*"), etag[0]]);
    edited(&all([star(), Policy::builder().allow_origins(["*"])])).is(200, &[(ACAO, "*"), etag[0]]);
    let vary = ("vary", "origin");
    edited(&all([star(), app()])).is(200, &[(ACAO, APP), etag[0], vary]);
    let listed = app().expose_headers(["etag", "x-a"]);
    edited(&all([star(), listed.clone()]))
        .is(200, &[(ACAO, APP), (ACEH, "etag,x-a"), etag[0], vary]);
    // Somebody may be given credentials here, so it is said that this origin is not.
    let credentialed = listed.clone().allow_credentials(true);
    let refused = [(ACAO, APP), (ACAC, "false"), (ACEH, "etag,x-a"), etag[0], vary];
    edited(&all([star(), credentialed.clone()])).is(200, &refused);
    let exposing = app().allow_credentials(true).expose_headers(["*"]);
    let granted = [(ACAO, APP), (ACAC, "true"), (ACEH, "etag"), etag[0], vary];
    edited(&all([exposing.clone(), exposing.clone()])).is(200, &granted);
    edited(&all([exposing, credentialed]))
        .is(200, &[granted[0], granted[1], (ACEH, "etag,x-a"), etag[0], vary]);
    let deny = Always(Choice::all_of([Policy::deny_all(), Policy::permissive()]).by_target());
    edited(&deny).is(200, &[etag[0]]);
    let denied = exchange(&CorsLayer::new(deny), get(), 304, &[]);
    denied.is(304, &[(ACAO, "")]);
    // Without `Origin`, a list gives nothing.
    let plain = request("GET", &[]);
    let source = all([star(), app()]);
    exchange(&CorsLayer::new(source), plain, 200, &[]).is(200, &[vary]);
    // Personal, unless all give credentials.
    let personal = request("GET", &[("origin", APP), ("cookie", "a=b")]);
    let source = all([star(), app().allow_credentials(true)]);
    let answered = exchange(&CorsLayer::new(source), personal, 200, &[]);
    assert_eq!(answered.header("vary"), Some("*"));

    let keep = |config: PolicyConfig| config.inner_headers(InnerHeaders::Keep);
    let inner = [(ACAO, "https://inner.example")];
    let kept = |source: Always| exchange(&CorsLayer::new(source), get(), 200, &inner);
    kept(all([keep(app()), keep(listed.clone())])).is(200, &[inner[0], vary]);
    kept(all([keep(app()), listed])).is(200, &[(ACAO, APP), vary]);
    kept(all([app(), keep(app())])).is(200, &[(ACAO, APP), vary]);
}

#[test]
fn the_decision_speaks_for_all() {
    let blue =
        app().allow_methods(["PUT", "DELETE"]).allow_headers(["x-a"]).allow_credentials(true);
    let green =
        Policy::builder().allow_origins(["*"]).allow_methods(["PUT"]).answer_every_options(true);
    let choice = Choice::all_of([blue.clone(), green.clone()].map(|it| it.build().unwrap()));
    let decided = |request: Request<()>,
                   line: &str,
                   denial: Option<Denial>,
                   refused: Option<&str>| {
        let head = RequestHead::from(&request);
        let decision = choice.decide(&head).unwrap();
        let together = "; 2 policies decide, and all of them must allow it";
        assert_eq!(decision.to_string(), format!("{line}{together}"));
        assert_eq!((decision.denial(), decision.refused()), (denial, refused.map(str::as_bytes)));
    };
    decided(
        asking("PUT", ""),
        "preflight allowed: method PUT; origin https://a.example is in allow_origins, without credentials",
        None,
        None,
    );
    decided(
        asking("DELETE", ""),
        "preflight denied: method DELETE is not in allow_methods (PUT); origin https://a.example is in allow_origins, without credentials",
        Some(Denial::Method),
        Some("DELETE"),
    );
    decided(
        asking("PUT", "X-A"),
        "preflight denied: header X-A is not in allow_headers, which is empty; origin https://a.example is in allow_origins, without credentials",
        Some(Denial::Header),
        Some("X-A"),
    );
    decided(
        request("GET", &[("origin", "https://b.example")]),
        "actual request denied: origin https://b.example is not in allow_origins",
        Some(Denial::Origin),
        Some("https://b.example"),
    );
    // The first says whether every `OPTIONS` is answered.
    let options = request("OPTIONS", &[("origin", APP)]);
    let head = RequestHead::from(&options);
    assert!(!choice.decide(&head).unwrap().is_answered());
    let turned = Choice::all_of([green, blue].map(|it| it.build().unwrap()));
    assert!(turned.decide(&head).unwrap().is_answered());

    assert!(Choice::all_of(Vec::<Policy>::new()).decide(&head).is_none());
    let one = Choice::all_of([Policy::permissive()]);
    let line = "actual request allowed: any origin is allowed, without credentials";
    assert_eq!(one.decide(&head).unwrap().to_string(), line);
}

const METHODS: [&str; 5] = ["GET", "PUT", "PATCH", "DELETE", "TRACE"];
const NAMES: [&str; 4] = ["x-a", "x-b", "authorization", "content-type"];
const EXPOSED: [&str; 5] = ["etag", "x-1", "x-2", "set-cookie", "content-type"];

fn config() -> impl Strategy<Value = PolicyConfig> {
    let one = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()).prop_flat_map(
        |(credentials, includes, keep, every)| {
            let origins =
                vec![vec![APP], vec![APP, "https://b.example"], vec!["https://*.example"]];
            let star = if credentials { vec![APP, "null"] } else { vec!["*"] };
            let star = if credentials { vec![star[0]] } else { star };
            let origins = prop_oneof![3 => select(origins), 2 => Just(star)];
            let list = |from: &'static [&'static str]| {
                prop_oneof![
                    2 => Just(vec!["*"]),
                    3 => subsequence(from, 1..=from.len()).prop_shuffle(),
                    1 => Just(vec![]),
                ]
            };
            let lists = (origins, list(&METHODS), list(&NAMES), list(&EXPOSED));
            let ages = select(vec![None, Some(0), Some(60), Some(600)]);
            let statuses = (select(vec![200, 204]), select(vec![200, 403, 404]));
            (lists, ages, statuses).prop_map(
                move |((origins, methods, headers, expose), age, (answered, denied))| {
                    let mut config = Policy::builder()
                        .allow_origins(origins)
                        .allow_methods(methods)
                        .allow_headers(headers)
                        .expose_headers(expose)
                        .allow_credentials(credentials)
                        .wildcard_includes_authorization(includes)
                        .answer_every_options(every)
                        .dangerously_reflect_any_origin(true);
                    config.max_age = age.map(Duration::from_secs);
                    config.preflight_status = Some(answered);
                    config.denied_status = Some(denied);
                    if keep {
                        config.inner_headers = InnerHeaders::Keep;
                    }
                    config
                },
            )
        },
    );
    prop::collection::vec(one, 1..=2)
        .prop_map(|links| links.into_iter().reduce(PolicyConfig::or).expect("at least one"))
}

/// What a browser reads of a list: <https://fetch.spec.whatwg.org/#cors-preflight-fetch>.
fn lists(answer: &HeaderMap, list: &str, value: &str) -> bool {
    let star = |entry: &str| {
        entry == "*" && !answer.contains_key(ACAC) && !value.eq_ignore_ascii_case("authorization")
    };
    let text = answer.get(list).map_or("", |list| list.to_str().unwrap());
    text.split(',').any(|entry| entry == value || star(entry))
}

fn edited(edits: tower_cors::ResponseEdits, status: StatusCode, inner: &HeaderMap) -> HeaderMap {
    let mut headers = inner.clone();
    edits.apply(status, &mut headers);
    headers
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).map(|value| value.to_str().unwrap())
}

type Seen = RefCell<BTreeMap<String, usize>>;

#[derive(Clone, Debug)]
struct Asked {
    origin: &'static str,
    method: &'static str,
    names: Vec<&'static str>,
}

fn asked_for() -> impl Strategy<Value = Asked> {
    let origin = prop_oneof![
        8 => Just(APP),
        2 => select(vec!["https://b.example", "https://x.b.example", "https://c.test", "null"]),
    ];
    let method = select(&METHODS[..]);
    let names = prop_oneof![2 => Just(vec![]), 3 => subsequence(&NAMES[..], 1..=2).prop_shuffle()];
    (origin, method, names).prop_map(|(origin, method, names)| Asked { origin, method, names })
}

fn check(
    policies: &[Policy],
    only_asked: bool,
    asked: &Asked,
    seen: &Seen,
) -> Result<(), TestCaseError> {
    let choice = Choice::all_of(policies).by_target();
    let choice = if only_asked { choice.only_asked() } else { choice };
    let preflight_for = |method: &str, names: &str| {
        request("OPTIONS", &[("origin", asked.origin), (ACRM, method), (ACRH, names)])
    };
    let head = preflight_for(asked.method, &asked.names.join(","));
    let head = RequestHead::from(&head);
    let decision = choice.decide(&head).unwrap();
    let each: Vec<_> = policies.iter().map(|policy| policy.decide(&head)).collect();
    let by = |kinds: &[Denial]| {
        each.iter().filter_map(|it| it.denial()).find(|denial| kinds.contains(denial))
    };
    let denial = by(&[Denial::Origin, Denial::MalformedOrigin])
        .or_else(|| by(&[Denial::Method, Denial::MalformedMethod]))
        .or_else(|| by(&[Denial::Header, Denial::MalformedHeaders]));
    prop_assert_eq!(decision.denial(), denial);
    let class = denial.map_or("allowed", Denial::as_str);
    *seen.borrow_mut().entry(class.to_owned()).or_default() += 1;

    let answer = decision.answer::<()>().unwrap();
    let answers: Vec<_> = each.iter().map(|it| it.answer::<()>().unwrap()).collect();
    let said = |name: &str| -> Vec<Option<String>> {
        let texts = answers.iter().map(|answer| text(answer.headers(), name).map(str::to_owned));
        texts.collect()
    };
    if denial == Some(Denial::Origin) {
        let first = policies[0].config().unwrap();
        prop_assert_eq!(answer.status().as_u16(), first.denied_status.unwrap());
        prop_assert_eq!(answer.headers().len(), 1);
    } else {
        prop_assert_eq!(answer.status(), answers[0].status());
        let headers = answer.headers();
        let stars = said(ACAO).iter().all(|origin| origin.as_deref() == Some("*"));
        prop_assert_eq!(text(headers, ACAO), Some(if stars { "*" } else { asked.origin }));
        let credentials = said(ACAC).iter().all(Option::is_some);
        prop_assert_eq!(headers.contains_key(ACAC), credentials);
        let ages = said(ACMA).into_iter().map(|age| age?.parse::<u32>().ok());
        let age = ages.collect::<Option<Vec<_>>>().and_then(|ages| ages.into_iter().min());
        let age = if only_asked { Some(0) } else { age };
        let age = age.map(|age| age.to_string());
        prop_assert_eq!(text(headers, ACMA), age.as_deref());

        // A list that is computed for what was asked says nothing of what was not.
        let computed = |list: &str, of: fn(&PolicyConfig) -> &Vec<String>| {
            let star = |policy: &Policy| {
                let configs = policy.config().into_iter().flat_map(PolicyConfig::chain);
                configs.into_iter().any(|config| of(config).iter().any(|entry| entry == "*"))
            };
            only_asked || text(headers, list).is_none() || policies.iter().any(star)
        };
        for method in METHODS {
            let safelisted = method == "GET";
            if method == asked.method || !computed(ACAM, |config| &config.allow_methods) {
                let head = preflight_for(method, "");
                let head = RequestHead::from(&head);
                let all = policies.iter().all(|policy| policy.decide(&head).denial().is_none());
                // Browsers let no script send it, whatever is listed.
                if method != "TRACE" {
                    prop_assert_eq!(safelisted || lists(headers, ACAM, method), all, "{}", method);
                }
            } else if only_asked {
                prop_assert!(!lists(headers, ACAM, method), "{}", method);
            }
        }
        for name in NAMES {
            if asked.names.contains(&name) || !computed(ACAH, |config| &config.allow_headers) {
                let head = preflight_for("GET", name);
                let head = RequestHead::from(&head);
                let all = policies.iter().all(|policy| policy.decide(&head).denial().is_none());
                prop_assert_eq!(lists(headers, ACAH, name), all, "{}", name);
            } else if only_asked {
                prop_assert!(!lists(headers, ACAH, name), "{}", name);
            }
        }
    }
    check_actual(policies, &choice, asked)
}

fn check_actual(
    policies: &[Policy],
    choice: &Choice<'_>,
    asked: &Asked,
) -> Result<(), TestCaseError> {
    let mut inner = HeaderMap::new();
    for name in ["etag", "x-1", "x-2", "set-cookie"] {
        inner.insert(name, "1".parse().unwrap());
    }
    const GRANTED: &str = "https://inner.example";
    let mut with_grant = inner.clone();
    with_grant.insert(ACAO, HeaderValue::from_static(GRANTED));
    for lines in [&[("origin", asked.origin)][..], &[]] {
        let get = request("GET", lines);
        let head = RequestHead::from(&get);
        let (ok, unchanged) = (StatusCode::OK, StatusCode::NOT_MODIFIED);
        let edits = || choice.decide(&head).unwrap().edits();
        let each = |status, inner: &HeaderMap| -> Vec<HeaderMap> {
            let edits = policies.iter().map(|policy| policy.decide(&head).edits());
            edits.map(|edits| edited(edits, status, inner)).collect()
        };
        let (all, singly) = (edited(edits(), ok, &inner), each(ok, &inner));
        let granted = singly.iter().all(|headers| headers.contains_key(ACAO));
        prop_assert_eq!(all.contains_key(ACAO), granted);
        let given = |headers: &HeaderMap| text(headers, ACAC) == Some("true");
        prop_assert_eq!(given(&all), granted && singly.iter().all(given));
        for name in EXPOSED.into_iter().filter(|name| granted && *name != "set-cookie") {
            let credentials = |headers: &HeaderMap| {
                // `false` is no grant: `*` means every name.
                let mut headers = headers.clone();
                if !given(&headers) {
                    headers.remove(ACAC);
                }
                name == "content-type" || lists(&headers, ACEH, name)
            };
            // What is exposed by what the response has depends on what it has.
            if inner.contains_key(name) || name == "content-type" {
                prop_assert_eq!(credentials(&all), singly.iter().all(credentials), "{}", name);
            }
        }
        let plain = |headers: &HeaderMap| !headers.contains_key("vary");
        let no_cookies = HeaderMap::new();
        let constant = plain(&edited(edits(), ok, &no_cookies));
        prop_assert_eq!(constant, each(ok, &no_cookies).iter().all(plain));
        let keeps = each(ok, &with_grant).iter().all(|it| text(it, ACAO) == Some(GRANTED));
        let kept = edited(edits(), ok, &with_grant);
        prop_assert_eq!(text(&kept, ACAO) == Some(GRANTED), keeps);
        let revalidated = edited(edits(), unchanged, &no_cookies);
        if granted && !given(&all) && !constant {
            prop_assert_eq!(text(&revalidated, ACAC), Some("false"));
        }
    }
    Ok(())
}

#[test]
fn several_policies_say_what_each_of_them_says() {
    let seen = Seen::default();
    let strategy = (prop::collection::vec(config(), 2..=3), any::<bool>(), asked_for());
    let config = ProptestConfig { cases: 3000, failure_persistence: None, ..Default::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let done = runner.run(&strategy, |(configs, only_asked, asked)| {
        let policies: Vec<_> = configs.into_iter().map(|it| it.build().unwrap()).collect();
        check(&policies, only_asked, &asked, &seen)
    });
    done.unwrap_or_else(|error| panic!("{error}"));
    let seen = seen.into_inner();
    for class in ["allowed", "origin not allowed", "method not allowed", "header not allowed"] {
        assert!(seen.get(class).is_some_and(|count| *count > 150), "{class}: {seen:?}");
    }
}
