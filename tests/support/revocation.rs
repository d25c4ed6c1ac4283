//! OCSP responses and revocation lists made for a test, right or wrong in one thing each. Those that
//! `openssl ocsp` and `openssl ca` make are in `openssl.rs`; these are the ones that no honest tool makes.

use der::asn1::{AnyRef, BitString, Null, ObjectIdentifier, OctetString};
use der::{DateTime, Decode as _, Encode as _};
use rcgen::{
    CertificateRevocationListParams, CrlDistributionPoint, CrlIssuingDistributionPoint, CrlScope,
    KeyIdMethod, KeyPair, RevocationReason, RevokedCertParams, SerialNumber, SigningKey as _,
    date_time_ymd,
};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::CrlReason;
use x509_ocsp::{
    BasicOcspResponse, CertId, CertStatus, OcspGeneralizedTime, OcspResponse, ResponderId,
    ResponseData, RevokedInfo, SingleResponse, Version,
};

use super::pki::{Authority, Issued};

const SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// RFC 6962 section 3.3.
const TIMESTAMPS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.4.5");
const ECDSA_SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// An OCSP response about one certificate. Times are Unix seconds.
#[derive(Clone)]
pub struct Response {
    /// The certificate, DER.
    pub about: Vec<u8>,
    /// Its issuer's certificate, DER.
    pub issuer: Vec<u8>,
    pub status: CertStatus,
    pub this_update: i64,
    pub next_update: Option<i64>,
    /// Names certificates by SHA-256 rather than SHA-1.
    pub sha256: bool,
    /// Names the signer by its key rather than its name.
    pub by_key: bool,
    /// The certificates that go with it, DER.
    pub certificates: Vec<Vec<u8>>,
    /// What its extension with timestamps of transparency logs holds, DER of an octet string.
    pub timestamps: Option<Vec<u8>>,
}

impl Response {
    /// "Good", from one instant until another.
    pub fn good(leaf: &Issued, issuer: &Authority, this_update: i64, next_update: i64) -> Self {
        Self::about(&leaf.der, &issuer.der(), this_update, next_update)
    }

    /// "Good", of these certificates (DER).
    pub fn about(leaf: &[u8], issuer: &[u8], this_update: i64, next_update: i64) -> Self {
        Self {
            about: leaf.to_vec(),
            issuer: issuer.to_vec(),
            status: CertStatus::good(),
            this_update,
            next_update: Some(next_update),
            sha256: false,
            by_key: false,
            certificates: Vec::new(),
            timestamps: None,
        }
    }

    /// "Revoked", for its key has become known.
    pub fn revoked(mut self, at: i64) -> Self {
        self.status = CertStatus::Revoked(RevokedInfo {
            revocation_time: time(at),
            revocation_reason: Some(CrlReason::KeyCompromise),
        });
        self
    }

    /// Signed by the issuer.
    pub fn by(self, authority: &Authority) -> Vec<u8> {
        let der = authority.der();
        self.signed(&der, authority.issuer().key())
    }

    /// Signed by another to whom the issuer may have given that right; its certificate goes with it.
    pub fn by_delegate(mut self, delegate: &Issued) -> Vec<u8> {
        self.certificates.push(delegate.der.clone());
        self.signed(&delegate.der, &delegate.key)
    }

