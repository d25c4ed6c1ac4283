//! MariaDB blocks a host that connects and leaves too often. This happens here once, by a plain loop, and shows that a
//! run of `tminus` comes close to it however much a checklist asks for, and no closer.
//!
//! The server never counts 127.0.0.1, so all this is in a network of its own with another address, which resolves back.

use std::process::Command;

use crate::support::tls::{Pki, good};
use crate::support::tminus::Desk;

/// Far more than ten connections: several checks, several names of one address, several attempts.
const CHECKLIST: &str = r#"
[launch]
name = "PixelRush"
owner = "sre"

[defaults]
retries = 3

[[check]]
id = "certificate"
module = "tls"
endpoints = ["db.test:3306", "10.9.9.9:3306"]
starttls = "mysql"
tls.ca-file = "roots.pem"

[[check]]
id = "port"
module = "port"
endpoints = ["db.test:3306", "10.9.9.9:3306"]
expect = "hex:ff"
needs = []

[[check]]
id = "name"
module = "dns"
names = ["db.test"]
reachable = { ports = ["3306/tcp"] }
"#;

/// Connects until the server says that the host is blocked, and says how often it was greeted until then.
const SCRIPT: &str = r#"
set -eu
ip link set lo up
ip address add 10.9.9.9/32 dev lo
echo 10.9.9.9 db.test > hosts
mount --bind hosts /etc/hosts
mkdir data
mariadbd --no-defaults --skip-grant-tables --user=root --bind-address=10.9.9.9 --port=3306 --max-connect-errors=12 \
    --datadir="$PWD/data" --socket="$PWD/socket" --pid-file="$PWD/pid" \
    --ssl-cert="$PWD/server.pem" --ssl-key="$PWD/server.key" > mariadb.log 2>&1 &
database=$!
trap 'kill $database; wait $database' EXIT
for _ in $(seq 300); do [ -S socket ] && break; sleep 0.1; done
[ -S socket ]
sleep 0.5

"$TMINUS" run checklist.toml --unsigned --format json > run.log 2>&1 || echo "exit $?"
sleep 0.5
greeted=0
for _ in $(seq 30); do
    exec 3<>/dev/tcp/10.9.9.9/3306
    said=$(head -c 60 <&3 | tr -d '\000')
    exec 3<&- 3>&-
    case $said in
    *MariaDB*) greeted=$((greeted + 1)) ;;
    *10.9.9.9*blocked*) echo "blocked after $greeted"; break ;;
    *) echo "said $said" ;;
    esac
    sleep 0.1
done
mv tminus-report first
"$TMINUS" run checklist.toml --unsigned --format json --check certificate > again.log 2>&1 || echo "exit $?"
"#;

#[test]
fn a_run_stays_below_the_number_of_connections_after_which_a_database_blocks_its_host() {
    let (desk, pki) = (Desk::new(), Pki::new());
    let leaf = pki.middle.issue(&good());
    desk.write("server.pem", &(leaf.pem() + &pki.middle.pem()))
        .write("server.key", leaf.key_pem())
        .write("roots.pem", pki.root.pem())
        .write("checklist.toml", CHECKLIST);
    let ran = Command::new("unshare")
        .args(["--net", "--mount", "bash", "-c", SCRIPT])
        .current_dir(desk.path(""))
        .env("TMINUS", env!("CARGO_BIN_EXE_tminus"))
        .env("HOME", desk.path("home"))
        .output()
        .expect("unshare, as root");
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    // Ten of twelve were ours: the second of the loop is the last that is greeted.
    assert!(said.contains("blocked after 2\n"), "{said}");

    let record = |folder: &str| -> serde_json::Value {
        serde_json::from_slice(&desk.read(&format!("{folder}/report.json"))).unwrap()
    };
    let first = record("first");
    assert_ne!(first["verdict"], "go");
    let text = first.to_string();
    assert!(
        text.contains("this run has made its 10 connections to this database server"),
        "{text}"
    );
    for check in first["checks"].as_array().unwrap() {
        assert_ne!(check["status"], "pass", "{check:#}");
    }
    let blocked = record("tminus-report").to_string();
    assert!(
        blocked.contains("rejected the client before TLS"),
        "{blocked}"
    );
}
