//! The layer judged by real engines. Each is skipped with a line where it is not installed.

mod browsers;
mod envoy;
