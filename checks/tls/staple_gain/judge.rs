//! What a staple gains its clients, and what it costs them.

use std::net::SocketAddr;

use super::gain::{Gain, Side, Unmeasured, WINDOW, less};
use crate::checks::tls::case::Case;
use crate::checks::tls::chain_end::ChainEnd;
use crate::checks::tls::chains::VerifiedChain;
use crate::checks::tls::gathering::Located;
use crate::checks::tls::observation::{Observation, Session};
use crate::checks::tls::rules;
use crate::checks::tls::settings::StapleLevel;
use crate::model::{Finding, Status};

/// All that is found of the addresses that serve one chain.
pub(crate) fn findings(
    case: &Case<'_>,
    verified: &VerifiedChain<'_>,
    sessions: &[(SocketAddr, &Session)],
    observation: &Observation,
) -> Vec<Located> {
    // No responder is asked about a certificate that is not trusted, and that it is not is a finding of its own.
    let (Some(asked), ChainEnd::Trusted(_)) = (&case.settings.staple_gain, &verified.end) else {
        return Vec::new();
    };
    let Some(pointers) = &verified.pointers else {
        return Vec::new(); // the findings of the chain say so
    };
    let mut gains = Vec::new();
    let mut sizes = Vec::new();
    for (address, session) in sessions {
        let at = || vec![*address];
        if pointers.responders.is_empty() {
            let claim = format!(
                "The certificate of {} names no OCSP responder",
                case.endpoint
            );
            let finding = rules::STAPLE_GAIN
                .skipped(case.subject, claim)
                .observed("without a staple, clients ask nothing");
            gains.push((at(), finding));
        } else if session.staple().is_none() {
            let claim = format!("{} staples nothing", case.endpoint);
            gains.push((at(), rules::STAPLE_GAIN.skipped(case.subject, claim)));
        } else {
            let gain = Gain::of(case.settings, session, observation);
            let (time, size) = case.gain(&gain, asked.level);
            gains.push((at(), time));
            sizes.extend(size.map(|size| (at(), size)));
        }
    }
    gains.into_iter().chain(sizes).collect()
}

impl Case<'_> {
    /// What the staple gains, and whether it fits; the latter only where the flights were measured.
    fn gain(&self, gain: &Gain, level: StapleLevel) -> (Finding, Option<Finding>) {
        let (bad, unknown) = match level {
            StapleLevel::Require => (Status::Fail, Status::Error),
            StapleLevel::Note => (Status::Warn, Status::Warn),
        };
        let unmeasured = |why: &Unmeasured| {
            let claim = format!(
                "It is not known what the staple of {} gains its clients",
                self.endpoint
            );
            rules::STAPLE_GAIN
                .finding(unknown, self.subject, claim)
                .observed(why.observed.clone())
                .hint(why.hint)
        };
        let flights = match &gain.flights {
            Ok(flights) => *flights,
            Err(why) => return (unmeasured(why), None),
        };
        let time = match &gain.question {
            Ok(question) => self.time(flights, *question, bad),
            Err(why) => unmeasured(why),
        };
        (time, Some(self.size(flights, bad)))
    }

    fn time(&self, [with, without]: [Side; 2], question: u64, bad: Status) -> Finding {
        let time = less([with, without], question);
        let flights = format!(
            "the first flight takes {} with it and {} without, an OCSP query {}",
            shown(with.time),
            shown(without.time),
            shown(question)
        );
        if time > 0 {
            let claim = format!("The staple of {} saves its clients time", self.endpoint);
            return rules::STAPLE_GAIN
                .pass(self.subject, claim)
                .observed(format!(
                    "it saves {}: {flights} (medians)",
                    shown(time.unsigned_abs())
                ));
        }
        let claim = format!("The staple of {} saves its clients no time", self.endpoint);
        rules::STAPLE_GAIN
            .finding(bad, self.subject, claim)
            .expected("a staple that costs less time than an OCSP query")
            .observed(format!("{flights} (medians)"))
            .hint("the server may fetch its response, or wait for it, within the handshake: let it fetch in advance (haproxy: `ocsp-update on`; nginx: `ssl_stapling_file`, renewed by a timer)")
    }

    fn size(&self, [with, without]: [Side; 2], bad: Status) -> Finding {
        let (rule, endpoint) = (rules::STAPLE_SIZE, self.endpoint);
        if with.round_trips() == without.round_trips() {
            let observed = match with.round_trips() {
                1 => format!("certificates and staple fit into the first {WINDOW} bytes"),
                trips => format!("the first flight takes {trips} round trips, also without it"),
            };
            let claim = format!("The staple of {endpoint} costs its clients no extra round trip");
            return rule.pass(self.subject, claim).observed(observed);
        }
        let claim = format!("The staple of {endpoint} costs its clients an extra round trip");
        rule.finding(bad, self.subject, claim)
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
            .hint("serve less: leave out certificates that clients do not need (the root, cross-signed ones), use ECDSA keys; where the server's initial congestion window is larger, set `staple-gain.level = \"note\"`")
    }
}

/// `12.3 ms`.
fn shown(micros: u64) -> String {
    format!("{:.1} ms", micros as f64 / 1e3)
}
