//! Each process has a pool of its own, and each pool is a queue of its own: at 80 % use no request waits in one pool of
//! 2,000 connections, but one in four waits in each of 100 pools of 20. So the pool of the busiest process is judged.

use std::time::Duration;

use super::erlang::Queue;
use crate::checks::database::rules::{ACTIVE, WAITING};
use crate::checks::database::settings::{Pool, Settings};
use crate::model::units::Period;
use crate::model::{Cell, Exhibit, Family, Finding, Judgement};

pub(in super::super) const WAIT: Family = Family {
    name: "database_pool_wait_seconds",
    help: "How long 99 % of requests wait for a connection of the pool at most, by the model",
    unit: "seconds",
    labels: &["pool"],
};

/// What is said of the model wherever its numbers are shown.
const MODEL: &str =
    "Erlang C, with Allen-Cunneen for the variation of hold times: a model, good to a quarter";
/// The largest share of requests that may wait, and the largest use, without a remark.
const FEW: f64 = 0.10;
const BUSY: f64 = 0.80;
/// Active connections that one core serves before they queue inside the server.
const PER_CORE: f64 = 2.0;

pub(in super::super) fn judge(settings: &Settings) -> Judgement {
    let mut judgement = Judgement::default();
    let demands: Vec<_> = settings.pool.iter().filter_map(Demand::of).collect();
    for demand in &demands {
        judgement.findings.push(demand.finding());
        let wait = demand.seconds(demand.queue.wait_below(0.99));
        let measure = wait.map(|wait| WAIT.measure(wait, [("pool", demand.pool.name.as_str())]));
        judgement.measures.extend(measure);
    }
    judgement.findings.extend(active(settings, &demands));
    let columns = [
        "pool",
        "busiest process",
        "in use",
        "wait at all",
        "mean wait",
        "99 % wait below",
    ];
    let table = Exhibit::table(
        "Waiting for a connection at the peak",
        columns,
        demands.iter().map(Demand::row),
    );
    judgement.exhibits.extend(table);
    judgement
}

/// The load on the pool of an application's busiest process.
struct Demand<'a> {
    pool: &'a Pool,
    hold: Duration,
    wait_max: Duration,
    queue: Queue,
}

impl<'a> Demand<'a> {
    /// None where the checklist states no load.
    fn of(pool: &'a Pool) -> Option<Self> {
        let (rate, hold) = (pool.peak_rate?, (*pool.hold_time?).0);
        let each = rate * hold.as_secs_f64() / f64::from(pool.at_launch().max(1));
        let queue = Queue {
            connections: pool.max_open,
            load: each * pool.imbalance,
            variation: pool.hold_cv2,
        };
        let wait_max = pool.wait_max.map_or(hold, |wait| (*wait).0);
        Some(Self {
            pool,
            hold,
            wait_max,
            queue,
        })
    }

    /// A time in units of the hold time, in seconds.
    fn seconds(&self, holds: Option<f64>) -> Option<f64> {
        holds.map(|holds| holds * self.hold.as_secs_f64())
    }

    fn keeps_bound(&self, queue: &Queue) -> bool {
        let wait = self.seconds(queue.wait_below(0.99));
        wait.is_some_and(|wait| wait <= self.wait_max.as_secs_f64())
    }

    fn comfortable(&self, queue: &Queue) -> bool {
        let few = queue.waiting_share().is_some_and(|share| share <= FEW);
        self.keeps_bound(queue) && few && queue.use_share() <= BUSY
    }

