//! Chains as nobody should issue them: what rcgen can make in this process, and what only `openssl req` still
//! makes (RSA of any size, SHA-1, curves that ring does not know).

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SignatureAlgorithm, date_time_ymd,
};

/// A certificate and all that issues below it.
pub struct Node {
    pub der: Vec<u8>,
    params: CertificateParams,
    key: KeyPair,
}

impl Node {
    /// Signed with its own key.
    pub fn root(params: CertificateParams) -> Self {
        let key = KeyPair::generate().expect("a key");
        Self::root_with(params, key)
    }

    pub fn root_with(params: CertificateParams, key: KeyPair) -> Self {
        let der = params.self_signed(&key).expect("a root").der().to_vec();
        Self { der, params, key }
    }

    /// One issued by this one.
    pub fn issue(&self, params: CertificateParams) -> Self {
        self.issue_with(params, KeyPair::generate().expect("a key"))
    }

    pub fn issue_of(&self, params: CertificateParams, kind: &'static SignatureAlgorithm) -> Self {
        self.issue_with(params, KeyPair::generate_for(kind).expect("a key"))
    }

    fn issue_with(&self, params: CertificateParams, key: KeyPair) -> Self {
        let issuer = Issuer::from_params(&self.params, &self.key);
        let der = params.signed_by(&key, &issuer).expect("a certificate");
        let der = der.der().to_vec();
        Self { der, params, key }
    }

    /// Another certificate for the same name and key, by this issuer: a cross-signed authority.
    pub fn cross(&self, other: &Self, params: CertificateParams) -> Self {
        let key = KeyPair::from_pem(&other.key.serialize_pem()).expect("the same key");
        self.issue_with(params, key)
    }

    /// Its key.
    pub fn key(&self) -> &KeyPair {
        &self.key
    }

    /// Its private key (PKCS#8).
    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// What it says, changed, with another key: an impostor.
    pub fn params(&self) -> CertificateParams {
        self.params.clone()
    }
}

/// What an authority says; valid from 2000 to 2096.
pub fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    valid(&mut params, 946_684_800, 4_000_000_000);
    params
}

/// What a server's certificate says.
pub fn server(names: &[&str]) -> CertificateParams {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params.distinguished_name.push(DnType::CommonName, "server");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    valid(&mut params, 1_700_000_000, 4_000_000_000);
    params
}

/// Sets the validity, in Unix seconds.
pub fn valid(params: &mut CertificateParams, from: i64, until: i64) {
    let at = |seconds: i64| {
        let seconds = u64::try_from(seconds).expect("an instant after 1970");
        date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds)
    };
    params.not_before = at(from);
    params.not_after = at(until);
}

/// Makes `<name>.pem` and `<name>.key` in a folder by `openssl req -x509`, valid for a year from now on, and
/// returns the certificate. Without an issuer it signs itself.
pub fn by_openssl(
    folder: &Path,
    name: &str,
    issuer: Option<&str>,
    key: &str,
    extensions: &str,
) -> Vec<u8> {
    let config =
        format!("[req]\ndistinguished_name=dn\nx509_extensions=ext\n[dn]\n[ext]\n{extensions}");
    std::fs::write(folder.join("req.cnf"), config).expect("a configuration");
    let mut command = Command::new("openssl");
    command
        .current_dir(folder)
        .args([
            "req", "-x509", "-new", "-nodes", "-days", "365", "-config", "req.cnf",
        ])
        .args([
            "-subj",
            &format!("/CN={name}"),
            "-keyout",
            &format!("{name}.key"),
        ])
        .args(["-outform", "DER", "-out", &format!("{name}.der"), "-newkey"])
        .args(key.split(' '));
    if let Some(issuer) = issuer {
        command.args([
            "-CA",
            &format!("{issuer}.pem"),
            "-CAkey",
            &format!("{issuer}.key"),
        ]);
    }
    let output = command.output().expect("openssl");
    assert!(output.status.success(), "{name}: {output:?}");
    let der = std::fs::read(folder.join(format!("{name}.der"))).expect("a certificate");
    std::fs::write(folder.join(format!("{name}.pem")), pem(&[&der])).expect("a certificate");
    der
}

/// RFC 7468.
pub fn pem(ders: &[&[u8]]) -> String {
    let mut text = String::new();
    for der in ders {
        let base64 = STANDARD.encode(der);
        text.push_str("-----BEGIN CERTIFICATE-----\n");
        for line in base64.as_bytes().chunks(64) {
            text.push_str(&String::from_utf8_lossy(line));
            text.push('\n');
        }
        text.push_str("-----END CERTIFICATE-----\n");
    }
    text
}
