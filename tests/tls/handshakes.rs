//! The module `tls` against nginx, `openssl s_server` and servers that misbehave.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use tminus::model::Status;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::fixtures::pki::{Authority, DAY, Leaf};
use crate::support::nginx;
use crate::support::openssl::ocsp_response;
use crate::support::ports::free_port;
use crate::support::probe::Probe;
use crate::support::tls::{NAME, Pki, faults, good, now};

#[tokio::test]
async fn a_good_chain_of_openssl_passes_and_stands_in_the_evidence() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&good());
    for (options, protocol) in [(&["-tls1_3"], "TLS 1.3"), (&["-tls1_2"], "TLS 1.2")] {
        let seen = pki.look(&leaf, &pki.middle.pem(), options, "").await;
        assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
        let observed = seen.finding("tls/handshake").observed.clone();
        assert!(observed.unwrap().starts_with(protocol));
        assert_eq!(seen.evidence.len(), 1);
        assert_eq!(
            seen.evidence[0].media_type,
            "application/pem-certificate-chain"
        );
        let pem = String::from_utf8(seen.evidence[0].bytes.clone()).unwrap();
        assert_eq!(pem, leaf.pem() + &pki.middle.pem().replace("\r\n", "\n"));
    }
}

#[tokio::test]
async fn bad_certificates_are_recorded_whole_and_told_apart() {
    let pki = Pki::new();
    let middle = pki.middle.pem();
    let stranger = Authority::root("Foreign Root");
    let expired = pki
        .middle
        .issue(&Leaf::new(NAME, now() - 90 * DAY, now() - DAY));
    let early = pki
        .middle
        .issue(&Leaf::new(NAME, now() + DAY, now() + 90 * DAY));
    let ends = pki
        .middle
        .issue(&Leaf::new(NAME, now() - 90 * DAY, now() + 7_300));
    let misnamed = pki
        .middle
        .issue(&Leaf::new("other.test", now() - DAY, now() + 90 * DAY));
    for (what, leaf, chain, words) in [
        ("expired", expired, &*middle, "fail: \"leaf\" expires "),
        ("early", early, &*middle, "fail: it is valid from "),
        ("ends", ends, &*middle, "fail: \"leaf\" expires "),
        ("misnamed", misnamed, &*middle, "fail: names other.test"),
        (
            "self-signed",
            good().self_signed(),
            "",
            "fail: the certificate is self-signed",
        ),
        (
            "incomplete",
            pki.middle.issue(&good()),
            "",
            "fail: 1 certificate served, then none for \"Test Intermediate\", the issuer of \"leaf\", \
             which is not a trusted root either",
        ),
        (
            "unknown",
            stranger.issue(&good()),
            &*stranger.pem(),
            "fail: it leads to \"Foreign Root\", which is not trusted",
        ),
    ] {
        let seen = pki.look(&leaf, chain, &[], "").await;
        let faults = faults(&seen);
        assert!(faults.starts_with(words), "{what}: {faults}");
        assert!(
            !faults.contains('\n'),
            "{what}: one fault, one finding: {faults}"
        );
        let pem = String::from_utf8_lossy(&seen.evidence[0].bytes).into_owned();
        assert!(pem.starts_with(&leaf.pem()), "{what}: {pem}");
    }
}

#[tokio::test]
async fn a_stapled_response_is_kept_as_it_came() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&good());
    pki.write("leaf.pem", &leaf.pem());
    pki.write("chain.pem", &pki.middle.pem());
    pki.write("chain.key", &pki.middle.key_pem());
    let response = ocsp_response(pki.path());
    let staple = ["-status_file", "staple.der"];
    let seen = pki.look(&leaf, &pki.middle.pem(), &staple, "").await;
    assert_eq!(faults(&seen), "fail: unknown");
    let kept = seen
        .evidence
        .iter()
        .find(|kept| kept.name.starts_with("staple-"));
    let kept = kept.expect("the staple is evidence");
    assert_eq!(
        (kept.media_type.as_str(), &kept.bytes),
        ("application/ocsp-response", &response)
    );
}

