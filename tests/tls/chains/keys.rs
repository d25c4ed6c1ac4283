//! Keys and signatures of every algorithm that `openssl` knows.

use super::kind::{Kind, Made, NAME, Workshop, kind, serve};
use crate::fixtures::craft::{BITS, Draft, INTEGER, Key, oid, sequence, small, tlv};

const RSA_1: &str = "1.2.840.113549.1.1.5";
const RSA_256: &str = "1.2.840.113549.1.1.11";
const ECDSA: &str = "1.2.840.10045.4.3";

fn rsa(dotted: &str) -> Vec<u8> {
    sequence(&[oid(dotted), tlv(5, &[])])
}

fn plain(dotted: &str) -> Vec<u8> {
    sequence(&[oid(dotted)])
}

/// RSASSA-PSS with a hash and a length of salt (RFC 4055 section 3.1).
fn pss(hash: &str, salt: u8) -> Vec<u8> {
    let hash = sequence(&[oid(hash), tlv(5, &[])]);
    let mask = sequence(&[oid("1.2.840.113549.1.1.8"), hash.clone()]);
    let parameters = sequence(&[tlv(0xa0, &hash), tlv(0xa1, &mask), tlv(0xa2, &small(salt))]);
    sequence(&[oid("1.2.840.113549.1.1.10"), parameters])
}

/// The key at each of the three places, the others as they always are.
fn at_each(shop: &Workshop, what: &str, key: &Key) -> Vec<Kind> {
    let chain = |root: &Key, middle: &Key, leaf: &Key| {
        let root = Draft::authority("Root").root(root);
        let middle = Draft::authority("Intermediate").by(&root, middle);
        let leaf = Draft::server(&[NAME]).by(&middle, leaf);
        serve(&[&leaf, &middle], &[&root])
    };
    vec![
        kind(
            format!("key {what}: root"),
            chain(key, &shop.middle, &shop.leaf),
        ),
        kind(
            format!("key {what}: intermediate"),
            chain(&shop.root, key, &shop.leaf),
        ),
        kind(
            format!("key {what}: leaf"),
            chain(&shop.root, &shop.middle, key),
        ),
    ]
}

/// Root and intermediate sign with keys of this kind.
fn signed(shop: &Workshop, what: &str, key: &Key) -> Kind {
    let root = Draft::authority("Root").root(&shop.root);
    let middle = Draft::authority("Intermediate").by(&root, key);
    let leaf = Draft::server(&[NAME]).by(&middle, &shop.leaf);
    kind(
        format!("leaf signed by {what}"),
        serve(&[&leaf, &middle], &[&root]),
    )
}

pub fn kinds(shop: &Workshop) -> Vec<Kind> {
    let mut kinds = Vec::new();
    let curve = |name: &str, hash: &'static str, algorithm: &str| {
        let make = format!("-algorithm EC -pkeyopt ec_paramgen_curve:{name}");
        Key::by_openssl(&make, &[hash], plain(algorithm))
    };
    let sha256 = format!("{ECDSA}.2");
    let sha384 = format!("{ECDSA}.3");
    let sha512 = format!("{ECDSA}.4");
    for (what, key) in [
        ("P-384", curve("P-384", "-sha384", &sha384)),
        ("P-521", curve("P-521", "-sha512", &sha512)),
        ("P-224", curve("P-224", "-sha256", &sha256)),
        ("secp256k1", curve("secp256k1", "-sha256", &sha256)),
        (
            "brainpoolP256r1",
            curve("brainpoolP256r1", "-sha256", &sha256),
        ),
        ("P-192", curve("P-192", "-sha256", &sha256)),
        (
            "Ed25519",
            Key::by_openssl("-algorithm ed25519", &["raw"], plain("1.3.101.112")),
        ),
        (
            "Ed448",
            Key::by_openssl("-algorithm ed448", &["raw"], plain("1.3.101.113")),
        ),
    ] {
        kinds.extend(at_each(shop, what, &key));
    }
    let explicit = Key::by_openssl(
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit",
        &["-sha256"],
        plain(&sha256),
    );
    kinds.extend(at_each(
        shop,
        "P-256 with its parameters written out",
        &explicit,
    ));
    for bits in ["512", "1024", "2047", "3072", "4096"] {
        let make = format!("-algorithm RSA -pkeyopt rsa_keygen_bits:{bits}");
        let key = Key::by_openssl(&make, &["-sha256"], rsa(RSA_256));
        kinds.extend(at_each(shop, &format!("RSA {bits}"), &key));
    }
    let low = Key::by_openssl(
        "-algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3",
        &["-sha256"],
        rsa(RSA_256),
    );
    kinds.extend(at_each(shop, "RSA with exponent 3", &low));
    kinds.extend(hashes(shop));
    kinds.extend(unsignable(shop));
    kinds
}

