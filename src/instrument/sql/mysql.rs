//! A login to MySQL or MariaDB.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tokio::time::{Instant, timeout_at};

use super::row::as_text;
use super::{Access, MOST_ROWS, Row, SqlError};
use crate::model::tls_settings::TlsSettings;

/// A session.
#[derive(Debug)]
pub struct Mysql(MySqlConnection);

impl Mysql {
    /// Logs in. The session is read-only, and the server ends it when this program dies or the network does.
    ///
    /// A handshake that has begun is not broken off before the deadline: servers count broken ones, and block the host.
    ///
    /// # Errors
    /// Why not.
    pub async fn log_in(access: Access<'_>, until: Instant) -> Result<Self, SqlError> {
        let options = options(access);
        let begin = Instant::now();
        let mut session = match timeout_at(until, options.connect()).await {
            Ok(Ok(connection)) => Self(connection),
            Ok(Err(error)) => return Err(error.into()),
            Err(_) => return Err(SqlError::timeout(begin.elapsed())),
        };
        for sql in [
            "SET SESSION TRANSACTION READ ONLY",
            "SET SESSION wait_timeout = 60, lock_wait_timeout = 1",
        ] {
            session.rows(sql, until).await?;
        }
        Ok(session)
    }

    /// The rows of a question.
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

fn options(access: Access<'_>) -> MySqlConnectOptions {
    let url = access.url;
    let mut options = MySqlConnectOptions::new()
        .host(&url.host)
        .port(url.port)
        .username(&url.role)
        .statement_cache_capacity(0)
        .disable_statement_logging();
    // An empty password is none: hashed, it would be refused.
    let password = url.password.as_ref().map(|password| password.expose());
    if let Some(password) = password.filter(|password| !password.is_empty()) {
        options = options.password(password);
    }
    if let Some(database) = &url.database {
        options = options.database(database);
    }
    if access.plaintext {
        return options.ssl_mode(MySqlSslMode::Disabled);
    }
    let TlsSettings {
        ca_file,
        certificate,
        key,
        ..
    } = access.tls;
    let mut options = options.ssl_mode(MySqlSslMode::VerifyIdentity);
    if let Some(file) = ca_file {
        options = options.ssl_ca_from_pem(file.bytes().to_vec());
    }
    if let (Some(certificate), Some(key)) = (certificate, key) {
        options = options
            .ssl_client_cert_from_pem(certificate.bytes())
            .ssl_client_key_from_pem(key.bytes());
    }
    options
}
