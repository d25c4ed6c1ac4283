//! Real servers on loopback and a hermetic tminus, for the tests of this binary.

pub mod datagrams;
pub mod nsd;
pub mod ports;
pub mod probe;
pub mod server;
pub mod unbound;
