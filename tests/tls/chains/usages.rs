//! What certificates are for: key usage, extended key usage, basic constraints, path lengths.

use super::kind::{Kind, Made, NAME, Workshop, as_is, kind, serve};
use crate::fixtures::craft::{
    ANY_USAGE, BASIC, BITS, BOOLEAN, CLIENT_AUTH, Crafted, Draft, EXTENDED, INTEGER, KEY_USAGE,
    SERVER_AUTH, common, oid, sequence, small, tlv, usage, yes,
};

pub fn kinds(shop: &Workshop) -> Vec<Kind> {
    let parts = [
        extended(shop),
        key_usages(shop),
        basic_constraints(shop),
        path_lengths(shop),
    ];
    parts.into_iter().flatten().collect()
}

fn extended(shop: &Workshop) -> Vec<Kind> {
    const MAIL: &str = "1.3.6.1.5.5.7.3.4";
    const CODE: &str = "1.3.6.1.5.5.7.3.3";
    const OCSP: &str = "1.3.6.1.5.5.7.3.9";
    const STAMPS: &str = "1.3.6.1.5.5.7.3.8";
    const NETSCAPE: &str = "2.16.840.1.113730.4.1";
    const MICROSOFT: &str = "1.3.6.1.4.1.311.10.3.3";
    const OWN: &str = "1.3.6.1.4.1.99999.7";
    let sets: [(&str, &[&str]); 13] = [
        ("server", &[SERVER_AUTH]),
        ("client", &[CLIENT_AUTH]),
        ("server and client", &[SERVER_AUTH, CLIENT_AUTH]),
        ("any", &[ANY_USAGE]),
        ("server and any", &[SERVER_AUTH, ANY_USAGE]),
        ("mail", &[MAIL]),
        ("code", &[CODE]),
        ("OCSP", &[OCSP]),
        ("time stamps", &[STAMPS]),
        ("Netscape's step-up", &[NETSCAPE]),
        ("Microsoft's step-up", &[MICROSOFT]),
        ("one of its own", &[OWN]),
        ("one of its own and server", &[OWN, SERVER_AUTH]),
    ];
    let mut kinds = Vec::new();
    for (what, usages) in sets {
        let usages: Vec<_> = usages.iter().map(|dotted| oid(dotted)).collect();
        let value = sequence(&usages);
        let what = format!("extended usage {what}");
        kinds.extend(shop.each(&what, |draft| draft.set(EXTENDED, false, value.clone())));
    }
    let client = || sequence(&[oid(CLIENT_AUTH)]);
    kinds.extend(shop.each("extended usage empty", |draft| {
        draft.set(EXTENDED, false, sequence(&[]));
    }));
    kinds.extend(shop.each("extended usage critical, client", |draft| {
        draft.set(EXTENDED, true, client());
    }));
    kinds.extend([
        kind(
            "no extended usage: leaf",
            shop.leaf(|leaf| leaf.drop(EXTENDED)),
        ),
        kind(
            "extended usage critical, server: leaf",
            shop.leaf(|leaf| leaf.set(EXTENDED, true, sequence(&[oid(SERVER_AUTH)]))),
        ),
        kind(
            "extended usage server twice: leaf",
            shop.leaf(|leaf| {
                leaf.set(
                    EXTENDED,
                    false,
                    sequence(&[oid(SERVER_AUTH), oid(SERVER_AUTH)]),
                );
            }),
        ),
    ]);
    kinds
}

fn key_usages(shop: &Workshop) -> Vec<Kind> {
    let mut kinds = Vec::new();
    let bits: [(&str, &[u8]); 10] = [
        ("digitalSignature", &[0]),
        ("nonRepudiation", &[1]),
        ("keyEncipherment", &[2]),
        ("dataEncipherment", &[3]),
        ("keyAgreement", &[4]),
        ("keyCertSign", &[5]),
        ("cRLSign", &[6]),
        ("keyAgreement and encipherOnly", &[4, 7]),
        ("keyAgreement and decipherOnly", &[4, 8]),
        ("every bit", &[0, 1, 2, 3, 4, 5, 6, 7, 8]),
    ];
    for (what, bits) in bits {
        let value = usage(bits);
        let what = format!("key usage {what}");
        kinds.extend(shop.each(&what, |draft| draft.set(KEY_USAGE, true, value.clone())));
    }
    kinds.extend(shop.each("key usage of no bit", |draft| {
        draft.set(KEY_USAGE, true, usage(&[]));
    }));
    kinds.extend(shop.each("no key usage", |draft| draft.drop(KEY_USAGE)));
    kinds.extend(shop.each("key usage not critical", |draft| {
        let value = draft.extensions.iter().find(|known| known.oid == KEY_USAGE);
        let value = value.unwrap().value.clone();
        draft.set(KEY_USAGE, false, value);
    }));
    kinds.extend(shop.each("key usage with zero bits at its end", |draft| {
        draft.set(KEY_USAGE, true, tlv(BITS, &[0, 0x86]));
    }));
    kinds
}

