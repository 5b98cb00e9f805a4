//! A resource that caches store and that says who asked, so that it is seen whom it was made for.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode, header};

use super::{body, parameter, set};

static VISITORS: AtomicU64 = AtomicU64::new(0);

/// A picture with the user's name in it: an `<img>`, a document and a text for scripts. The ETag
/// differs where the name does, and validation and single byte ranges work.
///
/// The user is who the `user` cookie or the bearer token names, in this order, else `nobody`. As a
/// document it goes back to the page of `tests/engines/browsers` that it was opened from.
///
/// | parameter | meaning |
/// |---|---|
/// | `cc` | the `Cache-Control`; `no-cache` when absent |
/// | `vary` | the `Vary` of the service itself |
/// | `welcome` | a request without a user gets a `Set-Cookie`, and its answer is for a visitor of its own |
/// | `to` | a redirect to there, with the user's name as the parameter `as` |
/// | `as` | the user's name |
/// | `etag=outside` | neither an ETag nor a 304: [`etag_layer`] adds them |
/// | `wav` | silence in place of the picture |
pub(super) fn respond(request: &Request<Bytes>) -> Response<Bytes> {
    let parameter = |name: &str| parameter(request, name);
    let mut response = Response::new(Bytes::new());
    let user = parameter("as").or_else(|| user(request.headers()));
    let welcome = user.is_none() && parameter("welcome").is_some();
    let user = user.unwrap_or_else(|| match welcome {
        true => format!("visitor-{}", VISITORS.fetch_add(1, Ordering::Relaxed)),
        false => "nobody".to_owned(),
    });
    if welcome {
        set(&mut response, header::SET_COOKIE, &format!("user={user}; Path=/"));
    }
    set(&mut response, header::CACHE_CONTROL, parameter("cc").as_deref().unwrap_or("no-cache"));
    if let Some(vary) = parameter("vary") {
        set(&mut response, header::VARY, &vary);
    }
    if let Some(to) = parameter("to") {
        *response.status_mut() = StatusCode::FOUND;
        set(&mut response, header::LOCATION, &format!("{to}&as={user}"));
        return response;
    }
    if parameter("etag").as_deref() != Some("outside") {
        let etag = format!("\"{user}\"");
        set(&mut response, header::ETAG, &etag);
        if names(request.headers(), &etag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
    }
    set(&mut response, HeaderName::from_static("x-user"), &user);
    set(&mut response, header::ACCEPT_RANGES, "bytes");
    if parameter("wav").is_some() {
        set(&mut response, header::CONTENT_TYPE, "audio/wav");
        *response.body_mut() = silence();
    } else {
        set(&mut response, header::CONTENT_TYPE, "image/svg+xml");
        body(&mut response, &picture(&user));
    }
    part(request, &mut response);
    let length = response.body().len().to_string();
    set(&mut response, header::CONTENT_LENGTH, &length);
    if *request.method() == Method::HEAD {
        *response.body_mut() = Bytes::new();
    }
    response
}

/// An ETag layer outside of the CORS layer, where a URL has `etag=outside`: it makes a 304 of a 200
/// whose content the client has, and keeps the headers of the 200.
pub fn etag_layer<B>(request: &Request<B>) -> impl FnOnce(&mut Response<Bytes>) + use<B> {
    let applies = parameter(request, "etag").as_deref() == Some("outside");
    let asked = request.headers().clone();
    move |response| {
        if !applies || response.status() != StatusCode::OK {
            return;
        }
        let sum = response
            .body()
            .iter()
            .fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
        let etag = format!("\"{sum:x}\"");
        set(response, header::ETAG, &etag);
        if names(&asked, &etag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            *response.body_mut() = Bytes::new();
            for name in [header::CONTENT_LENGTH, header::CONTENT_TYPE] {
                response.headers_mut().remove(name);
            }
        }
    }
}

fn user(request: &HeaderMap) -> Option<String> {
    let text = |name| request.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    let cookies = text(header::COOKIE).into_iter().flat_map(|line| line.split("; "));
    let mut named = cookies.filter_map(|cookie| cookie.strip_prefix("user="));
    let token = || text(header::AUTHORIZATION)?.strip_prefix("Bearer ");
    named.next().or_else(token).map(str::to_owned)
}

fn names(request: &HeaderMap, etag: &str) -> bool {
    let lines = request.get_all(header::IF_NONE_MATCH).iter();
    lines.filter_map(|line| line.to_str().ok()).any(|line| line.contains(etag))
}

fn picture(user: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"8\" height=\"8\"><desc>{user}</desc>\
         <script>if (document.referrer) \
         location.replace(new URL('/.harness/page', document.referrer));</script></svg>"
    )
}

/// A second of a wav file.
fn silence() -> Bytes {
    const SAMPLES: u32 = 8000;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + SAMPLES).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    // PCM, one channel of bytes.
    file.extend([1, 0, 1, 0]);
    file.extend(SAMPLES.to_le_bytes());
    file.extend(SAMPLES.to_le_bytes());
    file.extend([1, 0, 8, 0]);
    file.extend(b"data");
    file.extend(SAMPLES.to_le_bytes());
    file.extend([128].repeat(SAMPLES as usize));
    file.into()
}

/// A single range, `bytes=FIRST-` or `bytes=FIRST-LAST`; any other is ignored.
fn part(request: &Request<Bytes>, response: &mut Response<Bytes>) {
    let whole = response.body().len();
    let range = request.headers().get(header::RANGE).and_then(|range| range.to_str().ok());
    let Some((first, last)) = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-'))
    else {
        return;
    };
    let Ok(first) = first.parse::<usize>() else { return };
    let last = last.parse().unwrap_or(usize::MAX).min(whole - 1);
    if first > last {
        return;
    }
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    set(response, header::CONTENT_RANGE, &format!("bytes {first}-{last}/{whole}"));
    *response.body_mut() = response.body().slice(first..=last);
}
