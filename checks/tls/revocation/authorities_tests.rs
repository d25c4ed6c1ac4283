//! The judge of the authorities above a server's certificate, by table.

use super::super::{NAME, NOW, T0, World, by, judge, lines, observed, settings, trusting};
use super::{at, leaf, listing, read, served, unreachable};
use crate::checks::tls::observation::Observation;
use crate::checks::tls::revocation::{Asked, ListOutcome};
use crate::checks::tls::rules;
use crate::fixtures::pki::{Authority, DAY, Issued, Leaf, Revocation};
use crate::instrument::revocation::{ListError, Listing, Revoked};
use crate::model::digest::sha256_hex;
use crate::model::{Exhibit, Judgement, Status};

const PLACE: &str = "http://list.test/root.crl";

/// A world whose intermediate says this about itself.
fn world(revocation: &Revocation) -> World {
    let mut world = World::new();
    let (from, until) = (NOW - 400 * DAY, T0 + 400 * DAY);
    world.middle = world
        .root
        .below("Test Intermediate", from, until, revocation);
    world
}

fn naming(places: &[&str]) -> Revocation {
    Revocation {
        lists: places.iter().map(ToString::to_string).collect(),
        ..Revocation::default()
    }
}

/// A leaf that names no list or responder, served below the world's intermediate.
fn below(world: &World) -> Observation {
    served(world, &leaf(world, false, false, false), &[None])
}

fn listed(observation: &mut Observation, authority: &[u8], outcome: ListOutcome) {
    let asked = Asked {
        url: PLACE.to_owned(),
        took_us: 900,
        outcome,
    };
    let lists = &mut observation.revocation.lists;
    lists.entry(sha256_hex(authority)).or_default().push(asked);
}

fn unusable(error: ListError) -> ListOutcome {
    ListOutcome::Unusable {
        sha256: "00".to_owned(),
        size: 700,
        error,
    }
}

/// The one finding about an intermediate's revocation: its status, and what was observed or else claimed.
fn told(judgement: &Judgement) -> String {
    match by(judgement, &rules::INTERMEDIATE_REVOKED)[..] {
        [one] => {
            let observed = one.observed.as_ref().unwrap_or(&one.claim);
            format!("{}: {observed}", one.status)
        }
        [] => "nothing".to_owned(),
        _ => panic!("not one finding: {judgement:#?}"),
    }
}

#[test]
fn the_list_of_an_intermediate_is_judged_as_that_of_a_leaf() {
    let world = world(&naming(&[PLACE]));
    let revoked = Listing {
        revoked: Some(Revoked {
            at: at(NOW - DAY),
            reason: Some("cACompromise".to_owned()),
        }),
        ..listing(NOW - DAY, T0 + DAY)
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
            read(revoked),
            "fail: revoked since 2026-11-20 02:00 UTC (cACompromise)",
        ),
        (
            unusable(ListError::Forged),
            "fail: http://list.test/root.crl: the certificate's issuer did not sign it",
        ),
        (
            unusable(ListError::Unsupported {
                algorithm: "1.2.3".to_owned(),
            }),
            "error: http://list.test/root.crl: its signature cannot be checked: algorithm 1.2.3 is not supported",
        ),
        (
            ListOutcome::Missing {
                error: unreachable(),
            },
            "error: http://list.test/root.crl could not be connected to: 192.0.2.9:80: no answer",
        ),
    ];
    for (outcome, expected) in table {
        let mut observation = below(&world);
        listed(&mut observation, &world.middle.der(), outcome);
        let judgement = judge(&settings(""), &observation);
        assert_eq!(told(&judgement), expected);
        let status = judgement.status().to_string();
        assert!(expected.starts_with(&status), "{status} of {expected}");
        let off = judge(&settings("revocation = 'off'"), &observation);
        assert_eq!(told(&off), "nothing");
    }
    assert_eq!(
        told(&judge(&settings(""), &below(&world))),
        "error: the probe ended before that"
    );
}

