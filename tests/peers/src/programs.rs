//! What a program can do with each peer. Where a peer has an API for it, it is used and its effect
//! is asserted; "no" says that there is none.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use salvo::http::HeaderValue;
use tower::{Layer, ServiceExt};
use tower_cors::{CorsLayer, FromExtensions, Policy, Reloadable};

use crate::ask::{APP, App, EVIL, LISTED, Request, get, preflight, request};
use crate::peer::{Peer, actix, poem, salvo as salvo_peer, tower_http, tower_service};

/// A policy that depends on the request's path: `/open` is.
pub(crate) fn per_request(peer: Peer) -> String {
    let requests = [get(EVIL).at("/open"), get(EVIL).at("/closed")];
    let app = App::new();
    let (answers, what) = match peer {
        Peer::Ours => {
            let open = Policy::permissive();
            let layer = CorsLayer::from_fn(move |request| {
                let open = (request.uri().path() == "/open").then(|| open.clone());
                open.unwrap_or_else(Policy::deny_all)
            });
            (tower_service::through(&layer, &app, &requests), "the whole policy")
        }
        Peer::TowerHttp => {
            use ::tower_http::cors::{AllowCredentials, AllowOrigin, MaxAge};
            let layer = tower_http::layer(&LISTED)
                .expect("a layer")
                .allow_origin(AllowOrigin::predicate(|_, head| head.uri.path() == "/open"))
                .allow_credentials(AllowCredentials::predicate(|_, head| {
                    head.uri.path() == "/open"
                }))
                .max_age(MaxAge::dynamic(|_, _| std::time::Duration::ZERO));
            let answers = tower_service::through(&layer, &app, &requests);
            (answers, "origins, credentials, max age")
        }
        Peer::Actix => {
            let cors =
                actix_cors::Cors::default().allowed_origin_fn(|_, head| head.uri.path() == "/open");
            (actix::through(&cors, &app, &requests).expect("it starts"), "origins")
        }
        // Its function is given the origin, and nothing of the request.
        Peer::Poem => return "no".to_owned(),
        Peer::Salvo => {
            use ::salvo::cors::{
                AllowCredentials, AllowHeaders, AllowMethods, AllowOrigin, Cors, ExposeHeaders,
                MaxAge,
            };
            let value = || Some(HeaderValue::from_static("1"));
            let cors = Cors::new()
                .allow_origin(AllowOrigin::dynamic(|origin, request, _| {
                    origin.filter(|_| request.uri().path() == "/open").cloned()
                }))
                .allow_credentials(AllowCredentials::dynamic(|_, _, _| true))
                .allow_methods(AllowMethods::dynamic(move |_, _, _| value()))
                .allow_headers(AllowHeaders::dynamic(move |_, _, _| value()))
                .expose_headers(ExposeHeaders::dynamic(move |_, _, _| value()))
                .max_age(MaxAge::dynamic(move |_, _, _| value()));
            let cors = cors.into_handler();
            (salvo_peer::through(cors, &app, &requests), "every header but `Vary`")
        }
    };
    let granted = answers.iter().map(|answer| answer.origin().is_some());
    assert_eq!(granted.collect::<Vec<_>>(), [true, false], "{peer:?}");
    what.to_owned()
}

/// A policy that changes between two requests.
pub(crate) fn swapped(peer: Peer) -> String {
    let app = App::new();
    let twice = [get(EVIL), get(EVIL)];
    // What the functions look at: it is changed by the first request.
    let changed = AtomicBool::new(false);
    let open = move || changed.swap(true, Ordering::Relaxed);
    let (answers, what) = match peer {
        Peer::Ours => {
            let current = Reloadable::new(Policy::deny_all());
            let layer = CorsLayer::new(current.clone());
            let mut answers = tower_service::through(&layer, &app, &twice[..1]);
            current.store(Policy::permissive());
            answers.extend(tower_service::through(&layer, &app, &twice[1..]));
            (answers, "the whole policy, checked")
        }
        Peer::TowerHttp => {
            let origin = ::tower_http::cors::AllowOrigin::predicate(move |_, _| open());
            let layer = ::tower_http::cors::CorsLayer::new().allow_origin(origin);
            let answers = tower_service::through(&layer, &app, &twice);
            (answers, "origins, credentials, max age, by functions")
        }
        Peer::Actix => {
            let cors = actix_cors::Cors::default().allowed_origin_fn(move |_, _| open());
            let answers = actix::through(&cors, &app, &twice).expect("it starts");
            (answers, "origins, by a function")
        }
        Peer::Poem => {
            let cors = ::poem::middleware::Cors::new().allow_origins_fn(move |_| open());
            (poem::through(cors, &app, &twice), "origins, by a function")
        }
        Peer::Salvo => {
            let origin = ::salvo::cors::AllowOrigin::dynamic(move |origin, _, _| {
                origin.filter(|_| open()).cloned()
            });
            let cors = ::salvo::cors::Cors::new().allow_origin(origin).into_handler();
            let answers = salvo_peer::through(cors, &app, &twice);
            (answers, "every header but `Vary`, by functions")
        }
    };
    let granted = answers.iter().map(|answer| answer.origin().is_some());
    assert_eq!(granted.collect::<Vec<_>>(), [false, true], "{peer:?}");
    what.to_owned()
}

