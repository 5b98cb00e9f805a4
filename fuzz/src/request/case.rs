//! A config, a request and a response of the inner service, read from any bytes. What the layer
//! looks at is drawn often, and everything else now and then.

use std::time::Duration;

use arbitrary::{Arbitrary, Result, Unstructured};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use tower_cors::{InnerHeaders, Policy, PolicyConfig};

/// More lines and entries than these are of no use, and cost time.
const MANY: usize = 6;

/// Printed by `cargo fuzz fmt request FILE`.
#[derive(Debug)]
pub struct Case {
    pub(super) config: PolicyConfig,
    pub(super) request: Request<()>,
    pub(super) response: Response<String>,
}

impl<'a> Arbitrary<'a> for Case {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let request = request(bytes)?;
        let mut response = Response::new(String::from("inner"));
        *response.status_mut() =
            StatusCode::from_u16(bytes.int_in_range(200..=599)?).unwrap_or_default();
        lines(bytes, response.headers_mut(), &RESPONSE_HEADERS)?;
        let mut config = config(bytes)?;
        for _ in 0..bytes.int_in_range(0..=2)? {
            config = config.or(self::config(bytes)?);
        }
        Ok(Self { config, request, response })
    }
}

const REQUEST_HEADERS: [&str; 8] = [
    "origin",
    "origin",
    "access-control-request-method",
    "access-control-request-method",
    "access-control-request-headers",
    "cookie",
    "authorization",
    "x-a",
];
const RESPONSE_HEADERS: [&str; 12] = [
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-allow-private-network",
    "access-control-expose-headers",
    "access-control-max-age",
    "vary",
    "cache-control",
    "set-cookie",
    "x-exp",
    "content-type",
];
const ORIGINS: [&str; 16] = [
    "https://app.example",
    "https://app.example:8443",
    "http://localhost",
    "http://127.0.0.1",
    "https://[::1]",
    "app://localhost",
    "https://*.example.com",
    "https://*.example.com:*",
    "http://localhost:*",
    "https://*",
    "https://*:*",
    "app://*",
    "null",
    "null",
    "*",
    "*",
];
const SENT_ORIGINS: [&str; 10] = [
    "https://app.example",
    "https://app.example:8443",
    "https://a.example.com",
    "https://a.b.example.com:1",
    "http://localhost",
    "http://localhost:3000",
    "https://[::1]",
    "app://localhost",
    "https://unlisted",
    "null",
];
const METHODS: [&str; 10] =
    ["PUT", "DELETE", "PATCH", "patch", "GET", "OPTIONS", "TRACE", "Foo", "*", "*"];
const HEADERS: [&str; 12] = [
    "x-a",
    "X-B",
    "authorization",
    "Authorization",
    "content-type",
    "accept",
    "range",
    "cookie",
    "x-exp",
    "set-cookie",
    "*",
    "*",
];
const PIECES: [&str; 32] = [
    "https://app.example",
    "https://a.example.com",
    "http://localhost",
    "app://localhost",
    "https://",
    "http://",
    "app.example",
    ".example.com",
    "a.",
    "[::1]",
    "127.0.0.1",
    ":443",
    ":80",
    ":8443",
    "null",
    "*",
    ",",
    ", ",
    " ",
    "\t",
    "x-a",
    "X-B",
    "authorization",
    "Authorization",
    "content-type",
    "PUT",
    "patch",
    "TRACE",
    "origin",
    "Origin",
    "Accept",
    "x-unlisted",
];

/// Mostly what browsers send, with more lines beside it now and then.
fn request(bytes: &mut Unstructured<'_>) -> Result<Request<()>> {
    let mut request = Request::new(());
    let mut drawn = Vec::new();
    *request.method_mut() = match bytes.int_in_range(0..=7)? {
        0 => method(bytes)?,
        1 | 2 => {
            drawn.push(("origin", one_of(bytes, &SENT_ORIGINS)?));
            method(bytes)?
        }
        _ => {
            drawn.push(("origin", one_of(bytes, &SENT_ORIGINS)?));
            drawn.push(("access-control-request-method", one_of(bytes, &METHODS)?));
            for _ in 0..bytes.int_in_range(0..=2)? {
                drawn.push(("access-control-request-headers", value(bytes)?));
            }
            Method::OPTIONS
        }
    };
    for (name, value) in drawn {
        if let Ok(value) = HeaderValue::from_bytes(&value) {
            request.headers_mut().append(name, value);
        }
    }
    if now_and_then(bytes)? {
        lines(bytes, request.headers_mut(), &REQUEST_HEADERS)?;
    }
    Ok(request)
}

