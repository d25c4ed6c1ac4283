//! Questions beyond those of the names: one resolver, each question once, every attempt handed over as it ends.

use std::io;
use std::sync::Arc;

use futures_util::StreamExt as _;
use tokio::time::Instant;

use super::settings::{Resolver, Settings};
use crate::instrument::dns::system::System;
use crate::instrument::dns::{Attempt, Form, Kind, Question, QuestionError, Seen, connected, udp};

/// Lookups of the system resolver at a time; its servers are not ours to burden.
const SYSTEM_IN_FLIGHT: usize = 32;

/// A name and type to ask for.
pub(super) type Asked = (Arc<str>, Kind);

/// The resolvers that are asked by packets of our own, so that the form of a question reaches them.
pub(super) fn servers(settings: &Settings) -> impl Iterator<Item = &Resolver> {
    let resolvers = settings.resolvers.iter();
    resolvers.filter(|resolver| !matches!(resolver, Resolver::System))
}

/// Asks and hands over each attempt with the place of its question.
///
/// # Errors
/// As [`look`].
pub(super) async fn ask(
    resolver: &Resolver,
    asked: &[Asked],
    form: Form,
    settings: &Settings,
    epoch: Instant,
    write: &mut (dyn FnMut(usize, Attempt) + Send),
) -> io::Result<()> {
    let mut seen = |seen: Seen<'_>| {
        if let Seen::Attempt {
            question, attempt, ..
        } = seen
        {
            write(question, attempt);
        }
    };
    look(resolver, asked, form, settings, epoch, &mut seen).await
}

/// Asks and hands over all that is seen. The form does not reach the servers of the system resolver: its library
/// asks as it does.
///
/// # Errors
/// When the resolver cannot be asked at all.
pub(super) async fn look(
    resolver: &Resolver,
    asked: &[Asked],
    form: Form,
    settings: &Settings,
    epoch: Instant,
    seen: &mut (dyn FnMut(Seen<'_>) + Send),
) -> io::Result<()> {
    match resolver {
        Resolver::System => {
            let system = System::of_this_machine()?;
            let timeout = settings.query_timeout.0.saturating_mul(settings.tries);
            let lookups = asked.iter().cloned().enumerate();
            let lookups = lookups.map(|(place, (name, kind))| {
                let system = &system;
                async move { (place, system.ask(&name, kind, timeout, epoch).await) }
            });
            let mut lookups = futures_util::stream::iter(lookups)
                .buffer_unordered(SYSTEM_IN_FLIGHT.min(settings.in_flight));
            while let Some((question, attempt)) = lookups.next().await {
                let wire = None;
                seen(Seen::Attempt {
                    question,
                    attempt,
                    wire,
                });
            }
            Ok(())
        }
        Resolver::Server(_) | Resolver::Upstream(_) => {
            let questions = asked
                .iter()
                .map(|(name, kind)| Question::put(name, *kind, form));
            let questions: Vec<_> = questions
                .collect::<Result<_, QuestionError>>()
                .map_err(io::Error::other)?;
            let limits = settings.limits();
            match resolver {
                Resolver::Server(server) => {
                    udp::ask(*server, &questions, limits, epoch, seen).await
                }
                Resolver::Upstream(server) => {
                    connected::ask(server, &questions, limits, epoch, seen).await;
                    Ok(())
                }
                Resolver::System => Ok(()),
            }
        }
    }
}
