//! What is found of the client's certificate, by table.

use super::*;
use crate::checks::tls::alert_hints;
use crate::checks::tls::client_certificate::{Own, Page, Request};
use crate::checks::tls::observation::Refused;
use crate::checks::tls::rules;
use crate::instrument::http::HttpError;
use crate::instrument::tls::Verdict;

const SHOWS: &str = "tls.certificate = 'client.pem'\ntls.key = 'client.key'";

fn client(not_before: i64, not_after: i64) -> Leaf {
    Leaf {
        client: true,
        ..Leaf::new("client.test", not_before, not_after)
    }
}

fn good_client() -> Leaf {
    client(NOW - 10 * DAY, T0 + 80 * DAY)
}

/// A server that asked for a certificate and got one of this CA.
fn asking(world: &World, clients: &Authority, leaf: &Leaf, request: Request) -> Observation {
    let mut observation = observed(&world.roots, &[world.good()]);
    let chain = observation.keep_certificates(&[clients.issue(leaf).der]);
    observation.identity = Some(Own {
        chain,
        key_fits: true,
    });
    first_session(&mut observation).request = Some(request);
    observation
}

fn request(sent: bool, verdict: Verdict, page: Option<Page>) -> Request {
    Request {
        authorities: None,
        sent,
        verdict,
        page,
    }
}

fn accepted() -> Request {
    request(true, Verdict::Accepted, None)
}

#[test]
fn a_client_certificate_is_judged_at_t0_and_for_as_long_as_cover() {
    let (world, clients) = (World::new(), Authority::root("Client Root"));
    let server = Leaf {
        client: false,
        ..good_client()
    };
    for (leaf, expected) in [
        (good_client(), ""),
        (
            client(NOW - 90 * DAY, NOW - DAY),
            "fail tls/client-expiry: The client certificate in client.pem has expired",
        ),
        (
            client(NOW - 90 * DAY, T0 - DAY),
            "fail tls/client-expiry: The client certificate in client.pem expires before T-0",
        ),
        (
            client(NOW - 90 * DAY, T0 + 3_600),
            "fail tls/client-expiry: The client certificate in client.pem expires too soon after T-0",
        ),
        (
            client(T0 + 3_600, T0 + 90 * DAY),
            "fail tls/client-expiry: The client certificate in client.pem is not yet valid at T-0",
        ),
        (
            server,
            "fail tls/client-usage: The certificate in client.pem is not one for a client that servers accept",
        ),
    ] {
        let observation = asking(&world, &clients, &leaf, accepted());
        let judgement = judge(&settings(SHOWS), &observation);
        let findings = judgement.findings.iter();
        let faults =
            findings.filter(|finding| !matches!(finding.status, Status::Pass | Status::Skipped));
        let faults = faults
            .map(|finding| format!("{} {}: {}", finding.status, finding.rule(), finding.claim));
        assert_eq!(faults.collect::<Vec<_>>().join("\n"), expected);
    }
    // One that was not read is not judged, and never passes.
    let observation = observed(&world.roots, &[world.good()]);
    assert_eq!(
        judge(&settings(SHOWS), &observation).status(),
        Status::Error
    );
    // An intermediate in its file ends with it.
    let mut observation = asking(&world, &clients, &good_client(), accepted());
    let middle = clients.intermediate("Client Intermediate", NOW - DAY, T0 + 60);
    let chain = [middle.issue(&good_client()).der, middle.der()];
    let chain = observation.keep_certificates(&chain);
    observation.identity = Some(Own {
        chain,
        key_fits: true,
    });
    let judgement = judge(&settings(SHOWS), &observation);
    let expiry = by(&judgement, &rules::CLIENT_EXPIRY)[0];
    assert!(
        expiry
            .observed
            .as_ref()
            .unwrap()
            .starts_with("\"Client Intermediate\" expires ")
    );
}

#[test]
fn what_a_server_does_with_the_certificate_is_told_apart() {
    let (world, clients) = (World::new(), Authority::root("Client Root"));
    let page = |status, text: &str| {
        Some(Page::Answered {
            status,
            text: text.to_owned(),
        })
    };
    let nginx = "<html>\\r\\n<head><title>400 The SSL certificate error</title></head>";
    let missing = "<title>400 No required SSL certificate was sent</title>";
    let silent = Verdict::Silent { after_ms: 500 };
    let failed = |failure| {
        Some(Page::Failed {
            error: HttpError::Handshake { failure },
        })
    };
    let alert = Failure::Alert {
        description: "UnknownCA".to_owned(),
    };
    for (request, status, claim) in [
        (accepted(), Status::Pass, "accepts the client certificate"),
        (
            request(true, silent, page(204, "")),
            Status::Pass,
            "accepts the client certificate",
        ),
        (
            request(true, Verdict::Accepted, page(404, "")),
            Status::Pass,
            "accepts the client certificate",
        ),
        (
            request(true, Verdict::Accepted, page(400, nginx)),
            Status::Fail,
            "rejects the client certificate",
        ),
        (
            request(true, Verdict::Accepted, page(495, "")),
            Status::Fail,
            "rejects the client certificate",
        ),
        (
            request(true, Verdict::Accepted, page(400, "Bad Request")),
            Status::Warn,
            "It is not known ",
        ),
        (
            request(true, Verdict::Accepted, failed(alert)),
            Status::Fail,
            "rejects the client certificate",
        ),
        (
            request(true, Verdict::Accepted, failed(Failure::Refused)),
            Status::Error,
            "It is not known ",
        ),
        (
            request(true, silent, None),
            Status::Warn,
            "It is not known ",
        ),
        (
            request(true, silent, Some(Page::NotHttp)),
            Status::Warn,
            "It is not known ",
        ),
        (
            request(true, Verdict::Unheard, None),
            Status::Error,
            "It is not known ",
        ),
        (
            request(false, Verdict::Accepted, None),
            Status::Fail,
            "was not sent the client certificate",
        ),
    ] {
        let shown = format!("{request:?}");
        let observation = asking(&world, &clients, &good_client(), request);
        let judgement = judge(&settings(SHOWS), &observation);
        let found = by(&judgement, &rules::CLIENT_ACCEPTED)[0];
        assert_eq!(found.status, status, "{shown}: {}", line(found));
        assert!(found.claim.contains(claim), "{shown}: {}", line(found));
        assert_eq!(judgement.status(), status, "{shown}");
    }
    // Without one in the checklist.
    for (page, status) in [(None, Status::Pass), (page(400, missing), Status::Fail)] {
        let mut observation = observed(&world.roots, &[world.good()]);
        first_session(&mut observation).request = Some(request(false, Verdict::Accepted, page));
        let judgement = judge(&settings(""), &observation);
        assert_eq!(judgement.status(), status, "{}", all(&judgement));
    }
}

