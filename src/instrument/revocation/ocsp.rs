//! An OCSP response, read and verified.

use std::cmp::Reverse;
use std::time::Duration;

use der::asn1::ObjectIdentifier;
use der::{Decode as _, Encode as _, Reader as _, SliceReader, Tag, TagNumber};
use jiff::Timestamp;
use ring::digest;
use rustls::pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, Error, KeyUsage};
use x509_cert::ext::Extensions;
use x509_ocsp::{
    CertId, CertStatus, OcspResponse, OcspResponseStatus, ResponderId, ResponseData, SingleResponse,
};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::issuer::{self, Issuer};
use super::pointers::Pointers;
use super::signed::{Signed, Verdict};
use super::{bare, reason, timestamp};
use crate::instrument::tls::{Distinguished, contents, sequence};

/// id-pkix-ocsp-basic.
const BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");

/// id-pkix-ocsp-nonce.
const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");

/// Extensions that do not change what an answer means, whether they are marked critical or not: the nonce, where
/// and how long the responder keeps what it answers from (RFC 6960 section 4.4), a reason and a date of invalidity as
/// in lists (RFC 5280 section 5.3), and timestamps of transparency logs.
const HARMLESS: [ObjectIdentifier; 6] = [
    NONCE,
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.3"), // id-pkix-ocsp-crl
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.6"), // id-pkix-ocsp-archive-cutoff
    ObjectIdentifier::new_unwrap("2.5.29.21"),            // reasonCode
    ObjectIdentifier::new_unwrap("2.5.29.24"),            // invalidityDate
    TIMESTAMPS,
];

/// Timestamps of transparency logs for the certificate (RFC 6962 section 3.3).
const TIMESTAMPS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.4.5");

/// id-kp-OCSPSigning: the value of the object identifier 1.3.6.1.5.5.7.3.9.
const OCSP_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 9];

/// id-sha1.
pub(super) const SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

/// How many certificates of a response are looked at for its signer's; honest ones send one, rarely two.
const MOST: usize = 8;

/// What a responder says of one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether it is revoked.
    pub standing: Standing,
    /// When the certificate begins, before which nobody can have answered for it.
    pub begins: Timestamp,
    /// When the responder made the response.
    pub produced: Timestamp,
    /// When the responder knew that.
    pub this_update: Timestamp,
    /// When it will know more; without it, more can be had at any time (RFC 6960 section 2.4).
    pub next_update: Option<Timestamp>,
    /// Who has signed.
    pub signer: Signer,
    /// What the extension with timestamps of transparency logs holds, DER of an octet string (RFC 6962 section 3.3).
    pub timestamps: Option<Vec<u8>>,
}

/// Whether a certificate is revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is not.
    Good,
    /// It is.
    Revoked {
        /// Since when.
        at: Timestamp,
        /// Why, as RFC 5280 section 5.3.1 calls it.
        reason: Option<String>,
    },
    /// The responder does not know it.
    Unknown,
}

/// Who has signed an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signer {
    /// The certificate's issuer.
    Issuer,
    /// One to whom the issuer has given that right.
    Delegate {
        /// Its subject.
        name: String,
        /// When its certificate begins.
        from: Timestamp,
        /// When its certificate ends.
        until: Timestamp,
    },
}

/// Why a response says nothing about a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OcspError {
    /// It cannot be read.
    #[error("it is not an OCSP response: {0}")]
    Malformed(String),
    /// The responder did not answer the question.
    #[error("it returns the error \"{0}\"")]
    Refused(&'static str),
    /// It answers for other certificates.
    #[error("it is about another certificate")]
    OtherCertificate,
    /// It holds a critical extension that is not understood.
    #[error("it has a critical extension that is not understood, {0}")]
    Critical(String),
    /// Its signer is neither the issuer nor shown.
    #[error("it is signed by {0}, which is neither the certificate's issuer nor authorised by it")]
    Stranger(String),
    /// Its signer's certificate does not authorise it.
    #[error("it is signed by \"{name}\", {why}")]
    Unauthorised {
        /// The signer's subject.
        name: String,
        /// What its certificate lacks.
        why: &'static str,
    },
    /// The signature is not by the key of its signer.
    #[error("its signature is wrong")]
    Forged,
    /// The signature cannot be checked.
    #[error("its signature cannot be checked: algorithm {0} is not supported")]
    Unsupported(String),
}

