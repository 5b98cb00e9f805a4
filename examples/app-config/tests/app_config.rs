//! The example, run as a program.

use std::process::Command;
use tower_cors_running::{Folder, Running, body, headers, refused, status};

/// Any free port, and these variables; the caller's own are not for it.
fn command(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_app-config"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("APP_")) {
        command.env_remove(name);
    }
    command.env("APP_PORT", "0").envs(variables.iter().copied());
    command
}

fn preflight(variables: &[(&str, &str)], origin: &str) -> String {
    Running::start(&mut command(variables)).preflight("/", origin, "PUT")
}

const APP: &str = "https://app.example.com";

#[test]
fn the_policy_is_a_part_of_the_config() {
    let running = Running::start(&mut command(&[("APP_GREETING", "good morning")]));
    assert_eq!(body(&running.send("GET /", &[("Origin", APP)])), "good morning");
    for origin in [APP, "https://www.example.org"] {
        let answer = running.preflight("/", origin, "PUT");
        let granted = [
            "access-control-allow-credentials: true".to_owned(),
            "access-control-allow-methods: PUT".to_owned(),
            format!("access-control-allow-origin: {origin}"),
            "access-control-max-age: 600".to_owned(),
        ];
        assert_eq!(
            (status(&answer), headers(&answer, "access-control-")),
            ("204", granted.to_vec())
        );
    }
}

#[test]
fn a_variable_replaces_one_field() {
    let typed = Running::start(&mut command(&[("APP_CORS__MAX_AGE", "60")]))
        .typed(include_str!("../src/main.rs"), &[]);
    assert!(typed[0].contains("access-control-max-age: 60"), "{typed:?}");
    let answer = preflight(&[("APP_CORS__MAX_AGE", "60")], APP);
    let granted = [
        "access-control-allow-credentials: true",
        "access-control-allow-methods: PUT",
        "access-control-allow-origin: https://app.example.com",
        "access-control-max-age: 60",
    ];
    assert_eq!(headers(&answer, "access-control-"), granted);
    let other = [
        ("APP_CORS__ALLOW_ORIGINS", "https://a.example,https://b.example"),
        ("APP_CORS__MAX_AGE", "1h"),
        ("APP_CORS__ALLOW_CREDENTIALS", "false"),
        ("APP_CORS__DENIED_STATUS", "404"),
    ];
    let running = Running::start(&mut command(&other));
    assert_eq!(status(&running.preflight("/", APP, "PUT")), "404");
    let answer = running.preflight("/", "https://b.example", "PUT");
    let granted = [
        "access-control-allow-methods: PUT",
        "access-control-allow-origin: https://b.example",
        "access-control-max-age: 3600",
    ];
    assert_eq!(headers(&answer, "access-control-"), granted);
    let one = preflight(&[("APP_CORS__ALLOW_ORIGINS", "https://a.example")], "https://a.example");
    assert_eq!(status(&one), "204", "a list of one");
}

#[test]
fn what_is_wrong_keeps_it_from_starting_and_is_told_whole() {
    let folder = Folder::new();
    let text = "port = 0\ngreeting = 'hello'\n[cors]\nallow_origins = ['https://app.example.com', \
                'example.com', 'https://example.com/']\nallow_methods = ['put']\n";
    let file = folder.write("app.toml", text);
    let (code, said) = refused(command(&[]).arg("--config").arg(&file));
    let expected = format!(
        r#"error: in {} or the environment:
cors.allowOrigins[1]: "example.com" has no scheme; write "https://example.com"
cors.allowOrigins[2]: "https://example.com/" ends with a slash; write "https://example.com"
cors.allowMethods[0]: "put" is not written as browsers send it; write "PUT"
"#,
        file.display()
    );
    assert_eq!((code, said), (Some(1), expected));

    for (name, value, wanted) in [
        (
            "APP_CORS__ALLOW_ORIGINS",
            "https://a.example,b.example",
            r#"cors.allowOrigins[1]: "b.example" has no scheme"#,
        ),
        ("APP_CORS__MAX_AGE", "soon", "a number of seconds"),
        ("APP_CORS__MAXAGE", "60", "maxage"),
        ("APP_CORS__ALLOW_CREDENTIALS", "perhaps", "perhaps"),
    ] {
        let (code, said) = refused(&mut command(&[(name, value)]));
        assert!(code == Some(1) && said.contains(wanted), "{name}: {said}");
    }
}
