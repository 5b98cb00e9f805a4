//! The example, run as a program, and its database changed, broken and mended while it runs.

use std::path::Path;
use std::process::Command;

use sqlx::{Connection, SqliteConnection};
use tower_cors_running::{Folder, Running, body, cors, headers, status};

const ACME: &str = "https://app.acme.example";
const UMBRELLA: &str = "https://www.umbrella.example";

fn start(database: &Path, options: &[&str]) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenants"));
    Running::start(command.args(["--port", "0"]).arg("--database").arg(database).args(options))
}

#[tokio::main(flavor = "current_thread")]
async fn execute(database: &Path, statement: &'static str) {
    let url = format!("sqlite://{}", database.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// What a GET of this origin is told, and what a preflight for PUT is.
fn ask(running: &Running, tenant: (&str, &str), origin: &str) -> (Vec<String>, String) {
    let answer = running.send("GET /", &[tenant, ("Origin", origin)]);
    assert_eq!((status(&answer), body(&answer)), ("200", "hello"), "it is no access control");
    let asked = ("Access-Control-Request-Method", "PUT");
    let preflight = running.send("OPTIONS /", &[tenant, ("Origin", origin), asked]);
    let allowed = headers(&answer, "access-control-allow-origin");
    assert_eq!(headers(&preflight, "access-control-allow-origin"), allowed, "{preflight}");
    (cors(&answer), status(&preflight).to_owned())
}

fn denied(vary: &str) -> (Vec<String>, String) {
    (vec![format!("vary: {vary}")], "403".to_owned())
}

fn acme(vary: &str) -> (Vec<String>, String) {
    let lines = [
        "access-control-allow-credentials: true".to_owned(),
        format!("access-control-allow-origin: {ACME}"),
        format!("vary: {vary}"),
    ];
    (lines.to_vec(), "204".to_owned())
}

#[test]
fn the_host_names_the_tenant() {
    let folder = Folder::new();
    let running = start(&folder.path("tenants.sqlite"), &[]);
    let typed = running.typed(include_str!("../src/main.rs"), &[]);
    let told: Vec<bool> = typed.iter().map(|answer| answer.contains("allow-credentials")).collect();
    assert_eq!(told, [true, false], "{typed:?}");
    let host = |name| ("Host", name);
    assert_eq!(ask(&running, host("acme.localhost:3000"), ACME), acme("origin"));
    assert_eq!(ask(&running, host("ACME.localhost"), ACME), acme("origin"));
    assert_eq!(ask(&running, host("acme.localhost"), UMBRELLA), denied("origin"));
    assert_eq!(ask(&running, host("umbrella.localhost"), ACME), denied("origin"));
    let (lines, preflight) = ask(&running, host("umbrella.localhost"), UMBRELLA);
    let expected = [format!("access-control-allow-origin: {UMBRELLA}"), "vary: origin".to_owned()];
    assert_eq!((lines, preflight.as_str()), (expected.to_vec(), "204"));
    let long = format!("{}.localhost", "a".repeat(64));
    let others = ["nobody.localhost", "localhost", ".localhost", "acme.example", "a_b.localhost"];
    for name in others.into_iter().chain([long.as_str()]) {
        assert_eq!(ask(&running, host(name), ACME), denied("origin"), "{name}");
    }
    // The header says nothing here.
    let both = [host("umbrella.localhost"), ("X-Tenant", "acme"), ("Origin", ACME)];
    assert_eq!(cors(&running.send("GET /", &both)), ["vary: origin"]);
    assert_eq!(cors(&running.send("GET /", &[host("acme.localhost")])), ["vary: origin"]);
}

#[test]
fn a_header_that_names_the_tenant_is_in_vary() {
    let folder = Folder::new();
    let running = start(&folder.path("tenants.sqlite"), &["--from", "header"]);
    let tenant = |name| ("X-Tenant", name);
    assert_eq!(ask(&running, tenant("acme"), ACME), acme("origin, x-tenant"));
    for (name, origin) in [("umbrella", ACME), ("acme", UMBRELLA), ("", ACME), ("no one", ACME)] {
        assert_eq!(ask(&running, tenant(name), origin), denied("origin, x-tenant"), "{name}");
    }
    // Without it, twice, and without an origin: each response says what it depends on.
    for lines in [
        &[("Origin", ACME)][..],
        &[tenant("acme"), tenant("umbrella"), ("Origin", ACME)],
        &[tenant("acme")],
        &[],
    ] {
        assert_eq!(cors(&running.send("GET /", lines)), ["vary: origin, x-tenant"], "{lines:?}");
    }
    let vary =
        "vary: origin, access-control-request-method, access-control-request-headers, x-tenant";
    let asked = [("Origin", ACME), ("Access-Control-Request-Method", "PUT")];
    for lines in [asked.to_vec(), [&[tenant("acme")][..], &asked].concat()] {
        assert_eq!(headers(&running.send("OPTIONS /", &lines), "vary"), [vary]);
    }
    // A script's own header is announced only.
    let announced = [&asked[..], &[("Access-Control-Request-Headers", "x-tenant")]].concat();
    assert_eq!(status(&running.send("OPTIONS /", &announced)), "403");
}

const OTHER_ORIGIN: &str = r#"UPDATE tenants SET cors = '{"allowOrigins": ["https://new.acme.example"]}' WHERE name = 'acme'"#;

#[test]
fn a_policy_is_kept_and_not_longer_than_said() {
    let folder = Folder::new();
    let database = folder.path("tenants.sqlite");
    let (long, short) = (start(&database, &["--keep", "3600"]), start(&database, &["--keep", "1"]));
    let host = ("Host", "acme.localhost");
    for running in [&long, &short] {
        assert_eq!(ask(running, host, ACME), acme("origin"));
    }
    execute(&database, OTHER_ORIGIN);
    let new = || short.send("GET /", &[host, ("Origin", "https://new.acme.example")]);
    short.wait("the new policy", new, |answer| answer.contains("access-control-allow-origin"));
    assert_eq!(ask(&short, host, ACME), denied("origin"));
    assert_eq!(ask(&long, host, ACME), acme("origin"));
}

#[test]
fn nothing_is_allowed_while_the_database_fails() {
    let folder = Folder::new();
    let database = folder.path("tenants.sqlite");
    let running = start(&database, &["--keep", "1"]);
    let host = ("Host", "acme.localhost");
    assert_eq!(ask(&running, host, ACME), acme("origin"));
    execute(&database, "ALTER TABLE tenants RENAME TO gone");
    let origins = |answer: &str| !headers(answer, "access-control-allow-origin").is_empty();
    let get = || running.send("GET /", &[host, ("Origin", ACME)]);
    running.wait("what was kept ends", get, |answer| !origins(answer));
    assert_eq!(ask(&running, host, ACME), denied("origin"));
    running.errors_until("nothing is allowed for acme: ");
    execute(&database, "ALTER TABLE gone RENAME TO tenants");
    // A failure is not kept.
    assert_eq!(ask(&running, host, ACME), acme("origin"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_allowed_while_the_database_does_not_answer() {
    let folder = Folder::new();
    let database = folder.path("tenants.sqlite");
    let running = start(&database, &[]);
    let url = format!("sqlite://{}", database.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut connection).await.unwrap();
    let host = ("Host", "acme.localhost");
    assert_eq!(ask(&running, host, ACME), denied("origin"));
    running.errors_until("nothing is allowed for acme: the database does not answer");
    sqlx::raw_sql("COMMIT").execute(&mut connection).await.unwrap();
    let get = || running.send("GET /", &[host, ("Origin", ACME)]);
    running.wait("it answers again", get, |answer| answer.contains("access-control-allow-origin"));
    assert_eq!(ask(&running, host, ACME), acme("origin"));
}

#[test]
fn a_broken_policy_allows_nothing_and_all_its_errors_are_told() {
    let folder = Folder::new();
    let database = folder.path("tenants.sqlite");
    let running = start(&database, &[]);
    execute(
        &database,
        r#"UPDATE tenants SET cors = '{"allowOrigins": ["app.acme.example"], "allowMethods": ["put"]}'"#,
    );
    assert_eq!(ask(&running, ("Host", "acme.localhost"), ACME), denied("origin"));
    let said = running.errors_until("allowMethods[0]");
    let first = r#"nothing is allowed for acme: allowOrigins[0]: "app.acme.example" has no scheme"#;
    assert!(said[0].starts_with(first), "{said:?}");
}
