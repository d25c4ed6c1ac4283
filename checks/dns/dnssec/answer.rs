//! What an answer is worth: every record set on the way from the name that was asked for, over its aliases, to the
//! records or to the proof that there are none.

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{self, Name, RData};

use super::canonical::dname_target;
use super::chain::{Standing, Validator, broken};
use super::denial::{Denial, Proof, denies};
use super::signed::{self, RrSet};
use crate::instrument::dns::RecordType;

/// Aliases of one answer that are followed.
const ALIASES: usize = 16;

impl Validator<'_> {
    /// What the answer to a question is worth; nothing where it holds no records and no word about their absence.
    pub(super) fn answer(&mut self, name: &Name, kind: RecordType) -> Option<Standing> {
        let messages = self.messages;
        let message = match messages.get(name, kind) {
            Ok(message) => message,
            Err(reason) => return Some(Standing::Unknown(reason)),
        };
        let sets = signed::sets(&message.answers);
        let (mut at, mut worst, mut aliases) = (name.clone(), None, 0);
        let find = |owner: &Name, kind| {
            let mut sets = sets.iter();
            sets.find(|set| set.kind == kind && set.owner == owner)
        };
        loop {
            if let Some(set) = find(&at, kind.wire()) {
                return worst.max(Some(self.set(set, message)));
            }
            let above = |set: &&RrSet<'_>| {
                set.kind == rr::RecordType::DNAME && set.owner.zone_of(&at) && *set.owner != at
            };
            let dname = sets.iter().find(above);
            let dname = dname.and_then(|set| Some((set, substitute(&at, set)?)));
            let cname = find(&at, rr::RecordType::CNAME);
            let cname = cname.and_then(|set| Some((set, target(set)?)));
            // The alias that a DNAME makes bears no signature of its own (RFC 6672 section 5.3.1).
            let (set, next) = match (cname, dname) {
                (Some((cname, to)), Some((dname, made)))
                    if cname.signatures.is_empty() && to == made =>
                {
                    (dname, made)
                }
                (Some(cname), _) => cname,
                (None, Some(dname)) => dname,
                (None, None) => {
                    return worst.max(self.absent(&at, kind, message, aliases > 0));
                }
            };
            worst = worst.max(Some(self.set(set, message)));
            aliases += 1;
            if aliases > ALIASES {
                return worst; // in a circle, or nearly: a finding of its own
            }
            at = next.to_lowercase();
        }
    }

    /// What a record set is worth.
    fn set(&mut self, set: &RrSet<'_>, message: &Message) -> Standing {
        let place = match (set.signer(), set.kind) {
            (Some(signer), _) => self.signer(&signer),
            (None, rr::RecordType::DS) => self.place(&set.owner.base_name()),
            (None, _) => self.unsigned(set.owner),
        };
        let zone = match place {
            Ok(zone) => zone,
            Err(standing) => return standing,
        };
        let standing = self.hold(set, message, &zone);
        if standing == Standing::Secure {
            self.own.insert(zone.name);
        }
        standing
    }

    /// What the word is worth that there are no such records. A referral to other servers is none, and the end of an
    /// alias may lie outside what a server knows.
    fn absent(
        &mut self,
        name: &Name,
        kind: RecordType,
        message: &Message,
        aliased: bool,
    ) -> Option<Standing> {
        let sets = signed::sets(&message.authorities);
        let soa = |set: &&RrSet<'_>| set.kind == rr::RecordType::SOA && set.owner.zone_of(name);
        let soa = sets.iter().find(soa);
        let referral = sets.iter().any(|set| set.kind == rr::RecordType::NS);
        if soa.is_none() && (aliased || referral) {
            return None;
        }
        let words = soa.into_iter().chain(sets.iter().filter(|set| denies(set)));
        let signers = words.filter_map(RrSet::signer);
        let signer = signers.filter(|signer| signer.zone_of(name));
        let place = match (signer.max_by_key(Name::num_labels), kind) {
            (Some(signer), _) => self.signer(&signer),
            (None, RecordType::Ds) => self.place(&name.base_name()),
            (None, _) => self.unsigned(name),
        };
        let zone = match place {
            Ok(zone) => zone,
            Err(standing) => return Some(standing),
        };
        let denial = Denial::new(message, &zone.name, &zone.keys, self.proofs);
        let proof = match message.metadata.response_code {
            ResponseCode::NXDomain => denial.no_name(name),
            _ => denial.no_data(name, kind.wire()),
        };
        match proof {
            Proof::Proven => self.keep_all(denial.signatures),
            Proof::Unsigned(reason) => {
                let text = format!("the absence of {kind} of {name}: {reason}");
                return Some(Standing::Insecure(text));
            }
            Proof::Open(reason) => {
                let text = match message.metadata.response_code {
                    ResponseCode::NXDomain => format!("that {name} does not exist"),
                    _ => format!("that {name} has no record of type {kind}"),
                };
                let text = format!("{text} is not proven: {reason}");
                return Some(Standing::Bogus(text));
            }
        }
        if let Some(soa) = soa
            && let Err(flaw) = signed::verify(soa, &zone.name, &zone.keys, self.proofs)
        {
            return Some(broken(flaw, &format!("{} SOA", soa.owner)));
        }
        self.own.insert(zone.name);
        Some(Standing::Secure)
    }
}

/// Where an alias leads.
fn target(set: &RrSet<'_>) -> Option<Name> {
    set.records.iter().find_map(|record| match &record.data {
        RData::CNAME(target) => Some(target.0.clone()),
        _ => None,
    })
}

/// Where a DNAME record leads from a name below it (RFC 6672 section 2.2).
fn substitute(name: &Name, set: &RrSet<'_>) -> Option<Name> {
    let target = dname_target(set.records.first()?)?;
    let below = name.iter().len() - set.owner.iter().len();
    let prefix = Name::from_labels(name.iter().take(below)).ok()?;
    prefix.append_name(&target).ok().map(|mut made| {
        made.set_fqdn(true);
        made
    })
}
