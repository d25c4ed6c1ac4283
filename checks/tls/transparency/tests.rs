//! The judge of transparency by table: chains, logs and staples made here, roots as a probe records them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{NAME, NOW, by, first_session, judge, lines, observed, seen, settings, trusting};
use crate::checks::tls::observation::{Observation, Outcome};
use crate::checks::tls::transparency::{Sct, SctDelivery};
use crate::checks::tls::{Tls, rules};
use crate::fixtures::chains::{Node, authority, pem, server, valid};
use crate::fixtures::pki::DAY;
use crate::fixtures::revocation::Response;
use crate::fixtures::transparency::{Log, issue, listed, octets};
use crate::instrument::tls::{Der, Failure, Roots};
use crate::model::digest::sha256_hex;
use crate::model::{Judgement, Module as _, Rule};

const HOUR: i64 = 3_600;
const RULE: Rule = rules::TRANSPARENCY;

/// A public authority.
struct World {
    middle: Node,
    roots: Roots,
}

impl World {
    fn new() -> Self {
        let root = Node::root(authority("Public Root"));
        let middle = root.issue(authority("Public Intermediate"));
        let roots = trusting(&pem(&[&root.der]));
        Self { middle, roots }
    }

    /// A certificate that lives that many days, with timestamps of these logs.
    fn leaf(&self, days: i64, logs: &[(&Log, i64)]) -> Node {
        self.spoilt(days, logs, |_| {})
    }

    fn spoilt(&self, days: i64, logs: &[(&Log, i64)], spoil: impl Fn(&mut Vec<u8>)) -> Node {
        let mut params = server(&[NAME]);
        params.serial_number = Some(vec![1, 2, days as u8].into());
        valid(&mut params, NOW - 20 * DAY, NOW + (days - 20) * DAY);
        issue(&self.middle, params, logs, spoil)
    }

    /// What the probe would write down of it with a list of that age.
    fn served(&self, leaf: &Node, logs: &[Value], age: i64) -> Observation {
        let chain = vec![leaf.der.clone(), self.middle.der.clone()];
        let mut observation = observed(&self.roots, &[chain]);
        for anchor in &mut observation.anchors {
            anchor.public = true;
        }
        let logs = logs.iter().map(|log| {
            let id = log["id"].as_str().unwrap();
            (id.to_owned(), log.clone())
        });
        let list = json!({
            "sha256": "00", "timestamp": at(NOW - age), "count": 56,
            "logs": logs.collect::<serde_json::Map<_, _>>(),
        });
        observation.logs = Some(serde_json::from_value(list).unwrap());
        first_session(&mut observation).sct_delivery = Some(brought(leaf, None));
        observation
    }