fn config(bytes: &mut Unstructured<'_>) -> Result<PolicyConfig> {
    let mut config = Policy::builder()
        .allow_origins([*bytes.choose(&ORIGINS)?])
        .allow_methods(entries(bytes, &METHODS)?)
        .allow_headers(entries(bytes, &HEADERS)?)
        .expose_headers(entries(bytes, &HEADERS)?)
        .allow_credentials(bytes.arbitrary()?)
        .answer_every_options(bytes.arbitrary()?)
        // Configs that are refused tell nothing of requests: they are few.
        .dangerously_reflect_any_origin(bytes.ratio(3, 4)?)
        .dangerously_allow_insecure_origins(bytes.ratio(3, 4)?);
    if config.allow_origins != ["*"] {
        let more = entries(bytes, &ORIGINS)?.into_iter().filter(|origin| origin != "*");
        config = config.allow_origins(more.collect::<Vec<_>>());
    }
    // It cannot stand beside credentials; nor does it matter when there is nothing else.
    if config.allow_credentials && config.allow_origins.len() > 1 {
        config.allow_origins.retain(|origin| origin != "null");
    }
    if now_and_then(bytes)? {
        config = config.max_age(Duration::from_secs(bytes.arbitrary::<u32>()?.into()));
    }
    if now_and_then(bytes)? {
        config.preflight_status = Some(bytes.int_in_range(195..=304)?);
        config.denied_status = Some(bytes.int_in_range(195..=505)?);
    }
    if now_and_then(bytes)? {
        config = config.inner_headers(InnerHeaders::Keep);
    }
    Ok(config)
}

/// Mostly one of these.
fn one_of(bytes: &mut Unstructured<'_>, known: &[&str]) -> Result<Vec<u8>> {
    match now_and_then(bytes)? {
        true => value(bytes),
        false => Ok((*bytes.choose(known)?).into()),
    }
}

/// Never when no bytes are left.
fn now_and_then(bytes: &mut Unstructured<'_>) -> Result<bool> {
    Ok(!bytes.ratio(15, 16)?)
}

/// Some of the known entries, and now and then any text. An asterisk goes with others nowhere, so it
/// stands alone.
fn entries(bytes: &mut Unstructured<'_>, known: &[&str]) -> Result<Vec<String>> {
    let mut entries = Vec::new();
    for _ in 0..bytes.int_in_range(0..=MANY)? {
        entries.push(match now_and_then(bytes)? {
            true => bytes.arbitrary::<&str>()?.to_owned(),
            false => (*bytes.choose(known)?).to_owned(),
        });
    }
    if entries.iter().any(|entry| entry == "*") {
        entries.retain(|entry| entry == "*" || entry == "authorization");
    }
    Ok(entries)
}

fn method(bytes: &mut Unstructured<'_>) -> Result<Method> {
    Ok(match bytes.int_in_range(0..=7)? {
        0..=3 => Method::OPTIONS,
        4 | 5 => Method::GET,
        6 => Method::PUT,
        _ => Method::from_bytes(bytes.arbitrary()?).unwrap_or_default(),
    })
}

fn lines(
    bytes: &mut Unstructured<'_>,
    headers: &mut http::HeaderMap,
    known: &[&'static str],
) -> Result<()> {
    for _ in 0..bytes.int_in_range(0..=MANY)? {
        let name = match now_and_then(bytes)? {
            true => HeaderName::from_bytes(bytes.arbitrary()?).ok(),
            false => Some(HeaderName::from_static(bytes.choose(known)?)),
        };
        let value = HeaderValue::from_bytes(&value(bytes)?).ok();
        if let (Some(name), Some(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    Ok(())
}

/// Any bytes, or what means something, or one thing very often.
fn value(bytes: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    Ok(match bytes.int_in_range(0..=7)? {
        0 => bytes.arbitrary()?,
        1 => {
            let times = bytes.int_in_range(0..=2048)?;
            bytes.choose(&PIECES)?.repeat(times).into_bytes()
        }
        2..=4 => (*bytes.choose(&PIECES)?).into(),
        _ => {
            let mut value = Vec::new();
            for _ in 0..bytes.int_in_range(0..=MANY)? {
                value.extend_from_slice(bytes.choose(&PIECES)?.as_bytes());
            }
            value
        }
    })
}
