//! What the suite of chains beside OpenSSL and Go (`tests/tls/chains`) does not see: windows of time, who is named, and
//! that a hostile chain is given up.

use jiff::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, DnType, DnValue, IsCa, KeyPair};

use super::clients::{EXTENSIONS, WORDS};
use super::{Client, lasts, used};
use crate::checks::tls::chain::Chain;
use crate::checks::tls::chain_end::{ChainEnd, Path};
use crate::fixtures::chains::{Node, authority, pem, server, valid};
use crate::instrument::tls::{Anchor, Origin, Roots};

const NAME: &str = "gw.example.com";
const T0: i64 = 1_800_000_000;
const HOUR: i64 = 3_600;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn anchors(served: &[&Node], roots: &[&Node]) -> Vec<Anchor> {
    let ders: Vec<_> = roots.iter().map(|root| root.der.as_slice()).collect();
    let pem = pem(&ders).into_bytes();
    let roots = Roots::load(&[Origin::Pem("roots.pem".into(), pem.into())]).unwrap();
    let served: Vec<_> = served.iter().map(|node| node.der.clone()).collect();
    roots.candidates(&served).cloned().collect()
}

/// Where a chain leads in the six hours after T-0.
fn end(served: &[&Node], roots: &[&Node]) -> ChainEnd {
    let anchors = anchors(served, roots);
    let ders: Vec<_> = served.iter().map(|node| node.der.as_slice()).collect();
    let chain = Chain::read(&ders).unwrap();
    chain.end(&anchors, at(T0), at(T0 + 6 * HOUR))
}

fn trusted(served: &[&Node], roots: &[&Node]) -> Path {
    match end(served, roots) {
        ChainEnd::Trusted(path) => *path,
        other => panic!("{other:?}"),
    }
}

/// Who refuses a chain that is trusted, and why.
fn refusals(served: &[&Node], roots: &[&Node]) -> Vec<(Vec<Client>, String)> {
    let refusals = trusted(served, roots).refusals.into_iter();
    refusals
        .map(|refusal| (refusal.clients, refusal.reason))
        .collect()
}

fn refused(served: &[&Node], roots: &[&Node]) -> String {
    match end(served, roots) {
        ChainEnd::Refused(reason) => reason,
        other => panic!("{other:?}"),
    }
}

fn lived(mut params: CertificateParams, from: i64, until: i64) -> CertificateParams {
    valid(&mut params, from, until);
    params
}

#[test]
fn every_moment_needs_a_path_and_not_one_path_every_moment() {
    let root = Node::root(authority("Root"));
    let first = root.issue(lived(authority("Middle"), T0 - 100 * HOUR, T0 + HOUR));
    let leaf = first.issue(server(&[NAME]));
    let renewed = |from: i64| root.cross(&first, lived(authority("Middle"), from, T0 + 900 * HOUR));

    let path = trusted(&[&leaf, &first, &renewed(T0 + HOUR / 2)], &[&root]);
    assert_eq!(
        (path.from, path.until),
        (at(T0 - 100 * HOUR), at(T0 + 900 * HOUR))
    );
    assert_eq!(path.members, [0, 1, 2], "each is needed at some moment");
    assert!(path.refusals.is_empty());

    // The next second is soon enough; two hours later is not.
    let path = trusted(&[&leaf, &first, &renewed(T0 + HOUR + 1)], &[&root]);
    assert_eq!(path.until, at(T0 + 900 * HOUR));
    let path = trusted(&[&leaf, &first, &renewed(T0 + 2 * HOUR)], &[&root]);
    assert_eq!(
        (path.until, path.first_to_end.as_str()),
        (at(T0 + HOUR), "\"Middle\"")
    );
}

#[test]
fn what_is_valid_at_another_time_alone_is_found_with_its_time() {
    let root = Node::root(authority("Root"));
    let early = root.issue(lived(authority("Middle"), T0 - 90 * HOUR, T0 - 80 * HOUR));
    let leaf = early.issue(server(&[NAME]));
    let path = trusted(&[&leaf, &early], &[&root]);
    assert_eq!(
        (path.from, path.until),
        (at(T0 - 90 * HOUR), at(T0 - 80 * HOUR))
    );
    let never = early.issue(lived(server(&[NAME]), T0 - 70 * HOUR, T0 + 90 * HOUR));
    assert!(matches!(
        end(&[&never, &early], &[&root]),
        ChainEnd::NeverValid
    ));
    let ended = Node::root(lived(authority("Root"), T0 - 900 * HOUR, T0 + HOUR));
    let leaf = ended.issue(server(&[NAME]));
    let path = trusted(&[&leaf], &[&ended]);
    assert_eq!(
        (path.until, path.first_to_end.as_str()),
        (at(T0 + HOUR), "the root certificate")
    );
}

