//! The module `database` against real servers on the loopback.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use tminus::model::Status;

use crate::fixtures::pki::Leaf;
use crate::support::databases::{Database, mariadb_with_accounts, postgres};
use crate::support::pgbouncer::PgBouncer;
use crate::support::ports::free_port;
use crate::support::probe::{Probe, Seen};
use crate::support::tls::{Pki, good};
use crate::support::tminus::Desk;

/// What a superuser's `psql` prints, unaligned.
fn psql(port: u16, sql: &str) -> String {
    psql_at(port, "postgres", sql)
}

fn psql_at(port: u16, database: &str, sql: &str) -> String {
    let output = Command::new("psql")
        .args([
            "-h",
            "127.0.0.1",
            "-p",
            &port.to_string(),
            "-U",
            "postgres",
            "-d",
            database,
        ])
        .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql])
        .output()
        .expect("psql; `tests/run` installs what the tests need");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A PostgreSQL with a database, roles of applications, an operator and one that looks.
fn game(folder: &Path) -> Database {
    let server = postgres(folder, None);
    until_up(server.port);
    for sql in [
        "CREATE ROLE app LOGIN CONNECTION LIMIT 60",
        "CREATE ROLE cron LOGIN",
        "CREATE ROLE oncall LOGIN",
        "CREATE ROLE probe LOGIN",
        "CREATE DATABASE game CONNECTION LIMIT 90",
    ] {
        psql(server.port, sql);
    }
    server
}

