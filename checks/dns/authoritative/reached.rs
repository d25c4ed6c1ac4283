//! Whether the servers of a zone can be reached and are authorities for it.

use crate::checks::dns::observation::{Exchange, Server, Zone};
use crate::checks::dns::rules::{SERVER_ANSWER_SIZE, SERVER_AUTHORITY, SERVER_TRANSPORTS};
use crate::instrument::dns::{Attempt, Outcome, RecordType, Reply};
use crate::judging::Tally;
use crate::model::{Finding, Status};

/// What became of one transport.
pub(super) enum Way {
    Open,
    /// The host says no.
    Closed,
    /// Nothing came back.
    Silent,
    /// Something came back that is no answer.
    Broken(String),
    /// This machine has no way there.
    NoRoute(String),
    NotTried,
}

impl Way {
    pub(super) fn of(attempt: Option<&Attempt>) -> Self {
        match attempt.map(|attempt| &attempt.outcome) {
            Some(Outcome::Answer(_)) => Self::Open,
            Some(Outcome::Refused) => Self::Closed,
            Some(Outcome::Timeout) => Self::Silent,
            Some(Outcome::Malformed { reason }) => Self::Broken(reason.clone()),
            Some(Outcome::Network { text }) => Self::NoRoute(text.clone()),
            Some(other) => Self::Broken(other.to_string()),
            None => Self::NotTried,
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::Open => "answers".into(),
            Self::Closed => "port unreachable".into(),
            Self::Silent => "no answer".into(),
            Self::Broken(reason) => format!("no acceptable answer: {reason}"),
            Self::NoRoute(text) => text.clone(),
            Self::NotTried => "not observed".into(),
        }
    }
}

/// Every server of a zone answers, over UDP and TCP, as an authority, at any size.
pub(super) fn judge(zone: &Zone) -> Vec<Finding> {
    if zone.servers.is_empty() {
        return Vec::new();
    }
    let mut all = Tallies::new();
    for server in &zone.servers {
        all.take(zone, server);
    }
    all.findings(&zone.name)
}

/// The tallies of one zone's servers.
struct Tallies {
    transports: Tally,
    authority: Tally,
    size: Tally,
}

impl Tallies {
    fn new() -> Self {
        let tally = |rule, expected| Tally::new(rule, "servers").expected(expected);
        Self {
            transports: tally(
                SERVER_TRANSPORTS,
                "an answer over both (RFC 7766 section 5)",
            )
            .breaks("do not answer over UDP and TCP"),
            authority: tally(SERVER_AUTHORITY, "the zone's SOA record with AA")
                .breaks("are not known to be authorities"),
            size: tally(
                SERVER_ANSWER_SIZE,
                "an answer to a question that allows 1232 bytes (RFC 9715)",
            )
            .breaks("lose answers of the usual size"),
        }
    }

