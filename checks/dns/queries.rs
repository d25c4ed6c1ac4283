//! Questions to one server, each once, in its turn, counted, and everything seen handed over as it happens. This is the
//! only way by which a phase of the check asks.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt as _;
use tokio::time::Instant;

use super::observation::{Counts, Observation, Phase};
use super::settings::Settings;
use crate::instrument::clock;
use crate::instrument::dns::pace::Turns;
use crate::instrument::dns::system::{Seen, System};
use crate::instrument::dns::{
    self, Attempt, DnsEvent, Limits, QueryOptions, Question, QuestionError, RecordType, Resolver,
    Transport, tcp,
};
use crate::instrument::limits;
use crate::model::Notebook;

/// Lookups of the system resolver at a time; its servers are not ours to burden.
const SYSTEM_IN_FLIGHT: usize = 32;

/// A name and type to ask for.
pub(super) type Query = (Arc<str>, RecordType);

/// What a whole check knows of the servers that it asks.
#[derive(Default)]
pub(super) struct Servers {
    /// Those that do not speak EDNS.
    plain: Mutex<BTreeSet<SocketAddr>>,
}

/// One phase of a check that asks.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    /// How.
    pub settings: &'a Settings,
    /// Where everything is written down.
    pub notes: &'a Notebook<Observation>,
    /// When the check began.
    pub epoch: Instant,
    /// What for.
    pub phase: Phase,
    /// What is known of the servers.
    pub servers: &'a Servers,
}

impl<'a> Asking<'a> {
    /// The same check in another phase.
    pub(super) fn during(self, phase: Phase) -> Self {
        Self { phase, ..self }
    }

    /// How a server is asked, by what is known of it.
    fn limits(&self, server: Option<SocketAddr>) -> Limits {
        let Some(server) = server else {
            return self.settings.limits();
        };
        let plain = self.servers.plain.lock();
        let plain = plain.unwrap_or_else(PoisonError::into_inner);
        Limits {
            plain: plain.contains(&server),
            // Elsewhere a silent server is asked in smaller datagrams anyway, or was in the first phase.
            tries_plain: self.phase == Phase::Names,
            ..self.settings.limits()
        }
    }

    fn counting<'s>(&'s self, server: &Resolver) -> Counting<'s, 'a> {
        Counting {
            asking: self,
            server: server.to_string().into(),
            first: match server {
                Resolver::Upstream(server) => server.transport(),
                _ => Transport::Udp,
            },
            counts: Counts::default(),
        }
    }
}

/// Counts what is seen at one server, and writes it down at the end, also where that is the deadline.
struct Counting<'s, 'a> {
    asking: &'s Asking<'a>,
    server: Arc<str>,
    /// How questions go out at first.
    first: Transport,
    counts: Counts,
}

impl Drop for Counting<'_, '_> {
    fn drop(&mut self) {
        let counts = std::mem::take(&mut self.counts);
        let (server, phase) = (&self.server, self.asking.phase);
        let notes = self.asking.notes;
        notes.note(|seen| counts.add_to(&mut seen.traffic, server, phase));
    }
}

/// Asks and hands over each attempt with the place of its question.
///
/// # Errors
/// As [`observe`].
pub(super) async fn ask(
    asking: &Asking<'_>,
    resolver: &Resolver,
    queries: &[Query],
    form: QueryOptions,
    write: &mut (dyn FnMut(usize, Attempt) + Send),
) -> io::Result<()> {
    let mut seen = |seen: DnsEvent<'_>| {
        if let DnsEvent::Attempt {
            question, attempt, ..
        } = seen
        {
            write(question, attempt);
        }
    };
    observe(asking, resolver, queries, form, &mut seen).await
}

