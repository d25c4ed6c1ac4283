//! The judge of warmth by table: rounds of TTLs, and what they are read as.

use serde_json::{Value, json};

use crate::checks::dns::Dns;
use crate::checks::dns::observation::Observation;
use crate::checks::dns::settings::{Settings, Warm};
use crate::fixtures::judged::Judged as _;
use crate::model::{Judgement, LaunchFacts, Module as _, Status};

const FACTS: LaunchFacts =
    LaunchFacts::timed(jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::UNIX_EPOCH);

/// An answer: at so many seconds, with this TTL. Each takes 20 ms in the first round and 1 ms later.
fn answer(at: f64, ttl: u32, round: usize) -> Value {
    json!({"transport": "udp", "start_us": (at * 1e6) as u64, "duration_us": if round == 0 { 20_000 } else { 1_000 },
           "outcome": {"kind": "answer", "rcode": "NOERROR", "ra": true,
                       "records": [{"type": "A", "ttl": ttl, "data": "192.0.2.1"}]}})
}

/// Names `n0.test`, `n1.test`, ... at 10.0.0.1, each with its TTLs of the rounds, which are 2 s apart.
fn course(names: &[&[u32]], change: impl Fn(usize, usize, &mut Value)) -> (Settings, Observation) {
    let rounds = names.iter().map(|ttls| ttls.len()).max().unwrap();
    let mut exchanges = Vec::new();
    for round in 0..rounds {
        for (name, ttls) in names.iter().enumerate() {
            let attempts = ttls.get(round).map(|ttl| {
                let mut attempt = answer(2.0 * round as f64, *ttl, round);
                change(name, round, &mut attempt);
                attempt
            });
            let attempts: Vec<_> = attempts.into_iter().collect();
            exchanges.push(
                json!({"name": format!("n{name}.test"), "type": "A", "resolver": "10.0.0.1",
                                  "round": round, "attempts": attempts}),
            );
        }
    }
    let listed: Vec<_> = (0..names.len())
        .map(|name| format!("n{name}.test"))
        .collect();
    let settings = json!({"names": listed, "resolvers": ["10.0.0.1"], "warm": {"rounds": rounds}});
    let seen = json!({"exchanges": exchanges, "resolvers": []});
    (
        serde_json::from_value(settings).unwrap(),
        serde_json::from_value(seen).unwrap(),
    )
}

fn plain(names: &[&[u32]]) -> (Settings, Observation) {
    course(names, |_, _, _| {})
}

/// Adds what the zone's own server states for each name.
fn state(settings: &mut Settings, observation: &mut Observation, ttls: &[u32]) {
    settings.authoritative = Some(toml::from_str("").unwrap());
    let exchanges: Vec<_> = ttls
        .iter()
        .enumerate()
        .map(|(name, ttl)| {
            let mut attempt = answer(9.0, *ttl, 1);
            attempt["outcome"]["aa"] = true.into();
            json!({"name": format!("n{name}.test"), "type": "A", "resolver": "10.0.0.9:53", "attempts": [attempt]})
        })
        .collect();
    let walk = json!({"zones": [{"name": "test.", "servers": [{"address": "10.0.0.9:53", "exchanges": exchanges}]}]});
    observation.source = Some(serde_json::from_value(walk).unwrap());
}

fn judged((settings, observation): &(Settings, Observation)) -> Judgement {
    Dns::judge(settings, observation, &FACTS)
}

fn observed(judgement: &Judgement, rule: &str) -> String {
    judgement.said(rule).1.to_owned()
}

fn warm(settings: &mut Settings) -> &mut Warm {
    settings.warm.as_mut().unwrap()
}

#[test]
fn the_first_round_is_cold_and_later_ones_are_warm() {
    let judgement = judged(&plain(&[&[300, 298, 296], &[60, 58, 56]]));
    insta::assert_snapshot!(
        observed(&judgement, "dns/cold-and-warm"),
        @"95th percentile 20.0 ms cold and 1.0 ms warm; 4 of 4 later questions (100 %) have answers consistent with a warm cache; by the fall of TTLs against the highest one seen"
    );
    assert_eq!(judgement.status(), Status::Pass);
    let ratio = judgement
        .measures
        .iter()
        .find(|measure| measure.name == "dns_warm_ratio");
    assert_eq!(ratio.unwrap().value, 1.0);
}

