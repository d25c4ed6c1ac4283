//! What each address did, against what was expected of it.

use std::fmt::Display;

use super::rules::{ANSWER, CLOSED, LOOKUP, OPEN, RULES, USABLE};
use super::{Contact, Observation, Settings, bytes};
use crate::instrument::dial::DialError;
use crate::instrument::host_block;
use crate::instrument::lookup::LookupError;
use crate::judging::tally::bounded;
use crate::judging::text::clipped_at;
use crate::judging::usable::Against;
use crate::model::Status::{Error, Fail, Pass};
use crate::model::endpoint::Host;
use crate::model::payload::Payload;
use crate::model::{Family, Finding, Judgement, Rule, Status};

pub(super) const DURATION: Family = Family {
    name: "port_duration_seconds",
    help: "How long an address took to accept a connection, and then to answer",
    unit: "seconds",
    labels: &["endpoint", "address", "phase"],
};

pub(super) fn judge(settings: &Settings, observation: &Observation) -> Judgement {
    let mut judgement = Judgement::default();
    let mut findings = Vec::new();
    for (place, endpoint) in settings.endpoints.iter().enumerate() {
        let (name, host) = (endpoint.to_string(), &endpoint.host);
        let seen = observation.endpoints.get(place);
        let addresses = seen.map_or(&[][..], |seen| &seen.addresses);
        if let Some(error) = seen.and_then(|seen| seen.lookup_error.as_ref()) {
            // That there is no such name is an answer; without an answer nothing is known.
            let status = match error {
                LookupError::NoAddress { .. } => Fail,
                LookupError::Failed { .. } | LookupError::Timeout { .. } => Error,
            };
            findings.push(LOOKUP.finding(status, &name, format!("{host} {error}")));
        } else if addresses.is_empty() {
            let claim = format!("{host} was not looked up before the check's timeout");
            findings.push(LOOKUP.error(&name, claim).hint("raise `timeout`"));
        }
        for seen in addresses {
            let subject = format!("{name} at {}", seen.address);
            findings.extend(usable(&endpoint.host, seen, &subject));
            findings.extend(Address(settings, seen, subject).findings());
            for (phase, took) in [("connect", seen.connected), ("answer", seen.answered)] {
                let (at, address) = (name.as_str(), seen.address.as_str());
                let labels = [("endpoint", at), ("address", address), ("phase", phase)];
                let measure = took.map(|took| DURATION.measure(took, labels));
                judgement.measures.extend(measure);
            }
        }
    }
    judgement.findings = bounded(RULES, "addresses", findings);
    judgement
}

/// What stands against an address that the host's name leads to; nothing where the checklist writes the address itself.
fn usable(host: &Host, seen: &Contact, subject: &str) -> Option<Finding> {
    if host.is_pinned() {
        return None;
    }
    let against = Against::of(seen.address.parse().ok()?, seen.own)?;
    let claim = format!("{subject}: the address {}", against.words());
    let finding = USABLE
        .finding(against.status(), subject, claim)
        .hint(USABLE.fix);
    against.is_local().then_some(finding)
}

/// One address, what was seen of it, and the subject of its findings.
struct Address<'a>(&'a Settings, &'a Contact, String);

impl Address<'_> {
    fn finding(&self, rule: Rule, status: Status, what: impl Display) -> Finding {
        let subject = &self.2;
        rule.finding(status, subject, format!("{subject} {what}"))
    }

    fn findings(&self) -> Vec<Finding> {
        let Self(settings, seen, _) = self;
        let rule = match settings {
            Settings { closed: true, .. } => CLOSED,
            Settings { udp: true, .. } => ANSWER,
            _ => OPEN,
        };
        let accepted = || self.finding(OPEN, Pass, "accepts connections");
        let accepted = seen.connected.map(|_| accepted());
        let last = match (&seen.error, seen.answered) {
            (None, None) if accepted.is_none() => {
                let unknown = "was not contacted for long enough before the check's timeout";
                let finding = self.finding(rule, Error, unknown);
                Some(finding.hint("raise `timeout`, or lower `within`"))
            }
            _ if settings.closed => return vec![self.closed()],
            (Some(error), None) => {
                let finding = self.finding(rule, status(error), error);
                Some(match error {
                    DialError::Spared { .. } => finding.hint(host_block::HINT),
                    _ => finding,
                })
            }
            (None, None) => None,
            (_, Some(_)) => Some(self.answer()),
        };
        accepted.into_iter().chain(last).collect()
    }

    fn closed(&self) -> Finding {
        let silent = format!("silent for {}", self.0.within);
        let closed = || self.finding(CLOSED, Pass, "is closed");
        match &self.1.error {
            None => self.finding(CLOSED, Fail, "is open"),
            Some(DialError::Refused) => closed().observed("refused"),
            Some(DialError::Timeout { .. }) if self.0.udp => {
                let unknown = "may be open: an open UDP port can be silent, too";
                let finding = self.finding(CLOSED, Error, unknown).observed(silent);
                finding.hint("in `send`, write what an open port would answer")
            }
            Some(DialError::Timeout { .. }) => closed().observed(silent),
            Some(error @ DialError::Spared { .. }) => {
                self.finding(CLOSED, Error, error).hint(host_block::HINT)
            }
            Some(error) => self.finding(CLOSED, Error, error),
        }
    }

    fn answer(&self) -> Finding {
        let Self(Settings { expect, within, .. }, seen, _) = self;
        let (got, wanted) = (bytes(&seen.answer), bytes(expect));
        let in_full = if got.is_empty() { "" } else { " in full" };
        let answer = |status, what: &dyn Display| self.finding(ANSWER, status, what);
        let finding = match &seen.error {
            _ if !got.is_empty() && got.starts_with(wanted) => answer(Pass, &"answers as expected"),
            _ if !wanted.starts_with(got) => answer(Fail, &"gave another answer"),
            Some(DialError::Refused) => answer(Fail, &"refused the datagram"),
            Some(DialError::Timeout { .. }) => {
                answer(Fail, &format!("did not answer{in_full} in time"))
            }
            Some(error) => answer(status(error), error),
            None if self.0.udp => answer(Fail, &"answered with an empty datagram"),
            None => answer(Fail, &format!("ended before it answered{in_full}")),
        };
        let text = |bytes: &Payload| format!("{:?}", clipped_at(&bytes.to_string(), 60));
        let shown = |bytes: &Option<Payload>| bytes.as_ref().map(text);
        let observed = shown(&seen.answer).unwrap_or("nothing".to_owned());
        let expected = shown(expect).unwrap_or("an answer".to_owned());
        let expected = format!("{expected} within {within}");
        finding.expected(expected).observed(observed)
    }
}

/// An address that cannot be reached from here is not known to be down.
fn status(error: &DialError) -> Status {
    match error {
        DialError::Unreachable { .. } | DialError::Local { .. } | DialError::Spared { .. } => Error,
        _ => Fail,
    }
}
