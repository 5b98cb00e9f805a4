//! The example `gateway`, end to end: the program as its users run it, over TCP.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::any;
use serde_json::Value;
use tower_cors_running::{Folder, PATIENCE, headers, status};

use crate::running::{DEFAULT, Gateway, cors, refused, route, send_to, upstream};

const ALLOWED: (&str, &str) = ("Origin", "https://example.com");
const DENIED: (&str, &str) = ("Origin", "https://notallowed.com");
const ACRM: &str = "Access-Control-Request-Method";

/// What the route's filter of the default manifests grants to every answer.
const GRANTED: [&str; 3] = [
    "access-control-allow-credentials: true",
    "access-control-allow-origin: https://example.com",
    "access-control-expose-headers: origin,x-httproute-header",
];

const PREFLIGHT_GRANTED: [&str; 6] = [
    "access-control-allow-credentials: true",
    "access-control-allow-headers: origin",
    "access-control-allow-methods: GET,POST,OPTIONS",
    "access-control-allow-origin: https://example.com",
    "access-control-expose-headers: origin,x-httproute-header",
    "access-control-max-age: 86400",
];

/// Runs curl; its whole output.
fn curl(arguments: &[&str]) -> String {
    let output = Command::new("curl").args(["-s", "-i"]).args(arguments).output();
    let output = output.expect("curl is installed");
    assert!(output.status.success(), "curl {arguments:?}: {:?}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_walk_through_holds_line_by_line() {
    let gateway = Gateway::start(DEFAULT, &[]);
    let headers_url = format!("{}/headers", gateway.url);
    let post_url = format!("{}/post", gateway.url);
    let host = ["-H", "host: www.example.com"];
    let allowed = ["-H", "Origin: https://example.com"];
    let denied = ["-H", "Origin: https://notallowed.com"];
    let asked = ["-H", "Access-Control-Request-Method: POST"];
    let run = |parts: &[&[&str]]| curl(&[&parts.concat()[..], &host].concat());

    let options: &[&str] = &["-I", "-X", "OPTIONS", &headers_url];
    for preflight in [&[][..], &asked] {
        let answer = run(&[options, &allowed, preflight]);
        assert_eq!((status(&answer), cors(&answer)), ("200", to_strings(&PREFLIGHT_GRANTED)));
        let answer = run(&[options, &denied, preflight]);
        assert_eq!((status(&answer), cors(&answer)), ("200", vec![]), "{answer}");
    }
    for actual in [&[headers_url.as_str()][..], &["-d", "hello", &post_url]] {
        let answer = run(&[actual, &allowed]);
        assert_eq!((status(&answer), cors(&answer)), ("200", to_strings(&GRANTED)));
        let answer = run(&[actual, &denied]);
        assert_eq!((status(&answer), cors(&answer)), ("200", vec![]), "{answer}");
    }
    // Whatever an upstream grants on its own, to whom the policy allows too.
    let granting = "GET /response-headers?access-control-allow-methods=PUT";
    assert_eq!(cors(&gateway.send(granting, &[DENIED])), [""; 0]);
    assert_eq!(cors(&gateway.send(granting, &[ALLOWED])), GRANTED);
}

fn to_strings(lines: &[&str]) -> Vec<String> {
    lines.iter().map(ToString::to_string).collect()
}

#[test]
fn the_embedded_upstream_has_a_permissive_cors_of_its_own() {
    // A route without a policy, so that the upstream's own answer passes.
    let folder = Folder::new()
        .with("route.yaml", &route("open", "[{backendRefs: [{name: httpbin, port: 80}]}]"));
    let gateway = Gateway::start(folder.as_str(), &[]);
    let answer = gateway.send("OPTIONS /headers", &[DENIED]);
    let names: Vec<String> =
        cors(&answer).iter().map(|line| line.split(':').next().unwrap().to_owned()).collect();
    let expected = ["allow-credentials", "allow-methods", "allow-origin", "max-age"];
    assert_eq!(names, expected.map(|name| format!("access-control-{name}")));
}

#[test]
fn without_the_routes_filter_the_gateways_policy_holds() {
    let whole = std::fs::read_to_string(format!("{DEFAULT}/httproute.yaml")).unwrap();
    let (before, rest) = whole.split_once("    - filters:").expect("the rule's filters");
    let (_, backends) = rest.split_once("      backendRefs:").expect("the rule's backends");
    let folder = Folder::new()
        .with("policy.yaml", &std::fs::read_to_string(format!("{DEFAULT}/policy.yaml")).unwrap())
        .with("route.yaml", &format!("{before}    - backendRefs:{backends}"));
    let gateway = Gateway::start(folder.as_str(), &[]);
    let answer = gateway.send("GET /headers", &[ALLOWED]);
    let expected = [
        "access-control-allow-origin: https://example.com",
        "access-control-expose-headers: origin,x-trafficpolicy-header",
    ];
    assert_eq!(cors(&answer), expected);
    let answer = gateway.send("OPTIONS /headers", &[ALLOWED, (ACRM, "POST")]);
    let expected = [
        "access-control-allow-headers: origin,authorization,content-type",
        "access-control-allow-methods: GET,POST,OPTIONS",
        "access-control-allow-origin: https://example.com",
        "access-control-expose-headers: origin,x-trafficpolicy-header",
        "access-control-max-age: 86400",
    ];
    assert_eq!(cors(&answer), expected);
}

/// The Gateway API's own test `HTTPRouteCORS`.
#[test]
fn conformance() {
    let table: Value =
        serde_json::from_str(include_str!("../../../tests/data/gateway-api-conformance.json"))
            .expect("the table of cases");
    let cases = table["cases"].as_array().expect("cases");
    let mut rules: Vec<(&str, &Value)> = Vec::new();
    for case in cases {
        let path = case["request"]["path"].as_str().expect("a path");
        if !rules.iter().any(|(known, _)| *known == path) {
            rules.push((path, &case["policy"]));
        }
    }
    let rules: Vec<String> = rules
        .iter()
        .map(|(path, policy)| {
            format!(
                "{{matches: [{{path: {{type: PathPrefix, value: {path}}}}}], \
                 filters: [{{type: CORS, cors: {policy}}}], backendRefs: [{{name: b, port: 80}}]}}"
            )
        })
        .collect();
    let folder =
        Folder::new().with("route.yaml", &route("cors", &format!("[{}]", rules.join(", "))));
    let inner = upstream(Router::new().fallback(any(|| async { ([("x-inner", "1")], "inner") })));
    let gateway = Gateway::start(folder.as_str(), &["--upstream", &inner]);
    assert_eq!(cases.len(), 17);
    for case in cases {
        let name = case["name"].as_str().expect("a name");
        let request = &case["request"];
        let pairs: Vec<(&str, &str)> = request["headers"]
            .as_array()
            .expect("headers")
            .iter()
            .map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
            .collect();
        let (method, path) = (&request["method"], &request["path"]);
        let line = format!("{} {}", method.as_str().unwrap(), path.as_str().unwrap());
        let answer = gateway.send(&line, &pairs);
        let expect = &case["expect"];
        let reached = !headers(&answer, "x-inner").is_empty();
        assert_eq!(reached, expect["short_circuit"] == false, "{name}: {answer}");
        if let Some(statuses) = expect["status_in"].as_array() {
            assert!(
                statuses.iter().any(|allowed| *allowed == status(&answer).parse::<u16>().unwrap()),
                "{name}: {answer}"
            );
        }
        for (header, values) in expect["headers"].as_object().expect("headers") {
            let found = headers(&answer, &format!("{header}:"));
            let bare = |text: &str| text.replace(' ', "");
            let allowed = values.as_array().unwrap().iter().any(|value| {
                let line = format!("{header}:{}", value.as_str().unwrap());
                found.len() == 1 && bare(&found[0]) == bare(&line)
            });
            assert!(allowed, "{name}: {header} is none of {values} in {answer}");
        }
        for header in expect["absent"].as_array().expect("names") {
            let found = headers(&answer, &format!("{}:", header.as_str().unwrap()));
            assert!(found.is_empty(), "{name}: {answer}");
        }
    }
}

fn filter(origin: &str) -> String {
    format!("[{{type: CORS, cors: {{allowOrigins: ['{origin}']}}}}]")
}

fn allow_origin(answer: &str) -> Vec<String> {
    headers(answer, "access-control-allow-origin")
}

#[test]
fn a_change_on_disk_takes_effect_while_requests_go_on() {
    let rules =
        |origin: &str| format!("[{{filters: {}, backendRefs: [{{name: b}}]}}]", filter(origin));
    let both = "[{filters: [{type: CORS, cors: {allowOrigins: ['https://b.example', \
                'https://example.com']}}], backendRefs: [{name: b}]}]";
    let folder = Folder::new().with("a.yaml", &route("a", &rules("https://example.com")));
    let inner = upstream(Router::new().fallback(any(|| async { "inner" })));
    let gateway = Gateway::start(folder.as_str(), &["--upstream", &inner]);
    let until = |what: &str, holds: &dyn Fn(&str) -> bool| {
        let end = Instant::now() + PATIENCE;
        loop {
            let answer = gateway.send("GET /", &[("Origin", "https://b.example")]);
            assert_eq!(status(&answer), "200", "{what}");
            if holds(&answer) {
                return;
            }
            assert!(Instant::now() < end, "{what}: {answer}");
            thread::sleep(Duration::from_millis(20));
        }
    };
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        // An origin that every table but one allows, and never another.
        let (url, stop) = (gateway.url.clone(), &stop);
        let requests = scope.spawn(move || {
            let mut count = 0;
            while !stop.load(Ordering::Relaxed) {
                let answer = send_to(&url, "GET /", &[ALLOWED]);
                assert_eq!(status(&answer), "200", "{answer}");
                let allowed = allow_origin(&answer);
                assert!(
                    allowed.is_empty()
                        || allowed == ["access-control-allow-origin: https://example.com"],
                    "{answer}"
                );
                count += 1;
            }
            count
        });
        until("the first table", &|answer| allow_origin(answer).is_empty());
        folder.write("a.yaml", &route("a", both));
        until("a changed file", &|answer| !allow_origin(answer).is_empty());
        // A broken one keeps the old table, and says what is wrong where.
        folder.write("a.yaml", &route("a", &rules("b.example")));
        let errors = gateway.errors_until("serving the old ones");
        let wanted = "error: HTTPRoute default/a: spec.rules[0].filters[0].cors.allowOrigins[0]: \
                      \"b.example\" has no scheme";
        assert!(errors.iter().any(|line| line.starts_with(wanted)), "{errors:?}");
        until("a broken file", &|answer| !allow_origin(answer).is_empty());
        folder.write("a.yaml", &route("a", &rules("https://example.com")));
        until("a mended file", &|answer| allow_origin(answer).is_empty());
        // An exact host comes first.
        let added = route(
            "b",
            &format!(
                "[{{matches: [{{path: {{type: Exact, value: /}}}}], filters: {}, backendRefs: [{{name: b}}]}}]",
                filter("https://b.example")
            ),
        );
        folder.write("b.yaml", &added);
        until("an added file", &|answer| !allow_origin(answer).is_empty());
        folder.remove("b.yaml");
        until("a removed file", &|answer| allow_origin(answer).is_empty());
        stop.store(true, Ordering::Relaxed);
        assert!(requests.join().expect("no request fails") > 10);
    });
}

