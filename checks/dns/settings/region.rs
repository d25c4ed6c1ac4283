//! Networks of clients, and the addresses that they must be sent to.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DomainName, Settings, Subnet};
use crate::instrument::dns::RecordType;
use crate::model::address::literals;

/// A network of clients, and the addresses that they must be sent to.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Region {
    /// What the region is called in the report.
    pub name: Arc<str>,
    /// The network that is shown to the resolvers as the client's.
    pub subnet: Subnet,
    /// The addresses that every name must have for it, compared as sets: IPv4 addresses are what A must return,
    /// IPv6 addresses what AAAA must return. A family without addresses is not asked for.
    #[serde(deserialize_with = "literals")]
    pub expect: Vec<IpAddr>,
    /// Those of the check's names that this is about. Left out, all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<DomainName>,
}

impl Region {
    /// The record types that have expected addresses.
    fn kinds(&self) -> impl Iterator<Item = RecordType> {
        let kinds = self.expect.iter().map(|address| match address {
            IpAddr::V4(_) => RecordType::A,
            IpAddr::V6(_) => RecordType::Aaaa,
        });
        kinds.collect::<BTreeSet<_>>().into_iter()
    }

    /// Every question, name by name.
    pub(crate) fn questions<'a>(
        &'a self,
        settings: &'a Settings,
        listed: &'a [DomainName],
    ) -> impl Iterator<Item = (&'a DomainName, RecordType)> {
        let all = settings.names.iter().chain(listed);
        let all = all.filter(|_| self.names.is_empty());
        let names = self.names.iter().chain(all);
        names.flat_map(|name| self.kinds().map(move |kind| (name, kind)))
    }
}
