//! [`Remedy`]: the change to a config that lets a request pass.

use std::fmt;

use crate::config::error::{MAX_SHOWN, Quoted};
use crate::config::place::{Field, Place};
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
/// remedy.apply(&mut config)?;
/// assert_eq!(config.allow_origins, ["https://a.example", "https://b.example"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// No change: the policy already allows the request.
    Unneeded,
    /// All of these edits together allow the request.
    #[non_exhaustive]
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
/// let Edit::Append { place, entries, .. } = &edits[0] else { panic!("{explanation}") };
/// assert_eq!((place.to_string(), &entries[..]), ("allowMethods".into(), &["PUT".into()][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Edit {
    /// Appends entries to a list.
    #[non_exhaustive]
    Append {
        /// The list, as errors name it: `allowMethods`, `or[0].allowHeaders`.
        place: Place,
        /// The entries, in canonical form.
        entries: Vec<String>,
    },
    /// Sets a switch to `true`.
    #[non_exhaustive]
    Enable {
        /// The switch: `allowCredentials`, `or[0].allowCredentials`.
        place: Place,
    },
    /// Puts this config in front. The current one becomes its `or`.
    Before(PolicyConfig),
    /// Appends this config as the last `or`.
    After(PolicyConfig),
}

/// An [`Edit`] names a place that a config does not have: it was made for another config.
///
/// ```
/// use tower_cors::{Policy, RequestHead};
///
/// let config = Policy::builder().allow_origins(["https://a.example"]);
/// let policy = config.clone().or(Policy::builder().allow_origins(["https://b.example"])).build()?;
/// let preflight = http::Request::options("/")
///     .header("origin", "https://b.example")
///     .header("access-control-request-method", "PUT")
///     .body(())?;
/// let explanation = policy.decide(&RequestHead::from(&preflight)).explain();
/// let error = explanation.remedy().apply(&mut config.clone()).unwrap_err();
/// assert_eq!(error.to_string(), "the config has no or[0].allowMethods; use the one that the policy was built from");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the config has no {0}; use the one that the policy was built from")]
pub struct EditError(Place);

impl Remedy {
    /// Applies the edits to a config. Other remedies change nothing.
    ///
    /// ```
    /// # use tower_cors::{Policy, RequestHead};
    /// let policy = Policy::builder().allow_origins(["https://a.example"]).build()?;
    /// let request = http::Request::get("/").header("origin", "https://b.example").body(())?;
    /// let explanation = policy.decide(&RequestHead::from(&request)).explain();
    /// let mut config = policy.config().cloned().unwrap();
    /// explanation.remedy().apply(&mut config)?;
    /// assert_eq!(config.build()?.decide(&RequestHead::from(&request)).denial(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the config has no such place, and then changes nothing.
    pub fn apply(&self, config: &mut PolicyConfig) -> Result<(), EditError> {
        if let Self::Edits { edits, .. } = self {
            let mut edited = config.clone();
            edits.iter().try_for_each(|edit| edit.apply(&mut edited))?;
            *config = edited;
        }
        Ok(())
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
    pub(crate) fn append(place: Place, entries: Vec<String>) -> Option<Self> {
        (!entries.is_empty()).then_some(Self::Append { place, entries })
    }

    fn apply(&self, config: &mut PolicyConfig) -> Result<(), EditError> {
        match self {
            Self::Append { place, entries } => {
                let list = config.list_mut(*place).ok_or(EditError(*place))?;
                list.extend(entries.iter().cloned());
            }
            Self::Enable { place } => {
                *config.switch_mut(*place).ok_or(EditError(*place))? = true;
            }
            Self::Before(first) => *config = first.clone().or(std::mem::take(config)),
            Self::After(last) => *config = std::mem::take(config).or(last.clone()),
        }
        Ok(())
    }
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
            Self::Append { place, entries } => {
                f.write_str("add ")?;
                write_quoted(entries, f)?;
                write!(f, " to {place}")
            }
            Self::Enable { place } => write!(f, "set {place} to true"),
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
    for (field, list) in [
        (Field::AllowOrigins, &config.allow_origins),
        (Field::AllowMethods, &config.allow_methods),
        (Field::AllowHeaders, &config.allow_headers),
        (Field::ExposeHeaders, &config.expose_headers),
    ] {
        if !list.is_empty() {
            write!(f, "{comma}{}: [", field.name())?;
            write_quoted(list, f)?;
            f.write_str("]")?;
            comma = ", ";
        }
    }
    let switch = |set: bool| set.then(|| "true".to_owned());
    let status = |status: Option<u16>| status.map(|number| number.to_string());
    let keeps = config.inner_headers == InnerHeaders::Keep;
    for (field, value) in [
        (Field::AllowCredentials, switch(config.allow_credentials)),
        (Field::MaxAge, config.max_age.map(|age| age.as_secs().to_string())),
        (Field::PreflightStatus, status(config.preflight_status)),
        (Field::DeniedStatus, status(config.denied_status)),
        (Field::InnerHeaders, keeps.then(|| "keep".to_owned())),
        (Field::AnswerEveryOptions, switch(config.answer_every_options)),
        (Field::WildcardIncludesAuthorization, switch(config.wildcard_includes_authorization)),
        (Field::DangerouslyReflectAnyOrigin, switch(config.dangerously_reflect_any_origin)),
        (Field::DangerouslyAllowInsecureOrigins, switch(config.dangerously_allow_insecure_origins)),
    ] {
        if let Some(value) = value {
            write!(f, "{comma}{}: {value}", field.name())?;
            comma = ", ";
        }
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
