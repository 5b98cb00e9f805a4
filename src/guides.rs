//! Guides for particular tasks. These modules contain documentation only.

// Browsers' messages, as they are quoted, contain URLs.
#![allow(rustdoc::bare_urls)]

/// The pages of `docs/` as modules. A page defines its links to other pages at its end, as files. The
/// first definition of a link counts, so `links.md` leads to modules instead.
macro_rules! guides {
    ($(#[doc = $summary:literal] $name:ident: $page:literal;)*) => {$(
        #[doc = $summary]
        #[doc = ""]
        #[doc = include_str!("guides/links.md")]
        #[doc = include_str!($page)]
        pub mod $name {}
    )*};
}

guides! {
    /// Explains what the layer sends for caches, and how to keep a response cacheable.
    caching: "../docs/caching.md";
    /// Compares the layer with seven other CORS implementations, and says when to choose another.
    comparison: "../docs/comparison.md";
    /// Lists every error and lint of a policy, each with an example.
    lints: "../docs/lints.md";
    /// Translates policies from agentgateway, Envoy, Spring and Express.
    migrating_from_others: "../docs/migrating-from-others.md";
    /// Maps every method of tower-http's `CorsLayer`, and lists every answer that differs.
    migrating_from_tower_http: "../docs/migrating-from-tower-http.md";
    /// Summarizes what the layer costs.
    performance: "../docs/performance-in-short.md";
    /// Lists the headers that gRPC-Web, MCP, server-sent events, tus, GraphQL, downloads and tracing need.
    protocols: "../docs/protocols.md";
    /// Shows tests for the CORS of an axum `Router`.
    testing: "../docs/testing.md";
    /// Leads from the browser's message to the cause and the change of the policy.
    troubleshooting: "../docs/troubleshooting.md";
}
