//! The module `dns` at resolvers that are asked over connections: TCP, TLS and HTTPS, real ones and hostile ones.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use hickory_proto::op::Message;
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{Name, RData, Record};
use serde_json::Value;
use tempfile::TempDir;
use tminus::model::{Clock as _, Status};

use crate::fixtures::pki::{Authority, DAY, Leaf};
use crate::support::datagrams::Hostile;
use crate::support::nginx;
use crate::support::nsd::Nsd;
use crate::support::ports::free_port;
use crate::support::probe::{Probe, Seen};
use crate::support::server::Server;
use crate::support::streams::{Listener, framed, read_framed, send_framed};
use crate::support::unbound::Unbound;

const ZONE: &str = "
$TTL 60
@       SOA   ns1 hostmaster 2026112400 3600 600 86400 30
@       NS    ns1
ns1     A     127.0.0.1
login   A     192.0.2.1
*.many  A     192.0.2.9
";

async fn run(folder: &Path, settings: &str) -> Seen {
    Probe::new("dns", settings).run(folder).await
}

/// What was observed of `login.launch.test` at the only resolver, without its name.
fn login(seen: &Seen) -> (Status, &str) {
    let finding = seen.finding_about("dns/resolves", "login.launch.test A");
    let observed = finding.observed.as_deref().unwrap();
    let (text, _resolver) = observed.rsplit_once(" (").unwrap();
    (finding.status, text)
}

fn attempts(seen: &Seen) -> &[Value] {
    seen.observation["exchanges"][0]["attempts"]
        .as_array()
        .unwrap()
}

fn strays(seen: &Seen) -> &Value {
    &seen.observation["traffic"][0]["strays"]
}

fn sessions(seen: &Seen) -> &Value {
    &seen.observation["resolvers"][0]["sessions"]
}

const GOOD: [u8; 4] = [192, 0, 2, 1];
const FORGED: [u8; 4] = [203, 0, 113, 66];

/// The right answer to a question, as far as anyone can tell.
fn answer(question: &[u8], address: [u8; 4]) -> Message {
    let mut message = Message::from_vec(question).unwrap().into_response();
    let name = message.queries[0].name().clone();
    let data = RData::A(A::from(std::net::Ipv4Addr::from(address)));
    message.add_answer(Record::from_rdata(name, 60, data));
    message
}

fn good(question: &[u8]) -> Vec<u8> {
    answer(question, GOOD).to_vec().unwrap()
}

/// Waits until the other side closes.
fn hold(mut stream: TcpStream) {
    let _ = stream.read_to_end(&mut Vec::new());
}

/// One name at a hostile server over TCP.
async fn at(server: &Listener, more: &str) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let settings = format!(
        "names = ['login.launch.test']\nresolvers = ['tcp://{}']\n{more}",
        server.address
    );
    run(folder.path(), &settings).await
}

#[tokio::test]
async fn one_tcp_connection_carries_all_questions() {
    let folder = tempfile::tempdir().unwrap();
    let nsd = Nsd::start(folder.path(), "launch.test", ZONE);
    let names: Vec<_> = (0..500)
        .map(|n| format!("'n{n}.many.launch.test'"))
        .collect();
    let settings = format!(
        "names = [{}]\nresolvers = ['tcp://{}']\nquery.qps = 100000",
        names.join(", "),
        nsd.address
    );
    let seen = run(folder.path(), &settings).await;
    assert_eq!(
        seen.status(),
        Status::Pass,
        "{:#?}",
        seen.judgement.findings
    );
    assert_eq!(sessions(&seen)["opened"], 1);
    assert_eq!(attempts(&seen)[0]["transport"], "stream");
    let sent = seen.finding("dns/packet-loss");
    assert_eq!(sent.observed.as_deref(), Some("500 packets, none lost"));
}

