//! Whether the certificate of one chain is logged.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use jiff::Timestamp;

use super::ct_policy::{self, JudgedSct, SctStatus, Way};
use super::log_list::LogList;
use super::scts::{Scts, Subject};
use crate::checks::tls::case::Case;
use crate::checks::tls::chain::Chain;
use crate::checks::tls::chain_end::ChainEnd;
use crate::checks::tls::gathering::Located;
use crate::checks::tls::observation::Session;
use crate::checks::tls::rules;
use crate::checks::tls::settings::Transparency;
use crate::judging::text::{clipped, counted, instant, list, span};
use crate::model::{Finding, Status};

/// What is found of the certificate of one chain, with the addresses that it concerns: servers that bring different
/// timestamps with it are judged one by one.
pub(crate) fn findings(
    case: &Case<'_>,
    chain: &Chain<'_>,
    end: &ChainEnd,
    sessions: &[(SocketAddr, &Session)],
) -> Vec<Located> {
    let policy = case.settings.transparency();
    if !policy.judges(end) {
        return Vec::new();
    }
    let everywhere = || sessions.iter().map(|(address, _)| *address).collect();
    let Some(known) = case.logs else {
        let claim = format!(
            "It is not known whether the certificate of {} is logged",
            case.subject
        );
        let finding = rules::TRANSPARENCY
            .finding(unknown(policy), case.subject, claim)
            .observed("the probe ended before the list of logs was read");
        return vec![(everywhere(), finding)];
    };
    let subject = Subject::new(chain, case.anchors);
    let scale = Scale {
        case,
        subject: &subject,
        known,
        policy,
        now: case.window.now,
    };
    let embedded = subject.embedded();
    let scts = subject.weigh(&embedded, known, scale.now);
    // Where it may be enough, and an old list lacks the logs, servers were not asked for more.
    if ct_policy::enough(&scts, subject.needed(), scale.stale()) {
        return vec![(everywhere(), scale.finding(&embedded, &scts))];
    }
    let each = sessions.iter().map(|(address, session)| {
        let delivered = subject.with(session);
        let scts = subject.weigh(&delivered, known, scale.now);
        (vec![*address], scale.finding(&delivered, &scts))
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

/// What timestamps are measured by.
struct Scale<'a> {
    case: &'a Case<'a>,
    subject: &'a Subject<'a>,
    known: &'a LogList,
    policy: Transparency,
    now: Timestamp,
}

impl Scale<'_> {
    fn stale(&self) -> bool {
        ct_policy::stale(self.now.duration_since(self.known.timestamp))
    }

    fn finding(&self, delivered: &Scts, scts: &[JudgedSct]) -> Finding {
        let needed = self.subject.needed();
        let beside = scts.iter().any(|sct| sct.way != Way::Embedded);
        let place = if beside {
            " in the certificate, or 2 beside it"
        } else {
            ""
        };
        let expected =
            format!("{needed} valid timestamps{place}, from logs of 2 operators or more");
        let enough = ct_policy::enough(scts, needed, false);
        let notes = if enough { &[][..] } else { &delivered.notes };
        let finding = match enough {
            true => self.logged(),
            false => self.not_logged(delivered, scts),
        };
        finding
            .expected(expected)
            .observed(self.observed(notes, scts))
    }

    fn claim(&self, status: Status, claim: &str) -> Finding {
        let claim = claim.replace("{}", self.case.subject);
        rules::TRANSPARENCY.finding(status, self.case.subject, claim)
    }

    fn newer_list(&self) -> &'static str {
        match self.known.file {
            Some(_) => "give a newer `log-list`",
            None => "give a current list as `log-list`, or use a newer version of tminus",
        }
    }

    fn logged(&self) -> Finding {
        match (self.stale(), self.policy) {
            (true, Transparency::Require) => self
                .claim(
                    Status::Warn,
                    "The certificate of {} is logged, by an old list of logs",
                )
                .hint(format!(
                    "{}: logs may have been retired since",
                    self.newer_list()
                )),
            _ => self.claim(Status::Pass, "The certificate of {} is logged"),
        }
    }

    fn not_logged(&self, delivered: &Scts, scts: &[JudgedSct]) -> Finding {
        let open = "It is not known whether the certificate of {} is logged";
        let not = "The certificate of {} is not logged";
        if self.stale() && ct_policy::enough(scts, self.subject.needed(), true) {
            // Whether the unlisted ones count, only a newer list can say.
            self.claim(unknown(self.policy), open)
                .hint(format!("{}: this one may lack the logs", self.newer_list()))
        } else if delivered.open {
            self.claim(unknown(self.policy), open)
                .hint("run it again, or have the certificate issued with embedded timestamps, as public CAs do by default")
        } else if scts.is_empty() {
            self.claim(Status::Fail, not).hint(match (self.policy, &self.known.file) {
                (Transparency::Require, Some(_)) => "browsers reject certificates of public CAs without timestamps; for a private CA leave `log-list` out, or set `transparency = \"prefer\"`",
                (Transparency::Require, None) => "browsers reject certificates of public CAs without timestamps; for a private CA set `transparency = \"prefer\"`",
                _ => "browsers reject it: have it reissued with embedded timestamps",
            })
        } else {
            self.claim(
                Status::Fail,
                "The certificate of {} is not logged well enough",
            )
            .hint("browsers reject it: have it reissued, and ask the CA why its logs do not count")
        }
    }

    fn observed(&self, notes: &[String], scts: &[JudgedSct]) -> String {
        let mut observed = if scts.is_empty() && notes.is_empty() {
            return "it carries no timestamp of any log, and the server brings none".to_owned();
        } else if scts.is_empty() {
            "it carries no timestamp of any log".to_owned()
        } else {
            let operators: BTreeSet<_> = scts
                .iter()
                .filter_map(|sct| match &sct.status {
                    SctStatus::Good { operator, .. } => Some(operator),
                    _ => None,
                })
                .collect();
            let shown = scts.iter().map(|sct| self.shown(sct));
            format!("{} ({})", list(shown), counted(operators.len(), "operator"))
        };
        for note in notes {
            observed.push_str("; ");
            observed.push_str(note);
        }
        if !scts.is_empty() {
            let whose = match self.known.file {
                Some(_) => "the list",
                None => "the built-in list of logs",
            };
            let age = span(self.now.duration_since(self.known.timestamp));
            let at = instant(self.known.timestamp);
            observed.push_str(&format!("; {whose} is from {at}, {age} old"));
        }
        observed
    }

    fn shown(&self, sct: &JudgedSct) -> String {
        let log = self.known.logs.get(&sct.log);
        let name = log.map_or_else(
            || clipped(&sct.log),
            |log| format!("\"{}\"", clipped(&log.description)),
        );
        let way = match sct.way {
            Way::Embedded => "",
            Way::Stapled => " in the staple",
            Way::Extension => " in the TLS extension",
        };
        match &sct.status {
            SctStatus::Good { retired: false, .. } => format!("{name}{way}: valid"),
            SctStatus::Good { retired: true, .. } => format!("{name}{way}: valid, retired since"),
            SctStatus::Unlisted => format!("{name}{way}: not in the list"),
            SctStatus::Void(why) => format!("{name}{way}: {why}"),
        }
    }
}
