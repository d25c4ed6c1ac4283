//! The module `port` against real services on the loopback.

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::time::Duration;

use tminus::model::Status;
use tokio::net::{TcpSocket, TcpStream};

use crate::support::nginx;
use crate::support::nsd::Nsd;
use crate::support::ports::free_port;
use crate::support::probe::{Probe, Seen};

/// A query for the address of "a.".
const QUERY: &str = "hex:cafe0100000100000000000001610000010001";

async fn look(endpoint: impl ToString, more: &str) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    probe(endpoint, more).run(folder.path()).await
}

fn probe(endpoint: impl ToString, more: &str) -> Probe {
    let endpoint = endpoint.to_string();
    Probe::new(
        "port",
        format!("endpoints = ['{endpoint}']\nwithin = '500ms'\n{more}"),
    )
}

/// A port that accepts nothing: its queue is full, and the system drops further attempts without a word.
struct Silent {
    address: SocketAddr,
    _listener: tokio::net::TcpListener,
    _queue: Vec<TcpStream>,
}

impl Silent {
    async fn start() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut queue = Vec::new();
        let patience = Duration::from_millis(200);
        while let Ok(stream) = tokio::time::timeout(patience, TcpStream::connect(address)).await {
            queue.push(stream.unwrap());
        }
        Self {
            address,
            _listener: listener,
            _queue: queue,
        }
    }
}

fn refusing() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], free_port()))
}

#[tokio::test]
async fn an_open_port_a_closed_one_and_silence_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let open = listener.local_addr().unwrap();
    let silent = Silent::start().await;
    for (address, closed, rule, status, observed) in [
        (open, false, "port/open", Status::Pass, None),
        (refusing(), false, "port/open", Status::Fail, None),
        (silent.address, false, "port/open", Status::Fail, None),
        (open, true, "port/closed", Status::Fail, None),
        (
            refusing(),
            true,
            "port/closed",
            Status::Pass,
            Some("refused"),
        ),
        (
            silent.address,
            true,
            "port/closed",
            Status::Pass,
            Some("silent for 500 ms"),
        ),
    ] {
        let seen = look(address, &format!("closed = {closed}")).await;
        let finding = seen.finding(rule);
        assert_eq!(finding.status, status, "{seen:#?}");
        assert_eq!(finding.subject, format!("{address} at 127.0.0.1"));
        assert_eq!(finding.observed.as_deref(), observed);
    }
}

#[tokio::test]
async fn no_route_is_an_error_and_an_unknown_name_a_failure_either_way() {
    for (closed, rule) in [(false, "port/open"), (true, "port/closed")] {
        let closed = format!("closed = {closed}");
        // No system routes TCP to the broadcast address, and nothing is sent.
        let seen = look("255.255.255.255:80", &closed).await;
        assert_eq!(seen.finding(rule).status, Status::Error, "{seen:#?}");
        let seen = look("no-such-host.invalid:80", &closed).await;
        // Without a resolver, a machine cannot know that the name does not exist.
        let lookup = &seen.observation["endpoints"][0]["lookup_error"]["kind"];
        let status = match lookup.as_str() {
            Some("no_address") => Status::Fail,
            _ => Status::Error,
        };
        assert_eq!(seen.finding("port/lookup").status, status, "{seen:#?}");
    }
}

#[tokio::test]
async fn silence_that_the_timeout_cuts_short_is_an_error() {
    let silent = Silent::start().await;
    let folder = tempfile::tempdir().unwrap();
    let short = Probe::new(
        "port",
        format!(
            "endpoints = ['{}']\nwithin = '30s'\nclosed = true",
            silent.address
        ),
    );
    let seen = short
        .timeout(Duration::from_secs(1))
        .run(folder.path())
        .await;
    assert_eq!(
        seen.finding("port/closed").status,
        Status::Error,
        "{seen:#?}"
    );
    assert!(!seen.cut_short, "the probe ends by itself");
}