/// What an intermediate's RSA or EC key signs the leaf with.
fn hashes(shop: &Workshop) -> Vec<Kind> {
    const PSS: [&str; 3] = ["-sigopt", "rsa_padding_mode:pss", "-sigopt"];
    const SHA_1: &str = "1.3.14.3.2.26";
    const SHA_256: &str = "2.16.840.1.101.3.4.2.1";
    const SHA_384: &str = "2.16.840.1.101.3.4.2.2";
    const SHA_512: &str = "2.16.840.1.101.3.4.2.3";
    let key = Key::by_openssl(
        "-algorithm RSA -pkeyopt rsa_keygen_bits:2048",
        &["-sha256"],
        rsa(RSA_256),
    );
    let padded = |hash: &'static str, salt: &'static str| {
        let [a, b, c] = PSS;
        [hash, a, b, c, salt]
    };
    let [pss_1, pss_256, pss_384, pss_512, pss_odd, pss_none] = [
        padded("-sha1", "rsa_pss_saltlen:20"),
        padded("-sha256", "rsa_pss_saltlen:32"),
        padded("-sha384", "rsa_pss_saltlen:48"),
        padded("-sha512", "rsa_pss_saltlen:64"),
        padded("-sha256", "rsa_pss_saltlen:20"),
        padded("-sha256", "rsa_pss_saltlen:0"),
    ];
    let rsa_signed: Vec<(&str, &[&'static str], Vec<u8>)> = vec![
        ("RSA with MD5", &["-md5"], rsa("1.2.840.113549.1.1.4")),
        ("RSA with SHA-1", &["-sha1"], rsa(RSA_1)),
        (
            "RSA with SHA-224",
            &["-sha224"],
            rsa("1.2.840.113549.1.1.14"),
        ),
        ("RSA with SHA-256", &["-sha256"], rsa(RSA_256)),
        (
            "RSA with SHA-384",
            &["-sha384"],
            rsa("1.2.840.113549.1.1.12"),
        ),
        (
            "RSA with SHA-512",
            &["-sha512"],
            rsa("1.2.840.113549.1.1.13"),
        ),
        (
            "RSA with SHA-512/256",
            &["-sha512-256"],
            rsa("1.2.840.113549.1.1.16"),
        ),
        (
            "RSA with SHA3-256",
            &["-sha3-256"],
            rsa("2.16.840.1.101.3.4.3.14"),
        ),
        (
            "RSA with RIPEMD-160",
            &["-ripemd160"],
            rsa("1.3.36.3.3.1.2"),
        ),
        (
            "RSA with SHA-256 without parameters",
            &["-sha256"],
            plain(RSA_256),
        ),
        ("RSA with SHA-1 that says SHA-256", &["-sha1"], rsa(RSA_256)),
        ("PSS with SHA-1", &pss_1, pss(SHA_1, 20)),
        ("PSS with SHA-256", &pss_256, pss(SHA_256, 32)),
        ("PSS with SHA-384", &pss_384, pss(SHA_384, 48)),
        ("PSS with SHA-512", &pss_512, pss(SHA_512, 64)),
        ("PSS with a salt of 20", &pss_odd, pss(SHA_256, 20)),
        ("PSS without salt", &pss_none, pss(SHA_256, 0)),
        (
            "PSS without parameters",
            &pss_256,
            plain("1.2.840.113549.1.1.10"),
        ),
        (
            "RSA with ECDSA's name",
            &["-sha256"],
            plain("1.2.840.10045.4.3.2"),
        ),
    ];
    let mut kinds: Vec<_> = rsa_signed
        .into_iter()
        .map(|(what, sign, algorithm)| signed(shop, what, &key.signing(sign, algorithm)))
        .collect();
    // An intermediate or a root whose own signature is old.
    let [old, weak] = [
        key.signing(&["-sha1"], rsa(RSA_1)),
        key.signing(&["-md5"], rsa("1.2.840.113549.1.1.4")),
    ];
    for (what, signer) in [("SHA-1", &old), ("MD5", &weak)] {
        kinds.push(kind(format!("crafted root signed by {what}"), {
            let root = Draft::authority("Root").root(signer);
            let mut issuer = root.clone();
            issuer.key = key.clone();
            let leaf = Draft::server(&[NAME]).by(&issuer, &shop.leaf);
            serve(&[&leaf], &[&root])
        }));
        kinds.push(kind(
            format!("crafted intermediate signed by {what}"),
            under(shop, signer),
        ));
        kinds.push(kind(format!("root signed by {what}, served too"), {
            let root = Draft::authority("Root").root(signer);
            let mut issuer = root.clone();
            issuer.key = key.clone();
            let leaf = Draft::server(&[NAME]).by(&issuer, &shop.leaf);
            serve(&[&leaf, &root], &[&root])
        }));
    }
    let elliptic = Key::by_openssl(
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        &["-sha256"],
        plain("1.2.840.10045.4.3.2"),
    );
    for (what, sign, dotted) in [
        ("ECDSA P-256 with SHA-1", "-sha1", "1.2.840.10045.4.1"),
        ("ECDSA P-256 with SHA-224", "-sha224", "1.2.840.10045.4.3.1"),
        ("ECDSA P-256 with SHA-384", "-sha384", "1.2.840.10045.4.3.3"),
        ("ECDSA P-256 with SHA-512", "-sha512", "1.2.840.10045.4.3.4"),
        (
            "ECDSA P-256 with SHA3-256",
            "-sha3-256",
            "2.16.840.1.101.3.4.3.10",
        ),
    ] {
        kinds.push(signed(
            shop,
            what,
            &elliptic.signing(&[sign], plain(dotted)),
        ));
    }
    let large = Key::by_openssl(
        "-algorithm EC -pkeyopt ec_paramgen_curve:P-384",
        &["-sha256"],
        plain("1.2.840.10045.4.3.2"),
    );
    kinds.push(signed(shop, "ECDSA P-384 with SHA-256", &large));
    kinds
}

/// A root that signs its intermediate in an old way.
fn under(shop: &Workshop, signer: &Key) -> Made {
    let root = Draft::authority("Root").root(signer);
    let middle = Draft::authority("Intermediate").by(&root, &shop.middle);
    let leaf = Draft::server(&[NAME]).by(&middle, &shop.leaf);
    serve(&[&leaf, &middle], &[&root])
}

/// Keys that cannot sign a handshake, or are no keys.
fn unsignable(shop: &Workshop) -> Vec<Kind> {
    let exchange = Key::by_openssl("-algorithm x25519", &["raw"], plain("1.3.101.110"));
    let dotted = |curve: &str, point: Vec<u8>| {
        sequence(&[
            sequence(&[oid("1.2.840.10045.2.1"), oid(curve)]),
            tlv(BITS, &point),
        ])
    };
    const P256: &str = "1.2.840.10045.3.1.7";
    let own = shop.leaf.spki.clone();
    let point = own[own.len() - 65..].to_vec();
    let mut compressed = vec![0, 2 + (point[64] & 1)];
    compressed.extend(&point[1..33]);
    let number = |bytes: &[u8]| tlv(INTEGER, bytes);
    let modulus = [vec![0, 0xc1], vec![0x5b; 254], vec![1]].concat();
    let numbers = |modulus: &[u8], exponent: &[u8]| {
        let key = sequence(&[number(modulus), number(exponent)]);
        sequence(&[
            rsa("1.2.840.113549.1.1.1"),
            tlv(BITS, &[vec![0], key].concat()),
        ])
    };
    let keys: Vec<(&str, Vec<u8>)> = vec![
        ("X25519", exchange.spki),
        ("a compressed point", dotted(P256, compressed)),
        (
            "a point off the curve",
            dotted(P256, [vec![0, 4], vec![7; 64]].concat()),
        ),
        (
            "a point too short",
            dotted(P256, [vec![0, 4], vec![7; 30]].concat()),
        ),
        (
            "an unknown curve",
            dotted("1.3.6.1.4.1.99999.4", [vec![0], point].concat()),
        ),
        ("RSA with exponent 1", numbers(&modulus, &[1])),
        ("RSA with an even exponent", numbers(&modulus, &[2])),
        (
            "RSA with exponent 2^32 + 1",
            numbers(&modulus, &[1, 0, 0, 0, 1]),
        ),
        (
            "RSA with a negative modulus",
            numbers(&[0xc1; 256], &[1, 0, 1]),
        ),
        ("RSA of modulus 0", numbers(&[0], &[1, 0, 1])),
        (
            "an unknown algorithm",
            sequence(&[plain("1.3.6.1.4.1.99999.6"), tlv(BITS, &[0, 1, 2, 3])]),
        ),
        ("RSA without parameters", {
            let key = sequence(&[number(&modulus), number(&[1, 0, 1])]);
            sequence(&[
                plain("1.2.840.113549.1.1.1"),
                tlv(BITS, &[vec![0], key].concat()),
            ])
        }),
        ("RSA for PSS alone", {
            let key = sequence(&[number(&modulus), number(&[1, 0, 1])]);
            sequence(&[
                plain("1.2.840.113549.1.1.10"),
                tlv(BITS, &[vec![0], key].concat()),
            ])
        }),
        ("DSA", {
            let parameters = sequence(&[number(&[0x7f; 128]), number(&[0x7f; 20]), number(&[2])]);
            let inner = number(&[5; 100]);
            sequence(&[
                sequence(&[oid("1.2.840.10040.4.1"), parameters]),
                tlv(BITS, &[vec![0], inner].concat()),
            ])
        }),
    ];
    keys.into_iter()
        .map(|(what, spki)| {
            let made = shop.leaf(|leaf| leaf.spki = Some(spki));
            kind(format!("key {what}: leaf"), made)
        })
        .collect()
}
