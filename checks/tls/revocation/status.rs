//! What is made of one answer about one certificate, and for how long it counts.

use jiff::{SignedDuration, Timestamp};

use crate::checks::tls::settings::Revocation;
use crate::instrument::revocation::{Answer, Listing, OcspError, Signer, Standing};
use crate::judging::Window;
use crate::judging::text::{beside, clipped, instant};
use crate::model::{Finding, Rule, Status};

/// How much later than this machine's a responder's clock may be, as OpenSSL has it. A response that a server
/// fetches for us is also younger than the run's begin.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// How far beyond T-0 an answer has to reach: the first three hours, in which it should need no attention.
const MARGIN: SignedDuration = SignedDuration::from_hours(3);

/// How long an answer counts that does not say when the next one will be there.
const WITHOUT_NEXT: SignedDuration = SignedDuration::from_hours(24);

/// What an answer is about, and who gave it.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) rule: Rule,
    pub(super) subject: String,
    /// `the certificate of gw.example.com:443`.
    pub(super) what: String,
    /// `The staple of gw.example.com:443`, `The revocation list of "R3"`.
    pub(super) source: String,
    /// The claim where the answer is good.
    pub(super) good: String,
    pub(super) advice: &'static Advice,
}

impl Question {
    /// A finding with what the source does: "is out of date".
    pub(super) fn finding(&self, status: Status, predicate: &str) -> Finding {
        let claim = format!("{} {predicate}", self.source);
        self.rule.finding(status, &self.subject, claim)
    }
}

/// What to do about an answer that is not good.
#[derive(Debug)]
pub(super) struct Advice {
    /// Where the certificate is revoked.
    revoked: &'static str,
    /// Where the answer is too old, or soon will be.
    renewed: &'static str,
}

const NEW_KEY: &str = "have a certificate issued for a new key and load it on every address; find out who revoked this one";
const PUBLISH: &str = "its issuer has to publish a new one: report it to the CA";

/// For what a server staples.
pub(super) const STAPLED: Advice = Advice {
    revoked: NEW_KEY,
    renewed: "the server has to fetch a new response in time: check its log, and whether it reaches the responder",
};

/// For what an issuer says of a server's certificate.
pub(super) const ISSUED: Advice = Advice {
    revoked: NEW_KEY,
    renewed: PUBLISH,
};

/// For what is said of an intermediate.
pub(super) const ABOVE: Advice = Advice {
    revoked: "every certificate below it is rejected too: have one issued below another intermediate, and load it with its chain on every address",
    renewed: PUBLISH,
};

/// An answer, from whichever source.
#[derive(Clone, Debug)]
pub(crate) struct StatusStatement {
    pub(super) standing: Standing,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    /// Who has signed, where it is not the issuer.
    pub(super) delegate: Option<String>,
}

/// What a response says, or why it says nothing.
pub(crate) type StatusResult = Result<StatusStatement, OcspError>;

impl From<Answer> for StatusStatement {
    fn from(answer: Answer) -> Self {
        let until = answer.next_update.unwrap_or_else(|| {
            let until = answer.this_update.saturating_add(WITHOUT_NEXT);
            until.unwrap_or(Timestamp::MAX)
        });
        let (from, until, delegate) = match answer.signer {
            Signer::Issuer => (answer.this_update, until, None),
            // It counts no longer than the certificate of its signer.
            Signer::Delegate {
                name,
                from,
                until: end,
            } => (
                answer.this_update.max(from),
                until.min(end),
                Some(clipped(&name)),
            ),
        };
        Self {
            standing: answer.standing,
            from,
            until,
            delegate,
        }
    }
}

impl From<&Listing> for StatusStatement {
    fn from(listing: &Listing) -> Self {
        let until = listing.next_update.unwrap_or_else(|| {
            let until = listing.this_update.saturating_add(WITHOUT_NEXT);
            until.unwrap_or(Timestamp::MAX)
        });
        let standing = match &listing.revoked {
            None => Standing::Good,
            Some(entry) => Standing::Revoked {
                at: entry.at,
                reason: entry.reason.clone(),
            },
        };
        Self {
            standing,
            from: listing.this_update,
            until,
            delegate: None,
        }
    }
}

impl StatusStatement {
    /// What it says: `good`, `revoked since ...`.
    pub(super) fn says(&self) -> String {
        match &self.standing {
            Standing::Good => "good".to_owned(),
            Standing::Unknown => "unknown".to_owned(),
            Standing::Revoked { at, reason } => match reason {
                Some(reason) => format!("revoked since {} ({reason})", instant(*at)),
                None => format!("revoked since {}", instant(*at)),
            },
        }
    }

    /// What is found of a certificate by this answer.
    pub(super) fn finding(
        &self,
        question: &Question,
        window: Window,
        policy: Revocation,
    ) -> Finding {
        let Window {
            start, name, now, ..
        } = window;
        let target = start
            .saturating_add(MARGIN)
            .unwrap_or(start)
            .min(window.end);
        let advice = question.advice;
        let finding = |status, predicate: &str| {
            let finding = question.finding(status, predicate);
            finding.expected(format!("good until {}", instant(target)))
        };
        let says = self.says();
        match self.standing {
            Standing::Good => {}
            Standing::Revoked { .. } => {
                let predicate = format!("says that {} is revoked", question.what);
                return finding(Status::Fail, &predicate)
                    .observed(says)
                    .hint(advice.revoked);
            }
            Standing::Unknown => {
                let predicate = format!("does not know {}", question.what);
                return finding(Status::Fail, &predicate)
                    .observed(says)
                    .hint("ask the CA: the certificate may be too new for the responder, or from another issuer");
            }
        }
        let observed = format!(
            "{says} from {} until {}",
            instant(self.from),
            instant(self.until)
        );
        let latest = now.saturating_add(SKEW).unwrap_or(now);
        if self.from > latest {
            finding(Status::Fail, "is not yet valid")
                .observed(observed)
                .hint("check the clocks of this machine and of the signer")
        } else if self.until <= now {
            finding(Status::Fail, "is out of date")
                .observed(format!(
                    "{observed}, it ended {}",
                    beside(self.until, start, name)
                ))
                .hint(advice.renewed)
        } else if self.until < target {
            let status = match policy {
                Revocation::Require => Status::Fail,
                Revocation::Prefer | Revocation::Off => Status::Warn,
            };
            finding(status, "does not last long enough")
                .observed(format!(
                    "{observed}, which is {}",
                    beside(self.until, start, name)
                ))
                .hint(format!("check again closer to T-0; {}", advice.renewed))
        } else {
            question
                .rule
                .pass(&question.subject, &question.good)
                .observed(observed)
        }
    }
}

/// What a response says, in a cell of a table.
pub(super) fn cell(said: &StatusResult) -> String {
    match said {
        Ok(statement) => statement.says(),
        Err(error) => clipped(&error.to_string()),
    }
}