#[tokio::test]
async fn every_address_of_a_host_is_contacted() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = look(format!("localhost:{port}"), "").await;
    let addresses = tokio::net::lookup_host(("localhost", port)).await.unwrap();
    let mut wanted: Vec<_> = addresses
        .map(|address| {
            let status = if address.is_ipv4() {
                Status::Pass
            } else {
                Status::Fail
            };
            format!("{status} localhost:{port} at {}", address.ip())
        })
        .collect();
    wanted.sort();
    wanted.dedup();
    let findings = seen.judgement.findings.iter();
    let mut found: Vec<_> = findings
        .map(|finding| format!("{} {}", finding.status, finding.subject))
        .collect();
    found.sort();
    assert_eq!(found, wanted);
}

#[tokio::test]
async fn a_web_server_answers_what_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let servers = format!("server {{ listen 127.0.0.1:{port}; return 204; }}");
    let _nginx = nginx::start(folder.path(), port, &servers);
    let endpoint = format!("127.0.0.1:{port}");
    let send = r#"send = "GET / HTTP/1.0\r\n\r\n""#;
    for (expect, status) in [
        ("expect = 'HTTP/1.1 204'", Status::Pass),
        ("expect = 'SSH-2.0-'", Status::Fail),
        ("", Status::Pass),
    ] {
        let seen = look(&endpoint, &format!("{send}\n{expect}")).await;
        assert_eq!(seen.finding("port/answer").status, status, "{seen:#?}");
        assert_eq!(seen.finding("port/open").status, Status::Pass);
        let answer = seen.evidence(&format!("{endpoint}-127.0.0.1.txt"));
        assert!(
            answer.starts_with(b"HTTP/1.1 204 No Content\r\n"),
            "{seen:#?}"
        );
    }
    // It waits for a request and says nothing first.
    let seen = look(&endpoint, "expect = '220 '").await;
    let finding = seen.finding("port/answer");
    assert_eq!(finding.status, Status::Fail);
    assert!(
        finding.claim.ends_with("did not answer in time"),
        "{finding:?}"
    );
}

#[tokio::test]
async fn a_name_server_answers_over_udp() {
    let folder = tempfile::tempdir().unwrap();
    let server = Nsd::start(
        folder.path(),
        "a.",
        "@ 60 SOA ns root 1 1 1 1 1\n@ 60 NS ns\n",
    );
    for (expect, status) in [
        ("expect = 'hex:cafe'", Status::Pass),
        ("expect = 'hex:beef'", Status::Fail),
        ("", Status::Pass),
    ] {
        let seen = look(
            server.address,
            &format!("udp = true\nsend = '{QUERY}'\n{expect}"),
        )
        .await;
        assert_eq!(seen.finding("port/answer").status, status, "{seen:#?}");
    }
    let seen = look(
        server.address,
        &format!("udp = true\nclosed = true\nsend = '{QUERY}'"),
    )
    .await;
    assert_eq!(seen.finding("port/closed").status, Status::Fail);
}

#[tokio::test]
async fn over_udp_only_a_refusal_shows_that_a_port_is_closed() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let silent = (silent.local_addr().unwrap(), silent);
    for (address, settings, rule, status) in [
        (refusing(), "closed = true", "port/closed", Status::Pass),
        (silent.0, "closed = true", "port/closed", Status::Error),
        (refusing(), "send = '?'", "port/answer", Status::Fail),
        (silent.0, "send = '?'", "port/answer", Status::Fail),
    ] {
        let seen = look(address, &format!("udp = true\n{settings}")).await;
        assert_eq!(seen.finding(rule).status, status, "{settings}: {seen:#?}");
        assert_eq!(seen.judgement.findings.len(), 1);
    }
}

#[tokio::test]
async fn an_empty_datagram_is_no_end_of_a_connection() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    std::thread::spawn(move || {
        let (_, asked_by) = server.recv_from(&mut [0; 16]).unwrap();
        server.send_to(b"", asked_by).unwrap();
    });
    let seen = look(address, "udp = true\nsend = '?'").await;
    let finding = seen.finding("port/answer");
    assert_eq!(finding.status, Status::Fail);
    assert!(
        finding.claim.ends_with("answered with an empty datagram"),
        "{finding:?}"
    );
}
