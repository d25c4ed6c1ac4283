//! The judge of what a staple saves, by table.

use super::{NAME, NOW, T0, World, by, first_session, judge, observed, settings};
use crate::checks::tls::observation::Observation;
use crate::checks::tls::revocation::Asked;
use crate::checks::tls::staple_gain::{Flights, Greeted, Question, Reply};
use crate::checks::tls::{Settings, Tls, rules};
use crate::fixtures::pki::{DAY, Leaf, Revocation};
use crate::instrument::http::FetchError;
use crate::instrument::tls::{Der, Failure};
use crate::model::{Exhibit, Judgement, Module as _, Rule, Status};

const RESPONDER: &str = "http://ocsp.test";
const SAVES: Rule = rules::STAPLE_GAIN;
const TRIPS: Rule = rules::STAPLE_SIZE;

/// One address that staples, with what was measured there.
fn measured(world: &World, flights: Flights, questions: Vec<Question>) -> Observation {
    let mut leaf = Leaf::new(NAME, NOW - 10 * DAY, T0 + 80 * DAY);
    leaf.revocation = Revocation {
        responder: Some(RESPONDER.to_owned()),
        ..Revocation::default()
    };
    let chain = world.chain(world.middle.issue(&leaf));
    let mut observation = observed(&world.roots, &[chain]);
    let session = first_session(&mut observation);
    session.staple = Some(Der(vec![1; 500]));
    session.flights = flights;
    let digest = session.chain[0].clone();
    observation.questions.insert(digest, questions);
    observation
}

fn flight(took_us: u64, bytes: u64, staple: u64) -> Greeted {
    Greeted::Flight {
        took_us,
        bytes,
        staple,
    }
}

/// Three flights of each kind: times in milliseconds, and the bytes of the largest.
fn flights(with: [u64; 3], without: [u64; 3], bytes: [u64; 2]) -> Flights {
    let side = |times: [u64; 3], bytes: u64, staple: u64| {
        let sizes = [bytes - 4, bytes, bytes - 2];
        let each = times.iter().zip(sizes);
        each.map(|(time, bytes)| flight(time * 1000, bytes, staple))
            .collect()
    };
    Flights {
        with: side(with, bytes[0], 500),
        without: side(without, bytes[1], 0),
    }
}

fn asked(milliseconds: u64, outcome: Reply) -> Asked<Reply> {
    Asked {
        url: RESPONDER.to_owned(),
        took_us: milliseconds * 1000,
        outcome,
    }
}

fn questions(times: [u64; 3]) -> Vec<Question> {
    let each = times.into_iter();
    each.map(|time| vec![asked(time, Reply::Answered { bytes: 500 })])
        .collect()
}

/// The one finding by a rule: its status and what was observed.
fn found(judgement: &Judgement, rule: Rule) -> (Status, String) {
    let [found] = by(judgement, &rule)[..] else {
        panic!("{}: {judgement:#?}", rule.id);
    };
    (found.status, found.observed.clone().unwrap_or_default())
}

fn both() -> [Settings; 2] {
    ["require", "note"].map(|word| settings(&format!("staple-gain.level = \"{word}\"")))
}

const SMALL: [u64; 2] = [4_508, 4_000];

#[test]
fn a_staple_saves_the_question_less_what_it_costs_itself() {
    let world = World::new();
    let quick = [2, 9, 3];
    for (what, with, asks, status, words) in [
        (
            "quick",
            [3, 4, 90],
            [40, 50, 30],
            Status::Pass,
            "it saves 39.0 ms: ",
        ),
        (
            "no slower",
            [3, 3, 3],
            [1, 1, 1],
            Status::Pass,
            "it saves 1.0 ms: ",
        ),
        (
            "quicker",
            [1, 1, 1],
            [1, 1, 1],
            Status::Pass,
            "it saves 3.0 ms: ",
        ),
        (
            "waits",
            [43, 44, 3],
            [40, 50, 30],
            Status::Fail,
            "the first flight takes ",
        ),
        (
            "even",
            [43, 43, 3],
            [40, 50, 30],
            Status::Fail,
            "the first flight takes ",
        ),
        (
            "slow",
            [300, 400, 500],
            [40, 50, 30],
            Status::Fail,
            "the first flight takes ",
        ),
    ] {
        let observation = measured(&world, flights(with, quick, SMALL), questions(asks));
        let [require, note] = both().map(|asks| found(&judge(&asks, &observation), SAVES));
        assert_eq!(require.0, status, "{what}: {require:?}");
        assert!(require.1.starts_with(words), "{what}: {require:?}");
        let weaker = if status == Status::Pass {
            Status::Pass
        } else {
            Status::Warn
        };
        assert_eq!(note, (weaker, require.1), "{what}");
    }
    let observation = measured(&world, flights([300; 3], quick, SMALL), questions([40; 3]));
    let (_, observed) = found(&judge(&both()[0], &observation), SAVES);
    assert_eq!(
        observed,
        "the first flight takes 300.0 ms with it and 3.0 ms without, an OCSP query 40.0 ms (medians)"
    );
}

