//! What rustls says of a peer, in words that a reader knows.
//!
//! The library's own are names of its variants, `HandshakePayloadTooLarge` among them. Those that occur have a sentence
//! here that goes on from "broke the handshake: "; the names of the others are taken apart into their words.

use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{CertificateError, Error, InvalidMessage, PeerIncompatible};

/// Why a handshake was not finished.
pub(super) fn of_tls(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(error) => of_certificate(error),
        Error::InvalidMessage(
            InvalidMessage::HandshakePayloadTooLarge | InvalidMessage::CertificatePayloadTooLarge,
        ) => "it sent a handshake message of more than 64 KiB, as a chain of too many certificates is".to_owned(),
        Error::InvalidMessage(why) => format!("it sent a message that cannot be parsed ({})", spaced(why)),
        Error::InappropriateMessage { got_type, .. } => {
            format!("it sent a message out of turn ({})", spaced(got_type))
        }
        Error::InappropriateHandshakeMessage { got_type, .. } => {
            format!("it sent a handshake message out of turn ({})", spaced(got_type))
        }
        Error::PeerIncompatible(why) => match why {
            PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::ServerDoesNotSupportTls12Or13 => {
                "it speaks neither TLS 1.2 nor TLS 1.3".to_owned()
            }
            PeerIncompatible::NoCipherSuitesInCommon => "it selects a cipher suite that was not offered".to_owned(),
            PeerIncompatible::NoKxGroupsInCommon => "it selects a key exchange that was not offered".to_owned(),
            PeerIncompatible::NoSignatureSchemesInCommon => {
                "it knows no signature algorithm that was offered".to_owned()
            }
            why => format!("it and this client do not fit together ({})", spaced(why)),
        },
        Error::PeerMisbehaved(why) => format!("it does not keep to the protocol ({})", spaced(why)),
        Error::AlertReceived(alert) => format!("it sent the alert {}", spaced(alert)),
        Error::NoCertificatesPresented => "it showed no certificate".to_owned(),
        Error::DecryptError => "its message cannot be decrypted".to_owned(),
        Error::PeerSentOversizedRecord => "it sent a record of more than 16 KiB".to_owned(),
        Error::NoApplicationProtocol => "it selects no application protocol that was offered".to_owned(),
        Error::General(text) => text.clone(),
        Error::Other(other) => other.to_string(),
        other => spaced(other),
    }
}

/// Why a certificate does not count, as the end of "its certificate is refused: ".
pub(super) fn of_certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired => "it has expired".to_owned(),
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("it expired at {}", day(not_after))
        }
        CertificateError::NotValidYet => "it is not valid yet".to_owned(),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("it is not valid before {}", day(not_before))
        }
        CertificateError::UnknownIssuer => {
            "its issuer is not trusted, or an intermediate certificate is missing".to_owned()
        }
        CertificateError::NotValidForName => "it is for another name".to_owned(),
        CertificateError::NotValidForNameContext {
            expected,
            presented,
        } => {
            const MOST: usize = 8;
            let names = presented.iter().take(MOST).map(|name| plain(name));
            let names = names.collect::<Vec<_>>().join(", ");
            let more = match presented.len().saturating_sub(MOST) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            match presented.is_empty() {
                true => format!("it names no server, so not {} either", expected.to_str()),
                false => format!("it is for {names}{more}, not for {}", expected.to_str()),
            }
        }
        CertificateError::BadEncoding => "it cannot be parsed".to_owned(),
        CertificateError::BadSignature => {
            "a signature is not by the key that it should be by".to_owned()
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "it is signed by an algorithm that is not known here".to_owned()
        }
        CertificateError::UnhandledCriticalExtension => {
            "it has a critical extension that is not understood".to_owned()
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "it is not for servers (extended key usage)".to_owned()
        }
        CertificateError::Revoked => "it is revoked".to_owned(),
        CertificateError::Other(other) => match other.0.downcast_ref::<webpki::Error>() {
            Some(error) => of_path(error),
            None => "a verifier refuses it".to_owned(),
        },
        other => spaced(other),
    }
}

