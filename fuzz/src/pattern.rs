//! Any text as an entry of `allow_origins`.

use tower_cors::{Origin, OriginPattern, Policy};
use tower_cors_oracle::plain;

/// No text panics. What is a pattern prints and matches what it says; what is none gets a correction
/// that is one.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let built = Policy::builder().allow_origins([text]).build();
    match text.parse::<OriginPattern>() {
        Ok(pattern) => {
            assert!(built.is_ok(), "{text:?} is a pattern that no policy takes");
            check_pattern(text, &pattern);
        }
        Err(error) => {
            let told = error.to_string();
            let excused = is_none_that_is_sent(text)
                || told.contains("looks misspelt")
                || told.contains("Punycode");
            assert!(!plain::well_formed(text) || excused, "{text:?} {told}");
            assert!(told.contains("; "), "{text:?} is told without what to do: {told}");
            assert!(!told.contains(char::is_control), "{told:?} is more than a line");
            if let Some(suggestion) = error.suggestion() {
                let suggested: OriginPattern = suggestion.parse().expect("a pattern is suggested");
                assert_eq!(suggested.as_ref(), suggestion, "the suggestion is not canonical");
                assert!(!is_wider(text, suggestion), "{suggestion:?} is wider than {text:?}");
                check_pattern(suggestion, &suggested);
            }
            let errors = built.expect_err("what is no pattern builds no policy");
            assert_eq!(errors.iter().count(), 1);
            // What to write instead depends on the rest of the list.
            let wrong = told.split("; ").next().unwrap_or(&told);
            assert!(errors.to_string().contains(wrong), "{errors}");
        }
    }
}

fn check_pattern(text: &str, pattern: &OriginPattern) {
    let printed = pattern.to_string();
    assert_eq!(printed, pattern.as_ref());
    let again: OriginPattern = printed.parse().expect("what is printed is a pattern");
    assert_eq!((&again, again.to_string()), (pattern, printed.clone()), "of {text:?}");
    if ["*", "null", "file://"].contains(&&*printed) {
        return;
    }
    let (scheme, host) = printed.split_once("://").expect("a scheme");
    let (host, any_port) = host.strip_suffix(":*").map_or((host, false), |host| (host, true));
    // The shortest origin that is meant: one byte stands for a wildcard, and any port is none.
    let shortest = format!("{scheme}://{}", host.replacen('*', "a", 1));
    let origin = Origin::parse(&shortest).unwrap_or_else(|| panic!("{text:?} never matches"));
    assert!(plain::well_formed(&shortest), "{shortest} of {text:?}");
    assert!(pattern.matches(&origin), "{text:?} does not match {shortest}");
    assert!(plain::matches(text, &shortest), "{text:?} is not read as {shortest}");
    // And others beside it, as both readings have it.
    for other in [
        format!("{shortest}:8081"),
        format!("{shortest}."),
        shortest.replacen("://", "://b.", 1),
        shortest.replacen("://a.", "://", 1),
        shortest.replacen("://", "s://", 1),
        format!("{scheme}://{}", host.replacen('*', "", 1)),
        format!("{scheme}://{}", host.replacen('*', "-b-1", 1)),
        format!("{scheme}://{}", host.replacen('*', "a_b", 1)),
        format!("{scheme}://{}", host.replacen('*', "a.b", 1)),
        format!("{scheme}://{}", host.replacen('*', "n--b", 1)),
    ] {
        let matched = Origin::parse(&other).is_some_and(|origin| pattern.matches(&origin));
        assert_eq!(matched, plain::matches(text, &other), "{text:?} and {other}");
    }
    let ported = Origin::parse(&format!("{shortest}:8081")).is_some_and(|o| pattern.matches(&o));
    assert!(ported == any_port || shortest.contains(":8081") || !fits_a_port(&shortest));
}

/// Whether a port can follow at all.
fn fits_a_port(origin: &str) -> bool {
    plain::well_formed(&format!("{origin}:8081"))
}

/// Well-formed by its letters, but of a scheme that no page's origin has.
fn is_none_that_is_sent(origin: &str) -> bool {
    ["file:", "data:", "ws:", "wss:", "ftp:"].iter().any(|scheme| origin.starts_with(scheme))
}

/// Whether a wildcard is in the suggestion that was not written, or one means more.
fn is_wider(text: &str, suggestion: &str) -> bool {
    let stars = |text: &str| text.matches('*').count();
    let any_host = |text: &str| {
        let after = text.split_once("://").map(|(_, after)| after);
        after.and_then(|after| after.split(['/', ':', '?', '#', '\\']).next()) == Some("*")
    };
    let null = suggestion == "null" && !text.eq_ignore_ascii_case("null");
    let subdomains = suggestion.contains("://*.") && !text.contains("*.");
    let ports = suggestion.ends_with(":*") && !text.contains(":*");
    let host =
        any_host(suggestion) && !any_host(text) && !text.contains("@*") && !text.starts_with('*');
    stars(suggestion) > stars(text) || null || subdomains || ports || host
}
