//! Logins to databases, through sqlx. One login is one observation: no pool, no retry, no session that a setting did not
//! ask for; every wait has a deadline, every answer a largest number of rows.
//!
//! The driver reads `PGHOST`, `PGPASSWORD` and their like wherever nothing else is said. All of them are overridden here;
//! those that cannot be are refused, so that a checklist means the same on every machine.

mod error;
mod mysql;
mod postgres;
mod row;

pub use error::{Cause, SqlError};
pub use mysql::Mysql;
pub use postgres::Postgres;
pub use row::Row;

use crate::model::database_url::DatabaseUrl;
use crate::model::tls_settings::TlsSettings;

/// How the sessions of this program call themselves.
pub const APPLICATION: &str = "tminus";

/// The most rows of one answer.
pub const MOST_ROWS: usize = 10_000;

/// Where to log in, and how.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// Where, and as whom.
    pub url: &'a DatabaseUrl,
    /// Roots beside the operating system's, and the client's certificate.
    pub tls: &'a TlsSettings,
    /// Without TLS.
    pub plaintext: bool,
}
