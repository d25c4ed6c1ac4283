//! The root certificates that a client trusts, and the few of them that matter for a chain.
//!
//! A trust store is a part of the world: it differs between machines and days. So a probe records, beside a
//! chain, those roots that could end it, and a digest of the whole set. With them anyone can judge the chain
//! again on a machine that has other roots.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, TrustAnchor};
use serde::{Deserialize, Serialize};
use webpki::anchor_from_trusted_cert;
use x509_parser::oid_registry::OID_X509_EXT_NAME_CONSTRAINTS;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::der::{Der, contents, sequence};
use super::distinguished::Distinguished;
use crate::model::digest::sha256_hex;
use crate::model::pem::{self, Part};

/// Where root certificates come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The operating system's trust store.
    System,
    /// Mozilla's list as this program was built with it.
    Web,
    /// A PEM file: how the checklist names it, and what it holds.
    Pem(String, Arc<[u8]>),
}

/// A root, reduced to what path building needs (RFC 5280 section 6.1.1 d).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Anchor {
    /// Contents of the subject's SEQUENCE.
    pub subject: Der,
    /// Contents of the SubjectPublicKeyInfo's SEQUENCE.
    pub spki: Der,
    /// Name constraints on what it may issue.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name_constraints: Option<Der>,
    /// When the root's own certificate begins, where one is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_before: Option<Timestamp>,
    /// When the root's own certificate ends, where one is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub not_after: Option<Timestamp>,
    /// Whether it is a public authority: one of Mozilla's list as this program was built with it, wherever this
    /// root comes from.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub public: bool,
    /// The root's own certificate, where one is known: clients judge it like that of any other issuer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub certificate: Option<Der>,
}

impl Anchor {
    /// The anchor as a verifier takes it.
    pub fn to_trust_anchor(&self) -> TrustAnchor<'_> {
        TrustAnchor {
            subject: self.subject.0.as_slice().into(),
            subject_public_key_info: self.spki.0.as_slice().into(),
            name_constraints: self
                .name_constraints
                .as_ref()
                .map(|der| der.0.as_slice().into()),
        }
    }

    /// Its name, in the form in which names are compared.
    pub fn name(&self) -> Distinguished {
        Distinguished::read(&sequence(&self.subject.0))
    }

    fn new(subject: &[u8], spki: &[u8], name_constraints: Option<&[u8]>) -> Self {
        Self {
            subject: subject.into(),
            spki: spki.into(),
            name_constraints: name_constraints.map(Into::into),
            not_before: None,
            not_after: None,
            public: webpki_roots::TLS_SERVER_ROOTS.iter().any(|known| {
                known.subject.as_ref() == subject && known.subject_public_key_info.as_ref() == spki
            }),
            certificate: None,
        }
    }

    fn of_trust_anchor(anchor: &TrustAnchor<'_>) -> Self {
        Self::new(
            &anchor.subject,
            &anchor.subject_public_key_info,
            anchor.name_constraints.as_deref(),
        )
    }

    /// Whatever its extensions say: whether it may be a root is for the judge.
    fn of_certificate(der: &CertificateDer<'_>) -> Option<Self> {
        let (rest, certificate) = X509Certificate::from_der(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let validity = certificate.validity();
        let constraints = certificate
            .iter_extensions()
            .find(|extension| extension.oid == OID_X509_EXT_NAME_CONSTRAINTS);
        Some(Self {
            not_before: Timestamp::from_second(validity.not_before.timestamp()).ok(),
            not_after: Timestamp::from_second(validity.not_after.timestamp()).ok(),
            certificate: Some(der.as_ref().into()),
            ..Self::new(
                contents(certificate.subject().as_raw()),
                contents(certificate.public_key().raw),
                constraints.map(|constraints| contents(constraints.value)),
            )
        })
    }

    /// Whether a verifier takes it, which knows anchors by name and key alone.
    fn verifiable(&self) -> bool {
        let read = |der: &Der| anchor_from_trusted_cert(&der.0.as_slice().into()).is_ok();
        self.certificate.as_ref().is_none_or(read)
    }
}

