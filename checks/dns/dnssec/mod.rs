//! DNSSEC: the messages from every answer up to a trust anchor are gathered as they come from the wire, and the
//! judge validates them. So a verdict can be computed again, at any instant, from the record alone.

mod algorithms;
mod anchors;
mod answer;
mod canonical;
mod chain;
mod denial;
pub(super) mod judge;
mod messages;
pub(super) mod probe;
mod question;
mod signed;
#[cfg(test)]
mod tests;
mod valid_signatures;
mod validity;
