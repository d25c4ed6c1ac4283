//! What the alerts mean with which a server ends a handshake (RFC 8446 section 6.2, RFC 5246 section 7.2.2). In TLS 1.3
//! one about the client's certificate may come as late as the first answer.

use std::io;

use rustls::AlertDescription;

/// What a server says by this alert, as the end of a sentence whose subject is the server; none where the alert's name
/// says no less.
fn meaning(description: &str) -> Option<&'static str> {
    Some(match description {
        "HandshakeFailure" => {
            "it does not accept what this client offers: versions, cipher suites, key exchanges, signatures, or its certificate"
        }
        "ProtocolVersion" => "it speaks none of the TLS versions that were offered",
        "InsufficientSecurity" => "it requires stronger cipher suites than were offered",
        "NoApplicationProtocol" => "it speaks none of the application protocols that were offered",
        "UnrecognisedName" => "it does not serve the name that was asked for (SNI)",
        "CertificateRequired" => "it requires a client certificate",
        "BadCertificate" => "it rejects the client's certificate, or the lack of one",
        "UnsupportedCertificate" => {
            "it does not accept the client's certificate for its type or purpose"
        }
        "CertificateRevoked" => "it considers the client's certificate revoked",
        "CertificateExpired" => "it considers the client's certificate expired, or not yet valid",
        "CertificateUnknown" => {
            "it rejects the client's certificate for a reason that it does not give"
        }
        "UnknownCA" => "it does not trust the issuer of the client's certificate",
        "AccessDenied" => "it denies this client access",
        "DecryptError" => "it could not verify a signature or checksum of the handshake",
        "BadRecordMac" => {
            "what reached it had been changed on the way, or one side computes wrong keys"
        }
        "DecodeError"
        | "IllegalParameter"
        | "MissingExtension"
        | "UnsupportedExtension"
        | "UnexpectedMessage" => "it does not accept a message of the handshake as correct TLS",
        "InappropriateFallback" => "it speaks a later version than was offered",
        "InternalError" => "something failed in the server itself",
        "UserCanceled" | "CloseNotify" => "it broke off without an error",
        _ => return None,
    })
}

/// The name as the RFCs spell it, such as handshake_failure; the records have the spelling of the TLS library.
pub(crate) fn spelled(description: &str) -> String {
    let letters: Vec<char> = description.chars().collect();
    let mut name = String::with_capacity(description.len() + 4);
    for (at, letter) in letters.iter().enumerate() {
        let after = at.checked_sub(1).and_then(|before| letters.get(before));
        let before_lower = letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        let starts_word = after.is_some_and(|after| {
            after.is_ascii_lowercase() || (after.is_ascii_uppercase() && before_lower)
        });
        if letter.is_ascii_uppercase() && starts_word {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// The meaning behind the alert's name.
pub(super) fn explained(description: &str) -> String {
    meaning(description).map_or_else(String::new, |meaning| format!(": {meaning}"))
}

/// The name of an alert, as the records spell it.
pub(super) fn name(alert: AlertDescription) -> String {
    let named = alert.as_str().map(str::to_owned);
    named.unwrap_or_else(|| format!("number {}", u8::from(alert)))
}

/// The alert that ended a stream, where one did.
pub(super) fn of_stream(error: &io::Error) -> Option<String> {
    match error.get_ref()?.downcast_ref()? {
        rustls::Error::AlertReceived(alert) => Some(name(*alert)),
        _ => None,
    }
}
