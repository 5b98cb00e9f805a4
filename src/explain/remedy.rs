//! [`Remedy`]: the change to a config that lets a request pass.

use std::fmt;

use crate::config::error::{MAX_SHOWN, Quoted};
use crate::config::place::Field;
use crate::config::{InnerHeaders, PolicyConfig};
use crate::origin::MAX_LENGTH;

/// Describes the change of a config that allows a request, for programs.
///
/// [`Decision::explain`](crate::Decision::explain) finds it. Its `Display` has a line for each edit.
///
/// ```
/// use http::Request;
/// use tower_cors::{Edit, Policy, Remedy, RequestHead};
///
/// let policy = Policy::builder().allow_origins(["https://a.example"]).build()?;
/// let request = Request::get("/").header("origin", "https://b.example").body(())?;
/// let explanation = policy.decide(&RequestHead::from(&request)).explain();
/// let remedy = explanation.remedy();
/// assert_eq!(remedy.to_string(), r#"add "https://b.example" to allowOrigins"#);
///
/// let mut config = policy.config().cloned().unwrap();
/// remedy.apply(&mut config);
/// assert_eq!(config.allow_origins, ["https://a.example", "https://b.example"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// No change: the policy already allows the request.
    Unneeded,
    /// All of these edits together allow the request.
    Edits {
        /// The edits, in order.
        edits: Vec<Edit>,
        /// Why they are dangerous. Empty if they are not.
        warnings: Vec<String>,
    },
    /// No config can or should allow the request: why, and what to do instead.
    Never(String),
}

/// Describes one edit of a config. Its `Display` is a line for a person.
///
/// ```
/// use http::Request;
/// use tower_cors::{Edit, Policy, Remedy, RequestHead};
///
/// let policy = Policy::builder().allow_origins(["https://a.example"]).build()?;
/// let preflight = Request::options("/")
///     .header("origin", "https://a.example")
///     .header("access-control-request-method", "PUT")
///     .body(())?;
/// let explanation = policy.decide(&RequestHead::from(&preflight)).explain();
/// let Remedy::Edits { edits, .. } = explanation.remedy() else { panic!("{explanation}") };
/// let put = Edit::Append { path: "allowMethods".into(), entries: vec!["PUT".into()] };
/// assert_eq!(*edits, [put]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Edit {
    /// Appends entries to a list.
    Append {
        /// The list, as errors name it: `allowMethods`, `or[0].allowHeaders`.
        path: String,
        /// The entries, in canonical form.
        entries: Vec<String>,
    },
    /// Sets a switch to `true`.
    Enable {
        /// The switch: `allowCredentials`, `or[0].allowCredentials`.
        path: String,
    },
    /// Puts this config in front. The current one becomes its `or`.
    Before(PolicyConfig),
    /// Appends this config as the last `or`.
    After(PolicyConfig),
}

impl Remedy {
    /// Applies the edits to a config. Other remedies change nothing.
    pub fn apply(&self, config: &mut PolicyConfig) {
        if let Self::Edits { edits, .. } = self {
            edits.iter().for_each(|edit| edit.apply(config));
        }
    }

    /// The one edit, or all of them, without a warning.
    pub(crate) fn edits(edits: Vec<Edit>) -> Self {
        match edits.is_empty() {
            true => Self::Unneeded,
            false => Self::Edits { edits, warnings: Vec::new() },
        }
    }
}

impl Edit {
    pub(crate) fn append(path: String, entries: Vec<String>) -> Option<Self> {
        (!entries.is_empty()).then_some(Self::Append { path, entries })
    }

