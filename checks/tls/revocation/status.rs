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

/// How long an answer counts without a warning that does not say when the next one will be there. OpenSSL takes it at
/// any age; RFC 6960 section 2.4 says that there is newer information at any time.
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
    /// None where nothing says until when.
    pub(super) until: Option<Timestamp>,
    /// What happened before the certificate began.
    early: Option<Early>,
    /// The list was published as PEM.
    pem: bool,
    /// Who has signed, where it is not the issuer.
    pub(super) delegate: Option<String>,
}

/// What a response is too old for: its certificate had not begun.
#[derive(Clone, Copy, Debug)]
enum Early {
    /// When it was made, and when the certificate begins.
    Made([Timestamp; 2]),
    /// It was made later, by a responder that knows no more than a list from before: its time, and when the
    /// certificate begins.
    Known([Timestamp; 2]),
}

impl Early {
    fn of(answer: &Answer) -> Option<Self> {
        let begins = answer.begins;
        if later(answer.produced, SKEW) < begins {
            return Some(Self::Made([answer.produced, begins]));
        }
        let known = answer.this_update;
        (later(known, SKEW) < begins).then_some(Self::Known([known, begins]))
    }
}

/// What a response says, or why it says nothing.
pub(crate) type StatusResult = Result<StatusStatement, OcspError>;

impl From<Answer> for StatusStatement {
    fn from(answer: Answer) -> Self {
        let next = answer.next_update;
        let early = Early::of(&answer);
        let (from, until, delegate) = match answer.signer {
            Signer::Issuer => (answer.this_update, next, None),
            // It counts no longer than the certificate of its signer.
            Signer::Delegate {
                name,
                from,
                until: end,
            } => (
                answer.this_update.max(from),
                Some(next.map_or(end, |next| next.min(end))),
                Some(clipped(&name)),
            ),
        };
        Self {
            standing: answer.standing,
            from,
            until,
            early,
            pem: false,
            delegate,
        }
    }
}

impl From<&Listing> for StatusStatement {
    fn from(listing: &Listing) -> Self {
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
            until: listing.next_update,
            early: None,
            pem: listing.pem,
            delegate: None,
        }
    }
}

impl StatusStatement {
    /// When it ends at the latest.
    pub(super) fn ends(&self) -> Timestamp {
        self.until.unwrap_or(Timestamp::MAX)
    }

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
        let Some(until) = self.until else {
            return self.endless(question, window, finding);
        };
        let observed = format!(
            "{says} from {} until {}",
            instant(self.from),
            instant(until)
        );
        if let Some(early) = self.before(now, &observed, finding) {
            early
        } else if until <= now {
            finding(Status::Fail, "is out of date")
                .observed(format!(
                    "{observed}, it ended {}",
                    beside(until, start, name)
                ))
                .hint(advice.renewed)
        } else if until < target {
            let status = match policy {
                Revocation::Require => Status::Fail,
                Revocation::Prefer | Revocation::Off => Status::Warn,
            };
            finding(status, "does not last long enough")
                .observed(format!(
                    "{observed}, which is {}",
                    beside(until, start, name)
                ))
                .hint(format!("check again closer to T-0; {}", advice.renewed))
        } else {
            self.good(question, observed, finding)
        }
    }

    /// An answer that does not say how long it counts.
    fn endless(
        &self,
        question: &Question,
        window: Window,
        finding: impl Fn(Status, &str) -> Finding,
    ) -> Finding {
        let observed = format!("{} since {}", self.says(), instant(self.from));
        let observed = format!("{observed}, with no time for the next update");
        if let Some(early) = self.before(window.now, &observed, &finding) {
            early
        } else if later(self.from, WITHOUT_NEXT) < window.start {
            finding(Status::Warn, "does not say for how long it counts")
                .observed(format!("{observed}; at {} it is older than a day", window.name))
                .hint(format!("OpenSSL takes it at any age, stricter clients for a day: have its signer state the next update (nextUpdate); {}", question.advice.renewed))
        } else {
            self.good(question, observed, finding)
        }
    }

    /// What was said before it could be known.
    fn before(
        &self,
        now: Timestamp,
        observed: &str,
        finding: impl Fn(Status, &str) -> Finding,
    ) -> Option<Finding> {
        if self.from > later(now, SKEW) {
            return Some(
                finding(Status::Fail, "is not yet valid")
                    .observed(observed)
                    .hint("check the clocks of this machine and of the signer"),
            );
        }
        let Some(Early::Made([produced, begins])) = self.early else {
            return None;
        };
        Some(
            finding(Status::Fail, "was made before the certificate was valid")
                .observed(format!(
                    "{observed}; it was made {}, and the certificate begins {}",
                    instant(produced),
                    instant(begins)
                ))
                .hint("fetch a new response: one that is older than the certificate cannot be about it"),
        )
    }

    fn good(
        &self,
        question: &Question,
        observed: String,
        finding: impl Fn(Status, &str) -> Finding,
    ) -> Finding {
        if let Some(Early::Known([known, begins])) = self.early {
            return finding(Status::Warn, "speaks of a time before the certificate was valid")
                .observed(format!(
                    "{observed}; what it says was known {}, and the certificate begins {}",
                    instant(known),
                    instant(begins)
                ))
                .hint("run it again when the responder knows a newer list: an older one cannot hold the certificate");
        }
        if self.pem {
            return finding(Status::Warn, "is published as PEM")
                .observed(observed)
                .hint("its issuer has to publish it as DER (RFC 5280 section 4.2.1.13): clients that fetch lists read nothing else");
        }
        question
            .rule
            .pass(&question.subject, &question.good)
            .observed(observed)
    }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// What a response says, in a cell of a table.
pub(super) fn cell(said: &StatusResult) -> String {
    match said {
        Ok(statement) => statement.says(),
        Err(error) => clipped(&error.to_string()),
    }
}
