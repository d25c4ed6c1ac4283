//! A revocation list, searched for one certificate.
//!
//! Lists of public authorities have up to millions of entries, so one is walked through and never built up.

use der::asn1::{AnyRef, ContextSpecific, ObjectIdentifier, UintRef};
use der::{Decode as _, Header, Reader, SliceReader, Tag, TagNumber, Tagged as _};
use jiff::Timestamp;
use rustls::pki_types::CertificateRevocationListDer;
use rustls::pki_types::pem::PemObject as _;
use serde::{Deserialize, Serialize};
use x509_cert::ext::pkix::CrlReason;
use x509_cert::ext::pkix::crl::dp::IssuingDistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::{Extension, Extensions};
use x509_cert::time::Time;

use super::issuer::Issuer;
use super::pointers::Pointers;
use super::signed::{Signed, Verdict};
use super::{bare, reason, timestamp};
use crate::instrument::tls::Distinguished;

/// The tag with which a list in DER begins.
const SEQUENCE: u8 = 0x30;
/// Extensions that do not change what a list covers: its signer's key, other names of its issuer, where changes and
/// the issuer's certificate can be had.
const HARMLESS: [ObjectIdentifier; 4] = [
    ObjectIdentifier::new_unwrap("2.5.29.35"),
    ObjectIdentifier::new_unwrap("2.5.29.18"),
    ObjectIdentifier::new_unwrap("2.5.29.46"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.1"),
];
const REASON: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.21");
const NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
const DELTA: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.27");
const SCOPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");

/// What a list says of one certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// When it was made.
    pub this_update: Timestamp,
    /// When the next one will be there; RFC 5280 section 5.1.2.5 wants it, some lists lack it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_update: Option<Timestamp>,
    /// Its number, hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub number: Option<String>,
    /// It came as PEM (RFC 7468 section 6), though RFC 5280 section 4.2.1.13 wants DER.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub pem: bool,
    /// How many certificates it revokes.
    pub entries: u64,
    /// Its entry on the certificate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub revoked: Option<Revoked>,
}

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// Since when.
    pub at: Timestamp,
    /// Why, as RFC 5280 section 5.3.1 calls it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// Why a list says nothing about a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ListError {
    /// It cannot be read.
    #[error("it is not a revocation list: {why}")]
    Malformed {
        /// Why.
        why: String,
    },
    /// It is another authority's.
    #[error("it is the list of \"{name}\", which has not issued the certificate")]
    OtherIssuer {
        /// Whose.
        name: String,
    },
    /// The signature is not by the issuer's key.
    #[error("the certificate's issuer did not sign it")]
    Forged,
    /// The signature cannot be checked.
    #[error("its signature cannot be checked: algorithm {algorithm} is not supported")]
    Unsupported {
        /// Which.
        algorithm: String,
    },
    /// The issuer's certificate does not allow its key to sign lists.
    #[error("the certificate's issuer may not sign revocation lists")]
    NoRight,
    /// It does not cover the certificate.
    #[error("it does not cover the certificate: {why}")]
    Scope {
        /// Why.
        why: String,
    },
}

impl From<der::Error> for ListError {
    fn from(error: der::Error) -> Self {
        Self::Malformed {
            why: error.to_string(),
        }
    }
}

/// Reads what a list (a CertificateList, RFC 5280 section 5.1, DER or PEM) says of a certificate, and verifies that it
/// is the issuer's, and about such certificates. When it was made is in the listing for the judge. Of several lists
/// in one PEM file the first one counts that says something.
///
/// # Errors
/// Why it says nothing.
pub fn list(list: &[u8], about: &Pointers, issuer: &Issuer) -> Result<Listing, ListError> {
    let mut refused = None;
    if list.first() != Some(&SEQUENCE) {
        let text = list.strip_prefix("\u{feff}".as_bytes()).unwrap_or(list);
        for block in CertificateRevocationListDer::pem_slice_iter(text).flatten() {
            match in_der(&block, about, issuer) {
                Ok(listing) => {
                    return Ok(Listing {
                        pem: true,
                        ..listing
                    });
                }
                Err(error) => refused = refused.or(Some(error)),
            }
        }
    }
    match refused {
        Some(error) => Err(error),
        None => in_der(list, about, issuer),
    }
}

fn in_der(list: &[u8], about: &Pointers, issuer: &Issuer) -> Result<Listing, ListError> {
    let signed = Signed::read(list)?;
    if !signed.rest.is_empty() {
        return Err(malformed("there is data after its signature"));
    }
    let body = Body::read(&signed, bare(&about.serial))?;
    if Distinguished::read(body.issuer) != Distinguished::read(&issuer.name) {
        return Err(ListError::OtherIssuer {
            name: super::issuer::shown(body.issuer),
        });
    }
    match signed.by(&issuer.spki) {
        Verdict::Verified if issuer.signs_lists => {}
        Verdict::Verified => return Err(ListError::NoRight),
        _ if issuer
            .list_keys
            .iter()
            .any(|key| signed.by(key) == Verdict::Verified) => {}
        Verdict::Wrong => return Err(ListError::Forged),
        Verdict::Unsupported { algorithm } => return Err(ListError::Unsupported { algorithm }),
    }
    let mut number = None;
    for extension in &body.extensions {
        match extension.extn_id {
            NUMBER => {
                let value = UintRef::from_der(extension.extn_value.as_bytes())?;
                let hexadecimal = value.as_bytes().iter().map(|byte| format!("{byte:02x}"));
                number = Some(hexadecimal.collect());
            }
            DELTA => return Err(scope("it is a delta list, of changes only")),
            SCOPE => covers(extension, about)?,
            known if HARMLESS.contains(&known) => {}
            other if extension.critical => {
                let problem = format!("its critical extension {other} is not understood");
                return Err(scope(&problem));
            }
            _ => {}
        }
    }
    Ok(Listing {
        this_update: body.this_update,
        next_update: body.next_update,
        number,
        pem: false,
        entries: body.entries,
        revoked: body.revoked,
    })
}

