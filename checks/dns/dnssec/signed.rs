//! Record sets and their signatures (RFC 4034 section 3, RFC 4035 section 5.3).

use hickory_proto::dnssec::Verifier as _;
use hickory_proto::dnssec::rdata::{DNSKEY, DNSSECRData, RRSIG};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use jiff::Timestamp;

use super::algorithms::{Knowledge, algorithm, cannot, knowledge, odd_size};
use super::canonical::signed_data;
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

/// Why no signature holds, the one that comes nearest to holding last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Flaw {
    /// There is none.
    Missing,
    /// It fits no key, or cannot fit any.
    NoKey(String),
    /// It does not fit the records.
    Unfit(String),
    /// It fits, but not now.
    Untimely(String),
    /// Other validators can tell, this program cannot: nothing is proven either way.
    Beyond(String),
}

/// Whether signatures are verified.
#[derive(Clone, Copy, Debug)]
pub(super) enum Proofs {
    /// Every signature counts as valid: who gathers messages must not miss one that a judge at any instant looks at.
    Assumed,
    /// As of this instant.
    Verified(Timestamp),
}

/// The signature of a zone over a record set that holds longest.
pub(super) fn verify(
    set: &RrSet<'_>,
    zone: &Name,
    keys: &[DNSKEY],
    proofs: Proofs,
) -> Result<Signed, Flaw> {
    let mut best: Option<Signed> = None;
    let mut flaw = Flaw::Missing;
    let signatures = set
        .signatures
        .iter()
        .filter(|signature| signature.input().signer_name == *zone && zone.zone_of(set.owner));
    for signature in signatures.take(SIGNATURES) {
        let seen = match proofs {
            Proofs::Assumed => Ok(signed(set, signature, zone, Timestamp::UNIX_EPOCH)),
            Proofs::Verified(now) => one(set, signature, zone, keys, now),
        };
        match seen {
            Ok(signed) if best.as_ref().is_none_or(|best| best.until < signed.until) => {
                best = Some(signed);
            }
            Ok(_) => {}
            Err(other) => flaw = flaw.max(other),
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
    let tag = input.key_tag;
    let number = u8::from(input.algorithm);
    match knowledge(input.algorithm) {
        Knowledge::Here => {}
        Knowledge::Elsewhere => return Err(Flaw::Beyond(cannot(number))),
        Knowledge::Nowhere => {
            let text = format!("the signature is of algorithm {number}, which validators ignore");
            return Err(Flaw::NoKey(text));
        }
    }
    let fits = |key: &&DNSKEY| {
        key.zone_key()
            && !key.revoke()
            && algorithm(key) == input.algorithm
            && key.calculate_key_tag().is_ok_and(|of_key| of_key == tag)
    };
    let fitting: Vec<_> = keys.iter().filter(fits).take(KEYS).collect();
    if fitting.is_empty() {
        return Err(Flaw::NoKey(format!(
            "signed with key {tag}, which is not among the keys that may sign it"
        )));
    }
    if input.num_labels > set.owner.num_labels() {
        let text = "the signature is that of a longer name";
        return Err(Flaw::Unfit(text.into()));
    }
    let data = signed_data(set.owner, &set.records, signature);
    let data = data.map_err(|error| Flaw::Unfit(error.to_string()))?;
    let holds = |key: &&DNSKEY| key.verify(&data, signature.sig()).is_ok();
    if !fitting.iter().any(holds) {
        if let Some(bits) = fitting.iter().find_map(|key| odd_size(key)) {
            let text = format!("RSA keys of {bits} bits cannot be verified with here");
            return Err(Flaw::Beyond(text));
        }
        let text = format!("the signature with key {tag} does not fit the records");
        return Err(Flaw::Unfit(text));
    }
    let signed = signed(set, signature, zone, now);
    let untimely = |text: String| Err(Flaw::Untimely(text));
    if now < signed.from {
        let from = instant(signed.from);
        return untimely(format!("the signature is not valid before {from}"));
    }
    if now > signed.until {
        let until = instant(signed.until);
        return untimely(format!("the signature expired at {until}"));
    }
    Ok(signed)
}

/// What a signature says of itself.
fn signed(set: &RrSet<'_>, signature: &RRSIG, zone: &Name, now: Timestamp) -> Signed {
    let input = signature.input();
    // Times are 32 bits that wrap (RFC 4034 section 3.1.5): whichever instant is nearest to now is meant.
    let at = |time: u32| {
        let distance = time.wrapping_sub(now.as_second() as u32) as i32;
        Timestamp::from_second(now.as_second() + i64::from(distance)).unwrap_or(now)
    };
    Signed {
        zone: zone.clone(),
        key_tag: input.key_tag,
        algorithm: input.algorithm.as_str(),
        from: at(input.sig_inception.get()),
        until: at(input.sig_expiration.get()),
        wildcard: (input.num_labels < set.owner.num_labels()).then_some(input.num_labels),
    }
}
