//! Signed certificate timestamps (RFC 6962 section 3.2), and what they sign. Those that stand in a certificate sign
//! it as the log saw it, which is the one before the timestamps were put in; others sign the certificate itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use ring::signature::{ECDSA_P256_SHA256_ASN1, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use x509_parser::asn1_rs::Any;
use x509_parser::extensions::{
    ParsedExtension, SignedCertificateTimestamp, parse_ct_signed_certificate_timestamp,
};
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::checks::tls::chain::Chain;
use crate::instrument::tls::Anchor;

/// The extension that holds the timestamps, 1.3.6.1.4.1.11129.2.4.2, as tag, length and value.
const LIST: [u8; 12] = [6, 10, 0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2];

const SHA_256: u8 = 4;
const RSA: u8 = 1;
const ECDSA: u8 = 3;

/// How many timestamps of one list are looked at; honest lists have two to five.
const MOST: usize = 16;

/// What a log has signed (RFC 6962 section 3.2).
pub(super) enum Entry<'a> {
    /// precert_entry: a certificate before its timestamps, and the keys of those who may have issued it.
    Precertificate {
        issuers: &'a [Vec<u8>],
        tbs: &'a [u8],
    },
    /// x509_entry: a certificate.
    Certificate(&'a [u8]),
}

/// A timestamp.
#[derive(Clone, Debug)]
pub(crate) struct Sct {
    /// Base64 of the log's id.
    pub(super) log: String,
    /// When the log took the certificate.
    pub(super) at: Timestamp,
    milliseconds: u64,
    extensions: Vec<u8>,
    algorithms: (u8, u8),
    signature: Vec<u8>,
}

impl Sct {
    /// The timestamps in a certificate; none where it has no such extension.
    ///
    /// # Errors
    /// Why they cannot be read.
    pub(super) fn embedded(certificate: &[u8]) -> Result<Vec<Self>, String> {
        let (_, certificate) = X509Certificate::from_der(certificate)
            .map_err(|_| "it is not a certificate in valid DER")?;
        let mut scts = Vec::new();
        for extension in certificate.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SCT(list) => {
                    scts.extend(list.iter().take(MOST).map(Self::of));
                }
                _ if extension.oid.as_bytes() == &LIST[2..] => {
                    return Err("its timestamps cannot be read".to_owned());
                }
                _ => {}
            }
        }
        scts.truncate(MOST);
        Ok(scts)
    }

    /// The timestamps in a SignedCertificateTimestampList (RFC 6962 section 3.3). None where it is not one.
    pub(crate) fn listed(list: &[u8]) -> Option<Vec<Self>> {
        let (length, mut rest) = list.split_first_chunk::<2>()?;
        if usize::from(u16::from_be_bytes(*length)) != rest.len() {
            return None;
        }
        let mut scts = Vec::new();
        while !rest.is_empty() && scts.len() < MOST {
            let (after, sct) = parse_ct_signed_certificate_timestamp(rest).ok()?;
            scts.push(Self::of(&sct));
            rest = after;
        }
        (!scts.is_empty()).then_some(scts)
    }

    /// The timestamps in an OCSP response's extension, which has the list as an octet string.
    pub(super) fn stapled(extension: &[u8]) -> Option<Vec<Self>> {
        let (rest, octets) = <&[u8]>::from_der(extension).ok()?;
        rest.is_empty().then(|| Self::listed(octets))?
    }

    fn of(sct: &SignedCertificateTimestamp<'_>) -> Self {
        let milliseconds = i64::try_from(sct.timestamp).ok();
        let at = milliseconds.and_then(|since| Timestamp::from_millisecond(since).ok());
        Self {
            log: STANDARD.encode(sct.id.key_id),
            at: at.unwrap_or(Timestamp::MAX),
            milliseconds: sct.timestamp,
            extensions: sct.extensions.0.to_vec(),
            algorithms: (sct.signature.hash_alg_id, sct.signature.sign_alg_id),
            signature: sct.signature.data.to_vec(),
        }
    }

    /// Whether the log with this key signed this.
    pub(super) fn verifies(&self, log: &[u8], entry: &Entry<'_>) -> bool {
        match entry {
            Entry::Precertificate { issuers, tbs } => issuers.iter().any(|issuer| {
                let key = digest(&SHA256, issuer);
                self.verifies_entry(log, 1, key.as_ref(), tbs)
            }),
            Entry::Certificate(certificate) => self.verifies_entry(log, 0, &[], certificate),
        }
    }

    fn verifies_entry(&self, log: &[u8], kind: u8, issuer: &[u8], certificate: &[u8]) -> bool {
        let Ok((_, key)) = SubjectPublicKeyInfo::from_der(log) else {
            return false;
        };
        let key = &key.subject_public_key.data;
        let Some(signed) = self.signed(kind, issuer, certificate) else {
            return false;
        };
        let verified = match self.algorithms {
            (SHA_256, ECDSA) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key)
                .verify(&signed, &self.signature),
            (SHA_256, RSA) => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
                .verify(&signed, &self.signature),
            _ => return false, // no log may use another (RFC 6962 section 2.1.4)
        };
        verified.is_ok()
    }

    /// What a log signs: version 1, certificate_timestamp, time, kind of entry, hash of the issuer's key for a
    /// precertificate, the certificate, extensions.
    fn signed(&self, kind: u8, issuer: &[u8], certificate: &[u8]) -> Option<Vec<u8>> {
        let length = u32::try_from(certificate.len())
            .ok()
            .filter(|length| *length < 1 << 24)?;
        let mut signed = vec![0, 0];
        signed.extend(self.milliseconds.to_be_bytes());
        signed.extend([0, kind]);
        signed.extend(issuer);
        signed.extend(&length.to_be_bytes()[1..]);
        signed.extend(certificate);
        signed.extend(u16::try_from(self.extensions.len()).ok()?.to_be_bytes());
        signed.extend(&self.extensions);
        Some(signed)
    }
}

