//! A request as curl is told it, and what a browser makes of it.

use std::fmt;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, header};
use serde_json::{Value, json};
use tower_cors::Origin;
use tower_cors_oracle::fetch_client::{Credentials, Fetch};
use url::Url;

use crate::Args;
use crate::browser;
use crate::judged::{Judged, plain};
use crate::paint::Paint;
use crate::source::Source;

pub(crate) struct Ask {
    /// As it is told.
    request: Request<Bytes>,
    url: Url,
    body: Option<String>,
    include: bool,
}

/// What the policy says of it, and what a browser does then.
pub(crate) struct Answer {
    about: String,
    preflight: Option<Judged>,
    request: Judged,
    /// Why a script gets nothing.
    verdict: Result<(), String>,
}

impl Ask {
    /// # Errors
    ///
    /// Everything that is no URL, method or header.
    pub(crate) fn read(args: &Args, url: &str) -> Result<Self, Vec<String>> {
        let mut errors = Vec::new();
        let mut request = Request::new(Bytes::new());
        let url = match absolute(url) {
            Ok(url) => Some(url),
            Err(error) => {
                errors.push(error);
                None
            }
        };
        let method = args.request.as_deref().unwrap_or(match args.data {
            Some(_) => "POST",
            None => "GET",
        });
        match Method::from_bytes(method.as_bytes()) {
            Ok(method) => *request.method_mut() = method,
            Err(_) => errors.push(format!("-X {:?}: no method", plain(method))),
        }
        for line in &args.header {
            match header(line) {
                Some((name, value)) => drop(request.headers_mut().append(name, value)),
                None => {
                    errors.push(format!("-H {:?}: no header; write 'Name: value'", plain(line)))
                }
            }
        }
        let (Some(url), true) = (url, errors.is_empty()) else { return Err(errors) };
        if args.data.is_some() && !request.headers().contains_key(header::CONTENT_TYPE) {
            // As curl does.
            let form = HeaderValue::from_static("application/x-www-form-urlencoded");
            request.headers_mut().insert(header::CONTENT_TYPE, form);
        }
        address(&mut request, &url);
        let include = args.credentials || request.headers().contains_key(header::COOKIE);
        Ok(Self { request, url, body: args.data.clone(), include })
    }

    pub(crate) fn judge(&self, source: &Source) -> Answer {
        let judge = |request: &Request<Bytes>| Judged::new(source, request, Response::default());
        let origins: Vec<_> = self.request.headers().get_all(header::ORIGIN).iter().collect();
        let as_told = |about: &str, verdict| Answer {
            about: about.into(),
            preflight: None,
            request: judge(&self.request),
            verdict,
        };
        let sendable = |origin: &&str| *origin == "null" || Origin::parse(*origin).is_some();
        let origin = match &origins[..] {
            [] => return as_told("There is no Origin header, so this is no CORS request.", Ok(())),
            [one] => one.to_str().ok().filter(sendable),
            _ => None,
        };
        if browser::is_preflight(&self.request) {
            let judged = judge(&self.request);
            let verdict = match judged.denied {
                true => Err("it does not send the request that this preflight announces".into()),
                false => Ok(()),
            };
            return Answer { preflight: None, ..as_told("This is a preflight itself.", verdict) };
        }
        let Some(fetch) = origin.map(|origin| self.fetch(origin)) else {
            return as_told(
                "No browser sends such an Origin, so this is judged as it is told.",
                Err(NO_BROWSER.into()),
            );
        };
        let same = self.url.origin().ascii_serialization() == fetch.origin;
        let requests = match browser::requests(&fetch) {
            Ok(requests) => requests,
            Err(why) => return as_told("A browser does not send this.", Err(why)),
        };
        let verdict = browser::concludes(&fetch, |request| judge(&request).answer);
        let preflight = requests.iter().find(|request| browser::is_preflight(request));
        let about = match preflight {
            _ if same => {
                "The page is of the URL's own origin, so a browser asks for no permission.".into()
            }
            Some(preflight) => {
                format!("A browser sends a preflight: {}.", browser::asked(preflight))
            }
            None => {
                "A browser sends this without a preflight: method and headers are CORS-safelisted."
                    .into()
            }
        };
        let mut actual = requests.last().cloned().unwrap_or_else(|| self.request.clone());
        for name in [header::COOKIE, header::HOST] {
            if let Some(value) = self.request.headers().get(&name) {
                actual.headers_mut().insert(name, value.clone());
            }
        }
        let preflight = preflight.map(judge);
        Answer { about, preflight, request: judge(&actual), verdict }
    }

    /// What a script says for it.
    fn fetch(&self, origin: &str) -> Fetch {
        let mut fetch =
            Fetch::new(origin, self.url.as_str()).method(self.request.method().as_str());
        let by_the_browser = [header::ORIGIN, header::HOST, header::COOKIE];
        for (name, value) in self.request.headers() {
            if !by_the_browser.contains(name) {
                fetch = fetch.header(name.as_str(), String::from_utf8_lossy(value.as_bytes()));
            }
        }
        fetch.body.clone_from(&self.body);
        fetch.credentials(if self.include { Credentials::Include } else { Credentials::SameOrigin })
    }
}

impl Answer {
    pub(crate) fn allowed(&self) -> bool {
        self.verdict.is_ok()
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "about": self.about,
            "preflight": self.preflight.as_ref().map(Judged::to_json),
            "request": self.request.to_json(),
            "allowed": self.allowed(),
            "refusal": self.verdict.as_ref().err(),
        })
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.about)?;
        if let Some(preflight) = &self.preflight {
            writeln!(f, "{preflight}\n")?;
            if preflight.denied {
                writeln!(f, "The request that it announces, which is not sent:\n")?;
            }
        }
        writeln!(f, "{}\n", self.request)?;
        match &self.verdict {
            Ok(()) => f.write_str("")?,
            Err(why) => return write!(f, "{} {why}", Paint::Bad.on("A browser refuses:")),
        }
        write!(f, "{}", Paint::Good.on("A browser allows it"))
    }
}

const NO_BROWSER: &str = "it sends one Origin, as it writes it";

/// The target and the host of a request to this URL.
pub(crate) fn address(request: &mut Request<Bytes>, url: &Url) {
    if let Ok(uri) = url.as_str().parse() {
        *request.uri_mut() = uri;
    }
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    let host = format!("{}{port}", url.host_str().unwrap_or_default());
    if let (false, Ok(host)) =
        (request.headers().contains_key(header::HOST), HeaderValue::from_str(&host))
    {
        request.headers_mut().insert(header::HOST, host);
    }
}

/// As curl reads it: without a scheme it is http.
fn absolute(text: &str) -> Result<Url, String> {
    let with_scheme = match text.contains("://") {
        true => text.to_owned(),
        false => format!("http://{text}"),
    };
    match Url::parse(&with_scheme) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        Ok(url) => Err(format!(
            "{:?}: the scheme {} is not fetched across origins",
            plain(text),
            url.scheme()
        )),
        Err(error) => Err(format!("{:?}: {error}", plain(text))),
    }
}

fn header(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(':')?;
    Some((name.trim().parse().ok()?, HeaderValue::from_str(value.trim()).ok()?))
}
