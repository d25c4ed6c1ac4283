//! DNS over HTTPS at real servers other than unbound, and at servers that do not look at a question.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use h2::Reason;
use http::{Response, StatusCode};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use tempfile::TempDir;
use tminus::instrument::clock::SystemClock;
use tminus::model::{Clock as _, Status};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::fixtures::pki::{Authority, DAY, Issued, Leaf};
use crate::support::bind::Bind;
use crate::support::kresd::Kresd;
use crate::support::nsd::Nsd;
use crate::support::probe::{Probe, Seen};

const ZONE: &str = "
$TTL 60
@       SOA   ns1 hostmaster 2026112400 3600 600 86400 30
@       NS    ns1
ns1     A     127.0.0.1
*.many  A     192.0.2.9
";

/// A folder with the certificate of a resolver at 127.0.0.1, and of its authority.
fn folder() -> (TempDir, Issued) {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::root("Resolver CA");
    let now = SystemClock.now().as_second();
    let mut leaf = Leaf::new("localhost", now - DAY, now + 30 * DAY);
    leaf.names.push("127.0.0.1".to_owned());
    let issued = authority.issue(&leaf);
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
    write("cert.pem", issued.pem());
    write("key.pem", issued.key_pem());
    write("ca.pem", authority.pem());
    (folder, issued)
}

/// Asks for so many names over HTTPS.
async fn ask(folder: &Path, port: u16, names: usize) -> Seen {
    let names: Vec<_> = (0..names)
        .map(|n| format!("'n{n}.many.launch.test'"))
        .collect();
    let settings = format!(
        "names = [{}]\nresolvers = ['https://127.0.0.1:{port}/dns-query']\nquery.qps = 100000\n\
         tls.ca-file = 'ca.pem'",
        names.join(", "),
    );
    Probe::new("dns", settings).run(folder).await
}

fn is_all_right(seen: &Seen, packets: usize) {
    let findings = &seen.judgement.findings;
    assert_eq!(seen.status(), Status::Pass, "{findings:#?}");
    let sent = seen.finding("dns/packet-loss").observed.as_deref();
    assert_eq!(sent, Some(&*format!("{packets} packets, none lost")));
}

#[tokio::test]
async fn bind_answers_over_https() {
    let (folder, _) = folder();
    let bind = Bind::start(folder.path(), "launch.test", ZONE);
    let seen = ask(folder.path(), bind.https, 400).await;
    is_all_right(&seen, 400);
}

#[tokio::test]
async fn knot_resolver_answers_over_https_and_a_refused_stream_costs_no_try() {
    let (folder, _) = folder();
    let nsd = Nsd::start(folder.path(), "launch.test", ZONE);
    let kresd = Kresd::start(folder.path(), "launch.test", nsd.address);
    let seen = ask(folder.path(), kresd.https, 400).await;
    is_all_right(&seen, 400);
}

/// What a server of the test does with a request, by its number.
#[derive(Clone, Copy)]
enum Answer {
    Right,
    Refused,
    GoAway,
}

/// A server that answers with one address, where `plan` does not say otherwise.
async fn server(issued: &Issued, plan: fn(usize) -> Answer) -> (SocketAddr, Arc<AtomicUsize>) {
    let key = PrivateKeyDer::from_pem_slice(issued.key_pem().as_bytes()).unwrap();
    let chain = vec![issued.der.clone().into()];
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap();
    let mut config = config
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, counter) = (acceptor.clone(), Arc::clone(&counter));
            tokio::spawn(async move {
                let stream = acceptor.accept(stream).await.unwrap();
                let mut connection = h2::server::handshake(stream).await.unwrap();
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    match plan(counter.fetch_add(1, Ordering::Relaxed)) {
                        Answer::Refused => respond.send_reset(Reason::REFUSED_STREAM),
                        Answer::GoAway => connection.abrupt_shutdown(Reason::NO_ERROR),
                        Answer::Right => {
                            tokio::spawn(answer(request, respond));
                        }
                    }
                }
            });
        }
    });
    (address, seen)
}

async fn answer(
    request: http::Request<h2::RecvStream>,
    mut respond: h2::server::SendResponse<Bytes>,
) {
    let mut body = request.into_body();
    let mut question = Vec::new();
    while let Some(Ok(piece)) = body.data().await {
        question.extend_from_slice(&piece);
    }
    let question = hickory_proto::op::Message::from_vec(&question).unwrap();
    let mut message = question.into_response();
    let name = message.queries[0].name().clone();
    let data = hickory_proto::rr::RData::A(std::net::Ipv4Addr::new(192, 0, 2, 9).into());
    message.add_answer(hickory_proto::rr::Record::from_rdata(name, 60, data));
    let head = Response::builder()
        .status(StatusCode::OK)
        .header("content-type", "application/dns-message")
        .body(())
        .unwrap();
    let mut stream = respond.send_response(head, false).unwrap();
    let bytes = Bytes::from(message.to_vec().unwrap());
    stream.send_data(bytes, true).unwrap();
}

#[tokio::test]
async fn a_stream_that_the_server_did_not_look_at_is_sent_again_and_not_counted() {
    let (folder, issued) = folder();
    let (address, seen_by_server) = server(&issued, |number| match number % 3 {
        0 => Answer::Refused,
        _ => Answer::Right,
    })
    .await;
    let seen = ask(folder.path(), address.port(), 30).await;
    is_all_right(&seen, 30);
    assert!(seen_by_server.load(Ordering::Relaxed) > 30);
}

#[tokio::test]
async fn a_server_that_refuses_every_stream_is_given_up() {
    let (folder, issued) = folder();
    let (address, _) = server(&issued, |_| Answer::Refused).await;
    let settings = format!(
        "names = ['login.launch.test']\nresolvers = ['https://{address}/dns-query']\n\
         tls.ca-file = 'ca.pem'\nquery.timeout = '300ms'",
    );
    let seen = Probe::new("dns", settings).run(folder.path()).await;
    let finding = seen.finding("dns/resolves");
    assert_eq!(finding.status, Status::Error);
    let observed = finding.observed.as_deref().unwrap();
    let expected = "no acceptable answer: the server refused the stream again and again";
    assert!(observed.starts_with(expected), "{observed}");
}

#[tokio::test]
async fn what_a_server_that_goes_away_did_not_look_at_is_asked_over_the_next_connection() {
    let (folder, issued) = folder();
    let (address, _) = server(&issued, |number| match number {
        5 => Answer::GoAway,
        _ => Answer::Right,
    })
    .await;
    let seen = ask(folder.path(), address.port(), 30).await;
    let findings = &seen.judgement.findings;
    assert!(
        findings
            .iter()
            .all(|finding| matches!(finding.status, Status::Pass | Status::Warn)),
        "{findings:#?}"
    );
    let resolves = seen.finding_about("dns/resolves", "n29.many.launch.test A");
    assert_eq!(resolves.status, Status::Pass);
}
