#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]
#![warn(clippy::print_stderr, clippy::print_stdout)]

mod assembly;
mod build;
mod conditions;
mod error;
mod fetch;
mod field;
mod filter;
mod levels;
mod manifest;
mod matching;
mod quoted;
mod resources;
mod table;

/// What is read, which policy holds, and where the answers differ from other gateways'.
pub mod guide {
    #![doc = include_str!("../docs/gateway-api.md")]
}

pub use build::RouteTableBuilder;
pub use error::{ManifestError, ManifestErrors, ManifestLint};
pub use manifest::Manifest;
pub use table::{Backend, Route, RouteTable};
