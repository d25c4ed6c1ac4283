//! Record sets and their signatures (RFC 4034 section 3, RFC 4035 section 5.3).

use hickory_proto::dnssec::Verifier as _;
use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData, RRSIG};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use jiff::Timestamp;

use super::anchors::algorithm;
use crate::judging::text::instant;

/// Signatures of one record set that are tried, and keys of one tag: a hostile zone can have thousands of each,
/// and each pair costs a verification (CVE-2023-50387).
const SIGNATURES: usize = 8;
const KEYS: usize = 2;

/// Records of one name and type.
#[derive(Clone, Debug)]
pub(super) struct RrSet<'a> {
    pub(super) owner: &'a Name,
    pub(super) kind: RecordType,
    pub(super) records: Vec<&'a Record>,
    pub(super) signatures: Vec<&'a RRSIG>,
}

/// The record sets of a section, in the order of their first records.
pub(super) fn sets(section: &[Record]) -> Vec<RrSet<'_>> {
    let mut sets: Vec<RrSet<'_>> = Vec::new();
    let plain = |record: &&Record| record.record_type() != RecordType::RRSIG;
    for record in section.iter().filter(plain) {
        let kind = record.record_type();
        match sets
            .iter_mut()
            .find(|set| set.kind == kind && *set.owner == record.name)
        {
            Some(set) => set.records.push(record),
            None => sets.push(RrSet {
                owner: &record.name,
                kind,
                records: vec![record],
                signatures: Vec::new(),
            }),
        }
    }
    for record in section {
        if let RData::DNSSEC(DNSSECRData::RRSIG(signature)) = &record.data {
            let covered = signature.input().type_covered;
            let set = sets
                .iter_mut()
                .find(|set| set.kind == covered && *set.owner == record.name);
            if let Some(set) = set {
                set.signatures.push(signature);
            }
        }
    }
    sets
}

impl RrSet<'_> {
    /// The zone that says to have signed it: its own name or one above. The deepest, where several do.
    pub(super) fn signer(&self) -> Option<Name> {
        let signers = self
            .signatures
            .iter()
            .map(|signature| &signature.input().signer_name);
        let above = signers.filter(|signer| signer.zone_of(self.owner));
        above
            .max_by_key(|signer| signer.num_labels())
            .map(Name::to_lowercase)
    }
}

/// A signature that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signed {
    pub(super) zone: Name,
    pub(super) key_tag: u16,
    pub(super) algorithm: &'static str,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    /// Labels of the name that was signed, where that is a wildcard and not the owner.
    pub(super) wildcard: Option<u8>,
}

/// Why no signature holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// There is none.
    Missing,
    /// It fits neither records nor key.
    Wrong(String),
    /// It is of an algorithm that is not known here: nothing is proved either way.
    Algorithm(String),
}

/// The signature of a zone over a record set that holds longest.
pub(super) fn verify(
    set: &RrSet<'_>,
    zone: &Name,
    keys: &[DNSKEY],
    now: Timestamp,
) -> Result<Signed, Flaw> {
    let mut best: Option<Signed> = None;
    let mut flaw = Flaw::Missing;
    let signatures = set.signatures.iter();
    let signatures = signatures.filter(|signature| signature.input().signer_name == *zone);
    for signature in signatures.take(SIGNATURES) {
        match one(set, signature, zone, keys, now) {
            Ok(signed) if best.as_ref().is_none_or(|best| best.until < signed.until) => {
                best = Some(signed);
            }
            Ok(_) => {}
            Err(other) => flaw = other,
        }
    }
    best.ok_or(flaw)
}

fn one(
    set: &RrSet<'_>,
    signature: &RRSIG,
    zone: &Name,
    keys: &[DNSKEY],
    now: Timestamp,
) -> Result<Signed, Flaw> {
    let input = signature.input();
    let wrong = |reason: String| Err(Flaw::Wrong(reason));
    if !input.algorithm.is_supported() {
        let number = u8::from(input.algorithm);
        return Err(Flaw::Algorithm(format!(
            "signatures of algorithm {number} cannot be verified here"
        )));
    }
    let tag = input.key_tag;
    let fits = |key: &&DNSKEY| {
        key.zone_key()
            && !key.revoke()
            && algorithm(key) == input.algorithm
            && key.calculate_key_tag().is_ok_and(|of_key| of_key == tag)
    };
    let mut fitting = keys.iter().filter(fits).take(KEYS).peekable();
    if fitting.peek().is_none() {
        return wrong(format!("signed with key {tag}, which {zone} does not have"));
    }
    let labels = set.owner.num_labels();
    if input.num_labels > labels {
        return wrong("signature of a longer name".into());
    }
    let holds = |key: &DNSKEY| {
        let records = set.records.iter().copied();
        key.verify_rrsig(set.owner, DNSClass::IN, signature, records)
            .is_ok()
    };
    if !fitting.any(holds) {
        return wrong(format!(
            "the signature with key {tag} does not fit the records"
        ));
    }
    // Times are 32 bits that wrap (RFC 4034 section 3.1.5): whichever instant is nearest to now is meant.
    let at = |time: u32| {
        let distance = time.wrapping_sub(now.as_second() as u32) as i32;
        Timestamp::from_second(now.as_second() + i64::from(distance)).unwrap_or(now)
    };
    let (from, until) = (
        at(input.sig_inception.get()),
        at(input.sig_expiration.get()),
    );
    if now < from {
        return wrong(format!(
            "the signature is not valid before {}",
            instant(from)
        ));
    }
    if now > until {
        return wrong(format!("the signature expired at {}", instant(until)));
    }
    Ok(Signed {
        zone: zone.clone(),
        key_tag: tag,
        algorithm: input.algorithm.as_str(),
        from,
        until,
        wildcard: (input.num_labels < labels).then_some(input.num_labels),
    })
}
