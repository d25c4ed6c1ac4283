//! The probe's steps that are about renewal.

use std::path::Path;

use super::hot_swap::probe::Place;
use super::{acme, certificate_file, hot_swap};
use crate::checks::tls::observation::Observation;
use crate::checks::tls::settings::Settings;
use crate::instrument::tls::{Client, Timeouts};
use crate::model::{Context, Notebook, ProbeError};

/// Reads what does not depend on any endpoint.
pub(crate) async fn read(settings: &Settings, folder: &Path, notes: &Notebook<Observation>) {
    if let Some(path) = settings.served_file() {
        let file = certificate_file::probe::read(folder.join(path), "on-disk.pem", notes).await;
        notes.note(|page| page.renewal.certificate_file = Some(file));
    }
}

/// Swaps, where the checklist says so. What is looked at afterwards is what clients will meet.
pub(crate) async fn swap(
    settings: &Settings,
    places: &[Place],
    client: &Client,
    context: &Context,
    notes: &Notebook<Observation>,
    timeouts: Timeouts,
) {
    let (folder, redactor) = (&context.folder, &context.redactor);
    if let Some(swap) = &settings.hot_swap {
        hot_swap::probe::swap(swap, places, client, folder, notes, timeouts, redactor).await;
    }
}

/// Asks for challenges at every address that is known by now.
///
/// # Errors
/// When TLS cannot be set up.
pub(crate) async fn visit(
    settings: &Settings,
    notes: &Notebook<Observation>,
    timeouts: Timeouts,
) -> Result<(), ProbeError> {
    acme::probe::walk(settings, notes, timeouts).await
}
