//! What a server answered beside what the policy would have answered.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header};
use serde_json::{Value, json};
use tower_cors_oracle::fetch_client::{Credentials, Fetch};

use crate::browser;
use crate::har::{Entry, Exchange};
use crate::judged::{Judged, listed, plain};
use crate::paint::Paint;
use crate::source::Source;

pub(crate) struct Compared {
    title: String,
    /// Whether the request has credentials, as far as the file tells; it does not say how the
    /// request was fetched.
    credentials: bool,
    recorded: Conclusion,
    policy: Conclusion,
    parts: Vec<Part>,
}

/// Of the preflight, or of the request itself.
struct Part {
    judged: Judged,
    /// None that was answered.
    sent: bool,
    differences: Vec<Difference>,
}

struct Difference {
    what: String,
    recorded: String,
    policy: String,
}

/// What a browser concludes from the answers, without credentials and with.
struct Conclusion {
    without: Result<(), String>,
    with: Result<(), String>,
}

impl Compared {
    pub(crate) fn new(source: &Source, exchange: &Exchange, credentials: bool) -> Self {
        let fetch = fetch(exchange);
        let entries = [&exchange.preflight, &exchange.actual].into_iter().flatten();
        let parts = entries.map(|entry| Part::new(source, entry, &exchange.origin)).collect();
        let concluded = |answer: &dyn Fn(&Request<Bytes>) -> Response<Bytes>| {
            let with = |credentials| {
                let fetch = fetch.clone().credentials(credentials);
                browser::concludes(&fetch, |request| answer(&request))
            };
            Conclusion { without: with(Credentials::Omit), with: with(Credentials::Include) }
        };
        let recorded = concluded(&|request| exchange.recorded(request));
        let policy =
            concluded(&|request| Judged::new(source, request, exchange.recorded(request)).answer);
        let method = fetch.method.clone();
        let (url, origin) = (plain(exchange.url.as_str()), plain(&exchange.origin));
        let kept = exchange.actual.as_ref().is_some_and(|entry| entry.kept);
        let cookie = exchange
            .actual
            .as_ref()
            .is_some_and(|entry| entry.request.headers().contains_key(header::COOKIE));
        // Only with credentials would a browser have kept that.
        let kept = kept && recorded.without.is_ok() && recorded.with.is_err();
        Self {
            title: format!("{} {url} from {origin}", plain(&method)),
            credentials: credentials || cookie || kept,
            recorded,
            policy,
            parts,
        }
    }

    pub(crate) fn allowed(&self) -> bool {
        match self.credentials {
            true => self.policy.with.is_ok(),
            false => self.policy.without.is_ok(),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let conclusion = |of: &Conclusion| {
            json!({
                "allowed": of.without.is_ok(), "refusal": of.without.as_ref().err(),
                "allowedWithCredentials": of.with.is_ok(),
                "refusalWithCredentials": of.with.as_ref().err(),
            })
        };
        let parts = self.parts.iter().map(|part| {
            let differences = part.differences.iter().map(|difference| {
                let Difference { what, recorded, policy } = difference;
                json!({"what": what, "server": recorded, "policy": policy})
            });
            let mut json = part.judged.to_json();
            json["differences"] = differences.collect();
            json["sent"] = json!(part.sent);
            json
        });
        json!({
            "request": self.title,
            "credentials": self.credentials,
            "server": conclusion(&self.recorded),
            "policy": conclusion(&self.policy),
            "parts": parts.collect::<Vec<_>>(),
        })
    }
}

impl Exchange {
    /// What the server answered; where nothing was sent, what says nothing of CORS.
    fn recorded(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let entry = match browser::is_preflight(request) {
            true => &self.preflight,
            false => &self.actual,
        };
        let response = entry.as_ref().and_then(|entry| entry.response.as_ref());
        let Some(response) = response else {
            return self.granted(request);
        };
        // A redirect was followed by another request, which is an entry of its own.
        let mut copy = response.clone();
        if copy.status().is_redirection() && !browser::is_preflight(request) {
            *copy.status_mut() = StatusCode::OK;
        }
        copy
    }

