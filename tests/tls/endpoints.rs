//! The module `tls`: endpoints of databases and mail servers, of a list, of both families, and with certificates
//! of clients. Mail servers that refuse or slip something in are peers of the test, which read and answer line by line.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tminus::model::Status;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::fixtures::pki::{Authority, DAY, Leaf};
use crate::support::databases::{mariadb, postgres};
use crate::support::mail::{dovecot, exim};
use crate::support::nginx;
use crate::support::ports::free_port;
use crate::support::probe::Probe;
use crate::support::tls::{NAME, Pki, faults, good, now};

/// Writes `server.pem`, a good chain, and `server.key`.
fn certified(pki: &Pki) {
    let leaf = pki.middle.issue(&good());
    pki.write("server.pem", &(leaf.pem() + &pki.middle.pem()));
    pki.write("server.key", &leaf.key_pem());
}

#[tokio::test]
async fn a_database_with_tls_passes_and_one_without_says_so() {
    let pki = Pki::new();
    certified(&pki);
    for (starttls, start) in [
        ("postgres", postgres as fn(&_, Option<&str>) -> _),
        ("mysql", mariadb),
    ] {
        let asks = format!("starttls = '{starttls}'");
        let server = start(pki.path(), Some("server"));
        let seen = pki.check(server.port, &asks).run(pki.path()).await;
        assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
        assert_eq!(seen.evidence.len(), 1);
        let without = start(pki.path(), None);
        let seen = pki.check(without.port, &asks).run(pki.path()).await;
        let fault = faults(&seen);
        let words = match starttls {
            "mysql" => {
                "fail: it offers no TLS over MySQL: its greeting lacks the capability CLIENT_SSL"
            }
            _ => r#"fail: it refused to start TLS: over PostgreSQL it answered "N""#,
        };
        assert_eq!(fault, words);
        // Each asked in the other's language.
        let other = if starttls == "mysql" {
            "postgres"
        } else {
            "mysql"
        };
        let asks = format!("starttls = '{other}'\ntimeouts.handshake = '1s'");
        let seen = pki.check(server.port, &asks).run(pki.path()).await;
        assert_ne!(seen.status(), Status::Pass, "{seen:#?}");
        assert_eq!(seen.judgement.findings.len(), 1);
    }
}

/// A peer that plays a script: lines it sends, and `>` before those it waits for. Then it speaks TLS.
async fn scripted(pki: &Pki, script: &'static str) -> u16 {
    let leaf = pki.middle.issue(&good());
    let chain = vec![
        CertificateDer::from(leaf.der.clone()),
        CertificateDer::from(pki.middle.der()),
    ];
    let key = PrivateKeyDer::try_from(leaf.key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Some(stream) = play(stream, script).await else {
                    return;
                };
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let _ = stream.read(&mut [0; 16]).await;
                }
            });
        }
    });
    port
}

async fn play(stream: TcpStream, script: &str) -> Option<TcpStream> {
    let mut stream = BufReader::new(stream);
    for line in script.lines().map(str::trim) {
        match line.strip_prefix('>') {
            Some(awaited) => {
                let mut heard = String::new();
                stream.read_line(&mut heard).await.ok()?;
                assert_eq!(heard.trim_end(), awaited.trim());
            }
            None => {
                let line = format!("{line}\r\n");
                stream.write_all(line.as_bytes()).await.ok()?;
            }
        }
    }
    Some(stream.into_inner())
}

#[tokio::test]
async fn a_mail_server_with_tls_passes_and_one_without_says_so() {
    let pki = Pki::new();
    certified(&pki);
    for (starttls, start) in [
        ("smtp", exim as fn(&_, Option<&str>) -> _),
        ("imap", dovecot),
    ] {
        let asks = format!("starttls = '{starttls}'");
        let server = start(pki.path(), Some("server"));
        let seen = pki.check(server.port, &asks).run(pki.path()).await;
        assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
        let without = start(pki.path(), None);
        let seen = pki.check(without.port, &asks).run(pki.path()).await;
        let fault = faults(&seen);
        let words = match starttls {
            "smtp" => "fail: it offers no TLS over SMTP: its answer to EHLO does not list STARTTLS",
            _ => "fail: it refused to start TLS: over IMAP it answered ",
        };
        assert!(fault.starts_with(words), "{fault}");
        let hint = seen.judgement.findings[0].hint.as_deref().unwrap();
        assert!(
            hint.contains("STARTTLS") && !hint.contains("PostgreSQL"),
            "{hint}"
        );
    }
}

