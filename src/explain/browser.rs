//! What a browser does with the answer, and a server never sees.

use crate::config::InnerHeaders;
use crate::decision::display::names_of;
use crate::decision::{Decision, Denial};
use crate::fetch::is_safelisted_method;
use crate::policy::rule::Rule;
use crate::request::RequestKind;

/// Without the scheme, a request of the same origin cannot be told for certain.
pub(crate) fn browser(decision: &Decision<'_>) -> String {
    let across = across_origins(decision);
    match decision.maybe_same_origin() {
        true => format!("if it comes from another origin all the same: {across}"),
        false => across,
    }
}

fn across_origins(decision: &Decision<'_>) -> String {
    let rule = decision.deciding_rule();
    let status = match decision.rule {
        Some(_) => rule.checked.preflight_status,
        None => rule.checked.denied_status,
    };
    let status = status.as_u16();
    let lists = match decision.choice.only_asked {
        true => "what is allowed of what it asked for",
        false => "the lists",
    };
    match (decision.kind, decision.denial()) {
        (RequestKind::NotCors, _) => without_origin(decision),
        (RequestKind::Preflight, Some(Denial::Origin | Denial::MalformedOrigin)) => {
            format!("gets {status} without a CORS header and does not send the request\n{ERROR}")
        }
        (RequestKind::Preflight, Some(_)) => format!(
            "gets {status} and {lists}, misses what it asked for and does not send the request\n{ERROR}"
        ),
        (RequestKind::Preflight, None) => {
            format!("gets {status} and {lists}, and sends the request{}", refuses(decision))
        }
        (RequestKind::Actual, Some(_)) if !is_simple(decision) => {
            format!("asks by a preflight first, is refused, and does not send the request\n{ERROR}")
        }
        (RequestKind::Actual, Some(_)) => format!(
            "has sent the request, and the service has served it\nkeeps the response from the script, because it has no CORS header{}\n{ERROR}",
            kept(decision)
        ),
        (RequestKind::Actual, None) => {
            let (exposed, refuses, kept) = (exposed(rule), refuses(decision), kept(decision));
            format!("lets the script read the response, of its headers {exposed}{refuses}{kept}")
        }
    }
}

/// Whether its method needs no preflight. Its headers may: what a script set is not seen.
fn is_simple(decision: &Decision<'_>) -> bool {
    is_safelisted_method(decision.head.method().as_str().as_bytes())
}

const ERROR: &str = "the script gets a network error, and only the console says why";

fn without_origin(decision: &Decision<'_>) -> String {
    let star = match decision.rule.is_some_and(|rule| rule.open) {
        true => {
            "\nthe response says access-control-allow-origin: * all the same, because any origin is allowed without credentials"
        }
        false => "",
    };
    format!(
        "sends Origin with every request of a script to another origin\nthis is a navigation, an image, a same-origin GET, or no browser's: curl needs -H 'Origin: …'{star}"
    )
}

fn exposed(rule: &Rule) -> String {
    match rule.checked.expose.names() {
        _ if rule.checked.expose.is_any() => "all".into(),
        [] => "the CORS-safelisted ones".into(),
        names => format!("the CORS-safelisted ones and {}", names_of(names)),
    }
}

/// The credentials mode is the browser's secret.
fn refuses(decision: &Decision<'_>) -> &'static str {
    match decision.rule {
        Some(rule) if rule.checked.credentials => ", with credentials or without",
        Some(rule) if rule.open => {
            "\nrefuses it with credentials: access-control-allow-origin is *, and access-control-allow-credentials is not sent"
        }
        _ => "\nrefuses it with credentials: access-control-allow-credentials is not sent",
    }
}

fn kept(decision: &Decision<'_>) -> &'static str {
    match decision.deciding_rule().checked.inner_headers {
        InnerHeaders::Keep if !decision.is_answered() => {
            "\ngoes by the service's own access-control-allow-origin where the response has one: innerHeaders is keep"
        }
        _ => "",
    }
}
