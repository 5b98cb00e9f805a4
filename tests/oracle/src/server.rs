//! A naive server: any config's text over the inner service, right or wrong in one way.

mod answer;
mod fault;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, header};
use serde_json::Value;

use crate::fetch_client::Server;
use crate::inner;
use crate::plain::{Reading, chain, matches, well_formed};

pub use fault::Fault;

/// Follows the rules for a config straight from its text, one request at a time, over
/// [`inner::respond`].
#[derive(Clone, Debug)]
pub struct NaiveServer {
    chain: Vec<Value>,
    constant: bool,
    fault: Option<Fault>,
    inner_calls: u64,
}

impl NaiveServer {
    /// A server for a valid config's JSON text, with at most one fault.
    #[must_use]
    pub fn new(config_json: &str, fault: Option<Fault>) -> Self {
        Self {
            chain: chain(config_json),
            constant: Reading::of(config_json).constant(),
            fault,
            inner_calls: 0,
        }
    }

    /// The config that decides: the first that allows the request's one origin.
    fn deciding(&self, request: &HeaderMap) -> Option<&Value> {
        if self.constant {
            return self.chain.first();
        }
        let mut lines = request.get_all(header::ORIGIN).iter();
        let origin = lines.next()?.to_str().ok()?;
        if lines.next().is_some() {
            return None;
        }
        let reflected = self.has(Fault::AnyOriginReflected) && well_formed(origin);
        let is_opaque = matches!(origin, "null" | "file://");
        let null = self.has(Fault::NullAllowed) && origin == "null";
        self.chain.iter().find(|config| {
            let credentials = config["allowCredentials"] == true;
            let patterns = config["allowOrigins"].as_array();
            reflected
                || null
                || patterns.into_iter().flatten().filter_map(Value::as_str).any(|pattern| {
                    matches(pattern, origin) && !(pattern == "*" && credentials && is_opaque)
                })
        })
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// Whether a request is answered here, and by which config (none: the origin is not allowed).
    fn answers(&self, request: &Request<Bytes>) -> Option<Option<&Value>> {
        let headers = request.headers();
        if request.method() != Method::OPTIONS || !headers.contains_key(header::ORIGIN) {
            return None;
        }
        let deciding = self.deciding(headers);
        let announced = headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if announced || self.has(Fault::EveryOptionsSwallowed) {
            return Some(deciding);
        }
        let one = headers.get_all(header::ORIGIN).iter().count() == 1;
        deciding.filter(|config| one && config["answerEveryOptions"] == true).map(Some)
    }
}

impl Server for NaiveServer {
    fn call(&mut self, request: Request<Bytes>) -> Response<Bytes> {
        if let Some(deciding) = self.answers(&request) {
            return self.preflight_answer(deciding, request.headers());
        }
        let has_origin = request.headers().contains_key(header::ORIGIN);
        if has_origin
            && self.has(Fault::UnknownOriginForbidden)
            && self.deciding(request.headers()).is_none()
        {
            return self.forbidden();
        }
        self.inner_calls += 1;
        let mut response = inner::respond(&request);
        self.edit(request.headers(), &mut response);
        response
    }

    fn inner_calls(&self) -> Option<u64> {
        Some(self.inner_calls)
    }
}
