//! Looks every endpoint up, meets every address apart, and writes down what each of them shows.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tokio::time::{Instant, timeout_at};

use super::endpoint::Endpoint;
use super::observation::{Lookup, Observation, Outcome, Seen, Session, short};
use super::protocol::{self, HelloReplies};
use super::resumption::{self, Returns};
use super::revocation::{self, Keeper, Round};
use super::transparency::{self, Known};
use super::{Settings, Trust, listed, renewal, saving};
use crate::instrument::tls::{Client, Der, Handshake, Identity, Origin, Roots, Timeouts, pem};
use crate::model::digest::sha256_hex;
use crate::model::{Context, Notebook, ProbeError};

/// How many lookups, and how many handshakes, are under way at a time.
const AT_ONCE: usize = 64;

/// How a lookup through the operating system is called in the record.
const SYSTEM: &str = "system";

pub(super) async fn probe(
    settings: &Settings,
    context: &Context,
    notes: &Notebook<Observation>,
) -> Result<(), ProbeError> {
    let roots = load_roots(settings, context).await?;
    notes.note(|seen| seen.roots = roots.sets().to_vec());
    let (listed, identity) = load_files(settings, context).await?;
    notes.note(|seen| seen.listed = listed.clone());
    let logs = Known::load(settings, context).await?;
    let client = Client::new(&settings.alpn)
        .map_err(|error| ProbeError::new(format!("cannot set up TLS: {error}")))?
        .identity(identity)
        .starttls(settings.starttls);
    let mut endpoints = settings.endpoints.clone();
    endpoints.extend(
        listed
            .into_iter()
            .filter(|endpoint| !settings.endpoints.contains(endpoint)),
    );
    // A little before the engine drops the probe, so that what hangs is still written down as hanging.
    let until = context.deadline - (context.timeout / 10).min(Duration::from_millis(500));
    let timeouts = Timeouts {
        connect: settings.connect_timeout.0,
        handshake: settings.handshake_timeout.0,
        until,
    };
    let keeper = Keeper::default();
    if settings.hot_swap.is_some() {
        let places = places(settings, &endpoints, until).await;
        renewal::swap(settings, &places, &client, &context.folder, notes, timeouts).await;
    }
    renewal::read(settings, &context.folder, notes).await;
    let page = &Page {
        notes,
        roots,
        logs: &logs,
        keeper: &keeper,
    };
    let client = &client;
    stream::iter(endpoints.clone())
        .map(|endpoint| async move {
            let lookup = look_up(&endpoint, &settings.addresses, until).await;
            let addresses = lookup.addresses().to_vec();
            page.looked_up(&endpoint, lookup);
            stream::iter(addresses).map(move |address| (endpoint.clone(), address))
        })
        .buffer_unordered(AT_ONCE)
        .flatten()
        .map(|(endpoint, address)| async move {
            if Instant::now() >= until {
                return; // not met: the judge tells it from one that hangs
            }
            let host = settings.server_name.as_ref().unwrap_or(&endpoint.host);
            let met = client.handshake(address, host.0.clone(), timeouts).await;
            match met {
                Ok(handshake) => {
                    page.handshake(&endpoint, address, handshake);
                    let greeted =
                        protocol::greet(settings, client, address, &host.0, timeouts).await;
                    page.session(&endpoint, address, |session| session.greetings = greeted);
                }
                Err(failure) => page.met(&endpoint, address, Outcome::Failure(failure)),
            }
        })
        .buffer_unordered(AT_ONCE)
        .collect::<()>()
        .await;
    let round = Round {
        settings,
        notes,
        client,
        keeper: &keeper,
        timeouts,
        now: context.clock.now(),
    };
    revocation::ask(&round, &endpoints).await;
    transparency::ask(&round, &logs, &endpoints).await;
    saving::ask(&round, &endpoints).await;
    if settings.resumption.is_some() {
        stream::iter(endpoints)
            .map(|endpoint| page.come_back(settings, client, endpoint, timeouts))
            .buffer_unordered(AT_ONCE)
            .collect::<()>()
            .await;
    }
    renewal::visit(settings, notes, timeouts).await
}

