//! Challenges of ACME (http-01): whether a CA would reach what answers them.

pub(crate) mod judge;
pub(crate) mod probe;
mod redirects;
pub(crate) mod seen;