/// A function of the origin that is asked for every request.
pub(crate) fn predicate(peer: Peer) -> String {
    match peer {
        Peer::Ours => {
            let layer = CorsLayer::from_fn(|request| match request.origin() {
                Some(origin) if origin.host() == "app.example" => Policy::permissive(),
                _ => Policy::deny_all(),
            });
            let answers = tower_service::through(&layer, &App::new(), &[get(APP), get(EVIL)]);
            let granted = answers.iter().map(|answer| answer.origin().is_some());
            assert_eq!(granted.collect::<Vec<_>>(), [true, false]);
            "as a policy source"
        }
        Peer::TowerHttp | Peer::Actix | Peer::Poem | Peer::Salvo => {
            // Used above.
            swapped(peer);
            "yes"
        }
    }
    .to_owned()
}

/// A decision that has to be waited for.
pub(crate) fn asynchronous(peer: Peer) -> String {
    let app = App::new();
    let ask = [get(EVIL)];
    let (answers, what) = match peer {
        Peer::Ours => {
            let before = tower::layer::layer_fn(|service: tower_service::BoxedApp| {
                let service = CorsLayer::new(FromExtensions::or(Policy::deny_all())).layer(service);
                tower::service_fn(move |mut request: http::Request<String>| {
                    let service = service.clone();
                    Box::pin(async move {
                        tokio::task::yield_now().await;
                        request.extensions_mut().insert(Policy::permissive());
                        service.oneshot(request).await
                    })
                })
            });
            (tower_service::through(&before, &app, &ask), "by a step before it")
        }
        Peer::TowerHttp => {
            let origin = ::tower_http::cors::AllowOrigin::async_predicate(|_, _| async {
                tokio::task::yield_now().await;
                true
            });
            let layer = ::tower_http::cors::CorsLayer::new().allow_origin(origin);
            (tower_service::through(&layer, &app, &ask), "yes, for origins")
        }
        Peer::Actix | Peer::Poem => return "no".to_owned(),
        Peer::Salvo => {
            let origin = ::salvo::cors::AllowOrigin::dynamic_async(|origin, _, _| {
                let origin = origin.cloned();
                async move {
                    tokio::task::yield_now().await;
                    origin
                }
            });
            let cors = ::salvo::cors::Cors::new().allow_origin(origin).into_handler();
            (salvo_peer::through(cors, &app, &ask), "yes, for every header")
        }
    };
    assert!(answers[0].origin().is_some(), "{peer:?}");
    what.to_owned()
}

/// What a program is told of a refusal.
pub(crate) fn reason(peer: Peer) -> String {
    let app = App::new();
    match peer {
        Peer::Ours => {
            let told = Arc::new(Mutex::new(Vec::new()));
            let lines = Arc::clone(&told);
            let config = Policy::builder().allow_origins([APP]).allow_methods(["DELETE"]);
            let layer =
                CorsLayer::new(config.build().expect("a policy")).observe_fn(move |decision| {
                    lines.lock().expect("no panic").push(decision.to_string());
                });
            tower_service::through(&layer, &app, &[preflight(APP), get(EVIL)]);
            let told = told.lock().expect("no panic");
            assert!(told[0].contains("PUT") && told[1].contains(EVIL), "{told:?}");
            "every decision, and which value"
        }
        Peer::TowerHttp | Peer::Salvo => "no",
        Peer::Actix => {
            let errors = actix::errors(&actix::cors(&LISTED), &app, &[preflight(EVIL), get(EVIL)]);
            let told = matches!(errors[..], [Some(actix_cors::CorsError::OriginNotAllowed), None]);
            assert!(told, "{errors:?}");
            "preflights: a `CorsError`"
        }
        Peer::Poem => {
            for asked in [preflight(EVIL), get(EVIL)] {
                let error = poem::error(poem::cors(&LISTED), &app, &asked);
                assert_eq!(error, Some(::poem::error::CorsError::OriginNotAllowed));
            }
            "a `CorsError`"
        }
    }
    .to_owned()
}