/// A mounted ConfigMap, a repository that a tool checks out anew: nothing in the folder itself
/// changes then, or there is another of its name.
#[cfg(unix)]
#[test]
fn changes_behind_links_and_of_the_folder_itself_take_effect() {
    use std::fs;
    use std::os::unix::fs::symlink;

    let folder = Folder::new();
    let path = |name: &str| format!("{}/{name}", folder.as_str());
    let write = |file: &str, origin: &str| {
        let rules = format!("[{{filters: {}, backendRefs: [{{name: b}}]}}]", filter(origin));
        fs::write(path(file), route("a", &rules)).expect("the manifest is written");
    };
    for (file, origin) in [("v1", "a"), ("v2", "b"), ("linked", "a")] {
        fs::create_dir(path(file)).expect("a folder");
        write(&format!("{file}/route.yaml"), &format!("https://{origin}.example"));
    }
    fs::create_dir(path("links")).expect("a folder");
    symlink("v1", path("current")).expect("a link");
    symlink("../linked/route.yaml", path("links/route.yaml")).expect("a link");
    let allows = |gateway: &Gateway, origin: &str| {
        let end = Instant::now() + PATIENCE;
        while allow_origin(&gateway.send("GET /get", &[("Origin", origin)])).is_empty() {
            assert!(Instant::now() < end, "{origin} is not allowed");
            thread::sleep(Duration::from_millis(20));
        }
    };

    let gateway = Gateway::start(&path("current"), &[]);
    allows(&gateway, "https://a.example");
    symlink("v2", path("next")).expect("a link");
    fs::rename(path("next"), path("current")).expect("the link is replaced");
    allows(&gateway, "https://b.example");

    let gateway = Gateway::start(&path("links"), &[]);
    allows(&gateway, "https://a.example");
    write("linked/route.yaml", "https://bb.example");
    allows(&gateway, "https://bb.example");

    let gateway = Gateway::start(&path("v1"), &[]);
    allows(&gateway, "https://a.example");
    fs::remove_dir_all(path("v1")).expect("the folder is removed");
    gateway.errors_until("serving the old ones");
    fs::create_dir(path("v1")).expect("a folder");
    write("v1/route.yaml", "https://b.example");
    allows(&gateway, "https://b.example");
}

