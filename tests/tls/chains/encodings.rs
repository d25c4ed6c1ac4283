//! How certificates are written: versions, serial numbers, names, extensions.

use super::kind::{Kind, NAME, Workshop, kind};
use crate::fixtures::craft::{
    ALT_NAMES, AUTHORITY_KEY, BASIC, BMP, COMMON_NAME, COUNTRY, Draft, Extension, FRESHEST, IA5,
    KEY_USAGE, LIST_PLACES, OCTETS, ORGANISATION, PRINTABLE, SEQUENCE, SET, SUBJECT_KEY, TELETEX,
    UNIVERSAL, UTF8, all, common, dns, name, oid, sequence, small, tlv, uri,
};

pub fn kinds(shop: &Workshop) -> Vec<Kind> {
    let parts = [
        versions(shop),
        serials(shop),
        issuer_names(shop),
        extensions(shop),
    ];
    parts.into_iter().flatten().collect()
}

fn versions(shop: &Workshop) -> Vec<Kind> {
    let mut kinds = Vec::new();
    let bare = |version: Option<u8>| {
        move |draft: &mut Draft| {
            draft.version = version;
            draft.extensions.clear();
            if draft.subject == common("server") {
                draft.subject = common(NAME);
            }
        }
    };
    let version = |version: Option<u8>| move |draft: &mut Draft| draft.version = version;
    kinds.extend(shop.each("version 1", bare(None)));
    kinds.extend(shop.each("version 1 written out", bare(Some(0))));
    kinds.extend(shop.each("version 2", bare(Some(1))));
    kinds.extend(shop.each("version 1 with extensions", version(None)));
    kinds.extend(shop.each("version 2 with extensions", version(Some(1))));
    kinds.extend(shop.each("version 4", version(Some(3))));
    kinds.extend(shop.each("no extension in version 3", |draft| {
        draft.extensions.clear();
        draft.authority_key = false;
        draft.set(SUBJECT_KEY, false, Vec::new());
    }));
    kinds.extend(shop.each("unique identifiers", |draft| {
        draft.unique = [tlv(0x81, &[0, 1]), tlv(0x82, &[0, 2])].concat();
    }));
    kinds.extend(shop.each("bytes after it", |draft| draft.trailing = vec![0, 0]));
    kinds.extend(shop.each("bytes inside after the extensions", |draft| {
        draft.unique = tlv(0x84, &[0]);
    }));
    kinds
}

fn serials(shop: &Workshop) -> Vec<Kind> {
    let mut kinds = Vec::new();
    let serials: [(&str, Vec<u8>); 8] = [
        ("0", vec![0]),
        ("negative", vec![0x80, 1]),
        ("of 20 bytes", vec![0x55; 20]),
        ("of 20 bytes and a zero", [vec![0], vec![0xff; 20]].concat()),
        ("of 21 bytes", vec![0x55; 21]),
        ("of 100 bytes", vec![0x55; 100]),
        ("with needless zeros", vec![0, 0, 5]),
        ("of no bytes", vec![]),
    ];
    for (what, serial) in serials {
        let what = format!("serial number {what}");
        kinds.extend(shop.each(&what, |draft| draft.serial = serial.clone()));
    }
    kinds
}

/// The leaf names its issuer in another way than the intermediate names itself.
fn issuer_names(shop: &Workshop) -> Vec<Kind> {
    let text = "Ab C";
    let wide = |width: usize| {
        let bytes = text.chars().flat_map(|letter| {
            let bytes = u32::from(letter).to_be_bytes();
            bytes[4 - width..].to_vec()
        });
        bytes.collect::<Vec<_>>()
    };
    let of =
        |tag: u8, bytes: &[u8]| name(&[(COUNTRY, PRINTABLE, b"DE"), (ORGANISATION, tag, bytes)]);
    let own = of(UTF8, text.as_bytes());
    let others: Vec<(&str, Vec<u8>)> = vec![
        ("in PrintableString", of(PRINTABLE, text.as_bytes())),
        ("in TeletexString", of(TELETEX, text.as_bytes())),
        ("in IA5String", of(IA5, text.as_bytes())),
        ("in BMPString", of(BMP, &wide(2))),
        ("in UniversalString", of(UNIVERSAL, &wide(4))),
        ("in upper case", of(UTF8, b"AB C")),
        ("with two blanks", of(UTF8, b"Ab  C")),
        ("with blanks around", of(UTF8, b" Ab C ")),
        ("in upper case and PrintableString", of(PRINTABLE, b"AB C")),
        ("with another letter", of(UTF8, b"Ab D")),
        ("without a blank", of(UTF8, b"AbC")),
        (
            "in another order",
            name(&[(ORGANISATION, UTF8, b"Ab C"), (COUNTRY, PRINTABLE, b"DE")]),
        ),
        (
            "without its last part",
            name(&[(COUNTRY, PRINTABLE, b"DE")]),
        ),
        (
            "with parts in one set",
            sequence(&[all(
                SET,
                &[
                    sequence(&[oid(COUNTRY), tlv(PRINTABLE, b"DE")]),
                    sequence(&[oid(ORGANISATION), tlv(UTF8, b"Ab C")]),
                ],
            )]),
        ),
        ("as nothing", sequence(&[])),
    ];
    let mut kinds: Vec<_> = others
        .into_iter()
        .map(|(what, other)| {
            let made = shop.chain(
                |_| (),
                |ca| ca.subject = own.clone(),
                |leaf| leaf.issuer = Some(other),
            );
            kind(format!("issuer named {what}"), made)
        })
        .collect();
    kinds.push(kind(
        "root named in PrintableString by the intermediate",
        shop.chain(
            |ca| ca.subject = own.clone(),
            |ca| ca.issuer = Some(of(PRINTABLE, text.as_bytes())),
            |_| (),
        ),
    ));
    kinds.push(kind(
        "root named in upper case by the intermediate",
        shop.chain(
            |ca| ca.subject = own.clone(),
            |ca| ca.issuer = Some(of(UTF8, b"AB C")),
            |_| (),
        ),
    ));
    kinds.extend(odd_names(shop));
    kinds
}

