//! Many questions to one server over one connected socket.
//!
//! Every packet bears a random id that no other open packet of the socket bears; the kernel lets nothing in
//! from another address or port (RFC 5452 section 9). All packets wait equally long, so the queue in which they
//! were sent is also the queue in which they expire, and no packet needs a timer of its own.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::time::Instant;

use super::ids::{self, Ids, Slot};
use super::message;
use super::question::Question;
use super::send_queue::{Limits, MOST_IN_FLIGHT, Queued, SendQueue};
use super::{Attempt, DnsEvent, Outcome, Stray, Transport, tcp};
use crate::instrument::limits;

/// What is asked of the kernel for answers that wait to be read; it gives what its own limit allows.
const RECEIVE_BUFFER: usize = 4 * 1024 * 1024;
/// The largest datagram there is.
const DATAGRAM: usize = 65_535;
/// Packets sent or read before the other direction has its turn.
const BURST: usize = 32;
/// Connections for truncated answers open at a time.
const CONNECTIONS: usize = 16;
/// Refusals of earlier packets that the kernel may report in a row before a packet goes out.
const REFUSALS: usize = 8;

/// Asks every question, hands over every attempt and every stray packet, and returns when none is open.
///
/// Attempts start at times counted from `epoch`. A packet without an answer is sent again while tries are
/// left; a truncated answer is asked for once more over TCP.
///
/// # Errors
/// When there is no socket to be had, or no way to the server at all.
pub async fn ask(
    server: SocketAddr,
    questions: &[Question],
    limits: Limits,
    epoch: Instant,
    seen: &mut (dyn FnMut(DnsEvent<'_>) + Send),
) -> io::Result<()> {
    let socket = connect(server)?;
    let mut queue = SendQueue::new(questions.len(), limits);
    queue.go_to(server.ip());
    let mut exchange = Exchange {
        socket,
        questions,
        limits,
        epoch,
        queue,
        ids: Ids::default(),
        in_order: VecDeque::new(),
        open: 0,
        truncated: VecDeque::new(),
        blocked: false,
        edns: Edns::new(limits),
        seen,
    };
    let mut connections = FuturesUnordered::new();
    let mut buffer = vec![0; DATAGRAM];
    // Armed once per expiry rather than per packet: no packet sent since can expire earlier.
    let mut expiry = std::pin::pin!(tokio::time::sleep(limits.timeout));
    let mut turn = std::pin::pin!(tokio::time::sleep(Duration::ZERO));
    loop {
        exchange.send();
        exchange.receive(&mut buffer);
        while connections.len() < CONNECTIONS
            && let Some(cut) = exchange.next_truncated()
        {
            let start = Instant::now();
            let asked = &questions[cut.question];
            connections.push(async move {
                let plain = cut.plain.then(|| asked.plain()).flatten();
                let asked = plain.as_ref().unwrap_or(asked);
                let asked = tcp::ask(server, asked, limits.timeout).await;
                (cut.question, start, asked)
            });
        }
        if exchange.is_done() && connections.is_empty() {
            return Ok(());
        }
        let connects = connections.len() < CONNECTIONS && !exchange.truncated.is_empty();
        let waits = exchange.wants_to_send() || connects;
        let busy = waits && exchange.queue.due() <= Instant::now();
        if waits && !busy {
            turn.as_mut().reset(exchange.queue.due());
        }
        let mut interest = Interest::READABLE | Interest::ERROR;
        if exchange.blocked {
            interest |= Interest::WRITABLE;
        }
        tokio::select! {
            ready = exchange.socket.ready(interest) => {
                let ready = ready?;
                exchange.blocked &= !ready.is_writable();
                if ready.is_error() {
                    exchange.complaint();
                }
            }
            () = &mut expiry => {
                exchange.expire();
                let front = exchange.in_order.front().map(|(_, sent)| *sent);
                expiry.as_mut().reset(front.unwrap_or_else(Instant::now) + limits.timeout);
            }
            Some((question, start, asked)) = connections.next() => {
                exchange.over_tcp(question, start, asked);
            }
            () = tokio::task::yield_now(), if busy => {}
            () = &mut turn, if waits && !busy => {}
        }
    }
}

fn connect(server: SocketAddr) -> io::Result<UdpSocket> {
    let (domain, any) = match server {
        SocketAddr::V4(_) => (Domain::IPV4, SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))),
        SocketAddr::V6(_) => (Domain::IPV6, SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))),
    };
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    // A smaller buffer works too; answers that overflow it show as lost packets.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
    socket.set_nonblocking(true)?;
    socket.bind(&any.into())?;
    socket.connect(&server.into())?;
    UdpSocket::from_std(socket.into())
}

