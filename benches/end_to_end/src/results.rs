//! What was measured, and the comparisons that tables and chart share.

use crate::apps::{Connections, Memory, Requests};
use crate::contender::{Contender, Middleware, Serving};
use crate::policy::Case;
use crate::proxies::{Key, Proxies, Proxy};
use crate::race::Figures;
use crate::rounds::Series;

/// What was measured; the rest was not wanted, or Envoy is missing.
#[derive(Default)]
pub(crate) struct Results {
    pub(crate) requests: Requests,
    pub(crate) connections: Connections,
    pub(crate) memory: Memory,
    pub(crate) proxies: Proxies,
}

impl Results {
    /// Requests with an allowed origin: of this one, and without CORS.
    pub(crate) fn requests_pair(
        &self,
        middleware: Middleware,
        origins: usize,
    ) -> Option<(&Figures, &Figures)> {
        let find = |wanted: &dyn Fn(Contender) -> bool| {
            let allowed = |case| case == Case::ActualAllowed;
            let found = self.requests.iter().find(|(key, _)| wanted(key.0) && allowed(key.1));
            found.map(|(_, figures)| figures)
        };
        let this =
            find(&|contender| (contender.middleware, contender.origins) == (middleware, origins))?;
        Some((this, find(&is_none)?))
    }

    pub(crate) fn connections_pair(&self, middleware: Middleware) -> Option<(&Figures, &Figures)> {
        Some((copied(&self.connections, middleware)?, copied(&self.connections, Middleware::None)?))
    }

    pub(crate) fn memory_more(&self, middleware: Middleware) -> Option<Series> {
        Some(copied(&self.memory, middleware)?.less(copied(&self.memory, Middleware::None)?))
    }

    pub(crate) fn of_envoy(&self, key: Key, figures: &Figures) -> Option<Series> {
        let wanted = Key { proxy: Proxy::Envoy, ..key };
        let envoy = self.proxies.iter().find(|(key, _)| *key == wanted);
        envoy.map(|(_, envoy)| rate(figures, envoy))
    }
}

pub(crate) fn rate(this: &Figures, other: &Figures) -> Series {
    this.per_second.over(&other.per_second)
}

pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The one without CORS that axum's users begin with.
pub(crate) fn is_none(contender: Contender) -> bool {
    contender.middleware == Middleware::None && contender.serving == Serving::App
}

/// Of the app that is copied for every connection.
pub(crate) fn copied<T>(results: &[(Contender, T)], middleware: Middleware) -> Option<&T> {
    let wanted = |contender: Contender| {
        (contender.middleware, contender.serving) == (middleware, Serving::App)
    };
    results.iter().find(|(contender, _)| wanted(*contender)).map(|(_, result)| result)
}

pub(crate) fn one_percent(percent: f64) -> String {
    format!("{} %", digits(percent))
}

/// Small ones with a digit behind the point.
pub(crate) fn digits(percent: f64) -> String {
    if percent < 10.0 { format!("{percent:.1}") } else { format!("{percent:.0}") }
}