/// The SubjectPublicKeyInfo of those who may have issued the leaf: certificates and roots with the issuer's name.
pub(super) fn issuers(chain: &Chain<'_>, anchors: &[Anchor]) -> Vec<Vec<u8>> {
    let name = &chain.leaf().issuer_name;
    let mut issuers = Vec::new();
    for (der, certificate) in chain.ders().iter().zip(&chain.certificates) {
        if certificate.subject_name == *name
            && let Ok((_, certificate)) = X509Certificate::from_der(der)
        {
            issuers.push(certificate.public_key().raw.to_vec());
        }
    }
    for anchor in anchors {
        if anchor.name() == *name {
            issuers.push(wrapped(0x30, &anchor.spki.0));
        }
    }
    issuers
}

/// The certificate to be signed, without the timestamps (RFC 6962 section 3.2).
pub(super) fn precertificate(certificate: &[u8]) -> Option<Vec<u8>> {
    let (_, outer) = Any::from_der(certificate).ok()?;
    let (_, tbs) = Any::from_der(outer.data).ok()?;
    let mut kept = Vec::new();
    for (whole, field) in elements(tbs.data)? {
        // [3] Extensions (RFC 5280 section 4.1)
        if whole[0] != 0xa3 {
            kept.extend(whole);
            continue;
        }
        let (_, list) = Any::from_der(field).ok()?;
        let mut extensions = Vec::new();
        for (whole, extension) in elements(list.data)? {
            if !extension.starts_with(&LIST) {
                extensions.extend(whole);
            }
        }
        kept.extend(wrapped(0xa3, &wrapped(0x30, &extensions)));
    }
    Some(wrapped(0x30, &kept))
}

/// The elements in a row, each whole and its contents.
fn elements(mut der: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let mut elements = Vec::new();
    while !der.is_empty() {
        let (rest, any) = Any::from_der(der).ok()?;
        elements.push((&der[..der.len() - rest.len()], any.data));
        der = rest;
    }
    Some(elements)
}

/// An element of these contents (ITU-T X.690 section 8.1.3).
fn wrapped(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut der = vec![tag];
    let length = contents.len().to_be_bytes();
    let digits = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    match digits {
        [] => der.push(0),
        [short] if *short < 0x80 => der.push(*short),
        long => {
            der.push(0x80 | long.len() as u8);
            der.extend(long);
        }
    }
    der.extend(contents);
    der
}
