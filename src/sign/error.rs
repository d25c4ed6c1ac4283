//! What can go wrong, in the words that a user reads.

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;

/// An identity that cannot be made, read or kept.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A name that no certificate can carry.
    #[error(
        "{0:?} cannot be the name of an identity: give 1 to 64 characters without control characters"
    )]
    Name(String),
    /// Key generation failed.
    #[error("the identity could not be made: {0}")]
    Create(String),
    /// The file system refused.
    #[error("{}: {doing}: {source}", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What was attempted.
        doing: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// The file is there, and is not one to take a key from.
    #[error("{}: {problem}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong and how to mend it.
        problem: String,
    },
    /// A file must not be replaced.
    #[error(
        "{} exists already and is not replaced: reports signed with it would lose their known signer; \
         move it away or choose another name",
        path.display()
    )]
    Exists {
        /// Which file.
        path: PathBuf,
    },
}

/// A document that could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The signer's certificate does not hold.
    #[error("the signing identity cannot sign: {0}")]
    Certificate(String),
    /// The document is no PDF that takes a signature.
    #[error("the document cannot be signed: {0}")]
    Unreadable(String),
    /// The private key refused.
    #[error("the private key does not sign: {0}")]
    Key(String),
    /// The signature does not fit.
    #[error(
        "the signature takes {needed} bytes and the document reserves {reserved}: \
         leave certificates out of the identity's chain, the root first"
    )]
    TooLarge {
        /// Size of the CMS object.
        needed: usize,
        /// Room in the document.
        reserved: usize,
    },
}

/// Why a document is not accepted as signed and unchanged: the first check that it does not pass.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No signature dictionary as tminus writes it.
    #[error(
        "no signature found: the file is not a signed report of tminus, or its signature dictionary was changed"
    )]
    NotSigned,
    /// The file is longer than what is signed.
    #[error(
        "{bytes} bytes follow the signed part of the file: something was added after signing \
         (PDF readers accept this as a later revision)"
    )]
    Appended {
        /// How many.
        bytes: u64,
    },
    /// The ranges are not the whole file around the signature.
    #[error(
        "the signature does not cover the whole file: its ByteRange is {found:?} and must be {expected:?}; \
         the file was cut short, or a part of it is not signed"
    )]
    ByteRange {
        /// As it stands in the file.
        found: String,
        /// As it must be.
        expected: String,
    },
    /// The signature is not written as expected.
    #[error("byte {offset} of the file: {problem}")]
    Contents {
        /// Where in the file.
        offset: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// The CMS object cannot be read.
    #[error("the signature object (CMS) is damaged: {0}")]
    Cms(String),
    /// The digest of the file is another.
    #[error(
        "the document was changed after it was signed: its digest is {found}, the signed digest is {signed}"
    )]
    Changed {
        /// Of the file.
        found: String,
        /// In the signature.
        signed: String,
    },
    /// The attribute that binds the signature to its certificate.
    #[error(
        "the signature is not bound to its certificates (signing-certificate-v2, RFC 5035): {0}"
    )]
    SigningCertificate(String),
    /// More or other content than a signature of tminus has.
    #[error(
        "the signature object (CMS) holds something that is not signed, or is written in another way than tminus does"
    )]
    Pinned,
    /// The cryptographic signature does not verify.
    #[error(
        "the signature value does not belong to the signer's public key: the signature object was changed or forged"
    )]
    Signature,
    /// The signer's certificate does not hold.
    #[error("the signer's certificate does not hold: {0}")]
    Certificate(String),
    /// The signing time cannot be read.
    #[error("the signature states no time or reason as tminus writes them")]
    Statement,
    /// The document before the signature cannot be read.
    #[error("the signed document cannot be read: {0}")]
    Unreadable(String),
    /// The signature's update does something else.
    #[error(
        "byte {offset} of the file: the last revision holds more than the signature, so the pages shown \
         may not be the pages of the report"
    )]
    Update {
        /// The first byte that differs.
        offset: usize,
    },
    /// An embedded file cannot be taken out.
    #[error("the attachments cannot be read: {0}")]
    Attachments(String),
    /// No given authority vouches for the signer.
    #[error(
        "the signer {subject} (issuer {issuer}) does not lead to a trusted certificate at {at}: {problem}"
    )]
    Untrusted {
        /// The signer.
        subject: String,
        /// Who issued its certificate.
        issuer: String,
        /// The signing time.
        at: Timestamp,
        /// Why no path was found.
        problem: String,
    },
}