#[tokio::test]
async fn protocols_and_application_protocols() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&good());
    let middle = pki.middle.pem();
    let asks = "alpn = ['h2', 'http/1.1']";
    let seen = pki.look(&leaf, &middle, &["-alpn", "http/1.1"], asks).await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    let selected = seen.finding("tls/alpn");
    assert_eq!(selected.observed.as_deref(), Some("http/1.1"));
    let seen = pki.look(&leaf, &middle, &[], asks).await;
    assert!(faults(&seen).ends_with(" selects no application protocol"));

    let old = ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"];
    let seen = pki.look(&leaf, &middle, &old, "").await;
    assert_eq!(
        faults(&seen),
        "fail: it ended the handshake with the alert protocol_version: it speaks none of the TLS versions that were offered"
    );
    let asks_client = ["-tls1_2", "-Verify", "1"];
    let seen = pki.look(&leaf, &middle, &asks_client, "").await;
    let fault = faults(&seen);
    let words = "fail: it ended the handshake with the alert handshake_failure: ";
    assert!(fault.starts_with(words), "{fault}");
}

#[tokio::test]
async fn a_chain_of_a_hundred_is_judged_in_good_time() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&good());
    let mut chain = String::new();
    let mut last = Authority::root("Foreign Root");
    for number in 0..100 {
        last = last.intermediate(&format!("Level {number}"), now() - DAY, now() + DAY);
        chain.push_str(&last.pem());
    }
    let begin = Instant::now();
    let deep = last.issue(&good());
    let seen = pki.look(&deep, &chain, &[], "").await;
    assert_eq!(seen.status(), Status::Fail, "{seen:#?}");
    assert!(begin.elapsed() < Duration::from_secs(10));
    chain.push_str(&pki.middle.pem());
    let seen = pki.look(&leaf, &chain, &[], "").await;
    assert_eq!(seen.status(), Status::Warn, "{seen:#?}");
    let fault = faults(&seen);
    assert!(fault.starts_with("warn: \"Level 0\", "), "{fault}");
}

#[tokio::test]
async fn every_address_is_met_apart_and_the_odd_one_is_named() {
    let pki = Pki::new();
    for (name, leaf) in [("new", good()), ("old", good())] {
        let issued = pki.middle.issue(&leaf);
        pki.write(&format!("{name}.pem"), &(issued.pem() + &pki.middle.pem()));
        pki.write(&format!("{name}.key"), &issued.key_pem());
    }
    let port = free_port();
    let at = |last| SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), port));
    let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
    let new = nginx::tls(pki.path(), &[at(1), at(2)], "new");
    let old = nginx::tls(pki.path(), &[at(3), v6], "old");
    let _nginx = nginx::start(pki.path(), port, &(new + &old));

    let check = |addresses: &str, more: &str| {
        let settings = format!(
            "endpoints = ['{NAME}:{port}']\ntls.ca-file = 'roots.pem'\naddresses = [{addresses}]\n{more}"
        );
        Probe::new("tls", settings)
    };
    let seen = check("'127.0.0.1', '127.0.0.2'", "").run(pki.path()).await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    assert_eq!(seen.judgement.findings.len(), 12);

    let all = "'127.0.0.1', '127.0.0.2', '127.0.0.3', '::1'";
    let seen = check(all, "").run(pki.path()).await;
    let fault = faults(&seen);
    assert!(
        fault.starts_with("fail: 2 certificates (SHA-256): "),
        "{fault}"
    );
    assert!(fault.contains(" at 127.0.0.1, 127.0.0.2, "), "{fault}");
    assert!(fault.ends_with(" at 127.0.0.3, ::1"), "{fault}");
    let seen = check(all, "allow-different = true").run(pki.path()).await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");

    // Nobody listens on the fourth.
    let seen = check("'127.0.0.1', '127.0.0.4'", "").run(pki.path()).await;
    assert_eq!(faults(&seen), "fail: it refused the connection");
    assert!(
        seen.finding_about("tls/handshake", &format!("{NAME}:{port} at 127.0.0.4"))
            .hint
            .is_some()
    );
}

