//! Verification: the checks in order, each with its own refusal.
//!
//! 1. the last signature covers the whole file, and its gap is exactly `/Contents`;
//! 2. the gap is lower-case hexadecimal, a DER object and nothing but zeros;
//! 3. the object is bound to the file by its digest and to its certificates by signing-certificate-v2, is
//!    assembled as tminus does, and its signature verifies;
//! 4. the signer's certificate allows signatures and was valid at the time stated;
//! 5. the chain leads to a trusted certificate, if any are given;
//! 6. the last revision adds the signature and nothing else;
//! 7. the attachments can be read.
//!
//! Whether the document holds anything that acts is judged beside these and reported in [`Verified`].
//!
//! The PDF parser sees a document only after its signature has verified. [`signature_of`] ends before that, so that who
//! reads a report can judge its signer before anything that the signer packed is expanded.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::byte_range::Gap;
use super::certificate::Description;
use super::error::Refusal;
use super::trust::{self, Trust};
use super::{active, attachments, cms, document, update};

/// A document that is exactly what its signer signed.
#[derive(Debug)]
pub struct Verified<'a> {
    /// Whose key it was.
    pub signer: Description,
    /// Whether the signer is trusted.
    pub trust: Trust,
    /// When it was signed, by the signer's clock.
    pub signed_at: Timestamp,
    /// Why it was signed, in the signer's words.
    pub reason: String,
    /// The embedded files by name.
    pub attachments: BTreeMap<String, Vec<u8>>,
    /// Content that acts (scripts, forms, links that leave the file): a report never has any.
    pub active: Option<String>,
    /// The document before it was signed, to compare with a fresh rendering.
    pub base: &'a [u8],
}

/// Who signed a document, which is exactly what was signed. Nothing inside it has been looked at.
#[derive(Debug)]
pub struct Signature {
    /// Whose key it was.
    pub signer: Description,
    /// Whether the signer is trusted.
    pub trust: Trust,
    /// When it was signed, by the signer's clock.
    pub signed_at: Timestamp,
    /// Why it was signed, in the signer's words.
    pub reason: String,
    name: String,
    dictionary: usize,
}

/// Verifies the signature of a PDF and judges its signer, before anything in it is expanded.
///
/// # Errors
/// The first check that fails.
pub fn signature_of(pdf: &[u8], trust: &[Vec<u8>], now: Timestamp) -> Result<Signature, Refusal> {
    let (dictionary, gap) = Gap::find(pdf)?;
    let room = gap.contents(pdf)?;
    let length = cms::length(&room)?;
    let (object, padding) = room.split_at(length);
    if let Some(dirt) = padding.iter().position(|&byte| byte != 0) {
        return Err(Refusal::Contents {
            offset: gap.start + 1 + 2 * (length + dirt),
            problem: "the padding after the signature is not zero: it may hide content",
        });
    }
    let chain = cms::verify(object, |algorithm| gap.digest(pdf, algorithm))?;
    let signer = chain.first().ok_or(Refusal::Signature)?;

    let (signed_at, reason) = update::read_statement(&pdf[gap.end..]).ok_or(Refusal::Statement)?;
    signer.check_use().map_err(Refusal::Certificate)?;
    signer
        .check_validity(signed_at)
        .map_err(Refusal::Certificate)?;
    Ok(Signature {
        signer: signer.describe(),
        trust: trust::judge(&chain, trust, signed_at, now)?,
        signed_at,
        reason,
        name: signer.common_name(),
        dictionary,
    })
}

/// Verifies that a PDF is exactly what [`super::sign_pdf`] made of it.
///
/// `trust` holds DER certificates. If it is empty, only the integrity is judged. [`Verified::trust`] says what is known
/// of the signer at the instant `now`.
///
/// # Errors
/// The first check that fails.
pub fn verify_pdf<'a>(
    pdf: &'a [u8],
    trust: &[Vec<u8>],
    now: Timestamp,
) -> Result<Verified<'a>, Refusal> {
    let signature = signature_of(pdf, trust, now)?;
    let dictionary = signature.dictionary;
    let begin = update::begin(pdf, dictionary).ok_or(Refusal::Update { offset: dictionary })?;
    let base = &pdf[..begin];
    let document = document::read(base).map_err(Refusal::Unreadable)?;
    let statement = update::Statement {
        at: signature.signed_at,
        reason: &signature.reason,
        name: &signature.name,
    };
    let again = update::append(base, &document, &statement).map_err(Refusal::Unreadable)?;
    if let Some(offset) = first_difference(pdf, &again) {
        return Err(Refusal::Update { offset });
    }
    Ok(Verified {
        signer: signature.signer,
        active: active::check(&document).err(),
        attachments: attachments::read(&document).map_err(Refusal::Attachments)?,
        trust: signature.trust,
        signed_at: signature.signed_at,
        reason: signature.reason,
        base,
    })
}

/// The first byte outside the gap in which the file is not the update written again.
fn first_difference(pdf: &[u8], again: &update::Update) -> Option<usize> {
    let gap = again.gap;
    let outside = |at: &usize| !(gap.start..gap.end).contains(at);
    let shorter = pdf.len().min(again.bytes.len());
    let differs = |at: &usize| pdf[*at] != again.bytes[*at];
    let different = (0..shorter).filter(outside).find(differs);
    different.or((pdf.len() != again.bytes.len()).then_some(shorter))
}
