//! Responses: where they redirect to, and what of them a script sees.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Response, header};
use url::Url;

use super::header_list::{extract_tokens, get, isomorphic_decode};
use super::names::{is_cors_safelisted_response_header_name, is_forbidden_response_header_name};
use super::outcome::{RedirectProblem, ResponseType, Verdict};
use super::request::{Request, Tainting};

/// <https://fetch.spec.whatwg.org/#concept-response-location-url>
pub(super) fn location_url(
    response: &Response<Bytes>,
    base: &Url,
) -> Result<Option<Url>, RedirectProblem> {
    let mut lines = response.headers().get_all(header::LOCATION).iter();
    let Some(location) = lines.next() else {
        return Ok(None);
    };
    let mut url = base
        .join(&String::from_utf8_lossy(location.as_bytes()))
        .map_err(|_| RedirectProblem::BadLocation)?;
    if lines.next().is_some() {
        return Err(RedirectProblem::BadLocation);
    }
    if url.fragment().is_none() {
        url.set_fragment(base.fragment());
    }
    Ok(Some(url))
}

/// The [filtered response](https://fetch.spec.whatwg.org/#concept-filtered-response) that the
/// response tainting asks for.
pub(super) fn filter(request: &Request, response: Response<Bytes>) -> Verdict {
    let (response_type, exposed) = match request.tainting {
        Tainting::Opaque => {
            return Verdict::Readable {
                status: 0,
                response_type: ResponseType::Opaque,
                headers: BTreeMap::new(),
                body: Bytes::new(),
                redirected: false,
            };
        }
        Tainting::Basic => (ResponseType::Basic, None),
        Tainting::Cors => (ResponseType::Cors, Some(exposed_names(request, response.headers()))),
    };
    let headers = response
        .headers()
        .keys()
        .map(HeaderName::as_str)
        .filter(|name| match &exposed {
            Some(exposed) => is_cors_safelisted_response_header_name(name, exposed),
            None => !is_forbidden_response_header_name(name),
        })
        .map(|name| {
            let value = get(response.headers(), name).unwrap_or_default();
            (name.to_owned(), isomorphic_decode(&value))
        })
        .collect();
    Verdict::Readable {
        status: response.status().as_u16(),
        response_type,
        headers,
        redirected: request.redirected(),
        body: response.into_body(),
    }
}

/// The [CORS-exposed header-name list](https://fetch.spec.whatwg.org/#concept-response-cors-exposed-header-name-list)
/// as main fetch sets it: with credentials mode `include`, `*` is a name like any other.
fn exposed_names(request: &Request, headers: &HeaderMap) -> Vec<String> {
    let listed = extract_tokens(headers, "access-control-expose-headers");
    let names = listed.ok().flatten().unwrap_or_default();
    if !request.includes_credentials() && names.iter().any(|name| name == "*") {
        headers.keys().map(|name| name.as_str().to_owned()).collect()
    } else {
        names
    }
}
