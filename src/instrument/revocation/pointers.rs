//! What a certificate says about its own revocation.

use jiff::Timestamp;
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// id-ad-ocsp (RFC 5280 section 4.2.2.1).
const OCSP: &str = "1.3.6.1.5.5.7.48.1";

/// id-pe-tlsfeature (RFC 7633 section 4).
const TLS_FEATURE: &str = "1.3.6.1.5.5.7.1.24";

/// `INTEGER 5`: the extension status_request of TLS (RFC 6066 section 8).
const STATUS_REQUEST: [u8; 3] = [2, 1, 5];

/// How many places of each kind are taken over; honest certificates name one or two.
const MOST: usize = 4;

/// The longest URL that is taken over.
const LONGEST: usize = 1024;

/// Where a certificate's status can be had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pointers {
    /// Its issuer's name as the certificate writes it, DER.
    pub issuer: Vec<u8>,
    /// When it begins.
    pub begins: Timestamp,
    /// Its serial number, the bytes of the INTEGER.
    pub serial: Vec<u8>,
    /// URLs of OCSP responders, `http` alone.
    pub responders: Vec<String>,
    /// URLs of revocation lists, `http` alone: another scheme would need what it is meant to prove
    /// (RFC 5280 section 8).
    pub lists: Vec<String>,
    /// The server has to staple an OCSP response (RFC 7633).
    pub must_staple: bool,
    /// It is an authority's (RFC 5280 section 4.2.1.9): some lists hold only such, or all but such.
    pub authority: bool,
    /// Its lifetime in seconds.
    pub lifetime: i64,
}

impl Pointers {
    /// Reads a certificate.
    ///
    /// # Errors
    /// Why it is none.
    pub fn read(certificate: &[u8]) -> Result<Self, String> {
        let (_, certificate) = X509Certificate::from_der(certificate)
            .map_err(|_| "it is not a certificate in valid DER")?;
        let validity = certificate.validity();
        let mut pointers = Self {
            issuer: certificate.issuer().as_raw().to_vec(),
            begins: Timestamp::from_second(validity.not_before.timestamp())
                .unwrap_or(Timestamp::MIN),
            serial: certificate.raw_serial().to_vec(),
            lifetime: validity.not_after.timestamp() - validity.not_before.timestamp(),
            authority: certificate.is_ca(),
            ..Self::default()
        };
        for extension in certificate.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::AuthorityInfoAccess(access) => {
                    let ocsp = access
                        .iter()
                        .filter(|access| access.access_method.to_id_string() == OCSP);
                    let names = ocsp.map(|access| &access.access_location);
                    pointers.responders.extend(names.filter_map(http));
                }
                ParsedExtension::CRLDistributionPoints(points) => {
                    for point in points.iter() {
                        // Lists of another issuer, or of some reasons only, do not tell what is asked here.
                        if point.crl_issuer.is_some() || point.reasons.is_some() {
                            continue;
                        }
                        if let Some(DistributionPointName::FullName(names)) =
                            &point.distribution_point
                        {
                            pointers.lists.extend(names.iter().filter_map(http));
                        }
                    }
                }
                _ if extension.oid.to_id_string() == TLS_FEATURE => {
                    pointers.must_staple = features(extension.value).contains(&STATUS_REQUEST);
                }
                _ => {}
            }
        }
        pointers.responders.truncate(MOST);
        pointers.lists.truncate(MOST);
        Ok(pointers)
    }

    /// Whether there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.responders.is_empty() && self.lists.is_empty() && !self.must_staple
    }
}

fn http(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::URI(url)
            if url.len() <= LONGEST
                && url
                    .get(..7)
                    .is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://")) =>
        {
            Some((*url).to_owned())
        }
        _ => None,
    }
}

/// `SEQUENCE OF INTEGER`, whose members all have three bytes: feature numbers below 128.
fn features(value: &[u8]) -> Vec<[u8; 3]> {
    match value {
        [0x30, length, members @ ..] if usize::from(*length) == members.len() => members
            .chunks_exact(3)
            .filter_map(|member| member.try_into().ok())
            .collect(),
        _ => Vec::new(),
    }
}