#[test]
fn manifests_may_be_json() {
    let json = r#"{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
        "metadata": {"name": "a"}, "spec": {"parentRefs": [{"name": "web"}], "rules": [
	{"filters": [{"type": "CORS", "cors": {"allowOrigins": ["https://example.com"]}}],
	 "backendRefs": [{"name": "b"}]}]}}"#;
    let folder = Folder::new().with("a.json", json);
    let gateway = Gateway::start(folder.as_str(), &[]);
    let granted = ["access-control-allow-origin: https://example.com"];
    assert_eq!(cors(&gateway.send("GET /get", &[ALLOWED])), granted);
    let folder = Folder::new().with("a.json", "{");
    let (code, message) = refused(folder.as_str(), &[]);
    assert_eq!(code, Some(1), "{message}");
    assert!(message.contains("a.json: EOF while parsing"), "{message}");
}

#[test]
fn a_backends_filter_holds_for_the_requests_that_go_there() {
    let one = upstream(Router::new().fallback(any(|| async { ([("x-backend", "one")], "") })));
    let two = upstream(Router::new().fallback(any(|| async { ([("x-backend", "two")], "") })));
    let rules = "[{filters: [{type: CORS, cors: {allowOrigins: ['https://example.com', \
                 'https://rule.example'], allowMethods: [PUT, DELETE], maxAge: 60}}], backendRefs: [\
                 {name: one, weight: 1}, {name: two, weight: 1, filters: [{type: CORS, cors: \
                 {allowOrigins: ['https://example.com'], allowMethods: [PUT], maxAge: 30, \
                 exposeHeaders: [x-two]}}]}, {name: three, weight: 0, filters: [{type: CORS, cors: {}}]}]}]";
    let folder = Folder::new().with("route.yaml", &route("split", rules));
    let backends = [format!("one={one}"), format!("default/two={two}")];
    let options = ["--backend", &backends[0], "--backend", &backends[1]];
    let gateway = Gateway::start(folder.as_str(), &options);
    let mut seen = [0, 0];
    for _ in 0..60 {
        for origin in ["https://example.com", "https://rule.example"] {
            let answer = gateway.send("GET /", &[("Origin", origin)]);
            let allow = format!("access-control-allow-origin: {origin}");
            let (index, expected) = match headers(&answer, "x-backend").first().map(String::as_str)
            {
                Some("x-backend: one") => (0, vec![allow]),
                Some("x-backend: two") if origin == "https://rule.example" => (1, vec![]),
                Some("x-backend: two") => {
                    (1, vec![allow, "access-control-expose-headers: x-two".into()])
                }
                _ => panic!("{answer}"),
            };
            assert_eq!(cors(&answer), expected, "{answer}");
            seen[index] += 1;
        }
    }
    assert!(seen.iter().all(|count| *count > 10), "{seen:?}");
    // What both allow.
    let preflight = |origin| gateway.send("OPTIONS /", &[("Origin", origin), (ACRM, "PUT")]);
    let expected = [
        "access-control-allow-methods: PUT",
        "access-control-allow-origin: https://example.com",
        "access-control-max-age: 30",
    ];
    assert_eq!(cors(&preflight("https://example.com")), expected);
    assert_eq!(cors(&preflight("https://rule.example")), [""; 0]);
}

