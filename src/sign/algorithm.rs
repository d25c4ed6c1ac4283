//! The three kinds of key that sign: one row each, everything that depends on the kind in it.

use der::asn1::AnyRef;
use der::oid::ObjectIdentifier;
use der::{Any, Decode as _, Encode as _, Tag};
use rustls::SignatureScheme;
use rustls::pki_types::SignatureVerificationAlgorithm;
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

/// How a kind of key signs. A digest belongs to each, because ring pairs curves and digests so.
pub(super) struct Algorithm {
    /// As reports name it.
    pub(super) name: &'static str,
    /// As rustls, which holds the key, names it.
    pub(super) scheme: SignatureScheme,
    /// Over the document and over the signed attributes.
    pub(super) digest: &'static ring::digest::Algorithm,
    digest_oid: ObjectIdentifier,
    signature_oid: ObjectIdentifier,
    /// RFC 4055 section 5 wants NULL for RSA, RFC 5758 section 3.2 wants nothing for ECDSA.
    null_parameters: bool,
    verification: &'static dyn SignatureVerificationAlgorithm,
}

const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");

static ALL: [Algorithm; 3] = [
    Algorithm {
        name: "ECDSA P-256 with SHA-256",
        scheme: SignatureScheme::ECDSA_NISTP256_SHA256,
        digest: &ring::digest::SHA256,
        digest_oid: SHA256,
        signature_oid: ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"),
        null_parameters: false,
        verification: webpki::ring::ECDSA_P256_SHA256,
    },
    Algorithm {
        name: "ECDSA P-384 with SHA-384",
        scheme: SignatureScheme::ECDSA_NISTP384_SHA384,
        digest: &ring::digest::SHA384,
        digest_oid: SHA384,
        signature_oid: ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3"),
        null_parameters: false,
        verification: webpki::ring::ECDSA_P384_SHA384,
    },
    Algorithm {
        name: "RSA PKCS#1 v1.5 with SHA-256",
        scheme: SignatureScheme::RSA_PKCS1_SHA256,
        digest: &ring::digest::SHA256,
        digest_oid: SHA256,
        signature_oid: ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11"),
        null_parameters: true,
        verification: webpki::ring::RSA_PKCS1_2048_8192_SHA256,
    },
];

impl Algorithm {
    /// The algorithm for a public key, or why there is none.
    pub(super) fn of(key: &SubjectPublicKeyInfoOwned) -> Result<&'static Self, String> {
        let identifier = key.algorithm.to_der().map_err(|error| error.to_string())?;
        let content = AnyRef::from_der(&identifier).map_err(|error| error.to_string())?;
        let fits = |one: &&Self| one.verification.public_key_alg_id().as_ref() == content.value();
        ALL.iter().find(fits).ok_or_else(|| {
            format!(
                "its public key ({}) is not supported; use ECDSA P-256, ECDSA P-384 or RSA",
                key.algorithm.oid
            )
        })
    }

    pub(super) fn digest_identifier(&self) -> AlgorithmIdentifierOwned {
        AlgorithmIdentifierOwned {
            oid: self.digest_oid,
            parameters: None, // RFC 5754 section 2: absent is what is generated
        }
    }

    pub(super) fn signature_identifier(&self) -> der::Result<AlgorithmIdentifierOwned> {
        let null = || Any::new(Tag::Null, []);
        Ok(AlgorithmIdentifierOwned {
            oid: self.signature_oid,
            parameters: self.null_parameters.then(null).transpose()?,
        })
    }

    /// Whether `signature` over `message` is by the holder of `key`.
    pub(super) fn verifies(
        &self,
        key: &SubjectPublicKeyInfoOwned,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        let key = key.subject_public_key.raw_bytes();
        self.verification
            .verify_signature(key, message, signature)
            .is_ok()
    }
}
