//! Decides, from settings, observation and launch facts alone.

use std::collections::HashMap;
use std::net::SocketAddr;

use super::case::Case;
use super::chains::Chains;
use super::client_certificate::Request;
use super::endpoint::Endpoint;
use super::gathering::{Located, locate, settle};
use super::observation::{Lookup, Observation, Outcome, Session, short};
use super::settings::Settings;
use super::{
    claims, client_certificate, dual_stack, exhibits, measures, no_handshake, other_clients,
    protocol, renewal, resolvers, resumption, revocation, rules, staple_gain, transparency, usable,
};
use crate::instrument::host_block;
use crate::instrument::tls::{ClientKind, Failure, Proof};
use crate::judging::text::{clipped, clipped_list, counted, list};
use crate::judging::{Bounded, Window};
use crate::model::{Finding, Judgement, LaunchFacts};

pub(crate) fn judge(
    settings: &Settings,
    observation: &Observation,
    facts: &LaunchFacts,
) -> Judgement {
    let window = Window::new(facts, settings.cover.0);
    let mut whole = Whole {
        settings,
        observation,
        chains: Chains::new(observation, window),
        window,
        findings: Bounded::new(rules::ALL, "all endpoints"),
        revocation: revocation::Table::default(),
    };
    for endpoint in observation.endpoints(settings) {
        match look(endpoint, observation) {
            Ok(seen) => whole.endpoint(&seen),
            Err(found) => found
                .into_iter()
                .for_each(|finding| whole.findings.add(finding)),
        }
    }
    if settings.endpoints_file.is_some() && observation.listed.is_empty() {
        let claim = "The probe ended before the endpoints of `endpoints-file` were read";
        let finding = rules::ENDPOINTS.error("endpoints-file", claim);
        whole.findings.add(finding);
    }
    // The system's own store holds what it holds.
    let files = observation
        .roots
        .iter()
        .filter(|set| set.source != "system");
    for set in files.filter(|set| !set.left_out.is_empty()) {
        let claim = format!(
            "Not everything in {} is a certificate that can be used",
            set.source
        );
        let finding = rules::CA_FILE.warn(&set.source, claim);
        let finding = finding.observed(clipped_list(&set.left_out));
        whole.findings.add(finding.hint(rules::CA_FILE.fix));
    }
    if whole.findings.is_empty() {
        let finding = rules::ENDPOINTS.error("the check", "No endpoint was looked at");
        whole.findings.add(finding);
    }
    for finding in client_certificate::findings(settings, observation, window) {
        whole.findings.add(finding);
    }
    renewal::findings(settings, observation, &mut whole.findings);
    whole.finish(facts)
}

/// The judgement in the making.
struct Whole<'a> {
    settings: &'a Settings,
    observation: &'a Observation,
    chains: Chains<'a>,
    window: Window,
    findings: Bounded,
    revocation: revocation::Table,
}

/// An endpoint that was looked up, its addresses sorted by what became of them.
struct Looked<'a> {
    endpoint: &'a Endpoint,
    /// The endpoint, as findings name it.
    subject: String,
    lookups: &'a [Lookup],
    /// How many addresses there are.
    total: usize,
    completed: Vec<(SocketAddr, &'a Session)>,
    /// What was shown, in completed handshakes and in others.
    shown: Vec<(SocketAddr, &'a Session)>,
    failed: Vec<(SocketAddr, &'a Failure, Option<&'a Request>)>,
    /// Those that the probe did not come to.
    left: Vec<SocketAddr>,
}

/// Sorts what was seen of an endpoint, or says why it has no address.
fn look<'a>(
    endpoint: &'a Endpoint,
    observation: &'a Observation,
) -> Result<Looked<'a>, Vec<Finding>> {
    let subject = endpoint.to_string();
    let Some(seen) = observation.seen(endpoint) else {
        let claim = format!("The probe ended before {endpoint} was looked up");
        let finding = rules::LOOKUP.error(subject, claim);
        return Err(vec![
            finding.hint("raise the check's `timeout` if that ended it"),
        ]);
    };
    let found = seen.found();
    if found.is_empty() {
        return Err(resolvers::findings(endpoint, &seen.lookups));
    }
    let mut looked = Looked {
        endpoint,
        subject,
        lookups: &seen.lookups,
        total: found.len(),
        completed: Vec::new(),
        shown: Vec::new(),
        failed: Vec::new(),
        left: Vec::new(),
    };
    for address in found {
        let outcome = seen.addresses.get(&address);
        let shown = outcome.and_then(Outcome::shown);
        looked.shown.extend(shown.map(|session| (address, session)));
        match outcome {
            Some(Outcome::Handshake(session)) => looked.completed.push((address, session)),
            Some(Outcome::Failure(failure)) => looked.failed.push((address, failure, None)),
            Some(Outcome::Refused(refused)) => {
                let request = refused.session.request.as_ref();
                looked.failed.push((address, &refused.failure, request));
            }
            None => looked.left.push(address),
        }
    }
    Ok(looked)
}

