//! The signer: a private key and the certificates that say whose it is.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use ring::rand::SecureRandom as _;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::SigningKey;

use super::algorithm::Algorithm;
use super::certificate::{self, Certificate, Description};
use super::cms;
use super::error::{IdentityError, SignError};

/// How many years a self-signed identity is valid.
const YEARS: i64 = 5;

/// id-kp-documentSigning, RFC 9336.
const DOCUMENT_SIGNING: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 3, 36];

/// A key to sign with, and its certificates.
pub struct Identity {
    signer: Certificate,
    issuers: Vec<Certificate>,
    algorithm: &'static Algorithm,
    key: Arc<dyn SigningKey>,
    key_der: PrivateKeyDer<'static>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.signer.subject().to_string();
        f.debug_struct("Identity")
            .field("subject", &subject)
            .field("algorithm", &self.algorithm.name)
            .finish_non_exhaustive()
    }
}

impl Identity {
    /// A new P-256 key with a self-signed certificate, valid from the start of the day (UTC) for five years.
    ///
    /// # Errors
    /// When the name is empty, longer than 64 characters (RFC 5280 ub-common-name) or holds control characters.
    pub fn create(common_name: &str, now: Timestamp) -> Result<Self, IdentityError> {
        let length = common_name.chars().count();
        if !(1..=64).contains(&length) || common_name.chars().any(char::is_control) {
            return Err(IdentityError::Name(common_name.to_owned()));
        }
        let create = |error: &dyn fmt::Display| IdentityError::Create(error.to_string());
        let mut serial = [0; 16];
        ring::rand::SystemRandom::new()
            .fill(&mut serial)
            .map_err(|_| create(&"the system provides no random numbers"))?;
        serial[0] = serial[0] & 0x7f | 0x40; // positive, and always of the same length

        let today = TimeZone::UTC.to_datetime(now).date();
        let last = today.saturating_add(YEARS.years());
        let midnight = |day: jiff::civil::Date| {
            rcgen::date_time_ymd(day.year().into(), day.month() as u8, day.day() as u8)
        };

        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, common_name);
        params.serial_number = Some(rcgen::SerialNumber::from_slice(&serial));
        params.not_before = midnight(today);
        params.not_after = midnight(last);
        params.is_ca = rcgen::IsCa::ExplicitNoCa;
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::ContentCommitment,
        ];
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::Other(DOCUMENT_SIGNING.to_vec()),
            ExtendedKeyUsagePurpose::EmailProtection, // without it NSS, and so `pdfsig`, takes no signature
        ];
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(|e| create(&e))?;
        let certificate = params.self_signed(&key).map_err(|e| create(&e))?;
        let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        Self::assemble(&[certificate.der().to_vec()], key).map_err(|e| create(&e))
    }

    /// An identity from DER certificates, the signer first, and its private key.
    pub(super) fn assemble(
        chain: &[Vec<u8>],
        key_der: PrivateKeyDer<'static>,
    ) -> Result<Self, String> {
        if chain.len() > cms::LONGEST_CHAIN {
            return Err(format!(
                "{} certificates are too many for a chain; at most {}: signer, intermediates, root",
                chain.len(),
                cms::LONGEST_CHAIN
            ));
        }
        let mut chain = chain
            .iter()
            .enumerate()
            .map(|(at, der)| {
                Certificate::read(der).map_err(|error| format!("certificate {} {error}", at + 1))
            })
            .collect::<Result<Vec<_>, _>>()?;
        certificate::check_links(&chain)?;
        if chain.is_empty() {
            return Err("it contains no certificate (BEGIN CERTIFICATE)".to_owned());
        }
        let signer = chain.remove(0);
        let algorithm = signer.algorithm()?;
        signer.check_use()?;

        let key = rustls::crypto::ring::sign::any_supported_type(&key_der).map_err(|_| {
            "the private key is not supported: use ECDSA P-256, ECDSA P-384 or RSA with at least 2048 bits, \
             in PKCS#8, SEC1 or PKCS#1"
        })?;
        let public = key.public_key();
        let of_key = public.as_ref().map(|key| key.as_ref());
        let stated = &signer.parsed.tbs_certificate.subject_public_key_info;
        let stated = der::Encode::to_der(stated).map_err(|error| error.to_string())?;
        if of_key != Some(stated.as_slice()) {
            return Err(format!(
                "the private key does not belong to the first certificate ({}): put the signer's certificate \
                 first, or use its key",
                signer.subject()
            ));
        }
        Ok(Self {
            signer,
            issuers: chain,
            algorithm,
            key,
            key_der,
        })
    }

    /// What people compare: subject, issuer, fingerprint, validity.
    pub fn describe(&self) -> Description {
        self.signer.describe()
    }

    /// The certificates in PEM, the signer first: what others put into `--trust`.
    pub fn certificate_pem(&self) -> String {
        let certificates = std::iter::once(&self.signer).chain(&self.issuers);
        certificates
            .map(|certificate| pem("CERTIFICATE", &certificate.der))
            .collect()
    }

    /// Certificates and private key in PEM. For the identity's own file, nothing else.
    pub(super) fn to_pem(&self) -> String {
        let label = match self.key_der {
            PrivateKeyDer::Pkcs1(_) => "RSA PRIVATE KEY",
            PrivateKeyDer::Sec1(_) => "EC PRIVATE KEY",
            _ => "PRIVATE KEY",
        };
        self.certificate_pem() + &pem(label, self.key_der.secret_der())
    }

    pub(super) fn certificate(&self) -> &Certificate {
        &self.signer
    }

    pub(super) fn algorithm(&self) -> &'static Algorithm {
        self.algorithm
    }

    /// The CMS object over a document's digest.
    pub(super) fn sign(&self, digest: &[u8]) -> Result<Vec<u8>, SignError> {
        let key = |error: &dyn fmt::Display| SignError::Key(error.to_string());
        let signer = std::iter::once(&self.signer);
        let chain = signer.chain(&self.issuers).cloned().collect::<Vec<_>>();
        let message = cms::to_be_signed(&chain, digest).map_err(|e| key(&e))?;
        let scheme = self.key.choose_scheme(&[self.algorithm.scheme]);
        let scheme = scheme.ok_or_else(|| key(&"it is not of the same kind as its certificate"))?;
        let signature = scheme.sign(&message).map_err(|e| key(&e))?;
        cms::assemble(self.algorithm, &chain, digest, &signature).map_err(|e| key(&e))
    }
}

/// RFC 7468 text, 64 characters a line.
fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy);
    let body = lines
        .map(|line| line.into_owned() + "\n")
        .collect::<String>();
    format!("-----BEGIN {label}-----\n{body}-----END {label}-----\n")
}
