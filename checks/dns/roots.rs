//! Encrypted resolvers that know whose certificates to trust.

use std::sync::Arc;

use super::settings::Settings;
use crate::instrument::dns::Resolver;
use crate::instrument::tls::{ClientTls, RootSet};
use crate::model::ProbeError;

/// The settings with encrypted resolvers that can be asked, and where their roots come from. Where no resolver is
/// encrypted, nothing is read.
///
/// # Errors
/// When there are no roots: such a resolver could not be asked.
pub(super) async fn load(settings: &Settings) -> Result<(Settings, Vec<RootSet>), ProbeError> {
    let mut settings = settings.clone();
    if !settings.resolvers.iter().any(Resolver::is_encrypted) {
        return Ok((settings, Vec::new()));
    }
    let tls = ClientTls::load(&settings.tls).await?;
    let trust = Arc::new(tls.trust()?);
    for resolver in &mut settings.resolvers {
        *resolver = resolver.trusting(&trust, tls.server_name.as_ref());
    }
    Ok((settings, trust.sets().to_vec()))
}
