//! What of it would hurt at the launch.

use jiff::tz::TimeZone;

use super::seen::{Health, Transaction};
use super::versions::{self, AS_OF};
use crate::checks::database::observation::{Observation, Server};
use crate::checks::database::rules::{LOCKS, NUMBERS, REFUSED, SEEN, SUPPORTED, TRANSACTIONS};
use crate::checks::database::settings::Settings;
use crate::checks::database::sight::Sight;
use crate::judging::text::counted;
use crate::model::{Cell, Exhibit, Finding, Judgement, LaunchFacts};

/// A transaction that has been open for longer holds locks and keeps dead rows alive.
const LONG: f64 = 60.0;
const TOO_LONG: f64 = 900.0;
/// PostgreSQL refuses writes about three million transactions before 2^31 (documentation, "Preventing Transaction ID
/// Wraparound Failures"); autovacuum begins to fight it at 200 million.
const OLD: u64 = 1_000_000_000;
const TOO_OLD: u64 = 1_800_000_000;
/// A sequence that has used so much of its numbers runs out during the life of a release.
const FULL: f64 = 0.80;

pub(in super::super) fn judge(
    settings: &Settings,
    observation: &Observation,
    facts: &LaunchFacts,
) -> Judgement {
    let mut judgement = Judgement::default();
    let Some(Ok(server)) = &observation.server else {
        return judgement; // the budget says why
    };
    let subject = format!("server {}", settings.url.endpoint());
    judgement
        .findings
        .extend(supported(server, &subject, facts));
    let Some(health) = &server.health else {
        return judgement;
    };
    match &health.transactions {
        Sight::Seen(open) => {
            judgement.findings.push(transactions(open, &subject));
            let columns = ["pid", "role", "application", "state", "open for"];
            judgement.exhibits.extend(Exhibit::table(
                "Open transactions",
                columns,
                open.iter().take(50).map(row),
            ));
        }
        Sight::Hidden { grant } => {
            let finding = TRANSACTIONS.error(
                &subject,
                "States and times of other sessions cannot be seen",
            );
            judgement
                .findings
                .push(finding.hint(format!("Run as an administrator: {grant}")));
        }
    }
    judgement.findings.push(locks(health, &subject));
    judgement.findings.extend(numbers(health, &subject));
    judgement
        .findings
        .extend(health.refused.map(|refused| match refused {
            0 => REFUSED.pass(&subject, "The server has not ended a session for an error"),
            _ => {
                let claim = format!(
                    "The server has ended {} for an error since its statistics began",
                    counted(refused as usize, "session")
                );
                REFUSED.warn(&subject, claim)
            }
        }));
    judgement
}

/// Whether the version is still fixed at the launch.
fn supported(server: &Server, subject: &str, facts: &LaunchFacts) -> Option<Finding> {
    let (series, last) = versions::ends(server.engine, &server.version)?;
    let at = facts.t0.to_zoned(TimeZone::UTC).date();
    let observed = format!("{}; the table is of {AS_OF}", server.version);
    let finding = if at > last {
        SUPPORTED.warn(
            subject,
            format!("Version {series} has had no fixes since {last}"),
        )
    } else {
        SUPPORTED.pass(subject, format!("Version {series} is fixed until {last}"))
    };
    Some(finding.observed(observed))
}

fn transactions(open: &[Transaction], subject: &str) -> Finding {
    let long: Vec<&Transaction> = open.iter().filter(|open| open.age > LONG).collect();
    let Some(oldest) = long.first() else {
        return TRANSACTIONS
            .pass(subject, "No transaction is open for more than a minute")
            .observed(counted(open.len(), "open transaction"));
    };
    let state = if oldest.idle {
        "idle in a transaction"
    } else {
        "in a transaction"
    };
    let who = format!("process {} of role {}", oldest.pid, oldest.role);
    let claim = format!("{who} has been {state} for {:.0} s", oldest.age);
    let finding = match oldest.age > TOO_LONG {
        true => TRANSACTIONS.fail(subject, claim),
        false => TRANSACTIONS.warn(subject, claim),
    };
    let idle = long.iter().filter(|open| open.idle).count();
    let observed = format!(
        "{} open for more than a minute, {idle} of them idle",
        counted(long.len(), "transaction")
    );
    finding
        .expected("no transaction open for more than a minute")
        .observed(observed)
}

fn locks(health: &Health, subject: &str) -> Finding {
    let Some(first) = health.blocked.first() else {
        return LOCKS.pass(subject, "No session waits for a lock");
    };
    let by: Vec<String> = first.by.iter().map(i32::to_string).collect();
    let waiting = counted(health.blocked.len(), "session");
    let claim = format!(
        "{waiting} wait for a lock: process {} of role {} for process {}",
        first.pid,
        first.role,
        by.join(", ")
    );
    LOCKS.warn(subject, claim)
}

/// Transaction ids and sequences.
fn numbers(health: &Health, subject: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(oldest) = health.ages.first() {
        let age = oldest.transactions;
        let about = format!("database {}", oldest.database);
        let claim = format!(
            "{about}: its oldest transaction id is {} million transactions old",
            age / 1_000_000
        );
        let finding = match age {
            age if age > TOO_OLD => NUMBERS.fail(about, claim).hint("VACUUM FREEZE the oldest tables now: at 2,147 million the server refuses to write."),
            age if age > OLD => NUMBERS.warn(about, claim).hint("Find what keeps autovacuum from freezing: old transactions, replication slots, prepared transactions."),
            _ => NUMBERS.pass(about, claim),
        };
        findings.push(finding);
    }
    let share = |last: i64, most: i64| last as f64 / most.max(1) as f64;
    let full = health
        .sequences
        .iter()
        .filter(|sequence| share(sequence.last, sequence.most) > FULL);
    let mut none = true;
    for sequence in full.take(50) {
        none = false;
        let used = share(sequence.last, sequence.most) * 100.0;
        let column = sequence
            .column
            .as_deref()
            .map_or(String::new(), |column| format!(", of {column}"));
        let claim = format!(
            "Sequence {}{column}: {used:.0} % of its numbers are used up",
            sequence.name
        );
        let finding = NUMBERS.fail(format!("sequence {}", sequence.name), claim);
        findings.push(
            finding
                .observed(format!("{} of {}", sequence.last, sequence.most))
                .hint("Make the column and its sequence bigint before the launch."),
        );
    }
    if none && !health.sequences.is_empty() {
        let claim = format!(
            "No sequence has used up more than {:.0} % of its numbers",
            FULL * 100.0
        );
        findings.push(
            NUMBERS
                .pass(subject, claim)
                .observed(counted(health.sequences.len(), "sequence")),
        );
    }
    if health.hidden_sequences > 0 {
        let claim = format!(
            "{} cannot be seen",
            counted(health.hidden_sequences as usize, "sequence")
        );
        let finding = SEEN.warn(format!("{subject}: sequences"), claim);
        findings.push(
            finding
                .hint("Grant the role of the check SELECT on the sequences, or pg_read_all_data."),
        );
    }
    findings
}

fn row(open: &Transaction) -> [Cell; 5] {
    let state = if open.idle { "idle" } else { "at work" };
    [
        Cell::count(open.pid.unsigned_abs() as usize),
        open.role.as_str().into(),
        open.application.as_str().into(),
        state.into(),
        Cell::number(open.age.round(), "s"),
    ]
}
