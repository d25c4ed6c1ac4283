//! The verdict on a chain beside that of `openssl verify`, over every kind of chain that we could think of. Where
//! the two differ, the table says why, and a difference that the table does not know fails.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose as Purpose, GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose as Usage,
    NameConstraints, PKCS_ECDSA_P384_SHA384, PKCS_ED25519,
};
use serde_json::{json, value::to_raw_value};
use tminus::checks::REGISTRY;
use tminus::instrument::tls::{Origin, Roots};
use tminus::model::digest::sha256_hex;
use tminus::model::{Judgement, LaunchFacts, Status};

use crate::fixtures::chains::{Node, authority, by_openssl, pem, server, valid};
use crate::fixtures::pki::DAY;
use crate::support::openssl::s_server;
use crate::support::tls::{Pki, faults, good, now};

const NAME: &str = "gw.test";

/// Certificates as served, and the roots.
struct Made {
    served: Vec<Vec<u8>>,
    roots: Vec<Vec<u8>>,
}

fn made(served: &[&Node], roots: &[&Node]) -> Made {
    Made {
        served: served.iter().map(|node| node.der.clone()).collect(),
        roots: roots.iter().map(|node| node.der.clone()).collect(),
    }
}

/// Our verdict; `None` where we say that we cannot tell.
fn ours(folder: &Path, made: &Made, at: i64) -> (Option<bool>, Judgement) {
    let pem = std::fs::read(folder.join("roots.pem")).expect("roots");
    let roots = Roots::load(&[Origin::Pem("roots.pem".into(), pem.into())]).expect("roots");
    let anchors: Vec<_> = roots.candidates(&made.served).collect();
    let digests: Vec<_> = made.served.iter().map(|der| sha256_hex(der)).collect();
    let certificates: BTreeMap<_, _> = digests
        .iter()
        .zip(&made.served)
        .map(|(digest, der)| (digest, STANDARD.encode(der)))
        .collect();
    let address = "192.0.2.1:443";
    let session = json!({
        "protocol": "TLS 1.3", "cipher": "", "group": "", "alpn": null, "chain": digests, "staple": null,
        "proof": { "kind": "verified" }, "connect_us": 1, "handshake_us": 1,
    });
    let observation = json!({
        "format": 4, "roots": roots.sets(), "anchors": anchors, "certificates": certificates,
        "endpoints": { format!("{NAME}:443"): {
            "lookups": [{ "kind": "given", "addresses": [address] }],
            "addresses": { address: { "handshake": session } },
        } },
    });
    let settings =
        format!("endpoints = ['{NAME}']\nmin-left = '1s'\ncover = '1s'\nold-protocols = 'allow'");
    let module = REGISTRY.get("tls").expect("the module");
    let settings = toml::Deserializer::parse(&settings).expect("settings are TOML");
    let check = module.decode(settings).expect("settings decode").prepared;
    let t0 = Timestamp::from_second(at).expect("an instant");
    let facts = LaunchFacts::timed(t0, t0);
    let observation = to_raw_value(&observation).expect("JSON");
    let judgement = check.judge(&observation, &facts).expect("judged");
    let verdict = match judgement.status() {
        Status::Pass | Status::Warn => Some(true),
        Status::Fail => Some(false),
        _ => None,
    };
    (verdict, judgement)
}

/// The verdict of `openssl verify`, and its words.
fn openssl(folder: &Path, at: i64) -> (bool, String) {
    let mut command = Command::new("openssl");
    command
        .current_dir(folder)
        .args(["verify", "-purpose", "sslserver", "-verify_hostname", NAME])
        .args(["-attime", &at.to_string(), "-auth_level", "2"])
        .args(["-no-CApath", "-no-CAstore", "-CAfile", "roots.pem"]);
    if std::fs::metadata(folder.join("others.pem")).unwrap().len() > 0 {
        command.args(["-untrusted", "others.pem"]); // it refuses an empty file
    }
    let output = command.arg("leaf.pem").output().expect("openssl");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let judged = output.status.success() || words.contains("verification failed");
    assert!(judged, "it did not come to a verdict: {words}");
    (output.status.success(), words)
}

