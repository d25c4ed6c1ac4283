//! Name constraints of each type (RFC 5280 section 4.2.1.10), in the intermediate and in the root.

use super::kind::{Kind, Made, NAME, Workshop, kind, serve};
use crate::fixtures::craft::{
    ALT_NAMES, COMMON_NAME, COUNTRY, Draft, NAME_CONSTRAINTS, ORGANISATION, PRINTABLE, UTF8,
    address, common, constraints, directory, dns, mail, name, other_name, registered, sequence,
    tlv, uri,
};

type Names = Vec<Vec<u8>>;

fn house(text: &str) -> Vec<u8> {
    name(&[
        (COUNTRY, PRINTABLE, b"DE"),
        (ORGANISATION, UTF8, text.as_bytes()),
    ])
}

fn server_of(organisation: &str) -> Vec<u8> {
    name(&[
        (COUNTRY, PRINTABLE, b"DE"),
        (ORGANISATION, UTF8, organisation.as_bytes()),
        (COMMON_NAME, UTF8, b"server"),
    ])
}

fn net(bytes: [u8; 4], mask: [u8; 4]) -> Vec<u8> {
    address(&[bytes, mask].concat())
}

/// What is permitted, what is excluded, and the leaf's names beside `gw.test`.
fn rows() -> Vec<(&'static str, Names, Names, Names)> {
    let v4 = || vec![address(&[192, 0, 2, 1])];
    let ours = || vec![mail("ops@mail.test")];
    let web = || vec![uri("https://www.test/x")];
    vec![
        ("DNS permits", vec![dns("test")], vec![], vec![]),
        ("DNS permits itself", vec![dns("gw.test")], vec![], vec![]),
        (
            "DNS permits in upper case",
            vec![dns("TEST")],
            vec![],
            vec![],
        ),
        ("DNS permits others", vec![dns("example")], vec![], vec![]),
        (
            "DNS permits a part of a label",
            vec![dns("w.test")],
            vec![],
            vec![],
        ),
        (
            "DNS permits names below alone",
            vec![dns("a.gw.test")],
            vec![],
            vec![],
        ),
        (
            "DNS permits with a dot before",
            vec![dns(".test")],
            vec![],
            vec![],
        ),
        (
            "DNS permits with a dot before, the name itself",
            vec![dns(".gw.test")],
            vec![],
            vec![],
        ),
        (
            "DNS permits with a dot after",
            vec![dns("test.")],
            vec![],
            vec![],
        ),
        (
            "DNS permits with a star",
            vec![dns("*.test")],
            vec![],
            vec![],
        ),
        ("DNS permits everything", vec![dns("")], vec![], vec![]),
        (
            "DNS permits one of two",
            vec![dns("example"), dns("test")],
            vec![],
            vec![],
        ),
        (
            "DNS permits, a second name is outside",
            vec![dns("gw.test")],
            vec![],
            vec![dns("a.other")],
        ),
        (
            "DNS permits, a star is outside",
            vec![dns("gw.test")],
            vec![],
            vec![dns("*.test")],
        ),
        (
            "DNS permits, a star is inside",
            vec![dns("test")],
            vec![],
            vec![dns("*.a.test")],
        ),
        (
            "DNS permits, an IDN is inside",
            vec![dns("test")],
            vec![],
            vec![dns("xn--bcher-kva.test")],
        ),
        (
            "DNS permits, an address is there",
            vec![dns("test")],
            vec![],
            v4(),
        ),
        (
            "DNS permits, a mail address is there",
            vec![dns("test")],
            vec![],
            ours(),
        ),
        (
            "DNS permits, a URI is there",
            vec![dns("test")],
            vec![],
            web(),
        ),
        ("DNS excludes", vec![], vec![dns("test")], vec![]),
        ("DNS excludes itself", vec![], vec![dns("gw.test")], vec![]),
        ("DNS excludes others", vec![], vec![dns("example")], vec![]),
        (
            "DNS excludes with a dot before",
            vec![],
            vec![dns(".test")],
            vec![],
        ),
        (
            "DNS excludes with a dot before, the name itself",
            vec![],
            vec![dns(".gw.test")],
            vec![],
        ),
        ("DNS excludes everything", vec![], vec![dns("")], vec![]),
        (
            "DNS excludes what is permitted",
            vec![dns("test")],
            vec![dns("gw.test")],
            vec![],
        ),
        (
            "DNS excludes one that a star covers",
            vec![],
            vec![dns("b.a.test")],
            vec![dns("*.a.test")],
        ),
        (
            "DNS in Unicode permits",
            vec![dns("bücher.test"), dns("test")],
            vec![],
            vec![],
        ),
        (
            "address permits",
            vec![net([192, 0, 2, 0], [255, 255, 255, 0])],
            vec![],
            v4(),
        ),
        (
            "address permits others",
            vec![net([10, 0, 0, 0], [255, 0, 0, 0])],
            vec![],
            v4(),
        ),
        (
            "address permits, none is there",
            vec![net([10, 0, 0, 0], [255, 0, 0, 0])],
            vec![],
            vec![],
        ),
        (
            "address excludes",
            vec![],
            vec![net([192, 0, 2, 0], [255, 255, 255, 0])],
            v4(),
        ),
        (
            "address excludes others",
            vec![],
            vec![net([10, 0, 0, 0], [255, 0, 0, 0])],
            v4(),
        ),
        (
            "address excludes everything",
            vec![],
            vec![net([0; 4], [0; 4])],
            vec![],
        ),
        (
            "address excludes everything, one is there",
            vec![],
            vec![net([0; 4], [0; 4])],
            v4(),
        ),
        (
            "address with holes in its mask permits",
            vec![net([192, 0, 2, 0], [255, 0, 255, 0])],
            vec![],
            v4(),
        ),
        (
            "address of four bytes permits",
            vec![address(&[192, 0, 2, 1])],
            vec![],
            v4(),
        ),
        (
            "address of IPv6 permits, IPv4 is there",
            vec![address(&[0; 32])],
            vec![],
            v4(),
        ),
        (
            "mail permits its host",
            vec![mail("mail.test")],
            vec![],
            ours(),
        ),
        ("mail permits a zone", vec![mail(".test")], vec![], ours()),
        (
            "mail permits the mailbox",
            vec![mail("ops@mail.test")],
            vec![],
            ours(),
        ),
        (
            "mail permits a host in upper case",
            vec![mail("MAIL.test")],
            vec![],
            ours(),
        ),
        ("mail permits others", vec![mail("example")], vec![], ours()),
        (
            "mail permits, none is there",
            vec![mail("example")],
            vec![],
            vec![],
        ),
        (
            "mail excludes its host",
            vec![],
            vec![mail("mail.test")],
            ours(),
        ),
        (
            "mail excludes others",
            vec![],
            vec![mail("example")],
            ours(),
        ),
        ("URI permits its host", vec![uri("www.test")], vec![], web()),
        ("URI permits a zone", vec![uri(".test")], vec![], web()),
        ("URI permits others", vec![uri("example")], vec![], web()),
        (
            "URI permits, none is there",
            vec![uri("example")],
            vec![],
            vec![],
        ),
        (
            "URI excludes its host",
            vec![],
            vec![uri("www.test")],
            web(),
        ),
        ("URI excludes others", vec![], vec![uri("example")], web()),
        (
            "URI permits, its host is an address",
            vec![uri("test")],
            vec![],
            vec![uri("https://192.0.2.1/")],
        ),
        (
            "registered id permits others",
            vec![registered("1.2.3")],
            vec![],
            vec![],
        ),
        (
            "registered id excludes one that is there",
            vec![],
            vec![registered("1.2.3")],
            vec![registered("1.2.3")],
        ),
        (
            "other name permits others",
            vec![other_name("1.2.3", "x")],
            vec![],
            vec![],
        ),
        (
            "other name excludes one that is there",
            vec![],
            vec![other_name("1.2.3", "x")],
            vec![other_name("1.2.3", "x")],
        ),
        (
            "DNS and address permit, a name alone is there",
            vec![dns("test"), net([10, 0, 0, 0], [255, 0, 0, 0])],
            vec![],
            vec![],
        ),
        (
            "nothing permitted and nothing excluded",
            vec![],
            vec![],
            vec![],
        ),
    ]
}