/// Names that are odd in themselves.
fn odd_names(shop: &Workshop) -> Vec<Kind> {
    let mut kinds = Vec::new();
    let named = |tag: u8, bytes: &[u8]| name(&[(COMMON_NAME, tag, bytes)]);
    let long = vec![b'x'; 200];
    let odd: Vec<(&str, Vec<u8>)> = vec![
        ("no name at all", sequence(&[])),
        ("a name of 200 letters", named(UTF8, &long)),
        ("a name of no letters", named(UTF8, b"")),
        ("a name that is not UTF-8", named(UTF8, &[0xff, 0xfe])),
        (
            "a name with a star in PrintableString",
            named(PRINTABLE, b"*.gw.test"),
        ),
        (
            "a name with an at sign in PrintableString",
            named(PRINTABLE, b"a@b"),
        ),
        (
            "a name with 8 bits in PrintableString",
            named(PRINTABLE, &[0xe9]),
        ),
        ("a name in TeletexString", named(TELETEX, &[0xe9])),
        ("a name in BMPString of odd length", named(BMP, &[0, 65, 0])),
        ("a name in BMPString", named(BMP, &[0, 65, 4, 16])),
        (
            "a name in UniversalString",
            named(UNIVERSAL, &[0, 0, 0, 65]),
        ),
        ("a name in IA5String", named(IA5, b"house")),
        ("a name with a zero byte", named(UTF8, b"a\0b")),
        (
            "a name with a control character",
            named(UTF8, b"a\x1b[31mb"),
        ),
        ("a name that is a number", named(2, &[7])),
        (
            "a country of three letters",
            name(&[(COUNTRY, PRINTABLE, b"DEU")]),
        ),
        (
            "a name of an unknown attribute",
            name(&[("1.3.6.1.4.1.99999.9", UTF8, b"x")]),
        ),
        (
            "a name with a mail address",
            name(&[("1.2.840.113549.1.9.1", IA5, b"ca@house.test")]),
        ),
        ("a name with an empty set", sequence(&[tlv(SET, &[])])),
    ];
    for (what, subject) in odd {
        let made = shop.leaf(|leaf| leaf.subject = subject.clone());
        kinds.push(kind(format!("{what}: leaf"), made));
        let made = shop.middle(|ca| ca.subject = subject.clone());
        kinds.push(kind(format!("{what}: intermediate"), made));
    }
    kinds
}

