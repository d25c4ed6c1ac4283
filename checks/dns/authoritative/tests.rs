//! Delegations by table: what the zone above says, and what the zone and its servers say themselves.

use std::net::IpAddr;
use std::sync::Arc;

use super::delegation;
use crate::checks::dns::observation::{Above, Exchange, Host, Referrer, Server, Zone};
use crate::instrument::dns::{Attempt, Outcome, Record, RecordType, Reply, Transport};
use crate::model::{Finding, Status};

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// A server of the zone above that refers to these servers, each with its glue.
fn referrer(ns: &[(&str, &[&str])]) -> Referrer {
    let ns = ns.iter().map(|(name, glue)| {
        let glue = glue.iter().map(|text| ip(text)).collect();
        ((*name).into(), glue)
    });
    Referrer {
        server: "a.gtld.test. (192.0.2.53:53)".into(),
        ns: ns.collect(),
        itself: false,
        error: None,
    }
}

fn failing(error: &str) -> Referrer {
    let error = Some(error.to_owned());
    Referrer {
        error,
        ..referrer(&[])
    }
}

fn above(servers: Vec<Referrer>) -> Above {
    Above {
        zone: Some("test.".into()),
        servers,
        error: None,
    }
}

/// `launch.test` with the servers `ns1` inside it and `ns.far.example`, as its own server lists them.
fn zone(above: Option<Above>) -> Zone {
    let host = |name: &str, addresses: &[&str]| Host {
        name: name.into(),
        alias: None,
        addresses: addresses.iter().map(|text| ip(text)).collect(),
    };
    let mut server = Server::at(None, "192.0.2.1:53".parse().unwrap());
    let name: Arc<str> = "launch.test.".into();
    let mut exchange = Exchange::open(&name, RecordType::Ns, &"192.0.2.1:53".into());
    let records = ["ns1.launch.test.", "NS.far.example."].map(|data| Record {
        name: None,
        kind: "NS".into(),
        ttl: 60,
        data: data.into(),
    });
    exchange.attempts.push(Attempt {
        transport: Transport::Udp,
        server: None,
        start_us: 0,
        duration_us: 1,
        outcome: Outcome::Answer(Reply {
            rcode: "NOERROR".into(),
            aa: true,
            records: records.to_vec(),
            ..Reply::default()
        }),
    });
    server.exchanges.push(exchange);
    Zone {
        name,
        above,
        hosts: vec![
            host("ns1.launch.test.", &["192.0.2.1", "2001:db8::1"]),
            host("ns.far.example.", &["192.0.2.2"]),
        ],
        servers: vec![server],
        ..Zone::default()
    }
}

fn of<'a>(findings: &'a [Finding], rule: &str) -> Vec<&'a Finding> {
    findings
        .iter()
        .filter(|found| found.rule() == rule)
        .collect()
}

#[test]
fn the_delegation_is_held_against_the_zones_own_records() {
    const RIGHT: &[(&str, &[&str])] = &[
        ("ns1.launch.test.", &["192.0.2.1", "2001:db8::1"]),
        ("ns.far.example.", &[]),
    ];
    let itself = Referrer {
        itself: true,
        ..referrer(&[])
    };
    let lost = Above {
        error: Some("SOA of test.: SERVFAIL".into()),
        ..Above::default()
    };
    let table = [
        (
            above(vec![referrer(RIGHT)]),
            Status::Pass,
            "ns.far.example., ns1.launch.test. (",
        ),
        (
            above(vec![referrer(RIGHT), failing("no answer in time")]),
            Status::Pass,
            "ns.far",
        ),
        (
            above(vec![referrer(RIGHT), referrer(&RIGHT[..1])]),
            Status::Warn,
            "ns.far.example., ns1",
        ),
        (
            above(vec![referrer(&RIGHT[..1])]),
            Status::Warn,
            "ns1.launch.test. (",
        ),
        (
            above(vec![itself]),
            Status::Pass,
            "the servers of the zone above serve this zone",
        ),
        (
            above(vec![failing("NXDOMAIN")]),
            Status::Warn,
            "NXDOMAIN (a.gtld.test.",
        ),
        (lost, Status::Warn, "SOA of test.: SERVFAIL"),
    ];
    for (above, status, observed) in table {
        let findings = delegation::judge(&zone(Some(above)));
        let [found] = of(&findings, "dns/zone-delegation")[..] else {
            panic!("{findings:#?}");
        };
        assert_eq!(found.status, status, "{found:#?}");
        let text = found.observed.as_deref().unwrap();
        assert!(text.starts_with(observed), "{text}");
    }
    let findings = delegation::judge(&zone(None));
    assert!(
        of(&findings, "dns/zone-delegation").is_empty(),
        "nobody was asked"
    );
}

#[test]
fn glue_is_held_against_the_servers_addresses() {
    let table: [(&[&str], &[&str], &[Status]); 5] = [
        (&["2001:db8::1", "192.0.2.1"], &[], &[Status::Pass]),
        (&["192.0.2.1"], &[], &[Status::Warn]),
        (&["192.0.2.9"], &["192.0.2.2"], &[Status::Warn]),
        (&[], &[], &[Status::Fail]),
        (&[], &["192.0.2.9"], &[Status::Warn, Status::Fail]),
    ];
    for (inside, outside, expected) in table {
        let mut referrer = referrer(&[("ns1.launch.test.", inside), ("ns.far.example.", outside)]);
        for glue in referrer.ns.values_mut() {
            glue.sort_unstable();
        }
        let findings = delegation::judge(&zone(Some(above(vec![referrer]))));
        let found = of(&findings, "dns/zone-glue");
        let mut statuses: Vec<_> = found.iter().map(|found| found.status).collect();
        statuses.sort_by_key(|status| *status == Status::Fail);
        assert_eq!(statuses, expected, "{inside:?}, {outside:?}: {found:#?}");
    }
}

#[test]
fn aliases_at_the_top_and_behind_ns_records_are_named() {
    let mut aliased = zone(None);
    aliased.hosts[1].alias = Some("lb.far.example.".into());
    let findings = delegation::judge(&aliased);
    let [found] = of(&findings, "dns/zone-alias")[..] else {
        panic!("{findings:#?}");
    };
    assert_eq!(found.status, Status::Fail);
    assert_eq!(found.subject, "ns.far.example. of launch.test.");
    let findings = delegation::judge(&zone(None));
    assert_eq!(of(&findings, "dns/zone-alias")[0].status, Status::Pass);
}
