//! What is claimed of what a staple saves, and whether it holds.

use std::net::SocketAddr;

use super::gain::{Gain, Side, WINDOW, less};
use crate::checks::tls::case::Case;
use crate::checks::tls::chain_end::ChainEnd;
use crate::checks::tls::observation::{Observation, Session};
use crate::checks::tls::settings::StapleGain;
use crate::instrument::revocation::Pointers;
use crate::model::{Finding, Status};

/// Who served a claim's chain, and what was found there.
type Claim = (Vec<SocketAddr>, Finding);

/// All claims about the addresses that serve one chain.
pub(crate) fn claims(
    case: &Case<'_>,
    trust: &ChainEnd,
    sessions: &[(SocketAddr, &Session)],
    observation: &Observation,
) -> Vec<Claim> {
    // Nobody is asked on behalf of a certificate that is not trusted, and that it is not is a claim of its own.
    let (Some(asked), ChainEnd::Trusted(_)) = (case.settings.staple_saving, trust) else {
        return Vec::new();
    };
    let leaf = sessions.first().and_then(|(_, one)| one.chain.first());
    let leaf = leaf.and_then(|leaf| observation.certificate(leaf));
    let Some(Ok(pointers)) = leaf.map(Pointers::read) else {
        return Vec::new(); // the claims on the chain say so
    };
    let mut claims = Vec::new();
    for (address, session) in sessions {
        let findings = if pointers.responders.is_empty() {
            let nobody = "the certificate names no responder: without a staple, clients ask nobody";
            vec![Finding::skipped(case.saves()).observed(nobody)]
        } else if session.staple().is_none() {
            vec![Finding::skipped(case.saves()).observed("it staples nothing")]
        } else {
            let gain = Gain::of(case.settings, session, observation);
            case.gain(&gain, asked)
        };
        claims.extend(
            findings
                .into_iter()
                .map(|finding| (vec![*address], finding)),
        );
    }
    claims.sort_by(|(_, one), (_, other)| one.claim.cmp(&other.claim)); // claim by claim
    claims
}

impl Case<'_> {
    fn saves(&self) -> String {
        format!(
            "The staple of {} saves its clients the question to the OCSP responder",
            self.endpoint
        )
    }

    fn gain(&self, gain: &Gain, asked: StapleGain) -> Vec<Finding> {
        let (bad, unknown) = match asked {
            StapleGain::Require => (Status::Fail, Status::Error),
            StapleGain::Note => (Status::Warn, Status::Warn),
        };
        let flights = match &gain.flights {
            Ok(flights) => *flights,
            Err(why) => {
                return vec![
                    Finding::new(unknown, self.saves())
                        .observed(why.observed.clone())
                        .hint(why.hint),
                ];
            }
        };
        let time = match &gain.question {
            Ok(question) => self.time(flights, *question, bad),
            Err(why) => Finding::new(unknown, self.saves())
                .observed(why.observed.clone())
                .hint(why.hint),
        };
        vec![time, self.window(flights, bad)]
    }

    fn time(&self, [with, without]: [Side; 2], question: u64, bad: Status) -> Finding {
        let time = less([with, without], question);
        let flights = format!(
            "the first flight takes {} with it and {} without, a question to the responder {}",
            shown(with.time),
            shown(without.time),
            shown(question)
        );
        if time > 0 {
            return Finding::pass(self.saves()).observed(format!(
                "it saves {}: {flights} (medians)",
                shown(time.unsigned_abs())
            ));
        }
        Finding::new(bad, self.saves())
            .expected("a staple that costs less time than the question")
            .observed(format!("it saves nothing: {flights} (medians)"))
            .hint("the server may fetch its response, or wait for it, within the handshake: let it fetch in advance (haproxy: `ocsp-update on`; nginx: `ssl_stapling_file`, renewed by a timer)")
    }

    fn window(&self, [with, without]: [Side; 2], bad: Status) -> Finding {
        let claim = format!(
            "The staple of {} costs its clients no further round trip",
            self.endpoint
        );
        if with.round_trips() == without.round_trips() {
            let observed = match with.round_trips() {
                1 => format!("certificates and staple fit into the first {WINDOW} bytes"),
                trips => format!("the first flight takes {trips} round trips, also without it"),
            };
            return Finding::pass(claim).observed(observed);
        }
        Finding::new(bad, claim)
            .expected(format!(
                "a first flight of {WINDOW} bytes at most, 10 segments (RFC 6928)"
            ))
            .observed(format!(
                "{} bytes in {} round trips, without it {} bytes in {}",
                with.bytes,
                with.round_trips(),
                without.bytes,
                without.round_trips(),
            ))
            .hint("serve less: leave out certificates that clients do not need (the root, cross-signed ones), use ECDSA keys; where the server's initial congestion window is larger, set `staple-saving = \"note\"`")
    }
}

/// `12.3 ms`.
fn shown(micros: u64) -> String {
    format!("{:.1} ms", micros as f64 / 1e3)
}