/// The port is open before the server takes logins.
fn until_up(port: u16) {
    let begin = Instant::now();
    let up = || {
        Command::new("pg_isready")
            .args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()])
            .status()
    };
    while !up().expect("pg_isready").success() {
        assert!(
            begin.elapsed() < Duration::from_secs(30),
            "the server does not start"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A client that stays connected.
struct Client(std::process::Child);

impl Client {
    fn start(port: u16, role: &str, application: &str) -> Self {
        let target = format!(
            "host=127.0.0.1 port={port} user={role} dbname=game application_name={application}"
        );
        let child = Command::new("psql")
            .args(["-X", "-q", "-c", "SELECT pg_sleep(60)", &target])
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("psql");
        Self(child)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn until_connected(port: u16, count: usize) {
    let begin = Instant::now();
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()";
    while psql(port, sql) != count.to_string() {
        assert!(
            begin.elapsed() < Duration::from_secs(20),
            "clients did not connect"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

const POOL: &str = r#"
    [[pool]]
    name = "gateway"
    replicas = 4
    launch-replicas = 5
    surge = 0
    max-open = 10
    role = "app"
"#;

async fn look(url: String, more: &str) -> Seen {
    let folder = tempfile::tempdir().unwrap();
    let probe = Probe::new(
        "database",
        format!("url = '{url}'\nplaintext = true\n{more}"),
    );
    probe.run(folder.path()).await
}

#[tokio::test]
async fn a_role_without_grants_counts_what_a_superuser_counts() {
    let folder = tempfile::tempdir().unwrap();
    let server = game(folder.path());
    let _clients = [
        Client::start(server.port, "app", "gateway"),
        Client::start(server.port, "app", "gateway"),
        Client::start(server.port, "cron", "nightly"),
    ];
    until_connected(server.port, 3);
    let url = format!("postgres://probe@127.0.0.1:{}/game", server.port);
    let seen = look(url, &format!("operator = 'oncall'\n{POOL}")).await;
    let server_seen = &seen.observation["server"]["Ok"];
    let counts = psql(
        server.port,
        "SELECT string_agg(row, ',' ORDER BY row) FROM (SELECT format('%s/%s/%s=%s', usename, datname, application_name, count(*)) AS row \
         FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() GROUP BY usename, datname, application_name) x",
    );
    let mut ours: Vec<String> = server_seen["sessions"]["seen"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let text = |key: &str| row[key].as_str().unwrap().to_owned();
            format!(
                "{}/{}/{}={}",
                text("role"),
                text("database"),
                text("application"),
                row["count"]
            )
        })
        .collect();
    ours.sort();
    assert_eq!(ours.join(","), counts);
    assert_eq!(server_seen["maximum"], 100);
    assert_eq!(server_seen["superuser_reserved"], 3);
    // 50 of the pool and 1 of cron: the pool's own two sessions do not count twice.
    let subject = format!("server 127.0.0.1:{}", server.port);
    let finding = seen.finding_about("database/budget", &subject);
    assert_eq!(finding.status, Status::Pass);
    assert!(
        finding.claim.contains("51 of 97 connections"),
        "{finding:?}"
    );
    assert_eq!(
        seen.finding_about("database/budget", "role app").status,
        Status::Warn
    ); // 50 of 60
    assert_eq!(
        seen.finding_about("database/budget", "database game")
            .status,
        Status::Pass
    );
    assert_eq!(seen.finding("database/break-glass").status, Status::Pass);
    assert_eq!(seen.finding("database/superuser").status, Status::Pass);
}

#[tokio::test]
async fn pools_of_roles_and_databases_that_take_no_login_fail() {
    let folder = tempfile::tempdir().unwrap();
    let server = game(folder.path());
    psql(server.port, "CREATE ROLE staff NOLOGIN");
    psql(server.port, "CREATE DATABASE shut ALLOW_CONNECTIONS false");
    let url = format!("postgres://probe@127.0.0.1:{}/game", server.port);
    for (database, status) in [
        ("game", Status::Pass),
        ("Game", Status::Fail),
        ("shut", Status::Fail),
    ] {
        let pool = format!("operator = 'staff'\n{POOL}database = '{database}'");
        let seen = look(url.clone(), &pool).await;
        let subject = format!("database {database}");
        let finding = seen.finding_about("database/budget", &subject);
        assert_eq!(finding.status, status, "{database}");
        assert_eq!(seen.finding("database/break-glass").status, Status::Fail);
    }
    let seen = look(url, &POOL.replace("\"app\"", "\"staff\"")).await;
    let finding = seen.finding_about("database/budget", "role staff");
    assert_eq!(finding.status, Status::Fail);
}

#[tokio::test]
async fn nothing_is_left_behind_and_the_transaction_was_read_only() {
    let folder = tempfile::tempdir().unwrap();
    let server = game(folder.path());
    let url = format!("postgres://probe@127.0.0.1:{}/game", server.port);
    look(url, POOL).await;
    let begin = Instant::now();
    let left = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tminus'";
    while psql(server.port, left) != "0" {
        assert!(
            begin.elapsed() < Duration::from_secs(10),
            "a session is left"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test]
async fn a_superuser_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = game(folder.path());
    let url = format!("postgres://postgres@127.0.0.1:{}/game", server.port);
    let seen = look(url, POOL).await;
    assert_eq!(seen.finding("database/superuser").status, Status::Fail);
}

#[tokio::test]
async fn a_login_that_fails_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let server = game(folder.path());
    psql(server.port, "CREATE ROLE full LOGIN CONNECTION LIMIT 0");
    psql(server.port, "CREATE DATABASE closed CONNECTION LIMIT 0");
    let at = |role: &str, database: &str| {
        format!("postgres://{role}@127.0.0.1:{}/{database}", server.port)
    };
    for (url, words) in [
        (
            at("full", "game"),
            "the role has as many connections as it may",
        ),
        (
            at("probe", "closed"),
            "the database has as many connections as it may",
        ),
        (at("probe", "shop"), "has no such database"),
        (at("stranger", "game"), "does not let this role in"),
        (
            format!("postgres://probe@127.0.0.1:{}/game", free_port()),
            "refused the connection",
        ),
        (
            "postgres://probe@no-such-host.invalid/game".to_owned(),
            "could not be looked up",
        ),
    ] {
        let seen = look(url.clone(), POOL).await;
        let finding = seen.finding("database/seen");
        assert_eq!(finding.status, Status::Error, "{url}");
        assert!(finding.claim.contains(words), "{url}: {finding:?}");
        assert!(
            seen.judgement
                .findings
                .iter()
                .all(|finding| finding.status != Status::Pass)
        );
    }
}

#[tokio::test]
async fn a_server_that_hangs_or_speaks_another_protocol_is_an_error() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://probe@{}/game", silent.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let probe = Probe::new(
        "database",
        format!("url = '{url}'\nplaintext = true\n{POOL}"),
    );
    let seen = probe
        .timeout(Duration::from_secs(1))
        .run(folder.path())
        .await;
    assert_eq!(seen.finding("database/seen").status, Status::Error);
    assert!(
        !seen.cut_short,
        "the probe ended before the engine had to end it"
    );
}

#[tokio::test]
async fn tls_is_asked_for_unless_the_checklist_does_without() {
    let folder = tempfile::tempdir().unwrap();
    let server = game(folder.path());
    let folder = tempfile::tempdir().unwrap();
    let url = format!("postgres://probe@127.0.0.1:{}/game", server.port);
    let seen = Probe::new("database", format!("url = '{url}'\n{POOL}"))
        .run(folder.path())
        .await;
    let finding = seen.finding("database/seen");
    assert_eq!(finding.status, Status::Error);
    assert!(finding.claim.contains("offers no TLS"), "{finding:?}");
}

#[tokio::test]
async fn the_limits_of_pgbouncer_are_read_from_its_console() {
    let folder = tempfile::tempdir().unwrap();
    let server = game(folder.path());
    let bouncer = PgBouncer::start(
        &format!(
            "game = host=127.0.0.1 port={} dbname=game pool_size=15",
            server.port
        ),
        "max_client_conn = 45\nreserve_pool_size = 5\nmax_db_connections = 0",
        &["app", "stats", "probe"],
    );
    let url = format!("postgres://probe@127.0.0.1:{}/game", server.port);
    let proxy = |port: u16, user: &str| {
        format!(
            "{POOL}\nthrough = 'bouncer'\n[[proxy]]\nname = 'bouncer'\nkind = 'pgbouncer'\n\
             admin-url = 'postgres://{user}@127.0.0.1:{port}/pgbouncer'\nprocesses = 2"
        )
    };
    let seen = look(url.clone(), &proxy(bouncer.port, "stats")).await;
    // Two processes of 45 clients; 50 are needed. 15 + 5 of each process reach the server.
    let clients = seen.finding_about("database/budget", "clients of proxy bouncer");
    assert!(
        clients.claim.contains("50 of 90 connections"),
        "{clients:?}"
    );
    let subject = format!("server 127.0.0.1:{}", server.port);
    let at_server = seen.finding_about("database/budget", &subject);
    assert!(
        at_server.claim.contains("40 of 97 connections"),
        "{at_server:?}"
    );
    // Who may not use the console is refused with the reason, and the budget stays open.
    let seen = look(url, &proxy(bouncer.port, "app")).await;
    let errors: Vec<_> = seen
        .found("database/seen")
        .into_iter()
        .filter(|finding| finding.status == Status::Error)
        .collect();
    assert_eq!(errors.len(), 1, "{seen:#?}");
    assert_eq!(
        seen.found("database/budget"),
        Vec::<&tminus::model::Finding>::new()
    );
}

const ACCOUNTS: &str = "\
    CREATE DATABASE game;\n\
    CREATE USER app@'%' IDENTIFIED BY 'app-password' WITH MAX_USER_CONNECTIONS 60;\n\
    CREATE USER oncall@'%' IDENTIFIED BY 'oncall-password';\n\
    CREATE USER probe@'%' IDENTIFIED BY 'probe-password';\n\
    CREATE USER blind@'%' IDENTIFIED BY 'blind-password';\n\
    GRANT PROCESS ON *.* TO probe@'%';\n\
    GRANT SELECT ON mysql.* TO probe@'%';\n";

#[tokio::test]
async fn mariadb_shows_its_limits_and_sessions_to_a_role_with_process() {
    let server = mariadb_with_accounts(ACCOUNTS, &["--max-connections=80"]);
    let url =
        |user: &str, password: &str| format!("mysql://{user}:{password}@127.0.0.1:{}", server.port);
    let seen = look(
        url("probe", "probe-password"),
        &format!("operator = 'oncall'\n{POOL}"),
    )
    .await;
    let subject = format!("server 127.0.0.1:{}", server.port);
    let finding = seen.finding_about("database/budget", &subject);
    assert!(finding.claim.contains("50 of 80 connections"), "{seen:#?}");
    assert_eq!(
        seen.finding_about("database/budget", "role app").status,
        Status::Warn
    ); // 50 of 60
    assert_eq!(seen.finding("database/break-glass").status, Status::Pass);
    assert_eq!(seen.finding("database/superuser").status, Status::Pass);

    // Without PROCESS nothing is known of others, and the finding says what to grant.
    let seen = look(
        url("blind", "blind-password"),
        &format!("operator = 'oncall'\n{POOL}"),
    )
    .await;
    let errors: Vec<_> = seen
        .judgement
        .findings
        .iter()
        .filter(|finding| finding.status == Status::Error)
        .collect();
    let hints: Vec<_> = errors
        .iter()
        .filter_map(|finding| finding.hint.as_deref())
        .collect();
    assert!(
        hints
            .iter()
            .any(|hint| hint.contains("GRANT PROCESS ON *.* TO blind")),
        "{errors:#?}"
    );
    assert!(
        hints
            .iter()
            .any(|hint| hint.contains("GRANT SELECT ON mysql.user TO blind")),
        "{errors:#?}"
    );
    assert_eq!(seen.found("database/break-glass")[0].status, Status::Error);

    for (user, password, words) in [
        ("probe", "wrong-password", "refused the password"),
        ("probe@", "probe-password", "refused the password"),
    ] {
        let user = user.replace('@', "%40");
        let seen = look(url(&user, password), POOL).await;
        let finding = seen.finding("database/seen");
        assert_eq!(finding.status, Status::Error);
        assert!(finding.claim.contains(words), "{finding:?}");
        assert!(!format!("{seen:?}").contains(password), "{seen:?}");
    }
    let seen = look(url("root", ""), POOL).await;
    assert_eq!(seen.finding("database/superuser").status, Status::Fail);
}

#[tokio::test]
async fn the_extra_port_of_mariadb_is_a_way_in_for_operators() {
    let extra = format!("--extra-port={}", free_port());
    let settings = ["--max-connections=50", &extra, "--extra-max-connections=3"];
    let server = mariadb_with_accounts(ACCOUNTS, &settings);
    let url = format!("mysql://probe:probe-password@127.0.0.1:{}", server.port);
    let seen = look(url, &format!("operator = 'oncall'\n{POOL}")).await;
    let finding = seen.finding("database/break-glass");
    assert_eq!(finding.status, Status::Pass);
    assert!(
        finding
            .claim
            .contains("3 connections at a port of their own"),
        "{finding:?}"
    );
}

#[tokio::test]
async fn another_protocol_at_the_port_is_an_error() {
    let mysql = mariadb_with_accounts(ACCOUNTS, &[]);
    let folder = tempfile::tempdir().unwrap();
    let postgres = game(folder.path());
    for url in [
        format!(
            "postgres://probe:probe-password@127.0.0.1:{}/game",
            mysql.port
        ),
        format!(
            "mysql://probe:probe-password@127.0.0.1:{}/game",
            postgres.port
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let probe = Probe::new(
            "database",
            format!("url = '{url}'\nplaintext = true\n{POOL}"),
        );
        let seen = probe
            .timeout(Duration::from_secs(4))
            .run(folder.path())
            .await;
        let finding = seen.finding("database/seen");
        assert_eq!(finding.status, Status::Error, "{url}");
        assert!(!seen.cut_short, "{url}");
    }
}

#[tokio::test]
async fn a_certificate_is_verified_against_the_file_of_the_checklist() {
    let pki = Pki::new();
    let leaf = Leaf {
        names: vec!["localhost".to_owned()],
        ..good()
    };
    let leaf = pki.middle.issue(&leaf);
    pki.write("server.pem", &(leaf.pem() + &pki.middle.pem()));
    pki.write("server.key", &leaf.key_pem());
    let server = postgres(pki.path(), Some("server"));
    until_up(server.port);
    psql(server.port, "CREATE ROLE probe LOGIN");
    psql(server.port, "CREATE ROLE app LOGIN");
    let url = |host: &str| format!("postgres://probe@{host}:{}/postgres", server.port);
    let at = async |host: &str, more: &str| {
        let text = format!("url = '{}'\n{more}\n{POOL}", url(host));
        Probe::new("database", text).run(pki.path()).await
    };
    let seen = at("localhost", "tls = { ca-file = 'roots.pem' }").await;
    let finding = seen.found("database/seen")[0].clone();
    assert_eq!(
        (finding.status, finding.observed.as_deref()),
        (Status::Pass, Some("TLSv1.3")),
        "{seen:#?}"
    );
    for (host, more, words) in [
        ("localhost", "", "its certificate is not trusted"),
        (
            "127.0.0.1",
            "tls = { ca-file = 'roots.pem' }",
            "its certificate is for another name",
        ),
    ] {
        let seen = at(host, more).await;
        let finding = seen.finding("database/seen");
        assert_eq!(finding.status, Status::Error);
        assert!(finding.claim.contains(words), "{finding:?}");
    }
}

#[test]
fn no_password_reaches_an_output() {
    let server = mariadb_with_accounts(ACCOUNTS, &[]);
    let desk = Desk::new();
    let checklist = |password: &str| {
        format!(
            "[launch]\nname = 'PixelRush'\nversion = '1'\n\n[[check]]\nid = 'db'\nmodule = 'database'\nplaintext = true\n\
             url = 'mysql://probe:{password}@127.0.0.1:{}'\n\n[[check.pool]]\nname = 'gateway'\nreplicas = 2\n\
             max-open = 5\nrole = 'app'\n",
            server.port
        )
    };
    for (password, code) in [
        ("probe-password", 0),
        ("wrong-password", 3),
        ("wr%20ong%2Fpw", 3),
    ] {
        desk.write("launch.toml", checklist(password));
        let outcome = desk
            .run(&[
                "run",
                "launch.toml",
                "--format",
                "pdf,json,junit,openmetrics",
            ])
            .expect(code);
        let plan = desk.run(&["plan", "launch.toml"]).expect(0);
        let mut outputs = vec![outcome.stdout, outcome.stderr, plan.stdout, plan.stderr];
        for file in ["report.json", "junit.xml", "report.prom"] {
            outputs.push(String::from_utf8(desk.read(&format!("tminus-report/{file}"))).unwrap());
        }
        for output in outputs {
            for secret in [password, "wr ong/pw"] {
                assert!(!output.contains(secret), "{output}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_unhealthy_in_postgresql_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let server = game(folder.path());
    let run = |sql: &str| psql_at(server.port, "game", sql);
    run("GRANT pg_monitor TO probe");
    run("CREATE TABLE scores (id serial, v int); GRANT SELECT ON SEQUENCE scores_id_seq TO probe");
    run("SELECT setval('scores_id_seq', 2000000000)");
    run("CREATE SEQUENCE secret; SELECT nextval('secret')");
    run("INSERT INTO scores (id, v) VALUES (1, 1)");
    let script = |sql: &str| {
        let target = format!(
            "host=127.0.0.1 port={} user=postgres dbname=game",
            server.port
        );
        let child = Command::new("psql")
            .args(["-X", "-q", "-c", sql, &target])
            .stdout(std::process::Stdio::null())
            .spawn();
        Client(child.expect("psql"))
    };
    let _holder = script("BEGIN; UPDATE scores SET v = 2; SELECT pg_sleep(60)");
    until_connected(server.port, 1);
    let _waiter = script("UPDATE scores SET v = 3");
    let begin = Instant::now();
    while run("SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0")
        != "1"
    {
        assert!(
            begin.elapsed() < Duration::from_secs(20),
            "no session is blocked"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    let url = |role: &str| format!("postgres://{role}@127.0.0.1:{}/game", server.port);
    let seen = look(url("probe"), "parts = ['health']").await;
    assert_eq!(
        seen.finding("database/locks").status,
        Status::Warn,
        "{seen:#?}"
    );
    let full = seen.finding_about("database/numbers", "sequence public.scores_id_seq");
    assert_eq!(full.status, Status::Fail);
    assert!(full.claim.contains("public.scores.id integer"), "{full:?}");
    assert_eq!(seen.finding("database/transactions").status, Status::Pass); // young ones
    let hidden = seen
        .found("database/seen")
        .into_iter()
        .find(|finding| finding.status == Status::Warn);
    assert!(
        hidden.is_some_and(|finding| finding.claim.contains("1 sequence")),
        "{seen:#?}"
    );
    // A role without grants sees locks and numbers, and is told what to grant for the rest.
    let seen = look(url("cron"), "parts = ['health']").await;
    let finding = seen.finding("database/transactions");
    assert_eq!(finding.status, Status::Error);
    assert!(
        finding
            .hint
            .as_ref()
            .unwrap()
            .contains("GRANT pg_read_all_stats TO cron"),
        "{finding:?}"
    );
    assert_eq!(seen.finding("database/locks").status, Status::Warn);
}
