//! The judge by table: chains made here, no server.
#![allow(
    clippy::disallowed_methods,
    reason = "roots are loaded from a file that the test writes"
)]

mod blackbox;
#[path = "client_certificate/tests.rs"]
mod client_certificate;
#[path = "other_clients/tests.rs"]
mod other_clients;
#[path = "renewal/tests.rs"]
mod renewal;
mod resolvers;
#[path = "revocation/tests.rs"]
mod revocation;
#[path = "staple_gain/tests.rs"]
mod staple_gain;
#[path = "transparency/tests.rs"]
mod transparency;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use jiff::Timestamp;

use super::endpoint::Endpoint;
use super::observation::{Lookup, Observation, Outcome, Seen, Session};
use super::protocol::HelloReplies;
use super::resumption::{Across, Returns};
use super::{Settings, Tls, rules};
use crate::fixtures::chains;
use crate::fixtures::pki::{Authority, DAY, Issued, Leaf};
use crate::instrument::tls::{
    ClientKind, Der, Failure, HandshakeKind, HelloReply, Origin, Proof, Roots,
};
use crate::model::digest::sha256_hex;
use crate::model::{Exhibit, Finding, Judgement, LaunchFacts, Module as _, Rule, Status};

const NAME: &str = "gw.example.com";

/// T-0: 2026-11-24T02:00:00Z. The run begins three days earlier.
const T0: i64 = 1_795_485_600;
const NOW: i64 = T0 - 3 * DAY;

fn clock() -> LaunchFacts {
    LaunchFacts::timed(
        Timestamp::from_second(T0).unwrap(),
        Timestamp::from_second(NOW).unwrap(),
    )
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
}

impl World {
    fn new() -> Self {
        Self::with(Authority::root("Test Root"))
    }

