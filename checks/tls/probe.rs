//! Looks every endpoint up, contacts every address apart, and writes down what each of them shows.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join3;
use futures_util::{StreamExt as _, stream};

use super::endpoint::Endpoint;
use super::lookup::Lookups;
use super::observation::{Lookup, Observation, Outcome, Refused, Seen, Session, found, short};
use super::other_clients::OtherClients;
use super::round::{AT_ONCE, Clients, Round, StapleEvidence};
use super::settings::Settings;
use super::transparency::{self, KnownLogs};
use super::{
    client_certificate, endpoints_file, protocol, renewal, resumption, revocation, staple_gain,
};
use crate::instrument::own;
use crate::instrument::tls::{ClientTls, Der, Handshake, Roots, Timeouts, Unfinished, pem};
use crate::model::{Context, Notebook, ProbeError};

pub(crate) async fn probe(
    settings: &Settings,
    context: &Context,
    notes: &Notebook<Observation>,
) -> Result<(), ProbeError> {
    let mut tls = ClientTls::load_trust(&settings.tls).await?;
    client_certificate::identify(&mut tls, &settings.tls, notes)?;
    notes.note(|seen| seen.roots = tls.roots.sets().to_vec());
    let listed = settings.endpoints_file.as_ref().map(endpoints_file::read);
    let listed = listed.transpose()?.unwrap_or_default();
    notes.note(|seen| seen.listed = listed);
    let logs = KnownLogs::load(settings)?;
    let client = tls.client(&settings.alpn)?.starttls(settings.starttls);
    let clients = Clients::new(client.clone())?;
    let endpoints: Vec<_> = notes.see(|seen| seen.endpoints(settings).cloned().collect());
    // A little before the engine drops the probe, so that what hangs is still written down as hanging.
    let margin = (context.timeout / 10).min(Duration::from_millis(500));
    let timeouts = Timeouts {
        connect: settings.timeouts.connect.0,
        handshake: settings.timeouts.handshake.0,
        until: context.until(margin),
    };
    let staples = StapleEvidence::default();
    let lookups = Lookups::begin(settings, &tls.roots, &endpoints, timeouts.until).await?;
    let round = Round {
        settings,
        notes,
        clients: &clients,
        staples: &staples,
        timeouts,
        now: context.clock.now(),
    };
    if settings.hot_swap.is_some() {
        let places = places(settings, &endpoints, &lookups).await;
        renewal::swap(settings, &places, &client, context, notes, timeouts).await;
    }
    renewal::read(settings, &context.folder, notes).await;
    let first = First {
        round: &round,
        roots: &tls.roots,
        lookups: &lookups,
        logs: &logs,
    };
    let spared = || notes.note(|seen| seen.spared = client.spared());
    first.handshakes(&endpoints).await;
    spared();
    revocation::ask(&round, &endpoints).await;
    transparency::ask(&round, &logs, &endpoints).await;
    staple_gain::ask(&round, &endpoints).await;
    resumption::ask(&round, &endpoints).await;
    spared();
    renewal::visit(settings, notes, timeouts).await
}

/// Every address of every endpoint, for what comes before they are looked at one by one.
async fn places(
    settings: &Settings,
    endpoints: &[Endpoint],
    lookups: &Lookups<'_>,
) -> Vec<renewal::Place> {
    let found = stream::iter(endpoints.to_vec()).map(|endpoint| async move {
        let addresses = found(&lookups.of(&endpoint).await);
        let addresses = addresses.into_iter();
        addresses
            .map(|address| renewal::Place {
                endpoint: endpoint.clone(),
                address,
                host: settings.server(&endpoint),
            })
            .collect::<Vec<_>>()
    });
    let found: Vec<_> = found.buffered(AT_ONCE).collect().await;
    found.into_iter().flatten().collect()
}

/// The first round: one handshake at every address.
struct First<'a> {
    round: &'a Round<'a>,
    roots: &'a Roots,
    lookups: &'a Lookups<'a>,
    logs: &'a KnownLogs,
}