impl<'a> Whole<'a> {
    fn endpoint(&mut self, seen: &Looked<'a>) {
        for finding in resolvers::findings(seen.endpoint, seen.lookups) {
            self.findings.add(finding);
        }
        for (at, finding) in usable::findings(seen.endpoint, seen.lookups, &self.observation.own) {
            locate(&finding, &[at], &mut self.findings);
        }
        seen.handshakes(self.observation, &mut self.findings);
        if self.settings.dual_stack {
            self.findings.add(seen.dual_stack());
        }
        if seen.shown.is_empty() {
            return;
        }
        let case = Case {
            settings: self.settings,
            endpoint: seen.endpoint,
            subject: &seen.subject,
            roots: &self.observation.roots,
            anchors: &self.observation.anchors,
            logs: self.observation.logs.as_ref(),
            window: self.window,
        };
        let mut found = Vec::new();
        for sessions in by_chain(&seen.shown) {
            found.extend(self.chain(&case, &sessions));
            found.extend(self.staple_gain(&case, &sessions));
        }
        let sessions = &seen.completed;
        found.extend(renewal::of_endpoint(&case, &seen.shown, self.observation));
        let all: Vec<_> = seen
            .shown
            .iter()
            .map(|(at, session)| (*at, Some(*session)))
            .collect();
        found.extend(same_leaf(&case, &all));
        found.extend(seen.application_protocol(self.settings));
        found.extend(client_certificate::accepted(
            &case,
            sessions,
            self.observation,
        ));
        found.extend(protocol::findings(&case, sessions));
        found.extend(resumption::findings(&case, seen.total, sessions));
        settle(found, seen.shown.len(), &mut self.findings);
        for kind in ClientKind::ALL {
            self.other_clients(&case, &seen.shown, kind);
        }
    }

    /// What is found of the certificates that clients of another kind are shown.
    fn other_clients(
        &mut self,
        case: &Case<'_>,
        ours: &[(SocketAddr, &'a Session)],
        kind: ClientKind,
    ) {
        let found = other_clients::findings(case, ours, self.observation, kind);
        settle(found, ours.len(), &mut self.findings);
        let lacking = other_clients::lacking(ours, kind);
        let sessions = other_clients::kinds_shown(ours, kind);
        let subject = other_clients::subject(case.subject, kind);
        let case = Case {
            subject: &subject,
            ..*case
        };
        for (address, session) in &sessions {
            if let Some(finding) = proof(case.subject, &session.proof) {
                locate(&finding, &[*address], &mut self.findings);
            }
        }
        let mut found = Vec::new();
        for sessions in by_chain(&sessions) {
            found.extend(self.chain(&case, &sessions));
        }
        // One that lacks what another has is no better than one with an old certificate.
        let mut all: Vec<_> = sessions
            .iter()
            .map(|(at, session)| (*at, Some(*session)))
            .collect();
        all.extend(lacking.into_iter().map(|address| (address, None)));
        if !sessions.is_empty()
            && let Some((_, finding)) = same_leaf(&case, &all)
        {
            self.findings.add(finding);
        }
        settle(found, sessions.len(), &mut self.findings);
    }

    /// What is found of one chain, and of the addresses that serve it.
    fn chain(&mut self, case: &Case<'_>, sessions: &[(SocketAddr, &'a Session)]) -> Vec<Located> {
        let at: Vec<_> = sessions.iter().map(|(address, _)| *address).collect();
        let verified = match self.chains.follow(&sessions[0].1.chain) {
            Ok(verified) => verified,
            Err(unreadable) => return vec![(at, unreadable.finding(case.subject))],
        };
        let (chain, end) = (&verified.chain, &verified.end);
        let of_chain = claims::findings(case, chain, end).into_iter();
        let mut found: Vec<Located> = of_chain.map(|finding| (at.clone(), finding)).collect();
        found.extend(transparency::findings(case, chain, end, sessions));
        found.extend(revocation::findings(
            case,
            &verified,
            sessions,
            self.observation,
            &mut self.revocation,
        ));
        found
    }

