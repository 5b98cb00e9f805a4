//! The example `gateway`, run as its users run it.

mod gateway;
mod running;
mod soak;
