//! What a staple saves: nginx with a responder by `openssl ocsp`, servers that fetch it while a client waits, chains
//! that are too long for it, responders that are gone, and servers that never come to an end.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tminus::model::{Finding, Status};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::fixtures::pki::{DAY, Issued, Leaf};
use crate::fixtures::revocation::Response;
use crate::support::openssl::{TlsServer, responder};
use crate::support::ports::free_port;
use crate::support::probe::{Probe, Seen};
use crate::support::tls::{NAME, Pki, named, now, registry};
use crate::support::{haproxy, http, nginx};

/// Asks for nothing that is not of interest here.
const REQUIRE: &str = "staple-gain.level = 'require'\nold-protocols = 'allow'\npost-quantum = 'off'\ntimeouts.handshake = '2s'";

fn saves(seen: &Seen) -> &Finding {
    seen.finding("tls/staple-gain")
}

fn trips(seen: &Seen) -> &Finding {
    seen.finding("tls/staple-size")
}

fn measure(seen: &Seen, name: &str) -> f64 {
    let mut measures = seen.judgement.measures.iter();
    let found = measures.find(|measure| measure.name == name);
    found.unwrap_or_else(|| panic!("{name}: {seen:#?}")).value
}

/// A certificate whose responder takes a tenth of a second to answer, with its staple in `staple.der`.
async fn stapled(pki: &Pki) -> Issued {
    let port = free_port();
    let leaf = pki.middle.issue(&named(Some(port), None, false));
    let response = Response::good(&leaf, &pki.middle, now() - DAY, now() + DAY).by(&pki.middle);
    std::fs::write(pki.path().join("staple.der"), &response).unwrap();
    http::serve_at(port, move |_| {
        std::thread::sleep(Duration::from_millis(100));
        response.clone()
    })
    .await;
    leaf
}

fn serve(pki: &Pki, leaf: &Issued, version: &str) -> TlsServer {
    let options = [version, "-status_file", "staple.der"];
    pki.serve(leaf, &pki.middle.pem(), &options)
}

#[tokio::test]
async fn a_staple_of_nginx_saves_what_openssl_takes_to_answer() {
    let pki = Pki::new();
    let port = responder(pki.path(), "ca").await;
    let leaf = pki.middle.issue(&named(Some(port), None, true));
    registry(&pki, &leaf, false);
    let staple = Response::good(&leaf, &pki.middle, now() - DAY, now() + DAY).by(&pki.middle);
    std::fs::write(pki.path().join("staple.der"), &staple).unwrap();
    pki.write("site.pem", &(leaf.pem() + &pki.middle.pem()));
    pki.write("site.key", &leaf.key_pem());
    for version in ["TLSv1.2", "TLSv1.3"] {
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let folder = pki.path().display();
        let more = format!(
            "ssl_protocols {version}; ssl_stapling on; ssl_stapling_file {folder}/staple.der; return"
        );
        let server = nginx::tls(pki.path(), &[at], "site").replace("return", &more);
        let _nginx = nginx::start(pki.path(), at.port(), &server);
        let check = pki.check(
            at.port(),
            "staple-gain.level = 'require'\nstaple-gain.handshakes = 5",
        );
        let seen = check.run(pki.path()).await;
        assert_eq!(seen.status(), Status::Pass, "{version}: {seen:#?}");
        let observed = saves(&seen).observed.as_deref().unwrap();
        assert!(observed.starts_with("it saves "), "{observed}");
        assert_eq!(trips(&seen).status, Status::Pass);
        let saved = measure(&seen, "tls_staple_saved_seconds");
        let question = measure(&seen, "tls_ocsp_question_seconds");
        assert!(
            saved > 0.0 && saved < 2.0 * question,
            "{version}: {seen:#?}"
        );
        let session = &seen.observation["endpoints"][format!("127.0.0.1:{}", at.port())];
        let flights = &session["addresses"][at.to_string()]["handshake"]["flights"];
        let sizes = |side: &str, key: &str| -> Vec<_> {
            let each = flights[side].as_array().unwrap().iter();
            each.map(|one| one[key].as_u64().unwrap()).collect()
        };
        assert_eq!(sizes("with", "staple"), [staple.len() as u64; 5]);
        assert_eq!(sizes("without", "staple"), [0; 5]);
        let (with, without) = (sizes("with", "bytes")[0], sizes("without", "bytes")[0]);
        assert!(
            (with - without).abs_diff(staple.len() as u64) < 30,
            "{version}"
        );
    }
}

