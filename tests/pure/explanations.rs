//! The pages of `Decision::explain()`, whole. `INSTA_UPDATE=always cargo test -p tower-cors-pure explanations`
//! writes the snapshots anew; read what changed.

use crate::support::{Headers, preflight, request};
use tower_cors::gateway_api::{Manifest, RouteTable};
use tower_cors::{Edit, Policy, PolicyConfig, PolicySource, Remedy, RequestHead};

const ACRM: &str = "access-control-request-method";
const ACRH: &str = "access-control-request-headers";

/// Pages, each below what it is about.
#[derive(Default)]
struct Pages(String);

impl Pages {
    fn add(&mut self, policy: &Policy, about: &str, request: http::Request<()>) {
        let explanation = policy.decide(&RequestHead::from(&request)).explain();
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
    let manifest: Manifest = serde_saphyr::from_str(
        "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r},
          spec: {parentRefs: [{name: web}], rules: [{filters: [{type: CORS, cors: {
          allowOrigins: ['https://*.example.com'], allowMethods: [GET], allowHeaders: ['*']}}]}]}}",
    )
    .expect("a manifest");
    let table = RouteTable::builder().manifests([manifest]).build().expect("a table");
    let any = request("GET", &[]);
    let filter = table.policy(&RequestHead::from(&any)).expect("a policy").into_owned();
    pages.add(&filter, "a filter: the apex", preflight("https://example.com", "PUT"));
    pages.add(&filter, "a filter: a method", preflight("https://a.example.com", "PUT"));
    pages.add(&filter, "a filter: no such method", preflight("https://a.example.com", "QUERY"));
    pages.add(
        &filter,
        "a filter: authorization",
        asking("https://a.example.com", "GET", "authorization"),
    );
    pages.add(&filter, "a filter: null", get("null"));
    insta::assert_snapshot!("without_a_config", pages.0);
}

/// The edits of a policy that was computed are those of the filter that it was computed from.
#[test]
fn edits_of_a_filter_let_the_request_pass() {
    let cors = serde_json::json!({
        "allowOrigins": ["https://*.example.com"], "allowMethods": ["GET"], "allowHeaders": ["x-a"],
    });
    let built = |cors: &serde_json::Value| {
        let manifest = serde_json::json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
            "metadata": {"name": "r"},
            "spec": {
                "parentRefs": [{"name": "web"}],
                "rules": [{"filters": [{"type": "CORS", "cors": cors}]}],
            },
        });
        let manifest: Manifest = serde_json::from_value(manifest).expect("a manifest");
        let table = RouteTable::builder().manifests([manifest]).build();
        let any = request("GET", &[]);
        let table = table.unwrap_or_else(|errors| panic!("{errors}"));
        table.policy(&RequestHead::from(&any)).expect("a policy").into_owned()
    };
    let policy = built(&cors);
    for (about, asked) in [
        ("an origin", get("https://example.com")),
        ("an http origin", get("http://a.example.com")),
        ("a method", preflight("https://a.example.com", "PUT")),
        ("everything", asking("https://example.com", "DELETE", "x-b,X-C")),
    ] {
        let head = RequestHead::from(&asked);
        let page = policy.decide(&head).explain();
        for (credentials, remedy) in
            [(false, page.remedy()), (true, page.remedy_with_credentials())]
        {
            let Remedy::Edits { edits, .. } = remedy else { panic!("{about}: {page}") };
            let mut changed = cors.clone();
            for edit in edits {
                match edit {
                    Edit::Append { path, entries } => {
                        let list = changed[path].as_array_mut().expect("a list");
                        list.extend(entries.iter().map(|entry| entry.as_str().into()));
                    }
                    Edit::Enable { path } => changed[path] = true.into(),
                    other => panic!("{about}: {other}"),
                }
            }
            let changed = built(&changed);
            assert_eq!(changed.decide(&head).denial(), None, "{about}: {page}");
            let mut headers = http::HeaderMap::new();
            let edits = changed.decide(&RequestHead::from(&actual_of(&asked))).edits();
            edits.apply(http::StatusCode::OK, &mut headers);
            let granted = headers.contains_key("access-control-allow-credentials");
            assert_eq!(granted, credentials, "{about}: {page}");
        }
    }
}

fn actual_of(asked: &http::Request<()>) -> http::Request<()> {
    get(asked.headers()["origin"].to_str().expect("an origin"))
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
