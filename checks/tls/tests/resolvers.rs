//! What resolvers say of an endpoint, and what it means.

use super::{World, address, judge, observed, seen, settings};
use crate::checks::tls::Tls;
use crate::checks::tls::observation::Lookup;
use crate::fixtures::judged::Judged as _;
use crate::model::{Exhibit, Judgement, Module as _, Status};

const LOOKUP: &str = "tls/lookup";
const SAME: &str = "tls/same-addresses";
const TWO: &str = "resolvers = ['system', '10.0.0.53']";

fn found(resolver: &str, last: &[u8], failures: &[&str]) -> Lookup {
    Lookup::Found {
        resolver: resolver.to_owned(),
        addresses: last.iter().map(|last| address(*last)).collect(),
        took_us: 1_000,
        failures: failures.iter().map(ToString::to_string).collect(),
    }
}

fn no_address(resolver: &str) -> Lookup {
    Lookup::NoAddress {
        resolver: resolver.to_owned(),
        message: "NXDOMAIN".to_owned(),
    }
}

fn failed(resolver: &str) -> Lookup {
    Lookup::Failed {
        resolver: resolver.to_owned(),
        message: "A: no answer in time".to_owned(),
    }
}

/// Two addresses with a good chain, found like this.
fn judged(lookups: Vec<Lookup>) -> Judgement {
    let world = World::new();
    let chain = world.good();
    let mut observation = observed(&world.roots, &[chain.clone(), chain]);
    seen(&mut observation).lookups = lookups;
    judge(&settings(TWO), &observation)
}

#[test]
fn each_resolver_is_judged_apart_and_then_all_together() {
    let pass = Some(Status::Pass);
    let (warn, fail, error) = (Status::Warn, Status::Fail, Status::Error);
    let system = || found("system", &[1, 2], &[]);
    for (lookups, one, together) in [
        (vec![system()], None, None),
        (vec![system(), found("10.0.0.53", &[2, 1], &[])], None, pass),
        (
            vec![system(), found("10.0.0.53", &[1], &[])],
            None,
            Some(warn),
        ),
        (vec![system(), no_address("10.0.0.53")], Some(fail), None),
        (vec![system(), failed("10.0.0.53")], Some(error), None),
        // Half an answer is not compared: it differs for a reason that is reported already.
        (
            vec![system(), found("10.0.0.53", &[1], &["AAAA: SERVFAIL"])],
            Some(error),
            None,
        ),
        (
            vec![system(), found("10.0.0.53", &[], &[])],
            Some(error),
            None,
        ),
    ] {
        let judgement = judged(lookups.clone());
        let lookup = judgement.found(LOOKUP);
        let statuses: Vec<_> = lookup.iter().map(|finding| finding.status).collect();
        assert_eq!(statuses, Vec::from_iter(one), "{lookups:#?}");
        let subject = "gw.example.com:443, resolver 10.0.0.53";
        assert!(lookup.iter().all(|finding| finding.subject == subject));
        let same: Vec<_> = judgement.found(SAME);
        let statuses: Vec<_> = same.iter().map(|finding| finding.status).collect();
        assert_eq!(statuses, Vec::from_iter(together), "{lookups:#?}");
        // All that was found is contacted and judged.
        assert_eq!(judgement.finding("tls/handshake").status, Status::Pass);
    }
}

#[test]
fn a_resolver_that_has_no_address_fails_and_one_that_cannot_say_is_an_error() {
    let judgement = judged(vec![no_address("system"), failed("10.0.0.53")]);
    let found = judgement.found(LOOKUP);
    let statuses: Vec<_> = found.iter().map(|finding| finding.status).collect();
    assert_eq!(statuses, [Status::Fail, Status::Error]);
    assert_eq!(judgement.findings.len(), 2, "{judgement:#?}");
}

#[test]
fn a_resolver_that_differs_is_named_with_its_addresses() {
    let judgement = judged(vec![
        found("system", &[1], &[]),
        found("10.0.0.53", &[2], &[]),
    ]);
    let (status, observed) = judgement.said(SAME);
    assert_eq!(status, Status::Warn);
    assert_eq!(observed, "system: 192.0.2.1; 10.0.0.53: 192.0.2.2");
    let is_shown = |exhibit: &Exhibit| {
        matches!(exhibit, Exhibit::Table { title, rows, .. }
            if title == "What each resolver says" && rows.len() == 2)
    };
    assert!(judgement.exhibits.iter().any(is_shown), "{judgement:#?}");
}

#[test]
fn a_plan_names_the_resolvers_where_something_is_looked_up() {
    let targets = |more: &str| {
        let quiet = "revocation = 'off'\ntransparency = 'off'";
        let plan = Tls::plan(&settings(&format!("{quiet}\n{more}")));
        let targets = plan.targets.iter();
        targets.map(ToString::to_string).collect::<Vec<_>>()
    };
    let endpoint = "gw.example.com tcp/443";
    let system = "the system's resolver";
    assert_eq!(targets(""), [endpoint, system]);
    let named =
        "resolvers = ['10.0.0.53:5353', 'https://10.0.0.54/dns-query', 'tls://dns.example.com']";
    let all = [
        "10.0.0.53 udp/5353",
        "10.0.0.54 tcp/443",
        "dns.example.com tcp/853",
        endpoint,
        system, // for the name of a resolver
    ];
    assert_eq!(targets(named), all);
    assert_eq!(targets("addresses = ['192.0.2.1']"), ["192.0.2.1 tcp/443"]);
}

#[test]
fn resolvers_without_use_or_sense_are_refused() {
    for (more, complaints) in [
        ("", 0),
        (TWO, 0),
        ("resolvers = []", 1),
        ("resolvers = ['system', 'system']", 1),
        ("resolvers = ['10.0.0.53']\naddresses = ['192.0.2.1']", 1),
        ("addresses = ['192.0.2.1']", 0),
    ] {
        let found = Tls::review(&settings(more));
        assert_eq!(found.len(), complaints, "{more}: {found:#?}");
        assert!(found.iter().all(|complaint| complaint.key == "resolvers"));
    }
}
