//! Who stands where: sets of certificates that differ in who has issued whom and where they are had from.

use super::kind::{Kind, NAME, Workshop, kind, serve};
use crate::fixtures::craft::{
    ALT_NAMES, AUTHORITY_KEY, BASIC, CLIENT_AUTH, Crafted, Draft, EXTENDED, KEY_USAGE, Key,
    SUBJECT_KEY, UTC_TIME, all, common, directory, dns, oid, sequence, tlv, usage, yes,
};

const OWN: &str = "1.3.6.1.4.1.99999.1";

pub fn kinds(shop: &Workshop) -> Vec<Kind> {
    let parts = [
        signatures(shop),
        same_names(shop),
        identifiers(shop),
        rollovers(shop),
        several_paths(shop),
        authority_files(shop),
        pinned(shop),
        strangers(shop),
    ];
    parts.into_iter().flatten().collect()
}

fn expired(draft: &mut Draft) {
    draft.begin = tlv(UTC_TIME, b"200101000000Z");
    draft.end = tlv(UTC_TIME, b"210101000000Z");
}

fn changed(mut draft: Draft, change: impl FnOnce(&mut Draft)) -> Draft {
    change(&mut draft);
    draft
}

fn signatures(shop: &Workshop) -> Vec<Kind> {
    let mut kinds = shop.each("signature broken", |draft| draft.broken = true);
    let foreign = sequence(&[oid("1.2.840.10045.4.3.3")]); // ECDSA with SHA-384
    kinds.extend(shop.each("algorithm outside is another", |draft| {
        draft.outer = Some(foreign.clone());
    }));
    kinds.extend(shop.each("algorithm inside is another", |draft| {
        draft.inner = Some(foreign.clone());
    }));
    kinds.extend(shop.each("algorithm is another", |draft| {
        draft.inner = Some(foreign.clone());
        draft.outer = Some(foreign.clone());
    }));
    let null = sequence(&[oid("1.2.840.10045.4.3.2"), tlv(5, &[])]);
    kinds.extend(shop.each("algorithm with needless parameters", |draft| {
        draft.inner = Some(null.clone());
        draft.outer = Some(null.clone());
    }));
    let unknown = sequence(&[oid("1.3.6.1.4.1.99999.5")]);
    kinds.extend(shop.each("algorithm that nobody knows", |draft| {
        draft.inner = Some(unknown.clone());
        draft.outer = Some(unknown.clone());
    }));
    kinds
}

/// Authorities that share a name.
fn same_names(shop: &Workshop) -> Vec<Kind> {
    let [leaf, middle, root] = shop.three(|_| (), |_| (), |_| ());
    let double = Draft::authority("Intermediate").by(&root, &shop.other);
    let unmarked = |draft: Draft| {
        changed(draft, |draft| {
            draft.authority_key = false;
            draft.set(SUBJECT_KEY, false, Vec::new());
        })
    };
    let bare_double = unmarked(Draft::authority("Intermediate")).by(&root, &shop.other);
    let bare_middle = unmarked(Draft::authority("Intermediate")).by(&root, &shop.middle);
    let bare_leaf = unmarked(Draft::server(&[NAME])).by(&bare_middle, &shop.leaf);
    let impostor = Draft::authority("Root").root(&shop.other);
    let bare_impostor = unmarked(Draft::authority("Root")).root(&shop.other);
    let bare_root = unmarked(Draft::authority("Root")).root(&shop.root);
    let named = |subject: &str| common(subject);
    vec![
        kind(
            "two intermediates of one name, the right one last",
            serve(&[&leaf, &double, &middle], &[&root]),
        ),
        kind(
            "two intermediates of one name without identifiers, the right one last",
            serve(&[&bare_leaf, &bare_double, &bare_middle], &[&root]),
        ),
        kind(
            "two roots of one name, the right one last",
            serve(&[&leaf, &middle], &[&impostor, &root]),
        ),
        kind(
            "two roots of one name without identifiers, the right one last",
            serve(&[&bare_leaf, &bare_middle], &[&bare_impostor, &bare_root]),
        ),
        kind(
            "the same root twice",
            serve(&[&leaf, &middle], &[&root, &root]),
        ),
        kind(
            "leaf served twice",
            serve(&[&leaf, &leaf, &middle], &[&root]),
        ),
        kind(
            "leaf named like its issuer",
            shop.leaf(|leaf| leaf.subject = named("Intermediate")),
        ),
        kind(
            "leaf named like the root",
            shop.leaf(|leaf| leaf.subject = named("Root")),
        ),
        kind(
            "intermediate named like the root",
            shop.middle(|ca| ca.subject = named("Root")),
        ),
        kind("intermediate with the root's key", {
            let middle = Draft::authority("Intermediate").by(&root, &shop.root);
            let leaf = Draft::server(&[NAME]).by(&middle, &shop.leaf);
            serve(&[&leaf, &middle], &[&root])
        }),
        kind("leaf with the intermediate's key", {
            let leaf = Draft::server(&[NAME]).by(&middle, &shop.middle);
            serve(&[&leaf, &middle], &[&root])
        }),
        kind("two leaves of one serial number", {
            let other = Draft::server(&["other.test"]).by(&middle, &shop.other);
            serve(&[&leaf, &other, &middle], &[&root])
        }),
    ]
}

