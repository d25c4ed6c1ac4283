//! The module `dns` beside two validators: every kind of zone that `zones.py` makes is judged by us, by BIND's `delv`
//! and by `unbound-host`. `zones.txt` lists what each says, and explains every difference.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use serde::Deserialize;
use tminus::model::Status;

use crate::support::nsd::Nsd;
use crate::support::ports::free_port;
use crate::support::probe::{Probe, Seen};
use crate::support::python::python;
use crate::support::unbound::Unbound;

/// Names of one check: it lists up to 50 findings one by one.
const NAMES: usize = 40;

/// What `zones.py` wrote.
#[derive(Deserialize)]
struct Made {
    origins: Vec<String>,
    kinds: BTreeMap<String, Asked>,
}

/// The question that shows a kind of zone.
#[derive(Deserialize)]
struct Asked {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

/// What is expected of one kind.
struct Expected {
    tminus: &'static str,
    delv: &'static str,
    unbound: &'static str,
}

fn expected() -> BTreeMap<&'static str, Expected> {
    let lines = include_str!("zones.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let entries = lines.map(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        let (kind, [tminus, delv, unbound], why) = match words.as_slice() {
            [kind, all] => (*kind, [*all; 3], &[][..]),
            [kind, one, other, third, why @ ..] => (*kind, [*one, *other, *third], why),
            _ => panic!("{line}"),
        };
        let differ = tminus != delv || tminus != unbound;
        assert_eq!(differ, !why.is_empty(), "a difference has a reason: {line}");
        let expected = Expected {
            tminus,
            delv,
            unbound,
        };
        (kind, expected)
    });
    entries.collect()
}

fn output(command: &mut Command) -> String {
    let output = command.output();
    let output = output.unwrap_or_else(|error| {
        panic!("cannot start {command:?}: {error}; `tests/run` installs what the tests need")
    });
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}

fn delv(folder: &Path, resolver: SocketAddr, asked: &Asked) -> &'static str {
    let text = output(
        Command::new("delv")
            .arg(format!("@{}", resolver.ip()))
            .args(["-p", &resolver.port().to_string(), "+root=."])
            .arg("-a")
            .arg(folder.join("root.keys"))
            .args([&asked.name, &asked.kind]),
    );
    match () {
        // An absence is a failure to delv as well, and it says "ncache" then.
        () if text.contains("resolution failed") && !text.contains("ncache") => "bogus",
        () if text.contains("pending validation") => "pending",
        () if text.contains("unsigned answer") => "insecure",
        () if text.contains("fully validated") => "secure",
        () => panic!("delv, {} {}: {text}", asked.name, asked.kind),
    }
}

fn unbound_host(configuration: &Path, asked: &Asked) -> &'static str {
    let mut command = Command::new("unbound-host");
    command.arg("-C").arg(configuration).args(["-v", "-t"]);
    let text = output(command.args([&asked.kind, &asked.name]));
    match () {
        () if text.contains("(BOGUS") => "bogus",
        () if text.contains("(insecure)") => "insecure",
        () if text.contains("(secure)") => "secure",
        () => panic!("unbound-host, {} {}: {text}", asked.name, asked.kind),
    }
}

/// What we say of a question.
fn said(seen: &Seen, asked: &Asked, resolver: SocketAddr) -> (&'static str, String) {
    let subject = format!("{} {} at {resolver}", asked.name, asked.kind);
    let found = seen.found("dns/dnssec-valid");
    assert!(found.len() <= NAMES, "{found:#?}");
    let Some(found) = found.iter().find(|finding| finding.subject == subject) else {
        return ("secure", String::new());
    };
    let observed = found.observed.clone().unwrap_or_default();
    let word = match (found.status, observed.split(": ").next()) {
        (Status::Fail, Some("bogus")) => "bogus",
        (Status::Fail, Some("unsigned")) => "insecure",
        (Status::Error, Some("could not be determined")) => "unknown",
        _ => panic!("{found:?}"),
    };
    (word, observed)
}

