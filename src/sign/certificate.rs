//! The certificate of a signer or an issuer: read once, described in one way, and checked for signing.

use der::oid::ObjectIdentifier;
use der::{Decode as _, Encode as _};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage};
use x509_cert::name::Name;
use x509_cert::time::Time;

use super::algorithm::Algorithm;
use crate::judging::text;
use crate::model::digest::sha256_hex;

/// What people compare and reports print of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Distinguished name as in RFC 4514.
    pub subject: String,
    /// Distinguished name of who issued it; the subject itself when self-made.
    pub issuer: String,
    /// Hexadecimal, lower case.
    pub serial: String,
    /// SHA-256 of the certificate, lower-case hexadecimal: the fingerprint to compare over another channel.
    pub sha256: String,
    /// Valid from.
    pub not_before: Timestamp,
    /// Valid until, inclusive.
    pub not_after: Timestamp,
    /// Kind of key and digest ("ECDSA P-256 with SHA-256").
    pub algorithm: String,
}

/// A certificate and its own bytes.
#[derive(Clone)]
pub(super) struct Certificate {
    pub(super) der: Vec<u8>,
    pub(super) parsed: x509_cert::Certificate,
}

/// Uses of which one must be there when a certificate limits its uses: document signing (RFC 9336), any, and the older
/// ones of Adobe and Microsoft. E-mail protection alone is for mail: anyone who can have such a certificate issued for a
/// mailbox is not thereby one who signs off launches.
const USES: [ObjectIdentifier; 4] = [
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36"),
    ObjectIdentifier::new_unwrap("2.5.29.37.0"),
    ObjectIdentifier::new_unwrap("1.2.840.113583.1.1.5"),
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.10.3.12"),
];

impl Certificate {
    /// Reads one certificate. It must be canonical DER, because its bytes are written again into signatures.
    pub(super) fn read(der: &[u8]) -> Result<Self, String> {
        let parsed = x509_cert::Certificate::from_der(der)
            .map_err(|error| format!("cannot be read: {error}"))?;
        if parsed.to_der().ok().as_deref() != Some(der) {
            return Err("is not canonical DER".to_owned());
        }
        Ok(Self {
            der: der.to_vec(),
            parsed,
        })
    }

    /// SHA-256 of the certificate.
    pub(super) fn sha256(&self) -> Vec<u8> {
        let digest = ring::digest::digest(&ring::digest::SHA256, &self.der);
        digest.as_ref().to_vec()
    }

    pub(super) fn subject(&self) -> &Name {
        &self.parsed.tbs_certificate.subject
    }

    pub(super) fn issuer(&self) -> &Name {
        &self.parsed.tbs_certificate.issuer
    }

    pub(super) fn is_self_issued(&self) -> bool {
        self.subject() == self.issuer()
    }

    /// The name to show beside a signature: the common name, or the whole subject where there is none.
    pub(super) fn common_name(&self) -> String {
        const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
        let mut parts = self.subject().0.iter().flat_map(|part| part.0.iter());
        let name = parts.find(|part| part.oid == COMMON_NAME);
        let text = name.and_then(|name| String::from_utf8(name.value.value().to_vec()).ok());
        text.unwrap_or_else(|| self.subject().to_string())
    }

    pub(super) fn algorithm(&self) -> Result<&'static Algorithm, String> {
        Algorithm::of(&self.parsed.tbs_certificate.subject_public_key_info)
    }

    pub(super) fn describe(&self) -> Description {
        let tbs = &self.parsed.tbs_certificate;
        let oid = tbs.subject_public_key_info.algorithm.oid;
        let algorithm = self.algorithm().map(|algorithm| algorithm.name.to_owned());
        let serial = tbs.serial_number.as_bytes().iter();
        Description {
            subject: tbs.subject.to_string(),
            issuer: tbs.issuer.to_string(),
            serial: serial.map(|byte| format!("{byte:02x}")).collect(),
            sha256: sha256_hex(&self.der),
            not_before: instant(tbs.validity.not_before),
            not_after: instant(tbs.validity.not_after),
            algorithm: algorithm.unwrap_or_else(|_| oid.to_string()),
        }
    }

    /// Whether it is valid at an instant (RFC 5280 section 4.1.2.5, both ends included).
    pub(super) fn check_validity(&self, at: Timestamp) -> Result<(), String> {
        let validity = &self.parsed.tbs_certificate.validity;
        let (from, to) = (instant(validity.not_before), instant(validity.not_after));
        let subject = self.subject();
        if at < from {
            Err(format!(
                "{subject} is not valid before {}; the time is {}",
                text::instant(from),
                text::instant(at)
            ))
        } else if at.as_second() > to.as_second() {
            Err(format!(
                "{subject} expired at {}; the time is {}",
                text::instant(to),
                text::instant(at)
            ))
        } else {
            Ok(())
        }
    }

    /// Whether it may sign documents: key usage allows signatures (RFC 5280 section 4.2.1.3 has issuers state it);
    /// extended key usage, where stated, names documents.
    pub(super) fn check_use(&self) -> Result<(), String> {
        let tbs = &self.parsed.tbs_certificate;
        let broken = |error| format!("its key usage cannot be read: {error}");
        let usage = tbs.get::<KeyUsage>().map_err(broken)?;
        if !usage.is_some_and(|(_, usage)| usage.digital_signature() || usage.non_repudiation()) {
            return Err(
                "its key usage does not allow signatures (digitalSignature or nonRepudiation)"
                    .to_owned(),
            );
        }
        if let Some((_, uses)) = tbs.get::<ExtendedKeyUsage>().map_err(broken)?
            && !uses.0.iter().any(|one| USES.contains(one))
        {
            return Err(
                "its extended key usage does not allow signing documents (documentSigning or any)"
                    .to_owned(),
            );
        }
        Ok(())
    }
}

/// Whether every certificate names the next one as its issuer.
pub(super) fn check_links(chain: &[Certificate]) -> Result<(), String> {
    let broken = chain.windows(2).find(|pair| match pair {
        [one, next] => one.issuer() != next.subject(),
        _ => false,
    });
    match broken {
        Some([one, next]) => Err(format!(
            "the chain is broken: {} was issued by {}, but the next certificate is {}",
            one.subject(),
            one.issuer(),
            next.subject()
        )),
        _ => Ok(()),
    }
}

fn instant(time: Time) -> Timestamp {
    // X.509 ends with the year 9999 as `Timestamp` does, so the fallback is never taken.
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}
