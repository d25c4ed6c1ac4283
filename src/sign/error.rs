//! What can go wrong, in the words users read.

use std::io;
use std::path::PathBuf;

/// An identity that cannot be created, read or saved.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A name that no certificate can carry.
    #[error(
        "{0:?} cannot be the name of an identity: use 1 to 64 characters, no control characters"
    )]
    Name(String),
    /// Key generation failed.
    #[error("cannot create the identity: {0}")]
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
    /// The file exists, but no key is taken from it.
    #[error("{}: {problem}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong and how to fix it.
        problem: String,
    },
    /// A file must not be replaced.
    #[error(
        "{} already exists and is never overwritten, because the reports it signed would lose their known signer; \
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
    /// The signer's certificate is not acceptable.
    #[error("this identity cannot sign: {0}")]
    Certificate(String),
    /// The document is no PDF that takes a signature.
    #[error("cannot sign the document: {0}")]
    Unreadable(String),
    /// The private key refused.
    #[error("cannot sign with the private key: {0}")]
    Key(String),
    /// The signature does not fit.
    #[error(
        "the signature needs {needed} bytes, but only {reserved} are reserved: \
         remove certificates from the identity's chain, starting with the root"
    )]
    TooLarge {
        /// Size of the CMS object.
        needed: usize,
        /// Room in the document.
        reserved: usize,
    },
}

/// Why a document is not accepted as signed and unchanged: the first check that fails.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No signature dictionary as tminus writes it.
    #[error(
        "no signature found: the file is not a report signed by tminus, or its signature dictionary was modified"
    )]
    NotSigned,
    /// The file is longer than what is signed.
    #[error(
        "{bytes} bytes were appended after signing (PDF viewers accept them as a later revision)"
    )]
    Appended {
        /// How many.
        bytes: u64,
    },
    /// The ranges are not the whole file around the signature.
    #[error(
        "the signature does not cover the whole file: its ByteRange is {found:?}, expected {expected:?}; \
         the file was truncated, or a part of it is not signed"
    )]
    ByteRange {
        /// As written in the file.
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
    /// The digest of the file differs.
    #[error(
        "the document was modified after signing: its digest is {found}, the signed digest is {signed}"
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
    /// Content that a signature by tminus does not have.
    #[error("the signature object (CMS) holds unsigned content, or was not written by tminus")]
    Pinned,
    /// The cryptographic signature does not verify.
    #[error("the signature does not match the signer's public key: it was modified or forged")]
    Signature,
    /// The signer's certificate is not acceptable.
    #[error("the signer's certificate is not acceptable: {0}")]
    Certificate(String),
    /// The signing time cannot be read.
    #[error("the signature lacks the signing time or the reason, in the form tminus writes them")]
    Statement,
    /// The document before the signature cannot be read.
    #[error("cannot read the signed document: {0}")]
    Unreadable(String),
    /// The signature's update does something else too.
    #[error(
        "byte {offset} of the file: the last revision changes more than the signature, so the visible pages \
         may not be those of the report"
    )]
    Update {
        /// The first byte that differs.
        offset: usize,
    },
    /// An embedded file cannot be taken out.
    #[error("cannot read the attachments: {0}")]
    Attachments(String),
    /// The signer does not chain to any of the given certificates.
    #[error("the signer {subject} does not lead to a trusted certificate: {problem}")]
    Untrusted {
        /// The signer.
        subject: String,
        /// Why no path was found.
        problem: String,
    },
}
