//! Renewal: whether what an ACME client (RFC 8555) writes, serves and swaps reaches the clients.

mod acme;
mod certificate_file;
mod hot_swap;
mod judge;
mod probe;
mod seen;

#[cfg(test)]
pub(super) use acme::seen::{End, Step, Walk};
pub(super) use certificate_file::judge::claims;
#[cfg(test)]
pub(super) use certificate_file::seen::CertificateFile;
pub(super) use hot_swap::probe::Place;
#[cfg(test)]
pub(super) use hot_swap::seen::{Held, Latest, Ran, Swap, Watched};
pub(super) use judge::{exhibit, findings, measures};
pub(super) use probe::{read, swap, visit};
pub(super) use seen::Renewal;

use super::settings::Settings;
use crate::model::{Plan, Target, Touch};

/// What renewal adds to the plan.
pub(super) fn plan(settings: &Settings, plan: &mut Plan) {
    if settings.acme_http01 {
        let mut more: Vec<_> = plan.targets.clone();
        for target in &mut more {
            if let Target::Host { port, .. } = target {
                *port = settings.acme_port;
            }
        }
        plan.targets.extend(more);
        plan.targets.sort();
        plan.targets.dedup();
        plan.load
            .push_str(", and one challenge of ACME, with up to 10 redirects");
    }
    if let Some(swap) = &settings.hot_swap {
        plan.touch = Touch::Write;
        plan.load.push_str(&hot_swap::load(swap));
    }
}