    fn take(&mut self, zone: &Zone, server: &Server) {
        let label = server.label();
        let subject = format!("{} at {label}", zone.name);
        let soa = server.exchange(&zone.name, RecordType::Soa);
        let answers = |attempt: &Option<Attempt>| matches!(Way::of(attempt.as_ref()), Way::Open);
        let small = server.smaller.as_ref();
        let small = small.map(|small| (small, answers(&small.udp), answers(&small.tcp)));
        let udp = match (udp(server, soa), small) {
            // It is the size, which is a finding of its own.
            (Way::Silent, Some((_, true, _))) => Way::Open,
            (udp, _) => udp,
        };
        let tcp = Way::of(server.tcp.as_ref());
        match transports(server, &udp, &tcp) {
            None => self.transports.right(),
            Some((status, how)) => self.transports.wrong(
                how,
                SERVER_TRANSPORTS
                    .finding(
                        status,
                        &*subject,
                        format!("{label} {how} for {}", zone.name),
                    )
                    .observed(format!("UDP: {}; TCP: {}", udp.text(), tcp.text())),
            ),
        }
        match soa.and_then(Exchange::reply) {
            Some(reply) if is_authority(reply) => self.authority.right(),
            Some(reply) => self.authority.wrong(
                "lame",
                SERVER_AUTHORITY
                    .fail(
                        &*subject,
                        format!("{label} is not an authority for {}", zone.name),
                    )
                    .observed(format!("lame: {}", describe(reply))),
            ),
            None => self.authority.wrong(
                "silent",
                SERVER_AUTHORITY
                    .error(
                        &*subject,
                        format!(
                            "{label} did not say whether it is an authority for {}",
                            zone.name
                        ),
                    )
                    .observed("no answer to the question for SOA")
                    .hint("find out why it does not answer"),
            ),
        }
        match small {
            Some((small, by_udp, by_tcp)) if by_udp || by_tcp => {
                let how = match (by_udp, by_tcp) {
                    (true, true) => "answered at 512 bytes without EDNS, and over TCP",
                    (true, false) => "answered at 512 bytes without EDNS",
                    _ => "answered over TCP",
                };
                let observed = format!(
                    "{} {}: no answer at 1232 bytes, {how}",
                    small.name, small.kind
                );
                self.size.wrong(
                    "lost",
                    SERVER_ANSWER_SIZE
                        .fail(subject, format!("{label} loses answers of the usual size"))
                        .observed(observed),
                );
            }
            _ if matches!(udp, Way::Open) => self.size.right(),
            _ => {} // unreachable, which is said above
        }
    }

    fn findings(self, zone: &str) -> Vec<Finding> {
        let of = |what: &str| format!("The servers of {zone} {what}");
        let mut findings = self
            .transports
            .findings_or(zone, of("answer over UDP and TCP"));
        findings.extend(
            self.authority
                .findings_or(zone, of("are authorities for it")),
        );
        findings.extend(self.size.findings_or(zone, of("answer at the usual size")));
        findings
    }
}

/// What became of UDP. Any answer at all shows the way to be open: a single lost packet is not a closed port.
fn udp(server: &Server, soa: Option<&Exchange>) -> Way {
    let exchanges = server.exchanges.iter();
    let mut packets = exchanges
        .flat_map(|exchange| &exchange.attempts)
        .filter(|attempt| attempt.is_packet());
    if packets.any(|attempt| matches!(attempt.outcome, Outcome::Answer(_))) {
        return Way::Open;
    }
    match (&server.error, soa.and_then(|soa| soa.attempts.last())) {
        (Some(error), None) => Way::NoRoute(error.clone()),
        (_, attempt) => Way::of(attempt),
    }
}

/// What is wrong with the transports of a server, as a predicate of it; nothing where both are open.
fn transports(server: &Server, udp: &Way, tcp: &Way) -> Option<(Status, &'static str)> {
    let proved = |way: &Way| matches!(way, Way::Closed | Way::Broken(_));
    Some(match (udp, tcp) {
        (Way::Open, Way::Open) => return None,
        (Way::NotTried, _) | (_, Way::NotTried) => {
            (Status::Error, "was not asked over UDP and TCP")
        }
        // Where one way is open, the other is closed and not merely out of our sight.
        (Way::Open, _) => (Status::Fail, "does not answer over TCP"),
        (_, Way::Open) => (Status::Fail, "does not answer over UDP"),
        _ if proved(udp) && proved(tcp) => (Status::Fail, "answers neither over UDP nor over TCP"),
        // An IPv6 address seen from a machine without IPv6 says nothing about the server.
        (Way::NoRoute(_), Way::NoRoute(_)) if server.address.is_ipv6() => {
            (Status::Warn, "is out of reach from this machine")
        }
        _ => (Status::Error, "gave no answer"),
    })
}

fn is_authority(reply: &Reply) -> bool {
    reply.aa && reply.rcode == "NOERROR" && reply.records.iter().any(|record| record.kind == "SOA")
}

fn describe(reply: &Reply) -> String {
    let code = match (&*reply.rcode, reply.referral) {
        ("NOERROR", true) => "a referral to other servers",
        ("NOERROR", false) if reply.records.is_empty() => "no SOA record",
        ("NOERROR", false) => "an answer",
        (code, _) => code,
    };
    let aa = if reply.aa { "" } else { " without AA" };
    format!("{code}{aa}")
}
