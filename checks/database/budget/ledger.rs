//! What flows towards each limit: connections of pools, of proxies, and of everything else that is logged in now.

use crate::checks::database::observation::{Server, Sessions};
use crate::checks::database::settings::{Pool, Proxy, Settings};
use crate::checks::database::sight::Sight;

/// A limit, and what is held against it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Account {
    /// What it limits, stable across runs: "server", "role app", "clients of proxy bouncer".
    pub(super) subject: String,
    /// Where the number comes from: "max_connections 100 without 3 for superusers".
    pub(super) source: String,
    /// The most connections that it allows.
    pub(super) allowed: u64,
    /// Who uses it.
    pub(super) entries: Vec<Entry>,
}

/// A user of a limit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// Who: "pool gateway", "2 connections of role cron".
    pub(super) label: String,
    /// The most connections today.
    pub(super) today: u64,
    /// The most connections at the launch.
    pub(super) launch: u64,
}

impl Account {
    pub(super) fn today(&self) -> u64 {
        self.entries.iter().map(|entry| entry.today).sum()
    }

    pub(super) fn launch(&self) -> u64 {
        self.entries.iter().map(|entry| entry.launch).sum()
    }

    /// How much of the limit is used at the launch; above 1 it does not suffice.
    pub(super) fn share(&self) -> f64 {
        match self.allowed {
            0 if self.launch() == 0 => 0.0,
            0 => f64::INFINITY,
            allowed => self.launch() as f64 / allowed as f64,
        }
    }
}

/// What reaches the server from one side: a pool, or a proxy for one role and database.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Flow {
    pub(super) label: String,
    pub(super) role: String,
    pub(super) database: Option<String>,
    pub(super) today: u64,
    pub(super) launch: u64,
}

impl Flow {
    pub(super) fn of_pool(pool: &Pool, settings: &Settings) -> Self {
        Self {
            label: format!("pool {}", pool.name),
            role: pool.role.clone(),
            database: database_of(pool, settings),
            today: pool.today(),
            launch: pool.peak(),
        }
    }

    pub(super) fn entry(&self) -> Entry {
        Entry {
            label: self.label.clone(),
            today: self.today,
            launch: self.launch,
        }
    }
}

/// The database of a pool.
pub(super) fn database_of(pool: &Pool, settings: &Settings) -> Option<String> {
    pool.database
        .clone()
        .or_else(|| settings.url.database.clone())
}

/// The pools that go through a proxy.
pub(super) fn through<'a>(
    proxy: &'a Proxy,
    settings: &'a Settings,
) -> impl Iterator<Item = &'a Pool> {
    let name = Some(proxy.name.as_str());
    settings
        .pool
        .iter()
        .filter(move |pool| pool.through.as_deref() == name)
}

/// The clients that the pools open at a proxy.
pub(super) fn clients(proxy: &Proxy, settings: &Settings) -> Vec<Entry> {
    let pools = through(proxy, settings);
    pools
        .map(|pool| Flow::of_pool(pool, settings).entry())
        .collect()
}

/// Who else is logged in now: sessions whose role and database belong to no flow. They stay at the launch.
pub(super) fn others<'a>(server: &'a Server, flows: &[Flow]) -> Option<Vec<&'a Sessions>> {
    let Sight::Seen(sessions) = &server.sessions else {
        return None;
    };
    let known = |sessions: &Sessions| {
        let same = |database: &Option<String>| {
            database
                .as_ref()
                .is_none_or(|name| *name == sessions.database)
        };
        flows
            .iter()
            .any(|flow| flow.role == sessions.role && same(&flow.database))
    };
    Some(
        sessions
            .iter()
            .filter(|sessions| !known(sessions))
            .collect(),
    )
}

/// Sessions as an entry, named by role and application.
pub(super) fn entry(sessions: &Sessions) -> Entry {
    let count = u64::from(sessions.count);
    let application = match sessions.application.as_str() {
        "" => String::new(),
        name => format!(" ({name})"),
    };
    Entry {
        label: format!("role {}{application}", sessions.role),
        today: count,
        launch: count,
    }
}
