//! What becomes of a configuration before any request comes.

use std::panic::catch_unwind;
use std::time::Duration;

use http::{HeaderValue, Method};
use tower::Layer;
use tower_cors::{Policy, PolicyConfig};
use tower_http::cors::{AllowCredentials, AllowOrigin, Any, CorsLayer as Theirs};

use super::pairs::APP;

/// A row of the page.
pub(crate) struct Built {
    pub(crate) what: &'static str,
    pub(crate) theirs: String,
    pub(crate) ours: String,
}

fn built(what: &'static str, theirs: fn() -> Theirs, ours: PolicyConfig) -> Built {
    let theirs = match catch_unwind(|| drop(theirs().layer(()))) {
        Ok(()) => "builds".to_owned(),
        Err(panic) => match panic.downcast_ref::<&str>() {
            Some(message) => format!("panics: {message}"),
            None => "panics".to_owned(),
        },
    };
    let ours = match ours.build() {
        Ok(_) => "builds".to_owned(),
        Err(errors) => {
            let text = errors.to_string();
            // What to write instead stands after the semicolon.
            format!("error: {}", text.split("; ").next().unwrap_or(&text))
        }
    };
    Built { what, theirs, ours }
}

pub(crate) fn all() -> Vec<Built> {
    let here = || Policy::builder().allow_origins([APP]);
    let one = |origin: &str| Policy::builder().allow_origins([origin]);
    vec![
        built(
            "any origin with credentials",
            || Theirs::new().allow_origin(Any).allow_credentials(true),
            one("*").allow_credentials(true),
        ),
        built(
            "the same, credentials by a predicate: browsers refuse every answer",
            || {
                let always = AllowCredentials::predicate(|_, _| true);
                Theirs::new().allow_origin(Any).allow_credentials(always)
            },
            one("*").allow_credentials(true),
        ),
        built(
            "the same, the origin mirrored: every website acts as the user",
            || Theirs::new().allow_origin(AllowOrigin::mirror_request()).allow_credentials(true),
            one("*").allow_credentials(true),
        ),
        built(
            "any method with credentials (here: mirrored)",
            || Theirs::new().allow_methods(Any).allow_credentials(true),
            here().allow_methods(["*"]).allow_credentials(true),
        ),
        built(
            "any header with credentials (here: mirrored)",
            || Theirs::new().allow_headers(Any).allow_credentials(true),
            here().allow_headers(["*"]).allow_credentials(true),
        ),
        built(
            "all headers exposed with credentials (here: the names that the response has)",
            || Theirs::new().expose_headers(Any).allow_credentials(true),
            here().expose_headers(["*"]).allow_credentials(true),
        ),
        built(
            "`*` in a list of origins",
            || {
                Theirs::new()
                    .allow_origin(AllowOrigin::list([APP, "*"].map(HeaderValue::from_static)))
            },
            Policy::builder().allow_origins([APP, "*"]),
        ),
        built(
            "an origin that no browser sends",
            || Theirs::new().allow_origin([HeaderValue::from_static("https://app.example.com/")]),
            one("https://app.example.com/"),
        ),
        built(
            "`http` with credentials",
            || {
                let origin = HeaderValue::from_static("http://app.example.com");
                Theirs::new().allow_origin([origin]).allow_credentials(true)
            },
            one("http://app.example.com").allow_credentials(true),
        ),
        built(
            "`null` with credentials",
            || {
                let origin = HeaderValue::from_static("null");
                Theirs::new().allow_origin([origin]).allow_credentials(true)
            },
            one("null").allow_credentials(true),
        ),
        built(
            "a method in a case that no browser sends",
            || Theirs::new().allow_methods(Method::from_bytes(b"put").unwrap()),
            here().allow_methods(["put"]),
        ),
        built(
            "a max-age that is not whole seconds (tower-http cuts it)",
            || Theirs::new().max_age(Duration::from_millis(1_500)),
            here().max_age(Duration::from_millis(1_500)),
        ),
        built("no origin", Theirs::new, Policy::builder()),
    ]
}