fn identifiers(shop: &Workshop) -> Vec<Kind> {
    let [_, middle, root] = shop.three(|_| (), |_| (), |_| ());
    let by_serial = |issuer: &[u8], serial: &[u8]| {
        sequence(&[all(0xa1, &[directory(issuer)]), tlv(0x82, serial)])
    };
    let leaf = |value: Vec<u8>| {
        let leaf = Draft::server(&[NAME]).with(AUTHORITY_KEY, false, value);
        serve(&[&leaf.by(&middle, &shop.leaf), &middle], &[&root])
    };
    let both = [
        sequence(&[tlv(0x80, &middle.key.identifier())]),
        by_serial(&common("Root"), &[0x11, 0x22, 0x33]),
    ];
    vec![
        kind(
            "issuer by name and serial number, right",
            leaf(by_serial(&common("Root"), &[0x11, 0x22, 0x33])),
        ),
        kind(
            "issuer by name and serial number, another name",
            leaf(by_serial(&common("Someone"), &[0x11, 0x22, 0x33])),
        ),
        kind(
            "issuer by name and serial number, another number",
            leaf(by_serial(&common("Root"), &[5])),
        ),
        kind(
            "issuer by name in another case and serial number",
            leaf(by_serial(&common("ROOT"), &[0x11, 0x22, 0x33])),
        ),
        kind(
            "issuer by key and by serial number",
            leaf({
                let inner = |der: &Vec<u8>| der[2..].to_vec();
                tlv(0x30, &[inner(&both[0]), inner(&both[1])].concat())
            }),
        ),
        kind(
            "key identifier of the intermediate is not the one that the leaf names",
            {
                let middle = Draft::authority("Intermediate")
                    .with(SUBJECT_KEY, false, tlv(4, &[7; 20]))
                    .by(&root, &shop.middle);
                let leaf = Draft::server(&[NAME]).by(&middle, &shop.leaf);
                serve(&[&leaf, &middle], &[&root])
            },
        ),
        kind(
            "key identifier of the root is not the one that the intermediate names",
            shop.root(|ca| ca.set(SUBJECT_KEY, false, tlv(4, &[7; 20]))),
        ),
    ]
}

/// Authorities that change their key.
fn rollovers(shop: &Workshop) -> Vec<Kind> {
    let old = Draft::authority("Root").root(&shop.root);
    let new = Draft::authority("Root").root(&shop.other);
    let new_with_old = Draft::authority("Root").by(&old, &shop.other);
    let old_with_new = Draft::authority("Root").by(&new, &shop.root);
    let middle = Draft::authority("Intermediate").by(&new, &shop.middle);
    let leaf = Draft::server(&[NAME]).by(&middle, &shop.leaf);
    let before = Draft::authority("Intermediate").by(&old, &shop.middle);
    let below = Draft::server(&[NAME]).by(&before, &shop.leaf);
    let first = Draft::authority("Intermediate").by(&old, &shop.middle);
    let second = Draft::authority("Intermediate").by(&first, &shop.other);
    let by_second = Draft::server(&[NAME]).by(&second, &shop.leaf);
    vec![
        kind(
            "root's new key by its old one",
            serve(&[&leaf, &middle, &new_with_old], &[&old]),
        ),
        kind(
            "root's old key by its new one",
            serve(&[&below, &before, &old_with_new], &[&new]),
        ),
        kind(
            "root's new key by its old one, both trusted",
            serve(&[&leaf, &middle, &new_with_old], &[&old, &new]),
        ),
        kind(
            "intermediate's new key by its old one",
            serve(&[&by_second, &second, &first], &[&old]),
        ),
        kind(
            "intermediate's new key by its old one, upside down",
            serve(&[&by_second, &first, &second], &[&old]),
        ),
        kind(
            "intermediate's new key by its old one, which is missing",
            serve(&[&by_second, &second], &[&old]),
        ),
    ]
}

