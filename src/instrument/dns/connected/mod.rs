//! Many questions to one server over a connection: TCP, TLS, HTTPS, QUIC. As with datagrams, one attempt is one message out
//! and one answer or one timeout in.
//!
//! Up to [`AT_A_TIME`] questions are open on the connection. One that ends, or on which nothing came while a
//! question waited for all its time, is replaced by a new one, and that is reported. The libraries' own clients are
//! not used for this: they drop an answer under a foreign id without a word, put one error in the place of many,
//! and take no more than 32 questions at a time.

mod dial;
mod framed;
mod https;
mod quic;
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, FutureExt as _, OptionFuture};
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use self::dial::Dialled;
pub(super) use self::framed::framed;
use self::wire::{Asked, Wire};
use super::ids::{self, Closed};
use super::question::Question;
use super::send_queue::{Limits, Queued, SendQueue};
use super::{Attempt, DnsEvent, Outcome, Session, Transport, Upstream};
use crate::model::units::Period;

/// Questions open on one connection; servers grant some hundred at most (RFC 9113 section 6.5.2 names 100).
const AT_A_TIME: usize = 100;
/// Those of them that go out over HTTPS before the first answer: BIND takes more for a flood, and closes.
const AT_FIRST: usize = 32;
/// Connections without a sign of life that are still listened to, for answers that are only late.
const RETIRED: usize = 4;
/// How long a polite good-bye may take; its outcome does not matter.
const GOODBYE: Duration = Duration::from_millis(100);

/// A message that answers no open question, and what became of the one that was asked under its id.
type Strayed = (Option<Closed>, Vec<u8>);

/// Asks every question, hands over every attempt, stray message and connection, and returns when none is open.
///
/// Attempts start at times counted from `epoch`, when their message goes out; connections have times of their
/// own. A question without an answer is asked again while tries are left. Each address of the server is tried as
/// often before it is given up; then each question left has one attempt, which says why.
pub async fn ask(
    server: &Upstream,
    questions: &[Question],
    limits: Limits,
    epoch: Instant,
    seen: &mut (dyn FnMut(DnsEvent<'_>) + Send),
) {
    if questions.is_empty() {
        return;
    }
    let (stray, strays) = mpsc::channel(AT_A_TIME);
    let mut course = Course {
        questions,
        limits,
        epoch,
        transport: server.scheme().transport(),
        queue: SendQueue::new(questions.len(), limits),
        line: None,
        heard: None,
        failures: 0,
        retired: Vec::new(),
        open: FuturesUnordered::new(),
        seen,
    };
    let begin = Instant::now();
    let addresses = match server.addresses(begin + limits.timeout).await {
        Ok(found) => found.addresses,
        Err(error) => return course.give_up(dial::unknown(server, &error, begin, epoch)),
    };
    let dial = |address: SocketAddr| {
        let until = Instant::now() + limits.timeout;
        dial::dial(server, address, until, epoch, stray.clone()).boxed()
    };
    course.run(&addresses, &dial, strays).await;
    let lines = course.line.take().into_iter().chain(course.retired);
    for line in lines.filter_map(Arc::into_inner) {
        let _ = timeout(GOODBYE, line.wire.close()).await;
    }
}

/// A connection in use.
struct Line {
    wire: Wire,
    /// Whether its loss was told.
    told: AtomicBool,
}

/// An attempt that came to its end.
struct Done {
    turn: Queued,
    line: Arc<Line>,
    asked: Asked,
    duration: Duration,
}

struct Course<'a> {
    questions: &'a [Question],
    limits: Limits,
    epoch: Instant,
    transport: Transport,
    queue: SendQueue,
    /// Where questions go out at present.
    line: Option<Arc<Line>>,
    /// When it last brought a message, if it has.
    heard: Option<Instant>,
    /// Connections in a row that came to nothing.
    failures: usize,
    retired: Vec<Arc<Line>>,
    open: FuturesUnordered<BoxFuture<'a, Done>>,
    seen: &'a mut (dyn FnMut(DnsEvent<'_>) + Send),
}

