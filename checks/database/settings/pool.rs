//! `[[check.pool]]`: one kind of application process with a connection pool in each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::surge::Surge;
use crate::model::units::{HOUR, MINUTE, UpTo};

/// The pools of one application: one in each replica.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Pool {
    /// Its name in reports.
    pub(crate) name: String,
    /// Processes today, each with a pool of its own.
    pub(crate) replicas: u32,
    /// Processes at the launch: the most that the autoscaler may start. Absent: as today.
    #[serde(default)]
    pub(crate) launch_replicas: Option<u32>,
    /// New processes that run beside the old ones in a roll-out: a number, or a share of the replicas, rounded up.
    #[serde(default)]
    pub(crate) surge: Surge,
    /// The most connections that the pool of one process opens.
    pub(crate) max_open: u32,
    /// The most connections that it keeps open while they are idle.
    #[serde(default)]
    pub(crate) max_idle: Option<u32>,
    /// The role that it logs in as.
    pub(crate) role: String,
    /// The database that it uses. Absent: the one of `url`.
    #[serde(default)]
    pub(crate) database: Option<String>,
    /// The `[[check.proxy]]` that it connects to. Absent: the server itself.
    #[serde(default)]
    pub(crate) through: Option<String>,
    /// Requests a second that need a connection, of all processes together, in the busiest minute of the launch.
    #[serde(default)]
    pub(crate) peak_rate: Option<f64>,
    /// How long a request holds its connection, from checkout to return, on average. The time of its queries alone is
    /// only a lower bound.
    #[serde(default)]
    pub(crate) hold_time: Option<UpTo<HOUR>>,
    /// How much busier the busiest process is than the mean.
    #[serde(default = "one_fifth_more")]
    pub(crate) imbalance: f64,
    /// Squared coefficient of variation of the hold time: 0 for constant times, 1 for exponential ones.
    #[serde(default = "one")]
    pub(crate) hold_cv2: f64,
    /// The longest that 99 % of requests may wait for a connection. Absent: the hold time.
    #[serde(default)]
    pub(crate) wait_max: Option<UpTo<{ 10 * MINUTE }>>,
}

fn one_fifth_more() -> f64 {
    1.2
}

fn one() -> f64 {
    1.0
}

impl Pool {
    /// Processes at the launch, without those of a roll-out.
    pub(crate) fn at_launch(&self) -> u32 {
        self.launch_replicas.unwrap_or(self.replicas)
    }

    /// The most connections today.
    pub(crate) fn today(&self) -> u64 {
        u64::from(self.replicas) * u64::from(self.max_open)
    }

    /// The most connections at the launch, while a roll-out runs.
    pub(crate) fn peak(&self) -> u64 {
        let replicas = self.at_launch();
        let processes = u64::from(replicas) + u64::from(self.surge.of(replicas));
        processes * u64::from(self.max_open)
    }
}
