//! Proofs that something does not exist: NSEC (RFC 4035 section 5.4) and NSEC3 (RFC 5155 section 8).

use data_encoding::BASE32_DNSSEC;
use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData, NSEC, NSEC3};
use hickory_proto::op::Message;
use hickory_proto::rr::{Name, RData, RecordType};
use jiff::Timestamp;

use super::signed::{self, Flaw, RrSet, Signed};

/// Records of a proof that are looked at; no honest one has more than three.
const RECORDS: usize = 8;
/// Rounds of hashing above which a proof is not followed (RFC 9276 section 3.2).
const ITERATIONS: u16 = 150;

/// The records of an answer that deny something, as far as the zone's keys signed them.
pub(super) struct Denial<'a> {
    zone: &'a Name,
    plain: Vec<(&'a Name, &'a NSEC)>,
    hashed: Vec<(Vec<u8>, &'a NSEC3)>,
    /// The signatures that hold.
    pub(super) signatures: Vec<(Name, RecordType, Signed)>,
    flaw: Option<String>,
}

impl<'a> Denial<'a> {
    /// Takes what is signed by the zone.
    pub(super) fn new(
        message: &'a Message,
        zone: &'a Name,
        keys: &[DNSKEY],
        now: Timestamp,
    ) -> Self {
        let mut denial = Self {
            zone,
            plain: Vec::new(),
            hashed: Vec::new(),
            signatures: Vec::new(),
            flaw: None,
        };
        let of_denial = |set: &RrSet<'_>| matches!(set.kind, RecordType::NSEC | RecordType::NSEC3);
        let sets = signed::sets(&message.authorities).into_iter();
        for set in sets.filter(of_denial).take(RECORDS) {
            match signed::verify(&set, zone, keys, now) {
                Ok(signature) => {
                    let entry = (set.owner.to_lowercase(), set.kind, signature);
                    denial.signatures.push(entry);
                }
                Err(Flaw::Missing) => {
                    denial.flaw = Some(format!("{} {} is not signed", set.owner, set.kind));
                    continue;
                }
                Err(Flaw::Wrong(reason) | Flaw::Algorithm(reason)) => {
                    denial.flaw = Some(format!("{} {}: {reason}", set.owner, set.kind));
                    continue;
                }
            }
            for record in set.records {
                match &record.data {
                    RData::DNSSEC(DNSSECRData::NSEC(nsec)) => {
                        denial.plain.push((&record.name, nsec));
                    }
                    RData::DNSSEC(DNSSECRData::NSEC3(nsec3)) => match of_owner(&record.name) {
                        _ if nsec3.iterations() > ITERATIONS => {
                            let rounds = nsec3.iterations();
                            denial.flaw =
                                Some(format!("NSEC3 with {rounds} iterations is not followed"));
                        }
                        Some(hash) => denial.hashed.push((hash, nsec3)),
                        None => {}
                    },
                    _ => {}
                }
            }
        }
        denial
    }

    /// That a name is delegated without DS record: the zone there is unsigned.
    pub(super) fn no_ds(&self, child: &Name) -> Result<(), String> {
        let unsigned = |has: &dyn Fn(RecordType) -> bool| {
            has(RecordType::NS) && !has(RecordType::DS) && !has(RecordType::SOA)
        };
        let said = self.plain.iter().find(|(owner, _)| *owner == child);
        if let Some((_, nsec)) = said {
            let has = |kind| nsec.type_set().contains(kind);
            return self.result(unsigned(&has));
        }
        if let Some(nsec3) = self.matching(child) {
            let has = |kind| nsec3.type_set().contains(kind);
            return self.result(unsigned(&has));
        }
        // A span in which unsigned delegations are left out (RFC 5155 section 6).
        let labels = usize::from(self.zone.num_labels())..usize::from(child.num_labels());
        let encloser = labels
            .rev()
            .find(|labels| self.matching(&child.trim_to(*labels)).is_some());
        let covered = encloser.and_then(|labels| self.covering(&child.trim_to(labels + 1)));
        self.result(covered.is_some_and(NSEC3::opt_out))
    }

    /// That no name is closer to `owner` than the wildcard of so many labels.
    pub(super) fn no_closer(&self, owner: &Name, labels: u8) -> Result<(), String> {
        let plain = self.plain.iter().any(|(from, nsec)| {
            let next = nsec.next_domain_name();
            let beyond = owner < next || next == self.zone;
            *from < owner && beyond && !owner.zone_of(next)
        });
        let closer = owner.trim_to(usize::from(labels) + 1);
        self.result(plain || self.covering(&closer).is_some())
    }

    fn result(&self, proven: bool) -> Result<(), String> {
        match (proven, &self.flaw) {
            (true, _) => Ok(()),
            (false, Some(flaw)) => Err(flaw.clone()),
            (false, None) if self.plain.is_empty() && self.hashed.is_empty() => {
                Err("no NSEC or NSEC3 record came".into())
            }
            (false, None) => Err("the NSEC or NSEC3 records say something else".into()),
        }
    }

    fn hash(nsec3: &NSEC3, name: &Name) -> Option<Vec<u8>> {
        let name = name.to_lowercase();
        let hash = nsec3
            .hash_algorithm()
            .hash(nsec3.salt(), &name, nsec3.iterations());
        hash.ok().map(|hash| hash.as_ref().to_vec())
    }

    fn matching(&self, name: &Name) -> Option<&'a NSEC3> {
        let mut hashed = self.hashed.iter();
        let found = hashed.find(|(owner, nsec3)| Self::hash(nsec3, name).as_ref() == Some(owner));
        found.map(|(_, nsec3)| *nsec3)
    }

    fn covering(&self, name: &Name) -> Option<&'a NSEC3> {
        let covers = |(owner, nsec3): &&(Vec<u8>, &NSEC3)| {
            let next = nsec3.next_hashed_owner_name();
            Self::hash(nsec3, name).is_some_and(|hash| match **owner < *next {
                true => *owner < hash && *hash < *next,
                false => *owner < hash || *hash < *next, // the last one leads round to the first
            })
        };
        self.hashed.iter().find(covers).map(|(_, nsec3)| *nsec3)
    }
}

/// The hash that an NSEC3 record bears as its first label.
fn of_owner(name: &Name) -> Option<Vec<u8>> {
    let label = name.iter().next()?.to_ascii_lowercase();
    BASE32_DNSSEC.decode(&label).ok()
}
