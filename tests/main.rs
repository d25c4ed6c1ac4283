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
mod claims;
mod cli;
mod command;
mod dns;
mod documents;
mod door;
mod drift;
mod ends;
mod fixtures;
mod handover;
mod host_block;
mod house;
mod http;
mod manual;
mod pdf;
mod port;
mod reports;
mod secrets;
mod seeds;
mod sign;
mod support;
mod tls;
mod waivers;
