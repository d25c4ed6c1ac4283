//! The judge of renewal by table.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::{
    NAME, NOW, T0, World, address, by, faults, judge, line, lines, observed, seen, settings,
};
use crate::checks::tls::observation::{Lookup, Observation};
use crate::checks::tls::renewal::{
    CertificateFile, End, Held, Latest, Page, Ran, Step, Swap, Walk, Watched,
};
use crate::checks::tls::{Tls, rules};
use crate::fixtures::pki::{DAY, Leaf};
use crate::instrument::dial::DialError;
use crate::instrument::http::{HttpError, Moment};
use crate::instrument::process::Exit;
use crate::instrument::tls::{Der, Failure, PemKey};
use crate::model::digest::sha256_hex;
use crate::model::plan::Touch;
use crate::model::{Finding, Judgement, Module as _, Rule, Status};

/// Serves the first chain where the second is on disk.
fn on_disk(world: &World, served: &[Vec<u8>], disk: &[Vec<u8>], key: PemKey) -> Observation {
    let mut observation = observed(&world.roots, &[served.to_vec(), served.to_vec()]);
    for der in disk {
        let der = Der(der.clone());
        observation.certificates.insert(sha256_hex(&der.0), der);
    }
    observation.renewal.certificate_file = Some(CertificateFile::Read {
        chain: disk.iter().map(|der| sha256_hex(der)).collect(),
        key,
    });
    observation
}

fn plain(world: &World, served: &[Vec<u8>], disk: &[Vec<u8>]) -> String {
    let observation = on_disk(world, served, disk, PemKey::Absent);
    faults(&judge(
        &settings("file = 'live/fullchain.pem'"),
        &observation,
    ))
}

/// A fault without what tells one generated certificate from another.
fn blurred(faults: &str) -> String {
    let pattern = regex::Regex::new("serial [0-9a-f:]+, SHA-256 [0-9a-f]{16}").unwrap();
    pattern
        .replace_all(faults, "serial S, SHA-256 D")
        .into_owned()
}

#[test]
fn what_is_served_is_what_stands_on_disk_with_or_without_its_issuers() {
    let world = World::new();
    let chain = world.good();
    assert_eq!(plain(&world, &chain, &chain), "");
    assert_eq!(plain(&world, &chain, &chain[..1]), "");
    let observation = on_disk(&world, &chain, &chain, PemKey::Absent);
    let judgement = judge(&settings("file = 'live/fullchain.pem'"), &observation);
    let passed = by(&judgement, &rules::FILE_SERVED);
    assert_eq!(passed.len(), 1, "one finding for both addresses");
}

