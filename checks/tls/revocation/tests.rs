//! The judge of revocation by table: staples made here, lists as a probe writes them down.

#[path = "authorities_tests.rs"]
mod authorities;

use jiff::Timestamp;

use super::{
    NAME, NOW, T0, World, by, faults, first_session, judge, judge_at, observed, seen, settings,
};
use crate::checks::tls::observation::{Observation, Outcome};
use crate::checks::tls::revocation::{Asked, ListOutcome, ResponderOutcome, SecondHandshake};
use crate::checks::tls::{Tls, rules};
use crate::fixtures::pki::{Authority, DAY, Issued, Leaf, Revocation};
use crate::fixtures::revocation::{Response, try_later};
use crate::instrument::http::FetchError;
use crate::instrument::revocation::{ListError, Listing, Revoked};
use crate::instrument::tls::{Der, Failure};
use crate::model::digest::sha256_hex;
use crate::model::{Exhibit, Judgement, LaunchFacts, Module as _, Rule, Status};

const HOUR: i64 = 3_600;
const LIST: &str = "http://list.test/7.crl";
const RESPONDER: &str = "http://ocsp.test";

/// A leaf of the world's intermediate that names these.
fn leaf(world: &World, responder: bool, list: bool, must_staple: bool) -> Issued {
    let mut leaf = Leaf::new(NAME, NOW - 10 * DAY, T0 + 80 * DAY);
    leaf.revocation = Revocation {
        responder: responder.then(|| RESPONDER.to_owned()),
        lists: list.then(|| LIST.to_owned()).into_iter().collect(),
        must_staple,
        ..Revocation::default()
    };
    world.middle.issue(&leaf)
}

/// The leaf served at the first addresses of 192.0.2.0/24, each with its staple.
fn served(world: &World, leaf: &Issued, staples: &[Option<Vec<u8>>]) -> Observation {
    let chain = vec![leaf.der.clone(), world.middle.der()];
    let mut observation = observed(&world.roots, &vec![chain; staples.len()]);
    let addresses = seen(&mut observation).addresses.values_mut();
    for (outcome, staple) in addresses.zip(staples) {
        if let Outcome::Handshake(session) = outcome {
            session.staple = staple.clone().map(Der);
            session.second_handshake = staple.is_none().then_some(SecondHandshake::Unstapled);
        }
    }
    observation
}

fn listed(observation: &mut Observation, leaf: &Issued, outcome: ListOutcome) {
    let asked = Asked {
        url: LIST.to_owned(),
        took_us: 900,
        outcome,
    };
    let lists = &mut observation.revocation.lists;
    lists.entry(sha256_hex(&leaf.der)).or_default().push(asked);
}

