//! The clients that probes share. Each observes, none judges.
#![allow(
    clippy::disallowed_methods,
    reason = "this is where probes meet the world"
)]

pub mod clock;
pub mod connect;
pub mod dns;
pub mod excerpt;
mod exchange;
pub mod http;
pub mod process;
pub mod revocation;
pub mod tls;
pub mod visit;
