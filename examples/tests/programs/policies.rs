//! The examples of policies and of observing them, end to end: the programs as their users run
//! them, over TCP.

use std::fs;
use std::path::Path;
use std::process::Command;

use tower_cors_oracle::fetch_client::{Client, Credentials};
use tower_cors_running::{
    Folder, Running, body, cors, fetch, headers, refused, send, server, status, with_body,
};

use crate::example;

const APP: &str = "https://app.example.com";
const OTHER: &str = "https://elsewhere.example";

fn start(name: &str, options: &[&str]) -> Running {
    Running::start(command(name).args(options))
}

fn command(name: &str) -> Command {
    let mut command = example(name);
    command.args(["--port", "0"]);
    command
}

fn allowed_origin(answer: &str) -> Option<String> {
    let found = headers(answer, "access-control-allow-origin: ");
    assert!(found.len() < 2, "{answer}");
    found.first().and_then(|line| line.split_once(": ")).map(|(_, origin)| origin.to_owned())
}

fn origin_of(running: &Running, path: &str, origin: &str) -> Option<String> {
    allowed_origin(&running.send(&format!("GET {path}"), &[("Origin", origin)]))
}

const PREFLIGHT_VARY: &str =
    "vary: origin, access-control-request-method, access-control-request-headers";

#[test]
fn routes_have_policies_of_their_own() {
    let routes = start("routes", &[]);
    let answer = routes.preflight("/items/7", APP, "PUT");
    assert_eq!(status(&answer), "204");
    let granted = [
        "access-control-allow-credentials: true",
        "access-control-allow-methods: PUT",
        "access-control-allow-origin: https://app.example.com",
        PREFLIGHT_VARY,
    ];
    assert_eq!(cors(&answer), granted);
    let answer = routes.send("PUT /items/7", &[("Origin", APP)]);
    assert_eq!((body(&answer), allowed_origin(&answer).as_deref()), ("saved", Some(APP)));
    let denied = routes.preflight("/items/7", OTHER, "PUT");
    assert_eq!((status(&denied), allowed_origin(&denied)), ("403", None));

    // `PUT` has no handler there, and no preflight needs one.
    let answer = routes.preflight("/public/images/logo.svg", OTHER, "PUT");
    assert_eq!((status(&answer), allowed_origin(&answer).as_deref()), ("204", Some("*")));
    assert_eq!(origin_of(&routes, "/public/logo.svg", OTHER).as_deref(), Some("*"));

    for path in ["/", "/no/route"] {
        let answer = routes.preflight(path, APP, "GET");
        assert_eq!((status(&answer), allowed_origin(&answer).as_deref()), ("204", Some(APP)));
        assert_eq!(headers(&answer, "access-control-allow-credentials"), [""; 0], "the default");
        assert_eq!(status(&routes.preflight(path, OTHER, "GET")), "403");
        assert_eq!(origin_of(&routes, path, APP).as_deref(), Some(APP));
    }

    let answer = routes.preflight("/hook", APP, "POST");
    assert_eq!((status(&answer), cors(&answer)), ("405", vec![]), "axum answers");
    let answer = routes.send("POST /hook", &[("Origin", APP)]);
    assert_eq!((body(&answer), cors(&answer)), ("received", vec![]));
}