#[tokio::test]
async fn wrong_messages_on_a_stream_are_counted_and_never_accepted() {
    type Forge = fn(&mut TcpStream, &[u8]);
    let forgeries: [(&str, Forge); 3] = [
        ("wrong_id", |stream, question| {
            let mut forged = answer(question, FORGED);
            forged.metadata.id ^= 0x5555;
            send_framed(stream, &forged.to_vec().unwrap());
        }),
        ("garbage", |stream, _| send_framed(stream, b"x")),
        ("garbage", |stream, _| send_framed(stream, b"")),
    ];
    for (kind, forge) in forgeries {
        let both = Listener::start(move |mut stream, _| {
            while let Some(question) = read_framed(&mut stream) {
                forge(&mut stream, &question);
                send_framed(&mut stream, &good(&question));
            }
        });
        let seen = at(&both, "query.timeout = '5s'").await;
        assert_eq!(login(&seen), (Status::Pass, "192.0.2.1"), "{kind}");
        assert_eq!(strays(&seen)[kind], 1, "{seen:#?}");

        let alone = Listener::start(move |mut stream, _| {
            while let Some(question) = read_framed(&mut stream) {
                forge(&mut stream, &question);
            }
        });
        let seen = at(&alone, "query.timeout = '300ms'\nquery.tries = 1").await;
        let observed = (Status::Error, "no answer to 1 question");
        assert_eq!(login(&seen), observed, "{kind}");
        assert_eq!(strays(&seen)[kind], 1, "{seen:#?}");
    }
}

#[tokio::test]
async fn a_message_under_the_right_id_that_is_no_answer_ends_the_wait() {
    type Forge = fn(&[u8]) -> Vec<u8>;
    let forgeries: [(&str, Forge); 4] = [
        (
            "no acceptable answer: an answer to the question other.launch.test. A",
            |question| {
                let mut forged = answer(question, FORGED);
                forged.queries[0].set_name(Name::from_ascii("other.launch.test.").unwrap());
                forged.to_vec().unwrap()
            },
        ),
        ("no acceptable answer: a query came back", |question| {
            question.to_vec()
        }),
        (
            "no acceptable answer: truncated over a connection as well",
            |question| {
                let mut cut = answer(question, GOOD);
                cut.metadata.truncation = true;
                cut.to_vec().unwrap()
            },
        ),
        ("no acceptable answer: ", |question| {
            let mut cut = good(question);
            cut.truncate(cut.len() - 3);
            cut
        }),
    ];
    for (expected, forge) in forgeries {
        let server = Listener::start(move |mut stream, _| {
            while let Some(question) = read_framed(&mut stream) {
                send_framed(&mut stream, &forge(&question));
            }
        });
        let begin = Instant::now();
        let seen = at(&server, "query.timeout = '10s'").await;
        let (status, observed) = login(&seen);
        assert_eq!(status, Status::Error);
        assert!(observed.starts_with(expected), "{observed}");
        assert_eq!(attempts(&seen).len(), 2, "it is asked again");
        assert!(begin.elapsed() < Duration::from_secs(5));
        assert!(!seen.evidence.is_empty(), "the message is kept");
    }
}

#[tokio::test]
async fn a_second_and_a_late_answer_on_a_stream_are_counted() {
    let twice = Listener::start(|mut stream, _| {
        while let Some(question) = read_framed(&mut stream) {
            send_framed(&mut stream, &good(&question));
            send_framed(&mut stream, &good(&question));
        }
    });
    // A second question keeps the connection open while the repetition arrives.
    let folder = tempfile::tempdir().unwrap();
    let settings = format!(
        "names = ['login.launch.test', 'next.launch.test']\nresolvers = ['tcp://{}']\nquery.in-flight = 1",
        twice.address
    );
    let seen = run(folder.path(), &settings).await;
    assert_eq!(attempts(&seen).len(), 1);
    assert!(strays(&seen)["duplicate"].as_u64() >= Some(1), "{seen:#?}");

    let late = Listener::start(|mut stream, number| {
        let question = read_framed(&mut stream);
        std::thread::sleep(Duration::from_millis(if number == 0 { 600 } else { 5000 }));
        if let Some(question) = question {
            send_framed(&mut stream, &good(&question));
            hold(stream);
        }
    });
    let seen = at(&late, "query.timeout = '400ms'").await;
    let observed = (Status::Error, "no answer, asked 2 times");
    assert_eq!(login(&seen), observed);
    assert_eq!(strays(&seen)["late"], 1, "{seen:#?}");
    // A connection on which nothing came is not asked again.
    assert_eq!(
        sessions(&seen)["lost"]["nothing came on it within 400 ms"],
        2
    );
}

