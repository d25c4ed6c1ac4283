//! Whether the record sets that were seen keep the policy on signatures.

use super::chain::Standing;
use crate::checks::dns::rules::DNSSEC_VALID;
use crate::checks::dns::settings::DnssecPolicy;
use crate::judging::Tally;
use crate::model::{Finding, Status};

/// The record sets that were judged.
pub(super) struct Validity {
    policy: DnssecPolicy,
    tally: Tally,
    unsigned: usize,
}

impl Validity {
    pub(super) fn new(policy: DnssecPolicy) -> Self {
        let tally = Tally::new(DNSSEC_VALID, "answers")
            .breaks("do not validate, or could not be validated")
            .expected(expected(policy));
        Self {
            policy,
            tally,
            unsigned: 0,
        }
    }

    /// Holds the answer to one question, as it came from somewhere, against the policy.
    pub(super) fn hold(&mut self, standing: Option<Standing>, asked: &str, at: &str) {
        let (status, word, claim, text, hint) = match standing {
            None => return, // the missing answer is a finding of its own
            Some(Standing::Secure) => return self.tally.right(),
            Some(Standing::Insecure(_)) if self.policy == DnssecPolicy::Allow => {
                self.unsigned += 1;
                return self.tally.right();
            }
            Some(Standing::Insecure(reason)) => (
                Status::Fail,
                "unsigned",
                format!("{asked} counts as unsigned at {at}"),
                format!("unsigned: {reason}"),
                "sign the zone, and publish its DS record in the parent zone; where it is signed with opt-out, sign it \
                 without, because a name under a wildcard there cannot be proven",
            ),
            Some(Standing::Bogus(reason)) => (
                Status::Fail,
                "bogus",
                format!("{asked} does not validate at {at}"),
                format!("bogus: {reason}"),
                "re-sign the zone, or publish the DS record of the current key in the parent zone: clients behind validating \
                 resolvers get no answer; a private zone needs its own `dnssec.trust-anchor`, and a signature out of \
                 time may also be the clock of this machine",
            ),
            Some(Standing::Unknown(reason)) => (
                Status::Error,
                "not determined",
                format!("{asked} could not be validated at {at}"),
                format!("could not be determined: {reason}"),
                "ask a resolver that hands out signatures and reaches the parent zones, or set a `dnssec.trust-anchor` \
                 nearer to the zone",
            ),
        };
        let finding = DNSSEC_VALID.finding(status, format!("{asked} at {at}"), claim);
        let finding = finding.observed(text);
        self.tally.wrong(word, finding.hint(hint));
    }

    /// The findings, about all that was judged.
    pub(super) fn findings(self, subject: &str) -> Vec<Finding> {
        let Self {
            policy,
            tally,
            unsigned,
        } = self;
        tally.findings(subject, |tally| {
            let claim = match policy {
                DnssecPolicy::Require => {
                    format!("The signatures of {subject} lead to a trust anchor")
                }
                DnssecPolicy::Allow => {
                    format!("Validating resolvers accept the records of {subject}")
                }
            };
            let observed = match unsigned {
                0 => format!("all of {} answers", tally.total()),
                _ => format!(
                    "all of {} answers, {unsigned} of them unsigned",
                    tally.total()
                ),
            };
            let finding = DNSSEC_VALID.pass(subject, claim);
            finding.observed(observed)
        })
    }
}

fn expected(policy: DnssecPolicy) -> &'static str {
    match policy {
        DnssecPolicy::Require => "valid signatures from the answer up to a trust anchor",
        DnssecPolicy::Allow => {
            "valid signatures up to a trust anchor, or the proof that the zone is unsigned"
        }
    }
}