#[test]
fn a_root_is_judged_like_any_issuer() {
    let below = |root: &Node| {
        let middle = root.issue(authority("Middle"));
        [middle.issue(server(&[NAME])), middle]
    };
    let mut params = authority("Root");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let root = Node::root(params);
    let [leaf, middle] = below(&root);
    assert_eq!(
        refused(&[&leaf, &middle], &[&root]),
        "\"Root\" may have 0 further authorities below it (path length), and has 1"
    );
    let mut params = authority("Root");
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let root = Node::root(params);
    let [leaf, middle] = below(&root);
    assert_eq!(
        refused(&[&leaf, &middle], &[&root]),
        "the extended key usage of the root \"Root\" does not name serverAuth"
    );
    let mut params = authority("Root");
    params.key_usages = vec![rcgen::KeyUsagePurpose::CrlSign];
    let root = Node::root(params);
    let [leaf, middle] = below(&root);
    assert_eq!(
        refused(&[&leaf, &middle], &[&root]),
        "the key usage of the root \"Root\" lacks keyCertSign"
    );
}

#[test]
fn a_certificate_that_is_its_own_trust_is_compared_whole() {
    let pinned = Node::root(server(&[NAME]));
    assert!(refusals(&[&pinned], &[&pinned]).is_empty());
    let key = KeyPair::from_pem(&pinned.key_pem()).unwrap();
    let renewed = Node::root_with(lived(server(&[NAME]), T0 - HOUR, T0 + 900 * HOUR), key);
    assert!(!matches!(
        end(&[&renewed], &[&pinned]),
        ChainEnd::Trusted(_)
    ));
    let mut clients = server(&[NAME]);
    clients.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let clients = Node::root(clients);
    assert_eq!(
        refused(&[&clients], &[&clients]),
        "the extended key usage of \"server\" does not name serverAuth"
    );
}

#[test]
fn who_refuses_is_named_and_why() {
    let root = Node::root(authority("Root"));
    let middle = root.issue(authority("Middle"));
    let leaf = middle.issue(server(&[NAME]));
    assert_eq!(
        refusals(&[&leaf], &[&middle]),
        [(
            vec![Client::OpenSsl],
            "it ends at \"Middle\", an intermediate among the trusted roots, whose own issuer is not there".to_owned()
        )]
    );
    assert!(
        refusals(&[&leaf], &[&middle, &root]).is_empty(),
        "both are in the file"
    );

    // The same name, once as UTF8String and once as PrintableString.
    let mut params = authority("Middle");
    let name = DnValue::PrintableString("Middle".try_into().unwrap());
    params.distinguished_name.push(DnType::CommonName, name);
    let reworded = root.cross(&middle, params);
    assert_eq!(
        refusals(&[&leaf, &reworded], &[&root]),
        [(
            vec![Client::Go],
            "\"server\" writes the name of its issuer in another encoding than \"Middle\" does"
                .to_owned()
        )]
    );
}

#[test]
fn used_and_lasting_paths_are_those_that_a_client_takes() {
    let root = Node::root(authority("Root"));
    let middle = root.issue(lived(authority("Middle"), T0 - 100 * HOUR, T0 + HOUR));
    let leaf = middle.issue(server(&[NAME]));
    let stranger = Node::root(authority("Stranger"));
    let served = [&leaf, &stranger, &middle];
    let anchors = anchors(&served, &[&root]);
    let ders: Vec<_> = served.iter().map(|node| node.der.as_slice()).collect();
    let chain = Chain::read(&ders).unwrap();
    assert_eq!(used(&chain, &anchors), [0, 2].into());
    assert_eq!(lasts(&chain, &anchors, at(T0)), Some(at(T0 + HOUR)));
    assert_eq!(lasts(&chain, &anchors, at(T0 + 2 * HOUR)), None);
}

#[test]
fn a_mesh_of_authorities_of_one_name_is_given_up_and_never_passed() {
    let root = Node::root(authority("Mesh"));
    let mut nodes = vec![root.issue(authority("Mesh"))];
    for _ in 0..24 {
        let other = Node::root(authority("Mesh"));
        nodes.push(nodes[0].cross(&other, authority("Mesh")));
    }
    let stranger = Node::root(authority("Mesh"));
    let leaf = stranger.issue(server(&[NAME]));
    let mut served = vec![&leaf];
    served.extend(&nodes);
    let end = end(&served, &[&root]);
    assert!(!matches!(end, ChainEnd::Trusted(_)), "{end:?}");
}

#[test]
fn tables_have_one_row_for_each_kind() {
    for (place, word) in WORDS.iter().enumerate() {
        let twice = WORDS[..place].iter().any(|known| known.kind == word.kind);
        assert!(!twice, "{:?}", word.kind);
    }
    for (place, extension) in EXTENSIONS.iter().enumerate() {
        let mut before = EXTENSIONS[..place].iter();
        assert!(
            !before.any(|known| known.identifier == extension.identifier),
            "{}",
            extension.name
        );
    }
}
