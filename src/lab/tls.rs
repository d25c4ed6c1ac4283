//! TLS endpoints: one that serves a certificate, one that accepts connections and stays silent.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::authority::{Age, Authority};
use super::{LabError, during};

/// How long a connection may live: clients that leave theirs open must not pile up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Serves a certificate for `name`.
pub(super) async fn serve(
    authority: &Authority,
    name: &str,
    age: Age,
) -> Result<SocketAddr, LabError> {
    let acceptor = TlsAcceptor::from(Arc::new(authority.server(name, age)?));
    listen(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            // A client may give up at any time.
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = stream.read(&mut [0; 1024]).await;
                let _ = stream.shutdown().await;
            }
        }
    })
    .await
}

/// Accepts connections and never answers.
pub(super) async fn hang() -> Result<SocketAddr, LabError> {
    listen(|stream| async move {
        let _held_open = stream;
        std::future::pending::<()>().await;
    })
    .await
}

async fn listen<F>(
    mut serve: impl FnMut(TcpStream) -> F + Send + 'static,
) -> Result<SocketAddr, LabError>
where
    F: Future<Output = ()> + Send + 'static,
{
    let refused = || during("cannot listen on 127.0.0.1");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .map_err(refused())?;
    let address = listener.local_addr().map_err(refused())?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(tokio::time::timeout(PATIENCE, serve(stream)));
        }
    });
    Ok(address)
}
