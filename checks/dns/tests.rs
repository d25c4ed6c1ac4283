//! The judge by table: every way an exchange can end, and what it means.

use serde_json::{Value, json};

use super::*;
use crate::fixtures::judged::Judged as _;
use crate::model::{Exhibit, Reach, Status, Touch};

const FACTS: LaunchFacts =
    LaunchFacts::timed(jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::UNIX_EPOCH);

fn settings(toml: &str) -> Settings {
    toml::from_str(toml).unwrap_or_else(|error| panic!("{error}"))
}

/// One name, one server.
fn plain() -> Settings {
    settings("names = ['a.test']\nresolvers = ['10.0.0.1']")
}

/// One name, two servers.
fn pair(more: &str) -> Settings {
    settings(&format!(
        "names = ['a.test']\nresolvers = ['10.0.0.1', '10.0.0.2']\n{more}"
    ))
}

fn attempt(start_us: u64, duration_us: u64, outcome: Value) -> Value {
    json!({"transport": "udp", "start_us": start_us, "duration_us": duration_us, "outcome": outcome})
}

fn over_tcp(mut attempt: Value) -> Value {
    attempt["transport"] = "tcp".into();
    attempt
}

/// An answer with these records, each `(owner, type, ttl, data)`; an empty owner is the name asked for.
fn answer(records: &[(&str, &str, u32, &str)]) -> Value {
    let records: Vec<_> = records
        .iter()
        .map(|(owner, kind, ttl, data)| match *owner {
            "" => json!({"type": kind, "ttl": ttl, "data": data}),
            owner => json!({"name": owner, "type": kind, "ttl": ttl, "data": data}),
        })
        .collect();
    json!({"kind": "answer", "rcode": "NOERROR", "records": records})
}

/// What a resolver says without a record.
fn code(rcode: &str) -> Value {
    json!({"kind": "answer", "rcode": rcode, "ra": true})
}

fn timeout() -> Value {
    attempt(0, 3_000_000, json!({"kind": "timeout"}))
}

fn good() -> Vec<Value> {
    vec![attempt(0, 10_000, answer(&[("", "A", 60, "192.0.2.1")]))]
}

/// The observation in which each resolver's exchange for `a.test A` had these attempts.
fn seen(resolvers: &[(&str, Vec<Value>)]) -> Observation {
    let exchanges: Vec<_> = resolvers
        .iter()
        .map(|(resolver, attempts)| {
            json!({"name": "a.test", "type": "A", "resolver": resolver, "attempts": attempts})
        })
        .collect();
    let asked = resolvers
        .iter()
        .filter(|(_, attempts)| !attempts.is_empty());
    let counted = asked.map(|(resolver, attempts)| traffic(resolver, attempts));
    let counted: Vec<_> = counted.collect();
    serde_json::from_value(json!({"exchanges": exchanges, "resolvers": [], "traffic": counted}))
        .unwrap()
}

/// The packets of these attempts, counted.
fn traffic(resolver: &str, attempts: &[Value]) -> Value {
    let of = |kinds: &[&str]| {
        let kind = |attempt: &&Value| kinds.iter().any(|kind| attempt["outcome"]["kind"] == *kind);
        attempts.iter().filter(kind).count()
    };
    json!({"server": resolver, "phase": "names", "transport": "udp",
           "sent": attempts.len() - of(&["network"]), "answered": of(&["answer"]),
           "lost": of(&["timeout", "malformed"]), "closed": of(&["refused"]), "unsent": of(&["network"])})
}

fn judged(settings: &Settings, observation: &Observation) -> Judgement {
    Dns::judge(settings, observation, &FACTS)
}

