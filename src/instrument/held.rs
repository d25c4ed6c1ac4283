//! Connections that are kept open with nothing said on them, to see whether and how the server ends them.

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How a server ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// In order: with the end that the protocol has for it (close_notify, FIN).
    Closed,
    /// Otherwise: by a reset, or in TLS without a close_notify.
    Cut,
}

/// A connection that the server ended.
#[derive(Debug)]
pub struct Ended<T> {
    /// What it was held under.
    pub label: T,
    /// How it ended.
    pub ending: Ending,
    /// When.
    pub at: Instant,
}

/// Connections that are held, each under a label. All are let go when this is dropped.
#[derive(Debug)]
pub struct Held<T>(JoinSet<Ended<T>>);

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self(JoinSet::new())
    }
}

impl<T: Send + 'static> Held<T> {
    /// Holds a connection.
    pub fn keep(&mut self, label: T, stream: impl AsyncRead + Unpin + Send + 'static) {
        self.0.spawn(async move {
            let ending = ending(stream).await;
            let at = Instant::now();
            Ended { label, ending, at }
        });
    }

    /// How many are held or have ended and were not asked for yet.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Waits until the next one ends. None where none is left.
    pub async fn next_end(&mut self) -> Option<Ended<T>> {
        loop {
            // A task fails only where the runtime ends.
            if let Ok(ended) = self.0.join_next().await? {
                return Some(ended);
            }
        }
    }
}

/// Waits for the end. What the server says unasked is passed over.
async fn ending(mut stream: impl AsyncRead + Unpin) -> Ending {
    let mut passed_over = [0; 1024];
    loop {
        match stream.read(&mut passed_over).await {
            Ok(0) => return Ending::Closed, // rustls makes an error of an end without close_notify
            Ok(_) => {}
            Err(_) => return Ending::Cut,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::{TcpListener, TcpStream};

    #[tokio::test]
    async fn each_end_is_told_with_its_label_and_how() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mut held, mut served) = (Held::default(), Vec::new());
        for label in ["closed", "cut", "kept"] {
            held.keep(label, TcpStream::connect(address).await.unwrap());
            served.push(listener.accept().await.unwrap().0);
        }
        assert_eq!(held.len(), 3);
        let _kept = served.pop();
        let cut = served.pop().unwrap();
        socket2::SockRef::from(&cut)
            .set_linger(Some(std::time::Duration::ZERO))
            .unwrap();
        drop((cut, served));
        let mut ends = Vec::new();
        for _ in 0..2 {
            let ended = held.next_end().await.unwrap();
            ends.push((ended.label, ended.ending));
        }
        ends.sort_by_key(|end| end.0);
        assert_eq!(ends, [("closed", Ending::Closed), ("cut", Ending::Cut)]);
    }
}
