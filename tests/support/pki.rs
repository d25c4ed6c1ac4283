//! Authorities and certificates made for a test, as real ones are: root, intermediate, leaf, each with the
//! extensions that clients look at.

use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CrlDistributionPoint, CustomExtension,
    DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};

/// One day in seconds.
pub const DAY: i64 = 86_400;

/// An authority with its key.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate, DER, with its key.
pub struct Issued {
    pub der: Vec<u8>,
    pub key: KeyPair,
}

/// What a leaf says. Times are Unix seconds.
#[derive(Clone, Debug)]
pub struct Leaf {
    pub names: Vec<String>,
    pub not_before: i64,
    pub not_after: i64,
    /// Where the issuer's certificate can be had.
    pub issuer_url: Option<&'static str>,
    /// Meant for a client rather than a server.
    pub client: bool,
    /// What it says about its revocation.
    pub revocation: Revocation,
}

/// What a leaf says about its revocation.
#[derive(Clone, Debug, Default)]
pub struct Revocation {
    /// URL of its OCSP responder.
    pub responder: Option<String>,
    /// URLs of its revocation list.
    pub lists: Vec<String>,
    /// Its server has to staple (RFC 7633).
    pub must_staple: bool,
    /// It may sign OCSP responses itself.
    pub delegate: bool,
    /// It says of no purpose that it is meant for it.
    pub purposeless: bool,
}

impl Revocation {
    /// Writes it into a certificate, with other places that authorityInfoAccess is to name.
    fn write<'a>(&'a self, params: &mut CertificateParams, mut access: Vec<(u8, &'a str)>) {
        if let Some(url) = &self.responder {
            access.insert(0, (1, url));
        }
        if !access.is_empty() {
            params
                .custom_extensions
                .push(authority_information_access(&access));
        }
        if !self.lists.is_empty() {
            params.crl_distribution_points = vec![CrlDistributionPoint {
                uris: self.lists.clone(),
            }];
        }
        if self.must_staple {
            let oid = &[1, 3, 6, 1, 5, 5, 7, 1, 24];
            let feature = CustomExtension::from_oid_content(oid, vec![0x30, 3, 2, 1, 5]);
            params.custom_extensions.push(feature);
        }
        if self.delegate {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
        }
        if self.purposeless {
            params.extended_key_usages.clear();
        }
    }
}

impl Leaf {
    /// A leaf for one name or address.
    pub fn new(name: &str, not_before: i64, not_after: i64) -> Self {
        Self {
            names: vec![name.to_owned()],
            not_before,
            not_after,
            issuer_url: None,
            client: false,
            revocation: Revocation::default(),
        }
    }

    fn params(&self) -> CertificateParams {
        let mut params = CertificateParams::new(self.names.clone()).expect("names for a leaf");
        params.distinguished_name.push(DnType::CommonName, "leaf");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![if self.client {
            ExtendedKeyUsagePurpose::ClientAuth
        } else {
            ExtendedKeyUsagePurpose::ServerAuth
        }];
        params.use_authority_key_identifier_extension = true;
        between(&mut params, self.not_before, self.not_after);
        let issuer = self.issuer_url.map(|url| (2, url)).into_iter().collect();
        self.revocation.write(&mut params, issuer);
        params
    }

    /// Signed with its own key.
    pub fn self_signed(&self) -> Issued {
        let key = KeyPair::generate().expect("a key");
        let mut params = self.params();
        params.use_authority_key_identifier_extension = false;
        let certificate = params.self_signed(&key).expect("a certificate");
        Issued {
            der: certificate.der().to_vec(),
            key,
        }
    }
}

impl Authority {
    /// A root, valid for all times a test may meet.
    pub fn root(name: &str) -> Self {
        Self::root_until(name, 4_000_000_000)
    }

    /// A root that ends.
    pub fn root_until(name: &str, not_after: i64) -> Self {
        let params = authority(name, 946_684_800, not_after);
        let key = KeyPair::generate().expect("a key");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("a root");
        Self { issuer }
    }

