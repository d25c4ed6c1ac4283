//! The authority that has issued a certificate, reduced to what its answers are held against.

use der::asn1::AnyRef;
use der::{Decode as _, Encode as _, Tag};
use spki::SubjectPublicKeyInfoRef;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::signed::{Signed, Verdict};
use crate::instrument::tls::Anchor;

/// Name and key of an authority.
#[derive(Clone, PartialEq, Eq)]
pub struct Issuer {
    /// Its subject, DER.
    pub(super) name: Vec<u8>,
    /// Its SubjectPublicKeyInfo, DER.
    pub(super) spki: Vec<u8>,
    /// Whether its key may sign lists (RFC 5280 section 4.2.1.3); without a word on it, any key may.
    pub(super) signs_lists: bool,
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
        anchors: &[Anchor],
    ) -> Option<Self> {
        let signed = Signed::read(certificate).ok()?;
        let (_, read) = X509Certificate::from_der(certificate).ok()?;
        let others = others.into_iter().filter_map(Self::certificate);
        let anchors = anchors.iter().filter_map(Self::anchor);
        let own = read.public_key().raw;
        others.chain(anchors).find(|issuer| {
            issuer.name == read.issuer().as_raw()
                && issuer.spki != own
                && signed.by(&issuer.spki) == Verdict::Verified
        })
    }

    /// From its certificate.
    fn certificate(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let usage = certificate.key_usage().ok()?;
        Some(Self {
            name: certificate.subject().as_raw().to_vec(),
            spki: certificate.public_key().raw.to_vec(),
            signs_lists: usage.is_none_or(|usage| usage.value.crl_sign()),
        })
    }

    fn anchor(anchor: &Anchor) -> Option<Self> {
        let whole =
            |contents: &[u8]| AnyRef::new(Tag::Sequence, contents).and_then(|any| any.to_der());
        Some(Self {
            name: whole(&anchor.subject.0).ok()?,
            spki: whole(&anchor.spki.0).ok()?,
            signs_lists: true,
        })
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
