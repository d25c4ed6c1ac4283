//! Warm-up in the module `dns`: real caches from round to round, and what they do to TTLs.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use tempfile::TempDir;
use tminus::model::{Exhibit, Status};

use crate::support::datagrams::Hostile;
use crate::support::dnsmasq::Dnsmasq;
use crate::support::nsd::Nsd;
use crate::support::probe::{Probe, Seen};
use crate::support::unbound::Unbound;

/// Forty names of 300 s, some of 60 s and 3600 s, one of 2 s.
fn zone() -> String {
    let names = (0..40).map(|n| format!("n{n} A 192.0.2.{n}\n"));
    let zone = "$TTL 300\n@ SOA ns1 hostmaster 1 3600 600 86400 30\n@ NS ns1\nns1 A 127.0.0.1\n\
                minute 60 A 192.0.2.60\nhour 3600 A 192.0.2.61\nbrief 2 A 192.0.2.62\nshort 4 A 192.0.2.63\n";
    zone.to_owned() + &names.collect::<String>()
}

fn nsd(folder: &TempDir) -> Nsd {
    Nsd::start(folder.path(), "launch.test", &zone())
}

fn unbound(folder: &TempDir, nsd: &Nsd, more: &str) -> Unbound {
    Unbound::start(folder.path(), &[("launch.test", nsd.address)], more)
}

fn forty() -> String {
    let names: Vec<_> = (0..40).map(|n| format!("'n{n}.launch.test'")).collect();
    format!("names = [{}]", names.join(", "))
}

/// Asks at a resolver, in two rounds unless said otherwise, and at the zone's own server.
async fn at(resolver: SocketAddr, nsd: &Nsd, settings: &str) -> Seen {
    match settings.contains("warm.rounds") {
        true => once(resolver, nsd, settings).await,
        false => once(resolver, nsd, &format!("{settings}\nwarm.rounds = 2")).await,
    }
}

/// Asks in one round, unless said otherwise.
async fn once(resolver: SocketAddr, nsd: &Nsd, settings: &str) -> Seen {
    let settings = format!(
        "resolvers = ['{resolver}']\nauthoritative.servers = ['{}']\n{settings}",
        nsd.address
    );
    let folder = tempfile::tempdir().unwrap();
    Probe::new("dns", settings).run(folder.path()).await
}

#[tokio::test]
async fn a_cold_cache_is_filled_and_then_warm() {
    let folder = tempfile::tempdir().unwrap();
    let nsd = nsd(&folder);
    let unbound = unbound(&folder, &nsd, "");
    let settings = format!("{}\nwarm.min = '100%'\nwarm.p95-max = '1s'", forty());
    let seen = at(unbound.address, &nsd, &settings).await;
    assert_eq!(seen.status(), Status::Pass, "{seen:#?}");
    let (_, text) = seen.said("dns/warm-share");
    assert!(text.contains("40 of 40 later questions (100 %)"), "{text}");
    assert!(
        text.contains("against those that the zone states"),
        "{text}"
    );
    assert!(!text.contains("warm before"), "{text}");
    let mut exhibits = seen.judgement.exhibits.iter();
    let table = exhibits.find_map(|exhibit| match exhibit {
        Exhibit::Table { title, rows, .. } if title.starts_with("Cold and warm") => Some(rows),
        _ => None,
    });
    let shares: Vec<_> = table
        .unwrap()
        .iter()
        .map(|row| [1, 7, 8].map(|column| row[column].to_string()))
        .collect();
    assert_eq!(shares, [["1, cold", "0 %", "0"], ["2, warm", "100 %", "0"]]);

    // What was asked for before is warm from the first round on.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let seen = at(unbound.address, &nsd, &settings).await;
    let (status, text) = seen.said("dns/warm-share");
    assert_eq!(status, Status::Pass, "{text}");
    assert!(
        text.contains(
            "whether it was warm before the first round is not known: 40 record sets at 29"
        ),
        "{text}"
    );
    assert_eq!(seen.said("dns/zone-ttl").0, Status::Skipped);

    // The rests of two TTLs that are equally old were not cut.
    let settings = "names = ['hour.launch.test', 'minute.launch.test']";
    at(unbound.address, &nsd, settings).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let seen = at(unbound.address, &nsd, settings).await;
    let (_, text) = seen.said("dns/cold-and-warm");
    assert!(
        text.contains("warm before the first round: 100 %"),
        "{text}"
    );
}