async fn load_roots(settings: &Settings, context: &Context) -> Result<Roots, ProbeError> {
    let trust = match (settings.trust, &settings.ca_file) {
        (None, Some(_)) => None,
        (None, None) => Some(Origin::System),
        (Some(Trust::System), _) => Some(Origin::System),
        (Some(Trust::Web), _) => Some(Origin::Web),
    };
    let file = settings.ca_file.clone().map(Origin::File);
    let origins: Vec<_> = trust.into_iter().chain(file).collect();
    let folder = context.folder.clone();
    let loading = tokio::task::spawn_blocking(move || Roots::load(&origins, &folder));
    let hint = "set `trust = \"web\"` for public certificates, or `ca-file` to a PEM file of root certificates";
    match loading.await {
        Ok(Ok(roots)) => Ok(roots),
        Ok(Err(error)) => Err(ProbeError::new(error.to_string()).hint(hint)),
        Err(error) => Err(ProbeError::new(format!(
            "loading root certificates: {error}"
        ))),
    }
}

/// What else stands in files: endpoints, and a client's certificate with its key.
async fn load_files(
    settings: &Settings,
    context: &Context,
) -> Result<(Vec<Endpoint>, Option<Identity>), ProbeError> {
    let list = settings.endpoints_file.clone();
    let pair = settings
        .client_certificate
        .clone()
        .zip(settings.client_key.clone());
    let folder = context.folder.clone();
    let loading = tokio::task::spawn_blocking(move || {
        let listed = list.map_or(Ok(Vec::new()), |list| listed::load(&list, &folder))?;
        let identity = pair
            .map(|(certificate, key)| Identity::load(&folder.join(certificate), &folder.join(key)));
        Ok((listed, identity.transpose()?))
    });
    match loading.await {
        Ok(loaded) => loaded.map_err(|error: String| ProbeError::new(error)),
        Err(error) => Err(ProbeError::new(format!("loading files: {error}"))),
    }
}

/// Every address of every endpoint, for what comes before they are looked at one by one.
async fn places(
    settings: &Settings,
    endpoints: &[Endpoint],
    until: Instant,
) -> Vec<renewal::Place> {
    let found = stream::iter(endpoints.to_vec()).map(|endpoint| async move {
        let host = settings.server_name.as_ref().unwrap_or(&endpoint.host);
        let lookup = look_up(&endpoint, &settings.addresses, until).await;
        let addresses = lookup.addresses().to_vec().into_iter();
        addresses
            .map(|address| renewal::Place {
                endpoint: endpoint.clone(),
                address,
                host: host.clone(),
            })
            .collect::<Vec<_>>()
    });
    let found: Vec<_> = found.buffered(AT_ONCE).collect().await;
    found.into_iter().flatten().collect()
}

async fn look_up(endpoint: &Endpoint, given: &[IpAddr], until: Instant) -> Lookup {
    let here = |address: IpAddr| SocketAddr::new(address, endpoint.port);
    if !given.is_empty() {
        let given: BTreeSet<_> = given.iter().copied().map(here).collect();
        return Lookup::Given {
            addresses: given.into_iter().collect(),
        };
    }
    if let Some(address) = endpoint.host.address() {
        return Lookup::Given {
            addresses: vec![here(address)],
        };
    }
    let begin = Instant::now();
    let resolver = SYSTEM.to_owned();
    let name = endpoint.host.to_string();
    match timeout_at(
        until,
        tokio::net::lookup_host((name.as_str(), endpoint.port)),
    )
    .await
    {
        Ok(Ok(found)) => Lookup::Found {
            resolver,
            addresses: found.collect::<BTreeSet<_>>().into_iter().collect(),
            took_us: micros(begin.elapsed()),
        },
        Ok(Err(error)) => Lookup::Failed {
            resolver,
            message: error.to_string(),
        },
        Err(_) => Lookup::Timeout {
            resolver,
            after_ms: begin.elapsed().as_millis() as u64,
        },
    }
}

/// The notebook, and how things are entered.
struct Page<'a> {
    notes: &'a Notebook<Observation>,
    roots: Roots,
    keeper: &'a Keeper,
    logs: &'a Known,
}