pub(crate) fn report_only(peer: Peer) -> String {
    if peer != Peer::Ours {
        return "no".to_owned();
    }
    let config = Policy::builder().allow_origins([APP]);
    let layer = CorsLayer::new(config.build().expect("a policy")).report_only(true);
    let app = App::with(&[("access-control-allow-origin", "*")]);
    let answers = tower_service::through(&layer, &app, &[get(EVIL), preflight(EVIL)]);
    for answer in answers {
        assert_eq!((answer.calls, answer.origin().as_deref()), (1, Some("*")));
    }
    "yes".to_owned()
}

pub(crate) fn private_network(peer: Peer) -> String {
    let asked = preflight(APP).with("access-control-request-private-network", "true");
    let app = App::new();
    let answers = match peer {
        Peer::Ours | Peer::Poem => return "no".to_owned(),
        Peer::TowerHttp => {
            let layer = tower_http::layer(&LISTED).expect("a layer").allow_private_network(true);
            tower_service::through(&layer, &app, &[asked])
        }
        Peer::Actix => {
            let cors = actix::cors(&LISTED).allow_private_network_access();
            actix::through(&cors, &app, &[asked]).expect("it starts")
        }
        Peer::Salvo => {
            let cors = salvo_peer::cors(&LISTED).expect("a handler").allow_private_network(true);
            salvo_peer::through(cors.into_handler(), &app, &[asked])
        }
    };
    assert!(answers[0].header("access-control-allow-private-network").is_some(), "{peer:?}");
    "yes".to_owned()
}

/// A policy without the framework: the decision alone.
pub(crate) fn alone(peer: Peer) -> String {
    if peer != Peer::Ours {
        return "no".to_owned();
    }
    let policy = Policy::builder().allow_origins([APP]).build().expect("a policy");
    let Request { method, headers, .. } = preflight(APP);
    let mut built = http::Request::builder().method(method);
    for (name, value) in headers {
        built = built.header(name, value);
    }
    let built = built.body(()).expect("a request");
    let head = tower_cors::RequestHead::from(&built);
    assert!(policy.decide(&head).answer::<()>().is_some());
    "yes".to_owned()
}

/// A policy from a file.
pub(crate) fn files(peer: Peer) -> String {
    if peer != Peer::Ours {
        return "no".to_owned();
    }
    let read = |text| serde_json::from_str::<Policy>(text);
    assert!(read(r#"{"allowOrigins": ["https://app.example"], "maxAge": "10m"}"#).is_ok());
    assert!(read(r#"{"allowOrigins": ["https://app.example/"]}"#).is_err());
    "yes, checked".to_owned()
}

/// Credentials for everybody who can have a name below a public suffix.
pub(crate) fn public_suffix(peer: Peer) -> String {
    const PATTERN: &str = "https://*.github.io";
    match peer {
        Peer::Ours => {
            let config = Policy::builder().allow_origins([PATTERN]).allow_credentials(true);
            assert_eq!(config.build().expect("a policy").lints().len(), 1);
            "accepted, with a lint"
        }
        Peer::TowerHttp | Peer::Actix | Peer::Salvo => "as the predicate says",
        Peer::Poem => {
            let cors = ::poem::middleware::Cors::new().allow_origin_regex(PATTERN);
            let cors = cors.allow_credentials(true);
            let answers = poem::through(cors, &App::new(), &[get("https://evil.github.io")]);
            assert!(answers[0].header("access-control-allow-credentials").is_some());
            "accepted"
        }
    }
    .to_owned()
}

/// Requests that a peer refuses for their origin before the app runs.
pub(crate) fn blocks(peer: Peer) -> String {
    let app = App::new();
    let ask = [get(EVIL), request("GET")];
    let (answers, what) = match peer {
        Peer::Ours | Peer::TowerHttp | Peer::Salvo => return "no".to_owned(),
        Peer::Actix => {
            let cors = actix::cors(&LISTED).block_on_origin_mismatch(true);
            (actix::through(&cors, &app, &ask).expect("it starts"), "by an option")
        }
        Peer::Poem => (poem::through(poem::cors(&LISTED), &app, &ask), "always"),
    };
    assert_eq!(answers.iter().map(|answer| answer.calls).collect::<Vec<_>>(), [0, 1], "{peer:?}");
    what.to_owned()
}
