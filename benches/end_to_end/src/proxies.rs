//! The example `gateway` and Envoy before one upstream, by the same policies.

use std::env;
use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::answer::Answer;
use crate::envoy;
use crate::policy::{ALLOWED, Case, EXPOSED, HEADERS, MAX_AGE, METHODS, origins};
use crate::process::{Process, pinned};
use crate::race::{self, Figures, Lane, Plan};

/// Paths, and numbers of origins in their policies: the least and the most that a Gateway API
/// filter can have.
const POLICIES: [(&str, usize); 2] = [("/1", 1), ("/64", 64)];

const CASES: [Case; 3] = [Case::ActualAllowed, Case::PreflightAllowed, Case::PreflightDenied];

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Proxy {
    Gateway,
    Envoy,
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gateway => "gateway",
            Self::Envoy => "Envoy",
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Key {
    pub(crate) proxy: Proxy,
    pub(crate) origins: usize,
    pub(crate) case: Case,
}

pub(crate) type Proxies = Vec<(Key, Figures)>;

/// Both proxies on the core of the servers; upstream and load on the other.
pub(crate) fn requests(plan: Plan, envoy: &Path) -> Result<Proxies, String> {
    let gateway = build()?;
    let folder = Folder::new()?;
    let this = env::current_exe().map_err(|error| error.to_string())?;
    let (_upstream, upstream) = Process::listening(pinned(plan.cores.load, &this).arg("upstream"))?;
    let core = plan.cores.server;
    let gateway = start_gateway(&gateway, core, &folder.0, upstream)?;
    let envoy = envoy::start(envoy, core, &folder.0, &POLICIES, upstream)?;

    let mut lanes = Vec::new();
    for case in CASES {
        for (path, origins) in POLICIES {
            for (proxy, (process, address)) in [(Proxy::Gateway, &gateway), (Proxy::Envoy, &envoy)]
            {
                lanes.push(Lane {
                    key: Key { proxy, origins, case },
                    server: process,
                    address: *address,
                    request: case.request(path),
                    check: Box::new(move |answer| check(proxy, case, answer)),
                });
            }
        }
    }
    race::run(plan, &lanes)
}

/// The example, as Cargo builds it, beside this program.
fn build() -> Result<PathBuf, String> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--release", "--package", "gateway"]);
    command.args(["--message-format", "json-render-diagnostics"]);
    let output = command.current_dir(root).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", output.status));
    }
    executable(&String::from_utf8_lossy(&output.stdout)).ok_or_else(|| "no gateway built".into())
}

/// The path of the one that was built last, out of Cargo's messages.
fn executable(messages: &str) -> Option<PathBuf> {
    let messages = messages.lines().rev().filter_map(|line| serde_json::from_str(line).ok());
    let mut paths = messages
        .filter_map(|message: serde_json::Value| message["executable"].as_str().map(PathBuf::from));
    paths.next()
}

/// With one worker thread; the thread that accepts connections is idle after that.
fn start_gateway(
    program: &Path,
    core: usize,
    folder: &Path,
    upstream: SocketAddr,
) -> Result<(Process, SocketAddr), String> {
    let manifests = folder.join("manifests");
    let failed = |error| format!("{}: {error}", manifests.display());
    fs::create_dir(&manifests).map_err(failed)?;
    fs::write(manifests.join("route.yaml"), route()).map_err(failed)?;
    let mut command = pinned(core, program);
    command.env("TOKIO_WORKER_THREADS", "1");
    command.args(["--port", "0", "--upstream", &format!("http://{upstream}")]);
    command.arg("--manifests").arg(&manifests);
    Process::listening(&mut command)
}

/// JSON is YAML.
fn route() -> String {
    let rule = |(path, count): (&str, usize)| {
        let cors = json!({
            "allowOrigins": origins(count).collect::<Vec<_>>(),
            "allowMethods": METHODS,
            "allowHeaders": HEADERS,
            "exposeHeaders": EXPOSED,
            "allowCredentials": true,
            "maxAge": MAX_AGE.as_secs(),
        });
        json!({
            "matches": [{"path": {"type": "PathPrefix", "value": path}}],
            "filters": [{"type": "CORS", "cors": cors}],
            "backendRefs": [{"name": "upstream", "port": 80}],
        })
    };
    let route = json!({
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "app"},
        "spec": {"parentRefs": [{"name": "web"}], "rules": POLICIES.map(rule)},
    });
    route.to_string()
}

/// Status, body, and every CORS header. Envoy sends no `vary`, and what it denies a preflight of
/// another origin is `access-control-allow-origin` and the exposed headers alone.
fn check(proxy: Proxy, case: Case, answer: &Answer) -> Result<(), String> {
    let mut expected = Vec::new();
    if case.is_allowed() {
        expected.push(("access-control-allow-origin", ALLOWED));
        expected.push(("access-control-expose-headers", "x-request-id,x-total-count"));
    }
    let lists = case.is_preflight() && (case.is_allowed() || proxy == Proxy::Envoy);
    if lists {
        expected.push(("access-control-allow-methods", "PUT,DELETE"));
        expected.push(("access-control-allow-headers", "authorization,content-type,x-request-id"));
        expected.push(("access-control-max-age", "600"));
    }
    if case.is_allowed() || lists {
        expected.push(("access-control-allow-credentials", "true"));
    }
    if proxy == Proxy::Gateway {
        let preflight = "origin, access-control-request-method, access-control-request-headers";
        expected.push(("vary", if case.is_preflight() { preflight } else { "origin" }));
    }
    expected.sort();
    let lines = answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let cors = |name: &str| name == "vary" || name.starts_with("access-control-");
    let found: Vec<_> = lines.filter(|(name, _)| cors(name)).collect();
    let body = if case.is_preflight() { "" } else { "hello" };
    if (answer.status, answer.body.as_str(), &found) == (200, body, &expected) {
        return Ok(());
    }
    Err(format!("{proxy:?}, {}: {answer:#?} is not 200 {expected:#?} {body:?}", case.name()))
}

/// A folder for the proxies' files, removed with this value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, String> {
        let name = format!("tower-cors-end-to-end-{}", std::process::id());
        let path = env::temp_dir().join(name);
        fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_example_is_found() {
        let messages = "{\"executable\":\"/t/other\"}\n{\"executable\":null}\n\
            {\"executable\":\"/t/gateway\"}\n{\"success\":true}";
        assert_eq!(executable(messages), Some("/t/gateway".into()));
        assert_eq!(executable("{\"executable\":null}\n"), None);
    }
}
