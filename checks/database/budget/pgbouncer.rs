//! What a PgBouncer lets through to its server. `pool_size` counts for every pair of database and user and for every
//! process, the reserve comes on top, and `max_db_connections` and `max_user_connections` cap the sums
//! (pgbouncer(5), "Generic settings" and "Section databases").

use std::collections::BTreeMap;

use super::ledger::{Flow, database_of, through};
use crate::checks::database::observation::{PooledDatabase, Pooler};
use crate::checks::database::settings::{Proxy, Settings};

/// What reaches the server, one flow for each pair of database and user. An error names a database that the pooler
/// does not serve.
pub(super) fn flows(
    proxy: &Proxy,
    pooler: &Pooler,
    settings: &Settings,
) -> Result<Vec<Flow>, String> {
    // Clients of each pair, which open no more server connections than they are.
    let mut pairs: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
    let mut served: BTreeMap<String, &PooledDatabase> = BTreeMap::new();
    for pool in through(proxy, settings) {
        let name = database_of(pool, settings).unwrap_or_else(|| pool.role.clone());
        let Some(database) = serving(pooler, &name) else {
            return Err(name);
        };
        let user = database.forced_user.as_ref().unwrap_or(&pool.role);
        let (today, launch) = pairs.entry((name.clone(), user.clone())).or_default();
        *today += pool.today();
        *launch += pool.peak();
        served.insert(name, database);
    }
    let processes = u64::from(proxy.processes);
    let flow = |((name, user), (today, launch)): ((String, String), (u64, u64))| {
        let most = served.get(&name).map_or(0, |database| {
            let size = u64::from(database.pool_size) + u64::from(database.reserve);
            capped(capped(size, database.max_connections), pooler.per_user) * processes
        });
        Flow {
            label: format!("proxy {} ({user} at {name})", proxy.name),
            role: user,
            database: Some(name),
            today: today.min(most),
            launch: launch.min(most),
        }
    };
    let mut flows: Vec<Flow> = pairs.into_iter().map(flow).collect();
    // Several users of one database share its cap, several databases of one user the user's.
    for (name, database) in &served {
        let of = |flow: &Flow| flow.database.as_ref() == Some(name);
        cap(
            &mut flows,
            of,
            u64::from(database.max_connections) * processes,
        );
    }
    let users: Vec<String> = flows.iter().map(|flow| flow.role.clone()).collect();
    for user in users {
        cap(
            &mut flows,
            |flow| flow.role == user,
            u64::from(pooler.per_user) * processes,
        );
    }
    Ok(flows)
}

/// The entry of `SHOW DATABASES` for a name.
fn serving<'a>(pooler: &'a Pooler, name: &str) -> Option<&'a PooledDatabase> {
    pooler
        .databases
        .iter()
        .find(|database| database.name == name)
}

/// 0 is no cap.
fn capped(number: u64, cap: u32) -> u64 {
    match cap {
        0 => number,
        cap => number.min(u64::from(cap)),
    }
}

/// Cuts flows from the last backwards until their sum is within a cap, which 0 is not.
fn cap(flows: &mut [Flow], of: impl Fn(&Flow) -> bool, most: u64) {
    if most == 0 {
        return;
    }
    let (mut today, mut launch) = (most, most);
    for flow in flows.iter_mut().filter(|flow| of(flow)) {
        flow.today = flow.today.min(today);
        flow.launch = flow.launch.min(launch);
        today -= flow.today;
        launch -= flow.launch;
    }
}
