//! Decides, from settings, observation and clock alone.

use std::net::SocketAddr;

use super::case::Case;
use super::chains::Chains;
use super::endpoint::Endpoint;
use super::gathering::{located, merged};
use super::observation::{Lookup, Observation, Outcome, Session, short};
use super::revocation::{self, Tables};
use super::settings::Settings;
use super::window::Window;
use super::words::{addresses, bounded, counted, list};
use super::{
    blackbox, dual_stack, exhibits, no_handshake, protocol, renewal, resumption, staple_gain,
    transparency,
};
use crate::instrument::tls::{Failure, Proof};
use crate::model::{Finding, Judgement, LaunchClock, Measure};

pub(crate) fn judge(
    settings: &Settings,
    observation: &Observation,
    clock: &LaunchClock,
) -> Judgement {
    let window = Window::new(settings, clock);
    let mut findings = Vec::new();
    let mut tables = Tables::default();
    let mut chains = Chains::new(observation, window);
    let mut of_chains = Vec::new();
    for endpoint in observation.endpoints(settings) {
        match look(endpoint, observation) {
            Ok(seen) => of_chains.extend(seen.judge(
                settings,
                observation,
                window,
                &mut chains,
                &mut findings,
                &mut tables,
            )),
            Err(finding) => findings.push(finding),
        }
    }
    if settings.endpoints_file.is_some() && observation.listed.is_empty() {
        let claim = "The endpoints of `endpoints-file` are looked at";
        findings.push(Finding::error(claim).observed("the probe ended before it was read"));
    }
    if findings.is_empty() {
        findings.push(Finding::error("At least one endpoint is looked at"));
    }
    findings.extend(renewal::findings(settings, observation));
    let mut measures = exhibits::measures(settings, observation, &mut chains);
    measures.extend(of_chains);
    let mut exhibits = exhibits::exhibits(settings, observation, &mut chains, window, clock);
    let (of_revocation, table) = tables.finish();
    measures.extend(of_revocation);
    exhibits.extend(table);
    Judgement {
        findings,
        measures,
        exhibits,
    }
}

