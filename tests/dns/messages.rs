//! Messages that no sound server sends, and what they are taken for.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, CNAME};
use hickory_proto::rr::{Name, RData, Record};
use tminus::model::Status;

use crate::support::datagrams::Hostile;
use crate::support::probe::{Probe, Seen};

/// A server that changes the answer of a resolver without records as the test says.
fn server(change: impl Fn(&mut Message) + Send + 'static) -> Hostile {
    Hostile::start(move |socket, question, client| {
        let mut message = Message::from_vec(question).unwrap().into_response();
        message.metadata.recursion_available = true;
        change(&mut message);
        send(socket, &message, client);
    })
}

fn send(socket: &UdpSocket, message: &Message, client: SocketAddr) {
    socket.send_to(&message.to_vec().unwrap(), client).unwrap();
}

async fn at(server: SocketAddr, more: &str) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let settings = format!(
        "names = ['login.launch.test']\nresolvers = ['{server}']\nquery.timeout = '2s'\n{more}"
    );
    Probe::new("dns", settings).run(folder.path()).await
}

/// Status and text of the finding on the name, without the resolver.
fn resolves(seen: &Seen, server: &Hostile) -> (Status, String) {
    let (status, text) = seen.said("dns/resolves");
    let at = format!(" ({})", server.address);
    (status, text.strip_suffix(&at).expect(text).to_owned())
}

fn address(message: &mut Message) {
    let name = message.queries[0].name().clone();
    message.add_answer(Record::from_rdata(name, 60, RData::A(A::new(192, 0, 2, 1))));
}

fn alias(message: &mut Message, target: &str) {
    let name = message.queries[0].name().clone();
    let target = Name::from_ascii(target).unwrap();
    let data = RData::CNAME(CNAME(target.clone()));
    message.add_answer(Record::from_rdata(name, 60, data));
    message.add_answer(Record::from_rdata(
        target,
        60,
        RData::A(A::new(192, 0, 2, 1)),
    ));
}

#[tokio::test]
async fn nxdomain_with_a_record_resolves_nothing_and_proves_no_absence() {
    let both = server(|message| {
        message.metadata.response_code = ResponseCode::NXDomain;
        address(message);
    });
    let seen = at(
        both.address,
        "absent = ['old.launch.test']\ngone = ['192.0.2.9']",
    )
    .await;
    let expected = "a contradictory answer: NXDOMAIN together with A records";
    assert_eq!(resolves(&seen, &both), (Status::Fail, expected.to_owned()));
    assert_eq!(seen.said("dns/absent-name").0, Status::Error);
    assert_eq!(seen.said("dns/gone-address").0, Status::Error);
}

#[tokio::test]
async fn a_lame_server_is_named_and_clears_nothing() {
    let lame = server(|message| message.metadata.recursion_available = false);
    let seen = at(
        lame.address,
        "absent = ['old.launch.test']\nabsent-under = ['launch.test']\ngone = ['192.0.2.9']",
    )
    .await;
    let expected = "an empty answer without AA, RA and SOA (lame server)";
    assert_eq!(resolves(&seen, &lame), (Status::Error, expected.to_owned()));
    let hint = seen.finding("dns/resolves").hint.clone().unwrap();
    assert!(!hint.contains("add a record"), "{hint}");
    for rule in ["dns/absent-name", "dns/wildcard", "dns/gone-address"] {
        assert_eq!(seen.said(rule).0, Status::Error, "{rule}");
    }
}

#[tokio::test]
async fn aliases_that_exclude_each_other_fail() {
    type Change = fn(&mut Message);
    let table: [(Change, &str); 3] = [
        (
            |message| {
                alias(message, "a.launch.test.");
                let again = message.answers[0].clone();
                message.add_answer(again);
            },
            "the same CNAME record 2 times at login.launch.test",
        ),
        (
            |message| {
                alias(message, "a.launch.test.");
                alias(message, "b.launch.test.");
            },
            "2 different CNAME records at login.launch.test",
        ),
        (
            |message| {
                alias(message, "a.launch.test.");
                address(message);
            },
            "a CNAME record beside A records at login.launch.test",
        ),
    ];
    for (change, what) in table {
        let server = server(change);
        let seen = at(server.address, "").await;
        let expected = format!("a contradictory answer: {what}");
        assert_eq!(resolves(&seen, &server), (Status::Fail, expected));
    }
}