#[test]
fn an_upstream_that_fails_is_answered_with_cors_headers() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let slow = format!("http://{}", silent.local_addr().unwrap());
    let closed = {
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", gone.local_addr().unwrap())
    };
    for (upstream, expected) in [(&slow, "504"), (&closed, "502")] {
        let options = ["--upstream", upstream, "--upstream-timeout", "1"];
        let gateway = Gateway::start(DEFAULT, &options);
        let answer = gateway.send("GET /headers", &[ALLOWED]);
        assert_eq!((status(&answer), cors(&answer)), (expected, to_strings(&GRANTED)));
        let answer = gateway.send("GET /headers", &[DENIED]);
        assert_eq!((status(&answer), cors(&answer)), (expected, vec![]));
        if expected == "502" {
            // Why, down to what the operating system says.
            let line = gateway.errors_until(upstream).pop().unwrap_or_default();
            assert!(line.contains("refused"), "{line}");
        }
    }
    // It was not asked to switch, and what follows would be no HTTP.
    let switching = raw_upstream("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nraw");
    let gateway = Gateway::start(DEFAULT, &["--upstream", &switching]);
    let upgrade = [ALLOWED, ("Upgrade", "x")];
    let answer = gateway.send("GET /headers", &upgrade);
    assert_eq!((status(&answer), cors(&answer)), ("502", to_strings(&GRANTED)));
}