    fn apply(&self, config: &mut PolicyConfig) {
        match self {
            Self::Append { path, entries } => {
                let Some((config, field)) = place(config, path) else { return };
                let list = match field {
                    "allowOrigins" => &mut config.allow_origins,
                    "allowMethods" => &mut config.allow_methods,
                    "allowHeaders" => &mut config.allow_headers,
                    _ => return,
                };
                list.extend(entries.iter().cloned());
            }
            Self::Enable { path } => {
                let Some((config, field)) = place(config, path) else { return };
                match field {
                    "allowCredentials" => config.allow_credentials = true,
                    "dangerouslyAllowInsecureOrigins" => {
                        config.dangerously_allow_insecure_origins = true;
                    }
                    _ => {}
                }
            }
            Self::Before(first) => *config = first.clone().or(std::mem::take(config)),
            Self::After(last) => *config = std::mem::take(config).or(last.clone()),
        }
    }
}

/// A field of the config at this place in the chain, as errors name it.
pub(crate) fn path(place: usize, field: Field) -> String {
    field.at(place).to_string()
}

/// The config of a chain and the field in it that a path means.
fn place<'c, 'p>(
    config: &'c mut PolicyConfig,
    path: &'p str,
) -> Option<(&'c mut PolicyConfig, &'p str)> {
    let Some((later, field)) = path.strip_prefix("or[").and_then(|rest| rest.split_once("]."))
    else {
        return Some((config, path));
    };
    let later: usize = later.parse().ok()?;
    Some((config.link_mut(later + 1)?, field))
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unneeded => f.write_str("nothing"),
            Self::Never(why) => f.write_str(why),
            Self::Edits { edits, .. } => {
                for (index, edit) in edits.iter().enumerate() {
                    write!(f, "{}{edit}", if index == 0 { "" } else { "\n" })?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Append { path, entries } => {
                f.write_str("add ")?;
                write_quoted(entries, f)?;
                write!(f, " to {path}")
            }
            Self::Enable { path } => write!(f, "set {path} to true"),
            Self::Before(config) => {
                f.write_str("put this config in front, with the current one as its or: ")?;
                write_config(config, f)
            }
            Self::After(config) => {
                f.write_str("append this config as the last or: ")?;
                write_config(config, f)
            }
        }
    }
}

/// What is set in it, in the form of a file.
fn write_config(config: &PolicyConfig, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut comma = "";
    f.write_str("{")?;
    for (name, list) in [
        ("allowOrigins", &config.allow_origins),
        ("allowMethods", &config.allow_methods),
        ("allowHeaders", &config.allow_headers),
        ("exposeHeaders", &config.expose_headers),
    ] {
        if !list.is_empty() {
            write!(f, "{comma}{name}: [")?;
            write_quoted(list, f)?;
            f.write_str("]")?;
            comma = ", ";
        }
    }
    let seconds = config.max_age.map(|age| format!("maxAge: {}", age.as_secs()));
    let status = |name: &str, status: Option<u16>| status.map(|number| format!("{name}: {number}"));
    let switch = |name: &str, set: bool| set.then(|| format!("{name}: true"));
    let others = [
        switch("allowCredentials", config.allow_credentials),
        seconds,
        status("preflightStatus", config.preflight_status),
        status("deniedStatus", config.denied_status),
        (config.inner_headers == InnerHeaders::Keep).then(|| "innerHeaders: keep".into()),
        switch("answerEveryOptions", config.answer_every_options),
        switch("dangerouslyAllowInsecureOrigins", config.dangerously_allow_insecure_origins),
    ];
    for other in others.into_iter().flatten() {
        write!(f, ", {other}")?;
    }
    f.write_str("}")
}

/// As many of the entries as a line has room for.
fn write_quoted(entries: &[String], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut length = 0;
    for (index, entry) in entries.iter().enumerate() {
        if length > MAX_SHOWN {
            return write!(f, " and {} more", entries.len() - index);
        }
        length += entry.len();
        // An origin is shown whole, since it is to be copied.
        write!(f, "{}", if index == 0 { "" } else { ", " })?;
        match entry.len() <= MAX_LENGTH && entry.is_ascii() {
            true => write!(f, "{entry:?}")?,
            false => write!(f, "{}", Quoted(entry))?,
        }
    }
    Ok(())
}
