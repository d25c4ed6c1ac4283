//! Decides what the exchanges mean for a launch.

use super::observation::Observation;
use super::rounds::resolver_rounds;
use super::settings::Settings;
use super::view::View;
use super::{
    answers, authoritative, consistency, extended, figures, latency, nxdomain, packet_loss,
    rate_limits, reachable, region, requirements, rounds, sessions, system_resolver, ttl,
};
use crate::model::Judgement;

/// The findings, then numbers and pictures.
pub(super) fn judge(settings: &Settings, observation: &Observation) -> Judgement {
    let view = View::new(settings, observation);
    let all_rounds = resolver_rounds::of(&view);
    let mut findings = answers::judge(&view);
    findings.extend(consistency::judge(&view));
    findings.extend(requirements::judge(&view));
    findings.extend(nxdomain::judge::judge(settings, observation));
    findings.extend(region::judge::judge(settings, observation));
    findings.extend(reachable::judge::judge(&view));
    findings.extend(ttl::judge(&view));
    findings.extend(authoritative::judge::judge(settings, observation));
    findings.extend(rounds::judge::judge(&view, &all_rounds));
    findings.extend(system_resolver::judge(&view));
    findings.extend(latency::judge(&view));
    findings.extend(packet_loss::losses(&view));
    findings.extend(rate_limits::judge(&view));
    findings.extend(extended::judge(&view));
    findings.extend(sessions::judge(settings, observation));
    findings.extend(packet_loss::strays(&view));
    let mut measures = figures::measures(&view, &all_rounds);
    measures.extend(reachable::judge::measures(observation));
    let mut exhibits = figures::exhibits(&view, &all_rounds);
    exhibits.extend(extended::exhibit(&view));
    exhibits.extend(region::judge::exhibit(observation));
    exhibits.extend(authoritative::table::exhibit(observation));
    Judgement {
        findings,
        measures,
        exhibits,
    }
}
