//! Resolvers that limit the rate or refuse, told apart from broken ones and from a lossy path.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::{RData, Record};
use tempfile::TempDir;
use tminus::model::{Exhibit, Status};

use crate::support::datagrams::{Hostile, Lossy};
use crate::support::nsd::Nsd;
use crate::support::ports::free_port;
use crate::support::probe::{Probe, Seen};
use crate::support::unbound::Unbound;

const ZONE: &str = "$TTL 300\n@ SOA ns1 hostmaster 1 3600 600 86400 30\n@ NS ns1\nns1 A 127.0.0.1\n* A 192.0.2.1\n";

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn nsd(folder: &TempDir) -> Nsd {
    Nsd::start(folder.path(), "launch.test", ZONE)
}

async fn at(server: SocketAddr, names: usize, settings: &str) -> Seen {
    let names: Vec<_> = (0..names).map(|n| format!("'n{n}.launch.test'")).collect();
    let settings = format!(
        "resolvers = ['{server}']\nnames = [{}]\nquery.timeout = '400ms'\n{settings}",
        names.join(", ")
    );
    Probe::new("dns", settings).run(folder().path()).await
}

#[tokio::test]
async fn a_resolver_that_drops_above_a_rate_is_not_broken() {
    let folder = folder();
    let nsd = nsd(&folder);
    let zones = [("launch.test", nsd.address)];
    let option = "ip-ratelimit: 40\n  ip-ratelimit-factor: 0";
    let unbound = Unbound::start(folder.path(), &zones, option);
    // Above the limit for a while, and then slowly again.
    let seen = at(unbound.address, 300, "query.qps = 1000\nquery.tries = 5").await;
    let (status, text) = seen.said("dns/rate-limit");
    assert_eq!(status, Status::Warn, "{text}");
    assert!(text.contains("then losses in a row"), "{text}");
    assert!(
        text.contains("unlike loss on the network path; answers came again later"),
        "{text}"
    );

    // Below it nothing is lost.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let seen = at(unbound.address, 20, "query.qps = 20").await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
}

#[tokio::test]
async fn a_lossy_path_and_a_silent_server_are_no_limit() {
    let folder = folder();
    let nsd = nsd(&folder);
    let path = Lossy::start(nsd.address, |number| number % 20 == 7);
    let seen = at(path.address, 300, "query.tries = 3").await;
    assert_eq!(seen.said("dns/packet-loss").0, Status::Warn);
    assert!(seen.found("dns/rate-limit").is_empty(), "{seen:#?}");

    let silent = Hostile::start(|_, _, _| {});
    let seen = at(silent.address, 20, "query.tries = 1").await;
    assert!(seen.found("dns/rate-limit").is_empty(), "{seen:#?}");
    assert_eq!(seen.status(), Status::Error);
}

#[tokio::test]
async fn slips_of_response_rate_limiting_are_named() {
    let folder = folder();
    let nsd = Nsd::limited(folder.path(), "launch.test", ZONE, 20);
    let seen = at(nsd.address, 200, "query.qps = 1000\nquery.tries = 8").await;
    let (status, text) = seen.said("dns/rate-limit");
    assert_eq!(status, Status::Warn, "{text}");
    assert!(text.contains("small answers truncated"), "{text}");
    assert!(text.contains("response rate limiting"), "{text}");
}

/// An answer of a resolver under a code, with a reason of its own.
fn reply(question: &[u8], code: ResponseCode, reason: Option<u16>) -> Vec<u8> {
    let mut message = Message::from_vec(question).unwrap().into_response();
    message.metadata.response_code = code;
    message.metadata.recursion_available = true;
    if code == ResponseCode::NoError {
        let name = message.queries[0].name().clone();
        let data = RData::A(A::new(203, 0, 113, 66));
        message.add_answer(Record::from_rdata(name, 60, data));
    }
    if let Some(reason) = reason {
        let edns = message.edns.get_or_insert_default();
        let option = EdnsOption::Unknown(15, reason.to_be_bytes().to_vec());
        edns.options_mut().insert(option);
    }
    message.to_vec().unwrap()
}

