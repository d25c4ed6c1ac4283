//! The module `tls`: protocols and key exchanges that are asked for by greetings.

use std::process::Command;
use std::time::Duration;

use tminus::model::Status;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::support::ports::free_port;
use crate::support::python;
use crate::support::server::{Server, accepts};
use crate::support::tls::{Pki, faults, good};

#[tokio::test]
async fn a_server_that_still_speaks_old_protocols_is_told_as_it_is_asked_for() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&good());
    let middle = pki.middle.pem();
    let old = ["-min_protocol", "TLSv1", "-cipher", "ALL:@SECLEVEL=0"];
    let server = pki.serve(&leaf, &middle, &old);
    let accepts = "it accepts TLS 1.0 with TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA and TLS 1.1 with TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA";
    for (asks, words) in [
        ("", format!("warn: {accepts}")),
        ("old-protocols = 'warn'", format!("warn: {accepts}")),
        ("old-protocols = 'refuse'", format!("fail: {accepts}")),
        ("old-protocols = 'allow'", String::new()),
    ] {
        let seen = pki.check(server.port, asks).run(pki.path()).await;
        assert_eq!(faults(&seen), words, "{asks}");
    }
    let only = ["-min_protocol", "TLSv1.1", "-cipher", "ALL:@SECLEVEL=0"];
    let seen = pki.look(&leaf, &middle, &only, "").await;
    let fault = faults(&seen);
    assert!(
        fault.starts_with("warn: it accepts TLS 1.1 with "),
        "{fault}"
    );

    let seen = pki
        .look(
            &leaf,
            &middle,
            &["-min_protocol", "TLSv1.2"],
            "old-protocols = 'refuse'",
        )
        .await;
    let refused = seen.finding("tls/old-protocols");
    assert_eq!(refused.status, Status::Pass, "{seen:#?}");
    assert_eq!(
        refused.observed.as_deref(),
        Some(
            "it refuses TLS 1.0 with the alert protocol_version and TLS 1.1 with the alert protocol_version"
        )
    );
}

#[tokio::test]
async fn a_post_quantum_key_exchange_is_found_where_there_is_one() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&good());
    pki.write("server.pem", &(leaf.pem() + &pki.middle.pem()));
    pki.write("server.key", &leaf.key_pem());
    let port = free_port();
    let mut command = Command::new(python::python());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/openssl4.py");
    command
        .current_dir(pki.path())
        .args([script, "server.pem", "server.key", &port.to_string()]);
    let _server = Server::start(command, pki.path(), || accepts(port));
    let asks = "post-quantum = 'require'\nold-protocols = 'refuse'";
    let seen = pki.check(port, asks).run(pki.path()).await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    let found = seen.finding("tls/post-quantum");
    assert_eq!(found.observed.as_deref(), Some("X25519MLKEM768"));

    for (version, words) in [
        (
            "-tls1_3",
            "fail: it refuses with the alert handshake_failure",
        ),
        (
            "-tls1_2",
            "fail: it refuses with the alert protocol_version",
        ),
    ] {
        let seen = pki.look(&leaf, &pki.middle.pem(), &[version], asks).await;
        assert_eq!(faults(&seen), words);
        let noted = pki.look(&leaf, &pki.middle.pem(), &[version], "").await;
        assert_eq!(noted.status(), Status::Pass, "{noted:#?}");
    }
}

/// What stands before a server and looks at the version in the ClientHello.
#[derive(Clone, Copy, Debug)]
enum Guard {
    Swallows,
    Drips,
    HangsUp,
    Resets,
    SpeaksHttp,
    Rants,
}

/// Lets clients of TLS 1.2 and later through, and does as it is told with others.
async fn guarded(port: u16, guard: Guard) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let front = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(pass(client, port, guard));
        }
    });
    front
}

async fn pass(mut client: TcpStream, port: u16, guard: Guard) -> Option<()> {
    let mut hello = vec![0; 4096];
    let count = client.read(&mut hello).await.ok()?;
    // Version of the ClientHello, behind the headers of record and message.
    if hello.get(9..11)? >= &[3, 3][..] {
        let mut server = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        server.write_all(&hello[..count]).await.ok()?;
        copy_bidirectional(&mut client, &mut server).await.ok()?;
        return Some(());
    }
    match guard {
        Guard::HangsUp => return None,
        Guard::Resets => {
            let linger = Some(Duration::ZERO);
            socket2::SockRef::from(&client).set_linger(linger).ok()?;
            return None;
        }
        Guard::SpeaksHttp => client
            .write_all(b"HTTP/1.1 400 Bad Request\r\n")
            .await
            .ok()?,
        Guard::Swallows => {}
        Guard::Drips => {
            for byte in [22, 3, 1, 0, 42, 2, 0, 0, 38] {
                client.write_all(&[byte]).await.ok()?;
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
        }
        Guard::Rants => {
            // A ServerHello, and then certificates without an end.
            let mut hello = vec![22, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1];
            hello.extend([7; 32]);
            hello.extend([0, 0xc0, 0x14, 0]);
            client.write_all(&hello).await.ok()?;
            let mut record = vec![22, 3, 1, 0x40, 0, 11, 0, 0x3f, 0xfc];
            record.resize(5 + 0x4000, 0);
            while client.write_all(&record).await.is_ok() {}
        }
    }
    std::future::pending().await
}

#[tokio::test]
async fn an_old_greeting_that_is_ended_is_refused_and_one_without_an_answer_is_an_error() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&good());
    let server = pki.serve(&leaf, &pki.middle.pem(), &[]);
    let unheard = "offered TLS 1.0, it did not finish the handshake within 0.7 s";
    for (guard, words) in [
        (Guard::HangsUp, String::new()),
        (Guard::Resets, String::new()),
        (Guard::Swallows, format!("{unheard}, having sent 0 bytes; ")),
        (Guard::Drips, format!("{unheard}, having sent 3 bytes; ")),
        (
            Guard::SpeaksHttp,
            "offered TLS 1.0, it does not speak TLS".to_owned(),
        ),
        (
            Guard::Rants,
            "offered TLS 1.0, it broke the handshake: its ServerHello has no end; ".to_owned(),
        ),
    ] {
        let port = guarded(server.port, guard).await;
        for (old, status) in [("refuse", "error: "), ("warn", "warn: ")] {
            let asks = format!("old-protocols = '{old}'\ntimeouts.handshake = '700ms'");
            let seen = pki.check(port, &asks).run(pki.path()).await;
            let fault = faults(&seen);
            if words.is_empty() {
                assert_eq!(fault, "", "{guard:?}");
                let refused = seen.finding("tls/old-protocols").observed.clone().unwrap();
                assert!(refused.contains("by closing the connection"), "{refused}");
            } else {
                assert!(
                    fault.starts_with(&format!("{status}{words}")),
                    "{guard:?}: {fault}"
                );
            }
        }
    }
}

#[tokio::test]
async fn greetings_are_sent_behind_starttls_too() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&good());
    pki.write("server.pem", &(leaf.pem() + &pki.middle.pem()));
    pki.write("server.key", &leaf.key_pem());
    let server = crate::support::databases::postgres(pki.path(), Some("server"));
    let asks = "starttls = 'postgres'\nold-protocols = 'refuse'\npost-quantum = 'require'";
    let seen = pki.check(server.port, asks).run(pki.path()).await;
    assert_eq!(
        faults(&seen),
        "fail: it refuses with the alert handshake_failure"
    );
    assert_eq!(
        seen.finding("tls/old-protocols").status,
        Status::Pass,
        "{seen:#?}"
    );
}