    /// An authority below this one.
    pub fn intermediate(&self, name: &str, not_before: i64, not_after: i64) -> Self {
        self.below(name, not_before, not_after, &Revocation::default())
    }

    /// An authority below this one, with a word about its own revocation.
    pub fn below(&self, name: &str, from: i64, until: i64, revocation: &Revocation) -> Self {
        let mut params = authority(name, from, until);
        params.use_authority_key_identifier_extension = true;
        revocation.write(&mut params, Vec::new());
        let key = KeyPair::generate().expect("a key");
        let issuer =
            CertifiedIssuer::signed_by(params, key, &self.issuer).expect("an intermediate");
        Self { issuer }
    }

    /// A certificate by this authority for the name and key of another one, DER.
    pub fn cross(&self, other: &Self, name: &str, not_after: i64) -> Vec<u8> {
        self.cross_saying(other, name, not_after, &Revocation::default())
    }

    /// The same with a word about its revocation.
    pub fn cross_saying(
        &self,
        other: &Self,
        name: &str,
        not_after: i64,
        revocation: &Revocation,
    ) -> Vec<u8> {
        let mut params = authority(name, 946_684_800, not_after);
        revocation.write(&mut params, Vec::new());
        let certificate = params.signed_by(other.issuer.key(), &self.issuer);
        certificate.expect("a certificate").der().to_vec()
    }

    /// Issues a leaf.
    pub fn issue(&self, leaf: &Leaf) -> Issued {
        let key = KeyPair::generate().expect("a key");
        let certificate = leaf.params().signed_by(&key, &self.issuer).expect("a leaf");
        Issued {
            der: certificate.der().to_vec(),
            key,
        }
    }

    /// The key, and who has it.
    pub fn issuer(&self) -> &CertifiedIssuer<'static, KeyPair> {
        &self.issuer
    }

    /// Its own certificate.
    pub fn der(&self) -> Vec<u8> {
        self.issuer.der().to_vec()
    }

    /// Its private key as PEM (PKCS#8).
    pub fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// Its own certificate as PEM.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }
}

impl Issued {
    /// Issues a leaf, although this one is no authority. All leaves of this file have the same subject.
    pub fn issue(self, leaf: &Leaf) -> Issued {
        let issuer = Issuer::new(leaf.params(), self.key);
        let key = KeyPair::generate().expect("a key");
        let certificate = leaf.params().signed_by(&key, &issuer).expect("a leaf");
        Issued {
            der: certificate.der().to_vec(),
            key,
        }
    }

    /// The private key as PEM (PKCS#8).
    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// The certificate as PEM, without its issuers.
    pub fn pem(&self) -> String {
        use base64::Engine as _;
        let base64 = base64::engine::general_purpose::STANDARD.encode(&self.der);
        let lines: Vec<_> = base64
            .as_bytes()
            .chunks(64)
            .map(String::from_utf8_lossy)
            .collect();
        let body = lines.join("\n");
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    }
}

fn authority(name: &str, not_before: i64, not_after: i64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    between(&mut params, not_before, not_after);
    params
}

fn between(params: &mut CertificateParams, not_before: i64, not_after: i64) {
    let at = |seconds: i64| {
        let seconds = u64::try_from(seconds).expect("an instant after 1970");
        date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds)
    };
    params.not_before = at(not_before);
    params.not_after = at(not_after);
}

/// RFC 5280 section 4.2.2.1 with URLs of responders (1) and issuers (2), in DER by hand: rcgen has no type for it.
fn authority_information_access(places: &[(u8, &str)]) -> CustomExtension {
    let mut access = Vec::new();
    for (method, url) in places {
        let mut place = vec![0x06, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, *method];
        place.extend([0x86, url.len() as u8]);
        place.extend(url.as_bytes());
        access.extend([0x30, place.len() as u8]);
        access.extend(place);
    }
    let mut sequence = vec![0x30];
    if access.len() > 127 {
        sequence.push(0x81);
    }
    sequence.push(access.len() as u8);
    sequence.extend(access);
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], sequence)
}