#[tokio::test]
async fn an_upper_bound_over_names_of_one_ttl_is_not_the_zones_own_ttl() {
    let folder = tempfile::tempdir().unwrap();
    let nsd = nsd(&folder);
    let unbound = unbound(&folder, &nsd, "cache-max-ttl: 50");
    let seen = at(unbound.address, &nsd, &forty()).await;
    let (status, text) = seen.said("dns/zone-ttl");
    assert_eq!(status, Status::Skipped, "{text}");
    assert!(text.contains("(`cache-max-ttl`)"), "{text}");
    let (_, text) = seen.said("dns/cold-and-warm");
    assert!(text.contains("40 of 40 later questions"), "{text}");
    assert!(!text.contains("100 %; warm before"), "{text}");
    assert!(text.contains("is not known"), "{text}");
}

#[tokio::test]
async fn a_cache_that_prefetches_short_ttls_is_not_cold() {
    let folder = tempfile::tempdir().unwrap();
    let nsd = nsd(&folder);
    let unbound = unbound(&folder, &nsd, "prefetch: yes");
    let settings = "names = ['brief.launch.test', 'short.launch.test']\nwarm = { rounds = 4, pause = '2s', min = '100%' }";
    let seen = once(unbound.address, &nsd, settings).await;
    let finding = seen.finding("dns/warm-share");
    let text = finding.observed.as_deref().unwrap();
    assert!(
        matches!(finding.status, Status::Pass | Status::Error),
        "{text}"
    );
    assert!(!text.contains("at the full TTL again"), "{text}");
    assert!(seen.found("dns/stale-answers").is_empty(), "{text}");
    let hint = finding.hint.as_deref().unwrap_or_default();
    assert!(
        !hint.contains("keeps nothing") && !hint.contains("cold for most"),
        "{hint}"
    );
}

#[tokio::test]
async fn an_authority_has_no_cache_and_a_forwarder_without_one_stays_cold() {
    let folder = tempfile::tempdir().unwrap();
    let nsd = nsd(&folder);
    let settings = "names = ['n1.launch.test', 'n2.launch.test']\nwarm.min = '50%'";
    let seen = at(nsd.address, &nsd, settings).await;
    let (status, text) = seen.said("dns/warm-share");
    assert_eq!(status, Status::Error, "{text}");
    assert!(text.contains("an authority (AA)"), "{text}");

    let upstream = nsd.address;
    let forwarder = Hostile::start(move |socket, question, client| {
        let mut answer = relayed(question, upstream);
        answer[2] &= !4; // AA
        socket.send_to(&answer, client).unwrap();
    });
    let seen = at(forwarder.address, &nsd, settings).await;
    let (status, text) = seen.said("dns/warm-share");
    assert_eq!(status, Status::Fail, "{text}");
    assert!(
        text.contains("2 at the full TTL again before it had run out"),
        "{text}"
    );
}

/// What a server answers to a question.
fn relayed(question: &[u8], server: SocketAddr) -> Vec<u8> {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    socket.send_to(question, server).unwrap();
    let mut answer = vec![0; 4096];
    let length = socket.recv(&mut answer).unwrap();
    answer.truncate(length);
    answer
}

