//! A TCP stream that remembers how the peer began, and how much came from it.
//!
//! It needs no bound of its own: rustls takes no message above 64 KiB and none out of turn.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How many of the first bytes are kept: a status line or a banner.
const HEAD: usize = 64;

/// What arrived. Shared, because the stream itself is gone when a handshake fails or is given up.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrived(Arc<Mutex<Head>>);

#[derive(Debug, Default)]
struct Head {
    first: Vec<u8>,
    total: u64,
}

impl Arrived {
    /// The first bytes, [`HEAD`] of them at most.
    pub(super) fn first(&self) -> Vec<u8> {
        self.head().first.clone()
    }

    /// How many bytes came.
    pub(super) fn total(&self) -> u64 {
        self.head().total
    }

    pub(super) fn take(&self, bytes: &[u8]) {
        let mut head = self.head();
        let room = HEAD - head.first.len();
        head.first.extend(bytes.iter().take(room));
        head.total += bytes.len() as u64;
    }

    fn head(&self) -> MutexGuard<'_, Head> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream with a tap on what it receives.
#[derive(Debug)]
pub struct Tapped {
    stream: TcpStream,
    arrived: Arrived,
}

impl Tapped {
    pub(super) fn new(stream: TcpStream, arrived: Arrived) -> Self {
        Self { stream, arrived }
    }
}

impl AsyncRead for Tapped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.arrived.take(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tapped {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
