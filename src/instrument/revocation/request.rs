//! The question that is put to an OCSP responder.

use der::asn1::{AnyRef, Null, OctetString};
use der::{Encode as _, Tag};
use ring::digest;
use spki::AlgorithmIdentifierOwned;
use x509_cert::serial_number::SerialNumber;
use x509_ocsp::{CertId, OcspRequest, Request, TbsRequest, Version};

use super::issuer::Issuer;
use super::ocsp::SHA_1;
use super::pointers::Pointers;

/// An OCSPRequest for one certificate, as RFC 5019 section 2.1.1 wants it: hashes by SHA-1, which responders of
/// all ages know and which need not resist collisions here, no nonce, no signature.
///
/// # Errors
/// When the certificate's serial number or the issuer's key is none.
pub fn request(about: &Pointers, issuer: &Issuer) -> Result<Vec<u8>, der::Error> {
    let sha1 = |bytes: &[u8]| {
        let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
        OctetString::new(digest.as_ref())
    };
    let key = issuer.key().ok_or_else(|| Tag::BitString.value_error())?;
    let req_cert = CertId {
        hash_algorithm: AlgorithmIdentifierOwned {
            oid: SHA_1,
            parameters: Some(AnyRef::from(Null).into()),
        },
        issuer_name_hash: sha1(&about.issuer)?,
        issuer_key_hash: sha1(key)?,
        serial_number: SerialNumber::new(&about.serial)?,
    };
    let question = Request {
        req_cert,
        single_request_extensions: None,
    };
    OcspRequest {
        tbs_request: TbsRequest {
            version: Version::V1,
            requestor_name: None,
            request_list: vec![question],
            request_extensions: None,
        },
        optional_signature: None,
    }
    .to_der()
}
