//! What `tower-cors` is judged by, and shares nothing with: no parser, no table, no matcher.
//!
//! - [`fetch_client`]: the browser's half of the Fetch standard. It sees requests and responses,
//!   never a config.
//! - [`plain`]: the plain reading of a config's text. It never sees a response.
//! - [`inner`]: the service that every layer under test wraps.
//! - [`server`]: a naive server over a config's text, which can be made wrong on purpose.
//! - [`scenarios`]: the table of what browsers do, run with the client against any layer.
//! - [`generate`]: strategies for patterns, origins, configs and fetches, as text.
//! - [`routes`]: which rule of which `HTTPRoute` serves a request.
//! - [`judge`]: a server against what its config promises, over generated cases.
//!
//! A layer is right when what the client lets a script read is what the plain reading promises.

pub mod fetch_client;
pub mod generate;
pub mod inner;
pub mod judge;
pub mod plain;
pub mod routes;
pub mod scenarios;
pub mod server;
