//! What is found of the certificates that other clients are shown.

use std::net::SocketAddr;

use super::{hung_up, kinds, same};
use crate::checks::tls::case::Case;
use crate::checks::tls::certificate::Certificate;
use crate::checks::tls::gathering::Located;
use crate::checks::tls::observation::{Observation, Outcome, Session, short};
use crate::checks::tls::rules;
use crate::instrument::alert::spelled;
use crate::instrument::tls::{ClientKind, Failure};
use crate::judging::text::clipped;
use crate::model::{Finding, Status};

/// An endpoint and the certificate that such clients are shown, as findings name it.
pub(crate) fn subject(endpoint: &str, kind: ClientKind) -> String {
    let which = match kind {
        ClientKind::Rsa => "RSA certificate",
        ClientKind::Ecdsa => "ECDSA certificate",
        ClientKind::Nameless => "without SNI",
        ClientKind::Tls12 => "TLS 1.2",
        ClientKind::Tls13 => "TLS 1.3",
    };
    format!("{endpoint} ({which})")
}

/// What clients of this kind were shown where it is not what ours was: it is judged like that.
pub(crate) fn kinds_shown<'a>(
    sessions: &[(SocketAddr, &'a Session)],
    kind: ClientKind,
) -> Vec<(SocketAddr, &'a Session)> {
    let each = sessions.iter().filter_map(|(address, ours)| {
        let other = ours.others.get(&kind)?.shown()?;
        (!same(ours, other)).then_some((*address, other))
    });
    each.collect()
}

/// The addresses that have no certificate for clients of this kind.
pub(crate) fn lacking(sessions: &[(SocketAddr, &Session)], kind: ClientKind) -> Vec<SocketAddr> {
    let without = |ours: &Session| match ours.others.get(&kind) {
        Some(Outcome::Failure(failure)) => lacks(ours, kind, failure),
        _ => false,
    };
    let each = sessions.iter().filter(|(_, ours)| without(ours));
    each.map(|(address, _)| *address).collect()
}

/// Whether a server refused a client because it has no certificate that the client verifies (RFC 8446 section 4.4.3,
/// RFC 5246 section 7.4.2): by an alert that says so, or by hanging up on it and on no other.
fn lacks(ours: &Session, kind: ClientKind, failure: &Failure) -> bool {
    let hung_up = hung_up(failure) && ours.hung_up_on.contains(&kind);
    hung_up || failure.is_alert("HandshakeFailure") || failure.is_alert("InsufficientSecurity")
}

/// What each address showed to clients of this kind, or why that is not known. The case is that of the endpoint.
pub(crate) fn findings(
    case: &Case<'_>,
    sessions: &[(SocketAddr, &Session)],
    observation: &Observation,
    kind: ClientKind,
) -> Vec<Located> {
    let subject = subject(case.subject, kind);
    let question = Question {
        endpoint: case.subject,
        subject: &subject,
        kind,
    };
    let host = case.settings.server(case.endpoint);
    let each = sessions.iter().filter_map(|(address, ours)| {
        let leaf = observation.certificate(ours.chain.first()?)?;
        let leaf = Certificate::read(leaf).ok()?;
        let concerned = kinds(case.settings, &host, &leaf, &ours.protocol).contains(&kind);
        let finding = || question.finding(ours, ours.others.get(&kind));
        concerned.then(|| (vec![*address], finding()))
    });
    each.collect()
}

/// What clients of one kind are shown.
struct Question<'q> {
    endpoint: &'q str,
    subject: &'q str,
    kind: ClientKind,
}

