//! The first bytes that a service says, on its own or after something was sent to it: over a TCP connection, or over
//! UDP datagram for datagram.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout_at};

use super::dial::DialError;
use crate::model::payload::MOST;

/// What a service said.
#[derive(Debug)]
pub struct Banner {
    /// What came back, at most [`MOST`] bytes.
    pub bytes: Vec<u8>,
    /// From the first byte sent, or the beginning of the wait, until the end.
    pub took: Duration,
    /// Why there is no more of it; none when it was enough, or the service closed the connection in order.
    pub error: Option<DialError>,
}

/// Sends, and reads until `enough` bytes are there or the connection is closed.
pub async fn over_tcp(
    stream: &mut TcpStream,
    send: &[u8],
    enough: usize,
    until: Instant,
) -> Banner {
    let mut bytes = Vec::with_capacity(MOST);
    let enough = enough.min(MOST);
    let begin = Instant::now();
    let talk = async {
        stream.write_all(send).await?;
        while bytes.len() < enough && stream.read_buf(&mut bytes).await? > 0 {}
        Ok(())
    };
    let ended = timeout_at(until, talk).await.map_err(drop);
    Banner::new(bytes, begin, ended)
}

/// Sends one datagram and waits for another.
pub async fn over_udp(socket: &UdpSocket, send: &[u8], until: Instant) -> Banner {
    let mut bytes = Vec::with_capacity(MOST);
    let begin = Instant::now();
    let talk = async {
        socket.send(send).await?;
        socket.recv_buf(&mut bytes).await.map(drop)
    };
    let ended = timeout_at(until, talk).await.map_err(drop);
    Banner::new(bytes, begin, ended)
}

impl Banner {
    fn new(bytes: Vec<u8>, begin: Instant, ended: Result<io::Result<()>, ()>) -> Self {
        let took = begin.elapsed();
        let error = match ended {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(DialError::of(&error, took)),
            Err(()) => Some(DialError::timeout(took)),
        };
        Self { bytes, took, error }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::instrument::dial::{datagrams, dial};

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(300)
    }

    /// What a client hears that sends "PING" to a server which writes these pieces and then waits or closes.
    async fn heard(pieces: &'static [&'static str], closes: bool) -> (String, Option<DialError>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut ping = [0; 4];
            stream.read_exact(&mut ping).await.unwrap();
            for piece in pieces {
                stream.write_all(piece.as_bytes()).await.unwrap();
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            if !closes {
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
        });
        let mut dialled = dial(address, soon()).await.unwrap();
        let banner = over_tcp(&mut dialled.stream, b"PING", 5, soon()).await;
        server.abort();
        (String::from_utf8(banner.bytes).unwrap(), banner.error)
    }

    #[tokio::test]
    async fn a_connection_is_read_until_enough_is_there_or_it_ends() {
        assert_eq!(
            heard(&["+PO", "NG\r\n"], false).await,
            ("+PONG\r\n".into(), None)
        );
        assert_eq!(heard(&["+P"], true).await, ("+P".into(), None));
        let (bytes, error) = heard(&["+P"], false).await;
        assert_eq!(bytes, "+P");
        assert!(
            matches!(error, Some(DialError::Timeout { .. })),
            "{error:?}"
        );
    }

    #[tokio::test]
    async fn a_datagram_is_answered_refused_or_lost() {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = server.local_addr().unwrap();
        let client = datagrams(address).await.unwrap();
        let (banner, ()) = tokio::join!(over_udp(&client, b"?", soon()), async {
            let (_, from) = server.recv_from(&mut [0; 1]).await.unwrap();
            server.send_to(b"!", from).await.unwrap();
        });
        assert_eq!((banner.bytes, banner.error), (b"!".to_vec(), None));
        let banner = over_udp(&client, b"?", soon()).await;
        assert!(
            matches!(banner.error, Some(DialError::Timeout { .. })),
            "{banner:?}"
        );
        drop(server);
        let banner = over_udp(&client, b"?", soon()).await;
        assert_eq!(banner.error, Some(DialError::Refused));
    }
}
