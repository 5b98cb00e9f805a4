//! Leads a page through tables: says what its next step is, and judges what it saw of the last.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tower_cors_oracle::scenarios::{Difference, Expected, Options, Scenario, Seen, Step};

use super::engine::Engine;
use super::site::Site;

/// One table in one browser.
pub(crate) struct Run {
    pub(crate) site: Arc<Site>,
    engine: Engine,
    /// Whether the first difference is enough.
    brief: bool,
    scenario: usize,
    step: usize,
    opened: bool,
    pub(crate) report: Report,
}

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) differences: Vec<Difference>,
    /// The scenarios that ran to their end.
    pub(crate) scenarios: Vec<String>,
    pub(crate) fetches: usize,
}

/// What the page is to do.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Next {
    #[serde(rename = "do")]
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Options>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<serde_json::Value>,
    /// Whether it is for a page of the opaque origin.
    opaque: bool,
    scenario: String,
}

/// What the page says.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Turn {
    /// Another for each time that a page is opened.
    pub(crate) id: String,
    /// Its origin.
    pub(crate) page: String,
    /// What became of the last step.
    pub(crate) seen: Option<SeenByScript>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SeenByScript {
    promise: String,
    why: String,
    status: u16,
    r#type: String,
    redirected: bool,
    headers: Vec<String>,
    body: String,
}

impl Run {
    pub(crate) fn new(site: Arc<Site>, engine: Engine, brief: bool) -> Self {
        let report = Report::default();
        Self { site, engine, brief, scenario: 0, step: 0, opened: false, report }
    }

    /// The page that the run begins on, and on which frames of the opaque origin are opened.
    pub(crate) fn home(&self) -> String {
        let mut pages = self.site.table.all().map(|scenario| scenario.page.as_str());
        let page = pages.find(|page| *page != "null");
        page_of(
            page.or(self.site.table.bases.values().next().map(String::as_str)).unwrap_or("null"),
        )
    }

    /// The page's next step, or none when the run is over.
    pub(crate) fn turn(&mut self, page: &str, seen: Option<SeenByScript>) -> Option<Next> {
        let site = Arc::clone(&self.site);
        if let Some(seen) = seen {
            self.judge(&site, seen);
        }
        let scenarios: Vec<_> = site.table.all().collect();
        loop {
            let enough = self.brief && !self.report.differences.is_empty();
            let scenario = scenarios.get(self.scenario).filter(|_| !enough)?;
            let steps = if scenario.model_only.is_none() { scenario.steps.len() } else { 0 };
            if self.step >= steps {
                if steps > 0 {
                    self.report.scenarios.push(scenario.id.clone());
                }
                self.leave_scenario();
                continue;
            }
            let opaque = scenario.page == "null";
            if opaque || scenario.page == page {
                return Some(self.step(&site, scenario, opaque));
            }
            if !self.opened {
                self.opened = true;
                return Some(Next {
                    url: Some(page_of(&scenario.page)),
                    ..Next::bare("open", &scenario.id)
                });
            }
            self.report.differences.push(Difference {
                scenario: scenario.id.clone(),
                step: self.step,
                field: "page",
                expected: scenario.page.clone(),
                got: page.to_owned(),
            });
            self.leave_scenario();
        }
    }

    fn leave_scenario(&mut self) {
        (self.scenario, self.step, self.opened) = (self.scenario + 1, 0, false);
    }

    fn step(&self, site: &Site, scenario: &Scenario, opaque: bool) -> Next {
        let next = match &scenario.steps[self.step] {
            Step::Wait { value } => {
                Next { value: Some((*value).into()), ..Next::bare("wait_ms", &scenario.id) }
            }
            Step::Cookie { value } => Next {
                value: Some(value.as_str().into()),
                ..Next::bare("document.cookie", &scenario.id)
            },
            Step::Fetch { url, options, shared_log_id, .. } => Next {
                url: Some(site.table.url(url, shared_log_id.as_ref().unwrap_or(&scenario.id))),
                options: Some(options.clone()),
                ..Next::bare("fetch", &scenario.id)
            },
        };
        Next { opaque, ..next }
    }

    fn judge(&mut self, site: &Site, seen: SeenByScript) {
        let Some(scenario) = site.table.all().nth(self.scenario) else { return };
        let (preflights, others, inner_calls_off) = site.take_counts();
        let seen = Seen {
            promise: seen.promise,
            why: seen.why,
            preflights,
            others,
            inner_calls_off,
            status: seen.status,
            response_type: seen.r#type,
            redirected: seen.redirected,
            headers: seen.headers.into_iter().collect(),
            body: seen.body,
        };
        let found = match &scenario.steps[self.step] {
            Step::Fetch { expected, .. } => {
                self.report.fetches += 1;
                differences(expected, self.engine, &seen)
            }
            // Nothing is sent, and the script does it without an error.
            Step::Wait { .. } | Step::Cookie { .. } => plain().differences(&seen),
        };
        let at = |difference| Difference {
            scenario: scenario.id.clone(),
            step: self.step,
            ..difference
        };
        self.report.differences.extend(found.into_iter().map(at));
        self.step += 1;
    }
}

/// What a step that fetches nothing comes to.
fn plain() -> Expected {
    serde_json::from_value(serde_json::json!({
        "promise": "resolves",
        "preflights_sent": 0,
        "non_preflight_requests_reaching_server": 0,
    }))
    .expect("the form of an expectation")
}

fn differences(expected: &Expected, engine: Engine, seen: &Seen) -> Vec<Difference> {
    let deviates = expected.engines.get(engine.name()).is_some();
    let found = match expected.in_engine(engine.name()) {
        Ok(expected) => expected.differences(seen),
        Err(error) => vec![Difference {
            field: "engines",
            expected: "fields of an expectation".to_owned(),
            got: error.to_string(),
            ..Difference::default()
        }],
    };
    if deviates && !found.is_empty() && expected.differences(seen).is_empty() {
        return vec![Difference {
            field: "engines",
            expected: format!("{engine} to deviate from the standard"),
            got: "what the standard says: remove the override".to_owned(),
            ..Difference::default()
        }];
    }
    found
}

fn page_of(origin: &str) -> String {
    format!("{origin}/.harness/page")
}

impl Next {
    fn bare(action: &'static str, scenario: &str) -> Self {
        let scenario = scenario.to_owned();
        Self { action, url: None, options: None, value: None, opaque: false, scenario }
    }

    pub(crate) fn end() -> Self {
        Self::bare("end", "")
    }

    /// Whether another page is to follow.
    pub(crate) fn opens(&self) -> bool {
        self.action == "open"
    }

    /// For the message when nothing follows.
    pub(crate) fn told(&self) -> String {
        let value = self.value.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{} {} {}{value}", self.scenario, self.action, self.url.as_deref().unwrap_or(""))
    }
}
