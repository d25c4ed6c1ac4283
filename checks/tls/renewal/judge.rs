//! What is found of renewal, and its numbers and table.

use super::{acme, certificate_file, hot_swap};
use crate::checks::tls::observation::Observation;
use crate::checks::tls::settings::Settings;
use crate::model::{Exhibit, Finding, Measure};

/// What is found of hosts, of a swap, and of the check as a whole.
pub(crate) fn findings(settings: &Settings, observation: &Observation) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(path) = settings.served_file() {
        let secret = settings.secret_file.is_some();
        findings.extend(certificate_file::judge::findings(
            path,
            secret,
            &observation.renewal.certificate_file,
        ));
    }
    if settings.acme_http01 {
        findings.extend(acme::judge::findings(settings, observation));
    }
    findings.extend(hot_swap::judge::findings(settings, observation));
    findings
}

/// The numbers of renewal.
pub(crate) fn measures(observation: &Observation) -> Vec<Measure> {
    let mut measures = acme::judge::measures(observation);
    measures.extend(hot_swap::judge::measures(observation));
    measures
}

/// The table of a hot swap.
pub(crate) fn exhibit(observation: &Observation) -> Option<Exhibit> {
    hot_swap::judge::exhibit(observation)
}
