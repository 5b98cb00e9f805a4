//! The plain reading of a config's text: what its writer was promised. Strings are split and
//! compared, one pattern at a time; a response is never looked at.

mod pattern;
mod reading;
mod tables;

pub use pattern::{matches, well_formed};
pub(crate) use reading::chain;
pub use reading::{Ask, Promise, Reading, Why};
