//! Whether transparency logs vouch for a certificate: the timestamps that stand in it, their signatures verified
//! with the keys of a list of logs (RFC 6962; rules as Chrome has them for certificates of public authorities).
//!
//! Timestamps in the TLS extension or in a staple are not looked at: the client library does not show the first,
//! and authorities embed them.

mod logs;
mod sct;

pub(super) use logs::{LogList, load};

use jiff::Timestamp;

use self::logs::Log;
use self::sct::{Stamp, issuers, precertificate};
use super::chain::Chain;
use super::endpoint::Endpoint;
use super::words::{bounded, counted, instant, list, span};
use crate::instrument::tls::Anchor;
use crate::model::Finding;

/// Certificates that live longer need a timestamp more.
const SHORT_LIVED_DAYS: i64 = 180;

/// How old a list may be. Chrome, too, stops to rely on an older one: logs come and go every half year.
const FRESH_DAYS: i64 = 70;

const DAY: i64 = 86_400;

/// What became of one timestamp.
enum Vouch {
    /// Good, by this operator.
    Good(String),
    /// Of a log that is not in the list.
    Unlisted,
    /// It does not count, for this reason.
    Void(&'static str),
}

/// The logs whose timestamps stand in a leaf, by their ids.
pub(super) fn logs_of(leaf: &[u8]) -> Vec<String> {
    let stamps = Stamp::embedded(leaf).unwrap_or_default();
    stamps.into_iter().map(|stamp| stamp.log).collect()
}

/// What is found of a chain.
pub(super) fn finding(
    endpoint: &Endpoint,
    chain: &Chain<'_>,
    anchors: &[Anchor],
    known: Option<&LogList>,
    now: Timestamp,
) -> Finding {
    let claim = format!("Transparency logs vouch for the certificate of {endpoint}");
    let Some(known) = known else {
        return Finding::error(claim).observed("the probe ended before the list of logs was read");
    };
    let leaf = chain.leaf();
    let lifetime = leaf.not_after.duration_since(leaf.not_before).as_secs();
    let needed = if lifetime > SHORT_LIVED_DAYS * DAY {
        3
    } else {
        2
    };
    let expected = format!("{needed} valid timestamps, of logs of 2 operators or more");
    let stamps = match Stamp::embedded(&chain.ders()[0]) {
        Ok(stamps) if stamps.is_empty() => {
            return Finding::fail(claim)
                .expected(expected)
                .observed("it carries no timestamp of any log")
                .hint("browsers refuse certificates of public authorities without; for an authority of your own leave `log-list` out");
        }
        Ok(stamps) => stamps,
        Err(error) => {
            return Finding::fail(claim)
                .expected(expected)
                .observed(bounded(&error));
        }
    };
    let tbs = precertificate(&chain.ders()[0]);
    let issuers = issuers(chain, anchors);
    let mut told = Vec::new();
    let (mut operators, mut good, mut unlisted) = (Vec::new(), 0, 0);
    for stamp in &stamps {
        let log = known.logs.get(&stamp.log);
        let name = log.map_or_else(
            || bounded(&stamp.log),
            |log| format!("\"{}\"", bounded(&log.description)),
        );
        match vouch(stamp, log, tbs.as_deref(), &issuers, leaf.not_after, now) {
            Vouch::Good(operator) => {
                good += 1;
                operators.push(operator);
                told.push(format!("{name}: valid"));
            }
            Vouch::Unlisted => {
                unlisted += 1;
                told.push(format!("{name}: not in the list"));
            }
            Vouch::Void(why) => told.push(format!("{name}: {why}")),
        }
    }
    operators.sort();
    operators.dedup();
    let age = now.duration_since(known.timestamp);
    let observed = format!(
        "{} ({}); the list is of {}, {} old",
        list(told),
        counted(operators.len(), "operator"),
        instant(known.timestamp),
        span(age)
    );
    let stale = age.as_secs() > FRESH_DAYS * DAY;
    let finding = if good >= needed && operators.len() >= 2 {
        if stale {
            Finding::warn(claim).hint("give a newer `log-list`: logs may have been retired since")
        } else {
            Finding::pass(claim)
        }
    } else if stale && good + unlisted >= needed {
        // Whether the unlisted ones are any good, nobody knows who has no newer list.
        Finding::error(claim).hint("give a newer `log-list`: this one may lack the logs")
    } else {
        Finding::fail(claim).hint("browsers refuse it: have it issued anew, and ask the authority why its logs do not count")
    };
    finding.expected(expected).observed(observed)
}

fn vouch(
    stamp: &Stamp,
    log: Option<&Log>,
    tbs: Option<&[u8]>,
    issuers: &[Vec<u8>],
    not_after: Timestamp,
    now: Timestamp,
) -> Vouch {
    let Some(log) = log else {
        return Vouch::Unlisted;
    };
    if stamp.at > now {
        return Vouch::Void("from the future");
    }
    if !log.trusted(stamp.at) {
        return Vouch::Void("the log was not trusted when it signed");
    }
    if !log.covers(not_after) {
        return Vouch::Void("the log does not take certificates that end then");
    }
    let signed = tbs.is_some_and(|tbs| {
        issuers
            .iter()
            .any(|issuer| stamp.verifies(&log.key.0, issuer, tbs))
    });
    if !signed {
        return Vouch::Void("the signature is wrong");
    }
    Vouch::Good(log.operator.clone())
}