#[tokio::test]
async fn an_answer_of_64_kilobytes_is_read_over_tcp() {
    let folder = tempfile::tempdir().unwrap();
    // 400 TXT records of 156 bytes each, name compressed: 62 KiB.
    let many: String = (0..400)
        .map(|n| format!("login TXT \"{n:0>143}\"\n"))
        .collect();
    let nsd = Nsd::start(folder.path(), "launch.test", &format!("{ZONE}{many}"));
    let settings = format!(
        "names = ['login.launch.test']\ntypes = ['TXT']\nresolvers = ['tcp://{}']",
        nsd.address
    );
    let seen = run(folder.path(), &settings).await;
    assert_eq!(
        seen.status(),
        Status::Pass,
        "{:#?}",
        seen.judgement.findings
    );
    let records = &attempts(&seen)[0]["outcome"]["records"];
    assert_eq!(records.as_array().unwrap().len(), 400);

    // The longest there can be, of more records than are read.
    let huge = Listener::start(|mut stream, _| {
        const RECORD: [u8; 16] = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1];
        while let Some(question) = read_framed(&mut stream) {
            let mut huge = Message::from_vec(&question).unwrap().into_response();
            huge.edns = None;
            let mut huge = huge.to_vec().unwrap();
            huge[6..8].copy_from_slice(&4000_u16.to_be_bytes());
            huge.extend(RECORD.repeat(4000));
            huge.resize(65_535, 0);
            send_framed(&mut stream, &huge);
        }
    });
    let (status, observed) = {
        let seen = at(&huge, "query.tries = 1").await;
        let (status, observed) = login(&seen);
        (status, observed.to_owned())
    };
    assert_eq!(status, Status::Error);
    assert!(observed.contains("records"), "{observed}");
}

#[tokio::test]
async fn a_length_larger_than_what_follows_is_told_and_asked_again() {
    let server = Listener::start(|mut stream, number| {
        while let Some(question) = read_framed(&mut stream) {
            let mut message = framed(&good(&question));
            if number == 0 {
                message[0] = 0x7f; // promises 32 KiB
                stream.write_all(&message).unwrap();
                return;
            }
            stream.write_all(&message).unwrap();
        }
    });
    let seen = at(&server, "query.timeout = '5s'").await;
    assert_eq!(login(&seen), (Status::Pass, "192.0.2.1"));
    assert_eq!(seen.status(), Status::Warn);
    assert_eq!(server.accepted(), 2);
    let held = seen.finding("dns/resolver-connection");
    let observed = held.observed.as_deref().unwrap();
    assert!(
        observed.starts_with(
            "2 connections made, 1 lost: closed by the server in the middle of a message, "
        ),
        "{observed}"
    );
    let lost = seen.finding("dns/packet-loss");
    assert!(lost.observed.as_deref().unwrap().starts_with("1 of 2 lost"));
}

