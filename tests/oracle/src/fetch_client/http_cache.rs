//! A browser's [HTTP cache](https://www.rfc-editor.org/rfc/rfc9111), in one partition.
//!
//! Only `GET` is stored, and only what has an explicit lifetime or a validator.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Response, header};

/// The stored responses, newest last.
#[derive(Clone, Debug, Default)]
pub(super) struct HttpCache(Vec<Stored>);

/// A stored response, with the request headers that selected it.
#[derive(Clone, Debug)]
struct Stored {
    url: String,
    selected_by: Vec<(HeaderName, Option<Vec<u8>>)>,
    response: Response<Bytes>,
    stored: Duration,
}

/// What the cache has for a request.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// Nothing that may be used.
    Nothing,
    /// A fresh response.
    Fresh(Response<Bytes>),
    /// A stale response, and the headers that ask whether it still holds.
    Stale(HeaderMap),
}

impl HttpCache {
    /// [Constructing responses from caches](https://www.rfc-editor.org/rfc/rfc9111#section-4).
    pub(super) fn find(&self, url: &str, request: &HeaderMap, now: Duration) -> Found {
        let Some(stored) = self.0.iter().rev().find(|stored| stored.serves(url, request)) else {
            return Found::Nothing;
        };
        if stored.is_fresh(now) {
            return Found::Fresh(stored.response.clone());
        }
        let mut conditions = HeaderMap::new();
        let validators = stored.response.headers();
        if let Some(etag) = validators.get(header::ETAG) {
            conditions.insert(header::IF_NONE_MATCH, etag.clone());
        }
        if let Some(date) = validators.get(header::LAST_MODIFIED) {
            conditions.insert(header::IF_MODIFIED_SINCE, date.clone());
        }
        if conditions.is_empty() { Found::Nothing } else { Found::Stale(conditions) }
    }

    /// [Storing responses](https://www.rfc-editor.org/rfc/rfc9111#section-3): replaces what the same
    /// request would have selected.
    pub(super) fn store(
        &mut self,
        url: &str,
        request: &HeaderMap,
        response: &Response<Bytes>,
        now: Duration,
    ) {
        self.0.retain(|stored| !stored.serves(url, request));
        let vary = elements(response.headers(), &header::VARY);
        let lasts = max_age(response.headers()).is_some()
            || response.headers().contains_key(header::ETAG)
            || response.headers().contains_key(header::LAST_MODIFIED);
        if !lasts
            || has_directive(response.headers(), "no-store")
            || vary.iter().any(|name| name == "*")
            || !matches!(response.status().as_u16(), 200 | 203 | 301 | 302 | 307 | 308 | 404 | 410)
        {
            return;
        }
        let selected_by = vary
            .iter()
            .filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok())
            .map(|name| (name.clone(), value(request, &name)))
            .collect();
        self.0.push(Stored {
            url: url.to_owned(),
            selected_by,
            response: response.clone(),
            stored: now,
        });
    }

    /// [Freshening stored responses upon validation](https://www.rfc-editor.org/rfc/rfc9111#section-4.3.4):
    /// every header of the 304 replaces the stored one of its name.
    pub(super) fn freshen(
        &mut self,
        url: &str,
        request: &HeaderMap,
        validated: &HeaderMap,
        now: Duration,
    ) -> Option<Response<Bytes>> {
        let stored = self.0.iter_mut().rev().find(|stored| stored.serves(url, request))?;
        let headers = stored.response.headers_mut();
        for name in validated.keys().filter(|name| **name != header::CONTENT_LENGTH) {
            headers.remove(name);
            for line in validated.get_all(name) {
                headers.append(name.clone(), line.clone());
            }
        }
        stored.stored = now;
        Some(stored.response.clone())
    }

    /// [Invalidating stored responses](https://www.rfc-editor.org/rfc/rfc9111#section-4.4).
    pub(super) fn invalidate(&mut self, url: &str) {
        self.0.retain(|stored| stored.url != url);
    }
}

impl Stored {
    /// [Calculating cache keys with the Vary header field](https://www.rfc-editor.org/rfc/rfc9111#section-4.1).
    fn serves(&self, url: &str, request: &HeaderMap) -> bool {
        self.url == url
            && self.selected_by.iter().all(|(name, selected)| value(request, name) == *selected)
    }

    fn is_fresh(&self, now: Duration) -> bool {
        let headers = self.response.headers();
        !has_directive(headers, "no-cache")
            && max_age(headers).is_some_and(|age| now.saturating_sub(self.stored) < age)
    }
}

fn value(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<u8>> {
    let lines: Vec<&[u8]> = headers.get_all(name).iter().map(http::HeaderValue::as_bytes).collect();
    (!lines.is_empty()).then(|| lines.join(&b", "[..]))
}

fn max_age(headers: &HeaderMap) -> Option<Duration> {
    elements(headers, &header::CACHE_CONTROL)
        .iter()
        .find_map(|directive| directive.strip_prefix("max-age=")?.parse().ok())
        .map(Duration::from_secs)
}

fn has_directive(headers: &HeaderMap, directive: &str) -> bool {
    elements(headers, &header::CACHE_CONTROL).iter().any(|element| element == directive)
}

/// The elements of a list header, lower case.
fn elements(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let value = value(headers, name).unwrap_or_default();
    String::from_utf8_lossy(&value)
        .split(',')
        .map(|element| element.trim().to_ascii_lowercase())
        .filter(|element| !element.is_empty())
        .collect()
}
