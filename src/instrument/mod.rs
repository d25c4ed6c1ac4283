//! The clients that probes share. Each observes, none judges.
#![allow(
    clippy::disallowed_methods,
    reason = "this is where probes meet the world"
)]

pub(crate) mod alert;
pub mod banner;
mod base64_bytes;
pub mod clock;
pub mod dial;
pub mod dns;
pub mod excerpt;
pub mod file;
pub mod held;
pub mod host_block;
pub mod http;
pub mod limits;
pub mod lines;
pub mod lookup;
pub mod own;
pub mod process;
pub mod revocation;
pub mod sql;
mod text;
pub mod timeouts;
pub mod tls;