/// One source of roots, described for the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootSet {
    /// `system`, `web`, or the file's path as the checklist names it.
    pub source: String,
    /// How many roots it holds.
    pub count: usize,
    /// SHA-256 over subjects and keys of all of them in sorted order, hexadecimal.
    pub sha256: String,
    /// Files or certificates that could not be read and are left out.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub left_out: Vec<String>,
}

/// Why there are no roots.
#[derive(Debug, thiserror::Error)]
pub enum RootsError {
    /// Nothing usable was found.
    #[error("no root certificates in {origin}{}", because(.left_out))]
    Empty {
        /// Where it was looked.
        origin: String,
        /// What was found and cannot be used.
        left_out: Vec<String>,
    },
}

fn because(left_out: &[String]) -> String {
    match left_out.first() {
        Some(first) => format!(": {first}"),
        None => String::new(),
    }
}

/// All roots that a check trusts.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    anchors: Vec<Anchor>,
    /// Their names, in the same order.
    names: Vec<Distinguished>,
    sets: Vec<RootSet>,
}

impl Roots {
    /// Loads the roots of all these origins. Reads the system's store: call it where that may block.
    ///
    /// # Errors
    /// When one of the origins gives no root at all.
    pub fn load(origins: &[Origin]) -> Result<Self, RootsError> {
        let mut roots = Self::default();
        for origin in origins {
            let (source, mut anchors, left_out) = match origin {
                Origin::System => {
                    let found = rustls_native_certs::load_native_certs();
                    let errors = found.errors.iter().map(ToString::to_string).collect();
                    let (anchors, left_out) = usable(found.certs, errors);
                    ("system".to_owned(), anchors, left_out)
                }
                Origin::Web => {
                    let roots = webpki_roots::TLS_SERVER_ROOTS.iter();
                    let anchors = roots.map(Anchor::of_trust_anchor).collect();
                    ("web".to_owned(), anchors, Vec::new())
                }
                Origin::Pem(name, bytes) => {
                    let (anchors, left_out) = of_pem(bytes);
                    (name.clone(), anchors, left_out)
                }
            };
            if anchors.is_empty() {
                return Err(RootsError::Empty {
                    origin: source,
                    left_out,
                });
            }
            // They stay in the order of their file, in which OpenSSL looks for them.
            let mut sorted: Vec<_> = anchors.iter().collect();
            sorted.sort();
            let all: Vec<u8> = sorted
                .iter()
                .flat_map(|anchor| [anchor.subject.0.as_slice(), &anchor.spki.0].concat())
                .collect();
            roots.sets.push(RootSet {
                source,
                count: anchors.len(),
                sha256: sha256_hex(&all),
                left_out,
            });
            roots.names.extend(anchors.iter().map(Anchor::name));
            roots.anchors.append(&mut anchors);
        }
        Ok(roots)
    }

    /// The sources, described.
    pub fn sets(&self) -> &[RootSet] {
        &self.sets
    }

    /// All of them, as a verifier takes them.
    pub(super) fn store(&self) -> RootCertStore {
        let anchors = self.anchors.iter().filter(|anchor| anchor.verifiable());
        RootCertStore {
            roots: anchors
                .map(|anchor| anchor.to_trust_anchor().to_owned())
                .collect(),
        }
    }

    /// The roots that could end this chain: those that have the name of an issuer or of a member of it, and those
    /// that could have issued one of these, where a file of roots holds intermediates as well.
    pub fn candidates(&self, chain: &[Vec<u8>]) -> impl Iterator<Item = &Anchor> {
        let mut names = HashSet::new();
        for der in chain {
            if let Ok((_, certificate)) = X509Certificate::from_der(der) {
                names.insert(Distinguished::of(certificate.issuer()));
                names.insert(Distinguished::of(certificate.subject()));
            }
        }
        let mut wanted = vec![false; self.anchors.len()];
        loop {
            let known = names.len();
            for (place, anchor) in self.anchors.iter().enumerate() {
                if !wanted[place] && names.contains(&self.names[place]) {
                    wanted[place] = true;
                    let read = anchor.certificate.as_ref();
                    let read = read.and_then(|der| X509Certificate::from_der(&der.0).ok());
                    names.extend(read.map(|(_, root)| Distinguished::of(root.issuer())));
                }
            }
            if names.len() == known {
                break;
            }
        }
        let anchors = self.anchors.iter().zip(wanted);
        anchors.filter_map(|(anchor, wanted)| wanted.then_some(anchor))
    }
}

