//! The messages that DNSSEC is judged by.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::instrument::dns::RecordType;

/// What validation has to go by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signatures {
    /// The file of trust anchors; without one, those of the root that the program knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchors: Option<String>,
    /// Why nothing was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// One for each resolver that is given by address.
    pub paths: Vec<Path>,
    /// One for each of the zones' own servers that was found: the zone's keys, and the first of its names' records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<Path>,
}

/// What came by way of one resolver, or from one server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Path {
    /// The resolver as the checklist writes it, or the server with its address.
    pub resolver: Arc<str>,
    /// Every message that was asked for: the names' records, then keys and delegations up to the anchor.
    pub messages: Vec<Gathered>,
}

/// One question, put with DO and CD.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gathered {
    /// The name, with the final dot.
    pub name: Arc<str>,
    /// The type.
    #[serde(rename = "type")]
    pub kind: RecordType,
    /// The answer as it came from the wire, in Base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wire: Option<String>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
