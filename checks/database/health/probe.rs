//! The questions about health, in the transaction that is open already.

use tokio::time::Instant;

use super::seen::{Age, Blocked, Health, Sequence, Transaction};
use crate::checks::database::sight::Sight;
use crate::instrument::sql::{Cause, Postgres, Row, SqlError};

const MAY_SEE: &str = "SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS may";

const TRANSACTIONS: &str = "\
    SELECT pid, usename AS role, application_name AS application, state LIKE 'idle in transaction%' AS idle, \
           extract(epoch FROM clock_timestamp() - xact_start) AS age \
      FROM pg_stat_activity \
     WHERE xact_start IS NOT NULL AND backend_type = 'client backend' AND pid <> pg_backend_pid() \
     ORDER BY xact_start LIMIT 100";

const BLOCKED: &str = "\
    SELECT pid, usename AS role, array_to_string(pg_blocking_pids(pid), ',') AS by \
      FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0 ORDER BY pid LIMIT 100";

const AGES: &str = "\
    SELECT datname AS database, age(datfrozenxid) AS transactions \
      FROM pg_database WHERE datallowconn ORDER BY 2 DESC LIMIT 100";

/// A sequence runs out with its own maximum or with that of the column that it feeds, whichever is lower.
const SEQUENCES: &str = "\
    SELECT sn.nspname || '.' || q.relname AS name, \
           has_sequence_privilege(q.oid, 'SELECT, USAGE') AS may, \
           CASE WHEN has_sequence_privilege(q.oid, 'SELECT, USAGE') THEN pg_sequence_last_value(q.oid) END AS last, \
           n.nspname || '.' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, NULL) AS owner, \
           least(s.seqmax, CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647 \
                                           ELSE 9223372036854775807 END) AS most \
      FROM pg_sequence s \
      JOIN pg_class q ON q.oid = s.seqrelid AND q.relpersistence <> 't' \
      JOIN pg_namespace sn ON sn.oid = q.relnamespace \
      LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass \
            AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0 AND d.objid = q.oid \
      LEFT JOIN pg_class c ON c.oid = d.refobjid \
      LEFT JOIN pg_namespace n ON n.oid = c.relnamespace \
      LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid \
     WHERE s.seqincrement > 0 ORDER BY 1 LIMIT 5000";

const REFUSED: &str = "SELECT coalesce(sum(sessions_fatal), 0) AS refused FROM pg_stat_database WHERE datname IS NOT NULL";

/// From this version on fatal sessions are counted.
const FATAL_SINCE: u32 = 140_000;

pub(in super::super) async fn look(
    session: &mut Postgres,
    version: u32,
    me: &str,
    until: Instant,
) -> Result<Health, SqlError> {
    let may = session.rows(MAY_SEE, until).await?;
    let may = may.first().map_or(Ok(false), |row| row.truth("may"))?;
    let transactions = match may {
        true => Sight::Seen(all(&session.rows(TRANSACTIONS, until).await?, transaction)?),
        false => Sight::Hidden {
            grant: format!("GRANT pg_read_all_stats TO {me}"),
        },
    };
    let blocked = all(&session.rows(BLOCKED, until).await?, blocked)?;
    let ages = all(&session.rows(AGES, until).await?, age)?;
    let rows = session.rows(SEQUENCES, until).await?;
    let mut hidden_sequences = 0;
    let mut sequences = Vec::new();
    for row in &rows {
        match (row.truth("may")?, row.maybe("last")?) {
            (false, _) => hidden_sequences += 1,
            (true, Some(_)) => sequences.push(sequence(row)?),
            (true, None) => {} // never used
        }
    }
    let refused = match version >= FATAL_SINCE {
        true => {
            let rows = session.rows(REFUSED, until).await?;
            let row = rows
                .first()
                .ok_or_else(|| SqlError::new(Cause::Answer, "no row"))?;
            Some(row.number("refused")?)
        }
        false => None,
    };
    Ok(Health {
        transactions,
        blocked,
        ages,
        sequences,
        hidden_sequences,
        refused,
    })
}

fn all<T>(rows: &[Row], read: fn(&Row) -> Result<T, SqlError>) -> Result<Vec<T>, SqlError> {
    rows.iter().map(read).collect()
}

fn transaction(row: &Row) -> Result<Transaction, SqlError> {
    Ok(Transaction {
        pid: row.number("pid")?,
        role: row.text("role")?.to_owned(),
        application: row.text("application")?.to_owned(),
        idle: row.truth("idle")?,
        age: row.number("age")?,
    })
}

fn blocked(row: &Row) -> Result<Blocked, SqlError> {
    let by = row
        .text("by")?
        .split(',')
        .filter_map(|pid| pid.parse().ok());
    Ok(Blocked {
        pid: row.number("pid")?,
        role: row.text("role")?.to_owned(),
        by: by.collect(),
    })
}

fn age(row: &Row) -> Result<Age, SqlError> {
    Ok(Age {
        database: row.text("database")?.to_owned(),
        transactions: row.number("transactions")?,
    })
}

fn sequence(row: &Row) -> Result<Sequence, SqlError> {
    Ok(Sequence {
        name: row.text("name")?.to_owned(),
        column: row.maybe("owner")?.map(str::to_owned),
        last: row.number("last")?,
        most: row.number("most")?,
    })
}
