//! DNSSEC: the messages from every answer up to a trust anchor are gathered as they come from the wire, and the
//! judge validates them. So a verdict can be computed again, at any instant, from the record alone.

mod anchors;
mod chain;
mod denial;
mod gather;
mod judge;
mod library;
mod signed;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::asking;
use super::settings::Settings;
use crate::instrument::dns::Kind;
use crate::model::Complaint;

pub(super) use gather::look;
pub(super) use judge::judge;

/// What is asked of signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dnssec {
    /// Every record set is signed, and the signatures lead to a trust anchor.
    Require,
    /// A zone may be unsigned; what is signed must be valid.
    Allow,
}

/// What validation has to go by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signatures {
    /// The file of trust anchors; without one, those of the root that the program knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchors: Option<String>,
    /// Why nobody was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// One for each resolver that is given by address.
    pub paths: Vec<Path>,
    /// One for each of the zones' own servers that was found: the zone's keys, and the first of its names' records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<Path>,
}

/// Record sets of a zone whose signatures are looked at, at each of its servers.
const SAMPLE: usize = 50;

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
    pub kind: Kind,
    /// The answer as it came from the wire, in Base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wire: Option<String>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What cannot be meant.
pub(super) fn review(settings: &Settings) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut complain = |key, problem: &str, help: &str| {
        complaints.push(Complaint::new(key, problem).help(help));
    };
    if settings.dnssec.is_none() && settings.trust_anchor.is_some() {
        let help = "write `dnssec = \"require\"`, or \"allow\"";
        complain("trust-anchor", "is of no use without `dnssec`", help);
    }
    if settings.dnssec.is_some() && asking::servers(settings).next().is_none() {
        let help = "the system's own resolver cannot be asked for signatures";
        complain("dnssec", "needs a resolver that is given by address", help);
    }
    complaints
}
