//! Tower middleware that enforces CORS.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod config;
mod decision;
mod fetch;
mod origin;
mod policy;
mod request;
mod respond;
mod strip;

pub use config::error::{ConfigError, ConfigErrorKind, ConfigErrors};
pub use config::lint::{Lint, LintKind};
pub use config::{InnerHeaders, PolicyConfig};
pub use decision::{Decision, Denial};
pub use origin::Origin;
pub use origin::error::OriginPatternError;
pub use origin::pattern::OriginPattern;
pub use policy::Policy;
pub use request::{RequestHead, RequestKind};
pub use respond::ResponseEdits;
