//! What is found of renewal, and its numbers and table.

use super::{acme, certificate_file, hot_swap};
use crate::checks::tls::observation::Observation;
use crate::checks::tls::settings::Settings;
use crate::judging::Bounded;
use crate::model::{Exhibit, Measure};

/// What is found of files, of hosts and of a swap.
pub(crate) fn findings(settings: &Settings, observation: &Observation, findings: &mut Bounded) {
    if let Some(path) = settings.served_file() {
        let secret = settings.secret_file.is_some();
        let file = &observation.renewal.certificate_file;
        let of_file = certificate_file::judge::findings(path, secret, file);
        of_file
            .into_iter()
            .for_each(|finding| findings.add(finding));
    }
    acme::judge::findings(settings, observation, findings);
    hot_swap::judge::findings(settings, observation, findings);
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
