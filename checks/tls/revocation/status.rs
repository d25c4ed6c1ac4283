//! What is made of one answer about one certificate, and for how long it counts.

use jiff::{SignedDuration, Timestamp};

use crate::checks::tls::settings::Revocation;
use crate::checks::tls::window::Window;
use crate::checks::tls::words::{beside, bounded, instant};
use crate::instrument::revocation::{Answer, Listing, OcspError, Signer, Standing};
use crate::model::Finding;

/// How much later than this machine's a responder's clock may be, as OpenSSL has it. A response that a server
/// fetches for us is also younger than the run's begin.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// How far beyond T-0 an answer has to reach: the golden three hours, in which nobody shall have to look after it.
const MARGIN: SignedDuration = SignedDuration::from_hours(3);

/// How long an answer counts that does not say when the next one will be there.
const WITHOUT_NEXT: SignedDuration = SignedDuration::from_hours(24);

/// What is to be done about an answer that acquits nobody.
pub(super) struct Advice {
    /// Where the certificate is revoked.
    pub(super) revoked: &'static str,
    /// Where the answer is too old, or soon will be: who has to bring a newer one.
    pub(super) renewed: &'static str,
}

const NEW_KEY: &str = "have a certificate issued for a new key and load it on every address; find out who revoked this one";
const PUBLISH: &str = "its issuer has to publish a new one: tell it";

/// For what a server staples.
pub(super) const STAPLED: Advice = Advice {
    revoked: NEW_KEY,
    renewed: "the server has to fetch a new response in time: see its log and its way to the responder",
};

/// For what an issuer says of a server's certificate.
pub(super) const ISSUED: Advice = Advice {
    revoked: NEW_KEY,
    renewed: PUBLISH,
};

/// For what is said of an authority.
pub(super) const ABOVE: Advice = Advice {
    revoked: "every certificate below it is refused with it: have one issued below an authority that is in force, and load it with its chain on every address",
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
                Some(bounded(&name)),
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

    /// The finding on a claim that the certificate is not revoked.
    pub(super) fn finding(
        &self,
        claim: String,
        window: Window,
        policy: Revocation,
        advice: &Advice,
    ) -> Finding {
        let Window {
            start, name, now, ..
        } = window;
        let target = start
            .saturating_add(MARGIN)
            .unwrap_or(start)
            .min(window.end);
        let expected = format!("good until {}", instant(target));
        let says = self.says();
        match self.standing {
            Standing::Good => {}
            Standing::Revoked { .. } => {
                return Finding::fail(claim)
                    .expected(expected)
                    .observed(says)
                    .hint(advice.revoked);
            }
            Standing::Unknown => {
                return Finding::fail(claim)
                    .expected(expected)
                    .observed("unknown: the responder has no such certificate")
                    .hint("ask the issuer: it may be too new for the responder, or not by this issuer at all");
            }
        }
        let observed = format!(
            "{says} from {} until {}",
            instant(self.from),
            instant(self.until)
        );
        let latest = now.saturating_add(SKEW).unwrap_or(now);
        if self.from > latest {
            Finding::fail(claim)
                .expected(expected)
                .observed(format!("{observed}, not yet in force"))
                .hint("look at the clocks of this machine and of whoever signed")
        } else if self.until <= now {
            let stale = format!(
                "{observed}, out of date: it ended {}",
                beside(self.until, start, name)
            );
            Finding::fail(claim)
                .expected(expected)
                .observed(stale)
                .hint(advice.renewed)
        } else if self.until < target {
            let status = match policy {
                Revocation::Require => crate::model::Status::Fail,
                Revocation::Prefer | Revocation::Off => crate::model::Status::Warn,
            };
            Finding::new(status, claim)
                .expected(expected)
                .observed(format!(
                    "{observed}, which is {}",
                    beside(self.until, start, name)
                ))
                .hint(format!(
                    "look again when less time is left until T-0; {}",
                    advice.renewed
                ))
        } else {
            Finding::pass(claim).observed(observed)
        }
    }
}

/// What a response says, in a cell of a table.
pub(super) fn cell(said: &StatusResult) -> String {
    match said {
        Ok(word) => word.says(),
        Err(error) => bounded(&error.to_string()),
    }
}
