//! Common mistakes in using `tower-cors`: each file in `cases/` is one, and `tests/sentences.rs` says
//! what the compiler must tell about it.
