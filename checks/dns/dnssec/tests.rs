//! Signatures by table. The messages in `signatures.json` were recorded from zones signed by the tools of ldns:
//! `test.`, whose DS record is the trust anchor, and below it `good.test.` with signatures that hold through 2026,
//! and `plain.test.` without any.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hickory_proto::rr;

use super::anchors::{Anchor, Anchors};
use super::question::{absolute, parse};
use crate::checks::dns::Dns;
use crate::checks::dns::observation::{Observation, Signatures};
use crate::checks::dns::settings::Settings;
use crate::fixtures::judged::Judged as _;
use crate::instrument::dns::RecordType;
use crate::model::{Judgement, LaunchFacts, Module as _, Status};

const NAMES: [&str; 4] = [
    "login.good.test",
    "www.good.test",
    "x.wild.good.test",
    "login.plain.test",
];

fn settings(dnssec: &str) -> Settings {
    let text = format!(
        "names = {NAMES:?}\nresolvers = ['10.0.0.1']\n\
         dnssec = {{ policy = '{dnssec}', trust-anchor = 'top.ds' }}"
    );
    toml::from_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

fn recorded() -> Signatures {
    serde_json::from_str(include_str!("signatures.json")).unwrap()
}

/// The judgement at an instant, with T-0 at another.
fn judged_at(dnssec: &str, signatures: Signatures, now: &str, t0: &str) -> Judgement {
    let observation = Observation {
        signatures: Some(signatures),
        ..Observation::default()
    };
    let facts = LaunchFacts::timed(t0.parse().unwrap(), now.parse().unwrap());
    super::judge::judge(&settings(dnssec), &observation, &facts)
}

const NOW: &str = "2026-06-01T00:00:00Z";

fn judged(dnssec: &str, signatures: Signatures) -> Judgement {
    judged_at(dnssec, signatures, NOW, NOW)
}

/// What is said of the signatures of a record set.
fn said<'a>(judgement: &'a Judgement, asked: &str) -> (Status, &'a str) {
    let finding = judgement.finding_about("dns/dnssec-valid", &format!("{asked} at 10.0.0.1"));
    (finding.status, finding.observed.as_deref().unwrap())
}

/// The recorded messages with one of them changed.
fn changed(
    name: &str,
    kind: RecordType,
    change: impl Fn(&mut hickory_proto::op::Message),
) -> Signatures {
    let mut signatures = recorded();
    let messages = signatures
        .paths
        .iter_mut()
        .flat_map(|path| &mut path.messages);
    let mut found = messages.filter(|message| &*message.name == name && message.kind == kind);
    let place = found.next().unwrap();
    let wire = STANDARD.decode(place.wire.as_ref().unwrap()).unwrap();
    let mut message = parse(&wire).unwrap();
    change(&mut message);
    place.wire = Some(STANDARD.encode(message.to_vec().unwrap()));
    signatures
}

#[test]
fn what_was_recorded_is_judged_as_it_was() {
    let judgement = judged("allow", recorded());
    assert_eq!(
        judgement.said("dns/dnssec-valid"),
        (Status::Pass, "all of 4 answers, 1 of them unsigned")
    );
    let judgement = judged("require", recorded());
    let plain = said(&judgement, "login.plain.test A");
    assert_eq!(
        plain,
        (
            Status::Fail,
            "unsigned: plain.test. has no DS record in test."
        )
    );
    let (status, lasts) = judgement.said("dns/signature-cover");
    let first = "all of 5, the first to end: good.test. DNSKEY, from 2026-01-01 00:00 UTC to 2026-12-31 00:00 UTC";
    assert_eq!(status, Status::Pass);
    assert!(lasts.starts_with(first), "{lasts}");
    assert_eq!(judgement.measures.len(), 1);
    assert_eq!(judgement.measures[0].value, 213.0 * 86400.0);
}

