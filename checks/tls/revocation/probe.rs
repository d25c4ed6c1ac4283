//! The second round of the probe: servers that stapled nothing (`second_handshake.rs`), then lists and responders.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, future, stream};
use jiff::Timestamp;

use super::seen::{Asked, ListOutcome, ResponderOutcome};
use super::subjects::{self, Subject};
use crate::checks::tls::endpoint::Endpoint;
use crate::checks::tls::observation::{Observation, Session, short};
use crate::checks::tls::round::{AT_ONCE, OCSP_RESPONSE, Round};
use crate::checks::tls::settings::Revocation;
use crate::instrument::clock;
use crate::instrument::http::{Fetch, FetchError};
use crate::instrument::revocation::{ListError, Listing, list, request};
use crate::instrument::tls::Der;
use crate::model::digest::sha256_hex;
use crate::model::observation::EVIDENCE_LIMIT;

/// How many lists are fetched at a time: each is in memory as a whole.
const LISTS_AT_ONCE: usize = 4;

/// How long one list or one response may take, so that a few that drip do not hold up the others.
const FETCH: Duration = Duration::from_secs(15);

/// The largest list that is taken; the largest of public authorities have a few tens of megabytes.
const LARGEST_LIST: usize = 64 * 1024 * 1024;

/// The largest response that is taken; one with its signer's certificate has 2 KiB.
const LARGEST_RESPONSE: usize = 64 * 1024;

/// Asks, and writes down every answer.
pub(crate) async fn ask(round: &Round<'_>, endpoints: &[Endpoint]) {
    if round.settings.revocation == Revocation::Off {
        return;
    }
    round.second_handshakes(endpoints).await;
    // What is stapled is about the server's certificate alone, so of authorities the list is always asked.
    let mut listed = round.subjects(|seen, now| subjects::leaves(seen, now, unproven));
    listed.extend(round.subjects(|seen, _| subjects::authorities(seen)));
    let responders = async {
        if round.settings.ocsp_query {
            let all = round.subjects(|seen, now| subjects::leaves(seen, now, |_| true));
            round.responders(all).await;
        }
    };
    future::join(round.lists(listed), responders).await;
}

impl Round<'_> {
    /// About whom is asked, from what was seen until now.
    pub(crate) fn subjects(
        &self,
        of: impl FnOnce(&Observation, Timestamp) -> Vec<Arc<Subject>>,
    ) -> Vec<Arc<Subject>> {
        let mut subjects = Vec::new();
        self.notes.note(|seen| subjects = of(seen, self.now));
        subjects
    }

    /// Fetches the lists that these certificates name, each once for all that name it in the same place.
    async fn lists(&self, subjects: Vec<Arc<Subject>>) {
        stream::iter(places(subjects, 0))
            .map(|(url, subjects)| async move {
                // Where a list is not to be had, its certificates may each name another one next.
                let mut open = vec![(0, url, subjects)];
                while let Some((choice, url, subjects)) = open.pop() {
                    if self.over() {
                        return;
                    }
                    if !self.list(&url, &subjects).await {
                        let next = places(subjects, choice + 1).into_iter();
                        open.extend(next.map(|(url, subjects)| (choice + 1, url, subjects)));
                    }
                }
            })
            .buffer_unordered(LISTS_AT_ONCE)
            .collect::<()>()
            .await;
    }

    /// Fetches one list and asks it. Says whether it was had.
    async fn list(&self, url: &str, subjects: &[Arc<Subject>]) -> bool {
        let begin = clock::instant();
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
            let media_type = match bytes.first() {
                Some(0x30) => "application/pkix-crl", // RFC 2585 section 4.2
                _ => "application/x-pem-file",
            };
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
                    if self.over() || self.responder(url, &question, &subject.digest).await {
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
        let begin = clock::instant();
        let fetched = self.put(url, question).await;
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

    /// Puts a question to a responder, on a connection of its own.
    pub(crate) async fn put(&self, url: &str, question: &[u8]) -> Result<Vec<u8>, FetchError> {
        let send = Some(("application/ocsp-request", question.to_vec())); // RFC 6960 appendix A.1
        self.fetch(url, send, LARGEST_RESPONSE).run().await
    }

    fn fetch<'a>(&self, url: &'a str, send: Option<(&'a str, Vec<u8>)>, limit: usize) -> Fetch<'a> {
        Fetch {
            url,
            send,
            limit,
            connect: self.timeouts.connect,
            until: self.timeouts.by(FETCH),
        }
    }
}

/// Certificates by the list that they name in this place: 0 for the first one.
fn places(subjects: Vec<Arc<Subject>>, choice: usize) -> BTreeMap<String, Vec<Arc<Subject>>> {
    let mut places = BTreeMap::<_, Vec<_>>::new();
    for subject in subjects {
        if let Some(url) = subject.pointers.lists.get(choice) {
            places.entry(url.clone()).or_default().push(subject);
        }
    }
    places
}

/// Whether an address showed no response, so that something else has to speak for its certificate.
fn unproven(session: &Session) -> bool {
    session.staple().is_none()
}
