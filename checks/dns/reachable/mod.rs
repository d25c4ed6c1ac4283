//! Addresses that came back accept connections: clients that resolve once keep what they got.

pub(super) mod judge;
pub(super) mod probe;