pub fn kinds(shop: &Workshop) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for (what, permitted, excluded, more) in rows() {
        let value = constraints(&permitted, &excluded);
        let names = sequence(&[vec![dns(NAME)], more].concat());
        let leaf = |leaf: &mut Draft| leaf.set(ALT_NAMES, false, names.clone());
        kinds.push(kind(
            format!("constraint of the intermediate: {what}"),
            shop.chain(
                |_| (),
                |ca| ca.set(NAME_CONSTRAINTS, true, value.clone()),
                leaf,
            ),
        ));
        if [
            "DNS permits",
            "DNS permits others",
            "DNS excludes",
            "mail permits others",
            "address permits others",
            "URI permits its host",
            "registered id permits others",
        ]
        .contains(&what)
        {
            kinds.push(kind(
                format!("constraint of the root: {what}"),
                shop.chain(
                    |ca| ca.set(NAME_CONSTRAINTS, true, value.clone()),
                    |_| (),
                    leaf,
                ),
            ));
        }
    }
    kinds.extend(directories(shop));
    kinds.extend(forms(shop));
    kinds
}

/// Constraints on the subject itself.
fn directories(shop: &Workshop) -> Vec<Kind> {
    let mut kinds = Vec::new();
    let printable = name(&[
        (COUNTRY, PRINTABLE, b"DE"),
        (ORGANISATION, PRINTABLE, b"House"),
    ]);
    let rows: Vec<(&str, Names, Names)> = vec![
        ("permits", vec![directory(&house("House"))], vec![]),
        (
            "permits in another case",
            vec![directory(&house("HOUSE"))],
            vec![],
        ),
        (
            "permits with more blanks",
            vec![directory(&house(" House  "))],
            vec![],
        ),
        (
            "permits in another encoding",
            vec![directory(&printable)],
            vec![],
        ),
        ("permits others", vec![directory(&house("Other"))], vec![]),
        ("permits all", vec![directory(&sequence(&[]))], vec![]),
        (
            "permits the whole subject",
            vec![directory(&server_of("House"))],
            vec![],
        ),
        (
            "permits a part out of order",
            vec![directory(&name(&[(ORGANISATION, UTF8, b"House")]))],
            vec![],
        ),
        ("excludes", vec![], vec![directory(&house("House"))]),
        (
            "excludes in another encoding",
            vec![],
            vec![directory(&printable)],
        ),
        ("excludes others", vec![], vec![directory(&house("Other"))]),
        ("excludes all", vec![], vec![directory(&sequence(&[]))]),
    ];
    for (what, permitted, excluded) in rows {
        let value = constraints(&permitted, &excluded);
        let made = shop.chain(
            |_| (),
            |ca| ca.set(NAME_CONSTRAINTS, true, value),
            |leaf| leaf.subject = server_of("House"),
        );
        kinds.push(kind(format!("constraint on directory names: {what}"), made));
    }
    let value = || constraints(&[directory(&house("House"))], &[]);
    kinds.extend([
        kind(
            "constraint on directory names: the root permits leaf and intermediate",
            shop.chain(
                |ca| ca.set(NAME_CONSTRAINTS, true, value()),
                |ca| ca.subject = server_of("House"),
                |leaf| leaf.subject = server_of("House"),
            ),
        ),
        kind(
            "constraint on directory names: the root permits the leaf alone",
            shop.chain(
                |ca| ca.set(NAME_CONSTRAINTS, true, value()),
                |_| (),
                |leaf| leaf.subject = server_of("House"),
            ),
        ),
        kind(
            "constraint on directory names: permits, the leaf has no subject",
            shop.chain(
                |_| (),
                |ca| ca.set(NAME_CONSTRAINTS, true, value()),
                |leaf| {
                    leaf.subject = sequence(&[]);
                    leaf.set(ALT_NAMES, true, sequence(&[dns(NAME)]));
                },
            ),
        ),
        kind(
            "constraint on directory names: excludes one among the leaf's names",
            shop.chain(
                |_| (),
                |ca| {
                    ca.set(
                        NAME_CONSTRAINTS,
                        true,
                        constraints(&[], &[directory(&house("Bad"))]),
                    );
                },
                |leaf| {
                    let names = [dns(NAME), directory(&server_of("Bad"))];
                    leaf.set(ALT_NAMES, false, sequence(&names));
                },
            ),
        ),
    ]);
    kinds
}

