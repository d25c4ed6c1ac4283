//! Whether sessions were resumed where they must be.

use std::net::SocketAddr;

use super::seen::{Across, Returns, count};
use crate::checks::tls::case::Case;
use crate::checks::tls::gathering::Located;
use crate::checks::tls::observation::Session;
use crate::checks::tls::rules;
use crate::checks::tls::settings::ResumptionLevel;
use crate::instrument::tls::HandshakeKind;
use crate::judging::text::clipped;
use crate::model::Finding;

/// What is found at each address of one endpoint. `addresses` is how many it has.
pub(crate) fn findings(
    case: &Case<'_>,
    addresses: usize,
    sessions: &[(SocketAddr, &Session)],
) -> Vec<Located> {
    let level = case.settings.resumption.as_ref().map(|asked| asked.level);
    let across = match level {
        None | Some(ResumptionLevel::Note) => return Vec::new(),
        Some(ResumptionLevel::Require) => false,
        Some(ResumptionLevel::RequireAcross) => true,
    };
    let returns = || {
        let each = sessions.iter();
        each.map(|(address, session)| (vec![*address], &session.returns))
    };
    let mut findings: Vec<Located> = returns()
        .map(|(at, returns)| (at, resumes(case, returns)))
        .collect();
    if across && addresses > 1 {
        findings.extend(returns().map(|(at, returns)| (at, shares(case, returns))));
    }
    findings
}

fn resumes(case: &Case<'_>, returns: &Returns) -> Finding {
    let (rule, endpoint) = (rules::SESSION_RESUMPTION, case.endpoint);
    let unknown = || {
        let claim = format!("It is not known whether {endpoint} resumes sessions");
        rule.error(case.subject, claim)
    };
    let wanted = case.settings.handshakes_to_resume();
    let failed = returns.again.iter().find_map(|kind| match kind {
        HandshakeKind::Failed { failure } => Some(failure),
        _ => None,
    });
    let resumed = count(&returns.again);
    let tried = returns.again.len();
    if let Some(failure) = failed {
        let observed = format!(
            "when a client came back, it {}",
            clipped(&failure.to_string())
        );
        return unknown().observed(observed);
    }
    if tried < wanted {
        return unknown()
            .observed(format!(
                "the probe ended after {tried} of {wanted} handshakes"
            ))
            .hint("raise the check's `timeout`, or lower `resumption.handshakes`");
    }
    let observed = format!("{resumed} of {tried} handshakes were resumed");
    if resumed == tried {
        let claim = format!("{endpoint} resumes the sessions of clients that come back");
        return rule.pass(case.subject, claim).observed(observed);
    }
    let claim = match resumed {
        0 => format!("{endpoint} resumes no session"),
        _ => format!("{endpoint} resumes only some sessions"),
    };
    let fail = rule
        .fail(case.subject, claim)
        .expected("all of them")
        .observed(observed);
    fail.hint(match resumed {
        0 => "enable session tickets, for nginx `ssl_session_tickets on`, or a session cache",
        _ => "several servers answer at this address: give them the same ticket keys",
    })
}

fn shares(case: &Case<'_>, returns: &Returns) -> Finding {
    let (rule, endpoint) = (rules::SHARED_SESSIONS, case.endpoint);
    let unknown = |observed: String| {
        let claim = format!("It is not known whether the addresses of {endpoint} share sessions");
        rule.error(case.subject, claim).observed(observed)
    };
    match &returns.across {
        Some(Across {
            kind: HandshakeKind::Resumed { .. },
            ..
        }) => rule.pass(
            case.subject,
            format!("The next address of {endpoint} resumes a session from here"),
        ),
        Some(Across {
            to,
            kind: HandshakeKind::Full { .. },
        }) => rule
            .fail(
                case.subject,
                format!("The next address of {endpoint} does not resume a session from here"),
            )
            .observed(format!("{} completes a full handshake", to.ip()))
            .hint("give all of them the same ticket keys and rotate them together, for nginx `ssl_session_ticket_key`, for haproxy `tls-ticket-keys`"),
        Some(Across {
            to,
            kind: HandshakeKind::Failed { failure },
        }) => unknown(format!(
            "with a session from here, {} {}",
            to.ip(),
            clipped(&failure.to_string())
        )),
        None => unknown(
            "no client went from here to another address, or the probe ended before it did".to_owned(),
        ),
    }
}
