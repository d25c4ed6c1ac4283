//! Proofs that something does not exist, by NSEC (RFC 4035 section 5.4) or NSEC3 (RFC 5155 section 8). Only records
//! that the zone signed count.

mod hashed;
mod plain;

use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData};
use hickory_proto::op::Message;
use hickory_proto::rr::{Name, RData, RecordType, RecordTypeSet};

use self::hashed::Hashed;
use self::plain::Plain;
use super::signed::{self, Flaw, Proofs, RrSet, Signed};

/// Record sets of a proof that are looked at; no honest one has more than three.
const RECORDS: usize = 8;
/// Rounds of hashing above which validators take an answer as unsigned (RFC 9276 section 3.2; unbound and BIND 9.18).
const ITERATIONS: u16 = 150;

/// What a proof comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// It is proven.
    Proven,
    /// What is proven is that nothing is signed here; how.
    Unsigned(String),
    /// It is not proven; why.
    Open(String),
}

/// Whether a name below a zone is a zone of its own, by the absence of its DS record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// It is not, so the zone goes on.
    No,
    /// It is, and it is unsigned.
    Unsigned,
    /// It may be, and it is unsigned then; why.
    Doubtful(String),
    /// Nothing is proven; why.
    Open(String),
}

/// The records of an answer that deny something, as far as the zone's keys signed them.
pub(super) struct Denial<'a> {
    plain: Plain<'a>,
    hashed: Hashed<'a>,
    /// Iterations beyond what is followed.
    iterations: Option<u16>,
    /// The signatures that hold.
    pub(super) signatures: Vec<(Name, RecordType, Signed)>,
    flaw: Option<String>,
}

impl<'a> Denial<'a> {
    /// Takes what is signed by the zone.
    pub(super) fn new(message: &'a Message, zone: &Name, keys: &[DNSKEY], proofs: Proofs) -> Self {
        let mut denial = Self {
            plain: Plain::new(zone),
            hashed: Hashed::new(zone),
            iterations: None,
            signatures: Vec::new(),
            flaw: None,
        };
        let sets = signed::sets(&message.authorities).into_iter();
        for set in sets.filter(denies).take(RECORDS) {
            match signed::verify(&set, zone, keys, proofs) {
                Ok(signature) => {
                    let entry = (set.owner.to_lowercase(), set.kind, signature);
                    denial.signatures.push(entry);
                }
                Err(Flaw::Missing) => {
                    denial.flaw = Some(format!("{} {} is not signed", set.owner, set.kind));
                    continue;
                }
                Err(
                    Flaw::NoKey(reason)
                    | Flaw::Unfit(reason)
                    | Flaw::Untimely(reason)
                    | Flaw::Beyond(reason),
                ) => {
                    denial.flaw = Some(format!("{} {}: {reason}", set.owner, set.kind));
                    continue;
                }
            }
            for record in set.records {
                match &record.data {
                    RData::DNSSEC(DNSSECRData::NSEC(nsec)) => denial.plain.add(&record.name, nsec),
                    RData::DNSSEC(DNSSECRData::NSEC3(nsec3)) => {
                        let rounds = nsec3.iterations();
                        match rounds > ITERATIONS {
                            true => denial.iterations = Some(rounds),
                            false => denial.hashed.add(&record.name, nsec3),
                        }
                    }
                    _ => {}
                }
            }
        }
        denial
    }

    /// Whether a name, for which no DS record came, is a zone of its own.
    pub(super) fn cut(&self, name: &Name) -> Cut {
        if let Some(reason) = self.beyond() {
            return Cut::Doubtful(reason);
        }
        let cut = self.plain.cut(name).or_else(|| self.hashed.cut(name));
        cut.unwrap_or_else(|| Cut::Open(self.reason()))
    }

    /// That a name has no record of a type.
    pub(super) fn no_data(&self, name: &Name, kind: RecordType) -> Proof {
        self.result(self.plain.no_data(name, kind), || {
            self.hashed.no_data(name, kind)
        })
    }

    /// That a name does not exist, nor a wildcard that would make it.
    pub(super) fn no_name(&self, name: &Name) -> Proof {
        self.result(self.plain.no_name(name), || self.hashed.no_name(name))
    }

    /// That no name is closer to `owner` than the wildcard of so many labels.
    pub(super) fn no_closer(&self, owner: &Name, labels: u8) -> Proof {
        let labels = usize::from(labels);
        self.result(self.plain.no_closer(owner, labels), || {
            self.hashed.no_closer(owner, labels)
        })
    }

    fn result(&self, plain: bool, hashed: impl FnOnce() -> Option<Proof>) -> Proof {
        match (plain, self.beyond()) {
            (true, _) => Proof::Proven,
            (false, Some(reason)) => Proof::Unsigned(reason),
            (false, None) => hashed().unwrap_or_else(|| Proof::Open(self.reason())),
        }
    }

    fn beyond(&self) -> Option<String> {
        let rounds = self.iterations?;
        Some(format!(
            "its NSEC3 records have {rounds} iterations, and validators follow {ITERATIONS} at most"
        ))
    }

    /// Why nothing is proven.
    fn reason(&self) -> String {
        match &self.flaw {
            Some(flaw) => flaw.clone(),
            None if self.plain.is_empty() && self.hashed.is_empty() => {
                "no NSEC or NSEC3 record came".into()
            }
            None => "the NSEC or NSEC3 records say something else".into(),
        }
    }
}

/// Whether records deny something.
pub(super) fn denies(set: &RrSet<'_>) -> bool {
    matches!(set.kind, RecordType::NSEC | RecordType::NSEC3)
}

/// Whether the types at a name say that it has none of this kind. The record of a delegation speaks for the zone above
/// about DS alone, the record of a zone's top for everything else (RFC 6840 section 4).
fn lacks(types: &RecordTypeSet, kind: RecordType) -> bool {
    let apex = types.contains(RecordType::SOA);
    let of_this_side = match kind {
        RecordType::DS => !apex,
        _ => apex || !types.contains(RecordType::NS),
    };
    of_this_side && !types.contains(kind) && !types.contains(RecordType::CNAME)
}

/// What the types at a name say of a delegation there.
fn cut(types: &RecordTypeSet) -> Cut {
    match () {
        () if types.contains(RecordType::SOA) => {
            Cut::Open("the answer comes from the zone itself, and not from the one above".into())
        }
        () if types.contains(RecordType::DS) => {
            Cut::Open("the zone above says that there is a DS record, and none came".into())
        }
        () if types.contains(RecordType::NS) => Cut::Unsigned,
        () => Cut::No,
    }
}

/// How many labels a name has, a wildcard's included.
fn depth(name: &Name) -> usize {
    name.iter().len()
}
