//! From a trust anchor down to the zone of a name (RFC 4035 section 5). Each label on the way is asked for DS records:
//! either they name the keys of a zone, or the zone above proves that there is none or that it is unsigned. So no zone
//! has to be found by its SOA record, which a load balancer may not have. A chain that breaks is distinguished from one
//! that ends in an unsigned zone, and both from one that was not seen to its end.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData};
use hickory_proto::op::Message;
use hickory_proto::rr::{self, Name, RData};

use super::algorithms::{Delegated, algorithm, choose};
use super::anchors::Anchor;
use super::denial::{Cut, Denial, Proof};
use super::messages::Messages;
use super::signed::{self, Flaw, Proofs, RrSet, Signed};
use crate::instrument::dns::RecordType;

/// What the keys at the end of the chain are trusted by.
const TOP: &str = "the trust anchor";

/// What can be said of data, the best first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// Signatures lead to a trust anchor.
    Secure,
    /// A signed zone above proves that there are no signatures; which.
    Insecure(String),
    /// It could not be looked at to the end; why.
    Unknown(String),
    /// A validating resolver refuses it; why.
    Bogus(String),
}

/// A secure zone with the keys that may sign in it.
#[derive(Clone)]
pub(super) struct Zone {
    pub(super) name: Name,
    pub(super) keys: Rc<[DNSKEY]>,
}

/// The zone that a name is in, or why none is known to be secure.
pub(super) type Place = Result<Zone, Standing>;

/// The signatures that hold, by owner and type; the zone's own are among them.
pub(super) type Met = BTreeMap<(Name, rr::RecordType), Signed>;

/// Validates with messages that were gathered. Where signatures are assumed to hold, it finds what is still to gather.
pub(super) struct Validator<'a> {
    pub(super) messages: &'a Messages,
    pub(super) proofs: Proofs,
    places: HashMap<Name, Place>,
    /// The zone whose server was asked: what it says without signature is said for this zone.
    pub(super) within: Option<Name>,
    pub(super) met: Met,
    /// Zones that hold the answers, as opposed to those above them.
    pub(super) own: BTreeSet<Name>,
}

impl<'a> Validator<'a> {
    pub(super) fn new(messages: &'a Messages, proofs: Proofs) -> Self {
        Self {
            messages,
            proofs,
            places: HashMap::new(),
            within: None,
            met: Met::new(),
            own: BTreeSet::new(),
        }
    }

    /// The zone that a name is in, each name looked at once.
    pub(super) fn place(&mut self, name: &Name) -> Place {
        if let Some(known) = self.places.get(name) {
            return known.clone();
        }
        let found = self.look_up(name);
        self.places.insert(name.to_lowercase(), found.clone());
        found
    }

    /// The zone that must have signed something at a name. Where the way to the name was not seen, it is the zone whose
    /// server was asked.
    pub(super) fn unsigned(&mut self, name: &Name) -> Place {
        match (self.place(name), self.within.clone()) {
            (Err(Standing::Unknown(_)), Some(zone)) if zone.zone_of(name) => self.place(&zone),
            (place, _) => place,
        }
    }

    /// The zone that signed something, if it is one. All that leads there is wanted at once.
    pub(super) fn signer(&mut self, signer: &Name) -> Place {
        let mut at = signer.to_lowercase();
        if matches!(self.proofs, Proofs::Assumed) && !self.places.contains_key(&at) {
            self.messages.want(&at, RecordType::Dnskey);
            while !at.is_root() && self.messages.anchors.of(&at).is_empty() {
                self.messages.want(&at, RecordType::Ds);
                at = at.base_name();
            }
        }
        self.place(signer)
    }

