//! The second round of the probe: servers that stapled nothing, then lists and responders.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt as _, future, stream};
use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

use super::Policy;
use super::seen::{Again, Asked, ListOutcome, ResponderOutcome};
use crate::checks::tls::Settings;
use crate::checks::tls::chain::{Chain, Trust};
use crate::checks::tls::endpoint::Endpoint;
use crate::checks::tls::observation::{Observation, Outcome, Session, short};
use crate::instrument::http::Fetch;
use crate::instrument::revocation::{Issuer, ListError, Listing, Pointers, list, request};
use crate::instrument::tls::{Client, Der, Patience};
use crate::model::Notebook;
use crate::model::digest::sha256_hex;
use crate::model::observation::EVIDENCE_LIMIT;

/// How long a server has to fetch a response after its first client.
const PAUSE: Duration = Duration::from_secs(1);

/// How many second handshakes, and how many questions to responders, are under way at a time.
const AT_ONCE: usize = 64;

/// How many lists are fetched at a time: each is in memory as a whole.
const LISTS_AT_ONCE: usize = 4;

/// How long one list or one response may take, so that a few that drip do not hold up the others.
const FETCH: Duration = Duration::from_secs(15);

/// The largest list that is taken; the largest of public authorities have a few tens of megabytes.
const LARGEST_LIST: usize = 64 * 1024 * 1024;

/// The largest response that is taken; one with its signer's certificate has 2 KiB.
const LARGEST_RESPONSE: usize = 64 * 1024;

/// All that the round needs.
pub(in super::super) struct Round<'a> {
    pub(in super::super) settings: &'a Settings,
    pub(in super::super) notes: &'a Notebook<Observation>,
    pub(in super::super) client: &'a Client,
    pub(in super::super) keeper: &'a Keeper,
    pub(in super::super) patience: Patience,
    pub(in super::super) now: Timestamp,
}

/// A certificate about which is asked.
struct Subject {
    digest: String,
    pointers: Pointers,
    issuer: Issuer,
}

/// Asks, and writes down every answer.
pub(in super::super) async fn ask(round: &Round<'_>, endpoints: &[Endpoint]) {
    if round.settings.revocation == Policy::Off {
        return;
    }
    round.again(endpoints).await;
    let unproven: Vec<Arc<Subject>> = round.subjects(|session| session.staple().is_none());
    let responders = async {
        if round.settings.ocsp_query {
            round.responders(round.subjects(|_| true)).await;
        }
    };
    future::join(round.lists(unproven), responders).await;
}