#[test]
fn the_finding_names_the_certificate_its_list_and_what_to_do() {
    let world = world(&naming(&[PLACE]));
    let leaf = leaf(&world, false, false, false);
    // The same authority above the certificates of two addresses is one finding.
    let chain = vec![leaf.der, world.middle.der()];
    let other = vec![world.leaf(NOW - DAY, T0 + 80 * DAY).der, world.middle.der()];
    let mut observation = observed(&world.roots, &[chain, other]);
    let revoked = Listing {
        revoked: Some(Revoked {
            at: at(NOW - DAY),
            reason: None,
        }),
        ..listing(NOW - DAY, T0 + DAY)
    };
    listed(&mut observation, &world.middle.der(), read(revoked));
    let judgement = judge(&settings("allow-different = true"), &observation);
    insta::assert_snapshot!(lines(&judgement, &[rules::INTERMEDIATE_REVOKED]), @r#"
    fail tls/intermediate-revoked (gw.example.com:443, "Test Intermediate"): The revocation list of "Test Root" says that the intermediate "Test Intermediate" of gw.example.com:443 is revoked
      expected: good until 2026-11-24 05:00 UTC
      observed: revoked since 2026-11-20 02:00 UTC
      hint: Every certificate below it is rejected too: have one issued below another intermediate, and load it with its chain on every address.
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
    assert_eq!(
        rows[0],
        "gw.example.com:443 | list http://list.test/root.crl on \"Test Intermediate\" | \
         revoked since 2026-11-20 02:00 UTC | 2026-11-20 02:00:00 UTC | 2026-11-25 02:00:00 UTC | the issuer"
    );
}

#[test]
fn an_intermediate_that_names_no_list_is_passed_over_unless_proof_is_required() {
    let required = settings("revocation = 'require'");
    let silent = world(&Revocation::default());
    assert_eq!(told(&judge(&settings(""), &below(&silent))), "nothing");
    assert_eq!(
        told(&judge(&required, &below(&silent))),
        "fail: The intermediate \"Test Intermediate\" of gw.example.com:443 names no revocation list"
    );
    let only_responder = world(&Revocation {
        responder: Some("http://ocsp.test".to_owned()),
        ..Revocation::default()
    });
    let observed = "responders are not asked about intermediates";
    for (settings, status) in [(settings(""), "skipped"), (required, "error")] {
        let told = told(&judge(&settings, &below(&only_responder)));
        assert_eq!(told, format!("{status}: {observed}"));
    }
    let mut brief = World::new();
    brief.middle = brief
        .root
        .intermediate("Test Intermediate", NOW - DAY, T0 + 3 * DAY);
    let below = observed_below(&brief);
    assert_eq!(
        told(&judge(&settings("revocation = 'require'"), &below)),
        "skipped: it needs none: it lives for 7 days"
    );
}

/// A leaf that lives no longer than its issuer.
fn observed_below(world: &World) -> Observation {
    let leaf = world.leaf(NOW - DAY, T0 + 2 * DAY);
    observed(&world.roots, &[vec![leaf.der, world.middle.der()]])
}

#[test]
fn only_the_authorities_on_the_path_are_asked_about_and_no_root() {
    let world = world(&naming(&[PLACE]));
    let lower = world
        .middle
        .below("Lower", NOW - DAY, T0 + 400 * DAY, &naming(&[PLACE]));
    let leaf = lower.issue(&Leaf::new(NAME, NOW - 10 * DAY, T0 + 80 * DAY));
    let unused = world
        .root
        .below("Unused", NOW - DAY, T0 + 400 * DAY, &naming(&[PLACE]));
    let chain = |leaf: &Issued| {
        vec![
            leaf.der.clone(),
            lower.der(),
            world.middle.der(),
            unused.der(),
            world.root.der(),
        ]
    };
    let mut observation = observed(&world.roots, &[chain(&leaf)]);
    for authority in [&lower, &world.middle] {
        listed(
            &mut observation,
            &authority.der(),
            read(listing(NOW, T0 + DAY)),
        );
    }
    let judgement = judge(&settings(""), &observation);
    let about = by(&judgement, &rules::INTERMEDIATE_REVOKED);
    let claims: Vec<_> = about
        .iter()
        .map(|finding| (finding.status, finding.subject.as_str()))
        .collect();
    assert_eq!(
        claims,
        [
            (Status::Pass, "gw.example.com:443, \"Lower\""),
            (Status::Pass, "gw.example.com:443, \"Test Intermediate\""),
        ]
    );
    // Who trusts the intermediate itself needs no word about it.
    let roots = trusting(&world.middle.pem());
    let mut observation = observed(&roots, &[chain(&leaf)]);
    listed(&mut observation, &lower.der(), read(listing(NOW, T0 + DAY)));
    let told = told(&judge(&settings(""), &observation));
    assert!(told.starts_with("pass: good from "), "{told}");
}

#[test]
fn of_an_authority_that_is_certified_twice_the_certificate_on_the_path_counts() {
    // One name and one key, certified by the trusted root and by another one.
    let world = world(&naming(&[PLACE]));
    let other = Authority::root("Other Root");
    let elsewhere = naming(&["http://list.test/other.crl"]);
    let crossed = other.cross_saying(
        &world.middle,
        "Test Intermediate",
        T0 + 400 * DAY,
        &elsewhere,
    );
    let leaf = leaf(&world, false, false, false);
    let chain = vec![leaf.der, crossed.clone(), world.middle.der()];
    let mut observation = observed(&world.roots, &[chain]);
    listed(
        &mut observation,
        &world.middle.der(),
        read(listing(NOW, T0 + DAY)),
    );
    let told_of_path = told(&judge(&settings(""), &observation));
    assert!(
        told_of_path.starts_with("pass: good from "),
        "{told_of_path}"
    );
    // For those who trust the other root, it is the other certificate.
    observation.anchors = trusting(&other.pem())
        .candidates(std::slice::from_ref(&crossed))
        .cloned()
        .collect();
    let told_of_other = told(&judge(&settings(""), &observation));
    assert_eq!(told_of_other, "error: the probe ended before that");
}
