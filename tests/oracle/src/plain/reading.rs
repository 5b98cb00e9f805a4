//! What a config promises, read off its JSON text.

use serde_json::Value;

use super::pattern::{matches, well_formed};
use super::tables;

/// A config's text, read. Configs that `or` chains are read one after the other.
#[derive(Clone, Debug)]
pub struct Reading {
    configs: Vec<Value>,
}

/// What a script wants to do, across origins.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The one `Origin` of the request. None: the request carries none, so the promise is what the
    /// answer lets any page read, should a cache hand it out.
    pub origin: Option<&'a str>,
    /// The method as the script wrote it: `put` is read as the `PUT` that browsers send, `patch`
    /// stays `patch`.
    pub method: &'a str,
    /// The headers as the script set them; those that browsers drop are neither asked nor refused.
    pub headers: &'a [(String, String)],
    /// Whether the credentials mode is `include`.
    pub credentials_include: bool,
}

/// What the config says to an [`Ask`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The first thing that is refused, in the order in which browsers look: origin, credentials,
    /// method, `authorization`, the other headers by name. None: the script reads the response.
    pub refused: Option<Why>,
    /// Whether method and headers are such that browsers ask nothing first. Then the request always
    /// reaches the service, and neither method nor headers can be refused.
    pub independent_of_preflight: bool,
    exposed: Vec<String>,
}

/// What a config refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// No config of the chain allows the origin.
    Origin,
    /// The config that allows the origin does not allow credentials.
    Credentials,
    /// The method, as sent.
    Method(String),
    /// A request header, lower case.
    Header(String),
}

impl Promise {
    /// Whether the script can read a header of this name that the inner service set, on any response
    /// but a 304 (on which exposed `*` with credentials names nothing) and CORS headers aside.
    /// With `innerHeaders: keep` it holds where the inner service sets no
    /// `access-control-allow-origin`.
    #[must_use]
    pub fn exposes(&self, name: &str) -> bool {
        self.refused.is_none()
            && !tables::is_never_exposed(name)
            && (tables::is_always_exposed(name)
                || self.exposed.iter().any(|item| item == "*" || item.eq_ignore_ascii_case(name)))
    }
}

/// Returns the configs of a chain, in order: `or` is one config or a list, and each may have later ones.
pub(crate) fn chain(json: &str) -> Vec<Value> {
    let mut configs = Vec::new();
    let mut next: Vec<Value> = serde_json::from_str(json).into_iter().collect();
    while let Some(mut config) = next.pop() {
        // What is chained to a config comes before what follows it.
        match config.get_mut("or").map(Value::take) {
            None | Some(Value::Null) => {}
            Some(Value::Array(later)) => next.extend(later.into_iter().rev()),
            Some(later) => next.push(later),
        }
        configs.push(config);
    }
    configs
}

impl Reading {
    /// Reads a valid config's JSON text. What is not JSON reads as a config that allows nothing.
    #[must_use]
    pub fn of(json: &str) -> Self {
        Self { configs: chain(json) }
    }

    /// What the config promises.
    #[must_use]
    pub fn promise(&self, ask: &Ask<'_>) -> Promise {
        let method = tables::sent_method(ask.method);
        let has_accept = ask.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept"));
        let asked = tables::asked_headers(ask.headers, has_accept);
        let safe_method = ["GET", "HEAD", "POST"].contains(&method.as_str());
        let promise = |refused, exposed| Promise {
            refused,
            independent_of_preflight: safe_method && asked.is_empty(),
            exposed,
        };
        let Some(config) = self.configs.iter().find(|config| self.allows(config, ask.origin))
        else {
            return promise(Some(Why::Origin), Vec::new());
        };
        let exposed = list(config, "exposeHeaders");
        let credentials = flag(config, "allowCredentials");
        let why = if ask.credentials_include && !credentials {
            Some(Why::Credentials)
        } else if !safe_method && !allows_method(config, &method) {
            Some(Why::Method(method))
        } else {
            first_refused_header(config, &asked).map(Why::Header)
        };
        promise(why, exposed)
    }

    /// Whether the answer is the same for everyone: `*` without credentials, and no chain.
    #[must_use]
    pub fn constant(&self) -> bool {
        self.configs.len() == 1 && self.configs.iter().all(any_origin_without_credentials)
    }

    /// Whether some config exposes what the response has, by `*` with credentials.
    #[must_use]
    pub fn exposes_by_response(&self) -> bool {
        self.configs.iter().any(|config| {
            flag(config, "allowCredentials")
                && list(config, "exposeHeaders").contains(&"*".to_owned())
        })
    }

    /// Whether a response that is no preflight's must name `origin` in `Vary`.
    #[must_use]
    pub fn varies(&self) -> bool {
        !self.constant()
    }

    fn allows(&self, config: &Value, origin: Option<&str>) -> bool {
        if self.constant() {
            return true;
        }
        let Some(origin) = origin else { return false };
        list(config, "allowOrigins").iter().any(|pattern| {
            // Reflected with credentials, `*` is every well-formed origin, and so not `null`.
            matches(pattern, origin)
                && (pattern != "*" || !flag(config, "allowCredentials") || well_formed(origin))
        })
    }
}

/// `*` is every method that a script can send. With credentials it is mirrored, and the method that
/// is called `*` is not.
fn allows_method(config: &Value, method: &str) -> bool {
    if tables::is_forbidden_method(method) {
        return false;
    }
    list(config, "allowMethods").iter().any(|item| {
        item == method && item != "*"
            || item == "*" && !(flag(config, "allowCredentials") && method == "*")
    })
}

/// `*` is every header but `authorization`. With credentials it is mirrored, the header that is
/// called `*` is not, and over 4,096 bytes nothing is.
fn first_refused_header(config: &Value, asked: &[String]) -> Option<String> {
    let listed = list(config, "allowHeaders");
    let star = listed.iter().any(|item| item == "*");
    let credentials = flag(config, "allowCredentials");
    let too_long = star && credentials && asked.join(",").len() > 4096;
    let allowed = |name: &String| {
        if too_long {
            false
        } else if star && name != "authorization" {
            !(credentials && name == "*")
        } else {
            listed.iter().any(|item| item.eq_ignore_ascii_case(name))
        }
    };
    let authorization = asked.iter().find(|name| *name == "authorization" && !allowed(name));
    authorization.or_else(|| asked.iter().find(|name| !allowed(name))).cloned()
}

fn any_origin_without_credentials(config: &Value) -> bool {
    let origins = list(config, "allowOrigins");
    // Written twice it is no other.
    !origins.is_empty()
        && origins.iter().all(|pattern| pattern == "*")
        && !flag(config, "allowCredentials")
}

fn list(config: &Value, field: &str) -> Vec<String> {
    let items = config.get(field).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn flag(config: &Value, field: &str) -> bool {
    config.get(field).and_then(Value::as_bool).unwrap_or(false)
}
