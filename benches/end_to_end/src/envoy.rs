//! Envoy as a child process: one listener with a route for each policy, one upstream.

use std::fs;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::answer::connect;
use crate::policy::{EXPOSED, HEADERS, MAX_AGE, METHODS, origins};
use crate::process::{PATIENCE, Process, pinned, read};

/// The program and its version, or none.
pub(crate) fn find() -> Option<(PathBuf, String)> {
    let program = std::env::var_os("TOWER_CORS_ENVOY").unwrap_or_else(|| "envoy".into());
    let output = Command::new(&program).arg("--version").output().ok()?;
    let version = version(&String::from_utf8_lossy(&output.stdout))?;
    Some((program.into(), version))
}

/// Out of `envoy  version: COMMIT/VERSION/…`.
fn version(output: &str) -> Option<String> {
    let (_, rest) = output.split_once("version: ")?;
    rest.split('/').nth(1).map(str::to_owned)
}

/// Starts it with one worker thread, on a port that the system chooses: one chosen here could be
/// taken before Envoy has it. `policies` are paths and numbers of origins.
pub(crate) fn start(
    program: &Path,
    core: usize,
    folder: &Path,
    policies: &[(&str, usize)],
    upstream: SocketAddr,
) -> Result<(Process, SocketAddr), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let (config, admin) = (folder.join("envoy.json"), folder.join("admin"));
    fs::write(&config, bootstrap(policies, upstream).to_string()).map_err(failed)?;
    let log = folder.join("envoy.log");
    let mut command = pinned(core, program);
    command
        .args(["--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"])
        .arg("--config-path")
        .arg(&config)
        .arg("--admin-address-path")
        .arg(&admin)
        .stdout(Stdio::null())
        .stderr(fs::File::create(&log).map_err(failed)?);
    let mut process = Process::start(&mut command)?;

    let end = Instant::now() + PATIENCE;
    while Instant::now() < end && process.is_running() {
        if let Some(address) = listener(&admin) {
            return Ok((process, address));
        }
        sleep(Duration::from_millis(20));
    }
    Err(format!("Envoy does not listen; it says: {}", read(&log)?))
}

/// Where it listens for requests, once it does.
fn listener(admin: &Path) -> Option<SocketAddr> {
    let admin = fs::read_to_string(admin).ok()?.trim().parse().ok()?;
    ask(admin, "/ready")?.contains("LIVE").then_some(())?;
    named(&ask(admin, "/listeners")?)
}

/// The address in the line `policies::ADDRESS`.
fn named(listeners: &str) -> Option<SocketAddr> {
    let line = listeners.lines().find_map(|line| line.strip_prefix("policies::"));
    line?.trim().parse().ok()
}

/// The text of an answer of the admin interface.
fn ask(admin: SocketAddr, path: &str) -> Option<String> {
    let mut stream = connect(admin).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {admin}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

fn bootstrap(policies: &[(&str, usize)], upstream: SocketAddr) -> Value {
    let socket =
        |port: u16| json!({"socket_address": {"address": "127.0.0.1", "port_value": port}});
    let kind = |name: &str| format!("type.googleapis.com/envoy.extensions.filters.{name}");
    let routes: Vec<Value> = policies.iter().map(|(path, count)| route(path, *count)).collect();
    let manager = json!({
        "@type": kind("network.http_connection_manager.v3.HttpConnectionManager"),
        "stat_prefix": "cors",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
        "http_filters": [
            {"name": "envoy.filters.http.cors", "typed_config": {"@type": kind("http.cors.v3.Cors")}},
            {"name": "envoy.filters.http.router", "typed_config": {
                "@type": kind("http.router.v3.Router"), "suppress_envoy_headers": true,
            }},
        ],
    });
    let listener = json!({
        "name": "policies",
        "address": socket(0),
        "filter_chains": [{"filters": [
            {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager},
        ]}],
    });
    let endpoint = json!({"endpoint": {"address": socket(upstream.port())}});
    let cluster = json!({
        "name": "upstream",
        "type": "STATIC",
        "load_assignment": {"cluster_name": "upstream", "endpoints": [{"lb_endpoints": [endpoint]}]},
    });
    json!({
        "admin": {"address": socket(0)},
        "static_resources": {"listeners": [listener], "clusters": [cluster]},
    })
}

fn route(path: &str, count: usize) -> Value {
    let origins: Vec<Value> = origins(count).map(|origin| json!({"exact": origin})).collect();
    let policy = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy",
        "allow_origin_string_match": origins,
        "allow_methods": METHODS.join(","),
        "allow_headers": HEADERS.join(","),
        "expose_headers": EXPOSED.join(","),
        "allow_credentials": true,
        "max_age": MAX_AGE.as_secs().to_string(),
        "forward_not_matching_preflights": false,
    });
    json!({
        "match": {"prefix": path},
        "route": {"cluster": "upstream"},
        "typed_per_filter_config": {"envoy.filters.http.cors": policy},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_envoy_says() {
        let said = "\nenvoy  version: 0123abcd/1.40.0/Clean/RELEASE/BoringSSL\n\n";
        assert_eq!(version(said), Some("1.40.0".into()));
        assert_eq!(version("zsh: command not found"), None);

        let said = "transfer-encoding: chunked\r\n\r\n1b\r\npolicies::127.0.0.1:4242\n\r\n0\r\n";
        assert_eq!(named(said), "127.0.0.1:4242".parse().ok());
        assert_eq!(named("policies::no"), None);
    }
}
