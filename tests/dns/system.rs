//! `system` beside getent(1): what getaddrinfo gives with one resolv.conf or another, each in a mount namespace of its
//! own, with real name servers at addresses of this test.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value;

use crate::support::nsd::Nsd;
use crate::support::tminus::Desk;

const ZONE: &str = "
$TTL 60
@       SOA   ns1 hostmaster 2026112400 3600 600 86400 30
@       NS    ns1
@       MX    10 mail
ns1     A     127.0.0.1
login   A     192.0.2.1
login   A     192.0.2.2
login   AAAA  2001:db8::1
www     CNAME login
six     AAAA  2001:db8::6
text    TXT   \"no address\"
a.b     A     192.0.2.8
xn--bcher-kva A 192.0.2.9
";
const OTHER: &str = "
$TTL 60
@       SOA   ns1 hostmaster 2026112400 3600 600 86400 30
@       NS    ns1
login   A     198.51.100.1
";
const NOTHING: &str = "
$TTL 60
@       SOA   ns1.test. hostmaster.test. 2026112400 3600 600 86400 30
@       NS    ns1.test.
";

/// The servers: each at port 53 of an address of its own.
struct Servers {
    /// 127.x.y.
    net: String,
    _folder: tempfile::TempDir,
    _nsd: [Nsd; 4],
}

/// A network in 127.0.0.0/8 where nobody listens at port 53.
fn free_net() -> String {
    let start = std::process::id();
    for step in 0..1000_u32 {
        let number = start.wrapping_mul(31).wrapping_add(step) % 60_000 + 256;
        let net = format!("127.{}.{}", number >> 8, number & 255);
        let free = |last: u8| UdpSocket::bind(format!("{net}.{last}:53")).is_ok();
        if (1..=7).all(free) {
            return net;
        }
    }
    panic!("no free network");
}

impl Servers {
    fn start() -> Self {
        let net = free_net();
        let folder = tempfile::tempdir().unwrap();
        let at = |last: u8| -> SocketAddr { format!("{net}.{last}:53").parse().unwrap() };
        let start =
            |last: u8, zones: &[(&str, &str)]| Nsd::start_zones(at(last), folder.path(), zones);
        let nsd = [
            start(1, &[("launch.test", ZONE), (".", NOTHING)]),
            start(2, &[(".", NOTHING)]),
            start(4, &[("elsewhere.example", NOTHING)]), // REFUSED for all else
            start(6, &[("launch.test", OTHER)]),
        ];
        // Nobody answers at .3, SERVFAIL comes from .5, and nothing listens at .7.
        let silent = UdpSocket::bind(at(3)).unwrap();
        let fails = UdpSocket::bind(at(5)).unwrap();
        std::thread::spawn(move || {
            let _silent = silent;
            let mut buffer = [0; 4096];
            while let Ok((length, client)) = fails.recv_from(&mut buffer) {
                let answer = &mut buffer[..length];
                answer[2] |= 0x80; // QR
                answer[3] = 0x82; // RA, SERVFAIL
                let _ = fails.send_to(answer, client);
            }
        });
        Self {
            net,
            _folder: folder,
            _nsd: nsd,
        }
    }

    /// A resolv.conf: words stand for servers.
    fn resolv(&self, text: &str) -> String {
        let mut lines = String::new();
        for line in text.split(';') {
            let line = line.trim();
            let last = match line {
                "right" => "1",
                "empty" => "2",
                "silent" => "3",
                "refuses" => "4",
                "fails" => "5",
                "other" => "6",
                "closed" => "7",
                _ => "",
            };
            match last {
                "" => lines += &format!("{line}\n"),
                last => lines += &format!("nameserver {}.{last}\n", self.net),
            }
        }
        lines
    }
}

/// What a run says of a name, and what getent does.
#[derive(Debug)]
struct Ran {
    getent: BTreeSet<IpAddr>,
    given: BTreeSet<IpAddr>,
    took: Duration,
    record: Value,
}

const SCRIPT: &str = "mount --bind resolv.conf /etc/resolv.conf && mount --bind hosts /etc/hosts \
    && mount --bind nsswitch.conf /etc/nsswitch.conf && { getent ahosts \"$1\" > getent; shift; exec \"$@\"; }";

struct Case<'a> {
    resolv: &'a str,
    hosts: &'a str,
    sources: &'a str,
    name: &'a str,
    types: &'a str,
    more: &'a str,
}