impl Round<'_> {
    /// Shakes hands again with those that should have stapled.
    async fn again(&self, endpoints: &[Endpoint]) {
        let mut missing: Vec<(Endpoint, SocketAddr, String)> = Vec::new();
        self.notes.note(|seen| {
            let mut known = BTreeMap::new();
            for endpoint in endpoints {
                let Some(of) = seen.endpoints.get(&endpoint.to_string()) else {
                    continue;
                };
                for (address, outcome) in &of.addresses {
                    let Outcome::Handshake(session) = outcome else {
                        continue;
                    };
                    let Some(leaf) = session.chain.first().filter(|_| session.staple.is_none())
                    else {
                        continue;
                    };
                    let staples = known
                        .entry(leaf.clone())
                        .or_insert_with(|| seen.certificate(leaf).is_some_and(staples));
                    if *staples {
                        missing.push((endpoint.clone(), *address, leaf.clone()));
                    }
                }
            }
        });
        if missing.is_empty() {
            return;
        }
        sleep_until(self.patience.until.min(Instant::now() + PAUSE)).await;
        stream::iter(missing)
            .map(|(endpoint, address, leaf)| async move {
                if Instant::now() >= self.patience.until {
                    return; // not asked again: the judge tells it from one that staples nothing
                }
                let host = self.settings.server_name.as_ref().unwrap_or(&endpoint.host);
                let met = self
                    .client
                    .handshake(address, host.0.clone(), self.patience)
                    .await;
                let again = match met {
                    Err(failure) => Again::Failed { failure },
                    Ok(met)
                        if met.chain.first().map(|der| sha256_hex(der)) != Some(leaf.clone()) =>
                    {
                        Again::OtherCertificate
                    }
                    Ok(met) => match met.staple {
                        Some(staple) => Again::Stapled {
                            staple: Der(staple),
                        },
                        None => Again::Unstapled,
                    },
                };
                if let Again::Stapled { staple } = &again {
                    self.keeper.staple(self.notes, &leaf, &staple.0);
                }
                self.notes.note(|seen| {
                    let of = seen.endpoints.get_mut(&endpoint.to_string());
                    let outcome = of.and_then(|of| of.addresses.get_mut(&address));
                    if let Some(Outcome::Handshake(session)) = outcome {
                        session.again = Some(again);
                    }
                });
            })
            .buffer_unordered(AT_ONCE)
            .collect::<()>()
            .await;
    }

    /// The certificates of these sessions, each once, if their chains lead to a trusted root. One of an unknown
    /// authority could name any place in this machine's network as that of its list.
    fn subjects(&self, of: impl Fn(&Session) -> bool) -> Vec<Arc<Subject>> {
        let mut subjects = Vec::new();
        self.notes.note(|seen| {
            let mut known = BTreeSet::new();
            let outcomes = seen.endpoints.values().flat_map(|of| of.addresses.values());
            for outcome in outcomes {
                let Outcome::Handshake(session) = outcome else {
                    continue;
                };
                let Some(leaf) = session.chain.first() else {
                    continue;
                };
                if of(session) && known.insert(leaf) {
                    subjects.extend(subject(session, seen, self.now).map(Arc::new));
                }
            }
        });
        subjects
    }

    /// Fetches the lists that these certificates name, each once.
    async fn lists(&self, subjects: Vec<Arc<Subject>>) {
        let mut places: BTreeMap<Vec<String>, Vec<Arc<Subject>>> = BTreeMap::new();
        for subject in subjects {
            if !subject.pointers.lists.is_empty() {
                let urls = subject.pointers.lists.clone();
                places.entry(urls).or_default().push(subject);
            }
        }
        stream::iter(places)
            .map(|(urls, subjects)| async move {
                for url in urls {
                    if Instant::now() >= self.patience.until || self.list(&url, &subjects).await {
                        return;
                    }
                }
            })
            .buffer_unordered(LISTS_AT_ONCE)
            .collect::<()>()
            .await;
    }

    /// Fetches one list and asks it. Says whether it was had.
    async fn list(&self, url: &str, subjects: &[Arc<Subject>]) -> bool {
        let begin = Instant::now();
        let fetched = self.fetch(url, None, LARGEST_LIST).run().await;
        let took_us = begin.elapsed().as_micros() as u64;
        let had = fetched.is_ok();
        let outcomes: Vec<ListOutcome> = match fetched {
            Err(error) => subjects
                .iter()
                .map(|_| ListOutcome::Missing {
                    error: error.clone(),
                })
                .collect(),
            Ok(bytes) => self.read(bytes, subjects).await,
        };
        self.notes.note(|seen| {
            for (subject, outcome) in subjects.iter().zip(outcomes) {
                let asked = Asked {
                    url: url.to_owned(),
                    took_us,
                    outcome,
                };
                let lists = &mut seen.revocation.lists;
                lists.entry(subject.digest.clone()).or_default().push(asked);
            }
        });
        had
    }

    /// Asks one list about certificates, and keeps it as evidence where it fits. Hashing and walking through
    /// megabytes is no work for a thread that others wait for.
    async fn read(&self, bytes: Vec<u8>, subjects: &[Arc<Subject>]) -> Vec<ListOutcome> {
        let about = subjects.to_vec();
        let reading = tokio::task::spawn_blocking(move || {
            let readings: Vec<Result<Listing, ListError>> = about
                .iter()
                .map(|subject| list(&bytes, &subject.pointers, &subject.issuer))
                .collect();
            (sha256_hex(&bytes), readings, bytes)
        });
        let Ok((sha256, readings, bytes)) = reading.await else {
            return Vec::new(); // a panic: nothing was learnt, which the judge calls an error
        };
        let size = bytes.len() as u64;
        // What came in a list's stead may be anything, and goes into no report.
        let a_list = |read: &Result<_, _>| !matches!(read, Err(ListError::Malformed { .. }));
        if bytes.len() <= EVIDENCE_LIMIT && readings.iter().any(a_list) {
            let name = format!("list-{}.crl", short(&sha256));
            let media_type = "application/pkix-crl"; // RFC 2585 section 4.2
            self.notes.evidence(name, media_type, bytes);
        }
        let outcome = |read| match read {
            Ok(listing) => ListOutcome::Read {
                sha256: sha256.clone(),
                size,
                listing,
            },
            Err(error) => ListOutcome::Unusable {
                sha256: sha256.clone(),
                size,
                error,
            },
        };
        readings.into_iter().map(outcome).collect()
    }

    async fn responders(&self, subjects: Vec<Arc<Subject>>) {
        stream::iter(subjects)
            .map(|subject| async move {
                let Ok(question) = request(&subject.pointers, &subject.issuer) else {
                    return;
                };
                for url in &subject.pointers.responders {
                    if Instant::now() >= self.patience.until
                        || self.responder(url, &question, &subject.digest).await
                    {
                        return;
                    }
                }
            })
            .buffer_unordered(AT_ONCE)
            .collect::<()>()
            .await;
    }

    /// Asks one responder. Says whether it answered.
    async fn responder(&self, url: &str, question: &[u8], leaf: &str) -> bool {
        let begin = Instant::now();
        let send = Some(("application/ocsp-request", question.to_vec())); // RFC 6960 appendix A.1
        let fetched = self.fetch(url, send, LARGEST_RESPONSE).run().await;
        let took_us = begin.elapsed().as_micros() as u64;
        let answered = fetched.is_ok();
        let outcome = match fetched {
            Err(error) => ResponderOutcome::Missing { error },
            Ok(response) => {
                let name = format!("ocsp-{}.der", short(leaf));
                self.notes.evidence(name, OCSP_RESPONSE, response.clone());
                ResponderOutcome::Answered {
                    response: Der(response),
                }
            }
        };
        let asked = Asked {
            url: url.to_owned(),
            took_us,
            outcome,
        };
        self.notes.note(|seen| {
            let responders = &mut seen.revocation.responders;
            responders.entry(leaf.to_owned()).or_default().push(asked);
        });
        answered
    }

    fn fetch<'a>(&self, url: &'a str, send: Option<(&'a str, Vec<u8>)>, limit: usize) -> Fetch<'a> {
        Fetch {
            url,
            send,
            limit,
            connect: self.patience.connect,
            until: self.patience.until.min(Instant::now() + FETCH),
        }
    }
}

