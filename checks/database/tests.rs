//! The judge by table, and what the settings refuse.

use super::*;
use crate::model::Status::{self, Error, Fail, Pass, Warn};

const GATEWAY: &str = r#"
    [[pool]]
    name = "gateway"
    replicas = 4
    launch-replicas = 8
    surge = 0
    max-open = 10
    role = "app"
"#;

fn settings(top: &str, more: &str) -> Settings {
    let text = format!("url = 'postgres://probe@db.example.com/game'\n{top}\n{more}");
    toml::from_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

/// A PostgreSQL with 100 connections, 3 of them for superusers; `more` replaces fields.
fn server(more: serde_json::Value) -> serde_json::Value {
    let mut server = serde_json::json!({
        "engine": "postgresql", "version": "15.18", "encrypted": "TLSv1.3", "superuser": false,
        "maximum": 100, "superuser_reserved": 3, "reserved": 0, "extra": 0, "spare": 0, "per_user": null,
        "roles": { "seen": [
            { "name": "app", "limit": null, "superuser": false, "reserved": false },
            { "name": "oncall", "limit": null, "superuser": false, "reserved": false },
        ] },
        "databases": [], "sessions": { "seen": [] }, "own": 1, "health": null,
    });
    for (key, value) in more.as_object().unwrap() {
        server[key] = value.clone();
    }
    serde_json::json!({ "server": { "Ok": server }, "poolers": [] })
}

fn judged(settings: &Settings, observation: serde_json::Value) -> Judgement {
    let observation: Observation = serde_json::from_value(observation).unwrap();
    let facts = LaunchFacts::timed(
        "2026-11-24T02:00:00Z".parse().unwrap(),
        "2026-11-23T02:00:00Z".parse().unwrap(),
    );
    Database::judge(settings, &observation, &facts)
}

/// Statuses and claims of one rule.
fn of(judgement: &Judgement, rule: &str) -> Vec<(Status, String)> {
    let of = judgement
        .findings
        .iter()
        .filter(|finding| finding.rule() == format!("database/{rule}"));
    of.map(|finding| (finding.status, finding.claim.clone()))
        .collect()
}

fn budget(top: &str, more: &str, seen: serde_json::Value) -> Vec<(Status, String)> {
    of(&judged(&settings(top, more), server(seen)), "budget")
}

const SERVER: &str = "server db.example.com:5432";

#[test]
fn the_peak_is_held_against_the_server() {
    let at = |launch: u32, surge: &str| {
        let pool = GATEWAY
            .replace(
                "launch-replicas = 8",
                &format!("launch-replicas = {launch}"),
            )
            .replace("surge = 0", surge);
        budget("", &pool, serde_json::json!({}))
    };
    // 97 usable, 80 % of it is 77.6.
    for (launch, surge, status, count) in [
        (7, "surge = 0", Pass, 70),
        (8, "surge = 0", Warn, 80),
        (9, "surge = 0", Warn, 90),
        (10, "surge = 0", Fail, 100),
        (7, "", Warn, 90),                // 25 % of 7 rounded up: 2
        (7, "surge = '100%'", Fail, 140), // blue and green
        (7, "surge = 1", Warn, 80),
    ] {
        let findings = at(launch, surge);
        let claim = match status {
            Fail => format!("{SERVER}: {count} connections at the launch, at most 97 allowed"),
            _ => format!("{SERVER}: {count} of 97 connections at the launch, the tightest limit"),
        };
        assert_eq!(findings, [(status, claim)], "{launch} {surge}");
    }
}

#[test]
fn what_others_hold_counts_and_the_pools_own_sessions_do_not_count_twice() {
    let session = |role: &str, database: &str, count: u32| serde_json::json!({ "role": role, "database": database, "application": "", "count": count });
    let sessions = [
        session("app", "game", 40),
        session("cron", "game", 20),
        session("app", "other", 3),
    ];
    let findings = budget(
        "",
        GATEWAY,
        serde_json::json!({ "sessions": { "seen": sessions } }),
    );
    let claim = format!("{SERVER}: 103 connections at the launch, at most 97 allowed");
    assert_eq!(findings, [(Fail, claim)]);
}

#[test]
fn the_tightest_limit_comes_first() {
    let seen = serde_json::json!({
        "roles": { "seen": [{ "name": "app", "limit": 60, "superuser": false, "reserved": false }] },
        "databases": [{ "name": "game", "limit": 75 }, { "name": "idle", "limit": 1 }],
    });
    let findings = budget("", GATEWAY, seen);
    let claims: Vec<_> = findings
        .iter()
        .map(|(status, claim)| (*status, claim.as_str()))
        .collect();
    let server = format!("{SERVER}: 80 of 97 connections at the launch");
    let expected = [
        (
            Fail,
            "role app: 80 connections at the launch, at most 60 allowed",
        ),
        (
            Fail,
            "database game: 80 connections at the launch, at most 75 allowed",
        ),
        (Warn, server.as_str()),
    ];
    assert_eq!(claims, expected);
}

#[test]
fn the_users_of_mysql_share_a_limit_for_all_unless_they_have_their_own() {
    let user = |limit: Option<u32>| {
        let roles = serde_json::json!([{ "name": "app", "limit": limit, "superuser": false, "reserved": false }]);
        let seen = serde_json::json!({
            "engine": "mariadb", "maximum": 500, "superuser_reserved": 0, "per_user": 70, "roles": { "seen": roles },
        });
        budget("", GATEWAY, seen)[0].clone()
    };
    assert_eq!(user(None).0, Fail);
    assert_eq!(user(Some(200)).0, Pass);
}

#[test]
fn what_cannot_be_seen_is_an_error_that_names_the_grant() {
    let grant = "GRANT PROCESS ON *.* TO probe";
    let hidden = serde_json::json!({ "hidden": { "grant": grant } });
    for seen in [
        serde_json::json!({ "sessions": hidden }),
        serde_json::json!({ "roles": hidden }),
    ] {
        let judgement = judged(&settings("operator = 'oncall'", GATEWAY), server(seen));
        let errors: Vec<_> = judgement
            .findings
            .iter()
            .filter(|finding| finding.status == Error)
            .collect();
        assert!(errors.len() >= 2, "{:?}", judgement.findings);
        for error in errors {
            assert!(error.hint.as_ref().unwrap().contains(grant), "{error:?}");
        }
    }
}

#[test]
fn a_server_that_was_not_seen_is_an_error() {
    for (observation, claim) in [
        (
            serde_json::json!({ "server": null, "poolers": [] }),
            "The check ended before the server had answered",
        ),
        (
            serde_json::json!({ "server": { "Err": { "cause": "password", "message": "" } }, "poolers": [] }),
            "The server db.example.com:5432 refused the password",
        ),
    ] {
        let judgement = judged(&settings("", GATEWAY), observation);
        assert_eq!(of(&judgement, "seen"), [(Error, claim.to_owned())]);
        assert!(
            judgement
                .findings
                .iter()
                .all(|finding| finding.status != Pass)
        );
    }
}

#[test]
fn a_role_that_does_not_exist_fails() {
    let pool = GATEWAY
        .replace("'app'", "'ap'")
        .replace("\"app\"", "\"ap\"");
    let findings = budget("", &pool, serde_json::json!({}));
    assert!(
        findings.contains(&(Fail, "The server has no role ap".to_owned())),
        "{findings:?}"
    );
}

#[test]
fn roles_and_databases_that_nobody_can_log_in_to_fail() {
    let app = |group: bool| serde_json::json!({ "seen": [{ "name": "app", "limit": null, "superuser": false, "reserved": false, "group": group }] });
    let refused = |pool: &str, seen: serde_json::Value| {
        let findings = budget("", pool, seen);
        let failed = findings.into_iter().filter(|(status, _)| *status == Fail);
        failed.map(|(_, claim)| claim).collect::<Vec<_>>()
    };
    for (group, expected) in [
        (false, None),
        (true, Some("The role app may not log in: it has no LOGIN")),
    ] {
        let seen = serde_json::json!({ "roles": app(group) });
        assert_eq!(refused(GATEWAY, seen), Vec::from_iter(expected));
        // The same role as the operator's.
        let seen = server(serde_json::json!({ "roles": app(group) }));
        let judgement = judged(&settings("operator = 'app'", GATEWAY), seen);
        let status = if group { Fail } else { Pass };
        assert_eq!(of(&judgement, "break-glass")[0].0, status, "{group}");
    }
    let claim = "The server has no database Game that takes connections";
    for (database, open, expected) in [
        ("Game", serde_json::json!(["game"]), Some(claim)),
        ("game", serde_json::json!(["game"]), None),
        ("Game", serde_json::Value::Null, None), // not asked for
    ] {
        let pool = format!("{GATEWAY}database = '{database}'");
        let seen = serde_json::json!({ "open": open });
        assert_eq!(refused(&pool, seen), Vec::from_iter(expected));
    }
}

#[test]
fn a_declared_limit_replaces_the_one_that_was_seen_and_says_so() {
    let judgement = judged(
        &settings("limit-at-launch = 60", GATEWAY),
        server(serde_json::json!({})),
    );
    let finding = judgement
        .findings
        .iter()
        .find(|finding| finding.rule() == "database/budget")
        .unwrap();
    assert_eq!(finding.status, Fail);
    assert!(
        finding
            .expected
            .as_ref()
            .unwrap()
            .contains("declared, not seen"),
        "{finding:?}"
    );
}

/// One PgBouncer in front of the server; `database` and `more` change what it says.
fn pooled(
    processes: u32,
    per_user: u32,
    size: u32,
    reserve: u32,
    most: u32,
    clients: u32,
) -> (Settings, serde_json::Value) {
    let pools = r#"
        [[pool]]
        name = "gateway"
        replicas = 8
        surge = 0
        max-open = 10
        role = "app"
        through = "bouncer"
        [[pool]]
        name = "jobs"
        replicas = 8
        surge = 0
        max-open = 10
        role = "jobs"
        through = "bouncer"
        [[proxy]]
        name = "bouncer"
        kind = "pgbouncer"
        admin-url = "postgres://stats@db.example.com:6432/pgbouncer"
    "#;
    let settings = settings("", &format!("{pools}processes = {processes}"));
    let mut seen = server(serde_json::json!({ "roles": { "seen": [
        { "name": "app", "limit": null, "superuser": false, "reserved": false },
        { "name": "jobs", "limit": null, "superuser": false, "reserved": false },
    ] } }));
    seen["poolers"] = serde_json::json!([{ "Ok": {
        "version": "PgBouncer 1.18.0", "clients": clients, "per_user": per_user, "clients_now": 0,
        "databases": [{
            "name": "game", "host": "127.0.0.1", "port": 5432, "forced_user": null,
            "pool_size": size, "reserve": reserve, "max_connections": most,
        }],
    } }]);
    (settings, seen)
}

#[test]
fn a_pooler_lets_through_its_pool_size_for_each_user_and_process() {
    for (processes, per_user, size, reserve, most, clients, reaching) in [
        (1, 0, 20, 0, 0, 1_000, 40),   // two users
        (1, 0, 20, 5, 0, 1_000, 50),   // and the reserve
        (2, 0, 20, 5, 0, 1_000, 100),  // twice
        (2, 0, 20, 5, 30, 1_000, 60),  // max_db_connections caps both users together
        (1, 12, 20, 0, 0, 1_000, 24),  // max_user_connections
        (1, 0, 200, 0, 0, 1_000, 160), // no more than there are clients
    ] {
        let (settings, seen) = pooled(processes, per_user, size, reserve, most, clients);
        let judgement = judged(&settings, seen);
        let measure = judgement.measures.iter().find(|measure| {
            measure.labels["limit"] == SERVER && measure.labels["what"] == "launch"
        });
        assert_eq!(
            measure.unwrap().value,
            f64::from(reaching),
            "{processes} {per_user} {size} {reserve} {most}"
        );
    }
}

#[test]
fn a_pooler_has_a_client_limit_of_its_own() {
    let (settings, seen) = pooled(1, 0, 5, 0, 0, 100);
    let findings = of(&judged(&settings, seen), "budget");
    let claim = "clients of proxy bouncer: 160 connections at the launch, at most 100 allowed";
    assert_eq!(findings[0], (Fail, claim.to_owned()));
}

#[test]
fn a_pooler_that_was_not_seen_leaves_the_budget_open() {
    let (settings, mut seen) = pooled(1, 0, 5, 0, 0, 1_000);
    for pooler in [
        serde_json::json!([null]),
        serde_json::json!([]),
        serde_json::json!([{ "Err": { "cause": "refused", "message": "" } }]),
    ] {
        seen["poolers"] = pooler;
        let judgement = judged(&settings, seen.clone());
        assert_eq!(
            of(&judgement, "seen")
                .iter()
                .filter(|(status, _)| *status == Error)
                .count(),
            1
        );
        assert_eq!(of(&judgement, "budget"), []);
    }
}

#[test]
fn an_operator_needs_a_connection_that_applications_cannot_take() {
    let operator = |pool: &str, seen: serde_json::Value| {
        let judgement = judged(&settings("operator = 'oncall'", pool), server(seen));
        of(&judgement, "break-glass")[0].0
    };
    let oncall = |superuser: bool, reserved: bool, limit: Option<u32>, app: Option<u32>| {
        serde_json::json!({ "seen": [
            { "name": "app", "limit": app, "superuser": false, "reserved": false },
            { "name": "oncall", "limit": limit, "superuser": superuser, "reserved": reserved },
        ] })
    };
    let full = GATEWAY.replace("launch-replicas = 8", "launch-replicas = 10");
    let roles = |roles: serde_json::Value| serde_json::json!({ "roles": roles });
    assert_eq!(operator(GATEWAY, serde_json::json!({})), Pass); // 17 are left
    assert_eq!(operator(&full, serde_json::json!({})), Fail);
    assert_eq!(
        operator(&full, roles(oncall(true, false, None, None))),
        Pass
    );
    assert_eq!(
        operator(&full, roles(oncall(false, false, None, Some(96)))),
        Pass
    );
    assert_eq!(
        operator(&full, roles(oncall(false, false, None, Some(97)))),
        Fail
    );
    assert_eq!(
        operator(GATEWAY, roles(oncall(false, false, Some(0), None))),
        Fail
    );
    // The privilege alone opens nothing: connections must be reserved for it.
    assert_eq!(
        operator(&full, roles(oncall(false, true, None, None))),
        Fail
    );
    let mut reserved = roles(oncall(false, true, None, None));
    reserved["reserved"] = 2.into();
    assert_eq!(operator(&full, reserved), Pass);
    assert_eq!(operator(&full, serde_json::json!({ "extra": 1 })), Pass);
    assert_eq!(
        operator(
            GATEWAY,
            roles(serde_json::json!({ "seen": [
        { "name": "app", "limit": null, "superuser": false, "reserved": false }] }))
        ),
        Fail
    );
}

#[test]
fn requests_wait_in_the_pool_of_the_busiest_process() {
    let waiting = |rate: f64, more: &str| {
        let pool = format!("{GATEWAY}\npeak-rate = {rate}\nhold-time = '10ms'\n{more}");
        let judgement = judged(&settings("", &pool), server(serde_json::json!({})));
        of(&judgement, "waiting")[0].0
    };
    // 8 processes of 10 connections: 8,000 requests a second fill them all.
    for (rate, more, status) in [
        (2_000.0, "", Pass),
        (6_000.0, "", Fail),                // the busiest has 9 of 10 in use
        (4_800.0, "wait-max = '1s'", Warn), // 25 % wait
        (6_000.0, "imbalance = 1.0\nwait-max = '1s'", Warn),
        (8_000.0, "imbalance = 1.0\nwait-max = '10m'", Fail),
        (9_000.0, "wait-max = '10m'", Fail), // never drains
    ] {
        assert_eq!(waiting(rate, more), status, "{rate} {more}");
    }
}

#[test]
fn a_pool_that_never_drains_gets_no_number_and_says_what_would_do() {
    let pool = format!("{GATEWAY}\npeak-rate = 9000\nhold-time = '10ms'");
    let judgement = judged(&settings("", &pool), server(serde_json::json!({})));
    let finding = judgement
        .findings
        .iter()
        .find(|finding| finding.rule() == "database/waiting")
        .unwrap();
    assert_eq!(
        finding.claim,
        "Pool gateway never drains: its busiest process needs 14 connections, and has 10"
    );
    assert!(
        finding.hint.as_ref().unwrap().starts_with("20 connections"),
        "{finding:?}"
    );
    assert!(
        judgement
            .measures
            .iter()
            .all(|measure| measure.name != demand::WAIT.name)
    );
}

#[test]
fn more_active_connections_than_cores_serve_are_a_warning() {
    let active = |cores: u32| {
        let pool = format!("{GATEWAY}\npeak-rate = 2000\nhold-time = '10ms'");
        let judgement = judged(
            &settings(&format!("cores = {cores}"), &pool),
            server(serde_json::json!({})),
        );
        of(&judgement, "active")[0].0
    };
    assert_eq!((active(10), active(9)), (Pass, Warn)); // 20 active
}

#[test]
fn idle_connections_below_those_in_use_cost_logins() {
    let idle = |idle: u32| {
        let pool = format!("{GATEWAY}\npeak-rate = 3200\nhold-time = '10ms'\nmax-idle = {idle}");
        let judgement = judged(&settings("", &pool), server(serde_json::json!({})));
        of(&judgement, "idle")[0].0
    };
    assert_eq!([2, 4, 10, 11].map(idle), [Warn, Pass, Pass, Warn]);
}

#[test]
fn a_superuser_looks_only_where_the_checklist_allows_it() {
    let status = |top: &str| {
        let judgement = judged(
            &settings(top, GATEWAY),
            server(serde_json::json!({ "superuser": true })),
        );
        of(&judgement, "superuser")[0].0
    };
    assert_eq!((status(""), status("allow-superuser = true")), (Fail, Warn));
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let declared = "[[proxy]]\nname = 'p'\nkind = 'declared'\n";
    for (top, more, problem) in [
        ("", "", "no pool is given"),
        ("parts = []", GATEWAY, "nothing is looked at"),
        (
            "",
            &*GATEWAY.replace("max-open = 10", "max-open = 0"),
            "which most libraries read as unlimited",
        ),
        (
            "",
            &*GATEWAY.replace("replicas = 4", "replicas = 0"),
            "has 0 replicas",
        ),
        (
            "",
            &*format!("{GATEWAY}{GATEWAY}"),
            "pool `gateway` is given twice",
        ),
        (
            "",
            &*format!("{GATEWAY}peak-rate = 5"),
            "a `peak-rate` without a `hold-time`",
        ),
        (
            "",
            &*format!("{GATEWAY}hold-time = '5ms'"),
            "without a `peak-rate`",
        ),
        (
            "",
            &*format!("{GATEWAY}peak-rate = 0.0\nhold-time = '1s'"),
            "is not above 0",
        ),
        (
            "",
            &*format!("{GATEWAY}imbalance = 0.9"),
            "`imbalance` of pool `gateway` is below 1",
        ),
        (
            "",
            &*format!("{GATEWAY}hold-cv2 = -1.0"),
            "`hold-cv2` of pool `gateway` is below 0",
        ),
        (
            "",
            &*format!("{GATEWAY}through = 'q'\n{declared}"),
            "goes through `q`, which is no [[check.proxy]]",
        ),
        (
            "",
            &*format!("{GATEWAY}\n{declared}max-clients = 1\nmax-server = 1"),
            "no pool goes through proxy `p`",
        ),
        (
            "",
            &*format!("{GATEWAY}through = 'p'\n{declared}max-clients = 1"),
            "declares no limits",
        ),
        (
            "",
            &*format!("{GATEWAY}through = 'p'\n[[proxy]]\nname = 'p'\nkind = 'pgbouncer'"),
            "has no `admin-url`",
        ),
        (
            "plaintext = true\ntls = { ca-file = 'x' }",
            GATEWAY,
            "exclude each other",
        ),
        (
            "tls = { trust = 'web' }",
            GATEWAY,
            "does not apply to databases",
        ),
        (
            "tls = { server-name = 'x' }",
            GATEWAY,
            "does not apply to databases",
        ),
    ] {
        let text = format!("url = 'postgres://probe@db.example.com/game'\n{top}\n{more}");
        let settings: Result<Settings, _> = toml::from_str(&text);
        let Ok(settings) = settings else {
            continue; // a `ca-file` is read by the checklist layer alone
        };
        let complaints = settings.review();
        assert!(
            complaints
                .iter()
                .any(|found| found.problem.contains(problem)),
            "{problem}: {complaints:?}"
        );
    }
}

fn healthy(more: serde_json::Value) -> Judgement {
    let mut health = serde_json::json!({
        "transactions": { "seen": [] }, "blocked": [], "ages": [{ "database": "game", "transactions": 5_000_000 }],
        "sequences": [], "hidden_sequences": 0, "refused": 0,
    });
    for (key, value) in more.as_object().unwrap() {
        health[key] = value.clone();
    }
    judged(
        &settings("parts = ['health']", ""),
        server(serde_json::json!({ "health": health })),
    )
}

#[test]
fn health_is_judged_by_table() {
    let open = |age: f64, idle: bool| {
        serde_json::json!({ "transactions": { "seen": [
            { "pid": 7, "role": "app", "application": "", "idle": idle, "age": age }] } })
    };
    let age = |transactions: u64| serde_json::json!({ "ages": [{ "database": "game", "transactions": transactions }] });
    let sequence = |last: i64, most: i64| {
        serde_json::json!({ "sequences": [
            { "name": "public.s", "column": "public.t.id integer", "last": last, "most": most }] })
    };
    for (more, rule, status) in [
        (serde_json::json!({}), "transactions", Pass),
        (open(59.0, true), "transactions", Pass),
        (open(61.0, true), "transactions", Warn),
        (open(61.0, false), "transactions", Warn),
        (open(901.0, true), "transactions", Fail),
        (
            serde_json::json!({ "transactions": { "hidden": { "grant": "GRANT x" } } }),
            "transactions",
            Error,
        ),
        (serde_json::json!({}), "locks", Pass),
        (
            serde_json::json!({ "blocked": [{ "pid": 7, "role": "app", "by": [8] }] }),
            "locks",
            Warn,
        ),
        (age(999_000_000), "numbers", Pass),
        (age(1_100_000_000), "numbers", Warn),
        (age(1_900_000_000), "numbers", Fail),
        (sequence(1_700_000_000, 2_147_483_647), "numbers", Pass),
        (sequence(1_800_000_000, 2_147_483_647), "numbers", Fail),
        (sequence(i64::MAX, i64::MAX), "numbers", Fail),
        (serde_json::json!({ "hidden_sequences": 2 }), "seen", Warn),
        (serde_json::json!({ "refused": 3 }), "refused", Warn),
        (serde_json::json!({}), "supported", Pass),
    ] {
        let found = of(&healthy(more.clone()), rule);
        let worst = Status::worst(found.iter().map(|(status, _)| *status));
        assert_eq!(worst, status, "{rule} {more}: {found:?}");
    }
}

#[test]
fn a_version_without_fixes_at_the_launch_is_a_warning() {
    let supported = |engine: &str, version: &str| {
        let seen = server(serde_json::json!({ "engine": engine, "version": version }));
        of(&judged(&settings("", GATEWAY), seen), "supported")
    };
    assert_eq!(supported("postgresql", "14.20")[0].0, Warn); // the launch is on 24 November 2026
    assert_eq!(supported("mariadb", "10.11.14-MariaDB")[0].0, Pass);
    assert_eq!(supported("postgresql", "19.1"), []);
}
