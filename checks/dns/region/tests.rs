//! Regions by table: what an answer with and without a scope proves, and what cannot be meant.

use serde_json::{Value, json};

use crate::checks::dns::Dns;
use crate::checks::dns::observation::Observation;
use crate::checks::dns::settings::Settings;
use crate::fixtures::judged::Judged as _;
use crate::model::{Exhibit, Judgement, LaunchFacts, Module as _, Status};

const FACTS: LaunchFacts =
    LaunchFacts::timed(jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::UNIX_EPOCH);

fn settings(more: &str) -> Settings {
    let text = format!("names = ['a.test']\nresolvers = ['system', '10.0.0.1']\n{more}");
    toml::from_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

const EAST: &str =
    "[[region]]\nname = 'east'\nsubnet = '198.51.100.0/24'\nexpect = ['192.0.2.10', '192.0.2.11']";

/// What the resolver said about `a.test A` for the region.
fn seen(outcome: Value) -> Observation {
    let attempt =
        json!({"transport": "udp", "start_us": 0, "duration_us": 1000, "outcome": outcome});
    let exchange =
        json!({"name": "a.test", "type": "A", "resolver": "10.0.0.1", "attempts": [attempt]});
    let regional = json!({"region": "east", "subnet": "198.51.100.0/24", "exchange": exchange});
    serde_json::from_value(json!({"exchanges": [], "resolvers": [], "regions": [regional]}))
        .unwrap()
}

fn answer(addresses: &[&str], aa: bool, scope: Option<u8>) -> Value {
    let records: Vec<_> = addresses
        .iter()
        .map(|data| json!({"type": "A", "ttl": 60, "data": data}))
        .collect();
    json!({"kind": "answer", "rcode": "NOERROR", "aa": aa, "records": records, "scope": scope})
}

fn judged(observation: &Observation) -> Judgement {
    Dns::judge(&settings(EAST), observation, &FACTS)
}

#[test]
fn only_an_answer_that_was_made_for_the_region_proves_something() {
    let right = ["192.0.2.11", "192.0.2.10"];
    let wrong = ["192.0.2.1"];
    let code = |code: &str, scope: Option<u8>| json!({"kind": "answer", "rcode": code, "ra": true, "scope": scope});
    let ignores = "could not be determined: resolver ignores client subnet";
    let table = [
        (answer(&right, false, Some(24)), Status::Pass, "all of 1"),
        (answer(&right, false, Some(16)), Status::Pass, "all of 1"),
        (
            answer(&right, false, Some(26)),
            Status::Warn,
            "a /26 in 198.51.100.0/24 alone",
        ),
        (
            answer(&wrong, false, Some(26)),
            Status::Fail,
            "192.0.2.1 for a /26",
        ),
        (
            answer(&wrong, false, Some(24)),
            Status::Fail,
            "192.0.2.1 for 198.51.100.0/24 (scope 24)",
        ),
        (
            answer(&right[..1], false, Some(24)),
            Status::Fail,
            "192.0.2.11 for",
        ),
        // Right by luck, or wrong because it was never told: neither proves anything.
        (answer(&right, false, None), Status::Error, ignores),
        (answer(&wrong, false, None), Status::Error, ignores),
        (answer(&right, true, None), Status::Error, ignores),
        (answer(&right, false, Some(0)), Status::Error, ignores),
        (answer(&wrong, false, Some(0)), Status::Error, "scope 0"),
        // The zone's own server says that it is the answer for everyone.
        (answer(&right, true, Some(0)), Status::Pass, "all of 1"),
        (
            answer(&wrong, true, Some(0)),
            Status::Fail,
            "for every network (scope 0)",
        ),
        (code("NOERROR", Some(24)), Status::Fail, "NODATA"),
        (code("NOERROR", Some(0)), Status::Error, ignores),
        (code("NOERROR", None), Status::Error, ignores),
        (code("NXDOMAIN", None), Status::Fail, "NXDOMAIN"),
        (code("FORMERR", None), Status::Error, "FORMERR"),
        (code("REFUSED", Some(0)), Status::Error, "REFUSED"),
        (json!({"kind": "timeout"}), Status::Error, "no answer"),
    ];
    for (outcome, status, text) in table {
        let judgement = judged(&seen(outcome.clone()));
        let subject = match status {
            Status::Pass => "east",
            _ => "a.test A for east at 10.0.0.1",
        };
        let found = judgement.finding_about("dns/region", subject);
        let observed = found.observed.as_deref().unwrap();
        assert_eq!(found.status, status, "{outcome}: {observed}");
        assert!(observed.contains(text), "{outcome}: {observed}");
        assert_eq!(found.hint.is_some(), status != Status::Pass, "{outcome}");
    }
}

#[test]
fn what_was_not_asked_is_an_error() {
    for observation in [Observation::default(), {
        let mut other = seen(answer(&["192.0.2.10", "192.0.2.11"], false, Some(24)));
        other.regions[0].region = "west".into();
        other
    }] {
        let judgement = judged(&observation);
        assert_eq!(
            judgement.said("dns/region"),
            (Status::Error, "not observed")
        );
    }
    let mut unsent = seen(json!({"kind": "timeout"}));
    unsent.regions[0].exchange.attempts.clear();
    unsent.regions[0].error = Some("no socket".into());
    assert_eq!(
        judged(&unsent).said("dns/region"),
        (Status::Error, "not observed: no socket")
    );
}

#[test]
fn the_table_shows_each_scope() {
    let judgement = judged(&seen(answer(&["192.0.2.10"], false, Some(24))));
    let Some(Exhibit::Table { columns, rows, .. }) = judgement.exhibits.last() else {
        panic!("{:?}", judgement.exhibits);
    };
    assert_eq!(
        columns.join("|"),
        "Region|Subnet|Name|Type|Resolver|Answer|Scope"
    );
    let row = "east|198.51.100.0/24|a.test|A|10.0.0.1|192.0.2.10|/24";
    assert_eq!(crate::model::cell::line(&rows[0], "|"), row);
}

#[test]
fn each_family_with_addresses_is_asked_for() {
    let both = "[[region]]\nname = 'east'\nsubnet = '2001:db8:1::/48'\nexpect = ['192.0.2.10', '2001:db8::10']";
    let judgement = Dns::judge(&settings(both), &Observation::default(), &FACTS);
    for kind in ["A", "AAAA"] {
        judgement.finding_about("dns/region", &format!("a.test {kind} for east at 10.0.0.1"));
    }
    assert_eq!(settings(both).region_questions(), 2);
}

#[test]
fn regions_that_cannot_be_meant_are_refused_with_a_reason() {
    let one = |keys: &str| format!("[[region]]\nname = 'east'\nsubnet = '192.0.2.0/24'\n{keys}");
    let expect = one("expect = ['192.0.2.1']");
    let table = [
        (one("expect = []"), "nothing is expected for \"east\""),
        (
            format!("{expect}\n{expect}"),
            "two regions are called \"east\"",
        ),
        (
            one("expect = ['192.0.2.1']\nnames = ['b.test']"),
            "\"b.test\" of \"east\"",
        ),
        (
            expect.replace("'east'", "' '"),
            "the region of 192.0.2.0/24 has no name",
        ),
    ];
    for (toml, problem) in table {
        let complaints = Dns::review(&settings(&toml));
        let [complaint] = complaints.as_slice() else {
            panic!("{toml}: {complaints:?}");
        };
        assert!(complaint.problem.contains(problem), "{toml}: {complaint:?}");
    }
    let toml = format!("names = ['a.test']\n{expect}");
    let complaints = Dns::review(&toml::from_str(&toml).unwrap());
    assert!(
        complaints[0]
            .problem
            .contains("a resolver that is given by address")
    );
    assert_eq!(Dns::review(&settings(EAST)), []);
}

#[test]
fn networks_that_cannot_be_read_say_what_was_expected() {
    let table = [
        ("198.51.100.0", "a network, such as"),
        ("198.51.100.0/33", "a network, such as"),
        ("east", "a network, such as"),
        ("198.51.100.7/24", "write \\\"198.51.100.0/24\\\""),
        ("2001:db8::1/48", "write \\\"2001:db8::/48\\\""),
        ("0.0.0.0/0", "every network"),
    ];
    for (subnet, problem) in table {
        let toml = EAST.replace("198.51.100.0/24", subnet);
        let toml = format!("names = ['a.test']\nresolvers = ['10.0.0.1']\n{toml}");
        let error = toml::from_str::<Settings>(&toml).unwrap_err().to_string();
        let problem = problem.replace('\\', "");
        assert!(error.contains(&problem), "{subnet}: {error}");
    }
}