/// Asks and hands over all that is seen. The form does not reach the servers of the system resolver: its library
/// asks as it does.
///
/// # Errors
/// When the resolver cannot be asked at all.
pub(super) async fn observe(
    asking: &Asking<'_>,
    resolver: &Resolver,
    queries: &[Query],
    form: QueryOptions,
    seen: &mut (dyn FnMut(DnsEvent<'_>) + Send),
) -> io::Result<()> {
    if *resolver == Resolver::System {
        let system = System::of_this_machine().map_err(limits::named)?;
        ask_system(asking, &system, queries, seen).await;
        return Ok(());
    }
    let questions = queries
        .iter()
        .map(|(name, kind)| Question::put(name, *kind, form));
    let questions: Vec<_> = questions
        .collect::<Result<_, QuestionError>>()
        .map_err(io::Error::other)?;
    send(asking, resolver, &questions, seen).await
}

/// Sends questions to a server by packets of our own.
///
/// # Errors
/// When it cannot be asked at all.
pub(super) async fn send(
    asking: &Asking<'_>,
    resolver: &Resolver,
    questions: &[Question],
    seen: &mut (dyn FnMut(DnsEvent<'_>) + Send),
) -> io::Result<()> {
    let server = match resolver {
        Resolver::Server(server) => Some(*server),
        _ => None,
    };
    let limits = asking.limits(server);
    let mut counting = asking.counting(resolver);
    let mut count = |event: DnsEvent<'_>| {
        counting.counts.see(counting.first, &event);
        if let (DnsEvent::WithoutEdns, Some(server)) = (&event, server) {
            let plain = asking.servers.plain.lock();
            plain.unwrap_or_else(PoisonError::into_inner).insert(server);
        }
        seen(event);
    };
    dns::ask(resolver, questions, limits, asking.epoch, &mut count).await
}

/// Puts one question over a TCP connection of its own, when it is its turn; nothing where it cannot be put.
pub(super) async fn over_tcp(
    asking: &Asking<'_>,
    server: SocketAddr,
    name: &str,
    kind: RecordType,
    form: QueryOptions,
) -> Option<Attempt> {
    let mut question = Question::put(name, kind, form).ok()?;
    let limits = asking.limits(Some(server));
    if limits.plain {
        let form = QueryOptions {
            payload: None,
            ..form
        };
        question = Question::put(name, kind, form).ok()?;
    }
    let mut counting = asking.counting(&Resolver::Server(server));
    let transport = Transport::Tcp;
    Turns::at(server.ip(), limits.qps).next().await;
    let start = clock::instant();
    let asked = tcp::ask(server, &question, limits.timeout).await;
    if asked.sent {
        counting.counts.sent(transport);
    }
    counting.counts.attempt(transport, &asked.outcome);
    Some(Attempt {
        transport,
        server: None,
        start_us: start.duration_since(asking.epoch).as_micros() as u64,
        duration_us: start.elapsed().as_micros() as u64,
        outcome: asked.outcome,
    })
}

/// A name, and what is asked for it: by the place of the question.
type Lookup = (Arc<str>, Vec<(usize, RecordType)>);

/// Asks the way applications on this machine do, in the pace of each server that its configuration names. Questions for
/// one name that follow each other are one lookup, as in an application.
pub(super) async fn ask_system(
    asking: &Asking<'_>,
    system: &System,
    queries: &[Query],
    seen: &mut (dyn FnMut(DnsEvent<'_>) + Send),
) {
    let mut lookups: Vec<Lookup> = Vec::new();
    for (place, (name, kind)) in queries.iter().enumerate() {
        match lookups.last_mut() {
            Some((last, wanted)) if *last == *name => wanted.push((place, *kind)),
            _ => lookups.push((Arc::clone(name), vec![(place, *kind)])),
        }
    }
    let (settings, epoch) = (asking.settings, asking.epoch);
    let mut counting = asking.counting(&Resolver::System);
    let tell = Mutex::new(|event: DnsEvent<'_>| {
        // What getaddrinfo sends is not visible.
        let is_ours = match &event {
            DnsEvent::Attempt { attempt, .. } => {
                !matches!(attempt.transport, Transport::System | Transport::Hosts)
            }
            _ => true,
        };
        if is_ours {
            counting.counts.see(counting.first, &event);
        }
        seen(event);
    });
    let tell = |event: DnsEvent<'_>| tell.lock().unwrap_or_else(PoisonError::into_inner)(event);
    let tell: &Seen<'_> = &tell;
    let servers = system.configuration().servers.iter();
    let servers = servers.filter_map(|server| dns::resolver::server(server));
    let turns: Vec<_> = servers
        .map(|server| Turns::at(server.ip(), settings.query.qps))
        .collect();
    let (turns, limits) = (&turns, settings.limits());
    let lookups = lookups.into_iter().map(|(name, wanted)| async move {
        // The packets of our own take their turns by themselves.
        if wanted.iter().any(|(_, kind)| kind.is_address()) {
            for turns in turns {
                turns.next().await;
            }
        }
        system.ask(&name, &wanted, limits, epoch, tell).await;
    });
    let in_flight = SYSTEM_IN_FLIGHT.min(settings.query.in_flight);
    let mut lookups = futures_util::stream::iter(lookups).buffer_unordered(in_flight);
    while lookups.next().await.is_some() {}
}
