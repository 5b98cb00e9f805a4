//! The oracle itself: calibrated by servers with known faults, and by facts of the Fetch standard.

mod calibration;
mod fetch_facts;
mod patterns;
mod promises;
mod safelist_facts;