#[tokio::test]
async fn a_name_is_looked_up_and_an_unknown_one_fails() {
    let pki = Pki::new();
    let issued = pki
        .middle
        .issue(&Leaf::new("localhost", now() - DAY, now() + 90 * DAY));
    let server = pki.serve(&issued, &pki.middle.pem(), &[]);
    let settings = |host: &str| {
        format!(
            "endpoints = ['{host}:{}']\ntls.ca-file = 'roots.pem'",
            server.port
        )
    };
    let seen = Probe::new("tls", settings("localhost"))
        .run(pki.path())
        .await;
    let at = format!("127.0.0.1:{}", server.port);
    let endpoint = &seen.observation["endpoints"][format!("localhost:{}", server.port)];
    assert!(
        endpoint["addresses"][at]["handshake"].is_object(),
        "{seen:#?}"
    );
    assert_eq!(endpoint["lookups"][0]["resolver"], "system");
    let unknown = Probe::new("tls", settings("unknown.invalid"))
        .run(pki.path())
        .await;
    let fault = faults(&unknown);
    // Without a resolver, a machine cannot know that the name does not exist.
    let endpoint = &unknown.observation["endpoints"][format!("unknown.invalid:{}", server.port)];
    let status = match endpoint["lookups"][0]["kind"].as_str() {
        Some("no_address") => "fail",
        _ => "error",
    };
    assert!(fault.starts_with(&format!("{status}: system: ")), "{fault}");
}

#[tokio::test]
async fn plain_http_on_the_port_is_no_tls() {
    let pki = Pki::new();
    let port = free_port();
    let plain = format!("server {{ listen 127.0.0.1:{port}; return 204; }}");
    let _nginx = nginx::start(pki.path(), port, &plain);
    let seen = pki.check(port, "").run(pki.path()).await;
    let fault = faults(&seen);
    let words = r#"fail: it does not speak TLS, it answered "HTTP/1.1 400 Bad Request\r\n"#;
    assert!(fault.starts_with(words), "{fault}");
}

/// A server on 127.0.0.1 that does the same to everyone who connects.
async fn misbehaving<F>(behave: fn(TcpStream) -> F) -> u16
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut hello = [0; 4096]; // the ClientHello, so that an answer is one
                let _ = stream.read(&mut hello).await;
                behave(stream).await;
            });
        }
    });
    port
}

/// A TLS 1.2 ServerHello (RFC 5246 section 7.4.1.3): no session, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256.
fn server_hello() -> Vec<u8> {
    let mut hello = vec![22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3];
    hello.extend([7; 32]);
    hello.extend([0, 0xc0, 0x2f, 0]);
    hello
}

async fn silent(stream: TcpStream) {
    let _stream = stream;
    std::future::pending::<()>().await;
}

