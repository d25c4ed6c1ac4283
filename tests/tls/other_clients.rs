//! Servers that show different certificates to different clients: openssl and nginx with an RSA and an ECDSA
//! certificate, with another one for clients without SNI, and what cannot be had of them.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tminus::model::Status;
use tokio::net::{TcpListener, TcpStream};

use crate::fixtures::pki::{DAY, Leaf};
use crate::support::http;
use crate::support::nginx;
use crate::support::openssl::TlsServer;
use crate::support::ports::free_port;
use crate::support::probe::{Probe, Seen};
use crate::support::tls::{NAME, Pki, faults, good, named, now, registry};

/// `openssl s_server` with an ECDSA certificate and this one.
fn both(pki: &Pki, rsa: &crate::fixtures::pki::Issued, options: &[&str]) -> TlsServer {
    pki.write("rsa.pem", &rsa.pem());
    pki.write("rsa.key", &rsa.key_pem());
    let second = [
        "-dcert",
        "rsa.pem",
        "-dkey",
        "rsa.key",
        "-dcert_chain",
        "chain.pem",
    ];
    let leaf = pki.middle.issue(&good());
    pki.serve(&leaf, &pki.middle.pem(), &[&second, options].concat())
}

fn about(port: u16, which: &str) -> String {
    format!("127.0.0.1:{port} ({which})")
}

#[tokio::test]
async fn an_rsa_certificate_beside_an_ecdsa_certificate_is_judged_too() {
    let pki = Pki::new();
    let ended = Leaf::new(NAME, now() - 90 * DAY, now() - DAY);
    for version in ["-tls1_3", "-tls1_2", "-quiet"] {
        let server = both(&pki, &pki.middle.issue_rsa(&good()), &[version]);
        let seen = pki.check(server.port, "").run(pki.path()).await;
        assert_eq!(seen.status(), Status::Pass, "{version}: {seen:#?}");
        let rsa = about(server.port, "RSA certificate");
        let claim = &seen.finding_about("tls/other-clients", &rsa).claim;
        assert!(claim.contains("also has an RSA certificate"), "{claim}");
        for rule in [
            "chain-expiry",
            "trusted-chain",
            "server-name",
            "key-strength",
            "key-usage",
        ] {
            seen.finding_about(&format!("tls/{rule}"), &rsa);
        }
        let strength = seen.finding_about("tls/key-strength", &rsa);
        assert_eq!(strength.observed.as_deref(), Some("RSA 2048, P-256"));

        let server = both(&pki, &pki.middle.issue_rsa(&ended), &[version]);
        let seen = pki.check(server.port, "").run(pki.path()).await;
        assert_eq!(seen.status(), Status::Fail, "{version}: {seen:#?}");
        let rsa = about(server.port, "RSA certificate");
        let expiry = seen.finding_about("tls/chain-expiry", &rsa);
        assert_eq!(expiry.status, Status::Fail);
        assert_eq!(expiry.claim, format!("The chain of {rsa} has expired"));
        let ours = format!("127.0.0.1:{}", server.port);
        let ours = seen.finding_about("tls/chain-expiry", &ours);
        assert_eq!(ours.status, Status::Pass);
    }
}

#[tokio::test]
async fn an_ecdsa_certificate_is_asked_for_where_an_rsa_certificate_is_shown() {
    let pki = Pki::new();
    let rsa = pki.middle.issue_rsa(&good());
    let server = pki.serve(&rsa, &pki.middle.pem(), &[]);
    let seen = pki.check(server.port, "").run(pki.path()).await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    let ecdsa = about(server.port, "ECDSA certificate");
    let none = seen.finding_about("tls/other-clients", &ecdsa);
    assert!(
        none.claim.ends_with(" has no ECDSA certificate"),
        "{none:?}"
    );
    // With the RSA certificate preferred, the other one is the second.
    let misnamed = Leaf::new("other.test", now() - DAY, now() + 90 * DAY);
    let ecdsa = pki.middle.issue(&misnamed);
    pki.write("ecdsa.pem", &ecdsa.pem());
    pki.write("ecdsa.key", &ecdsa.key_pem());
    let second = [
        "-dcert",
        "ecdsa.pem",
        "-dkey",
        "ecdsa.key",
        "-dcert_chain",
        "chain.pem",
    ];
    let prefers = [
        "-serverpref",
        "-sigalgs",
        "rsa_pss_rsae_sha256:ecdsa_secp256r1_sha256",
    ];
    let server = pki.serve(
        &rsa,
        &pki.middle.pem(),
        &[&second[..], &prefers[..]].concat(),
    );
    let seen = pki.check(server.port, "").run(pki.path()).await;
    let ecdsa = about(server.port, "ECDSA certificate");
    let name = seen.finding_about("tls/server-name", &ecdsa);
    assert_eq!(name.status, Status::Fail, "{seen:#?}");
}

