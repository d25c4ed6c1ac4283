//! The settings of a `database` check.

mod pool;
mod proxy;
mod review;
mod surge;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::database_url::DatabaseUrl;
use crate::model::tls_settings::TlsSettings;

pub(crate) use self::pool::Pool;
pub(crate) use self::proxy::{Proxy, ProxyKind};

/// The keys of a `database` check.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// The server and the role that the check logs in as: `postgres://role:password@host:port/database` or `mysql://...`. Take the
    /// password from `${env:NAME}` or `${file:PATH}`.
    pub(crate) url: DatabaseUrl,
    /// Roots beside the operating system's, and the client's certificate. `trust` and `server-name` do not apply here.
    #[serde(default)]
    pub(crate) tls: TlsSettings,
    /// Whether to log in without TLS, which sends what it reads, and to some servers the password, in the clear.
    #[serde(default)]
    pub(crate) plaintext: bool,
    /// The applications that use the server, each a `[[check.pool]]`.
    #[serde(default)]
    pub(crate) pool: Vec<Pool>,
    /// The poolers and proxies between pools and server, each a `[[check.proxy]]`.
    #[serde(default)]
    pub(crate) proxy: Vec<Proxy>,
    /// The role with which an operator logs in when applications hold every connection.
    #[serde(default)]
    pub(crate) operator: Option<String>,
    /// The server's connection limit at the launch, where it is resized before T-0. It is declared, not seen.
    #[serde(default)]
    pub(crate) limit_at_launch: Option<u32>,
    /// The server's processor cores, for `database/active`.
    #[serde(default)]
    pub(crate) cores: Option<u32>,
    /// What to look at.
    #[serde(default = "all_parts")]
    #[schemars(length(min = 1))]
    pub(crate) parts: Vec<Part>,
    /// Whether the check may log in as a superuser: a warning then, and no failure.
    #[serde(default)]
    pub(crate) allow_superuser: bool,
}

/// What can be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Part {
    /// Pools, limits and waiting.
    Budget,
    /// What is unhealthy now.
    Health,
}

fn all_parts() -> Vec<Part> {
    vec![Part::Budget, Part::Health]
}

impl Settings {
    pub(crate) fn looks_at(&self, part: Part) -> bool {
        self.parts.contains(&part)
    }
}
