//! [`Place`]: where a value is in a chain of configs.

use std::fmt;

/// A place in a chain of configs: the config, the field, and the entry of a list. `Display` prints it
/// in the form of a file: `allowOrigins[2]`, `or[0].allowOrigins[2]`.
///
/// ```
/// use tower_cors::{Edit, Policy, Remedy, RequestHead};
///
/// let policy = Policy::builder().allow_origins(["https://a.example"]).build()?;
/// let request = http::Request::get("/").header("origin", "https://b.example").body(())?;
/// let explanation = policy.decide(&RequestHead::from(&request)).explain();
/// let Remedy::Edits { edits, .. } = explanation.remedy() else { panic!("{explanation}") };
/// let Edit::Append { place, .. } = &edits[0] else { panic!("{explanation}") };
/// assert_eq!(place.to_string(), "allowOrigins");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// 0 for the first config.
    pub(crate) depth: usize,
    pub(crate) field: Field,
    pub(crate) index: Option<usize>,
}

/// A field of a [`PolicyConfig`](crate::PolicyConfig).
// Some are named in files only.
#[cfg_attr(not(feature = "serde"), allow(dead_code))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Field {
    AllowOrigins,
    AllowMethods,
    AllowHeaders,
    AllowCredentials,
    ExposeHeaders,
    MaxAge,
    PreflightStatus,
    DeniedStatus,
    InnerHeaders,
    AnswerEveryOptions,
    WildcardIncludesAuthorization,
    DangerouslyReflectAnyOrigin,
    DangerouslyAllowInsecureOrigins,
    Or,
}

impl Field {
    /// The name in files.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::AllowOrigins => "allowOrigins",
            Self::AllowMethods => "allowMethods",
            Self::AllowHeaders => "allowHeaders",
            Self::AllowCredentials => "allowCredentials",
            Self::ExposeHeaders => "exposeHeaders",
            Self::MaxAge => "maxAge",
            Self::PreflightStatus => "preflightStatus",
            Self::DeniedStatus => "deniedStatus",
            Self::InnerHeaders => "innerHeaders",
            Self::AnswerEveryOptions => "answerEveryOptions",
            Self::WildcardIncludesAuthorization => "wildcardIncludesAuthorization",
            Self::DangerouslyReflectAnyOrigin => "dangerouslyReflectAnyOrigin",
            Self::DangerouslyAllowInsecureOrigins => "dangerouslyAllowInsecureOrigins",
            Self::Or => "or",
        }
    }

    /// The field of the config at this depth in a chain.
    pub(crate) fn at(self, depth: usize) -> Place {
        Place { depth, field: self, index: None }
    }
}

impl Place {
    pub(crate) fn entry(self, index: usize) -> Self {
        Self { index: Some(index), ..self }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(later) = self.depth.checked_sub(1) {
            write!(f, "or[{later}].")?;
        }
        f.write_str(self.field.name())?;
        match self.index {
            Some(index) => write!(f, "[{index}]"),
            None => Ok(()),
        }
    }
}
