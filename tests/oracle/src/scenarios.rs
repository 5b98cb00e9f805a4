//! The table of what the Fetch standard requires of browsers, run with the model client against any
//! layer.
//!
//! The model keeps no cookies: `document.cookie` steps are skipped, and so is what is expected of a
//! body about the cookies that they set. It follows the standard, so it looks at no override for a
//! single engine.

mod compare;
mod raw;
mod run;
mod table;

pub use compare::{Difference, Seen};
pub use raw::{Fixed, RawResponse};
pub use run::{Counts, Report};
pub use table::{Expected, Options, Scenario, Step, Table};
