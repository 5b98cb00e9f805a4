//! The CORS middleware of tower-http, actix-web, poem and salvo beside tower-cors: each is set up by
//! its own API, in process, and asked the same. `table.rs` says what each does; a cell that is not
//! so fails, and so does a page that is not the table.
//!
//! ```sh
//! cargo test --package tower-cors-peers                      # check docs/comparison.md
//! TOWER_CORS_WRITE=1 cargo test --package tower-cors-peers   # write it
//! ```

#[cfg(test)]
mod ask;
#[cfg(test)]
mod options;
#[cfg(test)]
mod page;
#[cfg(test)]
mod peer;
#[cfg(test)]
mod probes;
#[cfg(test)]
mod programs;
#[cfg(test)]
mod table;
