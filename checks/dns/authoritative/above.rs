//! The zones above, whose servers send resolvers to a zone: each is asked, without recursion, for the zone's NS
//! records, and what it refers to is kept with the addresses that come along.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures_util::StreamExt as _;
use hickory_proto::op::Message;
use hickory_proto::rr::{RData, RecordType as Kind};

use super::find::{Guide, Open, SERVERS, above_of};
use super::probe::AT_A_TIME;
use super::visit::FORM;
use crate::checks::dns::observation::{Above, Host, Referrer};
use crate::checks::dns::queries::{self, Query};
use crate::instrument::dns::{DnsEvent, Outcome, RecordType, Resolver};

impl Guide<'_> {
    /// What the zone above each of these says of it. Where the settings name the servers, nobody is asked.
    pub(super) async fn above(&self, zones: &[Arc<str>]) -> BTreeMap<Arc<str>, Above> {
        let mut found = BTreeMap::new();
        if !self.asking.settings.authorities().is_empty() {
            return found;
        }
        let mut open = Open::new();
        for zone in zones.iter().filter(|zone| &***zone != ".") {
            open.entry(above_of(zone))
                .or_default()
                .push(Arc::clone(zone));
        }
        let (parents, lost) = self.tops(open).await;
        for lost in lost {
            let error = Some(lost.reason);
            let above = Above {
                error,
                ..Above::default()
            };
            found.insert(lost.name, above);
        }
        for (parent, zones) in parents {
            match self.hosts(&parent).await {
                Ok(hosts) => found.extend(self.refer(&parent, &hosts, &zones).await),
                Err(reason) => found.extend(zones.into_iter().map(|zone| {
                    let above = Above {
                        zone: Some(Arc::clone(&parent)),
                        error: Some(reason.clone()),
                        ..Above::default()
                    };
                    (zone, above)
                })),
            }
        }
        found
    }

    /// Asks every server of one zone about all the zones below it.
    async fn refer(
        &self,
        parent: &Arc<str>,
        hosts: &[Host],
        zones: &[Arc<str>],
    ) -> BTreeMap<Arc<str>, Above> {
        let port = self.asking.settings.authority_port();
        let servers = hosts.iter().flat_map(|host| {
            let at = |ip: &IpAddr| (Arc::clone(&host.name), SocketAddr::new(*ip, port));
            host.addresses.iter().map(at)
        });
        let servers: Vec<_> = servers.take(SERVERS).collect();
        let blank = Above {
            zone: Some(Arc::clone(parent)),
            error: servers
                .is_empty()
                .then(|| format!("no server of {parent} has an address")),
            ..Above::default()
        };
        let mut found: BTreeMap<_, _> = zones
            .iter()
            .map(|zone| (Arc::clone(zone), blank.clone()))
            .collect();
        let asked = servers.into_iter().map(|(name, address)| async move {
            self.referrals(&format!("{name} ({address})"), address, zones)
                .await
        });
        let asked = futures_util::stream::iter(asked).buffered(AT_A_TIME);
        for (zone, referrer) in asked.concat().await {
            found.entry(zone).or_default().servers.push(referrer);
        }
        found
    }

    async fn referrals(
        &self,
        label: &str,
        address: SocketAddr,
        zones: &[Arc<str>],
    ) -> Vec<(Arc<str>, Referrer)> {
        let label: Arc<str> = label.into();
        let asked: Vec<Query> = zones
            .iter()
            .map(|zone| (Arc::clone(zone), RecordType::Ns))
            .collect();
        let mut came: Vec<Referrer> = zones.iter().map(|_| Referrer::silent(&label)).collect();
        let mut write = |seen: DnsEvent<'_>| {
            if let DnsEvent::Attempt {
                question,
                attempt,
                wire,
            } = seen
                && let (Some(place), Some(zone)) = (came.get_mut(question), zones.get(question))
            {
                *place = match (&attempt.outcome, wire.map(Message::from_vec)) {
                    (Outcome::Answer(reply), Some(Ok(message))) => {
                        referrer(&label, zone, &message, &reply.rcode)
                    }
                    (other, _) => Referrer {
                        error: Some(other.to_string()),
                        ..Referrer::silent(&label)
                    },
                };
            }
        };
        let server = Resolver::Server(address);
        let end = queries::observe(&self.asking, &server, &asked, FORM, &mut write);
        if let Err(error) = end.await {
            for silent in came.iter_mut().filter(|referrer| referrer.error.is_some()) {
                silent.error = Some(error.to_string());
            }
        }
        zones.iter().cloned().zip(came).collect()
    }
}

impl Referrer {
    fn silent(label: &Arc<str>) -> Self {
        Self {
            server: Arc::clone(label),
            ns: BTreeMap::new(),
            itself: false,
            error: Some("no answer".into()),
        }
    }
}

/// What a server of the zone above says of a zone.
fn referrer(label: &Arc<str>, zone: &str, message: &Message, code: &str) -> Referrer {
    let here = |record: &&hickory_proto::rr::Record| {
        record.record_type() == Kind::NS && record.name.to_lowercase().to_ascii() == *zone
    };
    let itself =
        message.metadata.authoritative && message.answers.iter().any(|record| here(&record));
    let mut ns: BTreeMap<Arc<str>, Vec<IpAddr>> = BTreeMap::new();
    for record in message.authorities.iter().filter(here).filter(|_| !itself) {
        if let RData::NS(name) = &record.data {
            ns.insert(name.0.to_lowercase().to_ascii().into(), Vec::new());
        }
    }
    for record in &message.additionals {
        let owner = record.name.to_lowercase().to_ascii();
        if let (Some(glue), Some(ip)) = (ns.get_mut(&*owner), record.data.ip_addr()) {
            glue.push(ip);
            glue.sort_unstable();
            glue.dedup();
        }
    }
    let nothing = match code {
        "NOERROR" => "no referral",
        code => code,
    };
    Referrer {
        error: (!itself && ns.is_empty()).then(|| nothing.to_owned()),
        server: Arc::clone(label),
        ns,
        itself,
    }
}