#[test]
fn each_way_an_exchange_ends_has_its_status() {
    let alias = |rcode: &str| {
        let mut reply = answer(&[("", "CNAME", 60, "b.test.")]);
        reply["rcode"] = rcode.into();
        reply["ra"] = true.into();
        reply
    };
    let mut unfollowed = alias("NOERROR");
    unfollowed["ra"] = false.into();
    let mut nxdomain_with_record = answer(&[("", "A", 60, "192.0.2.1")]);
    nxdomain_with_record["rcode"] = "NXDOMAIN".into();
    let alias_to_b = ("", "CNAME", 60, "b.test.");
    let lame = |rcode: &str| json!({"kind": "answer", "rcode": rcode});
    let truncated = json!({"kind": "answer", "rcode": "NOERROR", "tc": true});
    let refused = json!({"kind": "refused"});
    let malformed = json!({"kind": "malformed", "reason": "cut short"});
    let referral = json!({"kind": "answer", "rcode": "NOERROR", "referral": true});
    let looped = answer(&[
        ("", "CNAME", 60, "b.test."),
        ("b.test.", "CNAME", 60, "A.test."),
    ]);
    let reasons = json!({"kind": "answer", "rcode": "SERVFAIL", "reasons": ["9 DNSKEY Missing"]});
    let one = |outcome: &Value| vec![attempt(0, 10_000, outcome.clone())];
    let then_tcp = |outcome: Value| {
        let over_tcp = over_tcp(attempt(20_000, 10_000, outcome));
        vec![attempt(0, 10_000, truncated.clone()), over_tcp]
    };
    let table = [
        (good(), Status::Pass, "192.0.2.1 (10.0.0.1)"),
        (
            one(&unfollowed),
            Status::Error,
            "an alias to b.test, which this server does not resolve",
        ),
        (
            then_tcp(answer(&[("", "A", 60, "192.0.2.1")])),
            Status::Pass,
            "192.0.2.1",
        ),
        (one(&code("NXDOMAIN")), Status::Fail, "NXDOMAIN"),
        (one(&code("NOERROR")), Status::Fail, "NODATA"),
        (
            one(&alias("NXDOMAIN")),
            Status::Fail,
            "NXDOMAIN at the alias target b.test",
        ),
        (
            one(&alias("NOERROR")),
            Status::Fail,
            "(NODATA) at the alias target b.test",
        ),
        (one(&looped), Status::Fail, "aliases in a loop"),
        (
            one(&answer(&[("x.test.", "A", 60, "192.0.2.1")])),
            Status::Fail,
            "a contradictory answer: only records of other names or types",
        ),
        (
            one(&nxdomain_with_record),
            Status::Fail,
            "a contradictory answer: NXDOMAIN together with A records",
        ),
        (
            one(&answer(&[
                alias_to_b,
                alias_to_b,
                ("b.test.", "A", 60, "192.0.2.1"),
            ])),
            Status::Fail,
            "the same CNAME record 2 times at a.test",
        ),
        (
            one(&answer(&[
                alias_to_b,
                ("", "CNAME", 60, "c.test."),
                ("b.test.", "A", 60, "192.0.2.1"),
            ])),
            Status::Fail,
            "2 different CNAME records at a.test",
        ),
        (
            one(&answer(&[
                alias_to_b,
                ("b.test.", "CNAME", 60, "c.test."),
                ("b.test.", "CNAME", 60, "d.test."),
                ("c.test.", "A", 60, "192.0.2.1"),
            ])),
            Status::Fail,
            "2 different CNAME records at b.test",
        ),
        (
            one(&answer(&[alias_to_b, ("", "A", 60, "192.0.2.1")])),
            Status::Fail,
            "a CNAME record beside A records at a.test",
        ),
        (one(&lame("NOERROR")), Status::Error, "lame server"),
        (
            one(&lame("NXDOMAIN")),
            Status::Fail,
            "NXDOMAIN without AA, RA and SOA (lame server)",
        ),
        (one(&code("SERVFAIL")), Status::Fail, "SERVFAIL"),
        (one(&reasons), Status::Fail, "SERVFAIL (9 DNSKEY Missing)"),
        (one(&code("REFUSED")), Status::Error, "REFUSED"),
        (one(&code("FORMERR")), Status::Error, "FORMERR"),
        (one(&referral), Status::Error, "a referral"),
        (one(&truncated), Status::Error, "not observed"),
        (
            then_tcp(refused.clone()),
            Status::Fail,
            "truncated, and over TCP: the connection is refused",
        ),
        (
            then_tcp(malformed.clone()),
            Status::Fail,
            "over TCP: cut short",
        ),
        (
            then_tcp(json!({"kind": "timeout"})),
            Status::Error,
            "no answer",
        ),
        (
            vec![timeout(), timeout()],
            Status::Error,
            "no answer to 2 packets",
        ),
        (one(&refused), Status::Error, "port unreachable"),
        (
            one(&malformed),
            Status::Error,
            "no acceptable answer: cut short",
        ),
        (
            one(&json!({"kind": "network", "text": "no route"})),
            Status::Error,
            "no route",
        ),
        (vec![], Status::Error, "not observed"),
    ];
    for (attempts, status, text) in table {
        let observation = seen(&[("10.0.0.1", attempts.clone())]);
        let judgement = judged(&plain(), &observation);
        let resolves = judgement.finding_about("dns/resolves", "a.test A");
        let observed = resolves.observed.as_deref().unwrap();
        let claim = match status {
            Status::Pass => "a.test A resolves at 10.0.0.1",
            Status::Fail => "a.test A does not resolve at 10.0.0.1",
            _ => "a.test A could not be checked at 10.0.0.1",
        };
        assert_eq!(resolves.claim, claim);
        assert_eq!(resolves.status, status, "{attempts:?}: {observed}");
        assert!(observed.contains(text), "{attempts:?}: {observed}");
        assert_eq!(
            resolves.hint.is_some(),
            status != Status::Pass,
            "{attempts:?}"
        );
        assert_eq!(judgement.status(), status, "{attempts:?}");
    }
}

#[test]
fn an_empty_observation_is_an_error_and_says_why_where_it_is_known() {
    let judgement = judged(&plain(), &Observation::default());
    assert_eq!(judgement.status(), Status::Error);

    let mut observation = Observation::blank(&plain(), None);
    observation.resolvers[0].error = Some("no socket".into());
    let judgement = judged(&plain(), &observation);
    assert_eq!(judgement.status(), Status::Error);
    assert_eq!(
        judgement.said("dns/resolves"),
        (Status::Error, "not observed: no socket (10.0.0.1)")
    );
}

#[test]
fn one_resolver_that_was_not_reached_spoils_the_check_and_is_named() {
    let observation = seen(&[("10.0.0.1", good()), ("10.0.0.2", vec![])]);
    let judgement = judged(&pair(""), &observation);
    assert_eq!(judgement.status(), Status::Error);
    let resolves = judgement.finding_about("dns/resolves", "a.test A");
    assert_eq!(resolves.claim, "a.test A could not be checked at 10.0.0.2");
    insta::assert_snapshot!(
        resolves.observed.as_deref().unwrap(),
        @"192.0.2.1 (10.0.0.1); not observed (10.0.0.2)"
    );
    assert_eq!(judgement.finding("dns/same-answer").status, Status::Error);
}

