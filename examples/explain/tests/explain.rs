//! The example `explain`, run as its users run it, and the commands of `docs/troubleshooting.md`.

#[path = "explain/page.rs"]
mod page;

use std::process::{Command, Output};

use serde_json::Value;

const ORDERS: &str = "tests/data/explain/orders.yaml";
const MANIFESTS: &str = "examples/gateway/manifests";
const SHOP: &str = "Origin: http://localhost:5173";
const URL: &str = "http://localhost:8080/orders/7";

/// Paths on the command line are those of the repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_explain"))
}

/// What a run printed, below its command.
#[derive(Default)]
struct Runs(String);

impl Runs {
    fn add(&mut self, code: i32, arguments: &[&str]) {
        let output = run(arguments);
        let shown = arguments.iter().map(|argument| match argument.contains([' ', ';', '*']) {
            true => format!("'{argument}'"),
            false => (*argument).to_owned(),
        });
        let command = shown.collect::<Vec<_>>().join(" ");
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        let ended = output.status.code();
        assert_eq!(ended, Some(code), "explain {command}\n{out}{err}");
        assert!(!out.contains('\u{1b}') && !err.contains('\u{1b}'), "colours in {command}");
        assert!(!out.contains("secret"), "credentials in {command}");
        self.0 += &format!("$ explain {command}\n{out}{err}status {code}\n\n");
    }
}

