//! The table of what the Fetch standard requires of browsers, run with the model client against any
//! layer.
//!
//! Cookies are left out: `document.cookie` steps are skipped, and so is what is expected of a body
//! about the cookies that they set. So are the overrides for single engines: the model follows the
//! standard.

mod run;
mod table;

pub use run::{Counts, Difference, Report};
pub use table::{Expected, Options, Scenario, Step, Table};
