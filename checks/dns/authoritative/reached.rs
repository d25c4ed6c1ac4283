//! Whether the servers of a zone can be reached and are authorities for it.

use crate::checks::dns::observation::{Exchange, Zone};
use crate::checks::dns::tally::Tally;
use crate::instrument::dns::{Attempt, Kind, Outcome, Reply};
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
    let name = &zone.name;
    let mut ways = Tally::new(
        format!("The servers of {name} answer over UDP and TCP"),
        "an answer over both (RFC 7766 section 5)",
    );
    let mut lame = Tally::new(
        format!("The servers of {name} are authorities for it"),
        "the zone's SOA record with AA",
    );
    let mut sizes = Tally::new(
        format!("The servers of {name} answer at the usual size"),
        "an answer to a question that takes 1232 bytes (RFC 9715)",
    );
    for server in &zone.servers {
        let label = server.label();
        let soa = server.exchange(name, Kind::Soa);
        // Any answer at all shows the way to be open: a single lost packet is not a closed port.
        let answered = server
            .exchanges
            .iter()
            .flat_map(|exchange| &exchange.attempts);
        let answered = answered.filter(|attempt| attempt.is_packet());
        let udp = match answered
            .clone()
            .find(|attempt| matches!(attempt.outcome, Outcome::Answer(_)))
        {
            Some(_) => Way::Open,
            None => match (
                server.error.as_ref(),
                soa.and_then(|soa| soa.attempts.last()),
            ) {
                (Some(error), None) => Way::NoRoute(error.clone()),
                (_, attempt) => Way::of(attempt),
            },
        };
        let small = server.smaller.as_ref();
        let answers = |attempt: &Option<Attempt>| matches!(Way::of(attempt.as_ref()), Way::Open);
        let small = small.map(|small| (small, answers(&small.udp), answers(&small.tcp)));
        let udp = match (udp, small) {
            // It is the size, which is a finding of its own.
            (Way::Silent, Some((_, true, _))) => Way::Open,
            (udp, _) => udp,
        };
        let tcp = Way::of(server.tcp.as_ref());
        match (&udp, &tcp) {
            (Way::Open, Way::Open) => ways.right(),
            _ => {
                let proved = |way: &Way| matches!(way, Way::Closed | Way::Broken(_));
                let open = |way: &Way| matches!(way, Way::Open);
                let status = match (&udp, &tcp) {
                    (Way::NotTried, _) | (_, Way::NotTried) => Status::Error,
                    // Where one way is open, the other is closed and not merely out of our sight.
                    _ if open(&udp) || open(&tcp) || (proved(&udp) && proved(&tcp)) => Status::Fail,
                    // An IPv6 address seen from a machine without IPv6 says nothing about the server.
                    (Way::NoRoute(_), Way::NoRoute(_)) if server.address.is_ipv6() => Status::Warn,
                    _ => Status::Error,
                };
                ways.wrong(
                    Finding::new(status, format!("{label} answers for {name} over UDP and TCP"))
                        .observed(format!("UDP: {}; TCP: {}", udp.text(), tcp.text()))
                        .hint("see whether the server runs and its firewall lets port 53 through, UDP and TCP"),
                );
            }
        }
        match soa.and_then(Exchange::reply) {
            Some(reply) if is_authority(reply) => lame.right(),
            Some(reply) => lame.wrong(
                Finding::fail(format!("{label} is an authority for {name}"))
                    .observed(format!("lame: {}", describe(reply)))
                    .hint("load the zone at this server, or take it out of the NS records here and at the parent"),
            ),
            None => lame.wrong(
                Finding::error(format!("{label} is an authority for {name}"))
                    .observed("no answer to the question for SOA")
                    .hint("see why it does not answer"),
            ),
        }
        match small {
            Some((small, by_udp, by_tcp)) if by_udp || by_tcp => {
                let how = match (by_udp, by_tcp) {
                    (true, true) => "answered at 512 bytes without EDNS, and over TCP",
                    (true, false) => "answered at 512 bytes without EDNS",
                    _ => "answered over TCP",
                };
                sizes.wrong(
                    Finding::fail(format!("{label} answers at the usual size"))
                        .observed(format!("{} {}: no answer at 1232 bytes, {how}", small.name, small.kind))
                        .hint("a firewall drops EDNS, large datagrams or fragments: let them through, or set the server's \
                               maximal EDNS size to 1232"),
                );
            }
            _ if matches!(udp, Way::Open) => sizes.right(),
            _ => {} // unreachable, which is said above
        }
    }
    match zone.servers.is_empty() {
        true => Vec::new(),
        false => {
            let mut findings = ways.findings("servers");
            findings.extend(lame.findings("servers"));
            findings.extend(sizes.findings("servers"));
            findings
        }
    }
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
