//! The CMS object (RFC 5652) in the one form that tminus writes, and its verification by writing it again:
//! what is not covered by the signature (versions, algorithm names, the set of certificates, unsigned attributes)
//! is pinned, because an object that differs anywhere is not the one assembled from chain, digest and signature.

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use der::asn1::{ObjectIdentifier, OctetString, SetOfVec};
use der::{Any, Decode as _, Encode as _, Header, Reader as _, SliceReader};

use super::algorithm::Algorithm;
use super::attributes;
use super::byte_range::hex;
use super::certificate::{self, Certificate};
use super::error::Refusal;

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");

/// Longest chain that is accepted: signer, intermediates, root.
pub(super) const LONGEST_CHAIN: usize = 8;

/// What the private key signs: the SET OF encoding (tag 0x31) of the signed attributes.
pub(super) fn to_be_signed(chain: &[Certificate], digest: &[u8]) -> der::Result<Vec<u8>> {
    attributes::build(chain, digest)?.to_der()
}

/// The whole object, DER. The chain begins with the signer.
pub(super) fn assemble(
    algorithm: &Algorithm,
    chain: &[Certificate],
    digest: &[u8],
    signature: &[u8],
) -> der::Result<Vec<u8>> {
    let signer = chain.first().ok_or(der::ErrorKind::Failed)?;
    let certificates = chain
        .iter()
        .map(|one| CertificateChoices::Certificate(one.parsed.clone()))
        .collect::<Vec<_>>();
    let signer_info = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: signer.issuer().clone(),
            serial_number: signer.parsed.tbs_certificate.serial_number.clone(),
        }),
        digest_alg: algorithm.digest_identifier(),
        signed_attrs: Some(attributes::build(chain, digest)?),
        signature_algorithm: algorithm.signature_identifier()?,
        signature: OctetString::new(signature)?,
        unsigned_attrs: None,
    };
    let signed_data = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![algorithm.digest_identifier()])?,
        encap_content_info: EncapsulatedContentInfo {
            econtent_type: attributes::DATA,
            econtent: None,
        },
        certificates: Some(CertificateSet::try_from(certificates)?),
        crls: None,
        signer_infos: SignerInfos::try_from(vec![signer_info])?,
    };
    ContentInfo {
        content_type: SIGNED_DATA,
        content: Any::encode_from(&signed_data)?,
    }
    .to_der()
}

/// Length of the object at the beginning of the signature's room.
pub(super) fn length(room: &[u8]) -> Result<usize, Refusal> {
    let read = || -> der::Result<usize> {
        let mut reader = SliceReader::new(room)?;
        let header = Header::decode(&mut reader)?;
        let content = usize::try_from(header.length)?;
        let head = usize::try_from(reader.position())?;
        Ok(head.saturating_add(content))
    };
    match read() {
        Ok(length) if length <= room.len() => Ok(length),
        Ok(length) => Err(Refusal::Cms(format!(
            "its {length} bytes exceed the {} reserved for it",
            room.len()
        ))),
        Err(error) => Err(Refusal::Cms(error.to_string())),
    }
}

/// Verifies the object over the digest of the document, and returns the chain, the signer first.
///
/// `digest` is asked for the digest of the document, in the algorithm of the signer.
pub(super) fn verify(
    object: &[u8],
    digest: impl Fn(&'static ring::digest::Algorithm) -> Vec<u8>,
) -> Result<Vec<Certificate>, Refusal> {
    let damaged = |error: der::Error| Refusal::Cms(error.to_string());
    let content = ContentInfo::from_der(object).map_err(damaged)?;
    if content.content_type != SIGNED_DATA {
        return Err(Refusal::Cms("it is not signed data".to_owned()));
    }
    let signed_data = content.content.decode_as::<SignedData>().map_err(damaged)?;
    let [signer] = signed_data.signer_infos.0.as_slice() else {
        return Err(Refusal::Cms("it must have exactly one signer".to_owned()));
    };
    let attributes = signer.signed_attrs.as_ref();
    let attributes =
        attributes.ok_or_else(|| Refusal::Cms("it has no signed attributes".to_owned()))?;

    let chain = chain(&signed_data, attributes)?;
    let leaf = chain
        .first()
        .ok_or_else(|| Refusal::SigningCertificate("it names no certificate".to_owned()))?;
    let algorithm = leaf.algorithm().map_err(Refusal::Certificate)?;
    let digest = digest(algorithm.digest);
    let signed = attributes::message_digest(attributes)
        .ok_or_else(|| Refusal::Cms("it has no message digest".to_owned()))?;
    if signed != digest {
        return Err(Refusal::Changed {
            found: hex(&digest),
            signed: hex(&signed),
        });
    }
    let signature = signer.signature.as_bytes();
    let again = assemble(algorithm, &chain, &digest, signature).map_err(damaged)?;
    if again != object {
        return Err(Refusal::Pinned);
    }
    let message = to_be_signed(&chain, &digest).map_err(damaged)?;
    let key = &leaf.parsed.tbs_certificate.subject_public_key_info;
    if !algorithm.verifies(key, &message, signature) {
        return Err(Refusal::Signature);
    }
    Ok(chain)
}

/// The certificates in the order of signing-certificate-v2; all that are there, and no other.
fn chain(
    signed_data: &SignedData,
    attributes: &x509_cert::attr::Attributes,
) -> Result<Vec<Certificate>, Refusal> {
    let mut present = Vec::new();
    for choice in signed_data.certificates.iter().flat_map(|set| set.0.iter()) {
        let CertificateChoices::Certificate(certificate) = choice else {
            return Err(Refusal::Pinned);
        };
        let der = certificate.to_der();
        let der = der.map_err(|error| Refusal::Cms(error.to_string()))?;
        present.push(Certificate {
            der,
            parsed: certificate.clone(),
        });
    }
    let named = attributes::certificate_digests(attributes).map_err(Refusal::SigningCertificate)?;
    if named.len() != present.len() || named.len() > LONGEST_CHAIN {
        return Err(Refusal::SigningCertificate(format!(
            "it names {} certificates, {} are present, at most {LONGEST_CHAIN} are allowed",
            named.len(),
            present.len()
        )));
    }
    let pick = |digest: &Vec<u8>| {
        let found = present.iter().find(|one| one.sha256() == *digest);
        found.cloned().ok_or_else(|| {
            Refusal::SigningCertificate("it names a certificate that is not present".to_owned())
        })
    };
    let chain = named.iter().map(pick).collect::<Result<Vec<_>, _>>()?;
    certificate::check_links(&chain).map_err(Refusal::Certificate)?;
    Ok(chain)
}