#[tokio::test]
async fn the_second_certificate_may_be_revoked() {
    let pki = Pki::new();
    let folder = pki.path().to_owned();
    let list = http::serve(move |_| std::fs::read(folder.join("list.crl")).unwrap()).await;
    let rsa = pki.middle.issue_rsa(&named(None, Some(list), false));
    registry(&pki, &rsa, true).list();
    let server = both(&pki, &rsa, &[]);
    let seen = pki.check(server.port, "").run(pki.path()).await;
    let rsa = about(server.port, "RSA certificate");
    let found = seen.finding_about("tls/revocation-list", &rsa);
    assert_eq!(found.status, Status::Fail, "{seen:#?}");
}

#[tokio::test]
async fn an_address_without_the_second_certificate_is_named() {
    let pki = Pki::new();
    for (name, issued) in [
        ("ecdsa", pki.middle.issue(&good())),
        ("rsa", pki.middle.issue_rsa(&good())),
    ] {
        pki.write(&format!("{name}.pem"), &(issued.pem() + &pki.middle.pem()));
        pki.write(&format!("{name}.key"), &issued.key_pem());
    }
    let port = free_port();
    let at = |last| SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), port));
    let folder = pki.path().display().to_string();
    let second = format!(
        "ssl_certificate {folder}/rsa.pem; ssl_certificate_key {folder}/rsa.key; return 204;"
    );
    let two = nginx::tls(pki.path(), &[at(1), at(2)], "ecdsa").replace("return 204;", &second);
    let one = nginx::tls(pki.path(), &[at(3)], "ecdsa");
    let _nginx = nginx::start(pki.path(), port, &(two + &one));
    let look = async |addresses: &str| -> Seen {
        let settings = format!(
            "endpoints = ['{NAME}:{port}']\ntls.ca-file = 'roots.pem'\naddresses = [{addresses}]"
        );
        Probe::new("tls", settings).run(pki.path()).await
    };
    let subject = format!("{NAME}:{port} (RSA certificate)");
    let seen = look("'127.0.0.1', '127.0.0.2'").await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    let same = seen.finding_about("tls/same-certificate", &subject);
    assert_eq!(same.status, Status::Pass);
    let seen = look("'127.0.0.1', '127.0.0.2', '127.0.0.3'").await;
    let fault = faults(&seen);
    assert!(
        fault.starts_with("fail: 2 certificates (SHA-256): "),
        "{fault}"
    );
    assert!(fault.ends_with(", none at 127.0.0.3"), "{fault}");
    assert_eq!(
        seen.finding_about("tls/same-certificate", &subject).status,
        Status::Fail
    );
    let lacks = format!("{subject} at 127.0.0.3");
    let lacks = seen.finding_about("tls/other-clients", &lacks);
    assert!(
        lacks.claim.ends_with(" has no RSA certificate"),
        "{lacks:?}"
    );
}