#[tokio::test]
async fn a_staple_of_haproxy_saves_the_question_at_each_address() {
    let pki = Pki::new();
    let leaf = stapled(&pki).await;
    let pem = leaf.pem() + &pki.middle.pem() + &leaf.key_pem();
    pki.write("site.pem", &pem);
    std::fs::copy(
        pki.path().join("staple.der"),
        pki.path().join("site.pem.ocsp"),
    )
    .unwrap();
    let port = free_port();
    let folder = pki.path().display();
    let binds = [(1, "TLSv1.2"), (2, "TLSv1.3")].map(|(last, version)| {
        let at = SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), port));
        (
            at,
            format!(
                "crt {folder}/site.pem force-{}",
                version.replace("TLSv1.", "tlsv1")
            ),
        )
    });
    let _haproxy = haproxy::start(pki.path(), port, &binds);
    let settings = format!(
        "endpoints = ['{NAME}:{port}']\ntls.ca-file = 'roots.pem'\naddresses = ['127.0.0.1', '127.0.0.2']\nstaple-gain.level = 'require'"
    );
    let seen = Probe::new("tls", settings).run(pki.path()).await;
    let flights = seen.judgement.measures.iter();
    let flights = flights.filter(|measure| measure.name == "tls_first_flight_bytes");
    assert_eq!(flights.count(), 4, "{seen:#?}");
    let mut saved = seen.found("tls/staple-gain").into_iter();
    // Addresses with the same figures are one finding.
    assert!(
        saved.all(|finding| finding.status == Status::Pass),
        "{seen:#?}"
    );
    let times = seen.judgement.measures.iter();
    let times = times.filter(|measure| measure.name == "tls_staple_saved_seconds");
    let times: Vec<_> = times.map(|measure| measure.value).collect();
    assert!(
        matches!(*times, [one, two] if one > 0.0 && two > 0.0),
        "{times:?}"
    );
    assert_eq!(trips(&seen).status, Status::Pass);
}

/// What a proxy does with a connection.
#[derive(Clone, Copy)]
enum Manner {
    /// It forwards.
    Pass,
    /// It holds a hello that asks for a staple back, as a server does that fetches one first.
    HoldHello,
    /// It holds the answer to one back in the middle.
    HoldAnswer,
    /// It answers a byte every tenth of a second.
    Drip,
    /// It answers without end.
    Flood,
    /// It closes.
    Close,
}