struct Packet {
    turn: Queued,
    sent: Instant,
    /// Why something that came under its id was not the answer.
    rejected: Option<String>,
}

/// What is known of the server's EDNS.
struct Edns {
    /// Whether anything was answered at all.
    heard: bool,
    /// Whether a silent server is asked without it.
    tries: bool,
    /// Whether it was, once.
    asked: bool,
    /// Whether the server is known not to speak it.
    known: bool,
    /// Questions that got no answer with it.
    unanswered: Vec<usize>,
}

impl Edns {
    fn new(limits: Limits) -> Self {
        Self {
            heard: false,
            tries: limits.tries_plain,
            asked: false,
            known: limits.plain,
            unanswered: Vec::new(),
        }
    }

    /// Whether the lack of an answer may come from EDNS.
    fn may_be_why(&self) -> bool {
        self.tries && !self.heard
    }
}

/// How a question goes out by a datagram.
fn transport(turn: Queued) -> Transport {
    match turn.plain {
        true => Transport::Plain,
        false => Transport::Udp,
    }
}

struct Exchange<'a> {
    socket: UdpSocket,
    questions: &'a [Question],
    limits: Limits,
    epoch: Instant,
    queue: SendQueue,
    ids: Ids<Packet>,
    /// Every packet in the order it was sent: id and instant. Closed ones are dropped when they come to the front.
    in_order: VecDeque<(u16, Instant)>,
    open: usize,
    /// Questions that wait for a connection.
    truncated: VecDeque<Queued>,
    /// The kernel takes no packet at present.
    blocked: bool,
    edns: Edns,
    seen: &'a mut (dyn FnMut(DnsEvent<'_>) + Send),
}

