//! Why a login or a question failed, by its true cause: "too many connections" alone does not tell an operator which of
//! six limits to raise.

use std::fmt;
use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::error::DatabaseError;

use super::MOST_ROWS;
use crate::instrument::limits;

/// What stopped a login or a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The host has no address, or could not be looked up.
    Name,
    /// Nothing listens.
    Refused,
    /// No end in time.
    Timeout,
    /// The connection broke.
    Broken,
    /// This machine could not, or would not.
    Local,
    /// The server offers no TLS.
    NoTls,
    /// No TLS that can be trusted.
    Tls,
    /// Something else than this kind of database answered.
    OtherProtocol,
    /// The password is wrong or missing.
    Password,
    /// The server does not let this role in from here.
    Forbidden,
    /// There is no such database.
    NoDatabase,
    /// Every connection is taken.
    ServerFull,
    /// What is left is reserved.
    Reserved,
    /// The role's own limit.
    RoleLimit,
    /// The database's own limit.
    DatabaseLimit,
    /// MySQL's limit for each user.
    UserLimit,
    /// The pooler has as many clients as it takes.
    PoolerClients,
    /// The pooler's queue took too long.
    PoolerQueue,
    /// The pooler cannot log in to its server.
    PoolerServer,
    /// MySQL blocks this host after too many broken handshakes.
    HostBlocked,
    /// The server starts, stops or recovers.
    NotReady,
    /// The role may not see what was asked.
    Permission,
    /// The question failed at the server.
    Question,
    /// The answer is not what was asked for.
    Answer,
}

/// A failed login or question. The display text is a predicate of the server: "refused the password".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlError {
    /// What stopped it.
    pub cause: Cause,
    /// The words of the server or of the operating system, possibly none.
    pub message: String,
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.cause {
            Cause::Name => "could not be looked up",
            Cause::Refused => "refused the connection",
            Cause::Timeout => "did not answer in time",
            Cause::Broken => "closed the connection",
            Cause::Local => "was not contacted",
            Cause::NoTls => "offers no TLS",
            Cause::Tls => "offers no TLS that can be trusted",
            Cause::OtherProtocol => "does not speak this database's protocol",
            Cause::Password => "refused the password",
            Cause::Forbidden => "does not let this role in",
            Cause::NoDatabase => "has no such database",
            Cause::ServerFull => "has no connection left",
            Cause::Reserved => "has only reserved connections left",
            Cause::RoleLimit => "refused the login: the role has as many connections as it may",
            Cause::DatabaseLimit => {
                "refused the login: the database has as many connections as it may"
            }
            Cause::UserLimit => "refused the login: the user has as many connections as it may",
            Cause::PoolerClients => "takes no more clients",
            Cause::PoolerQueue => "kept the client in its queue for too long",
            Cause::PoolerServer => "cannot log in to its server",
            Cause::HostBlocked => "blocks this host after too many broken handshakes",
            Cause::NotReady => "is starting, stopping or recovering",
            Cause::Permission => "does not let this role see what was asked",
            Cause::Question => "could not answer a question",
            Cause::Answer => "gave an answer of another form",
        })?;
        match self.message.as_str() {
            "" => Ok(()),
            message => write!(f, ": {message}"),
        }
    }
}

impl SqlError {
    /// An error of this cause.
    pub fn new(cause: Cause, message: impl Into<String>) -> Self {
        Self {
            cause,
            message: message.into(),
        }
    }

    pub(super) fn timeout(after: Duration) -> Self {
        Self::new(
            Cause::Timeout,
            format!("waited for {:.1} s", after.as_secs_f64()),
        )
    }

    pub(super) fn too_many_rows() -> Self {
        Self::new(Cause::Answer, format!("more than {MOST_ROWS} rows"))
    }

