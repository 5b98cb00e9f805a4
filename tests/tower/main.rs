//! What the layer promises around Tower and axum services. Each file is named by its promise.

mod axum;
mod explain_properties;
mod hostile;
mod hostile_tcp;
mod migration;
mod names;
mod patterns;
mod properties;
mod protocol;
mod protocols;
mod seams;
mod several;
mod sources;
mod sources_cached;
mod support;