#[test]
fn the_same_messages_are_worth_nothing_before_and_after_their_time() {
    let table = [
        (
            "2025-12-31T23:59:59Z",
            "is not valid before 2026-01-01 00:00 UTC",
        ),
        ("2026-12-31T00:00:01Z", "expired at 2026-12-31 00:00 UTC"),
        ("2040-01-01T00:00:00Z", "expired at 2026-12-31 00:00 UTC"),
    ];
    for (now, reason) in table {
        let judgement = judged_at("allow", recorded(), now, now);
        for name in NAMES {
            let (status, observed) = said(&judgement, &format!("{name} A"));
            assert_eq!(status, Status::Fail);
            assert!(
                observed.starts_with("bogus: ") && observed.contains(reason),
                "{observed}"
            );
        }
    }
}

#[test]
fn signatures_must_outlast_the_launch() {
    for (t0, status) in [
        ("2026-12-29T23:59:59Z", Status::Pass),
        ("2026-12-30T00:00:01Z", Status::Fail),
    ] {
        let judgement = judged_at("allow", recorded(), "2026-12-20T00:00:00Z", t0);
        let lasts = judgement.finding("dns/signature-cover");
        assert_eq!(lasts.status, status, "{t0}: {lasts:?}");
        let early = lasts
            .observed
            .as_deref()
            .unwrap()
            .starts_with("5 of 5 end before");
        assert_eq!(early, status == Status::Fail, "{lasts:?}");
    }
    // No signature of this length could be made today that lasts so long.
    let judgement = judged_at("allow", recorded(), NOW, "2027-06-01T00:00:00Z");
    assert_eq!(
        judgement.finding("dns/signature-cover").status,
        Status::Warn
    );
}

#[test]
fn a_message_less_is_never_a_pass_more() {
    let passes = |judgement: &Judgement| {
        let found = judgement.found("dns/dnssec-valid");
        let wrong = found
            .iter()
            .filter(|finding| finding.status != Status::Pass);
        NAMES.len() - wrong.count()
    };
    assert_eq!(passes(&judged("allow", recorded())), 4);
    let count = recorded().paths[0].messages.len();
    for place in 0..count {
        let mut signatures = recorded();
        let gone = signatures.paths[0].messages.remove(place);
        let judgement = judged("allow", signatures);
        assert!(passes(&judgement) < 4, "{gone:?}");
        assert_eq!(
            judgement.status(),
            Status::Error,
            "{gone:?}: {judgement:#?}"
        );
    }
    for signatures in [
        Signatures::default(),
        Signatures {
            paths: Vec::new(),
            ..recorded()
        },
    ] {
        assert_eq!(judged("allow", signatures).status(), Status::Error);
    }
}

#[test]
fn proofs_of_absence_are_asked_for() {
    let without_proof = |message: &mut hickory_proto::op::Message| {
        let proof = |kind| matches!(kind, rr::RecordType::NSEC3 | rr::RecordType::RRSIG);
        message
            .authorities
            .retain(|record| !proof(record.record_type()));
    };
    let judgement = judged(
        "allow",
        changed("x.wild.good.test.", RecordType::A, without_proof),
    );
    let (status, observed) = said(&judgement, "x.wild.good.test A");
    assert_eq!(status, Status::Fail);
    assert!(
        observed.contains("comes from a wildcard, and that no such name exists is not proven"),
        "{observed}"
    );

    // Leaving out the DS record must not make a signed zone look unsigned.
    let judgement = judged(
        "allow",
        changed("plain.test.", RecordType::Ds, without_proof),
    );
    let (status, observed) = said(&judgement, "login.plain.test A");
    assert_eq!(status, Status::Fail);
    assert!(
        observed.contains("that it is unsigned is not proven: no NSEC or NSEC3 record came"),
        "{observed}"
    );

    let cut = changed("good.test.", RecordType::Ds, |message| {
        message.authorities = std::mem::take(&mut message.answers);
        message
            .authorities
            .retain(|record| record.record_type() == rr::RecordType::RRSIG);
    });
    let judgement = judged("allow", cut);
    for name in &NAMES[..3] {
        let status = said(&judgement, &format!("{name} A")).0;
        assert!(
            matches!(status, Status::Fail | Status::Error),
            "{judgement:#?}"
        );
    }
}

