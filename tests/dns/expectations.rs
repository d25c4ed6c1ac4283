//! `expect` beside dig: every line that `dig +short` prints is an expectation that holds.

use std::net::SocketAddr;
use std::process::Command;

use tminus::model::Status;

use crate::support::nsd::Nsd;
use crate::support::ports::free_port;
use crate::support::probe::{Probe, Seen};

const ZONE: &str = r#"
$TTL 60
@       SOA   ns1 host\.master 2026112400 3600 600 86400 30
@       NS    ns1
@       NS    Ns2
@       DNSKEY 257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==
ns1     A     127.0.0.1
ns2     A     127.0.0.2
login   A     192.0.2.1
login   A     192.0.2.2
login   AAAA  2001:0db8::0001
login   AAAA  2001:db8:0:0:1::
www     CNAME Login
far     CNAME www
mail    MX    10 Mx1
mail    MX    20 mx2.other.example.
wwwmail CNAME mail
text    TXT   "v=spf1 " "-all"
text    TXT   "say \"hi\"; back\\slash"
text    TXT   "caf\195\169 \255 tab\009"
text    TXT   ""
text    TXT   plain
long    TXT   "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789" "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
_sip._udp SRV 0 5 5060 Login
caa     CAA   0 issue "ca.example; account=1"
caa     CAA   128 iodef "mailto:a@b.example"
caa     CAA   0 issuewild ";"
naptr   NAPTR 100 10 "U" "E2U+sip" "!^(.*)$!sip:\\1@a.test!" .
naptr   NAPTR 100 20 "s" "SIP+D2U" "" _sip._udp
_443._tcp TLSA 3 1 1 D2ABDE240D7CD3EE6B4B28C54DF034B97983A1D16E8A410E4561CB106618E971
host    SSHFP 4 2 123456789ABCDEF67890123456789ABCDEF67890123456789ABCDEF123456789
child   NS    ns1
child   DS    12345 13 2 D2ABDE240D7CD3EE6B4B28C54DF034B97983A1D16E8A410E4561CB106618E971
svc     SVCB  1 Login alpn="h2,h3" port=8443 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1 key65400="a b"
svc     SVCB  0 other.example.
https   HTTPS 1 . alpn="h2,h3" no-default-alpn mandatory=alpn
"#;
const REVERSE: &str = "
$TTL 60
@       SOA   ns1.launch.test. hostmaster.launch.test. 2026112400 3600 600 86400 30
@       NS    ns1.launch.test.
1       PTR   Login.launch.test.
2       CNAME 2.range
2.range PTR   www.launch.test.
";

const QUESTIONS: &[(&str, &str)] = &[
    ("login.launch.test", "A"),
    ("login.launch.test", "AAAA"),
    ("far.launch.test", "A"),
    ("far.launch.test", "AAAA"),
    ("www.launch.test", "CNAME"),
    ("mail.launch.test", "MX"),
    ("wwwmail.launch.test", "MX"),
    ("text.launch.test", "TXT"),
    ("long.launch.test", "TXT"),
    ("_sip._udp.launch.test", "SRV"),
    ("caa.launch.test", "CAA"),
    ("launch.test", "NS"),
    ("launch.test", "SOA"),
    ("launch.test", "DNSKEY"),
    ("child.launch.test", "DS"),
    ("naptr.launch.test", "NAPTR"),
    ("_443._tcp.launch.test", "TLSA"),
    ("host.launch.test", "SSHFP"),
    ("svc.launch.test", "SVCB"),
    ("https.launch.test", "HTTPS"),
    ("192.0.2.1", "PTR"),
    ("192.0.2.2", "PTR"),
    ("1.2.0.192.in-addr.arpa", "PTR"),
];

