//! Whether signatures lead to a trust anchor, and last beyond T-0.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hickory_proto::op::Query;

use super::anchors::Anchors;
use super::chain::{Standing, Validator};
use super::messages::Messages;
use super::question::{absolute, parse, sample};
use super::signed::Proofs;
use super::valid_signatures::ValidSignatures;
use super::validity::Validity;
use crate::checks::dns::observation::{Gathered, Observation, Path, Signatures, Walk};
use crate::checks::dns::rules::TRUST_ANCHOR;
use crate::checks::dns::settings::{Dnssec, Settings};
use crate::model::{Finding, Judgement, LaunchFacts};

/// Everything about signatures; nothing where the settings do not ask.
pub(crate) fn judge(
    settings: &Settings,
    observation: &Observation,
    facts: &LaunchFacts,
) -> Judgement {
    let Some(dnssec) = &settings.dnssec else {
        return Judgement::default();
    };
    let none = Signatures::default();
    let seen = observation.signatures.as_ref().unwrap_or(&none);
    let anchors = match (&seen.error, &seen.anchors, &dnssec.trust_anchor) {
        (Some(error), ..) => Err(error.clone()),
        (None, Some(text), _) => Anchors::read(text),
        (None, None, None) => Ok(Anchors::of_the_root()),
        (None, None, Some(_)) => Err("not observed".to_owned()),
    };
    let anchors = match anchors {
        Ok(anchors) => anchors,
        Err(reason) => return unusable(reason).into(),
    };
    let mut all = ValidSignatures::default();
    let mut judgement = Judgement::default();
    judgement.extend(at_resolvers(
        settings,
        dnssec,
        observation,
        &anchors,
        facts,
        &mut all,
    ));
    judgement.extend(at_servers(dnssec, observation, &anchors, facts, &mut all));
    judgement.extend(all.lasting(*dnssec.cover, facts));
    judgement.extend(all.measures(facts));
    judgement.extend(all.exhibit());
    judgement
}

/// Nothing can be validated.
fn unusable(reason: String) -> Finding {
    let claim = "The trust anchor cannot be used";
    TRUST_ANCHOR
        .error("trust anchor", claim)
        .expected("DS or DNSKEY records")
        .observed(reason)
        .hint(TRUST_ANCHOR.fix)
}

/// Whether the answers to the names validate, by way of each resolver.
fn at_resolvers(
    settings: &Settings,
    dnssec: &Dnssec,
    observation: &Observation,
    anchors: &Anchors,
    facts: &LaunchFacts,
    all: &mut ValidSignatures,
) -> Vec<Finding> {
    let mut validity = Validity::new(dnssec.policy);
    let seen = observation.signatures.iter().flat_map(|seen| &seen.paths);
    let seen: Vec<_> = seen.collect();
    for resolver in settings.servers() {
        let resolver = resolver.to_string();
        let path = seen.iter().find(|path| *path.resolver == *resolver);
        let messages = messages(anchors, path.into_iter().flat_map(|path| &path.messages));
        let mut validator = Validator::new(&messages, Proofs::Verified(facts.now));
        for (name, kind) in settings.questions(observation.listed_names()) {
            let standing = match absolute(name.canonical()) {
                Some(asked) => validator.answer(&asked, kind),
                None => Some(Standing::Unknown("not a name that can be asked for".into())),
            };
            validity.hold(standing, &format!("{name} {kind}"), &resolver);
        }
        all.take(validator);
    }
    validity.findings("all names")
}

/// The same of what the zones' own servers hand out: one with an older zone has older signatures. What leads from
/// the zone to the anchor comes from a resolver.
fn at_servers(
    dnssec: &Dnssec,
    observation: &Observation,
    anchors: &Anchors,
    facts: &LaunchFacts,
    all: &mut ValidSignatures,
) -> Vec<Finding> {
    let servers: Vec<_> = observation.source.iter().flat_map(Walk::servers).collect();
    if servers.is_empty() {
        return Vec::new();
    }
    let mut validity = Validity::new(dnssec.policy);
    let seen = observation.signatures.as_ref();
    let came = |path: &&Path| path.messages.iter().any(|message| message.wire.is_some());
    let way = seen.and_then(|seen| seen.paths.iter().find(came));
    let mut visits = seen.into_iter().flat_map(|seen| &seen.servers);
    for (zone, server) in servers {
        let label = server.label();
        let visit = visits.next().filter(|visit| *visit.resolver == *label);
        let silent = |visit: &&Path| !visit.messages.is_empty() && !came(visit);
        if visit.is_some_and(|visit| silent(&visit)) {
            continue; // it does not answer at all, which is a finding of its own
        }
        let paths = way.into_iter().chain(visit);
        let messages = messages(anchors, paths.flat_map(|path| &path.messages));
        let mut validator = Validator::new(&messages, Proofs::Verified(facts.now));
        validator.within = absolute(&zone.name);
        for (name, kind) in sample(server) {
            let standing = match visit {
                Some(_) => validator.answer(&name, kind),
                None => Some(Standing::Unknown("not observed".into())),
            };
            validity.hold(standing, &format!("{name} {kind}"), &label);
        }
        all.take(validator);
    }
    validity.findings("all names at the zones' servers")
}

/// Messages under their questions; of several to one question the last.
fn messages<'a>(anchors: &Anchors, gathered: impl Iterator<Item = &'a Gathered>) -> Messages {
    let mut messages = Messages::new(anchors.clone());
    for message in gathered {
        let Some(name) = absolute(&message.name) else {
            continue;
        };
        let came = match (&message.wire, &message.reason) {
            (Some(wire), _) => STANDARD
                .decode(wire)
                .map_err(|error| error.to_string())
                .and_then(|wire| parse(&wire)),
            (None, Some(reason)) => Err(reason.clone()),
            (None, None) => Err("not observed".to_owned()),
        };
        let asked = Query::query(name.clone(), message.kind.wire());
        let came = came.and_then(|came| match came.queries.as_slice() == [asked] {
            true => Ok(came),
            false => Err("an answer to another question".into()),
        });
        messages.put((name, message.kind), came);
    }
    messages
}