#[tokio::test]
async fn an_error_without_the_question_is_an_answer_and_not_waited_out() {
    for code in [
        ResponseCode::FormErr,
        ResponseCode::ServFail,
        ResponseCode::Refused,
    ] {
        let bare = Hostile::start(move |socket, question, client| {
            let mut message = Message::from_vec(question).unwrap().into_response();
            message.metadata.response_code = code;
            message.queries.clear();
            message.edns = None;
            send(socket, &message, client);
        });
        let begin = Instant::now();
        let seen = at(bare.address, "").await;
        assert!(begin.elapsed() < Duration::from_secs(2), "{code}");
        assert!(seen.found("dns/stray-packets").is_empty(), "{code}");
        let (status, text) = resolves(&seen, &bare);
        assert_ne!(status, Status::Pass, "{text}");
        assert_eq!(seen.said("dns/packet-loss").0, Status::Pass, "{code}");
    }
}

#[tokio::test]
async fn an_answer_cut_in_the_middle_of_a_record_is_truncated_where_it_says_so() {
    let cut = Hostile::start(|socket, question, client| {
        let mut message = Message::from_vec(question).unwrap().into_response();
        message.metadata.truncation = true;
        address(&mut message);
        let wire = message.to_vec().unwrap();
        socket.send_to(&wire[..wire.len() - 13], client).unwrap();
    });
    let seen = at(cut.address, "").await;
    let expected = "truncated, and over TCP: the connection is refused";
    assert_eq!(resolves(&seen, &cut), (Status::Fail, expected.to_owned()));
}

/// Questions without EDNS are answered; what becomes of others is up to the test.
fn without_edns(refuse: fn(&mut Message) -> bool) -> Hostile {
    Hostile::start(move |socket, question, client| {
        let mut message = Message::from_vec(question).unwrap().into_response();
        message.metadata.recursion_available = true;
        let answers = match message.edns.take() {
            Some(_) => refuse(&mut message),
            None => {
                address(&mut message);
                true
            }
        };
        if answers {
            send(socket, &message, client);
        }
    })
}

#[tokio::test]
async fn a_server_without_edns_is_asked_again_without_it_and_that_is_said() {
    type Refuse = fn(&mut Message) -> bool;
    let table: [(&str, Refuse); 4] = [
        ("FORMERR", |message| {
            message.metadata.response_code = ResponseCode::FormErr;
            message.queries.clear();
            true
        }),
        ("FORMERR", |message| {
            message.metadata.response_code = ResponseCode::FormErr;
            true
        }),
        ("NOTIMP", |message| {
            message.metadata.response_code = ResponseCode::NotImp;
            true
        }),
        ("no answer", |_| false),
    ];
    for (what, refuse) in table {
        let server = without_edns(refuse);
        let folder = tempfile::tempdir().unwrap();
        let names: Vec<_> = (0..20).map(|n| format!("'n{n}.launch.test'")).collect();
        let settings = format!(
            "names = [{}]\nresolvers = ['{}']\nquery.timeout = '400ms'\nquery.tries = 2",
            names.join(", "),
            server.address
        );
        let seen = Probe::new("dns", settings).run(folder.path()).await;
        let answered = seen.found("dns/resolves");
        assert_eq!(answered.len(), 20);
        let pass = |finding: &&tminus::model::Finding| finding.status == Status::Pass;
        assert!(answered.iter().all(pass), "{seen:#?}");
        let (status, text) = seen.said("dns/edns");
        assert_eq!(status, Status::Warn);
        let expected = format!("{what} with EDNS, and answers to 20 questions without it");
        assert_eq!(text, expected);
        assert!(seen.found("dns/stray-packets").is_empty(), "{what}");
    }
}
