//! What is found of a certificate by the revocation lists that it names.

use super::seen::{Asked, ListOutcome};
use super::status::{Advice, StatusStatement};
use crate::checks::tls::settings::Revocation;
use crate::checks::tls::window::Window;
use crate::checks::tls::words::{bounded, list};
use crate::instrument::revocation::ListError;
use crate::model::{Finding, Status};

/// The finding on a claim that a certificate is not on its issuer's list. `lists` are those that were asked, one
/// after the other until one was had.
pub(super) fn finding(
    claim: String,
    lists: &[Asked<ListOutcome>],
    window: Window,
    policy: Revocation,
    advice: &Advice,
) -> Finding {
    let mut missing = Vec::new();
    for asked in lists {
        let url = bounded(&asked.url);
        match &asked.outcome {
            ListOutcome::Missing { error } => missing.push(format!("{url} {error}")),
            ListOutcome::Unusable { error, .. } => {
                let status = match error {
                    ListError::Malformed { .. } | ListError::Unsupported { .. } => Status::Error,
                    _ => Status::Fail,
                };
                return Finding::new(status, claim)
                    .expected("a list of the certificate's issuer")
                    .observed(bounded(&format!("{url}: {error}")))
                    .hint("fetch it by hand; its issuer has to mend what it publishes there");
            }
            ListOutcome::Read { listing, .. } => {
                return StatusStatement::from(listing).finding(claim, window, policy, advice);
            }
        }
    }
    unreached(claim, missing, "list was fetched")
}

/// Where nobody who was asked gave an answer; why not, for each.
pub(super) fn unreached(claim: String, missing: Vec<String>, not_before: &str) -> Finding {
    let error = Finding::error(claim);
    if missing.is_empty() {
        return error
            .observed(format!("the probe ended before the {not_before}"))
            .hint("raise the check's `timeout`");
    }
    error
        .observed(list(missing))
        .hint("let this machine reach it over plain HTTP, or run where it can be reached")
}
