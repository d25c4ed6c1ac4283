//! What is found of other clients' certificates, by table.

use super::*;
use crate::checks::tls::observation::Refused;
use crate::checks::tls::rules;

const RSA: &str = "gw.example.com:443 (RSA certificate)";

/// The same address, with what it did with such a client.
fn with(world: &World, kind: ClientKind, other: Option<Outcome>) -> Observation {
    let mut observation = observed(&world.roots, &[world.good()]);
    let session = first_session(&mut observation);
    session.others.remove(&kind);
    session.others.extend(other.map(|other| (kind, other)));
    observation
}

/// A handshake that shows this chain, which the record holds.
fn shows(observation: &mut Observation, chain: &[Vec<u8>]) -> Session {
    let digests = observation.keep_certificates(chain);
    let mut session = session(digests);
    session.others.clear();
    session
}

fn alert(description: &str) -> Outcome {
    Outcome::Failure(Failure::Alert {
        description: description.to_owned(),
    })
}

#[test]
fn only_a_refusal_means_that_there_is_no_other_certificate() {
    let world = World::new();
    let failed = |failure| Some(Outcome::Failure(failure));
    let closed = |received| Failure::Closed {
        reset: true,
        received,
    };
    let slow = Failure::HandshakeTimeout {
        after_ms: 5_000,
        received: 0,
    };
    for (what, other, status, words) in [
        (
            "none",
            Some(alert("HandshakeFailure")),
            Status::Pass,
            "has no RSA certificate",
        ),
        (
            "none",
            Some(alert("InsufficientSecurity")),
            Status::Pass,
            "has no RSA certificate",
        ),
        (
            "another alert",
            Some(alert("InternalError")),
            Status::Error,
            "It is not known ",
        ),
        (
            "its silence",
            failed(slow),
            Status::Error,
            "It is not known ",
        ),
        (
            "no connection",
            failed(Failure::Refused),
            Status::Error,
            "It is not known ",
        ),
        (
            "its end at once",
            failed(closed(0)),
            Status::Error,
            "It is not known ",
        ),
        (
            "its end",
            failed(closed(7)),
            Status::Error,
            "It is not known ",
        ),
        ("nothing", None, Status::Error, "It is not known "),
    ] {
        let judgement = judge(&settings(""), &with(&world, ClientKind::Rsa, other));
        let found = judgement.findings.iter();
        let found: Vec<_> = found.filter(|finding| finding.subject == RSA).collect();
        assert_eq!(found.len(), 1, "{what}: {}", all(&judgement));
        assert_eq!(found[0].status, status, "{what}: {}", line(found[0]));
        assert!(found[0].claim.contains(words), "{what}: {}", line(found[0]));
        assert_eq!(judgement.status(), status, "{what}");
    }
}

#[test]
fn to_hang_up_on_such_clients_alone_is_a_refusal() {
    let world = World::new();
    let closed = Outcome::Failure(Failure::Closed {
        reset: false,
        received: 0,
    });
    let mut observation = with(&world, ClientKind::Rsa, Some(closed));
    first_session(&mut observation)
        .hung_up_on
        .insert(ClientKind::Rsa);
    let judgement = judge(&settings(""), &observation);
    assert_eq!(judgement.status(), Status::Pass, "{}", all(&judgement));
    let found = by(&judgement, &rules::OTHER_CLIENTS)[0];
    assert!(
        found.claim.ends_with(" has no RSA certificate"),
        "{}",
        line(found)
    );
}

