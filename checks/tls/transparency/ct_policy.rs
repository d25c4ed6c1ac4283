//! When a certificate counts as logged. The policy is Chrome's (Certificate Transparency Policy), which Firefox
//! and Safari have in much the same words. It is kept in one of two ways:
//!
//! - by timestamps in the certificate: of 2 logs or more, of 3 where it lives for more than 180 days, of 2 operators or
//!   more, and one of them of a log that is trusted now. The others may be of logs that were retired after the earliest
//!   of all timestamps;
//! - by timestamps that the server brings, in a staple or in the TLS extension: of 2 operators or more, all of logs that
//!   are trusted now.
//!
//! Trusted are the logs that the list calls qualified, usable or readonly. A timestamp counts if its log is trusted or
//! was when it signed, takes certificates that end when this one ends, has signed it, and not in the future. More
//! timestamps than are asked for never hurt. Of which kind a log is (RFC 6962 or tiled) does not matter; in 2025 it did.
//!
//! A list is good for 70 days. By an older one a certificate still passes, since logs that were trusted seldom cease to
//! be; but one that lacks timestamps of listed logs and has them of unlisted ones may be fine for all that anyone knows.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::log_list::{Log, LogList, Standing};
use super::sct::{Entry, Sct};

/// Certificates that live longer need a timestamp more.
const SHORT_LIVED_DAYS: i64 = 180;

/// How old a list may be. Chrome, too, stops to rely on an older one: logs come and go every half year.
const FRESH_DAYS: i64 = 70;

const DAY: i64 = 86_400;

/// How many operators there must be.
const OPERATORS: usize = 2;

/// How a timestamp comes to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// In the certificate.
    Embedded,
    /// In a stapled OCSP response.
    Stapled,
    /// In an extension of the handshake.
    Extension,
}

/// What became of one timestamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SctStatus {
    /// It counts, for this operator; the log may have been retired since.
    Good { operator: String, retired: bool },
    /// Of a log that is not in the list.
    Unlisted,
    /// It does not count, for this reason.
    Void(&'static str),
}

/// A timestamp with what became of it.
#[derive(Clone, Debug)]
pub(super) struct JudgedSct {
    pub(super) way: Way,
    /// The log's id.
    pub(super) log: String,
    pub(super) status: SctStatus,
}

/// How many embedded timestamps a certificate needs that lives that long.
pub(super) fn needed(lifetime: SignedDuration) -> usize {
    if lifetime.as_secs() > SHORT_LIVED_DAYS * DAY {
        3
    } else {
        2
    }
}

/// Whether a list of that age is too old to say of a log that it is none.
pub(super) fn stale(age: SignedDuration) -> bool {
    age.as_secs() > FRESH_DAYS * DAY
}

/// Whether these are enough; with `hope`, whether they would be if all logs that are not listed were good ones.
pub(super) fn enough(votes: &[JudgedSct], needed: usize, hope: bool) -> bool {
    let counting = |embedded: bool| {
        let mut logs = BTreeMap::new();
        for vote in votes {
            let of_that_way = (vote.way == Way::Embedded) == embedded;
            match &vote.status {
                SctStatus::Good { operator, retired } if of_that_way => {
                    logs.insert(&vote.log, (operator, *retired));
                }
                SctStatus::Unlisted if of_that_way && hope => {
                    logs.insert(&vote.log, (&vote.log, false));
                }
                _ => {}
            }
        }
        logs
    };
    let operators = |logs: &BTreeMap<_, (&String, bool)>| {
        let operators: BTreeSet<_> = logs.values().map(|(operator, _)| *operator).collect();
        operators.len()
    };
    let embedded = counting(true);
    let brought = counting(false);
    let one_trusted_now = embedded.values().any(|(_, retired)| !retired);
    embedded.len() >= needed && operators(&embedded) >= OPERATORS && one_trusted_now
        || operators(&brought) >= OPERATORS
}

/// The certificate that timestamps are to be about.
pub(super) struct About<'a> {
    /// DER.
    pub(super) certificate: &'a [u8],
    /// What it was before timestamps were put in, where that can be determined.
    pub(super) tbs: Option<&'a [u8]>,
    /// The keys of those who may have issued it.
    pub(super) issuers: &'a [Vec<u8>],
    pub(super) not_after: Timestamp,
}

/// Holds timestamps against the list.
pub(super) fn weigh(
    scts: &[(Way, Sct)],
    about: &About<'_>,
    known: &LogList,
    now: Timestamp,
) -> Vec<JudgedSct> {
    let looked: Vec<_> = scts
        .iter()
        .map(|(way, sct)| {
            let log = known.logs.get(&sct.log);
            log.map(|log| (log, fault(*way, sct, log, about, now)))
        })
        .collect();
    let verified = scts
        .iter()
        .zip(&looked)
        .filter(|(_, looked)| matches!(looked, Some((_, None))));
    let earliest = verified.map(|((_, sct), _)| sct.at).min();
    let votes = scts.iter().zip(looked);
    votes
        .map(|((way, sct), looked)| JudgedSct {
            way: *way,
            log: sct.log.clone(),
            status: match looked {
                None => SctStatus::Unlisted,
                Some((_, Some(fault))) => SctStatus::Void(fault),
                Some((log, None)) => counted(sct, log, earliest),
            },
        })
        .collect()
}

/// What is wrong with a timestamp, whenever it was given.
fn fault(
    way: Way,
    sct: &Sct,
    log: &Log,
    about: &About<'_>,
    now: Timestamp,
) -> Option<&'static str> {
    let standing = log.standing();
    if sct.at > now {
        return Some("from the future");
    }
    if standing == Standing::Untrusted {
        return Some("the log was not trusted when it signed");
    }
    if way != Way::Embedded && standing != Standing::Trusted {
        return Some("the log is retired");
    }
    if !log.covers(about.not_after) {
        return Some("the log does not take certificates that end then");
    }
    let signed = match way {
        Way::Embedded => about.tbs.is_some_and(|tbs| {
            let issuers = about.issuers;
            sct.verifies(&log.key.0, &Entry::Precertificate { issuers, tbs })
        }),
        Way::Stapled | Way::Extension => {
            sct.verifies(&log.key.0, &Entry::Certificate(about.certificate))
        }
    };
    (!signed).then_some("the signature is wrong")
}

fn counted(sct: &Sct, log: &Log, earliest: Option<Timestamp>) -> SctStatus {
    let operator = log.operator(sct.at).to_owned();
    match log.standing() {
        Standing::Retired(since) if earliest.is_none_or(|earliest| earliest >= since) => {
            SctStatus::Void("the log was not trusted when it signed")
        }
        standing => SctStatus::Good {
            operator,
            retired: standing != Standing::Trusted,
        },
    }
}