/// How constraints are written, where they stand, and names that escape them.
fn forms(shop: &Workshop) -> Vec<Kind> {
    let with = |critical: bool, value: Vec<u8>| {
        move |draft: &mut Draft| draft.set(NAME_CONSTRAINTS, critical, value)
    };
    let permits = |text: &str| constraints(&[dns(text)], &[]);
    let subtree = |more: Vec<u8>| sequence(&[tlv(0xa0, &sequence(&[dns("test"), more]))]);
    let alone = |leaf: &mut Draft| {
        leaf.subject = common(NAME);
        leaf.drop(ALT_NAMES);
    };
    vec![
        kind(
            "constraint not critical, permits",
            shop.middle(with(false, permits("test"))),
        ),
        kind(
            "constraint not critical, permits others",
            shop.middle(with(false, permits("example"))),
        ),
        kind(
            "constraint in the leaf, permits",
            shop.leaf(with(true, permits("test"))),
        ),
        kind(
            "constraint in the leaf, permits others",
            shop.leaf(with(true, permits("example"))),
        ),
        kind(
            "constraint with a minimum of 0",
            shop.middle(with(true, subtree(tlv(0x80, &[0])))),
        ),
        kind(
            "constraint with a minimum of 1",
            shop.middle(with(true, subtree(tlv(0x80, &[1])))),
        ),
        kind(
            "constraint with a maximum",
            shop.middle(with(true, subtree(tlv(0x81, &[9])))),
        ),
        kind(
            "constraint of garbage",
            shop.middle(with(true, tlv(4, b"??"))),
        ),
        kind(
            "constraint of garbage in the root",
            shop.root(with(true, tlv(4, b"??"))),
        ),
        kind(
            "constraints of root and intermediate that have nothing in common",
            shop.chain(
                with(true, permits("example")),
                with(true, permits("test")),
                |_| (),
            ),
        ),
        kind(
            "constraints of root and intermediate, one within the other",
            shop.chain(
                with(true, permits("test")),
                with(true, permits("gw.test")),
                |_| (),
            ),
        ),
        kind(
            "constraint permits others, common name alone",
            shop.chain(|_| (), with(true, permits("example")), alone),
        ),
        kind(
            "constraint permits, common name is a host outside it",
            shop.chain(
                |_| (),
                with(true, permits("test")),
                |leaf| leaf.subject = common("a.other"),
            ),
        ),
        kind(
            "constraint on what a self-issued intermediate is named",
            rollover(shop),
        ),
    ]
}

/// A constrained authority that issued itself a certificate for its next key.
fn rollover(shop: &Workshop) -> Made {
    let root = Draft::authority("Root").root(&shop.root);
    let value = constraints(&[dns("test"), directory(&house("House"))], &[]);
    let old = Draft::authority("Authority").with(NAME_CONSTRAINTS, true, value);
    let old = old.by(&root, &shop.middle);
    let new = Draft::authority("Authority").by(&old, &shop.other);
    let mut leaf = Draft::server(&[NAME]);
    leaf.subject = server_of("House");
    let leaf = leaf.by(&new, &shop.leaf);
    serve(&[&leaf, &new, &old], &[&root])
}