fn dig(server: SocketAddr, name: &str, kind: &str) -> Vec<String> {
    let mut command = Command::new("dig");
    command.args(["+short", "+norecurse", "@127.0.0.1", "-p"]);
    command.arg(server.port().to_string());
    match kind {
        "PTR" if !name.ends_with("arpa") => command.args(["-x", name]),
        _ => command.args([name, kind]),
    };
    let output = command.output().expect("dig starts");
    let text = String::from_utf8(output.stdout).expect("dig prints ASCII");
    text.lines().map(str::to_owned).collect()
}

async fn expecting(server: SocketAddr, name: &str, kind: &str, lines: &[String]) -> Seen {
    let values = lines
        .iter()
        .map(|line| toml::Value::from(line.as_str()).to_string());
    let values: Vec<_> = values.collect();
    let settings = format!(
        "names = ['{name}']\ntypes = ['{kind}']\nresolvers = ['{server}']\nexpect = {{ '{name}' = [{}] }}",
        values.join(", ")
    );
    let folder = tempfile::tempdir().unwrap();
    Probe::new("dns", settings).run(folder.path()).await
}

/// The same line with another last letter or digit.
fn other(line: &str) -> Option<String> {
    let place = line.rfind(|c: char| c.is_ascii_alphanumeric())?;
    let letter = if &line[place..=place] == "x" {
        "y"
    } else {
        "x"
    };
    Some(format!("{}{letter}{}", &line[..place], &line[place + 1..]))
}

#[tokio::test]
async fn every_line_that_dig_prints_is_an_expectation() {
    let folder = tempfile::tempdir().unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let zones = [("launch.test", ZONE), ("2.0.192.in-addr.arpa", REVERSE)];
    let nsd = Nsd::start_zones(address, folder.path(), &zones);
    let mut wrong = Vec::new();
    for (name, kind) in QUESTIONS {
        let lines = dig(nsd.address, name, kind);
        assert!(!lines.is_empty(), "{name} {kind}");
        let seen = expecting(nsd.address, name, kind, &lines).await;
        let finding = seen.finding("dns/resolves");
        if finding.status != Status::Pass {
            wrong.push(format!("{name} {kind}: {lines:?}: {finding:?}"));
        }
        // Case and final dot of names do not matter.
        if matches!(*kind, "MX" | "NS" | "CNAME" | "PTR" | "SRV" | "SOA") {
            let same = lines
                .iter()
                .map(|line| line.to_uppercase().trim_end_matches('.').to_owned());
            let same: Vec<_> = same.collect();
            let seen = expecting(nsd.address, name, kind, &same).await;
            if seen.finding("dns/resolves").status != Status::Pass {
                wrong.push(format!("{name} {kind}: {same:?} is the same"));
            }
        }
        for place in 0..lines.len() {
            let mut lines = lines.clone();
            let Some(line) = other(&lines[place]) else {
                continue;
            };
            // Of an address, another digit; of anything, another letter.
            lines[place] = match *kind {
                "A" if line.parse::<std::net::Ipv4Addr>().is_err() && !line.ends_with('.') => {
                    "192.0.2.99".into()
                }
                "AAAA" if !line.ends_with('.') => "2001:db8::99".into(),
                _ => line,
            };
            let seen = expecting(nsd.address, name, kind, &lines).await;
            if seen.finding("dns/resolves").status != Status::Fail {
                wrong.push(format!("{name} {kind}: {lines:?} passes"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn names_that_must_be_absent_need_no_names_and_the_root_is_a_zone() {
    let folder = tempfile::tempdir().unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let zones = [("launch.test", ZONE), (".", REVERSE)];
    let nsd = Nsd::start_zones(address, folder.path(), &zones);
    let settings = format!(
        "absent = ['none.launch.test']\nabsent-under = ['.', 'launch.test']\nresolvers = ['{}']",
        nsd.address
    );
    let seen = Probe::new("dns", settings).run(folder.path()).await;
    let findings = &seen.judgement.findings;
    assert_eq!(seen.status(), Status::Pass, "{findings:#?}");
    assert_eq!(seen.finding("dns/wildcard").status, Status::Pass);
    assert_eq!(seen.finding("dns/absent-name").status, Status::Pass);
}
