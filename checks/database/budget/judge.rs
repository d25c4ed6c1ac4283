//! Every limit on the way, the tightest first.

use std::collections::BTreeSet;

use super::ledger::{Account, Entry, Flow, clients, entry, others, through};
use super::{break_glass, pgbouncer};
use crate::checks::database::observation::{Limited, Observation, Pooler, Server};
use crate::checks::database::rules::{BREAK_GLASS, BUDGET, IDLE, SEEN};
use crate::checks::database::settings::{Part, Pool, Proxy, ProxyKind, Settings};
use crate::checks::database::sight::Sight;
use crate::instrument::sql::SqlError;
use crate::model::exhibit::Bar;
use crate::model::{Cell, Exhibit, Family, Finding, Judgement};

pub(in super::super) const CONNECTIONS: Family = Family {
    name: "database_connections",
    help: "Connections that a limit allows, and that pools and others need of them at the launch and today",
    unit: "count",
    labels: &["limit", "what"],
};

/// More than this share of a limit is a warning.
const FULL: f64 = 0.80;

pub(in super::super) fn judge(settings: &Settings, observation: &Observation) -> Judgement {
    let mut judgement = Judgement::default();
    let mut accounts = Vec::new();
    let mut flows: Vec<Flow> = settings
        .pool
        .iter()
        .filter(|pool| pool.through.is_none())
        .map(|pool| Flow::of_pool(pool, settings))
        .collect();
    let mut complete = true;
    for (place, proxy) in settings.proxy.iter().enumerate() {
        let seen = observation.poolers.get(place).and_then(Option::as_ref);
        match through_proxy(proxy, seen, settings) {
            Ok((account, reaching)) => {
                accounts.push(account);
                flows.extend(reaching);
            }
            Err(finding) => {
                complete = false;
                judgement.findings.push(*finding);
            }
        }
    }
    let server = match &observation.server {
        Some(Ok(server)) => server,
        Some(Err(error)) => {
            judgement.findings.push(not_seen(
                &format!("server {}", settings.url.endpoint()),
                error,
            ));
            return finish(judgement, accounts, settings);
        }
        None => {
            let subject = format!("server {}", settings.url.endpoint());
            let finding = SEEN.error(subject, "The check ended before the server had answered");
            judgement
                .findings
                .push(finding.hint("Raise `timeout` if that ended it."));
            return finish(judgement, accounts, settings);
        }
    };
    if complete && settings.looks_at(Part::Budget) {
        let (more, findings) = at_server(settings, server, &flows);
        accounts.extend(more);
        judgement.findings.extend(findings);
    }
    finish(judgement, accounts, settings)
}

