//! What the module `dns` keeps: every packet counts once, and every observation is a line.

use std::collections::HashMap;
use std::io::Read as _;
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use tminus::model::Status;

use crate::support::datagrams::{Hostile, Lossy};
use crate::support::nsd::Nsd;
use crate::support::probe::{Probe, Seen};

const ZONE: &str = "$TTL 60\n@ SOA ns1 hostmaster 1 3600 600 86400 30\n@ NS ns1\nns1 A 127.0.0.1\n\
                    login A 192.0.2.1\nwww CNAME login\nsum TXT \"=1+1\"\n*.many A 192.0.2.9\n";

fn nsd(folder: &tempfile::TempDir) -> Nsd {
    Nsd::start(folder.path(), "launch.test", ZONE)
}

/// The lines of all parts as cells by heading.
fn lines(seen: &Seen) -> Vec<HashMap<String, String>> {
    let mut all = Vec::new();
    for kept in &seen.evidence {
        if !kept.name.starts_with("observations") {
            continue;
        }
        let mut text = String::new();
        match kept.media_type.as_str() {
            "application/gzip" => MultiGzDecoder::new(&*kept.bytes).read_to_string(&mut text),
            _ => (&*kept.bytes).read_to_string(&mut text),
        }
        .unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        all.extend(reader.deserialize().map(Result::unwrap));
    }
    all
}

fn count(seen: &Seen, name: &str) -> f64 {
    let measures = seen.judgement.measures.iter();
    let measures = measures.filter(|measure| measure.name == name);
    measures.map(|measure| measure.value).sum()
}

#[tokio::test]
async fn the_reported_loss_is_the_loss() {
    const NAMES: usize = 600;
    let folder = tempfile::tempdir().unwrap();
    let nsd = nsd(&folder);
    // Three of a hundred, in each direction.
    let path = Lossy::start(nsd.address, |number| matches!(number % 100, 13 | 46 | 79));
    let names: Vec<_> = (0..NAMES)
        .map(|n| format!("'n{n}.many.launch.test'"))
        .collect();
    let settings = format!(
        "names = [{}]\nresolvers = ['{}']\nquery.timeout = '1s'\nquery.in-flight = 100\nquery.tries = 6\nwarm.rounds = 2\n\
         warm.pause = '10ms'",
        names.join(", "),
        path.address
    );
    let seen = Probe::new("dns", settings).run(folder.path()).await;
    assert_eq!(
        seen.status(),
        Status::Warn,
        "{:#?}",
        seen.judgement.findings
    );
    let dropped = path.dropped();
    assert!(dropped >= 2 * NAMES * 5 / 100, "{dropped}");
    let sent = 2 * NAMES + dropped;
    assert_eq!(count(&seen, "dns_packets_lost"), dropped as f64);
    assert_eq!(count(&seen, "dns_packets_sent"), sent as f64);
    let text = format!("{dropped} of {sent} lost at {}", path.address);
    assert_eq!(seen.finding("dns/packet-loss").observed, Some(text));
    let lines = lines(&seen);
    assert_eq!(lines.len(), sent, "one packet, one line");
    let lost = lines
        .iter()
        .filter(|line| line["outcome"] == "no answer in time");
    assert_eq!(lost.count(), dropped);
}

#[tokio::test]
async fn every_observation_is_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let nsd = nsd(&folder);
    let settings = format!(
        "names = ['www.launch.test', 'none.launch.test', 'sum.launch.test']\ntypes = ['A', 'TXT']\n\
         resolvers = ['{}']\nabsent = ['old.launch.test']\nauthoritative.servers = ['{}']",
        nsd.address, nsd.address
    );
    let seen = Probe::new("dns", settings).run(folder.path()).await;
    let lines = lines(&seen);
    let line = |asked_for: &str, name: &str, kind: &str| {
        let name = format!("{name}.launch.test");
        let mut found = lines.iter().filter(|line| {
            line["asked_for"] == asked_for && line["name"] == name && line["type"] == kind
        });
        let line = found
            .next()
            .unwrap_or_else(|| panic!("{name} {kind}: {lines:#?}"));
        let cells = ["round", "try", "transport", "outcome", "ttl", "answer"];
        cells.map(|cell| line[cell].as_str()).join("|")
    };
    assert_eq!(
        line("names", "www", "A"),
        "1|1|udp|NOERROR|60|login.launch.test.; login.launch.test. A 192.0.2.1"
    );
    assert_eq!(line("names", "none", "A"), "1|1|udp|NXDOMAIN||");
    // No spreadsheet shall compute it.
    assert_eq!(line("names", "sum", "TXT"), "1|1|udp|NOERROR|60|'=1+1");
    assert_eq!(line("absence", "old", "A"), "1|1|udp|NXDOMAIN||");
    assert_eq!(line("source", "sum", "TXT"), "1|1|udp|NOERROR|60|'=1+1");
}

#[tokio::test]
async fn lines_of_a_long_list_are_compressed() {
    const NAMES: usize = 5000;
    let folder = tempfile::tempdir().unwrap();
    let nsd = nsd(&folder);
    let names: String = (0..NAMES)
        .map(|n| format!("n{n}.many.launch.test\n"))
        .collect();
    std::fs::write(folder.path().join("names.txt"), names).unwrap();
    let settings = format!(
        "names-file = 'names.txt'\nresolvers = ['{}']\nquery.qps = 100000\nwarm.rounds = 2\nwarm.pause = '10ms'",
        nsd.address
    );
    let seen = Probe::new("dns", settings).run(folder.path()).await;
    let kept: Vec<_> = seen.evidence.iter().map(|kept| &*kept.name).collect();
    assert!(kept.contains(&"observations.csv.gz"), "{kept:?}");
    let lines = lines(&seen);
    assert_eq!(lines.len() as f64, count(&seen, "dns_packets_sent"));
    let last = lines.last().unwrap();
    assert_eq!(
        (&*last["round"], &*last["name"]),
        ("2", "n4999.many.launch.test")
    );
    // Answers are sampled: the first, the tenth, and so on.
    let messages = kept.iter().filter(|name| name.ends_with(".dns"));
    assert_eq!(messages.count(), 5, "{kept:?}");
}

#[tokio::test]
async fn the_deadline_cuts_no_line_off() {
    let folder = tempfile::tempdir().unwrap();
    let nsd = nsd(&folder);
    let silent = Hostile::start(|_, _, _| {});
    let settings = format!(
        "names = ['login.launch.test']\nresolvers = ['{}', '{}']\nquery.timeout = '30s'",
        nsd.address, silent.address
    );
    let probe = Probe::new("dns", settings).timeout(Duration::from_secs(1));
    let seen = probe.run(folder.path()).await;
    assert!(seen.cut_short);
    let lines = lines(&seen);
    let outcomes: Vec<_> = lines.iter().map(|line| &*line["outcome"]).collect();
    assert_eq!(outcomes, ["NOERROR", "not observed"]);
}
