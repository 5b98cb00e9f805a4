//! What a browser does with the answer, and a server never sees.

use crate::config::InnerHeaders;
use crate::decision::display::names_of;
use crate::decision::{Decision, Denial};
use crate::fetch::is_safelisted_method;
use crate::policy::rule::Rule;
use crate::request::RequestKind;

/// Without the scheme, this is only probably a same-origin request.
pub(crate) fn browser(decision: &Decision<'_>) -> String {
    let across = across_origins(decision);
    match decision.maybe_same_origin() {
        true => format!("if the request is cross-origin after all: {across}"),
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
        true => "the allowed part of what it asked for",
        false => "the lists",
    };
    match (decision.kind, decision.denial()) {
        (RequestKind::NotCors, _) => without_origin(decision),
        (RequestKind::Preflight, Some(Denial::Origin | Denial::MalformedOrigin)) => {
            format!("gets {status} without CORS headers, and does not send the request\n{ERROR}")
        }
        (RequestKind::Preflight, Some(_)) => format!(
            "gets {status} and {lists}, does not find what it asked for, and does not send the request\n{ERROR}"
        ),
        (RequestKind::Preflight, None) => {
            format!("gets {status} and {lists}, and sends the request{}", refuses(decision))
        }
        (RequestKind::Actual, Some(_)) if !is_simple(decision) => {
            format!(
                "sends a preflight first, which is refused, and does not send the request\n{ERROR}"
            )
        }
        (RequestKind::Actual, Some(_)) => format!(
            "has sent the request, and the service has responded\nhides the response from the script, because no CORS header allows it{}\n{ERROR}",
            kept(decision)
        ),
        (RequestKind::Actual, None) => {
            let (exposed, refuses, kept) = (exposed(rule), refuses(decision), kept(decision));
            format!("lets the script read the response{exposed}{refuses}{kept}")
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
            "\nthe response still has access-control-allow-origin: *, because any origin is allowed without credentials"
        }
        false => "",
    };
    format!(
        "sends Origin with every cross-origin request of a script\nthis is a navigation, an image, a same-origin GET, or not from a browser: with curl, add -H 'Origin: …'{star}"
    )
}

fn exposed(rule: &Rule) -> String {
    match rule.checked.expose.names() {
        _ if rule.checked.expose.is_any() => " and all headers".into(),
        [] => " and the CORS-safelisted headers".into(),
        names => format!(", the CORS-safelisted headers and {}", names_of(names)),
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
            "\nfollows the service's access-control-allow-origin if the response has one, because innerHeaders is keep"
        }
        _ => "",
    }
}
