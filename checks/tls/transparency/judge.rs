//! What is claimed of the timestamps of one chain, and whether it holds.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use jiff::Timestamp;

use super::ct_policy::{self, JudgedSct, SctStatus, Way};
use super::log_list::LogList;
use super::scts::{Scts, Subject};
use crate::checks::tls::case::Case;
use crate::checks::tls::chain::Chain;
use crate::checks::tls::chain_end::ChainEnd;
use crate::checks::tls::observation::Session;
use crate::checks::tls::settings::Transparency;
use crate::checks::tls::words::{bounded, counted, instant, list, span};
use crate::model::{Finding, Status};

/// The claim about the certificate of one chain, with the addresses that it concerns: of servers that bring different
/// things with it, each is told.
pub(crate) fn claims(
    case: &Case<'_>,
    chain: &Chain<'_>,
    trust: &ChainEnd,
    sessions: &[(SocketAddr, &Session)],
) -> Vec<(Vec<SocketAddr>, Finding)> {
    let policy = case.settings.transparency();
    if !policy.judges(trust) {
        return Vec::new();
    }
    let everywhere = || sessions.iter().map(|(address, _)| *address).collect();
    let claim = format!(
        "Transparency logs vouch for the certificate of {}",
        case.endpoint
    );
    let Some(known) = case.logs else {
        let finding = Finding::new(unknown(policy), claim)
            .observed("the probe ended before the list of logs was read");
        return vec![(everywhere(), finding)];
    };
    let subject = Subject::new(chain, case.anchors);
    let scale = Scale {
        subject: &subject,
        known,
        policy,
        now: case.window.now,
    };
    let embedded = subject.embedded();
    let votes = subject.weigh(&embedded, known, scale.now);
    // Where it may be enough, and an old list lacks the logs, servers were not asked for more.
    if ct_policy::enough(&votes, subject.needed(), scale.stale()) {
        return vec![(everywhere(), scale.finding(claim, &embedded, &votes))];
    }
    let each = sessions.iter().map(|(address, session)| {
        let scts = subject.with(session);
        let votes = subject.weigh(&scts, known, scale.now);
        let finding = scale.finding(claim.clone(), &scts, &votes);
        (vec![*address], finding)
    });
    each.collect()
}

/// What it is worth that something is not known.
fn unknown(policy: Transparency) -> Status {
    match policy {
        Transparency::Require => Status::Error,
        Transparency::Prefer | Transparency::Off => Status::Warn,
    }
}

/// What timestamps are held against.
struct Scale<'a> {
    subject: &'a Subject<'a>,
    known: &'a LogList,
    policy: Transparency,
    now: Timestamp,
}

impl Scale<'_> {
    fn stale(&self) -> bool {
        ct_policy::stale(self.now.duration_since(self.known.timestamp))
    }

    fn finding(&self, claim: String, scts: &Scts, votes: &[JudgedSct]) -> Finding {
        let needed = self.subject.needed();
        let brought = votes.iter().any(|vote| vote.way != Way::Embedded);
        let place = if brought {
            " in the certificate, or 2 beside it"
        } else {
            ""
        };
        let expected = format!("{needed} valid timestamps{place}, of logs of 2 operators or more");
        let stale = self.stale();
        let unknown = unknown(self.policy);
        let newer = match self.known.file {
            Some(_) => "give a newer `log-list`",
            None => "give a current list as `log-list`, or use a newer version of this program",
        };
        let enough = ct_policy::enough(votes, needed, false);
        let notes = if enough { &[][..] } else { &scts.notes };
        let finding = if enough {
            match (stale, self.policy) {
                (true, Transparency::Require) => {
                    Finding::warn(claim).hint(format!("{newer}: logs may have been retired since"))
                }
                _ => Finding::pass(claim),
            }
        } else if stale && ct_policy::enough(votes, needed, true) {
            // Whether the unlisted ones are any good, nobody knows who has no newer list.
            Finding::new(unknown, claim).hint(format!("{newer}: this one may lack the logs"))
        } else if scts.open {
            Finding::new(unknown, claim)
                .hint("look again, or have it issued with timestamps in it, as public authorities do unless told otherwise")
        } else if votes.is_empty() {
            Finding::fail(claim).hint(match (self.policy, &self.known.file) {
                (Transparency::Require, Some(_)) => "browsers refuse certificates of public authorities without; for an authority of your own leave `log-list` out, or set `transparency = \"prefer\"`",
                (Transparency::Require, None) => "browsers refuse certificates of public authorities without; for an authority of your own set `transparency = \"prefer\"`",
                _ => "browsers refuse it: have it issued anew, with timestamps in it",
            })
        } else {
            Finding::fail(claim).hint("browsers refuse it: have it issued anew, and ask the authority why its logs do not count")
        };
        finding
            .expected(expected)
            .observed(self.observed(notes, votes))
    }

    fn observed(&self, notes: &[String], votes: &[JudgedSct]) -> String {
        let mut observed = if votes.is_empty() && notes.is_empty() {
            return "it carries no timestamp of any log, and the server brings none".to_owned();
        } else if votes.is_empty() {
            "it carries no timestamp of any log".to_owned()
        } else {
            let operators: BTreeSet<_> = votes
                .iter()
                .filter_map(|vote| match &vote.status {
                    SctStatus::Good { operator, .. } => Some(operator),
                    _ => None,
                })
                .collect();
            let told = votes.iter().map(|vote| self.told(vote));
            format!("{} ({})", list(told), counted(operators.len(), "operator"))
        };
        for note in notes {
            observed.push_str("; ");
            observed.push_str(note);
        }
        if !votes.is_empty() {
            let whose = match self.known.file {
                Some(_) => "the list",
                None => "this program's list of logs",
            };
            let age = span(self.now.duration_since(self.known.timestamp));
            let at = instant(self.known.timestamp);
            observed.push_str(&format!("; {whose} is of {at}, {age} old"));
        }
        observed
    }

    fn told(&self, vote: &JudgedSct) -> String {
        let log = self.known.logs.get(&vote.log);
        let name = log.map_or_else(
            || bounded(&vote.log),
            |log| format!("\"{}\"", bounded(&log.description)),
        );
        let way = match vote.way {
            Way::Embedded => "",
            Way::Stapled => " in the staple",
            Way::Extension => " in the TLS extension",
        };
        match &vote.status {
            SctStatus::Good { retired: false, .. } => format!("{name}{way}: valid"),
            SctStatus::Good { retired: true, .. } => format!("{name}{way}: valid, retired since"),
            SctStatus::Unlisted => format!("{name}{way}: not in the list"),
            SctStatus::Void(why) => format!("{name}{way}: {why}"),
        }
    }
}
