//! Whether the signer chains to a certificate that the reader of the report trusts (RFC 5280 section 6).

use jiff::Timestamp;
use rustls::pki_types::{CertificateDer, UnixTime};
use serde::{Deserialize, Serialize};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter};

use super::certificate::{Certificate, Description};
use super::error::Refusal;

/// What is known about the signer's identity. In every case the document is known to be unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Trust {
    /// The signer chains to a certificate that was given as trusted, or is that certificate.
    Trusted {
        /// The trusted certificate.
        by: Description,
    },
    /// The certificate is self-signed: only its fingerprint, compared over another channel, says who signed.
    SelfMade,
    /// An authority issued the certificate; whether it is trusted was not checked.
    NotAnchored,
}

/// Judges a chain, the signer first. Without trusted certificates, a path is not required.
///
/// The path has to hold at the signing time, which is the signer's word alone, and now: without a trusted time stamp
/// an expired certificate proves nothing, because anyone with its key can sign with any date.
pub(super) fn judge(
    chain: &[Certificate],
    trusted: &[Vec<u8>],
    signed_at: Timestamp,
    now: Timestamp,
) -> Result<Trust, Refusal> {
    let Some((signer, issuers)) = chain.split_first() else {
        return Err(Refusal::Certificate("the signature names none".to_owned()));
    };
    if trusted.is_empty() {
        return Ok(match signer.is_self_issued() {
            true => Trust::SelfMade,
            false => Trust::NotAnchored,
        });
    }
    let mut problems = Vec::new();
    for anchor in trusted {
        let path = Certificate::read(anchor)
            .map_err(|error| format!("one of the trusted certificates {error}"))
            .and_then(|anchor| {
                for at in [signed_at, now] {
                    // In this order: the dates of a certificate that did not issue the signer's are no reason.
                    leads_to(signer, issuers, &anchor, at)?;
                    anchor.check_validity(at)?;
                }
                Ok(anchor.describe())
            });
        match path {
            Ok(by) => return Ok(Trust::Trusted { by }),
            Err(problem) if problems.contains(&problem) => {}
            Err(problem) => problems.push(problem),
        }
    }
    problems.truncate(3);
    Err(Refusal::Untrusted {
        subject: signer.subject().to_string(),
        problem: problems.join("; "),
    })
}

/// webpki's answers in words.
fn say(error: webpki::Error) -> String {
    use webpki::Error;
    let words = match error {
        Error::UnknownIssuer => "no certificate in the signature leads to it",
        Error::CertExpired { .. } => "a certificate on the path has expired",
        Error::CertNotValidYet { .. } => "a certificate on the path is not valid yet",
        Error::InvalidSignatureForPublicKey => "a signature on the path does not match",
        Error::CaUsedAsEndEntity => "the signer's certificate is that of an authority",
        Error::EndEntityUsedAsCa => "an issuer on the path is not an authority",
        Error::PathLenConstraintViolated => "the path is longer than an authority on it allows",
        Error::NameConstraintViolation => {
            "a name is outside what an authority on the path may issue"
        }
        Error::IssuerNotCrlSigner | Error::CertRevoked => "a certificate on the path is revoked",
        _ => "the path to it is not valid",
    };
    words.to_owned()
}

/// A path by signatures, names, validity and basic constraints. Or the certificate itself, which webpki would reject
/// because a certificate that signs documents is not an authority.
fn leads_to(
    signer: &Certificate,
    issuers: &[Certificate],
    anchor: &Certificate,
    at: Timestamp,
) -> Result<(), String> {
    if signer.der == anchor.der {
        return signer.check_validity(at);
    }
    let seconds = u64::try_from(at.as_second()).map_err(|_| "the signing time is before 1970")?;
    let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
    let anchor = CertificateDer::from(anchor.der.as_slice());
    let anchor = webpki::anchor_from_trusted_cert(&anchor).map_err(say)?;
    let issuers = issuers
        .iter()
        .map(|one| CertificateDer::from(one.der.as_slice()))
        .collect::<Vec<_>>();
    let signer = CertificateDer::from(signer.der.as_slice());
    let signer = EndEntityCert::try_from(&signer).map_err(say)?;
    signer
        .verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &[anchor],
            &issuers,
            at,
            AnyUse,
            None,
            None,
        )
        .map(|_| ())
        .map_err(say)
}

/// The signer's own uses are checked by [`Certificate::check_use`]; what an authority's certificate says about
/// extended uses limits TLS, not documents.
struct AnyUse;

impl ExtendedKeyUsageValidator for AnyUse {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        Ok(())
    }
}
