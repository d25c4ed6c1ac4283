//! PEM files as people keep them: what an editor adds loses no certificate, and what cannot be read says why.

use std::fs;

use tminus::model::Status;
use tminus::sign::certificates_from_pem;

use crate::fixtures::pki::{Authority, DAY, Leaf};
use crate::support::tls::{Pki, faults, good, now};

const MARK: &str = "\u{feff}";

fn utf16(text: &str) -> Vec<u8> {
    let units = text.encode_utf16().flat_map(u16::to_le_bytes);
    [0xff, 0xfe].into_iter().chain(units).collect()
}

#[tokio::test]
async fn a_file_of_roots_is_read_however_it_was_saved() {
    let pki = Pki::new();
    let server = pki.serve(&pki.middle.issue(&good()), &pki.middle.pem(), &[]);
    let (root, other) = (pki.root.pem(), Authority::root("Other").pem());
    for file in [
        format!("{MARK}{root}{other}"),
        format!("{other}{MARK}{root}"),
        format!("{MARK}{root}").replace('\n', "\r\n"),
        format!("Subject: Test Root\n{root}\n# and\n{other}the end"),
        root.lines().map(|line| format!("  {line}\n")).collect(),
    ] {
        pki.write("roots.pem", &file);
        let seen = pki.check(server.port, "").run(pki.path()).await;
        assert_eq!(seen.status(), Status::Pass, "{file}: {seen:#?}");
        let path = pki.path().join("roots.pem");
        assert_eq!(
            certificates_from_pem(&path).unwrap().len(),
            file.matches("END").count()
        );
    }
    // What is no certificate is remarked on, and takes nothing away.
    let key = pki.middle.issue(&good()).key_pem();
    let cut = &other[..other.len() / 2];
    for (file, words) in [
        (
            format!("{key}{root}"),
            "it contains a private key, which does not belong there",
        ),
        (
            format!("{cut}\n{root}"),
            "it is truncated: a part that begins with `BEGIN CERTIFICATE` has no end",
        ),
        (
            format!(
                "{root}-----BEGIN TRUSTED CERTIFICATE-----\nMAA=\n-----END TRUSTED CERTIFICATE-----\n"
            ),
            "its part `TRUSTED CERTIFICATE` is no certificate",
        ),
    ] {
        pki.write("roots.pem", &file);
        let seen = pki.check(server.port, "").run(pki.path()).await;
        assert_eq!(seen.said("tls/ca-file"), (Status::Warn, words));
        assert_eq!(seen.finding("tls/trusted-chain").status, Status::Pass);
        let line = key.lines().nth(1).unwrap();
        assert!(!format!("{seen:#?}").contains(line), "the key never leaves");
    }
    fs::write(pki.path().join("roots.pem"), utf16(&root)).unwrap();
    let error = pki.check(server.port, "").refused(pki.path()).await;
    assert!(
        error.contains("roots.pem") && error.contains("UTF-16"),
        "{error}"
    );
    let path = pki.path().join("roots.pem");
    let error = certificates_from_pem(&path).unwrap_err().to_string();
    assert!(error.contains("UTF-16"), "{error}");
}

#[tokio::test]
async fn a_client_certificate_is_read_however_it_was_saved() {
    let pki = Pki::new();
    let asks = [
        "-Verify",
        "1",
        "-verify_return_error",
        "-CAfile",
        "roots.pem",
    ];
    let server = pki.serve(&pki.middle.issue(&good()), &pki.middle.pem(), &asks);
    let client = pki.root.issue(&Leaf {
        client: true,
        ..Leaf::new("client.test", now() - DAY, now() + DAY)
    });
    pki.write(
        "client.pem",
        &format!("{MARK}{}", client.pem()).replace('\n', "\r\n"),
    );
    pki.write("client.key", &format!("{MARK}{}", client.key_pem()));
    let shows = "tls.certificate = 'client.pem'\ntls.key = 'client.key'";
    let seen = pki.check(server.port, shows).run(pki.path()).await;
    assert_eq!(
        seen.finding("tls/handshake").status,
        Status::Pass,
        "{seen:#?}"
    );
    fs::write(pki.path().join("client.key"), utf16(&client.key_pem())).unwrap();
    let error = pki.check(server.port, shows).refused(pki.path()).await;
    assert_eq!(
        error,
        "cannot use client.key: it is UTF-16 text, which no reader of PEM takes: save it as UTF-8"
    );
}

#[tokio::test]
async fn a_file_that_servers_would_read_in_part_is_an_error() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&good());
    let server = pki.serve(&leaf, &pki.middle.pem(), &[]);
    let chain = leaf.pem() + &pki.middle.pem();
    pki.write("served.pem", &chain);
    let check = || pki.check(server.port, "file = 'served.pem'");
    assert_eq!(check().run(pki.path()).await.status(), Status::Pass);
    pki.write("served.pem", &format!("{MARK}{chain}"));
    let fault = faults(&check().run(pki.path()).await);
    assert!(
        fault.starts_with("error: it has a byte order mark in front of a part"),
        "{fault}"
    );
    fs::write(pki.path().join("served.pem"), utf16(&chain)).unwrap();
    let fault = faults(&check().run(pki.path()).await);
    assert!(fault.starts_with("error: it is UTF-16 text"), "{fault}");
}
