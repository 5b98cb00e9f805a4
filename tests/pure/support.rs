//! Requests in one line.

use http::Request;

pub(crate) type Headers<'a> = &'a [(&'a str, &'a str)];

pub(crate) fn request(method: &str, headers: Headers) -> Request<()> {
    let mut request = Request::builder().method(method).uri("/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap()
}

pub(crate) fn preflight(origin: &str, method: &str) -> Request<()> {
    request("OPTIONS", &[("origin", origin), ("access-control-request-method", method)])
}
