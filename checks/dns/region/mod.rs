//! Answers by region: every resolver is asked on behalf of networks of clients (EDNS Client Subnet, RFC 7871).
//! `judge` distinguishes an answer that is meant for the network from one that everyone gets.

pub(super) mod judge;
pub(super) mod probe;
#[cfg(test)]
mod tests;
