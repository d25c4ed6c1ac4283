//! Clients that offer less than ours does. A server may keep several certificates, and by what a client offers it chooses
//! the one to show: an RSA certificate for clients that verify nothing else, an older one for TLS 1.2, a default one for
//! clients that send no name.

use rustls::version::{TLS12, TLS13};
use rustls::{DEFAULT_VERSIONS, SignatureScheme, SupportedCipherSuite, SupportedProtocolVersion};
use serde::{Deserialize, Serialize};

/// What a client offers that offers less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientKind {
    /// It verifies RSA signatures alone, PKCS #1 and PSS.
    Rsa,
    /// It verifies ECDSA signatures alone.
    Ecdsa,
    /// It sends no server name (RFC 6066 section 3).
    Nameless,
    /// It speaks TLS 1.2 alone.
    Tls12,
    /// It speaks TLS 1.3 alone.
    Tls13,
}

impl ClientKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Rsa,
        Self::Ecdsa,
        Self::Nameless,
        Self::Tls12,
        Self::Tls13,
    ];

    /// Whether it verifies signatures of this kind.
    pub(super) fn verifies(self, scheme: SignatureScheme) -> bool {
        use SignatureScheme as S;
        match self {
            Self::Rsa => matches!(
                scheme,
                S::RSA_PKCS1_SHA256
                    | S::RSA_PKCS1_SHA384
                    | S::RSA_PKCS1_SHA512
                    | S::RSA_PSS_SHA256
                    | S::RSA_PSS_SHA384
                    | S::RSA_PSS_SHA512
            ),
            Self::Ecdsa => matches!(
                scheme,
                S::ECDSA_NISTP256_SHA256 | S::ECDSA_NISTP384_SHA384 | S::ECDSA_NISTP521_SHA512
            ),
            Self::Nameless | Self::Tls12 | Self::Tls13 => true,
        }
    }

    /// Whether it offers this cipher suite; before TLS 1.3 each belongs to a kind of signature.
    pub(super) fn offers(self, suite: &SupportedCipherSuite) -> bool {
        match suite {
            SupportedCipherSuite::Tls12(suite) => {
                suite.sign.iter().any(|scheme| self.verifies(*scheme))
            }
            SupportedCipherSuite::Tls13(_) => true,
        }
    }

    pub(super) fn versions(self) -> &'static [&'static SupportedProtocolVersion] {
        const OLD: &[&SupportedProtocolVersion] = &[&TLS12];
        const NEW: &[&SupportedProtocolVersion] = &[&TLS13];
        match self {
            Self::Tls12 => OLD,
            Self::Tls13 => NEW,
            Self::Rsa | Self::Ecdsa | Self::Nameless => DEFAULT_VERSIONS,
        }
    }
}