/// An endpoint that was looked up, its addresses sorted by what became of them.
struct Looked<'a> {
    endpoint: &'a Endpoint,
    /// How many addresses there are.
    total: usize,
    completed: Vec<(SocketAddr, &'a Session)>,
    failed: Vec<(SocketAddr, &'a Failure)>,
    unmet: Vec<SocketAddr>,
}

fn look<'a>(endpoint: &'a Endpoint, observation: &'a Observation) -> Result<Looked<'a>, Finding> {
    let claim = format!("{endpoint} completes a TLS handshake");
    let Some(seen) = observation.seen(endpoint) else {
        return Err(Finding::error(claim)
            .observed("the probe ended before it was looked up")
            .hint("raise the check's `timeout`"));
    };
    let unresolved = |observed: String, hint: &str| {
        Err(Finding::error(claim.clone())
            .expected("at least one address")
            .observed(observed)
            .hint(hint))
    };
    match &seen.lookup {
        Lookup::Failed { resolver, message } => {
            return unresolved(
                format!("the lookup failed ({resolver}): {}", bounded(message)),
                "look at the name and at the resolver of this machine, or give `addresses`",
            );
        }
        Lookup::Timeout { resolver, after_ms } => {
            return unresolved(
                format!("the lookup had no answer within {after_ms} ms ({resolver})"),
                "look at the resolver of this machine, or give `addresses`",
            );
        }
        found if found.addresses().is_empty() => {
            return unresolved(
                "the name has no address".to_owned(),
                "give the name an A or AAAA record, or give `addresses`",
            );
        }
        Lookup::Found { .. } | Lookup::Given { .. } => {}
    }
    let mut looked = Looked {
        endpoint,
        total: seen.lookup.addresses().len(),
        completed: Vec::new(),
        failed: Vec::new(),
        unmet: Vec::new(),
    };
    for address in seen.lookup.addresses() {
        match seen.addresses.get(address) {
            Some(Outcome::Handshake(session)) => looked.completed.push((*address, session)),
            Some(Outcome::Failure(failure)) => looked.failed.push((*address, failure)),
            None => looked.unmet.push(*address),
        }
    }
    Ok(looked)
}

impl<'a> Looked<'a> {
    /// Adds findings and tables, and returns the numbers of the chains.
    fn judge(
        &self,
        settings: &Settings,
        observation: &'a Observation,
        window: Window,
        chains: &mut Chains<'a>,
        findings: &mut Vec<Finding>,
        tables: &mut Tables,
    ) -> Vec<Measure> {
        let mut of_chains = Vec::new();
        self.handshakes(findings);
        if settings.dual_stack {
            let completed = self.completed.iter().map(|(address, _)| *address);
            let failed = self.failed.iter().map(|(address, _)| *address);
            let unmet = self.unmet.iter().copied();
            let all = completed.clone().chain(failed).chain(unmet);
            findings.push(dual_stack::finding(self.endpoint, all, completed));
        }
        if self.completed.is_empty() {
            return of_chains;
        }
        let case = Case {
            settings,
            endpoint: self.endpoint,
            roots: &observation.roots,
            anchors: &observation.anchors,
            logs: observation.logs.as_ref(),
            window,
        };
        let mut claims = Vec::new();
        for sessions in self.chains() {
            let at: Vec<_> = sessions.iter().map(|(address, _)| *address).collect();
            let followed = match chains.follow(&sessions[0].1.chain) {
                Ok(followed) => followed,
                Err(finding) => {
                    claims.push((at, finding));
                    continue;
                }
            };
            let (chain, end) = (&followed.chain, &followed.end);
            let of_chain = case.claims(chain, end).into_iter();
            claims.extend(of_chain.map(|claim| (at.clone(), claim)));
            of_chains.extend(blackbox::measures(&case, chain, end, &sessions));
            claims.extend(transparency::claims(&case, chain, end, &sessions));
            claims.extend(revocation::claims(
                &case,
                &followed,
                &sessions,
                observation,
                tables,
            ));
            claims.extend(staple_gain::claims(&case, end, &sessions, observation));
        }
        self.tell(claims, findings);
        self.tell(
            renewal::claims(settings, self.endpoint, &self.completed, observation),
            findings,
        );
        self.same_leaf(settings, findings);
        self.application_protocol(settings, findings);
        let protocols = protocol::claims(settings, self.endpoint, &self.completed);
        let sessions = resumption::claims(settings, self.endpoint, self.total, &self.completed);
        for claims in protocols.into_iter().chain(sessions) {
            self.tell(claims, findings);
        }
        of_chains
    }

    /// Who shook hands, and who did not and why.
    fn handshakes(&self, findings: &mut Vec<Finding>) {
        let endpoint = self.endpoint;
        if !self.completed.is_empty() {
            let at = match (self.completed.len(), self.total) {
                (1, 1) => format!("at {}", self.completed[0].0.ip()),
                (all, total) if all == total => format!("at all {total} addresses"),
                (some, total) => format!("at {some} of {total} addresses"),
            };
            let mut agreed: Vec<_> = self
                .completed
                .iter()
                .map(|(_, session)| {
                    format!(
                        "{}, {}, {}",
                        session.protocol, session.group, session.cipher
                    )
                })
                .collect();
            agreed.sort();
            agreed.dedup();
            let claim = format!("{endpoint} completes a TLS handshake {at}");
            findings.push(Finding::pass(claim).observed(list(agreed)));
        }
        let mut claims = Vec::new();
        for (address, session) in &self.completed {
            let claim = format!("{endpoint} proves that it holds the certificate's private key");
            let finding = match &session.proof {
                Proof::Verified => continue,
                Proof::Rejected { message } => Finding::fail(claim)
                    .observed(bounded(message))
                    .hint("load certificate and key that belong together, RSA keys of at least 2048 bits"),
                Proof::Unsupported { message } => Finding::error(claim)
                    .observed(format!("its signature cannot be checked: {}", bounded(message))),
                Proof::Missing => Finding::error(claim).observed("no signature was recorded"),
            };
            claims.push((vec![*address], finding));
        }
        for (address, failure) in &self.failed {
            claims.push((
                vec![*address],
                no_handshake::finding(endpoint, *address, failure),
            ));
        }
        if !self.unmet.is_empty() {
            let claim = format!("{endpoint} completes a TLS handshake");
            let finding = Finding::error(claim)
                .observed("the probe ended before it was connected to")
                .hint("raise the check's `timeout`, or divide its endpoints among several checks");
            claims.push((self.unmet.clone(), finding));
        }
        // Also where it concerns every address: which ones they are is the first thing to know.
        for (at, finding) in merged(claims) {
            findings.push(located(finding, &at));
        }
    }

    /// The sessions by the chain that was served in them; no group is empty.
    fn chains(&self) -> Vec<Vec<(SocketAddr, &'a Session)>> {
        let mut chains: Vec<Vec<(SocketAddr, &'a Session)>> = Vec::new();
        for (address, session) in &self.completed {
            let same = |known: &&mut Vec<(_, &Session)>| known[0].1.chain == session.chain;
            match chains.iter_mut().find(same) {
                Some(known) => known.push((*address, *session)),
                None => chains.push(vec![(*address, *session)]),
            }
        }
        chains
    }

    fn same_leaf(&self, settings: &Settings, findings: &mut Vec<Finding>) {
        if settings.allow_different || self.completed.len() < 2 {
            return;
        }
        let claim = format!(
            "All {} that answered for {} serve the same certificate",
            counted(self.completed.len(), "address"),
            self.endpoint
        );
        let mut leaves: Vec<(Option<&String>, Vec<SocketAddr>)> = Vec::new();
        for (address, session) in &self.completed {
            let leaf = session.chain.first();
            match leaves.iter_mut().find(|(known, _)| *known == leaf) {
                Some((_, at)) => at.push(*address),
                None => leaves.push((leaf, vec![*address])),
            }
        }
        if leaves.len() == 1 {
            findings.push(Finding::pass(claim));
            return;
        }
        let served = leaves.iter().map(|(leaf, at)| {
            let leaf = leaf.map_or("none", |leaf| short(leaf));
            format!("{leaf} at {}", addresses(at))
        });
        findings.push(
            Finding::fail(claim)
                .expected("one certificate")
                .observed(format!(
                    "{} (SHA-256): {}",
                    counted(leaves.len(), "certificate"),
                    list(served)
                ))
                .hint("load the newest one on every address, or set `allow-different = true`"),
        );
    }

    fn application_protocol(&self, settings: &Settings, findings: &mut Vec<Finding>) {
        if settings.alpn.is_empty() {
            return;
        }
        let wanted = list(&settings.alpn);
        let claim = format!("{} selects an application protocol", self.endpoint);
        let claims = self.completed.iter().map(|(address, session)| {
            let finding = match &session.alpn {
                Some(selected) => Finding::pass(claim.clone()).observed(bounded(selected)),
                None => Finding::fail(claim.clone())
                    .expected(format!("one of {wanted}"))
                    .observed("it selects none")
                    .hint("enable the protocol on the server, for nginx `http2 on`"),
            };
            (vec![*address], finding)
        });
        self.tell(claims.collect(), findings);
    }

    /// Adds what was found of addresses, once where it was found of several, and with the addresses where it
    /// does not hold for all that completed a handshake.
    fn tell(&self, claims: Vec<(Vec<SocketAddr>, Finding)>, findings: &mut Vec<Finding>) {
        for (at, finding) in merged(claims) {
            findings.push(if at.len() == self.completed.len() {
                finding
            } else {
                located(finding, &at)
            });
        }
    }
}