/// Both validators about every kind, four at a time.
fn validators(
    folder: &Path,
    resolver: SocketAddr,
    made: &Made,
    expected: &BTreeMap<&'static str, Expected>,
) -> BTreeMap<String, (&'static str, &'static str)> {
    let host = folder.join("host.conf");
    let configuration = format!(
        "server:\n  trust-anchor-file: \"{}\"\n  module-config: \"validator iterator\"\n  \
         do-not-query-localhost: no\n  local-zone: \"test.\" nodefault\n  qname-minimisation: no\n\
         forward-zone:\n  name: \".\"\n  forward-addr: {}@{}\n",
        folder.join("root.ds").display(),
        resolver.ip(),
        resolver.port(),
    );
    std::fs::write(&host, configuration).unwrap();
    let (open, said) = (Mutex::new(made.kinds.iter()), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let next = open.lock().unwrap().next();
                    let Some((kind, asked)) = next else {
                        break;
                    };
                    let by_delv = match expected.get(&**kind) {
                        Some(Expected { delv: "-", .. }) => "-",
                        _ => delv(folder, resolver, asked),
                    };
                    let both = (by_delv, unbound_host(&host, asked));
                    said.lock().unwrap().insert(kind.clone(), both);
                }
            });
        }
    });
    said.into_inner().unwrap()
}

#[tokio::test]
async fn every_kind_of_zone_is_judged_as_by_delv_and_unbound_or_the_difference_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/dns/zones.py");
    let text = output(Command::new(python()).arg(script).arg(folder));
    assert_eq!(text, "");
    let made = std::fs::read(folder.join("zones.json")).unwrap();
    let made: Made = serde_json::from_slice(&made).unwrap();
    let texts: Vec<_> = made
        .origins
        .iter()
        .map(|origin| std::fs::read_to_string(folder.join(format!("zone.{origin}"))).unwrap())
        .collect();
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let origins = made.origins.iter().map(String::as_str);
    let zones: Vec<_> = origins
        .clone()
        .zip(texts.iter().map(String::as_str))
        .collect();
    let _nsd = Nsd::start_zones(address, folder, &zones);
    let stubs: Vec<_> = origins.map(|origin| (origin, address)).collect();
    let unbound = Unbound::start(folder, &stubs, "");
    let resolver = unbound.address;

    let expected = expected();
    let known: Vec<_> = made.kinds.keys().map(String::as_str).collect();
    assert_eq!(known, expected.keys().copied().collect::<Vec<_>>());
    assert!(known.len() >= 60);
    let by_others = validators(folder, resolver, &made, &expected);

    let mut by_type: BTreeMap<&str, Vec<(&str, &Asked)>> = BTreeMap::new();
    for (kind, asked) in &made.kinds {
        by_type.entry(&asked.kind).or_default().push((kind, asked));
    }
    let mut wrong = Vec::new();
    for (record, kinds) in by_type {
        for kinds in kinds.chunks(NAMES) {
            let names: Vec<_> = kinds.iter().map(|(_, asked)| &asked.name).collect();
            let settings = format!(
                "names = {names:?}\ntypes = ['{record}']\nresolvers = ['{resolver}']\nquery.qps = 5000\n\
                 dnssec.policy = 'require'\ndnssec.trust-anchor = 'root.ds'"
            );
            let seen = Probe::new("dns", settings).run(folder).await;
            for (kind, asked) in kinds {
                let (tminus, reason) = said(&seen, asked, resolver);
                let Expected {
                    tminus: we,
                    delv,
                    unbound,
                } = &expected[kind];
                if tminus == "bogus" && kind.starts_with("time-") {
                    let timely = ["expired at", "is not valid before"];
                    let named = timely.iter().any(|words| reason.contains(words));
                    assert!(named, "{kind}: {reason}");
                }
                let (by_delv, by_unbound) = by_others[*kind];
                if (tminus, by_delv, by_unbound) != (*we, *delv, *unbound) {
                    wrong.push(format!(
                        "{kind}  {tminus}  {by_delv}  {by_unbound}  {reason}"
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "not as zones.txt says:\n{}",
        wrong.join("\n")
    );
}
