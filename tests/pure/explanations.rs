//! The pages of `Decision::explain()`, whole. `INSTA_UPDATE=always cargo test -p tower-cors-pure explanations`
//! writes the snapshots anew; read what changed.

use crate::support::{Headers, preflight, request};
use tower_cors::{Choice, Policy, PolicyConfig, RequestHead};

const ACRM: &str = "access-control-request-method";
const ACRH: &str = "access-control-request-headers";

/// Pages, each below what it is about.
#[derive(Default)]
struct Pages(String);

impl Pages {
    fn add(&mut self, policy: &Policy, about: &str, request: http::Request<()>) {
        self.add_chosen(&policy.into(), about, request);
    }

    fn add_chosen(&mut self, choice: &Choice<'_>, about: &str, request: http::Request<()>) {
        let head = RequestHead::from(&request);
        let explanation = choice.decide(&head).expect("a policy").explain();
        self.0 += &format!("## {about}\n\n{explanation}\n\n");
    }
}

fn policy(yaml: &str) -> Policy {
    serde_saphyr::from_str::<PolicyConfig>(yaml).expect("a config").build().expect("a policy")
}

fn get(origin: &str) -> http::Request<()> {
    request("GET", &[("origin", origin)])
}

fn asking(origin: &str, method: &str, headers: &str) -> http::Request<()> {
    request("OPTIONS", &[("origin", origin), (ACRM, method), (ACRH, headers)])
}

#[test]
fn what_is_allowed() {
    let mut pages = Pages::default();
    let policy = policy(
        "{allowOrigins: ['https://*.example.com', 'https://app.example.org'], allowMethods: [PUT],
          allowHeaders: [content-type], exposeHeaders: [x-request-id], allowCredentials: true,
          or: {allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'], exposeHeaders: ['*']}}",
    );
    let app = "https://app.example.com";
    pages.add(&policy, "no origin", request("GET", &[]));
    pages.add(&policy, "a GET", request("GET", &[("origin", app), ("cookie", "id=secret")]));
    pages.add(&policy, "a PUT", request("PUT", &[("origin", "https://app.example.org")]));
    pages.add(&policy, "its preflight", asking(app, "PUT", "content-type"));
    pages.add(&policy, "by the second config", asking("https://x.example", "PATCH", "x-a,x-b"));
    pages.add(&policy, "null, by the second config", get("null"));
    pages.add(&Policy::permissive(), "any origin", request("POST", &[("origin", "whoever")]));
    pages.add(&Policy::permissive(), "no origin where any is allowed", request("GET", &[]));
    let to = [("host", "app.example.com"), ("origin", app)];
    pages.add(&Policy::deny_all(), "to its own host", request("POST", &to));
    insta::assert_snapshot!("allowed", pages.0);
}

#[test]
fn options_answered_like_a_preflight() {
    let mut pages = Pages::default();
    let policy = policy(
        "{allowOrigins: ['https://a.example'], answerEveryOptions: true, innerHeaders: keep}",
    );
    pages.add(&policy, "OPTIONS", request("OPTIONS", &[("origin", "https://a.example")]));
    pages.add(&policy, "refused", request("OPTIONS", &[("origin", "https://b.example")]));
    insta::assert_snapshot!("options", pages.0);
}

#[test]
fn the_nearest_pattern() {
    let mut pages = Pages::default();
    let policy = policy(
        "{allowOrigins: ['https://example.com', 'https://*.example.org', 'http://localhost:3000',
          'https://www.example.net', 'capacitor://Localhost', 'https://dot.example.'],
          allowCredentials: true}",
    );
    for (about, origin) in [
        ("another scheme, without TLS", "http://example.com"),
        ("another port", "https://example.com:8443"),
        ("scheme and port", "https://localhost:8080"),
        ("a trailing dot", "https://example.com."),
        ("no trailing dot", "https://dot.example"),
        ("www", "https://www.example.com"),
        ("no www", "https://example.net"),
        ("the apex of a wildcard", "https://example.org"),
        ("a subdomain of one host", "https://app.example.com"),
        ("another name of the loopback", "http://127.0.0.1:3000"),
        ("the case of an opaque host", "capacitor://localhost"),
        ("a name that looks alike", "https://evilexample.com"),
        ("a name that begins alike", "https://example.com.evil.net"),
        ("nothing near", "https://stranger.test"),
    ] {
        pages.add(&policy, about, get(origin));
    }
    insta::assert_snapshot!("nearest", pages.0);
}

