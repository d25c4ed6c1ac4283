//! The connection pools of the launch fit the database, and requests do not wait for them.
//!
//! # What it checks
//! - The most connections that all pools open at the launch, while a roll-out runs beside the old version, against every
//!   limit on their way: the server's, those of roles, databases and users, the pooler's. What else is connected now is
//!   added.
//! - How long requests wait for a connection of their own process's pool at the stated load.
//! - Whether an operator can still log in when applications hold every connection.
//! - The health of a PostgreSQL server: transactions that stay open, sessions that wait for locks, sequences and
//!   transaction ids that run out, sessions that it ended for errors. Of every server: whether its version still gets
//!   fixes at the launch.
//!
//! # Why it matters
//! Replicas times pool size is a product that few people compute before the autoscaler does. Each process has a pool of
//! its own: at 80 % use no request waits in one pool of 2,000 connections, but one in four waits in 100 pools of 20.
//!
//! # Example
//! ```toml
//! [[check]]
//! id = "game-db"
//! module = "database"
//! url = "postgres://probe:${env:DB_PASSWORD}@db.example.com:5432/game"
//! operator = "oncall"
//!
//! [[check.pool]]
//! name = "gateway"
//! replicas = 12
//! launch-replicas = 40
//! max-open = 10
//! role = "gateway"
//! peak-rate = 9000
//! hold-time = "12ms"
//! ```
//!
//! # Settings
//! - `url`: PostgreSQL or MySQL and MariaDB. TLS is required and verified; `plaintext = true` logs in without. `tls.ca-file`
//!   adds roots to the operating system's, and the host of the URL must be in the certificate.
//! - `[[check.pool]]`: the peak is (replicas + surge) x `max-open`. `surge` is Kubernetes' `maxSurge`, "25%" unless it is set;
//!   write 0 where nothing is rolled out. With `peak-rate` and `hold-time` the waiting is judged: Erlang C for the pool of
//!   the busiest process (`imbalance`), corrected for the variation of hold times by Allen-Cunneen, which is good to within
//!   a quarter.
//! - `[[check.proxy]]`: `kind = "pgbouncer"` reads limits from its console. Its `pool_size` counts for every pair of database
//!   and user and for every process. `kind = "declared"` takes `max-clients` and `max-server` from the checklist, and the
//!   report says that they were not seen.
//! - `parts` chooses what is looked at: `["budget", "health"]` unless it is set. Times of other sessions' transactions
//!   need `pg_read_all_stats` (or `pg_monitor`), and sequences of other owners need SELECT.
//! - The check logs in once to the server and once to each pooler, reads, and logs out. Without any grant it sees all that
//!   the budget needs in PostgreSQL; MySQL and MariaDB hide other users' sessions without PROCESS, which is an error.
//!
//! Tested against PostgreSQL 15, MariaDB 10.11 and PgBouncer 1.18. MySQL is supported from its documentation alone.
//!
//! # When it fails
//! The pools need more than a limit allows, 1 % of requests wait longer than `wait-max`, requests come faster than a pool
//! serves them, the operator is locked out, or the check's role is a superuser. In PostgreSQL also: a transaction has been
//! open for more than 15 minutes, or a sequence or the transaction ids run out.
//!
//! Above 80 % of a limit, or where more than 10 % of requests wait, it warns. So do a transaction open for more than a
//! minute, a session that waits for a lock, and a version past its end of life. What could not be seen is an error.
//!
//! # How to fix it
//! Fewer or smaller pools, a pooler in between, or a higher limit. For the operator: connection limits on the pools' roles,
//! or reserved connections.

mod budget;
mod demand;
mod health;
mod observation;
mod probe;
mod rules;
mod server;
mod settings;
mod sight;
#[cfg(test)]
mod tests;

use crate::model::{
    Complaint, Context, Family, Judgement, LaunchFacts, Module, Notebook, Plan, ProbeError, Reach,
    Rule,
};

pub use observation::Observation;
pub use settings::Settings;

/// The module `database`.
#[derive(Debug)]
pub struct Database;

impl Module for Database {
    const NAME: &'static str = "database";
    const SOURCE: &'static str = include_str!("mod.rs");
    const ALSO_CALLED: &'static [&'static str] = &[
        "postgres",
        "postgresql",
        "mysql",
        "mariadb",
        "pgbouncer",
        "db",
        "sql",
        "pool",
        "pools",
    ];
    const EXAMPLE: &'static str = include_str!("example.toml");
    const RULES: &'static [Rule] = rules::RULES;
    const MEASURES: &'static [Family] = &[budget::CONNECTIONS, demand::WAIT];
    const FORMAT: u32 = 1;

    type Settings = Settings;
    type Observation = Observation;

    fn review(settings: &Settings) -> Vec<Complaint> {
        settings.review()
    }

    fn plan(settings: &Settings) -> Plan {
        let consoles = settings
            .proxy
            .iter()
            .filter_map(|proxy| proxy.admin_url.as_ref());
        let urls: Vec<_> = std::iter::once(&settings.url).chain(consoles).collect();
        let reach = |url: &&crate::model::database_url::DatabaseUrl| {
            Reach::host(&*url.host, "tcp", url.port)
        };
        Plan {
            targets: urls.iter().map(reach).collect(),
            load: "1 login to the server and to each pooler, held for a few questions (about 10 MB at the server)".to_owned(),
            ..Plan::default()
        }
    }

    async fn probe(
        settings: &Settings,
        context: &Context,
        notes: &Notebook<Observation>,
    ) -> Result<(), ProbeError> {
        probe::probe(settings, context, notes).await;
        Ok(())
    }

    fn judge(settings: &Settings, observation: &Observation, facts: &LaunchFacts) -> Judgement {
        let mut judgement = server::judge(settings, observation);
        for part in [
            budget::judge(settings, observation),
            demand::judge(settings),
            health::judge(settings, observation, facts),
        ] {
            judgement.extend(part);
        }
        judgement
    }
}
