//! The order of a hot swap: look, hold, run, watch, and hold a little longer.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::future::{join, join_all};
use futures_util::{StreamExt as _, stream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::seen::{Ran, Swap, Watched};
use crate::checks::tls::endpoint::{Endpoint, Host};
use crate::checks::tls::observation::Observation;
use crate::checks::tls::renewal::certificate_file;
use crate::checks::tls::renewal::certificate_file::seen::CertificateFile;
use crate::checks::tls::settings::HotSwap;
use crate::instrument::clock;
use crate::instrument::excerpt::Excerpt;
use crate::instrument::held::Held;
use crate::instrument::process::{self, Exit, Program};
use crate::instrument::tls::{Client, Der, Timeouts};
use crate::model::digest::sha256_hex;
use crate::model::{Notebook, Redactor};

/// From the end of one handshake to the next at the same address.
const PAUSE: Duration = Duration::from_millis(100);

/// How many connections are opened at a time.
const AT_ONCE: usize = 64;

/// How much of what the command printed is kept.
const LAST_WORDS: usize = 500;

/// One address that takes part.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) endpoint: Endpoint,
    pub(crate) address: SocketAddr,
    pub(crate) host: Host,
}

/// What the watchers learn: none while the command runs, then when it ended and the certificate to look for.
type Awaited = Option<(Instant, Option<String>)>;

/// Swaps and watches.
pub(crate) async fn swap(
    swap: &HotSwap,
    places: &[Place],
    client: &Client,
    folder: &Path,
    notes: &Notebook<Observation>,
    timeouts: Timeouts,
    redactor: &Redactor,
) {
    notes.note(|page| page.renewal.swap = Some(Swap::default()));
    let stage = &Stage {
        swap,
        client,
        folder,
        notes,
        timeouts,
        redactor,
    };
    join_all(places.iter().map(|place| stage.look(place))).await;
    let mut held = Held::default(); // what is in it is let go with this function
    for place in places {
        stage.hold(place, &mut held).await;
    }
    // What ends on its own shows itself before the command could be blamed for it.
    sleep_until(timeouts.by(PAUSE)).await;
    let begin = clock::instant();
    let (ended, awaited) = watch::channel(None);
    let collecting = async {
        while let Some(ended) = held.next_end().await {
            // None where it ended before the command began.
            let at = ended.at.checked_duration_since(begin);
            let at_us = at.map(|at| at.as_micros() as u64);
            stage.note(&ended.label, |watched| {
                watched.held.ended(ended.ending, at_us);
            });
        }
        std::future::pending::<()>().await;
    };
    let watching = async {
        let watchers = places
            .iter()
            .map(|place| stage.watch(place, begin, awaited.clone()));
        let (loaded, _) = join(stage.run(begin, ended), join_all(watchers)).await;
        if loaded {
            sleep_until(timeouts.by(swap.hold.0)).await;
        }
    };
    tokio::select! {
        () = collecting => {}
        () = watching => {}
    }
    stage.page(|seen| seen.complete = true);
}

struct Stage<'a> {
    swap: &'a HotSwap,
    client: &'a Client,
    folder: &'a Path,
    notes: &'a Notebook<Observation>,
    timeouts: Timeouts,
    redactor: &'a Redactor,
}