fn of_pem(bytes: &[u8]) -> (Vec<Anchor>, Vec<String>) {
    let mut certificates = Vec::new();
    let mut left_out = Vec::new();
    for part in pem::parts(bytes) {
        match part {
            Ok(Part::Certificate(certificate)) => certificates.push(certificate),
            Ok(Part::Key) => {
                left_out.push("it contains a private key, which does not belong there".to_owned());
            }
            Ok(Part::Other(label)) => {
                left_out.push(format!("its part `{label}` is no certificate"));
            }
            Err(error) => left_out.push(format!("it {error}")),
        }
    }
    usable(certificates, left_out)
}

fn usable(
    certificates: Vec<CertificateDer<'static>>,
    mut left_out: Vec<String>,
) -> (Vec<Anchor>, Vec<String>) {
    let mut anchors = Vec::with_capacity(certificates.len());
    for der in certificates {
        match Anchor::of_certificate(&der) {
            Some(anchor) => anchors.push(anchor),
            None => left_out.push(format!(
                "the certificate with SHA-256 {} cannot be read",
                sha256_hex(&der)
            )),
        }
    }
    (anchors, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ISRG Root X2, of Let's Encrypt.
    const PUBLIC: &str = "-----BEGIN CERTIFICATE-----
MIICGzCCAaGgAwIBAgIQQdKd0XLq7qeAwSxs6S+HUjAKBggqhkjOPQQDAzBPMQsw
CQYDVQQGEwJVUzEpMCcGA1UEChMgSW50ZXJuZXQgU2VjdXJpdHkgUmVzZWFyY2gg
R3JvdXAxFTATBgNVBAMTDElTUkcgUm9vdCBYMjAeFw0yMDA5MDQwMDAwMDBaFw00
MDA5MTcxNjAwMDBaME8xCzAJBgNVBAYTAlVTMSkwJwYDVQQKEyBJbnRlcm5ldCBT
ZWN1cml0eSBSZXNlYXJjaCBHcm91cDEVMBMGA1UEAxMMSVNSRyBSb290IFgyMHYw
EAYHKoZIzj0CAQYFK4EEACIDYgAEzZvVn4CDCuwJSvMWSj5cz3es3mcFDR0HttwW
+1qLFNvicWDEukWVEYmO6gbf9yoWHKS5xcUy4APgHoIYOIvXRdgKam7mAHf7AlF9
ItgKbppbd9/w+kHsOdx1ymgHDB/qo0IwQDAOBgNVHQ8BAf8EBAMCAQYwDwYDVR0T
AQH/BAUwAwEB/zAdBgNVHQ4EFgQUfEKWrt5LSDv6kviejM9ti6lyN5UwCgYIKoZI
zj0EAwMDaAAwZQIwe3lORlCEwkSHRhtFcP9Ymd70/aTSVaYgLXTWNLxBo1BfASdW
tL4ndQavEi51mI38AjEAi/V3bNTIZargCyzuFJ0nN6T5U6VR5CmD1/iQMVtCnwr1
/q4AaOeMSQ+2b1tbFfLn
-----END CERTIFICATE-----
";

    #[test]
    fn a_public_root_is_told_from_one_of_the_house() {
        let key = rcgen::KeyPair::generate().unwrap();
        let own = rcgen::CertificateParams::default();
        let own = own.self_signed(&key).unwrap().pem();
        let load = |origin| Roots::load(&[origin]).unwrap().anchors;
        let pem = [PUBLIC, &own].concat().into_bytes().into();
        let mut public: Vec<_> = load(Origin::Pem("roots.pem".into(), pem))
            .iter()
            .map(|anchor| anchor.public)
            .collect();
        public.sort_unstable();
        assert_eq!(public, [false, true]);
        assert!(load(Origin::Web).iter().all(|anchor| anchor.public));
    }
}
