//! What the library promises without a service. Each file is named by its promise.

mod architecture;
mod config_errors;
mod config_form;
mod decisions;
mod explanations;
mod names;
mod patterns;
mod sizes;
mod support;
