//! Whether transparency logs have the certificate: timestamps that stand in it or come with it, their signatures
//! verified with the keys of a list of logs (RFC 6962). The policy is in `ct_policy.rs`.
//!
//! Public authorities must enter what they issue into public logs, authorities of one's own nowhere. So by default a
//! chain is judged if it leads to a public root; which roots those are is recorded with them.

mod ct_policy;
mod judge;
mod known_logs;
mod log_list;
mod log_list_file;
mod probe;
mod sct;
mod sct_delivery;
mod scts;

pub(super) use judge::findings;
pub(super) use known_logs::{KnownLogs, add};
pub(super) use log_list::LogList;
pub(super) use probe::ask;
#[cfg(test)]
pub(super) use sct::Sct;
pub(super) use sct_delivery::SctDelivery;

use super::chain_end::ChainEnd;
use super::settings::{Settings, Transparency};

impl Transparency {
    /// Whether a chain that leads there is judged.
    fn judges(self, end: &ChainEnd) -> bool {
        match self {
            Self::Require => true,
            Self::Prefer => matches!(end, ChainEnd::Trusted(path) if path.public),
            Self::Off => false,
        }
    }
}

/// What is asked beside the handshakes, for the plan. Whose certificates lack timestamps is not known before they are
/// seen.
pub(super) fn load(settings: &Settings) -> &'static str {
    match settings.transparency() {
        Transparency::Off => "",
        Transparency::Require => {
            "; another ClientHello where a certificate lacks timestamps of logs"
        }
        Transparency::Prefer => {
            "; another ClientHello where a public authority's certificate lacks timestamps of logs"
        }
    }
}