#[test]
fn expected_answers_are_sets_by_type() {
    let table = [
        ("'A'", "a.test = ['192.0.2.1']", Status::Pass),
        ("'A'", "'A.Test.' = ['192.0.2.1']", Status::Pass),
        ("'A'", "a.test = ['192.0.2.2']", Status::Fail),
        ("'A'", "a.test = ['192.0.2.1', '192.0.2.2']", Status::Fail),
        ("'A'", "a.test = ['192.0.2.1', '192.0.2.1']", Status::Pass),
        (
            "'A'",
            "a.test = { any-of = ['192.0.2.1', '192.0.2.2'] }",
            Status::Pass,
        ),
        (
            "'A'",
            "a.test = { any-of = ['192.0.2.2', '192.0.2.3'] }",
            Status::Fail,
        ),
        ("'A'", "a.test = ['b.test.', '192.0.2.1']", Status::Fail),
    ];
    for (types, expect, status) in table {
        let expect = expect.replace("a.test =", "'a.test' =");
        let settings = settings(&format!(
            "names = ['a.test']\ntypes = [{types}]\nresolvers = ['10.0.0.1']\nexpect = {{ {expect} }}"
        ));
        assert_eq!(Dns::review(&settings), [], "{expect}");
        let judgement = judged(&settings, &seen(&[("10.0.0.1", good())]));
        assert_eq!(judgement.status(), status, "{expect}");
    }
}

/// The finding on `a.test` of a type, where A and AAAA are answered like this by one server.
fn both_types(expect: &str, a: &Value, aaaa: &Value, kind: &str) -> crate::model::Finding {
    let settings = settings(&format!(
        "names = ['a.test']\ntypes = ['A', 'AAAA']\nresolvers = ['10.0.0.1']\n{expect}"
    ));
    assert_eq!(Dns::review(&settings), [], "{expect}");
    let exchange = |kind: &str, outcome: &Value| {
        json!({"name": "a.test", "type": kind, "resolver": "10.0.0.1",
               "attempts": [attempt(0, 1, outcome.clone())]})
    };
    let exchanges = json!([exchange("A", a), exchange("AAAA", aaaa)]);
    let seen = json!({"exchanges": exchanges, "resolvers": []});
    let judgement = judged(&settings, &serde_json::from_value(seen).unwrap());
    let subject = format!("a.test {kind}");
    judgement.finding_about("dns/resolves", &subject).clone()
}

#[test]
fn aliases_may_be_expected_beside_addresses() {
    let a = answer(&[
        ("", "CNAME", 60, "B.test."),
        ("b.test.", "A", 60, "192.0.2.1"),
    ]);
    let aaaa = answer(&[
        ("", "CNAME", 60, "b.test."),
        ("b.test.", "AAAA", 60, "2001:db8::1"),
    ]);
    for (values, kind, status) in [
        ("'b.test.', '192.0.2.1'", "A", Status::Pass),
        ("'b.test.', '192.0.2.1'", "AAAA", Status::Pass), // no address of its family is expected
        ("'c.test.', '192.0.2.1'", "A", Status::Fail),
        ("'b.test.', '192.0.2.2'", "A", Status::Fail),
        ("'b.test.'", "A", Status::Pass),
    ] {
        let expect = format!("expect = {{ 'a.test' = [{values}] }}");
        assert_eq!(
            both_types(&expect, &a, &aaaa, kind).status,
            status,
            "{values} {kind}"
        );
    }
}

#[test]
fn nxdomain_for_one_type_of_a_name_is_the_servers_fault() {
    let a = answer(&[("", "A", 60, "192.0.2.1")]);
    let finding = both_types("", &a, &code("NXDOMAIN"), "AAAA");
    assert_eq!(finding.status, Status::Fail);
    let hint = finding.hint.unwrap();
    assert!(hint.contains("must say NODATA"), "{hint}");
    let hint = both_types("", &code("NXDOMAIN"), &code("NXDOMAIN"), "AAAA")
        .hint
        .unwrap();
    assert!(hint.starts_with("Create the name"), "{hint}");
}

#[test]
fn balancers_that_give_different_addresses_do_not_disagree() {
    let any = "expect = { 'a.test' = { any-of = ['192.0.2.1', '192.0.2.2'] } }";
    let other = vec![attempt(0, 1, answer(&[("", "A", 60, "192.0.2.2")]))];
    let judgement = judged(
        &pair(any),
        &seen(&[("10.0.0.1", good()), ("10.0.0.2", other)]),
    );
    assert_eq!(
        judgement.status(),
        Status::Pass,
        "{:#?}",
        judgement.findings
    );
    assert!(judgement.found("dns/same-answer").is_empty());
    let json = serde_json::to_value(pair(any)).unwrap();
    assert_eq!(
        json["expect"]["a.test"],
        json!({"any-of": ["192.0.2.1", "192.0.2.2"]})
    );
    serde_json::from_value::<Settings>(json).unwrap();
}

#[test]
fn a_wrong_answer_names_what_is_missing_and_what_is_too_much() {
    let settings = settings(
        "names = ['a.test']\nresolvers = ['10.0.0.1']\nexpect = { 'a.test' = ['192.0.2.2', '192.0.2.3'] }",
    );
    let two = answer(&[("", "A", 60, "192.0.2.1"), ("", "A", 60, "192.0.2.2")]);
    let judgement = judged(&settings, &seen(&[("10.0.0.1", vec![attempt(0, 1, two)])]));
    let resolves = judgement.finding_about("dns/resolves", "a.test A");
    assert_eq!(
        resolves.claim,
        "a.test A has unexpected records at 10.0.0.1"
    );
    let said = |text: &Option<String>| text.clone().unwrap();
    assert_eq!(said(&resolves.expected), "192.0.2.2, 192.0.2.3");
    assert_eq!(said(&resolves.observed), "192.0.2.1, 192.0.2.2 (10.0.0.1)");
    insta::assert_snapshot!(
        said(&resolves.hint),
        @"Fix the zone or `expect` (missing: 192.0.2.3; not expected: 192.0.2.1)."
    );
}