#[test]
fn origins_that_are_never_right() {
    let mut pages = Pages::default();
    let policy = policy("{allowOrigins: ['https://example.com'], allowCredentials: true}");
    for (about, origin) in [
        ("a trailing slash", "https://example.com/"),
        ("a path", "https://example.com/index.html"),
        ("upper case", "HTTPS://Example.com"),
        ("no scheme", "example.com"),
        ("a pattern", "https://*.example.com"),
        ("the opaque origin", "null"),
        ("null in upper case", "NULL"),
        ("what no browser sends", "file://localhost"),
        ("two in one", "https://example.com https://example.com"),
        ("nothing", ""),
    ] {
        pages.add(&policy, about, get(origin));
    }
    let two = [("origin", "https://example.com"), ("origin", "https://example.com")];
    pages.add(&policy, "two headers", request("GET", &two));
    insta::assert_snapshot!("never", pages.0);
}

#[test]
fn methods_and_headers() {
    let mut pages = Pages::default();
    let app = "https://app.example";
    let lists = policy(
        "{allowOrigins: ['https://app.example'], allowMethods: [PUT, PATCH],
          allowHeaders: [Content-Type, X-Client]}",
    );
    pages.add(&lists, "a method", preflight(app, "DELETE"));
    pages.add(&lists, "in another case", preflight(app, "patch"));
    pages.add(&lists, "a method that browsers write in upper case", preflight(app, "put"));
    pages.add(&lists, "a forbidden method", preflight(app, "TRACE"));
    pages.add(&lists, "no method", preflight(app, ""));
    pages.add(&lists, "two headers of three", asking(app, "PUT", "X-A,content-type,x-b"));
    pages.add(&lists, "method and header", asking(app, "DELETE", "authorization"));
    pages.add(&lists, "a forbidden header", asking(app, "PUT", "cookie"));
    pages.add(&lists, "a header that no script sets", asking(app, "PUT", "sec-fetch-mode"));
    pages.add(&lists, "no name", asking(app, "PUT", "x y"));
    pages.add(&lists, "too many headers", asking(app, "PUT", &"x-header,".repeat(500)));
    let stars =
        policy("{allowOrigins: ['https://app.example'], allowMethods: ['*'], allowHeaders: ['*']}");
    pages.add(&stars, "authorization under *", asking(app, "PUT", "authorization,x-a"));
    pages.add(&stars, "a forbidden method under *", preflight(app, "TRACE"));
    let empty = policy("{allowOrigins: ['https://app.example']}");
    pages.add(&empty, "nothing listed", asking(app, "PUT", "content-type"));
    insta::assert_snapshot!("methods_and_headers", pages.0);
}

#[test]
fn credentials() {
    let mut pages = Pages::default();
    let any = policy("{allowOrigins: ['*'], allowMethods: [PUT], exposeHeaders: [x-a]}");
    pages.add(&any, "* for a PUT", preflight("https://app.example", "PUT"));
    pages.add(&any, "* over http", get("http://app.example"));
    pages.add(&any, "* for null", get("null"));
    let list = policy("{allowOrigins: ['https://a.example', 'https://b.example']}");
    pages.add(&list, "one of a list", get("https://a.example"));
    pages.add(&list, "none of a list", get("https://c.example"));
    let insecure = policy("{allowOrigins: ['http://a.example']}");
    pages.add(&insecure, "the only one, over http", get("http://a.example"));
    pages.add(&insecure, "null where there are none", get("null"));
    let reflecting = policy(
        "{allowOrigins: ['*'], allowCredentials: true, dangerouslyReflectAnyOrigin: true,
          dangerouslyAllowInsecureOrigins: true}",
    );
    pages.add(&reflecting, "null where any other is reflected", get("null"));
    insta::assert_snapshot!("credentials", pages.0);
}

#[test]
fn chains() {
    let mut pages = Pages::default();
    let chain = policy(
        "{allowOrigins: ['https://app.example.com'], allowMethods: [PUT], allowCredentials: true,
          or: {allowOrigins: ['https://*.partner.example'], allowMethods: [DELETE]}}",
    );
    pages.add(&chain, "near the first", asking("https://app.example.com:8443", "PUT", "x-a"));
    pages.add(&chain, "near the second", preflight("https://partner.example", "PUT"));
    pages.add(&chain, "a method of the second", preflight("https://x.partner.example", "PUT"));
    pages.add(&chain, "near neither", preflight("https://stranger.test", "PUT"));
    pages.add(&chain, "http", get("http://app.example.com"));
    insta::assert_snapshot!("chains", pages.0);
}

#[test]
fn policies_without_a_config() {
    let mut pages = Pages::default();
    let denies = Policy::deny_all();
    pages.add(&denies, "deny_all()", asking("https://a.example", "PUT", "x-a"));
    pages.add(&denies, "deny_all() over http", get("http://a.example"));
    insta::assert_snapshot!("without_a_config", pages.0);
}

