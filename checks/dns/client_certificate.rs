//! The certificate that is shown to resolvers over TLS that ask for one: when it ends, they turn clients away.

use std::time::Duration;

use super::observation::Observation;
use super::rules;
use super::settings::Settings;
use crate::instrument::tls::Der;
use crate::judging::text::{clipped, list};
use crate::judging::{Window, client_certificate};
use crate::model::pem;
use crate::model::{Finding, LaunchFacts};

/// How findings name it.
const SUBJECT: &str = "the client certificate";

/// How long after T-0 it has to last.
const COVER: Duration = Duration::from_secs(24 * 60 * 60);

/// What the checklist gives, for the record.
pub(super) fn given(settings: &Settings) -> Vec<Der> {
    let file = settings.tls.certificate.as_ref();
    let read = file.and_then(|file| pem::certificates(file.bytes()).ok());
    let all = read.into_iter().flatten();
    all.map(|certificate| Der(certificate.to_vec())).collect()
}

/// What is found of it; nothing where there is none.
pub(super) fn judge(
    settings: &Settings,
    observation: &Observation,
    facts: &LaunchFacts,
) -> Option<Finding> {
    let file = settings.tls.certificate.as_ref()?;
    let (rule, file) = (rules::CLIENT_CERTIFICATE, clipped(file.path()));
    let ders = observation.client.iter().map(|der| der.0.as_slice());
    let ders: Vec<_> = ders.collect();
    Some(
        match client_certificate::faults(&ders, Window::new(facts, COVER)) {
            Err(error) => rule
                .error(
                    SUBJECT,
                    format!("The client certificate in {file} could not be judged"),
                )
                .observed(clipped(&error)),
            Ok(faults) if faults.is_empty() => rule.pass(
                SUBJECT,
                format!("The client certificate in {file} is valid at T-0 and for a day after it"),
            ),
            Ok(faults) => rule
                .fail(
                    SUBJECT,
                    format!("The client certificate in {file} is not good for the launch"),
                )
                .expected("a certificate for clients that is valid at T-0 and for a day after it")
                .observed(list(faults))
                .hint(
                    "renew it with the extended key usage `clientAuth`, and give it to all clients",
                ),
        },
    )
}