#[test]
fn the_share_keeps_its_bound_or_is_not_known() {
    for (names, least, status, words) in [
        (
            &[&[300, 298][..], &[300, 300]][..],
            "50%",
            Status::Pass,
            "1 of 2 later questions (50 %)",
        ),
        (
            &[&[300, 298], &[300, 300]],
            "51%",
            Status::Fail,
            "1 at the full TTL again",
        ),
        (
            &[&[300, 298], &[300]],
            "100%",
            Status::Error,
            "1 of 2 later questions",
        ), // not observed
        (
            &[&[1, 1], &[300, 298]],
            "100%",
            Status::Error,
            "1 fetched again after the TTL had run out",
        ),
        (&[&[0, 0]], "1%", Status::Error, "0 of 1"),
    ] {
        let (mut settings, observation) = plain(names);
        warm(&mut settings).min = Some(least.parse().unwrap());
        let judgement = judged(&(settings, observation));
        let found = judgement.finding("dns/warm-share");
        let text = found.observed.as_deref().unwrap();
        assert_eq!(found.status, status, "{names:?} {least}: {text}");
        assert!(text.contains(words), "{names:?}: {text}");
    }
    // Asked again at once: it cannot be told.
    let mut soon = course(&[&[300, 300]], |_, _, attempt| {
        attempt["start_us"] = 0.into();
    });
    warm(&mut soon.0).min = Some("50%".parse().unwrap());
    let judgement = judged(&soon);
    let found = judgement.finding("dns/warm-share");
    assert_eq!(found.status, Status::Error);
    assert!(
        found
            .observed
            .as_deref()
            .unwrap()
            .contains("1 too soon to tell")
    );
}

#[test]
fn an_authority_is_no_cache() {
    let mut course = course(&[&[300, 300]], |_, _, attempt| {
        attempt["outcome"]["aa"] = true.into();
    });
    warm(&mut course.0).min = Some("50%".parse().unwrap());
    let judgement = judged(&course);
    let found = judgement.finding("dns/warm-share");
    assert_eq!(found.status, Status::Error);
    assert!(
        found
            .observed
            .as_deref()
            .unwrap()
            .contains("authority (AA)")
    );
}

#[test]
fn warm_answers_keep_their_time() {
    for (bound, status) in [("1ms", Status::Pass), ("900us", Status::Fail)] {
        let (mut settings, observation) = plain(&[&[300, 298]]);
        warm(&mut settings).p95_max = Some(bound.parse().unwrap());
        let judgement = judged(&(settings, observation));
        assert_eq!(judgement.finding("dns/warm-time").status, status, "{bound}");
    }
    let (mut settings, observation) = plain(&[&[300], &[300, 298]]);
    settings.names.truncate(1);
    warm(&mut settings).p95_max = Some("1s".parse().unwrap());
    let judgement = judged(&(settings, observation));
    assert_eq!(judgement.finding("dns/warm-time").status, Status::Error);
    assert_eq!(judgement.finding("dns/cold-and-warm").status, Status::Error);
}

#[test]
fn what_was_warm_before_is_told_against_the_zone() {
    let (mut settings, mut observation) = plain(&[&[120, 118], &[300, 298]]);
    let judgement = judged(&(settings.clone(), observation.clone()));
    assert!(!observed(&judgement, "dns/cold-and-warm").contains("warm before"));
    state(&mut settings, &mut observation, &[300, 300]);
    let judgement = judged(&(settings, observation));
    let text = observed(&judgement, "dns/cold-and-warm");
    assert!(text.contains("warm before the first round: 50 %"), "{text}");
    assert!(text.contains("those that the zone states"), "{text}");
}

#[test]
fn rests_of_one_ttl_may_be_cut_and_are_not_warm_before_the_first_round() {
    let (mut settings, mut observation) = plain(&[&[50, 48], &[50, 48]]);
    state(&mut settings, &mut observation, &[300, 300]);
    warm(&mut settings).min = Some("100%".parse().unwrap());
    let judgement = judged(&(settings, observation));
    let text = observed(&judgement, "dns/cold-and-warm");
    assert!(
        text.ends_with("whether it was warm before the first round is not known: 2 record sets at 50 s at most, not 300 s"),
        "{text}"
    );
    // From one round to the next they fall, in either case.
    assert_eq!(judgement.finding("dns/warm-share").status, Status::Pass);
}

