//! The examples, run as their users run them.

mod neighbours;
mod policies;

use std::process::Command;

/// The program of an example. Cargo builds it before these tests.
fn example(name: &str) -> Command {
    Command::new(match name {
        "audiences" => env!("CARGO_BIN_EXE_audiences"),
        "events" => env!("CARGO_BIN_EXE_events"),
        "failures" => env!("CARGO_BIN_EXE_failures"),
        "hyper" => env!("CARGO_BIN_EXE_hyper"),
        "proxy" => env!("CARGO_BIN_EXE_proxy"),
        "reload" => env!("CARGO_BIN_EXE_reload"),
        "report_only" => env!("CARGO_BIN_EXE_report_only"),
        "routes" => env!("CARGO_BIN_EXE_routes"),
        "shadow" => env!("CARGO_BIN_EXE_shadow"),
        "share" => env!("CARGO_BIN_EXE_share"),
        "static_files" => env!("CARGO_BIN_EXE_static_files"),
        _ => panic!("there is no example {name}"),
    })
}
