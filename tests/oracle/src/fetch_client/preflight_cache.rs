//! The [CORS-preflight cache](https://fetch.spec.whatwg.org/#cors-preflight-cache).

use std::time::Duration;

use super::names::is_cors_non_wildcard_request_header_name;
use super::request::Request;

/// A list of cache entries, each with the time when it was stored.
#[derive(Clone, Debug, Default)]
pub(super) struct PreflightCache(Vec<Entry>);

/// A [cache entry](https://fetch.spec.whatwg.org/#cache-entry), the network partition key aside.
#[derive(Clone, Debug)]
struct Entry {
    origin: String,
    url: String,
    credentials: bool,
    max_age: Duration,
    stored: Duration,
    allows: Allows,
}

/// An entry is for a method or for a header name.
#[derive(Clone, Debug)]
enum Allows {
    Method(String),
    HeaderName(String),
}

impl PreflightCache {
    /// <https://fetch.spec.whatwg.org/#concept-cache-match-method>
    pub(super) fn matches_method(&self, method: &str, request: &Request) -> bool {
        self.matching(request).any(|entry| entry.allows_method(method))
    }

    /// <https://fetch.spec.whatwg.org/#concept-cache-match-header>
    pub(super) fn matches_header_name(&self, name: &str, request: &Request) -> bool {
        self.matching(request).any(|entry| entry.allows_header_name(name))
    }

    /// The last steps of a [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch-0).
    pub(super) fn store(
        &mut self,
        request: &Request,
        methods: &[String],
        header_names: &[String],
        max_age: Duration,
        now: Duration,
    ) {
        for method in methods {
            self.store_one(request, Allows::Method(method.clone()), max_age, now);
        }
        for name in header_names {
            self.store_one(request, Allows::HeaderName(name.clone()), max_age, now);
        }
    }

    /// <https://fetch.spec.whatwg.org/#concept-cache-clear>
    pub(super) fn clear(&mut self, request: &Request) {
        self.0.retain(|entry| !entry.is_for(request));
    }

    /// Removes what is older than its max-age: a max-age of 0 is never used.
    pub(super) fn expire(&mut self, now: Duration) {
        self.0.retain(|entry| now.saturating_sub(entry.stored) < entry.max_age);
    }

    fn matching(&self, request: &Request) -> impl Iterator<Item = &Entry> {
        self.0.iter().filter(|entry| entry.matches(request))
    }

    /// A matching entry takes the new max-age, which still counts from when it was stored; else
    /// <https://fetch.spec.whatwg.org/#concept-cache-create-entry>.
    fn store_one(&mut self, request: &Request, allows: Allows, max_age: Duration, now: Duration) {
        let mut matched = false;
        for entry in self.0.iter_mut().filter(|entry| entry.matches(request)) {
            let same = match &allows {
                Allows::Method(method) => entry.allows_method(method),
                Allows::HeaderName(name) => entry.allows_header_name(name),
            };
            if same {
                entry.max_age = max_age;
                matched = true;
            }
        }
        if !matched {
            self.0.push(Entry {
                origin: request.serialized_origin().to_owned(),
                url: request.current_url().to_string(),
                credentials: request.includes_credentials(),
                max_age,
                stored: now,
                allows,
            });
        }
    }
}

impl Entry {
    fn is_for(&self, request: &Request) -> bool {
        self.origin == request.serialized_origin() && self.url == request.current_url().as_str()
    }

    /// <https://fetch.spec.whatwg.org/#concept-cache-match>
    fn matches(&self, request: &Request) -> bool {
        self.is_for(request) && (self.credentials || !request.includes_credentials())
    }

    fn allows_method(&self, method: &str) -> bool {
        matches!(&self.allows, Allows::Method(own) if own == method || own == "*")
    }

    fn allows_header_name(&self, name: &str) -> bool {
        matches!(&self.allows, Allows::HeaderName(own) if own.eq_ignore_ascii_case(name)
            || (own == "*" && !is_cors_non_wildcard_request_header_name(name)))
    }
}
