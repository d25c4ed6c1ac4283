//! Gathers messages: the names' records with their signatures, and then whatever is missing.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use futures_util::future::join_all;

use super::anchors::{self, Anchors};
use super::chain::Validator;
use super::messages::Messages;
use super::question::{Key, absolute, parse, sample};
use super::signed::Proofs;
use crate::checks::dns::evidence::keep_message;
use crate::checks::dns::observation::{Gathered, Path, Signatures, Walk};
use crate::checks::dns::queries::{self, Asking, Query};
use crate::instrument::dns::{Attempt, DnsEvent, Outcome, QueryOptions, RecordType, Resolver};
use crate::model::InputFile;

/// Questions that are put before what came is counted.
const PORTION: usize = 500;
/// Messages beyond those for the questions, for keys and delegations: so many, and so many for each question.
const MORE: usize = 1000;
const MORE_EACH: usize = 4;
/// Steps up; a name has 127 labels at most, and few have more than five zones above them.
const STEPS: usize = 40;
/// Servers of zones that are asked at a time.
const AT_A_TIME: usize = 16;
/// Bytes of messages of one resolver, which the report carries: about 50,000 signed answers.
const BYTES: usize = 32 * 1024 * 1024;
/// Messages of one resolver that are kept as evidence beside the observation.
const KEPT: usize = 50;

/// Asks every resolver that is given by address.
pub(crate) async fn probe(asking: Asking<'_>) {
    let (settings, notes) = (asking.settings, asking.notes);
    let Some(dnssec) = &settings.dnssec else {
        return;
    };
    let mut seen = Signatures::default();
    let anchors = match &dnssec.trust_anchor {
        None => Ok(Anchors::of_the_root()),
        Some(file) => text(file).and_then(|text| {
            let anchors = Anchors::read(&text);
            seen.anchors = Some(text);
            anchors
        }),
    };
    let anchors = match anchors {
        Ok(anchors) => anchors,
        Err(error) => {
            seen.error = Some(format!("`dnssec.trust-anchor`: {error}"));
            return notes.note(|observation| observation.signatures = Some(seen));
        }
    };
    let resolvers: Vec<&Resolver> = settings.servers().collect();
    seen.paths.extend(resolvers.iter().map(|resolver| Path {
        resolver: resolver.to_string().into(),
        messages: Vec::new(),
    }));
    let mut questions: Vec<Key> = Vec::new();
    notes.note(|observation| {
        let all = settings.questions(observation.listed_names());
        let named = all.filter_map(|(name, kind)| Some((absolute(name.canonical())?, kind)));
        questions.extend(named);
        observation.signatures = Some(seen);
    });
    let (anchors, questions) = (&anchors, &questions);
    let paths = resolvers.into_iter().enumerate();
    join_all(paths.map(|(place, resolver)| {
        let way = Way {
            asking,
            recursion: true,
            place,
            resolver,
        };
        async move { way.climb(anchors, questions).await }
    }))
    .await;
    servers(asking).await;
}

/// Asks the zones' own servers, as far as they were found.
async fn servers(asking: Asking<'_>) {
    let notes = asking.notes;
    let mut visits = Vec::new();
    notes.note(|observation| {
        let found = observation.source.iter().flat_map(Walk::servers);
        visits.extend(found.map(|(zone, server)| {
            let keys = absolute(&zone.name).map(|zone| (zone, RecordType::Dnskey));
            let keys = keys.into_iter().chain(sample(server));
            (
                server.label(),
                Resolver::Server(server.address),
                keys.collect::<Vec<_>>(),
            )
        }));
        let seen = observation.signatures.get_or_insert_default();
        seen.servers.extend(visits.iter().map(|(label, ..)| Path {
            resolver: label.as_str().into(),
            messages: Vec::new(),
        }));
    });
    let visits = visits.into_iter().enumerate();
    let visits = visits.map(|(place, (_, server, keys))| async move {
        let way = Way {
            asking,
            recursion: false,
            place,
            resolver: &server,
        };
        for (key, came) in keys.iter().zip(way.ask(&keys).await) {
            way.note(key, came);
        }
    });
    let mut visits = futures_util::stream::iter(visits).buffer_unordered(AT_A_TIME);
    while visits.next().await.is_some() {}
}

fn text(file: &InputFile) -> Result<String, String> {
    let path = file.path();
    if file.bytes().len() > anchors::LARGEST {
        let largest = anchors::LARGEST;
        return Err(format!("{path} is larger than {largest} bytes"));
    }
    let text = str::from_utf8(file.bytes()).map_err(|_| format!("{path} is not UTF-8"))?;
    Ok(text.to_owned())
}