impl First<'_> {
    async fn handshakes(&self, endpoints: &[Endpoint]) {
        stream::iter(endpoints.to_vec())
            .map(|endpoint| async move {
                let lookups = self.lookups.of(&endpoint).await;
                let addresses = found(&lookups);
                self.looked_up(&endpoint, lookups);
                stream::iter(addresses).map(move |address| (endpoint.clone(), address))
            })
            .buffer_unordered(AT_ONCE)
            .flatten()
            .map(|(endpoint, address)| async move {
                if self.round.over() {
                    return; // not contacted: the judge distinguishes it from one that hangs
                }
                Box::pin(self.meet(&endpoint, address)).await;
            })
            .buffer_unordered(AT_ONCE)
            .collect::<()>()
            .await;
    }

    /// Contacts one address: for what it shows to all, then for what it shows to other clients and how it answers other
    /// hellos.
    async fn meet(&self, endpoint: &Endpoint, address: SocketAddr) {
        let Round {
            settings,
            clients,
            timeouts,
            ..
        } = *self.round;
        let name = settings.server(endpoint).0;
        let shake = |alpn_refused| {
            let client = clients.get(None, alpn_refused);
            client.handshake(address, name.clone(), timeouts)
        };
        let mut end = shake(false).await;
        // Its certificate comes only after the protocols were agreed on (RFC 7301 section 3.2).
        let alpn_refused = !settings.alpn.is_empty()
            && matches!(&end, Err(unfinished) if unfinished.failure.is_alert("NoApplicationProtocol"));
        if alpn_refused {
            end = match shake(true).await {
                Err(unfinished) if unfinished.shown.is_none() => end,
                other => other,
            };
        }
        let outcome = self.outcome(end, alpn_refused);
        let completed = matches!(outcome, Outcome::Handshake(_));
        let shown = outcome.shown().and_then(|ours| {
            let leaf = self.round.notes.see(|page| {
                let leaf = page.certificate(ours.chain.first()?)?;
                Some(leaf.to_vec())
            });
            Some((leaf?, ours.protocol.clone()))
        });
        self.ended(endpoint, address, outcome);
        let replies = async {
            if completed {
                let client = clients.get(None, alpn_refused);
                let replies = protocol::greet(settings, client, address, &name, timeouts).await;
                self.round.session(endpoint, address, |session| {
                    session.hello_replies = replies;
                });
            }
        };
        let others = async {
            let Some((leaf, protocol)) = &shown else {
                return; // nobody is shown a certificate
            };
            let enter = |end| self.outcome(end, alpn_refused);
            let others = OtherClients {
                endpoint,
                address,
                alpn_refused,
                leaf,
                protocol,
            };
            for other in others.ask(self.round, enter).await {
                self.round.session(endpoint, address, |session| {
                    session.others.insert(other.kind, other.outcome);
                    if other.hung_up {
                        session.hung_up_on.insert(other.kind);
                    }
                });
            }
        };
        let client = clients.get(None, alpn_refused);
        let visit = client_certificate::visit(self.round, endpoint, address, client);
        Box::pin(join3(replies, others, visit)).await;
    }

    /// Writes down what a handshake showed.
    fn outcome(&self, end: Result<Handshake, Box<Unfinished>>, alpn_refused: bool) -> Outcome {
        match end {
            Ok(handshake) => Outcome::Handshake(Box::new(self.session(handshake, alpn_refused))),
            Err(unfinished) => match unfinished.shown {
                None => Outcome::Failure(unfinished.failure),
                Some(shown) => Outcome::Refused(Box::new(Refused {
                    failure: unfinished.failure,
                    session: self.session(shown, alpn_refused),
                })),
            },
        }
    }

    fn looked_up(&self, endpoint: &Endpoint, lookups: Vec<Lookup>) {
        let given = |lookup: &&Lookup| matches!(lookup, Lookup::Found { .. });
        let given = lookups.iter().filter(given).flat_map(Lookup::addresses);
        let own = own::among(given.map(SocketAddr::ip));
        let seen = Seen {
            lookups,
            addresses: Default::default(),
        };
        self.round.notes.note(|page| {
            page.own.extend(own);
            page.endpoints.insert(endpoint.to_string(), seen);
        });
    }

    fn ended(&self, endpoint: &Endpoint, address: SocketAddr, outcome: Outcome) {
        self.round.notes.note(|page| {
            if let Some(seen) = page.endpoints.get_mut(&endpoint.to_string()) {
                seen.addresses.insert(address, outcome);
            }
        });
    }

    /// Writes down what was shown, but for the address that showed it.
    fn session(&self, handshake: Handshake, alpn_refused: bool) -> Session {
        let anchors: Vec<_> = self.roots.candidates(&handshake.chain).cloned().collect();
        let leaf = handshake.chain.first().map_or(&[][..], Vec::as_slice);
        let logs = self.logs.of_leaf(leaf, &anchors);
        let mut digests = Vec::new();
        let mut new_leaf = false;
        let mut request = None;
        self.round.notes.note(|page| {
            if let Some(logs) = logs {
                transparency::add(&mut page.logs, logs);
            }
            let known = page.certificates.len();
            digests = page.keep_certificates(&handshake.chain[..handshake.chain.len().min(1)]);
            new_leaf = page.certificates.len() > known;
            let others = handshake.chain.get(1..).unwrap_or_default();
            digests.extend(page.keep_certificates(others));
            request = handshake.request.as_ref().map(|asked| page.request(asked));
            for anchor in anchors {
                if !page.anchors.contains(&anchor) {
                    page.anchors.push(anchor);
                }
            }
        });
        if let Some(leaf) = digests.first() {
            if new_leaf {
                self.keep(short(leaf), &handshake);
            }
            if let Some(staple) = &handshake.staple {
                self.round.staples.staple(self.round.notes, leaf, staple);
            }
        }
        Session {
            protocol: handshake.protocol,
            cipher: handshake.cipher,
            group: handshake.group,
            alpn: handshake.alpn,
            chain: digests,
            staple: handshake.staple.map(Der),
            second_handshake: None,
            sct_delivery: None,
            proof: handshake.proof,
            alpn_refused,
            request,
            others: Default::default(),
            hung_up_on: Default::default(),
            hello_replies: Default::default(),
            flights: Default::default(),
            returns: Default::default(),
            connect_us: micros(handshake.connect),
            handshake_us: micros(handshake.handshake),
        }
    }

    /// Evidence of a leaf that was not seen before: its chain.
    fn keep(&self, name: &str, handshake: &Handshake) {
        self.round.notes.evidence(
            format!("chain-{name}.pem"),
            "application/pem-certificate-chain", // RFC 8555 section 9.1
            pem(&handshake.chain).into_bytes(),
        );
    }
}

fn micros(duration: Duration) -> u64 {
    duration.as_micros() as u64
}
