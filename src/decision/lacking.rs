//! [`Lacking`]: what a config would have to list beside what it lists, and what none can.

use std::collections::HashSet;

use crate::config::error::Quoted;
use crate::config::place::Field;
use crate::decision::Decision;
use crate::decision::line::Text;
use crate::decision::remedy::{Edit, path};
use crate::fetch::{
    AUTHORIZATION, is_forbidden_method, is_forbidden_request_header, is_safelisted_method,
    is_token, normalized_method,
};
use crate::origin::pattern::OriginPattern;
use crate::origin::{Origin, is_opaque};
use crate::policy::rule::Rule;
use crate::request::{MAX_REQUESTED_HEADERS, OriginHeader, RequestKind};

/// The methods and headers that a preflight asks for and a rule does not allow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lacking {
    pub(crate) methods: Vec<String>,
    /// In lower case.
    pub(crate) headers: Vec<String>,
}

impl Lacking {
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
        match decision.kind {
            RequestKind::Preflight => Ok(Self {
                methods: method(decision, rule, credentials)?.into_iter().collect(),
                headers: headers(decision, rule, credentials)?,
            }),
            _ => Ok(Self::default()),
        }
    }

    /// The edits of the config at this place in the chain.
    pub(crate) fn edits(self, place: usize) -> Vec<Edit> {
        let methods = Edit::append(path(place, Field::AllowMethods), self.methods);
        let headers = Edit::append(path(place, Field::AllowHeaders), self.headers);
        methods.into_iter().chain(headers).collect()
    }
}

fn method(
    decision: &Decision<'_>,
    rule: &Rule,
    credentials: bool,
) -> Result<Option<String>, String> {
    let Some(method) = decision.head.requested_method() else {
        return Err(
            "no browser sends such an Access-Control-Request-Method: it is one method".into()
        );
    };
    let (bytes, listed) = (method.as_bytes(), &rule.checked.methods);
    let covered = match bytes {
        b"*" => listed.is_any() && !credentials,
        _ => listed.lists(bytes) || listed.is_any() && !is_forbidden_method(bytes),
    };
    let allowed = is_safelisted_method(bytes) || covered;
    if allowed {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(bytes).into_owned();
    let shown = Text(bytes);
    if is_forbidden_method(bytes) {
        return Err(format!("browsers let no script send {shown}: use another method"));
    }
    match normalized_method(&text).filter(|sent| *sent != text) {
        Some(sent) => Err(format!("browsers write {sent} in upper case: send that")),
        None if text == "*" => Err("* cannot be listed as a method's name: use another".into()),
        None => Ok(Some(text)),
    }
}

fn headers(decision: &Decision<'_>, rule: &Rule, credentials: bool) -> Result<Vec<String>, String> {
    let Some(requested) = decision.head.requested_headers() else {
        return Err(format!(
            "no more than {MAX_REQUESTED_HEADERS} bytes of Access-Control-Request-Headers are read: send fewer headers, or shorter names"
        ));
    };
    let list = &rule.checked.headers;
    let listed: HashSet<&str> = list.names().iter().map(String::as_str).collect();
    let any = list.is_any();
    let (mut missing, mut seen) = (Vec::new(), HashSet::new());
    for name in requested.names() {
        let shown = Text(name);
        if !is_token(name) {
            return Err(format!("no browser asks for {shown}: it is no header name"));
        }
        let lower = String::from_utf8_lossy(name).to_ascii_lowercase();
        let covered = any && lower != AUTHORIZATION && (lower != "*" || !credentials);
        if covered || listed.contains(&*lower) || !seen.insert(lower.clone()) {
            continue;
        }
        if matches!(&*lower, "cookie" | "cookie2") {
            return Err(format!(
                "{shown} is not for scripts to set, so no browser asks for it: credentials are allowed with allowCredentials"
            ));
        }
        if is_forbidden_request_header(&lower) {
            return Err(format!(
                "browsers let no script set {shown}, so none asks for it: leave it out"
            ));
        }
        if lower == "*" {
            return Err("* cannot be listed as a header's name: use another".into());
        }
        missing.push(lower);
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
        OriginHeader::Several => Some(
            "a browser sends one Origin header: look for what adds the other on the way".into(),
        ),
        OriginHeader::One(value) => {
            let written = std::str::from_utf8(value.as_bytes()).unwrap_or_default();
            let meant = mended(written).filter(|meant| meant.parse::<OriginPattern>().is_ok());
            Some(match meant {
                Some(meant) => format!("no browser sends such an origin: send {}", Quoted(&meant)),
                None => "no browser sends such an origin, and no config can allow it".into(),
            })
        }
    }
}

/// The origin that was probably meant by what is none.
pub(crate) fn mended(written: &str) -> Option<String> {
    if written.contains('*') {
        return None;
    }
    let text = match written.parse::<OriginPattern>() {
        Ok(pattern) => pattern.to_string(),
        Err(error) => error.suggestion()?.to_owned(),
    };
    Origin::parse(&text).map(|origin| origin.to_string())
}

/// What a CORS filter of the Gateway API cannot say.
pub(crate) fn outside_manifests(
    origin: Option<&str>,
    lacking: &Lacking,
    rule: &Rule,
) -> Option<String> {
    const METHODS: [&str; 9] =
        ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
    let parsed = origin.and_then(Origin::parse);
    let web = |origin: &Origin<'_>| {
        matches!(origin.scheme(), "http" | "https")
            && !origin.host().starts_with('[')
            && !origin.host().contains('_')
            && !origin.host().ends_with('.')
    };
    if origin.is_some() && !parsed.is_some_and(|origin| web(&origin)) {
        return Some("the Gateway API's CORS filter allows no such origin".into());
    }
    if origin.is_some() && rule.checked.any_origin() {
        return Some("list the origins instead of *".into());
    }
    if let Some(method) = lacking.methods.iter().find(|method| !METHODS.contains(&&***method)) {
        let shown = Text(method.as_bytes());
        return Some(format!("the Gateway API's CORS filter has no method {shown}"));
    }
    let any = rule.checked.headers.is_any();
    (any && !lacking.headers.is_empty()).then(|| "list the headers by name instead of *".into())
}
