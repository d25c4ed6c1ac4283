//! Asks every resolver every question, all resolvers at once, and writes down each packet's fate.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::absent::{self, Absence};
use super::dnssec::{self, Signatures};
use super::domain::DomainName;
use super::exchanges::Exchanges;
use super::ledger::Ledger;
use super::names::{self, Listed};
use super::reachable::{self, Connection};
use super::region::{self, Regional};
use super::sessions::Sessions;
use super::settings::{Resolver, Settings};
use super::source;
use super::trust;
use crate::instrument::dns::system::{Configuration, System};
use crate::instrument::dns::{
    Attempt, Kind, Outcome, Question, Seen, Stray, Transport, connected, udp,
};
use crate::instrument::tls;
use crate::model::{Notebook, ProbeError};

/// Lookups of the system resolver at a time; its servers are not ours to burden.
const SYSTEM_IN_FLIGHT: usize = 32;
/// Messages kept of answers that are not a plain success.
const KEPT_ANSWERS: usize = 100;
/// Messages kept that were accepted as no answer.
const KEPT_STRAYS: usize = 20;
/// Certificate chains kept of one resolver.
const KEPT_CHAINS: usize = 8;
/// Bytes of messages kept in all.
const KEPT_BYTES: usize = 1024 * 1024;

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// One entry for each round, resolver and question, also where the probe did not come to it.
    pub exchanges: Exchanges,
    /// What stood in the file of names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<Listed>,
    /// One entry for each resolver.
    pub resolvers: Vec<ResolverNotes>,
    /// Names that must not exist, at each resolver.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absences: Vec<Absence>,
    /// Connections to addresses that came back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connections: Vec<Connection>,
    /// Answers on behalf of regions, at each resolver that can be asked for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Regional>,
    /// What the signatures are judged by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signatures: Option<Signatures>,
    /// What the zones' own servers said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<source::Walk>,
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
    /// Counted from 0.
    #[serde(default, skip_serializing_if = "is_first")]
    pub round: u32,
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
    /// The connections to it, where it is asked over them.
    #[serde(default, skip_serializing_if = "Sessions::is_empty")]
    pub sessions: Sessions,
    /// How this machine resolves, where it is the system resolver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<Configuration>,
    /// Why it could not be asked, or not to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

fn is_first(round: &u32) -> bool {
    *round == 0
}

impl Observation {
    /// An observation in which nothing has been seen yet.
    pub fn blank(settings: &Settings, listed: Option<Listed>) -> Self {
        let resolvers: Vec<Arc<str>> = settings
            .resolvers
            .iter()
            .map(|resolver| resolver.to_string().into())
            .collect();
        let names = listed.as_ref().map_or(&[][..], |listed| &listed.names);
        let mut exchanges = Exchanges::default();
        for round in 0..settings.rounds {
            for resolver in &resolvers {
                for (name, kind) in settings.questions(names) {
                    exchanges.open(name.text(), kind, resolver, round);
                }
            }
        }
        Self {
            exchanges,
            resolvers: resolvers
                .iter()
                .map(|resolver| ResolverNotes {
                    resolver: Arc::clone(resolver),
                    strays: BTreeMap::new(),
                    sessions: Sessions::default(),
                    system: None,
                    error: None,
                })
                .collect(),
            listed,
            ..Self::default()
        }
    }

    /// The names that a file listed.
    pub fn listed_names(&self) -> &[DomainName] {
        self.listed.as_ref().map_or(&[], |listed| &listed.names)
    }
}

/// Asks everything, round by round.
pub(super) async fn probe(
    settings: &Settings,
    folder: &Path,
    notes: &Notebook<Observation>,
) -> Result<(), ProbeError> {
    let (trusting, roots) = trust::load(settings, folder).await?;
    let settings = &trusting;
    let listed = match &settings.names_file {
        Some(file) => Some(names::read(&folder.join(file), &settings.names)?),
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
        let resolvers = settings.resolvers.iter().zip(&mut observation.resolvers);
        for (_, notes) in resolvers.filter(|(resolver, _)| resolver.is_encrypted()) {
            notes.sessions.roots.clone_from(&roots);
        }
    });
    let ledger = Ledger::new(notes);
    let epoch = Instant::now();
    let asked = (0..settings.resolvers.len()).map(|resolver| {
        let questions = &questions;
        async move {
            let mut kept = Kept::default();
            for round in 0..settings.rounds {
                if round > 0 {
                    tokio::time::sleep(settings.pause.0).await;
                }
                let page = Page {
                    notes,
                    resolver,
                    first: (round as usize * settings.resolvers.len() + resolver) * questions.len(),
                };
                let asked = ask(settings, resolver, questions, epoch, &page, &mut kept);
                if let Err(error) = asked.await {
                    notes.note(|seen| seen.resolvers[resolver].error = Some(error.to_string()));
                }
            }
        }
    });
    join_all(asked).await;
    absent::look(settings, notes, epoch).await;
    region::look(settings, notes, epoch).await;
    reachable::look(settings, notes).await;
    source::look(settings, notes, epoch).await;
    dnssec::look(settings, folder, notes, epoch).await;
    ledger.finish().await;
    Ok(())
}