/// Between a client and a server on loopback: `manner` tells what is done with the first and the second connection and
/// so on; the last manner is kept.
async fn proxy(to: u16, manners: &'static [Manner]) -> u16 {
    let count = Arc::new(AtomicUsize::new(0));
    http::raw(move |mut client| {
        let number = count.fetch_add(1, Ordering::Relaxed);
        let manner = manners[number.min(manners.len() - 1)];
        async move {
            let mut hello = vec![0; 4096];
            let Ok(length) = client.read(&mut hello).await else {
                return;
            };
            hello.truncate(length);
            // status_request (RFC 6066 section 8)
            let asks = hello
                .windows(9)
                .any(|nine| nine == [0, 5, 0, 5, 1, 0, 0, 0, 0]);
            let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await.unwrap();
            let hold = Duration::from_millis(400);
            match manner {
                Manner::HoldHello if asks => sleep(hold).await,
                _ => {}
            }
            let _ = server.write_all(&hello).await;
            match manner {
                Manner::HoldAnswer if asks => {
                    // ServerHello has come, the certificates have not.
                    let mut first = [0; 200];
                    let _ = server.read_exact(&mut first).await;
                    let _ = client.write_all(&first).await;
                    sleep(hold).await;
                }
                Manner::Drip => {
                    let mut byte = [0; 1];
                    while server.read_exact(&mut byte).await.is_ok()
                        && client.write_all(&byte).await.is_ok()
                    {
                        sleep(Duration::from_millis(100)).await;
                    }
                    return;
                }
                Manner::Flood => {
                    let messages = [&[22, 3, 3, 4, 4, 4, 0, 4, 0][..], &[0; 1024]].concat();
                    while client.write_all(&messages).await.is_ok() {}
                    return;
                }
                Manner::Close => return,
                _ => {}
            }
            let _ = copy_bidirectional(&mut client, &mut server).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_server_that_fetches_while_a_client_waits_saves_nothing() {
    let pki = Pki::new();
    let leaf = stapled(&pki).await;
    for (version, manners) in [
        ("-tls1_2", &[Manner::HoldHello]),
        ("-tls1_3", &[Manner::HoldHello]),
        ("-tls1_3", &[Manner::HoldAnswer]),
    ] {
        let server = serve(&pki, &leaf, version);
        let port = proxy(server.port, manners).await;
        let seen = pki.check(port, REQUIRE).run(pki.path()).await;
        let found = saves(&seen);
        assert_eq!(found.status, Status::Fail, "{version}: {seen:#?}");
        let observed = found.observed.as_deref().unwrap();
        let words = "the first flight takes ";
        assert!(observed.starts_with(words), "{observed}");
        assert!(measure(&seen, "tls_staple_saved_seconds") < 0.0);
        assert_eq!(trips(&seen).status, Status::Pass);
        let noted = format!(
            "{}\nstaple-gain.handshakes = 1",
            REQUIRE.replace("require", "note")
        );
        let noted = pki.check(port, &noted).run(pki.path()).await;
        assert_eq!(noted.status(), Status::Warn, "{noted:#?}");
        let straight = pki.check(server.port, REQUIRE).run(pki.path()).await;
        assert_eq!(trips(&straight).status, Status::Pass);
        let flight = measure(&straight, "tls_first_flight_seconds");
        assert!(flight < 0.4, "{straight:#?}");
    }
}

#[tokio::test]
async fn a_chain_that_is_too_long_for_its_staple_costs_a_round_trip() {
    let pki = Pki::new();
    let port = free_port();
    let leaf = pki.middle.issue(&named(Some(port), None, false));
    let mut delegate = Leaf::new("ocsp.test", now() - DAY, now() + DAY);
    delegate.revocation.delegate = true;
    let delegate = pki.middle.issue(&delegate);
    let response = Response::good(&leaf, &pki.middle, now() - DAY, now() + DAY);
    let response = response.by_delegate(&delegate);
    std::fs::write(pki.path().join("staple.der"), &response).unwrap();
    let staple = response.len();
    assert!(staple > 600, "room for one certificate more: {staple}");
    http::serve_at(port, move |_| response.clone()).await;
    // Authorities that nobody needs, until the staple overflows what they leave of the window.
    let mut chain = pki.middle.pem();
    let mut size = leaf.der.len() + pki.middle.der().len() + 300;
    let mut number = 0;
    while size + staple <= 14_600 {
        let other = pki
            .root
            .intermediate(&format!("Authority {number}"), now() - DAY, now() + DAY);
        size += other.der().len() + 3;
        let _ = write!(chain, "{}", other.pem());
        number += 1;
    }
    assert!(
        number > 20 && size < 14_500,
        "{number} certificates, {size} bytes"
    );
    for version in ["-tls1_2", "-tls1_3"] {
        let options = [version, "-status_file", "staple.der"];
        let seen = pki.look(&leaf, &chain, &options, REQUIRE).await;
        let found = trips(&seen);
        assert_eq!(found.status, Status::Fail, "{version}: {seen:#?}");
        let observed = found.observed.as_deref().unwrap();
        assert!(
            observed.contains(" bytes in 2 round trips, without it 1"),
            "{observed}"
        );
        assert!(observed.ends_with(" bytes in 1"), "{observed}");
    }
    let seen = pki
        .check(serve(&pki, &leaf, "-tls1_3").port, REQUIRE)
        .run(pki.path())
        .await;
    assert_eq!(trips(&seen).status, Status::Pass, "{seen:#?}");
}

#[tokio::test]
async fn a_responder_that_is_gone_leaves_open_what_is_saved() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&named(Some(free_port()), None, false));
    let staple = Response::good(&leaf, &pki.middle, now() - DAY, now() + DAY).by(&pki.middle);
    std::fs::write(pki.path().join("staple.der"), &staple).unwrap();
    let server = serve(&pki, &leaf, "-tls1_3");
    let seen = pki.check(server.port, REQUIRE).run(pki.path()).await;
    let found = saves(&seen);
    assert_eq!(found.status, Status::Error, "{seen:#?}");
    let observed = found.observed.as_deref().unwrap();
    assert!(observed.contains("could not be connected to"), "{observed}");
    assert_eq!(trips(&seen).status, Status::Pass, "that much is known");
    let note = REQUIRE.replace("require", "note");
    let noted = pki.check(server.port, &note).run(pki.path()).await;
    assert_eq!(saves(&noted).status, Status::Warn);
    // A page in its stead is no answer, however quick.
    let page = http::serve(|_| b"<html>".to_vec()).await;
    let leaf = pki.middle.issue(&named(Some(page), None, false));
    let staple = Response::good(&leaf, &pki.middle, now() - DAY, now() + DAY).by(&pki.middle);
    std::fs::write(pki.path().join("staple.der"), &staple).unwrap();
    let server = serve(&pki, &leaf, "-tls1_3");
    let seen = pki.check(server.port, REQUIRE).run(pki.path()).await;
    let found = saves(&seen);
    assert_eq!(found.status, Status::Error, "{seen:#?}");
    let observed = found.observed.as_deref().unwrap();
    assert!(
        observed.contains("it is not an OCSP response"),
        "{observed}"
    );
}

#[tokio::test]
async fn servers_that_never_come_to_an_end_are_errors_in_time() {
    let pki = Pki::new();
    let leaf = stapled(&pki).await;
    let server = serve(&pki, &leaf, "-tls1_3");
    for (manners, words) in [
        (
            &[Manner::Pass, Manner::Drip],
            "it did not finish the handshake within 2 s",
        ),
        (&[Manner::Pass, Manner::Flood], "it broke the handshake: "),
        (
            &[Manner::Pass, Manner::Close],
            "it closed the connection in the middle of the handshake",
        ),
    ] {
        let begin = Instant::now();
        let port = proxy(server.port, manners).await;
        let seen = pki.check(port, REQUIRE).run(pki.path()).await;
        let found = saves(&seen);
        assert_eq!(found.status, Status::Error, "{seen:#?}");
        let observed = found.observed.as_deref().unwrap();
        assert!(observed.contains(words), "{observed}");
        assert!(begin.elapsed() < Duration::from_secs(8), "{words}");
        assert!(!seen.cut_short);
    }
}

#[tokio::test]
async fn nobody_is_asked_on_behalf_of_a_certificate_that_is_not_trusted() {
    let pki = Pki::new();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let port = http::serve(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        Vec::new()
    })
    .await;
    let stranger = crate::fixtures::pki::Authority::root("Foreign Root");
    let leaf = stranger.issue(&named(Some(port), None, false));
    let staple = Response::good(&leaf, &stranger, now() - DAY, now() + DAY).by(&stranger);
    std::fs::write(pki.path().join("staple.der"), &staple).unwrap();
    let options = ["-status_file", "staple.der"];
    let seen = pki.look(&leaf, &stranger.pem(), &options, REQUIRE).await;
    assert_eq!(seen.status(), Status::Fail);
    assert!(seen.observation["questions"].is_null(), "{seen:#?}");
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}
