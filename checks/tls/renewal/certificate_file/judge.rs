//! Whether servers serve what stands on disk.
//!
//! The classic failure of automatic renewal is that it works: the new certificate is written in time, and no
//! server loads it.

use std::net::SocketAddr;
use std::path::Path;

use jiff::Timestamp;

use super::seen::CertificateFile;
use crate::checks::tls::certificate::Certificate;
use crate::checks::tls::endpoint::Endpoint;
use crate::checks::tls::observation::{Observation, Session, short};
use crate::checks::tls::settings::Settings;
use crate::checks::tls::words::{bounded, counted, instant, list};
use crate::instrument::tls::PemKey;
use crate::model::Finding;

/// What is found of the file itself.
pub(crate) fn findings(path: &Path, secret: bool, disk: &Option<CertificateFile>) -> Vec<Finding> {
    match usable(path, disk) {
        Ok((_, key)) => key_beside(path, secret, key).into_iter().collect(),
        Err(finding) => vec![finding],
    }
}

/// The certificates of a file, and what is known of the key beside them.
///
/// # Errors
/// What is found where there are none.
pub(crate) fn usable<'a>(
    path: &Path,
    disk: &'a Option<CertificateFile>,
) -> Result<(&'a [String], PemKey), Finding> {
    let claim = format!("The certificate in {} can be read", path.display());
    match disk {
        None => Err(Finding::error(claim).observed("the probe ended before it was read")),
        Some(CertificateFile::Unusable { message }) => Err(Finding::error(claim)
            .observed(format!("it {}", bounded(message)))
            .hint(
                "let the user who runs this read it, and name the PEM file that the server loads",
            )),
        Some(CertificateFile::Read { chain, key }) => Ok((chain, *key)),
    }
}

/// What is found of a key, or of its absence.
pub(crate) fn key_beside(path: &Path, secret: bool, key: PemKey) -> Option<Finding> {
    let file = path.display();
    let belongs = format!("The private key in {file} belongs to its certificate");
    Some(match (secret, key) {
        (false, PemKey::Absent) => return None,
        (_, PemKey::Foreign) => Finding::fail(belongs)
            .observed("it is the key of another certificate")
            .hint("servers refuse the pair at the next reload: put certificate and key of one issuance into the file"),
        (false, _) => Finding::warn(format!("No private key stands in {file}"))
            .observed("one stands beside the certificate; it was not kept")
            .hint("name the file as `secret-file` where that is meant"),
        (true, PemKey::Fits) => Finding::pass(belongs),
        (true, PemKey::Absent) => Finding::fail(belongs)
            .observed("no private key stands in it")
            .hint("name the file as `file` where its key stands elsewhere"),
        (true, PemKey::Unreadable) => Finding::error(belongs)
            .observed("it is encrypted, broken, or of a kind that cannot be compared here"),
    })
}

/// What is found at each address; nothing where no file is named or it cannot be used, which is told once.
pub(crate) fn claims(
    settings: &Settings,
    endpoint: &Endpoint,
    sessions: &[(SocketAddr, &Session)],
    observation: &Observation,
) -> Vec<(Vec<SocketAddr>, Finding)> {
    let (Some(path), Some(CertificateFile::Read { chain, .. })) = (
        settings.served_file(),
        &observation.renewal.certificate_file,
    ) else {
        return Vec::new();
    };
    let case = Case {
        claim: format!("{endpoint} serves the certificate in {}", path.display()),
        disk: chain,
        observation,
    };
    let found = sessions.iter();
    found
        .map(|(address, session)| (vec![*address], case.finding(&session.chain)))
        .collect()
}

struct Case<'a> {
    claim: String,
    disk: &'a [String],
    observation: &'a Observation,
}

