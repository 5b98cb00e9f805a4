//! The CORS check.

use http::HeaderMap;

use super::header_list::{get, isomorphic_decode};
use super::outcome::CorsFailure;
use super::request::Request;

/// <https://fetch.spec.whatwg.org/#concept-cors-check>
pub(super) fn cors_check(request: &Request, response: &HeaderMap) -> Result<(), CorsFailure> {
    let Some(allowed) = get(response, "access-control-allow-origin") else {
        return Err(CorsFailure::Missing);
    };
    if !request.includes_credentials() && allowed == b"*" {
        return Ok(());
    }
    let origin = request.serialized_origin();
    if allowed != origin.as_bytes() {
        let lines = response.get_all("access-control-allow-origin").iter().count();
        let allowed = isomorphic_decode(&allowed);
        return Err(if lines > 1 || allowed.contains(',') {
            CorsFailure::SeveralValues(allowed)
        } else if allowed == "*" {
            CorsFailure::WildcardWithCredentials
        } else {
            CorsFailure::Mismatch { allowed, origin: origin.to_owned() }
        });
    }
    if !request.includes_credentials() {
        return Ok(());
    }
    match get(response, "access-control-allow-credentials") {
        Some(credentials) if credentials == b"true" => Ok(()),
        _ => Err(CorsFailure::CredentialsNotAllowed),
    }
}
