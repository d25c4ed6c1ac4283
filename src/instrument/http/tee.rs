//! A stream that writes down what passes over it: when the first and the last bytes of an exchange went and came, and
//! the frames of HTTP/2. It is above TLS, where bytes are plain.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::exchange::Protocol;
use super::frames::{Frames, Mark, Reader, Side};

/// What was written down. Shared, because the stream itself is gone when an exchange ends.
#[derive(Clone)]
pub(super) struct Log(Arc<Mutex<Notes>>);

struct Notes {
    begin: Instant,
    times: Times,
    readers: Option<(Reader, Reader)>,
    frames: Frames,
    most: usize,
}

/// When a request was sent and an answer began, counted from the beginning.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    /// The last byte of the request.
    pub(super) sent: Option<Duration>,
    /// The first byte of the answer.
    pub(super) first: Option<Duration>,
}

impl Log {
    /// Writes down what is said in this protocol from `begin` on, and at most `most` frames of it.
    pub(super) fn new(begin: Instant, protocol: Protocol, most: usize) -> Self {
        let readers = match protocol {
            Protocol::Http1 => None,
            Protocol::Http2 => Some((Reader::new(Side::Client), Reader::new(Side::Server))),
        };
        Self(Arc::new(Mutex::new(Notes {
            begin,
            times: Times::default(),
            readers,
            frames: Frames::default(),
            most,
        })))
    }

    pub(super) fn times(&self) -> Times {
        self.notes().times
    }

    /// The frames, which are taken out.
    pub(super) fn frames(&self) -> Frames {
        std::mem::take(&mut self.notes().frames)
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Notes {
    fn passed(&mut self, side: Side, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let at = self.begin.elapsed();
        let times = &mut self.times;
        let Some((client, server)) = &mut self.readers else {
            match side {
                // What is sent after the answer has begun is not what it answers.
                Side::Client if times.first.is_none() => times.sent = Some(at),
                Side::Client => {}
                Side::Server => drop(times.first.get_or_insert(at)),
            }
            return;
        };
        let reader = match side {
            Side::Client => client,
            Side::Server => server,
        };
        reader.take(bytes, at, &mut self.frames, self.most, |mark| match mark {
            Mark::Sent => drop(times.sent.get_or_insert(at)),
            Mark::Answered => drop(times.first.get_or_insert(at)),
        });
    }
}

/// A stream under watch.
pub(super) struct Tee<S> {
    stream: S,
    log: Log,
}

impl<S> Tee<S> {
    pub(super) fn new(stream: S, log: Log) -> Self {
        Self { stream, log }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tee<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let came = &buffer.filled()[before..];
        self.log.notes().passed(Side::Server, came);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tee<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        self.log.notes().passed(Side::Client, &bytes[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