/// RFC 6960 appendix C.2.
const OCSP_RESPONSE: &str = "application/ocsp-response";

/// Keeps staples as evidence, each once however many addresses show it.
#[derive(Debug, Default)]
pub(in super::super) struct Keeper {
    known: Mutex<BTreeSet<String>>,
}

impl Keeper {
    /// Keeps what was stapled to a certificate.
    pub(in super::super) fn staple(
        &self,
        notes: &Notebook<Observation>,
        leaf: &str,
        staple: &[u8],
    ) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.insert(sha256_hex(staple)) {
            let name = format!("staple-{}.der", short(leaf));
            notes.evidence(name, OCSP_RESPONSE, staple.to_vec());
        }
    }
}

/// Whether the server of a certificate has a response to staple.
fn staples(certificate: &[u8]) -> bool {
    Pointers::read(certificate)
        .is_ok_and(|pointers| pointers.must_staple || !pointers.responders.is_empty())
}

fn subject(session: &Session, seen: &Observation, now: Timestamp) -> Option<Subject> {
    let digest = session.chain.first()?.clone();
    let ders: Vec<&[u8]> = session
        .chain
        .iter()
        .map(|digest| seen.certificate(digest))
        .collect::<Option<_>>()?;
    let pointers = Pointers::read(ders[0]).ok()?;
    if pointers.is_empty() {
        return None;
    }
    let chain = Chain::read(&ders).ok()?;
    if !matches!(chain.trust(&seen.anchors, now, now), Trust::Trusted(_)) {
        return None;
    }
    let issuer = Issuer::of(ders[0], ders[1..].iter().copied(), &seen.anchors)?;
    Some(Subject {
        digest,
        pointers,
        issuer,
    })
}