impl Case<'_> {
    fn finding(&self, served: &[String]) -> Finding {
        let (Some(served_leaf), Some(disk_leaf)) = (served.first(), self.disk.first()) else {
            return Finding::error(&self.claim).observed("the record lacks a certificate");
        };
        let (served_card, disk_card) = match (self.card(served_leaf), self.card(disk_leaf)) {
            (Some(served), Some(disk)) => (served, disk),
            // What is served may be anything, and is told of where the chain is judged.
            (None, Some(_)) if served_leaf != disk_leaf => {
                return Finding::fail(&self.claim)
                    .observed("what is served cannot be read as a certificate");
            }
            _ => return Finding::error(&self.claim).observed("the record lacks a certificate"),
        };
        if served_leaf == disk_leaf {
            return self.issuers(served, disk_leaf, &disk_card);
        }
        let (side, hint) = disk_card.beside(&served_card);
        Finding::fail(&self.claim)
            .expected(disk_card.told(disk_leaf))
            .observed(format!("{}; {side}", served_card.told(served_leaf)))
            .hint(hint)
    }

    /// The leaf is the same; whether what follows it is.
    fn issuers(&self, served: &[String], leaf: &str, card: &Card) -> Finding {
        let same = card.told(leaf);
        if self.disk.len() == 1 || self.disk == served {
            return Finding::pass(&self.claim).observed(same);
        }
        let names = |chain: &[String]| match chain.get(1..) {
            Some([]) | None => "none".to_owned(),
            Some(issuers) => list(issuers.iter().map(|digest| short(digest))),
        };
        Finding::warn(&self.claim)
            .expected(format!("followed by {}", names(self.disk)))
            .observed(format!(
                "the certificate is the same, but not the {} after it: {}",
                counted(self.disk.len() - 1, "certificate"),
                names(served)
            ))
            .hint("let the server load the whole file (`fullchain.pem` with ACME clients)")
    }

    fn card(&self, digest: &str) -> Option<Card> {
        Card::read(self.observation.certificate(digest)?)
    }
}

/// A certificate as people tell it from another.
struct Card {
    serial: String,
    names: Vec<String>,
    not_before: Timestamp,
    not_after: Timestamp,
}

impl Card {
    fn read(der: &[u8]) -> Option<Self> {
        use x509_parser::prelude::{FromDer as _, X509Certificate};
        let certificate = Certificate::read(der).ok()?;
        let (_, raw) = X509Certificate::from_der(der).ok()?;
        Some(Self {
            serial: bounded(&raw.raw_serial_as_string()),
            names: certificate.names,
            not_before: certificate.not_before,
            not_after: certificate.not_after,
        })
    }

    /// How the one on disk stands to the one served, and how to mend it.
    fn beside(&self, served: &Self) -> (String, String) {
        let shared = self.names.iter().any(|name| served.names.contains(name));
        if !shared {
            let names = list(&self.names);
            return (
                format!("the one on disk is for other names: {names}"),
                "correct `file`: it holds the certificate of another server".to_owned(),
            );
        }
        let age = |card: &Self| (card.not_before, card.not_after);
        match age(self).cmp(&age(served)) {
            std::cmp::Ordering::Greater => (
                "the one on disk is newer: it was renewed on disk and the server has not loaded it"
                    .to_owned(),
                "reload the server at this address, for nginx `nginx -s reload`, and let the ACME client do so after every renewal (a deploy hook)".to_owned(),
            ),
            std::cmp::Ordering::Less => (
                "the one on disk is older".to_owned(),
                "name as `file` what the server really loads, or find out who put the old one back: the next reload would serve it".to_owned(),
            ),
            std::cmp::Ordering::Equal => (
                "both are valid from and until the same time".to_owned(),
                "find out which of the two is meant: the next reload would serve the one on disk".to_owned(),
            ),
        }
    }

    /// What tells it apart, for people and for tools.
    fn told(&self, digest: &str) -> String {
        format!(
            "serial {}, SHA-256 {}, from {} until {}",
            self.serial,
            short(digest),
            instant(self.not_before),
            instant(self.not_after)
        )
    }
}

/// A certificate of the record as people tell it from another.
pub(crate) fn told(digest: &str, observation: &Observation) -> String {
    let card = observation.certificate(digest).and_then(Card::read);
    match card {
        Some(card) => card.told(digest),
        None => format!("SHA-256 {}", short(digest)),
    }
}
