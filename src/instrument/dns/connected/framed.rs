//! A stream of messages, each with its length in front (RFC 1035 section 4.2.2). Questions go out one behind the
//! other, answers come in any order (RFC 7766 sections 6.2.1.1 and 7) and are matched by their ids.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::Strayed;
use crate::instrument::dns::Outcome;
use crate::instrument::dns::ids::{Ids, Slot};
use crate::instrument::dns::message;
use crate::instrument::dns::question::Question;
use crate::instrument::text::{CLOSED, ending};

/// The stream, read and written by two tasks that end with this value.
pub(super) struct Framed {
    state: Shared,
    out: mpsc::UnboundedSender<Vec<u8>>,
    tasks: JoinSet<()>,
}

/// A question that waits.
struct Waiting {
    question: usize,
    answer: oneshot::Sender<Vec<u8>>,
}

#[derive(Default)]
struct State {
    ids: Ids<Waiting>,
    /// Why nothing comes any more.
    ended: Option<String>,
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<State>>);

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first reason counts; all that wait get it.
    fn end(&self, reason: String) {
        let mut state = self.state();
        state.ended.get_or_insert(reason);
        state.ids = Ids::default(); // no answers will come
    }
}

/// Takes a question back once nothing waits for its answer.
struct Asked<'a> {
    state: &'a Shared,
    id: u16,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        let mut state = self.state.state();
        if let Some(slot) = state.ids.slot(self.id)
            && let Slot::Open(waiting) = slot
        {
            *slot = Slot::GivenUp(waiting.question);
        }
    }
}

impl Framed {
    /// Takes over a stream. What answers no open question goes to `strays`.
    pub(super) fn over<S>(stream: S, strays: mpsc::Sender<Strayed>) -> Self
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let (reads, writes) = tokio::io::split(stream);
        let (out, waits) = mpsc::unbounded_channel();
        let state = Shared::default();
        let mut tasks = JoinSet::new();
        let ours = state.clone();
        tasks.spawn(async move {
            let reason = listen(reads, &ours, strays).await;
            ours.end(reason);
        });
        let ours = state.clone();
        tasks.spawn(async move {
            if let Err(error) = speak(writes, waits).await {
                ours.end(ending(&error));
            }
        });
        Self { state, out, tasks }
    }

    /// Asks, and waits for the message under the id that the question was given. The caller ends the wait.
    ///
    /// # Errors
    /// How the stream ended.
    pub(super) async fn ask(
        &self,
        place: usize,
        question: &Question,
    ) -> Result<(u16, Vec<u8>), Outcome> {
        let (answer, waits) = oneshot::channel();
        let id = {
            let mut state = self.state.state();
            if let Some(reason) = &state.ended {
                let reason = reason.clone();
                return Err(Outcome::Ended { reason });
            }
            let id = state.ids.draw();
            let question = place;
            state.ids.set(id, Slot::Open(Waiting { question, answer }));
            id
        };
        let state = &self.state;
        let _asked = Asked { state, id };
        let _ = self.out.send(framed(&question.encode(id))); // fails with the stream, which is reported below
        let answer = waits.await.map(|wire| (id, wire));
        answer.map_err(|_| Outcome::Ended {
            reason: self.ended().unwrap_or_default(),
        })
    }

    /// Why it has ended, if it has.
    pub(super) fn ended(&self) -> Option<String> {
        self.state.state().ended.clone()
    }

    /// Says good-bye and waits until the other side has.
    pub(super) async fn close(mut self) {
        drop(self.out);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// A message with its length in front, as one piece: some servers read no further than the first segment
/// (RFC 7766 section 8).
pub(in crate::instrument::dns) fn framed(message: &[u8]) -> Vec<u8> {
    let mut framed = (message.len() as u16).to_be_bytes().to_vec();
    framed.extend(message);
    framed
}

async fn speak(
    mut stream: impl AsyncWrite + Unpin,
    mut messages: mpsc::UnboundedReceiver<Vec<u8>>,
) -> io::Result<()> {
    while let Some(message) = messages.recv().await {
        stream.write_all(&message).await?;
        stream.flush().await?;
    }
    stream.shutdown().await
}

/// Hands messages over until the stream ends; says why.
async fn listen(
    mut stream: impl AsyncRead + Unpin,
    state: &Shared,
    strays: mpsc::Sender<Strayed>,
) -> String {
    loop {
        let mut length = [0; 2];
        match fill(&mut stream, &mut length).await {
            Err((0, reason)) => return reason,
            Err((_, reason)) => return format!("{reason} in the middle of a message's length"),
            Ok(()) => {}
        }
        let length = u16::from_be_bytes(length);
        let mut wire = vec![0; usize::from(length)];
        if let Err((came, reason)) = fill(&mut stream, &mut wire).await {
            return format!("{reason} in the middle of a message, {came} of {length} bytes came");
        }
        let stray = {
            let mut state = state.state();
            let id = message::id(&wire);
            match id.and_then(|id| Some((id, state.ids.open(id)?.question))) {
                Some((id, question)) => {
                    if let Some(slot) = state.ids.slot(id)
                        && let Slot::Open(waiting) =
                            std::mem::replace(slot, Slot::Answered(question, None))
                    {
                        let _ = waiting.answer.send(wire); // given up at this very moment
                    }
                    None
                }
                None => Some((id.and_then(|id| state.ids.closed(id)), wire)),
            }
        };
        if let Some(stray) = stray {
            let _ = strays.send(stray).await; // fails once all is asked
        }
    }
}

/// Fills the buffer, or says how far it came and why no further.
async fn fill(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut [u8],
) -> Result<(), (usize, String)> {
    let mut filled = 0;
    while filled < buffer.len() {
        match stream.read(&mut buffer[filled..]).await {
            Ok(0) => return Err((filled, CLOSED.to_owned())),
            Ok(more) => filled += more,
            Err(error) => return Err((filled, ending(&error))),
        }
    }
    Ok(())
}
