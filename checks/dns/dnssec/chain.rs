//! From an answer up to a trust anchor (RFC 4035 section 5). A chain that breaks is distinguished from one that ends in an
//! unsigned zone, and both from one that was not seen to its end.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData};
use hickory_proto::rr::{self, Name, RData};
use jiff::Timestamp;

use super::anchors::{Anchor, algorithm};
use super::denial::Denial;
use super::messages::Messages;
use super::signed::{self, Flaw, RrSet, Signed};
use crate::instrument::dns::RecordType;

/// Record sets of one answer that are followed: an alias each, and the answer.
const SETS: usize = 16;
/// DNAME has no name in the library (RFC 6672).
const DNAME: rr::RecordType = rr::RecordType::Unknown(39);

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

/// A zone, with the keys that may sign in it where it is secure.
type Zone = Result<Vec<DNSKEY>, Standing>;

/// The signatures that hold, by owner and type; the zone's own are among them.
pub(super) type Met = BTreeMap<(Name, rr::RecordType), Signed>;

/// Validates with the messages of a messages, at one instant.
pub(super) struct Validator<'a> {
    messages: &'a Messages,
    now: Timestamp,
    zones: HashMap<Name, Zone>,
    pub(super) met: Met,
    /// Zones that hold the answers, as opposed to those above them.
    pub(super) own: BTreeSet<Name>,
}

impl<'a> Validator<'a> {
    pub(super) fn new(messages: &'a Messages, now: Timestamp) -> Self {
        Self {
            messages,
            now,
            zones: HashMap::new(),
            met: Met::new(),
            own: BTreeSet::new(),
        }
    }

    /// What the answer to a question is worth; nothing where it holds no records.
    pub(super) fn answer(&mut self, name: &Name, kind: RecordType) -> Option<Standing> {
        let message = match self.messages.get(name, kind) {
            Ok(message) => message,
            Err(reason) => return Some(Standing::Unknown(reason)),
        };
        let sets = signed::sets(&message.answers);
        if sets.len() > SETS {
            let text = format!("{kind} of {name}: {} record sets in one answer", sets.len());
            return Some(Standing::Unknown(text));
        }
        let mut worst = None;
        for set in &sets {
            let mut standing = self.set(set, message);
            let made =
                set.kind == rr::RecordType::CNAME && sets.iter().any(|set| set.kind == DNAME);
            if made && standing != Standing::Secure {
                let text = format!(
                    "{} is an alias made of a DNAME record, which is not followed",
                    set.owner
                );
                standing = Standing::Unknown(text);
            }
            worst = worst.max(Some(standing));
        }
        worst
    }

    fn set(&mut self, set: &RrSet<'_>, message: &hickory_proto::op::Message) -> Standing {
        let named = format!("{} {}", set.owner, set.kind);
        let zone = match self.messages.zone_of(set) {
            Ok(zone) => zone,
            Err(reason) => return Standing::Unknown(reason),
        };
        let keys = match self.zone(&zone) {
            Ok(keys) => keys,
            Err(standing) => return standing,
        };
        let signed = match signed::verify(set, &zone, &keys, self.now) {
            Ok(signed) => signed,
            Err(flaw) => return broken(flaw, &named),
        };
        if let Some(labels) = signed.wildcard {
            let denial = Denial::new(message, &zone, &keys, self.now);
            if let Err(reason) = denial.no_closer(set.owner, labels) {
                let text = format!(
                    "{named} comes from a wildcard, and that no such name exists is not proven: {reason}"
                );
                return Standing::Bogus(text);
            }
            self.keep_all(denial.signatures);
        }
        self.keep(set.owner.to_lowercase(), set.kind, signed);
        self.own.insert(zone);
        Standing::Secure
    }

    fn keep(&mut self, owner: Name, kind: rr::RecordType, signed: Signed) {
        self.met.insert((owner, kind), signed);
    }

    fn keep_all(&mut self, signatures: Vec<(Name, rr::RecordType, Signed)>) {
        for (owner, kind, signed) in signatures {
            self.keep(owner, kind, signed);
        }
    }