#[test]
fn a_staple_that_overflows_the_window_costs_a_round_trip() {
    let world = World::new();
    for (bytes, status, words) in [
        (
            [14_600, 14_000],
            Status::Pass,
            "certificates and staple fit into the first 14600 bytes",
        ),
        (
            [14_601, 14_600],
            Status::Fail,
            "14601 bytes in 2 round trips, without it 14600 bytes in 1",
        ),
        (
            [16_000, 15_000],
            Status::Pass,
            "the first flight takes 2 round trips, also without it",
        ),
        (
            [43_800, 43_000],
            Status::Pass,
            "the first flight takes 2 round trips, also without it",
        ),
        (
            [43_801, 43_800],
            Status::Fail,
            "43801 bytes in 3 round trips, without it 43800 bytes in 2",
        ),
    ] {
        let observation = measured(&world, flights([3; 3], [2; 3], bytes), questions([40; 3]));
        let [require, note] = both().map(|asks| found(&judge(&asks, &observation), TRIPS));
        assert_eq!(require, (status, words.to_owned()));
        let weaker = if status == Status::Pass {
            Status::Pass
        } else {
            Status::Warn
        };
        assert_eq!(note, (weaker, words.to_owned()));
        let (saves, _) = found(&judge(&both()[0], &observation), SAVES);
        assert_eq!(saves, Status::Pass, "it is a claim of its own");
    }
}

#[test]
fn what_was_not_measured_is_never_a_pass() {
    let world = World::new();
    let good = || flights([3; 3], [2; 3], SMALL);
    let asks = || questions([40; 3]);
    let changed = |change: &dyn Fn(&mut Flights)| {
        let mut flights = good();
        change(&mut flights);
        flights
    };
    let hung = || Greeted::Failed {
        failure: Failure::Refused,
    };
    let other = || Greeted::OtherCertificate;
    let unheard = |outcome| vec![questions([40; 3])[0].clone(), vec![asked(5, outcome)]];
    let missing = Reply::Missing {
        error: FetchError::Status { status: 503 },
    };
    let useless = Reply::Useless {
        why: "it is about another certificate".to_owned(),
    };
    for (flights, questions, words) in [
        (
            Flights::default(),
            asks(),
            "the probe ended before it sent a ClientHello",
        ),
        (
            changed(&|of| drop(of.without.pop())),
            asks(),
            "the probe ended after 5 of 6 ClientHellos",
        ),
        (
            changed(&|of| of.with[1] = hung()),
            asks(),
            "to a ClientHello with a request for a staple, it refused the connection",
        ),
        (
            changed(&|of| of.without[0] = hung()),
            asks(),
            "to a ClientHello with no request for one, it refused the connection",
        ),
        (
            changed(&|of| of.with[2] = other()),
            asks(),
            "to a ClientHello with a request for a staple, it served another certificate",
        ),
        (
            changed(&|of| of.with[2] = flight(3_000, 4_000, 0)),
            asks(),
            "it stapled in answer to 2 of 3 ClientHellos",
        ),
        (
            changed(&|of| of.without[2] = flight(3_000, 4_000, 500)),
            asks(),
            "it staples without being asked to",
        ),
        (
            good(),
            Vec::new(),
            "the probe ended after 0 of 3 questions to the responder",
        ),
        (
            good(),
            questions([40; 3])[..2].to_vec(),
            "the probe ended after 2 of 3 questions to the responder",
        ),
        (
            good(),
            vec![Question::new()],
            "the probe ended after 0 of 3 questions to the responder",
        ),
        (
            good(),
            unheard(missing),
            "http://ocsp.test answered with HTTP status 503",
        ),
        (
            good(),
            unheard(useless),
            "http://ocsp.test sends no usable answer: it is about another certificate",
        ),
    ] {
        let observation = measured(&world, flights, questions);
        let [require, note] = both().map(|asks| found(&judge(&asks, &observation), SAVES));
        assert_eq!(require, (Status::Error, words.to_owned()));
        assert_eq!(note, (Status::Warn, words.to_owned()));
        let saved = judge(&both()[0], &observation);
        let mut measures = saved.measures.iter();
        assert!(
            !measures.any(|one| one.name == "tls_staple_saved_seconds"),
            "{words}"
        );
    }
    // A question is as long as the client's way to an answer.
    let slow = || {
        vec![
            asked(
                100,
                Reply::Missing {
                    error: FetchError::Timeout { after_ms: 100 },
                },
            ),
            asked(40, Reply::Answered { bytes: 500 }),
        ]
    };
    let observation = measured(&world, good(), vec![slow(), slow(), slow()]);
    let (_, observed) = found(&judge(&both()[0], &observation), SAVES);
    assert!(
        observed.ends_with("an OCSP query 140.0 ms (medians)"),
        "{observed}"
    );
}