impl Stage<'_> {
    fn page(&self, change: impl FnOnce(&mut Swap)) {
        self.notes.note(|page| {
            if let Some(seen) = &mut page.renewal.swap {
                change(seen);
            }
        });
    }

    fn note(&self, place: &Place, change: impl FnOnce(&mut Watched)) {
        self.page(|seen| {
            let endpoint = seen.watched.entry(place.endpoint.to_string()).or_default();
            change(endpoint.entry(place.address).or_default());
        });
    }

    /// What one handshake shows: the digest of the leaf, which is kept.
    async fn shown(&self, place: &Place) -> Result<String, crate::instrument::tls::Failure> {
        let name = place.host.0.clone();
        let shown = self.client.handshake(place.address, name, self.timeouts);
        let shown = shown.await.map_err(|unfinished| unfinished.failure)?;
        let leaf = shown.chain.into_iter().next().unwrap_or_default();
        let digest = sha256_hex(&leaf);
        self.notes.note(|page| {
            let known = page.certificates.entry(digest.clone());
            known.or_insert(Der(leaf));
        });
        Ok(digest)
    }

    /// What is served before.
    async fn look(&self, place: &Place) {
        let shown = self.shown(place).await.ok();
        self.note(place, |watched| watched.before = shown);
    }

    /// Opens the connections of one address; each reports its end.
    async fn hold(&self, place: &Place, held: &mut Held<Place>) {
        let opening = stream::iter(0..self.swap.connections).map(|_| {
            let name = place.host.0.clone();
            self.client.connect(place.address, name, self.timeouts)
        });
        let mut opening = std::pin::pin!(opening.buffer_unordered(AT_ONCE));
        while let Some(opened) = opening.next().await {
            match opened {
                Ok(connection) => {
                    self.note(place, |watched| watched.held.opened += 1);
                    held.keep(place.clone(), connection.stream);
                }
                Err(failure) => self.note(place, |watched| {
                    watched.held.unopened += 1;
                    watched.held.obstacle.get_or_insert(failure);
                }),
            }
        }
    }

    /// Runs the command, reads the file, and lets the watchers know what to look for. Whether there is anything.
    async fn run(&self, begin: Instant, outcome: watch::Sender<Awaited>) -> bool {
        let (mut stdout, mut stderr) = (Excerpt::default(), Excerpt::default());
        let folder = match self.folder {
            // The folder of a checklist that was named without one is the empty path.
            folder if folder.as_os_str().is_empty() => PathBuf::from("."),
            folder => folder.to_owned(),
        };
        let program = Program {
            run: &self.swap.command,
            folder,
            clear_environment: false,
            environment: Vec::new(),
        };
        let ended = process::run(
            &program,
            |bytes| stdout.push(bytes),
            |bytes| stderr.push(bytes),
        )
        .await;
        let took_us = micros_since(begin);
        let succeeded = matches!(&ended, Ok(ended) if ended.exit == Exit::Code(0));
        let said = if stderr.is_empty() { &stdout } else { &stderr };
        let ran = match ended {
            Ok(ended) => Ran::Ended {
                exit: ended.exit,
                took_us,
                said: last_words(said, self.redactor),
            },
            Err(error) => Ran::NotRun {
                message: error.to_string(),
            },
        };
        self.page(|seen| seen.ran = Some(ran));
        let mut target = None;
        if succeeded {
            let file = self.folder.join(&self.swap.file);
            let found = certificate_file::probe::read(file, "swapped.pem", self.notes).await;
            if let CertificateFile::Read { chain, .. } = &found {
                target = chain.first().cloned();
            }
            self.page(|seen| seen.certificate_file = Some(found));
        }
        let loaded = target.is_some();
        outcome.send_replace(Some((clock::instant(), target)));
        loaded
    }

    /// Shakes hands with one address until it serves what is awaited, or time is up.
    async fn watch(&self, place: &Place, begin: Instant, awaited: watch::Receiver<Awaited>) {
        loop {
            let shown = self.shown(place).await;
            let at_us = micros_since(begin);
            let mut swapped = false;
            let now = awaited.borrow().clone();
            self.note(place, |watched| {
                match shown {
                    Ok(leaf) => watched.shown(leaf, at_us),
                    Err(failure) => watched.failed(failure, at_us),
                }
                swapped = match &now {
                    Some((_, Some(leaf))) => watched.steady(leaf).is_some(),
                    Some((_, None)) => true, // nothing to look for
                    None => false,
                };
            });
            let over = now.is_some_and(|(ended, _)| clock::instant() >= ended + self.swap.within.0);
            if over {
                self.note(place, |watched| watched.waited_out = true);
            }
            if swapped || over || clock::instant() + PAUSE >= self.timeouts.until {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// The end of what was printed, unless somebody printed a key. Secrets are struck before the cut, which might go
/// through the middle of one.
fn last_words(said: &Excerpt, redactor: &Redactor) -> String {
    let bytes = redactor.bytes(said.bytes());
    let text = String::from_utf8_lossy(&bytes);
    if text.contains("PRIVATE KEY") {
        return "(left out: it holds a private key)".to_owned();
    }
    let text = text.trim();
    let skipped = text.chars().count().saturating_sub(LAST_WORDS);
    text.chars().skip(skipped).collect()
}

fn micros_since(begin: Instant) -> u64 {
    begin.elapsed().as_micros() as u64
}
