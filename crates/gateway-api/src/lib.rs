#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(clippy::expect_used, clippy::panic, clippy::unwrap_used)]
#![warn(clippy::print_stderr, clippy::print_stdout)]

mod age;
mod builder;
mod compile;
mod error;
mod fetch;
mod filter;
mod index;
mod levels;
mod manifest;
mod matches;
mod meant;
mod quoted;
mod re2;
mod reader;
mod resources;
mod schema;
mod table;

/// What is read, which policy holds, and where the answers differ from other gateways'.
pub mod guide {
    #![doc = include_str!("../docs/gateway-api.md")]
}

pub use builder::RouteTableBuilder;
pub use error::{ManifestError, ManifestErrors, ManifestLint};
pub use manifest::Manifest;
pub use table::{Backend, Route, RouteTable};
