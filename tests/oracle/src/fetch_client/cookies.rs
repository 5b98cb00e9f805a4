//! The cookies of a client, as far as whether they are sent matters: by host, without paths,
//! lifetimes and `SameSite`.

use http::{HeaderMap, header};

/// The cookies that are kept, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Cookies(Vec<Cookie>);

#[derive(Clone, Debug)]
struct Cookie {
    host: String,
    /// Whether hosts below get it too.
    below: bool,
    name: String,
    value: String,
}

impl Cookies {
    /// Keeps a cookie, or with `Max-Age=0` none of its name.
    pub(super) fn set(&mut self, host: &str, line: &str) {
        let mut parts = line.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let (mut domain, mut ends) = (None, false);
        for (attribute, value) in parts.filter_map(|part| part.split_once('=')) {
            match attribute.to_ascii_lowercase().as_str() {
                "domain" => domain = Some(value.trim_start_matches('.')),
                "max-age" => ends = value == "0",
                _ => {}
            }
        }
        let host = domain.unwrap_or(host);
        self.0.retain(|cookie| cookie.host != host || cookie.name != name);
        if !ends {
            self.0.push(Cookie {
                host: host.to_owned(),
                below: domain.is_some(),
                name: name.to_owned(),
                value: value.to_owned(),
            });
        }
    }

    /// Keeps what a response sets.
    pub(super) fn keep(&mut self, host: &str, response: &HeaderMap) {
        let lines = response.get_all(header::SET_COOKIE).iter();
        lines.filter_map(|line| line.to_str().ok()).for_each(|line| self.set(host, line));
    }

    /// The `Cookie` line for a host.
    pub(super) fn line(&self, host: &str) -> Option<String> {
        let here = |cookie: &&Cookie| {
            let above = host.strip_suffix(&cookie.host).is_some_and(|rest| rest.ends_with('.'));
            host == cookie.host || cookie.below && above
        };
        let pairs =
            self.0.iter().filter(here).map(|Cookie { name, value, .. }| format!("{name}={value}"));
        let pairs: Vec<_> = pairs.collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}