#[tokio::test]
async fn a_server_that_drips_or_never_answers_costs_its_timeouts_and_no_more() {
    let drips = Listener::start(|mut stream, _| {
        let Some(question) = read_framed(&mut stream) else {
            return;
        };
        for byte in framed(&good(&question)) {
            if stream.write_all(&[byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    let silent = Listener::start(|stream, _| hold(stream));
    for server in [drips, silent] {
        let begin = Instant::now();
        let seen = at(&server, "query.timeout = '300ms'\nquery.tries = 2").await;
        let observed = (Status::Error, "no answer, asked 2 times");
        assert_eq!(login(&seen), observed);
        let elapsed = begin.elapsed();
        assert!(elapsed >= Duration::from_millis(600), "{elapsed:?}");
        assert!(elapsed < Duration::from_secs(5), "{elapsed:?}");
    }
}

#[tokio::test]
async fn connections_that_are_refused_or_closed_at_once_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let settings = format!(
        "names = ['login.launch.test', 'b.test']\nresolvers = ['tcp://127.0.0.1:{}']",
        free_port()
    );
    let seen = run(folder.path(), &settings).await;
    let observed = (Status::Error, "no connection: the connection is refused");
    assert_eq!(login(&seen), observed);
    assert_eq!(sessions(&seen)["failed"], 2, "tried as often as a packet");

    let closes = Listener::start(|_, _| {});
    let seen = at(&closes, "").await;
    let (status, observed) = login(&seen);
    assert_eq!(status, Status::Error);
    assert!(observed.starts_with("the connection was "), "{observed}");
    assert!(closes.accepted() <= 4, "there is an end to it");
}

#[tokio::test]
async fn a_server_that_closes_after_each_answer_is_reported_and_still_asked_to_the_end() {
    let server = Listener::start(|mut stream, _| {
        if let Some(question) = read_framed(&mut stream) {
            send_framed(&mut stream, &good(&question));
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<_> = (0..20).map(|n| format!("'n{n}.launch.test'")).collect();
    let settings = format!(
        "names = [{}]\nresolvers = ['tcp://{}']\nquery.in-flight = 1",
        names.join(", "),
        server.address
    );
    let seen = run(folder.path(), &settings).await;
    for finding in &seen.judgement.findings {
        assert!(finding.status != Status::Error, "{finding:?}");
    }
    assert!(server.accepted() >= 20);
}

/// What is observed where a datagram is answered truncated, and the repetition over TCP by `serve`.
async fn truncated(serve: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> (Status, String) {
    let port = free_port();
    let _tcp = Listener::at(port, serve);
    let _udp = Hostile::at(port, |socket, question, client| {
        let mut cut = answer(question, FORGED);
        cut.metadata.truncation = true;
        socket.send_to(&cut.to_vec().unwrap(), client).unwrap();
    });
    let folder = tempfile::tempdir().unwrap();
    let settings = format!(
        "names = ['login.launch.test']\nresolvers = ['127.0.0.1:{port}']\nquery.timeout = '400ms'"
    );
    let begin = Instant::now();
    let seen = run(folder.path(), &settings).await;
    assert!(begin.elapsed() < Duration::from_secs(5));
    let (status, observed) = login(&seen);
    (status, observed.to_owned())
}

/// Sends what `change` makes of the right answer's bytes, its length in front, and waits.
fn sending(
    change: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static,
) -> impl Fn(TcpStream, usize) + Send + Sync + 'static {
    move |mut stream, _| {
        if let Some(question) = read_framed(&mut stream) {
            let _ = stream.write_all(&change(&question));
            hold(stream);
        }
    }
}

#[tokio::test]
async fn what_comes_over_tcp_after_truncation_is_held_to_the_same_rules() {
    let good_one = truncated(sending(|question| framed(&good(question)))).await;
    assert_eq!(good_one, (Status::Pass, "192.0.2.1".to_owned()));

    let told = |why: &str| format!("truncated, and over TCP: {why}");
    let foreign = sending(|question| {
        let mut forged = answer(question, FORGED);
        forged.metadata.id ^= 0x5555;
        framed(&forged.to_vec().unwrap())
    });
    let expected = told("an answer under another id");
    assert_eq!(truncated(foreign).await, (Status::Fail, expected));

    let other = sending(|question| {
        let mut forged = answer(question, FORGED);
        forged.queries[0].set_name(Name::from_ascii("other.launch.test.").unwrap());
        framed(&forged.to_vec().unwrap())
    });
    let expected = told("an answer to the question other.launch.test. A");
    assert_eq!(truncated(other).await, (Status::Fail, expected));

    let again = sending(|question| {
        let mut cut = answer(question, FORGED);
        cut.metadata.truncation = true;
        framed(&cut.to_vec().unwrap())
    });
    let expected = told("truncated over a connection as well");
    assert_eq!(truncated(again).await, (Status::Fail, expected));

    let garbage = truncated(sending(|_| framed(b"\xff"))).await;
    let expected = told("an answer under another id");
    assert_eq!(garbage, (Status::Fail, expected));

    let promise = |mut stream: TcpStream, _| {
        if let Some(question) = read_framed(&mut stream) {
            let mut message = framed(&good(&question));
            message[0] = 0x7f;
            let _ = stream.write_all(&message);
        }
    };
    let expected = told("the connection ended before the answer");
    assert_eq!(truncated(promise).await, (Status::Fail, expected));

    let silent = truncated(|stream, _| hold(stream)).await;
    let expected = told("no answer in time");
    assert_eq!(silent, (Status::Error, expected.clone()));
    let drips = truncated(|mut stream: TcpStream, _| {
        let Some(question) = read_framed(&mut stream) else {
            return;
        };
        for byte in framed(&good(&question)) {
            if stream.write_all(&[byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    })
    .await;
    assert_eq!(drips, (Status::Error, expected));
}

/// Unbound with DNS over TLS and over HTTPS, with a certificate of its own.
struct Encrypted {
    folder: TempDir,
    _nsd: Nsd,
    _unbound: Unbound,
    port: u16,
    https: u16,
}

impl Encrypted {
    fn start(authority: &Authority, leaf: &Leaf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let nsd = Nsd::start(folder.path(), "launch.test", ZONE);
        let issued = authority.issue(leaf);
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("cert.pem"), issued.pem()).unwrap();
        std::fs::write(path("key.pem"), issued.key_pem()).unwrap();
        std::fs::write(path("ca.pem"), authority.pem()).unwrap();
        let (port, https) = (free_port(), free_port());
        let more = format!(
            "interface: 127.0.0.1@{port}\n  tls-port: {port}\n  interface: 127.0.0.1@{https}\n  \
             https-port: {https}\n  http-endpoint: \"/dns-query\"\n  tls-service-pem: \"{}\"\n  \
             tls-service-key: \"{}\"\n",
            path("cert.pem").display(),
            path("key.pem").display()
        );
        let zones = [("launch.test", nsd.address)];
        let _unbound = Unbound::start(folder.path(), &zones, &more);
        Self {
            folder,
            _nsd: nsd,
            _unbound,
            port,
            https,
        }
    }

    async fn ask(&self, host: &str, more: &str) -> Seen {
        let settings = format!(
            "names = ['login.launch.test']\nresolvers = ['tls://{host}:{}']\n{more}",
            self.port
        );
        run(self.folder.path(), &settings).await
    }
}

fn now() -> i64 {
    tminus::instrument::clock::SystemClock.now().as_second()
}

/// A leaf for localhost that is valid now.
fn leaf() -> Leaf {
    let mut leaf = Leaf::new("localhost", now() - DAY, now() + 30 * DAY);
    leaf.names.push("127.0.0.1".to_owned());
    leaf
}

const TRUSTED: &str = "tls.ca-file = 'ca.pem'";

#[tokio::test]
async fn a_resolver_over_tls_is_verified_by_name_and_by_address() {
    let authority = Authority::root("Resolver CA");
    let server = Encrypted::start(&authority, &leaf());
    for host in ["localhost", "127.0.0.1"] {
        let seen = server.ask(host, TRUSTED).await;
        assert_eq!(
            seen.status(),
            Status::Pass,
            "{:#?}",
            seen.judgement.findings
        );
        assert_eq!(attempts(&seen)[0]["transport"], "tls");
        let proof = seen.finding("dns/resolver-certificate");
        let observed = proof.observed.as_deref().unwrap();
        assert!(observed.starts_with("TLS 1.3, certificate "), "{observed}");
        let expected =
            format!("a certificate for {host} that leads to a trusted root (ca.pem: 1 root)");
        assert_eq!(proof.expected.as_deref(), Some(&*expected));
    }
}

#[tokio::test]
async fn a_certificate_that_does_not_count_is_a_failure_and_nothing_is_asked() {
    let authority = Authority::root("Resolver CA");
    let expired = Leaf::new("localhost", now() - 60 * DAY, now() - DAY);
    let other = Leaf::new("other.test", now() - DAY, now() + DAY);
    let foreign = Authority::root("Foreign CA");
    for (issuer, leaf, reason) in [
        (&authority, expired, "it expired at 2"),
        (&authority, other, "it is for other.test, not for localhost"),
        (
            &foreign,
            leaf(),
            "its issuer is not trusted, or an intermediate certificate is missing",
        ),
    ] {
        let server = Encrypted::start(issuer, &leaf);
        std::fs::write(server.folder.path().join("ca.pem"), authority.pem()).unwrap();
        let seen = server.ask("localhost", TRUSTED).await;
        let (status, observed) = login(&seen);
        let expected = format!("the certificate is not trusted: {reason}");
        assert_eq!(status, Status::Fail, "{observed}");
        assert!(observed.starts_with(&expected), "{observed}");
        let proof = seen.finding("dns/resolver-certificate");
        assert_eq!(proof.status, Status::Fail);
        assert!(proof.observed.as_deref().unwrap().starts_with(reason));
        let chain = seen.evidence.iter();
        let mut chain = chain.filter(|kept| kept.name.starts_with("chain-"));
        assert!(chain.next().is_some(), "{seen:#?}");
        let sent = seen.judgement.measures.iter();
        let mut sent = sent.filter(|measure| measure.name == "dns_packets_sent");
        assert_eq!(sent.next().unwrap().value, 0.0);
    }
}

#[tokio::test]
async fn what_is_no_tls_is_a_failure_and_silence_is_an_error() {
    let authority = Authority::root("Resolver CA");
    let ask = async |server: &Listener| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        let settings = format!(
            "names = ['login.launch.test']\nresolvers = ['tls://{}']\n{TRUSTED}\nquery.timeout = '300ms'",
            server.address
        );
        run(folder.path(), &settings).await
    };
    let plain = Listener::start(|mut stream, _| {
        let _ = stream.write_all(b"220 mail.launch.test ESMTP\r\n");
        hold(stream);
    });
    let seen = ask(&plain).await;
    let expected = "no handshake: the server does not speak TLS, it answered \"220 mail.launch.test ESMTP\\r\\n\"";
    assert_eq!(login(&seen), (Status::Fail, expected));
    let silent = Listener::start(|stream, _| hold(stream));
    let seen = ask(&silent).await;
    let expected =
        "no connection: the server did not finish the handshake within 0.3 s, having sent 0 bytes";
    assert_eq!(login(&seen), (Status::Error, expected));
    assert_eq!(
        seen.finding("dns/resolver-certificate").status,
        Status::Error
    );
}

#[tokio::test]
async fn a_resolver_whose_name_leads_nowhere_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "names = ['login.launch.test']\nresolvers = ['tcp://resolver.invalid']";
    let seen = run(folder.path(), settings).await;
    let (status, observed) = login(&seen);
    assert_eq!(status, Status::Error);
    assert!(
        observed.starts_with("no connection: the system finds no address of resolver.invalid: "),
        "{observed}"
    );
}

#[tokio::test]
async fn a_resolver_over_https_is_verified_and_answers_many_at_once() {
    let authority = Authority::root("Resolver CA");
    let server = Encrypted::start(&authority, &leaf());
    let names: Vec<_> = (0..400)
        .map(|n| format!("'n{n}.many.launch.test'"))
        .collect();
    let settings = format!(
        "names = ['login.launch.test', {}]\nresolvers = ['https://localhost:{}/dns-query', 'tls://localhost:{}']\n\
         query.qps = 100000\n{TRUSTED}",
        names.join(", "),
        server.https,
        server.port,
    );
    let seen = run(server.folder.path(), &settings).await;
    assert_eq!(
        seen.status(),
        Status::Pass,
        "{:#?}",
        seen.judgement.findings
    );
    assert_eq!(attempts(&seen)[0]["transport"], "https");
    assert_eq!(sessions(&seen)["opened"], 1);
    let sent = seen.finding("dns/packet-loss");
    assert_eq!(sent.observed.as_deref(), Some("802 packets, none lost"));

    let foreign = Authority::root("Foreign CA");
    std::fs::write(server.folder.path().join("ca.pem"), foreign.pem()).unwrap();
    let settings = format!(
        "names = ['login.launch.test']\nresolvers = ['https://localhost:{}/dns-query']\n{TRUSTED}",
        server.https
    );
    let seen = run(server.folder.path(), &settings).await;
    let (status, observed) = login(&seen);
    assert_eq!(status, Status::Fail);
    assert!(
        observed.starts_with("the certificate is not trusted: "),
        "{observed}"
    );
}

/// nginx with HTTP/2 and these locations, and the port it is at.
fn web(folder: &Path, authority: &Authority, listen: &str, locations: &str) -> (Server, u16) {
    let port = free_port();
    let issued = authority.issue(&leaf());
    std::fs::write(folder.join("web.pem"), issued.pem()).unwrap();
    std::fs::write(folder.join("web.key"), issued.key_pem()).unwrap();
    std::fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
    let at = folder.display();
    let server = format!(
        "server {{ listen 127.0.0.1:{port} ssl {listen}; ssl_certificate {at}/web.pem; \
         ssl_certificate_key {at}/web.key; {locations} }}"
    );
    (nginx::start(folder, port, &server), port)
}

#[tokio::test]
async fn what_http_says_in_place_of_an_answer_is_told_apart() {
    let authority = Authority::root("Resolver CA");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("huge.dns"), vec![0; 70_000]).unwrap();
    let at = folder.path().display();
    let locations = format!(
        "root {at}; types {{ application/dns-message dns; }} \
         location /absent {{ return 404; }} location /moved {{ return 301 https://elsewhere.test/; }} \
         location /broken {{ return 503; }} location /limited {{ return 429; }} location /denied {{ return 403; }} \
         location /portal {{ default_type text/html; return 200 'Log in'; }} \
         location /short {{ default_type application/dns-message; return 200 'x'; }} \
         location /huge.dns {{ error_page 405 =200 $uri; }}"
    );
    let (_nginx, port) = web(folder.path(), &authority, "http2", &locations);
    for (path, status, expected) in [
        ("absent", Status::Fail, "HTTP status 404"),
        ("moved", Status::Fail, "HTTP status 301"),
        ("broken", Status::Fail, "HTTP status 503"),
        ("limited", Status::Error, "HTTP status 429"),
        ("denied", Status::Error, "HTTP status 403"),
        (
            "portal",
            Status::Fail,
            "HTTP with text/html in place of a DNS message",
        ),
        (
            "short",
            Status::Error,
            "no acceptable answer: an answer under another id",
        ),
        (
            "huge.dns",
            Status::Error,
            "no acceptable answer: more than the 65535 bytes of the longest message",
        ),
    ] {
        let settings = format!(
            "names = ['login.launch.test']\nresolvers = ['https://localhost:{port}/{path}']\n{TRUSTED}"
        );
        let seen = run(folder.path(), &settings).await;
        assert_eq!(login(&seen), (status, expected), "{path}");
        assert_eq!(
            seen.finding("dns/resolver-certificate").status,
            Status::Pass
        );
    }
}

#[tokio::test]
async fn a_web_server_without_http_2_is_a_failure() {
    let authority = Authority::root("Resolver CA");
    let folder = tempfile::tempdir().unwrap();
    let (_nginx, port) = web(folder.path(), &authority, "", "return 204;");
    let settings = format!(
        "names = ['login.launch.test']\nresolvers = ['https://localhost:{port}/dns-query']\n{TRUSTED}"
    );
    let seen = run(folder.path(), &settings).await;
    let (status, observed) = login(&seen);
    assert_eq!(status, Status::Fail, "{observed}");
    assert!(
        observed.starts_with("no handshake: the server "),
        "{observed}"
    );
}

#[tokio::test]
async fn a_server_that_says_good_bye_is_asked_on_a_new_connection() {
    let authority = Authority::root("Resolver CA");
    let folder = tempfile::tempdir().unwrap();
    // It ends each connection after ten questions (GOAWAY).
    let locations = "location / { return 503; } keepalive_requests 10;";
    let (_nginx, port) = web(folder.path(), &authority, "http2", locations);
    let names: Vec<_> = (0..45).map(|n| format!("'n{n}.launch.test'")).collect();
    let settings = format!(
        "names = [{}]\nresolvers = ['https://localhost:{port}/dns-query']\n{TRUSTED}\nquery.tries = 1\nquery.in-flight = 1",
        names.join(", ")
    );
    let seen = run(folder.path(), &settings).await;
    let exchanges = seen.observation["exchanges"].as_array().unwrap();
    for exchange in exchanges {
        let attempts = exchange["attempts"].as_array().unwrap();
        assert_eq!(attempts.len(), 1, "{exchange}");
        assert_eq!(attempts[0]["outcome"]["status"], 503, "{exchange}");
    }
    assert_eq!(sessions(&seen)["opened"], 5);
}
