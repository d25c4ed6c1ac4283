//! DNS over QUIC as a server, made with the library that the client uses: Debian has no server that speaks it
//! without a network card of its own (knot asks for XDP).

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use quinn::crypto::rustls::QuicServerConfig;
use quinn::{Connection, Endpoint, RecvStream, SendStream, ServerConfig, VarInt};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::fixtures::pki::Issued;

/// What the server does with a question.
pub enum Doing {
    /// Sends this message, its length in front.
    Answer(Vec<u8>),
    /// Sends these bytes as they are, and ends the stream.
    Bytes(Vec<u8>),
    /// Breaks off the stream.
    Reset(u32),
    /// Ends the connection.
    Close(u32),
    /// Nothing.
    Wait,
}

/// A server on a port of 127.0.0.1, as long as this value and the test's runtime live.
pub struct Doq {
    pub address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    endpoint: Endpoint,
}

impl Doq {
    /// Shows this certificate, speaks this application protocol, and does with each question what the test says.
    /// Connections are counted from 0.
    pub fn start(
        issued: &Issued,
        alpn: &[u8],
        answer: impl Fn(&[u8], usize) -> Doing + Send + Sync + 'static,
    ) -> Self {
        let chain = vec![CertificateDer::from(issued.der.clone())];
        let key = PrivateKeyDer::from_pem_slice(issued.key_pem().as_bytes()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let mut tls = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        tls.alpn_protocols = vec![alpn.to_vec()];
        let config = QuicServerConfig::try_from(tls).unwrap();
        let config = ServerConfig::with_crypto(Arc::new(config));
        let endpoint = Endpoint::server(config, ([127, 0, 0, 1], 0).into()).unwrap();
        let address = endpoint.local_addr().unwrap();
        let accepted = Arc::<AtomicUsize>::default();
        let (listener, count) = (endpoint.clone(), Arc::clone(&accepted));
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            while let Some(incoming) = listener.accept().await {
                let (count, answer) = (Arc::clone(&count), Arc::clone(&answer));
                tokio::spawn(async move {
                    if let Ok(connection) = incoming.await {
                        let number = count.fetch_add(1, Ordering::Relaxed);
                        serve(connection, move |question| answer(question, number)).await;
                    }
                });
            }
        });
        Self {
            address,
            accepted,
            endpoint,
        }
    }

    /// Connections so far.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }
}

impl Drop for Doq {
    fn drop(&mut self) {
        self.endpoint.close(VarInt::from_u32(0), b"");
    }
}

async fn serve(
    connection: Connection,
    answer: impl Fn(&[u8]) -> Doing + Clone + Send + Sync + 'static,
) {
    while let Ok((send, receive)) = connection.accept_bi().await {
        tokio::spawn(one(connection.clone(), send, receive, answer.clone()));
    }
}

async fn one(
    connection: Connection,
    mut send: SendStream,
    mut receive: RecvStream,
    answer: impl Fn(&[u8]) -> Doing,
) {
    let framed = receive.read_to_end(65_537).await.unwrap();
    let (length, question) = framed.split_at(2);
    assert_eq!(length, u16::try_from(question.len()).unwrap().to_be_bytes());
    let bytes = match answer(question) {
        Doing::Answer(message) => super::streams::framed(&message),
        Doing::Bytes(bytes) => bytes,
        Doing::Reset(code) => return send.reset(VarInt::from_u32(code)).unwrap(),
        Doing::Close(code) => return connection.close(VarInt::from_u32(code), b"enough"),
        Doing::Wait => {
            connection.closed().await;
            return;
        }
    };
    let _ = send.write_all(&bytes).await;
    let _ = send.finish();
    let _ = send.stopped().await;
}