#[test]
fn data_is_compared_as_its_type_wants_it() {
    let table = [
        ("AAAA", "2001:db8::1", "2001:0DB8:0::1", true),
        ("CNAME", "lb.example.com.", "LB.example.com", true),
        ("MX", "10 mail.example.com.", "10 MAIL.example.com", true),
        ("MX", "10 mail.example.com.", "20 mail.example.com", false),
        ("TXT", "v=spf1 -all", "\"v=spf1 -all\"", true),
        ("TXT", "Token", "token", false),
        (
            "SRV",
            "0 5 443 a.example.com.",
            "0  5 443 a.example.com",
            true,
        ),
        ("CAA", "0 issue \"ca.example\"", "0 ISSUE ca.example", true),
        ("HTTPS", "1 . alpn=h2,h3", "1 . alpn=\"h2,h3\"", true),
        ("NS", "ns1.example.com.", "ns2.example.com.", false),
    ];
    for (kind, seen, wanted, same) in table {
        let kind = serde_json::from_value(json!(kind)).unwrap();
        let (seen, wanted) = (
            reading::canonical(kind, seen),
            reading::canonical_expected(kind, wanted),
        );
        assert_eq!(seen == wanted, same, "{kind}: {seen:?} {wanted:?}");
    }
}

#[test]
fn resolvers_that_disagree_fail_unless_they_may() {
    let other = vec![attempt(0, 10_000, answer(&[("", "A", 60, "192.0.2.9")]))];
    let observation = seen(&[("10.0.0.1", good()), ("10.0.0.2", other)]);
    let judgement = judged(&pair(""), &observation);
    let same = judgement.finding_about("dns/same-answer", "a.test A");
    assert_eq!(same.status, Status::Fail);
    let observed = same.observed.as_deref();
    assert_eq!(observed, Some("192.0.2.1 (10.0.0.1); 192.0.2.9 (10.0.0.2)"));
    let judgement = judged(&pair("same-answer = false"), &observation);
    assert_eq!(judgement.status(), Status::Pass);

    let order = answer(&[("", "A", 60, "192.0.2.2"), ("", "A", 30, "192.0.2.1")]);
    let turned = answer(&[("", "A", 9, "192.0.2.1"), ("", "A", 9, "192.0.2.2")]);
    let alike = seen(&[
        ("10.0.0.1", vec![attempt(0, 1, order)]),
        ("10.0.0.2", vec![attempt(0, 1, turned)]),
    ]);
    assert_eq!(judged(&pair(""), &alike).status(), Status::Pass);
}

#[test]
fn ttl_bounds_hold_for_aliases_too_and_caches_prove_no_lower_bound() {
    let chain = |aa: bool| {
        let mut reply = answer(&[
            ("", "CNAME", 300, "b.test."),
            ("b.test.", "A", 20, "192.0.2.1"),
        ]);
        reply["aa"] = aa.into();
        reply
    };
    let table = [
        ("ttl-max = '60s'", chain(true), Status::Fail),
        ("ttl-max = '60s'", chain(false), Status::Fail),
        ("ttl-max = '300s'", chain(true), Status::Pass),
        ("ttl-min = '30s'", chain(true), Status::Fail),
        ("ttl-min = '30s'", chain(false), Status::Error),
        ("ttl-min = '20s'", chain(false), Status::Pass),
        ("ttl-max = '60s'", code("NXDOMAIN"), Status::Error),
    ];
    for (bound, reply, status) in table {
        let settings = settings(&format!(
            "names = ['a.test']\nresolvers = ['10.0.0.1']\n{bound}"
        ));
        let observation = seen(&[("10.0.0.1", vec![attempt(0, 1, reply.clone())])]);
        let judgement = judged(&settings, &observation);
        let rule = format!("dns/{}", &bound[..7]);
        let finding = judgement.finding(&rule);
        assert_eq!(finding.status, status, "{bound} {reply}");
    }
    let mut hosts = good();
    hosts[0]["transport"] = "hosts".into();
    let settings = settings("names = ['a.test']\nresolvers = ['10.0.0.1']\nttl-max = '90s'");
    let judgement = judged(&settings, &seen(&[("10.0.0.1", hosts)]));
    assert_eq!(
        judgement.said("dns/ttl-max"),
        (Status::Error, "no TTL was seen")
    );
}

#[test]
fn the_time_to_the_answer_counts_from_the_first_packet() {
    let limited = pair("latency-max = '50ms'");
    let fast = seen(&[("10.0.0.1", good()), ("10.0.0.2", good())]);
    let judgement = judged(&limited, &fast);
    let latency = judgement.finding_about("dns/latency", "all resolvers");
    assert_eq!(latency.status, Status::Pass);

    let late = attempt(3_000_000, 1_000, answer(&[("", "A", 60, "192.0.2.1")]));
    let slow = seen(&[("10.0.0.1", good()), ("10.0.0.2", vec![timeout(), late])]);
    let judgement = judged(&limited, &slow);
    let latency = judgement.finding_about("dns/latency", "10.0.0.2");
    assert_eq!(latency.status, Status::Fail);
    assert_eq!(
        latency.claim,
        "10.0.0.2 took longer than 50 ms for 1 of 1 answers"
    );
    assert_eq!(
        latency.observed.as_deref(),
        Some("the slowest 3001.0 ms for a.test A")
    );

    let hair = attempt(0, 50_010, answer(&[("", "A", 60, "192.0.2.1")]));
    let slow = seen(&[("10.0.0.1", good()), ("10.0.0.2", vec![hair])]);
    let judgement = judged(&limited, &slow);
    assert_eq!(
        judgement.said("dns/latency"),
        (Status::Fail, "the slowest 50.010 ms for a.test A"),
        "rounding never contradicts the status"
    );

    let silent = seen(&[("10.0.0.1", good()), ("10.0.0.2", vec![timeout()])]);
    let judgement = judged(&limited, &silent);
    let latency = judgement.finding_about("dns/latency", "10.0.0.2");
    assert_eq!(latency.status, Status::Error);
}