    fn finding(&self) -> Finding {
        let (pool, queue) = (self.pool, &self.queue);
        let (name, subject) = (&pool.name, format!("pool {}", pool.name));
        let load = significant(queue.load);
        let in_use = percent(queue.use_share());
        let finding = match (queue.waiting_share(), self.seconds(queue.wait_below(0.99))) {
            (Some(share), Some(wait)) => {
                let wait = time(wait);
                let waits = format!("{} of requests wait, 99 % less than {wait}", percent(share));
                let finding = if !self.keeps_bound(queue) {
                    let bound = Period(self.wait_max);
                    let claim = format!(
                        "Pool {name}: 1 % of requests wait longer than {wait}, at most {bound} allowed"
                    );
                    WAITING.fail(subject, claim)
                } else if self.comfortable(queue) {
                    WAITING.pass(subject, format!("Pool {name} serves its peak: {waits}"))
                } else {
                    WAITING.warn(
                        subject,
                        format!("Pool {name} is close to its limit at the peak: {waits}"),
                    )
                };
                finding.observed(format!(
                    "{load} of {} connections in use ({in_use}) in the busiest process; {MODEL}",
                    pool.max_open
                ))
            }
            _ => {
                let claim = format!(
                    "Pool {name} never drains: its busiest process needs {load} connections, and has {}",
                    pool.max_open
                );
                WAITING
                    .fail(subject, claim)
                    .observed(format!("{MODEL}; no wait can be given"))
            }
        };
        let expected = format!("99 % of requests wait at most {}", Period(self.wait_max));
        let finding = finding.expected(expected);
        match queue.enough(|queue| self.comfortable(queue)) {
            Some(enough) if enough > pool.max_open => {
                let hint = format!(
                    "{enough} connections in each process would do; or start more processes, or hold connections for less time."
                );
                finding.hint(hint)
            }
            _ => finding,
        }
    }

    fn row(&self) -> [Cell; 6] {
        let queue = &self.queue;
        let share = |share: Option<f64>| share.map_or(Cell::Absent, |share| percent(share).into());
        let wait = |wait| {
            self.seconds(wait)
                .map_or(Cell::Absent, |wait| time(wait).into())
        };
        let busiest = format!("{} of {}", significant(queue.load), queue.connections);
        [
            self.pool.name.as_str().into(),
            busiest.into(),
            percent(queue.use_share()).into(),
            share(queue.waiting_share()),
            wait(queue.mean_wait()),
            wait(queue.wait_below(0.99)),
        ]
    }
}

/// Whether the connections that are active at the peak find a core.
fn active(settings: &Settings, demands: &[Demand]) -> Option<Finding> {
    let cores = settings.cores.filter(|_| !demands.is_empty())?;
    let all = demands.iter().filter_map(|demand| {
        let pool = demand.pool;
        Some(pool.peak_rate? * demand.hold.as_secs_f64())
    });
    let (active, bound) = (all.sum::<f64>(), PER_CORE * f64::from(cores));
    let observed = format!(
        "{} connections active at the peak, {cores} cores",
        significant(active)
    );
    let subject = "active connections";
    let finding = if active > bound {
        let claim = format!(
            "{} connections are active at the peak, for {cores} cores: they queue inside the server",
            significant(active)
        );
        ACTIVE.warn(subject, claim)
    } else {
        ACTIVE.pass(
            subject,
            "The connections that are active at the peak find a core",
        )
    };
    Some(
        finding
            .expected(format!("at most {bound} active ({PER_CORE} a core)"))
            .observed(observed),
    )
}

fn percent(share: f64) -> String {
    format!("{} %", significant(share * 100.0))
}

/// A time with two digits.
fn time(seconds: f64) -> String {
    match seconds {
        0.0 => "0 s".to_owned(),
        _ if seconds < 1e-3 => format!("{} us", significant(seconds * 1e6)),
        _ if seconds < 1.0 => format!("{} ms", significant(seconds * 1e3)),
        _ => format!("{} s", significant(seconds)),
    }
}

/// A number with two digits: more would claim more than the model knows.
fn significant(number: f64) -> String {
    if number == 0.0 || !number.is_finite() {
        return "0".to_owned();
    }
    let places = 1 - number.abs().log10().floor() as i32;
    let scale = 10_f64.powi(places);
    let rounded = (number * scale).round() / scale;
    format!("{rounded:.*}", places.max(0) as usize)
}
