//! The numbers that dashboards of the blackbox exporter know.

use jiff::Timestamp;

use super::{NAME, NOW, T0, World, clock, judge, judge_at, observed, settings, trusting};
use crate::fixtures::pki::{Authority, DAY, Leaf};
use crate::model::{Judgement, LaunchFacts, Measure};

const LAST: &str = "probe_ssl_last_chain_expiry_timestamp_seconds";

fn named<'a>(judgement: &'a Judgement, name: &str) -> Vec<&'a Measure> {
    let measures = judgement.measures.iter();
    measures.filter(|measure| measure.name == name).collect()
}

/// When the chain ends, where the judge says so.
fn last(judgement: &Judgement) -> Option<f64> {
    let found = named(judgement, LAST);
    assert!(found.len() < 2, "{judgement:#?}");
    found.first().map(|measure| measure.value)
}

#[test]
fn of_two_ways_to_a_root_the_one_that_lasts_longer_counts() {
    let old = Authority::root_until("Old Root", T0 + 10 * DAY);
    let new = Authority::root_until("New Root", T0 + 900 * DAY);
    let cross = new.cross(&old, "Old Root", T0 + 50 * DAY);
    let mut world = World::with(old);
    world.roots = trusting(&(world.root.pem() + &new.pem()));
    let short = world.good();
    let ends = |chain: &Vec<Vec<u8>>, clock: LaunchFacts| {
        let observation = observed(&world.roots, std::slice::from_ref(chain));
        last(&judge_at(&settings(""), &observation, &clock))
    };
    let at = |seconds: i64| Some(seconds as f64);
    assert_eq!(ends(&short, clock()), at(T0 + 10 * DAY));
    let long = [short, vec![cross]].concat();
    assert_eq!(ends(&long, clock()), at(T0 + 50 * DAY));
    // A client that comes when the first root has ended still finds the other way, until that ends too.
    for (day, end) in [(20, at(T0 + 50 * DAY)), (60, None)] {
        let now = Timestamp::from_second(T0 + day * DAY).unwrap();
        let clock = LaunchFacts::timed(now, now);
        assert_eq!(ends(&long, clock), end, "{day}");
    }
}

#[test]
fn a_chain_that_no_client_accepts_now_has_no_end_that_counts() {
    let world = World::new();
    let stranger = Authority::root("Foreign Root");
    let other = Leaf::new("other.example.com", NOW - DAY, T0 + 80 * DAY);
    for (what, chain) in [
        ("expired", world.chain(world.leaf(NOW - 9 * DAY, NOW - DAY))),
        ("early", world.chain(world.leaf(NOW + DAY, T0 + 80 * DAY))),
        ("misnamed", world.chain(world.middle.issue(&other))),
        (
            "untrusted",
            vec![stranger.issue(&Leaf::new(NAME, NOW - DAY, T0 + DAY)).der],
        ),
    ] {
        let judgement = judge(&settings(""), &observed(&world.roots, &[chain]));
        assert_eq!(last(&judgement), None, "{what}");
        assert_eq!(
            named(&judgement, "probe_ssl_last_chain_info").len(),
            1,
            "{what}"
        );
    }
    let judgement = judge(&settings(""), &observed(&world.roots, &[world.good()]));
    assert_eq!(last(&judgement), Some((T0 + 80 * DAY) as f64));
}

#[test]
fn each_address_tells_who_its_certificate_is() {
    let world = World::new();
    let mut leaf = Leaf::new(NAME, NOW - DAY, T0 + 80 * DAY);
    leaf.names.push("192.0.2.1".to_owned());
    leaf.names
        .extend((0..400).map(|number| format!("a{number}.example.com")));
    let chain = world.chain(world.middle.issue(&leaf));
    let judgement = judge(
        &settings(""),
        &observed(&world.roots, &[chain.clone(), chain.clone()]),
    );
    let infos = named(&judgement, "probe_ssl_last_chain_info");
    assert_eq!(infos.len(), 2, "one for each address");
    let labels = &infos[0].labels;
    assert_eq!(labels["address"], "192.0.2.1");
    assert_eq!(labels["subject"], "CN=leaf");
    assert_eq!(labels["issuer"], "CN=Test Intermediate");
    assert_eq!(
        labels["fingerprint_sha256"],
        crate::model::digest::sha256_hex(&chain[0])
    );
    let hosts = &labels["subjectalternative"];
    assert!(
        hosts.starts_with("gw.example.com,a0.example.com,"),
        "{hosts}"
    );
    assert!(hosts.len() < 210, "{hosts}");
    let serial = &labels["serialnumber"];
    assert!(serial.len() > 16 && !serial.starts_with("00"), "{serial}");
    assert_eq!(infos[0].value.to_bits(), 1.0_f64.to_bits());
}
