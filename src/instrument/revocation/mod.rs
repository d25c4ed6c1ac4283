//! What issuers say about certificates they have issued: OCSP responses (RFC 6960) and revocation lists
//! (RFC 5280 section 5), read and held against the issuer's key.
//!
//! All of it is a function of bytes: no clock, no network. Whether an answer is still fresh is for a judge to say.
//! The bytes come from anyone, a list even over plain HTTP, so nothing in them counts before the signature does.

mod crl;
mod issuer;
mod ocsp;
mod pointers;
mod request;
mod signed;
#[cfg(test)]
mod tests;

pub use crl::{ListError, Listing, Revoked, list};
pub use issuer::Issuer;
pub use ocsp::{Answer, OcspError, Signer, Standing, answer};
pub use pointers::Pointers;
pub use request::request;
pub use signed::Verdict;

use der::DateTime;
use jiff::Timestamp;

/// Whether the owner of this SubjectPublicKeyInfo (DER) has signed a certificate.
pub fn signed_by(certificate: &[u8], spki: &[u8]) -> Verdict {
    signed::Signed::read(certificate).map_or(Verdict::Wrong, |signed| signed.by(spki))
}

/// DER ends with the year 9999 (RFC 5280 section 4.1.2.5), a little beyond what a timestamp can tell.
fn timestamp(at: DateTime) -> Timestamp {
    let seconds = i64::try_from(at.unix_duration().as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

/// A reason for revocation (RFC 5280 section 5.3.1) in its own words.
fn reason(reason: x509_cert::ext::pkix::CrlReason) -> String {
    use x509_cert::ext::pkix::CrlReason;
    match reason {
        CrlReason::Unspecified => "unspecified",
        CrlReason::KeyCompromise => "keyCompromise",
        CrlReason::CaCompromise => "cACompromise",
        CrlReason::AffiliationChanged => "affiliationChanged",
        CrlReason::Superseded => "superseded",
        CrlReason::CessationOfOperation => "cessationOfOperation",
        CrlReason::CertificateHold => "certificateHold",
        CrlReason::RemoveFromCRL => "removeFromCRL",
        CrlReason::PrivilegeWithdrawn => "privilegeWithdrawn",
        CrlReason::AaCompromise => "aACompromise",
    }
    .to_owned()
}

/// A serial number without the zeros in front: encoders differ in how many they write.
fn bare(serial: &[u8]) -> &[u8] {
    let zeros = serial.iter().take_while(|byte| **byte == 0).count();
    &serial[zeros..]
}
