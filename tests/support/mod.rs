//! Real servers on loopback and a hermetic tminus, for the tests of this binary.

pub mod ports;
pub mod probe;
pub mod server;
