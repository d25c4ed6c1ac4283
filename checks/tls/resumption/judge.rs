//! Whether sessions were resumed where they must be.

use std::net::SocketAddr;

use super::seen::{Across, Returns, count};
use crate::checks::tls::endpoint::Endpoint;
use crate::checks::tls::observation::Session;
use crate::checks::tls::settings::{Resume, Settings};
use crate::checks::tls::words::bounded;
use crate::instrument::tls::HandshakeKind;
use crate::model::Finding;

/// What is found at each address of one endpoint, by claim. `addresses` is how many it has.
pub(crate) fn claims(
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
    let wanted = settings.handshakes();
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