#[test]
fn a_retry_does_not_hide_a_lost_packet() {
    let late = attempt(3_000_000, 1_000, answer(&[("", "A", 60, "192.0.2.1")]));
    let observation = seen(&[("10.0.0.1", vec![timeout(), late])]);
    let judgement = judged(&plain(), &observation);
    assert_eq!(judgement.status(), Status::Warn);
    assert_eq!(
        judgement.said("dns/packet-loss"),
        (Status::Warn, "1 of 2 lost at 10.0.0.1")
    );
    let lost = judgement
        .measures
        .iter()
        .find(|measure| measure.name == "dns_packets_lost");
    assert_eq!(lost.unwrap().value, 1.0);
}

#[test]
fn losses_of_every_phase_count_and_a_closed_port_is_never_none_lost() {
    let phase = |phase: &str, numbers: [u64; 4]| {
        let [sent, answered, lost, closed] = numbers;
        json!({"server": "10.0.0.1", "phase": phase, "transport": "udp", "sent": sent,
               "answered": answered, "lost": lost, "closed": closed})
    };
    let table = [
        (
            phase("absent", [12, 12, 0, 0]),
            Status::Pass,
            "13 packets, none lost",
        ),
        (
            phase("absent", [12, 7, 5, 0]),
            Status::Warn,
            "5 of 13 lost at 10.0.0.1",
        ),
        (
            phase("source", [3, 0, 0, 3]),
            Status::Warn,
            "3 of 4 met a closed port at 10.0.0.1",
        ),
        // Cut off at the deadline.
        (
            phase("signatures", [3, 1, 0, 0]),
            Status::Warn,
            "2 of 4 still open at the end of the check at 10.0.0.1",
        ),
        // A refused connection took no question.
        (
            phase("source", [0, 0, 0, 1]),
            Status::Warn,
            "1 of 2 met a closed port at 10.0.0.1",
        ),
    ];
    for (other, status, text) in table {
        let mut observation = seen(&[("10.0.0.1", good())]);
        let other = serde_json::from_value(other).unwrap();
        observation.traffic.push(other);
        let judgement = judged(&plain(), &observation);
        assert_eq!(judgement.said("dns/packet-loss"), (status, text));
    }
}

#[test]
fn a_server_that_answers_only_without_edns_is_named() {
    let plainly = |mut attempt: Value| {
        attempt["transport"] = "plain".into();
        attempt
    };
    let good = || attempt(20_000, 10_000, answer(&[("", "A", 60, "192.0.2.1")]));
    let refused = |rcode: &str| attempt(0, 10_000, code(rcode));
    let table = [
        (
            vec![refused("FORMERR"), plainly(good())],
            Some("FORMERR with EDNS, and answers to 1 question without it"),
        ),
        (
            vec![timeout(), timeout(), plainly(good())],
            Some("no answer with EDNS, and answers to 1 question without it"),
        ),
        // Over a connection the attempts tell.
        (
            vec![refused("NOTIMP"), good()],
            Some("NOTIMP with EDNS, and answers to 1 question without it"),
        ),
        (vec![refused("FORMERR"), plainly(refused("FORMERR"))], None),
        (vec![timeout(), plainly(timeout())], None),
        (vec![timeout(), good()], None),
    ];
    for (attempts, text) in table {
        let judgement = judged(&plain(), &seen(&[("10.0.0.1", attempts.clone())]));
        let found = judgement.found("dns/edns");
        let said = found
            .first()
            .map(|finding| finding.observed.as_deref().unwrap());
        assert_eq!(said, text, "{attempts:?}");
        assert!(found.iter().all(|finding| finding.status == Status::Warn));
    }
}

#[test]
fn packets_nobody_asked_for_are_a_warning() {
    let mut observation = seen(&[("10.0.0.1", good())]);
    let strays = [(crate::instrument::dns::Stray::WrongQuestion, 3)];
    observation.traffic[0].count.strays = strays.into();
    let judgement = judged(&plain(), &observation);
    assert_eq!(judgement.status(), Status::Warn);
    assert_eq!(
        judgement.said("dns/stray-packets"),
        (Status::Warn, "3 to another question from 10.0.0.1")
    );
}

#[test]
fn a_second_different_answer_fails_unless_answers_may_differ() {
    let table = [("", Status::Fail), ("same-answer = false", Status::Warn)];
    for (more, status) in table {
        let settings = settings(&format!(
            "names = ['a.test']\nresolvers = ['10.0.0.1']\n{more}"
        ));
        let mut observation = seen(&[("10.0.0.1", good())]);
        let strays = [(crate::instrument::dns::Stray::Different, 2)];
        observation.traffic[0].count.strays = strays.into();
        let judgement = judged(&settings, &observation);
        assert_eq!(
            judgement.said("dns/second-answer"),
            (status, "2 second answers from 10.0.0.1")
        );
        assert!(judgement.found("dns/stray-packets").is_empty());
    }
}

