//! A HAR file: the requests across origins in it, each with its preflight.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::Value;
use url::Url;

use crate::ask::address;
use crate::browser::is_preflight;
use crate::judged::plain;

/// What a browser saved of one request and of its preflight.
pub(crate) struct Exchange {
    pub(crate) url: Url,
    pub(crate) origin: String,
    pub(crate) preflight: Option<Entry>,
    /// None of a preflight whose request is not in the file.
    pub(crate) actual: Option<Entry>,
}

pub(crate) struct Entry {
    pub(crate) request: Request<Bytes>,
    /// None where there was no answer, or the request was not sent.
    pub(crate) response: Option<Response<Bytes>>,
    /// Chromium says so of what it got, and kept from the script.
    pub(crate) kept: bool,
    url: Url,
}

/// # Errors
///
/// Everything in it that is not as HAR 1.2 has it.
pub(crate) fn read(path: &Path) -> Result<Vec<Exchange>, Vec<String>> {
    let place = path.display();
    let text = fs::read_to_string(path).map_err(|error| vec![format!("{place}: {error}")])?;
    // Firefox writes one.
    let json = text.trim_start_matches('\u{feff}');
    let har: Value = serde_json::from_str(json)
        .map_err(|error| vec![format!("{place}: no HAR file: {error}")])?;
    let Some(entries) = har["log"]["entries"].as_array() else {
        return Err(vec![format!("{place}: no HAR file: log.entries is no list")]);
    };
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for (index, entry) in entries.iter().enumerate() {
        match self::entry(entry) {
            Ok(entry) => found.extend(entry),
            Err(error) => errors.push(format!("{place}: log.entries[{index}]: {error}")),
        }
    }
    if errors.is_empty() { Ok(paired(found)) } else { Err(errors) }
}

/// None for what is not fetched by HTTP: `data:`, `ws:`.
fn entry(entry: &Value) -> Result<Option<Entry>, String> {
    let (asked, answered) = (&entry["request"], &entry["response"]);
    let url = asked["url"].as_str().ok_or("request.url is no text")?;
    let url = Url::parse(url).map_err(|error| format!("request.url: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Ok(None);
    }
    let mut request = Request::new(Bytes::new());
    let method = asked["method"].as_str().unwrap_or_default();
    *request.method_mut() = Method::from_bytes(method.as_bytes())
        .map_err(|_| format!("request.method {:?} is none", plain(method)))?;
    *request.headers_mut() = headers(&asked["headers"], "request")?;
    address(&mut request, &url);
    let status = answered["status"].as_u64().unwrap_or_default();
    let status = u16::try_from(status).ok().filter(|status| *status > 0);
    let response = match status {
        None => None,
        Some(status) => {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::from_u16(status)
                .map_err(|_| format!("response.status {status} is none"))?;
            *response.headers_mut() = headers(&answered["headers"], "response")?;
            Some(response)
        }
    };
    let kept = response.is_some() && answered["_error"].is_string();
    Ok(Some(Entry { request, response, kept, url }))
}

/// HTTP/2's `:authority` and its like are left out.
fn headers(list: &Value, of: &str) -> Result<HeaderMap, String> {
    let list = list.as_array().ok_or_else(|| format!("{of}.headers is no list"))?;
    let mut headers = HeaderMap::new();
    for header in list {
        let name = header["name"].as_str().unwrap_or_default();
        if name.starts_with(':') {
            continue;
        }
        // Firefox has one line for each, Chromium one with line feeds between.
        for value in header["value"].as_str().unwrap_or_default().split('\n') {
            let wrong = || format!("{of}.headers: {:?} is no header", plain(name));
            let name: HeaderName = name.parse().map_err(|_| wrong())?;
            let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| wrong())?;
            headers.append(name, value);
        }
    }
    Ok(headers)
}

/// The cross-origin ones. Chromium saves a preflight after the request that it was for, Firefox
/// too, and either may have sent one for a request that it then did not send.
fn paired(entries: Vec<Entry>) -> Vec<Exchange> {
    let (mut preflights, others): (Vec<_>, Vec<_>) = entries
        .into_iter()
        .map(Some)
        .partition(|entry| entry.as_ref().is_some_and(|entry| is_preflight(&entry.request)));
    let mut exchanges = Vec::new();
    for actual in others.into_iter().flatten() {
        let preflight = preflights.iter_mut().find(|preflight| {
            preflight.as_ref().is_some_and(|preflight| announces(preflight, &actual))
        });
        let preflight = preflight.and_then(Option::take);
        // Of what it did not send, Chromium does not save the Origin.
        let origin = origin(&actual).or_else(|| preflight.as_ref().and_then(origin));
        let across = origin.filter(|origin| *origin != actual.url.origin().ascii_serialization());
        if let Some(origin) = across {
            let url = actual.url.clone();
            exchanges.push(Exchange { url, origin, preflight, actual: Some(actual) });
        }
    }
    for preflight in preflights.into_iter().flatten() {
        let (url, origin) = (preflight.url.clone(), origin(&preflight).unwrap_or_default());
        exchanges.push(Exchange { url, origin, preflight: Some(preflight), actual: None });
    }
    exchanges
}

fn announces(preflight: &Entry, actual: &Entry) -> bool {
    let asked = preflight.request.headers().get(header::ACCESS_CONTROL_REQUEST_METHOD);
    preflight.url == actual.url
        && asked
            .is_some_and(|method| method.as_bytes() == actual.request.method().as_str().as_bytes())
}

fn origin(entry: &Entry) -> Option<String> {
    let origin = entry.request.headers().get(header::ORIGIN)?;
    Some(String::from_utf8_lossy(origin.as_bytes()).into_owned())
}