const SMTP: &str = "220-mail.test ESMTP
    220 welcome
    > EHLO tminus.invalid
    250-mail.test
    250-SIZE 1000
    250 STARTTLS
    > STARTTLS
    220 go ahead";

const IMAP: &str = "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready
    > t1 STARTTLS
    * CAPABILITY IMAP4rev1
    t1 OK begin";

#[tokio::test]
async fn mail_servers_begin_tls_when_asked() {
    let pki = Pki::new();
    for (starttls, script) in [("smtp", SMTP), ("imap", IMAP)] {
        let port = scripted(&pki, script).await;
        let asks = format!("starttls = '{starttls}'");
        let seen = pki.check(port, &asks).run(pki.path()).await;
        assert_eq!(seen.status(), Status::Pass, "{starttls}: {seen:#?}");
    }
}

#[tokio::test]
async fn mail_servers_that_refuse_turn_away_or_slip_something_in_are_told_apart() {
    let pki = Pki::new();
    for (starttls, script, words) in [
        (
            "smtp",
            "220 mail.test\n> EHLO tminus.invalid\n250-mail.test\n250 SIZE 1000",
            "fail: it offers no TLS over SMTP: its answer to EHLO does not list STARTTLS",
        ),
        (
            "smtp",
            "220 mail.test\n> EHLO tminus.invalid\n250 STARTTLS\n> STARTTLS\n454 no key \x1b[31m",
            r#"fail: it refused to start TLS: over SMTP it answered "454 no key \x1b[31m""#,
        ),
        (
            "smtp",
            "421 too many",
            r#"error: it rejected the client before TLS: over SMTP it answered "421 too many""#,
        ),
        (
            "smtp",
            "HTTP/1.1 400 Bad Request",
            r#"fail: it does not speak SMTP before TLS, it sent "HTTP/1.1 400 Bad Request""#,
        ),
        (
            "imap",
            "* OK\n> t1 STARTTLS\nt1 BAD what",
            r#"fail: it refused to start TLS: over IMAP it answered "t1 BAD what""#,
        ),
        (
            "imap",
            "* BYE",
            r#"error: it rejected the client before TLS: over IMAP it answered "* BYE""#,
        ),
    ] {
        let port = scripted(&pki, script).await;
        let asks = format!("starttls = '{starttls}'");
        let seen = pki.check(port, &asks).run(pki.path()).await;
        assert_eq!(faults(&seen), words);
    }
}

/// A peer that sends these bytes to everyone, again and again where `endless`, one a quarter of a second
/// where `drips`, and then keeps still.
async fn hostile(bytes: &'static [u8], endless: bool, drips: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                if drips {
                    for byte in bytes {
                        let _ = stream.write_all(&[*byte]).await;
                        tokio::time::sleep(Duration::from_millis(250)).await;
                    }
                }
                while stream.write_all(bytes).await.is_ok() && endless {}
                std::future::pending::<()>().await;
            });
        }
    });
    port
}

#[tokio::test]
async fn no_banner_hangs_us_or_fills_memory() {
    let pki = Pki::new();
    let long: &'static [u8] = vec![b'x'; 4096].leak();
    for starttls in ["postgres", "mysql", "smtp", "imap"] {
        for (bytes, endless, drips) in [
            (&b""[..], false, false),
            (b"220-mail.test ESMTP, patience", false, true),
            (b"\x4e\x00\x00\x00\x0a10.11", false, true),
            (long, true, false),
            (b"220-more\r\n", true, false),
            (b"* more\r\n", true, false),
            (b"\xff\xff\xff\x00\x0a", false, false),
            (b"\x05\x00\x00\x00\x0a1\x00\x01\x02", false, false),
            (b"\x05\x00\x00\x00\xff\x10\x04no", false, false),
            (b"S220 \x00\xff\x1b\r\n\r\n", false, false),
        ] {
            let port = hostile(bytes, endless, drips).await;
            let begin = Instant::now();
            let asks = format!("starttls = '{starttls}'\ntimeouts.handshake = '600ms'");
            let check = pki.check(port, &asks).timeout(Duration::from_secs(5));
            let seen = check.run(pki.path()).await;
            assert!(!seen.cut_short);
            assert!(begin.elapsed() < Duration::from_secs(3));
            assert_eq!(seen.judgement.findings.len(), 1, "{seen:#?}");
            assert!(matches!(seen.status(), Status::Fail | Status::Error));
            let observed = seen.judgement.findings[0].observed.as_deref().unwrap();
            assert!(observed.len() < 700, "{observed}");
        }
    }
}

