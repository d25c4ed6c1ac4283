//! The verifier's language: the instants it takes, and its refusals in words.

use std::time::Duration;

use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use webpki::Error;

/// An instant, in the verifier's form.
pub(crate) fn unix_time(at: Timestamp) -> UnixTime {
    let seconds = u64::try_from(at.as_second()).unwrap_or(0);
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

/// A verifier's refusal in words.
pub(crate) fn reason(error: &Error) -> String {
    match error {
        Error::BadDer | Error::BadDerTime | Error::TrailingData(_) => {
            "it is not valid DER".to_owned()
        }
        Error::CaUsedAsEndEntity => "an authority's certificate is used as a server's".to_owned(),
        Error::EndEntityUsedAsCa => "a server's certificate was used to issue another".to_owned(),
        Error::InvalidSignatureForPublicKey => "a signature on the way is wrong".to_owned(),
        Error::NameConstraintViolation => {
            "an authority on the way may not issue for this name".to_owned()
        }
        Error::PathLenConstraintViolated => {
            "an authority on the way may not have further authorities below it".to_owned()
        }
        Error::RequiredEkuNotFoundContext(_) => "it is not meant for servers".to_owned(),
        Error::UnsupportedCertVersion => "it is not of X.509 version 3".to_owned(),
        Error::UnsupportedCriticalExtension => {
            "it has a critical extension that is not understood".to_owned()
        }
        other => format!("{other:?}"),
    }
}
