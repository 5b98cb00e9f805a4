#![doc = include_str!("../docs/gateway-api.md")]

pub(crate) mod assembly;
pub(crate) mod build;
pub(crate) mod conditions;
pub(crate) mod error;
pub(crate) mod field;
pub(crate) mod filter;
pub(crate) mod levels;
pub(crate) mod manifest;
pub(crate) mod matching;
pub(crate) mod meet;
pub(crate) mod resources;
pub(crate) mod table;

pub use build::RouteTableBuilder;
pub use error::{ManifestError, ManifestErrors, ManifestLint};
pub use manifest::Manifest;
pub use table::{Backend, Route, RouteTable};