/// A way to spoil a certificate: what is wrong with it, and how it is made so.
type Fault<'a> = (&'static str, &'a dyn Fn(&mut Draft));

/// More than one way to a root.
fn several_paths(shop: &Workshop) -> Vec<Kind> {
    let [leaf, middle, root] = shop.three(|_| (), |_| (), |_| ());
    let old = Draft::authority("Old Root").root(&shop.other);
    let cross = |change: &dyn Fn(&mut Draft)| {
        changed(Draft::authority("Root"), change).by(&old, &shop.root)
    };
    let again = |change: &dyn Fn(&mut Draft)| {
        changed(Draft::authority("Intermediate"), change).by(&root, &shop.middle)
    };
    let client = |draft: &mut Draft| draft.set(EXTENDED, false, sequence(&[oid(CLIENT_AUTH)]));
    let no_ca = |draft: &mut Draft| draft.set(BASIC, true, sequence(&[]));
    let weird = |draft: &mut Draft| draft.set(OWN, true, tlv(5, &[]));
    let short = |draft: &mut Draft| draft.set(BASIC, true, sequence(&[yes(), tlv(2, &[0])]));
    let no_use = |draft: &mut Draft| draft.set(KEY_USAGE, true, usage(&[6]));
    let broken = |draft: &mut Draft| draft.broken = true;
    let faults: [Fault<'_>; 7] = [
        ("expired", &expired),
        ("for clients", &client),
        ("no authority", &no_ca),
        ("with an unknown critical extension", &weird),
        ("that may sign no certificates", &no_use),
        ("broken", &broken),
        ("with path length 0", &short),
    ];
    let mut kinds = Vec::new();
    for (what, fault) in faults {
        let bad = again(fault);
        kinds.push(kind(
            format!("two of an intermediate, the first {what}"),
            serve(&[&leaf, &bad, &middle], &[&root]),
        ));
        kinds.push(kind(
            format!("two of an intermediate, the second {what}"),
            serve(&[&leaf, &middle, &bad], &[&root]),
        ));
        let bad = cross(fault);
        kinds.push(kind(
            format!("cross certificate {what}, both roots known"),
            serve(&[&leaf, &middle, &bad], &[&root, &old]),
        ));
        kinds.push(kind(
            format!("cross certificate {what}, the old root alone known"),
            serve(&[&leaf, &middle, &bad], &[&old]),
        ));
    }
    let gone = changed(Draft::authority("Old Root"), expired).root(&shop.other);
    let good = cross(&|_| ());
    kinds.extend([
        kind(
            "cross certificate of an expired root, both known",
            serve(&[&leaf, &middle, &good], &[&gone, &root]),
        ),
        kind(
            "cross certificate of an expired root, it alone known",
            serve(&[&leaf, &middle, &good], &[&gone]),
        ),
        kind(
            "cross certificate and root served",
            serve(&[&leaf, &middle, &good, &root], &[&old]),
        ),
        kind(
            "cross certificate and both roots served",
            serve(&[&leaf, &middle, &good, &root, &old], &[&old]),
        ),
        kind(
            "cross certificate and both roots served, the new one known",
            serve(&[&leaf, &middle, &good, &root, &old], &[&root]),
        ),
    ]);
    kinds.extend(circles(shop, &root));
    kinds
}

fn circles(shop: &Workshop, root: &Crafted) -> Vec<Kind> {
    let first = Draft::authority("First").by(root, &shop.middle);
    let second = Draft::authority("Second").by(&first, &shop.other);
    let back = Draft::authority("First").by(&second, &shop.middle);
    let leaf = Draft::server(&[NAME]).by(&second, &shop.leaf);
    vec![
        kind(
            "a circle with a way out",
            serve(&[&leaf, &second, &back, &first], &[root]),
        ),
        kind(
            "a circle without a way out",
            serve(&[&leaf, &second, &back], &[root]),
        ),
    ]
}