#[test]
fn audiences_are_told_apart_by_one_file() {
    let audiences = start("audiences", &[]);
    let cookie = ("Cookie", "session=ada");
    for origin in [APP, "https://pr-7.staging.example.com"] {
        let answer = audiences.send("GET /profile", &[("Origin", origin), cookie]);
        let granted = [
            "access-control-allow-credentials: true".to_owned(),
            format!("access-control-allow-origin: {origin}"),
            "access-control-expose-headers: x-request-id".to_owned(),
            "vary: origin".to_owned(),
        ];
        assert_eq!((body(&answer), cors(&answer)), ("signed in: ada", granted.to_vec()));
        let answer = audiences.preflight("/profile", origin, "PUT");
        let lists =
            ["access-control-allow-headers: content-type", "access-control-allow-methods: PUT"];
        assert_eq!(headers(&answer, "access-control-allow-")[1..3], lists);
        assert_eq!(headers(&answer, "access-control-max-age"), ["access-control-max-age: 600"]);
    }
    let answer = audiences.send("GET /profile", &[("Origin", OTHER)]);
    let granted = [
        "access-control-allow-credentials: false",
        "access-control-allow-origin: *",
        "access-control-expose-headers: ",
        "vary: origin",
    ];
    assert_eq!((body(&answer), cors(&answer)), ("anonymous", granted.map(String::from).to_vec()));
    let answer = audiences.preflight("/profile", OTHER, "PUT");
    let granted =
        ["access-control-allow-origin: *", "access-control-max-age: 3600", PREFLIGHT_VARY];
    assert_eq!((status(&answer), cors(&answer)), ("204", granted.map(String::from).to_vec()));
    assert_eq!(cors(&audiences.send("GET /profile", &[])), ["vary: origin"]);

    // What a browser makes of it.
    let get = |origin, credentials| {
        let fetch = fetch(&audiences, origin, "/profile").credentials(credentials);
        Client::new().fetch(&mut server(&audiences), &fetch).verdict.is_readable()
    };
    let put = |origin| {
        let fetch = fetch(&audiences, origin, "/profile").method("PUT");
        Client::new().fetch(&mut server(&audiences), &fetch).verdict.is_readable()
    };
    for (origin, ours) in [(APP, true), (OTHER, false), ("null", false)] {
        assert!(get(origin, Credentials::Omit), "{origin}");
        assert_eq!((get(origin, Credentials::Include), put(origin)), (ours, ours), "{origin}");
    }

    let folder = Folder::new();
    let broken = "allowOrigins: ['app.example.com', 'https://*']\nallowCredentials: true\n\
                  or: {allowOrigins: ['https://example.com/'], allowMethods: [put]}\n";
    let file = folder.write("policy.yaml", broken);
    let (code, said) = refused(command("audiences").arg("--policy").arg(&file));
    let expected = format!(
        r#"error: in {}:
allowOrigins[0]: "app.example.com" has no scheme; write "https://app.example.com"
allowOrigins[1]: "https://*" lets any website act as the user, because allowCredentials is true; list the origins, or set allowCredentials to false; to allow it all the same, set dangerouslyReflectAnyOrigin to true
or[0].allowOrigins[0]: "https://example.com/" ends with a slash; write "https://example.com"
or[0].allowMethods[0]: "put" is not written as browsers send it; write "PUT"
"#,
        file.display()
    );
    assert_eq!((code, said), (Some(1), expected));
}

