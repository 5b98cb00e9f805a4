//! A browser's [HTTP cache](https://www.rfc-editor.org/rfc/rfc9111), in one partition.
//!
//! Only `GET` is stored, and only what has an explicit lifetime or a validator.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use super::engine::{Engine, VaryingCookies};
use super::fetch::Cache;

/// The stored responses, newest last.
#[derive(Clone, Debug, Default)]
pub(super) struct HttpCache {
    engine: Engine,
    stored: Vec<Stored>,
}

/// What a cache knows of a request.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) url: String,
    /// With the cookies that are sent.
    pub(super) headers: HeaderMap,
    /// Whether credentials are sent.
    pub(super) credentials: bool,
    /// The cookies that are kept for the URL.
    pub(super) cookies: Option<String>,
}

/// A stored response, with the request headers that selected it.
#[derive(Clone, Debug)]
struct Stored {
    url: String,
    credentials: bool,
    /// None: `Vary` is `*`.
    selected_by: Option<Vec<(HeaderName, Option<Vec<u8>>)>>,
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
    /// A stale response that is used while it is asked for anew in the background.
    Meanwhile(Response<Bytes>, HeaderMap),
    /// A stale response, and the headers that ask whether it still holds.
    Stale(HeaderMap),
}

impl HttpCache {
    pub(super) fn of(engine: Engine) -> Self {
        Self { engine, stored: Vec::new() }
    }

    /// [Constructing responses from caches](https://www.rfc-editor.org/rfc/rfc9111#section-4).
    pub(super) fn find(&self, key: &Key, mode: Cache, now: Duration) -> Found {
        let Some(place) = self.place(key).filter(|_| mode != Cache::Reload) else {
            return Found::Nothing;
        };
        let stored = &self.stored[place];
        let etag = stored.response.headers().get(header::ETAG);
        let mut conditions = HeaderMap::new();
        if let Some(etag) = etag {
            conditions.insert(header::IF_NONE_MATCH, etag.clone());
        }
        if !stored.selects(key, self.engine) {
            let across = self.engine.revalidates_across_vary() && etag.is_some();
            return if across { Found::Stale(conditions) } else { Found::Nothing };
        }
        // A part is stored only to be merged with others.
        if stored.response.status() == StatusCode::PARTIAL_CONTENT {
            return Found::Nothing;
        }
        if stored.is_fresh(now) && mode == Cache::Default {
            return Found::Fresh(stored.response.clone());
        }
        if let Some(date) = stored.response.headers().get(header::LAST_MODIFIED) {
            conditions.insert(header::IF_MODIFIED_SINCE, date.clone());
        }
        if self.engine.revalidates_with_cookies()
            && mode == Cache::Default
            && stored.may_be_used_meanwhile(now)
        {
            return Found::Meanwhile(stored.response.clone(), conditions);
        }
        if conditions.is_empty() { Found::Nothing } else { Found::Stale(conditions) }
    }

    /// [Storing responses](https://www.rfc-editor.org/rfc/rfc9111#section-3): replaces what the same
    /// request would have selected.
    pub(super) fn store(&mut self, key: &Key, response: &Response<Bytes>, now: Duration) {
        while let Some(place) = self.place(key) {
            self.stored.remove(place);
        }
        let lasts = max_age(response.headers()).is_some()
            || response.headers().contains_key(header::ETAG)
            || response.headers().contains_key(header::LAST_MODIFIED);
        let selected_by = key.selected_by(response.headers(), self.engine);
        if !lasts
            || has_directive(response.headers(), "no-store")
            || selected_by.is_none() && !self.engine.revalidates_across_vary()
            || !is_stored(response.status(), self.engine)
        {
            return;
        }
        self.stored.push(Stored {
            url: key.url.clone(),
            credentials: key.credentials,
            selected_by,
            response: response.clone(),
            stored: now,
        });
    }

    /// [Freshening stored responses upon validation](https://www.rfc-editor.org/rfc/rfc9111#section-4.3.4):
    /// every header of the 304 replaces the stored one of its name.
    pub(super) fn freshen(
        &mut self,
        key: &Key,
        validated: &HeaderMap,
        now: Duration,
    ) -> Option<Response<Bytes>> {
        let place = self.place(key)?;
        let engine = self.engine;
        let stored = &mut self.stored[place];
        stored.update(key, validated, engine);
        stored.stored = now;
        Some(stored.response.clone())
    }

    /// [Combining partial content](https://www.rfc-editor.org/rfc/rfc9111#section-3.4): the headers of
    /// a part update those of the stored response that it is a part of, and come with them.
    pub(super) fn combine(
        &mut self,
        key: &Key,
        part: Response<Bytes>,
        now: Duration,
    ) -> Response<Bytes> {
        if !self.engine.merges_parts_and_heads() {
            return part;
        }
        let engine = self.engine;
        match self.same(key, part.headers()) {
            Some(stored) => {
                stored.update(key, part.headers(), engine);
                let mut combined = part;
                *combined.headers_mut() = stored.response.headers().clone();
                combined
            }
            None => {
                self.store(key, &part, now);
                part
            }
        }
    }