impl Page<'_> {
    fn looked_up(&self, endpoint: &Endpoint, lookup: Lookup) {
        let seen = Seen {
            lookup,
            addresses: Default::default(),
        };
        self.notes
            .note(|page| drop(page.endpoints.insert(endpoint.to_string(), seen)));
    }

    fn met(&self, endpoint: &Endpoint, address: SocketAddr, outcome: Outcome) {
        self.notes.note(|page| {
            if let Some(seen) = page.endpoints.get_mut(&endpoint.to_string()) {
                seen.addresses.insert(address, outcome);
            }
        });
    }

    /// Changes what was noted of a handshake.
    fn session(&self, endpoint: &Endpoint, address: SocketAddr, change: impl FnOnce(&mut Session)) {
        self.notes.note(|page| {
            let seen = page.endpoints.get_mut(&endpoint.to_string());
            let outcome = seen.and_then(|seen| seen.addresses.get_mut(&address));
            if let Some(Outcome::Handshake(session)) = outcome {
                change(session);
            }
        });
    }

    /// Comes back to every address that completed a handshake, one after the other, and goes on to the next, from
    /// the last one to the first.
    async fn come_back(
        &self,
        settings: &Settings,
        client: &Client,
        endpoint: Endpoint,
        timeouts: Timeouts,
    ) {
        let mut addresses = Vec::new();
        self.notes.note(|page| {
            let seen = page.endpoints.get(&endpoint.to_string());
            let outcomes = seen.into_iter().flat_map(|seen| &seen.addresses);
            let completed =
                outcomes.filter(|(_, outcome)| matches!(outcome, Outcome::Handshake(_)));
            addresses = completed.map(|(address, _)| *address).collect();
        });
        let host = settings.server_name.as_ref().unwrap_or(&endpoint.host);
        let next = addresses.iter().cycle().skip(1);
        for (here, next) in addresses.iter().zip(next) {
            if Instant::now() >= timeouts.until {
                return;
            }
            let known = |returns: &Returns| {
                self.session(&endpoint, *here, |session| {
                    session.returns = returns.clone();
                });
            };
            resumption::come_back(settings, client, host, [*here, *next], timeouts, known).await;
        }
    }

    fn handshake(&self, endpoint: &Endpoint, address: SocketAddr, handshake: Handshake) {
        let digests: Vec<_> = handshake.chain.iter().map(|der| sha256_hex(der)).collect();
        let anchors: Vec<_> = self.roots.candidates(&handshake.chain).cloned().collect();
        let leaf = handshake.chain.first().map_or(&[][..], Vec::as_slice);
        let logs = self.logs.of_leaf(leaf, &anchors);
        let mut new_leaf = None;
        self.notes.note(|page| {
            if let Some(logs) = logs {
                transparency::add(&mut page.logs, logs);
            }
            let leaf = digests.first();
            new_leaf = leaf
                .filter(|leaf| !page.certificates.contains_key(*leaf))
                .cloned();
            for (digest, der) in digests.iter().zip(&handshake.chain) {
                let known = page.certificates.entry(digest.clone());
                known.or_insert_with(|| Der(der.clone()));
            }
            for anchor in anchors {
                if !page.anchors.contains(&anchor) {
                    page.anchors.push(anchor);
                }
            }
        });
        if let Some(leaf) = new_leaf {
            self.keep(short(&leaf), &handshake);
        }
        if let (Some(staple), Some(leaf)) = (&handshake.staple, digests.first()) {
            self.keeper.staple(self.notes, leaf, staple);
        }
        let session = Session {
            protocol: handshake.protocol,
            cipher: handshake.cipher,
            group: handshake.group,
            alpn: handshake.alpn,
            chain: digests,
            staple: handshake.staple.map(Der),
            again: None,
            brought: None,
            proof: handshake.proof,
            client_asked: handshake.client_asked,
            greetings: HelloReplies::default(),
            flights: Default::default(),
            returns: Returns::default(),
            connect_us: micros(handshake.connect),
            handshake_us: micros(handshake.handshake),
        };
        self.met(endpoint, address, Outcome::Handshake(Box::new(session)));
    }

    /// Evidence of a leaf that was not met before: its chain.
    fn keep(&self, name: &str, handshake: &Handshake) {
        self.notes.evidence(
            format!("chain-{name}.pem"),
            "application/pem-certificate-chain", // RFC 8555 section 9.1
            pem(&handshake.chain).into_bytes(),
        );
    }
}

fn micros(duration: Duration) -> u64 {
    duration.as_micros() as u64
}
