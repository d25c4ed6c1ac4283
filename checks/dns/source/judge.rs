//! What the zone's own servers say, held against each other.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::super::judge::Groups;
use super::super::probe::{Exchange, Observation};
use super::super::reading::{Reading, canonical, join};
use super::super::settings::{DomainName, Settings};
use super::super::tally::Tally;
use super::{Server, Walk, Zone};
use crate::instrument::dns::{Attempt, Kind, Outcome, Reply};
use crate::model::{Exhibit, Finding, Status};

/// Rows of the table of servers.
const ROWS: usize = 200;

/// The findings at the source.
pub(in super::super) fn judge(settings: &Settings, observation: &Observation) -> Vec<Finding> {
    if !settings.authoritative {
        return Vec::new();
    }
    let none = Walk::default();
    let walk = observation.source.as_ref().unwrap_or(&none);
    let listed = observation.listed_names();
    let mut findings = placed(settings, listed, walk);
    for zone in &walk.zones {
        findings.extend(reached(zone));
        findings.extend(alike(zone, Kind::Soa));
        findings.extend(alike(zone, Kind::Ns));
    }
    findings.extend(records(settings, listed, walk));
    findings.extend(ttls(settings, listed, walk));
    findings
}

/// Every name has a zone, and every zone servers with addresses.
fn placed(settings: &Settings, listed: &[DomainName], walk: &Walk) -> Vec<Finding> {
    let mut tally = Tally::new(
        "Every name's zone and its servers are found",
        "SOA, NS, and addresses",
    );
    for lost in &walk.lost {
        let claim = format!("The zone of {} is found", lost.name);
        tally.wrong(Finding::error(claim).observed(&*lost.reason).hint(
            "name the zone's servers in `authorities`, or see why the resolver does not lead there",
        ));
    }
    for zone in &walk.zones {
        if zone.servers.is_empty() {
            let claim = format!("The servers of {} are found", zone.name);
            let reason = zone.error.as_deref().unwrap_or("no server has an address");
            tally.wrong(
                Finding::error(claim)
                    .observed(reason)
                    .hint("name the zone's servers in `authorities`, or mend its NS records"),
            );
        } else {
            tally.right();
        }
        for name in &zone.without_address {
            let claim = format!("{name}, a server of {}, has an address", zone.name);
            tally.wrong(
                Finding::fail(claim)
                    .observed("neither A nor AAAA")
                    .hint("add the address, or take the server out of the NS records"),
            );
        }
    }
    // A name that the walk did not come to appears nowhere.
    let visited = visited(walk);
    let lost: BTreeSet<_> = walk.lost.iter().map(|lost| &*lost.name).collect();
    let missed = settings.names.iter().chain(listed).map(DomainName::text);
    for name in missed.filter(|name| !visited.contains(&***name) && !lost.contains(&***name)) {
        let nowhere = walk.zones.iter().any(|zone| zone.servers.is_empty());
        if !nowhere {
            let claim = format!("{name} is asked for at the source");
            tally.wrong(
                Finding::error(claim)
                    .observed("not observed")
                    .hint("give the check a longer `timeout`, or ask for less: one check asks for 10,000 names at the source"),
            );
        }
    }
    tally.findings("zones")
}

fn visited(walk: &Walk) -> BTreeSet<&str> {
    let servers = walk.zones.iter().flat_map(|zone| &zone.servers);
    servers
        .flat_map(|server| &server.exchanges)
        .map(|exchange| &*exchange.name)
        .collect()
}

impl Server {
    /// Its name, where it has one, and its address.
    pub(in super::super) fn label(&self) -> String {
        match &self.name {
            Some(name) => format!("{name} ({})", self.address),
            None => self.address.to_string(),
        }
    }

    fn exchange(&self, name: &str, kind: Kind) -> Option<&Exchange> {
        let mut exchanges = self.exchanges.iter();
        exchanges.find(|exchange| &*exchange.name == name && exchange.kind == kind)
    }
}

fn reply(exchange: Option<&Exchange>) -> Option<&Reply> {
    match &exchange?.attempts.last()?.outcome {
        Outcome::Answer(reply) if !reply.tc => Some(reply),
        _ => None,
    }
}