/// Asks one resolver everything once.
async fn ask(
    settings: &Settings,
    resolver: usize,
    questions: &[Question],
    epoch: Instant,
    page: &Page<'_>,
    kept: &mut Kept,
) -> std::io::Result<()> {
    match &settings.resolvers[resolver] {
        Resolver::System => ask_system(settings, questions.len(), epoch, page).await,
        Resolver::Server(server) => {
            let mut write = |seen: Seen<'_>| page.write(seen, kept);
            udp::ask(*server, questions, settings.limits(), epoch, &mut write).await
        }
        Resolver::Upstream(server) => {
            let mut write = |seen: Seen<'_>| page.write(seen, kept);
            connected::ask(server, questions, settings.limits(), epoch, &mut write).await;
            Ok(())
        }
    }
}

async fn ask_system(
    settings: &Settings,
    questions: usize,
    epoch: Instant,
    page: &Page<'_>,
) -> std::io::Result<()> {
    let system = System::of_this_machine()?;
    page.notes.note(|seen| {
        seen.resolvers[page.resolver].system = Some(system.configuration().clone());
    });
    // As much patience as any other resolver gets.
    let timeout = settings.query_timeout.0.saturating_mul(settings.tries);
    let lookups = (0..questions).map(|question| {
        let system = &system;
        let (name, kind) = page.asked(question);
        async move { (question, system.ask(&name, kind, timeout, epoch).await) }
    });
    let mut lookups = futures_util::stream::iter(lookups)
        .buffer_unordered(SYSTEM_IN_FLIGHT.min(settings.in_flight));
    let pace = Duration::from_secs(1) / settings.qps.max(1);
    while let Some((question, attempt)) = lookups.next().await {
        page.attempt(question, attempt);
        if pace >= Duration::from_millis(1) {
            tokio::time::sleep(pace).await;
        }
    }
    Ok(())
}

/// The part of the notebook that belongs to one resolver in one round.
struct Page<'a> {
    notes: &'a Notebook<Observation>,
    resolver: usize,
    /// Where its exchanges begin.
    first: usize,
}

/// How much evidence of a resolver has been kept.
#[derive(Default)]
struct Kept {
    successes: usize,
    answers: usize,
    strays: usize,
    bytes: usize,
    /// Digests of certificates whose chains were kept.
    chains: BTreeSet<String>,
}

impl Kept {
    /// The first success, the tenth, the hundredth and so on, and whatever is none.
    fn wants(&mut self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Answer(reply)
                if reply.rcode == "NOERROR" && !reply.records.is_empty() && !reply.tc =>
            {
                self.successes += 1;
                let zeros = self.successes.ilog10();
                self.successes == 10_usize.pow(zeros)
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
            Seen::Session { session, chain } => {
                if let Some(digest) = &session.certificate
                    && kept.chains.len() < KEPT_CHAINS
                    && kept.chains.insert(digest.clone())
                {
                    self.notes.evidence(
                        format!("chain-{}.pem", &digest[..16]),
                        "application/pem-certificate-chain", // RFC 8555 section 9.1
                        tls::pem(chain).into_bytes(),
                    );
                }
                let resolver = self.resolver;
                self.notes
                    .note(|seen| seen.resolvers[resolver].sessions.add(session));
            }
            Seen::Lost { reason } => {
                let resolver = self.resolver;
                self.notes
                    .note(|seen| seen.resolvers[resolver].sessions.lose(reason));
            }
        }
    }

    fn attempt(&self, question: usize, attempt: Attempt) {
        let place = self.first + question;
        self.notes
            .note(|seen| seen.exchanges.attempt(place, attempt));
    }

    fn asked(&self, question: usize) -> (Arc<str>, Kind) {
        let mut asked = None;
        self.notes.note(|seen| {
            let exchange = seen.exchanges.get(self.first + question);
            asked = exchange.map(|exchange| (Arc::clone(exchange.name()), exchange.kind()));
        });
        asked.unwrap_or_else(|| ("".into(), Kind::A))
    }

    fn keep(&self, label: &str, wire: &[u8], kept: &mut Kept) {
        kept.bytes += wire.len();
        if kept.bytes <= KEPT_BYTES {
            let mut resolver = Arc::from("");
            self.notes
                .note(|seen| resolver = Arc::clone(&seen.resolvers[self.resolver].resolver));
            keep_message(self.notes, &format!("{resolver}-{label}"), wire);
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

/// Keeps a message as it came from the wire, under a label that becomes a file name on every system.
pub(super) fn keep_message(notes: &Notebook<Observation>, label: &str, wire: &[u8]) {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "-.".contains(c) {
            c
        } else {
            '_'
        }
    };
    let name: String = label.chars().map(plain).collect();
    notes.evidence(name + ".dns", "application/dns-message", wire.to_vec());
}