#[test]
fn a_reload_takes_what_builds_and_nothing_else() {
    let folder = Folder::new();
    let file = folder.write("policy.yaml", "allowOrigins: ['https://one.example']\n");
    let mut command = command("reload");
    command.args(["--admin-port", "0", "--policy"]).arg(&file).env("ADMIN_TOKEN", "secret");
    let reload = Running::start(&mut command);
    let operators = operators(&reload);
    let allows = |origin| origin_of(&reload, "/", origin).is_some();
    assert!(allows("https://one.example") && !allows("https://two.example"));

    // The file.
    folder.write("policy.yaml", "allowOrigins: ['https://two.example']\n");
    reload.output_until("a new policy is in use");
    assert!(allows("https://two.example") && !allows("https://one.example"));
    folder.write(
        "policy.yaml",
        "allowOrigins: ['two.example', 'https://*']\nallowCredentials: true\n",
    );
    let said = reload.errors_until("allowOrigins[1]");
    assert_eq!(said[0], "the file changed: the old policy stays, because");
    assert!(said[1].starts_with(r#"allowOrigins[0]: "two.example" has no scheme"#), "{said:?}");
    assert!(allows("https://two.example"));
    fs::remove_file(&file).unwrap();
    reload.errors_until("No such file");
    assert!(allows("https://two.example"));

    // The endpoint.
    let put = |authorization: Option<&str>, policy: &str| {
        let lines: Vec<_> =
            authorization.into_iter().map(|value| ("Authorization", value)).collect();
        with_body(&operators, "PUT /cors HTTP/1.1", &lines, policy)
    };
    let three = "allowOrigins: ['https://three.example']\nallowMethods: [GET]\n";
    for wrong in
        [None, Some("Bearer"), Some("Bearer secreT"), Some("Bearer secret1"), Some("Basic secret")]
    {
        let answer = put(wrong, three);
        assert_eq!(status(&answer), "401", "{wrong:?}");
        assert_eq!(headers(&answer, "www-authenticate"), ["www-authenticate: Bearer"]);
    }
    let answer = put(Some("Bearer secret"), "allowOrigins: [three.example]\nallowMethods: [put]\n");
    assert_eq!(
        (status(&answer), body(&answer)),
        (
            "422",
            "allowOrigins[0]: \"three.example\" has no scheme; write \"https://three.example\"\n\
             allowMethods[0]: \"put\" is not written as browsers send it; write \"PUT\"\n"
        )
    );
    let unread = put(Some("Bearer secret"), "allowOrigin: ['https://three.example']\n");
    assert_eq!(status(&unread), "422");
    assert!(body(&unread).contains("allowOrigin"), "{unread}");
    assert!(allows("https://two.example") && !allows("https://three.example"));
    assert!(!file.exists());

    let answer = put(Some("bearer secret"), three);
    assert_eq!(status(&answer), "200");
    let lint =
        "allowMethods[0]: \"GET\" is always allowed, because it is CORS-safelisted; remove it\n";
    assert_eq!(body(&answer), lint);
    assert!(allows("https://three.example") && !allows("https://two.example"));
    assert_eq!(fs::read_to_string(&file).unwrap(), three);
    let shown = send(&operators, "GET /cors HTTP/1.1", &[("Authorization", "Bearer secret")]);
    assert!(body(&shown).contains("https://three.example"), "{shown}");
    assert_eq!(status(&send(&operators, "GET /cors HTTP/1.1", &[])), "401");

    // No page of an allowed origin reaches the operators' endpoint, on either port.
    let asked = [
        ("Origin", "https://three.example"),
        ("Access-Control-Request-Method", "PUT"),
        ("Access-Control-Request-Headers", "authorization"),
    ];
    let answer = send(&operators, "OPTIONS /cors HTTP/1.1", &asked);
    assert_eq!((status(&answer), cors(&answer)), ("401", vec![]));
    assert_eq!(status(&reload.send("PUT /cors", &[("Authorization", "Bearer secret")])), "404");

    // A file that was replaced by the endpoint is watched still.
    folder.write("policy.yaml", "allowOrigins: ['https://four.example']\n");
    reload.wait("the next file", || allows("https://four.example").to_string(), |it| it == "true");
}

#[test]
fn a_reload_needs_a_token_and_a_policy() {
    let folder = Folder::new();
    let file = folder.path("below/policy.yaml");
    let reload = |token: &str| {
        let mut command = command("reload");
        command.args(["--admin-port", "0", "--policy"]).arg(&file).env("ADMIN_TOKEN", token);
        command
    };
    let (code, said) = refused(&mut reload(""));
    let message = "error: set ADMIN_TOKEN to what operators must send as their bearer token\n";
    assert_eq!((code, said.as_str()), (Some(1), message));
    drop(Running::start(&mut reload("secret")));
    assert!(file.exists(), "made");
    fs::write(&file, "allowOrigins: [one.example, two.example]").unwrap();
    let (code, said) = refused(&mut reload("secret"));
    assert_eq!((code, said.lines().count()), (Some(1), 3), "{said}");
}

#[test]
fn a_shadow_counts_what_would_change() {
    let shadow = start("shadow", &[]);
    let differences = || body(&shadow.send("GET /differences", &[])).to_owned();
    assert_eq!(differences(), "");
    let old = "https://old.example.com";
    // The live policy answers, whatever the candidate says.
    assert_eq!(origin_of(&shadow, "/", old).as_deref(), Some(old));
    assert_eq!(origin_of(&shadow, "/", "https://partner.example"), None);
    let said = shadow.output_until("newly allowed");
    assert_eq!(
        said,
        [
            "newly denied: actual request denied: origin https://old.example.com is not in allow_origins",
            "newly allowed: actual request allowed: origin https://partner.example is in \
             allow_origins, without credentials",
        ]
    );
    assert_eq!(status(&shadow.preflight("/", old, "DELETE")), "204");
    // The same answer by another pattern; a denial by both; what is not CORS; what is same-origin.
    assert_eq!(origin_of(&shadow, "/", APP).as_deref(), Some(APP));
    assert_eq!(origin_of(&shadow, "/", OTHER), None);
    let _ = shadow.send("GET /", &[]);
    let _ = shadow.send("PUT /", &[("Host", "old.example.com"), ("Origin", old)]);
    assert_eq!(differences(), "1 newly allowed\n2 newly denied\n");
    // Both allow the preflight, and the lists differ.
    assert_eq!(status(&shadow.preflight("/", APP, "PUT")), "204");
    // The method, and then the method still.
    let answer = shadow.preflight("/", APP, "DELETE");
    assert_eq!(
        headers(&answer, "access-control-allow-methods"),
        ["access-control-allow-methods: PUT,DELETE"]
    );
    // Not one method for the live policy; not an origin for the candidate.
    let _ = shadow.preflight("/", old, "PATCH");
    assert_eq!(
        differences(),
        "1 answered with other headers\n1 denied for another reason\n1 newly allowed\n3 newly denied\n"
    );
}

#[test]
fn a_share_gives_a_path_one_policy_everywhere() {
    const NEW: &str = "https://new.example.com";
    let paths: Vec<String> = (0..200).map(|id| format!("/items/{id}")).collect();
    // Which paths have the new policy: in the preflight, and in the request that it announces.
    let with_new = |percent: &str| -> Vec<bool> {
        let share = start("share", &["--percent", percent]);
        let has_new = |path: &String| {
            let answer = share.preflight(path, NEW, "PUT");
            let allowed = status(&answer) == "204";
            assert_eq!(allowed, allowed_origin(&answer).is_some());
            for request in [format!("PUT {path}"), format!("GET {path}")] {
                let answer = share.send(&request, &[("Origin", NEW), ("Cookie", "user=1")]);
                assert_eq!(allowed_origin(&answer).is_some(), allowed, "{path}");
                // What is granted without credentials to a request with cookies is nobody else's.
                let vary = if allowed { "vary: *" } else { "vary: origin" };
                assert_eq!(headers(&answer, "vary"), [vary]);
            }
            assert_eq!(origin_of(&share, path, APP).as_deref(), Some(APP), "whom both allow");
            allowed
        };
        paths.iter().map(has_new).collect()
    };
    let count = |chosen: &[bool]| chosen.iter().filter(|new| **new).count();
    let quarter = with_new("25");
    // 200 paths, 25 in a hundred: 50, if they were spread evenly.
    assert!((35..=65).contains(&count(&quarter)), "{}", count(&quarter));
    assert_eq!(with_new("25"), quarter, "another server agrees");
    // A browser keeps answers to preflights: it is never told yes first and no then.
    let (share, mut browser) = (start("share", &["--percent", "25"]), Client::new());
    for (path, new) in paths.iter().zip(&quarter) {
        for method in ["GET", "PUT", "PUT"] {
            let fetch = fetch(&share, NEW, path).method(method);
            let outcome = browser.fetch(&mut server(&share), &fetch);
            assert_eq!(outcome.verdict.is_readable(), *new, "{method} {path}");
        }
    }
    let half = with_new("50");
    assert!((80..=120).contains(&count(&half)), "{}", count(&half));
    assert!(
        quarter.iter().zip(&half).all(|(before, after)| *before <= *after),
        "none changes back"
    );
    assert_eq!((count(&with_new("0")), count(&with_new("100"))), (0, 200));
}

#[test]
fn a_report_touches_nothing_and_says_what_would_be_denied() {
    let report = start("report_only", &[]);
    assert_eq!(origin_of(&report, "/", "https://forgotten.example").as_deref(), Some("*"));
    assert_eq!(
        cors(&report.send("GET /", &[])),
        ["access-control-allow-origin: *", "access-control-expose-headers: *"]
    );
    let answer = report.preflight("/", "https://partner.example", "DELETE");
    assert_eq!((status(&answer), allowed_origin(&answer).as_deref()), ("204", Some("*")));
    assert_eq!(
        headers(&answer, "access-control-allow-methods"),
        ["access-control-allow-methods: *"]
    );
    let said = report.output_until("DELETE");
    // One line each, and none for what both allow.
    assert_eq!(
        said,
        [
            r#" INFO tower_cors: report only: actual request denied: origin https://forgotten.example is not in allow_origins cors.kind="actual" cors.outcome="would be denied" cors.reason="origin not allowed" cors.origin=https://forgotten.example"#,
            r#" INFO tower_cors: report only: preflight denied: method DELETE is not in allow_methods (PUT); origin https://partner.example is in allow_origins, without credentials cors.kind="preflight" cors.outcome="would be denied" cors.reason="method not allowed" cors.origin=https://partner.example"#,
        ]
    );
}

/// Typed to a program that was just started, each line shows something of this.
#[test]
fn the_lines_at_the_heads_show_what_they_are_there_for() {
    fn check(running: &Running, head: &str, others: &[(&str, &str)], shown: &[&str]) {
        let answers = running.typed(head, others);
        assert_eq!(answers.len(), shown.len(), "{answers:?}");
        for (answer, shown) in answers.iter().zip(shown) {
            assert!(answer.contains(shown), "{shown:?} is not in {answer}");
        }
    }
    let routes = include_str!("../../routes.rs");
    check(&start("routes", &[]), routes, &[], &["access-control-allow-methods: PUT"]);
    let audiences = include_str!("../../audiences/main.rs");
    let shown = ["signed in: ada", "access-control-allow-origin: *"];
    check(&start("audiences", &[]), audiences, &[], &shown);
    let shadow = include_str!("../../shadow.rs");
    check(&start("shadow", &[]), shadow, &[], &["hello", "1 newly denied"]);
    let share = include_str!("../../share.rs");
    check(&start("share", &["--percent", "25"]), share, &[], &["an item"]);
    let report_only = include_str!("../../report_only.rs");
    check(&start("report_only", &[]), report_only, &[], &["access-control-allow-origin: *"]);

    let folder = Folder::new();
    let mut command = command("reload");
    command.args(["--admin-port", "0", "--policy"]).arg(folder.path("policy.yaml"));
    let reload = Running::start(command.env("ADMIN_TOKEN", "secret"));
    let operators = operators(&reload);
    let head = include_str!("../../reload/main.rs");
    let shown =
        ["access-control-allow-origin: https://app.example.com", "allowMethods[0]", "200 OK"];
    check(&reload, head, &[(":3001", &operators)], &shown);
    assert!(origin_of(&reload, "/", "https://any.example.com").is_some());
}

/// Where the endpoint of `reload` listens.
fn operators(reload: &Running) -> String {
    let url = reload.before.iter().find_map(|line| line.strip_prefix("operators on "));
    url.and_then(|url| url.strip_suffix("/cors")).expect("its address").to_owned()
}

#[test]
fn every_example_is_listed_and_says_how_it_is_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let list = fs::read_to_string(root.join("docs/examples.md")).unwrap();
    let mut missing = Vec::new();
    for entry in fs::read_dir(root.join("examples")).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let (link, run) = match name.strip_suffix(".rs") {
            Some(stem) => (name.clone(), format!("cargo run -p examples --bin {stem}")),
            None if entry.path().join("Cargo.toml").exists() => {
                (format!("{name}/src/main.rs"), format!("cargo run -p {name}"))
            }
            None if entry.path().join("main.rs").exists() => {
                (format!("{name}/main.rs"), format!("cargo run -p examples --bin {name}"))
            }
            // What an example has beside its file.
            None => continue,
        };
        let source = fs::read_to_string(root.join("examples").join(&link)).unwrap();
        let head = source.lines().take_while(|line| line.starts_with("//!"));
        if !head.clone().any(|line| line.contains(&run)) {
            missing.push(format!("{run} at the head of {link}"));
        }
        for wanted in [format!("(../examples/{link})"), run] {
            if !list.contains(&wanted) {
                missing.push(format!("{wanted} in docs/examples.md"));
            }
        }
    }
    assert_eq!(missing, [""; 0]);
}
