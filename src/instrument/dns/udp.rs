//! Many questions to one server over one connected socket.
//!
//! Every packet bears a random id that no other open packet of the socket bears; the kernel lets nothing in
//! from another address or port (RFC 5452 section 9). All packets wait equally long, so the queue in which they
//! were sent is also the queue in which they expire, and no packet needs a timer of its own.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::time::Instant;

use super::message::{self, Question, Rejection};
use super::{Attempt, Outcome, Seen, Stray, Transport, tcp};

/// What is asked of the kernel for answers that wait to be read; it gives what its own limit allows.
const RECEIVE_BUFFER: usize = 4 * 1024 * 1024;
/// The largest datagram there is.
const DATAGRAM: usize = 65_535;
/// Packets sent or read before the other direction has its turn.
const BURST: usize = 32;
/// Connections for truncated answers open at a time.
const CONNECTIONS: usize = 16;
/// More open packets would leave too few ids to draw from.
pub const MOST_IN_FLIGHT: usize = 16_384;
/// Above this many packets a second there is no limit to speak of.
pub const MOST_QPS: u32 = 1_000_000;
/// How far the pace may lag behind before what was missed is forgone: timers tick once in a millisecond.
const CATCH_UP: Duration = Duration::from_millis(10);

/// How to ask.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long each packet waits for its answer.
    pub timeout: Duration,
    /// Packets for each question at most.
    pub tries: u32,
    /// Packets open at a time, at most [`MOST_IN_FLIGHT`].
    pub in_flight: usize,
    /// Packets sent in a second at most, 1 to [`MOST_QPS`].
    pub qps: u32,
}