/// What the CA file holds beside roots, and what roots say.
fn authority_files(shop: &Workshop) -> Vec<Kind> {
    let [leaf, middle, root] = shop.three(|_| (), |_| (), |_| ());
    let stranger = Draft::authority("Stranger").root(&shop.other);
    let late = changed(Draft::authority("Intermediate"), expired).by(&root, &shop.middle);
    let second = Draft::authority("Second").by(&middle, &shop.other);
    let deep = Draft::server(&[NAME]).by(&second, &shop.leaf);
    let unmarked = changed(Draft::authority("Root"), |draft| {
        draft.extensions.clear();
        draft.authority_key = false;
        draft.set(SUBJECT_KEY, false, Vec::new());
    });
    vec![
        kind(
            "intermediate in the CA file, served",
            serve(&[&leaf, &middle], &[&middle]),
        ),
        kind(
            "intermediate in the CA file, not served",
            serve(&[&leaf], &[&middle]),
        ),
        kind(
            "intermediate and root in the CA file, not served",
            serve(&[&leaf], &[&middle, &root]),
        ),
        kind(
            "root and intermediate in the CA file, served",
            serve(&[&leaf, &middle], &[&root, &middle]),
        ),
        kind(
            "root served, intermediate in the CA file",
            serve(&[&leaf, &root], &[&middle]),
        ),
        kind(
            "upper intermediate in the CA file, lower served",
            serve(&[&deep, &second], &[&middle]),
        ),
        kind(
            "upper intermediate and root in the CA file, lower served",
            serve(&[&deep, &second], &[&middle, &root]),
        ),
        kind(
            "expired intermediate in the CA file, good one served",
            serve(&[&leaf, &middle], &[&late, &root]),
        ),
        kind(
            "good intermediate in the CA file, expired one served",
            serve(&[&leaf, &late], &[&middle, &root]),
        ),
        kind("root of bare extensions", {
            let root = unmarked.root(&shop.root);
            serve(&[&leaf, &middle], &[&root])
        }),
        kind("root that another has signed", {
            let root = Draft::authority("Root").by(&stranger, &shop.root);
            serve(&[&leaf, &middle], &[&root])
        }),
        kind(
            "root that another has signed, whom the CA file knows too",
            {
                let root = Draft::authority("Root").by(&stranger, &shop.root);
                serve(&[&leaf, &middle], &[&root, &stranger])
            },
        ),
        kind("two roots of one key, the first for clients", {
            let client =
                Draft::authority("Root").with(EXTENDED, false, sequence(&[oid(CLIENT_AUTH)]));
            let client = client.root(&shop.root);
            serve(&[&leaf, &middle], &[&client, &root])
        }),
        kind("two roots of one key, the second for clients", {
            let client =
                Draft::authority("Root").with(EXTENDED, false, sequence(&[oid(CLIENT_AUTH)]));
            let client = client.root(&shop.root);
            serve(&[&leaf, &middle], &[&root, &client])
        }),
    ]
}