    /// [Freshening responses with HEAD](https://www.rfc-editor.org/rfc/rfc9111#section-4.3.5)
    pub(super) fn head(&mut self, key: &Key, response: &HeaderMap) {
        if self.engine.merges_parts_and_heads() {
            let engine = self.engine;
            if let Some(stored) = self.same(key, response) {
                stored.update(key, response, engine);
            }
        }
    }

    /// Whether what a script is refused is not stored.
    pub(super) fn drops_refused(&self) -> bool {
        self.engine != Engine::Standard
    }

    /// [Invalidating stored responses](https://www.rfc-editor.org/rfc/rfc9111#section-4.4).
    pub(super) fn invalidate(&mut self, url: &str) {
        self.stored.retain(|stored| stored.url != url);
    }

    /// What is stored of a URL, selected by the request or, where there is only one, not.
    fn place(&self, key: &Key) -> Option<usize> {
        self.stored.iter().rposition(|stored| {
            stored.url == key.url
                && (!self.engine.keeps_anonymous_apart() || stored.credentials == key.credentials)
                && (!self.engine.stores_variants() || stored.selects(key, self.engine))
        })
    }

    /// The stored response with the same ETag.
    fn same(&mut self, key: &Key, response: &HeaderMap) -> Option<&mut Stored> {
        let place = self.place(key)?;
        let etag = response.get(header::ETAG)?;
        let stored = &mut self.stored[place];
        (stored.response.headers().get(header::ETAG) == Some(etag)).then_some(stored)
    }
}

impl Key {
    /// The cookies that are kept go with the request.
    pub(super) fn add_cookies(&mut self) {
        if let Some(line) = self.cookies.as_ref().and_then(|line| HeaderValue::from_str(line).ok())
        {
            self.headers.insert(header::COOKIE, line);
        }
    }

    /// The values of the request headers that `Vary` names; none for `*`.
    fn selected_by(
        &self,
        response: &HeaderMap,
        engine: Engine,
    ) -> Option<Vec<(HeaderName, Option<Vec<u8>>)>> {
        let vary = elements(response, &header::VARY);
        if vary.iter().any(|name| name == "*") {
            return None;
        }
        let names = vary.iter().filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok());
        Some(names.map(|name| (name.clone(), self.value(&name, engine))).collect())
    }

    fn value(&self, name: &HeaderName, engine: Engine) -> Option<Vec<u8>> {
        match engine.varying_cookies() {
            VaryingCookies::Kept if *name == header::COOKIE => {
                self.cookies.as_ref().map(|line| line.clone().into_bytes())
            }
            _ => value(&self.headers, name),
        }
    }
}

impl Stored {
    /// [Calculating cache keys with the Vary header field](https://www.rfc-editor.org/rfc/rfc9111#section-4.1).
    fn selects(&self, key: &Key, engine: Engine) -> bool {
        self.selected_by.as_ref().is_some_and(|names| {
            names.iter().all(|(name, selected)| key.value(name, engine) == *selected)
        })
    }

    /// Every header replaces the stored one of its name, but those that tell of the body. What is
    /// stored is then selected by the request that the update was for.
    fn update(&mut self, key: &Key, update: &HeaderMap, engine: Engine) {
        let headers = self.response.headers_mut();
        let of_the_body = [header::CONTENT_LENGTH, header::CONTENT_RANGE];
        for name in update.keys().filter(|name| !of_the_body.contains(name)) {
            headers.remove(name);
            for line in update.get_all(name) {
                headers.append(name.clone(), line.clone());
            }
        }
        self.selected_by = key.selected_by(self.response.headers(), engine);
    }

    fn is_fresh(&self, now: Duration) -> bool {
        let headers = self.response.headers();
        !has_directive(headers, "no-cache")
            && max_age(headers).is_some_and(|age| now.saturating_sub(self.stored) < age)
    }

    /// <https://www.rfc-editor.org/rfc/rfc5861#section-3>
    fn may_be_used_meanwhile(&self, now: Duration) -> bool {
        let headers = self.response.headers();
        let more = seconds(headers, "stale-while-revalidate=");
        max_age(headers)
            .zip(more)
            .is_some_and(|(age, more)| now.saturating_sub(self.stored) < age + more)
    }
}

fn is_stored(status: StatusCode, engine: Engine) -> bool {
    let part = engine.merges_parts_and_heads() && status == StatusCode::PARTIAL_CONTENT;
    part || matches!(status.as_u16(), 200 | 203 | 301 | 302 | 307 | 308 | 404 | 410)
}

fn value(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<u8>> {
    let lines: Vec<&[u8]> = headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
    (!lines.is_empty()).then(|| lines.join(&b", "[..]))
}

fn max_age(headers: &HeaderMap) -> Option<Duration> {
    seconds(headers, "max-age=")
}

fn seconds(headers: &HeaderMap, directive: &str) -> Option<Duration> {
    elements(headers, &header::CACHE_CONTROL)
        .iter()
        .find_map(|element| element.strip_prefix(directive)?.parse().ok())
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