impl<'a> Course<'a> {
    async fn run(
        &mut self,
        addresses: &[SocketAddr],
        dial: &(dyn Fn(SocketAddr) -> BoxFuture<'a, Dialled> + Sync),
        mut strays: mpsc::Receiver<Strayed>,
    ) {
        let mut dialling = None;
        let mut turn = std::pin::pin!(tokio::time::sleep(Duration::ZERO));
        loop {
            if self.queue.are_over() && self.open.is_empty() {
                // What came before the last answer may still wait to be told.
                while let Ok(strayed) = strays.try_recv() {
                    self.strayed(strayed);
                }
                return;
            }
            if let Some(reason) = self.line.as_ref().and_then(|line| line.wire.ended()) {
                self.line = None;
                // One that brings nothing is no better than none: there is an end to such attempts.
                if self.heard.is_none() {
                    let now = (Instant::now(), Duration::ZERO);
                    self.failed(addresses, now, &Outcome::Ended { reason });
                }
                continue;
            }
            if self.line.is_none() && dialling.is_none() && !self.queue.are_over() {
                let address = addresses[self.failures % addresses.len()];
                self.queue.go_to(address.ip());
                dialling = Some(dial(address));
            }
            self.send();
            let room = self.open.len() < self.room();
            let waits = room && self.line.is_some() && !self.queue.are_over();
            if waits {
                turn.as_mut().reset(self.queue.due());
            }
            tokio::select! {
                Some(done) = self.open.next() => self.done(done),
                Some(dialled) = OptionFuture::from(dialling.as_mut()) => {
                    dialling = None;
                    let Dialled { session, chain, line } = dialled;
                    (self.seen)(DnsEvent::Session { session: session.clone(), chain: &chain });
                    match line {
                        Some(wire) => {
                            self.heard = None;
                            let told = AtomicBool::new(false);
                            self.line = Some(Arc::new(Line { wire, told }));
                        }
                        None => self.failed(addresses, self.times(&session), &outcome(&session)),
                    }
                }
                Some(strayed) = strays.recv() => self.strayed(strayed),
                () = &mut turn, if waits => {}
            }
        }
    }

    /// How many questions may be open at present.
    fn room(&self) -> usize {
        let most = match (self.transport, self.heard) {
            (Transport::Https, None) => AT_FIRST,
            _ => AT_A_TIME,
        };
        self.limits.in_flight.clamp(1, most)
    }

    fn send(&mut self) {
        while let Some(line) = &self.line
            && self.open.len() < self.room()
            && let Some(turn) = self.queue.take(Instant::now())
        {
            let (line, patience) = (Arc::clone(line), self.limits.timeout);
            let question = &self.questions[turn.question];
            self.open.push(
                async move {
                    let plain = turn.plain.then(|| question.plain()).flatten();
                    let question = plain.as_ref().unwrap_or(question);
                    let asked = line.wire.ask(turn.question, question, patience).await;
                    let duration = asked.sent.elapsed();
                    Done {
                        turn,
                        line,
                        asked,
                        duration,
                    }
                }
                .boxed(),
            );
        }
    }

    fn done(&mut self, done: Done) {
        let Done {
            turn,
            line,
            asked,
            duration,
        } = done;
        let Asked {
            sent,
            outcome,
            wire,
        } = asked;
        let Some(outcome) = outcome else {
            return self.queue.give_back(turn); // for the next connection
        };
        let is_current = self
            .line
            .as_ref()
            .is_some_and(|current| Arc::ptr_eq(current, &line));
        match &outcome {
            Outcome::Ended { reason } => self.lost(&line, reason.clone()),
            Outcome::Timeout if is_current && self.heard.is_none_or(|heard| heard < sent) => {
                let patience = Period(self.limits.timeout);
                self.lost(&line, format!("nothing came on it within {patience}"));
                self.line = None;
                self.retired.truncate(RETIRED - 1);
                self.retired.insert(0, line);
            }
            Outcome::Timeout | Outcome::Network { .. } => {}
            _ if is_current => {
                self.heard = Some(Instant::now());
                self.failures = 0;
            }
            _ => {}
        }
        match &outcome {
            Outcome::Answer(reply) => match (turn.plain, reply.refuses_edns()) {
                (false, true) if self.questions[turn.question].has_plain() => {
                    self.queue.again_plain(turn.question);
                }
                (true, false) => self.queue.all_plain(),
                _ => {}
            },
            _ => {
                self.queue.missed(turn);
            }
        }
        let transport = self.transport;
        if transport.sends(&outcome) {
            (self.seen)(DnsEvent::Sent { transport });
        }
        self.record(turn.question, (sent, duration), outcome, wire.as_deref());
    }

    fn strayed(&mut self, (closed, wire): Strayed) {
        let stray = ids::stray(closed, self.questions, &wire);
        (self.seen)(DnsEvent::Stray { stray, wire: &wire });
    }

    /// Tells once of each connection that it was lost.
    fn lost(&mut self, line: &Line, reason: String) {
        if !line.told.swap(true, Ordering::Relaxed) {
            (self.seen)(DnsEvent::Lost { reason });
        }
    }

    /// There was no way to the server at all.
    fn give_up(&mut self, session: Session) {
        let (times, outcome) = (self.times(&session), outcome(&session));
        let chain = &[];
        (self.seen)(DnsEvent::Session { session, chain });
        self.rest(times, &outcome);
    }

    /// A connection came to nothing. When each address had its tries, nothing more is tried.
    fn failed(&mut self, addresses: &[SocketAddr], times: (Instant, Duration), outcome: &Outcome) {
        self.failures += 1;
        if self.failures >= addresses.len() * self.limits.tries.max(1) as usize {
            self.rest(times, outcome);
        }
    }

    /// Gives every question left one attempt, which came to nothing with the connection.
    fn rest(&mut self, times: (Instant, Duration), outcome: &Outcome) {
        while let Some(turn) = self.queue.rest() {
            self.record(turn.question, times, outcome.clone(), None);
        }
    }

    /// Start and duration.
    fn times(&self, session: &Session) -> (Instant, Duration) {
        let start = self.epoch + Duration::from_micros(session.start_us);
        (start, Duration::from_micros(session.duration_us))
    }

    fn record(
        &mut self,
        question: usize,
        (start, duration): (Instant, Duration),
        outcome: Outcome,
        wire: Option<&[u8]>,
    ) {
        let attempt = Attempt {
            transport: self.transport,
            server: None,
            start_us: start.duration_since(self.epoch).as_micros() as u64,
            duration_us: duration.as_micros() as u64,
            outcome,
        };
        (self.seen)(DnsEvent::Attempt {
            question,
            attempt,
            wire,
        });
    }
}

/// What became of a question for which there was no connection.
fn outcome(session: &Session) -> Outcome {
    let text = || "no connection was made".into();
    let failure = session.failure.clone();
    failure.unwrap_or_else(|| Outcome::Network { text: text() })
}
