//! The module `dns` against real name servers, and against peers that no package provides.

mod addresses;
mod answers;
mod client_certificates;
mod dnssec;
mod doh;
mod evidence;
mod expectations;
mod limits;
mod messages;
mod packets;
mod quic;
mod regions;
mod rules;
mod source;
mod streams;
mod system;
mod warm;
mod zones;