#[test]
fn another_certificate_is_told_with_who_is_newer() {
    let world = World::new();
    let old = world.chain(world.leaf(NOW - 40 * DAY, T0 + 50 * DAY));
    let new = world.chain(world.leaf(NOW - DAY, T0 + 89 * DAY));
    insta::assert_snapshot!(blurred(&plain(&world, &old, &new)), @"
    fail tls/file-served (gw.example.com:443): gw.example.com:443 does not serve the certificate in live/fullchain.pem
      expected: serial S, SHA-256 D, from 2026-11-20 02:00 UTC until 2027-02-21 02:00 UTC
      observed: serial S, SHA-256 D, from 2026-10-12 02:00 UTC until 2027-01-13 02:00 UTC; the one on disk is newer: it was renewed on disk and the server has not loaded it
      hint: Reload the server at this address, for nginx `nginx -s reload`, and let the ACME client do so after every renewal (a deploy hook).
    ");
    insta::assert_snapshot!(blurred(&plain(&world, &new, &old)), @"
    fail tls/file-served (gw.example.com:443): gw.example.com:443 does not serve the certificate in live/fullchain.pem
      expected: serial S, SHA-256 D, from 2026-10-12 02:00 UTC until 2027-01-13 02:00 UTC
      observed: serial S, SHA-256 D, from 2026-11-20 02:00 UTC until 2027-02-21 02:00 UTC; the one on disk is older
      hint: Name as `file` what the server really loads, or find out who put the old one back: the next reload will serve it.
    ");
    let twin = world.chain(world.leaf(NOW - DAY, T0 + 89 * DAY));
    let told = plain(&world, &new, &twin);
    assert!(
        told.contains("both are valid from and until the same time"),
        "{told}"
    );
    let stranger = Leaf::new("www.example.com", NOW - DAY, T0 + 89 * DAY);
    let told = plain(&world, &old, &world.chain(world.middle.issue(&stranger)));
    assert!(
        told.contains("is for other names: www.example.com"),
        "{told}"
    );
}

#[test]
fn other_issuers_after_the_same_certificate_are_a_warning() {
    let world = World::new();
    let chain = world.good();
    let longer = [chain.clone(), vec![world.root.der()]].concat();
    let observation = on_disk(&world, &chain, &longer, PemKey::Absent);
    let judgement = judge(&settings("file = 'live/fullchain.pem'"), &observation);
    assert_eq!(judgement.status(), Status::Warn);
    let told = faults(&judgement);
    assert!(
        told.contains("but not the 2 certificates after it"),
        "{told}"
    );
}

#[test]
fn a_key_on_disk_is_judged_by_what_the_file_is_for() {
    let world = World::new();
    let chain = world.good();
    for (setting, key, status) in [
        ("file", PemKey::Fits, Status::Warn),
        ("file", PemKey::Unreadable, Status::Warn),
        ("file", PemKey::Foreign, Status::Fail),
        ("secret-file", PemKey::Fits, Status::Pass),
        ("secret-file", PemKey::Absent, Status::Fail),
        ("secret-file", PemKey::Foreign, Status::Fail),
        ("secret-file", PemKey::Unreadable, Status::Error),
    ] {
        let observation = on_disk(&world, &chain, &chain, key);
        let asks = settings(&format!("{setting} = 'both.pem'"));
        assert_eq!(
            judge(&asks, &observation).status(),
            status,
            "{setting} {key:?}"
        );
    }
}

#[test]
fn a_file_that_was_not_read_is_an_error() {
    let world = World::new();
    let mut observation = observed(&world.roots, &[world.good()]);
    let asks = settings("file = 'live/fullchain.pem'");
    insta::assert_snapshot!(faults(&judge(&asks, &observation)), @"
    error tls/certificate-file (live/fullchain.pem): The probe ended before it read live/fullchain.pem
    ");
    let message = "holds no certificate".to_owned();
    observation.renewal.certificate_file = Some(CertificateFile::Unusable { message });
    insta::assert_snapshot!(faults(&judge(&asks, &observation)), @"
    error tls/certificate-file (live/fullchain.pem): The certificate in live/fullchain.pem cannot be used
      observed: it holds no certificate
      hint: Let the user who runs this read it, and name the PEM file that the server loads.
    ");
    // A record that lost the certificate itself.
    let chain: Vec<_> = world.good();
    let mut lost = on_disk(&world, &chain, &world.good(), PemKey::Absent);
    let Some(CertificateFile::Read { chain: disk, .. }) = &lost.renewal.certificate_file else {
        panic!("it was read")
    };
    lost.certificates.remove(&disk[0].clone());
    assert_eq!(judge(&asks, &lost).status(), Status::Error);
}

#[test]
fn two_files_exclude_each_other() {
    let both = settings("file = 'a.pem'\nsecret-file = 'b.pem'");
    assert_eq!(Tls::review(&both).len(), 1);
}

/// What was answered at one address, request by request.
fn walk(steps: &[(&str, End)]) -> Walk {
    let step = |(url, end): &(&str, End)| Step {
        url: (*url).to_owned(),
        address: address(1),
        end: end.clone(),
    };
    Walk {
        steps: steps.iter().map(step).collect(),
        took_us: 1_500,
    }
}

fn page(status: u16, location: Option<&str>) -> End {
    End::Page(Page {
        status,
        location: location.map(str::to_owned),
        begins: "<html>".to_owned(),
        bytes: 6,
    })
}

fn lost(error: DialError) -> End {
    End::NoPage(HttpError::Connect { error })
}

const ASKED: &str = "http://gw.example.com/.well-known/acme-challenge/abc";

fn asked(end: End) -> Walk {
    walk(&[(ASKED, end)])
}

/// The findings on challenges of a host with two addresses.
fn challenges(more: &str, walks: [Option<Walk>; 2]) -> Vec<Finding> {
    let world = World::new();
    let mut observation = observed(&world.roots, &[world.good(), world.good()]);
    let mut seen = BTreeMap::new();
    for (last, walk) in (1..).zip(walks) {
        seen.extend(walk.map(|walk| (address(last).ip(), walk)));
    }
    observation.renewal.acme.insert(NAME.to_owned(), seen);
    let asks = settings(&format!("[acme]\n{more}"));
    let judgement = judge(&asks, &observation);
    let findings = by(&judgement, &rules::ACME_CHALLENGE);
    findings.into_iter().cloned().collect()
}

#[test]
fn challenges_are_reached_where_an_unknown_token_is_not_found() {
    let hop = (
        ASKED,
        page(
            301,
            Some("https://gw.example.com/.well-known/acme-challenge/abc"),
        ),
    );
    let end = (
        "https://gw.example.com/.well-known/acme-challenge/abc",
        page(404, None),
    );
    let found = challenges(
        "",
        [Some(asked(page(404, None))), Some(asked(page(404, None)))],
    );
    insta::assert_snapshot!(found.iter().map(line).collect::<Vec<_>>().join("\n"), @"
    pass tls/acme-challenge (gw.example.com): ACME challenges (http-01) reach gw.example.com at port 80
      observed: HTTP status 404
    ");
    let found = challenges("", [Some(asked(page(404, None))), Some(walk(&[hop, end]))]);
    let statuses: Vec<_> = found.iter().map(|finding| finding.status).collect();
    assert_eq!(statuses, [Status::Pass, Status::Pass], "{found:#?}");
}

#[test]
fn what_an_authority_would_not_get_past_fails_and_silence_is_an_error() {
    let to = |location: &'static str| asked(page(302, Some(location)));
    let circle: Vec<_> = (0..=10).map(|_| (ASKED, page(302, Some(ASKED)))).collect();
    let far: Vec<_> = (0..=10)
        .map(|_| (ASKED, page(302, Some("/.well-known/acme-challenge/abc/x"))))
        .collect();
    for (walk, status, words) in [
        (
            asked(page(200, None)),
            Status::Fail,
            "every token gets an answer, \"<html>\"",
        ),
        (asked(page(401, None)), Status::Fail, "HTTP status 401"),
        (asked(page(502, None)), Status::Fail, "HTTP status 502"),
        (asked(page(304, None)), Status::Fail, "no location"),
        (asked(page(302, None)), Status::Fail, "no location"),
        (
            to("https://www.example.com/"),
            Status::Fail,
            "another host: https://www.example.com/",
        ),
        (
            to("https://192.0.2.9/"),
            Status::Fail,
            "another host: https://192.0.2.9/",
        ),
        (
            to("https://gw.example.com:8443/abc"),
            Status::Fail,
            "do not follow to: https://gw.example.com:8443/TOKEN",
        ),
        (
            to("ftp://gw.example.com/"),
            Status::Fail,
            "neither http nor https: ftp:",
        ),
        (
            walk(&circle),
            Status::Fail,
            "redirects in a loop, to http://gw.example.com/.well-known/acme-challenge/TOKEN",
        ),
        (
            walk(&far),
            Status::Fail,
            "still redirects after 10 redirects",
        ),
        (
            asked(lost(DialError::Refused)),
            Status::Fail,
            "http://gw.example.com:443 refused the connection",
        ),
        (
            asked(lost(DialError::Timeout { after_ms: 5_000 })),
            Status::Error,
            "did not answer the connection attempt",
        ),
        (
            asked(lost(DialError::Unreachable {
                message: "no route".to_owned(),
            })),
            Status::Error,
            "no route",
        ),
        (
            asked(End::NoPage(HttpError::Timeout {
                moment: Moment::Head,
                after_ms: 5_000,
            })),
            Status::Error,
            "did not answer the request within 5 s",
        ),
        (
            asked(End::NoPage(HttpError::Broken {
                moment: Moment::Body,
                message: "bad".to_owned(),
            })),
            Status::Fail,
            "broke HTTP in the middle of the answer: bad",
        ),
        (
            Walk::default(),
            Status::Error,
            "the probe ended before it was asked",
        ),
    ] {
        let found = challenges("", [Some(asked(page(404, None))), Some(walk.clone())]);
        assert_eq!(found.len(), 2, "{walk:?}");
        assert_eq!(found[1].status, status, "{walk:?}: {found:#?}");
        let observed = found[1].observed.as_deref().unwrap();
        assert!(observed.contains(words), "{words}: {observed}");
        assert_eq!(found[1].subject, "gw.example.com at 192.0.2.2");
    }
    let found = challenges("", [Some(asked(page(404, None))), None]);
    assert_eq!(found[1].status, Status::Error);
}

/// A cause is named only where the error rules out the others.
#[test]
fn the_hint_on_an_unanswered_challenge_follows_from_the_error() {
    let local = DialError::Local {
        message: "x".to_owned(),
    };
    for (error, words) in [
        (local, "this machine"),
        (DialError::Refused, "firewalls"),
        (DialError::Timeout { after_ms: 5_000 }, "firewalls"),
    ] {
        let walk = asked(lost(error));
        let found = challenges("", [Some(asked(page(404, None))), Some(walk)]);
        let hint = found[1].hint.as_deref().unwrap();
        assert!(hint.contains(words), "{hint}");
    }
}

#[test]
fn a_host_that_may_answer_challenges_is_followed_to() {
    let steps = [
        (ASKED, page(302, Some("http://acme.example.com/x"))),
        ("http://acme.example.com/x", page(404, None)),
    ];
    let found = challenges(
        "hosts = ['acme.example.com']",
        [Some(walk(&steps)), Some(walk(&steps))],
    );
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(
        found[0].observed.as_deref(),
        Some("HTTP status 404 after 1 redirect")
    );
}

#[test]
fn an_address_of_ipv6_that_refuses_beside_one_of_ipv4_is_named_as_the_trap_it_is() {
    let world = World::new();
    let mut observation = observed(&world.roots, &[world.good()]);
    let v6: SocketAddr = "[2001:db8::1]:443".parse().unwrap();
    let seen = seen(&mut observation);
    seen.lookups = vec![Lookup::Given {
        addresses: vec![address(1), v6],
    }];
    let met = seen.addresses[&address(1)].clone();
    seen.addresses.insert(v6, met);
    let mut refused = asked(lost(DialError::Refused));
    refused.steps[0].address = "[2001:db8::1]:80".parse().unwrap();
    let walks = [
        (address(1).ip(), asked(page(404, None))),
        (v6.ip(), refused),
    ];
    observation
        .renewal
        .acme
        .insert(NAME.to_owned(), walks.into());
    insta::assert_snapshot!(faults(&judge(&settings("[acme]"), &observation)), @"
    fail tls/acme-challenge (gw.example.com at 2001:db8::1): ACME challenges (http-01) get no answer from gw.example.com at port 80
      expected: HTTP status 404 for a token that was never issued
      observed: http://gw.example.com:80 refused the connection
      hint: CAs ask over IPv6 first: let the server listen there too, for nginx `listen [::]:80`, or withdraw the AAAA record.
    ");
}

const SWAP_RULES: &[Rule] = &[
    rules::SWAP_COMMAND,
    rules::SWAP_SERVED,
    rules::SWAP_HANDSHAKES,
    rules::SWAP_CONNECTIONS,
];
const SWAP: &str = "hot-swap = { file = 'new.pem', command = ['./reload'], connections = 50 }";

/// A swap from one certificate to another, as it goes well, changed by `change`.
fn swapped(change: impl FnOnce(&mut Swap, &mut Watched)) -> Judgement {
    let world = World::new();
    let (old, new) = (world.good(), world.good());
    let mut observation = on_disk(&world, &new, &old, PemKey::Absent);
    observation.renewal.certificate_file = None;
    let mut watched = Watched {
        before: Some(sha256_hex(&old[0])),
        handshakes: 25,
        latest: Some(Latest {
            leaf: sha256_hex(&new[0]),
            since_us: 1_700_000,
            times: 12,
        }),
        served: [(sha256_hex(&old[0]), 13), (sha256_hex(&new[0]), 12)].into(),
        asked_us: 3_000_000,
        held: Held {
            opened: 50,
            ..Held::default()
        },
        ..Watched::default()
    };
    let mut swap = Swap {
        ran: Some(Ran::Ended {
            exit: Exit::Code(0),
            took_us: 500_000,
            said: String::new(),
        }),
        certificate_file: Some(CertificateFile::Read {
            chain: vec![sha256_hex(&new[0])],
            key: PemKey::Fits,
        }),
        complete: true,
        ..Swap::default()
    };
    change(&mut swap, &mut watched);
    let all = [(address(1), watched.clone()), (address(2), watched)];
    swap.watched.insert(format!("{NAME}:443"), all.into());
    observation.renewal.swap = Some(swap);
    judge(&settings(SWAP), &observation)
}

#[test]
fn a_swap_that_goes_well_is_told_with_its_time_at_each_address() {
    let judgement = swapped(|_, _| ());
    assert_eq!(judgement.status(), Status::Pass);
    insta::assert_snapshot!(lines(&judgement, SWAP_RULES), @"
    pass tls/swap-command (the hot swap): The command of the hot swap, `./reload`, succeeds
    pass tls/swap-served (gw.example.com:443): gw.example.com:443 serves the new certificate within 30 s of the command
    pass tls/swap-handshakes (gw.example.com:443): gw.example.com:443 completes handshakes throughout the hot swap
    pass tls/swap-connections (gw.example.com:443): gw.example.com:443 keeps 50 connections open through the hot swap
    ");
    let times = judgement.measures.iter();
    let times: Vec<_> = times
        .filter(|measure| measure.name == "tls_swap_duration_seconds")
        .map(|measure| measure.value)
        .collect();
    assert_eq!(times, [1.2, 1.2]);
}

#[test]
fn what_went_wrong_in_a_swap_is_told() {
    type Change = fn(&mut Swap, &mut Watched);
    let cases: [(Change, Status, &str); 17] = [
        (
            |swap, _| swap.ran = None,
            Status::Error,
            "did not end in the check's time",
        ),
        (
            |swap, _| {
                swap.ran = Some(Ran::NotRun {
                    message: "there is no program `./reload`".to_owned(),
                });
            },
            Status::Error,
            "there is no program",
        ),
        (
            |swap, _| {
                swap.ran = Some(Ran::Ended {
                    exit: Exit::Code(3),
                    took_us: 1,
                    said: "no such unit".to_owned(),
                });
            },
            Status::Error,
            "exit code 3; it printed \"no such unit\"",
        ),
        (
            |swap, _| {
                swap.certificate_file = Some(CertificateFile::Unusable {
                    message: "holds no certificate".to_owned(),
                });
            },
            Status::Error,
            "it holds no certificate",
        ),
        (
            |swap, _| {
                if let Some(CertificateFile::Read { key, .. }) = &mut swap.certificate_file {
                    *key = PemKey::Foreign;
                }
            },
            Status::Fail,
            "belongs to another certificate",
        ),
        (
            |_, at| at.before = None,
            Status::Error,
            "completed no handshake before the hot swap",
        ),
        (
            |_, at| at.before = at.latest.as_ref().map(|latest| latest.leaf.clone()),
            Status::Error,
            "nothing was swapped",
        ),
        (
            |_, at| {
                at.waited_out = true;
                at.served.retain(|leaf, _| Some(leaf) == at.before.as_ref());
                at.latest = at.before.clone().map(|leaf| Latest {
                    leaf,
                    since_us: 1,
                    times: 300,
                });
            },
            Status::Fail,
            "it still serves serial ",
        ),
        (
            |_, at| {
                at.waited_out = true;
                at.latest.as_mut().unwrap().times = 2;
            },
            Status::Fail,
            "different certificates in turn, the new one in 12 of 25 handshakes",
        ),
        (
            |_, at| at.latest.as_mut().unwrap().times = 2,
            Status::Error,
            "before the probe ended",
        ),
        (
            |_, at| {
                at.failures = 3;
                at.first_failure = Some(Failure::Refused);
            },
            Status::Fail,
            "3 of 28 handshakes failed: it refused the connection",
        ),
        (|_, at| at.held.cut = 4, Status::Fail, "it cut off 4 of 50"),
        (
            |_, at| {
                at.held.cut = 4;
                at.held.closed = 9;
            },
            Status::Fail,
            "it cut off 4 of 50, and closed 9 in order",
        ),
        (
            |_, at| at.held.closed = 9,
            Status::Warn,
            "it closed 9 of 50 in order",
        ),
        (
            |_, at| at.held.early = 2,
            Status::Error,
            "ended connections before the hot swap began\n  observed: 2 of 50",
        ),
        (
            |_, at| {
                at.held.opened = 40;
                at.held.unopened = 10;
                at.held.obstacle = Some(Failure::Refused);
            },
            Status::Error,
            "10 of 50 could not be opened: it refused the connection",
        ),
        (
            |swap, _| swap.complete = false,
            Status::Error,
            "the probe ended when 50 of 50 connections were open",
        ),
    ];
    for (change, status, words) in cases {
        let judgement = swapped(change);
        assert_eq!(
            judgement.status(),
            status,
            "{words}: {}",
            faults(&judgement)
        );
        let told = faults(&judgement);
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[test]
fn a_swap_that_never_began_is_an_error_and_one_writes() {
    let world = World::new();
    let observation = observed(&world.roots, &[world.good()]);
    assert_eq!(judge(&settings(SWAP), &observation).status(), Status::Error);
    assert_eq!(Tls::plan(&settings(SWAP)).touch, Touch::Write);
    assert_eq!(Tls::plan(&settings("[acme]")).touch, Touch::Read);
    for (swap, problem) in [
        ("{ file = 'a', command = [] }", "`command` names no program"),
        (
            "{ file = 'a', command = [''] }",
            "`command` names no program",
        ),
        (
            "{ file = 'a', command = ['a', \"\\u0000\"] }",
            "an argument of `command` contains a NUL byte",
        ),
        (
            "{ file = 'a', command = ['a'], connections = 1001 }",
            "`connections` is at most 1000 per address",
        ),
    ] {
        let complaints = Tls::review(&settings(&format!("hot-swap = {swap}")));
        assert_eq!(complaints.len(), 1, "{swap}");
        assert_eq!(complaints[0].problem, problem);
    }
}