impl<'a> Case<'a> {
    fn of(resolv: &'a str, name: &'a str) -> Self {
        Self {
            resolv,
            hosts: "127.0.0.1 localhost\n",
            sources: "files dns",
            name,
            types: "'A', 'AAAA'",
            more: "",
        }
    }

    fn run(&self, servers: &Servers) -> Ran {
        let desk = Desk::new();
        desk.write("resolv.conf", servers.resolv(self.resolv));
        desk.write("hosts", self.hosts);
        desk.write("nsswitch.conf", format!("hosts: {}\n", self.sources));
        desk.write(
            "checks.toml",
            format!(
                "[launch]\nname = 'x'\nversion = '1'\nat = 2030-01-01T00:00:00Z\n\n[[check]]\nid = 'names'\n\
                 module = 'dns'\ntimeout = '60s'\nnames = ['{}']\ntypes = [{}]\nresolvers = ['system']\n{}\n",
                self.name, self.types, self.more
            ),
        );
        let run = desk.command(&["run", "checks.toml", "--format", "json", "--unsigned"]);
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", SCRIPT, "sh", self.name]);
        command.arg(run.get_program()).args(run.get_args());
        command.current_dir(run.get_current_dir().unwrap());
        command.env_clear();
        command.envs(
            run.get_envs()
                .filter_map(|(key, value)| Some((key, value?))),
        );
        let output = command.output().expect("unshare starts, as root");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{said}");
        let record = desk.record();
        let getent = String::from_utf8(desk.read("getent")).unwrap();
        let getent = getent
            .lines()
            .filter_map(|line| line.split(' ').next()?.parse().ok());
        let exchanges = record["checks"][0]["observation"]["exchanges"].clone();
        let exchanges = exchanges.as_array().unwrap();
        let attempts = exchanges
            .iter()
            .flat_map(|one| one["attempts"].as_array().unwrap());
        let given: Vec<_> = attempts
            .filter(|one| one["transport"] == "system")
            .collect();
        let records = given
            .iter()
            .filter_map(|one| one["outcome"]["records"].as_array());
        let data = records
            .flatten()
            .map(|record| record["data"].as_str().unwrap());
        let took = given
            .iter()
            .filter_map(|one| one["duration_us"].as_u64())
            .max();
        Ran {
            getent: getent.collect(),
            given: data.map(|data| data.parse().unwrap()).collect(),
            took: Duration::from_micros(took.unwrap_or_default()),
            record: record.clone(),
        }
    }
}

impl Ran {
    fn finding(&self, rule: &str, subject: &str) -> &Value {
        let findings = self.record["checks"][0]["findings"].as_array().unwrap();
        let mut found = findings.iter();
        let found = found.find(|one| one["rule"] == rule && one["subject"] == subject);
        found.unwrap_or_else(|| panic!("{rule} {subject}: {findings:#?}"))
    }

    /// Status of the name's first type, and what was observed.
    fn resolves(&self, subject: &str) -> (&str, &str) {
        let finding = self.finding("dns/resolves", subject);
        (
            finding["status"].as_str().unwrap(),
            finding["observed"].as_str().unwrap(),
        )
    }
}

const NAME: &str = "login.launch.test";