fn answered(observation: &mut Observation, leaf: &Issued, outcome: ResponderOutcome) {
    let asked = Asked {
        url: RESPONDER.to_owned(),
        took_us: 900,
        outcome,
    };
    let responders = &mut observation.revocation.responders;
    let digest = sha256_hex(&leaf.der);
    responders.entry(digest).or_default().push(asked);
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn listing(this_update: i64, next_update: i64) -> Listing {
    Listing {
        this_update: at(this_update),
        next_update: Some(at(next_update)),
        number: None,
        pem: false,
        entries: 12,
        revoked: None,
    }
}

fn read(listing: Listing) -> ListOutcome {
    ListOutcome::Read {
        sha256: "00".to_owned(),
        size: 700,
        listing,
    }
}

fn unreachable() -> FetchError {
    FetchError::Connect {
        message: "192.0.2.9:80: no answer".to_owned(),
    }
}

/// What is said of the leaf's revocation.
const OF_LEAF: [Rule; 4] = [
    rules::STAPLE,
    rules::REVOCATION_LIST,
    rules::OCSP_RESPONDER,
    rules::REVOCATION_SOURCE,
];

/// The one finding about the leaf's revocation: its status, and what was observed or else claimed.
fn told(judgement: &Judgement) -> String {
    let found = OF_LEAF.iter().flat_map(|rule| by(judgement, rule));
    let [one] = found.collect::<Vec<_>>()[..] else {
        panic!("not one finding: {judgement:#?}");
    };
    let observed = one.observed.as_ref().unwrap_or(&one.claim);
    format!("{}: {observed}", one.status)
}

#[test]
fn a_staple_is_judged_by_what_it_says_and_when() {
    let world = World::new();
    let leaf = leaf(&world, true, true, false);
    let response = |from, until| Response::good(&leaf, &world.middle, from, until);
    let (early, late) = (NOW - DAY, T0 + DAY);
    let table = [
        (
            response(early, late).by(&world.middle),
            "pass: good from 2026-11-20 02:00 UTC until 2026-11-25 02:00 UTC",
        ),
        (
            response(early, T0 + 3 * HOUR).by(&world.middle),
            "pass: good from 2026-11-20 02:00 UTC until 2026-11-24 05:00 UTC",
        ),
        (
            response(early, T0 + 3 * HOUR - 1).by(&world.middle),
            "warn: good from 2026-11-20 02:00 UTC until 2026-11-24 04:59 UTC, which is 2 hours after T-0",
        ),
        (
            response(early, NOW + 1).by(&world.middle),
            "warn: good from 2026-11-20 02:00 UTC until 2026-11-21 02:00 UTC, which is 2 days before T-0",
        ),
        (
            response(early, NOW).by(&world.middle),
            "fail: good from 2026-11-20 02:00 UTC until 2026-11-21 02:00 UTC, it ended 3 days before T-0",
        ),
        (
            response(NOW + 300, late).by(&world.middle),
            "pass: good from 2026-11-21 02:05 UTC until 2026-11-25 02:00 UTC",
        ),
        (
            response(NOW + 301, late).by(&world.middle),
            "fail: good from 2026-11-21 02:05 UTC until 2026-11-25 02:00 UTC",
        ),
        (
            response(early, late)
                .revoked(NOW - 2 * DAY)
                .by(&world.middle),
            "fail: revoked since 2026-11-19 02:00 UTC (keyCompromise)",
        ),
        (try_later(), "fail: it returns the error \"tryLater\""),
        (
            response(early, late).by(&Authority::root("Test Intermediate")),
            "fail: its signature is wrong",
        ),
        (b"\x30\x82".to_vec(), "fail: it is not an OCSP response: "),
    ];
    for (staple, expected) in table {
        let observation = served(&world, &leaf, &[Some(staple)]);
        let told = told(&judge(&settings(""), &observation));
        assert!(told.starts_with(expected), "{told}");
    }
}

#[test]
fn an_answer_without_an_end_is_a_warning_after_a_day_and_counts_no_longer_than_its_signer() {
    let world = World::new();
    let leaf = leaf(&world, true, false, false);
    let mut response = Response::good(&leaf, &world.middle, NOW, 0);
    response.next_update = None;
    for (age, expected) in [
        (23 * HOUR, "pass: "),
        (25 * HOUR, "warn: "),
        (9 * DAY, "warn: "),
    ] {
        response.this_update = T0 - age;
        let observation = served(&world, &leaf, &[Some(response.clone().by(&world.middle))]);
        let clock = LaunchFacts::timed(at(T0), at(T0));
        let told = told(&judge_at(&settings(""), &observation, &clock));
        assert!(told.starts_with(expected), "{told}");
    }

    let mut delegate = Leaf::new("ocsp.test", NOW - 10 * DAY, NOW - 1);
    delegate.revocation.delegate = true;
    for (until, expected) in [
        (
            NOW,
            "fail: good from 2026-11-20 02:00 UTC until 2026-11-21 02:00 UTC, it ended",
        ),
        (
            NOW + DAY,
            "warn: good from 2026-11-20 02:00 UTC until 2026-11-22 02:00 UTC, which is",
        ),
        (
            T0 + DAY,
            "pass: good from 2026-11-20 02:00 UTC until 2026-11-25 02:00 UTC",
        ),
    ] {
        delegate.not_after = until;
        let signer = world.middle.issue(&delegate);
        let response = Response::good(&leaf, &world.middle, NOW - DAY, T0 + 9 * DAY);
        let observation = served(&world, &leaf, &[Some(response.by_delegate(&signer))]);
        let told = told(&judge(&settings(""), &observation));
        assert!(told.starts_with(expected), "{told}");
    }
}

#[test]
fn an_answer_made_before_its_certificate_began_is_not_about_it() {
    let world = World::new();
    let mut leaf = Leaf::new(NAME, NOW - DAY, T0 + 80 * DAY);
    leaf.revocation.responder = Some(RESPONDER.to_owned());
    let leaf = world.middle.issue(&leaf);
    for (this_update, produced, expected) in [
        (NOW - DAY, NOW - DAY, "pass: "),
        (NOW - DAY - 300, NOW - DAY - 300, "pass: "), // a responder's clock may be off
        (
            NOW - DAY - 301,
            NOW - DAY - 301,
            "fail: good from 2026-11-20 01:54 UTC",
        ),
        (
            NOW - 2 * DAY,
            NOW - 2 * DAY,
            "fail: good from 2026-11-19 02:00 UTC",
        ),
        // A responder that answers from a list knows no later time than the list's.
        (NOW - 2 * DAY, NOW, "warn: good from 2026-11-19 02:00 UTC"),
    ] {
        let mut response = Response::good(&leaf, &world.middle, this_update, T0 + DAY);
        response.produced = Some(produced);
        let observation = served(&world, &leaf, &[Some(response.by(&world.middle))]);
        let told = told(&judge(&settings(""), &observation));
        assert!(told.starts_with(expected), "{told}");
    }
}

#[test]
fn a_missing_staple_weighs_what_the_certificate_and_the_checklist_say() {
    let world = World::new();
    for (must_staple, more, expected) in [
        (false, "", "warn: none in two handshakes"),
        (
            false,
            "revocation = 'require'",
            "fail: none in two handshakes",
        ),
        (true, "", "fail: none in two handshakes"),
    ] {
        let leaf = leaf(&world, true, false, must_staple);
        let observation = served(&world, &leaf, &[None]);
        let judgement = judge(&settings(more), &observation);
        assert_eq!(told(&judgement), expected);
        let claim = &by(&judgement, &rules::STAPLE)[0].claim;
        assert_eq!(claim.contains("(must-staple)"), must_staple, "{claim}");
    }
    // A must-staple certificate need not name a responder.
    let leaf = leaf(&world, false, false, true);
    let mut observation = served(&world, &leaf, &[None]);
    assert!(told(&judge(&settings(""), &observation)).starts_with("fail: none in two"));
    for (again, expected) in [
        (
            None,
            "error: the first handshake had no staple, and the probe ended before a second",
        ),
        (
            Some(SecondHandshake::OtherCertificate),
            "error: the first handshake had no staple, and the second another certificate",
        ),
        (
            Some(SecondHandshake::Failed {
                failure: Failure::Refused,
            }),
            "error: the first handshake had no staple; in the second it refused the connection",
        ),
    ] {
        first_session(&mut observation).second_handshake = again;
        assert_eq!(told(&judge(&settings(""), &observation)), expected);
    }
    let staple = Response::good(&leaf, &world.middle, NOW, T0 + DAY).by(&world.middle);
    first_session(&mut observation).second_handshake = Some(SecondHandshake::Stapled {
        staple: Der(staple),
    });
    assert!(told(&judge(&settings(""), &observation)).starts_with("pass: good "));
    first_session(&mut observation).second_handshake = Some(SecondHandshake::Unstapled);
    let off = judge(&settings("revocation = 'off'"), &observation);
    assert_eq!(off.status(), Status::Pass);
}

#[test]
fn a_list_is_judged_by_what_it_says_and_when() {
    let world = World::new();
    let leaf = leaf(&world, false, true, false);
    let revoked = Listing {
        revoked: Some(Revoked {
            at: at(NOW - DAY),
            reason: None,
        }),
        ..listing(NOW - DAY, T0 + DAY)
    };
    let unusable = |error| ListOutcome::Unusable {
        sha256: "00".to_owned(),
        size: 700,
        error,
    };
    let endless = |from| Listing {
        next_update: None,
        ..listing(from, 0)
    };
    let table = [
        (
            read(listing(NOW - DAY, T0 + DAY)),
            "pass: good from 2026-11-20 02:00 UTC until 2026-11-25 02:00 UTC",
        ),
        (
            read(listing(NOW - DAY, NOW + DAY)),
            "warn: good from 2026-11-20 02:00 UTC until 2026-11-22 02:00 UTC, which is 2 days before T-0",
        ),
        (
            read(listing(NOW - 9 * DAY, NOW - DAY)),
            "fail: good from 2026-11-12 02:00 UTC until 2026-11-20 02:00 UTC, it ended 4 days before T-0",
        ),
        (
            read(endless(NOW - DAY)),
            "warn: good since 2026-11-20 02:00 UTC, with no time for the next update; at T-0 it is older than a day",
        ),
        (
            read(endless(NOW - 900 * DAY)),
            "warn: good since 2024-06-04 02:00 UTC, with no time for the next update; at T-0 it is older than a day",
        ),
        (
            read(endless(NOW + HOUR)),
            "fail: good since 2026-11-21 03:00 UTC, with no time for the next update",
        ),
        (
            read(Listing {
                pem: true,
                ..listing(NOW - DAY, T0 + DAY)
            }),
            "warn: good from 2026-11-20 02:00 UTC until 2026-11-25 02:00 UTC",
        ),
        (read(revoked), "fail: revoked since 2026-11-20 02:00 UTC"),
        (
            unusable(ListError::Forged),
            "fail: http://list.test/7.crl: the certificate's issuer did not sign it",
        ),
        (
            unusable(ListError::Malformed {
                why: "html".to_owned(),
            }),
            "error: http://list.test/7.crl: it is not a revocation list: html",
        ),
        (
            ListOutcome::Missing {
                error: unreachable(),
            },
            "error: http://list.test/7.crl could not be connected to: 192.0.2.9:80: no answer",
        ),
    ];
    for (outcome, expected) in table {
        let mut observation = served(&world, &leaf, &[None]);
        listed(&mut observation, &leaf, outcome);
        let judgement = judge(&settings(""), &observation);
        let told = told(&judgement);
        assert!(told.starts_with(expected), "{told}");
    }
    let observation = served(&world, &leaf, &[None]);
    assert_eq!(
        told(&judge(&settings(""), &observation)),
        "error: the probe ended before that"
    );
}

#[test]
fn a_second_list_is_as_good_as_the_first() {
    let world = World::new();
    let leaf = leaf(&world, false, true, false);
    let mut observation = served(&world, &leaf, &[None]);
    let missing = ListOutcome::Missing {
        error: unreachable(),
    };
    listed(&mut observation, &leaf, missing);
    listed(&mut observation, &leaf, read(listing(NOW, T0 + DAY)));
    assert!(told(&judge(&settings(""), &observation)).starts_with("pass: good "));
}

#[test]
fn what_does_not_reach_t0_fails_where_proof_is_required() {
    let world = World::new();
    let leaf = leaf(&world, false, true, false);
    let mut observation = served(&world, &leaf, &[None]);
    listed(&mut observation, &leaf, read(listing(NOW, NOW + DAY)));
    let required = settings("revocation = 'require'");
    assert!(told(&judge(&required, &observation)).starts_with("fail: good "));
    // Near T-0 it does, and `cover` bounds how far beyond.
    let clock = LaunchFacts::timed(at(NOW + DAY - 2 * HOUR), at(NOW));
    let judged = judge_at(&required, &observation, &clock);
    assert!(told(&judged).starts_with("fail: good "));
    let covered = settings("revocation = 'require'\ncover = '1h'");
    let judged = judge_at(&covered, &observation, &clock);
    assert!(told(&judged).starts_with("pass: good "));
}

#[test]
fn a_responder_that_was_asked_is_judged_like_a_staple() {
    let world = World::new();
    let leaf = leaf(&world, true, false, false);
    let staple = Response::good(&leaf, &world.middle, NOW, T0 + DAY);
    let ask = settings("ocsp-query = true");
    let vouches = |outcome: Option<ResponderOutcome>| {
        let stapled = staple.clone().by(&world.middle);
        let mut observation = served(&world, &leaf, &[Some(stapled)]);
        if let Some(outcome) = outcome {
            answered(&mut observation, &leaf, outcome);
        }
        let judgement = judge(&ask, &observation);
        let finding = by(&judgement, &rules::OCSP_RESPONDER)[0];
        let observed = finding.observed.as_deref().unwrap();
        format!("{}: {observed}", finding.status)
    };
    let answer = |response: Vec<u8>| {
        vouches(Some(ResponderOutcome::Answered {
            response: Der(response),
        }))
    };
    assert!(answer(staple.clone().by(&world.middle)).starts_with("pass: good "));
    let revoked = staple.clone().revoked(NOW - DAY).by(&world.middle);
    assert!(answer(revoked).starts_with("fail: revoked since "));
    let forged = staple.clone().by(&Authority::root("Test Intermediate"));
    assert_eq!(answer(forged), "fail: its signature is wrong");
    let busy = "error: it returns the error \"tryLater\"";
    assert_eq!(answer(try_later()), busy);
    assert!(answer(b"<html>".to_vec()).starts_with("error: it is not an OCSP response: "));
    let missing = ResponderOutcome::Missing {
        error: unreachable(),
    };
    assert_eq!(
        vouches(Some(missing)),
        "error: http://ocsp.test could not be connected to: 192.0.2.9:80: no answer"
    );
    assert_eq!(vouches(None), "error: the probe ended before that");
}

#[test]
fn a_certificate_that_names_nobody_is_passed_over_unless_proof_is_required() {
    let world = World::new();
    let required = settings("revocation = 'require'");
    let long = served(&world, &leaf(&world, false, false, false), &[None]);
    assert_eq!(
        told(&judge(&settings(""), &long)),
        "skipped: no client learns of its revocation"
    );
    assert_eq!(
        told(&judge(&required, &long)),
        "fail: The certificate of gw.example.com:443 names neither an OCSP responder nor a revocation list"
    );
    let short = world
        .middle
        .issue(&Leaf::new(NAME, NOW - DAY, T0 + 3 * DAY));
    let short = served(&world, &short, &[None]);
    assert_eq!(
        told(&judge(&required, &short)),
        "skipped: it needs none: it lives for 7 days"
    );
    let asks = settings("ocsp-query = true");
    let listed_only = leaf(&world, false, true, false);
    let mut observation = served(&world, &listed_only, &[None]);
    listed(&mut observation, &listed_only, read(listing(NOW, T0 + DAY)));
    let judgement = judge(&asks, &observation);
    assert_eq!(judgement.status(), Status::Pass);
}

#[test]
fn addresses_that_staple_differently_are_told_apart() {
    let world = World::new();
    let leaf = leaf(&world, true, true, false);
    let until = |end| Response::good(&leaf, &world.middle, NOW, end).by(&world.middle);
    let staples = [
        Some(until(T0 + 2 * DAY)),
        Some(until(T0 + DAY)),
        Some(until(NOW)),
        None,
    ];
    let mut observation = served(&world, &leaf, &staples);
    listed(&mut observation, &leaf, read(listing(NOW, T0 + DAY)));
    let judgement = judge(&settings(""), &observation);
    insta::assert_snapshot!(super::lines(&judgement, &OF_LEAF), @r#"
    pass tls/staple (gw.example.com:443 at 192.0.2.1): gw.example.com:443 staples proof that its certificate is not revoked
      observed: good from 2026-11-21 02:00 UTC until 2026-11-25 02:00 UTC
    pass tls/staple (gw.example.com:443 at 192.0.2.2): gw.example.com:443 staples proof that its certificate is not revoked
      observed: good from 2026-11-21 02:00 UTC until 2026-11-25 02:00 UTC
    fail tls/staple (gw.example.com:443 at 192.0.2.3): The staple of gw.example.com:443 is out of date
      expected: good until 2026-11-24 05:00 UTC
      observed: good from 2026-11-21 02:00 UTC until 2026-11-21 02:00 UTC, it ended 3 days before T-0
      hint: The server has to fetch a new response in time: check its log, and whether it reaches the responder.
    warn tls/staple (gw.example.com:443 at 192.0.2.4): gw.example.com:443 staples no OCSP response
      expected: a stapled OCSP response
      observed: none in two handshakes
      hint: Turn stapling on (nginx: `ssl_stapling on` with a `resolver`; haproxy: `ocsp-update on`), check the server's log, and whether it reaches http://ocsp.test; a server may also hold back a response that says "revoked".
    pass tls/revocation-list (gw.example.com:443): The certificate of gw.example.com:443 is not on the revocation list of "Test Intermediate"
      observed: good from 2026-11-21 02:00 UTC until 2026-11-25 02:00 UTC
    "#);
    let table = judgement.exhibits.iter().find_map(|exhibit| match exhibit {
        Exhibit::Table { title, rows, .. } if title == "How revocation is known" => Some(rows),
        _ => None,
    });
    let rows: Vec<_> = table
        .unwrap()
        .iter()
        .map(|row| crate::model::cell::line(row, " | "))
        .collect();
    insta::assert_snapshot!(rows.join("\n"), @"
    gw.example.com:443 | staple at 192.0.2.1 | good | 2026-11-21 02:00:00 UTC | 2026-11-26 02:00:00 UTC | the issuer
    gw.example.com:443 | staple at 192.0.2.2 | good | 2026-11-21 02:00:00 UTC | 2026-11-25 02:00:00 UTC | the issuer
    gw.example.com:443 | staple at 192.0.2.3 | good | 2026-11-21 02:00:00 UTC | 2026-11-21 02:00:00 UTC | the issuer
    gw.example.com:443 | staple at 192.0.2.4 | none |  |  | 
    gw.example.com:443 | list http://list.test/7.crl | 12 certificates, not this one | 2026-11-21 02:00:00 UTC | 2026-11-25 02:00:00 UTC | the issuer
    ");
    let measures: Vec<_> = judgement
        .measures
        .iter()
        .filter(|measure| measure.name.starts_with("ssl_ocsp"))
        .map(|measure| {
            format!(
                "{} {} {}",
                measure.name, measure.labels["address"], measure.value
            )
        })
        .collect();
    insta::assert_snapshot!(measures.join("\n"), @"
    ssl_ocsp_response_stapled 192.0.2.1 1
    ssl_ocsp_response_next_update 192.0.2.1 1795658400
    ssl_ocsp_response_stapled 192.0.2.2 1
    ssl_ocsp_response_next_update 192.0.2.2 1795572000
    ssl_ocsp_response_stapled 192.0.2.3 1
    ssl_ocsp_response_next_update 192.0.2.3 1795226400
    ssl_ocsp_response_stapled 192.0.2.4 0
    ");
}

#[test]
fn of_an_untrusted_chain_no_word_counts() {
    let world = World::new();
    let stranger = World::new();
    let leaf = leaf(&stranger, true, true, true);
    let mut observation = served(&stranger, &leaf, &[None]);
    observation.anchors.clear();
    observation.roots = world.roots.sets().to_vec();
    let judgement = judge(&settings("revocation = 'require'"), &observation);
    assert_eq!(judgement.status(), Status::Fail);
    let said = OF_LEAF.iter().flat_map(|rule| by(&judgement, rule));
    assert_eq!(said.count(), 0, "{}", faults(&judgement));
}

#[test]
fn a_plan_says_what_else_is_asked() {
    let load = |more| Tls::plan(&settings(more)).load;
    assert!(!load("revocation = 'off'\ntransparency = 'off'").contains(';'));
    assert!(load("").contains("; another handshake where a staple is missing, "));
    assert!(load("ocsp-query = true").contains("and OCSP responders that the certificates name"));
}