/// One resolver and the place in the notebook for what comes from it, or one of the zones' servers.
struct Way<'a> {
    asking: Asking<'a>,
    /// Whether it is a resolver.
    recursion: bool,
    place: usize,
    resolver: &'a Resolver,
}

impl Way<'_> {
    /// Asks the questions, and then whatever leads from their answers up to an anchor.
    async fn climb(&self, anchors: &Anchors, questions: &[Key]) {
        let mut messages = Messages::new(anchors.clone());
        let mut wanted = questions.to_vec();
        let mut more = MORE + MORE_EACH * questions.len();
        let mut bytes = 0;
        for _ in 0..STEPS {
            if wanted.is_empty() {
                break;
            }
            for portion in wanted.chunks(PORTION) {
                let came = match bytes < BYTES {
                    true => self.ask(portion).await,
                    false => {
                        let reason = format!("not asked: more than {} MiB of answers", BYTES >> 20);
                        vec![Err(reason); portion.len()]
                    }
                };
                for (key, came) in portion.iter().zip(came) {
                    bytes += came.as_ref().map_or(0, Vec::len);
                    let parsed = came.as_ref().map_err(Clone::clone);
                    let parsed = parsed.and_then(|wire| parse(wire));
                    self.note(key, came);
                    messages.put(key.clone(), parsed);
                }
            }
            let mut ahead = Validator::new(&messages, Proofs::Assumed);
            for (name, kind) in questions {
                ahead.answer(name, *kind);
            }
            wanted = messages.missing();
            wanted.truncate(more);
            more -= wanted.len();
        }
    }

    /// The answer to each question, or why there is none.
    async fn ask(&self, keys: &[Key]) -> Vec<Result<Vec<u8>, String>> {
        let asked = keys
            .iter()
            .map(|(name, kind)| (name.to_ascii().into(), *kind));
        let asked: Vec<Query> = asked.collect();
        let form = QueryOptions {
            dnssec: true,
            recursion: self.recursion,
            ..QueryOptions::default()
        };
        let mut came = vec![Err("no answer".to_owned()); asked.len()];
        let mut write = |seen: DnsEvent<'_>| {
            if let DnsEvent::Attempt {
                question,
                attempt,
                wire,
            } = seen
                && let Some(place) = came.get_mut(question)
            {
                *place = answer(attempt, wire);
            }
        };
        let end = queries::observe(&self.asking, self.resolver, &asked, form, &mut write);
        if let Err(error) = end.await {
            for open in came.iter_mut().filter(|came| came.is_err()) {
                *open = Err(error.to_string());
            }
        }
        came
    }

    fn note(&self, (name, kind): &Key, came: Result<Vec<u8>, String>) {
        let name: Arc<str> = name.to_ascii().into();
        let (wire, reason) = match came {
            Ok(wire) => (Some(wire), None),
            Err(reason) => (None, Some(reason)),
        };
        let mut kept = None;
        self.asking.notes.note(|seen| {
            let paths = seen
                .signatures
                .iter_mut()
                .flat_map(|seen| match self.recursion {
                    true => &mut seen.paths,
                    false => &mut seen.servers,
                });
            if let Some(path) = paths.into_iter().nth(self.place) {
                if path.messages.len() < KEPT {
                    kept = Some(format!("{}-{name}-{kind}-dnssec", path.resolver));
                }
                path.messages.push(Gathered {
                    name: Arc::clone(&name),
                    kind: *kind,
                    wire: wire.as_ref().map(|wire| STANDARD.encode(wire)),
                    reason,
                });
            }
        });
        if let (Some(label), Some(wire)) = (kept, wire) {
            keep_message(self.asking.notes, &label, &wire);
        }
    }
}

/// What an attempt brought. A later one, or the repetition over TCP, takes its place.
fn answer(attempt: Attempt, wire: Option<&[u8]>) -> Result<Vec<u8>, String> {
    match (attempt.outcome, wire) {
        (Outcome::Answer(reply), Some(_)) if reply.tc => {
            Err("truncated, and no answer over TCP".into())
        }
        (Outcome::Answer(_), Some(wire)) => Ok(wire.to_vec()),
        (Outcome::Answer(_), None) => Err("the message is not known".into()),
        (other, _) => Err(other.to_string()),
    }
}