#[test]
fn an_answer_that_proves_nothing_clears_no_name_and_no_address() {
    let settings = settings(
        "names = ['a.test']\nresolvers = ['10.0.0.1']\ngone = ['192.0.2.9']\nabsent = ['b.test']",
    );
    let lame = |rcode: &str| json!({"kind": "answer", "rcode": rcode});
    let alias = |rcode: &str, ra: bool| {
        let mut reply = answer(&[("", "CNAME", 60, "none.example.")]);
        reply["rcode"] = rcode.into();
        reply["ra"] = ra.into();
        reply
    };
    let below_dname = |rcode: &str| {
        let mut reply = answer(&[
            ("test.", "DNAME", 60, "example."),
            ("", "CNAME", 60, "b.example."),
        ]);
        reply["rcode"] = rcode.into();
        reply
    };
    let mut contradiction = answer(&[("", "A", 60, "192.0.2.1")]);
    contradiction["rcode"] = "NXDOMAIN".into();
    let table = [
        (lame("NOERROR"), Status::Error, Status::Error),
        (lame("NXDOMAIN"), Status::Error, Status::Error),
        (contradiction, Status::Error, Status::Error),
        (code("NOERROR"), Status::Pass, Status::Fail),
        (code("NXDOMAIN"), Status::Pass, Status::Pass),
        // Whoever registers the target of an alias that is left over answers for the name.
        (alias("NXDOMAIN", true), Status::Pass, Status::Fail),
        (alias("NOERROR", true), Status::Pass, Status::Fail),
        // What an authority does not look up it does not know.
        (alias("NOERROR", false), Status::Error, Status::Fail),
        (below_dname("NXDOMAIN"), Status::Pass, Status::Pass),
        (below_dname("NOERROR"), Status::Error, Status::Error),
    ];
    for (outcome, gone, absent) in table {
        let one = |name: &str| {
            json!({"name": name, "type": "A", "resolver": "10.0.0.1",
                   "attempts": [attempt(0, 10_000, outcome.clone())]})
        };
        let seen = json!({"exchanges": [one("a.test")], "resolvers": [],
                          "absences": [{"exchange": one("b.test")}]});
        let judgement = judged(&settings, &serde_json::from_value(seen).unwrap());
        assert_eq!(
            judgement.finding("dns/gone-address").status,
            gone,
            "{outcome}"
        );
        assert_eq!(
            judgement.finding("dns/absent-name").status,
            absent,
            "{outcome}"
        );
    }
}

