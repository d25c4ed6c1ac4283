//! Comes back to servers with the sessions that they gave.

use std::net::SocketAddr;

use futures_util::{StreamExt as _, stream};

use super::seen::{Across, Returns};
use crate::checks::tls::endpoint::Endpoint;
use crate::checks::tls::round::{AT_ONCE, Round};
use crate::instrument::tls::SessionCache;

/// Comes back to every address that completed a handshake.
pub(crate) async fn ask(round: &Round<'_>, endpoints: &[Endpoint]) {
    if round.settings.resumption.is_none() {
        return;
    }
    stream::iter(endpoints.to_vec())
        .map(|endpoint| each(round, endpoint))
        .buffer_unordered(AT_ONCE)
        .collect::<()>()
        .await;
}

/// The addresses of one endpoint, one after the other; each client goes on to the next one, from the last to the
/// first.
async fn each(round: &Round<'_>, endpoint: Endpoint) {
    let mut addresses: Vec<SocketAddr> = Vec::new();
    round.notes.note(|seen| {
        addresses = seen
            .sessions(&endpoint)
            .map(|(address, _)| address)
            .collect();
    });
    let next = addresses.iter().cycle().skip(1);
    for (here, next) in addresses.iter().zip(next) {
        if round.over() {
            return;
        }
        come_back(round, &endpoint, *here, *next).await;
    }
}

/// Comes to one address for the first time and again, and goes on to `next`. One connection after the other; notes
/// after each step what is known until then.
async fn come_back(round: &Round<'_>, endpoint: &Endpoint, here: SocketAddr, next: SocketAddr) {
    let name = &round.settings.server(endpoint).0;
    let timeouts = round.timeouts;
    let client = round.client(endpoint, here, None);
    let known = |returns: &Returns| {
        round.session(endpoint, here, |session| session.returns = returns.clone());
    };
    let mut returns = Returns::default();
    // A new client each time: a server may give as many tickets as it likes, also one for a whole life.
    for _ in 0..round.settings.handshakes_to_resume() {
        let cache = SessionCache::new(client);
        returns
            .first
            .push(cache.handshake(here, name, timeouts).await);
        returns
            .again
            .push(cache.handshake(here, name, timeouts).await);
        known(&returns);
    }
    if here != next {
        let cache = SessionCache::new(client);
        returns
            .first
            .push(cache.handshake(here, name, timeouts).await);
        let kind = cache.handshake(next, name, timeouts).await;
        returns.across = Some(Across { to: next, kind });
        known(&returns);
    }
}