impl Exchange<'_> {
    fn is_done(&self) -> bool {
        self.open == 0 && self.queue.are_over() && self.truncated.is_empty()
    }

    /// Whether there is something to send and room for it, if not yet time.
    fn wants_to_send(&self) -> bool {
        let room = self.open < self.limits.in_flight.clamp(1, MOST_IN_FLIGHT);
        room && !self.queue.are_over() && !self.blocked
    }

    /// The next truncated answer to ask for over TCP, if it is its turn.
    fn next_truncated(&mut self) -> Option<Queued> {
        let due = !self.truncated.is_empty() && self.queue.take_turn(Instant::now());
        due.then(|| self.truncated.pop_front()).flatten()
    }

    fn send(&mut self) {
        for _ in 0..BURST {
            if !self.wants_to_send() {
                return;
            }
            let Some(mut turn) = self.queue.take(Instant::now()) else {
                return;
            };
            let question = &self.questions[turn.question];
            let id = self.ids.draw();
            let plain = turn.plain.then(|| question.plain()).flatten();
            turn.plain = plain.is_some();
            let wire = plain.as_ref().unwrap_or(question).encode(id);
            let (sent, result) = self.put_out(&wire);
            match result {
                Ok(_) => {
                    let transport = transport(turn);
                    (self.seen)(DnsEvent::Sent { transport });
                    let packet = Packet {
                        turn,
                        sent,
                        rejected: None,
                    };
                    self.ids.set(id, Slot::Open(packet));
                    self.in_order.push_back((id, sent));
                    self.open += 1;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.queue.give_back(turn);
                    self.blocked = true;
                }
                Err(error) => {
                    let text = limits::words(&error);
                    self.close(turn, sent, Outcome::Network { text });
                }
            }
        }
    }

    /// Hands a packet to the kernel. What it may report instead is that an earlier one was refused; then it has not
    /// sent this one.
    fn put_out(&mut self, wire: &[u8]) -> (Instant, io::Result<usize>) {
        for _ in 0..REFUSALS {
            let sent = Instant::now();
            match self.socket.try_send(wire) {
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => self.refused(),
                result => return (sent, result),
            }
        }
        (Instant::now(), Err(io::ErrorKind::ConnectionRefused.into()))
    }

    fn over_tcp(&mut self, question: usize, start: Instant, asked: tcp::Asked) {
        let transport = Transport::Tcp;
        if asked.sent {
            (self.seen)(DnsEvent::Sent { transport });
        }
        let wire = asked.wire.as_deref();
        self.record(question, transport, start, asked.outcome, wire);
    }

    fn receive(&mut self, buffer: &mut [u8]) {
        for _ in 0..2 * BURST {
            match self.socket.try_recv(buffer) {
                Ok(length) => self.arrived(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => self.refused(),
                Err(_) => return,
            }
        }
    }

    /// An error that waits at the socket does not make it readable.
    fn complaint(&mut self) {
        let error = self.socket.try_io(Interest::ERROR, || {
            let error = self.socket.take_error()?;
            Err::<(), _>(error.unwrap_or_else(|| io::ErrorKind::WouldBlock.into()))
        });
        if matches!(error, Err(error) if error.kind() == io::ErrorKind::ConnectionRefused) {
            self.refused();
        }
    }

    fn arrived(&mut self, wire: &[u8]) {
        self.edns.heard = true; // whatever it is: the server is not silent
        let questions = self.questions;
        let id = message::id(wire);
        let Some((id, packet)) = id.and_then(|id| Some((id, self.ids.open(id)?))) else {
            let closed = id.and_then(|id| self.ids.closed(id));
            let stray = ids::stray(closed, questions, wire);
            return (self.seen)(DnsEvent::Stray { stray, wire });
        };
        let turn = packet.turn;
        let question = turn.question;
        match questions[question].read(wire) {
            Ok(reply) => {
                let sent = packet.sent;
                let said = Some(ids::said(&reply));
                self.ids.set(id, Slot::Answered(question, said));
                self.open -= 1;
                if reply.tc {
                    self.truncated.push_back(turn);
                }
                let refuses = reply.refuses_edns();
                let outcome = Outcome::Answer(reply);
                self.record(question, transport(turn), sent, outcome, Some(wire));
                match (turn.plain, refuses) {
                    (false, true) if questions[question].has_plain() => {
                        self.queue.again_plain(question);
                    }
                    (true, false) => self.without_edns(),
                    _ => {}
                }
            }
            // The right answer may still be under way: a sender that guesses an id must not be able to end the wait.
            Err(rejection) => {
                let stray = Stray::from(&rejection);
                packet.rejected = Some(rejection.into_reason());
                (self.seen)(DnsEvent::Stray { stray, wire });
            }
        }
    }

    /// A port unreachable does not say which packet it answers: it closes all that are open.
    fn refused(&mut self) {
        for (id, sent) in std::mem::take(&mut self.in_order) {
            if let Some(packet) = self.give_up(id, sent) {
                self.close(packet.turn, packet.sent, Outcome::Refused);
            }
        }
    }

    fn expire(&mut self) {
        let now = Instant::now();
        while let Some((id, sent)) = self.in_order.front().copied()
            && now >= sent + self.limits.timeout
        {
            self.in_order.pop_front();
            if let Some(packet) = self.give_up(id, sent) {
                let outcome = match packet.rejected {
                    Some(reason) => Outcome::Malformed { reason },
                    None => Outcome::Timeout,
                };
                self.close(packet.turn, sent, outcome);
            }
        }
    }

    /// Takes back the packet that was sent under an id at an instant, if it is still open.
    fn give_up(&mut self, id: u16, sent: Instant) -> Option<Packet> {
        let slot = self.ids.slot(id)?;
        match slot {
            Slot::Open(packet) if packet.sent == sent => {
                let given_up = Slot::GivenUp(packet.turn.question);
                self.open -= 1;
                match std::mem::replace(slot, given_up) {
                    Slot::Open(packet) => Some(packet),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Records a packet that has no answer, and asks again while tries are left.
    fn close(&mut self, turn: Queued, sent: Instant, outcome: Outcome) {
        let silent = outcome == Outcome::Timeout;
        self.record(turn.question, transport(turn), sent, outcome, None);
        if self.queue.missed(turn) || turn.plain || !silent {
            return;
        }
        let has_plain = self.questions[turn.question].has_plain();
        if has_plain && self.edns.known {
            return self.queue.again_plain(turn.question);
        }
        match (has_plain && self.edns.may_be_why(), self.edns.asked) {
            (false, _) => {}
            (true, true) => self.edns.unanswered.push(turn.question),
            (true, false) => {
                self.edns.asked = true;
                self.queue.once_plain(turn.question);
            }
        }
    }

    /// A question was answered without EDNS.
    fn without_edns(&mut self) {
        if !self.edns.known {
            self.edns.known = true;
            self.queue.all_plain();
            (self.seen)(DnsEvent::WithoutEdns);
        }
        for question in std::mem::take(&mut self.edns.unanswered) {
            self.queue.again_plain(question);
        }
    }

    fn record(
        &mut self,
        question: usize,
        transport: Transport,
        sent: Instant,
        outcome: Outcome,
        wire: Option<&[u8]>,
    ) {
        let attempt = Attempt {
            transport,
            server: None,
            start_us: sent.duration_since(self.epoch).as_micros() as u64,
            duration_us: sent.elapsed().as_micros() as u64,
            outcome,
        };
        (self.seen)(DnsEvent::Attempt {
            question,
            attempt,
            wire,
        });
    }
}
