//! Strategies that make text: origin patterns, origins, configs, and what scripts ask for.
//!
//! Nothing here is a type of the crate under test, so nothing is filtered by it. Configs are valid
//! by construction; which origin matches is for [`plain`](crate::plain) to say.

mod caching;
mod configs;
mod fetches;
mod origins;
mod patterns;

pub use caching::{CachingCase, CachingStep, caching_case};
pub use configs::config;
pub use fetches::{Case, case, fetch};
pub use origins::{hit, near_miss, origin, sent_origin};
pub use patterns::pattern;
