//! Who signed the report, and that nothing changed since: identities, signing and verification.
//!
//! The report carries one PAdES signature at level B-B (ETSI EN 319 142-1): a CMS object (RFC 5652) over the whole
//! file, in one incremental update. [`sign_pdf`] writes it and any PDF viewer checks it; [`verify_pdf`] is stricter
//! than viewers. It trusts nothing that it can rebuild: it assembles the signature object from certificates, digest and
//! signature value, and the incremental update from the document before it, and both must match the file byte for
//! byte. So what `update` and `cms` write is a file format: changing it makes earlier reports unverifiable.
//!
//! A signature at this level does not prove the time: it states what the signer's clock said.

mod active;
mod algorithm;
mod attachments;
mod attributes;
mod byte_range;
mod certificate;
mod cms;
mod document;
mod error;
mod identity;
mod object;
mod store;
mod trust;
mod update;
mod verify;
mod xref;

pub use certificate::Description;
pub use error::{IdentityError, Refusal, SignError};
pub use identity::Identity;
pub use store::{FILE_NAME, certificates_from_pem};
pub use trust::Trust;
pub use verify::{Signature, Verified, signature_of, verify_pdf};

use std::collections::BTreeMap;

use jiff::Timestamp;

/// The files embedded in a PDF, by name. Nothing is verified: use [`verify_pdf`] for what a report claims.
///
/// # Errors
/// When the PDF cannot be read, or the attachments are more than a report may hold.
pub fn attachments(pdf: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, Refusal> {
    let document = document::read(pdf).map_err(Refusal::Unreadable)?;
    attachments::read(&document).map_err(Refusal::Attachments)
}

/// Signs a PDF: the same bytes, followed by an incremental update with the signature.
///
/// `at` is the time that the signature states, to the second; `reason` is shown by PDF readers. The result is the
/// same for the same input with an RSA identity; an ECDSA signature value is different each time.
///
/// # Errors
/// When the identity's certificate is not valid at `at`, when the PDF cannot be read or is encrypted, and when the
/// certificates do not fit into the room reserved for the signature.
pub fn sign_pdf(
    pdf: &[u8],
    identity: &Identity,
    at: Timestamp,
    reason: &str,
) -> Result<Vec<u8>, SignError> {
    let signer = identity.certificate();
    signer.check_validity(at).map_err(SignError::Certificate)?;
    let document = document::read(pdf).map_err(SignError::Unreadable)?;
    let statement = update::Statement {
        at,
        reason,
        name: &signer.common_name(),
    };
    let mut update = update::append(pdf, &document, &statement).map_err(SignError::Unreadable)?;
    let digest = update
        .gap
        .digest(&update.bytes, identity.algorithm().digest);
    let cms = identity.sign(&digest)?;
    update.gap.fill(&mut update.bytes, &cms)?;
    Ok(update.bytes)
}
