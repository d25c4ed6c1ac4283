//! The numbers and pictures of a judgement.

use std::collections::HashSet;

use super::chains::Chains;
use super::observation::{Observation, Outcome, Session, short};
use super::settings::Settings;
use super::window::Window;
use super::words::instant;
use super::{handshake_times, negotiated, renewal, staple_gain};
use crate::model::exhibit::{Mark, Span};
use crate::model::{Exhibit, LaunchClock, Measure};

/// How many certificates the timeline shows.
const MOST_SPANS: usize = 40;

/// Names as existing dashboards expect them: the first is the one of Prometheus' blackbox exporter, which also
/// takes in every certificate that is served, whether it is needed or not.
pub(crate) fn measures<'a>(
    settings: &Settings,
    observation: &'a Observation,
    chains: &mut Chains<'a>,
) -> Vec<Measure> {
    let mut measures = Vec::new();
    for endpoint in observation.endpoints(settings) {
        let name = endpoint.to_string();
        let sessions: Vec<_> = observation.sessions(endpoint).collect();
        let ends = sessions.iter().filter_map(|(_, session)| {
            let followed = chains.follow(&session.chain).ok()?;
            let members = followed.chain.certificates.iter();
            members.map(|member| member.not_after).min()
        });
        if let Some(end) = ends.min() {
            let labels = [("endpoint", name.as_str())];
            let seconds = end.as_second() as f64;
            measures.push(Measure::new(
                "probe_ssl_earliest_cert_expiry",
                seconds,
                "seconds",
                labels,
            ));
        }
        for (address, session) in sessions {
            let address = address.ip().to_string();
            let labels = [("endpoint", name.as_str()), ("address", address.as_str())];
            let seconds = session.handshake_us as f64 / 1e6;
            measures.push(Measure::new(
                "tls_handshake_duration_seconds",
                seconds,
                "seconds",
                labels,
            ));
            measures.extend(negotiated::measures(&name, &address, session));
        }
        measures.extend(handshake_times::measures(endpoint, observation));
        measures.extend(staple_gain::measures(settings, endpoint, observation));
    }
    measures.extend(renewal::measures(observation));
    measures
}

pub(crate) fn exhibits<'a>(
    settings: &Settings,
    observation: &'a Observation,
    chains: &mut Chains<'a>,
    window: Window,
    clock: &LaunchClock,
) -> Vec<Exhibit> {
    let mut exhibits = Vec::new();
    let rows = rows(settings, observation, chains);
    if !rows.is_empty() {
        exhibits.push(Exhibit::Table {
            title: "What each address serves".to_owned(),
            columns: [
                "Endpoint",
                "Address",
                "Handshake",
                "Certificate",
                "Issuer",
                "Ends",
            ]
            .map(str::to_owned)
            .to_vec(),
            rows: crate::model::Cell::old(rows),
            omitted: 0,
        });
    }
    exhibits.extend(negotiated::table(settings, observation));
    exhibits.extend(renewal::exhibit(observation));
    exhibits.extend(handshake_times::exhibits(settings, observation));
    exhibits.extend(staple_gain::exhibit(settings, observation));
    let spans = spans(settings, observation, chains);
    if !spans.is_empty() {
        let mut marks = vec![Mark {
            label: "T-0".to_owned(),
            at: clock.t0,
        }];
        if window.now != clock.t0 {
            marks.insert(
                0,
                Mark {
                    label: "now".to_owned(),
                    at: window.now,
                },
            );
        }
        exhibits.push(Exhibit::Timeline {
            title: "Validity of the certificates".to_owned(),
            spans,
            marks,
        });
    }
    exhibits
}

fn rows<'a>(
    settings: &Settings,
    observation: &'a Observation,
    chains: &mut Chains<'a>,
) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for endpoint in observation.endpoints(settings) {
        let Some(seen) = observation.seen(endpoint) else {
            continue;
        };
        for address in seen.lookup.addresses() {
            let [handshake, certificate, issuer, ends] = match seen.addresses.get(address) {
                Some(Outcome::Handshake(session)) => served(session, chains),
                Some(Outcome::Failure(failure)) => [failure.to_string(), dash(), dash(), dash()],
                None => ["not met".to_owned(), dash(), dash(), dash()],
            };
            let address = address.ip().to_string();
            rows.push(vec![
                endpoint.to_string(),
                address,
                handshake,
                certificate,
                issuer,
                ends,
            ]);
        }
    }
    rows
}

fn served<'a>(session: &'a Session, chains: &mut Chains<'a>) -> [String; 4] {
    let digest = session
        .chain
        .first()
        .map_or_else(dash, |leaf| short(leaf).to_owned());
    let (issuer, ends) = match chains.follow(&session.chain) {
        Ok(followed) => {
            let leaf = followed.chain.leaf();
            (leaf.issuer.clone(), instant(leaf.not_after))
        }
        Err(_) => (dash(), dash()),
    };
    [session.protocol.clone(), digest, issuer, ends]
}

/// The validity of the first certificates, each once.
fn spans<'a>(
    settings: &Settings,
    observation: &'a Observation,
    chains: &mut Chains<'a>,
) -> Vec<Span> {
    let mut known = HashSet::new();
    let mut spans = Vec::new();
    for (endpoint, _, session) in observation.each_session(settings) {
        if spans.len() == MOST_SPANS {
            break;
        }
        if !session.chain.first().is_some_and(|leaf| known.insert(leaf)) {
            continue;
        }
        if let Ok(followed) = chains.follow(&session.chain) {
            let leaf = followed.chain.leaf();
            spans.push(Span {
                label: format!("{endpoint} {}", leaf.subject),
                from: leaf.not_before,
                to: leaf.not_after.max(leaf.not_before),
            });
        }
    }
    spans
}

fn dash() -> String {
    "-".to_owned()
}
