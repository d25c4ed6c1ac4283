//! Decides what the exchanges mean for a launch.

use super::probe::Observation;
use super::settings::Settings;
use super::view::View;
use super::{
    absent, answers, extended, figures, latency, limits, machine, packets, reachable, region,
    rules, same, sessions, source, ttl, warm,
};
use crate::model::Judgement;

/// The findings, then numbers and pictures.
pub(super) fn judge(settings: &Settings, observation: &Observation) -> Judgement {
    let view = View::new(settings, observation);
    let courses = warm::of(&view);
    let mut findings = answers::judge(&view);
    findings.extend(same::judge(&view));
    findings.extend(rules::judge(&view));
    findings.extend(absent::judge(settings, observation));
    findings.extend(region::judge(settings, observation));
    findings.extend(reachable::judge(&view));
    findings.extend(ttl::judge(&view));
    findings.extend(source::judge(settings, observation));
    findings.extend(warm::judge(&view, &courses));
    findings.extend(machine::judge(&view));
    findings.extend(latency::judge(&view));
    findings.extend(packets::losses(&view));
    findings.extend(limits::judge(&view));
    findings.extend(extended::judge(&view));
    findings.extend(sessions::judge(settings, observation));
    findings.extend(packets::strays(&view));
    let mut measures = figures::measures(&view, &courses);
    measures.extend(reachable::measures(observation));
    let mut exhibits = figures::exhibits(&view, &courses);
    exhibits.extend(extended::exhibit(&view));
    exhibits.extend(region::exhibit(observation));
    exhibits.extend(source::exhibit(observation));
    Judgement {
        findings,
        measures,
        exhibits,
    }
}
