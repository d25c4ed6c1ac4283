//! The module `dns` at resolvers that speak DNS over QUIC.

use std::time::{Duration, Instant};

use hickory_proto::op::Message;
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{RData, Record};
use tempfile::TempDir;
use tminus::model::{Clock as _, Status};

use crate::fixtures::pki::{Authority, DAY, Leaf};
use crate::support::datagrams::Hostile;
use crate::support::doq::{Doing, Doq};
use crate::support::probe::{Probe, Seen};

fn now() -> i64 {
    tminus::instrument::clock::SystemClock.now().as_second()
}

fn leaf() -> Leaf {
    Leaf::new("localhost", now() - DAY, now() + DAY)
}

/// A folder with the root of an authority, and the authority.
fn pki() -> (TempDir, Authority) {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::root("Resolver CA");
    std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
    (folder, authority)
}

/// The right answer: 192.0.2.1.
fn good(question: &[u8]) -> Vec<u8> {
    let mut message = Message::from_vec(question).unwrap().into_response();
    assert_eq!(message.metadata.id, 0, "RFC 9250 section 4.2.1");
    let name = message.queries[0].name().clone();
    let data = RData::A(A::from(std::net::Ipv4Addr::new(192, 0, 2, 1)));
    message.add_answer(Record::from_rdata(name, 60, data));
    message.to_vec().unwrap()
}

async fn ask(folder: &TempDir, port: u16, more: &str) -> Seen {
    let settings = format!(
        "names = ['login.launch.test']\nresolvers = ['quic://localhost:{port}']\ntls.ca-file = 'ca.pem'\n{more}"
    );
    Probe::new("dns", settings).run(folder.path()).await
}

/// What was observed of the name, without the resolver.
fn login(seen: &Seen) -> (Status, &str) {
    let finding = seen.finding_about("dns/resolves", "login.launch.test A");
    let observed = finding.observed.as_deref().unwrap();
    (finding.status, observed.rsplit_once(" (").unwrap().0)
}

#[tokio::test]
async fn one_quic_connection_carries_all_questions() {
    let (folder, authority) = pki();
    let issued = authority.issue(&leaf());
    let server = Doq::start(&issued, b"doq", |question, _| Doing::Answer(good(question)));
    let names: Vec<_> = (0..300).map(|n| format!("'n{n}.launch.test'")).collect();
    let settings = format!(
        "names = [{}]\nresolvers = ['quic://localhost:{}']\ntls.ca-file = 'ca.pem'\nquery.qps = 100000",
        names.join(", "),
        server.address.port()
    );
    let seen = Probe::new("dns", settings).run(folder.path()).await;
    assert_eq!(
        seen.status(),
        Status::Pass,
        "{:#?}",
        seen.judgement.findings
    );
    assert_eq!(server.accepted(), 1);
    let exchange = &seen.observation["exchanges"][0];
    assert_eq!(exchange["attempts"][0]["transport"], "quic");
    let sent = seen.finding("dns/packet-loss");
    assert_eq!(sent.observed.as_deref(), Some("300 packets, none lost"));
    let proof = seen.finding("dns/resolver-certificate");
    let observed = proof.observed.as_deref().unwrap();
    assert!(observed.starts_with("TLS 1.3, certificate "), "{observed}");
}

#[tokio::test]
async fn a_certificate_that_does_not_count_is_a_failure_and_nothing_is_asked() {
    let (folder, authority) = pki();
    let foreign = Authority::root("Foreign CA");
    let expired = Leaf::new("localhost", now() - 9 * DAY, now() - DAY);
    let other = Leaf::new("other.test", now() - DAY, now() + DAY);
    for (issuer, leaf, reason) in [
        (&authority, expired, "it expired at 2"),
        (&authority, other, "it is for other.test, not for localhost"),
        (&foreign, leaf(), "its issuer is not trusted"),
    ] {
        let server = Doq::start(&issuer.issue(&leaf), b"doq", |_, _| {
            panic!("nothing is asked of a server that is not trusted")
        });
        let seen = ask(&folder, server.address.port(), "").await;
        let (status, observed) = login(&seen);
        let expected = format!("the certificate is not trusted: {reason}");
        assert_eq!(status, Status::Fail, "{observed}");
        assert!(observed.starts_with(&expected), "{observed}");
        let proof = seen.finding("dns/resolver-certificate");
        assert!(proof.observed.as_deref().unwrap().starts_with(reason));
    }
}