#[tokio::test]
async fn what_is_slipped_in_before_tls_is_told() {
    let pki = Pki::new();
    let at_once: &[u8] = b"* OK ready\r\nt1 OK begin\r\nt1 OK LOGIN slipped in\r\n";
    let port = hostile(at_once, false, false).await;
    let seen = pki.check(port, "starttls = 'imap'").run(pki.path()).await;
    assert_eq!(
        faults(&seen),
        r#"fail: it does not speak IMAP before TLS, it sent "t1 OK LOGIN slipped in""#
    );
}

#[tokio::test]
async fn endpoints_of_a_file_are_met_and_its_faults_are_named_by_line() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&Leaf {
        names: vec!["127.0.0.1".to_owned(), "localhost".to_owned()],
        ..good()
    });
    let server = pki.serve(&leaf, &pki.middle.pem(), &[]);
    let port = server.port;
    pki.write(
        "gateways.txt",
        &format!("# edge\n127.0.0.1:{port}\n\n127.0.0.1:{port} # again\n"),
    );
    let settings = "endpoints-file = 'gateways.txt'\ntls.ca-file = 'roots.pem'";
    let seen = Probe::new("tls", settings).run(pki.path()).await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    let handshake = seen.finding("tls/handshake");
    assert!(handshake.claim.starts_with(&format!("127.0.0.1:{port} ")));

    for (text, words) in [
        (
            "a.test\nhttps://b.test\n",
            "gateways.txt, line 2: \"https://b.test\": is neither",
        ),
        ("# nothing\n", "gateways.txt lists no endpoint"),
    ] {
        pki.write("gateways.txt", text);
        let error = Probe::new("tls", settings).refused(pki.path()).await;
        assert!(error.starts_with(words), "{error}");
    }
}

#[tokio::test]
async fn dual_stack_wants_both_families() {
    let pki = Pki::new();
    certified(&pki);
    let port = free_port();
    let listen = [
        (std::net::Ipv4Addr::LOCALHOST, port).into(),
        (std::net::Ipv6Addr::LOCALHOST, port).into(),
    ];
    let _nginx = nginx::start(pki.path(), port, &nginx::tls(pki.path(), &listen, "server"));
    let check = |addresses: &str| {
        let settings = format!(
            "endpoints = ['{NAME}:{port}']\ntls.ca-file = 'roots.pem'\ndual-stack = true\naddresses = [{addresses}]"
        );
        Probe::new("tls", settings)
    };
    let seen = check("'127.0.0.1', '::1'").run(pki.path()).await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    let seen = check("'127.0.0.1'").run(pki.path()).await;
    assert_eq!(
        faults(&seen),
        format!("fail: {NAME}:{port} has no IPv6 address")
    );
    let seen = check("'127.0.0.2', '::1'").run(pki.path()).await;
    let fault = faults(&seen);
    assert!(fault.contains("error: No IPv4 address of "), "{fault}");
}

#[tokio::test]
async fn a_client_certificate_is_shown_where_it_is_asked_for() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&good());
    let stranger = Authority::root("Foreign Root");
    for (name, issuer) in [("client", &pki.root), ("foreign", &stranger)] {
        let client = issuer.issue(&Leaf {
            client: true,
            ..Leaf::new("client.test", now() - DAY, now() + 90 * DAY)
        });
        pki.write(&format!("{name}.pem"), &client.pem());
        pki.write(&format!("{name}.key"), &client.key_pem());
    }
    for version in ["-tls1_2", "-tls1_3"] {
        let asks = [
            "-Verify",
            "1",
            "-verify_return_error",
            "-CAfile",
            "roots.pem",
            version,
        ];
        let server = pki.serve(&leaf, &pki.middle.pem(), &asks);
        let with = |name: &str| {
            let more = format!("tls.certificate = '{name}.pem'\ntls.key = '{name}.key'");
            pki.check(server.port, &more)
        };
        let seen = with("client").run(pki.path()).await;
        assert_eq!(seen.status(), Status::Pass, "{version}: {seen:#?}");
        let key = std::fs::read_to_string(pki.path().join("client.key")).unwrap();
        let line = key.lines().nth(1).unwrap();
        assert!(!format!("{seen:#?}").contains(line), "the key never leaves");
        let seen = with("foreign").run(pki.path()).await;
        let fault = faults(&seen);
        assert!(
            fault.starts_with("fail: it ended the handshake with the alert "),
            "{fault}"
        );
        let seen = pki.check(server.port, "").run(pki.path()).await;
        let fault = faults(&seen);
        assert!(
            fault.starts_with("fail: it ended the handshake with the alert "),
            "{fault}"
        );
    }
}
