//! What certificates, OCSP responses and revocation lists have in common: a body, an algorithm, a signature.

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier};
use der::{Decode as _, Reader as _, SliceReader, Tag, Tagged as _};
use rustls::pki_types::{SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer};
use serde::{Deserialize, Serialize};
use webpki::{ALL_VERIFICATION_ALGS, Error, RawPublicKeyEntity};

/// What became of the check of a signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Verdict {
    /// The key has made it over these bytes.
    Verified,
    /// It has not, or it is too short to count.
    Wrong,
    /// The algorithm is none that this program knows.
    Unsupported {
        /// Its object identifier.
        algorithm: String,
    },
}

/// `SEQUENCE { body, AlgorithmIdentifier, BIT STRING, rest }`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a> {
    /// The bytes that are signed, with their tag and length.
    pub(super) body: &'a [u8],
    /// Contents of the AlgorithmIdentifier.
    pub(super) algorithm: &'a [u8],
    signature: &'a [u8],
    /// What follows the signature; only OCSP responses have something there.
    pub(super) rest: &'a [u8],
}

/// The parameters of an algorithm that has none, as RSA writes them.
const NULL: &[u8] = &[5, 0];

impl<'a> Signed<'a> {
    pub(super) fn read(der: &'a [u8]) -> der::Result<Self> {
        let mut reader = SliceReader::new(der)?;
        let signed = reader.sequence(|inner| {
            let body = inner.tlv_bytes()?;
            let algorithm = AnyRef::decode(inner)?;
            algorithm.tag().assert_eq(Tag::Sequence)?;
            let signature = BitStringRef::decode(inner)?;
            let signature = signature
                .as_bytes()
                .ok_or_else(|| Tag::BitString.value_error())?;
            let rest = inner.read_slice(inner.remaining_len())?;
            Ok(Self {
                body,
                algorithm: algorithm.value(),
                signature,
                rest,
            })
        })?;
        reader.finish(signed)
    }

    /// Whether the owner of this SubjectPublicKeyInfo has signed.
    pub(super) fn by(&self, spki: &[u8]) -> Verdict {
        let spki = SubjectPublicKeyInfoDer::from(spki);
        let Ok(key) = RawPublicKeyEntity::try_from(&spki) else {
            return Verdict::Wrong;
        };
        let mut kin = false;
        let mut known = false;
        for algorithm in ALL_VERIFICATION_ALGS {
            // Some write the parameters of an algorithm that has none as NULL, and clients let them.
            let bare = self.algorithm.strip_suffix(NULL).unwrap_or(self.algorithm);
            let wanted = algorithm.signature_alg_id();
            if wanted.as_ref() != self.algorithm && wanted.as_ref() != bare {
                continue;
            }
            known = true;
            // One identifier covers several curves, so the next algorithm may be the one for this key.
            match key.verify_signature(*algorithm, self.body, self.signature) {
                Ok(()) => return Verdict::Verified,
                Err(Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)) => {
                    kin |= related(*algorithm, &spki);
                }
                Err(_) => return Verdict::Wrong,
            }
        }
        if known && !kin {
            return Verdict::Wrong; // an RSA signature is not by a key of an elliptic curve
        }
        Verdict::Unsupported {
            algorithm: identifier(self.algorithm)
                .map_or_else(|| "unknown".to_owned(), |oid| oid.to_string()),
        }
    }
}

/// Whether an algorithm is for keys of this kind, if not for this curve.
fn related(algorithm: &dyn SignatureVerificationAlgorithm, spki: &[u8]) -> bool {
    let of_key = SliceReader::new(spki)
        .and_then(|mut reader| {
            reader.sequence(|inner| {
                let algorithm = AnyRef::decode(inner)?;
                inner.read_slice(inner.remaining_len())?;
                Ok(algorithm)
            })
        })
        .ok()
        .and_then(|algorithm| identifier(algorithm.value()));
    of_key.is_some() && identifier(algorithm.public_key_alg_id().as_ref()) == of_key
}

/// The object identifier with which an AlgorithmIdentifier begins.
fn identifier(contents: &[u8]) -> Option<ObjectIdentifier> {
    let mut reader = SliceReader::new(contents).ok()?;
    ObjectIdentifier::decode(&mut reader).ok()
}
