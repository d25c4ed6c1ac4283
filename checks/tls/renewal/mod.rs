//! Renewal: whether what an ACME client (RFC 8555) writes, serves and swaps reaches the clients.

mod acme;
mod certificate_file;
mod hot_swap;
mod judge;
mod probe;
mod seen;

#[cfg(test)]
pub(super) use acme::seen::{End, Page, Step, Walk};
pub(super) use certificate_file::judge::of_endpoint;
#[cfg(test)]
pub(super) use certificate_file::seen::CertificateFile;
pub(super) use hot_swap::probe::Place;
#[cfg(test)]
pub(super) use hot_swap::seen::{Held, Latest, Ran, Swap, Watched};
pub(super) use judge::{exhibit, findings, measures};
pub(super) use probe::{read, swap, visit};
pub(super) use seen::Renewal;

use super::settings::Settings;
use crate::model::plan::Reach;
use crate::model::{Plan, Touch};

/// What renewal adds to the plan.
pub(super) fn plan(settings: &Settings, plan: &mut Plan) {
    if settings.acme.is_some() {
        plan.load
            .push_str(", and one ACME challenge, with up to 10 redirects");
    }
    if let Some(swap) = &settings.hot_swap {
        plan.touch = Touch::Write;
        plan.load.push_str(&hot_swap::load(swap));
    }
}

/// Where challenges are asked for.
pub(super) fn reach(settings: &Settings) -> Vec<Reach> {
    let Some(acme) = &settings.acme else {
        return Vec::new();
    };
    let hosts = settings.hosts();
    hosts
        .map(|(host, _)| Reach::host(host, "tcp", acme.port))
        .collect()
}