#[test]
fn the_other_certificate_is_judged_like_the_first() {
    let world = World::new();
    let mut observation = with(&world, ClientKind::Rsa, None);
    let chain = world.chain(world.leaf(NOW - 90 * DAY, T0 - DAY));
    let mut other = shows(&mut observation, &chain);
    other.proof = Proof::Rejected {
        message: "the signature is wrong".to_owned(),
    };
    let refused = Outcome::Refused(Box::new(Refused {
        failure: Failure::Alert {
            description: "CertificateExpired".to_owned(),
        },
        session: other.clone(),
    }));
    for other in [Outcome::Handshake(Box::new(other)), refused] {
        let ours = first_session(&mut observation);
        ours.others.insert(ClientKind::Rsa, other);
        let judgement = judge(&settings(""), &observation);
        insta::allow_duplicates! {
            insta::assert_snapshot!(faults(&judgement), @r#"
            fail tls/private-key (gw.example.com:443 (RSA certificate) at 192.0.2.1): The server does not prove that it holds the private key of its certificate
              observed: the signature is wrong
              hint: Load a certificate and a key that belong together; RSA keys need at least 2048 bits.
            fail tls/chain-expiry (gw.example.com:443 (RSA certificate)): The chain of gw.example.com:443 (RSA certificate) expires before T-0
              expected: valid from 2026-11-24 02:00 UTC until 2026-11-25 02:00 UTC
              observed: "leaf" expires 2026-11-23 02:00 UTC, 24 hours before T-0
              hint: Renew it and load it on every address.
            "#);
        }
        let table = judgement.exhibits.iter().find_map(|exhibit| match exhibit {
            Exhibit::Table { title, rows, .. } if title == "What each address serves" => Some(rows),
            _ => None,
        });
        assert_eq!(table.unwrap().len(), 2);
    }
}

#[test]
fn what_is_asked_for_on_request_is_said_to_differ_and_judged() {
    let world = World::new();
    let also = settings("also = ['without-sni', 'each-version']");
    let mut observation = observed(&world.roots, &[world.good()]);
    let same = first_session(&mut observation).clone();
    let other = world
        .middle
        .issue(&Leaf::new("other.test", NOW - DAY, T0 + 80 * DAY));
    let other = shows(&mut observation, &world.chain(other));
    for (kind, end, expected) in [
        (
            ClientKind::Nameless,
            Outcome::Handshake(Box::new(same.clone())),
            "",
        ),
        (ClientKind::Tls12, Outcome::Handshake(Box::new(same)), ""),
        (ClientKind::Tls12, alert("ProtocolVersion"), ""),
        (
            ClientKind::Tls12,
            alert("InternalError"),
            "error tls/other-clients",
        ),
        (
            ClientKind::Nameless,
            alert("UnrecognisedName"),
            "fail tls/other-clients",
        ),
        (
            ClientKind::Nameless,
            Outcome::Handshake(Box::new(other)),
            "warn tls/other-clients fail tls/server-name",
        ),
    ] {
        let mut observation = observation.clone();
        let ours = first_session(&mut observation);
        for kind in [ClientKind::Nameless, ClientKind::Tls12] {
            let mut same = ours.clone();
            same.others.clear();
            ours.others.insert(kind, Outcome::Handshake(Box::new(same)));
        }
        ours.others.insert(kind, end);
        let judgement = judge(&also, &observation);
        let findings = judgement.findings.iter();
        let faults = findings.filter(|finding| finding.status != Status::Pass);
        let faults = faults.filter(|finding| finding.rule() != rules::REVOCATION_SOURCE.id);
        let faults = faults.map(|finding| format!("{} {}", finding.status, finding.rule()));
        let faults: Vec<_> = faults.collect();
        assert_eq!(faults.join(" "), expected, "{kind:?}: {}", all(&judgement));
    }
    // What was not asked for is not missed.
    let judgement = judge(&settings(""), &observation);
    assert_eq!(judgement.status(), Status::Pass, "{}", all(&judgement));
    let judgement = judge(&also, &observation);
    assert_eq!(judgement.status(), Status::Error, "{}", all(&judgement));
}

#[test]
fn an_address_is_not_left_out_of_what_was_never_sent() {
    let world = World::new();
    let observation = observed(&world.roots, &[world.good()]);
    let judgement = judge(
        &settings("also = ['without-sni']\ntls.server-name = '192.0.2.1'"),
        &observation,
    );
    let about = |finding: &&Finding| finding.subject.ends_with("(without SNI)");
    assert_eq!(judgement.findings.iter().filter(about).count(), 0);
    assert_eq!(
        settings("also = ['each-version', 'each-version']")
            .review()
            .len(),
        1
    );
}

#[test]
fn a_refused_application_protocol_is_no_selected_one() {
    let world = World::new();
    let mut observation = observed(&world.roots, &[world.good()]);
    first_session(&mut observation).alpn_refused = true;
    insta::assert_snapshot!(faults(&judge(&settings("alpn = ['h2']"), &observation)), @"
    fail tls/alpn (gw.example.com:443): gw.example.com:443 refuses the application protocols that it is offered
      expected: one of h2
      observed: it ends the handshake with the alert no_application_protocol; offered none, it completes one
      hint: Enable the protocol on the server, for nginx `http2 on`.
    ");
}

#[test]
fn a_plan_counts_the_other_clients() {
    let alone = "old-protocols = 'allow'\npost-quantum = 'off'\nrevocation = 'off'\ntransparency = 'off'\nstarttls = 'smtp'";
    let also = format!("{alone}\nalso = ['without-sni', 'each-version']");
    let load = |text: &str| Tls::plan(&settings(text)).load;
    assert_eq!(load(alone), "2 handshakes for each address of 1 endpoint");
    assert_eq!(load(&also), "4 handshakes for each address of 1 endpoint");
}