#[tokio::test]
async fn what_is_no_answer_is_never_accepted() {
    type Answer = fn(&[u8]) -> Doing;
    let table: [(Answer, &str); 6] = [
        (
            |question| {
                let mut forged = good(question);
                forged[0] ^= 0x55;
                Doing::Answer(forged)
            },
            "no acceptable answer: an answer under another id",
        ),
        (
            |question| Doing::Answer(question.to_vec()),
            "no acceptable answer: a query came back",
        ),
        (
            |question| {
                let mut promise = vec![0xff, 0xff]; // 64 KiB
                promise.extend(good(question));
                Doing::Bytes(promise)
            },
            "no acceptable answer: the server ended the stream before the end of the answer",
        ),
        (
            |_| Doing::Bytes(Vec::new()),
            "no acceptable answer: the server ended the stream before the end of the answer",
        ),
        (
            |_| Doing::Reset(1),
            "no acceptable answer: the server broke off the answer (",
        ),
        (
            |_| Doing::Close(4),
            "the connection was closed by the server (DOQ_EXCESSIVE_LOAD: enough)",
        ),
    ];
    for (answer, expected) in table {
        let (folder, authority) = pki();
        let issued = authority.issue(&leaf());
        let server = Doq::start(&issued, b"doq", move |question, _| answer(question));
        let begin = Instant::now();
        let seen = ask(&folder, server.address.port(), "query.timeout = '10s'").await;
        let (status, observed) = login(&seen);
        assert_eq!(status, Status::Error, "{observed}");
        assert!(observed.starts_with(expected), "{observed}");
        assert!(begin.elapsed() < Duration::from_secs(5), "{expected}");
        let attempts = &seen.observation["exchanges"][0]["attempts"];
        assert_eq!(attempts.as_array().unwrap().len(), 2, "{expected}");
    }
}

#[tokio::test]
async fn a_lost_connection_is_made_again_and_reported() {
    let (folder, authority) = pki();
    let issued = authority.issue(&leaf());
    let server = Doq::start(&issued, b"doq", |question, number| match number {
        0 => Doing::Close(4),
        _ => Doing::Answer(good(question)),
    });
    let seen = ask(&folder, server.address.port(), "").await;
    assert_eq!(login(&seen), (Status::Pass, "192.0.2.1"));
    assert_eq!(seen.status(), Status::Warn);
    assert_eq!(server.accepted(), 2);
    let held = seen.finding("dns/resolver-connection");
    let observed = "2 connections made, 1 lost: closed by the server (DOQ_EXCESSIVE_LOAD: enough)";
    assert_eq!(held.observed.as_deref(), Some(observed));
}

#[tokio::test]
async fn silence_costs_its_time_and_another_protocol_is_told() {
    let (folder, authority) = pki();
    let issued = authority.issue(&leaf());
    let silent = Doq::start(&issued, b"doq", |_, _| Doing::Wait);
    let seen = ask(&folder, silent.address.port(), "query.timeout = '500ms'").await;
    let observed = (Status::Error, "no answer, asked 2 times");
    assert_eq!(login(&seen), observed);

    let dead = Hostile::start(|_, _, _| {});
    let seen = ask(&folder, dead.address.port(), "query.timeout = '500ms'").await;
    let expected = "no connection: the server did not finish the handshake within 0.5 s";
    assert_eq!(login(&seen), (Status::Error, expected));

    let other = Doq::start(&issued, b"h3", |_, _| Doing::Wait);
    let seen = ask(&folder, other.address.port(), "").await;
    let (status, observed) = login(&seen);
    assert_eq!(status, Status::Fail, "{observed}");
    let expected = "no handshake: the handshake was closed by the server (";
    assert!(observed.starts_with(expected), "{observed}");
}