    fn look_up(&mut self, name: &Name) -> Place {
        let messages = self.messages;
        let anchors = messages.anchors.of(name);
        if !anchors.is_empty() {
            return self.keys(name, &anchors, TOP);
        }
        if name.is_root() {
            return Err(Standing::Unknown("there is no trust anchor above".into()));
        }
        let above = self.place(&name.base_name())?;
        let message = messages.get(name, RecordType::Ds);
        let message = message.map_err(Standing::Unknown)?;
        let sets = signed::sets(&message.answers);
        let ds = sets
            .iter()
            .find(|set| set.kind == rr::RecordType::DS && set.owner == name);
        match ds {
            Some(ds) => self.delegated(name, ds, &above),
            None => self.not_delegated(name, &sets, message, above),
        }
    }

    /// The zone at a name that has DS records.
    fn delegated(&mut self, name: &Name, ds: &RrSet<'_>, above: &Zone) -> Place {
        match signed::verify(ds, &above.name, &above.keys, self.proofs) {
            Ok(signed) => self.keep(name.clone(), rr::RecordType::DS, signed),
            Err(flaw) => return Err(broken(flaw, &format!("DS of {name}"))),
        }
        let records = ds.records.iter().filter_map(|record| match &record.data {
            RData::DNSSEC(DNSSECRData::DS(digest)) => Some(digest),
            _ => None,
        });
        match choose(&records.collect::<Vec<_>>()) {
            Delegated::By(digests) => {
                let anchors = digests.into_iter().cloned().map(Anchor::Digest);
                self.keys(name, &anchors.collect::<Vec<_>>(), "its DS record")
            }
            Delegated::Beyond(reason) => Err(Standing::Unknown(format!("DS of {name}: {reason}"))),
            Delegated::Unknown(kinds) => Err(Standing::Insecure(format!(
                "the DS records of {name} name only what validators do not know: {kinds}"
            ))),
        }
    }

    /// The zone that a name without DS records is in.
    fn not_delegated(
        &mut self,
        name: &Name,
        sets: &[RrSet<'_>],
        message: &Message,
        above: Zone,
    ) -> Place {
        // An alias is no delegation, nor is anything below a DNAME.
        let alias = |set: &&RrSet<'_>| match set.kind {
            rr::RecordType::CNAME => set.owner == name && !set.signatures.is_empty(),
            rr::RecordType::DNAME => set.owner.zone_of(name) && set.owner != name,
            _ => false,
        };
        if let Some(alias) = sets.iter().find(alias) {
            return match self.hold(alias, message, &above) {
                Standing::Secure => Ok(above),
                other => Err(other),
            };
        }
        let denial = Denial::new(message, &above.name, &above.keys, self.proofs);
        let cut = denial.cut(name);
        let parent = &above.name;
        match cut {
            Cut::Open(reason) => Err(Standing::Bogus(format!(
                "{name} has no DS record in {parent}, and that it is unsigned is not proven: {reason}"
            ))),
            Cut::No => {
                self.keep_all(denial.signatures);
                Ok(above)
            }
            Cut::Unsigned | Cut::Doubtful(_) => {
                self.keep_all(denial.signatures);
                let text = format!("{name} has no DS record in {parent}");
                Err(Standing::Insecure(match cut {
                    Cut::Doubtful(reason) => format!("{text}: {reason}"),
                    _ => text,
                }))
            }
        }
    }

    /// Whether a record set of a secure zone is signed by it, and where it comes from a wildcard, rightly so.
    pub(super) fn hold(&mut self, set: &RrSet<'_>, message: &Message, zone: &Zone) -> Standing {
        let named = format!("{} {}", set.owner, set.kind);
        let signed = match signed::verify(set, &zone.name, &zone.keys, self.proofs) {
            Ok(signed) => signed,
            Err(flaw) => return broken(flaw, &named),
        };
        if let Some(labels) = signed.wildcard {
            let denial = Denial::new(message, &zone.name, &zone.keys, self.proofs);
            match denial.no_closer(set.owner, labels) {
                Proof::Proven => self.keep_all(denial.signatures),
                Proof::Unsigned(reason) => {
                    return Standing::Insecure(format!("{named} comes from a wildcard: {reason}"));
                }
                Proof::Open(reason) => {
                    return Standing::Bogus(format!(
                        "{named} comes from a wildcard, and that no such name exists is not proven: {reason}"
                    ));
                }
            }
        }
        self.keep(set.owner.to_lowercase(), set.kind, signed);
        Standing::Secure
    }

