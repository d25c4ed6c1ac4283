//! The walk to the zones' own servers.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::exchange::Exchange;
use crate::instrument::dns::{Attempt, RecordType};

/// What every server is asked first, about the zone itself.
pub(crate) const OF_ZONE: [RecordType; 2] = [RecordType::Soa, RecordType::Ns];

/// All that was found on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walk {
    /// The zones of the names.
    pub zones: Vec<Zone>,
    /// Names whose zone was not found, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<Lost>,
}

impl Walk {
    /// Every server with its zone.
    pub(crate) fn servers(&self) -> impl Iterator<Item = (&Zone, &Server)> {
        let zones = self.zones.iter();
        zones.flat_map(|zone| zone.servers.iter().map(move |server| (zone, server)))
    }
}

/// A name without a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// The name as the checklist writes it.
    pub name: Arc<str>,
    /// What was found instead of a zone.
    pub reason: String,
}

/// A zone and its servers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Its name, with the final dot.
    pub name: Arc<str>,
    /// What the zone above says of it; nothing where its servers were named by the settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<Above>,
    /// The servers that its NS records or those of the zone above name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<Host>,
    /// Names of its servers without an address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_address: Vec<String>,
    /// One for each address.
    pub servers: Vec<Server>,
    /// Why there are no servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The name of a server, and where it leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// The name, in lower case with the final dot.
    pub name: Arc<str>,
    /// The name that it is an alias of, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// Its addresses, in order.
    pub addresses: Vec<IpAddr>,
}

/// The zone above another, asked for the delegation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Above {
    /// Its name, where it was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Arc<str>>,
    /// Its servers.
    pub servers: Vec<Referrer>,
    /// Why there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A server of the zone above, and where it sends resolvers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referrer {
    /// Its name and address.
    pub server: Arc<str>,
    /// The servers in its referral, each with the addresses that came along (glue).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ns: BTreeMap<Arc<str>, Vec<IpAddr>>,
    /// Whether it is an authority for the zone itself, and so never refers to it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub itself: bool,
    /// What came instead of a referral.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// One server at one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Its name, where one led to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    /// Where it was asked.
    pub address: SocketAddr,
    /// SOA and NS of the zone, then every name and type in it.
    pub exchanges: Vec<Exchange>,
    /// The zone's SOA over TCP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcp: Option<Attempt>,
    /// A question that was not answered, put again in ways that need no large datagrams.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smaller: Option<Smaller>,
    /// Why it could not be asked to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Server {
    /// A server that has not been asked yet.
    pub(crate) fn at(name: Option<Arc<str>>, address: SocketAddr) -> Self {
        Self {
            name,
            address,
            exchanges: Vec::new(),
            tcp: None,
            smaller: None,
            error: None,
        }
    }

    /// Its name, where it has one, and its address.
    pub(crate) fn label(&self) -> String {
        match &self.name {
            Some(name) => format!("{name} ({})", self.address),
            None => self.address.to_string(),
        }
    }

    /// What it said to one question.
    pub(crate) fn exchange(&self, name: &str, kind: RecordType) -> Option<&Exchange> {
        let mut exchanges = self.exchanges.iter();
        exchanges.find(|exchange| &*exchange.name == name && exchange.kind == kind)
    }

    /// The questions of the check's names in the zone.
    pub(crate) fn records(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter().skip(OF_ZONE.len())
    }
}

/// A question to which no answer came, asked again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Smaller {
    /// The name.
    pub name: Arc<str>,
    /// The type.
    #[serde(rename = "type")]
    pub kind: RecordType,
    /// Over UDP without EDNS: 512 bytes at most.
    pub udp: Option<Attempt>,
    /// Over TCP.
    pub tcp: Option<Attempt>,
}
