//! Asks every resolver every question, all resolvers at once, and writes down each packet's fate.

use std::sync::Arc;

use futures_util::future::join_all;

use super::csv_evidence::CsvEvidence;
use super::evidence::{Kept, keep_message};
use super::observation::{Layout, Observation, Phase, ResolverNotes};
use super::queries::{self, Asking, Query, Servers};
use super::settings::Settings;
use super::{
    authoritative, client_certificate, dnssec, names_file, nxdomain, reachable, region, roots,
};
use crate::instrument::clock;
use crate::instrument::dns::system::System;
use crate::instrument::dns::{Attempt, DnsEvent, Question, RecordType, Resolver, Transport};
use crate::model::{Notebook, ProbeError};

/// Asks everything, round by round.
pub(super) async fn probe(
    settings: &Settings,
    notes: &Notebook<Observation>,
) -> Result<(), ProbeError> {
    let (trusting, roots) = roots::load(settings).await?;
    let settings = &trusting;
    let listed = match &settings.names_file {
        Some(file) => Some(names_file::read(file, &settings.names)?),
        None => None,
    };
    let names = listed.as_ref().map_or(&[][..], |listed| &listed.names);
    let questions: Vec<Question> = settings
        .questions(names)
        .map(|(name, kind)| Question::new(name.text(), kind))
        .collect::<Result<_, _>>()
        .map_err(|error| ProbeError::new(format!("cannot ask: {error}")))?;
    notes.note(|observation| {
        *observation = Observation::blank(settings, listed);
        observation.client = client_certificate::given(settings);
        let resolvers = settings.resolvers.iter().zip(&mut observation.resolvers);
        for (_, notes) in resolvers.filter(|(resolver, _)| resolver.is_encrypted()) {
            notes.sessions.roots.clone_from(&roots);
        }
    });
    let csv = CsvEvidence::new(notes);
    let epoch = clock::instant();
    let servers = Servers::default();
    let asking = Asking {
        settings,
        notes,
        epoch,
        phase: Phase::Names,
        servers: &servers,
    };
    let asking = &asking;
    let layout = Layout {
        questions: questions.len(),
        resolvers: settings.resolvers.len(),
    };
    let asked = settings.resolvers.iter().enumerate();
    let asked = asked.map(|(place, resolver)| {
        let questions = &questions;
        async move {
            let mut kept = Kept::default();
            for round in 0..settings.rounds() {
                if round > 0 {
                    tokio::time::sleep(settings.pause()).await;
                }
                let log = ResolverLog {
                    notes,
                    resolver: place,
                    first: layout.place(round, place, 0),
                };
                let asked = ask(asking, resolver, questions, &log, &mut kept);
                if let Err(error) = asked.await {
                    log.note(|resolver| resolver.error = Some(error.to_string()));
                }
            }
        }
    });
    join_all(asked).await;
    nxdomain::probe::probe(asking.during(Phase::Absent)).await;
    region::probe::probe(asking.during(Phase::Regions)).await;
    reachable::probe::probe(settings, notes).await;
    authoritative::probe::probe(asking.during(Phase::Zones)).await;
    dnssec::probe::probe(asking.during(Phase::Signatures)).await;
    csv.finish().await;
    Ok(())
}

/// Asks one resolver everything once.
async fn ask(
    asking: &Asking<'_>,
    resolver: &Resolver,
    questions: &[Question],
    log: &ResolverLog<'_>,
    kept: &mut Kept,
) -> std::io::Result<()> {
    if *resolver != Resolver::System {
        let mut write = |seen: DnsEvent<'_>| log.write(seen, kept);
        return queries::send(asking, resolver, questions, &mut write).await;
    }
    let system = System::of_this_machine()?;
    log.note(|resolver| resolver.system = Some(system.configuration().clone()));
    let queries: Vec<_> = (0..questions.len())
        .map(|question| log.asked(question))
        .collect();
    let mut write = |seen: DnsEvent<'_>| log.write(seen, kept);
    queries::ask_system(asking, &system, &queries, &mut write).await;
    Ok(())
}

/// The part of the notebook that belongs to one resolver in one round.
struct ResolverLog<'a> {
    notes: &'a Notebook<Observation>,
    resolver: usize,
    /// Where its exchanges begin.
    first: usize,
}

impl ResolverLog<'_> {
    fn write(&self, seen: DnsEvent<'_>, kept: &mut Kept) {
        match seen {
            DnsEvent::Attempt {
                question,
                attempt,
                wire,
            } => {
                if let Some(wire) = wire
                    && kept.wants(&attempt.outcome)
                {
                    self.keep(&self.label(question, attempt.transport), wire, kept);
                }
                self.attempt(question, attempt);
            }
            DnsEvent::Stray { wire, .. } => {
                if kept.wants_stray() {
                    self.keep("stray", wire, kept);
                }
            }
            DnsEvent::Session { session, chain } => {
                kept.chain(self.notes, &session, chain);
                self.note(|resolver| resolver.sessions.add(session));
            }
            DnsEvent::Sent { .. } | DnsEvent::WithoutEdns => {}
            DnsEvent::Lost { reason } => self.note(|resolver| resolver.sessions.lose(reason)),
        }
    }

    fn note(&self, change: impl FnOnce(&mut ResolverNotes)) {
        self.notes
            .note(|seen| change(&mut seen.resolvers[self.resolver]));
    }

    fn attempt(&self, question: usize, attempt: Attempt) {
        let place = self.first + question;
        self.notes
            .note(|seen| seen.exchanges.attempt(place, attempt));
    }

    fn asked(&self, question: usize) -> Query {
        let asked = self.notes.see(|seen| {
            let exchange = seen.exchanges.get(self.first + question)?;
            Some((Arc::clone(exchange.name()), exchange.kind()))
        });
        asked.unwrap_or_else(|| ("".into(), RecordType::A))
    }

    fn keep(&self, label: &str, wire: &[u8], kept: &mut Kept) {
        if kept.has_room(wire) {
            let name = self
                .notes
                .see(|seen| Arc::clone(&seen.resolvers[self.resolver].resolver));
            keep_message(self.notes, &format!("{name}-{label}"), wire);
        }
    }

    fn label(&self, question: usize, transport: Transport) -> String {
        let tcp = if transport == Transport::Tcp {
            "-tcp"
        } else {
            ""
        };
        let (name, kind) = self.asked(question);
        format!("{name}-{kind}{tcp}")
    }
}