    /// A staple with these timestamps, signed by the issuer or not.
    fn staple(&self, leaf: &Node, scts: &[Vec<u8>]) -> Response {
        let mut staple = Response::about(&leaf.der, &self.middle.der, NOW - DAY, NOW + 5 * DAY);
        staple.timestamps = Some(octets(&listed(scts)));
        staple
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

/// What the server of a certificate brings.
fn brought(leaf: &Node, list: Option<Vec<u8>>) -> SctDelivery {
    SctDelivery::Answered {
        leaf: sha256_hex(&leaf.der),
        list: list.map(Der),
    }
}

/// A log as it is recorded.
fn log(log: &Log, state: &str, since: i64) -> Value {
    json!({
        "id": STANDARD.encode(log.id()), "description": log.name, "operator": log.operator,
        "key": STANDARD.encode(log.spki()), "state": state, "since": at(since),
    })
}

fn usable(of: &Log) -> Value {
    log(of, "usable", NOW - 400 * DAY)
}

/// Status and observation of the one finding about transparency; empty where there is none.
fn told(judgement: &Judgement) -> String {
    let found = by(judgement, &RULE).into_iter();
    let told = found.map(|finding| {
        let observed = finding.observed.as_deref().unwrap_or_default();
        format!("{}: {observed}", finding.status)
    });
    told.collect::<Vec<_>>().join("\n")
}

fn logs() -> [Log; 4] {
    [("one", "A"), ("two", "B"), ("three", "A"), ("four", "C")]
        .map(|(name, operator)| Log::new(name, operator))
}

#[test]
fn a_certificate_of_a_public_authority_needs_transparency() {
    let world = World::new();
    let [one, two, ..] = &logs();
    let hour = NOW - HOUR;
    let leaf = world.leaf(90, &[(one, hour), (two, hour)]);
    let public = world.served(&leaf, &[usable(one), usable(two)], DAY);
    let said = lines(&judge(&settings(""), &public), &[RULE]);
    insta::assert_snapshot!(said, @r#"
    pass tls/transparency (gw.example.com:443): The certificate of gw.example.com:443 is logged
      expected: 2 valid timestamps, from logs of 2 operators or more
      observed: "one": valid, "two": valid (2 operators); the built-in list of logs is from 2026-11-20 02:00 UTC, 24 hours old
    "#);
    let mut own = public.clone();
    own.anchors[0].public = false;
    let mut unread = public.clone();
    unread.logs = None;
    let given = "log-list = 'logs.json'";
    let prefer = "log-list = 'logs.json'\ntransparency = 'prefer'";
    let require = "transparency = 'require'";
    for (more, observation, begin) in [
        ("", &own, ""),
        (prefer, &own, ""),
        (given, &own, "pass: \"one\": valid, \"two\": valid (2 op"),
        (require, &own, "pass: \"one\": valid, \"two\": valid (2 op"),
        ("transparency = 'off'", &public, ""),
        (
            "",
            &unread,
            "warn: the probe ended before the list of logs was read",
        ),
        (
            require,
            &unread,
            "error: the probe ended before the list of logs was read",
        ),
    ] {
        let told = told(&judge(&settings(more), observation));
        assert!(told.starts_with(begin), "{more}: {told}");
        assert_eq!(told.is_empty(), begin.is_empty(), "{more}: {told}");
    }
    // A chain that leads nowhere is judged only where all are.
    let mut stranger = public;
    stranger.anchors.clear();
    assert_eq!(told(&judge(&settings(""), &stranger)), "");
    assert_ne!(told(&judge(&settings(require), &stranger)), "");
}

#[test]
fn how_many_logs_of_whom() {
    let world = World::new();
    let [one, two, three, four] = &logs();
    let hour = NOW - HOUR;
    let before = NOW - 10 * DAY;
    let retired = |of| log(of, "retired", NOW - 5 * DAY);
    for (days, scts, list, expected) in [
        (
            90,
            vec![(one, hour), (three, hour)],
            vec![usable(one), usable(three)],
            "fail: \"one\": valid, \"three\": valid (1 operator)",
        ),
        (
            90,
            vec![(one, hour), (one, hour - 1)],
            vec![usable(one)],
            "fail: \"one\": valid, \"one\": valid (1 operator)",
        ),
        // The same log twice is not three logs.
        (
            200,
            vec![(one, hour), (one, hour - 1), (two, hour)],
            vec![usable(one), usable(two)],
            "fail: \"one\": valid, \"one\": valid, \"two\": valid (2 operators)",
        ),
        (
            200,
            vec![(one, hour), (three, hour), (two, hour)],
            vec![usable(one), usable(two), usable(three)],
            "pass: \"one\": valid, \"three\": valid, \"two\": valid (2 operators)",
        ),
        (
            90,
            vec![(one, before), (two, before)],
            vec![usable(one), retired(two)],
            "pass: \"one\": valid, \"two\": valid, retired since (2 operators)",
        ),
        // The earliest timestamp says when the certificate was made.
        (
            90,
            vec![(one, before), (two, hour)],
            vec![usable(one), retired(two)],
            "pass: \"one\": valid, \"two\": valid, retired since (2 operators)",
        ),
        (
            90,
            vec![(one, hour), (two, hour)],
            vec![usable(one), retired(two)],
            "fail: \"one\": valid, \"two\": the log was not trusted when it signed (1 operator)",
        ),
        // One of them must be trusted now.
        (
            90,
            vec![(one, before), (two, before)],
            vec![retired(one), retired(two)],
            "fail: \"one\": valid, retired since, \"two\": valid, retired since (2 operators)",
        ),
        // A bad one beside enough good ones does no harm.
        (
            90,
            vec![(one, hour), (two, NOW + HOUR), (four, hour)],
            vec![usable(one), usable(two), usable(four)],
            "pass: \"one\": valid, \"two\": from the future, \"four\": valid (2 operators)",
        ),
    ] {
        let leaf = world.leaf(days, &scts);
        let told = told(&judge(&settings(""), &world.served(&leaf, &list, DAY)));
        assert!(told.starts_with(expected), "{told}\nrather than {expected}");
    }
}

#[test]
fn an_old_list_of_transparency_logs_cries_no_wolf() {
    let world = World::new();
    let [one, two, ..] = &logs();
    let hour = NOW - HOUR;
    let good = world.leaf(90, &[(one, hour), (two, hour)]);
    let forged = world.spoilt(90, &[(one, hour), (two, hour)], |sct| sct[40] ^= 1);
    let single = world.leaf(90, &[(one, hour)]);
    let bare = world.leaf(90, &[]);
    let both = [usable(one), usable(two)];
    let first = &both[..1];
    let (fresh, old) = (70 * DAY, 70 * DAY + 1);
    for (leaf, list, age, prefer, require) in [
        (&good, &both[..], fresh, "pass", "pass"),
        (&good, &both[..], old, "pass", "warn"),
        (&good, first, fresh, "fail", "fail"),
        (&good, first, old, "warn", "error"),
        (&good, &[], old, "warn", "error"),
        (&single, &[], old, "fail", "fail"), // whichever the one is, it is not two
        (&forged, &both[..], old, "fail", "fail"),
        (&forged, first, old, "fail", "fail"),
        (&bare, &both[..], old, "fail", "fail"),
    ] {
        let mut observation = world.served(leaf, list, age);
        if prefer == "warn" {
            first_session(&mut observation).sct_delivery = None; // nothing was asked
        }
        for (more, status) in [("", prefer), ("transparency = 'require'", require)] {
            let told = told(&judge(&settings(more), &observation));
            assert!(told.starts_with(status), "{told}");
            let aged = told.ends_with("of logs is from 2026-09-12 02:00 UTC, 70 days old")
                || told.ends_with("of logs is from 2026-09-12 01:59 UTC, 70 days old");
            assert!(
                aged || told
                    == "fail: it carries no timestamp of any log, and the server brings none",
                "{told}"
            );
        }
    }
    let mut stale = world.served(&good, first, 160 * DAY);
    first_session(&mut stale).sct_delivery = None;
    let said = lines(&judge(&settings(""), &stale), &[RULE]);
    let second = STANDARD.encode(two.id());
    insta::assert_snapshot!(said.replace(&second, "2nd"), @r#"
    warn tls/transparency (gw.example.com:443): It is not known whether the certificate of gw.example.com:443 is logged
      expected: 2 valid timestamps, from logs of 2 operators or more
      observed: "one": valid, 2nd: not in the list (1 operator); the built-in list of logs is from 2026-06-14 02:00 UTC, 160 days old
      hint: Give a current list as `log-list`, or use a newer version of tminus: this one may lack the logs.
    "#);
}

#[test]
fn timestamps_in_a_staple_count_where_the_staple_does() {
    let world = World::new();
    let [one, two, three, _] = &logs();
    let before = NOW - 10 * DAY;
    let leaf = world.leaf(200, &[]);
    let list = [usable(one), usable(two), usable(three)];
    let [a, b, c] = [one, two, three].map(|log| log.certificate(before, &leaf.der));
    let signed = |staple: Response| staple.signed(&world.middle.der, world.middle.key());
    let other = world.leaf(100, &[]);
    let stranger = Node::root(authority("Public Intermediate"));
    let mut garbled = world.staple(&leaf, &[]);
    garbled.timestamps = Some(vec![4, 2, 0, 9]);
    let retired = [usable(one), log(two, "retired", NOW - 5 * DAY)];
    for (staple, list, expected) in [
        // Two are enough, however long it lives.
        (
            signed(world.staple(&leaf, &[a.clone(), b.clone()])),
            &list[..],
            "pass: \"one\" in the staple: valid, \"two\" in the staple: valid (2 operators); the",
        ),
        (
            signed(world.staple(&leaf, &[a.clone(), c])),
            &list[..],
            "fail: \"one\" in the staple: valid, \"three\" in the staple: valid (1 operator); the",
        ),
        // They have to be of logs that are trusted now, whenever they signed.
        (
            signed(world.staple(&leaf, &[a.clone(), b.clone()])),
            &retired[..],
            "fail: \"one\" in the staple: valid, \"two\" in the staple: the log is retired (1 op",
        ),
        (
            signed(world.staple(&leaf, &[a.clone(), two.certificate(before, &other.der)])),
            &list[..],
            "fail: \"one\" in the staple: valid, \"two\" in the staple: the signature is wrong (1 ",
        ),
        (
            signed(garbled),
            &list[..],
            "fail: it carries no timestamp of any log; those in its staple cannot be read",
        ),
        (
            world
                .staple(&leaf, &[a.clone(), b.clone()])
                .signed(&stranger.der, stranger.key()),
            &list[..],
            "fail: it carries no timestamp of any log; its staple does not count: its signature is wrong",
        ),
        (
            signed(world.staple(&other, &[a, b])),
            &list[..],
            "fail: it carries no timestamp of any log; its staple does not count: it is about another cert",
        ),
    ] {
        let mut observation = world.served(&leaf, list, DAY);
        first_session(&mut observation).staple = Some(Der(staple));
        let told = told(&judge(&settings("revocation = 'off'"), &observation));
        assert!(told.starts_with(expected), "{told}\nrather than {expected}");
    }
}

#[test]
fn one_in_the_certificate_and_one_in_the_staple_are_not_two() {
    let world = World::new();
    let [one, two, ..] = &logs();
    let leaf = world.leaf(90, &[(one, NOW - HOUR)]);
    let sct = two.certificate(NOW - HOUR, &leaf.der);
    let staple = world.staple(&leaf, &[sct]);
    let mut observation = world.served(&leaf, &[usable(one), usable(two)], DAY);
    let staple = staple.signed(&world.middle.der, world.middle.key());
    first_session(&mut observation).staple = Some(Der(staple));
    let told = told(&judge(&settings(""), &observation));
    let expected = "fail: \"one\": valid, \"two\" in the staple: valid (2 operators)";
    assert!(told.starts_with(expected), "{told}");
}

#[test]
fn timestamps_of_transparency_logs_in_the_handshake() {
    let world = World::new();
    let [one, two, three, _] = &logs();
    let before = NOW - 10 * DAY;
    let leaf = world.leaf(200, &[]);
    let other = world.leaf(100, &[]);
    let [a, b, c] = [one, two, three].map(|log| log.certificate(before, &leaf.der));
    let shown = |scts: &[&Vec<u8>]| {
        let scts: Vec<_> = scts.iter().map(|sct| (*sct).clone()).collect();
        Some(brought(&leaf, Some(listed(&scts))))
    };
    let of_other = one.precertificate(before, &[], &leaf.der);
    let list = [usable(one), usable(two), usable(three)];
    let retired = [usable(one), log(two, "retired", NOW - 5 * DAY)];
    let none = "it carries no timestamp of any log; ";
    let unknown = format!("{none}whether the server brings others is not known: ");
    for (said, list, prefer, require, expected) in [
        (
            shown(&[&a, &b]),
            &list[..],
            "pass",
            "pass",
            "\"one\" in the TLS extension: valid, \"two\" in the TLS extension: valid (2 operators); the"
                .to_owned(),
        ),
        (
            shown(&[&a, &c]),
            &list[..],
            "fail",
            "fail",
            "\"one\" in the TLS extension: valid, \"three\" in the TLS extension: valid (1 operator)"
                .to_owned(),
        ),
        (
            shown(&[&a, &b]),
            &retired[..],
            "fail",
            "fail",
            "\"one\" in the TLS extension: valid, \"two\" in the TLS extension: the log is retired"
                .to_owned(),
        ),
        (
            shown(&[&of_other, &b]),
            &list[..],
            "fail",
            "fail",
            "\"one\" in the TLS extension: the signature is wrong, \"two\"".to_owned(),
        ),
        (
            Some(brought(&leaf, Some(vec![0, 2, 0]))),
            &list[..],
            "fail",
            "fail",
            format!("{none}those in its TLS extension cannot be read"),
        ),
        (
            Some(brought(&other, Some(listed(&[a.clone(), b.clone()])))),
            &list[..],
            "warn",
            "error",
            format!("{unknown}asked for them, it served another certificate"),
        ),
        (
            Some(SctDelivery::Failed {
                failure: Failure::Refused,
            }),
            &list[..],
            "warn",
            "error",
            format!("{unknown}asked for them, it refused the connection"),
        ),
        (
            None,
            &list[..],
            "warn",
            "error",
            format!("{unknown}the probe ended before it was asked"),
        ),
    ] {
        let mut observation = world.served(&leaf, list, DAY);
        first_session(&mut observation).sct_delivery = said;
        for (more, status) in [("", prefer), ("transparency = 'require'", require)] {
            let told = told(&judge(&settings(more), &observation));
            let expected = format!("{status}: {expected}");
            assert!(told.starts_with(&expected), "{told}\nrather than {expected}");
        }
    }
    // One in a staple and one in the handshake are two, of two operators.
    let mut observation = world.served(&leaf, &list, DAY);
    let staple = world.staple(&leaf, std::slice::from_ref(&b));
    let staple = staple.signed(&world.middle.der, world.middle.key());
    let session = first_session(&mut observation);
    session.staple = Some(Der(staple));
    session.sct_delivery = shown(&[&a]);
    let told = told(&judge(&settings(""), &observation));
    assert!(told.starts_with("pass: "), "{told}");
}

#[test]
fn servers_that_bring_different_timestamps_of_transparency_logs_are_told_apart() {
    let world = World::new();
    let [one, two, ..] = &logs();
    let leaf = world.leaf(90, &[]);
    let chain = vec![leaf.der.clone(), world.middle.der.clone()];
    let mut observation = world.served(&leaf, &[usable(one), usable(two)], DAY);
    let both = observed(&world.roots, &[chain.clone(), chain]);
    observation.endpoints = both.endpoints;
    let scts = [one, two].map(|log| log.certificate(NOW - HOUR, &leaf.der));
    let of_each = [Some(listed(&scts)), None];
    let addresses = seen(&mut observation).addresses.values_mut();
    for (outcome, list) in addresses.zip(of_each) {
        if let Outcome::Handshake(session) = outcome {
            session.sct_delivery = Some(brought(&leaf, list));
        }
    }
    let said = lines(&judge(&settings(""), &observation), &[RULE]);
    insta::assert_snapshot!(said, @r#"
    pass tls/transparency (gw.example.com:443 at 192.0.2.1): The certificate of gw.example.com:443 is logged
      expected: 2 valid timestamps in the certificate, or 2 beside it, from logs of 2 operators or more
      observed: "one" in the TLS extension: valid, "two" in the TLS extension: valid (2 operators); the built-in list of logs is from 2026-11-20 02:00 UTC, 24 hours old
    fail tls/transparency (gw.example.com:443 at 192.0.2.2): The certificate of gw.example.com:443 is not logged
      expected: 2 valid timestamps, from logs of 2 operators or more
      observed: it carries no timestamp of any log, and the server brings none
      hint: Browsers reject it: have it reissued with embedded timestamps.
    "#);
}

#[test]
fn any_byte_of_a_list_of_timestamps_may_be_another() {
    let [one, two, ..] = &logs();
    let list = listed(&[one, two].map(|log| log.certificate(NOW, b"certificate")));
    assert_eq!(Sct::listed(&list).map(|scts| scts.len()), Some(2));
    for at in 0..list.len() {
        for value in 0..=255 {
            let mut changed = list.clone();
            changed[at] = value;
            let _ = Sct::listed(&changed); // it shall not panic
        }
        assert!(Sct::listed(&list[..at]).is_none());
    }
    let endless = listed(&vec![one.certificate(NOW, b"certificate"); 200]);
    let read = Sct::listed(&endless).map(|scts| scts.len());
    assert_eq!(read, Some(16));
}

#[test]
fn a_plan_names_what_transparency_may_ask() {
    let load = |more| Tls::plan(&settings(more)).load;
    for (more, words) in [
        (
            "",
            "where a public authority's certificate lacks timestamps",
        ),
        (
            "log-list = 'logs.json'",
            "another ClientHello where a certificate lacks timestamps",
        ),
    ] {
        assert!(load(more).contains(words), "{}", load(more));
    }
    let none = load("transparency = 'off'");
    assert!(!none.contains("timestamps"), "{none}");
    let both = settings("log-list = 'logs.json'\ntransparency = 'off'");
    let complaints = Tls::review(&both);
    assert!(matches!(&complaints[..], [one] if one.key == "log-list"));
}
