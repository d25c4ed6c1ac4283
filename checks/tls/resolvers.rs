//! What the resolvers say of an endpoint: each must give addresses, and all of them the same.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use super::endpoint::Endpoint;
use super::observation::{Lookup, Observation, found};
use super::rules;
use super::settings::Settings;
use crate::instrument::dns::Resolver;
use crate::judging::text::{clipped, clipped_list, counted, list};
use crate::model::units::measured;
use crate::model::{Cell, Exhibit, Finding};

/// How the system's resolver is called in the record.
const SYSTEM: &str = "system";

/// What is found of the lookups of an endpoint; nothing where one resolver gave what there is to give.
pub(crate) fn findings(endpoint: &Endpoint, lookups: &[Lookup]) -> Vec<Finding> {
    if lookups.is_empty() {
        return vec![none(endpoint, endpoint.to_string(), "")];
    }
    let judged = Judged {
        endpoint,
        is_alone: lookups.len() == 1,
        is_known: !found(lookups).is_empty(),
    };
    let each = lookups.iter().filter_map(|lookup| judged.one(lookup));
    each.chain(agreement(endpoint, lookups)).collect()
}

/// One resolver, and what the others say.
struct Judged<'a> {
    endpoint: &'a Endpoint,
    /// Whether no other resolver was asked.
    is_alone: bool,
    /// Whether one of the resolvers gave an address.
    is_known: bool,
}

impl Judged<'_> {
    fn one(&self, lookup: &Lookup) -> Option<Finding> {
        let endpoint = self.endpoint;
        let resolver = lookup.resolver().unwrap_or(SYSTEM);
        let subject = match self.is_alone {
            true => endpoint.to_string(),
            false => format!("{endpoint}, resolver {resolver}"),
        };
        // Alone, the system's resolver goes without saying.
        let at = match resolver {
            SYSTEM if self.is_alone => String::new(),
            _ => format!(" at {resolver}"),
        };
        let hint = match resolver {
            SYSTEM => "check the name and this machine's resolver, or list `addresses`",
            _ => "check the name, the resolver and the way to it, or list `addresses`",
        };
        let failed = |what: String, seen: String| {
            let finding = rules::LOOKUP.error(&subject, what);
            Some(
                finding
                    .expected("at least one address")
                    .observed(seen)
                    .hint(hint),
            )
        };
        match lookup {
            Lookup::Failed { message, .. } => failed(
                format!("{endpoint} could not be looked up{at}"),
                format!("{resolver}: {}", clipped(message)),
            ),
            Lookup::Timeout { after_ms, .. } => failed(
                format!("The lookup of {endpoint}{at} got no answer"),
                format!(
                    "none within {} ({resolver})",
                    measured(Duration::from_millis(*after_ms))
                ),
            ),
            Lookup::NoAddress { message, .. } if self.is_known => {
                let claim = format!("{endpoint} has no address{at}; other resolvers have one");
                let finding = rules::LOOKUP.fail(&subject, claim);
                let finding = finding.expected("the addresses that other resolvers give");
                let finding = finding.observed(clipped(message));
                Some(
                    finding.hint(
                        "clients of this resolver cannot connect: publish the name there too",
                    ),
                )
            }
            // Clients get the same answer. Where no resolver could say, nothing is known of the name.
            Lookup::NoAddress { message, .. } => {
                let finding = rules::LOOKUP.fail(subject, format!("{endpoint} has no address{at}"));
                let finding = finding.expected("at least one address");
                let finding = finding.observed(format!("{resolver}: {}", clipped(message)));
                Some(
                    finding
                        .hint("correct the name, give it an A or AAAA record, or list `addresses`"),
                )
            }
            found if found.addresses().is_empty() => Some(none(endpoint, subject, &at)),
            Lookup::Found { failures, .. } if !failures.is_empty() => {
                let claim = format!("Not all addresses of {endpoint} could be looked up{at}");
                let finding = rules::LOOKUP.error(&subject, claim);
                let finding = finding.expected("answers for both A and AAAA");
                Some(finding.observed(clipped_list(failures)).hint(hint))
            }
            Lookup::Found { .. } | Lookup::Given { .. } => None,
        }
    }
}

fn none(endpoint: &Endpoint, subject: String, at: &str) -> Finding {
    rules::LOOKUP
        .error(subject, format!("{endpoint} has no address{at}"))
        .expected("at least one address")
        .hint("give the name an A or AAAA record, or list `addresses`")
}

/// Compares the resolvers that gave all they had; the others have findings of their own.
fn agreement(endpoint: &Endpoint, lookups: &[Lookup]) -> Option<Finding> {
    let mut answers: Vec<(&str, BTreeSet<SocketAddr>)> = Vec::new();
    for lookup in lookups {
        if let Lookup::Found {
            resolver,
            addresses,
            failures,
            ..
        } = lookup
            && failures.is_empty()
            && !addresses.is_empty()
        {
            answers.push((resolver, addresses.iter().copied().collect()));
        }
    }
    let ((_, first), others) = answers.split_first()?;
    if others.is_empty() {
        return None;
    }
    let subject = endpoint.to_string();
    if others.iter().all(|(_, addresses)| addresses == first) {
        let claim = format!("All resolvers give the same addresses of {endpoint}");
        let observed = format!(
            "{} at {}",
            counted(first.len(), "address"),
            list(answers.iter().map(|(resolver, _)| resolver))
        );
        return Some(
            rules::SAME_ADDRESSES
                .pass(subject, claim)
                .observed(observed),
        );
    }
    let said = answers.iter().map(|(resolver, addresses)| {
        format!("{resolver}: {}", list(addresses.iter().map(SocketAddr::ip)))
    });
    let said: Vec<_> = said.take(MOST_RESOLVERS).collect();
    let claim = format!("The resolvers give different addresses of {endpoint}");
    let finding = rules::SAME_ADDRESSES.warn(subject, claim);
    let finding = finding
        .expected("the same addresses")
        .observed(said.join("; "));
    Some(finding.hint(
        "correct the record at the resolver that differs, or wait until its TTL is over; waive this where it is meant",
    ))
}

/// Of how many resolvers a finding shows the addresses.
const MOST_RESOLVERS: usize = 5;

/// What each resolver said, where others than the system's were asked.
pub(crate) fn exhibit(settings: &Settings, observation: &Observation) -> Option<Exhibit> {
    if settings.resolvers == [Resolver::System] {
        return None;
    }
    let mut rows = Vec::new();
    for endpoint in observation.endpoints(settings) {
        let seen = observation.seen(endpoint).into_iter();
        for lookup in seen.flat_map(|seen| &seen.lookups) {
            let Some(resolver) = lookup.resolver() else {
                continue;
            };
            let (said, took) = match lookup {
                Lookup::Found {
                    addresses, took_us, ..
                } => {
                    let took = Cell::number(*took_us as f64 / 1e3, "ms");
                    (list(addresses.iter().map(SocketAddr::ip)), took)
                }
                Lookup::NoAddress { message, .. } | Lookup::Failed { message, .. } => {
                    (clipped(message), Cell::Absent)
                }
                Lookup::Timeout { .. } => ("no answer in time".to_owned(), Cell::Absent),
                Lookup::Given { .. } => continue,
            };
            rows.push([
                endpoint.to_string().into(),
                resolver.into(),
                said.into(),
                took,
            ]);
        }
    }
    let columns = ["Endpoint", "Resolver", "Addresses", "Time"];
    Exhibit::table("What each resolver says", columns, rows)
}
