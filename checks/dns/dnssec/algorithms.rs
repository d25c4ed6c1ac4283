//! Which algorithms and digests validators know, and which of them this program can verify. A zone whose DS records
//! name none that a validator knows is unsigned for it (RFC 4035 section 5.2); where only this program does not know
//! one, nothing is proven.

use hickory_proto::dnssec::rdata::{DNSKEY, DS};
use hickory_proto::dnssec::{Algorithm, DigestType, PublicKey as _};

/// ED448 (RFC 8080): unbound and BIND verify it.
const ED448: u8 = 16;

/// Sizes of RSA keys, in bytes, that can be verified with here.
const RSA: std::ops::RangeInclusive<usize> = 128..=1024;

/// Who can verify an algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Knowledge {
    /// This program.
    Here,
    /// Validators in use, and not this program.
    Elsewhere,
    /// No validator in use.
    Nowhere,
}

/// Who can verify an algorithm.
pub(super) fn knowledge(algorithm: Algorithm) -> Knowledge {
    match algorithm {
        known if known.is_supported() => Knowledge::Here,
        Algorithm::Unknown(ED448) => Knowledge::Elsewhere,
        _ => Knowledge::Nowhere,
    }
}

/// What is said of an algorithm that only others can verify.
pub(super) fn cannot(number: u8) -> String {
    format!("signatures of algorithm {number} cannot be verified here")
}

/// The algorithm of a key.
pub(super) fn algorithm(key: &DNSKEY) -> Algorithm {
    key.public_key().algorithm()
}

/// The size of an RSA key in bits, where it is out of the range that can be verified with here.
pub(super) fn odd_size(key: &DNSKEY) -> Option<usize> {
    let number = u8::from(algorithm(key));
    if !matches!(number, 5 | 7 | 8 | 10) {
        return None;
    }
    // Length of the exponent in one byte or three, exponent, modulus (RFC 3110 section 2).
    let bytes = key.public_key().public_bytes();
    let (head, exponent) = match bytes {
        [0, high, low, ..] => (3, (usize::from(*high) << 8) | usize::from(*low)),
        [length, ..] => (1, usize::from(*length)),
        [] => return None,
    };
    let modulus = bytes.get(head + exponent..)?;
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let size = modulus.len() - zeros;
    (!RSA.contains(&size)).then_some(size * 8)
}

/// What the DS records of a zone come to.
pub(super) enum Delegated<'a> {
    /// These name its keys.
    By(Vec<&'a DS>),
    /// Only other programs can verify its signatures; why.
    Beyond(String),
    /// No validator knows an algorithm and digest of them; which they are.
    Unknown(String),
}

/// Chooses among DS records. Those with SHA-1 do not count beside better ones (RFC 4509 section 3).
pub(super) fn choose<'a>(records: &[&'a DS]) -> Delegated<'a> {
    let digests = records
        .iter()
        .filter(|digest| digest.digest_type().is_supported());
    let known = digests
        .clone()
        .filter(|digest| knowledge(digest.algorithm()) == Knowledge::Here);
    let best = known.clone().map(|digest| digest.digest_type()).max();
    if let Some(best) = best {
        let counts =
            |digest: &&&DS| best == DigestType::SHA1 || digest.digest_type() != DigestType::SHA1;
        return Delegated::By(known.filter(counts).copied().collect());
    }
    let mut elsewhere =
        digests.filter(|digest| knowledge(digest.algorithm()) == Knowledge::Elsewhere);
    if let Some(digest) = elsewhere.next() {
        return Delegated::Beyond(cannot(u8::from(digest.algorithm())));
    }
    let named = records.iter().map(|digest| {
        let (algorithm, kind) = (u8::from(digest.algorithm()), u8::from(digest.digest_type()));
        format!("algorithm {algorithm} with digest {kind}")
    });
    Delegated::Unknown(named.collect::<Vec<_>>().join(", "))
}
