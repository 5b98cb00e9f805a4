//! Fixed responses, which no layer touches.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;

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
///
/// | written | is |
/// |---|---|
/// | `{"status": 200, "headers": …, "body": ""}` | each may be absent |
/// | `[200, …, ""]` | the same in this order; the last may be absent |
/// | an object of other keys, or pairs | the headers only |
///
/// Headers are an object, whose values may be lists where a name has several lines, or pairs.
/// Without a status it is 200, 204 to a preflight, and 304 to `If-None-Match`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "Value")]
pub struct Fixed {
    status: Option<u16>,
    headers: Vec<(String, String)>,
    body: String,
}

impl TryFrom<Value> for Fixed {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let (status, headers, body) = match value {
            Value::Array(mut parts) if parts.first().is_some_and(Value::is_number) => {
                if parts.len() > 3 {
                    return Err(format!("more than a status, headers and a body: {parts:?}"));
                }
                parts.resize(3, Value::Null);
                let mut parts = parts.into_iter();
                (parts.next(), parts.next(), parts.next())
            }
            Value::Object(mut fields)
                if fields.keys().all(|key| ["status", "headers", "body"].contains(&&**key)) =>
            {
                (fields.remove("status"), fields.remove("headers"), fields.remove("body"))
            }
            headers => (None, Some(headers), None),
        };
        let status = status.filter(|status| !status.is_null());
        Ok(Self {
            status: status.map(serde_json::from_value).transpose().map_err(|e| e.to_string())?,
            headers: lines(headers.unwrap_or_default())?,
            body: body.filter(|body| !body.is_null()).map(text).unwrap_or_default(),
        })
    }
}

fn lines(headers: Value) -> Result<Vec<(String, String)>, String> {
    match headers {
        Value::Null => Ok(Vec::new()),
        Value::Object(names) => Ok(names
            .into_iter()
            .flat_map(|(name, values)| {
                let values = match values {
                    Value::Array(values) => values,
                    value => vec![value],
                };
                values.into_iter().map(move |value| (name.clone(), text(value)))
            })
            .collect()),
        Value::Array(pairs) => pairs
            .into_iter()
            .map(|pair| {
                let error = format!("not a name and a value: {pair}");
                let (name, value) = serde_json::from_value(pair).map_err(|_| error)?;
                Ok((name, text(value)))
            })
            .collect(),
        other => Err(format!("neither an object nor pairs: {other}")),
    }
}

/// A string, or what is written without quotation marks.
fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        value => value.to_string(),
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
        for (name, value) in &self.headers {
            let value = match origin {
                Some(origin) => value.replace("$ORIGIN", origin),
                None if value.contains("$ORIGIN") => continue,
                None => value.clone(),
            };
            let name = HeaderName::from_bytes(name.as_bytes())?;
            response.headers_mut().append(name, HeaderValue::from_str(&value)?);
        }
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_written_in_several_ways() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let (a, b) = (pair("a", "1"), pair("b", "2"));
        for (written, status, headers, body) in [
            (r#"{"status": 201, "headers": {"a": 1, "b": ["2"]}, "body": "x"}"#, Some(201), 2, "x"),
            (r#"{"headers": [["a", "1"], ["b", "2"]]}"#, None, 2, ""),
            (r#"[201, {"a": "1", "b": "2"}, "x"]"#, Some(201), 2, "x"),
            (r#"[201, [["a", "1"]]]"#, Some(201), 1, ""),
            (r#"{"a": "1", "b": "2"}"#, None, 2, ""),
            (r#"[["a", "1"], ["b", "2"]]"#, None, 2, ""),
            (r#"{"body": {"x": 1}}"#, None, 0, r#"{"x":1}"#),
            ("{}", None, 0, ""),
        ] {
            let fixed: Fixed = serde_json::from_str(written).expect(written);
            assert_eq!((fixed.status, &*fixed.body), (status, body), "{written}");
            assert_eq!(fixed.headers, [a.clone(), b.clone()][..headers], "{written}");
        }
        for wrong in [r#""x""#, "[200, 1]", "[200, {}, 1, 2]", r#"[["a"]]"#, "[70000]"] {
            assert!(serde_json::from_str::<Fixed>(wrong).is_err(), "{wrong}");
        }
    }
}
