//! Any bytes as an origin, against patterns.

use http::{HeaderMap, HeaderValue, Request, StatusCode};
use tower_cors::{Denial, Origin, OriginPattern, Policy, RequestHead};
use tower_cors_oracle::plain;

/// More are of no use, and cost time.
const PATTERNS: usize = 16;

/// The last line is the origin, those before it are the patterns. Both readings of them agree, with
/// credentials and without.
pub fn check(bytes: &[u8]) {
    let mut lines = bytes.rsplit(|&byte| byte == b'\n');
    let origin = lines.next().unwrap_or_default();
    let mut patterns: Vec<&str> = lines
        .filter_map(|line| std::str::from_utf8(line).ok())
        .filter(|text| text.parse::<OriginPattern>().is_ok())
        .take(PATTERNS)
        .collect();
    if patterns.contains(&"*") {
        patterns = vec!["*"];
    }

    let parsed = Origin::parse(origin);
    let text = std::str::from_utf8(origin).ok();
    let well_formed = text.is_some_and(plain::well_formed);
    assert_eq!(parsed.is_some(), well_formed, "{:?}", text);
    if let Some(parsed) = &parsed {
        check_parts(parsed, text.unwrap_or_default());
    }
    for pattern in &patterns {
        let compiled: OriginPattern = pattern.parse().expect("parsed above");
        let matched = parsed.is_some_and(|parsed| compiled.matches(&parsed));
        let naive = well_formed && text.is_some_and(|text| plain::matches(pattern, text));
        assert_eq!(matched, naive, "{pattern} {text:?}");
    }

    let Ok(value) = HeaderValue::from_bytes(origin) else { return };
    let config = Policy::builder().allow_origins(&patterns);
    let Ok(policy) = config.clone().build() else { return };
    let listed =
        patterns.iter().any(|pattern| text.is_some_and(|text| plain::matches(pattern, text)));
    let star = HeaderValue::from_static("*");
    let expected = match patterns == ["*"] {
        true => Some(star.clone()),
        false => listed.then(|| value.clone()),
    };
    assert_eq!(granted(&policy, &value), expected);

    let credentials = config
        .allow_credentials(true)
        .dangerously_reflect_any_origin(true)
        .dangerously_allow_insecure_origins(true);
    // The opaque origins are errors with credentials.
    let opaque = patterns.iter().any(|text| is_opaque(text.to_ascii_lowercase().as_bytes()));
    assert_eq!(credentials.clone().build().is_err(), opaque);
    let reflected = (listed && well_formed).then(|| value.clone());
    if let Ok(policy) = credentials.clone().build() {
        assert_eq!(granted(&policy, &value), reflected);
    }
    // Anyone else without them: the first of the two that allows the origin decides.
    let chain = credentials.or(Policy::builder().allow_origins(["*"]));
    if let Ok(policy) = chain.build() {
        let anyone = (well_formed || is_opaque(origin)).then_some(star);
        assert_eq!(granted(&policy, &value), reflected.or(anyone));
    }
}

/// The parts are the text, less the scheme's default port.
fn check_parts(parsed: &Origin<'_>, text: &str) {
    let port = parsed.port().map_or(String::new(), |port| format!(":{port}"));
    let put_together = format!("{}://{}{port}", parsed.scheme(), parsed.host());
    assert_eq!(parsed.to_string(), put_together);
    if put_together != text {
        let default = ["http:80", "https:443"];
        let dropped = text.strip_prefix(&put_together).expect("the text begins with the parts");
        assert!(default.contains(&&*format!("{}{dropped}", parsed.scheme())), "{text}");
    }
    assert_eq!(Origin::parse(&put_together), Some(*parsed));
}

fn is_opaque(origin: &[u8]) -> bool {
    matches!(origin, b"null" | b"file://")
}

/// What the policy tells an actual request of this origin; its denial says the same.
fn granted(policy: &Policy, origin: &HeaderValue) -> Option<HeaderValue> {
    let mut request = Request::new(());
    request.headers_mut().insert("origin", origin.clone());
    let decision = policy.decide(&RequestHead::from(&request));
    let mut headers = HeaderMap::new();
    decision.edits().apply(StatusCode::OK, &mut headers);
    let granted = headers.remove("access-control-allow-origin");
    let sendable = is_opaque(origin.as_bytes()) || Origin::parse(origin).is_some();
    let expected = if sendable { Denial::Origin } else { Denial::MalformedOrigin };
    assert_eq!(decision.denial(), granted.is_none().then_some(expected));
    assert!(!decision.to_string().contains(char::is_control));
    granted
}