    /// What is found of the staples of one chain.
    fn staple_gain(
        &mut self,
        case: &Case<'_>,
        sessions: &[(SocketAddr, &'a Session)],
    ) -> Vec<Located> {
        match self.chains.follow(&sessions[0].1.chain) {
            Ok(verified) => staple_gain::findings(case, &verified, sessions, self.observation),
            Err(_) => Vec::new(),
        }
    }

    fn finish(mut self, facts: &LaunchFacts) -> Judgement {
        let Self {
            settings,
            observation,
            window,
            ..
        } = self;
        let mut judgement = Judgement::from(self.findings.findings());
        let chains = &mut self.chains;
        judgement.extend(measures::measures(settings, observation, chains, window));
        judgement.extend(exhibits::exhibits(
            settings,
            observation,
            chains,
            window,
            facts,
        ));
        judgement.extend(self.revocation.exhibit());
        judgement
    }
}

impl<'a> Looked<'a> {
    /// Who completed a handshake, and who did not and why.
    fn handshakes(&self, observation: &Observation, findings: &mut Bounded) {
        let endpoint = self.endpoint;
        if !self.completed.is_empty() {
            let at = match (self.completed.len(), self.total) {
                (1, 1) => format!("at {}", self.completed[0].0.ip()),
                (all, total) if all == total => format!("at all {total} addresses"),
                (some, total) => format!("at {some} of {total} addresses"),
            };
            let mut negotiated: Vec<_> = self
                .completed
                .iter()
                .map(|(_, session)| {
                    format!(
                        "{}, {}, {}",
                        session.protocol,
                        session.group,
                        session.cipher_name()
                    )
                })
                .collect();
            negotiated.sort();
            negotiated.dedup();
            let claim = format!("{endpoint} completes a TLS handshake {at}");
            let finding = rules::HANDSHAKE.pass(&self.subject, claim);
            findings.add(finding.observed(list(negotiated)));
        }
        for (address, session) in &self.shown {
            if let Some(finding) = proof(&self.subject, &session.proof) {
                locate(&finding, &[*address], findings);
            }
        }
        for (address, failure, request) in &self.failed {
            let finding = no_handshake::finding(&self.subject, *address, failure, *request);
            locate(&finding, &[*address], findings);
        }
        let spared = self.completed.iter().map(|(address, _)| *address);
        let spared: Vec<_> = spared
            .filter(|at| observation.spared.contains(at))
            .collect();
        let claim = format!(
            "Not all was asked of {endpoint}, so that the database there does not block this host"
        );
        let finding = rules::HOST_BLOCK.error(&self.subject, claim);
        locate(&finding.hint(host_block::HINT), &spared, findings);
        if !self.left.is_empty() {
            let claim = format!("The probe ended before it connected to {endpoint}");
            let hint = "raise the check's `timeout`, or split its endpoints among several checks";
            let finding = rules::HANDSHAKE.error(&self.subject, claim).hint(hint);
            locate(&finding, &self.left, findings);
        }
    }

    fn dual_stack(&self) -> Finding {
        let completed = self.completed.iter().map(|(address, _)| *address);
        let failed = self.failed.iter().map(|(address, ..)| *address);
        let all = completed.clone().chain(failed);
        let all = all.chain(self.left.iter().copied());
        dual_stack::finding(self.endpoint, all, completed)
    }

    fn application_protocol(&self, settings: &Settings) -> Vec<Located> {
        if settings.alpn.is_empty() {
            return Vec::new();
        }
        let wanted = list(&settings.alpn);
        let endpoint = self.endpoint;
        let each = self.completed.iter().map(|(address, session)| {
            let finding = match &session.alpn {
                None if session.alpn_refused => rules::ALPN
                    .fail(
                        &self.subject,
                        format!("{endpoint} refuses the application protocols that it is offered"),
                    )
                    .expected(format!("one of {wanted}"))
                    .observed("it ends the handshake with the alert no_application_protocol; offered none, it completes one")
                    .hint("enable the protocol on the server, for nginx `http2 on`"),
                Some(selected) => rules::ALPN
                    .pass(
                        &self.subject,
                        format!("{endpoint} selects an application protocol"),
                    )
                    .observed(clipped(selected)),
                None => rules::ALPN
                    .fail(
                        &self.subject,
                        format!("{endpoint} selects no application protocol"),
                    )
                    .expected(format!("one of {wanted}"))
                    .hint("enable the protocol on the server, for nginx `http2 on`"),
            };
            (vec![*address], finding)
        });
        each.collect()
    }
}

/// Sessions by the chain that was served in them; no group is empty.
fn by_chain<'a>(sessions: &[(SocketAddr, &'a Session)]) -> Vec<Vec<(SocketAddr, &'a Session)>> {
    let mut places: HashMap<&[String], usize> = HashMap::new();
    let mut chains: Vec<Vec<(SocketAddr, &'a Session)>> = Vec::new();
    for (address, session) in sessions {
        let place = *places.entry(&session.chain).or_insert(chains.len());
        match chains.get_mut(place) {
            Some(known) => known.push((*address, *session)),
            None => chains.push(vec![(*address, *session)]),
        }
    }
    chains
}

/// Whether all addresses serve the same certificate.
fn same_leaf(case: &Case<'_>, sessions: &[(SocketAddr, Option<&Session>)]) -> Option<Located> {
    if case.settings.allow_different || sessions.len() < 2 {
        return None;
    }
    let mut places: HashMap<Option<&String>, usize> = HashMap::new();
    let mut leaves: Vec<(Option<&String>, Vec<SocketAddr>)> = Vec::new();
    for (address, session) in sessions {
        let leaf = session.and_then(|session| session.chain.first());
        let place = *places.entry(leaf).or_insert(leaves.len());
        match leaves.get_mut(place) {
            Some((_, at)) => at.push(*address),
            None => leaves.push((leaf, vec![*address])),
        }
    }
    let everywhere = sessions.iter().map(|(address, _)| *address).collect();
    let addresses = counted(sessions.len(), "address");
    let endpoint = case.subject;
    if leaves.len() == 1 {
        let claim = format!("All {addresses} of {endpoint} serve the same certificate");
        return Some((everywhere, rules::SAME_CERTIFICATE.pass(endpoint, claim)));
    }
    let served = leaves.iter().map(|(leaf, at)| {
        let leaf = leaf.map_or("none", |leaf| short(leaf));
        format!("{leaf} at {}", list(at.iter().map(SocketAddr::ip)))
    });
    let claim = format!("The {addresses} of {endpoint} serve different certificates");
    let finding = rules::SAME_CERTIFICATE
        .fail(endpoint, claim)
        .expected("one certificate")
        .observed(format!(
            "{} (SHA-256): {}",
            counted(leaves.len(), "certificate"),
            list(served)
        ))
        .hint("load the newest one on every address, or set `allow-different = true`");
    Some((everywhere, finding))
}

/// What is found of a server's proof that it holds the key; nothing where it is right.
fn proof(subject: &str, proof: &Proof) -> Option<Finding> {
    Some(match proof {
        Proof::Verified => return None,
        Proof::Rejected { message } => rules::PRIVATE_KEY
            .fail(
                subject,
                "The server does not prove that it holds the private key of its certificate",
            )
            .observed(clipped(message))
            .hint("load a certificate and a key that belong together; RSA keys need at least 2048 bits"),
        Proof::Unsupported { message } => rules::PRIVATE_KEY
            .error(subject, "The server's proof of its private key cannot be checked here")
            .observed(clipped(message)),
        Proof::Missing => {
            rules::PRIVATE_KEY.error(subject, "No proof of the server's private key was recorded")
        }
    })
}
