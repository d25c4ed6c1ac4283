//! What is wrong between settings, which their types cannot say.

use std::collections::BTreeSet;

use super::{Part, Pool, Proxy, ProxyKind, Settings};
use crate::model::Complaint;
use crate::model::database_url::Protocol;
use crate::model::suggest::nearest;

/// The most pools of a check.
const MOST_POOLS: usize = 10_000;

impl Settings {
    /// All that is wrong.
    pub(crate) fn review(&self) -> Vec<Complaint> {
        let mut complaints = self.tls.review();
        complaints.extend(self.review_transport());
        if self.parts.is_empty() {
            let complaint = Complaint::new("parts", "nothing is looked at");
            complaints
                .push(complaint.help("delete `parts`, or write `[\"budget\"]` or `[\"health\"]`"));
        }
        if self.pool.is_empty() && self.looks_at(Part::Budget) {
            let complaint = Complaint::new("pool", "no pool is given");
            complaints.push(
                complaint
                    .help("add a [[check.pool]] with `name`, `replicas`, `max-open` and `role`"),
            );
        }
        if self.pool.len() > MOST_POOLS {
            let problem = format!("{} pools, at most {MOST_POOLS} are judged", self.pool.len());
            complaints.push(Complaint::new("pool", problem));
        }
        complaints.extend(twice("pool", self.pool.iter().map(|pool| &pool.name)));
        complaints.extend(twice("proxy", self.proxy.iter().map(|proxy| &proxy.name)));
        complaints.extend(self.pool.iter().flat_map(|pool| self.review_pool(pool)));
        complaints.extend(
            self.proxy
                .iter()
                .filter_map(|proxy| self.review_proxy(proxy)),
        );
        complaints
    }

    fn review_transport(&self) -> Option<Complaint> {
        let complaint =
            |key, problem: &str, help: &str| Some(Complaint::new(key, problem).help(help));
        match () {
            () if self.tls.trust.is_some() => complaint(
                "tls",
                "`tls.trust` does not apply to databases: the driver always trusts the operating system's roots",
                "delete `tls.trust`; `tls.ca-file` adds roots",
            ),
            () if self.tls.server_name.is_some() => complaint(
                "tls",
                "`tls.server-name` does not apply to databases: the driver asks for the host of `url`",
                "write the name that is in the certificate as the host of `url`",
            ),
            () if self.plaintext && self.tls != Default::default() => complaint(
                "plaintext",
                "`plaintext` and `tls` exclude each other",
                "delete one of them",
            ),
            () => None,
        }
    }

    fn review_pool(&self, pool: &Pool) -> Vec<Complaint> {
        let name = &pool.name;
        let mut complaints = Vec::new();
        let mut complain = |problem: String, help: &str| {
            complaints.push(Complaint::new("pool", problem).help(help));
        };
        if name.trim().is_empty() {
            complain(
                "a pool has an empty name".to_owned(),
                "name the application that has it",
            );
        }
        if pool.max_open == 0 {
            complain(
                format!("`max-open` of pool `{name}` is 0, which most libraries read as unlimited"),
                "set the limit in the application, and write it here",
            );
        }
        if pool.replicas == 0 || pool.launch_replicas == Some(0) {
            complain(
                format!("pool `{name}` has 0 replicas"),
                "write how many processes run, or delete the pool",
            );
        }
        if pool.role.is_empty() {
            complain(
                format!("pool `{name}` has an empty role"),
                "write the role that it logs in as",
            );
        }
        if let Some(rate) = pool.peak_rate {
            if !(rate > 0.0 && rate.is_finite()) {
                complain(
                    format!("`peak-rate` of pool `{name}` is not above 0"),
                    "requests a second",
                );
            }
            if pool.hold_time.is_none() {
                complain(
                    format!("pool `{name}` has a `peak-rate` without a `hold-time`"),
                    "write how long a request holds its connection, such as `hold-time = \"20ms\"`",
                );
            }
        } else if pool.hold_time.is_some() || pool.wait_max.is_some() {
            complain(
                format!("pool `{name}` has a `hold-time` or `wait-max` without a `peak-rate`"),
                "write the requests a second of the busiest minute, such as `peak-rate = 1200`",
            );
        }
        if !(pool.imbalance >= 1.0 && pool.imbalance.is_finite()) {
            complain(
                format!("`imbalance` of pool `{name}` is below 1"),
                "it is the load of the busiest process, where the mean is 1",
            );
        }
        if !(pool.hold_cv2 >= 0.0 && pool.hold_cv2.is_finite()) {
            complain(
                format!("`hold-cv2` of pool `{name}` is below 0"),
                "0 is constant, 1 exponential",
            );
        }
        if let Some(through) = &pool.through {
            let names: Vec<&str> = self.proxy.iter().map(|proxy| proxy.name.as_str()).collect();
            if !names.contains(&through.as_str()) {
                let near = nearest(through, names.iter().copied());
                let help = near.map_or("add a [[check.proxy]] of that name".to_owned(), |near| {
                    format!("did you mean `{near}`?")
                });
                complain(
                    format!("pool `{name}` goes through `{through}`, which is no [[check.proxy]]"),
                    &help,
                );
            }
        }
        complaints
    }

    fn review_proxy(&self, proxy: &Proxy) -> Option<Complaint> {
        let name = &proxy.name;
        let complaint =
            |problem: String, help: &str| Some(Complaint::new("proxy", problem).help(help));
        let declared = proxy.max_clients.is_some() || proxy.max_server.is_some();
        if proxy.processes == 0 {
            return complaint(
                format!("proxy `{name}` has 0 processes"),
                "write how many share its port",
            );
        }
        if !self
            .pool
            .iter()
            .any(|pool| pool.through.as_deref() == Some(name))
        {
            return complaint(
                format!("no pool goes through proxy `{name}`"),
                &format!("write `through = \"{name}\"` in the pools that use it"),
            );
        }
        match (proxy.kind, &proxy.admin_url) {
            (ProxyKind::Pgbouncer, None) => complaint(
                format!("proxy `{name}` has no `admin-url`"),
                "write the URL of its admin console, \"postgres://USER:...@HOST:6432/pgbouncer\", or declare its limits \
                 with `kind = \"declared\"`",
            ),
            (ProxyKind::Pgbouncer, Some(_)) if declared => complaint(
                format!("the limits of proxy `{name}` are read from PgBouncer"),
                "delete `max-clients` and `max-server`",
            ),
            (ProxyKind::Pgbouncer, Some(url)) if url.protocol != Protocol::Postgres => complaint(
                format!("`admin-url` of proxy `{name}` is not a postgres:// URL"),
                "PgBouncer's console speaks PostgreSQL's protocol",
            ),
            (ProxyKind::Declared, Some(_)) => complaint(
                format!("proxy `{name}` is declared: its `admin-url` is never contacted"),
                "delete `admin-url`",
            ),
            (ProxyKind::Declared, None)
                if proxy.max_clients.is_none() || proxy.max_server.is_none() =>
            {
                complaint(
                    format!("proxy `{name}` declares no limits"),
                    "write `max-clients` and `max-server`",
                )
            }
            _ => None,
        }
    }
}

fn twice<'a>(key: &'static str, names: impl Iterator<Item = &'a String>) -> Option<Complaint> {
    let mut seen = BTreeSet::new();
    let name = names.into_iter().find(|name| !seen.insert(*name))?;
    Some(Complaint::new(
        key,
        format!("{key} `{name}` is given twice"),
    ))
}