    fn with(root: Authority) -> Self {
        let middle = root.intermediate("Test Intermediate", NOW - 400 * DAY, T0 + 400 * DAY);
        let roots = trusting(&root.pem());
        Self {
            root,
            middle,
            roots,
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

fn trusting(pem: &str) -> Roots {
    Roots::load(&[Origin::Pem("roots.pem".into(), pem.as_bytes().into())]).unwrap()
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
        addresses.insert(
            address(last),
            Outcome::Handshake(Box::new(session(digests))),
        );
    }
    let lookup = Lookup::Found {
        resolver: "system".to_owned(),
        addresses: addresses.keys().copied().collect(),
        took_us: 100,
        failures: vec![],
    };
    let seen = Seen {
        lookups: vec![lookup],
        addresses,
    };
    observation.endpoints.insert(format!("{NAME}:443"), seen);
    observation
}

/// All refused.
fn greetings(alert: &str) -> HelloReplies {
    let refused = || {
        Some(HelloReply::Alert {
            description: alert.to_owned(),
        })
    };
    HelloReplies {
        tls_1_0: refused(),
        tls_1_1: refused(),
        post_quantum: refused(),
    }
}

fn session(chain: Vec<String>) -> Session {
    Session {
        protocol: "TLS 1.3".to_owned(),
        cipher: "TLS13_AES_256_GCM_SHA384".to_owned(),
        group: "X25519".to_owned(),
        alpn: None,
        chain,
        staple: None,
        second_handshake: None,
        sct_delivery: None,
        proof: Proof::Verified,
        alpn_refused: false,
        request: None,
        others: BTreeMap::from([(ClientKind::Rsa, refusal())]),
        hung_up_on: Default::default(),
        hello_replies: greetings("ProtocolVersion"),
        flights: Default::default(),
        returns: Returns::default(),
        connect_us: 200,
        handshake_us: 2_500,
    }
}

/// A server that has no such certificate.
fn refusal() -> Outcome {
    Outcome::Failure(Failure::Alert {
        description: "HandshakeFailure".to_owned(),
    })
}

fn seen(observation: &mut Observation) -> &mut Seen {
    observation.endpoints.values_mut().next().unwrap()
}

fn first_session(observation: &mut Observation) -> &mut Session {
    match seen(observation).addresses.values_mut().next().unwrap() {
        Outcome::Handshake(session) => session,
        Outcome::Failure(failure) => panic!("{failure}"),
        Outcome::Refused(refused) => panic!("{}", refused.failure),
    }
}

/// Judges what was recorded: through JSON and back, as `tminus verify` does.
fn judge(settings: &Settings, observation: &Observation) -> Judgement {
    judge_at(settings, observation, &clock())
}

fn judge_at(settings: &Settings, observation: &Observation, clock: &LaunchFacts) -> Judgement {
    let recorded = serde_json::to_string(settings).unwrap();
    let settings = serde_json::from_str(&recorded).unwrap();
    let recorded = serde_json::to_string(observation).unwrap();
    let observation = serde_json::from_str(&recorded).unwrap();
    Tls::judge(&settings, &observation, clock)
}

fn line(finding: &Finding) -> String {
    let Finding {
        status,
        subject,
        claim,
        ..
    } = finding;
    let mut line = format!("{status} {} ({subject}): {claim}", finding.rule());
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

/// The findings by a rule.
fn by<'a>(judgement: &'a Judgement, rule: &Rule) -> Vec<&'a Finding> {
    let findings = judgement.findings.iter();
    findings
        .filter(|finding| finding.rule() == rule.id)
        .collect()
}

/// The findings by these rules, as lines.
fn lines(judgement: &Judgement, rules: &[Rule]) -> String {
    let findings = judgement.findings.iter();
    let found = findings.filter(|finding| rules.iter().any(|rule| rule.id == finding.rule()));
    found.map(line).collect::<Vec<_>>().join("\n")
}

/// Everything that should have passed and did not.
fn faults(judgement: &Judgement) -> String {
    let faults = judgement
        .findings
        .iter()
        .filter(|finding| !matches!(finding.status, Status::Pass | Status::Skipped));
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
    pass tls/handshake (gw.example.com:443): gw.example.com:443 completes a TLS handshake at all 2 addresses
      observed: TLS 1.3, X25519, TLS_AES_256_GCM_SHA384
    pass tls/trusted-chain (gw.example.com:443): The chain of gw.example.com:443 leads to a trusted root
    pass tls/server-name (gw.example.com:443): The certificate of gw.example.com:443 names gw.example.com
    pass tls/chain-order (gw.example.com:443): gw.example.com:443 serves its chain in order and nothing else
      observed: 2 certificates
    pass tls/key-strength (gw.example.com:443): Keys and signatures in the chain of gw.example.com:443 are strong enough
      observed: P-256
    pass tls/key-usage (gw.example.com:443): The certificate of gw.example.com:443 has the key usage that a server needs
    pass tls/chain-expiry (gw.example.com:443): The chain of gw.example.com:443 is valid from T-0 until 24 hours later
      observed: "leaf" expires 2027-02-12 02:00 UTC, 80 days after T-0
    pass tls/renewal-due (gw.example.com:443): The certificate of gw.example.com:443 is not due for renewal at T-0
      expected: at least 30 days left
      observed: 80 days of 93 days left
    skipped tls/revocation-source (gw.example.com:443): The certificate of gw.example.com:443 names neither an OCSP responder nor a revocation list
      observed: no client learns of its revocation
    pass tls/same-certificate (gw.example.com:443): All 2 addresses of gw.example.com:443 serve the same certificate
    pass tls/old-protocols (gw.example.com:443): gw.example.com:443 refuses TLS 1.0 and TLS 1.1
      observed: it refuses TLS 1.0 with the alert protocol_version and TLS 1.1 with the alert protocol_version
    pass tls/other-clients (gw.example.com:443 (RSA certificate)): gw.example.com:443 has no RSA certificate
      observed: it refuses clients that verify RSA signatures only with the alert handshake_failure
    "#);
}

/// The faults of one chain at one address under default settings.
fn faults_of(world: &World, chain: Vec<Vec<u8>>) -> String {
    faults(&judge(&settings(""), &observed(&world.roots, &[chain])))
}

#[test]
fn a_chain_that_ends_before_the_launch_fails_and_its_renewal_needs_no_word() {
    let world = World::new();
    let chain = world.chain(world.leaf(NOW - 90 * DAY, NOW - DAY));
    insta::assert_snapshot!(faults_of(&world, chain), @r#"
    fail tls/chain-expiry (gw.example.com:443): The chain of gw.example.com:443 has expired
      expected: valid from 2026-11-24 02:00 UTC until 2026-11-25 02:00 UTC
      observed: "leaf" expires 2026-11-20 02:00 UTC, 4 days before T-0
      hint: Renew it and load it on every address.
    "#);
}

#[test]
fn a_chain_that_ends_in_the_hours_after_t0_fails_though_it_is_valid_at_t0() {
    let world = World::new();
    let chain = world.chain(world.leaf(NOW - 90 * DAY, T0 + 3 * 3600));
    insta::assert_snapshot!(faults_of(&world, chain), @r#"
    fail tls/chain-expiry (gw.example.com:443): The chain of gw.example.com:443 expires too soon after T-0
      expected: valid from 2026-11-24 02:00 UTC until 2026-11-25 02:00 UTC
      observed: "leaf" expires 2026-11-24 05:00 UTC, 3 hours after T-0
      hint: Renew it before the launch, so that it does not expire in the hours after it.
    "#);
}

#[test]
fn an_intermediate_that_ends_before_the_leaf_is_named() {
    let root = Authority::root("Test Root");
    let middle = root.intermediate("Old Intermediate", NOW - 400 * DAY, T0 + 3600);
    let world = World {
        middle,
        ..World::with(root)
    };
    insta::assert_snapshot!(faults_of(&world, world.good()), @r#"
    fail tls/chain-expiry (gw.example.com:443): The chain of gw.example.com:443 expires too soon after T-0
      expected: valid from 2026-11-24 02:00 UTC until 2026-11-25 02:00 UTC
      observed: "Old Intermediate" expires 2026-11-24 03:00 UTC, 60 minutes after T-0
      hint: Renew it before the launch, so that it does not expire in the hours after it.
    "#);
}

#[test]
fn a_root_that_ends_before_the_leaf_is_named() {
    let world = World::with(Authority::root_until("Test Root", T0 - DAY));
    insta::assert_snapshot!(faults_of(&world, world.good()), @"
    fail tls/chain-expiry (gw.example.com:443): The chain of gw.example.com:443 expires before T-0
      expected: valid from 2026-11-24 02:00 UTC until 2026-11-25 02:00 UTC
      observed: the root certificate expires 2026-11-23 02:00 UTC, 24 hours before T-0
      hint: Renew it and load it on every address.
    ");
}

#[test]
fn not_yet_valid_at_t0_fails() {
    let world = World::new();
    let chain = world.chain(world.leaf(T0 + 3600, T0 + 90 * DAY));
    insta::assert_snapshot!(faults_of(&world, chain), @"
    fail tls/chain-expiry (gw.example.com:443): The chain of gw.example.com:443 is not yet valid at T-0
      expected: valid from 2026-11-24 02:00 UTC until 2026-11-25 02:00 UTC
      observed: it is valid from 2026-11-24 03:00 UTC, 60 minutes after T-0
      hint: Load a certificate that is valid before the launch, or check the clocks of this machine and of the one that issued it.
    ");
}

#[test]
fn not_yet_valid_now_but_at_t0_is_worth_a_look() {
    let world = World::new();
    let chain = world.chain(world.leaf(T0 - 3600, T0 + 90 * DAY));
    insta::assert_snapshot!(faults_of(&world, chain), @"
    warn tls/chain-expiry (gw.example.com:443): The chain of gw.example.com:443 is valid at T-0, but not yet now
      observed: it is valid from 2026-11-24 01:00 UTC, 60 minutes before T-0
      hint: Clients reject it until then.
    ");
}

#[test]
fn after_t0_the_present_counts_and_not_the_past() {
    let world = World::new();
    let clock = LaunchFacts {
        now: Timestamp::from_second(T0 + 3600).unwrap(),
        ..clock()
    };
    let renewed = world.chain(world.leaf(T0 + 1800, T0 + 90 * DAY));
    let judgement = judge_at(&settings(""), &observed(&world.roots, &[renewed]), &clock);
    assert_eq!(judgement.status(), Status::Pass, "{}", all(&judgement));
    let ended = world.chain(world.leaf(T0 - 90 * DAY, T0 + 1800));
    let judgement = judge_at(&settings(""), &observed(&world.roots, &[ended]), &clock);
    insta::assert_snapshot!(faults(&judgement), @r#"
    fail tls/chain-expiry (gw.example.com:443): The chain of gw.example.com:443 has expired
      expected: valid from 2026-11-24 03:00 UTC until 2026-11-25 02:00 UTC
      observed: "leaf" expires 2026-11-24 02:30 UTC, 30 minutes before now
      hint: Renew it and load it on every address.
    "#);
}

#[test]
fn renewal_is_due_at_thirty_days_or_a_third_whichever_is_less() {
    let world = World::new();
    for (lifetime, left, due) in [
        (398, 31, false),
        (398, 29, true), // the ceiling of 30 days, though a third would be 132
        (90, 31, false),
        (90, 29, true),
        (47, 16, false), // a third of 47 days is 15.7
        (47, 15, true),
        (6, 3, false),
        (6, 1, true),
    ] {
        let end = T0 + left * DAY;
        let begin = (end - lifetime * DAY).min(NOW - 1);
        let chain = world.chain(world.leaf(begin, begin + lifetime * DAY));
        let text = faults_of(&world, chain);
        assert_eq!(
            text.contains("fail tls/renewal-due"),
            due,
            "{lifetime}/{left}: {text}"
        );
    }
}

#[test]
fn a_six_day_certificate_that_is_fresh_passes() {
    let world = World::new();
    let chain = world.chain(world.leaf(NOW - 3600, NOW - 3600 + 6 * DAY));
    assert_eq!(faults_of(&world, chain), "");
}

#[test]
fn min_left_may_be_a_time_or_a_share_alone() {
    let world = World::new();
    let observation = observed(&world.roots, &[world.good()]); // 80 of 93 days left at T-0
    for (more, status) in [
        ("min-left = \"80d\"", Status::Pass),
        ("min-left = \"81d\"", Status::Fail),
        ("min-left = \"86%\"", Status::Pass),
        ("min-left = 0.87", Status::Fail),
        ("min-left = [\"81d\", \"86%\"]", Status::Pass),
        ("min-left = [\"81d\", 0.9]", Status::Fail),
        ("cover = \"79d\"", Status::Pass),
        ("cover = \"81d\"", Status::Fail),
    ] {
        let judgement = judge(&settings(more), &observation);
        assert_eq!(judgement.status(), status, "{more}: {}", all(&judgement));
    }
}

#[test]
fn an_end_beyond_all_calendars_is_far_away() {
    let world = World::new();
    let chain = world.chain(world.leaf(NOW - DAY, 253_402_300_799)); // 9999-12-31T23:59:59Z
    let judgement = judge(&settings(""), &observed(&world.roots, &[chain]));
    assert_eq!(judgement.status(), Status::Pass, "{}", all(&judgement));
    let observation = observed(
        &world.roots,
        &[world.chain(world.leaf(NOW - DAY, 253_402_300_799))],
    );
    let leaf = observation.certificates.values().find_map(|der| {
        let certificate = super::certificate::Certificate::read(&der.0).ok()?;
        (certificate.subject == "leaf").then_some(certificate.not_after)
    });
    let end = leaf.unwrap();
    assert_eq!(crate::judging::text::instant(end), "9999-12-31 23:59 UTC");
    assert_eq!(super::certificate::seconds(end), 253_402_300_799.0);
}

#[test]
fn an_address_among_the_dns_names_is_not_named() {
    let world = World::new();
    let leaf = world.middle.issue(&Leaf {
        names: vec!["dns:192.0.2.1".into(), "gw.example.com".into()],
        ..Leaf::new(NAME, NOW - DAY, T0 + 80 * DAY)
    });
    let observation = observed(&world.roots, &[world.chain(leaf)]);
    let judgement = judge(&settings("tls.server-name = \"192.0.2.1\""), &observation);
    let finding = by(&judgement, &rules::SERVER_NAME)[0];
    assert_eq!(finding.status, Status::Fail);
    let observed = finding.observed.as_deref().unwrap();
    assert!(
        observed.contains("with 192.0.2.1 as a DNS name, which no client takes for an address"),
        "{observed}"
    );
}

#[test]
fn addresses_that_lead_clients_elsewhere_to_themselves_are_remarked_on() {
    use std::collections::BTreeSet;
    let lookup = |resolver: &str, address: &str| Lookup::Found {
        resolver: resolver.to_owned(),
        addresses: vec![SocketAddr::new(address.parse().unwrap(), 443)],
        took_us: 1,
        failures: Vec::new(),
    };
    let own = BTreeSet::from(["198.18.0.9".parse().unwrap()]);
    let found = |endpoint: &str, lookup: Lookup| {
        let found = super::usable::findings(&endpoint.parse().unwrap(), &[lookup], &own);
        found.first().map(|(_, finding)| finding.status)
    };
    for (resolver, address, status) in [
        ("system", "0.0.0.0", Some(Status::Fail)),
        ("127.0.0.1:5353", "0.0.0.0", Some(Status::Fail)),
        ("system", "::", Some(Status::Fail)),
        ("system", "127.0.0.1", Some(Status::Warn)),
        ("system", "169.254.1.1", Some(Status::Warn)),
        ("system", "198.18.0.9", Some(Status::Warn)), // this machine's own
        ("10.0.0.53", "::1", Some(Status::Warn)),
        ("127.0.0.1:5353", "127.0.0.1", None), // a laboratory
        ("tls://[::1]:5853", "127.0.0.1", None),
        ("system", "198.18.0.1", None),
        ("system", "192.0.2.1", None), // it was reached over the network
    ] {
        assert_eq!(
            found("gw.example.com", lookup(resolver, address)),
            status,
            "{resolver} {address}"
        );
    }
    assert_eq!(found("localhost:8443", lookup("system", "127.0.0.1")), None);
    let given = Lookup::Given {
        addresses: vec!["127.0.0.1:443".parse().unwrap()],
    };
    assert_eq!(found("gw.example.com", given), None);
}

#[test]
fn a_database_that_was_left_alone_is_an_error() {
    let world = World::new();
    let mut observation = observed(&world.roots, &[world.good()]);
    observation.spared.insert(address(1));
    let judgement = judge(&settings(""), &observation);
    assert_eq!(judgement.status(), Status::Error, "{}", all(&judgement));
    assert_eq!(by(&judgement, &rules::HOST_BLOCK).len(), 1);
}

#[test]
fn a_wrong_name_fails_and_says_which_names_there_are() {
    let world = World::new();
    let leaf = world.middle.issue(&Leaf {
        names: vec!["login.example.com".into(), "192.0.2.9".into()],
        ..Leaf::new(NAME, NOW - DAY, T0 + 80 * DAY)
    });
    let observation = observed(&world.roots, &[world.chain(leaf)]);
    insta::assert_snapshot!(faults(&judge(&settings(""), &observation)), @"
    fail tls/server-name (gw.example.com:443): The certificate of gw.example.com:443 does not name gw.example.com
      expected: gw.example.com among its subject alternative names
      observed: names login.example.com, 192.0.2.9
      hint: Have it issued for this name, load the right one for it (SNI), or correct `tls.server-name`.
    ");
    for name in ["login.example.com", "192.0.2.9"] {
        let more = format!("tls.server-name = \"{name}\"");
        assert_eq!(judge(&settings(&more), &observation).status(), Status::Pass);
    }
}

#[test]
fn a_wildcard_covers_one_label() {
    let world = World::new();
    let leaf = world
        .middle
        .issue(&Leaf::new("*.example.com", NOW - DAY, T0 + 80 * DAY));
    let observation = observed(&world.roots, &[world.chain(leaf)]);
    assert_eq!(judge(&settings(""), &observation).status(), Status::Pass);
    let deeper = settings("tls.server-name = \"a.gw.example.com\"");
    assert_eq!(judge(&deeper, &observation).status(), Status::Fail);
}

#[test]
fn self_signed_is_told_apart() {
    let world = World::new();
    let leaf = Leaf::new(NAME, NOW - DAY, T0 + 80 * DAY).self_signed();
    insta::assert_snapshot!(faults_of(&world, vec![leaf.der]), @"
    fail tls/trusted-chain (gw.example.com:443): The chain of gw.example.com:443 does not lead to a trusted root
      expected: a path to a trusted root (roots.pem: 1 root)
      observed: the certificate is self-signed
      hint: Serve a certificate from a CA that clients trust, or trust this one by `tls.ca-file`.
    ");
}

#[test]
fn a_self_signed_certificate_that_is_trusted_itself_passes_also_as_an_authority() {
    let leaf = Leaf::new(NAME, NOW - DAY, T0 + 80 * DAY).self_signed();
    let roots = trusting(&leaf.pem());
    let judgement = judge(&settings(""), &observed(&roots, &[vec![leaf.der]]));
    assert_eq!(judgement.status(), Status::Pass, "{}", all(&judgement));

    let mut authority = chains::server(&[NAME]);
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    chains::valid(&mut authority, NOW - DAY, T0 + 80 * DAY);
    let authority = chains::Node::root(authority).der;
    let roots = trusting(&chains::pem(&[&authority]));
    let judgement = judge(&settings(""), &observed(&roots, &[vec![authority]]));
    assert_eq!(judgement.status(), Status::Pass, "{}", all(&judgement));
}

#[test]
fn a_missing_intermediate_is_named_with_where_to_get_it() {
    let world = World::new();
    let leaf = world.middle.issue(&Leaf {
        issuer_url: Some("http://ca.example/intermediate.der"),
        ..Leaf::new(NAME, NOW - DAY, T0 + 80 * DAY)
    });
    insta::assert_snapshot!(faults_of(&world, vec![leaf.der]), @r#"
    fail tls/trusted-chain (gw.example.com:443): The chain of gw.example.com:443 does not lead to a trusted root
      expected: a path to a trusted root (roots.pem: 1 root)
      observed: 1 certificate served, then none for "Test Intermediate", the issuer of "leaf", which is not a trusted root either
      hint: If "Test Intermediate" is an intermediate, serve its certificate (from http://ca.example/intermediate.der) after the leaf; if it is a private root, give it as `tls.ca-file`.
    "#);
}

#[test]
fn an_unknown_authority_is_named_whether_or_not_its_root_is_served() {
    let world = World::new();
    let other = World::with(Authority::root("Foreign Root"));
    let chain = other.good();
    insta::assert_snapshot!(faults_of(&world, chain.clone()), @r#"
    fail tls/trusted-chain (gw.example.com:443): The chain of gw.example.com:443 does not lead to a trusted root
      expected: a path to a trusted root (roots.pem: 1 root)
      observed: 2 certificates served, then none for "Foreign Root", the issuer of "Test Intermediate", which is not a trusted root either
      hint: If "Foreign Root" is an intermediate, serve its certificate after the leaf; if it is a private root, give it as `tls.ca-file`.
    "#);
    let with_root = [chain, vec![other.root.der()]].concat();
    insta::assert_snapshot!(faults_of(&world, with_root), @r#"
    fail tls/trusted-chain (gw.example.com:443): The chain of gw.example.com:443 does not lead to a trusted root
      expected: a path to a trusted root (roots.pem: 1 root)
      observed: it leads to "Foreign Root", which is not trusted
      hint: If this CA is yours, give its root certificate as `tls.ca-file`; if not, find out who answers here.
    "#);
}

#[test]
fn a_root_of_the_same_name_with_another_key_is_no_root() {
    let world = World::new();
    let impostor = World::new();
    insta::assert_snapshot!(faults_of(&world, impostor.good()), @r#"
    fail tls/trusted-chain (gw.example.com:443): The chain of gw.example.com:443 does not lead to a trusted root
      expected: a path to a trusted root (roots.pem: 1 root)
      observed: it leads to "Test Root", which is trusted, but the signature of "Test Intermediate" is not by the key of its issuer
      hint: Have the certificate reissued, and serve it with the intermediates that come with it.
    "#);
}

#[test]
fn an_authority_that_is_none_cannot_issue() {
    let world = World::new();
    let leaf = world.leaf(NOW - DAY, T0 + 80 * DAY);
    let issuer = leaf.der.clone();
    let forged = leaf.issue(&Leaf::new(NAME, NOW - DAY, T0 + 80 * DAY));
    let chain = vec![forged.der, issuer, world.middle.der()];
    let text = faults_of(&world, chain);
    assert!(
        text.contains("the intermediate \"leaf\" does not say that it is an authority"),
        "{text}"
    );
}

#[test]
fn the_order_of_a_chain_and_strangers_in_it_break_no_trust_and_are_told() {
    let world = World::new();
    let other = World::with(Authority::root("Foreign Root"));
    let leaf = world.leaf(NOW - DAY, T0 + 80 * DAY).der;
    let stranger = other.root.intermediate("Stranger", NOW, T0 + DAY);
    let chain = vec![leaf, stranger.der(), world.root.der(), world.middle.der()];
    insta::assert_snapshot!(faults_of(&world, chain), @r#"
    warn tls/chain-order (gw.example.com:443): gw.example.com:443 serves its chain out of order
      expected: each issuer after what it issued, and nothing else
      observed: "Test Root" before what it issued; not needed: "Stranger"
      hint: Put the leaf first, then its issuer, then that one's issuer: strict clients reject another order, and what is not needed makes every handshake longer.
    "#);
}

#[test]
fn an_expired_certificate_beside_a_valid_chain_and_a_served_root_are_named() {
    let world = World::new();
    let other = World::with(Authority::root("Foreign Root"));
    let old = other.root.intermediate("Old", NOW - 90 * DAY, T0 - DAY);
    let mut chain = world.good();
    chain.push(old.der());
    let text = faults_of(&world, chain);
    let words = "warn tls/chain-expiry (gw.example.com:443): gw.example.com:443 serves an expired certificate beside a valid chain\n  observed: \"Old\" expired ";
    assert!(text.contains(words), "{text}");

    let mut chain = world.good();
    chain.push(world.root.der());
    let text = faults_of(&world, chain);
    let words = "serves certificates that its chain does not need\n  expected: each issuer after what it issued, and nothing else\n  observed: the root \"Test Root\"";
    assert!(
        text.starts_with("warn tls/chain-order") && text.contains(words),
        "{text}"
    );
}

#[test]
fn different_certificates_on_two_addresses_fail_unless_allowed() {
    let world = World::new();
    let observation = observed(&world.roots, &[world.good(), world.good()]);
    let judgement = judge(&settings(""), &observation);
    let fault = lines(&judgement, &[rules::SAME_CERTIFICATE]);
    assert!(fault.contains("2 certificates (SHA-256): "), "{fault}");
    assert!(fault.contains(" at 192.0.2.2"), "{fault}");
    assert_eq!(judgement.status(), Status::Fail);
    let allowed = judge(&settings("allow-different = true"), &observation);
    assert_eq!(allowed.status(), Status::Pass, "{}", all(&allowed));
}

#[test]
fn one_bad_address_of_three_is_named() {
    let world = World::new();
    let good = world.good();
    let old = world.chain(world.leaf(NOW - 90 * DAY, NOW - DAY));
    let observation = observed(&world.roots, &[good.clone(), old, good]);
    let judgement = judge(&settings("allow-different = true"), &observation);
    insta::assert_snapshot!(all(&judgement), @r#"
    pass tls/handshake (gw.example.com:443): gw.example.com:443 completes a TLS handshake at all 3 addresses
      observed: TLS 1.3, X25519, TLS_AES_256_GCM_SHA384
    pass tls/trusted-chain (gw.example.com:443): The chain of gw.example.com:443 leads to a trusted root
    pass tls/server-name (gw.example.com:443): The certificate of gw.example.com:443 names gw.example.com
    pass tls/chain-order (gw.example.com:443): gw.example.com:443 serves its chain in order and nothing else
      observed: 2 certificates
    pass tls/key-strength (gw.example.com:443): Keys and signatures in the chain of gw.example.com:443 are strong enough
      observed: P-256
    pass tls/key-usage (gw.example.com:443): The certificate of gw.example.com:443 has the key usage that a server needs
    pass tls/chain-expiry (gw.example.com:443 at 192.0.2.1): The chain of gw.example.com:443 is valid from T-0 until 24 hours later
      observed: "leaf" expires 2027-02-12 02:00 UTC, 80 days after T-0
    pass tls/chain-expiry (gw.example.com:443 at 192.0.2.3): The chain of gw.example.com:443 is valid from T-0 until 24 hours later
      observed: "leaf" expires 2027-02-12 02:00 UTC, 80 days after T-0
    pass tls/renewal-due (gw.example.com:443 at 192.0.2.1): The certificate of gw.example.com:443 is not due for renewal at T-0
      expected: at least 30 days left
      observed: 80 days of 93 days left
    pass tls/renewal-due (gw.example.com:443 at 192.0.2.3): The certificate of gw.example.com:443 is not due for renewal at T-0
      expected: at least 30 days left
      observed: 80 days of 93 days left
    skipped tls/revocation-source (gw.example.com:443): The certificate of gw.example.com:443 names neither an OCSP responder nor a revocation list
      observed: no client learns of its revocation
    fail tls/chain-expiry (gw.example.com:443 at 192.0.2.2): The chain of gw.example.com:443 has expired
      expected: valid from 2026-11-24 02:00 UTC until 2026-11-25 02:00 UTC
      observed: "leaf" expires 2026-11-20 02:00 UTC, 4 days before T-0
      hint: Renew it and load it on every address.
    pass tls/old-protocols (gw.example.com:443): gw.example.com:443 refuses TLS 1.0 and TLS 1.1
      observed: it refuses TLS 1.0 with the alert protocol_version and TLS 1.1 with the alert protocol_version
    pass tls/other-clients (gw.example.com:443 (RSA certificate)): gw.example.com:443 has no RSA certificate
      observed: it refuses clients that verify RSA signatures only with the alert handshake_failure
    "#);
}

#[test]
fn what_a_server_says_is_a_failure_and_what_it_leaves_unsaid_an_error() {
    use Failure::{
        Alert, Closed, ConnectTimeout, HandshakeTimeout, Local, NotTls, Protocol, Refused, Reset,
        Unreachable,
    };
    let message = || "x".to_owned();
    let cases = [
        (Refused, Status::Fail),
        (Unreachable { message: message() }, Status::Error),
        (Local { message: message() }, Status::Error),
        (Reset, Status::Error),
        (ConnectTimeout { after_ms: 5_003 }, Status::Error),
        (
            HandshakeTimeout {
                after_ms: 5_001,
                received: 0,
            },
            Status::Error,
        ),
        (
            HandshakeTimeout {
                after_ms: 5_001,
                received: 7,
            },
            Status::Error,
        ),
        (
            Closed {
                reset: true,
                received: 7,
            },
            Status::Error,
        ),
        (
            Closed {
                reset: false,
                received: 0,
            },
            Status::Error,
        ),
        (
            NotTls {
                first: "HTTP/1.1 400 Bad Request\\r\\n".to_owned(),
            },
            Status::Fail,
        ),
        (
            Alert {
                description: "HandshakeFailure".to_owned(),
            },
            Status::Fail,
        ),
        (Protocol { message: message() }, Status::Fail),
    ];
    let world = World::new();
    let mut text = Vec::new();
    for (failure, status) in cases {
        let mut observation = observed(&world.roots, &[world.good(), world.good()]);
        for outcome in seen(&mut observation).addresses.values_mut() {
            *outcome = Outcome::Failure(failure.clone());
        }
        let judgement = judge(&settings(""), &observation);
        assert_eq!(judgement.status(), status, "{failure}");
        text.push(all(&judgement));
    }
    insta::assert_snapshot!(text.join("\n"), @r#"
    fail tls/handshake (gw.example.com:443 at 192.0.2.1): gw.example.com:443 completes no TLS handshake at 192.0.2.1
      observed: it refused the connection
      hint: Start the server on this address and port, look for a firewall that rejects, or withdraw the address from DNS.
    fail tls/handshake (gw.example.com:443 at 192.0.2.2): gw.example.com:443 completes no TLS handshake at 192.0.2.2
      observed: it refused the connection
      hint: Start the server on this address and port, look for a firewall that rejects, or withdraw the address from DNS.
    error tls/handshake (gw.example.com:443 at 192.0.2.1): gw.example.com:443 completes no TLS handshake at 192.0.2.1
      observed: it could not be reached: x
      hint: Check the routes between this machine and the address, or withdraw it from DNS.
    error tls/handshake (gw.example.com:443 at 192.0.2.2): gw.example.com:443 completes no TLS handshake at 192.0.2.2
      observed: it could not be reached: x
      hint: Check the routes between this machine and the address, or withdraw it from DNS.
    error tls/handshake (gw.example.com:443 at 192.0.2.1): gw.example.com:443 completes no TLS handshake at 192.0.2.1
      observed: it could not be reached, this machine failed: x
      hint: Fix what the message says of this machine: it says nothing about the server.
    error tls/handshake (gw.example.com:443 at 192.0.2.2): gw.example.com:443 completes no TLS handshake at 192.0.2.2
      observed: it could not be reached, this machine failed: x
      hint: Fix what the message says of this machine: it says nothing about the server.
    error tls/handshake (gw.example.com:443 at 192.0.2.1): gw.example.com:443 completes no TLS handshake at 192.0.2.1
      observed: it reset the connection as soon as it was made
      hint: Check the log and limits of the server and of load balancers before it, and look for a firewall that resets.
    error tls/handshake (gw.example.com:443 at 192.0.2.2): gw.example.com:443 completes no TLS handshake at 192.0.2.2
      observed: it reset the connection as soon as it was made
      hint: Check the log and limits of the server and of load balancers before it, and look for a firewall that resets.
    error tls/handshake (gw.example.com:443 at 192.0.2.1): gw.example.com:443 completes no TLS handshake at 192.0.2.1
      observed: it did not answer the connection attempt within 5 s
      hint: Check that the host runs, then routes and firewalls on the way to it, or withdraw the address from DNS.
    error tls/handshake (gw.example.com:443 at 192.0.2.2): gw.example.com:443 completes no TLS handshake at 192.0.2.2
      observed: it did not answer the connection attempt within 5 s
      hint: Check that the host runs, then routes and firewalls on the way to it, or withdraw the address from DNS.
    error tls/handshake (gw.example.com:443 at 192.0.2.1): gw.example.com:443 completes no TLS handshake at 192.0.2.1
      observed: it did not finish the handshake within 5 s, having sent 0 bytes
      hint: Check the server, which accepts connections and says nothing, and whether this port speaks TLS.
    error tls/handshake (gw.example.com:443 at 192.0.2.2): gw.example.com:443 completes no TLS handshake at 192.0.2.2
      observed: it did not finish the handshake within 5 s, having sent 0 bytes
      hint: Check the server, which accepts connections and says nothing, and whether this port speaks TLS.
    error tls/handshake (gw.example.com:443 at 192.0.2.1): gw.example.com:443 completes no TLS handshake at 192.0.2.1
      observed: it did not finish the handshake within 5 s, having sent 7 bytes
      hint: Check the server's load, and whether large packets get lost on the way (MTU), or raise `timeouts.handshake`.
    error tls/handshake (gw.example.com:443 at 192.0.2.2): gw.example.com:443 completes no TLS handshake at 192.0.2.2
      observed: it did not finish the handshake within 5 s, having sent 7 bytes
      hint: Check the server's load, and whether large packets get lost on the way (MTU), or raise `timeouts.handshake`.
    error tls/handshake (gw.example.com:443 at 192.0.2.1): gw.example.com:443 completes no TLS handshake at 192.0.2.1
      observed: it reset the connection in the middle of the handshake, having sent 7 bytes
      hint: Check the log of the server and of load balancers before it; a server that waits for STARTTLS closes like this.
    error tls/handshake (gw.example.com:443 at 192.0.2.2): gw.example.com:443 completes no TLS handshake at 192.0.2.2
      observed: it reset the connection in the middle of the handshake, having sent 7 bytes
      hint: Check the log of the server and of load balancers before it; a server that waits for STARTTLS closes like this.
    error tls/handshake (gw.example.com:443 at 192.0.2.1): gw.example.com:443 completes no TLS handshake at 192.0.2.1
      observed: it closed the connection in the middle of the handshake, having sent 0 bytes
      hint: Check the log of the server and of load balancers before it; a server that waits for STARTTLS closes like this.
    error tls/handshake (gw.example.com:443 at 192.0.2.2): gw.example.com:443 completes no TLS handshake at 192.0.2.2
      observed: it closed the connection in the middle of the handshake, having sent 0 bytes
      hint: Check the log of the server and of load balancers before it; a server that waits for STARTTLS closes like this.
    fail tls/handshake (gw.example.com:443 at 192.0.2.1): gw.example.com:443 completes no TLS handshake at 192.0.2.1
      observed: it does not speak TLS, it answered "HTTP/1.1 400 Bad Request\r\n"
      hint: This port speaks HTTP without TLS: enable TLS on it, or correct the port.
    fail tls/handshake (gw.example.com:443 at 192.0.2.2): gw.example.com:443 completes no TLS handshake at 192.0.2.2
      observed: it does not speak TLS, it answered "HTTP/1.1 400 Bad Request\r\n"
      hint: This port speaks HTTP without TLS: enable TLS on it, or correct the port.
    fail tls/handshake (gw.example.com:443 at 192.0.2.1): gw.example.com:443 completes no TLS handshake at 192.0.2.1
      observed: it ended the handshake with the alert handshake_failure: it does not accept what this client offers: versions, cipher suites, key exchanges, signatures, or its certificate
      hint: Check the server's log: it may not know the name, may want a client certificate, or may support neither TLS 1.2 nor 1.3 with ECDHE.
    fail tls/handshake (gw.example.com:443 at 192.0.2.2): gw.example.com:443 completes no TLS handshake at 192.0.2.2
      observed: it ended the handshake with the alert handshake_failure: it does not accept what this client offers: versions, cipher suites, key exchanges, signatures, or its certificate
      hint: Check the server's log: it may not know the name, may want a client certificate, or may support neither TLS 1.2 nor 1.3 with ECDHE.
    fail tls/handshake (gw.example.com:443 at 192.0.2.1): gw.example.com:443 completes no TLS handshake at 192.0.2.1
      observed: it broke the handshake: x
      hint: Check what is between client and server, and the server's log.
    fail tls/handshake (gw.example.com:443 at 192.0.2.2): gw.example.com:443 completes no TLS handshake at 192.0.2.2
      observed: it broke the handshake: x
      hint: Check what is between client and server, and the server's log.
    "#);
}

#[test]
fn what_was_cut_short_is_an_error_and_the_rest_is_judged() {
    let world = World::new();
    let chain = world.good();
    let mut observation = observed(&world.roots, &[chain.clone(), chain.clone(), chain]);
    seen(&mut observation).addresses.remove(&address(2));
    let judgement = judge(&settings(""), &observation);
    assert_eq!(judgement.status(), Status::Error);
    insta::assert_snapshot!(all(&judgement), @r#"
    pass tls/handshake (gw.example.com:443): gw.example.com:443 completes a TLS handshake at 2 of 3 addresses
      observed: TLS 1.3, X25519, TLS_AES_256_GCM_SHA384
    error tls/handshake (gw.example.com:443 at 192.0.2.2): The probe ended before it connected to gw.example.com:443
      hint: Raise the check's `timeout`, or split its endpoints among several checks.
    pass tls/trusted-chain (gw.example.com:443): The chain of gw.example.com:443 leads to a trusted root
    pass tls/server-name (gw.example.com:443): The certificate of gw.example.com:443 names gw.example.com
    pass tls/chain-order (gw.example.com:443): gw.example.com:443 serves its chain in order and nothing else
      observed: 2 certificates
    pass tls/key-strength (gw.example.com:443): Keys and signatures in the chain of gw.example.com:443 are strong enough
      observed: P-256
    pass tls/key-usage (gw.example.com:443): The certificate of gw.example.com:443 has the key usage that a server needs
    pass tls/chain-expiry (gw.example.com:443): The chain of gw.example.com:443 is valid from T-0 until 24 hours later
      observed: "leaf" expires 2027-02-12 02:00 UTC, 80 days after T-0
    pass tls/renewal-due (gw.example.com:443): The certificate of gw.example.com:443 is not due for renewal at T-0
      expected: at least 30 days left
      observed: 80 days of 93 days left
    skipped tls/revocation-source (gw.example.com:443): The certificate of gw.example.com:443 names neither an OCSP responder nor a revocation list
      observed: no client learns of its revocation
    pass tls/same-certificate (gw.example.com:443): All 2 addresses of gw.example.com:443 serve the same certificate
    pass tls/old-protocols (gw.example.com:443): gw.example.com:443 refuses TLS 1.0 and TLS 1.1
      observed: it refuses TLS 1.0 with the alert protocol_version and TLS 1.1 with the alert protocol_version
    pass tls/other-clients (gw.example.com:443 (RSA certificate)): gw.example.com:443 has no RSA certificate
      observed: it refuses clients that verify RSA signatures only with the alert handshake_failure
    "#);
}

#[test]
fn nothing_observed_is_an_error() {
    let nothing = Observation::default();
    assert_eq!(judge(&settings(""), &nothing).status(), Status::Error);
    let world = World::new();
    let message = "Temporary failure in name resolution".to_owned();
    for lookup in [
        Lookup::Failed {
            resolver: "system".to_owned(),
            message,
        },
        Lookup::Timeout {
            resolver: "system".to_owned(),
            after_ms: 9_500,
        },
        Lookup::Found {
            resolver: "system".to_owned(),
            addresses: vec![],
            took_us: 1,
            failures: vec![],
        },
        Lookup::Given { addresses: vec![] },
    ] {
        let mut observation = observed(&world.roots, &[world.good()]);
        seen(&mut observation).lookups = vec![lookup];
        let judgement = judge(&settings(""), &observation);
        assert_eq!(judgement.status(), Status::Error, "{}", all(&judgement));
    }
}

#[test]
fn a_name_without_an_address_fails() {
    let world = World::new();
    let mut observation = observed(&world.roots, &[world.good()]);
    seen(&mut observation).lookups = vec![Lookup::NoAddress {
        resolver: "system".to_owned(),
        message: "Name or service not known".to_owned(),
    }];
    let judgement = judge(&settings(""), &observation);
    assert_eq!(judgement.status(), Status::Fail, "{}", all(&judgement));
    let finding = &judgement.findings[0];
    assert_eq!(finding.claim, "gw.example.com:443 has no address");
}

#[test]
fn a_record_without_roots_or_certificates_is_an_error() {
    let world = World::new();
    let whole = observed(&world.roots, &[world.good()]);
    let without_roots = Observation {
        roots: vec![],
        ..whole.clone()
    };
    assert_eq!(judge(&settings(""), &without_roots).status(), Status::Error);
    let without_certificates = Observation {
        certificates: BTreeMap::new(),
        ..whole
    };
    assert_eq!(
        judge(&settings(""), &without_certificates).status(),
        Status::Error
    );
}

#[test]
fn another_certificate_under_a_recorded_digest_is_not_believed() {
    let world = World::new();
    let mut observation = observed(&world.roots, &[world.good()]);
    let other = world.good().remove(0);
    let leaf = first_session(&mut observation).chain[0].clone();
    observation.certificates.insert(leaf, Der(other));
    assert_eq!(judge(&settings(""), &observation).status(), Status::Error);
}

#[test]
fn bytes_that_are_no_certificate_fail() {
    let world = World::new();
    for leaf in [vec![], b"\x30\x82\xff\xff".to_vec(), b"hello".to_vec()] {
        let judgement = judge(&settings(""), &observed(&world.roots, &[vec![leaf]]));
        assert_eq!(judgement.status(), Status::Fail, "{}", all(&judgement));
    }
}

#[test]
fn a_leaf_with_any_byte_changed_never_passes() {
    let world = World::new();
    let chain = world.good();
    for at in 0..chain[0].len() {
        let mut forged = chain.clone();
        forged[0][at] ^= 0x21;
        let judgement = judge(&settings(""), &observed(&world.roots, &[forged]));
        assert_eq!(
            judgement.status(),
            Status::Fail,
            "byte {at}: {}",
            all(&judgement)
        );
    }
}

#[test]
fn without_proof_of_the_key_nothing_passes() {
    let world = World::new();
    let message = || "x".to_owned();
    for (proof, status) in [
        (Proof::Rejected { message: message() }, Status::Fail),
        (Proof::Unsupported { message: message() }, Status::Error),
        (Proof::Missing, Status::Error),
    ] {
        let mut observation = observed(&world.roots, &[world.good()]);
        first_session(&mut observation).proof = proof;
        assert_eq!(judge(&settings(""), &observation).status(), status);
    }
}

#[test]
fn an_application_protocol_must_be_selected_where_one_is_asked_for() {
    let world = World::new();
    let mut observation = observed(&world.roots, &[world.good()]);
    let asking = settings("alpn = [\"h2\", \"http/1.1\"]");
    insta::assert_snapshot!(faults(&judge(&asking, &observation)), @"
    fail tls/alpn (gw.example.com:443): gw.example.com:443 selects no application protocol
      expected: one of h2, http/1.1
      hint: Enable the protocol on the server, for nginx `http2 on`.
    ");
    first_session(&mut observation).alpn = Some("h2".to_owned());
    assert_eq!(judge(&asking, &observation).status(), Status::Pass);
}

#[test]
fn numbers_and_pictures_come_with_the_findings() {
    let world = World::new();
    let mut observation = observed(&world.roots, &[world.good(), world.good()]);
    let refused = Outcome::Failure(Failure::Refused);
    seen(&mut observation).addresses.insert(address(2), refused);
    let judgement = judge(&settings(""), &observation);
    let measures: Vec<_> = judgement
        .measures
        .iter()
        .filter(|measure| !measure.labels.contains_key("serialnumber")) // another one at each run
        .map(|measure| format!("{} {:?} {}", measure.name, measure.labels, measure.value))
        .collect();
    insta::assert_snapshot!(measures.join("\n"), @r#"
    tls_addresses {"outcome": "completed"} 1
    tls_addresses {"outcome": "failed"} 1
    tls_addresses {"outcome": "not contacted"} 0
    probe_ssl_earliest_cert_expiry {"endpoint": "gw.example.com:443"} 1802397600
    tls_handshake_duration_seconds {"address": "192.0.2.1", "endpoint": "gw.example.com:443"} 0.0025
    probe_tls_version_info {"address": "192.0.2.1", "endpoint": "gw.example.com:443", "version": "TLS 1.3"} 1
    probe_tls_cipher_info {"address": "192.0.2.1", "cipher": "TLS_AES_256_GCM_SHA384", "endpoint": "gw.example.com:443"} 1
    tls_key_exchange_info {"address": "192.0.2.1", "endpoint": "gw.example.com:443", "group": "X25519"} 1
    tls_post_quantum {"address": "192.0.2.1", "endpoint": "gw.example.com:443"} 0
    probe_ssl_last_chain_expiry_timestamp_seconds {"address": "192.0.2.1", "endpoint": "gw.example.com:443"} 1802397600
    "#);
    let [
        Exhibit::Table { columns, rows, .. },
        Exhibit::Table {
            columns: protocols,
            rows: agreed,
            ..
        },
        Exhibit::Timeline { spans, marks, .. },
    ] = judgement.exhibits.as_slice()
    else {
        panic!("{:?}", judgement.exhibits);
    };
    assert!(rows.iter().all(|row| row.len() == columns.len()));
    assert_eq!(rows[0][5], "2027-02-12 02:00:00 UTC");
    assert_eq!(
        agreed.len(),
        1,
        "without a handshake nothing was negotiated"
    );
    assert_eq!(agreed[0].len(), protocols.len());
    assert_eq!(agreed[0][6..], ["no", "refused", "refused"]);
    assert_eq!(rows[1][2], "refused the connection");
    assert_eq!((spans.len(), marks.len()), (1, 2));
    assert_eq!(marks[1].at, clock().t0);
}

#[test]
fn endpoints_read_what_people_write_and_write_it_back() {
    for (text, written) in [
        ("gw.example.com", "gw.example.com:443"),
        ("gw.example.com:8443", "gw.example.com:8443"),
        ("192.0.2.1", "192.0.2.1:443"),
        ("192.0.2.1:8443", "192.0.2.1:8443"),
        ("2001:db8::1", "[2001:db8::1]:443"),
        ("[2001:db8::1]", "[2001:db8::1]:443"),
        ("[2001:db8::1]:8443", "[2001:db8::1]:8443"),
        ("b\u{fc}cher.example:8443", "xn--bcher-kva.example:8443"),
    ] {
        let endpoint: Endpoint = text.parse().unwrap();
        assert_eq!(endpoint.to_string(), written);
        assert_eq!(written.parse(), Ok(endpoint));
    }
    let refusals = [
        "https://gw.example.com",
        "gw.example.com:0",
        "gw.example.com:https",
        "gw.example.com:65536",
        "[2001:db8::1",
        "[2001:db8::1]8443",
        "[gw.example.com]:443",
        "b\u{fc}cher example",
        "gw example",
        "",
    ]
    .map(|text| text.parse::<Endpoint>().unwrap_err());
    insta::assert_snapshot!(refusals.join("\n"), @r#"
    "https://gw.example.com" is neither a DNS name nor an IP address; an endpoint has no scheme, such as "gw.example.com:443"
    "0" in "gw.example.com:0" is not a port from 1 to 65535
    "https" in "gw.example.com:https" is not a port from 1 to 65535
    "65536" in "gw.example.com:65536" is not a port from 1 to 65535
    "[2001:db8::1" is not an IPv6 endpoint, such as "[2001:db8::1]:443"
    "[2001:db8::1]8443" is not an IPv6 endpoint, such as "[2001:db8::1]:443"
    "[gw.example.com]:443" is not an IPv6 endpoint, such as "[2001:db8::1]:443"
    "bücher example" is neither a DNS name nor an IP address
    "gw example" is neither a DNS name nor an IP address
    "" is neither a DNS name nor an IP address
    "#);
}

#[test]
fn settings_refuse_what_makes_no_sense() {
    let complaints = |more: &str| Tls::review(&settings(more)).len();
    assert_eq!(complaints(""), 0);
    assert_eq!(complaints("alpn = [\"\"]"), 1);
    assert_eq!(complaints("tls.server-name = \"a b\""), 1);
    assert_eq!(complaints("tls.key = \"a.pem\""), 1);
    let twice = "endpoints = [\"gw.example.com\", \"gw.example.com:443\"]";
    assert_eq!(Tls::review(&toml::from_str(twice).unwrap()).len(), 1);
    assert_eq!(
        Tls::review(&toml::from_str("endpoints = []").unwrap()).len(),
        1
    );
    let refusals = [
        "min-left = []",
        "min-left = [\"30d\", \"60d\"]",
        "min-left = \"120%\"",
        "min-left = true",
        "tls.trust = \"mozilla\"",
    ]
    .map(|more| {
        let text = format!("endpoints = [\"{NAME}\"]\n{more}");
        toml::from_str::<Settings>(&text)
            .unwrap_err()
            .message()
            .to_owned()
    });
    insta::assert_snapshot!(refusals.join("\n"), @r#"
    invalid length 0, expected a length of time ("30d"), a share of the lifetime ("33%"), or both (["30d", "33%"])
    one length of time and one share, not two of the same
    "120%" is not a share between 0 and 1, such as 0.97 or "97%"
    invalid type: boolean `true`, expected a length of time ("30d"), a share of the lifetime ("33%"), or both (["30d", "33%"])
    unknown variant `mozilla`, expected `system` or `web`
    "#);
}

#[test]
fn a_plan_names_every_host_once() {
    let plan = Tls::plan(&settings(
        "addresses = [\"192.0.2.1\", \"2001:db8::1\"]\nrevocation = \"off\"\ntransparency = \"off\"",
    ));
    let hosts: Vec<_> = plan
        .targets
        .iter()
        .map(|target| target.limited().unwrap_or_default())
        .collect();
    assert_eq!(hosts, ["192.0.2.1", "2001:db8::1"]);
    assert_eq!(
        plan.load,
        "2 handshakes and 3 ClientHellos for each of 2 addresses; one GET of `/` where a server asks for a client certificate and selects HTTP/1.1"
    );
    let plan = Tls::plan(&settings("revocation = \"off\"\ntransparency = \"off\""));
    assert!(plan.targets[0].to_string().ends_with(" tcp/443"));
    assert_eq!(
        plan.load,
        "2 handshakes and 3 ClientHellos for each address of 1 endpoint; one GET of `/` where a server asks for a client certificate and selects HTTP/1.1"
    );
    let alone =
        "old-protocols = 'allow'\npost-quantum = 'off'\nrevocation = 'off'\ntransparency = 'off'";
    let alone = settings(alone);
    assert_eq!(
        Tls::plan(&alone).load,
        "2 handshakes for each address of 1 endpoint; one GET of `/` where a server asks for a client certificate and selects HTTP/1.1"
    );
}

#[test]
fn old_protocols_and_key_exchanges_are_judged_as_they_were_heard() {
    let world = World::new();
    let agreed = |version: &str, group: Option<&str>| HelloReply::Agreed {
        version: version.to_owned(),
        cipher: "TLS_RSA_WITH_AES_128_CBC_SHA".to_owned(),
        group: group.map(str::to_owned),
    };
    let unheard = || HelloReply::Unheard {
        failure: Failure::Refused,
    };
    let strict = settings("old-protocols = \"refuse\"\npost-quantum = \"require\"");
    for (one, zero, new, status, words) in [
        (
            None,
            None,
            None,
            Status::Error,
            "the probe ended before it offered TLS 1.0",
        ),
        (
            Some(unheard()),
            Some(unheard()),
            Some(unheard()),
            Status::Error,
            "offered TLS 1.0, it refused the connection",
        ),
        (
            Some(agreed("TLS 1.1", None)),
            None,
            Some(agreed("TLS 1.3", Some("X25519MLKEM768"))),
            Status::Fail,
            "it accepts TLS 1.1 with TLS_RSA_WITH_AES_128_CBC_SHA",
        ),
        (
            Some(agreed("SSL 3.0", None)),
            Some(agreed("SSL 3.0", None)),
            None,
            Status::Fail,
            "it accepts SSL 3.0 with TLS_RSA_WITH_AES_128_CBC_SHA\n",
        ),
        (
            Some(HelloReply::HungUp { reset: true }),
            Some(HelloReply::HungUp { reset: false }),
            Some(agreed("TLS 1.2", None)),
            Status::Fail,
            "it answers with TLS 1.2",
        ),
    ] {
        let mut observation = observed(&world.roots, &[world.good()]);
        first_session(&mut observation).hello_replies = HelloReplies {
            tls_1_0: zero,
            tls_1_1: one,
            post_quantum: new,
        };
        let judgement = judge(&strict, &observation);
        assert_eq!(judgement.status(), status, "{}", all(&judgement));
        assert!(faults(&judgement).contains(words), "{}", all(&judgement));
        let unasked = settings("old-protocols = \"allow\"\npost-quantum = \"off\"");
        assert_eq!(judge(&unasked, &observation).status(), Status::Pass);
    }
}

#[test]
fn resumption_is_judged_at_every_address_and_across() {
    let world = World::new();
    let (full, resumed) = (
        HandshakeKind::Full { took_us: 3_000 },
        HandshakeKind::Resumed { took_us: 1_000 },
    );
    let failed = HandshakeKind::Failed {
        failure: Failure::Refused,
    };
    let across = |kind: &HandshakeKind| {
        Some(Across {
            to: address(2),
            kind: kind.clone(),
        })
    };
    let chain = world.good();
    let whole = observed(&world.roots, &[chain.clone(), chain]);
    let cases = [
        (
            vec![&resumed; 3],
            across(&resumed),
            Status::Pass,
            Status::Pass,
            "",
        ),
        (
            vec![&full; 3],
            across(&resumed),
            Status::Fail,
            Status::Fail,
            "0 of 3 handshakes were resumed",
        ),
        (
            vec![&resumed, &full, &resumed],
            across(&resumed),
            Status::Fail,
            Status::Fail,
            "2 of 3 handshakes were resumed",
        ),
        (
            vec![&resumed, &failed, &full],
            across(&resumed),
            Status::Error,
            Status::Error,
            "when a client came back, it refused the connection",
        ),
        (
            vec![&resumed; 2],
            across(&resumed),
            Status::Error,
            Status::Error,
            "the probe ended after 2 of 3 handshakes",
        ),
        (
            vec![],
            None,
            Status::Error,
            Status::Error,
            "the probe ended after 0 of 3 handshakes",
        ),
        (
            vec![&resumed; 3],
            across(&full),
            Status::Pass,
            Status::Fail,
            "192.0.2.2 completes a full handshake",
        ),
        (
            vec![&resumed; 3],
            across(&failed),
            Status::Pass,
            Status::Error,
            "with a session from here, 192.0.2.2 refused the connection",
        ),
        (
            vec![&resumed; 3],
            None,
            Status::Pass,
            Status::Error,
            "no client went from here to another address",
        ),
    ];
    for (again, across, here, there, words) in cases {
        let mut observation = whole.clone();
        for outcome in seen(&mut observation).addresses.values_mut() {
            let Outcome::Handshake(session) = outcome else {
                panic!("{outcome:?}");
            };
            session.returns = Returns {
                first: vec![full.clone()],
                again: again.iter().copied().cloned().collect(),
                across: across.clone(),
            };
        }
        for (asks, status) in [
            ("note", Status::Pass),
            ("require", here),
            ("require-across", there),
        ] {
            let judgement = judge(
                &settings(&format!("resumption.level = \"{asks}\"")),
                &observation,
            );
            assert_eq!(judgement.status(), status, "{asks}: {}", all(&judgement));
            if status == there && status != Status::Pass {
                assert!(faults(&judgement).contains(words), "{}", all(&judgement));
            }
        }
    }
    let alone = observed(&world.roots, &[world.good()]);
    let judgement = judge(&settings("resumption.level = \"require-across\""), &alone);
    let shared = by(&judgement, &rules::SHARED_SESSIONS);
    assert!(shared.is_empty(), "one address has no next one");
}

#[test]
fn handshakes_are_bounded() {
    for (more, complaints) in [
        ("resumption.handshakes = 5", 0),
        ("resumption.handshakes = 0", 1),
        ("resumption.handshakes = 101", 1),
        ("staple-gain.handshakes = 101", 1),
    ] {
        assert_eq!(Tls::review(&settings(more)).len(), complaints, "{more}");
    }
    let plan = Tls::plan(&settings("resumption.handshakes = 5"));
    assert!(
        plan.load
            .starts_with("14 handshakes and 3 ClientHellos for each address of 1 endpoint")
    );
}

/// Judged as recorded settings and observation are, without the way through JSON: that is not what takes the time.
#[test]
fn a_hundred_thousand_endpoints_make_a_report_that_a_person_can_read() {
    let world = World::new();
    let good = observed(&world.roots, &[world.good()]);
    let old = world.chain(world.leaf(NOW - 90 * DAY, NOW - DAY));
    let expired = observed(&world.roots, &[old]);
    let one = |observation: &Observation| observation.endpoints.values().next().unwrap().clone();
    let (fine, bad) = (one(&good), one(&expired));
    let mut whole = good;
    whole.certificates.extend(expired.certificates);
    whole.endpoints.clear();
    for number in 0..100_000 {
        let endpoint: Endpoint = format!("gw{number}.example.com").parse().unwrap();
        let seen = if number % 100 == 0 { &bad } else { &fine };
        whole.endpoints.insert(endpoint.to_string(), seen.clone());
        whole.listed.push(endpoint);
    }
    let more = format!(
        "endpoints-file = 'all'\nfile = 'live.pem'\ntls.server-name = '{NAME}'\n\
         resumption.level = 'require'\nstaple-gain.level = 'require'\n[acme]"
    );
    let settings = toml::from_str(&more).unwrap();
    let judgement = Tls::judge(&settings, &whole, &clock());
    assert_eq!(judgement.status(), Status::Fail);
    let most = rules::ALL.len() * 50;
    assert!(
        judgement.findings.len() < most,
        "{}",
        judgement.findings.len()
    );
    let expiry = by(&judgement, &rules::CHAIN_EXPIRY);
    assert_eq!(expiry.len(), 21, "a summary and the worst");
    assert_eq!(expiry[0].subject, "all endpoints");
    assert_eq!(expiry[0].observed.as_deref(), Some("1000 fail, 99000 pass"));
    assert_eq!(expiry[1].subject, "gw0.example.com:443");
    let named = by(&judgement, &rules::SERVER_NAME);
    assert_eq!(named.len(), 1, "what passes everywhere is one finding");
    assert!(
        judgement.measures.len() < 20_000,
        "{}",
        judgement.measures.len()
    );
    for exhibit in &judgement.exhibits {
        if let Exhibit::Table {
            rows,
            omitted,
            title,
            ..
        } = exhibit
        {
            assert_eq!((rows.len(), *omitted), (500, 99_500), "{title}");
        }
    }
}