/// A certificate that is itself in the CA file.
fn pinned(shop: &Workshop) -> Vec<Kind> {
    let own =
        |change: &dyn Fn(&mut Draft)| changed(Draft::server(&[NAME]), change).root(&shop.leaf);
    let plain = own(&|_| ());
    let [leaf, _, root] = shop.three(|_| (), |_| (), |_| ());
    let itself = |what: &str, change: &dyn Fn(&mut Draft)| {
        let made = own(change);
        kind(format!("pinned, {what}"), serve(&[&made], &[&made]))
    };
    let other_issuer = Draft::server(&[NAME]).by(&root, &shop.leaf);
    let other_key = |key: &Key| Draft::server(&[NAME]).root(key);
    vec![
        itself("self-signed", &|_| ()),
        itself("expired", &expired),
        itself("not for servers", &|draft| {
            draft.set(EXTENDED, false, sequence(&[oid(CLIENT_AUTH)]));
        }),
        itself("for any usage", &|draft| {
            draft.set(EXTENDED, false, sequence(&[oid("2.5.29.37.0")]));
        }),
        itself("another name", &|draft| {
            draft.set(ALT_NAMES, false, sequence(&[dns("other.test")]));
        }),
        itself("an authority", &|draft| {
            draft.set(BASIC, true, sequence(&[yes()]));
            draft.set(KEY_USAGE, true, usage(&[0, 5]));
        }),
        itself("an authority without key usage", &|draft| {
            draft.set(BASIC, true, sequence(&[yes()]));
            draft.drop(KEY_USAGE);
        }),
        itself("says it is no authority", &|draft| {
            draft.set(BASIC, true, sequence(&[]));
        }),
        itself("unknown critical extension", &|draft| {
            draft.set(OWN, true, tlv(5, &[]));
        }),
        itself("broken signature", &|draft| draft.broken = true),
        itself("key usage of cRLSign", &|draft| {
            draft.set(KEY_USAGE, true, usage(&[6]));
        }),
        itself("version 1", &|draft| {
            draft.version = None;
            draft.extensions.clear();
            draft.subject = common(NAME);
        }),
        kind(
            "pinned, renewed with the same key",
            serve(&[&own(&|draft| draft.serial = vec![9])], &[&plain]),
        ),
        kind(
            "pinned, renewed with the same key, the pinned one expired",
            serve(&[&plain], &[&own(&expired)]),
        ),
        kind(
            "pinned, renewed with the same key, the served one expired",
            serve(&[&own(&expired)], &[&plain]),
        ),
        kind(
            "pinned, another key",
            serve(&[&other_key(&shop.other)], &[&plain]),
        ),
        kind(
            "pinned, the same key by another issuer",
            serve(&[&other_issuer], &[&plain]),
        ),
        kind(
            "pinned, served one is for clients",
            serve(
                &[&own(&|draft| {
                    draft.set(EXTENDED, false, sequence(&[oid(CLIENT_AUTH)]));
                })],
                &[&plain],
            ),
        ),
        kind(
            "pinned, served one has a broken signature",
            serve(&[&own(&|draft| draft.broken = true)], &[&plain]),
        ),
        kind("pinned, issued by an authority", serve(&[&leaf], &[&leaf])),
        kind(
            "pinned, issued by an authority, whose root is known",
            serve(&[&leaf], &[&leaf, &root]),
        ),
    ]
}

/// Certificates that nobody needs.
fn strangers(shop: &Workshop) -> Vec<Kind> {
    let [leaf, middle, root] = shop.three(|_| (), |_| (), |_| ());
    let crowd: Vec<_> = (0..60)
        .map(|number| Draft::authority(&format!("Stranger {number}")).root(&shop.other))
        .collect();
    let with = |stranger: &Crafted| serve(&[&leaf, stranger, &middle], &[&root]);
    let mut garbage = serve(&[&leaf, &middle], &[&root]);
    garbage.served.push(b"no certificate".to_vec());
    let mut empty = serve(&[&leaf, &middle], &[&root]);
    empty.served.push(Vec::new());
    let other = |change: &dyn Fn(&mut Draft)| {
        changed(Draft::authority("Stranger"), change).root(&shop.other)
    };
    let many: Vec<_> = [&leaf, &middle].into_iter().chain(&crowd).collect();
    vec![
        kind("60 strangers", serve(&many, &[&root])),
        kind("an expired stranger", with(&other(&expired))),
        kind(
            "a stranger with a negative serial number",
            with(&other(&|draft| draft.serial = vec![0x80])),
        ),
        kind(
            "a stranger of version 4",
            with(&other(&|draft| draft.version = Some(3))),
        ),
        kind(
            "a stranger with an unknown critical extension",
            with(&other(&|draft| draft.set(OWN, true, tlv(5, &[])))),
        ),
        kind(
            "a stranger with an extension twice",
            with(&other(&|draft| {
                let first = draft.extensions[0].clone();
                draft.extensions.push(first);
            })),
        ),
        kind("garbage among them", garbage),
        kind("an empty certificate among them", empty),
        kind("another server's leaf among them", {
            let other = Draft::server(&["other.test"]).by(&middle, &shop.other);
            serve(&[&leaf, &other, &middle], &[&root])
        }),
        kind("the intermediate first", serve(&[&middle, &leaf], &[&root])),
        kind("the root alone", serve(&[&root], &[&root])),
        kind("the intermediate alone", serve(&[&middle], &[&root])),
    ]
}