/// Reads what a response (DER of an OCSPResponse, RFC 6960 section 4.2.1) says of a certificate, and verifies it:
/// the signature, and that its signer may speak for the issuer (section 4.2.2.2). When it was said, and whether
/// the signer's own certificate is in force, is in the answer for the judge.
///
/// # Errors
/// Why it says nothing.
pub fn answer(response: &[u8], about: &Pointers, issuer: &Issuer) -> Result<Answer, OcspError> {
    let malformed = |error: der::Error| OcspError::Malformed(error.to_string());
    let response = OcspResponse::from_der(response).map_err(malformed)?;
    let bytes = match (response.response_status, response.response_bytes) {
        (OcspResponseStatus::Successful, Some(bytes)) => bytes,
        (OcspResponseStatus::Successful, None) => {
            return Err(OcspError::Malformed("it is empty".to_owned()));
        }
        (OcspResponseStatus::MalformedRequest, _) => {
            return Err(OcspError::Refused("malformedRequest"));
        }
        (OcspResponseStatus::InternalError, _) => return Err(OcspError::Refused("internalError")),
        (OcspResponseStatus::TryLater, _) => return Err(OcspError::Refused("tryLater")),
        (OcspResponseStatus::SigRequired, _) => return Err(OcspError::Refused("sigRequired")),
        (OcspResponseStatus::Unauthorized, _) => return Err(OcspError::Refused("unauthorized")),
    };
    if bytes.response_type != BASIC {
        let problem = format!("its type is {}", bytes.response_type);
        return Err(OcspError::Malformed(problem));
    }
    let signed = Signed::read(bytes.response.as_bytes()).map_err(malformed)?;
    let data = ResponseData::from_der(signed.body).map_err(malformed)?;
    let certificates = certificates(signed.rest).map_err(malformed)?;
    let signer = signer(&signed, &data.responder_id, &certificates, issuer)?;
    understood(data.response_extensions.as_ref())?;
    let mut worst: Option<&SingleResponse> = None;
    for single in &data.responses {
        if !is_about(&single.cert_id, about, issuer) {
            continue;
        }
        understood(single.single_extensions.as_ref())?;
        worst = match worst {
            Some(known) if badness(known) >= badness(single) => Some(known),
            _ => Some(single),
        };
    }
    let single = worst.ok_or(OcspError::OtherCertificate)?;
    let produced = timestamp(data.produced_at.0.to_date_time());
    Ok(said(single, about.begins, produced, signer))
}

/// Which of two answers about one certificate counts: clients differ in which of them they read, so the worst; of
/// two that say the same, the one that ends first.
fn badness(single: &SingleResponse) -> (u8, Reverse<Timestamp>) {
    let standing = match single.cert_status {
        CertStatus::Good(_) => 0,
        CertStatus::Unknown(_) => 1,
        CertStatus::Revoked(_) => 2,
    };
    let end = single
        .next_update
        .map_or(Timestamp::MAX, |next| timestamp(next.0.to_date_time()));
    (standing, Reverse(end))
}

fn said(single: &SingleResponse, begins: Timestamp, produced: Timestamp, signer: Signer) -> Answer {
    let standing = match single.cert_status {
        CertStatus::Good(_) => Standing::Good,
        CertStatus::Unknown(_) => Standing::Unknown,
        CertStatus::Revoked(info) => Standing::Revoked {
            at: timestamp(info.revocation_time.0.to_date_time()),
            reason: info.revocation_reason.map(reason),
        },
    };
    Answer {
        standing,
        begins,
        produced,
        this_update: timestamp(single.this_update.0.to_date_time()),
        next_update: single
            .next_update
            .map(|next| timestamp(next.0.to_date_time())),
        signer,
        timestamps: single
            .single_extensions
            .iter()
            .flatten()
            .find(|extension| extension.extn_id == TIMESTAMPS)
            .map(|extension| extension.extn_value.as_bytes().to_vec()),
    }
}

/// RFC 6960 section 4.1.1: hashes of the issuer's name and key, and the serial number.
fn is_about(id: &CertId, about: &Pointers, issuer: &Issuer) -> bool {
    let algorithm = match id.hash_algorithm.oid {
        SHA_1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        SHA_256 => &digest::SHA256,
        SHA_384 => &digest::SHA384,
        SHA_512 => &digest::SHA512,
        _ => return false,
    };
    let hashed = |bytes: &[u8], hash: &[u8]| digest::digest(algorithm, bytes).as_ref() == hash;
    // The certificate may write its issuer's name in another encoding than the issuer itself does.
    let mut names = [&issuer.name, &about.issuer].into_iter();
    bare(id.serial_number.as_bytes()) == bare(&about.serial)
        && names.any(|name| hashed(name, id.issuer_name_hash.as_bytes()))
        && issuer
            .key()
            .is_some_and(|key| hashed(key, id.issuer_key_hash.as_bytes()))
}

/// A critical extension changes what an answer means, unless it is one of those that do not.
fn understood(extensions: Option<&Extensions>) -> Result<(), OcspError> {
    let mut all = extensions.into_iter().flatten();
    match all.find(|extension| extension.critical && !HARMLESS.contains(&extension.extn_id)) {
        Some(extension) => Err(OcspError::Critical(extension.extn_id.to_string())),
        None => Ok(()),
    }
}

