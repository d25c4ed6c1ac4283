//! What is found of a certificate by the revocation lists that it names.

use super::seen::{Asked, ListOutcome};
use super::status::{Question, StatusStatement};
use crate::checks::tls::settings::Revocation;
use crate::instrument::revocation::ListError;
use crate::judging::Window;
use crate::judging::text::{clipped, list};
use crate::model::{Finding, Status};

/// Whether a certificate is on its issuer's list. `lists` are those that were asked, one after the other until one was
/// fetched.
pub(super) fn finding(
    question: &Question,
    lists: &[Asked<ListOutcome>],
    window: Window,
    policy: Revocation,
) -> Finding {
    let mut missing = Vec::new();
    for asked in lists {
        let url = clipped(&asked.url);
        match &asked.outcome {
            ListOutcome::Missing { error } => missing.push(format!("{url} {error}")),
            ListOutcome::Unusable { error, .. } => {
                let status = match error {
                    ListError::Malformed { .. } | ListError::Unsupported { .. } => Status::Error,
                    _ => Status::Fail,
                };
                return question
                    .finding(status, "cannot be used")
                    .expected("a list of the certificate's issuer")
                    .observed(clipped(&format!("{url}: {error}")))
                    .hint("fetch it by hand; its issuer has to fix what it publishes there");
            }
            ListOutcome::Read { listing, .. } => {
                return StatusStatement::from(listing).finding(question, window, policy);
            }
        }
    }
    unreached(question, missing, "could not be fetched")
}

/// Where none of those that were asked gave an answer; why not, for each.
pub(super) fn unreached(question: &Question, missing: Vec<String>, predicate: &str) -> Finding {
    let error = question.finding(Status::Error, predicate);
    if missing.is_empty() {
        return error
            .observed("the probe ended before that")
            .hint("raise the check's `timeout`");
    }
    error
        .observed(list(missing))
        .hint("check whether this machine reaches it over plain HTTP and whether the CA serves it, or run elsewhere")
}