/// A root, an intermediate and a good leaf below it, each changed before it is made.
fn three(
    root: impl FnOnce(&mut CertificateParams),
    middle: impl FnOnce(&mut CertificateParams),
    leaf: impl FnOnce(&mut CertificateParams),
) -> [Node; 3] {
    let mut params = [
        authority("Root"),
        authority("Intermediate"),
        server(&[NAME]),
    ];
    let [for_root, for_middle, for_leaf] = &mut params;
    root(for_root);
    middle(for_middle);
    leaf(for_leaf);
    let [for_root, for_middle, for_leaf] = params;
    let root = Node::root(for_root);
    let middle = root.issue(for_middle);
    let leaf = middle.issue(for_leaf);
    [leaf, middle, root]
}

fn as_is(_: &mut CertificateParams) {}

fn with_root(change: impl FnOnce(&mut CertificateParams)) -> Made {
    let [leaf, middle, root] = three(change, as_is, as_is);
    made(&[&leaf, &middle], &[&root])
}

fn with_middle(change: impl FnOnce(&mut CertificateParams)) -> Made {
    let [leaf, middle, root] = three(as_is, change, as_is);
    made(&[&leaf, &middle], &[&root])
}

fn with_leaf(change: impl FnOnce(&mut CertificateParams)) -> Made {
    let [leaf, middle, root] = three(as_is, as_is, change);
    made(&[&leaf, &middle], &[&root])
}

fn named(names: &[&str]) -> Made {
    let names = server(names).subject_alt_names;
    with_leaf(|leaf| leaf.subject_alt_names = names)
}

fn purposes(purposes: &[Purpose]) -> Made {
    with_leaf(|leaf| leaf.extended_key_usages = purposes.to_vec())
}

/// A root and so many intermediates in a row, the last of which issues the leaf. Served in order.
fn row(lengths: &[Option<u8>]) -> Made {
    let limited = |name: &str, length: Option<u8>| {
        let mut params = authority(name);
        if let Some(length) = length {
            params.is_ca = IsCa::Ca(BasicConstraints::Constrained(length));
        }
        params
    };
    let root = Node::root(limited("Root", lengths[0]));
    let mut served: Vec<Node> = Vec::new();
    for (number, length) in lengths[1..].iter().enumerate() {
        let params = limited(&format!("Level {number}"), *length);
        let node = served.last().unwrap_or(&root).issue(params);
        served.push(node);
    }
    let leaf = served.last().unwrap_or(&root).issue(server(&[NAME]));
    served.push(leaf);
    let served: Vec<_> = served.iter().rev().collect();
    made(&served, &[&root])
}

fn constrained(permitted: &[&str], excluded: &[&str]) -> NameConstraints {
    let names = |names: &[&str]| {
        let names = names
            .iter()
            .map(|name| GeneralSubtree::DnsName((*name).to_owned()));
        names.collect()
    };
    NameConstraints {
        permitted_subtrees: names(permitted),
        excluded_subtrees: names(excluded),
    }
}

/// An extension that nobody knows.
fn unknown(critical: bool) -> CustomExtension {
    let mut extension =
        CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99_999, 1], vec![5, 0]);
    extension.set_criticality(critical);
    extension
}

const CA: &str = "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash";
const SERVER: &str =
    "subjectAltName=DNS:gw.test\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth";

/// A chain by `openssl req`, each of its members with this key and hash.
fn weak(root: &str, middle: &str, leaf: &str) -> Made {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let root = by_openssl(path, "root", None, root, CA);
    let middle = by_openssl(path, "middle", Some("root"), middle, CA);
    let leaf = by_openssl(path, "leaf", Some("middle"), leaf, SERVER);
    Made {
        served: vec![leaf, middle],
        roots: vec![root],
    }
}

