//! [`Missing`]: what a config would have to list besides what it lists, and what none can.

use std::collections::HashSet;

use crate::config::check::Checked;
use crate::config::error::Quoted;
use crate::config::place::Field;
use crate::decision::Decision;
use crate::decision::display::Text;
use crate::explain::remedy::Edit;
use crate::fetch::{is_forbidden_method, is_forbidden_request_header, is_token, normalized_method};
use crate::origin::pattern::OriginPattern;
use crate::origin::{Origin, is_opaque};
use crate::policy::rule::Rule;
use crate::request::{MAX_REQUESTED_HEADERS, OriginHeader, RequestKind};

/// The methods and headers that a preflight asks for and a rule does not allow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Missing {
    pub(crate) methods: Vec<String>,
    /// In lower case.
    pub(crate) headers: Vec<String>,
}

impl Missing {
    /// By the lists of this rule, with credentials or without.
    ///
    /// # Errors
    ///
    /// What no list can allow, and what to do instead.
    pub(crate) fn of(
        decision: &Decision<'_>,
        rule: &Rule,
        credentials: bool,
    ) -> Result<Self, String> {
        if decision.kind != RequestKind::Preflight {
            return Ok(Self::default());
        }
        // `*` means something else with credentials, so the rule is asked as it would be then.
        let other = (rule.checked.credentials != credentials)
            .then(|| Rule::new(Checked { credentials, ..rule.checked.clone() }));
        let rule = other.as_ref().unwrap_or(rule);
        Ok(Self {
            methods: method(decision, rule)?.into_iter().collect(),
            headers: headers(decision, rule)?,
        })
    }

    /// The edits of the config at this depth of the chain.
    pub(crate) fn edits(self, depth: usize) -> Vec<Edit> {
        let methods = Edit::append(Field::AllowMethods.at(depth), self.methods);
        let headers = Edit::append(Field::AllowHeaders.at(depth), self.headers);
        methods.into_iter().chain(headers).collect()
    }
}

fn method(decision: &Decision<'_>, rule: &Rule) -> Result<Option<String>, String> {
    let Some(method) = decision.head.requested_method() else {
        return Err(
            "no browser sends such an Access-Control-Request-Method: it must be one method".into(),
        );
    };
    let shown = Text(method.as_bytes());
    if rule.allows_method(method.as_bytes()) {
        return Ok(None);
    }
    if is_forbidden_method(method.as_bytes()) {
        return Err(format!("browsers do not let scripts send {shown}: use another method"));
    }
    match normalized_method(method).filter(|sent| *sent != method) {
        Some(sent) => Err(format!("browsers send {sent} in upper case: do the same")),
        None if method == "*" => Err("* cannot be listed as a method name: use another".into()),
        None => Ok(Some(method.to_owned())),
    }
}

fn headers(decision: &Decision<'_>, rule: &Rule) -> Result<Vec<String>, String> {
    let Some(requested) = decision.head.requested_headers() else {
        return Err(format!(
            "the layer reads at most {MAX_REQUESTED_HEADERS} bytes of Access-Control-Request-Headers: send fewer headers, or shorter names"
        ));
    };
    let (mut missing, mut seen) = (Vec::new(), HashSet::new());
    for name in requested.filter(|name| rule.refused_header(name).is_some()) {
        let shown = Text(name);
        if !is_token(name) {
            return Err(format!("no browser asks for {shown}: it is not a header name"));
        }
        let lower = String::from_utf8_lossy(name).to_ascii_lowercase();
        if matches!(&*lower, "cookie" | "cookie2") {
            return Err(format!(
                "browsers do not let scripts set {shown}, so they never ask for it: use allowCredentials"
            ));
        }
        if is_forbidden_request_header(&lower) {
            return Err(format!(
                "browsers do not let scripts set {shown}, so they never ask for it: remove it"
            ));
        }
        if lower == "*" {
            return Err("* cannot be listed as a header name: use another".into());
        }
        if seen.insert(lower.clone()) {
            missing.push(lower);
        }
    }
    Ok(missing)
}

/// The origin as an entry of `allow_origins`.
///
/// # Errors
///
/// Why there is none.
pub(crate) fn as_pattern(decision: &Decision<'_>) -> Result<String, String> {
    let text = match (decision.origin, decision.head.origin()) {
        (OriginHeader::One(value), None) if value == "null" => "null".to_owned(),
        (OriginHeader::One(value), None) if value == "file://" => "file://".to_owned(),
        (_, Some(origin)) => origin.as_str().to_owned(),
        _ => return Err(malformed_origin(decision).unwrap_or_default()),
    };
    match text.parse::<OriginPattern>() {
        Ok(_) => Ok(text),
        Err(error) => Err(format!("no browser sends it: it {}", error.mistake)),
    }
}

/// Why no config can allow the origin, where it is none or several.
pub(crate) fn malformed_origin(decision: &Decision<'_>) -> Option<String> {
    match decision.origin {
        OriginHeader::One(value) if is_opaque(value.as_bytes()) => None,
        OriginHeader::One(value) if Origin::parse(value).is_some() => None,
        OriginHeader::Absent => None,
        OriginHeader::Several => {
            Some("browsers send one Origin header: find out what adds the other".into())
        }
        OriginHeader::One(value) => {
            let written = std::str::from_utf8(value.as_bytes()).unwrap_or_default();
            let meant =
                meant_origin(written).filter(|meant| meant.parse::<OriginPattern>().is_ok());
            Some(match meant {
                Some(meant) => format!("no browser sends such an origin: send {}", Quoted(&meant)),
                None => "no browser sends such an origin, and no config can allow it".into(),
            })
        }
    }
}

/// The origin that was probably meant by what is none.
pub(crate) fn meant_origin(written: &str) -> Option<String> {
    if written.contains('*') {
        return None;
    }
    let text = match written.parse::<OriginPattern>() {
        Ok(pattern) => pattern.to_string(),
        Err(error) => error.suggestion()?.to_owned(),
    };
    Origin::parse(&text).map(|origin| origin.to_string())
}