/// An upstream that gives this answer to whatever it is sent.
fn raw_upstream(answer: &'static str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    url
}

#[test]
fn what_has_no_route_or_no_host_is_refused() {
    let gateway = Gateway::start(DEFAULT, &[]);
    let other = tower_cors_running::send(
        &gateway.url,
        "GET / HTTP/1.1",
        &[("Host", "other.example"), ALLOWED],
    );
    assert_eq!((status(&other), cors(&other)), ("404", vec![]));
    let two = [("Host", "www.example.com"), ("Host", "other.example"), ALLOWED];
    let two = tower_cors_running::send(&gateway.url, "GET / HTTP/1.1", &two);
    assert_eq!((status(&two), cors(&two)), ("400", vec![]));
    let odd = [("Host", "www.example.com\";for=x"), ALLOWED];
    assert_eq!(status(&tower_cors_running::send(&gateway.url, "GET / HTTP/1.1", &odd)), "400");
    // The target's own host counts more than the header.
    let absolute = "GET http://www.example.com/get HTTP/1.1";
    let absolute =
        tower_cors_running::send(&gateway.url, absolute, &[("Host", "other.example"), ALLOWED]);
    assert_eq!((status(&absolute), cors(&absolute)), ("200", to_strings(&GRANTED)));
    assert!(absolute.contains(r#""host":["www.example.com"]"#), "{absolute}");
}

#[test]
fn a_client_that_never_ends_its_head_is_left() {
    let gateway = Gateway::start(DEFAULT, &[]);
    let mut stream = TcpStream::connect(gateway.url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(b"GET /get HTTP/1.1\r\nHost: www.example.com\r\n").unwrap();
    assert_eq!(stream.read(&mut [0; 64]).expect("the connection is closed"), 0);
}

#[test]
fn hop_by_hop_headers_stay_and_forwarded_ones_are_the_gateways() {
    let gateway = Gateway::start(DEFAULT, &[]);
    let sent = [
        ("Connection", "keep-alive, x-private"),
        ("X-Private", "1"),
        ("Keep-Alive", "timeout=5"),
        ("Proxy-Authorization", "Basic eA=="),
        ("Upgrade", "websocket"),
        ("TE", "gzip, trailers"),
        ("X-Forwarded-For", "203.0.113.9"),
        ("Forwarded", "for=203.0.113.9"),
        ("X-Kept", "1"),
    ];
    let seen = |gateway: &Gateway| -> Value {
        let answer = gateway.send("GET /headers", &sent);
        let body = answer.split("\r\n\r\n").nth(1).expect("a body");
        serde_json::from_str::<Value>(body).expect("JSON")["headers"].clone()
    };
    let headers = seen(&gateway);
    for gone in ["connection", "x-private", "keep-alive", "proxy-authorization", "upgrade"] {
        assert!(headers.get(gone).is_none(), "{gone} in {headers}");
    }
    assert_eq!(headers["te"][0], "trailers");
    assert_eq!(headers["x-kept"][0], "1");
    assert_eq!(headers["host"][0], "www.example.com");
    assert_eq!(headers["x-forwarded-for"][0], "127.0.0.1");
    assert_eq!(headers["x-forwarded-host"][0], "www.example.com");
    assert_eq!(headers["x-forwarded-proto"][0], "http");
    assert_eq!(headers["forwarded"][0], r#"for=127.0.0.1;host="www.example.com";proto=http"#);
    let trusting = seen(&Gateway::start(DEFAULT, &["--trust-forwarded"]));
    assert_eq!(trusting["x-forwarded-for"][0], "203.0.113.9, 127.0.0.1");
    assert!(trusting["forwarded"][0].as_str().unwrap().starts_with("for=203.0.113.9, for=127"));
    // HTTP/2 sends a line for each cookie; in HTTP/1.1 there is one.
    let answer = gateway.send("GET /headers", &[("Cookie", "a=1"), ("Cookie", "b=2; c=3")]);
    assert!(answer.contains(r#""cookie":["a=1; b=2; c=3"]"#), "{answer}");
    let answer = gateway.send("GET /response-headers?connection=x-inner&x-inner=1&x-end=2", &[]);
    assert_eq!(tower_cors_running::headers(&answer, "x-"), ["x-end: 2"], "{answer}");
}

#[test]
fn bodies_stream_both_ways() {
    // The upstream sends back each piece as it comes.
    let echo = upstream(Router::new().fallback(any(|request: axum::extract::Request| async {
        axum::body::Body::from_stream(request.into_body().into_data_stream())
    })));
    let gateway = Gateway::start(DEFAULT, &["--upstream", &echo]);
    let mut stream = TcpStream::connect(gateway.url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = "POST /post HTTP/1.1\r\nHost: www.example.com\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut received = String::new();
    for piece in ["first", "second", "third"] {
        // The next piece is sent only when this one has come back.
        stream.write_all(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes()).unwrap();
        while !received.contains(piece) {
            let mut buffer = [0; 1024];
            let length = stream.read(&mut buffer).expect("the piece comes back");
            assert!(length > 0, "the connection ended after {received}");
            received += &String::from_utf8_lossy(&buffer[..length]);
        }
    }
    stream.write_all(b"0\r\n\r\n").unwrap();
}

#[test]
fn where_a_header_chooses_the_policy_vary_names_it() {
    let rules = format!(
        "[{{matches: [{{headers: [{{name: x-tenant, value: a}}]}}], filters: {}, \
         backendRefs: [{{name: b}}]}}, {{filters: {}, backendRefs: [{{name: b}}]}}]",
        filter("https://a.example"),
        filter("https://b.example")
    );
    let folder = Folder::new().with("route.yaml", &route("tenants", &rules));
    let gateway = Gateway::start(folder.as_str(), &[]);
    let tenant = ("x-tenant", "a");
    for (request, allowed) in [
        (&[("Origin", "https://a.example"), tenant][..], true),
        (&[("Origin", "https://b.example"), tenant], false),
        (&[("Origin", "https://b.example")], true),
        (&[("Origin", "https://a.example")], false),
        (&[], false),
    ] {
        let answer = gateway.send("GET /get", request);
        assert_eq!(!allow_origin(&answer).is_empty(), allowed, "{request:?}: {answer}");
        assert_eq!(headers(&answer, "vary"), ["vary: origin, x-tenant"], "{request:?}");
    }
}

#[test]
fn all_errors_of_all_files_are_told_at_once() {
    let folder = Folder::new()
        .with(
            "a.yaml",
            &format!(
                "{}---\n# nothing\n---\n{}",
                route(
                    "a",
                    "[{filters: [{type: CORS, cors: {allowOrigins: [a.example], maxage: 5}}]}]"
                ),
                "{apiVersion: v1, kind: Service, metadata: {name: s}}\n"
            ),
        )
        .with("b.yaml", &route("b", "[{filters: [{type: CORS, cors: {maxAge: '5'}}]}]"))
        .with("c.yaml", "kind: [");
    let (code, message) = refused(folder.as_str(), &[]);
    assert_eq!(code, Some(1), "{message}");
    for part in [
        "HTTPRoute default/a: spec.rules[0].filters[0].cors.allowOrigins[0]: \"a.example\" has no scheme",
        "HTTPRoute default/a: spec.rules[0].filters[0].cors.maxage: is no field of a CORS filter",
        "HTTPRoute default/b: spec.rules[0].filters[0].cors.maxAge: is the text \"5\"; write a whole number",
        "c.yaml: ",
    ] {
        assert!(message.contains(part), "{part} is not in {message}");
    }
}

#[test]
fn kinds_that_are_not_read_are_listed() {
    let folder = Folder::new().with(
        "a.yaml",
        &format!(
            "{}---\n{}",
            "{apiVersion: v1, kind: Service, metadata: {name: s}}\n---\n\
             {apiVersion: gateway.networking.k8s.io/v1, kind: GRPCRoute, metadata: {name: g, namespace: ns}}\n",
            route("a", "[{backendRefs: [{name: b}]}]")
        ),
    );
    let gateway = Gateway::start(folder.as_str(), &[]);
    assert_eq!(gateway.errors_until("not read"), ["not read: GRPCRoute ns/g"]);
}

#[test]
fn a_hostile_manifest_ends_in_an_error_or_a_table() {
    let origins: Vec<String> = (0..100_000).map(|n| format!("'https://a{n}.example'")).collect();
    let many = format!(
        "[{{filters: [{{type: CORS, cors: {{allowOrigins: [{}]}}}}]}}]",
        origins.join(", ")
    );
    let long = route("long", &format!("[{{name: '{}'}}]", "x".repeat(10 << 20)));
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, before) in ('b'..='j').zip('a'..) {
        bomb += &format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 9].join(", "));
    }
    for (name, text, wanted) in [
        ("many", route("many", &many), Some("has 100000 entries; write 64 at most")),
        ("deep", format!("kind: {}", "[".repeat(100_000)), Some("deep.yaml: ")),
        ("maps", format!("{}x", "{a: ".repeat(5_000)), Some("maps.yaml: ")),
        ("bomb", bomb, Some("bomb.yaml: ")),
        ("long", long, None),
    ] {
        let folder = Folder::new().with(&format!("{name}.yaml"), &text);
        match wanted {
            Some(wanted) => {
                let (code, message) = refused(folder.as_str(), &[]);
                assert_eq!(code, Some(1), "{name}: {message}");
                assert!(message.contains(wanted), "{name}: {message:.2000}");
                assert!(message.len() < 10_000, "{name}: {} bytes", message.len());
            }
            None => drop(Gateway::start(folder.as_str(), &[])),
        }
    }
}

#[test]
fn options_that_cannot_be_are_refused() {
    let gateway = Gateway::start(DEFAULT, &[]);
    let (_, port) = gateway.url.rsplit_once(':').expect("a port");
    let (code, message) = refused(DEFAULT, &["--port", port]);
    assert_eq!(code, Some(1), "{message}");
    assert!(message.contains(&format!("error: port {port} is in use; ")), "{message}");
    let (code, message) = refused("/nowhere", &[]);
    assert_eq!(code, Some(1), "{message}");
    assert!(message.starts_with("error: cannot watch /nowhere: "), "{message}");
    for wrong in [["--upstream", "localhost:80"], ["--backend", "httpbin"]] {
        assert_eq!(refused(DEFAULT, &wrong).0, Some(2));
    }
}