/// resolv.conf, name, what `A` comes to. `silent` waits for a second only.
const CASES: &[(&str, &str, &str)] = &[
    ("right", NAME, "pass"),
    ("right; empty", NAME, "pass"),
    ("empty; right", NAME, "fail"),
    ("options timeout:1; silent; right", NAME, "pass"),
    ("closed; right", NAME, "pass"),
    ("fails; right", NAME, "pass"),
    ("refuses; right", NAME, "pass"),
    (
        "options timeout:1 attempts:1; silent; silent; silent; right",
        NAME,
        "error",
    ),
    ("closed; fails; refuses; right", NAME, "error"),
    ("right; closed; silent; empty", NAME, "pass"),
    ("other; right", NAME, "pass"),
    ("right; search launch.test", "login", "pass"),
    ("right; search none.test launch.test", "login", "pass"),
    ("right; domain launch.test", "login", "pass"),
    (
        "right; search none.test; domain launch.test",
        "login",
        "pass",
    ),
    ("right; search launch.test; options ndots:2", "a.b", "pass"),
    (
        "right; search test; options ndots:3",
        "login.launch",
        "pass",
    ),
    ("right; search launch.test", "login.", "fail"),
    ("right; search none.test", "login.launch.test.", "pass"),
    ("right; search launch.test", "nobody", "fail"),
    (
        "right; options ndots:0; search launch.test",
        "login",
        "pass",
    ),
    ("right; options no-tld-query", "login", "fail"),
    ("right", "bücher.launch.test", "pass"),
    ("right", "BÜCHER.launch.test.", "pass"),
    ("right", "192.0.2.77", "pass"),
    ("right", "127.1", "pass"),
    ("right", "LOGIN.Launch.Test", "pass"),
    ("right", "www.launch.test", "pass"),
    ("right", "six.launch.test", "fail"),
    ("right", "text.launch.test", "fail"),
    ("right", "none.launch.test", "fail"),
    (
        "# nameserver 192.0.2.1; nameserver nonsense; options; right",
        NAME,
        "pass",
    ),
    ("options timeout:1 attempts:1; silent", NAME, "error"),
    ("fails", NAME, "fail"),
    ("refuses", NAME, "error"),
    ("closed", NAME, "error"),
    ("options rotate; right; right", NAME, "pass"),
    ("options use-vc edns0 trust-ad; right", NAME, "pass"),
];