    /// Signed with a key in the name of the subject of a certificate.
    pub fn signed(self, signer: &[u8], key: &KeyPair) -> Vec<u8> {
        let read = |der: &[u8]| Certificate::from_der(der).expect("a certificate");
        let signer = read(signer).tbs_certificate;
        let leaf = read(&self.about).tbs_certificate;
        let issuer = read(&self.issuer).tbs_certificate;
        let key_of = |tbs: &x509_cert::TbsCertificate| {
            let bits = &tbs.subject_public_key_info.subject_public_key;
            bits.raw_bytes().to_vec()
        };
        let (oid, algorithm) = if self.sha256 {
            (SHA_256, &ring::digest::SHA256)
        } else {
            (SHA_1, &ring::digest::SHA1_FOR_LEGACY_USE_ONLY)
        };
        let hash = |bytes: &[u8]| {
            let digest = ring::digest::digest(algorithm, bytes);
            OctetString::new(digest.as_ref()).expect("a hash")
        };
        let cert_id = CertId {
            hash_algorithm: AlgorithmIdentifierOwned {
                oid,
                parameters: Some(AnyRef::from(Null).into()),
            },
            issuer_name_hash: hash(&issuer.subject.to_der().expect("a name")),
            issuer_key_hash: hash(&key_of(&issuer)),
            serial_number: leaf.serial_number,
        };
        let responder_id = if self.by_key {
            let digest =
                ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &key_of(&signer));
            ResponderId::ByKey(OctetString::new(digest.as_ref()).expect("a hash"))
        } else {
            ResponderId::ByName(signer.subject)
        };
        let data = ResponseData {
            version: Version::V1,
            responder_id,
            produced_at: time(self.this_update),
            responses: vec![SingleResponse {
                cert_id,
                cert_status: self.status,
                this_update: time(self.this_update),
                next_update: self.next_update.map(time),
                single_extensions: self.timestamps.map(|octets| {
                    vec![Extension {
                        extn_id: TIMESTAMPS,
                        critical: false,
                        extn_value: OctetString::new(octets).expect("octets"),
                    }]
                }),
            }],
            response_extensions: None,
        };
        let signature = key.sign(&data.to_der().expect("DER")).expect("a signature");
        let certificates = self.certificates.iter().map(|der| read(der));
        let basic = BasicOcspResponse {
            tbs_response_data: data,
            signature_algorithm: AlgorithmIdentifierOwned {
                oid: ECDSA_SHA_256,
                parameters: None,
            },
            signature: BitString::from_bytes(&signature).expect("bits"),
            certs: (!self.certificates.is_empty()).then(|| certificates.collect()),
        };
        let response = OcspResponse::successful(basic).expect("a response");
        response.to_der().expect("DER")
    }
}

/// "Try later": no answer at all.
pub fn try_later() -> Vec<u8> {
    OcspResponse::try_later().to_der().expect("DER")
}

/// A revocation list. Times are Unix seconds.
#[derive(Clone)]
pub struct List {
    pub this_update: i64,
    pub next_update: i64,
    /// The certificates that are revoked, DER.
    pub revoked: Vec<Vec<u8>>,
    /// Where it says that it can be had, if it is one of several.
    pub place: Option<String>,
    /// What it says it is for.
    pub scope: Option<CrlScope>,
}

impl List {
    /// A list of nothing.
    pub fn empty(this_update: i64, next_update: i64) -> Self {
        Self {
            this_update,
            next_update,
            revoked: Vec::new(),
            place: None,
            scope: None,
        }
    }

    /// Signed by an authority.
    pub fn by(&self, authority: &Authority) -> Vec<u8> {
        let at = |seconds: i64| {
            let seconds = u64::try_from(seconds).expect("an instant after 1970");
            date_time_ymd(1970, 1, 1) + std::time::Duration::from_secs(seconds)
        };
        let entry = |der: &Vec<u8>| {
            let certificate = Certificate::from_der(der).expect("a certificate");
            let serial = certificate.tbs_certificate.serial_number;
            RevokedCertParams {
                serial_number: SerialNumber::from_slice(serial.as_bytes()),
                revocation_time: at(self.this_update),
                reason_code: Some(RevocationReason::KeyCompromise),
                invalidity_date: None,
            }
        };
        let place = self.place.clone();
        let params = CertificateRevocationListParams {
            this_update: at(self.this_update),
            next_update: at(self.next_update),
            crl_number: SerialNumber::from(7_u64),
            issuing_distribution_point: place.map(|url| CrlIssuingDistributionPoint {
                distribution_point: CrlDistributionPoint { uris: vec![url] },
                scope: self.scope,
            }),
            revoked_certs: self.revoked.iter().map(entry).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = params.signed_by(authority.issuer()).expect("a list");
        list.der().to_vec()
    }
}

fn time(seconds: i64) -> OcspGeneralizedTime {
    let seconds = u64::try_from(seconds).expect("an instant after 1970");
    let at = DateTime::from_unix_duration(std::time::Duration::from_secs(seconds));
    OcspGeneralizedTime::from(at.expect("an instant before 9999"))
}
