//! Asks every resolver every question, all resolvers at once, and writes down each packet's fate.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::absent::{self, Absence};
use super::reachable::{self, Connection};
use super::settings::{Resolver, Settings};
use crate::instrument::dns::system::System;
use crate::instrument::dns::{Attempt, Kind, Outcome, Question, Seen, Stray, Transport, udp};
use crate::model::{Notebook, ProbeError};

/// Lookups of the system resolver at a time; its servers are not ours to burden.
const SYSTEM_IN_FLIGHT: usize = 32;
/// Messages kept of answers that are not a plain success.
const KEPT_ANSWERS: usize = 100;
/// Messages kept that were accepted as no answer.
const KEPT_STRAYS: usize = 20;
/// Bytes of messages kept in all.
const KEPT_BYTES: usize = 1024 * 1024;

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// One entry for each question and resolver, also where the probe did not come to it.
    pub exchanges: Vec<Exchange>,
    /// One entry for each resolver.
    pub resolvers: Vec<ResolverNotes>,
    /// Names that must not exist, at each resolver.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absences: Vec<Absence>,
    /// Connections to addresses that came back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connections: Vec<Connection>,
}

/// One question at one resolver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The name as the checklist writes it.
    pub name: Arc<str>,
    /// The record type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The resolver as the checklist writes it.
    pub resolver: Arc<str>,
    /// Each packet in the order of its end; none where the probe was cut short before one ended.
    pub attempts: Vec<Attempt>,
}

/// What concerns a resolver rather than a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolverNotes {
    /// The resolver as the checklist writes it.
    pub resolver: Arc<str>,
    /// Packets that answered no open question, by kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub strays: BTreeMap<Stray, u64>,
    /// Why it could not be asked, or not to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Observation {
    /// An observation in which nothing has been seen yet.
    pub fn blank(settings: &Settings) -> Self {
        let resolvers: Vec<Arc<str>> = settings
            .resolvers
            .iter()
            .map(|resolver| resolver.to_string().into())
            .collect();
        let exchanges = resolvers.iter().flat_map(|resolver| {
            settings.questions().map(|(name, kind)| Exchange {
                name: Arc::clone(name.text()),
                kind,
                resolver: Arc::clone(resolver),
                attempts: Vec::new(),
            })
        });
        Self {
            exchanges: exchanges.collect(),
            resolvers: resolvers
                .iter()
                .map(|resolver| ResolverNotes {
                    resolver: Arc::clone(resolver),
                    strays: BTreeMap::new(),
                    error: None,
                })
                .collect(),
            ..Self::default()
        }
    }
}

/// Asks everything.
pub(super) async fn probe(
    settings: &Settings,
    notes: &Notebook<Observation>,
) -> Result<(), ProbeError> {
    let questions: Vec<Question> = settings
        .questions()
        .map(|(name, kind)| Question::new(name.text(), kind))
        .collect::<Result<_, _>>()
        .map_err(|error| ProbeError::new(format!("cannot ask: {error}")))?;
    notes.note(|observation| *observation = Observation::blank(settings));
    let epoch = Instant::now();
    let asked = settings
        .resolvers
        .iter()
        .enumerate()
        .map(|(index, resolver)| {
            let page = Page {
                notes,
                settings,
                resolver: index,
                first: index * questions.len(),
            };
            let questions = &questions;
            async move {
                let result = match resolver {
                    Resolver::System => ask_system(settings, epoch, &page).await,
                    Resolver::Server(server) => {
                        let limits = udp::Limits {
                            timeout: settings.query_timeout.0,
                            tries: settings.tries,
                            in_flight: settings.in_flight,
                        };
                        let mut kept = Kept::default();
                        let mut write = |seen: Seen<'_>| page.write(seen, &mut kept);
                        udp::ask(*server, questions, limits, epoch, &mut write).await
                    }
                };
                if let Err(error) = result {
                    notes.note(|seen| seen.resolvers[index].error = Some(error.to_string()));
                }
            }
        });
    join_all(asked).await;
    absent::look(settings, notes, epoch).await;
    reachable::look(settings, notes).await;
    Ok(())
}

async fn ask_system(settings: &Settings, epoch: Instant, page: &Page<'_>) -> std::io::Result<()> {
    let system = System::of_this_machine()?;
    // As much patience as any other resolver gets.
    let timeout = settings.query_timeout.0.saturating_mul(settings.tries);
    let questions = settings.questions();
    let questions = questions.map(|(name, kind)| (Arc::clone(name.text()), kind));
    let questions: Vec<_> = questions.enumerate().collect();
    let lookups = questions.into_iter().map(|(question, (name, kind))| {
        let system = &system;
        async move { (question, system.ask(&name, kind, timeout, epoch).await) }
    });
    let mut lookups = futures_util::stream::iter(lookups)
        .buffer_unordered(SYSTEM_IN_FLIGHT.min(settings.in_flight));
    while let Some((question, attempt)) = lookups.next().await {
        page.attempt(question, attempt);
    }
    Ok(())
}

/// The part of the notebook that belongs to one resolver.
struct Page<'a> {
    notes: &'a Notebook<Observation>,
    settings: &'a Settings,
    resolver: usize,
    /// Where its exchanges begin.
    first: usize,
}

/// How much evidence of a resolver has been kept.
#[derive(Default)]
struct Kept {
    success: bool,
    answers: usize,
    strays: usize,
    bytes: usize,
}

impl Kept {
    /// The first success, and whatever is not one.
    fn wants(&mut self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Answer(reply)
                if reply.rcode == "NOERROR" && !reply.records.is_empty() && !reply.tc =>
            {
                !std::mem::replace(&mut self.success, true)
            }
            _ => {
                self.answers += 1;
                self.answers <= KEPT_ANSWERS
            }
        }
    }
}

impl Page<'_> {
    fn write(&self, seen: Seen<'_>, kept: &mut Kept) {
        match seen {
            Seen::Attempt {
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
            Seen::Stray { stray, wire } => {
                kept.strays += 1;
                if kept.strays <= KEPT_STRAYS {
                    self.keep("stray", wire, kept);
                }
                let resolver = self.resolver;
                self.notes.note(|seen| {
                    *seen.resolvers[resolver].strays.entry(stray).or_default() += 1;
                });
            }
        }
    }

    fn attempt(&self, question: usize, attempt: Attempt) {
        let exchange = self.first + question;
        self.notes
            .note(|seen| seen.exchanges[exchange].attempts.push(attempt));
    }

    fn keep(&self, label: &str, wire: &[u8], kept: &mut Kept) {
        kept.bytes += wire.len();
        if kept.bytes <= KEPT_BYTES {
            let name = format!("{}-{label}", self.settings.resolvers[self.resolver]);
            // A file name on every system.
            let plain = |c: char| {
                if c.is_ascii_alphanumeric() || "-.".contains(c) {
                    c
                } else {
                    '_'
                }
            };
            let name: String = name.chars().map(plain).collect();
            self.notes
                .evidence(name + ".dns", "application/dns-message", wire.to_vec());
        }
    }

    fn label(&self, question: usize, transport: Transport) -> String {
        let tcp = if transport == Transport::Tcp {
            "-tcp"
        } else {
            ""
        };
        let types = self.settings.types.len();
        let name = &self.settings.names[question / types];
        format!("{name}-{}{tcp}", self.settings.types[question % types])
    }
}
