//! Real servers on loopback and a hermetic tminus, for the tests of this binary.

pub mod databases;
pub mod datagrams;
pub mod dnsmasq;
pub mod doq;
pub mod dossier;
pub mod haproxy;
pub mod hostile;
pub mod http;
pub mod knot;
pub mod mail;
pub mod mount;
pub mod nginx;
pub mod nsd;
pub mod openssl;
pub mod pebble;
pub mod ports;
pub mod probe;
pub mod prometheus;
pub mod python;
pub mod server;
pub mod signed;
pub mod streams;
pub mod tls;
pub mod tminus;
pub mod unbound;
pub mod validators;
