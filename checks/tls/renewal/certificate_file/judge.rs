//! Whether servers serve the certificate in a file.
//!
//! The classic failure of automatic renewal is that it works: the new certificate is written in time, and no
//! server loads it.

use std::net::SocketAddr;
use std::path::Path;

use jiff::Timestamp;

use super::seen::CertificateFile;
use crate::checks::tls::case::Case;
use crate::checks::tls::certificate::Certificate;
use crate::checks::tls::gathering::Located;
use crate::checks::tls::observation::{Observation, Session, short};
use crate::checks::tls::rules;
use crate::instrument::tls::PemKey;
use crate::judging::text::{clipped, counted, instant, list};
use crate::model::{Finding, Status};

/// What is found of the file itself.
pub(crate) fn findings(path: &Path, secret: bool, file: &Option<CertificateFile>) -> Vec<Finding> {
    match usable(path, file) {
        Ok((_, key)) => key_beside(path, secret, key).into_iter().collect(),
        Err(finding) => vec![*finding],
    }
}

/// The certificates of a file, and what is known of the key beside them.
///
/// # Errors
/// What is found where there are none.
pub(crate) fn usable<'a>(
    path: &Path,
    file: &'a Option<CertificateFile>,
) -> Result<(&'a [String], PemKey), Box<Finding>> {
    let subject = path.display().to_string();
    match file {
        None => {
            let claim = format!("The probe ended before it read {subject}");
            Err(rules::CERTIFICATE_FILE.error(subject, claim).into())
        }
        Some(CertificateFile::Unusable { message }) => {
            let claim = format!("The certificate in {subject} cannot be used");
            Err(rules::CERTIFICATE_FILE
                .error(subject, claim)
                .observed(format!("it {}", clipped(message)))
                .hint("let the user who runs this read it, and name the PEM file that the server loads").into())
        }
        Some(CertificateFile::Read { chain, key }) => Ok((chain, *key)),
    }
}

/// What is found of a key, or of its absence.
pub(crate) fn key_beside(path: &Path, secret: bool, key: PemKey) -> Option<Finding> {
    let file = path.display().to_string();
    let finding = |status, claim: String| rules::FILE_KEY.finding(status, &file, claim);
    Some(match (secret, key) {
        (false, PemKey::Absent) => return None,
        (_, PemKey::Foreign) => finding(
            Status::Fail,
            format!("The private key in {file} belongs to another certificate"),
        )
        .hint("servers refuse the pair at the next reload: put certificate and key of one issuance into the file"),
        (false, _) => finding(
            Status::Warn,
            format!("{file} holds a private key beside the certificate"),
        )
        .observed("the key was not kept")
        .hint("name the file as `secret-file` if that is intended"),
        (true, PemKey::Fits) => finding(
            Status::Pass,
            format!("The private key in {file} belongs to its certificate"),
        ),
        (true, PemKey::Absent) => finding(Status::Fail, format!("{file} holds no private key"))
            .hint("name the file as `file` if its key is elsewhere"),
        (true, PemKey::Unreadable) => finding(
            Status::Error,
            format!("The private key in {file} cannot be compared with its certificate"),
        )
        .observed("it is encrypted, broken, or of an unsupported kind"),
    })
}

/// What is found at each address; nothing where no file is named or it cannot be used, which is said once.
pub(crate) fn of_endpoint(
    case: &Case<'_>,
    sessions: &[(SocketAddr, &Session)],
    observation: &Observation,
) -> Vec<Located> {
    let (Some(path), Some(CertificateFile::Read { chain, .. })) = (
        case.settings.served_file(),
        &observation.renewal.certificate_file,
    ) else {
        return Vec::new();
    };
    let served = Served {
        case,
        file: path.display().to_string(),
        disk: chain,
        observation,
    };
    let each = sessions.iter();
    each.map(|(address, session)| (vec![*address], served.finding(&session.chain)))
        .collect()
}

struct Served<'a> {
    case: &'a Case<'a>,
    file: String,
    disk: &'a [String],
    observation: &'a Observation,
}

impl Served<'_> {
    fn claim(&self, status: Status, verb: &str) -> Finding {
        let claim = format!(
            "{} {verb} the certificate in {}",
            self.case.endpoint, self.file
        );
        rules::FILE_SERVED.finding(status, self.case.subject, claim)
    }

    fn lost(&self) -> Finding {
        let claim = format!("The record lacks a certificate of {}", self.case.endpoint);
        rules::FILE_SERVED.error(self.case.subject, claim)
    }

    fn finding(&self, served: &[String]) -> Finding {
        let (Some(served_leaf), Some(disk_leaf)) = (served.first(), self.disk.first()) else {
            return self.lost();
        };
        let (served_card, disk_card) = match (self.card(served_leaf), self.card(disk_leaf)) {
            (Some(served), Some(disk)) => (served, disk),
            // What is served may be anything; that is a finding of the chain.
            (None, Some(_)) if served_leaf != disk_leaf => {
                return self
                    .claim(Status::Fail, "does not serve")
                    .observed("what is served cannot be parsed as a certificate");
            }
            _ => return self.lost(),
        };
        if served_leaf == disk_leaf {
            return self.issuers(served, disk_leaf, &disk_card);
        }
        let (side, hint) = disk_card.beside(&served_card);
        self.claim(Status::Fail, "does not serve")
            .expected(disk_card.shown(disk_leaf))
            .observed(format!("{}; {side}", served_card.shown(served_leaf)))
            .hint(hint)
    }

    /// The leaf is the same; whether what follows it is.
    fn issuers(&self, served: &[String], leaf: &str, card: &Card) -> Finding {
        if self.disk.len() == 1 || self.disk == served {
            return self
                .claim(Status::Pass, "serves")
                .observed(card.shown(leaf));
        }
        let names = |chain: &[String]| match chain.get(1..) {
            Some([]) | None => "none".to_owned(),
            Some(issuers) => list(issuers.iter().map(|digest| short(digest))),
        };
        self.claim(Status::Warn, "serves other intermediates after")
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
            serial: clipped(&raw.raw_serial_as_string()),
            names: certificate.names,
            not_before: certificate.not_before,
            not_after: certificate.not_after,
        })
    }

    /// How the one on disk compares with the one served, and what to do.
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
                "name as `file` what the server really loads, or find out who put the old one back: the next reload will serve it".to_owned(),
            ),
            std::cmp::Ordering::Equal => (
                "both are valid from and until the same time".to_owned(),
                "find out which of the two is intended: the next reload will serve the one on disk".to_owned(),
            ),
        }
    }

    /// What identifies it, for people and for tools.
    fn shown(&self, digest: &str) -> String {
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
pub(crate) fn shown(digest: &str, observation: &Observation) -> String {
    let card = observation.certificate(digest).and_then(Card::read);
    match card {
        Some(card) => card.shown(digest),
        None => format!("SHA-256 {}", short(digest)),
    }
}