    /// How to fix it, where that follows from the cause.
    pub fn fix(&self) -> Option<&'static str> {
        Some(match self.cause {
            Cause::Name => {
                "Check the host of the URL, and the resolver of the machine that runs tminus."
            }
            Cause::Refused => "Start the server, or correct host and port.",
            Cause::NoTls => "Switch TLS on in the server; `plaintext = true` logs in without.",
            Cause::Tls => {
                "Name the server's own authority as `tls.ca-file`, and use a host name that is in its certificate."
            }
            Cause::OtherProtocol => "Correct scheme, host and port of the URL.",
            Cause::Password => {
                "Correct role and password; take the password from `${env:NAME}` or `${file:PATH}`."
            }
            Cause::Forbidden => {
                "Let the role in from this machine (pg_hba.conf, or the host of the MySQL user)."
            }
            Cause::NoDatabase => "Correct the database of the URL.",
            Cause::ServerFull | Cause::Reserved => "Close connections, or raise `max_connections`.",
            Cause::RoleLimit => {
                "Give the check a role of its own, or raise the role's CONNECTION LIMIT."
            }
            Cause::DatabaseLimit => "Raise the database's CONNECTION LIMIT.",
            Cause::UserLimit => {
                "Raise MAX_USER_CONNECTIONS of the user, or `max_user_connections`."
            }
            Cause::PoolerClients => "Raise `max_client_conn` of the pooler, or close clients.",
            Cause::PoolerQueue => "Raise `pool_size` of the pooler, or shorten transactions.",
            Cause::PoolerServer => "Look at the pooler's log: its login to the server fails.",
            Cause::HostBlocked => {
                "Run FLUSH HOSTS as an administrator, after whatever broke the handshakes is stopped."
            }
            Cause::NotReady => "Wait until the server is up.",
            Cause::Permission => "Grant the role what it needs.",
            Cause::Timeout | Cause::Broken | Cause::Local | Cause::Question | Cause::Answer => {
                return None;
            }
        })
    }
}

impl From<sqlx::Error> for SqlError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => of_server(&*error),
            sqlx::Error::Io(error) => of_io(&error),
            sqlx::Error::Tls(error) => {
                let io = error.downcast_ref::<io::Error>();
                let inner = error.downcast_ref::<rustls::Error>();
                match (inner, io) {
                    (Some(inner), _) => Self::new(Cause::Tls, of_rustls(inner)),
                    (None, Some(io)) => of_io(io),
                    _ if error.to_string().contains("does not support TLS") => {
                        Self::new(Cause::NoTls, "")
                    }
                    _ => Self::new(Cause::Tls, "the handshake failed"),
                }
            }
            sqlx::Error::Protocol(_) => Self::new(Cause::OtherProtocol, ""),
            sqlx::Error::ColumnNotFound(name) => {
                Self::new(Cause::Answer, format!("no column {name}"))
            }
            sqlx::Error::ColumnDecode { index, .. } => {
                Self::new(Cause::Answer, format!("column {index} has another type"))
            }
            sqlx::Error::RowNotFound => Self::new(Cause::Answer, "no row"),
            // The text of the others may hold connect options.
            _ => Self::new(Cause::Question, ""),
        }
    }
}

fn of_io(error: &io::Error) -> SqlError {
    if let Some(inner) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
    {
        return SqlError::new(Cause::Tls, of_rustls(inner));
    }
    let local = limits::hit(error);
    if !local.is_empty() {
        return SqlError::new(Cause::Local, format!("{error}{local}"));
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused => SqlError::new(Cause::Refused, ""),
        io::ErrorKind::TimedOut => SqlError::new(Cause::Timeout, ""),
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => SqlError::new(Cause::Broken, ""),
        _ if error.raw_os_error().is_none() => SqlError::new(Cause::Name, error.to_string()),
        _ => SqlError::new(Cause::Local, error.to_string()),
    }
}

/// A failed handshake in words.
fn of_rustls(error: &rustls::Error) -> String {
    use rustls::CertificateError as Bad;
    match error {
        rustls::Error::InvalidCertificate(bad) => match bad {
            Bad::UnknownIssuer => "the issuer of its certificate is not trusted",
            Bad::Expired | Bad::ExpiredContext { .. } => "its certificate has expired",
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => "its certificate is not valid yet",
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
                "its certificate is for another name"
            }
            Bad::Revoked => "its certificate is revoked",
            _ => "its certificate is not accepted",
        }
        .to_owned(),
        rustls::Error::AlertReceived(alert) => {
            let name = alert.as_str().unwrap_or("unknown");
            format!("it ended the handshake with the alert {name}")
        }
        _ => "the handshake failed".to_owned(),
    }
}

/// By code first; where one code has several causes, by the server's words.
fn of_server(error: &dyn DatabaseError) -> SqlError {
    let message = error.message();
    let number = error
        .try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()
        .map(sqlx::mysql::MySqlDatabaseError::number);
    let cause = match number {
        Some(number) => of_mysql(number),
        None => of_postgres(error.code().as_deref().unwrap_or(""), message),
    };
    SqlError::new(cause, message)
}