async fn dripping(mut stream: TcpStream) {
    for byte in server_hello() {
        let _ = stream.write_all(&[byte]).await;
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

async fn babbling(mut stream: TcpStream) {
    let _ = stream.write_all(b"\x01\x1b[31m\xff garbage, no TLS").await;
    silent(stream).await;
}

async fn resetting(stream: TcpStream) {
    socket2::SockRef::from(&stream)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
}

async fn closing(_stream: TcpStream) {}

/// Announces a Certificate message of 16 MB, and sends it.
async fn boasting(mut stream: TcpStream) {
    let mut bytes = server_hello();
    bytes.extend([22, 3, 3, 0x40, 0, 11, 0xff, 0xff, 0xff]);
    bytes.resize(bytes.len() + 0x4000 - 4, 0);
    let _ = stream.write_all(&bytes).await;
    let mut record = vec![22, 3, 3, 0x40, 0];
    record.resize(5 + 0x4000, 0);
    for _ in 0..1024 {
        if stream.write_all(&record).await.is_err() {
            return;
        }
    }
    silent(stream).await;
}

/// Sends HelloRequests (RFC 5246 section 7.4.1.1) without an end.
async fn endless(mut stream: TcpStream) {
    let _ = stream.write_all(&server_hello()).await;
    let records = [22, 3, 3, 0, 4, 0, 0, 0, 0].repeat(4096);
    while stream.write_all(&records).await.is_ok() {}
}

/// A handshake message whose inner length is longer than it.
async fn miscounting(mut stream: TcpStream) {
    let mut hello = server_hello();
    hello[11 + 32] = 33; // one byte more than a session id may have, and than there is
    let _ = stream.write_all(&hello).await;
    silent(stream).await;
}

/// What is found of a server that misbehaves, which never takes longer than the check may.
async fn met(port: u16) -> String {
    let pki = Pki::new();
    let begin = Instant::now();
    let check = pki.check(port, "timeouts.handshake = '700ms'");
    let seen = check.timeout(Duration::from_secs(5)).run(pki.path()).await;
    assert!(!seen.cut_short);
    assert!(begin.elapsed() < Duration::from_secs(4));
    faults(&seen)
}

#[tokio::test]
async fn no_server_hangs_us_and_each_is_told_apart() {
    let hung = "error: it did not finish the handshake within 0.7 s, having sent 0 bytes";
    assert_eq!(met(misbehaving(silent).await).await, hung);
    let dripped = met(misbehaving(dripping).await).await;
    assert_eq!(
        dripped,
        "error: it did not finish the handshake within 0.7 s, having sent 3 bytes"
    );
    assert_eq!(
        met(misbehaving(babbling).await).await,
        r#"fail: it does not speak TLS, it answered "\x01\x1b[31m\xff garbage, no TLS""#
    );
    assert_eq!(
        met(misbehaving(resetting).await).await,
        "error: it reset the connection in the middle of the handshake, having sent 0 bytes"
    );
    assert_eq!(
        met(misbehaving(closing).await).await,
        "error: it closed the connection in the middle of the handshake, having sent 0 bytes"
    );
    for behaved in [
        met(misbehaving(boasting).await).await,
        met(misbehaving(endless).await).await,
        met(misbehaving(miscounting).await).await,
    ] {
        assert!(
            behaved.starts_with("fail: it broke the handshake: "),
            "{behaved}"
        );
    }
}

#[tokio::test]
async fn the_deadline_of_the_check_ends_what_is_left_and_it_is_still_told_apart() {
    let pki = Pki::new();
    let port = misbehaving(silent).await;
    let check = pki.check(port, "").timeout(Duration::from_millis(800));
    let seen = check.run(pki.path()).await;
    assert!(
        !seen.cut_short,
        "the probe leaves room to write down what hung"
    );
    // How much of the 0.8 s is left for the handshake is a matter of the machine's load.
    let fault = faults(&seen);
    assert!(
        fault.starts_with("error: it did not finish the handshake within 0."),
        "{fault}"
    );
    assert!(fault.ends_with(" s, having sent 0 bytes"), "{fault}");
}

#[tokio::test]
async fn many_that_hang_do_not_hide_one_that_answers() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&Leaf {
        names: vec!["127.0.0.1".to_owned()],
        ..good()
    });
    let server = pki.serve(&leaf, &pki.middle.pem(), &[]);
    let mut endpoints = Vec::new();
    for _ in 0..70 {
        endpoints.push(format!("'127.0.0.1:{}'", misbehaving(silent).await));
    }
    endpoints.push(format!("'127.0.0.1:{}'", server.port));
    let settings = format!(
        "endpoints = [{}]\ntls.ca-file = 'roots.pem'\ntimeouts.handshake = '500ms'",
        endpoints.join(", ")
    );
    let seen = Probe::new("tls", settings).run(pki.path()).await;
    let all = seen.finding_about("tls/handshake", "all endpoints");
    assert_eq!(all.status, Status::Error);
    assert_eq!(all.observed.as_deref(), Some("70 error, 1 pass"));
    let expiry = seen.finding("tls/chain-expiry");
    assert_eq!(expiry.status, Status::Pass, "{expiry:?}");
}

#[tokio::test]
async fn the_roots_of_the_system_and_of_the_web_are_described_and_do_not_know_us() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&good());
    let server = pki.serve(&leaf, &pki.middle.pem(), &[]);
    for trust in ["system", "web"] {
        let settings = format!(
            "endpoints = ['127.0.0.1:{}']\ntls.server-name = '{NAME}'\ntls.trust = '{trust}'",
            server.port
        );
        let seen = Probe::new("tls", &*settings).run(pki.path()).await;
        assert_eq!(seen.status(), Status::Fail, "{seen:#?}");
        let roots = &seen.observation["roots"][0];
        assert_eq!(roots["source"], trust);
        assert!(roots["count"].as_u64().unwrap() > 50, "{roots}");
        let both = format!("{settings}\ntls.ca-file = 'roots.pem'");
        let seen = Probe::new("tls", both).run(pki.path()).await;
        assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
        assert_eq!(seen.observation["anchors"].as_array().unwrap().len(), 1);
    }
}