fn extensions(shop: &Workshop) -> Vec<Kind> {
    const OWN: &str = "1.3.6.1.4.1.99999.1";
    const ACCESS: &str = "1.3.6.1.5.5.7.1.1";
    const SUBJECT_ACCESS: &str = "1.3.6.1.5.5.7.1.11";
    const FEATURE: &str = "1.3.6.1.5.5.7.1.24";
    const POISON: &str = "1.3.6.1.4.1.11129.2.4.3";
    const TIMESTAMPS: &str = "1.3.6.1.4.1.11129.2.4.2";
    const NETSCAPE_TYPE: &str = "2.16.840.1.113730.1.1";
    const COMMENT: &str = "2.16.840.1.113730.1.13";
    const NO_CHECK: &str = "1.3.6.1.5.5.7.48.1.5";
    const ISSUER_NAMES: &str = "2.5.29.18";
    const ATTRIBUTES: &str = "2.5.29.9";
    const PERIOD: &str = "2.5.29.16";
    const QUALIFIED: &str = "1.3.6.1.5.5.7.1.3";
    let place = tlv(0xa0, &tlv(0xa0, &uri("http://ca.test/list.crl")));
    let lists = sequence(&[tlv(SEQUENCE, &place)]);
    let responder = sequence(&[sequence(&[
        oid("1.3.6.1.5.5.7.48.1"),
        uri("http://ca.test/ocsp"),
    ])]);
    let rows: Vec<(&str, &'static str, bool, Vec<u8>)> = vec![
        ("unknown extension", OWN, false, tlv(5, &[])),
        ("unknown critical extension", OWN, true, tlv(5, &[])),
        ("list places critical", LIST_PLACES, true, lists.clone()),
        ("newest list critical", FRESHEST, true, lists),
        ("access critical", ACCESS, true, responder.clone()),
        ("subject's access critical", SUBJECT_ACCESS, true, responder),
        ("feature critical", FEATURE, true, sequence(&[small(5)])),
        ("poison", POISON, true, tlv(5, &[])),
        (
            "time stamps of garbage",
            TIMESTAMPS,
            false,
            tlv(OCTETS, &[0, 1, 2]),
        ),
        (
            "time stamps critical",
            TIMESTAMPS,
            true,
            tlv(OCTETS, &[0, 0]),
        ),
        (
            "Netscape's type for clients",
            NETSCAPE_TYPE,
            false,
            tlv(3, &[7, 0x80]),
        ),
        (
            "Netscape's type for clients, critical",
            NETSCAPE_TYPE,
            true,
            tlv(3, &[7, 0x80]),
        ),
        (
            "Netscape's type for servers",
            NETSCAPE_TYPE,
            false,
            tlv(3, &[6, 0x40]),
        ),
        (
            "Netscape's type for authorities",
            NETSCAPE_TYPE,
            false,
            tlv(3, &[2, 0x04]),
        ),
        (
            "Netscape's comment",
            COMMENT,
            false,
            tlv(IA5, b"made by hand"),
        ),
        ("no revocation check", NO_CHECK, true, tlv(5, &[])),
        (
            "other names of the issuer, critical",
            ISSUER_NAMES,
            true,
            sequence(&[dns("ca.test")]),
        ),
        ("attributes critical", ATTRIBUTES, true, sequence(&[])),
        (
            "key's period over",
            PERIOD,
            false,
            sequence(&[tlv(0x81, b"20200101000000Z")]),
        ),
        (
            "qualified statements critical",
            QUALIFIED,
            true,
            sequence(&[]),
        ),
        (
            "subject's key identifier critical",
            SUBJECT_KEY,
            true,
            tlv(OCTETS, &[1, 2, 3]),
        ),
        (
            "subject's key identifier empty",
            SUBJECT_KEY,
            false,
            tlv(OCTETS, &[]),
        ),
        (
            "subject's key identifier absent",
            SUBJECT_KEY,
            false,
            Vec::new(),
        ),
        (
            "subject's key identifier of garbage",
            SUBJECT_KEY,
            false,
            small(1),
        ),
        (
            "authority's key identifier absent",
            AUTHORITY_KEY,
            false,
            Vec::new(),
        ),
        (
            "authority's key identifier empty",
            AUTHORITY_KEY,
            false,
            sequence(&[]),
        ),
        (
            "authority's key identifier of another",
            AUTHORITY_KEY,
            false,
            sequence(&[tlv(0x80, &[9; 20])]),
        ),
        (
            "authority's key identifier critical, of another",
            AUTHORITY_KEY,
            true,
            sequence(&[tlv(0x80, &[9; 20])]),
        ),
        (
            "authority's serial number of another",
            AUTHORITY_KEY,
            false,
            sequence(&[
                all(
                    0xa1,
                    &[crate::fixtures::craft::directory(&common("Someone"))],
                ),
                tlv(0x82, &[7]),
            ]),
        ),
        (
            "authority's key identifier of garbage",
            AUTHORITY_KEY,
            false,
            small(1),
        ),
        ("key usage of garbage", KEY_USAGE, true, small(1)),
        ("basic constraints of garbage", BASIC, true, small(1)),
    ];
    let mut kinds = Vec::new();
    for (what, oid, critical, value) in rows {
        kinds.extend(shop.each(what, |draft| draft.set(oid, critical, value.clone())));
    }
    let twice = |oid: &'static str| {
        move |draft: &mut Draft| {
            let known = draft.extensions.iter().find(|known| known.oid == oid);
            let extension = known.cloned().unwrap_or(Extension {
                oid,
                critical: false,
                value: tlv(5, &[]),
            });
            draft.extensions.extend([extension.clone(), extension]);
        }
    };
    kinds.extend(shop.each("unknown extension twice", twice(OWN)));
    kinds.extend(shop.each("key usage twice", twice(KEY_USAGE)));
    kinds.push(kind("names twice: leaf", shop.leaf(twice(ALT_NAMES))));
    kinds
}
