//! CORS for what hands out headers as lists of pairs and takes changes: Envoy's external processors
//! and Wasm filters, pingora, and gateways of your own.

use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use tower_cors::{Change, PolicySource, RequestHead, ResponseEdits};

/// Pseudo-headers come first, as in HTTP/2: `:method`, `:path`, `:status`.
pub(crate) type Pairs = Vec<(String, String)>;

pub(crate) enum Next {
    /// The answer to a preflight, without the upstream.
    Answer(Pairs),
    /// To the upstream; its response is edited.
    Forward(ResponseEdits),
}

/// Reads the head of a request.
///
/// # Errors
///
/// What is no HTTP: no such request may go on.
pub(crate) fn on_request(source: &impl PolicySource, request: &Pairs) -> Result<Next, http::Error> {
    let pseudo = |name: &str| {
        let pair = request.iter().find(|(other, _)| other == name);
        pair.map_or("", |(_, value)| value.as_str())
    };
    let method = Method::from_bytes(pseudo(":method").as_bytes())?;
    let uri = pseudo(":path").parse::<Uri>()?;
    let headers = header_map(request)?;
    let extensions = Extensions::new();
    let head = RequestHead::new(&method, &uri, &headers, &extensions);

    let choice = source.choose(&head);
    let Some(decision) = choice.decide(&head) else { return Ok(Next::Forward(choice.edits())) };
    Ok(match decision.answer::<()>() {
        Some(answer) => {
            let mut pairs = vec![(":status".to_owned(), answer.status().as_str().to_owned())];
            pairs.extend(
                answer.headers().iter().map(|(name, value)| (name.to_string(), text(value))),
            );
            Next::Answer(pairs)
        }
        None => Next::Forward(decision.edits()),
    })
}

/// Edits the head of the upstream's response.
///
/// # Errors
///
/// What is no HTTP: no such response may go on.
pub(crate) fn on_response(edits: ResponseEdits, response: &mut Pairs) -> Result<(), http::Error> {
    let status = response.iter().find(|(name, _)| name == ":status");
    let status = StatusCode::from_bytes(status.map_or("", |(_, status)| status).as_bytes())?;
    for change in edits.changes(status, &header_map(response)?) {
        match change {
            Change::Remove(name) => remove(response, &name),
            Change::Set(name, value) => {
                remove(response, &name);
                response.push((name.to_string(), text(&value)));
            }
            // There are no others; one that is to come must not be ignored.
            other => unreachable!("{other:?}"),
        }
    }
    Ok(())
}

fn header_map(pairs: &Pairs) -> Result<HeaderMap, http::Error> {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs.iter().filter(|(name, _)| !name.starts_with(':')) {
        let name = HeaderName::from_bytes(name.as_bytes())?;
        headers.append(name, HeaderValue::from_str(value)?);
    }
    Ok(headers)
}

fn remove(pairs: &mut Pairs, name: &HeaderName) {
    pairs.retain(|(other, _)| !other.eq_ignore_ascii_case(name.as_str()));
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}
