//! The signed attributes: what the private key signs is their SET encoding (RFC 5652 section 5.4), and through
//! the message digest the document.

use der::asn1::{ObjectIdentifier, OctetString, SetOfVec};
use der::{Any, Sequence};
use x509_cert::attr::{Attribute, Attributes};

use super::certificate::Certificate;

/// id-data: the content is the document, outside the CMS object.
pub(super) const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

/// SigningCertificateV2 of RFC 5035 section 3: the signer's certificate first, then the rest of its chain, so
/// that no certificate of the unsigned set can be exchanged. Policies are left out.
#[derive(Sequence)]
struct SigningCertificateV2 {
    certs: Vec<EssCertIdV2>,
}

/// ESSCertIDv2 of RFC 5035 section 4. SHA-256 is the default and so must not be written.
#[derive(Sequence)]
struct EssCertIdV2 {
    cert_hash: OctetString,
}

/// The attributes over a document's digest, for a chain that begins with the signer. No signing-time: PAdES
/// wants the time in the signature dictionary alone (EN 319 142-1 section 6.3).
pub(super) fn build(chain: &[Certificate], digest: &[u8]) -> der::Result<Attributes> {
    let certs = chain.iter().map(|certificate| {
        let cert_hash = OctetString::new(certificate.sha256())?;
        Ok(EssCertIdV2 { cert_hash })
    });
    let certs = certs.collect::<der::Result<Vec<_>>>()?;
    SetOfVec::try_from(vec![
        attribute(CONTENT_TYPE, Any::encode_from(&DATA)?)?,
        attribute(
            MESSAGE_DIGEST,
            Any::encode_from(&OctetString::new(digest)?)?,
        )?,
        attribute(
            SIGNING_CERTIFICATE,
            Any::encode_from(&SigningCertificateV2 { certs })?,
        )?,
    ])
}

/// The digest of the document that the attributes state.
pub(super) fn message_digest(attributes: &Attributes) -> Option<Vec<u8>> {
    let value = value(attributes, MESSAGE_DIGEST)?;
    let digest = value.decode_as::<OctetString>().ok()?;
    Some(digest.into_bytes())
}

/// The SHA-256 digests of the certificates that the attributes state, the signer's first.
pub(super) fn certificate_digests(attributes: &Attributes) -> Result<Vec<Vec<u8>>, String> {
    let value = value(attributes, SIGNING_CERTIFICATE).ok_or("the attribute is missing")?;
    let stated = value.decode_as::<SigningCertificateV2>();
    let stated = stated.map_err(|error| format!("the attribute cannot be read: {error}"))?;
    let digests = stated
        .certs
        .into_iter()
        .map(|cert| cert.cert_hash.into_bytes());
    Ok(digests.collect())
}

fn attribute(oid: ObjectIdentifier, value: Any) -> der::Result<Attribute> {
    let values = SetOfVec::try_from(vec![value])?;
    Ok(Attribute { oid, values })
}

fn value(attributes: &Attributes, oid: ObjectIdentifier) -> Option<&Any> {
    let attribute = attributes.iter().find(|attribute| attribute.oid == oid)?;
    attribute.values.get(0)
}