    /// The keys of a zone, each zone looked at once. Every step leads to a shorter name, so this comes to an end.
    fn zone(&mut self, zone: &Name) -> Zone {
        if let Some(known) = self.zones.get(zone) {
            return known.clone();
        }
        let found = self.look_up(zone);
        self.zones.insert(zone.clone(), found.clone());
        found
    }

    fn look_up(&mut self, zone: &Name) -> Zone {
        let anchors = self.messages.anchors.of(zone);
        if !anchors.is_empty() {
            return self.keys(zone, &anchors, TOP);
        }
        if zone.is_root() {
            return Err(Standing::Unknown("there is no trust anchor above".into()));
        }
        let parent = self.messages.parent(zone).map_err(Standing::Unknown)?;
        let above = self.zone(&parent)?;
        let message = self
            .messages
            .get(zone, RecordType::Ds)
            .map_err(Standing::Unknown)?;
        let sets = signed::sets(&message.answers);
        let ds = sets
            .iter()
            .find(|set| set.kind == rr::RecordType::DS && set.owner == zone);
        let Some(ds) = ds else {
            let denial = Denial::new(message, &parent, &above, self.now);
            return Err(match denial.no_ds(zone) {
                Ok(()) => {
                    self.keep_all(denial.signatures);
                    Standing::Insecure(format!("{zone} has no DS record in {parent}"))
                }
                Err(reason) => Standing::Bogus(format!(
                    "{zone} has no DS record in {parent}, and that it is unsigned is not proven: {reason}"
                )),
            });
        };
        match signed::verify(ds, &parent, &above, self.now) {
            Ok(signed) => self.keep(zone.clone(), rr::RecordType::DS, signed),
            Err(flaw) => return Err(broken(flaw, &format!("DS of {zone}"))),
        }
        let digests = ds.records.iter().filter_map(|record| match &record.data {
            RData::DNSSEC(DNSSECRData::DS(digest)) => Some(digest),
            _ => None,
        });
        let known = digests.filter(|digest| {
            digest.algorithm().is_supported() && digest.digest_type().is_supported()
        });
        let anchors: Vec<_> = known.map(|digest| Anchor::Digest(digest.clone())).collect();
        if anchors.is_empty() {
            let text = format!("DS of {zone}: only algorithms that cannot be verified here");
            return Err(Standing::Unknown(text));
        }
        self.keys(zone, &anchors, "its DS record")
    }

    /// The keys of a zone, if one that an anchor names has signed them.
    fn keys(&mut self, zone: &Name, anchors: &[Anchor], naming: &str) -> Zone {
        let message = self
            .messages
            .get(zone, RecordType::Dnskey)
            .map_err(Standing::Unknown)?;
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
        let keys: Vec<_> = keys.collect();
        let named = |key: &&DNSKEY| anchors.iter().any(|anchor| anchor.is(zone, key));
        let trusted: Vec<_> = keys.iter().filter(named).cloned().collect();
        if trusted.is_empty() {
            let wanted: Vec<_> = anchors.iter().map(Anchor::label).collect();
            let tags = keys.iter().filter(|key| key.secure_entry_point());
            let tags = tags.filter_map(|key| {
                Some(format!(
                    "{} {}",
                    key.calculate_key_tag().ok()?,
                    algorithm(key)
                ))
            });
            return Err(Standing::Bogus(format!(
                "no key of {zone} ({}) is the one that {naming} names ({})",
                tags.collect::<Vec<_>>().join(", "),
                wanted.join(", ")
            )));
        }
        match signed::verify(set, zone, &trusted, self.now) {
            Ok(signed) => {
                self.keep(zone.clone(), rr::RecordType::DNSKEY, signed);
                Ok(keys)
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

/// What data is worth whose signature does not hold.
fn broken(flaw: Flaw, named: &str) -> Standing {
    match flaw {
        Flaw::Missing => Standing::Bogus(format!("{named} is not signed by its zone")),
        Flaw::Wrong(reason) => Standing::Bogus(format!("{named}: {reason}")),
        Flaw::Algorithm(reason) => Standing::Unknown(format!("{named}: {reason}")),
    }
}
