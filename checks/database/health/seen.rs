//! What was seen of the health of a PostgreSQL.

use serde::{Deserialize, Serialize};

use crate::checks::database::sight::Sight;

/// The health of a server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Health {
    /// Sessions with an open transaction, the oldest first: states and times need `pg_read_all_stats`.
    pub(crate) transactions: Sight<Vec<Transaction>>,
    /// Sessions that wait for a lock, and who holds it.
    pub(crate) blocked: Vec<Blocked>,
    /// Databases by the age of their oldest transaction id, the oldest first.
    pub(crate) ages: Vec<Age>,
    /// Sequences by the share of their numbers that is used up, the fullest first; `last_value` of foreign ones is hidden.
    pub(crate) sequences: Vec<Sequence>,
    /// Sequences whose `last_value` this role may not see.
    pub(crate) hidden_sequences: u32,
    /// Sessions that the server ended for an error since its statistics began, with that time; from version 14.
    pub(crate) refused: Option<u64>,
}

/// A session with an open transaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Transaction {
    pub(crate) pid: i32,
    pub(crate) role: String,
    pub(crate) application: String,
    /// Idle inside its transaction, rather than at work.
    pub(crate) idle: bool,
    /// Seconds since the transaction began.
    pub(crate) age: f64,
}

/// A session that waits for a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Blocked {
    pub(crate) pid: i32,
    pub(crate) role: String,
    /// The sessions that it waits for.
    pub(crate) by: Vec<i32>,
}

/// The age of a database's oldest transaction id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Age {
    pub(crate) database: String,
    /// Transactions since then.
    pub(crate) transactions: u64,
}

/// How far a sequence has counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sequence {
    pub(crate) name: String,
    /// The column that it feeds, with its type: "public.scores.id integer"; none for a sequence on its own.
    pub(crate) column: Option<String>,
    pub(crate) last: i64,
    /// The largest number that sequence and column hold.
    pub(crate) most: i64,
}