/// What became of one transport.
enum Way {
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
    fn of(attempt: Option<&Attempt>) -> Self {
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

    fn text(&self) -> String {
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
fn reached(zone: &Zone) -> Vec<Finding> {
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
        match reply(soa) {
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

/// Serial numbers, or NS records, are the same at every server of a zone.
fn alike(zone: &Zone, kind: Kind) -> Option<Finding> {
    let mut seen = Groups::default();
    let labels: Vec<_> = zone.servers.iter().map(Server::label).collect();
    let mut count = 0;
    for (server, label) in zone.servers.iter().zip(&labels) {
        let reply = reply(server.exchange(&zone.name, kind)).filter(|reply| reply.aa);
        let records = reply.into_iter().flat_map(|reply| &reply.records);
        let records = records.filter(|record| record.kind == kind.as_str());
        let data: BTreeSet<String> = records
            .map(|record| match kind {
                Kind::Soa => record.data.split(' ').nth(2).unwrap_or_default().to_owned(),
                _ => canonical(kind, &record.data),
            })
            .collect();
        if !data.is_empty() {
            seen.add(join(&data), label);
            count += 1;
        }
    }
    let (claim, hint) = match kind {
        Kind::Soa => (
            "have the same serial number",
            "a transfer of the zone is late or fails: see the secondary's log and its access to the primary",
        ),
        _ => (
            "name the same servers",
            "mend the NS records: the zone differs between its servers",
        ),
    };
    let claim = format!("The servers of {} {claim}", zone.name);
    let of = zone.servers.len();
    let expected = format!("one answer from {of} servers");
    let finding = match (seen.len(), count) {
        (_, 0) => return None, // none is an authority, which is said above
        (1, count) if count == of => Finding::pass(claim),
        (1, _) => Finding::error(claim).hint("see why the other servers do not answer"),
        _ => Finding::fail(claim).hint(hint),
    };
    Some(finding.expected(expected).observed(seen.text()))
}

/// One question with what each server of its zone, by its label, made of it.
type AtSource<'a> = (&'a DomainName, Kind, Vec<(String, &'a Exchange)>);

/// Every question as the servers of its zone answer it.
fn questions<'a>(
    settings: &'a Settings,
    listed: &'a [DomainName],
    walk: &'a Walk,
) -> Vec<AtSource<'a>> {
    let mut met: HashMap<(&str, Kind), Vec<(String, &Exchange)>> = HashMap::new();
    for server in walk.zones.iter().flat_map(|zone| &zone.servers) {
        // The first two are the zone's own.
        for exchange in server.exchanges.iter().skip(2) {
            let at = met.entry((&*exchange.name, exchange.kind)).or_default();
            at.push((server.label(), exchange));
        }
    }
    let questions = settings.questions(listed);
    questions
        .filter_map(|(name, kind)| Some((name, kind, met.remove(&(&**name.text(), kind))?)))
        .collect()
}

/// Every record set is the same at every server of its zone, is there, and is the expected one.
fn records(settings: &Settings, listed: &[DomainName], walk: &Walk) -> Vec<Finding> {
    let mut tally = Tally::new(
        "Every record set is the same at all servers of its zone",
        "one set of records, with AA",
    );
    for (name, kind, exchanges) in questions(settings, listed, walk) {
        let mut seen = Groups::default();
        let mut status = Status::Pass;
        let wanted = settings.expected(name, kind).into_iter();
        let wanted: BTreeSet<_> = wanted.map(|value| canonical(kind, value)).collect();
        for (label, exchange) in &exchanges {
            let reading = Reading::of(Some(*exchange), None);
            let here = reply(Some(exchange));
            let text = match here {
                // An alias that leaves the zone is all that its servers can say.
                Some(reply) if !reply.records.is_empty() => {
                    let records = reply.records.iter().map(|record| {
                        let owner = record.name.as_deref().map(|name| format!("{name} "));
                        let owner = owner.unwrap_or_default();
                        let data = match record.kind == kind.as_str() {
                            true => canonical(kind, &record.data),
                            false => format!("{} {}", record.kind, record.data.to_lowercase()),
                        };
                        format!("{owner}{data}")
                    });
                    join(&records.collect::<BTreeSet<_>>())
                }
                _ => reading.text(),
            };
            let of_server = match (here, &reading) {
                (Some(reply), _) if !reply.aa => Status::Fail,
                (_, Reading::Answer(answer)) if !wanted.is_empty() && answer.data != wanted => {
                    Status::Fail
                }
                (Some(reply), Reading::NoData(Some(_)) | Reading::NoName(Some(_)))
                    if reply.records.iter().any(|record| record.kind == "CNAME") =>
                {
                    Status::Pass // whether the target resolves is told by the resolvers
                }
                _ => reading.status(),
            };
            let aa = here.is_some_and(|reply| !reply.aa);
            seen.add(
                format!("{text}{}", if aa { " without AA" } else { "" }),
                label,
            );
            status = Status::worst([status, of_server]);
        }
        if status == Status::Pass && seen.len() > 1 {
            status = Status::Fail;
        }
        if status == Status::Pass {
            tally.right();
            continue;
        }
        let claim = format!("{name} {kind} is right at all servers of its zone");
        tally.wrong(Finding::new(status, claim).observed(seen.text()).hint(
            "a secondary with an older zone, a server that has not loaded it, or a record that is not in it",
        ));
    }
    tally.findings("record sets")
}

/// TTLs as the zone states them keep the bounds.
fn ttls(settings: &Settings, listed: &[DomainName], walk: &Walk) -> Vec<Finding> {
    let bounds = [
        settings.ttl_min.map(|bound| (bound, false)),
        settings.ttl_max.map(|bound| (bound, true)),
    ];
    let mut findings = Vec::new();
    for (bound, longest) in bounds.into_iter().flatten() {
        let (word, expected) = match longest {
            true => ("above", format!("at most {bound}")),
            false => ("below", format!("at least {bound}")),
        };
        let mut tally = Tally::new(format!("No TTL in the zone is {word} {bound}"), expected);
        for (name, kind, exchanges) in questions(settings, listed, walk) {
            let mut outside = Groups::default();
            let mut any = false;
            for (label, exchange) in &exchanges {
                // The alias of another zone counts as well: its own TTL is stated here.
                let records = reply(Some(exchange)).filter(|reply| reply.aa);
                for record in records.into_iter().flat_map(|reply| &reply.records) {
                    any = true;
                    let ttl = Duration::from_secs(record.ttl.into());
                    if (longest && ttl > bound.0) || (!longest && ttl < bound.0) {
                        outside.add(format!("{} {} s", record.kind, record.ttl), label);
                    }
                }
            }
            match (any, outside.len()) {
                (true, 0) => tally.right(),
                (false, _) => tally.wrong(
                    Finding::error(format!(
                        "{name} {kind} has no TTL {word} {bound} in the zone"
                    ))
                    .observed("no record was seen")
                    .hint("see why the zone's servers do not answer"),
                ),
                (true, _) => tally.wrong(
                    Finding::fail(format!(
                        "{name} {kind} has no TTL {word} {bound} in the zone"
                    ))
                    .observed(outside.text())
                    .hint("change the TTL in the zone, at least one old TTL before it has to hold"),
                ),
            }
        }
        findings.extend(tally.findings("record sets"));
    }
    findings
}

/// The servers of every zone.
pub(in super::super) fn exhibit(observation: &Observation) -> Option<Exhibit> {
    let walk = observation.source.as_ref()?;
    let rows: Vec<_> = walk
        .servers()
        .take(ROWS)
        .map(|(zone, server)| {
            let soa = server.exchange(&zone.name, Kind::Soa);
            let attempt = soa.and_then(|soa| soa.attempts.last());
            let serial = reply(soa).and_then(|reply| reply.records.first());
            let serial = serial.and_then(|record| record.data.split(' ').nth(2));
            let time = attempt.filter(|attempt| matches!(attempt.outcome, Outcome::Answer(_)));
            vec![
                zone.name.to_string(),
                server.label(),
                serial.unwrap_or_default().to_owned(),
                Way::of(attempt).text(),
                Way::of(server.tcp.as_ref()).text(),
                time.map_or_else(String::new, |attempt| {
                    format!("{:.1} ms", attempt.duration_us as f64 / 1000.0)
                }),
            ]
        })
        .collect();
    (!rows.is_empty()).then(|| Exhibit::Table {
        title: "Servers of the zones".into(),
        columns: ["Zone", "Server", "Serial", "UDP", "TCP", "Time"]
            .map(str::to_owned)
            .to_vec(),
        rows,
    })
}