    fn keep(&mut self, owner: Name, kind: rr::RecordType, signed: Signed) {
        self.met.insert((owner, kind), signed);
    }

    pub(super) fn keep_all(&mut self, signatures: Vec<(Name, rr::RecordType, Signed)>) {
        for (owner, kind, signed) in signatures {
            self.keep(owner, kind, signed);
        }
    }

    /// The keys of a zone, if one that an anchor names has signed them.
    fn keys(&mut self, zone: &Name, anchors: &[Anchor], naming: &str) -> Place {
        let messages = self.messages;
        let message = messages.get(zone, RecordType::Dnskey);
        let message = message.map_err(Standing::Unknown)?;
        let sets = signed::sets(&message.answers);
        let set = sets
            .iter()
            .find(|set| set.kind == rr::RecordType::DNSKEY && set.owner == zone);
        let Some(set) = set else {
            return Err(Standing::Bogus(format!(
                "{zone} has no DNSKEY record, and {naming} says that it is signed"
            )));
        };
        let keys = set.records.iter().filter_map(|record| match &record.data {
            RData::DNSSEC(DNSSECRData::DNSKEY(key)) => Some(key.clone()),
            _ => None,
        });
        let keys: Rc<[_]> = keys.collect();
        let named = |key: &&DNSKEY| anchors.iter().any(|anchor| anchor.is(zone, key));
        let trusted: Vec<_> = keys.iter().filter(named).cloned().collect();
        if trusted.is_empty() {
            return Err(Standing::Bogus(format!(
                "no key of {zone} ({}) is the one that {naming} names ({})",
                tags(&keys),
                anchors
                    .iter()
                    .map(Anchor::label)
                    .collect::<Vec<_>>()
                    .join(", ")
            )));
        }
        match signed::verify(set, zone, &trusted, self.proofs) {
            Ok(signed) => {
                self.keep(zone.to_lowercase(), rr::RecordType::DNSKEY, signed);
                let name = zone.to_lowercase();
                Ok(Zone { name, keys })
            }
            // Not even here, where there must be one: the resolver leaves signatures out.
            Err(Flaw::Missing) if set.signatures.is_empty() && naming == TOP => {
                Err(Standing::Unknown(format!(
                    "DNSKEY of {zone} came without signature: the resolver hands out none"
                )))
            }
            Err(flaw) => Err(broken(flaw, &format!("DNSKEY of {zone}"))),
        }
    }
}

/// The keys of a zone that may be named above it, by tag and algorithm: those that say so themselves, or all.
fn tags(keys: &[DNSKEY]) -> String {
    let entry = |key: &&DNSKEY| key.secure_entry_point();
    let any = keys.iter().any(|key| entry(&key));
    let tags = keys.iter().filter(|key| !any || entry(key)).map(|key| {
        let tag = key.calculate_key_tag().unwrap_or_default();
        let revoked = if key.revoke() { ", revoked" } else { "" };
        format!("{tag} {}{revoked}", algorithm(key))
    });
    tags.collect::<Vec<_>>().join(", ")
}

/// What data is worth whose signature does not hold.
pub(super) fn broken(flaw: Flaw, named: &str) -> Standing {
    match flaw {
        Flaw::Missing => Standing::Bogus(format!("{named} is not signed by its zone")),
        Flaw::NoKey(reason) | Flaw::Unfit(reason) | Flaw::Untimely(reason) => {
            Standing::Bogus(format!("{named}: {reason}"))
        }
        Flaw::Beyond(reason) => Standing::Unknown(format!("{named}: {reason}")),
    }
}