impl Question<'_> {
    fn finding(&self, ours: &Session, other: Option<&Outcome>) -> Finding {
        let Some(other) = other else {
            return self
                .unknown("the probe ended before it asked")
                .hint("raise the check's `timeout`");
        };
        if let Some(shown) = other.shown() {
            return self.shown(ours, shown);
        }
        match other {
            Outcome::Failure(failure) => self.refused(ours, failure),
            Outcome::Handshake(_) | Outcome::Refused(_) => self.unknown("nothing was recorded"),
        }
    }

    fn shown(&self, ours: &Session, shown: &Session) -> Finding {
        let (endpoint, clients) = (self.endpoint, self.clients());
        let leaf = shown.chain.first().map_or("none", |leaf| short(leaf));
        match self.certificate() {
            Some(certificate) if same(ours, shown) => self
                .pass(format!("{endpoint} has no {certificate}"))
                .observed(format!("it shows {clients} the same certificate as others")),
            Some(certificate) => self
                .pass(format!(
                    "{endpoint} also has an {certificate}, and it is judged"
                ))
                .observed(format!("{leaf} (SHA-256) is what {clients} get")),
            None if same(ours, shown) => self.pass(format!(
                "{endpoint} shows {clients} the same certificate as others"
            )),
            None => rules::OTHER_CLIENTS
                .warn(
                    self.subject,
                    format!("{endpoint} shows {clients} another certificate than others"),
                )
                .observed(format!("{leaf} (SHA-256), judged like the other"))
                .hint("load the same certificate for all of them, unless they differ on purpose"),
        }
    }

    /// There was no certificate.
    fn refused(&self, ours: &Session, failure: &Failure) -> Finding {
        let (endpoint, clients) = (self.endpoint, self.clients());
        let again = match ours.hung_up_on.contains(&self.kind) {
            true => ", twice, and completed a handshake with another client after that",
            false => "",
        };
        let observed = clipped(&match failure {
            Failure::Alert { description } => {
                format!(
                    "it refuses {clients} with the alert {}",
                    spelled(description)
                )
            }
            other => format!("with {clients} it {other}{again}"),
        });
        let lacks = lacks(ours, self.kind, failure);
        let version = lacks || failure.is_alert("ProtocolVersion");
        let alert = lacks || matches!(failure, Failure::Alert { .. });
        match (self.kind, self.certificate()) {
            (_, Some(certificate)) if lacks => self
                .pass(format!("{endpoint} has no {certificate}"))
                .observed(observed),
            (ClientKind::Tls12 | ClientKind::Tls13, _) if version => self
                .pass(format!("{endpoint} refuses {clients}, and shows them no certificate"))
                .observed(observed),
            (ClientKind::Nameless, _) if alert => rules::OTHER_CLIENTS
                .fail(self.subject, format!("{endpoint} refuses {clients}"))
                .observed(observed)
                .hint("give the server a default certificate, or leave \"without-sni\" out of `also` where all clients send the name"),
            _ => self
                .unknown(&observed)
                .hint("run it again; if it stays so, look at the server's log, or at what is between it and this machine"),
        }
    }

    fn pass(&self, claim: String) -> Finding {
        rules::OTHER_CLIENTS.pass(self.subject, claim)
    }

    fn unknown(&self, observed: &str) -> Finding {
        rules::OTHER_CLIENTS
            .finding(Status::Error, self.subject, self.open())
            .observed(observed)
    }

    /// That it is not known.
    fn open(&self) -> String {
        match self.certificate() {
            Some(certificate) => {
                format!(
                    "It is not known whether {} has an {certificate}",
                    self.endpoint
                )
            }
            None => format!(
                "It is not known what certificate {} shows {}",
                self.endpoint,
                self.clients()
            ),
        }
    }

    /// What is asked for, where it is a kind of certificate.
    fn certificate(&self) -> Option<&'static str> {
        match self.kind {
            ClientKind::Rsa => Some("RSA certificate"),
            ClientKind::Ecdsa => Some("ECDSA certificate"),
            ClientKind::Nameless | ClientKind::Tls12 | ClientKind::Tls13 => None,
        }
    }

    fn clients(&self) -> &'static str {
        match self.kind {
            ClientKind::Rsa => "clients that verify RSA signatures only",
            ClientKind::Ecdsa => "clients that verify ECDSA signatures only",
            ClientKind::Nameless => "clients that send no SNI",
            ClientKind::Tls12 => "clients that speak TLS 1.2 only",
            ClientKind::Tls13 => "clients that speak TLS 1.3 only",
        }
    }
}
