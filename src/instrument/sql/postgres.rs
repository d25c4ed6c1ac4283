//! A login to PostgreSQL, or to the console of PgBouncer.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tokio::time::{Instant, timeout_at};

use super::row::as_text;
use super::{APPLICATION, Access, Cause, MOST_ROWS, Row, SqlError};
use crate::model::tls_settings::TlsSettings;

/// What the driver reads from the environment and nothing can override.
const NOT_OVERRIDDEN: [&str; 4] = ["PGOPTIONS", "PGSSLCERT", "PGSSLKEY", "PGSSLROOTCERT"];

/// A session.
#[derive(Debug)]
pub struct Postgres(PgConnection);

impl Postgres {
    /// Logs in and begins to read: one read-only transaction holds every question. What is set ends with it, so a pooler in
    /// between hands nothing of it to others, and the server ends the session when this program dies or the network does.
    ///
    /// # Errors
    /// Why not.
    pub async fn log_in(access: Access<'_>, until: Instant) -> Result<Self, SqlError> {
        let mut session = Self::console(access, until).await?;
        for sql in [
            "BEGIN READ ONLY",
            "SET LOCAL statement_timeout = '10s'",
            "SET LOCAL lock_timeout = '1s'",
            "SET LOCAL idle_in_transaction_session_timeout = '30s'",
        ] {
            session.rows(sql, until).await?;
        }
        Ok(session)
    }

    /// Logs in and sets nothing, as the console of PgBouncer wants it.
    ///
    /// # Errors
    /// Why not.
    pub async fn console(access: Access<'_>, until: Instant) -> Result<Self, SqlError> {
        let options = options(access)?;
        let begin = Instant::now();
        match timeout_at(until, options.connect()).await {
            Ok(Ok(connection)) => Ok(Self(connection)),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(SqlError::timeout(begin.elapsed())),
        }
    }

    /// The rows of a question, asked with the simple protocol: named statements would collide behind poolers.
    ///
    /// # Errors
    /// Why there is none, or that there are more than [`MOST_ROWS`].
    pub async fn rows(&mut self, sql: &str, until: Instant) -> Result<Vec<Row>, SqlError> {
        let begin = Instant::now();
        let read = async {
            let mut answer = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch(&mut self.0);
            let mut rows = Vec::new();
            while let Some(row) = answer.try_next().await? {
                rows.push(as_text!(row)?);
                if rows.len() > MOST_ROWS {
                    return Err(SqlError::too_many_rows());
                }
            }
            Ok(rows)
        };
        let outcome = timeout_at(until, read).await;
        outcome.unwrap_or_else(|_| Err(SqlError::timeout(begin.elapsed())))
    }

    /// Logs out in order; a server that does not answer is left after a second.
    pub async fn log_out(self) {
        let _ = tokio::time::timeout(Duration::from_secs(1), self.0.close()).await;
    }
}

fn options(access: Access<'_>) -> Result<PgConnectOptions, SqlError> {
    let set = NOT_OVERRIDDEN
        .iter()
        .find(|name| std::env::var_os(name).is_some());
    if let Some(name) = set {
        let message = format!("the driver would read {name} from the environment; unset it");
        return Err(SqlError::new(Cause::Local, message));
    }
    let url = access.url;
    let password = url
        .password
        .as_ref()
        .map_or("", |password| password.expose());
    let options = PgConnectOptions::new_without_pgpass()
        .host(&url.host)
        .port(url.port)
        .username(&url.role)
        .password(password)
        .database(url.database.as_deref().unwrap_or(&url.role))
        .application_name(APPLICATION)
        .extra_float_digits(None)
        .statement_cache_capacity(0)
        .disable_statement_logging();
    if access.plaintext {
        return Ok(options.ssl_mode(PgSslMode::Disable));
    }
    let TlsSettings {
        ca_file,
        certificate,
        key,
        ..
    } = access.tls;
    let mut options = options.ssl_mode(PgSslMode::VerifyFull);
    if let Some(file) = ca_file {
        options = options.ssl_root_cert_from_pem(file.bytes().to_vec());
    }
    if let (Some(certificate), Some(key)) = (certificate, key) {
        options = options
            .ssl_client_cert_from_pem(certificate.bytes())
            .ssl_client_key_from_pem(key.bytes());
    }
    Ok(options)
}
