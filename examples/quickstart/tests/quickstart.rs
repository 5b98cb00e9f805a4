//! The example `quickstart`, run as its users run it.

use std::process::Command;

use tower_cors_running::{Running, refused, send, status};

const OPTIONS: [&str; 3] = ["--api-port", "--page-port", "--denied-page-port"];

#[test]
fn both_pages_are_served_with_the_calls_of_their_scripts() {
    let quickstart = Quickstart::start();
    for page in [&quickstart.page, &quickstart.denied_page] {
        let answer = send(page, "GET / HTTP/1.1", &[]);
        assert_eq!(status(&answer), "200", "{answer}");
        assert!(answer.contains("content-type: text/html"), "{answer}");
        assert!(answer.contains("<!doctype html>"), "{answer}");
    }
    let allowed = |page| {
        let answer = send(page, "GET /calls.json HTTP/1.1", &[]);
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        let calls: serde_json::Value = serde_json::from_str(body).expect("the calls as JSON");
        assert_eq!(calls["url"], format!("{}/note", quickstart.api));
        let rows = calls["rows"].as_array().expect("rows");
        rows.iter().map(|row| row["allowed"] == true).collect::<Vec<_>>()
    };
    assert_eq!(allowed(&quickstart.page), [true, true, false, false]);
    assert_eq!(allowed(&quickstart.denied_page), [false; 4]);
}

#[test]
fn a_preflight_of_the_allowed_page_is_granted() {
    let quickstart = Quickstart::start();
    let answer = quickstart.preflight(&quickstart.page);
    assert_eq!(status(&answer), "204", "{answer}");
    for line in [
        &format!("access-control-allow-origin: {}", quickstart.page),
        "access-control-allow-methods: PUT",
        "access-control-allow-headers: x-client",
        "access-control-allow-credentials: true",
    ] {
        assert!(answer.lines().any(|found| found == line), "{line} is not in {answer}");
    }
}

#[test]
fn a_preflight_of_the_other_page_is_refused() {
    let quickstart = Quickstart::start();
    let answer = quickstart.preflight(&quickstart.denied_page);
    assert_eq!(status(&answer), "403", "{answer}");
    assert!(!answer.contains("\naccess-control-"), "{answer}");
}

#[test]
fn curl_lines_name_the_ports() {
    let quickstart = Quickstart::start();
    let Quickstart { api, page, denied_page, .. } = &quickstart;
    let curl: Vec<_> =
        quickstart.guide.iter().filter(|line| line.trim().starts_with("curl -i ")).collect();
    assert_eq!(curl.len(), 3, "{:?}", quickstart.guide);
    for (line, origin) in curl.into_iter().zip([page, page, denied_page]) {
        assert!(line.contains(&format!(" {api}/note ")), "{line}");
        assert!(line.contains(&format!("\"Origin: {origin}\"")), "{line}");
    }
}

#[test]
fn a_port_in_use_is_named_with_its_option() {
    let quickstart = Quickstart::start();
    let (_, port) = quickstart.api.rsplit_once(':').expect("a port");
    for taken in OPTIONS {
        let ports = OPTIONS.map(|option| if option == taken { port } else { "0" });
        let (code, stderr) = refused(&mut command(ports));
        assert_eq!(code, Some(1), "{stderr}");
        assert!(stderr.starts_with(&format!("error: port {port} is in use; ")), "{stderr}");
        assert!(stderr.trim_end().ends_with(&format!(" {taken} PORT")), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}

struct Quickstart {
    _running: Running,
    guide: Vec<String>,
    api: String,
    page: String,
    denied_page: String,
}

impl Quickstart {
    fn start() -> Self {
        // Any free ports: no other program can take one between its choice and its use.
        let running = Running::start_until(&mut command(["0"; 3]), "Serving ");
        let guide = running.before.clone();
        let mut pages = guide.iter().filter_map(|line| {
            let address = line.split_whitespace().next()?;
            address.starts_with("http://").then(|| address.to_owned())
        });
        let page = pages.next().expect("the page's address");
        let denied_page = pages.next().expect("the other page's address");
        drop(pages);
        Self { api: running.url.clone(), _running: running, guide, page, denied_page }
    }

    fn preflight(&self, origin: &str) -> String {
        let headers = [
            ("Origin", origin),
            ("Access-Control-Request-Method", "PUT"),
            ("Access-Control-Request-Headers", "x-client"),
        ];
        send(&self.api, "OPTIONS /note HTTP/1.1", &headers)
    }
}

/// The example with these ports, in the options' order.
fn command(ports: [&str; 3]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quickstart"));
    for (option, port) in OPTIONS.into_iter().zip(ports) {
        command.args([option, port]);
    }
    command
}