/// Several policies that must all allow: the page is that of one that does not.
#[test]
fn several_policies() {
    let mut pages = Pages::default();
    let blue = policy(
        "{allowOrigins: ['https://*.example.com'], allowMethods: [PUT, DELETE], allowCredentials: true}",
    );
    let green = policy("{allowOrigins: ['https://app.example.com'], allowMethods: [PUT]}");
    let red = policy("{allowOrigins: ['*'], allowMethods: [PUT]}");
    let (app, other) = ("https://app.example.com", "https://x.example.com");
    let all = Choice::all_of([&blue, &green, &red]);
    pages.add_chosen(&all, "all allow", preflight(app, "PUT"));
    pages.add_chosen(&all, "two do not", preflight(app, "DELETE"));
    pages.add_chosen(&all, "an origin", get(other));
    let asked = Choice::from(&blue).only_asked();
    pages.add_chosen(&asked, "only what was asked", preflight(app, "PUT"));
    pages.add_chosen(&asked, "only what was asked, refused", preflight(app, "PATCH"));
    insta::assert_snapshot!("several", pages.0);
}

#[test]
fn applications_and_the_users_own_machine() {
    let mut pages = Pages::default();
    let credentials = policy("{allowOrigins: ['https://a.example'], allowCredentials: true}");
    // What an installed application serves to itself is no development server.
    for origin in ["capacitor://localhost", "tauri://localhost", "ionic://localhost"] {
        pages.add(&credentials, "an application", get(origin));
        assert!(!pages.0.contains("for development only"), "{}", pages.0);
    }
    pages.add(&credentials, "a development server", get("http://localhost:3000"));
    pages.add(&credentials, "one with a name", get("http://app.localhost:3000"));
    assert_eq!(pages.0.matches("for development only").count(), 2);
    let local = policy("{allowOrigins: ['http://localhost:3000']}");
    pages.add(&local, "another name of the same machine", get("http://app.localhost:3000"));
    // A browser asks first, so the service has not served what is refused.
    pages.add(&local, "a PUT", request("PUT", &[("origin", "https://a.example")]));
    pages.add(&local, "an OPTIONS", request("OPTIONS", &[("origin", "https://a.example")]));
    insta::assert_snapshot!("applications", pages.0);
}

#[test]
fn pages_about_local_files_speak_of_them() {
    for yaml in [
        "{allowOrigins: ['https://a.example'], allowCredentials: true}",
        "{allowOrigins: ['file://']}",
        "{allowOrigins: ['*'], allowCredentials: true, dangerouslyReflectAnyOrigin: true}",
    ] {
        let mut pages = Pages::default();
        pages.add(&policy(yaml), "a local file", get("file://"));
        assert!(pages.0.contains("every file that the user opens"), "{}", pages.0);
        assert!(!pages.0.contains("null") && !pages.0.contains("sandboxed"), "{}", pages.0);
    }
}

#[test]
fn what_a_request_holds_is_escaped_and_cut() {
    let mut pages = Pages::default();
    let policy = policy("{allowOrigins: ['https://app.example'], allowMethods: [PUT]}");
    let long = format!("https://{}.example", "a.".repeat(120));
    let longer = "x".repeat(9000);
    let headers: Headers = &[("origin", "https://app.example"), (ACRM, "\u{202e}TUP")];
    pages.add(&policy, "a method that turns the line around", request("OPTIONS", headers));
    pages.add(&policy, "a line feed in disguise", get("https://a\u{2028}warning: all is well"));
    pages.add(&policy, "bidirectional", get("https://\u{2066}evil\u{2069}.example"));
    pages.add(&policy, "a terminal's escape", get("https://a\u{9b}31m"));
    pages.add(&policy, "a long origin", get(&long));
    pages.add(&policy, "a longer origin", get(&longer));
    pages.add(&policy, "a long method", preflight("https://app.example", &longer));
    let names: String = (0..400).map(|n| format!("x-{n},")).collect();
    pages.add(&policy, "many names", asking("https://app.example", "PUT", &names));
    let secret =
        [("origin", "https://app.example"), ("cookie", "id=secret"), ("authorization", "secret")];
    pages.add(&policy, "credentials", request("GET", &secret));
    assert!(!pages.0.contains("secret"));
    assert!(pages.0.chars().all(|c| c == '\n' || !c.is_control()), "{}", pages.0);
    let foreign: Vec<_> = pages.0.chars().filter(|c| !c.is_ascii() && *c != '…').collect();
    assert_eq!(foreign, []);
    insta::assert_snapshot!("hostile", pages.0);
}
