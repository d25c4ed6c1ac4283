//! `[check.acme]`: challenges of ACME (RFC 8555 section 8.3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::checks::tls::endpoint::Host;

/// How challenges are asked for.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Acme {
    /// Other hosts to which challenges may be redirected. A redirect to any other host is a failure, and is not
    /// followed.
    pub(crate) hosts: Vec<Host>,
    /// The port for HTTP. CAs use 80.
    pub(crate) port: u16,
    /// The port for HTTPS, which redirects may lead to. CAs use 443.
    pub(crate) https_port: u16,
}

impl Default for Acme {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            port: 80,
            https_port: 443,
        }
    }
}
