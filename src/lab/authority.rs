//! A private certification authority that lives as long as the lab.

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use time::OffsetDateTime;

use super::LabError;

/// How old the certificates of an endpoint are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// 20 of 90 days old.
    Fresh,
    /// It expired two days ago.
    Expired,
}

pub(super) struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
    now: Timestamp,
}

impl Authority {
    pub(super) fn new(now: Timestamp) -> Result<Self, LabError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "tminus demo CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.not_before = days_from(now, -365);
        params.not_after = days_from(now, 3_650);
        let certificate = params.self_signed(&key)?;
        Ok(Self {
            certificate,
            issuer: Issuer::new(params, key),
            now,
        })
    }

    /// The CA's certificate as PEM.
    pub(super) fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// A server's TLS set-up with a certificate for `name`.
    pub(super) fn server(&self, name: &str, age: Age) -> Result<ServerConfig, LabError> {
        let begin = match age {
            Age::Fresh => -20,
            Age::Expired => -92,
        };
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new([name.to_owned()])?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = days_from(self.now, begin);
        params.not_after = days_from(self.now, begin + 90);
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let provider = rustls::crypto::ring::default_provider();
        let config = ServerConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            )?;
        Ok(config)
    }
}

fn days_from(now: Timestamp, days: i64) -> OffsetDateTime {
    let instant = now
        .saturating_add(SignedDuration::from_hours(24 * days))
        .unwrap_or(now);
    // Every instant of a jiff timestamp lies within the years that `time` knows.
    OffsetDateTime::from_unix_timestamp(instant.as_second()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
