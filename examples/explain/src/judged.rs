//! One request, judged by the policy: its explanation, and the answer.

use std::fmt::{self, Write as _};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use serde_json::{Map, Value, json};
use tower_cors::{Decision, Explanation, PolicyConfig, Remedy, RequestHead, RequestKind};

use crate::paint::Paint;
use crate::source::Source;

pub(crate) struct Judged {
    pub(crate) kind: &'static str,
    explanation: Option<Explanation>,
    line: String,
    pub(crate) denied: bool,
    pub(crate) answer: Response<Bytes>,
    config: Option<PolicyConfig>,
}

impl Judged {
    /// The service behind the policy answers 200 with these headers.
    pub(crate) fn new(source: &Source, request: &Request<Bytes>, inner: Response<Bytes>) -> Self {
        let head = RequestHead::from(request);
        match source.choose(&head).decide(&head) {
            Some(decision) => Self::by(&decision, source.only_config(), inner),
            None => Self {
                kind: if head.is_preflight() { "preflight" } else { "request" },
                explanation: None,
                line: "no policy holds for it: the service's own answer is left as it is".into(),
                denied: false,
                answer: inner,
                config: None,
            },
        }
    }

    fn by(
        decision: &Decision<'_>,
        config: Option<&PolicyConfig>,
        mut inner: Response<Bytes>,
    ) -> Self {
        let answer = decision.answer().unwrap_or_else(|| {
            let status = inner.status();
            decision.edits().apply(status, inner.headers_mut());
            inner
        });
        Self {
            kind: match decision.kind() {
                RequestKind::Preflight => "preflight",
                _ => "request",
            },
            explanation: Some(decision.explain()),
            line: decision.to_string(),
            denied: decision.denial().is_some(),
            answer,
            config: config.cloned(),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let sections = self.explanation.iter().flat_map(Explanation::sections);
        let sections: Map<_, _> =
            sections.map(|(label, text)| (label.to_owned(), json!(text))).collect();
        let remedy = |of: fn(&Explanation) -> &Remedy| {
            self.explanation.as_ref().map_or(Value::Null, |page| self.remedy(of(page)))
        };
        json!({
            "kind": self.kind,
            "denied": self.denied,
            "line": self.line,
            "sections": sections,
            "remedy": remedy(Explanation::remedy),
            "remedyWithCredentials": remedy(Explanation::remedy_with_credentials),
            "answer": {
                "status": self.answer.status().as_u16(),
                "headers": listed(self.answer.headers()),
            },
        })
    }

    fn remedy(&self, remedy: &Remedy) -> Value {
        match remedy {
            Remedy::Never(why) => json!({"never": why}),
            Remedy::Edits { edits, warnings, .. } => {
                // What was computed from manifests has none.
                let config = self.config.clone();
                let edited = config.and_then(|mut config| {
                    remedy.apply(&mut config).ok()?;
                    Some(config)
                });
                let edits: Vec<_> = edits.iter().map(ToString::to_string).collect();
                json!({
                    "edits": edits,
                    "warnings": warnings,
                    "config": edited,
                })
            }
            _ => Value::Null,
        }
    }
}

/// The page, and the headers that concern CORS.
impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(page) = &self.explanation else {
            return f.write_str(&self.line);
        };
        let paint = if self.denied { Paint::Bad } else { Paint::Good };
        write!(f, "{}", paint.on(page.headline()))?;
        for (label, text) in page.sections() {
            for (index, line) in text.lines().enumerate() {
                let label = if index == 0 { label } else { "" };
                let label = Paint::Label.on(format!("{label:17}"));
                match line.split_once(": ") {
                    Some((start @ ("warning" | "never"), rest)) => {
                        write!(
                            f,
                            "\n{label} {} {rest}",
                            Paint::Warning.on(format_args!("{start}:"))
                        )?;
                    }
                    _ => write!(f, "\n{label} {line}")?,
                }
            }
        }
        let answered = listed(self.answer.headers());
        let name = if self.kind == "preflight" { "answer" } else { "response" };
        let status = match name {
            "answer" => self.answer.status().as_u16().to_string() + " ",
            _ => String::new(),
        };
        let mut lines = String::new();
        for (name, value) in &answered {
            write!(lines, "\n{:17} {name}: {value}", "")?;
        }
        let label = Paint::Label.on(format!("{name:17}"));
        match answered.is_empty() {
            true => write!(f, "\n{label} {status}without a CORS header"),
            false => write!(f, "\n{label} {status}with{lines}"),
        }
    }
}

/// `vary` and the headers of CORS, by name.
pub(crate) fn listed(headers: &HeaderMap) -> Vec<(String, String)> {
    let named = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let mut found: Vec<_> = named
        .filter(|(name, _)| *name == "vary" || name.starts_with("access-control-"))
        .map(|(name, value)| (name.to_owned(), plain(&String::from_utf8_lossy(value))))
        .collect();
    found.sort();
    found
}

/// A text from outside, so that a terminal shows it and does nothing else: escaped, and cut.
pub(crate) fn plain(text: &str) -> String {
    const MOST: usize = 500;
    let mut plain = String::new();
    for c in text.chars().take(MOST) {
        match c {
            ' '..='~' | '…' => plain.push(c),
            _ => plain.extend(c.escape_default()),
        }
    }
    if text.chars().nth(MOST).is_some() {
        plain.push('…');
    }
    plain
}