#[tokio::test]
async fn refusal_at_times_is_a_limit_and_refusal_of_all_an_access_list() {
    let count = AtomicUsize::new(0);
    let limits = Hostile::start(move |socket, question, client| {
        let code = match count.fetch_add(1, Ordering::Relaxed) {
            10..40 => ResponseCode::Refused,
            _ => ResponseCode::NoError,
        };
        socket
            .send_to(&reply(question, code, None), client)
            .unwrap();
    });
    let seen = at(limits.address, 30, "warm.rounds = 2\nwarm.pause = '10ms'").await;
    let (status, text) = seen.said("dns/rate-limit");
    assert_eq!(status, Status::Warn, "{text}");
    let expected = "30 questions REFUSED at one time and answered at another";
    assert_eq!(text, expected);

    let folder = folder();
    let nsd = nsd(&folder);
    let zones = [("launch.test", nsd.address)];
    let refuses = "access-control: 127.0.0.0/8 refuse\n  ede: yes";
    let unbound = Unbound::start(folder.path(), &zones, refuses);
    let seen = at(unbound.address, 5, "").await;
    let (status, text) = seen.said("dns/refused");
    assert_eq!(status, Status::Error, "{text}");
    assert!(
        text.starts_with("REFUSED to 5 of 5 questions (prohibited"),
        "{text}"
    );
    assert!(seen.found("dns/rate-limit").is_empty());
}

#[tokio::test]
async fn a_limit_on_questions_to_the_zone_shows_as_servfail_at_times() {
    let folder = folder();
    let nsd = nsd(&folder);
    let zones = [("launch.test", nsd.address)];
    let option = "ratelimit: 20\n  ratelimit-factor: 0";
    let unbound = Unbound::start(folder.path(), &zones, option);
    let seen = at(
        unbound.address,
        60,
        "warm.rounds = 4\nwarm.pause = '1200ms'\nquery.tries = 1",
    )
    .await;
    let (status, text) = seen.said("dns/rate-limit");
    assert_eq!(status, Status::Warn, "{text}");
    assert!(
        text.contains("with SERVFAIL at one time and an answer at another"),
        "{text}"
    );
}

#[tokio::test]
async fn what_a_resolver_says_of_its_answers_is_shown() {
    let forging = Hostile::start(|socket, question, client| {
        let answer = reply(question, ResponseCode::NoError, Some(4));
        socket.send_to(&answer, client).unwrap();
    });
    let seen = at(forging.address, 2, "").await;
    let (status, text) = seen.said("dns/answer-policy");
    assert_eq!(status, Status::Fail);
    assert_eq!(
        text,
        "2 answers NOERROR \"forged answer\", the first to n0.launch.test A"
    );
    let mut exhibits = seen.judgement.exhibits.iter();
    let rows = exhibits.find_map(|exhibit| match exhibit {
        Exhibit::Table { title, rows, .. } if title.starts_with("Extended errors") => Some(rows),
        _ => None,
    });
    assert_eq!(
        rows.unwrap()[0][1..],
        ["NOERROR", "forged answer", "2", "n0.launch.test A"]
    );

    // A reason that changes nothing is shown and fails nothing.
    let synthesizing = Hostile::start(|socket, question, client| {
        let answer = reply(question, ResponseCode::NoError, Some(29));
        socket.send_to(&answer, client).unwrap();
    });
    let seen = at(synthesizing.address, 1, "").await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
}

#[tokio::test]
async fn a_closed_port_is_broken_and_nothing_else() {
    let closed = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let seen = at(closed, 10, "").await;
    assert!(seen.found("dns/rate-limit").is_empty());
    assert!(seen.found("dns/refused").is_empty());
    assert_eq!(seen.status(), Status::Error);
}
