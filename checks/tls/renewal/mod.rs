//! Renewal: whether what an ACME client (RFC 8555) writes, serves and swaps reaches the clients.

mod acme;
mod challenge;
mod disk;
mod file;
mod swap;

use std::net::SocketAddr;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::observation::Observation;
use super::{Settings, judge};
use crate::instrument::tls::{Client, Timeouts};
use crate::model::{
    Complaint, Exhibit, Finding, Measure, Notebook, Plan, ProbeError, Target, Touch,
};

#[cfg(test)]
pub(super) use challenge::{End, Step, Walk};
pub(super) use disk::Disk;
pub(super) use file::claims;
#[cfg(test)]
pub(super) use swap::{Held, Latest, Ran, Watched};
pub(super) use swap::{HotSwap, Place, Swap};

/// What was seen of renewal. Empty where nothing of it was asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Renewal {
    /// What stood in `file` or `secret-file`; none until it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) disk: Option<Disk>,
    /// What became of challenges of ACME, by host and address.
    #[serde(default, skip_serializing_if = "challenge::Walks::is_empty")]
    pub(super) acme: challenge::Walks,
    /// What was seen of a hot swap; none where none was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) swap: Option<Swap>,
}

impl Renewal {
    /// Whether nothing was seen.
    pub(super) fn is_empty(&self) -> bool {
        self.disk.is_none() && self.acme.is_empty() && self.swap.is_none()
    }
}

/// The file that servers are said to serve, as the checklist names it.
fn served_file(settings: &Settings) -> Option<&Path> {
    let named = settings.file.as_ref().or(settings.secret_file.as_ref());
    named.map(AsRef::as_ref)
}

/// Rules between the settings of renewal.
pub(super) fn review(settings: &Settings) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    if settings.file.is_some() && settings.secret_file.is_some() {
        complaints.push(
            Complaint::new("secret-file", "`file` and `secret-file` exclude each other").help(
                "name one of them: `secret-file` where the private key stands in the same file",
            ),
        );
    }
    if !settings.acme_hosts.is_empty() && !settings.acme_http01 {
        complaints.push(
            Complaint::new("acme-hosts", "nobody is redirected without `acme-http01`")
                .help("set `acme-http01 = true`"),
        );
    }
    complaints.extend(settings.hot_swap.as_ref().and_then(swap::review));
    complaints
}

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
        plan.load.push_str(&swap::load(swap));
    }
}

/// Reads what does not depend on any endpoint.
pub(super) async fn read(settings: &Settings, folder: &Path, notes: &Notebook<Observation>) {
    if let Some(path) = served_file(settings) {
        let disk = disk::read(folder.join(path), "on-disk.pem", notes).await;
        notes.note(|page| page.renewal.disk = Some(disk));
    }
}

/// Swaps, where the checklist says so. What is looked at afterwards is what clients will meet.
pub(super) async fn swap(
    settings: &Settings,
    places: &[Place],
    client: &Client,
    folder: &Path,
    notes: &Notebook<Observation>,
    timeouts: Timeouts,
) {
    if let Some(swap) = &settings.hot_swap {
        swap::swap(swap, places, client, folder, notes, timeouts).await;
    }
}

/// Asks for challenges at every address that is known by now.
///
/// # Errors
/// When TLS cannot be set up.
pub(super) async fn visit(
    settings: &Settings,
    notes: &Notebook<Observation>,
    timeouts: Timeouts,
) -> Result<(), ProbeError> {
    if settings.acme_http01 {
        challenge::walk(settings, notes, timeouts).await?;
    }
    Ok(())
}

/// What is found of hosts, of a swap, and of the check as a whole.
pub(super) fn findings(settings: &Settings, observation: &Observation) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(path) = served_file(settings) {
        let secret = settings.secret_file.is_some();
        findings.extend(file::findings(path, secret, &observation.renewal.disk));
    }
    if settings.acme_http01 {
        findings.extend(acme::findings(settings, observation));
    }
    findings.extend(swap::findings(settings, observation));
    findings
}

/// What was found of several addresses: once where it is the same, and with its addresses where it does not hold for
/// all of them.
fn gathered(found: Vec<(SocketAddr, Finding)>) -> Vec<Finding> {
    let found = found.into_iter().map(|(at, finding)| (vec![at], finding));
    let merged = judge::merged(found.collect());
    if merged.len() == 1 {
        return merged.into_iter().map(|(_, finding)| finding).collect();
    }
    let located = |(at, finding): (Vec<_>, _)| judge::located(finding, &at);
    merged.into_iter().map(located).collect()
}

/// The numbers of renewal.
pub(super) fn measures(observation: &Observation) -> Vec<Measure> {
    let mut measures = acme::measures(observation);
    measures.extend(swap::measures(observation));
    measures
}

/// The table of a hot swap.
pub(super) fn exhibit(observation: &Observation) -> Option<Exhibit> {
    swap::exhibit(observation)
}