fn malformed(why: &str) -> ListError {
    ListError::Malformed { why: why.into() }
}

fn scope(why: &str) -> ListError {
    ListError::Scope { why: why.into() }
}

/// RFC 5280 section 5.2.5: an issuer may divide its certificates among several lists, all by the same key. A list
/// that is not the certificate's own would always acquit it.
fn covers(extension: &Extension, about: &Pointers) -> Result<(), ListError> {
    let point = IssuingDistributionPoint::from_der(extension.extn_value.as_bytes())?;
    if point.only_contains_ca_certs && !about.authority {
        return Err(scope("it is for certificates of authorities"));
    }
    if point.only_contains_user_certs && about.authority {
        return Err(scope("it is not for certificates of authorities"));
    }
    if point.only_contains_attribute_certs {
        return Err(scope("it is for attribute certificates"));
    }
    if point.indirect_crl {
        return Err(scope("it also holds certificates of other issuers"));
    }
    if point.only_some_reasons.is_some() {
        return Err(scope("it covers only some reasons for revocation"));
    }
    let names = match &point.distribution_point {
        None => return Ok(()),
        Some(DistributionPointName::FullName(names)) => names,
        Some(DistributionPointName::NameRelativeToCRLIssuer(_)) => {
            return Err(scope("it names its place relative to its issuer"));
        }
    };
    let own = |name: &GeneralName| match name {
        GeneralName::UniformResourceIdentifier(url) => {
            about.lists.iter().any(|list| list == url.as_str())
        }
        _ => false,
    };
    if names.iter().any(own) {
        Ok(())
    } else {
        Err(scope("it is another of its issuer's lists"))
    }
}

/// TBSCertList.
struct Body<'a> {
    issuer: &'a [u8],
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    entries: u64,
    revoked: Option<Revoked>,
    extensions: Extensions,
}

impl<'a> Body<'a> {
    fn read(signed: &Signed<'a>, serial: &[u8]) -> Result<Self, ListError> {
        let mut reader = SliceReader::new(signed.body)?;
        let body = reader.sequence(|inner| {
            if inner.peek_tag()? == Tag::Integer && u8::decode(inner)? != 1 {
                return Err(Tag::Integer.value_error()); // version 2 is written as 1, version 1 not at all
            }
            let algorithm = AnyRef::decode(inner)?;
            if algorithm.tag() != Tag::Sequence || algorithm.value() != signed.algorithm {
                return Err(Tag::Sequence.value_error());
            }
            let issuer = inner.tlv_bytes()?;
            let this_update = Time::decode(inner)?;
            let next_update = match next(inner)? {
                Some(Tag::UtcTime | Tag::GeneralizedTime) => Some(Time::decode(inner)?),
                _ => None,
            };
            let mut entries = 0;
            let mut revoked = None;
            if next(inner)? == Some(Tag::Sequence) {
                let header = Header::decode(inner)?;
                inner.read_nested(header.length, |inner| {
                    while !inner.is_finished() {
                        let entry = entry(inner, serial)?;
                        revoked = revoked.take().or(entry);
                        entries += 1;
                    }
                    Ok(())
                })?;
            }
            let extensions = ContextSpecific::<Extensions>::decode_explicit(inner, TagNumber::N0)?;
            Ok(Self {
                issuer,
                this_update: timestamp(this_update.to_date_time()),
                next_update: next_update.map(|next| timestamp(next.to_date_time())),
                entries,
                revoked,
                extensions: extensions.map(|found| found.value).unwrap_or_default(),
            })
        })?;
        Ok(reader.finish(body)?)
    }
}

fn next<'a>(reader: &impl Reader<'a>) -> der::Result<Option<Tag>> {
    if reader.is_finished() {
        return Ok(None);
    }
    reader.peek_tag().map(Some)
}

/// Reads the next entry, closely only if it is about this serial number.
fn entry<'a>(reader: &mut impl Reader<'a>, serial: &[u8]) -> der::Result<Option<Revoked>> {
    reader.sequence(|inner| {
        let number = AnyRef::decode(inner)?;
        number.tag().assert_eq(Tag::Integer)?;
        if bare(number.value()) != serial {
            inner.read_slice(inner.remaining_len())?;
            return Ok(None);
        }
        let at = timestamp(Time::decode(inner)?.to_date_time());
        let extensions: Option<Extensions> = match next(inner)? {
            Some(_) => Some(Extensions::decode(inner)?),
            None => None,
        };
        let found = extensions.iter().flatten();
        let code = found
            .filter(|extension| extension.extn_id == REASON)
            .find_map(|extension| CrlReason::from_der(extension.extn_value.as_bytes()).ok());
        Ok(Some(Revoked {
            at,
            reason: code.map(reason),
        }))
    })
}