    /// A request that was not sent would have got what its preflight got.
    fn granted(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let mut response = Response::new(Bytes::new());
        let preflight = self.preflight.as_ref().and_then(|entry| entry.response.as_ref());
        if let (false, Some(preflight)) = (browser::is_preflight(request), preflight) {
            for name in
                [header::ACCESS_CONTROL_ALLOW_ORIGIN, header::ACCESS_CONTROL_ALLOW_CREDENTIALS]
            {
                let values = preflight.headers().get_all(&name).iter();
                response.headers_mut().extend(values.map(|value| (name.clone(), value.clone())));
            }
        }
        response
    }
}

impl Part {
    fn new(source: &Source, entry: &Entry, origin: &str) -> Self {
        let mut request = entry.request.clone();
        if let (false, Ok(origin)) =
            (request.headers().contains_key(header::ORIGIN), origin.parse())
        {
            request.headers_mut().insert(header::ORIGIN, origin);
        }
        let inner = entry.response.clone().unwrap_or_default();
        let judged = Judged::new(source, &request, inner);
        let differences = match &entry.response {
            Some(response) => differences(response, &judged.answer),
            None => Vec::new(),
        };
        Self { judged, sent: entry.response.is_some(), differences }
    }
}

/// Header by header. The status of a preflight matters only by its hundreds.
fn differences(recorded: &Response<Bytes>, policy: &Response<Bytes>) -> Vec<Difference> {
    let mut differences = Vec::new();
    if recorded.status() != policy.status() {
        differences.push(Difference {
            what: "status".into(),
            recorded: recorded.status().as_u16().to_string(),
            policy: policy.status().as_u16().to_string(),
        });
    }
    let value = |headers: &HeaderMap, name: &str| {
        let lines: Vec<_> = listed(headers).into_iter().filter(|(n, _)| n == name).collect();
        lines.into_iter().map(|(_, value)| value).collect::<Vec<_>>().join(", ")
    };
    let mut names: Vec<_> = [recorded, policy]
        .iter()
        .flat_map(|response| listed(response.headers()))
        .map(|(name, _)| name)
        .collect();
    names.sort();
    names.dedup();
    for name in names {
        let pair = (value(recorded.headers(), &name), value(policy.headers(), &name));
        if pair.0 != pair.1 {
            differences.push(Difference { what: name, recorded: pair.0, policy: pair.1 });
        }
    }
    differences
}

/// What a script said for it: the headers are those that the preflight announced.
fn fetch(exchange: &Exchange) -> Fetch {
    let asked = |name| {
        let preflight = exchange.preflight.as_ref()?;
        let value = preflight.request.headers().get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let method = match &exchange.actual {
        Some(actual) => actual.request.method().as_str().to_owned(),
        None => asked(header::ACCESS_CONTROL_REQUEST_METHOD).unwrap_or_default(),
    };
    let mut fetch = Fetch::new(&exchange.origin, exchange.url.as_str());
    // Without a preflight in the file, there was none, or the browser had kept its answer.
    if exchange.preflight.is_some() {
        fetch = fetch.method(&*method);
    }
    let names = asked(header::ACCESS_CONTROL_REQUEST_HEADERS).unwrap_or_default();
    for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        // No value of these is safelisted.
        fetch = fetch.header(name, "\"\"");
    }
    fetch
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", Paint::Label.on(format_args!("== {}", self.title)))?;
        writeln!(f, "the server's answer: {}", self.recorded)?;
        writeln!(f, "the policy's answer: {}", self.policy)?;
        if self.credentials {
            writeln!(f, "the request has credentials, so that is what counts")?;
        }
        for part in &self.parts {
            for Difference { what, recorded, policy } in &part.differences {
                let shown = |value: &str| match value {
                    "" => "none".to_owned(),
                    value => value.to_owned(),
                };
                let (recorded, policy) = (shown(recorded), shown(policy));
                writeln!(f, "  {} {what}: server {recorded}, policy {policy}", part.judged.kind)?;
            }
        }
        let refused =
            self.parts.iter().any(|part| part.judged.kind == "preflight" && part.judged.denied);
        for part in self.parts.iter().filter(|part| part.sent || !refused) {
            writeln!(f, "\n{}", part.judged)?;
        }
        Ok(())
    }
}

impl fmt::Display for Conclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = |result: &Result<(), String>| match result {
            Ok(()) => Paint::Good.on("allowed".to_owned()),
            Err(why) => Paint::Bad.on(format!("refused, {why}")),
        };
        match self.without == self.with {
            true => write!(f, "{}", one(&self.without)),
            false => write!(f, "{}; with credentials {}", one(&self.without), one(&self.with)),
        }
    }
}