/// `certs [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL`.
fn certificates(rest: &[u8]) -> der::Result<Vec<&[u8]>> {
    let mut found = Vec::new();
    if rest.is_empty() {
        return Ok(found);
    }
    let mut reader = SliceReader::new(rest)?;
    let header = der::Header::decode(&mut reader)?;
    header.tag.assert_eq(Tag::ContextSpecific {
        constructed: true,
        number: TagNumber::N0,
    })?;
    if header.length != reader.remaining_len() {
        return Err(header.tag.length_error());
    }
    reader.sequence(|inner| {
        while !inner.is_finished() {
            let certificate = inner.tlv_bytes()?;
            if found.len() < MOST {
                found.push(certificate);
            }
        }
        Ok(())
    })?;
    reader.finish(found)
}

/// Who has signed, and whether it may.
fn signer(
    signed: &Signed<'_>,
    id: &ResponderId,
    certificates: &[&[u8]],
    issuer: &Issuer,
) -> Result<Signer, OcspError> {
    let by = |spki: &[u8]| match signed.by(spki) {
        Verdict::Verified => Ok(()),
        Verdict::Wrong => Err(OcspError::Forged),
        Verdict::Unsupported { algorithm } => Err(OcspError::Unsupported(algorithm)),
    };
    let name = match id {
        ResponderId::ByName(name) => name.to_der().ok(),
        ResponderId::ByKey(_) => None,
    };
    let named = name.as_deref().map(Distinguished::read);
    let is = |subject: &[u8], spki: &[u8]| match id {
        ResponderId::ByName(_) => named == Some(Distinguished::read(subject)),
        // The hash of a responder's key is by SHA-1 whatever else is in use (RFC 6960 section 4.2.1).
        ResponderId::ByKey(hash) => issuer::key(spki).is_some_and(|key| {
            let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, key);
            digest.as_ref() == hash.as_bytes()
        }),
    };
    for der in certificates {
        let Ok((_, certificate)) = X509Certificate::from_der(der) else {
            continue;
        };
        let spki = certificate.public_key().raw;
        if spki == issuer.spki || !is(certificate.subject().as_raw(), spki) {
            continue;
        }
        let name = issuer::shown(certificate.subject().as_raw());
        let from = certificate.validity().not_before.timestamp();
        let until = certificate.validity().not_after.timestamp();
        if let Err(why) = authorised(der, from, issuer) {
            return Err(OcspError::Unauthorised { name, why });
        }
        by(spki)?;
        return Ok(Signer::Delegate {
            name,
            from: Timestamp::from_second(from).unwrap_or(Timestamp::MIN),
            until: Timestamp::from_second(until).unwrap_or(Timestamp::MAX),
        });
    }
    if is(&issuer.name, &issuer.spki) {
        by(&issuer.spki)?;
        return Ok(Signer::Issuer);
    }
    Err(OcspError::Stranger(match id {
        ResponderId::ByName(_) => format!("\"{}\"", issuer::shown(&name.unwrap_or_default())),
        ResponderId::ByKey(_) => "an unknown key".to_owned(),
    }))
}

/// Whether the issuer itself has given this certificate the right to sign answers. Its validity is left to the
/// judge, so it is looked at in its first moment.
fn authorised(der: &[u8], from: i64, issuer: &Issuer) -> Result<(), &'static str> {
    const UNREADABLE: &str = "whose certificate cannot be read";
    const STRANGER: &str = "whose certificate is not by the same issuer";
    let der = CertificateDer::from(der);
    let delegate = EndEntityCert::try_from(&der).map_err(|_| UNREADABLE)?;
    // The verifier compares names by their bytes, so it gets the issuer's as the delegate writes it.
    let named = sequence(delegate.issuer());
    if Distinguished::read(&named) != Distinguished::read(&issuer.name) {
        return Err(STRANGER);
    }
    let anchors = [TrustAnchor {
        subject: delegate.issuer().into(),
        subject_public_key_info: contents(&issuer.spki).into(),
        name_constraints: None,
    }];
    let first = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(from).unwrap_or(0)));
    let verified = delegate.verify_for_usage(
        ALL_VERIFICATION_ALGS,
        &anchors,
        &[],
        first,
        KeyUsage::required(OCSP_SIGNING),
        None,
        None,
    );
    match verified {
        Ok(_) => Ok(()),
        Err(Error::RequiredEkuNotFoundContext(_)) => {
            Err("whose certificate is not meant for signing OCSP responses")
        }
        Err(Error::UnknownIssuer | Error::InvalidSignatureForPublicKey) => Err(STRANGER),
        Err(_) => Err("whose certificate does not allow it to sign"),
    }
}
