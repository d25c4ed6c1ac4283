//! The observing HTTP client against nginx, over TLS: what is agreed on, who is trusted, and the frames of HTTP/2.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tminus::instrument::http::{
    Destination, Exchange, HttpError, Protocol, Request, Security, Side, Versions,
};
use tminus::instrument::tls::{Client, Origin, Roots, Timeouts, Trust};
use tminus::model::digest::sha256_hex;
use tokio::time::Instant;

use crate::support::nginx;
use crate::support::ports::free_port;
use crate::support::server::Server;
use crate::support::tls::{NAME, Pki, good};

/// What nginx serves under `/large`.
const LARGE: usize = 700_000;

/// nginx with a certificate for [`NAME`] that speaks HTTP/1.1 and HTTP/2.
fn serve(pki: &Pki) -> (u16, Server) {
    let leaf = pki.middle.issue(&good());
    pki.write("gw.pem", &format!("{}{}", leaf.pem(), pki.middle.pem()));
    pki.write("gw.key", &leaf.key_pem());
    pki.write("large", &"x".repeat(LARGE));
    let (port, folder) = (free_port(), pki.path().display());
    let server = format!(
        "server {{ listen 127.0.0.1:{port} ssl http2; ssl_certificate {folder}/gw.pem; \
         ssl_certificate_key {folder}/gw.key; ssl_protocols TLSv1.3; root {folder}; \
         location /moved {{ return 302 /elsewhere; }} }}\n"
    );
    (port, nginx::start(pki.path(), port, &server))
}

async fn get(port: u16, path: &str, versions: Versions, security: Security<'_>) -> Exchange {
    let step = Duration::from_secs(20);
    let timeouts = Timeouts {
        connect: step,
        handshake: step,
        until: Instant::now() + 2 * step,
    };
    let url = format!("https://{NAME}:{port}{path}").parse().unwrap();
    let request = Request {
        versions,
        destination: Destination::Address(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
        ..Request::get(url, security, timeouts)
    };
    request.send().await
}

#[tokio::test]
async fn nginx_is_seen_in_both_versions_with_everything_that_it_sends() {
    let pki = Pki::new();
    let (port, _nginx) = serve(&pki);
    let client = Client::new(&[]).unwrap();
    for (versions, protocol, alpn) in [
        (Versions::Http1, Protocol::Http1, "http/1.1"),
        (Versions::Http2, Protocol::Http2, "h2"),
        (Versions::Either, Protocol::Http2, "h2"),
    ] {
        let seen = get(port, "/large", versions, Security::Record(&client)).await;
        assert_eq!(seen.failure, None, "{versions:?}");
        assert_eq!((seen.status(), seen.protocol), (Some(200), Some(protocol)));
        let session = seen.session.as_ref().unwrap();
        assert_eq!(session.protocol.as_deref(), Some("TLS 1.3"));
        assert_eq!(
            (session.alpn.as_deref(), session.chain.len()),
            (Some(alpn), 2)
        );
        assert_eq!((seen.body.size, seen.body.complete), (LARGE as u64, true));
        assert_eq!(seen.body.sha256, sha256_hex("x".repeat(LARGE).as_bytes()));
        assert_eq!(seen.body.kept.len(), 256 * 1024);
        let phases = &seen.phases;
        let ended = [
            phases.connect_us,
            phases.handshake_us,
            phases.send_us,
            phases.wait_us,
        ];
        assert!(ended.iter().all(Option::is_some), "{phases:?}");
        let sum: u64 = ended.into_iter().chain([phases.receive_us]).flatten().sum();
        assert!(sum <= phases.total_us, "{phases:?}");
        if protocol == Protocol::Http1 {
            assert!(seen.frames.is_empty());
            continue;
        }
        let streams: Vec<_> = seen
            .frames
            .settings(Side::Server, "MAX_CONCURRENT_STREAMS")
            .collect();
        assert_eq!(streams, [128]);
        let data = seen.frames.seen.iter().filter(|frame| frame.kind == "DATA");
        let length: u32 = data.map(|frame| frame.length).sum();
        assert_eq!(length as usize, LARGE);
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_nothing_is_followed() {
    let pki = Pki::new();
    let (port, mut nginx) = serve(&pki);
    let client = Client::new(&[]).unwrap();
    let seen = get(port, "/moved", Versions::Either, Security::Record(&client)).await;
    assert_eq!(seen.status(), Some(302));
    assert!(seen.header("location").unwrap().ends_with("/elsewhere"));
    assert!(
        !nginx.log().contains("elsewhere"),
        "no file of that name is looked for"
    );
}

#[tokio::test]
async fn nothing_is_sent_to_a_server_that_is_not_trusted() {
    let pki = Pki::new();
    let (port, _nginx) = serve(&pki);
    let load = |pki: &Pki| {
        let pem = pki.root.pem().into_bytes().into();
        Roots::load(&[Origin::Pem("roots.pem".into(), pem)]).unwrap()
    };
    let trust = Trust::new(&load(&pki)).unwrap();
    let seen = get(port, "/moved", Versions::Either, Security::Verify(&trust)).await;
    assert_eq!((seen.failure.as_ref(), seen.status()), (None, Some(302)));

    let strangers = Trust::new(&load(&Pki::new())).unwrap();
    let seen = get(
        port,
        "/moved",
        Versions::Either,
        Security::Verify(&strangers),
    )
    .await;
    assert!(
        matches!(seen.failure, Some(HttpError::Untrusted { .. })),
        "{seen:?}"
    );
    assert_eq!(
        seen.session.unwrap().chain.len(),
        2,
        "what was refused is kept"
    );
    assert_eq!((seen.protocol, seen.head), (None, None));
}
