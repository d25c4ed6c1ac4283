//! One connection to one address by a deadline, and why there is none.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use rustix::io::Errno;
use serde::{Deserialize, Serialize};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout_at};

use super::host_block;
use super::limits;
use super::text::seconds;

/// A connection that was accepted.
#[derive(Debug)]
pub struct Dialled {
    /// The connection; small writes go out at once.
    pub stream: TcpStream,
    /// How long it took.
    pub took: Duration,
}

/// Why there is no connection. The display text is a predicate of the server: "refused the connection".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DialError {
    /// Nothing listens there.
    #[error("refused the connection")]
    Refused,
    /// The connection was accepted and reset at once, or something between reset it.
    #[error("reset the connection")]
    Reset,
    /// No answer to the attempt.
    #[error("did not answer the connection attempt within {}", seconds(.after_ms))]
    Timeout {
        /// How long it was waited for.
        after_ms: u64,
    },
    /// The network does not lead there: no route, host unreachable, network down.
    #[error("could not be reached: {message}")]
    Unreachable {
        /// The operating system's words.
        message: String,
    },
    /// The run has made all the connections that it makes to a database server which blocks hosts.
    #[error("was left alone: this run has made its {made} connections to this database server")]
    Spared {
        /// How many there were.
        made: u32,
    },
    /// This machine cannot: out of descriptors, ports or memory, or it forbids the connection. It says nothing
    /// about the server.
    #[error("could not be reached, this machine failed: {message}")]
    Local {
        /// The operating system's words.
        message: String,
    },
}

impl DialError {
    pub(super) fn of(error: &io::Error, after: Duration) -> Self {
        let message = limits::words(error);
        let errno = error.raw_os_error().map(Errno::from_raw_os_error);
        match errno {
            Some(Errno::CONNREFUSED) => Self::Refused,
            Some(Errno::CONNRESET | Errno::CONNABORTED | Errno::PIPE) => Self::Reset,
            Some(Errno::TIMEDOUT) => Self::timeout(after), // the system gave up first
            Some(
                Errno::MFILE
                | Errno::NFILE
                | Errno::NOBUFS
                | Errno::NOMEM
                | Errno::NOSPC
                | Errno::AGAIN
                | Errno::ADDRNOTAVAIL
                | Errno::ACCESS
                | Errno::PERM
                | Errno::AFNOSUPPORT,
            ) => Self::Local { message },
            _ => Self::Unreachable { message },
        }
    }

    pub(super) fn timeout(after: Duration) -> Self {
        Self::Timeout {
            after_ms: after.as_millis() as u64,
        }
    }
}

/// Connects once.
///
/// # Errors
/// Why there is no connection.
pub async fn dial(address: SocketAddr, until: Instant) -> Result<Dialled, DialError> {
    let leave = host_block::ask(address).map_err(|made| DialError::Spared { made })?;
    let begin = Instant::now();
    match timeout_at(until, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => {
            let took = begin.elapsed();
            let _ = stream.set_nodelay(true); // only timings suffer without it
            Ok(Dialled { stream, took })
        }
        Ok(Err(error)) => {
            let error = DialError::of(&error, begin.elapsed());
            if error != DialError::Reset {
                leave.hand_back();
            }
            Err(error)
        }
        Err(_) => Err(DialError::timeout(begin.elapsed())),
    }
}

/// A UDP socket that sends to one address and receives from it alone; a port that is not open shows as
/// `ConnectionRefused` when something is received. Nothing is sent yet.
///
/// # Errors
/// Why there is no socket.
pub async fn datagrams(address: SocketAddr) -> Result<UdpSocket, DialError> {
    let any = match address {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    let failed = |error: io::Error| DialError::of(&error, Duration::ZERO);
    let socket = UdpSocket::bind(any).await.map_err(failed)?;
    socket.connect(address).await.map_err(failed)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(300)
    }

    #[tokio::test]
    async fn a_listener_a_free_port_and_a_full_queue_are_told_apart() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        assert!(dial(address, soon()).await.is_ok());
        drop(listener);
        assert_eq!(dial(address, soon()).await.unwrap_err(), DialError::Refused);

        // A queue for one connection that nothing accepts: the system drops further attempts without a word.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut held = Vec::new();
        let error = loop {
            match dial(address, soon()).await {
                Ok(dialled) => held.push(dialled),
                Err(error) => break error,
            }
            assert!(held.len() < 16, "the queue never fills");
        };
        assert!(
            matches!(error, DialError::Timeout { after_ms: 250.. }),
            "{error}"
        );
    }

    #[test]
    fn what_the_system_says_is_classified() {
        let of = |errno: Errno| DialError::of(&errno.into(), Duration::from_secs(3));
        assert_eq!(of(Errno::CONNRESET), DialError::Reset);
        assert_eq!(of(Errno::TIMEDOUT), DialError::Timeout { after_ms: 3000 });
        for errno in [Errno::NETUNREACH, Errno::HOSTUNREACH] {
            assert!(
                matches!(of(errno), DialError::Unreachable { .. }),
                "{errno}"
            );
        }
        for errno in [Errno::MFILE, Errno::ADDRNOTAVAIL, Errno::PERM] {
            assert!(matches!(of(errno), DialError::Local { .. }), "{errno}");
        }
    }

    #[tokio::test]
    async fn a_closed_udp_port_refuses() {
        let open = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = open.local_addr().unwrap();
        drop(open);
        let socket = datagrams(address).await.unwrap();
        socket.send(b"?").await.unwrap();
        let refused = timeout_at(soon(), socket.recv(&mut [0; 1])).await.unwrap();
        assert_eq!(
            refused.unwrap_err().kind(),
            io::ErrorKind::ConnectionRefused
        );
    }
}
