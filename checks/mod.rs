//! The registry of check modules, and nothing else.

pub mod command;
pub mod database;
pub mod dns;
pub mod manual;
pub mod port;
#[cfg(test)]
mod tests;
pub mod tls;

use crate::model::Registry;

/// Every module of this build, in the order documentation lists them.
pub const REGISTRY: Registry = Registry::new(&[
    &dns::Dns,
    &tls::Tls,
    &port::Port,
    &database::Database,
    &command::Command,
    &manual::Manual,
]);