#[test]
fn records_without_their_signature_or_with_anothers_do_not_pass() {
    let bare = changed("login.good.test.", RecordType::A, |message| {
        message
            .answers
            .retain(|record| record.record_type() != rr::RecordType::RRSIG);
    });
    let judgement = judged("allow", bare);
    let status = said(&judgement, "login.good.test A").0;
    assert_eq!(
        status,
        Status::Error,
        "whose it is was not asked for: {judgement:#?}"
    );

    let one_less = changed("login.good.test.", RecordType::A, |message| {
        message.answers.remove(0);
    });
    let judgement = judged("allow", one_less);
    let (status, observed) = said(&judgement, "login.good.test A");
    assert_eq!(status, Status::Fail);
    assert!(observed.contains("does not fit the records"), "{observed}");
}

#[test]
fn no_byte_that_changes_brings_the_judge_down() {
    for place in 0..recorded().paths[0].messages.len() {
        let wire = recorded().paths[0].messages[place].wire.clone().unwrap();
        let wire = STANDARD.decode(wire).unwrap();
        for at in (0..wire.len()).step_by(7) {
            let mut broken = wire.clone();
            broken[at] ^= 0xFF;
            let mut signatures = recorded();
            signatures.paths[0].messages[place].wire = Some(STANDARD.encode(&broken));
            judged("allow", signatures);
        }
    }
}

#[test]
fn another_anchor_trusts_nobody_here() {
    let other =
        "test. IN DS 15359 13 2 0000000000000000000000000000000000000000000000000000000000000000";
    let table = [
        (
            other,
            Status::Fail,
            "is the one that the trust anchor names (15359)",
        ),
        (
            "example. IN DS 1 13 2 00",
            Status::Error,
            "there is no trust anchor above",
        ),
        ("test. IN DS", Status::Error, "line 1"),
        ("; nothing", Status::Error, "no DS or DNSKEY record"),
    ];
    for (text, status, reason) in table {
        let anchors = Some(text.to_owned());
        let judgement = judged(
            "allow",
            Signatures {
                anchors,
                ..recorded()
            },
        );
        let first = &judgement.findings[0];
        let observed = first.observed.as_deref().unwrap();
        assert_eq!(first.status, status, "{text}: {observed}");
        assert!(observed.contains(reason), "{text}: {observed}");
    }
}

#[test]
fn anchors_read_as_the_tools_write_them() {
    let text = "; keys\n\ntest.\tIN\tDS\t15359 13 2 52c50c6d 07c66ea12028a6892de78e6cb59c8b99f20d46f84a7107467bc122d0\n\
                Good.Test 3600 IN DNSKEY 257 3 13 xpKFKg5In40bUtROrU8OuL6lgdwT+f4dkYCIS1tyw2Aq87/Y6ONqfQMio7RMx/3D \
                dmgPBn+41weg04L/4AEUeA== ;{id = 22669 (ksk), size = 256b}\n";
    let anchors = Anchors::read(text).unwrap();
    let of = |zone: &str| anchors.of(&absolute(zone).unwrap());
    assert_eq!(of("test.")[0].label(), "15359");
    assert!(matches!(of("good.test")[0], Anchor::Key(_)));
    assert_eq!(of("good.test.")[0].label(), "22669");
    assert!(of(".").is_empty());
    let root = Anchors::of_the_root();
    let labels: Vec<_> = root
        .of(&absolute(".").unwrap())
        .iter()
        .map(Anchor::label)
        .collect();
    assert_eq!(labels, ["20326", "38696"]);
    for bad in [
        "test. DS 1 2",
        "test. IN A 1.2.3.4",
        "DS 1 13 2 00",
        "test. DNSKEY 257 3 13 !",
        "a..b DS 1 13 2 00",
    ] {
        assert!(Anchors::read(bad).is_err(), "{bad}");
    }
}

#[test]
fn signatures_need_a_resolver_that_hands_them_out() {
    let settings = toml::from_str("names = ['a.test']\ndnssec = { policy = 'allow' }").unwrap();
    let complaints = Dns::review(&settings);
    let [complaint] = complaints.as_slice() else {
        panic!("{complaints:?}");
    };
    let problem = "a resolver that is given by address";
    assert!(complaint.problem.contains(problem), "{complaint:?}");
}
