//! Behaviour of tminus against real parts: the program itself, real servers, outside validators.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "tests meet the world, stop where it is not what they need, and export nothing"
)]

mod checklists;
mod cli;
mod command;
mod dns;
mod dns_dnssec;
mod dns_evidence;
mod dns_limits;
mod dns_quic;
mod dns_regions;
mod dns_rules;
mod dns_source;
mod dns_streams;
mod dns_warm;
mod documents;
mod drift;
mod handover;
mod manual;
mod pdf;
mod reports;
mod secrets;
mod seeds;
mod sign;
mod support;
mod tls;
mod tls_acme;
mod tls_authorities;
mod tls_chains;
mod tls_dashboards;
mod tls_endpoints;
mod tls_flight;
mod tls_hostile;
mod tls_pebble;
mod tls_protocols;
mod tls_renewal;
mod tls_resumption;
mod tls_revocation;
mod tls_saving;
mod tls_swap;
mod tls_transparency;
