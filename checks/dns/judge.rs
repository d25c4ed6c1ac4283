//! Decides what the exchanges mean for a launch.

use super::observation::Observation;
use super::rounds::resolver_rounds;
use super::settings::Settings;
use super::view::View;
use super::{
    answers, authoritative, client_certificate, consistency, dnssec, edns, extended, figures,
    latency, nxdomain, packet_loss, rate_limits, reachable, region, requirements, rounds, sessions,
    system_resolver, traffic, ttl, usable,
};
use crate::model::{Finding, Judgement, LaunchFacts};

/// The findings, then numbers and pictures.
pub(super) fn judge(
    settings: &Settings,
    observation: &Observation,
    facts: &LaunchFacts,
) -> Judgement {
    let view = View::new(settings, observation);
    let all_rounds = resolver_rounds::of(&view);
    let list = |finding: Option<Finding>| Vec::from_iter(finding);
    let mut judgement = Judgement::default();
    for findings in [
        answers::judge(&view),
        usable::judge(&view),
        consistency::judge(&view),
        requirements::judge(&view),
        nxdomain::judge::judge(settings, observation),
        region::judge::judge(settings, observation),
        reachable::judge::judge(&view),
        ttl::judge(&view),
        authoritative::judge::judge(settings, observation),
        rounds::judge::judge(&view, &all_rounds),
        system_resolver::judge(&view),
        latency::judge(&view),
        list(packet_loss::losses(observation)),
        rate_limits::judge(&view),
        edns::judge(&view),
        extended::judge(&view),
        sessions::judge(settings, observation),
        list(client_certificate::judge(settings, observation, facts)),
        list(packet_loss::strays(observation)),
        list(packet_loss::second_answers(&view)),
    ] {
        judgement.extend(findings);
    }
    judgement.extend(figures::measures(&view, &all_rounds));
    judgement.extend(reachable::judge::measures(observation));
    judgement.extend(figures::exhibits(&view, &all_rounds));
    judgement.extend(traffic::measures(observation));
    judgement.extend(extended::exhibit(&view));
    judgement.extend(region::judge::exhibit(observation));
    judgement.extend(authoritative::table::exhibit(observation));
    judgement.extend(traffic::exhibit(observation));
    judgement.extend(dnssec::judge::judge(settings, observation, facts));
    judgement
}