#[test]
fn the_authorities_that_a_server_names_are_compared_with_the_issuers() {
    let (world, clients) = (World::new(), Authority::root("Client Root"));
    let name = |authority: &Authority| {
        let certificate = crate::checks::tls::certificate::Certificate::read(&authority.der());
        Der(certificate.unwrap().subject_raw)
    };
    let foreign = Authority::root("Foreign Root");
    for (names, status) in [
        (vec![name(&foreign), name(&clients)], Status::Pass),
        (vec![name(&foreign)], Status::Warn),
    ] {
        let mut observation = asking(&world, &clients, &good_client(), accepted());
        observation.authorities.insert("these".to_owned(), names);
        let asked = &mut first_session(&mut observation).request;
        asked.as_mut().unwrap().authorities = Some("these".to_owned());
        let judgement = judge(&settings(SHOWS), &observation);
        let found = by(&judgement, &rules::CLIENT_ISSUER);
        assert_eq!(found[0].status, status, "{}", line(found[0]));
    }
}

#[test]
fn an_alert_after_the_certificate_leaves_the_chain_judged() {
    let (world, clients) = (World::new(), Authority::root("Client Root"));
    let chain = world.chain(world.leaf(NOW - 90 * DAY, T0 - DAY));
    let mut observation = observed(&world.roots, &[chain]);
    observation.identity = Some(Own {
        chain: observation.keep_certificates(&[clients.issue(&good_client()).der]),
        key_fits: true,
    });
    let mut session = first_session(&mut observation).clone();
    session.request = Some(request(true, Verdict::Unheard, None));
    let failure = Failure::Alert {
        description: "UnknownCA".to_owned(),
    };
    let refused = Outcome::Refused(Box::new(Refused { failure, session }));
    seen(&mut observation).addresses.insert(address(1), refused);
    let judgement = judge(&settings(SHOWS), &observation);
    insta::assert_snapshot!(faults(&judgement), @r#"
    fail tls/handshake (gw.example.com:443 at 192.0.2.1): gw.example.com:443 completes no TLS handshake at 192.0.2.1
      observed: it ended the handshake with the alert unknown_ca: it does not trust the issuer of the client's certificate
      hint: Let the server trust the CA of `tls.certificate` for clients, and put the intermediates after the certificate in that file.
    fail tls/chain-expiry (gw.example.com:443): The chain of gw.example.com:443 expires before T-0
      expected: valid from 2026-11-24 02:00 UTC until 2026-11-25 02:00 UTC
      observed: "leaf" expires 2026-11-23 02:00 UTC, 24 hours before T-0
      hint: Renew it and load it on every address.
    "#);
}

#[test]
fn each_alert_has_a_sentence_and_an_advice_of_its_own() {
    let alerts = [
        "NoApplicationProtocol",
        "CertificateExpired",
        "CertificateRevoked",
        "UnknownCA",
        "BadCertificate",
        "UnsupportedCertificate",
        "CertificateRequired",
        "AccessDenied",
        "HandshakeFailure",
        "ProtocolVersion",
        "UnrecognisedName",
        "InternalError",
        "InsufficientSecurity",
        "DecryptError",
    ];
    let mut sentences = std::collections::BTreeSet::new();
    let mut advice = std::collections::BTreeSet::new();
    for description in alerts {
        let failure = Failure::Alert {
            description: description.to_owned(),
        };
        let said = failure.to_string();
        let (_, sentence) = said.split_once(": ").expect(description);
        assert!(sentences.insert(sentence.to_owned()), "{description}");
        assert!(
            advice.insert(alert_hints::hint(description, None)),
            "{description}"
        );
    }
    let asked = request(false, Verdict::Unheard, None);
    for description in ["HandshakeFailure", "BadCertificate", "CertificateRequired"] {
        let hint = alert_hints::hint(description, Some(&asked));
        assert!(
            hint.contains("as `tls.certificate`"),
            "{description}: {hint}"
        );
    }
}