fn run(arguments: &[&str]) -> Output {
    let mut command = program();
    command.current_dir(ROOT).args(arguments);
    command.env_remove("CLICOLOR_FORCE").output().expect("the example runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn json(arguments: &[&str]) -> Value {
    let output = run(&[arguments, &["--json"]].concat());
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", text(&output.stdout), text(&output.stderr)))
}

#[test]
fn requests() {
    let mut runs = Runs::default();
    let json = "Content-Type: application/json";
    runs.add(0, &[ORDERS, "-X", "PUT", "-H", SHOP, "-H", json, URL]);
    runs.add(1, &[ORDERS, "-X", "DELETE", "-H", SHOP, "-H", "X-Other: 1", URL]);
    runs.add(1, &[ORDERS, "-H", "Origin: https://localhost:5173", URL]);
    runs.add(0, &[ORDERS, "-H", SHOP, "-d", "count=1", URL]);
    runs.add(0, &[ORDERS, "-H", SHOP, "-H", "Cookie: id=secret", URL]);
    runs.add(0, &[ORDERS, "-X", "POST", "-H", "Origin: http://localhost:8080", URL]);
    runs.add(0, &[ORDERS, URL]);
    insta::assert_snapshot!("requests", runs.0);
}

#[test]
fn what_no_browser_sends() {
    let mut runs = Runs::default();
    runs.add(1, &[ORDERS, "-H", SHOP, "-H", SHOP, URL]);
    runs.add(1, &[ORDERS, "-H", "Origin: http://localhost:5173/", URL]);
    runs.add(1, &[ORDERS, "-X", "TRACE", "-H", SHOP, URL]);
    let acrm = "Access-Control-Request-Method: PUT";
    runs.add(0, &[ORDERS, "-X", "OPTIONS", "-H", SHOP, "-H", acrm, URL]);
    let other = "Access-Control-Request-Method: PATCH";
    runs.add(1, &[ORDERS, "-X", "OPTIONS", "-H", SHOP, "-H", other, URL]);
    insta::assert_snapshot!("no_browser", runs.0);
}

#[test]
fn manifests() {
    let mut runs = Runs::default();
    let (origin, url) = ("Origin: https://example.com", "http://www.example.com/headers");
    runs.add(0, &[MANIFESTS, "-H", origin, url]);
    runs.add(1, &[MANIFESTS, "-X", "PUT", "-H", origin, url]);
    let file = "examples/gateway/manifests/policy.yaml";
    // No route, so no policy: the service answers 200 and says nothing of CORS.
    runs.add(1, &[file, "-H", origin, url]);
    insta::assert_snapshot!("manifests", runs.0);
}

#[test]
fn bad_input() {
    let mut runs = Runs::default();
    let mistakes = "tests/data/explain/mistakes.yaml";
    runs.add(2, &[mistakes, "-X", "P T", "-H", "Origin", "-H", "a b: c", "http://[::1"]);
    runs.add(2, &["nowhere.yaml", "--har", "nowhere.har"]);
    runs.add(2, &[ORDERS, "--har", ORDERS]);
    runs.add(2, &[ORDERS, "--har", "tests/data/explain/mistakes.har"]);
    runs.add(2, &["Cargo.toml", "ftp://localhost/"]);
    insta::assert_snapshot!("bad_input", runs.0);
}

#[test]
fn files_saved_by_browsers() {
    let mut runs = Runs::default();
    let chromium = "tests/data/har/chromium.har";
    runs.add(1, &[ORDERS, "--har", chromium]);
    insta::assert_snapshot!("har", runs.0);

    let firefox = text(&run(&[ORDERS, "--har", "tests/data/har/firefox.har"]).stdout);
    // What Firefox does not save: that it kept a response from the script.
    let known = "the request has credentials, so that is what counts\n";
    assert_eq!(text(&run(&[ORDERS, "--har", chromium]).stdout).replace(known, ""), firefox);

    let har = json(&[ORDERS, "--har", chromium]);
    let entries = har["entries"].as_array().expect("entries");
    let allowed: Vec<_> = entries.iter().map(|entry| &entry["policy"]["allowed"]).collect();
    assert_eq!(allowed, [true, true, true, false, true]);
    let server: Vec<_> = entries.iter().map(|entry| &entry["server"]["refusal"]).collect();
    assert_eq!(server[2], "access-control-allow-headers does not have x-client");
    assert_eq!(entries[3]["parts"][0]["differences"][0]["what"], "status");
}

#[test]
fn json_has_the_change_and_the_changed_config() {
    let refused = json(&[ORDERS, "-X", "DELETE", "-H", SHOP, URL]);
    assert_eq!(refused["allowed"], false);
    let remedy = &refused["preflight"]["remedy"];
    assert_eq!(remedy["edits"][0], r#"add "DELETE" to allowMethods"#);
    assert_eq!(remedy["config"]["allowMethods"], serde_json::json!(["PUT", "DELETE"]));
    assert_eq!(refused["preflight"]["sections"]["method"], "DELETE\nnot in allowMethods (PUT)");
    assert_eq!(refused["preflight"]["answer"]["status"], 204);
    let never = json(&[ORDERS, "-H", "Origin: null", URL]);
    assert!(never["request"]["remedyWithCredentials"]["never"].is_string(), "{never}");
    let allowed = json(&[ORDERS, "-H", SHOP, URL]);
    assert_eq!((&allowed["allowed"], &allowed["refusal"]), (&true.into(), &Value::Null));
}

/// By the Fetch standard, to the byte.
#[test]
fn a_preflight_is_sent_when_a_browser_sends_one() {
    let asks = |arguments: &[&str]| {
        let answer = json(&[&[ORDERS, "-H", SHOP, URL], arguments].concat());
        answer["preflight"]["sections"]["headers"].as_str().map(str::to_owned)
    };
    let value = |length: usize| format!("Accept: {}", "a".repeat(length));
    for simple in [
        &["-X", "HEAD"][..],
        &["-X", "post"],
        &["-H", "Content-Type: text/plain;charset=utf-8"],
        &["-H", "Content-Type: Multipart/Form-Data; boundary=x"],
        &["-H", "Accept-Language: de, en;q=0.5"],
        &["-H", "Range: bytes=0-99"],
        &["-H", &value(128)],
        &["-H", "Cookie: a=b", "-H", "Sec-Fetch-Mode: cors", "-H", "Referer: x"],
    ] {
        assert_eq!(asks(simple), None, "{simple:?}");
    }
    for asked in [
        &["-X", "PUT"][..],
        &["-X", "patch"],
        &["-H", "Content-Type: application/json"],
        &["-H", "Content-Type: text/plain; x=\"y\""],
        &["-H", "Range: bytes=-5"],
        &["-H", &value(129)],
        &["-H", "Authorization: Basic eDp5"],
    ] {
        assert!(asks(asked).is_some(), "{asked:?}");
    }
}

#[test]
fn colours_are_for_terminals() {
    let mut command = program();
    command.current_dir(ROOT).args([ORDERS, "-H", SHOP, URL]);
    let forced = text(&command.env("CLICOLOR_FORCE", "1").output().expect("it runs").stdout);
    assert!(forced.contains("\u{1b}[1m\u{1b}[32mGET request: allowed\u{1b}[0m"), "{forced:?}");
    // Runs::add holds that there are none without a terminal.
    let plain = text(&run(&[ORDERS, "-H", SHOP, URL]).stdout);
    let mut stripped = forced;
    while let Some(start) = stripped.find('\u{1b}') {
        let end = stripped[start..].find('m').expect("the escape's end");
        stripped.replace_range(start..=start + end, "");
    }
    assert_eq!(stripped, plain);
}