fn basic_constraints(shop: &Workshop) -> Vec<Kind> {
    let mut kinds = Vec::new();
    kinds.extend(shop.each("basic constraints CA:FALSE", |draft| {
        draft.set(BASIC, true, sequence(&[]));
    }));
    kinds.extend(shop.each("basic constraints FALSE written out", |draft| {
        draft.set(BASIC, true, sequence(&[tlv(BOOLEAN, &[0])]));
    }));
    kinds.extend(shop.each("basic constraints not critical, CA", |draft| {
        draft.set(BASIC, false, sequence(&[yes()]));
    }));
    kinds.extend(shop.each("basic constraints TRUE as 1", |draft| {
        draft.set(BASIC, true, sequence(&[tlv(BOOLEAN, &[1])]));
    }));
    kinds.extend(
        shop.each("basic constraints path length without CA", |draft| {
            draft.set(BASIC, true, sequence(&[small(0)]));
        }),
    );
    kinds.extend([
        kind("no basic constraints: root", shop.root(|ca| ca.drop(BASIC))),
        kind(
            "no basic constraints: intermediate",
            shop.middle(|ca| ca.drop(BASIC)),
        ),
        kind(
            "CA:TRUE, nothing else changed: leaf",
            shop.leaf(|leaf| leaf.set(BASIC, true, sequence(&[yes()]))),
        ),
        kind(
            "CA:TRUE with keyCertSign: leaf",
            shop.leaf(|leaf| {
                leaf.set(BASIC, true, sequence(&[yes()]));
                leaf.set(KEY_USAGE, true, usage(&[0, 5]));
            }),
        ),
        kind(
            "neither basic constraints nor key usage: root",
            shop.root(|ca| {
                ca.drop(BASIC);
                ca.drop(KEY_USAGE);
            }),
        ),
        kind(
            "neither basic constraints nor key usage: intermediate",
            shop.middle(|ca| {
                ca.drop(BASIC);
                ca.drop(KEY_USAGE);
            }),
        ),
    ]);
    kinds
}

/// A root and intermediates below it, each with a path length, and a leaf.
fn row(shop: &Workshop, lengths: &[Option<u8>], names: impl Fn(usize) -> String) -> Made {
    let ca = |place: usize| {
        let mut draft = Draft::authority(&names(place));
        if let Some(length) = lengths[place] {
            draft.set(BASIC, true, sequence(&[yes(), small(length)]));
        }
        draft
    };
    let root = ca(0).root(&shop.root);
    let mut nodes: Vec<Crafted> = Vec::new();
    for place in 1..lengths.len() {
        let key = [&shop.middle, &shop.other][place % 2];
        nodes.push(ca(place).by(nodes.last().unwrap_or(&root), key));
    }
    let leaf = Draft::server(&[NAME]).by(nodes.last().unwrap_or(&root), &shop.leaf);
    let mut served = vec![&leaf];
    served.extend(nodes.iter().rev());
    serve(&served, &[&root])
}

fn path_lengths(shop: &Workshop) -> Vec<Kind> {
    let plain = |place: usize| format!("Level {place}");
    // Self-issued: the name of the one above (RFC 5280 section 4.2.1.9 does not count them).
    let same = |from: usize| move |place: usize| format!("Level {}", place.min(from));
    let kinds: [(&str, &[Option<u8>]); 8] = [
        ("root 0, nothing between", &[Some(0)]),
        ("root 0, one between", &[Some(0), None]),
        ("root 1, two between", &[Some(1), None, None]),
        ("root 1, one between", &[Some(1), None]),
        ("intermediate 0, one below", &[None, Some(0), None]),
        ("intermediate 1, one below", &[None, Some(1), None]),
        ("growing again below", &[None, Some(0), Some(5)]),
        ("root 127", &[Some(127), None]),
    ];
    let mut kinds: Vec<_> = kinds
        .into_iter()
        .map(|(what, lengths)| {
            let made = row(shop, lengths, plain);
            kind(format!("path length: {what}"), made)
        })
        .collect();
    for between in [1, 2, 5, 6, 7, 8, 12, 20, 40] {
        let lengths = vec![None; between + 1];
        kinds.push(kind(
            format!("{between} intermediates in a row"),
            row(shop, &lengths, plain),
        ));
    }
    kinds.extend([
        kind(
            "path length: intermediate 0, self-issued below",
            row(shop, &[None, Some(0), None], same(1)),
        ),
        kind(
            "path length: root 0, self-issued below",
            row(shop, &[Some(0), None], same(0)),
        ),
        kind(
            "path length: intermediate 0, two self-issued below",
            row(shop, &[None, Some(0), None, None], same(1)),
        ),
        kind(
            "path length: intermediate 0, leaf of the same name",
            shop.chain(
                as_is,
                |ca| ca.set(BASIC, true, sequence(&[yes(), small(0)])),
                |leaf| leaf.subject = common("Intermediate"),
            ),
        ),
        kind(
            "path length of two bytes",
            shop.middle(|ca| {
                ca.set(BASIC, true, sequence(&[yes(), tlv(INTEGER, &[1, 0])]));
            }),
        ),
        kind(
            "path length negative: intermediate",
            shop.middle(|ca| ca.set(BASIC, true, sequence(&[yes(), tlv(INTEGER, &[0xff])]))),
        ),
        kind(
            "path length negative: root",
            shop.root(|ca| ca.set(BASIC, true, sequence(&[yes(), tlv(INTEGER, &[0xff])]))),
        ),
        kind(
            "path length without keyCertSign: intermediate",
            shop.middle(|ca| {
                ca.set(BASIC, true, sequence(&[yes(), small(0)]));
                ca.set(KEY_USAGE, true, usage(&[0, 6]));
            }),
        ),
    ]);
    kinds
}
