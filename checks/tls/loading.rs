//! Loads what a probe is given in files: root certificates, a list of endpoints, a client's certificate.

use super::endpoint::Endpoint;
use super::endpoints_file;
use super::settings::{Settings, TrustStore};
use crate::instrument::tls::{Identity, Origin, Roots};
use crate::model::{Context, ProbeError};

/// The roots that are trusted.
pub(crate) async fn roots(settings: &Settings, context: &Context) -> Result<Roots, ProbeError> {
    let store = match (settings.trust, &settings.ca_file) {
        (None, Some(_)) => None,
        (None, None) => Some(Origin::System),
        (Some(TrustStore::System), _) => Some(Origin::System),
        (Some(TrustStore::Web), _) => Some(Origin::Web),
    };
    let file = settings.ca_file.clone().map(Origin::File);
    let origins: Vec<_> = store.into_iter().chain(file).collect();
    let folder = context.folder.clone();
    let loading = tokio::task::spawn_blocking(move || Roots::load(&origins, &folder));
    let hint = "set `trust = \"web\"` for public certificates, or `ca-file` to a PEM file of root certificates";
    match loading.await {
        Ok(Ok(roots)) => Ok(roots),
        Ok(Err(error)) => Err(ProbeError::new(error.to_string()).hint(hint)),
        Err(error) => Err(ProbeError::new(format!(
            "loading root certificates: {error}"
        ))),
    }
}

/// What else stands in files: endpoints, and a client's certificate with its key.
pub(crate) async fn files(
    settings: &Settings,
    context: &Context,
) -> Result<(Vec<Endpoint>, Option<Identity>), ProbeError> {
    let list = settings.endpoints_file.clone();
    let pair = settings
        .client_certificate
        .clone()
        .zip(settings.client_key.clone());
    let folder = context.folder.clone();
    let loading = tokio::task::spawn_blocking(move || {
        let listed = list.map_or(Ok(Vec::new()), |list| endpoints_file::load(&list, &folder))?;
        let identity = pair
            .map(|(certificate, key)| Identity::load(&folder.join(certificate), &folder.join(key)));
        Ok((listed, identity.transpose()?))
    });
    match loading.await {
        Ok(loaded) => loaded.map_err(|error: String| ProbeError::new(error)),
        Err(error) => Err(ProbeError::new(format!("loading files: {error}"))),
    }
}
