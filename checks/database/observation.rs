//! What the probe saw: limits, roles and sessions, as the server and its poolers count them.

use serde::{Deserialize, Serialize};

use super::health::Health;
use super::sight::Sight;
use crate::instrument::sql::SqlError;

/// What was seen.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Observation {
    /// The server: nothing until it was asked.
    pub(crate) server: Option<Result<Server, SqlError>>,
    /// The poolers, in the order of the checklist: nothing until asked, or where the limits are declared.
    pub(crate) poolers: Vec<Option<Result<Pooler, SqlError>>>,
}

/// What speaks at the server's port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Engine {
    Postgresql,
    Mysql,
    Mariadb,
}

/// A server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Server {
    /// What it is.
    pub(crate) engine: Engine,
    /// Its version, as it says it.
    pub(crate) version: String,
    /// The protocol version of TLS, where the login was encrypted.
    pub(crate) encrypted: Option<String>,
    /// Whether the role of the check is a superuser.
    pub(crate) superuser: bool,
    /// `max_connections`.
    pub(crate) maximum: u32,
    /// Connections of these that only superusers get.
    pub(crate) superuser_reserved: u32,
    /// Connections of these that only holders of a privilege get (`reserved_connections`, from PostgreSQL 16).
    pub(crate) reserved: u32,
    /// Connections beside these at a port of their own (`extra_port` of MariaDB, `admin_port` of MySQL).
    pub(crate) extra: u32,
    /// Connections beyond the maximum for administrators: MySQL and MariaDB keep one.
    pub(crate) spare: u32,
    /// The most connections of one user, where the server has a limit for all (`max_user_connections`).
    pub(crate) per_user: Option<u32>,
    /// The roles of the pools, and the operator's.
    pub(crate) roles: Sight<Vec<Role>>,
    /// The databases that have a limit.
    pub(crate) databases: Vec<Limited>,
    /// The databases that take connections; `None` where they were not asked for.
    #[serde(default)]
    pub(crate) open: Option<Vec<String>>,
    /// Who is connected now, without the check's own connections.
    pub(crate) sessions: Sight<Vec<Sessions>>,
    /// The check's own connections.
    pub(crate) own: u32,
    /// Its health, where it was looked at.
    pub(crate) health: Option<Health>,
}

/// A role of a pool, or the operator's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Role {
    pub(crate) name: String,
    /// The most connections of the role.
    pub(crate) limit: Option<u32>,
    /// Whether it may take connections that are reserved for superusers.
    pub(crate) superuser: bool,
    /// Whether it may take those of `reserved_connections`.
    pub(crate) reserved: bool,
    /// Whether it is a group, which nobody logs in as (NOLOGIN).
    #[serde(default)]
    pub(crate) group: bool,
}

/// Something with a limit of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Limited {
    pub(crate) name: String,
    pub(crate) limit: u32,
}

/// Connections that have all of this in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sessions {
    pub(crate) role: String,
    pub(crate) database: String,
    pub(crate) application: String,
    pub(crate) count: u32,
}

/// One PgBouncer process, as its console answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pooler {
    /// Its version, as it says it.
    pub(crate) version: String,
    /// `max_client_conn`.
    pub(crate) clients: u32,
    /// `max_user_connections`, 0 for none: connections to the server of one user.
    pub(crate) per_user: u32,
    /// What `SHOW DATABASES` lists.
    pub(crate) databases: Vec<PooledDatabase>,
    /// Clients now.
    pub(crate) clients_now: u32,
}

/// A database of a PgBouncer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PooledDatabase {
    /// The name that clients ask for; `*` is any.
    pub(crate) name: String,
    /// The host and port of the server behind it.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The user that it logs in as, whoever the client is.
    pub(crate) forced_user: Option<String>,
    pub(crate) pool_size: u32,
    pub(crate) reserve: u32,
    /// `max_db_connections` of this database, 0 for none.
    pub(crate) max_connections: u32,
}
