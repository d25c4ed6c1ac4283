//! A server's first flight by `openssl s_server`: whole in every version, cipher suite and key exchange, with and
//! without a stapled response, and never read without end.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use tminus::instrument::tls::{Client, Failure, Flight, FlightRequest, Timeouts};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::fixtures::pki::DAY;
use crate::fixtures::revocation::Response;
use crate::support::http;
use crate::support::tls::{NAME, Pki, good, now};

/// Says hello to a port of 127.0.0.1.
async fn greet(port: u16, request: FlightRequest<'_>) -> Result<Flight, Failure> {
    let timeouts = Timeouts {
        connect: Duration::from_secs(2),
        handshake: Duration::from_secs(2),
        until: tokio::time::Instant::now() + Duration::from_secs(10),
    };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let name = ServerName::try_from(NAME).unwrap();
    let client = Client::new(&["http/1.1".to_owned()]).unwrap();
    client.first_flight(address, &name, request, timeouts).await
}

fn like<'a>(protocol: &'a str, group: &'a str, staple: bool) -> FlightRequest<'a> {
    FlightRequest {
        protocol,
        group,
        staple,
    }
}

#[tokio::test]
async fn the_flight_of_openssl_is_whole_and_bears_its_staple_only_where_it_is_asked_for() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&good());
    let staple = Response::good(&leaf, &pki.middle, now() - DAY, now() + DAY).by(&pki.middle);
    std::fs::write(pki.path().join("staple.der"), &staple).unwrap();
    let certificates = leaf.der.len() + pki.middle.der().len();
    for (protocol, options, group) in [
        (
            "TLS 1.3",
            ["-ciphersuites", "TLS_AES_128_GCM_SHA256"],
            "X25519",
        ),
        (
            "TLS 1.3",
            ["-ciphersuites", "TLS_AES_256_GCM_SHA384"],
            "secp256r1",
        ),
        (
            "TLS 1.3",
            ["-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"],
            "secp384r1",
        ),
        ("TLS 1.2", ["-cipher", "ECDHE"], "X25519"),
    ] {
        let version = if protocol == "TLS 1.3" {
            "-tls1_3"
        } else {
            "-tls1_2"
        };
        let options = [
            version,
            options[0],
            options[1],
            "-status_file",
            "staple.der",
        ];
        let server = pki.serve(&leaf, &pki.middle.pem(), &options);
        let with = greet(server.port, like(protocol, group, true)).await;
        let with = with.unwrap_or_else(|failure| panic!("{options:?}: {failure}"));
        let without = greet(server.port, like(protocol, group, false))
            .await
            .unwrap();
        assert_eq!(with.staple.as_deref(), Some(&*staple), "{options:?}");
        assert_eq!(without.staple, None, "{options:?}");
        // A signature by ECDSA has a few bytes more or less.
        let more = (with.bytes - without.bytes).abs_diff(staple.len());
        assert!(more < 24, "{options:?}: {with:?} {without:?}");
        let rest = without.bytes - certificates;
        assert!((100..500).contains(&rest), "{options:?}: {without:?}");
    }
}

#[tokio::test]
async fn a_server_that_wants_something_else_is_told() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&good());
    let server = pki.serve(&leaf, &pki.middle.pem(), &["-groups", "P-384"]);
    let retry = greet(server.port, like("TLS 1.3", "X25519", true)).await;
    let retry = retry.unwrap_err().to_string();
    assert_eq!(
        retry,
        "broke the handshake: it wants another key exchange than before"
    );
    let unknown = greet(server.port, like("TLS 1.3", "none", true)).await;
    let unknown = unknown.unwrap_err().to_string();
    assert!(
        unknown.ends_with("its key exchange is not supported"),
        "{unknown}"
    );
    let old = pki.serve(&leaf, &pki.middle.pem(), &["-tls1_2"]);
    let alert = greet(old.port, like("TLS 1.3", "X25519", true)).await;
    assert!(matches!(alert, Err(Failure::Alert { .. })), "{alert:?}");
}

#[tokio::test]
async fn what_has_no_end_ends_here() {
    // Handshake messages of TLS 1.2 that never come to ServerHelloDone.
    let hello = [
        &[22, 3, 3, 0, 44, 2, 0, 0, 40, 3, 3][..],
        &[7; 32],
        &[0, 0xc0, 0x2b, 0, 0, 0],
    ]
    .concat();
    let endless = {
        let hello = hello.clone();
        http::raw(move |mut stream| {
            let hello = hello.clone();
            async move {
                let _ = stream.read(&mut [0; 1024]).await;
                let _ = stream.write_all(&hello).await;
                let certificates = [&[22, 3, 3, 4, 4, 11, 0, 4, 0][..], &[0; 1024]].concat();
                while stream.write_all(&certificates).await.is_ok() {}
            }
        })
        .await
    };
    let begin = Instant::now();
    let ended = greet(endless, like("TLS 1.2", "X25519", true)).await;
    let ended = ended.unwrap_err().to_string();
    assert_eq!(ended, "broke the handshake: its ServerHello has no end");
    // A byte every tenth of a second.
    let drips = http::raw(move |mut stream| {
        let hello = hello.clone();
        async move {
            let _ = stream.read(&mut [0; 1024]).await;
            for byte in hello {
                if stream.write_all(&[byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    });
    let dripped = greet(drips.await, like("TLS 1.2", "X25519", true)).await;
    assert!(
        matches!(dripped, Err(Failure::HandshakeTimeout { .. })),
        "{dripped:?}"
    );
    assert!(begin.elapsed() < Duration::from_secs(6));
    // What claims to be encrypted and is not.
    let garbage = http::raw(|mut stream| async move {
        let _ = stream.read(&mut [0; 1024]).await;
        let key = [&[0, 51, 0, 36, 0, 29, 0, 32][..], &[9; 32]].concat();
        let body = [
            &[3, 3][..],
            &[7; 32],
            &[0, 0x13, 1, 0, 0, 46, 0, 43, 0, 2, 3, 4],
            &key,
        ]
        .concat();
        let length = body.len() as u8;
        let header = [22, 3, 3, 0, length + 4, 2, 0, 0, length];
        let more = [&[23, 3, 3, 0, 64][..], &[5; 64]].concat();
        let _ = stream
            .write_all(&[&header[..], &body, &more].concat())
            .await;
        let _ = stream.read(&mut [0; 1]).await;
    });
    let garbage = greet(garbage.await, like("TLS 1.3", "X25519", true)).await;
    assert_eq!(
        garbage.unwrap_err().to_string(),
        "broke the handshake: a record cannot be decrypted"
    );
}
