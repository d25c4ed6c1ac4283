//! What was seen beyond the answers to the names of the check.

use std::net::SocketAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::exchange::Exchange;
use crate::checks::dns::settings::{DomainName, Subnet};
use crate::instrument::dial::DialError;

/// A name that must be NXDOMAIN at one resolver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// The zone under which the name was made up, where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under: Option<Arc<str>>,
    /// What was asked and what came.
    pub exchange: Exchange,
    /// Why the resolver could not be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// One attempt to connect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Address and port.
    pub address: SocketAddr,
    /// Until the connection was accepted or given up, in microseconds.
    pub duration_us: u64,
    /// Why there is none, where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<DialError>,
}

/// One question at one resolver on behalf of a region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Regional {
    /// The region as the checklist calls it.
    pub region: Arc<str>,
    /// The network that was shown.
    pub subnet: Subnet,
    /// What was asked and what came.
    pub exchange: Exchange,
    /// Why the resolver could not be asked, or not to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Arc<str>>,
}

/// The names that a file listed, and the digest of that file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// SHA-256 of the whole file, hexadecimal.
    pub sha256: String,
    /// How many names it gave to ask for.
    pub count: usize,
    /// Lines whose name was already listed, in the file or in `names`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub repeated: usize,
    /// The names in the order of the file, each once.
    pub names: Vec<DomainName>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}
