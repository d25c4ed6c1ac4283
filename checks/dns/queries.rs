//! Questions to one resolver, each once, and everything seen handed over as it happens.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::time::Instant;

use super::settings::Settings;
use crate::instrument::clock;
use crate::instrument::dns::system::{Seen, System};
use crate::instrument::dns::{
    self, Attempt, DnsEvent, QueryOptions, Question, QuestionError, RecordType, Resolver,
};
use crate::instrument::limits;

/// Lookups of the system resolver at a time; its servers are not ours to burden.
const SYSTEM_IN_FLIGHT: usize = 32;

/// A name and type to ask for.
pub(super) type Query = (Arc<str>, RecordType);

/// Asks and hands over each attempt with the place of its question.
///
/// # Errors
/// As [`observe`].
pub(super) async fn ask(
    resolver: &Resolver,
    queries: &[Query],
    form: QueryOptions,
    settings: &Settings,
    epoch: Instant,
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
    observe(resolver, queries, form, settings, epoch, &mut seen).await
}

/// Asks and hands over all that is seen. The form does not reach the servers of the system resolver: its library
/// asks as it does.
///
/// # Errors
/// When the resolver cannot be asked at all.
pub(super) async fn observe(
    resolver: &Resolver,
    queries: &[Query],
    form: QueryOptions,
    settings: &Settings,
    epoch: Instant,
    seen: &mut (dyn FnMut(DnsEvent<'_>) + Send),
) -> io::Result<()> {
    if *resolver == Resolver::System {
        let system = System::of_this_machine().map_err(limits::named)?;
        ask_system(&system, queries, settings, epoch, seen).await;
        return Ok(());
    }
    let questions = queries
        .iter()
        .map(|(name, kind)| Question::put(name, *kind, form));
    let questions: Vec<_> = questions
        .collect::<Result<_, QuestionError>>()
        .map_err(io::Error::other)?;
    send(resolver, &questions, settings, epoch, seen).await
}

/// Sends questions to a server by packets of our own.
///
/// # Errors
/// When it cannot be asked at all.
pub(super) async fn send(
    resolver: &Resolver,
    questions: &[Question],
    settings: &Settings,
    epoch: Instant,
    seen: &mut (dyn FnMut(DnsEvent<'_>) + Send),
) -> io::Result<()> {
    dns::ask(resolver, questions, settings.limits(), epoch, seen).await
}

/// Asks the way applications on this machine do, at no more than `query.qps`. Questions for one name that follow each
/// other are one lookup, as in an application.
pub(super) async fn ask_system(
    system: &System,
    queries: &[Query],
    settings: &Settings,
    epoch: Instant,
    seen: &mut (dyn FnMut(DnsEvent<'_>) + Send),
) {
    let mut lookups: Vec<(Arc<str>, Vec<(usize, RecordType)>)> = Vec::new();
    for (place, (name, kind)) in queries.iter().enumerate() {
        match lookups.last_mut() {
            Some((last, wanted)) if *last == *name => wanted.push((place, *kind)),
            _ => lookups.push((Arc::clone(name), vec![(place, *kind)])),
        }
    }
    let seen = Mutex::new(seen);
    let tell = |event: DnsEvent<'_>| seen.lock().unwrap_or_else(PoisonError::into_inner)(event);
    let tell: &Seen<'_> = &tell;
    let begin = clock::instant();
    let pace = Duration::from_secs(1) / settings.query.qps.max(1);
    let limits = settings.limits();
    let lookups = (0_u32..)
        .zip(lookups)
        .map(|(place, (name, wanted))| async move {
            // A timer has a millisecond at the least; faster, the lookups that are open set the pace.
            if pace >= Duration::from_millis(1) {
                tokio::time::sleep_until(begin + pace * place).await;
            }
            system.ask(&name, &wanted, limits, epoch, tell).await;
        });
    let in_flight = SYSTEM_IN_FLIGHT.min(settings.query.in_flight);
    let mut lookups = futures_util::stream::iter(lookups).buffer_unordered(in_flight);
    while lookups.next().await.is_some() {}
}
