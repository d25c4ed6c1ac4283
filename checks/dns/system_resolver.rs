//! What the system resolver is: which servers this machine asks, how it completes names, which answers come from its
//! hosts file, and so are true on this machine only, and where its servers say something else than applications get.

use std::collections::BTreeMap;

use super::numbers::millis;
use super::observation::{AttemptRef, ExchangeRef};
use super::reading::{Reading, system};
use super::rules::{HOSTS_FILE, SYSTEM_SERVERS};
use super::view::{Cell, View};
use crate::instrument::dns::system::Configuration;
use crate::instrument::dns::{Outcome, Resolver, Transport};
use crate::judging::text::{clipped_list, counted};
use crate::model::{Finding, Status};

/// From this time on a lookup of an application waits for something, in microseconds.
const SLOW: u64 = 1_000_000;

/// Two findings where the system resolver is asked.
pub(super) fn judge(view: &View<'_>) -> Vec<Finding> {
    let Some((place, configuration)) = configuration(view) else {
        return Vec::new();
    };
    let questions = 0..view.questions();
    let cells = questions.map(|question| view.cell(view.last_round(), question, place));
    let cells: Vec<_> = cells.collect();
    if cells.is_empty() {
        return Vec::new(); // only names that must be absent
    }
    let mut findings = vec![hosts_file(&cells, configuration)];
    findings.extend(servers(&cells, configuration));
    findings
}

/// Its place among the resolvers, and how it is set up.
fn configuration<'a>(view: &View<'a>) -> Option<(usize, &'a Configuration)> {
    let mut resolvers = view.settings.resolvers.iter();
    let place = resolvers.position(|resolver| *resolver == Resolver::System)?;
    let label = view.resolvers.get(place)?;
    let mut notes = view.observation.resolvers.iter();
    let notes = notes.find(|notes| *notes.resolver == **label)?;
    Some((place, notes.system.as_ref()?))
}

/// The attempts by which the servers, or the hosts file, explain an answer.
fn explaining<'a>(exchange: ExchangeRef<'a>) -> impl Iterator<Item = AttemptRef<'a>> {
    let attempts = exchange.attempts();
    attempts.filter(|attempt| attempt.transport != Transport::System)
}

