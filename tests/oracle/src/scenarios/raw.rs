//! Fixed responses, which no layer touches.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header};
use serde::Deserialize;

use crate::inner;

/// What the path `raw/NAME` answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawResponse {
    /// To every request that the others are not for; what the inner service says when absent.
    pub actual: Option<Fixed>,
    /// To preflights; `actual` when absent.
    pub preflight: Option<Fixed>,
    /// To requests with an `If-None-Match`; `actual` when absent.
    pub inm: Option<Fixed>,
}

/// A response, word for word. In its header values, `$ORIGIN` stands for the request's origin, and a
/// value with it is left out where the request has none.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixed {
    /// When absent: 200, 204 to a preflight, 304 to `If-None-Match`.
    pub status: Option<u16>,
    /// The header lines.
    #[serde(default)]
    pub headers: Lines,
    /// The body.
    #[serde(default)]
    pub body: String,
}

/// Header lines: an object, whose values may be lists where a name has several lines, or pairs.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Lines {
    /// `{"name": "value", "other": ["value", "value"]}`
    ByName(BTreeMap<String, Values>),
    /// `[["name", "value"], ["other", "value"]]`
    Pairs(Vec<(String, String)>),
}

/// One line or more of one name.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Values {
    /// One.
    One(String),
    /// More.
    Several(Vec<String>),
}

impl Default for Lines {
    fn default() -> Self {
        Self::Pairs(Vec::new())
    }
}

impl Lines {
    fn pairs(&self) -> Vec<(&str, &str)> {
        match self {
            Self::Pairs(pairs) => pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect(),
            Self::ByName(names) => names
                .iter()
                .flat_map(|(name, values)| {
                    let values = match values {
                        Values::One(value) => std::slice::from_ref(value),
                        Values::Several(values) => values,
                    };
                    values.iter().map(|value| (name.as_str(), value.as_str()))
                })
                .collect(),
        }
    }
}

impl RawResponse {
    /// The answer to a request.
    ///
    /// # Errors
    ///
    /// The table asks for what no response can hold.
    pub fn respond(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, http::Error> {
        let headers = request.headers();
        let preflight = request.method() == http::Method::OPTIONS
            && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        let (fixed, status) = match (&self.preflight, &self.inm) {
            (Some(fixed), _) if preflight => (Some(fixed), StatusCode::NO_CONTENT),
            (_, Some(fixed)) if headers.contains_key(header::IF_NONE_MATCH) => {
                (Some(fixed), StatusCode::NOT_MODIFIED)
            }
            _ => (self.actual.as_ref(), StatusCode::OK),
        };
        let Some(fixed) = fixed else { return Ok(inner::respond(request)) };
        fixed.response(status, headers)
    }
}

impl Fixed {
    fn response(
        &self,
        status: StatusCode,
        request: &HeaderMap,
    ) -> Result<Response<Bytes>, http::Error> {
        let mut response = Response::new(Bytes::copy_from_slice(self.body.as_bytes()));
        *response.status_mut() = self.status.map_or(Ok(status), StatusCode::from_u16)?;
        let origin = request.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
        for (name, value) in self.headers.pairs() {
            let value = match origin {
                Some(origin) => value.replace("$ORIGIN", origin),
                None if value.contains("$ORIGIN") => continue,
                None => value.to_owned(),
            };
            let name = HeaderName::from_bytes(name.as_bytes())?;
            response.headers_mut().append(name, HeaderValue::from_str(&value)?);
        }
        Ok(response)
    }
}