#[tokio::test]
async fn ttls_that_unbound_raises_or_cuts_are_named() {
    let names = "names = ['minute.launch.test', 'n1.launch.test', 'hour.launch.test']";
    for (option, observed) in [
        (
            "cache-min-ttl: 600",
            "2 of 3 record sets above the zone's TTL, up to 600 s where it states 300 s",
        ),
        (
            "cache-max-ttl: 50",
            "none above 50 s, with 60 s and 3600 s cut to it alike",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let nsd = nsd(&folder);
        let unbound = unbound(&folder, &nsd, option);
        let seen = at(unbound.address, &nsd, names).await;
        let (status, text) = seen.said("dns/zone-ttl");
        assert_eq!(status, Status::Warn, "{option}: {text}");
        assert!(text.contains(observed), "{option}: {text}");
        let (_, text) = seen.said("dns/cold-and-warm");
        assert!(
            text.contains("3 of 3 later questions (100 %)"),
            "{option}: {text}"
        );
        assert!(!text.contains("warm before"), "{option}: {text}");
    }
}

#[tokio::test]
async fn dnsmasq_is_warm_and_its_own_bound_is_named() {
    for (more, status, observed) in [
        (&[][..], Status::Pass, "record sets compared with the zone"),
        (
            &["--max-ttl=30"],
            Status::Warn,
            "2 answers at 30 s that do not fall: consistent with an upper bound on TTLs",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let nsd = nsd(&folder);
        let dnsmasq = Dnsmasq::start(folder.path(), nsd.address, more);
        let seen = at(
            dnsmasq.address,
            &nsd,
            "names = ['n1.launch.test', 'n2.launch.test']",
        )
        .await;
        let (judged, text) = seen.said("dns/zone-ttl");
        assert_eq!(judged, status, "{more:?}: {text}");
        assert!(text.contains(observed), "{more:?}: {text}");
        let (_, text) = seen.said("dns/cold-and-warm");
        let warm = if more.is_empty() { 2 } else { 0 };
        assert!(
            text.contains(&format!("{warm} of 2 later questions")),
            "{more:?}: {text}"
        );
    }
}

#[tokio::test]
async fn stale_answers_are_named() {
    for (more, observed) in [
        (
            "serve-expired: yes",
            "1 answers with a TTL of 30 s or 0 s after theirs had run out",
        ),
        (
            "serve-expired: yes\n  ede: yes\n  ede-serve-expired: yes",
            "1 answers say so themselves (RFC 8914 section 4.4)",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let nsd = nsd(&folder);
        let unbound = unbound(&folder, &nsd, more);
        let settings = "names = ['brief.launch.test']\nwarm.pause = '4s'";
        let seen = at(unbound.address, &nsd, settings).await;
        let (status, text) = seen.said("dns/stale-answers");
        assert_eq!(status, Status::Warn, "{text}");
        assert!(text.contains(observed), "{text}");
    }
    // Without it the record is fetched again.
    let folder = tempfile::tempdir().unwrap();
    let nsd = nsd(&folder);
    let unbound = unbound(&folder, &nsd, "");
    let seen = at(
        unbound.address,
        &nsd,
        "names = ['brief.launch.test']\nwarm.pause = '4s'",
    )
    .await;
    let (_, text) = seen.said("dns/cold-and-warm");
    assert!(
        text.contains("1 fetched again after the TTL had run out"),
        "{text}"
    );
    assert!(seen.found("dns/stale-answers").is_empty());
}

#[tokio::test]
async fn two_caches_behind_one_address_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let nsd = nsd(&folder);
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, other) = (unbound(&one, &nsd, ""), unbound(&other, &nsd, ""));
    once(one.address, &nsd, "names = ['n1.launch.test']").await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let turn = std::sync::atomic::AtomicUsize::new(0);
    let servers = [other.address, one.address];
    let balancer = Hostile::start(move |socket, question, client| {
        let turn = turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let answer = relayed(question, servers[turn % 2]);
        socket.send_to(&answer, client).unwrap();
    });
    let names = "names = ['n1.launch.test']\nwarm.rounds = 3\nwarm.pause = '2s'";
    let seen = at(balancer.address, &nsd, names).await;
    let (_, text) = seen.said("dns/cold-and-warm");
    assert!(
        text.contains("several caches behind this address"),
        "{text}"
    );
    assert!(text.contains("2 of 2 later questions (100 %)"), "{text}");
    let seen = at(one.address, &nsd, names).await;
    let (_, text) = seen.said("dns/cold-and-warm");
    assert!(!text.contains("several caches"), "{text}");
}
