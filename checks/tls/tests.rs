//! The judge by table: chains made here, no server.

#[path = "../../tests/support/pki.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "shared with the tests against real servers"
)]
mod pki;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use jiff::Timestamp;

use self::pki::{Authority, DAY, Issued, Leaf};
use super::observation::{Lookup, Observation, Outcome, Seen, Session};
use super::{Settings, Tls};
use crate::instrument::tls::{Der, Origin, Proof, Roots};
use crate::model::digest::sha256_hex;
use crate::model::{Finding, Judgement, LaunchClock, Module as _, Status};

const NAME: &str = "gw.example.com";

/// T-0: 2026-11-24T02:00:00Z. The run begins three days earlier.
const T0: i64 = 1_795_485_600;
const NOW: i64 = T0 - 3 * DAY;

fn clock() -> LaunchClock {
    LaunchClock {
        t0: Timestamp::from_second(T0).unwrap(),
        now: Timestamp::from_second(NOW).unwrap(),
    }
}

fn settings(more: &str) -> Settings {
    let text = format!("endpoints = [\"{NAME}\"]\n{more}");
    toml::from_str(&text).unwrap_or_else(|error| panic!("{error}"))
}

fn address(last: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, last], 443))
}

/// A root, an intermediate below it, and the root as the one that is trusted.
struct World {
    root: Authority,
    middle: Authority,
    roots: Roots,
    _folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        Self::with(Authority::root("Test Root"))
    }

    fn with(root: Authority) -> Self {
        let middle = root.intermediate("Test Intermediate", NOW - 400 * DAY, T0 + 400 * DAY);
        let folder = tempfile::tempdir().unwrap();
        let roots = trusting(&folder, &root.pem());
        Self {
            root,
            middle,
            roots,
            _folder: folder,
        }
    }

    fn leaf(&self, not_before: i64, not_after: i64) -> Issued {
        self.middle.issue(&Leaf::new(NAME, not_before, not_after))
    }

    fn good(&self) -> Vec<Vec<u8>> {
        self.chain(self.leaf(NOW - 10 * DAY, T0 + 80 * DAY))
    }

    fn chain(&self, leaf: Issued) -> Vec<Vec<u8>> {
        vec![leaf.der, self.middle.der()]
    }
}

fn trusting(folder: &tempfile::TempDir, pem: &str) -> Roots {
    let path = folder.path().join("roots.pem");
    std::fs::write(&path, pem).unwrap();
    Roots::load(&[Origin::File(path)], folder.path()).unwrap()
}

/// What the probe would write down, were these chains served.
fn observed(roots: &Roots, chains: &[Vec<Vec<u8>>]) -> Observation {
    let mut observation = Observation {
        roots: roots.sets().to_vec(),
        ..Observation::default()
    };
    let mut addresses = BTreeMap::new();
    for (chain, last) in chains.iter().zip(1..) {
        observation.anchors.extend(roots.candidates(chain).cloned());
        let digests: Vec<_> = chain.iter().map(|der| sha256_hex(der)).collect();
        for (digest, der) in digests.iter().zip(chain) {
            let der = Der(der.clone());
            observation.certificates.insert(digest.clone(), der);
        }
        addresses.insert(address(last), Outcome::Handshake(session(digests)));
    }
    let lookup = Lookup::Found {
        resolver: "system".to_owned(),
        addresses: addresses.keys().copied().collect(),
        took_us: 100,
    };
    let seen = Seen { lookup, addresses };
    observation.endpoints.insert(format!("{NAME}:443"), seen);
    observation
}

fn session(chain: Vec<String>) -> Session {
    Session {
        protocol: "TLS 1.3".to_owned(),
        cipher: "TLS13_AES_256_GCM_SHA384".to_owned(),
        group: "X25519".to_owned(),
        alpn: None,
        chain,
        staple: None,
        proof: Proof::Verified,
        connect_us: 200,
        handshake_us: 2_500,
    }
}

fn seen(observation: &mut Observation) -> &mut Seen {
    observation.endpoints.values_mut().next().unwrap()
}

fn first_session(observation: &mut Observation) -> &mut Session {
    match seen(observation).addresses.values_mut().next().unwrap() {
        Outcome::Handshake(session) => session,
        Outcome::Failure(failure) => panic!("{failure}"),
    }
}

/// Judges what was recorded: through JSON and back, as `tminus verify` does.
fn judge(settings: &Settings, observation: &Observation) -> Judgement {
    judge_at(settings, observation, &clock())
}

fn judge_at(settings: &Settings, observation: &Observation, clock: &LaunchClock) -> Judgement {
    let recorded = serde_json::to_string(settings).unwrap();
    let settings = serde_json::from_str(&recorded).unwrap();
    let recorded = serde_json::to_string(observation).unwrap();
    let observation = serde_json::from_str(&recorded).unwrap();
    Tls::judge(&settings, &observation, clock)
}

fn line(finding: &Finding) -> String {
    let mut line = format!("{}: {}", finding.status, finding.claim);
    for (word, text) in [
        ("expected", &finding.expected),
        ("observed", &finding.observed),
        ("hint", &finding.hint),
    ] {
        if let Some(text) = text {
            line.push_str(&format!("\n  {word}: {text}"));
        }
    }
    line
}

fn all(judgement: &Judgement) -> String {
    judgement
        .findings
        .iter()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Everything that did not pass.
fn faults(judgement: &Judgement) -> String {
    let faults = judgement
        .findings
        .iter()
        .filter(|finding| finding.status != Status::Pass);
    faults.map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_good_chain_at_two_addresses_passes_every_claim_once() {
    let world = World::new();
    let chain = world.good();
    let judgement = judge(
        &settings(""),
        &observed(&world.roots, &[chain.clone(), chain]),
    );
    assert_eq!(judgement.status(), Status::Pass);
    insta::assert_snapshot!(all(&judgement), @r#"
    pass: gw.example.com:443 completes a TLS handshake at all 2 addresses
      observed: TLS 1.3, X25519, TLS13_AES_256_GCM_SHA384
    pass: gw.example.com:443 serves a chain that leads to a trusted root
    pass: The certificate of gw.example.com:443 is issued for gw.example.com
    pass: The chain of gw.example.com:443 is valid from T-0 until 24 hours later
      observed: "leaf" ends 2027-02-12 02:00 UTC, 80 days after T-0
    pass: The certificate of gw.example.com:443 is not due for renewal at T-0
      expected: at least 30 days left
      observed: 80 days of 93 days left
    pass: All 2 addresses that answered for gw.example.com:443 serve the same certificate
    "#);
}