/// The limits of the server itself, of its roles and of its databases.
fn at_server(settings: &Settings, server: &Server, flows: &[Flow]) -> (Vec<Account>, Vec<Finding>) {
    let mut findings = Vec::new();
    let reserved = u64::from(server.superuser_reserved) + u64::from(server.reserved);
    let (maximum, source) = match settings.limit_at_launch {
        Some(limit) => (
            limit,
            format!("limit-at-launch {limit}, declared, not seen"),
        ),
        None => (
            server.maximum,
            format!("max_connections {}", server.maximum),
        ),
    };
    let source = match reserved {
        0 => source,
        reserved => format!("{source}, {reserved} of them reserved"),
    };
    let usable = u64::from(maximum).saturating_sub(reserved);
    let subject = format!("server {}", settings.url.endpoint());
    let others = others(server, flows);
    if let Sight::Hidden { grant } = &server.sessions {
        let claim = "Who else is connected cannot be seen, so the budget cannot be settled";
        findings.push(
            SEEN.error(&subject, claim)
                .hint(format!("Run as an administrator: {grant}")),
        );
    }
    let mut accounts = Vec::new();
    let connected: Vec<Entry> = others
        .iter()
        .flatten()
        .map(|sessions| entry(sessions))
        .collect();
    if others.is_some() {
        let entries = flows
            .iter()
            .map(Flow::entry)
            .chain(connected.iter().cloned())
            .collect();
        accounts.push(Account {
            subject,
            source,
            allowed: usable,
            entries,
        });
    }
    if let Some(operator) = &settings.operator {
        let others = connected.iter().map(|entry| entry.launch).sum();
        findings.push(match &server.sessions {
            Sight::Seen(_) => break_glass::judge(operator, server, usable, flows, others),
            Sight::Hidden { grant } => {
                let claim = format!("Whether {operator} can log in at the peak cannot be told: other sessions cannot be seen");
                let finding = BREAK_GLASS.error(format!("operator {operator}"), claim);
                finding.hint(format!("Run as an administrator: {grant}"))
            }
        });
    }
    let (of_roles, finding) = of_roles(server, flows);
    accounts.extend(of_roles);
    findings.extend(finding);
    findings.extend(closed(settings, server));
    for Limited { name, limit } in &server.databases {
        let mine = flows
            .iter()
            .filter(|flow| flow.database.as_ref() == Some(name));
        let more = others
            .iter()
            .flatten()
            .filter(|sessions| sessions.database == *name);
        let entries: Vec<_> = mine
            .map(Flow::entry)
            .chain(more.map(|sessions| entry(sessions)))
            .collect();
        if !entries.is_empty() {
            accounts.push(Account {
                subject: format!("database {name}"),
                source: format!("its connection limit {limit}"),
                allowed: u64::from(*limit),
                entries,
            });
        }
    }
    (accounts, findings)
}

/// Databases of pools that take no connection. A proxy may have names of its own for them.
fn closed(settings: &Settings, server: &Server) -> Vec<Finding> {
    let Some(open) = &server.open else {
        return Vec::new();
    };
    let direct = settings.pool.iter().filter(|pool| pool.through.is_none());
    let names: BTreeSet<_> = direct.filter_map(|pool| pool.database.as_ref()).collect();
    let closed = names.into_iter().filter(|name| !open.contains(name));
    let fail = |name: &String| {
        let claim = format!("The server has no database {name} that takes connections");
        BUDGET
            .fail(format!("database {name}"), claim)
            .hint("Correct `database` of the pool, or create the database.")
    };
    closed.map(fail).collect()
}