fn hosts_file(cells: &[Cell<'_>], configuration: &Configuration) -> Finding {
    let (mut local, mut completed) = (Vec::new(), Vec::new());
    for cell in cells {
        let Some(exchange) = cell.exchange else {
            continue;
        };
        let Some(last) = explaining(exchange).last() else {
            continue;
        };
        let Outcome::Answer(reply) = last.outcome else {
            continue;
        };
        let answered = matches!(cell.reading, Reading::Answer(_));
        if last.transport == Transport::Hosts {
            local.push((exchange.name(), exchange.kind()));
        } else if let (true, Some(asked)) = (answered, &reply.asked) {
            completed.push(format!("{} is {asked}", exchange.name()));
        }
    }
    let mut seen = vec![configuration.to_string()];
    completed.dedup();
    if !completed.is_empty() {
        seen.push(format!(
            "the search list completes: {}",
            clipped_list(&completed)
        ));
    }
    // RFC 6761 section 6.3: these are every machine's own.
    let foreign = local.iter().filter(|(name, _)| {
        let name = name.trim_end_matches('.').to_lowercase();
        name != "localhost" && !name.ends_with(".localhost")
    });
    let foreign = foreign.count();
    let local: Vec<_> = local
        .iter()
        .map(|(name, kind)| format!("{name} {kind}"))
        .collect();
    if !local.is_empty() {
        seen.push(format!("the hosts file answers: {}", clipped_list(&local)));
    }
    let finding = match foreign {
        0 => HOSTS_FILE.pass(
            "system",
            "The system resolver's answers come from name servers",
        ),
        _ => HOSTS_FILE
            .warn(
                "system",
                format!(
                    "The hosts file of this machine answers {}",
                    counted(foreign, "query")
                ),
            )
            .hint(HOSTS_FILE.fix),
    };
    finding
        .expected("no answer from the hosts file, localhost aside")
        .observed(seen.join("; "))
}

/// Whether the servers say what getaddrinfo gives. Nothing where one of them was not asked.
fn servers(cells: &[Cell<'_>], configuration: &Configuration) -> Option<Finding> {
    let (mut status, mut compared, mut odd) = (Status::Pass, 0, Vec::new());
    for cell in cells {
        let Some(exchange) = cell
            .exchange
            .filter(|exchange| exchange.kind().is_address())
        else {
            continue;
        };
        let of_servers = explaining(exchange).any(|attempt| attempt.server.is_some());
        if system::given(exchange).is_none() || !of_servers {
            continue;
        }
        compared += 1;
        let asked = format!("{} {}", exchange.name(), exchange.kind());
        if let Some(told) = difference(cell, exchange, configuration) {
            status = Status::worst([status, Status::Warn]);
            odd.push(format!("{asked}: {told}"));
        }
        if configuration.rotate
            && matches!(cell.reading, Reading::Answer(_))
            && let Some(told) = elsewhere(exchange, configuration)
        {
            status = Status::Fail;
            odd.push(format!("{asked}: {told}"));
        }
    }
    let claim = match status {
        Status::Pass => "The system's name servers say what applications get",
        Status::Warn => "The system's name servers do not say what applications get",
        _ => "With `rotate`, applications get one of several different answers",
    };
    let finding = SYSTEM_SERVERS.finding(status, "system", claim);
    (compared > 0).then(|| match status {
        Status::Pass => finding.observed(format!("the same for {}", counted(compared, "question"))),
        _ => finding
            .expected("the servers of resolv.conf and getaddrinfo agree")
            .observed(clipped_list(&odd))
            .hint(SYSTEM_SERVERS.fix),
    })
}

/// In what the servers differ from getaddrinfo.
fn difference(
    cell: &Cell<'_>,
    exchange: ExchangeRef<'_>,
    configuration: &Configuration,
) -> Option<String> {
    let explained = system::explained(exchange);
    let differs = match (&cell.reading, &explained) {
        // A balancer hands out one address here, and another one there.
        (Reading::Answer(given), Reading::Answer(said)) => given.data.is_disjoint(&said.data),
        (Reading::Answer(_), said) => said.status() == Status::Fail,
        (_, Reading::Answer(_)) => true,
        _ => false,
    };
    let who = explaining(exchange).last()?;
    differs.then(|| {
        let who = server(who, configuration);
        let (given, said) = (cell.reading.text(), explained.text());
        match cell.reading {
            Reading::Answer(_) => format!("getaddrinfo gives {given}, {who} says {said}"),
            _ => format!("{who} says {said}"),
        }
    })
}

/// Where lookups that begin at another server find nothing.
fn elsewhere(exchange: ExchangeRef<'_>, configuration: &Configuration) -> Option<String> {
    let mut ends: BTreeMap<u8, AttemptRef<'_>> = BTreeMap::new();
    for attempt in explaining(exchange) {
        ends.extend(attempt.server.map(|server| (server, attempt)));
    }
    let none = ends.into_values().filter_map(|last| {
        let reading = system::read(exchange, last);
        let finds_none = matches!(reading, Reading::NoName(_) | Reading::NoData(_));
        finds_none.then(|| format!("{} says {}", server(last, configuration), reading.text()))
    });
    let none: Vec<_> = none.collect();
    (!none.is_empty()).then(|| none.join(", "))
}

/// What an application waits for, and which servers do not answer as they should; nothing where all is as usual.
pub(super) fn note(view: &View<'_>, cell: &Cell<'_>) -> Option<String> {
    let exchange = cell.exchange?;
    let (place, configuration) = configuration(view)?;
    if **exchange.resolver() != *view.resolvers[place] {
        return None;
    }
    let mut told = Vec::new();
    if let Some(given) = system::given(exchange)
        && given.duration_us >= SLOW
    {
        told.push(format!("getaddrinfo took {}", millis(given.duration_us)));
    }
    let all: Vec<_> = explaining(exchange)
        .filter(|attempt| attempt.server.is_some())
        .collect();
    for (place, attempt) in all.iter().enumerate() {
        let later = &all[place + 1..];
        let is_last = !later.iter().any(|later| later.server == attempt.server);
        let failed = match attempt.outcome {
            Outcome::Answer(reply) => !matches!(&*reply.rcode, "NOERROR" | "NXDOMAIN"),
            _ => true,
        };
        if is_last && failed {
            let line = format!("{}: {}", server(*attempt, configuration), attempt.outcome);
            if !told.contains(&line) {
                told.push(line);
            }
        }
    }
    told.extend(difference(cell, exchange, configuration));
    (!told.is_empty()).then(|| format!("system: {}", told.join(", ")))
}

/// Who was asked.
fn server(attempt: AttemptRef<'_>, configuration: &Configuration) -> String {
    let place = attempt.server.map(usize::from);
    let known = place.and_then(|place| configuration.servers.get(place));
    match (attempt.transport, known) {
        (Transport::Hosts, _) => "the hosts file".to_owned(),
        (_, Some(server)) => server.clone(),
        (_, None) => "a server".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::Dns;
    use super::super::settings::Settings;
    use super::*;
    use crate::fixtures::judged::Judged as _;
    use crate::model::{LaunchFacts, Module as _, Status};

    /// The finding of a rule where getaddrinfo gave `given`, and what follows explains it.
    fn found(rule: &str, name: &str, given: &Value, explained: &Value, rotate: bool) -> Finding {
        let settings: Settings = toml::from_str(&format!("names = ['{name}']")).unwrap();
        let mut attempts =
            vec![json!({"transport": "system", "start_us": 0, "duration_us": 9, "outcome": given})];
        attempts.extend(explained.as_array().unwrap().iter().cloned());
        let observation = json!({
            "exchanges": [{"name": name, "type": "A", "resolver": "system", "attempts": attempts}],
            "resolvers": [{"resolver": "system", "system": {
                "servers": ["10.0.0.53", "10.0.0.54:5353"], "search": ["launch.test."], "ndots": 1, "rotate": rotate}}],
        });
        let observation = serde_json::from_value(observation).unwrap();
        let facts = LaunchFacts::timed(jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::UNIX_EPOCH);
        let judgement = Dns::judge(&settings, &observation, &facts);
        judgement.finding(rule).clone()
    }

    fn explaining(transport: &str, server: Option<u8>, outcome: &Value) -> Value {
        json!({"transport": transport, "server": server, "start_us": 9, "duration_us": 9, "outcome": outcome})
    }

    fn judged(name: &str, transport: &str, outcome: &Value) -> Finding {
        let explained = json!([explaining(transport, None, outcome)]);
        found("dns/hosts-file", name, outcome, &explained, false)
    }

    fn answer(addresses: &[&str]) -> Value {
        let record = |data: &&str| json!({"type": "A", "ttl": 60, "data": data});
        let records: Vec<_> = addresses.iter().map(record).collect();
        json!({"kind": "answer", "rcode": "NOERROR", "ra": true, "records": records})
    }

    #[test]
    fn servers_that_say_something_else_than_getaddrinfo_are_named() {
        let nxdomain = json!({"kind": "answer", "rcode": "NXDOMAIN", "ra": true});
        let none = json!({"kind": "noaddress", "text": "Name or service not known"});
        let silence = json!({"kind": "timeout"});
        let (one, two) = (answer(&["192.0.2.1"]), answer(&["192.0.2.2"]));
        let both = answer(&["192.0.2.1", "192.0.2.2"]);
        for (given, explained, rotate, status) in [
            (&one, vec![(0, &one)], false, Status::Pass),
            (&one, vec![(0, &both)], false, Status::Pass), // a balancer
            (&one, vec![(0, &two)], false, Status::Warn),
            (&one, vec![(0, &nxdomain)], false, Status::Warn),
            (&none, vec![(0, &nxdomain)], false, Status::Pass),
            (&none, vec![(0, &one)], false, Status::Warn),
            (&one, vec![(0, &silence), (1, &one)], false, Status::Pass),
            (&one, vec![(1, &nxdomain), (0, &one)], true, Status::Fail),
            (&one, vec![(1, &one), (0, &one)], true, Status::Pass),
        ] {
            let attempts = explained.iter();
            let attempts =
                attempts.map(|(server, outcome)| explaining("udp", Some(*server), outcome));
            let attempts = Value::Array(attempts.collect());
            let finding = found("dns/system-servers", "login.test", given, &attempts, rotate);
            assert_eq!(
                finding.status, status,
                "{given} {attempts} {rotate}: {finding:?}"
            );
        }
    }

    #[test]
    fn what_getaddrinfo_gives_decides_and_nothing_passes_without_it() {
        let nxdomain = json!({"kind": "answer", "rcode": "NXDOMAIN", "ra": true});
        let none = json!({"kind": "noaddress", "text": "Name or service not known"});
        let failed =
            json!({"kind": "lookupfailed", "text": "Temporary failure in name resolution"});
        let servfail = json!({"kind": "answer", "rcode": "SERVFAIL", "ra": true});
        let silence = json!({"kind": "timeout"});
        let (one, empty) = (answer(&["192.0.2.1"]), answer(&[]));
        for (given, explained, status, observed) in [
            (
                &one,
                Some(&nxdomain),
                Status::Pass,
                "192.0.2.1 (system); system: getaddrinfo gives 192.0.2.1, 10.0.0.53 says NXDOMAIN",
            ),
            (&none, Some(&nxdomain), Status::Fail, "NXDOMAIN (system)"),
            (
                &none,
                Some(&one),
                Status::Fail,
                "getaddrinfo: Name or service not known (system); system: 10.0.0.53 says 192.0.2.1",
            ),
            (
                &none,
                None,
                Status::Fail,
                "getaddrinfo: Name or service not known (system)",
            ),
            (
                &failed,
                Some(&servfail),
                Status::Fail,
                "SERVFAIL (system); system: 10.0.0.53: SERVFAIL",
            ),
            (
                &failed,
                Some(&one),
                Status::Error,
                "getaddrinfo: Temporary failure in name resolution (system); system: 10.0.0.53 says 192.0.2.1",
            ),
            (
                &silence,
                Some(&silence),
                Status::Error,
                "no answer to 1 packet (system); system: 10.0.0.53: no answer in time",
            ),
            (
                &silence,
                Some(&one),
                Status::Error,
                "no answer in time (system); system: 10.0.0.53 says 192.0.2.1",
            ),
            (
                &empty,
                Some(&empty),
                Status::Fail,
                "no record of this type (NODATA) (system)",
            ),
        ] {
            let attempts = explained.map(|outcome| explaining("udp", Some(0), outcome));
            let attempts = Value::Array(attempts.into_iter().collect());
            let finding = found("dns/resolves", "login.test", given, &attempts, false);
            assert_eq!(
                (finding.status, finding.observed.as_deref()),
                (status, Some(observed))
            );
        }
    }

    const CONFIGURATION: &str =
        "servers 10.0.0.53, 10.0.0.54:5353; search list launch.test.; ndots 1";

    #[test]
    fn the_configuration_is_told_and_how_names_were_completed() {
        let answer = json!({"kind": "answer", "rcode": "NOERROR", "asked": "www.launch.test.",
                            "records": [{"type": "A", "ttl": 60, "data": "192.0.2.1"}]});
        let finding = judged("www", "udp", &answer);
        assert_eq!(finding.status, Status::Pass);
        let expected =
            format!("{CONFIGURATION}; the search list completes: www is www.launch.test.");
        assert_eq!(finding.observed, Some(expected));
        let finding = judged("www", "udp", &json!({"kind": "timeout"}));
        assert_eq!(finding.observed.as_deref(), Some(CONFIGURATION));
    }

    #[test]
    fn an_answer_of_the_hosts_file_is_told_as_this_machines_own() {
        let answer = json!({"kind": "answer", "rcode": "NOERROR",
                            "records": [{"type": "A", "ttl": 0, "data": "192.0.2.1"}]});
        for (name, status) in [
            ("login.test", Status::Warn),
            ("localhost.test", Status::Warn),
            ("localhost", Status::Pass),
            ("a.LOCALHOST.", Status::Pass),
        ] {
            let finding = judged(name, "hosts", &answer);
            assert_eq!(finding.status, status, "{name}");
            let expected = format!("{CONFIGURATION}; the hosts file answers: {name} A");
            assert_eq!(finding.observed, Some(expected));
        }
    }
}
