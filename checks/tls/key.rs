//! Public keys and signature algorithms: what they are called, and whether they still hold.
//!
//! The floor is what public authorities may issue (CA/Browser Forum Baseline Requirements sections 6.1.5 and
//! 7.1.3) and what OpenSSL's security level 2 takes: 112 bits.

use x509_parser::oid_registry::Oid;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;
use x509_parser::signature_algorithm::RsaSsaPssParams;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

/// The fewest bits of an RSA key.
const LEAST_RSA: usize = 2048;

/// The fewest bits of a key on an elliptic curve.
const LEAST_EC: usize = 256;

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// `RSA 2048`, `P-256`, `Ed25519`, or the OID of what is not known here.
    pub(crate) name: String,
    /// Too short, or of a kind that should not be used.
    pub(crate) weak: bool,
}

/// How a certificate is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    /// `RSA with SHA-256`, or the OID of what is not known here.
    pub(crate) name: String,
    /// By a hash with known collisions, by which a certificate can be forged.
    pub(crate) weak: bool,
}

impl Key {
    pub(crate) fn of(spki: &SubjectPublicKeyInfo<'_>) -> Self {
        let curve = spki.algorithm.parameters.as_ref();
        let curve = curve.and_then(|parameters| parameters.as_oid().ok());
        match spki.parsed() {
            Ok(PublicKey::RSA(key)) => {
                let bits = bits(key.modulus);
                Self::new(format!("RSA {bits}"), bits < LEAST_RSA)
            }
            Ok(PublicKey::EC(point)) => {
                let bits = point.key_size();
                let name = match curve.map(|oid| oid.to_id_string()).as_deref() {
                    Some("1.2.840.10045.3.1.7") => "P-256".to_owned(),
                    Some("1.3.132.0.34") => "P-384".to_owned(),
                    Some("1.3.132.0.35") => "P-521".to_owned(),
                    _ => format!("elliptic curve of {bits} bits"),
                };
                Self::new(name, bits < LEAST_EC)
            }
            Ok(PublicKey::DSA(_)) => Self::new("DSA".to_owned(), true),
            _ => match spki.algorithm.algorithm.to_id_string().as_str() {
                "1.3.101.112" => Self::new("Ed25519".to_owned(), false),
                "1.3.101.113" => Self::new("Ed448".to_owned(), false),
                oid => Self::new(format!("a key of kind {oid}"), false),
            },
        }
    }

    /// The key of a root, of which the contents of its SubjectPublicKeyInfo's SEQUENCE are known.
    pub(crate) fn of_contents(contents: &[u8]) -> Option<Self> {
        let [high, low] = u16::try_from(contents.len()).ok()?.to_be_bytes();
        let mut der = vec![0x30];
        match (high, low) {
            (0, ..0x80) => der.push(low),
            (0, _) => der.extend([0x81, low]),
            _ => der.extend([0x82, high, low]),
        }
        der.extend(contents);
        let (_, spki) = SubjectPublicKeyInfo::from_der(&der).ok()?;
        Some(Self::of(&spki))
    }

    fn new(name: String, weak: bool) -> Self {
        Self { name, weak }
    }
}

impl Signature {
    pub(crate) fn of(algorithm: &AlgorithmIdentifier<'_>) -> Self {
        let oid = algorithm.algorithm.to_id_string();
        let (name, weak) = match oid.as_str() {
            "1.2.840.113549.1.1.2" => ("RSA with MD2", true),
            "1.2.840.113549.1.1.3" => ("RSA with MD4", true),
            "1.2.840.113549.1.1.4" => ("RSA with MD5", true),
            "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => ("RSA with SHA-1", true),
            "1.2.840.10040.4.3" | "1.3.14.3.2.27" => ("DSA with SHA-1", true),
            "1.2.840.10045.4.1" => ("ECDSA with SHA-1", true),
            "1.2.840.113549.1.1.10" => return Self::pss(algorithm),
            "1.2.840.113549.1.1.14" => ("RSA with SHA-224", false),
            "1.2.840.113549.1.1.11" => ("RSA with SHA-256", false),
            "1.2.840.113549.1.1.12" => ("RSA with SHA-384", false),
            "1.2.840.113549.1.1.13" => ("RSA with SHA-512", false),
            "1.2.840.10045.4.3.1" => ("ECDSA with SHA-224", false),
            "1.2.840.10045.4.3.2" => ("ECDSA with SHA-256", false),
            "1.2.840.10045.4.3.3" => ("ECDSA with SHA-384", false),
            "1.2.840.10045.4.3.4" => ("ECDSA with SHA-512", false),
            "1.3.101.112" => ("Ed25519", false),
            "1.3.101.113" => ("Ed448", false),
            oid => {
                return Self {
                    name: format!("algorithm {oid}"),
                    weak: false,
                };
            }
        };
        Self {
            name: name.to_owned(),
            weak,
        }
    }

    /// RSASSA-PSS names its hash in the parameters; SHA-1 where they name none (RFC 4055 section 3.1).
    fn pss(algorithm: &AlgorithmIdentifier<'_>) -> Self {
        const SHA_1: &str = "1.3.14.3.2.26";
        let parameters = algorithm.parameters.as_ref();
        let parameters = parameters.and_then(|any| RsaSsaPssParams::try_from(any).ok());
        let hash = parameters.as_ref().map(RsaSsaPssParams::hash_algorithm_oid);
        let hash = hash.map_or_else(|| SHA_1.to_owned(), Oid::to_id_string);
        let hash = match hash.as_str() {
            SHA_1 => "SHA-1",
            "2.16.840.1.101.3.4.2.1" => "SHA-256",
            "2.16.840.1.101.3.4.2.2" => "SHA-384",
            "2.16.840.1.101.3.4.2.3" => "SHA-512",
            other => other,
        };
        Self {
            name: format!("RSA-PSS with {hash}"),
            weak: hash == "SHA-1",
        }
    }
}

/// The length of a number, big-endian.
fn bits(number: &[u8]) -> usize {
    let leading = number.iter().take_while(|byte| **byte == 0).count();
    match &number[leading..] {
        [] => 0,
        digits => digits.len() * 8 - digits[0].leading_zeros() as usize,
    }
}
