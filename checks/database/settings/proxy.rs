//! `[[check.proxy]]`: what stands between pools and the server, and how many connections it lets through.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::database_url::DatabaseUrl;

/// A connection pooler or proxy.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Proxy {
    /// Its name, as pools refer to it in `through`.
    pub(crate) name: String,
    /// What it is, and so where its limits come from.
    pub(crate) kind: ProxyKind,
    /// Its admin console, for `kind = "pgbouncer"`: `postgres://stats:...@host:6432/pgbouncer`. The user must be one
    /// of PgBouncer's `stats_users` or `admin_users`.
    #[serde(default)]
    pub(crate) admin_url: Option<DatabaseUrl>,
    /// Processes that share the port, each with its own limits and pools.
    #[serde(default = "one")]
    pub(crate) processes: u32,
    /// The most clients of one process, for `kind = "declared"`.
    #[serde(default)]
    pub(crate) max_clients: Option<u32>,
    /// The most connections of one process to the server, for `kind = "declared"`.
    #[serde(default)]
    pub(crate) max_server: Option<u32>,
}

/// The kinds of proxies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ProxyKind {
    /// PgBouncer: its limits are read from its admin console.
    Pgbouncer,
    /// Anything else, such as RDS Proxy or ShardingSphere-Proxy: the checklist declares its limits, and the report says
    /// that they were not seen.
    Declared,
}

fn one() -> u32 {
    1
}
