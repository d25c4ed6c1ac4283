//! What the probe writes down of challenges.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::instrument::visit::{NoPage, Page};

/// What became of the way from one address to an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Walk {
    /// Every request in its order; the last one has an answer that was not followed, or none.
    pub(crate) steps: Vec<Step>,
    /// From the first request to the last answer.
    pub(crate) took_us: u64,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Step {
    /// What was asked for.
    pub(crate) url: String,
    /// Where.
    pub(crate) address: SocketAddr,
    /// What was answered.
    pub(crate) end: End,
}

/// The end of one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum End {
    /// An answer.
    Page(Page),
    /// None.
    NoPage(NoPage),
}

/// What was seen, by host and address.
pub(crate) type Walks = BTreeMap<String, BTreeMap<IpAddr, Walk>>;
