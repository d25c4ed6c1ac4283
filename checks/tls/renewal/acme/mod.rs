//! Challenges of ACME (http-01): whether an authority would reach whoever answers them.

pub(crate) mod judge;
pub(crate) mod probe;
mod redirects;
pub(crate) mod seen;
