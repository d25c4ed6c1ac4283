//! The roots that certificates of encrypted resolvers must lead to.

use std::path::Path;
use std::sync::Arc;

use super::settings::{Resolver, Settings};
use crate::instrument::tls::{Origin, RootSet, Roots, RootsError, Trust};
use crate::model::ProbeError;

/// The settings with encrypted resolvers that know whom to trust, and where that comes from. Where no resolver
/// is encrypted, nothing is read.
///
/// # Errors
/// When there are no roots: such a resolver could not be asked.
pub(super) async fn load(
    settings: &Settings,
    folder: &Path,
) -> Result<(Settings, Vec<RootSet>), ProbeError> {
    let mut settings = settings.clone();
    if !settings.resolvers.iter().any(Resolver::is_encrypted) {
        return Ok((settings, Vec::new()));
    }
    let (file, folder) = (settings.ca_file.clone(), folder.to_owned());
    let loading = tokio::task::spawn_blocking(move || match file {
        Some(file) => Roots::load(&[Origin::File(file)], &folder),
        None => match Roots::load(&[Origin::System], &folder) {
            Err(RootsError::Empty { .. }) => Roots::load(&[Origin::Web], &folder),
            loaded => loaded,
        },
    });
    let refused = |error: &dyn std::fmt::Display| {
        ProbeError::new(format!("cannot verify encrypted resolvers: {error}"))
            .hint("set `ca-file` to a PEM file of root certificates")
    };
    let roots = loading
        .await
        .map_err(|error| refused(&error))?
        .map_err(|error| refused(&error))?;
    let trust = Arc::new(Trust::new(&roots).map_err(|error| refused(&error))?);
    for resolver in &mut settings.resolvers {
        if let Resolver::Upstream(server) = resolver {
            *server = server.clone().trusting(&trust);
        }
    }
    Ok((settings, trust.sets().to_vec()))
}
