//! One server of a zone, asked without recursion: SOA, NS and every name over UDP, the SOA over TCP, and what
//! got no answer once more in small datagrams.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::checks::dns::observation::{Exchange, OF_ZONE, Server, Smaller};
use crate::checks::dns::queries::{self, Asking, Query};
use crate::instrument::dns::{Attempt, Outcome, QueryOptions, RecordType, Resolver};

/// A server and its place in the notebook.
pub(super) struct Visit<'a> {
    pub(super) asking: Asking<'a>,
    pub(super) zone: usize,
    pub(super) server: usize,
    pub(super) address: SocketAddr,
}

/// As authoritative servers are asked: they shall not resolve.
pub(super) const FORM: QueryOptions = QueryOptions {
    recursion: false,
    payload: Some(1232),
    dnssec: false,
    subnet: None,
};

impl Visit<'_> {
    /// Asks everything.
    pub(super) async fn look(&self, zone: &Arc<str>, names: &[Arc<str>]) {
        let of_zone = OF_ZONE.map(|kind| (Arc::clone(zone), kind));
        let kinds = &self.asking.settings.types;
        let of_names = names
            .iter()
            .flat_map(|name| kinds.iter().map(move |kind| (Arc::clone(name), *kind)));
        let asked: Vec<Query> = of_zone.into_iter().chain(of_names).collect();
        let label: Arc<str> = self.address.to_string().into();
        self.note(|server| {
            server.exchanges = asked
                .iter()
                .map(|(name, kind)| Exchange::open(name, *kind, &label))
                .collect();
        });
        let server = Resolver::Server(self.address);
        let mut write = |question: usize, attempt: Attempt| {
            self.note(|server| server.exchanges[question].attempts.push(attempt));
        };
        let over_udp = queries::ask(&self.asking, &server, &asked, FORM, &mut write);
        let over_tcp = self.over_tcp(zone, RecordType::Soa);
        let (end, tcp) = tokio::join!(over_udp, over_tcp);
        self.note(|server| {
            server.tcp = tcp;
            server.error = end.err().map(|error| error.to_string());
        });
        self.smaller().await;
    }

    fn note(&self, change: impl FnOnce(&mut Server)) {
        self.asking.notes.note(|seen| {
            let zones = seen
                .source
                .iter_mut()
                .flat_map(|walk| walk.zones.get_mut(self.zone));
            if let Some(server) = zones
                .into_iter()
                .find_map(|zone| zone.servers.get_mut(self.server))
            {
                change(server);
            }
        });
    }

    async fn over_tcp(&self, name: &str, kind: RecordType) -> Option<Attempt> {
        queries::over_tcp(&self.asking, self.address, name, kind, FORM).await
    }

    /// Puts the first question that nothing answered again, small. A server that answers then loses large
    /// datagrams on the way.
    async fn smaller(&self) {
        let mut unanswered = None;
        self.note(|server| {
            let mut silent = server.exchanges.iter().filter(|exchange| {
                let last = exchange.attempts.last();
                last.is_some_and(|attempt| attempt.outcome == Outcome::Timeout)
            });
            unanswered = silent
                .next()
                .map(|exchange| (Arc::clone(&exchange.name), exchange.kind));
        });
        let Some((name, kind)) = unanswered else {
            return;
        };
        let form = QueryOptions {
            payload: None,
            ..FORM
        };
        let mut udp = None;
        let mut write = |_: usize, attempt: Attempt| {
            if attempt.transport.is_datagram() {
                udp = Some(attempt);
            }
        };
        let server = Resolver::Server(self.address);
        let asked = [(Arc::clone(&name), kind)];
        let small = queries::ask(&self.asking, &server, &asked, form, &mut write);
        let (end, tcp) = tokio::join!(small, self.over_tcp(&name, kind));
        self.note(|server| {
            server.error = server
                .error
                .take()
                .or(end.err().map(|error| error.to_string()));
            server.smaller = Some(Smaller {
                name,
                kind,
                udp,
                tcp,
            });
        });
    }
}