#[test]
fn ttls_that_are_not_the_zones_are_named() {
    let floor = "2 of 2 record sets above the zone's TTL, up to 600 s where it states 60 s";
    let cap = "none above 50 s, with 60 s and 300 s cut to it alike";
    let pinned = "1 answers at 30 s that do not fall";
    for (names, zone, status, words) in [
        (
            &[&[600, 598][..], &[600, 598]][..],
            &[60, 60][..],
            Status::Warn,
            floor,
        ),
        (&[&[50, 48], &[50, 48]], &[300, 60], Status::Warn, cap),
        (&[&[30, 30], &[300, 298]], &[300, 300], Status::Warn, pinned),
        // Two rests of one TTL: a cache that was filled at one instant, or a cap.
        (
            &[&[50, 48], &[50, 48]],
            &[300, 300],
            Status::Skipped,
            "2 record sets at 50 s at most where the zone states 300 s",
        ),
        (
            &[&[50, 48], &[20, 18]],
            &[300, 300],
            Status::Skipped,
            "1 record set at 50 s at most",
        ),
        // As old as the rest of another TTL: filled at one instant.
        (
            &[&[250, 248], &[10, 8]],
            &[300, 60],
            Status::Pass,
            "2 of 2 record sets",
        ),
        // A full TTL shows that none is cut to less.
        (
            &[&[50, 48], &[300, 298]],
            &[300, 300],
            Status::Pass,
            "2 of 2 record sets",
        ),
        (
            &[&[60, 58], &[300, 298]],
            &[60, 300],
            Status::Pass,
            "2 of 2 record sets",
        ),
    ] {
        let (mut settings, mut observation) = plain(names);
        state(&mut settings, &mut observation, zone);
        let judgement = judged(&(settings, observation));
        let found = judgement.finding("dns/zone-ttl");
        let text = found.observed.as_deref().unwrap();
        assert_eq!(found.status, status, "{names:?}: {text}");
        assert!(text.contains(words), "{names:?}: {text}");
    }
    let judgement = judged(&plain(&[&[600, 598]]));
    assert!(
        judgement.found("dns/zone-ttl").is_empty(),
        "nothing to hold it against"
    );
}

#[test]
fn stale_answers_are_named_with_and_without_a_word_of_theirs() {
    let say = |reason: &'static str| {
        move |_: usize, round: usize, attempt: &mut Value| {
            if round == 1 {
                attempt["outcome"]["reasons"] = json!([reason]);
            }
        }
    };
    let said = course(&[&[1, 30]], say("stale answer"));
    let text = observed(&judged(&said), "dns/stale-answers");
    assert!(text.starts_with("1 answers say so themselves"), "{text}");
    let (mut settings, mut observation) = plain(&[&[1, 30]]);
    state(&mut settings, &mut observation, &[60]);
    let judgement = judged(&(settings, observation));
    let found = judgement.finding("dns/stale-answers");
    assert_eq!(found.status, Status::Warn);
    assert!(
        found
            .observed
            .as_deref()
            .unwrap()
            .contains("consistent with RFC 8767")
    );
    assert_eq!(judgement.finding("dns/zone-ttl").status, Status::Skipped);
    let other = course(&[&[1, 1]], say("blocked"));
    assert!(judged(&other).found("dns/stale-answers").is_empty());
}

#[test]
fn several_caches_behind_one_address_are_noticed() {
    // Two caches, filled 100 s apart, asked in turn.
    let (mut settings, mut observation) = plain(&[&[200, 298, 196, 294]]);
    state(&mut settings, &mut observation, &[300]);
    let text = observed(&judged(&(settings, observation)), "dns/cold-and-warm");
    assert!(
        text.contains("1 answers run out earlier than earlier ones: several caches"),
        "{text}"
    );
    assert!(text.contains("3 of 3 later questions"), "{text}");
    let text = observed(
        &judged(&plain(&[&[300, 298, 296, 294]])),
        "dns/cold-and-warm",
    );
    assert!(!text.contains("several caches"), "{text}");
}

#[test]
fn an_alias_counts_with_its_target() {
    let chain = |_: usize, round: usize, attempt: &mut Value| {
        attempt["start_us"] = (8_000_000 * round).into();
        attempt["outcome"]["records"] = json!([
            {"type": "CNAME", "ttl": 300 - 8 * round, "data": "lb.test."},
            {"name": "lb.test.", "type": "A", "ttl": 5, "data": "192.0.2.1"}]);
    };
    let text = observed(&judged(&course(&[&[0, 0]], chain)), "dns/cold-and-warm");
    assert!(text.contains("0 of 1 later questions"), "{text}");
    assert!(
        text.contains("1 fetched again after the TTL had run out"),
        "{text}"
    );
}
