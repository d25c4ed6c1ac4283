//! The authority that has issued a certificate, reduced to what its answers are held against.

use der::Decode as _;
use spki::SubjectPublicKeyInfoRef;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::signed::{Signed, Verdict};
use crate::instrument::tls::{Anchor, Distinguished, sequence};

/// Name and key of an authority.
#[derive(Clone, PartialEq, Eq)]
pub struct Issuer {
    /// Its subject, DER.
    pub(super) name: Vec<u8>,
    /// Its SubjectPublicKeyInfo, DER.
    pub(super) spki: Vec<u8>,
    /// Whether its key may sign lists (RFC 5280 section 4.2.1.3); without a word on it, any key may.
    pub(super) signs_lists: bool,
    /// SubjectPublicKeyInfo, DER, of its other keys that may.
    pub(super) list_keys: Vec<Vec<u8>>,
}

/// A certificate by whose key others may be signed.
struct Candidate<'a> {
    issuer: Issuer,
    name: Distinguished,
    /// DER; none of a root that is known by name and key alone.
    certificate: Option<&'a [u8]>,
    trusted: bool,
    /// Its key usage names lists.
    for_lists: bool,
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown())
    }
}

impl Issuer {
    /// Who has signed this certificate, among the other certificates of its chain and the roots. None where the
    /// issuer is not among them, and where a certificate has signed itself.
    pub fn of<'a>(
        certificate: &[u8],
        others: impl IntoIterator<Item = &'a [u8]>,
        anchors: &'a [Anchor],
    ) -> Option<Self> {
        let (_, read) = X509Certificate::from_der(certificate).ok()?;
        let others = others.into_iter().filter_map(Candidate::served);
        let candidates: Vec<_> = others
            .chain(anchors.iter().filter_map(Candidate::anchor))
            .collect();
        let own = read.public_key().raw;
        let found = candidates.iter().find(|candidate| {
            candidate.issuer.spki != own && candidate.has_signed(certificate, &read)
        })?;
        let mut issuer = found.issuer.clone();
        issuer.list_keys = list_keys(found, &candidates);
        Some(issuer)
    }

    /// The bits of its public key, over which its key hash is made (RFC 6960 section 4.1.1).
    pub(super) fn key(&self) -> Option<&[u8]> {
        key(&self.spki)
    }

    /// Its name for a reader.
    pub fn shown(&self) -> String {
        shown(&self.name)
    }
}

impl<'a> Candidate<'a> {
    /// From its certificate.
    fn served(der: &'a [u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let usage = certificate.key_usage().ok()?;
        let usage = usage.map(|usage| usage.value.crl_sign());
        Some(Self {
            name: Distinguished::of(certificate.subject()),
            issuer: Issuer {
                name: certificate.subject().as_raw().to_vec(),
                spki: certificate.public_key().raw.to_vec(),
                signs_lists: usage.unwrap_or(true),
                list_keys: Vec::new(),
            },
            certificate: Some(der),
            trusted: false,
            for_lists: usage.unwrap_or(false),
        })
    }

    /// A root, whose own certificate says what its key is for, where it is known.
    fn anchor(anchor: &'a Anchor) -> Option<Self> {
        let certificate = anchor.certificate.as_ref();
        if let Some(read) = certificate.and_then(|der| Self::served(&der.0)) {
            return Some(Self {
                trusted: true,
                ..read
            });
        }
        Some(Self {
            name: anchor.name(),
            issuer: Issuer {
                name: sequence(&anchor.subject.0),
                spki: sequence(&anchor.spki.0),
                signs_lists: true,
                list_keys: Vec::new(),
            },
            certificate: None,
            trusted: true,
            for_lists: true,
        })
    }

    /// Whether it has signed this certificate, by name and by signature.
    fn has_signed(&self, der: &[u8], read: &X509Certificate<'_>) -> bool {
        self.name == Distinguished::of(read.issuer())
            && Signed::read(der)
                .is_ok_and(|signed| signed.by(&self.issuer.spki) == Verdict::Verified)
    }
}

/// The other keys of an authority that may sign its lists (RFC 5280 section 6.3.3 f): those in certificates of its name
/// that are roots themselves, or signed by a root, by the authority, or by whom the authority's own certificate is.
fn list_keys(authority: &Candidate<'_>, candidates: &[Candidate<'_>]) -> Vec<Vec<u8>> {
    let signed = |by: &Candidate<'_>, what: &Candidate<'_>| {
        let der = what.certificate.unwrap_or_default();
        X509Certificate::from_der(der).is_ok_and(|(_, read)| by.has_signed(der, &read))
    };
    let same = |other: &&Candidate<'_>| {
        other.for_lists
            && other.name == authority.name
            && other.issuer.spki != authority.issuer.spki
            && (other.trusted
                || signed(authority, other)
                || candidates.iter().any(|above| {
                    signed(above, other) && (above.trusted || signed(above, authority))
                }))
    };
    let keys = candidates.iter().filter(same);
    keys.map(|other| other.issuer.spki.clone()).collect()
}

pub(super) fn key(spki: &[u8]) -> Option<&[u8]> {
    let spki = SubjectPublicKeyInfoRef::from_der(spki).ok()?;
    Some(spki.subject_public_key.raw_bytes())
}

/// The common name in a distinguished name, or the whole of it.
pub(super) fn shown(name: &[u8]) -> String {
    let Ok((_, name)) = x509_parser::x509::X509Name::from_der(name) else {
        return "?".to_owned();
    };
    let common = name.iter_common_name().next();
    match common.and_then(|common| common.as_str().ok()) {
        Some(common) if !common.is_empty() => common.to_owned(),
        _ => name.to_string(),
    }
}
