//! Answers by region: every resolver is asked on behalf of networks of clients (EDNS Client Subnet, RFC 7871).
//! `judge` tells an answer that is meant for the network from one that everyone gets.

mod judge;
mod subnet;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

pub use subnet::Subnet;

use super::asking::{self, Asked};
use super::domain::DomainName;
use super::probe::{self, Exchange, Observation};
use super::settings::{Resolver, Settings};
use crate::instrument::dns::{Form, Kind, Seen};
use crate::model::{Complaint, Notebook};

pub(super) use judge::{exhibit, judge};

/// Questions for one region at one resolver; of others the judge finds nothing, which is an error.
const QUESTIONS: usize = 2000;
/// Messages of one resolver that are kept for one region.
const KEPT: usize = 10;

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
    pub expect: Vec<IpAddr>,
    /// Those of the check's names that this is about. Left out, all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<DomainName>,
}

impl Region {
    /// The record types that have expected addresses.
    fn kinds(&self) -> impl Iterator<Item = Kind> {
        let kinds = self.expect.iter().map(|address| match address {
            IpAddr::V4(_) => Kind::A,
            IpAddr::V6(_) => Kind::Aaaa,
        });
        kinds.collect::<BTreeSet<_>>().into_iter()
    }

    /// Every question, name by name.
    fn questions<'a>(
        &'a self,
        settings: &'a Settings,
        listed: &'a [DomainName],
    ) -> impl Iterator<Item = (&'a DomainName, Kind)> {
        let all = settings.names.iter().chain(listed);
        let all = all.filter(|_| self.names.is_empty());
        let names = self.names.iter().chain(all);
        names.flat_map(|name| self.kinds().map(move |kind| (name, kind)))
    }
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

/// What cannot be meant.
pub(super) fn review(settings: &Settings) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut complain = |problem: String, help: &str| {
        complaints.push(Complaint::new("region", problem).help(help));
    };
    let names: BTreeSet<_> = settings.names.iter().collect();
    let mut met = BTreeSet::new();
    for region in &settings.region {
        let called = &region.name;
        if called.trim().is_empty() {
            complain(
                format!("the region of {} has no name", region.subnet),
                "give it the name that the report shall show",
            );
        }
        if !met.insert(called) {
            complain(
                format!("two regions are called \"{called}\""),
                "give each a name of its own",
            );
        }
        if region.expect.is_empty() {
            complain(
                format!("nothing is expected for \"{called}\""),
                "list the addresses that its clients must be sent to",
            );
        }
        let unknown = region.names.iter().find(|name| !names.contains(name));
        if let (Some(name), None) = (unknown, &settings.names_file) {
            complain(
                format!("\"{name}\" of \"{called}\" is not among the names of this check"),
                "add it to `names`, or mend its spelling",
            );
        }
    }
    if !settings.region.is_empty() && asking::servers(settings).next().is_none() {
        complain(
            "needs a resolver that is given by address".into(),
            "the system's own resolver cannot be shown a client's network",
        );
    }
    complaints
}

/// How many questions there are, names of a file left out.
pub(super) fn questions(settings: &Settings) -> usize {
    let of_region = |region: &Region| region.questions(settings, &[]).count();
    let questions: usize = settings.region.iter().map(of_region).sum();
    questions * asking::servers(settings).count()
}

/// Asks every resolver on behalf of every region, all resolvers at once.
pub(super) async fn look(settings: &Settings, notes: &Notebook<Observation>, epoch: Instant) {
    let mut listed = Vec::new();
    if !settings.region.is_empty() {
        notes.note(|seen| listed.extend_from_slice(seen.listed_names()));
    }
    let listed = &listed;
    join_all(asking::servers(settings).map(|resolver| async move {
        for region in &settings.region {
            let questions = region.questions(settings, listed).take(QUESTIONS);
            let asked = questions.map(|(name, kind)| (Arc::clone(name.text()), kind));
            let visit = Visit {
                region,
                resolver,
                asked: asked.collect(),
            };
            visit.look(settings, notes, epoch).await;
        }
    }))
    .await;
}

/// One region at one resolver.
struct Visit<'a> {
    region: &'a Region,
    resolver: &'a Resolver,
    asked: Vec<Asked>,
}

impl Visit<'_> {
    async fn look(&self, settings: &Settings, notes: &Notebook<Observation>, epoch: Instant) {
        let label: Arc<str> = self.resolver.to_string().into();
        let mut first = 0;
        notes.note(|seen| {
            first = seen.regions.len();
            let blank = self.asked.iter().map(|(name, kind)| Regional {
                region: Arc::clone(&self.region.name),
                subnet: self.region.subnet,
                exchange: Exchange {
                    name: Arc::clone(name),
                    kind: *kind,
                    resolver: Arc::clone(&label),
                    round: 0,
                    attempts: Vec::new(),
                },
                error: None,
            });
            seen.regions.extend(blank);
        });
        let form = Form {
            subnet: Some(self.region.subnet.parts()),
            ..Form::default()
        };
        let mut kept = 0;
        let mut write = |seen: Seen<'_>| {
            let Seen::Attempt {
                question,
                attempt,
                wire,
            } = seen
            else {
                return;
            };
            if let (Some(wire), Some((name, kind))) = (wire, self.asked.get(question))
                && kept < KEPT
            {
                kept += 1;
                let label = format!("{label}-{}-{name}-{kind}", self.region.name);
                probe::keep_message(notes, &label, wire);
            }
            notes.note(|seen| {
                if let Some(regional) = seen.regions.get_mut(first + question) {
                    regional.exchange.attempts.push(attempt);
                }
            });
        };
        let end = asking::look(
            self.resolver,
            &self.asked,
            form,
            settings,
            epoch,
            &mut write,
        );
        if let Err(error) = end.await {
            let error: Arc<str> = error.to_string().into();
            notes.note(|seen| {
                let visited = seen.regions.iter_mut().skip(first).take(self.asked.len());
                for regional in visited {
                    regional.error = Some(Arc::clone(&error));
                }
            });
        }
    }
}
