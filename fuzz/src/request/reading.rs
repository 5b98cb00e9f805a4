//! A request and a config, read once more: naively, and by nothing of the crate's.

use http::{HeaderMap, HeaderValue, Method, Request};
use tower_cors::PolicyConfig;
use tower_cors_oracle::plain;

const ACRM: &str = "access-control-request-method";
const ACRH: &str = "access-control-request-headers";

/// What CORS reads of a request.
pub(super) struct Asked<'a> {
    /// The one origin; an origin that is no text is none that anybody allows.
    pub(super) origin: Option<&'a str>,
    pub(super) origin_lines: usize,
    pub(super) options: bool,
    pub(super) preflight: bool,
    pub(super) methods: Vec<&'a [u8]>,
    pub(super) headers: Vec<&'a [u8]>,
}

impl<'a> Asked<'a> {
    pub(super) fn of(request: &'a Request<()>) -> Self {
        let all = |name| request.headers().get_all(name).iter().map(HeaderValue::as_bytes);
        let origins: Vec<&[u8]> = all("origin").collect();
        let options = request.method() == Method::OPTIONS;
        Self {
            origin: match origins[..] {
                [one] => std::str::from_utf8(one).ok(),
                _ => None,
            },
            origin_lines: origins.len(),
            options,
            preflight: options && !origins.is_empty() && all(ACRM).next().is_some(),
            methods: all(ACRM).collect(),
            headers: all(ACRH).collect(),
        }
    }

    /// The requested names, in lower case.
    pub(super) fn names(&self) -> Vec<String> {
        let elements = self.headers.iter().flat_map(|line| line.split(|&byte| byte == b','));
        let names =
            elements.map(|name| String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase());
        names.filter(|name| !name.is_empty()).collect()
    }
}

pub(super) fn links(config: &PolicyConfig) -> impl Iterator<Item = &PolicyConfig> {
    config.chain()
}

fn allows(link: &PolicyConfig, origin: &str) -> bool {
    link.allow_origins.iter().any(|pattern| {
        plain::matches(pattern, origin)
            && (pattern != "*" || !link.allow_credentials || plain::well_formed(origin))
    })
}

pub(super) fn allows_any(config: &PolicyConfig, origin: &str) -> bool {
    links(config).any(|link| allows(link, origin))
}

/// The config that decides: the first that allows the origin, or else the first.
pub(super) fn deciding<'c>(
    config: &'c PolicyConfig,
    origin: Option<&str>,
    constant: bool,
) -> &'c PolicyConfig {
    let mut links = links(config);
    let first = links.find(|link| !constant && origin.is_some_and(|origin| allows(link, origin)));
    first.unwrap_or(config)
}

/// Whether a browser could ask for this. What it normalizes or drops, the plain reading does too.
pub(super) fn can_be_asked(method: &str, names: &[String]) -> bool {
    let normalized = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"];
    let forbidden = "accept-charset accept-encoding access-control-request-headers \
        access-control-request-method connection content-length cookie cookie2 date dnt expect \
        host keep-alive origin referer set-cookie te trailer transfer-encoding upgrade via";
    let dropped = |name: &String| {
        forbidden.split_whitespace().any(|forbidden| forbidden == name)
            || name.starts_with("sec-")
            || name.starts_with("proxy-")
    };
    let never_sent = ["CONNECT", "TRACE", "TRACK"];
    !names.iter().any(dropped)
        && !never_sent.iter().any(|never| method.eq_ignore_ascii_case(never))
        && normalized.iter().all(|known| method == *known || !method.eq_ignore_ascii_case(known))
}

/// The elements of a list, in lower case.
pub(super) fn elements(headers: &HeaderMap, name: &str) -> Vec<String> {
    let lines = headers.get_all(name).iter().map(HeaderValue::as_bytes);
    let elements = lines.flat_map(|line| line.split(|&byte| byte == b','));
    let trimmed = elements.map(<[u8]>::trim_ascii).filter(|element| !element.is_empty());
    trimmed.map(|element| String::from_utf8_lossy(element).to_ascii_lowercase()).collect()
}

pub(super) fn is_token(bytes: &[u8]) -> bool {
    let mark = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !bytes.is_empty() && bytes.iter().all(mark)
}