/// What webpki says of a certificate, in words that go on from "the certificate of ... is refused: ".
pub fn of_path(error: &webpki::Error) -> String {
    use webpki::Error;
    match error {
        Error::BadDer | Error::TrailingData(_) => "it is not valid DER".to_owned(),
        Error::BadDerTime | Error::InvalidCertValidity => {
            "one of its dates is out of range or malformed".to_owned()
        }
        Error::CaUsedAsEndEntity => "an authority's certificate is used as a server's".to_owned(),
        Error::EndEntityUsedAsCa => "a server's certificate was used to issue another".to_owned(),
        Error::CertExpired { .. } => "one of its certificates has expired".to_owned(),
        Error::CertNotValidYet { .. } => "one of its certificates is not valid yet".to_owned(),
        Error::CertNotValidForName(_) => "it is for another name".to_owned(),
        Error::UnknownIssuer => "no issuer of it is trusted".to_owned(),
        Error::InvalidSignatureForPublicKey => "a signature on the way is wrong".to_owned(),
        Error::MalformedDnsIdentifier => "one of its DNS names is malformed".to_owned(),
        Error::MalformedNameConstraint | Error::InvalidNetworkMaskConstraint => {
            "the name constraints of an authority are malformed".to_owned()
        }
        Error::MaximumPathDepthExceeded => "it has more than 6 intermediates".to_owned(),
        Error::MaximumPathBuildCallsExceeded
        | Error::MaximumSignatureChecksExceeded
        | Error::MaximumNameConstraintComparisonsExceeded => {
            "its chain is too intricate to be followed".to_owned()
        }
        Error::NameConstraintViolation => {
            "an authority on the way may not issue for this name".to_owned()
        }
        Error::PathLenConstraintViolated => {
            "an authority on the way may not have further authorities below it".to_owned()
        }
        Error::EmptyEkuExtension | Error::RequiredEkuNotFoundContext(_) => {
            "it is not meant for servers".to_owned()
        }
        Error::UnsupportedCertVersion => "it is not of X.509 version 3".to_owned(),
        Error::UnsupportedCriticalExtension => {
            "it has a critical extension that is not understood".to_owned()
        }
        Error::SignatureAlgorithmMismatch => {
            "it names one signature algorithm inside and another outside".to_owned()
        }
        other => spaced(other),
    }
}

/// `HandshakePayloadTooLarge` as `handshake payload too large`; what is in brackets is left out.
fn spaced(name: &impl std::fmt::Debug) -> String {
    let name = format!("{name:?}");
    let name = name.split(['(', '{']).next().unwrap_or_default().trim();
    let mut words = String::new();
    let mut before = ' ';
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
        before = letter;
    }
    words
}

fn day(at: &UnixTime) -> String {
    let at = i64::try_from(at.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(at).map_or_else(
        |_| "a day that no calendar has".to_owned(),
        |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
    )
}

/// `DnsName("a.test")` as `a.test`: the only form in which the library hands names over.
fn plain(name: &str) -> &str {
    let inner = name.split_once('(').and_then(|(_, rest)| {
        let rest = rest.strip_suffix(')')?;
        Some(rest.trim_matches('"'))
    });
    inner.unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_variant_reaches_a_reader() {
        use rustls::PeerMisbehaved;
        for (error, words) in [
            (
                Error::InvalidMessage(InvalidMessage::HandshakePayloadTooLarge),
                "it sent a handshake message of more than 64 KiB, as a chain of too many certificates is",
            ),
            (
                Error::InvalidMessage(InvalidMessage::TrailingData("ServerHello")),
                "it sent a message that cannot be parsed (trailing data)",
            ),
            (
                Error::PeerMisbehaved(PeerMisbehaved::TooManyEmptyFragments),
                "it does not keep to the protocol (too many empty fragments)",
            ),
            (
                Error::InvalidCertificate(CertificateError::BadEncoding),
                "it cannot be parsed",
            ),
            (
                Error::InvalidCertificate(CertificateError::UnknownRevocationStatus),
                "unknown revocation status",
            ),
        ] {
            assert_eq!(of_tls(&error), words);
        }
        let deep = of_path(&webpki::Error::MaximumPathDepthExceeded);
        assert_eq!(deep, "it has more than 6 intermediates");
        let other = of_path(&webpki::Error::UnsupportedDeltaCrl);
        assert_eq!(other, "unsupported delta crl");
    }
}
