//! What the probe writes down of challenges.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::instrument::http::{Exchange, HttpError};

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
    /// None, or not a whole one.
    NoPage(HttpError),
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Page {
    /// HTTP status.
    pub(crate) status: u16,
    /// The `Location`, as escaped ASCII.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<String>,
    /// The first bytes of the body, as escaped ASCII.
    pub(crate) begins: String,
    /// How many bytes of the body were read.
    pub(crate) bytes: u64,
}

/// The longest redirect that is kept.
const LONGEST_LOCATION: usize = 2048;

impl From<Exchange> for End {
    fn from(exchange: Exchange) -> Self {
        let location = exchange.header("location");
        let location = location.map(|text| text.get(..LONGEST_LOCATION).unwrap_or(text).to_owned());
        match exchange.failure {
            Some(error) => Self::NoPage(error),
            None => Self::Page(Page {
                status: exchange.head.map_or(0, |head| head.status), // where nothing failed there is one
                location,
                begins: exchange.body.kept.escape_ascii().to_string(),
                bytes: exchange.body.size,
            }),
        }
    }
}

/// What was seen, by host and address.
pub(crate) type Walks = BTreeMap<String, BTreeMap<IpAddr, Walk>>;
