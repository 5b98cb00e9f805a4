//! Runs a program for a test, reads what it prints, and speaks HTTP to it: as it is, or as the oracle's
//! browser does.
//!
//! A test takes its program from `CARGO_BIN_EXE_…`, so Cargo builds that program before the test runs.

mod answer;
mod browser;
mod folder;
mod program;
mod running;

pub use answer::{body, cors, headers, send, send_with, status, with_body};
pub use browser::{fetch, server};
pub use folder::Folder;
pub use program::{Program, commands};
pub use running::{PATIENCE, Running, refused};