#[test]
fn measures_and_exhibits_show_every_answer() {
    let observation = seen(&[("10.0.0.1", good()), ("10.0.0.2", vec![timeout()])]);
    let judgement = judged(&pair("latency-max = '50ms'"), &observation);
    let [
        Exhibit::Table { columns, rows, .. },
        Exhibit::Bars {
            unit, bars, limit, ..
        },
        Exhibit::Table { rows: packets, .. },
    ] = judgement.exhibits.as_slice()
    else {
        panic!("{:?}", judgement.exhibits);
    };
    assert_eq!(columns.join("|"), "Name|Type|Resolver|Answer|TTL|Time");
    let rows: Vec<_> = rows
        .iter()
        .map(|row| crate::model::cell::line(row, "|"))
        .collect();
    assert_eq!(
        rows,
        [
            "a.test|A|10.0.0.1|192.0.2.1|60 s|10 ms",
            "a.test|A|10.0.0.2|no answer to 1 packet||",
        ]
    );
    let packets = packets.iter();
    let packets: Vec<_> = packets
        .map(|row| crate::model::cell::line(row, "|"))
        .collect();
    assert_eq!(
        packets,
        [
            "10.0.0.1|names|UDP|1|1|0|0|0|0",
            "10.0.0.2|names|UDP|1|0|1|0|0|0",
        ]
    );
    assert_eq!((unit.as_str(), *limit), ("ms", Some(50.0)));
    assert_eq!((bars.len(), bars[0].value), (1, 10.0));

    let measures = judgement.measures.iter();
    let measures: Vec<_> = measures
        .map(|measure| format!("{} {:?} {}", measure.name, measure.labels, measure.value))
        .collect();
    insta::assert_snapshot!(measures.join("\n"), @r#"
    dns_query_duration_seconds {"domain": "a.test", "round": "1", "server": "10.0.0.1", "type": "A"} 0.01
    dns_queries {"round": "1", "server": "10.0.0.1"} 1
    dns_queries_without_answer {"round": "1", "server": "10.0.0.1"} 0
    dns_packets_sent {"round": "1", "server": "10.0.0.1"} 1
    dns_packets_lost {"round": "1", "server": "10.0.0.1"} 0
    dns_queries {"round": "1", "server": "10.0.0.2"} 1
    dns_queries_without_answer {"round": "1", "server": "10.0.0.2"} 1
    dns_packets_sent {"round": "1", "server": "10.0.0.2"} 1
    dns_packets_lost {"round": "1", "server": "10.0.0.2"} 1
    "#);
}

#[test]
fn settings_that_cannot_be_meant_are_refused_with_a_reason() {
    let table = [
        ("names = []", "at least one"),
        ("absent = ['a.test']\nwarm.rounds = 2", "needs `names`"),
        (
            "absent-under = ['test']\nlatency-max = '1s'",
            "needs `names`",
        ),
        ("names = ['a.test', 'A.test.']", "twice"),
        ("names = ['a.test']\ntypes = []", "at least one"),
        (
            "names = ['a.test']\nresolvers = ['10.0.0.1', '10.0.0.1:53']",
            "twice",
        ),
        ("names = ['a.test']\nquery = { tries = 0 }", "1 to 10"),
        (
            "names = ['a.test']\nquery = { in-flight = 0 }",
            "1 to 16384",
        ),
        (
            "names = ['a.test']\nquery = { qps = 0 }",
            "packets per second",
        ),
        ("names = ['a.test']\nwarm = { rounds = 1 }", "2 to 10"),
        ("names = ['a.test']\nwarm = { rounds = 11 }", "2 to 10"),
        (
            "names = ['a.test']\nauthoritative = { port = 0 }",
            "1 to 65535",
        ),
        (
            "names = ['a.test']\nreachable = { ports = [] }",
            "1 to 65535 ports",
        ),
        (
            "names = ['a.test']\nttl-min = '2m'\nttl-max = '1m'",
            "longer",
        ),
        (
            "names = ['a.test']\nexpect = { 'b.test' = ['192.0.2.1'] }",
            "not among the names",
        ),
        (
            "names = ['a.test']\nexpect = { 'a.test' = [] }",
            "nothing is expected",
        ),
        (
            "names = ['a.test']\nexpect = { 'a.test' = ['10.0.0.300'] }",
            "cannot be an answer",
        ),
        (
            "names = ['a.test']\nexpect = { 'a.test' = ['2001:db8::1'] }",
            "cannot be an answer",
        ),
        ("names = ['a.test']\ndual-stack = true", "both A and AAAA"),
        (
            "names = ['a.test']\ntypes = ['MX']\nreachable = { ports = ['443/tcp'] }",
            "needs A or AAAA",
        ),
        (
            "names = ['a.test']\ngone = ['2001:db8::9']",
            "when AAAA is asked for",
        ),
        (
            "names = ['a.test']\ngone = ['192.0.2.1']\nexpect = { 'a.test' = ['192.0.2.1'] }",
            "also expected",
        ),
        ("absent = ['b.test']\nnames = ['a.test', 'a.test']", "twice"),
        (
            "names = ['a.test']\nabsent = ['A.test.']",
            "also among the `names`",
        ),
        (
            "names = ['a.test']\ntypes = ['MX', 'TXT']\nexpect = { 'a.test' = ['x'] }",
            "it is not clear which",
        ),
    ];
    for (toml, problem) in table {
        let complaints = Dns::review(&settings(toml));
        let [complaint] = complaints.as_slice() else {
            panic!("{toml}: {complaints:?}");
        };
        assert!(complaint.problem.contains(problem), "{toml}: {complaint:?}");
    }
}

#[test]
fn what_cannot_be_read_says_what_was_expected() {
    let long = format!("names = ['{}.test']", "a".repeat(64));
    let longer = format!("names = ['{}test']", "abcdefg.".repeat(32));
    let table = [
        ("names = ['']", "a domain name, such as"),
        ("names = ['a..test']", "nothing stands between two dots"),
        (&*long, "longer than 63 bytes"),
        (&*longer, "longer than 255 bytes"),
        ("names = ['a b.test']", "a name has no ' ' in it"),
        ("names = ['a.test:53']", "a name has no ':' in it"),
        ("names = ['https://a.test/b']", "this is a URL"),
        ("names = ['xn--a-.\u{378}.test']", "no ASCII form"),
        (
            "names = ['a.test']\nresolvers = ['dns.example']",
            "\"system\", a server's address",
        ),
        (
            "names = ['a.test']\nresolvers = ['tls://10.0.0.1:x']",
            "the port is not between 1 and 65535; expected \"system\", a server's address",
        ),
        (
            "names = ['a.test']\nresolvers = ['10.0.0.1:0']",
            "\"system\", a server's address",
        ),
        (
            "names = ['a.test']\ntypes = ['AAA']",
            "unknown variant `AAA`",
        ),
        ("names = ['a.test']\nttl = '1m'", "unknown field `ttl`"),
        (
            "names = ['a.test']\nexpect = { 'a.test' = '192.0.2.1' }",
            "expected a list of records, or { any-of = [...] }",
        ),
        (
            "names = ['a.test']\nexpect = { 'a.test' = { one-of = [] } }",
            "unknown field `one-of`, expected `any-of`",
        ),
        (
            "names = ['a.test']\nreachable = { ports = ['443'] }",
            "such as \"443/tcp\"",
        ),
        (
            "names = ['a.test']\nreachable = { ports = ['0/tcp'] }",
            "such as \"443/tcp\"",
        ),
        (
            "names = ['a.test']\nreachable = '443/tcp'",
            "expected a table such as { ports = [\"443/tcp\"] }",
        ),
        (
            "names = ['a.test']\ndnssec = 'require'",
            "expected a table such as { policy = \"require\" }",
        ),
        (
            "names = ['a.test']\nauthoritative = true",
            "expected a table such as { servers = [\"10.0.0.53\"] }",
        ),
    ];
    for (toml, problem) in table {
        let error = toml::from_str::<Settings>(toml).unwrap_err().to_string();
        assert!(error.contains(problem), "{toml}: {error}");
    }
}

#[test]
fn resolvers_and_names_are_written_back_so_that_they_read_the_same() {
    let settings = settings(
        "names = ['例え.テスト', '_sip._udp.example.com', '.']\n\
         resolvers = ['system', '10.0.0.1:53', '10.0.0.1:54', '2001:db8::1', '[2001:db8::1]:54', \
         'tcp://10.0.0.1:53', 'tls://DNS.test:54']",
    );
    let json = serde_json::to_value(&settings).unwrap();
    assert_eq!(
        json["resolvers"],
        json!([
            "system",
            "10.0.0.1",
            "10.0.0.1:54",
            "2001:db8::1",
            "[2001:db8::1]:54",
            "tcp://10.0.0.1",
            "tls://dns.test:54"
        ])
    );
    let again: Settings = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(again).unwrap(), json);
}

#[test]
fn a_plan_names_every_resolver_and_the_load() {
    let plan = Dns::plan(&settings(
        "names = ['a.test', 'b.test']\nresolvers = ['system', '[::1]:5353']",
    ));
    assert_eq!(
        plan.targets,
        [
            Reach::NotKnownYet("the system's resolver".into()),
            Reach::host("::1", "udp", 5353)
        ]
    );
    assert_eq!(
        plan.load,
        "4 queries, 8 packets at most, and what getaddrinfo asks the system's resolver for each name, \
         1000 a second at a server"
    );
    assert_eq!(plan.touch, Touch::Read);
}

#[test]
fn an_observation_of_another_format_is_refused() {
    let settings = serde_json::value::to_raw_value(&plain()).unwrap();
    let seen = serde_json::value::to_raw_value(&json!({"format": 2})).unwrap();
    assert!(crate::model::AnyModule::judge(&Dns, &settings, &seen, &FACTS).is_err());
}

