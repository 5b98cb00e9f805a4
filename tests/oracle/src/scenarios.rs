//! The table of what the Fetch standard requires of browsers, run with the model client against any
//! layer.
//!
//! By the standard, it looks at no override for a single engine. With the cache of an engine, it does.

mod compare;
mod raw;
mod run;
mod table;

pub use compare::{Difference, Seen};
pub use raw::{Fixed, RawResponse};
pub use run::{Counts, Report};
pub use table::{Expected, Means, Options, Scenario, Step, Table};
