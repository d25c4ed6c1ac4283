//! Denial by NSEC records: each names its owner and the next name of the zone, and nothing is between them.

use hickory_proto::dnssec::rdata::NSEC;
use hickory_proto::rr::{Name, RecordType};

use super::super::canonical::wildcard;
use super::{Cut, depth, lacks};

/// The NSEC records of a zone that came.
pub(super) struct Plain<'a> {
    zone: Name,
    records: Vec<(&'a Name, &'a NSEC)>,
}

impl<'a> Plain<'a> {
    pub(super) fn new(zone: &Name) -> Self {
        Self {
            zone: zone.clone(),
            records: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, owner: &'a Name, nsec: &'a NSEC) {
        self.records.push((owner, nsec));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// What is said of a delegation at a name, if anything is.
    pub(super) fn cut(&self, name: &Name) -> Option<Cut> {
        if let Some(nsec) = self.matching(name) {
            return Some(super::cut(nsec.type_set()));
        }
        // No such name, or one that only others lie below.
        self.covering(name).map(|_| Cut::No)
    }

    pub(super) fn no_data(&self, name: &Name, kind: RecordType) -> bool {
        if let Some(nsec) = self.matching(name) {
            return lacks(nsec.type_set(), kind);
        }
        let Some((owner, nsec)) = self.covering(name) else {
            return false;
        };
        let next = nsec.next_domain_name();
        if name.zone_of(next) {
            return true; // other names lie below, and nothing is here
        }
        // Or a wildcard stands for it that has no such record either.
        let source = wildcard(&encloser(name, owner, next));
        let source = source.ok().and_then(|source| self.matching(&source));
        source.is_some_and(|nsec| lacks(nsec.type_set(), kind))
    }

    pub(super) fn no_name(&self, name: &Name) -> bool {
        let Some((owner, nsec)) = self.covering(name) else {
            return false;
        };
        let next = nsec.next_domain_name();
        let source = wildcard(&encloser(name, owner, next));
        !name.zone_of(next) && source.is_ok_and(|source| self.covering(&source).is_some())
    }

    pub(super) fn no_closer(&self, name: &Name, labels: usize) -> bool {
        self.covering(name).is_some_and(|(owner, nsec)| {
            let next = nsec.next_domain_name();
            !name.zone_of(next) && depth(&encloser(name, owner, next)) == labels
        })
    }

    fn matching(&self, name: &Name) -> Option<&'a NSEC> {
        let mut records = self.records.iter();
        let found = records.find(|(owner, _)| *owner == name);
        found.map(|(_, nsec)| *nsec)
    }

    /// The record whose span a name lies in. That of a delegation or a DNAME says nothing of the names below
    /// (RFC 6840 section 4.1).
    fn covering(&self, name: &Name) -> Option<(&'a Name, &'a NSEC)> {
        let covers = |(owner, nsec): &&(&Name, &NSEC)| {
            let next = nsec.next_domain_name();
            let last = *next == self.zone;
            let within = *owner < name && (last || name < next);
            let types = nsec.type_set();
            let cut = types.contains(RecordType::NS) && !types.contains(RecordType::SOA);
            let gone = (cut || types.contains(RecordType::DNAME)) && owner.zone_of(name);
            within && !gone && self.zone.zone_of(name)
        };
        self.records.iter().find(covers).copied()
    }
}

/// The longest name above this one that exists, as a span that it lies in shows: what it shares with either end.
fn encloser(name: &Name, owner: &Name, next: &Name) -> Name {
    let shared = |other: &Name| {
        let pairs = name.iter().rev().zip(other.iter().rev());
        pairs
            .take_while(|(one, other)| one.eq_ignore_ascii_case(other))
            .count()
    };
    name.trim_to(shared(owner).max(shared(next)))
}