/// The observation in which every of so many names was answered, but for every `nth`.
fn list(count: usize, nth: usize) -> Observation {
    let exchange = |(number, resolver): (usize, &str)| {
        let outcome = match number % nth {
            0 if number % 2 == 0 => code("NXDOMAIN"),
            0 => json!({"kind": "timeout"}),
            _ => answer(&[("", "A", 600, "192.0.2.1")]),
        };
        json!({"name": format!("n{number}.test"), "type": "A", "resolver": resolver,
               "attempts": [attempt(0, 10_000, outcome)]})
    };
    let names: Vec<_> = (1..=count)
        .map(|number| format!("n{number}.test"))
        .collect();
    let resolvers = ["10.0.0.1", "10.0.0.2"].into_iter();
    let exchanges = resolvers.flat_map(|resolver| (1..=count).map(move |n| (n, resolver)));
    serde_json::from_value(json!({
        "exchanges": exchanges.map(exchange).collect::<Vec<_>>(), "resolvers": [],
        "listed": {"sha256": "", "count": count, "names": names},
    }))
    .unwrap()
}

fn listing(more: &str) -> Settings {
    let resolvers = "resolvers = ['10.0.0.1', '10.0.0.2']";
    settings(&format!("names-file = 'names.txt'\n{resolvers}\n{more}"))
}

#[test]
fn a_long_list_that_resolves_is_one_finding() {
    let judgement = judged(&listing(""), &list(2000, 9999));
    let all = judgement.finding("dns/resolves");
    assert_eq!(all.status, Status::Pass);
    assert_eq!(
        all.claim,
        "All 2000 questions are answered at both resolvers"
    );
    assert_eq!(judgement.status(), Status::Pass);
    assert!(judgement.findings.len() < 5, "{:#?}", judgement.findings);
    // Of 4,000 times there are quantiles.
    let times = judgement.measures.iter();
    let times = times.filter(|measure| measure.name == "dns_query_duration_seconds");
    let labels: Vec<_> = times
        .map(|measure| format!("{:?}", measure.labels))
        .collect();
    assert_eq!(labels.len(), 8, "{labels:#?}");
    assert_eq!(
        labels[1],
        r#"{"quantile": "0.95", "round": "1", "server": "10.0.0.1"}"#
    );
}

#[test]
fn of_a_long_list_the_worst_are_named_and_all_are_counted() {
    let judgement = judged(&listing("ttl-max = '60s'"), &list(2000, 10));
    let all = judgement.finding_about("dns/resolves", "all names");
    assert_eq!(all.status, Status::Fail);
    assert_eq!(
        all.claim,
        "200 of 2000 questions are not answered as they should be"
    );
    assert_eq!(all.observed.as_deref(), Some("200 NXDOMAIN"));
    let worst = judgement.finding_about("dns/resolves", "n10.test A");
    assert_eq!(worst.claim, "n10.test A does not resolve at both resolvers");
    let ttls = judgement.finding_about("dns/ttl-max", "all names");
    assert_eq!(ttls.claim, "1800 of 2000 questions have a TTL above 1 min");
    assert!(judgement.findings.len() < 60, "{:#?}", judgement.findings);
}

#[test]
fn expectations_of_names_that_no_list_holds_are_an_error() {
    let settings = listing("expect = { 'n1.test' = ['192.0.2.1'], 'other.test' = ['192.0.2.1'] }");
    let judgement = judged(&settings, &list(3, 9));
    assert_eq!(
        judgement.said("dns/expectation-asked"),
        (Status::Error, "not listed: other.test")
    );
}

#[test]
fn an_address_of_this_machine_is_remarked_on_and_proves_nothing_where_it_is_connected_to() {
    let connection = json!({"address": "192.0.2.1:443", "duration_us": 5});
    for (more, usable, reachable) in [
        ("", Status::Pass, None),
        (
            "reachable.ports = ['443/tcp']",
            Status::Warn,
            Some(Status::Warn),
        ),
        (
            "reachable.ports = ['443/tcp']\nexpect = { 'a.test' = ['192.0.2.1'] }",
            Status::Pass,
            Some(Status::Pass),
        ),
    ] {
        let settings = settings(&format!(
            "names = ['a.test']\nresolvers = ['10.0.0.1']\n{more}"
        ));
        let mut observation = seen(&[("10.0.0.1", good())]);
        observation.own.insert("192.0.2.1".parse().unwrap());
        observation.connections = vec![serde_json::from_value(connection.clone()).unwrap()];
        let judgement = judged(&settings, &observation);
        let status = |rule: &str| Some(judgement.found(rule).first()?.status);
        assert_eq!(status("dns/reachable"), reachable, "{more}");
        match more.contains("expect") {
            true => assert_eq!(status("dns/usable-address"), None),
            false => assert_eq!(status("dns/usable-address"), Some(usable), "{more}"),
        }
    }
}

#[test]
fn a_loopback_address_is_for_clients_of_a_resolver_on_this_machine_only() {
    for (resolver, usable) in [
        ("10.0.0.1", Status::Warn),
        ("127.0.0.1", Status::Warn), // the way to everyone's resolvers
        ("127.0.0.1:5353", Status::Pass),
        ("tls://127.0.0.1:5853", Status::Pass),
    ] {
        let settings = settings(&format!(
            "names = ['a.test']\nresolvers = ['{resolver}']\nreachable.ports = ['443/tcp']"
        ));
        let loopback = vec![attempt(0, 10_000, answer(&[("", "A", 60, "127.0.0.1")]))];
        let mut observation = seen(&[(resolver, loopback)]);
        let connection = json!({"address": "127.0.0.1:443", "duration_us": 5});
        observation.connections = vec![serde_json::from_value(connection).unwrap()];
        let judgement = judged(&settings, &observation);
        let status = |rule: &str| judgement.found(rule)[0].status;
        assert_eq!(status("dns/usable-address"), usable, "{resolver}");
        assert_eq!(status("dns/reachable"), usable, "{resolver}");
    }
}
