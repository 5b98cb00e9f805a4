//! What the crate promises. Each file is named by its promise.

mod allocations;
mod architecture;
#[path = "../../../tests/pure/imports.rs"]
mod imports;
mod manifests;
mod properties;
#[path = "../../../tests/tower/support.rs"]
mod support;