/// The limits of the roles of flows.
fn of_roles(server: &Server, flows: &[Flow]) -> (Vec<Account>, Vec<Finding>) {
    let mut names: Vec<&str> = flows.iter().map(|flow| flow.role.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let (mut accounts, mut findings) = (Vec::new(), Vec::new());
    let roles = match &server.roles {
        Sight::Seen(roles) => roles,
        Sight::Hidden { grant } => {
            let claim = "Limits of the pools' roles cannot be seen";
            let finding = SEEN
                .error("roles", claim)
                .hint(format!("Run as an administrator: {grant}"));
            return (accounts, vec![finding]);
        }
    };
    for name in names {
        let subject = format!("role {name}");
        let Some(role) = roles.iter().find(|role| role.name == name) else {
            let claim = format!("The server has no role {name}");
            findings.push(
                BUDGET
                    .fail(subject, claim)
                    .hint("Correct `role` of the pool, or create the role."),
            );
            continue;
        };
        if role.group {
            let claim = format!("The role {name} may not log in: it has no LOGIN");
            findings.push(BUDGET.fail(subject, claim).hint(
                "Name the role with which the pool logs in as its `role`, or allow it to (`ALTER ROLE ... LOGIN`).",
            ));
            continue;
        }
        let (limit, source) = match (role.limit, server.per_user) {
            (Some(limit), _) => (limit, format!("its connection limit {limit}")),
            (None, Some(limit)) => (limit, format!("max_user_connections {limit}")),
            (None, None) => continue,
        };
        let entries = flows
            .iter()
            .filter(|flow| flow.role == name)
            .map(Flow::entry)
            .collect();
        accounts.push(Account {
            subject,
            source,
            allowed: u64::from(limit),
            entries,
        });
    }
    (accounts, findings)
}

/// What a proxy allows its clients, and what it lets through.
fn through_proxy(
    proxy: &Proxy,
    seen: Option<&Result<Pooler, SqlError>>,
    settings: &Settings,
) -> Result<(Account, Vec<Flow>), Box<Finding>> {
    let subject = format!("clients of proxy {}", proxy.name);
    let (processes, entries) = (u64::from(proxy.processes), clients(proxy, settings));
    let account = |limit: u32, source: String| Account {
        subject: subject.clone(),
        source: match processes {
            1 => source,
            processes => format!("{source}, {processes} processes"),
        },
        allowed: u64::from(limit) * processes,
        entries: entries.clone(),
    };
    if proxy.kind == ProxyKind::Declared {
        let (clients, most) = (
            proxy.max_clients.unwrap_or(0),
            proxy.max_server.unwrap_or(0),
        );
        let flows = declared(proxy, u64::from(most) * processes, settings);
        return Ok((
            account(
                clients,
                format!("max-clients {clients}, declared, not seen"),
            ),
            flows,
        ));
    }
    let about = format!("proxy {}", proxy.name);
    let pooler = match seen {
        Some(Ok(pooler)) => pooler,
        Some(Err(error)) => return Err(Box::new(not_seen(&about, error))),
        None => {
            let finding = SEEN.error(about, "The check ended before the proxy had answered");
            return Err(Box::new(finding.hint("Raise `timeout`.")));
        }
    };
    let flows = pgbouncer::flows(proxy, pooler, settings).map_err(|database| {
        // A database that `*` serves is listed only while it is in use.
        let claim = format!("Proxy {} lists no database {database}", proxy.name);
        let finding = SEEN.error(&about, claim).hint(
            "Correct `database` of the pool, or write the database into `[databases]` of PgBouncer: one that `*` serves is \
             listed only while it is in use.",
        );
        Box::new(finding)
    })?;
    let source = format!("max_client_conn {}", pooler.clients);
    Ok((account(pooler.clients, source), flows))
}

/// What a declared proxy lets through: its limit, shared out over the pools behind it.
fn declared(proxy: &Proxy, most: u64, settings: &Settings) -> Vec<Flow> {
    let (mut today, mut launch) = (most, most);
    let pools = through(proxy, settings);
    pools
        .map(|pool| {
            let mut flow = Flow::of_pool(pool, settings);
            flow.label = format!("proxy {} ({})", proxy.name, pool.role);
            (flow.today, flow.launch) = (flow.today.min(today), flow.launch.min(launch));
            today -= flow.today;
            launch -= flow.launch;
            flow
        })
        .collect()
}

fn not_seen(subject: &str, error: &SqlError) -> Finding {
    let claim = format!("The {subject} {error}");
    let finding = SEEN.error(subject, claim);
    match error.fix() {
        Some(fix) => finding.hint(fix),
        None => finding,
    }
}

fn finish(mut judgement: Judgement, mut accounts: Vec<Account>, settings: &Settings) -> Judgement {
    accounts.sort_by(|one, other| other.share().total_cmp(&one.share()));
    for (place, account) in accounts.iter().enumerate() {
        judgement.findings.push(finding(account, place == 0));
        for (what, value) in [
            ("allowed", account.allowed),
            ("launch", account.launch()),
            ("today", account.today()),
        ] {
            let labels = [("limit", account.subject.as_str()), ("what", what)];
            judgement
                .measures
                .push(CONNECTIONS.measure(value as f64, labels));
        }
    }
    judgement
        .findings
        .extend(settings.pool.iter().filter_map(idle));
    judgement.exhibits.extend(table(&accounts));
    judgement.exhibits.extend(accounts.first().map(bars));
    judgement
}

/// Whether a limit suffices at the launch.
fn finding(account: &Account, tightest: bool) -> Finding {
    let (launch, today, allowed) = (account.launch(), account.today(), account.allowed);
    let (subject, source) = (&account.subject, &account.source);
    let tightest = if tightest { ", the tightest limit" } else { "" };
    let claim = format!("{subject}: {launch} of {allowed} connections at the launch{tightest}");
    let finding = match account.share() {
        share if share > 1.0 => {
            let claim =
                format!("{subject}: {launch} connections at the launch, at most {allowed} allowed");
            BUDGET.fail(subject, claim)
        }
        share if share > FULL => BUDGET.warn(subject, claim),
        _ => BUDGET.pass(subject, claim),
    };
    let mut largest: Vec<&Entry> = account
        .entries
        .iter()
        .filter(|entry| entry.launch > 0)
        .collect();
    largest.sort_by_key(|entry| std::cmp::Reverse(entry.launch));
    let most: Vec<String> = largest
        .iter()
        .take(4)
        .map(|entry| format!("{} {}", entry.label, entry.launch))
        .collect();
    let finding = finding
        .expected(format!("at most {allowed} ({source})"))
        .observed(format!(
            "{launch} at the launch, {today} today; most: {}",
            most.join(", ")
        ));
    if launch > allowed {
        finding.hint("Lower `max-open` or the number of processes, put a pooler in between, or raise this limit.")
    } else {
        finding
    }
}

/// Go's `MaxIdleConns` is 2 unless it is set; a pool that keeps fewer idle than it uses opens connections all the time.
fn idle(pool: &Pool) -> Option<Finding> {
    let idle = pool.max_idle?;
    let subject = format!("pool {}", pool.name);
    if idle > pool.max_open {
        let claim = format!(
            "Pool {} keeps {idle} idle connections, but opens at most {}",
            pool.name, pool.max_open
        );
        let finding = IDLE.warn(subject, claim);
        return Some(finding.hint(
            "Most libraries cut `max-idle` to `max-open` silently: set both to the same number.",
        ));
    }
    let (rate, hold) = (pool.peak_rate?, (*pool.hold_time?).0.as_secs_f64());
    let in_use = rate * hold / f64::from(pool.at_launch().max(1));
    if f64::from(idle) >= in_use {
        return Some(IDLE.pass(
            subject,
            format!(
                "Pool {} keeps as many connections idle as it uses",
                pool.name
            ),
        ));
    }
    // A returned connection is closed when the idle ones are full: at most every request opens one.
    let claim = format!(
        "Pool {} closes connections that it needs again: up to {rate:.0} logins a second at the peak",
        pool.name
    );
    let finding = IDLE
        .warn(subject, claim)
        .expected(format!("max-idle at least {:.0}", in_use.ceil()));
    Some(finding.observed(format!(
        "max-idle {idle}, {in_use:.1} in use on average in each process"
    )))
}

fn table(accounts: &[Account]) -> Option<Exhibit> {
    let rows = accounts.iter().flat_map(|account| {
        let first = [
            Cell::text(&*account.subject),
            Cell::text("all"),
            Cell::count(account.today() as usize),
            Cell::count(account.launch() as usize),
            Cell::count(account.allowed as usize),
            Cell::text(&*account.source),
        ];
        let rest = account.entries.iter().map(|entry| {
            [
                Cell::text(&*account.subject),
                Cell::text(&*entry.label),
                Cell::count(entry.today as usize),
                Cell::count(entry.launch as usize),
                Cell::Absent,
                Cell::Absent,
            ]
        });
        std::iter::once(first).chain(rest)
    });
    Exhibit::table(
        "Connection budget",
        ["limit", "who", "today", "launch", "allowed", "source"],
        rows,
    )
}

/// The tightest limit: who uses it, all together, and where it ends.
fn bars(account: &Account) -> Exhibit {
    let bar = |label: &str, value: u64| Bar {
        label: label.to_owned(),
        value: value as f64,
    };
    let mut entries: Vec<&Entry> = account
        .entries
        .iter()
        .filter(|entry| entry.launch > 0)
        .collect();
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.launch));
    let mut bars = vec![bar("all together", account.launch())];
    bars.extend(
        entries
            .iter()
            .take(12)
            .map(|entry| bar(&entry.label, entry.launch)),
    );
    Exhibit::Bars {
        title: format!("Connections at the launch: {}", account.subject),
        unit: "connections".to_owned(),
        bars,
        limit: Some(account.allowed as f64),
    }
}
