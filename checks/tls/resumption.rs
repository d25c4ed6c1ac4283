//! Whether clients that come back are known again, at the same address and at the next one. At T-0 they all come
//! back, and a gateway whose addresses do not share their ticket keys pays for a full handshake with each.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Settings;
use super::endpoint::{Endpoint, Host};
use super::observation::Session;
use super::words::bounded;
use crate::instrument::tls::{Client, HandshakeKind, SessionCache, Timeouts};
use crate::model::Finding;

/// What is asked of resumption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Resume {
    /// It is measured.
    Note,
    /// Every address takes up its own sessions.
    Require,
    /// Every address also takes up those of the others.
    RequireAcross,
}

/// How many clients come back, unless `handshakes` says it.
const OFTEN: u8 = 3;

/// What came of a client's returns to one address.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Returns {
    /// Handshakes of clients that came for the first time.
    pub(super) first: Vec<HandshakeKind>,
    /// Handshakes of the same clients when they came back to the same address.
    pub(super) again: Vec<HandshakeKind>,
    /// Handshake of a client that went on to another address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) across: Option<Across>,
}

/// A client that went on to another address with what it had been given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Across {
    /// Where it went.
    pub(super) to: SocketAddr,
    /// What came of it.
    pub(super) shake: HandshakeKind,
}

/// How many handshakes each address gets beside the first; none where resumption is not asked for.
pub(super) fn load(settings: &Settings) -> usize {
    match settings.resumption {
        Some(_) => 2 * usize::from(settings.handshakes.unwrap_or(OFTEN)) + 2,
        None => 0,
    }
}

/// Comes to one address for the first time and again, and goes on to `next`. One connection after the other.
/// Says after each step what is known until then.
pub(super) async fn come_back(
    settings: &Settings,
    client: &Client,
    host: &Host,
    [here, next]: [SocketAddr; 2],
    timeouts: Timeouts,
    mut known: impl FnMut(&Returns),
) {
    let often = settings.handshakes.unwrap_or(OFTEN);
    let name = &host.0;
    let mut returns = Returns::default();
    // A new client each time: a server may give as many tickets as it likes, also one for a whole life.
    for _ in 0..often {
        let memory = SessionCache::new(client);
        returns.first.push(memory.handshake(here, name, timeouts).await);
        returns.again.push(memory.handshake(here, name, timeouts).await);
        known(&returns);
    }
    if here != next {
        let memory = SessionCache::new(client);
        returns.first.push(memory.handshake(here, name, timeouts).await);
        let shake = memory.handshake(next, name, timeouts).await;
        returns.across = Some(Across { to: next, shake });
        known(&returns);
    }
}

/// What is found at each address of one endpoint, by claim. `addresses` is how many it has.
pub(super) fn claims(
    settings: &Settings,
    endpoint: &Endpoint,
    addresses: usize,
    sessions: &[(SocketAddr, &Session)],
) -> Vec<Vec<(Vec<SocketAddr>, Finding)>> {
    let across = match settings.resumption {
        None | Some(Resume::Note) => return Vec::new(),
        Some(Resume::Require) => false,
        Some(Resume::RequireAcross) => true,
    };
    let each = |find: &dyn Fn(&Returns) -> Finding| {
        let found = sessions.iter();
        found
            .map(|(address, session)| (vec![*address], find(&session.returns)))
            .collect::<Vec<_>>()
    };
    let mut claims = vec![each(&|returns| again(settings, endpoint, returns))];
    if across && addresses > 1 {
        claims.push(each(&|returns| elsewhere(endpoint, returns)));
    }
    claims
}

fn again(settings: &Settings, endpoint: &Endpoint, returns: &Returns) -> Finding {
    let claim = format!("{endpoint} resumes the sessions of clients that come back");
    let wanted = usize::from(settings.handshakes.unwrap_or(OFTEN));
    let failed = returns.again.iter().find_map(|shake| match shake {
        HandshakeKind::Failed { failure } => Some(failure),
        _ => None,
    });
    let resumed = count(&returns.again);
    let met = returns.again.len();
    if let Some(failure) = failed {
        let observed = format!(
            "to a client that came back, it {}",
            bounded(&failure.to_string())
        );
        return Finding::error(claim).observed(observed);
    }
    if met < wanted {
        return Finding::error(claim)
            .observed(format!(
                "the probe ended after {met} of {wanted} handshakes"
            ))
            .hint("raise the check's `timeout`, or lower `handshakes`");
    }
    let observed = format!("{resumed} of {met} handshakes were resumed");
    if resumed == met {
        return Finding::pass(claim).observed(observed);
    }
    let fail = Finding::fail(claim)
        .expected("all of them")
        .observed(observed);
    fail.hint(if resumed == 0 {
        "enable session tickets, for nginx `ssl_session_tickets on`, or a session cache"
    } else {
        "several servers answer at this address: give them the same ticket keys"
    })
}

fn elsewhere(endpoint: &Endpoint, returns: &Returns) -> Finding {
    let claim = format!("Every address of {endpoint} resumes the sessions of the next one");
    match &returns.across {
        Some(Across { shake: HandshakeKind::Resumed { .. }, .. }) => Finding::pass(claim),
        Some(Across { to, shake: HandshakeKind::Full { .. } }) => Finding::fail(claim)
            .observed(format!("{} does not know a session from here", to.ip()))
            .hint("give all of them the same ticket keys and rotate them together, for nginx `ssl_session_ticket_key`, for haproxy `tls-ticket-keys`"),
        Some(Across { to, shake: HandshakeKind::Failed { failure } }) => Finding::error(claim)
            .observed(format!("asked with a session from here, {} {}", to.ip(), bounded(&failure.to_string()))),
        None => Finding::error(claim)
            .observed("no client went from here to another address, or the probe ended before it did"),
    }
}

/// How many of them were resumed.
pub(super) fn count(shakes: &[HandshakeKind]) -> usize {
    let resumed = |shake: &&HandshakeKind| matches!(shake, HandshakeKind::Resumed { .. });
    shakes.iter().filter(resumed).count()
}