/// PostgreSQL, appendix A "Error Codes", and pgbouncer's own texts.
fn of_postgres(code: &str, message: &str) -> Cause {
    let says = |words: &str| message.contains(words);
    match code {
        "53300" if says("remaining connection slots are reserved") => Cause::Reserved,
        "53300" if says("for role") => Cause::RoleLimit,
        "53300" if says("for database") => Cause::DatabaseLimit,
        "53300" => Cause::ServerFull,
        "08P01" | "53200" | "57014" if says("query_wait_timeout") => Cause::PoolerQueue,
        _ if says("query_wait_timeout") => Cause::PoolerQueue,
        _ if says("max_client_conn") || says("max_db_client_connections") => Cause::PoolerClients,
        _ if says("max_user_client_connections") => Cause::PoolerClients,
        _ if says("no more connections allowed") => Cause::PoolerClients,
        _ if says("server_login_retry") => Cause::PoolerServer,
        _ if says("no such database") => Cause::NoDatabase,
        _ if says("not allowed") && code == "08P01" => Cause::Permission,
        "28P01" => Cause::Password,
        "28000" if says("password") => Cause::Password,
        "08P01" if says("password authentication failed") || says("no such user") => {
            Cause::Password
        }
        "28000" => Cause::Forbidden,
        "3D000" => Cause::NoDatabase,
        "57P01" | "57P02" | "57P03" => Cause::NotReady,
        "42501" => Cause::Permission,
        "08P01" => Cause::OtherProtocol,
        _ => Cause::Question,
    }
}

/// Server error numbers of MySQL and MariaDB.
fn of_mysql(number: u16) -> Cause {
    match number {
        1040 => Cause::ServerFull,
        1203 | 1226 => Cause::UserLimit,
        1129 => Cause::HostBlocked,
        1130 => Cause::Forbidden,
        1045 | 1698 => Cause::Password,
        1044 | 1142 | 1143 | 1227 => Cause::Permission,
        1049 => Cause::NoDatabase,
        1053 | 1079 | 1927 => Cause::NotReady,
        1042 | 1043 => Cause::Broken,
        3159 => Cause::NoTls,
        _ => Cause::Question,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_code_of_postgresql_has_four_families_of_texts() {
        for (message, cause) in [
            ("too many connections for role \"app\"", Cause::RoleLimit),
            (
                "too many connections for database \"game\"",
                Cause::DatabaseLimit,
            ),
            (
                "remaining connection slots are reserved for non-replication superuser connections",
                Cause::Reserved,
            ),
            (
                "remaining connection slots are reserved for roles with the SUPERUSER attribute",
                Cause::Reserved,
            ),
            (
                "remaining connection slots are reserved for roles with privileges of the \"pg_use_reserved_connections\" role",
                Cause::Reserved,
            ),
            (
                "remaining connection slots are reserved for roles with privileges of the \"rds_reserved\" role",
                Cause::Reserved,
            ),
            ("sorry, too many clients already", Cause::ServerFull),
        ] {
            assert_eq!(of_postgres("53300", message), cause, "{message}");
        }
    }

    #[test]
    fn pgbouncer_is_told_apart_by_its_words() {
        for (message, cause) in [
            ("query_wait_timeout", Cause::PoolerQueue),
            (
                "no more connections allowed (max_client_conn)",
                Cause::PoolerClients,
            ),
            (
                "client connections exceeded (max_db_client_connections)",
                Cause::PoolerClients,
            ),
            (
                "client connections exceeded (max_user_client_connections)",
                Cause::PoolerClients,
            ),
            (
                "server login has been failing, try again later (server_login_retry)",
                Cause::PoolerServer,
            ),
            ("no such database: shop", Cause::NoDatabase),
            ("password authentication failed", Cause::Password),
        ] {
            assert_eq!(of_postgres("08P01", message), cause, "{message}");
        }
    }

    #[test]
    fn mysql_is_told_apart_by_number() {
        let causes = [1040, 1226, 1203, 1129, 1045, 1049].map(of_mysql);
        let expected = [
            Cause::ServerFull,
            Cause::UserLimit,
            Cause::UserLimit,
            Cause::HostBlocked,
            Cause::Password,
            Cause::NoDatabase,
        ];
        assert_eq!(causes, expected);
    }
}