const EC: &str = "ec -pkeyopt ec_paramgen_curve:P-256 -sha256";
const RSA: &str = "rsa:2048 -sha256";

/// A byte of the signature at the end turned over.
fn tampered(mut made: Made, which: usize) -> Made {
    let last = made.served[which].len() - 1;
    made.served[which][last] ^= 1;
    made
}

/// What a chain is, how it is made, our verdict, and why OpenSSL's is another where it is.
type Row = (&'static str, Made, Option<bool>, Option<&'static str>);

const YES: Option<bool> = Some(true);
const NO: Option<bool> = Some(false);
const UNKNOWN: Option<bool> = None;

/// Chains that differ in who stands where.
fn shapes() -> Vec<Row> {
    let [leaf, middle, root] = three(as_is, as_is, as_is);
    let stranger = Node::root(authority("Stranger"));
    let second = middle.issue(authority("Second"));
    let deep = second.issue(server(&[NAME]));
    let direct = root.issue(server(&[NAME]));
    let impostor = Node::root(root.params());
    let old = Node::root(authority("Old Root"));
    let crossed = old.cross(&root, root.params());
    let mut ended = middle.params();
    valid(&mut ended, now() - 90 * DAY, now() - DAY);
    let ended = root.cross(&middle, ended);
    let mut gone = authority("Old Root");
    valid(&mut gone, 946_684_800, now() - DAY);
    let gone = Node::root(gone);
    let by_gone = gone.cross(&root, root.params());
    let alone = Node::root(server(&[NAME]));
    let alone_authority = {
        let mut params = server(&[NAME]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![];
        Node::root(params)
    };
    let below_leaf = leaf.issue(server(&[NAME]));
    let same = leaf.params();
    let no_root = [
        middle.cross(&second, second.params()),
        second.cross(&middle, middle.params()),
    ];
    let pinned = Some(
        "OpenSSL takes a certificate that is itself among the roots only with -partial_chain; Go, rustls-platform-verifier and curl do as we do",
    );
    vec![
        ("plain", made(&[&leaf, &middle], &[&root]), YES, None),
        (
            "root served too",
            made(&[&leaf, &middle, &root], &[&root]),
            YES,
            None,
        ),
        ("no intermediate", made(&[&direct], &[&root]), YES, None),
        (
            "two intermediates",
            made(&[&deep, &second, &middle], &[&root]),
            YES,
            None,
        ),
        (
            "out of order",
            made(&[&deep, &middle, &second], &[&root]),
            YES,
            None,
        ),
        (
            "a stranger among them",
            made(&[&leaf, &stranger, &middle], &[&root]),
            YES,
            None,
        ),
        (
            "the same twice",
            made(&[&leaf, &middle, &middle], &[&root]),
            YES,
            None,
        ),
        (
            "many roots",
            made(&[&leaf, &middle], &[&stranger, &old, &root]),
            YES,
            None,
        ),
        (
            "cross-signed, new root",
            made(&[&leaf, &middle, &crossed], &[&root]),
            YES,
            None,
        ),
        (
            "cross-signed, old root",
            made(&[&leaf, &middle, &crossed], &[&old]),
            YES,
            None,
        ),
        (
            "cross-signed, old root gone, both known",
            made(&[&leaf, &middle, &by_gone], &[&gone, &root]),
            YES,
            None,
        ),
        (
            "cross-signed, old root gone, only it known",
            made(&[&leaf, &middle, &by_gone], &[&gone]),
            NO,
            None,
        ),
        (
            "renewed intermediate after its old one",
            made(&[&leaf, &ended, &middle], &[&root]),
            YES,
            None,
        ),
        (
            "renewed intermediate before its old one",
            made(&[&leaf, &middle, &ended], &[&root]),
            YES,
            None,
        ),
        (
            "self-signed and trusted",
            made(&[&alone], &[&alone]),
            YES,
            None,
        ),
        (
            "self-signed authority, trusted",
            made(&[&alone_authority], &[&alone_authority]),
            YES,
            None,
        ),
        (
            "leaf among the roots",
            made(&[&leaf], &[&leaf]),
            YES,
            pinned,
        ),
        (
            "intermediate among the roots",
            made(&[&leaf], &[&middle]),
            YES,
            pinned,
        ),
        ("intermediate missing", made(&[&leaf], &[&root]), NO, None),
        (
            "lower intermediate missing",
            made(&[&deep, &middle], &[&root]),
            NO,
            None,
        ),
        (
            "upper intermediate missing",
            made(&[&deep, &second], &[&root]),
            NO,
            None,
        ),
        (
            "root unknown",
            made(&[&leaf, &middle], &[&stranger]),
            NO,
            None,
        ),
        (
            "root unknown and served",
            made(&[&leaf, &middle, &root], &[&stranger]),
            NO,
            None,
        ),
        (
            "root of the same name",
            made(&[&leaf, &middle], &[&impostor]),
            NO,
            None,
        ),
        (
            "intermediate of the same name",
            made(&[&leaf, &root.issue(middle.params())], &[&root]),
            NO,
            None,
        ),
        ("self-signed", made(&[&alone], &[&root]), NO, None),
        (
            "self-signed authority",
            made(&[&alone_authority], &[&root]),
            NO,
            None,
        ),
        (
            "issued by a leaf",
            made(&[&below_leaf, &leaf, &middle], &[&root]),
            NO,
            None,
        ),
        (
            "a circle",
            made(&[&deep, &no_root[0], &no_root[1]], &[&stranger]),
            NO,
            None,
        ),
        (
            "leaf tampered with",
            tampered(made(&[&leaf, &middle], &[&root]), 0),
            NO,
            None,
        ),
        (
            "intermediate tampered with",
            tampered(made(&[&leaf, &middle], &[&root]), 1),
            NO,
            None,
        ),
        (
            "leaf by the wrong key",
            made(&[&impostor.issue(same), &middle], &[&root]),
            NO,
            None,
        ),
    ]
}

/// Chains that differ in time.
fn times() -> Vec<Row> {
    let ended = |params: &mut CertificateParams| valid(params, now() - 90 * DAY, now() - DAY);
    let early = |params: &mut CertificateParams| valid(params, now() + DAY, now() + 90 * DAY);
    vec![
        ("leaf expired", with_leaf(ended), NO, None),
        ("leaf not yet valid", with_leaf(early), NO, None),
        ("intermediate expired", with_middle(ended), NO, None),
        ("intermediate not yet valid", with_middle(early), NO, None),
        ("root expired", with_root(ended), NO, None),
        ("root not yet valid", with_root(early), NO, None),
        (
            "end before begin",
            with_leaf(|leaf| valid(leaf, now() + DAY, now() - DAY)),
            NO,
            None,
        ),
        (
            "end of all calendars",
            with_leaf(|leaf| valid(leaf, now() - DAY, 253_402_300_799)),
            YES,
            None,
        ),
        (
            "a minute left",
            with_leaf(|leaf| valid(leaf, now() - DAY, now() + 3_660)),
            YES,
            None,
        ),
    ]
}

/// Chains that differ in the name.
fn names() -> Vec<Row> {
    let common = |leaf: &mut CertificateParams| {
        leaf.subject_alt_names.clear();
        leaf.distinguished_name = DistinguishedName::new();
        leaf.distinguished_name.push(DnType::CommonName, NAME);
    };
    let nameless =
        |leaf: &mut CertificateParams| leaf.distinguished_name = DistinguishedName::new();
    vec![
        (
            "one of several names",
            named(&["a.test", NAME, "192.0.2.1"]),
            YES,
            None,
        ),
        ("upper case", named(&["GW.Test"]), YES, None),
        ("no subject", with_leaf(nameless), YES, None),
        ("another name", named(&["other.test"]), NO, None),
        ("a name below", named(&["a.gw.test"]), NO, None),
        ("an address alone", named(&["192.0.2.1"]), NO, None),
        (
            "no name at all",
            with_leaf(|leaf| leaf.subject_alt_names.clear()),
            NO,
            None,
        ),
        (
            "wildcard for the level below",
            named(&["*.gw.test"]),
            NO,
            None,
        ),
        ("wildcard for another zone", named(&["*.other"]), NO, None),
        (
            "wildcard for a top-level domain",
            named(&["*.test"]),
            NO,
            None,
        ),
        ("a star within a label", named(&["g*.test"]), NO, None),
        (
            "common name alone",
            with_leaf(common),
            NO,
            Some("OpenSSL still looks at the common name, RFC 9525 section 2 and browsers do not"),
        ),
        (
            "constraint permits",
            with_middle(|ca| ca.name_constraints = Some(constrained(&["test"], &[]))),
            YES,
            None,
        ),
        (
            "constraint permits the name alone",
            with_middle(|ca| ca.name_constraints = Some(constrained(&[NAME], &[]))),
            YES,
            None,
        ),
        (
            "constraint permits others",
            with_middle(|ca| ca.name_constraints = Some(constrained(&["example"], &[]))),
            NO,
            None,
        ),
        (
            "constraint excludes",
            with_middle(|ca| ca.name_constraints = Some(constrained(&[], &["test"]))),
            NO,
            None,
        ),
        (
            "constraint excludes others",
            with_middle(|ca| ca.name_constraints = Some(constrained(&[], &["example"]))),
            YES,
            None,
        ),
        (
            "root's constraint permits others",
            with_root(|ca| ca.name_constraints = Some(constrained(&["example"], &[]))),
            NO,
            None,
        ),
    ]
}

/// Chains that differ in what their members are for.
fn purposes_and_extensions() -> Vec<Row> {
    let usages = |usages: &'static [Usage]| {
        move |params: &mut CertificateParams| params.key_usages = usages.to_vec()
    };
    let extended = |purpose: Purpose| {
        move |params: &mut CertificateParams| params.extended_key_usages = vec![purpose]
    };
    vec![
        ("no key usage", with_leaf(usages(&[])), YES, None),
        ("no purpose", purposes(&[]), YES, None),
        (
            "server and client",
            purposes(&[Purpose::ServerAuth, Purpose::ClientAuth]),
            YES,
            None,
        ),
        ("for clients", purposes(&[Purpose::ClientAuth]), NO, None),
        ("for mail", purposes(&[Purpose::EmailProtection]), NO, None),
        ("for any purpose", purposes(&[Purpose::Any]), NO, None),
        (
            "for signatures on certificates",
            with_leaf(usages(&[Usage::KeyCertSign])),
            NO,
            None,
        ),
        (
            "for signatures on documents",
            with_leaf(usages(&[Usage::ContentCommitment])),
            NO,
            None,
        ),
        (
            "for encipherment alone",
            with_leaf(usages(&[Usage::KeyEncipherment])),
            NO,
            Some(
                "OpenSSL takes it for the RSA key exchange, which TLS 1.3 does not have and browsers no longer offer",
            ),
        ),
        (
            "authority for servers",
            with_middle(extended(Purpose::ServerAuth)),
            YES,
            None,
        ),
        (
            "authority for clients",
            with_middle(extended(Purpose::ClientAuth)),
            NO,
            None,
        ),
        (
            "authority that may not issue",
            with_middle(usages(&[Usage::CrlSign])),
            NO,
            None,
        ),
        (
            "authority without key usage",
            with_middle(usages(&[])),
            YES,
            None,
        ),
        (
            "authority that says it is none",
            with_middle(|ca| ca.is_ca = IsCa::ExplicitNoCa),
            NO,
            None,
        ),
        (
            "authority that does not say so",
            with_middle(|ca| ca.is_ca = IsCa::NoCa),
            NO,
            None,
        ),
        (
            "an authority as server",
            with_leaf(|leaf| leaf.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
            NO,
            Some(
                "webpki refuses an authority's certificate as a server's, as the Baseline Requirements forbid it (7.1.2.7); OpenSSL does not look",
            ),
        ),
        (
            "a leaf that says it is no authority",
            with_leaf(|leaf| leaf.is_ca = IsCa::ExplicitNoCa),
            YES,
            None,
        ),
        (
            "path length kept",
            row(&[Some(2), Some(1), Some(0)]),
            YES,
            None,
        ),
        (
            "path length 0 broken",
            row(&[None, Some(0), None]),
            NO,
            None,
        ),
        (
            "path length 1 broken",
            row(&[None, Some(1), None, None]),
            NO,
            None,
        ),
        (
            "path length of the root broken",
            row(&[Some(0), None]),
            NO,
            None,
        ),
        ("six intermediates", row(&[None; 7]), YES, None),
        ("nine intermediates", row(&[None; 10]), YES, None),
        (
            "unknown extension",
            with_leaf(|leaf| leaf.custom_extensions.push(unknown(false))),
            YES,
            None,
        ),
        (
            "unknown critical extension",
            with_leaf(|leaf| leaf.custom_extensions.push(unknown(true))),
            NO,
            None,
        ),
        (
            "unknown critical extension of an authority",
            with_middle(|ca| ca.custom_extensions.push(unknown(true))),
            NO,
            None,
        ),
        (
            "no authority key identifier",
            with_leaf(|leaf| leaf.use_authority_key_identifier_extension = false),
            YES,
            None,
        ),
        (
            "authority key identifier of another",
            with_leaf(|leaf| {
                leaf.use_authority_key_identifier_extension = false;
                let identifier = CustomExtension::from_oid_content(
                    &[2, 5, 29, 35],
                    vec![0x30, 4, 0x80, 2, 1, 2],
                );
                leaf.custom_extensions.push(identifier);
            }),
            YES,
            Some(
                "the identifier helps to find an issuer and proves nothing (RFC 5280 section 4.2.1.1): we go by name and signature",
            ),
        ),
    ]
}

/// Chains that differ in keys and signatures.
fn algorithms() -> Vec<Row> {
    let of = |kind| {
        let root = Node::root_with(authority("Root"), KeyPair::generate_for(kind).unwrap());
        let middle = root.issue_of(authority("Intermediate"), kind);
        let leaf = middle.issue_of(server(&[NAME]), kind);
        made(&[&leaf, &middle], &[&root])
    };
    const SHORT: &str = "rsa:1024 -sha256";
    const OLD: &str = "rsa:2048 -sha1";
    const PSS: &str = "rsa:2048 -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32";
    const P521: &str = "ec -pkeyopt ec_paramgen_curve:P-521 -sha512";
    const P224: &str = "ec -pkeyopt ec_paramgen_curve:P-224 -sha256";
    let not_ring = Some(
        "ring verifies no signature of this algorithm: we say that we cannot tell, and that is no pass",
    );
    vec![
        ("P-384", of(&PKCS_ECDSA_P384_SHA384), YES, None),
        ("Ed25519", of(&PKCS_ED25519), YES, None),
        ("RSA 2048", weak(RSA, RSA, RSA), YES, None),
        ("RSA 3072", weak("rsa:3072 -sha384", RSA, RSA), YES, None),
        ("RSA with EC below", weak(RSA, RSA, EC), YES, None),
        ("RSA-PSS", weak(RSA, PSS, PSS), YES, None),
        (
            "P-521 in the leaf",
            weak(EC, EC, "ec -pkeyopt ec_paramgen_curve:P-521 -sha256"),
            YES,
            None,
        ),
        (
            "P-521 in the intermediate",
            weak(EC, P521, P521),
            UNKNOWN,
            not_ring,
        ),
        ("Ed448", weak("ed448", "ed448", "ed448"), UNKNOWN, not_ring),
        (
            "P-224 in the leaf",
            weak(EC, EC, P224),
            NO,
            Some(
                "112 bits are OpenSSL's security level 2; neither browsers nor the Baseline Requirements (6.1.5) know the curve",
            ),
        ),
        ("root signed by SHA-1", weak(OLD, RSA, RSA), YES, None),
        (
            "intermediate signed by SHA-1",
            weak(RSA, OLD, RSA),
            NO,
            None,
        ),
        ("leaf signed by SHA-1", weak(RSA, RSA, OLD), NO, None),
        (
            "leaf signed by MD5",
            weak(RSA, RSA, "rsa:2048 -md5"),
            NO,
            None,
        ),
        ("RSA 1024 in the leaf", weak(RSA, RSA, SHORT), NO, None),
        (
            "RSA 1024 in the intermediate",
            weak(RSA, SHORT, RSA),
            NO,
            None,
        ),
        ("RSA 1024 in the root", weak(SHORT, RSA, RSA), NO, None),
        (
            "RSA 512 in the leaf",
            weak(RSA, RSA, "rsa:512 -sha256"),
            NO,
            None,
        ),
    ]
}

#[tokio::test]
async fn what_a_server_serves_out_of_order_or_with_short_keys_is_told_once() {
    let pki = Pki::new();
    let leaf = pki.middle.issue(&good());
    let upside_down = pki.root.pem() + &pki.middle.pem();
    let seen = pki.look(&leaf, &upside_down, &[], "").await;
    assert_eq!(faults(&seen), "warn: \"Test Root\" before what it issued");

    let short = "rsa:1024 -sha256";
    by_openssl(pki.path(), "roots", None, RSA, CA);
    by_openssl(pki.path(), "chain", Some("roots"), short, CA);
    by_openssl(pki.path(), "leaf", Some("chain"), RSA, SERVER);
    let server = s_server(pki.path(), &["-cipher", "DEFAULT@SECLEVEL=0"]);
    let asks = "old-protocols = 'allow'";
    let seen = pki.check(server.port, asks).run(pki.path()).await;
    assert_eq!(
        faults(&seen),
        "fail: it leads to a trusted root, but the key of \"chain\" is RSA 1024"
    );
}

#[test]
fn verdicts_on_chains_are_those_of_openssl_or_the_difference_is_explained() {
    let tables = [
        shapes(),
        times(),
        names(),
        purposes_and_extensions(),
        algorithms(),
    ];
    let rows: Vec<Row> = tables.into_iter().flatten().collect();
    assert!(rows.len() >= 60, "{} chains", rows.len());
    let folder = tempfile::tempdir().unwrap();
    let at = now() + 3_600;
    let mut wrong = Vec::new();
    for (what, made, expected, why) in &rows {
        let write = |name: &str, ders: &[Vec<u8>]| {
            let ders: Vec<_> = ders.iter().map(Vec::as_slice).collect();
            std::fs::write(folder.path().join(name), pem(&ders)).unwrap();
        };
        write("roots.pem", &made.roots);
        write("leaf.pem", &made.served[..1]);
        write("others.pem", &made.served[1..]);
        let (ours, judgement) = ours(folder.path(), made, at);
        let (theirs, words) = openssl(folder.path(), at);
        let differs = ours != Some(theirs);
        if ours != *expected || differs != why.is_some() {
            let told = judgement
                .findings
                .iter()
                .filter(|finding| finding.status != Status::Pass);
            let told: Vec<_> = told
                .map(|finding| (&finding.claim, &finding.observed))
                .collect();
            wrong.push(format!(
                "{what}: ours {ours:?} {told:#?}\n  OpenSSL {theirs}: {words}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} chains:\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );
}
