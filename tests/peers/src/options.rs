//! The options of peers that change a cell of the table: each note that names one is shown here.

use ::poem::middleware::CatchPanic;
use ::poem::{Endpoint, EndpointExt};
use ::salvo::{Router, Service};
use actix_cors::Cors;
use http::header;

use crate::ask::{APP, App, EVIL, Expose, LISTED, Origins, Settings, get, preflight, request};
use crate::peer::{Peer, actix, poem, run, salvo, tower_http, tower_service};

#[test]
fn tower_http_lists_any_names_in_vary() {
    let names = [
        header::ORIGIN,
        header::ACCESS_CONTROL_REQUEST_METHOD,
        header::ACCESS_CONTROL_REQUEST_HEADERS,
    ];
    let layer = tower_http::layer(&LISTED).expect("a layer").vary(names);
    let answers = tower_service::through(&layer, &App::new(), &[preflight(EVIL), get(APP)]);
    for answer in answers {
        assert!(answer.varies("access-control-request-method"));
    }
}

#[test]
fn actix_sends_a_star_and_no_vary_when_told() {
    let settings = Settings { origins: Origins::Any, ..LISTED };
    let cors = actix::cors(&settings).send_wildcard();
    let answers = actix::through(&cors, &App::new(), &[get(APP)]).expect("it starts");
    assert_eq!(answers[0].origin().as_deref(), Some("*"));
    assert!(answers[0].varies("origin"));

    let cors = actix::cors(&settings).send_wildcard().disable_vary_header();
    let answers = actix::through(&cors, &App::new(), &[get(APP)]).expect("it starts");
    assert!(!answers[0].varies("origin"));
}

/// Without [`Cors::send_wildcard`], credentials with any origin are taken.
#[test]
fn actix_refuses_a_star_with_credentials() {
    let cors = Cors::default().allow_any_origin().supports_credentials();
    assert!(actix::through(&cors, &App::new(), &[]).is_ok());
    assert!(actix::through(&cors.send_wildcard(), &App::new(), &[]).is_err());
}

#[test]
fn actix_lets_preflights_reach_the_app_when_told() {
    let cors = actix::cors(&LISTED).disable_preflight();
    let answers = actix::through(&cors, &App::new(), &[preflight(APP)]).expect("it starts");
    assert_eq!(answers[0].calls, 1);
}

/// By a pattern or a function, not by exact origins, and only where the origin is allowed.
#[test]
fn poem_sends_vary_for_origins_that_it_does_not_compare() {
    let by_pattern = Settings { origins: Origins::Subdomains, ..LISTED };
    let own = "https://a.example.com";
    let answers = Peer::Poem.ask(&by_pattern, &App::new(), &[get(own), get(EVIL), request("GET")]);
    let said = answers.expect("it serves").into_iter().map(|answer| answer.varies("origin"));
    assert_eq!(said.collect::<Vec<_>>(), [true, false, false]);

    let function = poem::cors(&Settings { origins: Origins::List(&[]), ..LISTED });
    let function = function.allow_origins_fn(|origin| origin == APP);
    assert!(poem::through(function, &App::new(), &[get(APP)])[0].varies("origin"));
}

/// The function is not called with what is no text.
#[test]
fn poem_does_not_panic_without_patterns() {
    let odd = || request("GET").with("origin", b"https://\xffa.example.com");
    let listed = Peer::Poem.one(&LISTED, &App::new(), odd());
    assert_eq!(listed.origin(), None);

    let function = poem::cors(&Settings { origins: Origins::List(&[]), ..LISTED });
    let function = function.allow_origins_fn(|_| true);
    assert_eq!(poem::through(function, &App::new(), &[odd()])[0].origin(), None);
}

#[test]
fn poem_catches_its_panic_when_told() {
    let settings = Settings { origins: Origins::Subdomains, ..LISTED };
    let endpoint = poem::Called(App::new()).with(poem::cors(&settings)).with(CatchPanic::new());
    let odd = request("GET").with("origin", b"https://\xffa.example.com");
    assert_eq!(run(endpoint.get_response(poem::built(&odd))).status().as_u16(), 500);
}

/// What has no route for `OPTIONS` runs nothing, and the preflight is answered all the same.
#[test]
fn salvo_answers_preflights_without_a_route() {
    let app = App::new();
    let service = Service::new(Router::new().get(salvo::Called(app.clone())));
    let service = service.hoop(salvo::cors(&LISTED).expect("a handler").into_handler());
    let response = run(service.handle(salvo::built(&preflight(APP))));
    assert_eq!((app.calls(), response.status_code.map(|status| status.as_u16())), (0, Some(204)));
    assert!(response.headers().contains_key("access-control-allow-origin"));
}

#[test]
fn salvo_sends_the_vary_that_it_is_told() {
    let settings = Settings { origins: Origins::Any, ..LISTED };
    let cors = salvo::cors(&settings).expect("a handler").vary(Vec::new()).into_handler();
    assert!(!salvo::through(cors, &App::new(), &[get(APP)])[0].varies("origin"));
}

/// tower-http and salvo expose the names that they are given with credentials.
#[test]
fn exposed_names_are_listed() {
    let settings = Settings { credentials: true, expose: Expose::List(&["x-own"]), ..LISTED };
    for peer in Peer::ALL {
        let answer = peer.one(&settings, &App::new(), get(APP));
        let listed = answer.header("access-control-expose-headers");
        assert_eq!(listed.as_deref(), Some("x-own"), "{peer:?}");
    }
}
