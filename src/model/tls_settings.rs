//! `tls = { ... }`: whom a client trusts, and what it shows of itself. One table with one meaning in every module.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Complaint, InputFile, SecretFile};

/// The TLS side of a client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TlsSettings {
    /// Whose root certificates are trusted. Absent: those of `ca-file` alone where that is given, else the operating
    /// system's.
    #[serde(default)]
    pub trust: Option<TrustStore>,
    /// PEM file of root certificates, trusted beside those of `trust`.
    #[serde(default)]
    pub ca_file: Option<InputFile>,
    /// PEM file of the client's certificate and its chain, for servers that ask for one.
    #[serde(default)]
    pub certificate: Option<InputFile>,
    /// PEM file of the unencrypted private key of `certificate`.
    #[serde(default)]
    pub key: Option<SecretFile>,
    /// The name to ask for and to find in the server's certificate, where it is not the host.
    #[serde(default)]
    pub server_name: Option<String>,
}

/// Whose root certificates are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TrustStore {
    /// The operating system's trust store.
    System,
    /// Mozilla's list as this program was built with it.
    Web,
}

impl TlsSettings {
    /// What the types cannot tell: a certificate and its key come together.
    pub fn review(&self) -> Vec<Complaint> {
        let complaint = match (&self.certificate, &self.key) {
            (Some(_), None) => Complaint::new("tls", "`tls.certificate` needs its private key")
                .help("name the PEM file of the key as `tls.key`"),
            (None, Some(_)) => Complaint::new("tls", "`tls.key` needs its certificate")
                .help("name the PEM file of the certificate as `tls.certificate`"),
            _ => return Vec::new(),
        };
        vec![complaint]
    }
}