#[test]
fn who_staples_nothing_or_nobody_could_be_asked_about_is_passed_over() {
    let world = World::new();
    let mut observation = measured(&world, Flights::default(), Vec::new());
    first_session(&mut observation).staple = None;
    let required = &both()[0];
    let judgement = judge(required, &observation);
    let finding = by(&judgement, &SAVES)[0];
    assert_eq!(finding.status, Status::Skipped);
    assert!(finding.claim.ends_with(" staples nothing"), "{finding:?}");
    let mut observation = observed_without_responder(&world);
    first_session(&mut observation).staple = Some(Der(vec![1; 500]));
    let (status, _) = found(&judge(required, &observation), SAVES);
    assert_eq!(status, Status::Skipped);
    let untrusted = World::new();
    let mut observation = measured(&untrusted, Flights::default(), Vec::new());
    observation.anchors.clear();
    let judgement = judge(required, &observation);
    assert!(by(&judgement, &SAVES).is_empty());
    assert_eq!(judgement.status(), Status::Fail);
    // Nor is anything said where nothing was asked.
    let observation = measured(&world, flights([3; 3], [2; 3], SMALL), questions([40; 3]));
    let judgement = judge(&settings(""), &observation);
    assert!(by(&judgement, &SAVES).is_empty() && by(&judgement, &TRIPS).is_empty());
}

fn observed_without_responder(world: &World) -> Observation {
    observed(&world.roots, &[world.good()])
}

#[test]
fn figures_stand_in_measures_and_a_table() {
    let world = World::new();
    let observation = measured(&world, flights([4; 3], [2; 3], SMALL), questions([40; 3]));
    let judgement = judge(&both()[1], &observation);
    let measures = judgement.measures.iter().filter(|measure| {
        ["tls_staple", "tls_first", "tls_ocsp"]
            .iter()
            .any(|start| measure.name.starts_with(start))
    });
    let measures: Vec<_> = measures
        .map(|measure| format!("{} {:?} {}", measure.name, measure.labels, measure.value))
        .collect();
    insta::assert_snapshot!(measures.join("\n"), @r#"
    tls_ocsp_question_seconds {"address": "192.0.2.1", "endpoint": "gw.example.com:443"} 0.04
    tls_staple_saved_seconds {"address": "192.0.2.1", "endpoint": "gw.example.com:443"} 0.038
    tls_first_flight_bytes {"address": "192.0.2.1", "endpoint": "gw.example.com:443", "staple": "with"} 4508
    tls_first_flight_seconds {"address": "192.0.2.1", "endpoint": "gw.example.com:443", "staple": "with"} 0.004
    tls_first_flight_bytes {"address": "192.0.2.1", "endpoint": "gw.example.com:443", "staple": "without"} 4000
    tls_first_flight_seconds {"address": "192.0.2.1", "endpoint": "gw.example.com:443", "staple": "without"} 0.002
    "#);
    let mut tables = judgement.exhibits.iter();
    let row = tables.find_map(|exhibit| match exhibit {
        Exhibit::Table {
            title,
            columns,
            rows,
            ..
        } if title.starts_with("What a staple gains") => {
            assert_eq!(columns.len(), rows[0].len());
            Some(rows.clone())
        }
        _ => None,
    });
    let row = row.expect("a table").concat();
    assert_eq!(
        row[2..],
        ["4 ms", "4508 bytes", "2 ms", "4000 bytes", "40 ms", "38 ms"]
    );
}

#[test]
fn the_plan_says_how_often_and_settings_that_fit_nothing_are_told() {
    let asks = settings("staple-gain.handshakes = 5");
    let load = Tls::plan(&asks).load;
    let words = "; 10 ClientHellos for each address that staples, and 5 questions to the OCSP responder of each certificate";
    assert!(load.ends_with(words), "{load}");
    assert_eq!(Tls::review(&asks), []);
    let none = settings("revocation = \"off\"\n[staple-gain]");
    assert_eq!(Tls::review(&none)[0].key, "staple-gain");
}
