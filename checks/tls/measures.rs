//! The numbers of a judgement, of the first addresses where there are very many.

use super::certificate::seconds;
use super::chains::Chains;
use super::endpoint::Endpoint;
use super::families::{self as family, MOST_ADDRESSES};
use super::observation::{Observation, Outcome, Seen, Session};
use super::settings::Settings;
use super::{blackbox, handshake_times, negotiated, renewal, revocation, staple_gain};
use crate::judging::Window;
use crate::model::Measure;

/// All numbers.
pub(crate) fn measures<'a>(
    settings: &Settings,
    observation: &'a Observation,
    chains: &mut Chains<'a>,
    window: Window,
) -> Vec<Measure> {
    let mut measures = outcomes(settings, observation);
    let mut left = MOST_ADDRESSES;
    for endpoint in observation.endpoints(settings) {
        let sessions: Vec<_> = observation.sessions(endpoint).take(left).collect();
        left -= sessions.len();
        let name = endpoint.to_string();
        let shown = observation.seen(endpoint).into_iter().flat_map(Seen::shown);
        let certificates = shown.filter_map(|(_, _, session)| {
            let verified = chains.follow(&session.chain).ok()?;
            let members = verified.chain.certificates.iter();
            members.map(|member| member.not_after).min()
        });
        if let Some(first) = certificates.min() {
            let seconds = seconds(first);
            measures.push(family::EARLIEST_EXPIRY.measure(seconds, [("endpoint", &name)]));
        }
        for (address, session) in &sessions {
            let address = address.ip().to_string();
            let at = [("endpoint", name.as_str()), ("address", address.as_str())];
            let of = Address {
                settings,
                observation,
                endpoint,
                window,
                at,
            };
            measures.extend(of.measures(session, chains));
        }
        measures.extend(handshake_times::measures(&name, &sessions));
        if left == 0 {
            break;
        }
    }
    measures.extend(renewal::measures(observation));
    measures
}

/// How many addresses there are, by what became of them.
fn outcomes(settings: &Settings, observation: &Observation) -> Vec<Measure> {
    let (mut completed, mut failed, mut left) = (0, 0, 0);
    for endpoint in observation.endpoints(settings) {
        let Some(seen) = observation.seen(endpoint) else {
            continue;
        };
        for address in seen.found() {
            match seen.addresses.get(&address) {
                Some(Outcome::Handshake(_)) => completed += 1,
                Some(Outcome::Failure(_) | Outcome::Refused(_)) => failed += 1,
                None => left += 1,
            }
        }
    }
    [
        ("completed", completed),
        ("failed", failed),
        ("not contacted", left),
    ]
    .map(|(outcome, count)| family::ADDRESSES.measure(f64::from(count), [("outcome", outcome)]))
    .to_vec()
}

/// One address.
struct Address<'a> {
    settings: &'a Settings,
    observation: &'a Observation,
    endpoint: &'a Endpoint,
    window: Window,
    at: [(&'static str, &'a str); 2],
}

impl Address<'_> {
    fn measures<'a>(&self, session: &'a Session, chains: &mut Chains<'a>) -> Vec<Measure> {
        let seconds = session.handshake_us as f64 / 1e6;
        let mut measures = vec![family::HANDSHAKE_DURATION.measure(seconds, self.at)];
        measures.extend(negotiated::measures(self.at, session));
        if let Ok(verified) = chains.follow(&session.chain) {
            let server = self.settings.server(self.endpoint);
            measures.extend(blackbox::measures(
                self.at,
                &server,
                &verified,
                session,
                &self.observation.anchors,
                self.window.now,
            ));
            measures.extend(revocation::measures(
                self.at,
                self.settings,
                &verified,
                session,
            ));
        }
        measures.extend(staple_gain::measures(
            self.at,
            self.settings,
            session,
            self.observation,
        ));
        measures
    }
}