/// What stands before a server: the first connection reaches it, all others get this.
async fn first_only(to: u16, others: fn(TcpStream)) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            if count.fetch_add(1, Ordering::Relaxed) > 0 {
                others(near);
                continue;
            }
            tokio::spawn(async move {
                let mut far = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    port
}

#[tokio::test]
async fn what_is_not_known_of_the_second_certificate_is_never_taken_for_none() {
    let pki = Pki::new();
    let server = pki.serve(&pki.middle.issue(&good()), &pki.middle.pem(), &[]);
    let alone = "old-protocols = 'allow'\npost-quantum = 'off'\ntimeouts.handshake = '500ms'";
    for (others, status, words) in [
        (
            (|stream| std::mem::forget(stream.into_std())) as fn(TcpStream),
            Status::Error,
            "did not finish the handshake within ",
        ),
        (
            drop,
            Status::Error,
            "the connection in the middle of the handshake, having sent 0 bytes",
        ),
    ] {
        let port = first_only(server.port, others).await;
        let check = pki.check(port, alone).timeout(Duration::from_secs(5));
        let seen = check.run(pki.path()).await;
        assert_eq!(seen.status(), status, "{seen:#?}");
        let found = seen.finding_about("tls/other-clients", &about(port, "RSA certificate"));
        assert_eq!(found.status, status);
        assert!(
            found.claim.starts_with("It is not known whether "),
            "{found:?}"
        );
        assert!(
            found.observed.as_ref().unwrap().contains(words),
            "{found:?}"
        );
    }
}

#[tokio::test]
async fn clients_without_sni_and_of_the_other_version_are_asked_for_on_request() {
    let pki = Pki::new();
    let other = Leaf::new("other.test", now() - DAY, now() + 90 * DAY);
    for (name, leaf) in [("right", &good()), ("default", &other)] {
        let issued = pki.middle.issue(leaf);
        pki.write(&format!("{name}.pem"), &(issued.pem() + &pki.middle.pem()));
        pki.write(&format!("{name}.key"), &issued.key_pem());
    }
    let port = free_port();
    let at = [SocketAddr::from((Ipv4Addr::LOCALHOST, port))];
    let modern = |name: &str| {
        let server = nginx::tls(pki.path(), &at, name);
        server.replace("return", "ssl_protocols TLSv1.2 TLSv1.3; return")
    };
    let (first, named) = (modern("default"), modern("right"));
    let named = named.replace("listen", &format!("server_name {NAME}; listen"));
    let _nginx = nginx::start(pki.path(), port, &(first + &named));
    let seen = pki.check(port, "").run(pki.path()).await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    let also = "also = ['without-sni', 'each-version']";
    let seen = pki.check(port, also).run(pki.path()).await;
    let nameless = about(port, "without SNI");
    let differs = seen.finding_about("tls/other-clients", &nameless);
    assert_eq!(differs.status, Status::Warn, "{seen:#?}");
    let name = seen.finding_about("tls/server-name", &nameless);
    assert_eq!(name.status, Status::Fail, "{seen:#?}");
    let old = seen.finding_about("tls/other-clients", &about(port, "TLS 1.2"));
    assert!(
        old.claim.ends_with(" the same certificate as others"),
        "{old:?}"
    );
}

#[tokio::test]
async fn a_chain_is_judged_although_the_application_protocol_is_refused() {
    let pki = Pki::new();
    let leaf = pki
        .middle
        .issue(&Leaf::new(NAME, now() - 90 * DAY, now() - DAY));
    pki.write("old.pem", &(leaf.pem() + &pki.middle.pem()));
    pki.write("old.key", &leaf.key_pem());
    let port = free_port();
    let at = [SocketAddr::from((Ipv4Addr::LOCALHOST, port))];
    let _nginx = nginx::start(pki.path(), port, &nginx::tls(pki.path(), &at, "old"));
    let seen = pki.check(port, "alpn = ['h2']").run(pki.path()).await;
    let alpn = seen.finding("tls/alpn");
    assert_eq!(alpn.status, Status::Fail, "{seen:#?}");
    assert!(alpn.claim.contains(" refuses the application protocols "));
    let expiry = seen.finding("tls/chain-expiry");
    assert_eq!(expiry.status, Status::Fail, "{seen:#?}");
    assert_eq!(seen.finding("tls/old-protocols").status, Status::Pass);
    assert_eq!(seen.found("tls/handshake").len(), 1);
}
