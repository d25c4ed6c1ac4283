//! Denial by NSEC3 records: spans between hashes of names. A name is denied by the longest one above it that exists,
//! its closest encloser, and a span in which the next longer one would lie (RFC 5155 section 8.3).

use std::cell::RefCell;
use std::collections::HashMap;

use data_encoding::BASE32_DNSSEC;
use hickory_proto::dnssec::rdata::NSEC3;
use hickory_proto::rr::{Name, RecordType};

use super::super::canonical::wildcard;
use super::{Cut, Proof, depth, lacks};

/// A hash as an NSEC3 record means it: salt, rounds and name.
type Hash = (Vec<u8>, u16, Name);

/// The NSEC3 records of a zone that came.
pub(super) struct Hashed<'a> {
    zone: Name,
    records: Vec<(Vec<u8>, &'a NSEC3)>,
    /// Hashes that were computed: each costs up to 150 rounds, and a name has up to 127 above it (CVE-2023-50868).
    known: RefCell<HashMap<Hash, Vec<u8>>>,
}

impl<'a> Hashed<'a> {
    pub(super) fn new(zone: &Name) -> Self {
        Self {
            zone: zone.clone(),
            records: Vec::new(),
            known: RefCell::default(),
        }
    }

    /// Takes a record that is right below the zone, under a hash.
    pub(super) fn add(&mut self, owner: &Name, nsec3: &'a NSEC3) {
        let label = owner.iter().next().map(<[u8]>::to_ascii_lowercase);
        let hash = label.and_then(|label| BASE32_DNSSEC.decode(&label).ok());
        if let Some(hash) = hash.filter(|_| owner.base_name() == self.zone) {
            self.records.push((hash, nsec3));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// What is said of a delegation at a name, if anything is.
    pub(super) fn cut(&self, name: &Name) -> Option<Cut> {
        if let Some(nsec3) = self.matching(name) {
            return Some(super::cut(nsec3.type_set()));
        }
        let (_, span) = self.encloser(name)?;
        Some(match span.opt_out() {
            true => Cut::Doubtful(LEFT_OUT.into()),
            false => Cut::No,
        })
    }

    pub(super) fn no_data(&self, name: &Name, kind: RecordType) -> Option<Proof> {
        if let Some(nsec3) = self.matching(name) {
            return lacks(nsec3.type_set(), kind).then_some(Proof::Proven);
        }
        let (encloser, span) = self.encloser(name)?;
        let source = wildcard(&encloser).ok();
        let source = source.and_then(|source| self.matching(&source));
        match source {
            Some(nsec3) => lacks(nsec3.type_set(), kind).then(|| proven(span)),
            // Only a name that was left out can be here and have no record of its own.
            None => span.opt_out().then(|| proven(span)),
        }
    }

    pub(super) fn no_name(&self, name: &Name) -> Option<Proof> {
        let (encloser, span) = self.encloser(name)?;
        let source = wildcard(&encloser).ok()?;
        self.covering(&source)?;
        Some(proven(span))
    }

    pub(super) fn no_closer(&self, name: &Name, labels: usize) -> Option<Proof> {
        self.covering(&name.trim_to(labels + 1)).map(proven)
    }

    /// The closest encloser of a name that does not exist, and the span that the next longer name lies in.
    fn encloser(&self, name: &Name) -> Option<(Name, &'a NSEC3)> {
        let depths = (depth(&self.zone)..depth(name)).rev();
        let (depth, found) = depths
            .filter(|_| self.zone.zone_of(name))
            .find_map(|depth| Some((depth, self.matching(&name.trim_to(depth))?)))?;
        let types = found.type_set();
        let cut = types.contains(RecordType::NS) && !types.contains(RecordType::SOA);
        if cut || types.contains(RecordType::DNAME) {
            return None; // what lies below is not this zone's
        }
        let span = self.covering(&name.trim_to(depth + 1))?;
        Some((name.trim_to(depth), span))
    }

    fn hash(&self, nsec3: &NSEC3, name: &Name) -> Option<Vec<u8>> {
        let key = (
            nsec3.salt().to_vec(),
            nsec3.iterations(),
            name.to_lowercase(),
        );
        if let Some(known) = self.known.borrow().get(&key) {
            return Some(known.clone());
        }
        let algorithm = nsec3.hash_algorithm();
        let hash = algorithm.hash(nsec3.salt(), &key.2, nsec3.iterations());
        let hash = hash.ok()?.as_ref().to_vec();
        self.known.borrow_mut().insert(key, hash.clone());
        Some(hash)
    }

    fn matching(&self, name: &Name) -> Option<&'a NSEC3> {
        let mut records = self.records.iter();
        let found = records.find(|(owner, nsec3)| self.hash(nsec3, name).as_ref() == Some(owner));
        found.map(|(_, nsec3)| *nsec3)
    }

    fn covering(&self, name: &Name) -> Option<&'a NSEC3> {
        let covers = |(owner, nsec3): &&(Vec<u8>, &NSEC3)| {
            let next = nsec3.next_hashed_owner_name();
            self.hash(nsec3, name)
                .is_some_and(|hash| match **owner < *next {
                    true => *owner < hash && *hash < *next,
                    false => *owner < hash || *hash < *next, // the last one leads round to the first
                })
        };
        self.records.iter().find(covers).map(|(_, nsec3)| *nsec3)
    }
}

const LEFT_OUT: &str = "the NSEC3 records leave unsigned delegations out (opt-out)";

/// What a span proves: where unsigned delegations are left out of it, there may be one (RFC 5155 section 9.2).
fn proven(span: &NSEC3) -> Proof {
    match span.opt_out() {
        true => Proof::Unsigned(LEFT_OUT.into()),
        false => Proof::Proven,
    }
}
