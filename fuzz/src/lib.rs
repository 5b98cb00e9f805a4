//! What the fuzz targets check, one module each. They are functions of their own, so that the
//! seeds and what was found once are also run as tests.
#![forbid(unsafe_code)]

pub mod manifests;
pub mod origin;
pub mod pattern;
pub mod request;
