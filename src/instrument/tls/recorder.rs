//! A certificate verifier that writes down what it is shown and lets everything pass. The judge decides later,
//! from the record.

use std::sync::OnceLock;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
    verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use serde::{Deserialize, Serialize};
use webpki::RawPublicKeyEntity;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::client_kind::ClientKind;
use super::words;

/// Whether the server proved that it holds the private key of the certificate it showed: its signature over
/// the handshake (RFC 8446 section 4.4.3, RFC 5246 section 7.4.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Proof {
    /// No signature was seen.
    #[default]
    Missing,
    /// The signature is right.
    Verified,
    /// The signature is wrong, or its key is too weak to count.
    Rejected {
        /// Why.
        message: String,
    },
    /// The signature's algorithm is none that this program knows.
    Unsupported {
        /// Which.
        message: String,
    },
}

/// What the server showed of itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    /// Certificates as they came, the leaf first.
    pub(super) chain: Vec<Vec<u8>>,
    /// The stapled OCSP response.
    pub(super) staple: Option<Vec<u8>>,
}

#[derive(Debug)]
pub(super) struct Recorder {
    algorithms: WebPkiSupportedAlgorithms,
    kind: Option<ClientKind>,
    protocol: OnceLock<&'static str>,
    shown: OnceLock<Shown>,
    proof: OnceLock<Proof>,
}

impl Recorder {
    pub(super) fn new(algorithms: WebPkiSupportedAlgorithms, kind: Option<ClientKind>) -> Self {
        Self {
            algorithms,
            kind,
            protocol: OnceLock::new(),
            shown: OnceLock::new(),
            proof: OnceLock::new(),
        }
    }

    pub(super) fn shown(&self) -> Shown {
        self.shown.get().cloned().unwrap_or_default()
    }

    /// In which protocol the server proved its key.
    pub(super) fn protocol(&self) -> Option<&'static str> {
        self.protocol.get().copied()
    }

    pub(super) fn proof(&self) -> Proof {
        self.proof.get().cloned().unwrap_or_default()
    }

    fn note(&self, verified: Result<HandshakeSignatureValid, Error>) -> HandshakeSignatureValid {
        let proof = match verified {
            Ok(_) => Proof::Verified,
            Err(Error::InvalidCertificate(CertificateError::BadSignature)) => Proof::Rejected {
                message: "the signature is wrong, or its key is too short".to_owned(),
            },
            Err(error @ Error::InvalidCertificate(CertificateError::BadEncoding)) => {
                Proof::Rejected {
                    message: words::of_tls(&error),
                }
            }
            Err(other) => Proof::Unsupported {
                message: words::of_tls(&other),
            },
        };
        let _ = self.proof.set(proof); // one signature in a handshake: the first counts
        HandshakeSignatureValid::assertion()
    }
}

impl Recorder {
    /// A signature of TLS 1.2, whose scheme leaves the curve open.
    fn by_key(
        &self,
        message: &[u8],
        key: &SubjectPublicKeyInfoDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let bad = |error| Error::InvalidCertificate(error);
        let raw = RawPublicKeyEntity::try_from(key);
        let raw = raw.map_err(|_| bad(CertificateError::BadEncoding))?;
        let known = self.algorithms.mapping.iter();
        let known = known.filter(|(scheme, _)| *scheme == signed.scheme);
        let algorithms = known.flat_map(|(_, algorithms)| algorithms.iter());
        for algorithm in algorithms {
            match raw.verify_signature(*algorithm, message, signed.signature()) {
                Ok(()) => return Ok(HandshakeSignatureValid::assertion()),
                Err(webpki::Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)) => {}
                Err(_) => return Err(bad(CertificateError::BadSignature)),
            }
        }
        let why = "the server's key and the algorithm of its signature are not known here together";
        Err(Error::General(why.to_owned()))
    }
}

/// The key of a certificate. What else it says is for the judge: webpki would refuse one with a critical extension that
/// it does not know before it looks at the signature.
fn key(certificate: &CertificateDer<'_>) -> Option<SubjectPublicKeyInfoDer<'static>> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    Some(certificate.public_key().raw.to_vec().into())
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(end_entity).chain(intermediates);
        let _ = self.shown.set(Shown {
            chain: chain.map(|certificate| certificate.to_vec()).collect(),
            staple: (!ocsp_response.is_empty()).then(|| ocsp_response.to_vec()),
        });
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let _ = self.protocol.set("TLS 1.2");
        let verified = match key(certificate) {
            Some(key) => self.by_key(message, &key, signed),
            None => verify_tls12_signature(message, certificate, signed, &self.algorithms),
        };
        Ok(self.note(verified))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let _ = self.protocol.set("TLS 1.3");
        let verified = match key(certificate) {
            Some(key) => {
                verify_tls13_signature_with_raw_key(message, &key, signed, &self.algorithms)
            }
            None => verify_tls13_signature(message, certificate, signed, &self.algorithms),
        };
        Ok(self.note(verified))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.algorithms.supported_schemes();
        // ring cannot check these; without offering them a server that has no other key shows no certificate.
        schemes.extend([
            SignatureScheme::ECDSA_NISTP521_SHA512,
            SignatureScheme::ED448,
        ]);
        schemes.retain(|scheme| self.kind.is_none_or(|kind| kind.verifies(*scheme)));
        schemes
    }
}
