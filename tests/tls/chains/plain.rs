//! The plain kinds, as rcgen and `openssl req` make them: who stands where, times, names, purposes, algorithms.

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose as Purpose, GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose as Usage,
    NameConstraints, PKCS_ECDSA_P384_SHA384, PKCS_ED25519,
};

use super::kind::{Kind, Made, NAME, kind};
use crate::fixtures::chains::{Node, authority, by_openssl, server, valid};
use crate::fixtures::pki::DAY;
use crate::support::tls::now;

/// What a chain is, and how it is made.
type Row = (&'static str, Made);

pub fn kinds() -> Vec<Kind> {
    let tables = [
        shapes(),
        times(),
        names(),
        purposes_and_extensions(),
        algorithms(),
    ];
    let rows = tables.into_iter().flatten();
    rows.map(|(what, made)| kind(what, made)).collect()
}

fn made(served: &[&Node], roots: &[&Node]) -> Made {
    Made {
        served: served.iter().map(|node| node.der.clone()).collect(),
        roots: roots.iter().map(|node| node.der.clone()).collect(),
    }
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

pub const CA: &str = "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash";
pub const SERVER: &str =
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
pub const RSA: &str = "rsa:2048 -sha256";

/// A byte of the signature at the end turned over.
fn tampered(mut made: Made, which: usize) -> Made {
    let last = made.served[which].len() - 1;
    made.served[which][last] ^= 1;
    made
}

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
    vec![
        ("plain", made(&[&leaf, &middle], &[&root])),
        ("root served too", made(&[&leaf, &middle, &root], &[&root])),
        ("no intermediate", made(&[&direct], &[&root])),
        (
            "two intermediates",
            made(&[&deep, &second, &middle], &[&root]),
        ),
        ("out of order", made(&[&deep, &middle, &second], &[&root])),
        (
            "a stranger among them",
            made(&[&leaf, &stranger, &middle], &[&root]),
        ),
        ("the same twice", made(&[&leaf, &middle, &middle], &[&root])),
        (
            "many roots",
            made(&[&leaf, &middle], &[&stranger, &old, &root]),
        ),
        (
            "cross-signed, new root",
            made(&[&leaf, &middle, &crossed], &[&root]),
        ),
        (
            "cross-signed, old root",
            made(&[&leaf, &middle, &crossed], &[&old]),
        ),
        (
            "cross-signed, old root gone, both known",
            made(&[&leaf, &middle, &by_gone], &[&gone, &root]),
        ),
        (
            "cross-signed, old root gone, only it known",
            made(&[&leaf, &middle, &by_gone], &[&gone]),
        ),
        (
            "renewed intermediate after its old one",
            made(&[&leaf, &ended, &middle], &[&root]),
        ),
        (
            "renewed intermediate before its old one",
            made(&[&leaf, &middle, &ended], &[&root]),
        ),
        ("self-signed and trusted", made(&[&alone], &[&alone])),
        (
            "self-signed authority, trusted",
            made(&[&alone_authority], &[&alone_authority]),
        ),
        ("leaf among the roots", made(&[&leaf], &[&leaf])),
        ("intermediate among the roots", made(&[&leaf], &[&middle])),
        ("intermediate missing", made(&[&leaf], &[&root])),
        (
            "lower intermediate missing",
            made(&[&deep, &middle], &[&root]),
        ),
        (
            "upper intermediate missing",
            made(&[&deep, &second], &[&root]),
        ),
        ("root unknown", made(&[&leaf, &middle], &[&stranger])),
        (
            "root unknown and served",
            made(&[&leaf, &middle, &root], &[&stranger]),
        ),
        (
            "root of the same name",
            made(&[&leaf, &middle], &[&impostor]),
        ),
        (
            "intermediate of the same name",
            made(&[&leaf, &root.issue(middle.params())], &[&root]),
        ),
        ("self-signed", made(&[&alone], &[&root])),
        ("self-signed authority", made(&[&alone_authority], &[&root])),
        (
            "issued by a leaf",
            made(&[&below_leaf, &leaf, &middle], &[&root]),
        ),
        (
            "a circle",
            made(&[&deep, &no_root[0], &no_root[1]], &[&stranger]),
        ),
        (
            "leaf tampered with",
            tampered(made(&[&leaf, &middle], &[&root]), 0),
        ),
        (
            "intermediate tampered with",
            tampered(made(&[&leaf, &middle], &[&root]), 1),
        ),
        (
            "leaf by the wrong key",
            made(&[&impostor.issue(same), &middle], &[&root]),
        ),
    ]
}

/// Chains that differ in time.
fn times() -> Vec<Row> {
    let ended = |params: &mut CertificateParams| valid(params, now() - 90 * DAY, now() - DAY);
    let early = |params: &mut CertificateParams| valid(params, now() + DAY, now() + 90 * DAY);
    vec![
        ("leaf expired", with_leaf(ended)),
        ("leaf not yet valid", with_leaf(early)),
        ("intermediate expired", with_middle(ended)),
        ("intermediate not yet valid", with_middle(early)),
        ("root expired", with_root(ended)),
        ("root not yet valid", with_root(early)),
        (
            "end before begin",
            with_leaf(|leaf| valid(leaf, now() + DAY, now() - DAY)),
        ),
        (
            "end of all calendars",
            with_leaf(|leaf| valid(leaf, now() - DAY, 253_402_300_799)),
        ),
        (
            "a minute left",
            with_leaf(|leaf| valid(leaf, now() - DAY, now() + 3_660)),
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
        ),
        ("upper case", named(&["GW.Test"])),
        ("no subject", with_leaf(nameless)),
        ("another name", named(&["other.test"])),
        ("a name below", named(&["a.gw.test"])),
        ("an address alone", named(&["192.0.2.1"])),
        (
            "no name at all",
            with_leaf(|leaf| leaf.subject_alt_names.clear()),
        ),
        ("wildcard for the level below", named(&["*.gw.test"])),
        ("wildcard for another zone", named(&["*.other"])),
        ("wildcard for a top-level domain", named(&["*.test"])),
        ("a star within a label", named(&["g*.test"])),
        ("common name alone", with_leaf(common)),
        (
            "constraint permits",
            with_middle(|ca| ca.name_constraints = Some(constrained(&["test"], &[]))),
        ),
        (
            "constraint permits the name alone",
            with_middle(|ca| ca.name_constraints = Some(constrained(&[NAME], &[]))),
        ),
        (
            "constraint permits others",
            with_middle(|ca| ca.name_constraints = Some(constrained(&["example"], &[]))),
        ),
        (
            "constraint excludes",
            with_middle(|ca| ca.name_constraints = Some(constrained(&[], &["test"]))),
        ),
        (
            "constraint excludes others",
            with_middle(|ca| ca.name_constraints = Some(constrained(&[], &["example"]))),
        ),
        (
            "root's constraint permits others",
            with_root(|ca| ca.name_constraints = Some(constrained(&["example"], &[]))),
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
        ("no key usage", with_leaf(usages(&[]))),
        ("no purpose", purposes(&[])),
        (
            "server and client",
            purposes(&[Purpose::ServerAuth, Purpose::ClientAuth]),
        ),
        ("for clients", purposes(&[Purpose::ClientAuth])),
        ("for mail", purposes(&[Purpose::EmailProtection])),
        ("for any purpose", purposes(&[Purpose::Any])),
        (
            "for signatures on certificates",
            with_leaf(usages(&[Usage::KeyCertSign])),
        ),
        (
            "for signatures on documents",
            with_leaf(usages(&[Usage::ContentCommitment])),
        ),
        (
            "for encipherment alone",
            with_leaf(usages(&[Usage::KeyEncipherment])),
        ),
        (
            "authority for servers",
            with_middle(extended(Purpose::ServerAuth)),
        ),
        (
            "authority for clients",
            with_middle(extended(Purpose::ClientAuth)),
        ),
        (
            "authority that may not issue",
            with_middle(usages(&[Usage::CrlSign])),
        ),
        ("authority without key usage", with_middle(usages(&[]))),
        (
            "authority that says it is none",
            with_middle(|ca| ca.is_ca = IsCa::ExplicitNoCa),
        ),
        (
            "authority that does not say so",
            with_middle(|ca| ca.is_ca = IsCa::NoCa),
        ),
        (
            "an authority as server",
            with_leaf(|leaf| leaf.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
        ),
        (
            "a leaf that says it is no authority",
            with_leaf(|leaf| leaf.is_ca = IsCa::ExplicitNoCa),
        ),
        ("path length kept", row(&[Some(2), Some(1), Some(0)])),
        ("path length 0 broken", row(&[None, Some(0), None])),
        ("path length 1 broken", row(&[None, Some(1), None, None])),
        ("path length of the root broken", row(&[Some(0), None])),
        ("six intermediates", row(&[None; 7])),
        ("nine intermediates", row(&[None; 10])),
        (
            "unknown extension",
            with_leaf(|leaf| leaf.custom_extensions.push(unknown(false))),
        ),
        (
            "unknown critical extension",
            with_leaf(|leaf| leaf.custom_extensions.push(unknown(true))),
        ),
        (
            "unknown critical extension of an authority",
            with_middle(|ca| ca.custom_extensions.push(unknown(true))),
        ),
        (
            "no authority key identifier",
            with_leaf(|leaf| leaf.use_authority_key_identifier_extension = false),
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
    vec![
        ("P-384", of(&PKCS_ECDSA_P384_SHA384)),
        ("Ed25519", of(&PKCS_ED25519)),
        ("RSA 2048", weak(RSA, RSA, RSA)),
        ("RSA 3072", weak("rsa:3072 -sha384", RSA, RSA)),
        ("RSA with EC below", weak(RSA, RSA, EC)),
        ("RSA-PSS", weak(RSA, PSS, PSS)),
        (
            "P-521 in the leaf",
            weak(EC, EC, "ec -pkeyopt ec_paramgen_curve:P-521 -sha256"),
        ),
        ("P-521 in the intermediate", weak(EC, P521, P521)),
        ("Ed448", weak("ed448", "ed448", "ed448")),
        ("P-224 in the leaf", weak(EC, EC, P224)),
        ("root signed by SHA-1", weak(OLD, RSA, RSA)),
        ("intermediate signed by SHA-1", weak(RSA, OLD, RSA)),
        ("leaf signed by SHA-1", weak(RSA, RSA, OLD)),
        ("leaf signed by MD5", weak(RSA, RSA, "rsa:2048 -md5")),
        ("RSA 1024 in the leaf", weak(RSA, RSA, SHORT)),
        ("RSA 1024 in the intermediate", weak(RSA, SHORT, RSA)),
        ("RSA 1024 in the root", weak(SHORT, RSA, RSA)),
        ("RSA 512 in the leaf", weak(RSA, RSA, "rsa:512 -sha256")),
    ]
}
