//! The table's form.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::raw::RawResponse;

/// Policies by name, and scenarios over them.
#[derive(Clone, Debug, Deserialize)]
pub struct Table {
    /// What `$NAME` stands for at the start of a URL.
    pub bases: BTreeMap<String, String>,
    /// Each policy's config; null for no layer at all.
    #[serde(default)]
    pub policies: BTreeMap<String, Value>,
    /// What the paths `raw/NAME` answer, without a layer.
    #[serde(default)]
    pub raw_responses: BTreeMap<String, RawResponse>,
    /// The scenarios, in the order in which they share a browser.
    #[serde(default)]
    pub scenarios: Vec<Scenario>,
    /// Scenarios over the raw responses: what browsers make of servers that are wrong.
    #[serde(default)]
    pub negative_controls: Vec<Scenario>,
}

/// Steps of one page.
#[derive(Clone, Debug, Deserialize)]
pub struct Scenario {
    /// Its name.
    pub id: String,
    /// The origin of the page.
    pub page: String,
    /// What the page does.
    pub steps: Vec<Step>,
    /// The place in the standard.
    #[serde(default)]
    pub anchor: String,
    /// Why no browser is asked, where only the model can be.
    pub model_only: Option<String>,
    /// The faults of servers that it shows, each with the engines in which it does.
    #[serde(default)]
    pub shows: BTreeMap<String, Vec<String>>,
}

/// One thing that a page does.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "do")]
pub enum Step {
    /// A `fetch()`.
    #[serde(rename = "fetch")]
    Fetch {
        /// The URL, which starts with a base.
        url: String,
        /// The second argument of `fetch()`.
        #[serde(default)]
        options: Options,
        /// What has to come of it.
        expected: Box<Expected>,
        /// The id to use in place of the scenario's, to share URLs between scenarios.
        shared_log_id: Option<String>,
        /// The origin of the page, where it is not the scenario's.
        page: Option<String>,
    },
    /// What a page loads without a script.
    #[serde(rename = "load")]
    Load {
        /// By which means.
        by: Means,
        /// The URL, which starts with a base.
        url: String,
        /// The origin of the page, where it is not the scenario's.
        page: Option<String>,
        /// What has to come of it; when absent, anything.
        expected: Option<Box<Expected>>,
    },
    /// Puts another config in place of a policy's.
    #[serde(rename = "policy")]
    Policy {
        /// The policy.
        name: String,
        /// Its config from now on.
        config: Value,
    },
    /// Lets time pass.
    #[serde(rename = "wait_ms")]
    Wait {
        /// Milliseconds.
        value: u64,
    },
    /// Sets a cookie.
    #[serde(rename = "document.cookie")]
    Cookie {
        /// The cookie, with its attributes.
        value: String,
    },
}

/// How a page loads what no script asked for. All but the canvas and the anonymous media element are
/// requests without CORS and with cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// `<img>`
    Image,
    /// `<img crossorigin>`, drawn on a canvas that is then read.
    Canvas,
    /// `<link rel=prefetch>`, which not every engine has.
    Prefetch,
    /// An `XMLHttpRequest` with credentials, whatever comes of it.
    Xhr,
    /// The page is left for it, and it comes back.
    Navigation,
    /// `<audio>`
    Audio,
    /// `<audio crossorigin>`
    AnonymousAudio,
}

/// The second argument of `fetch()`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Options {
    /// The method; `GET` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// `cors` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// `same-origin` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials: Option<String>,
    /// `default` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<String>,
    /// The headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// What browsers know and the model does not.
    #[serde(flatten)]
    pub others: BTreeMap<String, Value>,
}

/// What has to come of a fetch.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// `resolves`, or `rejects (TypeError)`.
    pub promise: String,
    /// How many preflights reach the server.
    pub preflights_sent: Option<usize>,
    /// How many other requests do.
    pub non_preflight_requests_reaching_server: Option<usize>,
    /// `Response.status`
    pub status: Option<u16>,
    /// `Response.type`
    pub response_type: Option<String>,
    /// `Response.redirected`
    pub redirected: Option<bool>,
    /// Names that the script can read.
    #[serde(default)]
    pub readable_headers: Vec<String>,
    /// Names that it cannot.
    #[serde(default)]
    pub unreadable_headers: Vec<String>,
    /// What the body holds.
    pub body_has: Option<String>,
    /// What the body does not hold.
    pub body_lacks: Option<String>,
    /// What single engines do otherwise: fields of this by the engine's name.
    #[serde(default)]
    pub engines: Value,
}

impl Step {
    /// The origin of the page that does it, where it is not the scenario's.
    #[must_use]
    pub fn page(&self) -> Option<&str> {
        match self {
            Self::Fetch { page, .. } | Self::Load { page, .. } => page.as_deref(),
            _ => None,
        }
    }

    /// What has to come of it.
    #[must_use]
    pub fn expected(&self) -> Option<&Expected> {
        match self {
            Self::Fetch { expected, .. } => Some(expected),
            Self::Load { expected, .. } => expected.as_deref(),
            _ => None,
        }
    }
}

impl Expected {
    /// What is expected of one engine, which may deviate from the standard in single fields.
    ///
    /// # Errors
    ///
    /// The engine's fields are not of this form.
    pub fn in_engine(&self, engine: &str) -> Result<Self, serde_json::Error> {
        let mut all = serde_json::to_value(self)?;
        for (field, value) in self.engines[engine].as_object().into_iter().flatten() {
            all[field] = value.clone();
        }
        serde_json::from_value(all)
    }
}

impl Table {
    /// Reads a table's JSON text.
    ///
    /// # Errors
    ///
    /// The text is not JSON, or not of this form.
    pub fn read(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// Every scenario, negative controls last.
    pub fn all(&self) -> impl Iterator<Item = &Scenario> {
        self.scenarios.iter().chain(&self.negative_controls)
    }

    /// A policy's config as JSON text; none where there is no layer.
    #[must_use]
    pub fn config(&self, policy: &str) -> Option<String> {
        self.policies.get(policy).filter(|config| !config.is_null()).map(Value::to_string)
    }

    /// The same table with these scenarios only.
    #[must_use]
    pub fn with_only(mut self, wanted: impl Fn(&Scenario) -> bool) -> Self {
        self.scenarios.retain(&wanted);
        self.negative_controls.retain(&wanted);
        self
    }

    /// A step's URL with its base and with the `sid` of its scenario, or the shared one.
    #[must_use]
    pub fn url(&self, url: &str, sid: &str) -> String {
        let mut full = url.to_owned();
        // `$API2` before `$API`.
        for (name, base) in self.bases.iter().rev() {
            full = full.replace(&format!("${name}"), base);
        }
        let joint = if full.contains('?') { '&' } else { '?' };
        format!("{full}{joint}sid={sid}")
    }
}