/// Asks every question, hands over every attempt and every stray packet, and returns when none is open.
///
/// Attempts start at times counted from `epoch`. A packet that nobody answered is sent again while tries are
/// left; a truncated answer is asked for once more over TCP.
///
/// # Errors
/// When there is no socket to be had, or no way to the server at all.
pub async fn ask(
    server: SocketAddr,
    questions: &[Question],
    limits: Limits,
    epoch: Instant,
    seen: &mut (dyn FnMut(Seen<'_>) + Send),
) -> io::Result<()> {
    let socket = connect(server)?;
    let mut exchange = Exchange {
        socket,
        questions,
        limits,
        epoch,
        pace: Duration::from_secs(1) / limits.qps.clamp(1, MOST_QPS),
        due: Instant::now(),
        next: 0,
        again: VecDeque::new(),
        ids: HashMap::new(),
        queue: VecDeque::new(),
        open: 0,
        truncated: VecDeque::new(),
        blocked: false,
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
            && let Some(question) = exchange.truncated.pop_front()
        {
            let start = Instant::now();
            let asked = &questions[question];
            connections.push(async move {
                let (outcome, wire) = tcp::ask(server, asked, limits.timeout).await;
                (question, start, outcome, wire)
            });
        }
        if exchange.is_done() && connections.is_empty() {
            return Ok(());
        }
        let waits = exchange.wants_to_send();
        let busy = waits && exchange.due <= Instant::now();
        if waits && !busy {
            turn.as_mut().reset(exchange.due);
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
                let front = exchange.queue.front().map(|(_, sent)| *sent);
                expiry.as_mut().reset(front.unwrap_or_else(Instant::now) + limits.timeout);
            }
            Some((question, start, outcome, wire)) = connections.next() => {
                exchange.record(question, Transport::Tcp, start, outcome, wire.as_deref());
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

/// What is known of an id.
enum Slot {
    /// A packet under it is open.
    Open(Packet),
    /// The packet of this question was answered.
    Answered(usize),
    /// The packet of this question was given up.
    GivenUp(usize),
}

struct Packet {
    question: usize,
    attempt: u32,
    sent: Instant,
    /// Why something that came under its id was not the answer.
    rejected: Option<String>,
}

struct Exchange<'a> {
    socket: UdpSocket,
    questions: &'a [Question],
    limits: Limits,
    epoch: Instant,
    /// Between two packets.
    pace: Duration,
    /// When the next packet may go out.
    due: Instant,
    /// First question that was not sent yet.
    next: usize,
    /// Questions to send again, with the number of the attempt.
    again: VecDeque<(usize, u32)>,
    ids: HashMap<u16, Slot>,
    /// Every packet in the order it was sent: id and instant. Closed ones are dropped when they come to the front.
    queue: VecDeque<(u16, Instant)>,
    open: usize,
    /// Questions that wait for a connection.
    truncated: VecDeque<usize>,
    /// The kernel takes no packet at present.
    blocked: bool,
    seen: &'a mut (dyn FnMut(Seen<'_>) + Send),
}

impl Exchange<'_> {
    fn is_done(&self) -> bool {
        self.open == 0
            && self.again.is_empty()
            && self.next == self.questions.len()
            && self.truncated.is_empty()
    }

    /// Whether there is something to send and room for it, if not yet time.
    fn wants_to_send(&self) -> bool {
        let room = self.open < self.limits.in_flight.clamp(1, MOST_IN_FLIGHT);
        let more = self.next < self.questions.len() || !self.again.is_empty();
        room && more && !self.blocked
    }

    fn send(&mut self) {
        for _ in 0..BURST {
            let now = Instant::now();
            if !self.wants_to_send() || now < self.due {
                return;
            }
            self.due = self.due.max(now.checked_sub(CATCH_UP).unwrap_or(now)) + self.pace;
            let (question, attempt) = match self.again.pop_front() {
                Some(again) => again,
                None => {
                    self.next += 1;
                    (self.next - 1, 1)
                }
            };
            let id = self.draw_id();
            let wire = self.questions[question].encode(id);
            let mut sent = Instant::now();
            let mut result = self.socket.try_send(&wire);
            if matches!(&result, Err(error) if error.kind() == io::ErrorKind::ConnectionRefused) {
                // The kernel tells of an earlier packet that was refused, and has not sent this one.
                self.refused();
                sent = Instant::now();
                result = self.socket.try_send(&wire);
            }
            match result {
                Ok(_) => {
                    let packet = Packet {
                        question,
                        attempt,
                        sent,
                        rejected: None,
                    };
                    self.ids.insert(id, Slot::Open(packet));
                    self.queue.push_back((id, sent));
                    self.open += 1;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.again.push_front((question, attempt));
                    self.blocked = true;
                }
                Err(error) => {
                    let outcome = match error.kind() {
                        io::ErrorKind::ConnectionRefused => Outcome::Refused,
                        _ => Outcome::Network {
                            text: error.to_string(),
                        },
                    };
                    self.close(question, attempt, sent, outcome);
                }
            }
        }
    }

    /// An id that no open packet bears. Ids of packets that may still be answered late are left alone as long as
    /// others are easily found.
    fn draw_id(&self) -> u16 {
        for _ in 0..BURST {
            let id = rand::random();
            if !matches!(self.ids.get(&id), Some(Slot::Open(_) | Slot::GivenUp(_))) {
                return id;
            }
        }
        let start = rand::random::<u16>();
        let mut ids = (0..=u16::MAX).map(|step| start.wrapping_add(step));
        ids.find(|id| !matches!(self.ids.get(id), Some(Slot::Open(_))))
            .unwrap_or(start)
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
        let Some(id) = message::id(wire) else {
            return (self.seen)(Seen::Stray {
                stray: Stray::Garbage,
                wire,
            });
        };
        let questions = self.questions;
        let packet = match self.ids.get_mut(&id) {
            Some(Slot::Open(packet)) => packet,
            other => {
                let stray = match other {
                    Some(Slot::Answered(asked)) => {
                        known(&questions[*asked], wire, Stray::Duplicate)
                    }
                    Some(Slot::GivenUp(asked)) => known(&questions[*asked], wire, Stray::Late),
                    _ => Stray::WrongId,
                };
                return (self.seen)(Seen::Stray { stray, wire });
            }
        };
        match questions[packet.question].read(wire) {
            Ok(reply) => {
                let (question, sent) = (packet.question, packet.sent);
                self.ids.insert(id, Slot::Answered(question));
                self.open -= 1;
                if reply.tc {
                    self.truncated.push_back(question);
                }
                let outcome = Outcome::Answer(reply);
                self.record(question, Transport::Udp, sent, outcome, Some(wire));
            }
            // The right answer may still be under way: whoever can guess an id must not be able to end the wait.
            Err(rejection) => {
                let stray = match &rejection {
                    Rejection::WrongQuestion(_) => Stray::WrongQuestion,
                    Rejection::Malformed(_) => Stray::Garbage,
                };
                packet.rejected = Some(rejection.into_reason());
                (self.seen)(Seen::Stray { stray, wire });
            }
        }
    }

    /// A port unreachable does not say which packet it answers: it closes all that are open.
    fn refused(&mut self) {
        for (id, sent) in std::mem::take(&mut self.queue) {
            if let Some(packet) = self.give_up(id, sent) {
                self.close(
                    packet.question,
                    packet.attempt,
                    packet.sent,
                    Outcome::Refused,
                );
            }
        }
    }

    fn expire(&mut self) {
        let now = Instant::now();
        while let Some((id, sent)) = self.queue.front().copied()
            && now >= sent + self.limits.timeout
        {
            self.queue.pop_front();
            if let Some(packet) = self.give_up(id, sent) {
                let outcome = match packet.rejected {
                    Some(reason) => Outcome::Malformed { reason },
                    None => Outcome::Timeout,
                };
                self.close(packet.question, packet.attempt, sent, outcome);
            }
        }
    }

    /// Takes back the packet that was sent under an id at an instant, if it is still open.
    fn give_up(&mut self, id: u16, sent: Instant) -> Option<Packet> {
        let slot = self.ids.get_mut(&id)?;
        match slot {
            Slot::Open(packet) if packet.sent == sent => {
                let given_up = Slot::GivenUp(packet.question);
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
    fn close(&mut self, question: usize, attempt: u32, sent: Instant, outcome: Outcome) {
        if attempt < self.limits.tries {
            self.again.push_back((question, attempt + 1));
        }
        self.record(question, Transport::Udp, sent, outcome, None);
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
            start_us: sent.duration_since(self.epoch).as_micros() as u64,
            duration_us: sent.elapsed().as_micros() as u64,
            outcome,
        };
        (self.seen)(Seen::Attempt {
            question,
            attempt,
            wire,
        });
    }
}

/// What a packet is that came under an id which is closed: only the answer to its question is late or twice.
fn known(question: &Question, wire: &[u8], stray: Stray) -> Stray {
    match question.read(wire) {
        Ok(_) => stray,
        Err(Rejection::WrongQuestion(_)) => Stray::WrongQuestion,
        Err(Rejection::Malformed(_)) => Stray::Garbage,
    }
}
