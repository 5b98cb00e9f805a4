//! What the library promises without a service. Each file is named by its promise.

mod architecture;
mod auto_traits;
mod config_errors;
mod config_form;
mod decisions;
mod explanations;
mod imports;
mod lints_page;
mod open_labels;
mod sizes;
mod support;
mod words;