#[tokio::test]
async fn the_system_resolver_gives_what_getent_gives() {
    let servers = Servers::start();
    let wrong = Mutex::new(Vec::new());
    let next = Mutex::new(CASES.iter());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let case = next.lock().unwrap().next();
                    let Some((resolv, name, expected)) = case else {
                        return;
                    };
                    let ran = Case::of(resolv, name).run(&servers);
                    let (status, observed) = ran.resolves(&format!("{name} A"));
                    let findings = ran.record["checks"][0]["findings"].as_array().unwrap();
                    // Servers that differ do not limit a rate.
                    assert!(findings.iter().all(|one| one["rule"] != "dns/rate-limit"), "{resolv}");
                    if ran.getent != ran.given || status != *expected {
                        let line = format!(
                            "{resolv} | {name}: {:?} for getent, {:?} here; A is {status}, not {expected}: {observed}",
                            ran.getent, ran.given
                        );
                        wrong.lock().unwrap().push(line);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_applications_wait_for_is_shown_and_counts() {
    let servers = Servers::start();
    let case = Case {
        more: "latency-max = '1s'\nttl-max = '60s'",
        ..Case::of("silent; right", NAME)
    };
    let ran = case.run(&servers);
    assert!(ran.took >= Duration::from_secs(5), "{ran:?}");
    let (status, observed) = ran.resolves("login.launch.test A");
    assert_eq!(status, "pass");
    assert!(
        observed.contains("system: getaddrinfo took 5"),
        "{observed}"
    );
    let silent = format!("{}.3: no answer in time", servers.net);
    assert!(observed.contains(&silent), "{observed}");
    assert_eq!(ran.finding("dns/latency", "system")["status"], "fail");
    assert_eq!(
        ran.finding("dns/packet-loss", "all resolvers")["status"],
        "warn"
    );
    // The TTL is one of the server that answered.
    assert_eq!(ran.finding("dns/ttl-max", "all names")["status"], "pass");
}

#[tokio::test]
async fn a_fourth_server_is_named_and_never_asked() {
    let servers = Servers::start();
    let ran = Case::of("right; right; right; other", NAME).run(&servers);
    let seen = ran.finding("dns/hosts-file", "system")["observed"]
        .as_str()
        .unwrap();
    let ignored = format!("(never asked, since only three are: {}.6)", servers.net);
    assert!(seen.contains(&ignored), "{seen}");
}

#[tokio::test]
async fn the_hosts_file_counts_where_nsswitch_puts_it() {
    let servers = Servers::start();
    let hosts = "192.0.2.200 login.launch.test\n";
    for (sources, given, status) in [
        ("files dns", "192.0.2.200", "warn"),
        ("dns files", "192.0.2.1", "pass"),
        ("files", "192.0.2.200", "warn"),
    ] {
        let ran = Case {
            hosts,
            sources,
            types: "'A'",
            ..Case::of("right", NAME)
        }
        .run(&servers);
        assert_eq!(ran.given.first().unwrap().to_string(), given, "{sources}");
        assert_eq!(
            ran.given,
            ran.getent
                .iter()
                .filter(|ip| ip.is_ipv4())
                .copied()
                .collect()
        );
        assert_eq!(
            ran.finding("dns/hosts-file", "system")["status"],
            status,
            "{sources}"
        );
    }
    // Without `dns` no server is asked, whatever it would say.
    let ran = Case {
        sources: "files",
        ..Case::of("right", NAME)
    }
    .run(&servers);
    let (status, observed) = ran.resolves("login.launch.test A");
    assert_eq!(status, "fail");
    assert!(observed.starts_with("getaddrinfo: "), "{observed}");
}

#[tokio::test]
async fn with_rotate_every_server_has_to_know_the_name() {
    let servers = Servers::start();
    let ran = Case::of("options rotate; right; empty", NAME).run(&servers);
    let finding = ran.finding("dns/system-servers", "system");
    // Whichever came first: the other one is asked too.
    if ran
        .given
        .contains(&IpAddr::from(Ipv4Addr::new(192, 0, 2, 1)))
    {
        assert_eq!(finding["status"], "fail", "{finding}");
        let observed = finding["observed"].as_str().unwrap();
        assert!(observed.contains("says NXDOMAIN"), "{observed}");
    } else {
        assert_eq!(ran.resolves("login.launch.test A").0, "fail");
    }
}

#[tokio::test]
async fn other_types_are_asked_at_the_servers_in_order() {
    let servers = Servers::start();
    let mail = |resolv| {
        let case = Case {
            types: "'MX'",
            ..Case::of(resolv, "launch.test")
        };
        case.run(&servers).resolves("launch.test MX").0.to_owned()
    };
    assert_eq!(mail("right; empty"), "pass");
    assert_eq!(mail("empty; right"), "fail");
    assert_eq!(mail("options timeout:1; silent; right"), "pass");
    assert_eq!(
        mail("options timeout:1 attempts:1; silent; silent; silent; right"),
        "error"
    );
}

#[tokio::test]
async fn absent_needs_nxdomain_of_the_servers_too() {
    let servers = Servers::start();
    let absent = |resolv, sources, name: &str| {
        let more = format!("absent = ['{name}']");
        let case = Case {
            more: &more,
            sources,
            ..Case::of(resolv, NAME)
        };
        let ran = case.run(&servers);
        let findings = ran.record["checks"][0]["findings"]
            .as_array()
            .unwrap()
            .clone();
        let found = findings.iter().find(|one| one["rule"] == "dns/absent-name");
        found.unwrap()["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(absent("right", "files dns", "none.launch.test"), "pass");
    assert_eq!(absent("right", "files dns", "text.launch.test"), "fail");
    assert_eq!(absent("right", "files dns", "www.launch.test"), "fail");
    assert_eq!(
        absent("right; search none.test", "files dns", "text.launch.test"),
        "fail"
    );
    // Nobody was asked: getaddrinfo finds nothing, and that proves nothing.
    assert_eq!(absent("right", "files", "none.launch.test"), "error");
}

#[tokio::test]
async fn a_deadline_ends_a_run_whose_lookups_hang() {
    let servers = Servers::start();
    let case = Case {
        more: "",
        ..Case::of("options timeout:30; silent", NAME)
    };
    let begin = std::time::Instant::now();
    let desk = Desk::new();
    desk.write("resolv.conf", servers.resolv(case.resolv));
    desk.write("hosts", "")
        .write("nsswitch.conf", "hosts: dns\n");
    let names: Vec<_> = (0..200).map(|n| format!("'n{n}.launch.test'")).collect();
    let checks = format!(
        "[launch]\nname = 'x'\nversion = '1'\nat = 2030-01-01T00:00:00Z\n\n[[check]]\nid = 'names'\n\
         module = 'dns'\ntimeout = '2s'\nretries = 0\nnames = [{}]\n",
        names.join(", ")
    );
    desk.write("checks.toml", checks);
    let run = desk.command(&["run", "checks.toml", "--format", "json", "--unsigned"]);
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", SCRIPT, "sh", "127.0.0.1"]);
    command.arg(run.get_program()).args(run.get_args());
    command.current_dir(run.get_current_dir().unwrap());
    let output = command.output().expect("unshare starts, as root");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(
        begin.elapsed() < Duration::from_secs(15),
        "{:?}",
        begin.elapsed()
    );
}
