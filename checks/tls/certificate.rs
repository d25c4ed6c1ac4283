//! A certificate (RFC 5280), reduced to what is judged and shown.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::x509::X509Name;

use super::key::{Key, Signature};
use crate::instrument::tls::Distinguished;
use crate::judging::text::clipped;

/// id-ad-caIssuers.
const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";

/// What a reader wants to know of a certificate. Its texts come from the network.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    /// Serial number in hexadecimal, without zeros in front.
    pub(crate) serial: String,
    /// Subject and issuer have the same name: a root, or self-signed.
    pub(crate) self_issued: bool,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
    /// Subject alternative names: DNS names and IP addresses.
    pub(crate) names: Vec<String>,
    /// DNS names among them that are addresses: no client takes them for one.
    pub(crate) misplaced: Vec<String>,
    /// The names that clients look for a server among.
    pub(crate) hosts: Hosts,
    /// Its public key.
    pub(crate) key: Key,
    /// How its issuer signed it.
    pub(crate) signature: Signature,
    /// Whether its key usage, where it has one, allows signatures in handshakes (RFC 5280 section 4.2.1.3).
    pub(crate) may_sign: bool,
    /// Whether its key usage, where it has one, allows any part in a handshake: signatures, or a key exchange.
    pub(crate) may_serve: bool,
    /// Where the issuer's certificate can be had (RFC 5280 section 4.2.2.1).
    pub(crate) issuer_url: Option<String>,
    pub(crate) subject_raw: Vec<u8>,
    pub(crate) issuer_raw: Vec<u8>,
    /// The same names as they are compared.
    pub(crate) subject_name: Distinguished,
    pub(crate) issuer_name: Distinguished,
}

/// The names of a certificate as they are in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts {
    /// DNS names among the alternative names.
    pub(crate) dns: Vec<String>,
    /// Addresses among them, of 4 or 16 bytes.
    pub(crate) addresses: Vec<Vec<u8>>,
    /// Common names of the subject.
    pub(crate) common: Vec<String>,
    /// Whether the certificate is of version 3: before it there were no extensions.
    pub(crate) version_3: bool,
}

impl Certificate {
    /// Reads a certificate.
    ///
    /// # Errors
    /// Why it is none.
    pub(crate) fn read(der: &[u8]) -> Result<Self, String> {
        let (rest, certificate) =
            X509Certificate::from_der(der).map_err(|_| "it is not a certificate in valid DER")?;
        if !rest.is_empty() {
            return Err("bytes follow its end".to_owned());
        }
        let validity = certificate.validity();
        let mut names = Vec::new();
        let mut misplaced = Vec::new();
        let common = certificate.subject().iter_common_name();
        let common = common.filter_map(|common| common.as_str().ok().map(str::to_owned));
        let mut hosts = Hosts {
            common: common.collect(),
            version_3: certificate.version().0 >= 2,
            ..Hosts::default()
        };
        let mut issuer_url = None;
        let (mut may_sign, mut may_serve) = (true, true);
        for extension in certificate.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SubjectAlternativeName(subject) => {
                    names.extend(subject.general_names.iter().filter_map(written));
                    for name in &subject.general_names {
                        match name {
                            GeneralName::DNSName(name) => hosts.dns.push((*name).to_owned()),
                            GeneralName::IPAddress(bytes) => hosts.addresses.push(bytes.to_vec()),
                            _ => {}
                        }
                    }
                    misplaced.extend(subject.general_names.iter().filter_map(|name| match name {
                        GeneralName::DNSName(name) => {
                            name.parse::<IpAddr>().is_ok().then(|| clipped(name))
                        }
                        _ => None,
                    }));
                }
                ParsedExtension::KeyUsage(usage) => {
                    may_sign = usage.digital_signature();
                    may_serve = may_sign || usage.key_encipherment() || usage.key_agreement();
                }
                ParsedExtension::AuthorityInfoAccess(access) => {
                    issuer_url = access.iter().find_map(|access| {
                        let issuers = access.access_method.to_id_string() == CA_ISSUERS;
                        match access.access_location {
                            GeneralName::URI(url) if issuers => Some(clipped(url)),
                            _ => None,
                        }
                    });
                }
                _ => {}
            }
        }
        let subject_name = Distinguished::of(certificate.subject());
        let issuer_name = Distinguished::of(certificate.issuer());
        Ok(Self {
            // A leaf may have no subject at all, only alternative names (RFC 5280 section 4.1.2.6).
            subject: match (shown(certificate.subject()), names.first()) {
                (subject, Some(name)) if subject.is_empty() => name.clone(),
                (subject, _) => subject,
            },
            issuer: shown(certificate.issuer()),
            serial: hexadecimal(certificate.raw_serial()),
            self_issued: subject_name == issuer_name,
            not_before: timestamp(validity.not_before.timestamp()),
            not_after: timestamp(validity.not_after.timestamp()),
            names,
            hosts,
            misplaced,
            key: Key::of(certificate.public_key()),
            signature: Signature::of(&certificate.signature_algorithm),
            may_sign,
            may_serve,
            issuer_url,
            subject_raw: certificate.subject().as_raw().to_vec(),
            issuer_raw: certificate.issuer().as_raw().to_vec(),
            subject_name,
            issuer_name,
        })
    }
}

fn hexadecimal(serial: &[u8]) -> String {
    let digits = serial.iter().skip_while(|byte| **byte == 0);
    clipped(&digits.map(|byte| format!("{byte:02x}")).collect::<String>())
}

pub(crate) fn shown(name: &X509Name<'_>) -> String {
    let common = name.iter_common_name().next();
    let text = common.and_then(|common| common.as_str().ok());
    match text {
        Some(text) if !text.is_empty() => clipped(text),
        _ => clipped(&name.to_string()),
    }
}

fn written(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(clipped(name)),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes)
                .ok()
                .map(|v4| Ipv4Addr::from(v4).to_string()),
            16 => <[u8; 16]>::try_from(*bytes)
                .ok()
                .map(|v6| Ipv6Addr::from(v6).to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// Seconds since 1970 of an instant of [`timestamp`].
pub(super) fn seconds(at: Timestamp) -> f64 {
    const LAST: f64 = 253_402_300_799.0; // 9999-12-31T23:59:59Z
    if at == Timestamp::MAX {
        LAST
    } else {
        at.as_second() as f64
    }
}

/// Certificates may end in 9999-12-31T23:59:59Z (RFC 5280 section 4.1.2.5), beyond what a timestamp can tell.
pub(crate) fn timestamp(seconds: i64) -> Timestamp {
    let edge = if seconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    Timestamp::from_second(seconds).unwrap_or(edge)
}
