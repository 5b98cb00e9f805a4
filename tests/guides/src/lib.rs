//! The code blocks of `docs/`, compiled and run as doc tests.

#[doc = include_str!("../../../docs/migrating-from-others.md")]
mod migrating_from_others {}
#[doc = include_str!("../../../docs/migrating-from-tower-http.md")]
mod migrating_from_tower_http {}
#[doc = include_str!("../../../docs/protocols.md")]
mod protocols {}
