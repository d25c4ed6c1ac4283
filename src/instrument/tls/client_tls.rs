//! The TLS side of a client as a checklist gives it: `tls = { ... }`, loaded in one way for every module.

use rustls::pki_types::ServerName;

use super::client::Client;
use super::identity::{Identity, IdentityError};
use super::roots::{Origin, Roots};
use super::trusted::Trust;
use crate::model::ProbeError;
use crate::model::tls_settings::{TlsSettings, TrustStore};

/// How to fix roots that cannot be loaded.
const HINT: &str = "set `tls.trust = \"web\"` for public certificates, or `tls.ca-file` to a PEM file of root certificates";

/// What `tls = { ... }` holds.
#[derive(Clone, Debug)]
pub struct ClientTls {
    /// The root certificates that are trusted.
    pub roots: Roots,
    /// The client's certificate.
    pub identity: Option<Identity>,
    /// The name to ask for and to find, where it is not the host.
    pub server_name: Option<ServerName<'static>>,
}

impl ClientTls {
    /// Loads it. Its files came with the settings; the system's trust store is read on a thread that may block.
    ///
    /// # Errors
    /// What cannot be used, and how to fix it.
    pub async fn load(settings: &TlsSettings) -> Result<Self, ProbeError> {
        let mut tls = Self::load_trust(settings).await?;
        let identity = Self::identity(settings);
        tls.identity = identity.map_err(|error| ProbeError::new(error.to_string()))?;
        Ok(tls)
    }

    /// The client's certificate, where there is one.
    ///
    /// # Errors
    /// Which file cannot be used and why.
    pub fn identity(settings: &TlsSettings) -> Result<Option<Identity>, IdentityError> {
        let pair = settings.certificate.as_ref().zip(settings.key.as_ref());
        let identity = pair.map(|(certificate, key)| {
            Identity::of_pem(
                (certificate.path(), certificate.bytes()),
                (key.path(), key.bytes()),
            )
        });
        identity.transpose()
    }

    /// Loads all of it but the client's certificate.
    ///
    /// # Errors
    /// What cannot be used, and how to fix it.
    pub async fn load_trust(settings: &TlsSettings) -> Result<Self, ProbeError> {
        let origins = origins(settings);
        let loading = tokio::task::spawn_blocking(move || Roots::load(&origins));
        let roots = match loading.await {
            Ok(loaded) => loaded.map_err(|error| ProbeError::new(error.to_string()).hint(HINT))?,
            Err(error) => {
                let message = format!("loading root certificates: {error}");
                return Err(ProbeError::new(message));
            }
        };
        let name = settings.server_name.clone();
        let server_name = name.map(|name| {
            ServerName::try_from(name.clone()).map_err(|_| {
                let message = format!("`tls.server-name` \"{name}\" is not a host name");
                ProbeError::new(message)
            })
        });
        Ok(Self {
            roots,
            identity: None,
            server_name: server_name.transpose()?,
        })
    }

    /// A client that talks only to servers whose certificate is trusted.
    ///
    /// # Errors
    /// When there are no roots.
    pub fn trust(&self) -> Result<Trust, ProbeError> {
        let trust = Trust::new(&self.roots);
        let trust =
            trust.map_err(|error| ProbeError::new(format!("cannot set up TLS: {error}")))?;
        Ok(trust.identity(self.identity.clone()))
    }

    /// A client that accepts and records every certificate, and offers these application protocols.
    ///
    /// # Errors
    /// When the crypto provider does not fit the protocol versions, which is a defect of the build.
    pub fn client(&self, alpn: &[String]) -> Result<Client, ProbeError> {
        let client = Client::new(alpn);
        let client =
            client.map_err(|error| ProbeError::new(format!("cannot set up TLS: {error}")))?;
        Ok(client.identity(self.identity.clone()))
    }
}

/// Where the roots come from: what `trust` and `ca-file` say, else the operating system's store.
fn origins(settings: &TlsSettings) -> Vec<Origin> {
    let store = match (settings.trust, &settings.ca_file) {
        (None, Some(_)) => None,
        (None | Some(TrustStore::System), _) => Some(Origin::System),
        (Some(TrustStore::Web), _) => Some(Origin::Web),
    };
    let file = settings.ca_file.as_ref();
    let file = file.map(|file| Origin::Pem(file.path().to_owned(), file.shared()));
    store.into_iter().chain(file).collect()
}
