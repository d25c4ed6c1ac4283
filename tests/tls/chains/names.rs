//! Whom a leaf names, in every form that names take, and what clients ask for.

use super::kind::{Kind, NAME, Workshop, kind, kind_at};
use crate::fixtures::craft::{
    ALT_NAMES, COMMON_NAME, Draft, UTF8, address, common, directory, dns, mail, name, other_name,
    registered, sequence, tlv, uri,
};

const IDN: &str = "xn--bcher-kva.test";

pub fn kinds(shop: &Workshop) -> Vec<Kind> {
    let mut kinds = Vec::new();
    let dns_names: [(&str, &str, &str); 42] = [
        ("itself", NAME, "gw.test"),
        ("upper case", NAME, "GW.TEST"),
        ("a dot at its end", NAME, "gw.test."),
        ("a dot at its beginning", NAME, ".gw.test"),
        ("a dot at its beginning, the zone", NAME, ".test"),
        ("two dots", NAME, "gw..test"),
        ("a blank", NAME, "gw.test "),
        ("a zero byte", NAME, "gw.test\0.evil.test"),
        ("nothing", NAME, ""),
        ("the zone", NAME, "test"),
        ("a name below", NAME, "a.gw.test"),
        ("a URL", NAME, "https://gw.test"),
        ("a port", NAME, "gw.test:443"),
        ("a star", NAME, "*"),
        ("a star and a dot", NAME, "*."),
        ("a star for a top-level domain", NAME, "*.test"),
        ("a star at the end of a label", "gw.a.test", "g*.a.test"),
        (
            "a star at the beginning of a label",
            "gw.a.test",
            "*w.a.test",
        ),
        ("a star within a label", "gateway.a.test", "g*y.a.test"),
        ("a star for its label", "gw.a.test", "*.a.test"),
        ("a star and upper case", "gw.a.test", "*.A.TEST"),
        ("a star for two labels", "gw.b.a.test", "*.a.test"),
        ("a star for no label", "a.test", "*.a.test"),
        ("two stars", "gw.b.a.test", "*.*.a.test"),
        ("a star in the second label", "gw.b.a.test", "gw.*.a.test"),
        ("a star with a dot at its end", "gw.a.test", "*.a.test."),
        ("a double star", "gw.a.test", "**.a.test"),
        ("an IDN", IDN, IDN),
        ("an IDN in upper case", IDN, "XN--BCHER-KVA.TEST"),
        ("a star for an IDN", "xn--bcher-kva.a.test", "*.a.test"),
        (
            "a star within an IDN",
            "xn--bcher-kva.a.test",
            "xn--*.a.test",
        ),
        ("an IDN in Unicode", IDN, "bücher.test"),
        ("an underscore", "g_w.test", "g_w.test"),
        ("a hyphen at the end of a label", "gw-.test", "gw-.test"),
        (
            "a hyphen at the beginning of a label",
            "-gw.test",
            "-gw.test",
        ),
        ("digits", "123.test", "123.test"),
        ("one label", "gw", "gw"),
        ("a star in place of one label", "gw", "*"),
        ("an address as a DNS name", "192.0.2.1", "192.0.2.1"),
        (
            "an IPv6 address as a DNS name",
            "2001:db8::1",
            "2001:db8::1",
        ),
        ("an address below a star", "192.0.2.1", "*.0.2.1"),
        (
            "a label of 64",
            NAME,
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test",
        ),
    ];
    for (what, host, text) in dns_names {
        let value = sequence(&[dns(text)]);
        kinds.push(kind_at(
            format!("named {what}"),
            host,
            shop.leaf(|leaf| leaf.set(ALT_NAMES, false, value)),
        ));
    }
    // One name that is wrong in its form beside the right one.
    for (what, text) in [
        ("a zero byte", "a\0.test"),
        ("nothing", ""),
        ("a blank", " "),
        ("Unicode", "bücher.test"),
        ("a star", "*"),
        ("an underscore", "a_b.test"),
        ("a dot at its end", "a.test."),
        ("an address", "192.0.2.1"),
    ] {
        let value = sequence(&[dns(NAME), dns(text)]);
        let made = shop.leaf(|leaf| leaf.set(ALT_NAMES, false, value));
        kinds.push(kind(format!("right name beside {what}"), made));
    }
    let v4 = || address(&[192, 0, 2, 1]);
    let v6 = || {
        let mut bytes = [0_u8; 16];
        bytes[..4].copy_from_slice(&[0x20, 1, 0x0d, 0xb8]);
        bytes[15] = 1;
        address(&bytes)
    };
    let mapped = || {
        let mut bytes = [0_u8; 16];
        bytes[10..].copy_from_slice(&[0xff, 0xff, 192, 0, 2, 1]);
        address(&bytes)
    };
    let own = || other_name("1.3.6.1.5.5.7.8.7", "_https.gw.test");
    let general: Vec<(&str, &'static str, Vec<Vec<u8>>)> = vec![
        ("an IPv4 address", "192.0.2.1", vec![v4()]),
        ("an IPv6 address", "2001:db8::1", vec![v6()]),
        ("another IPv4 address", "192.0.2.2", vec![v4()]),
        (
            "an IPv4 address mapped to IPv6",
            "192.0.2.1",
            vec![mapped()],
        ),
        (
            "an address of five bytes",
            "192.0.2.1",
            vec![address(&[192, 0, 2, 1, 0])],
        ),
        (
            "an address of no bytes beside",
            NAME,
            vec![dns(NAME), address(&[])],
        ),
        (
            "an address of five bytes beside",
            NAME,
            vec![dns(NAME), address(&[1, 2, 3, 4, 5])],
        ),
        ("an address and a name", NAME, vec![v4(), dns(NAME)]),
        ("a mail address alone", NAME, vec![mail("ops@gw.test")]),
        ("a URI alone", NAME, vec![uri("https://gw.test/")]),
        ("a service name alone", NAME, vec![own()]),
        (
            "a directory name alone",
            NAME,
            vec![directory(&common(NAME))],
        ),
        ("a registered id alone", NAME, vec![registered("1.2.3.4")]),
        (
            "a mail address beside",
            NAME,
            vec![dns(NAME), mail("ops@gw.test")],
        ),
        (
            "a mail address without host beside",
            NAME,
            vec![dns(NAME), mail("ops")],
        ),
        (
            "a mail address in Unicode beside",
            NAME,
            vec![dns(NAME), mail("bücher@gw.test")],
        ),
        (
            "a URI beside",
            NAME,
            vec![dns(NAME), uri("https://gw.test/")],
        ),
        (
            "a broken URI beside",
            NAME,
            vec![dns(NAME), uri("http://[::1/%zz")],
        ),
        (
            "a relative URI beside",
            NAME,
            vec![dns(NAME), uri("gw.test")],
        ),
        ("a service name beside", NAME, vec![own(), dns(NAME)]),
        (
            "a directory name beside",
            NAME,
            vec![dns(NAME), directory(&common("x"))],
        ),
        (
            "a registered id beside",
            NAME,
            vec![dns(NAME), registered("1.2.3.4")],
        ),
        (
            "an unknown form beside",
            NAME,
            vec![dns(NAME), tlv(0x8a, b"x")],
        ),
        ("the same name twice", NAME, vec![dns(NAME), dns(NAME)]),
        ("a thousand names", NAME, {
            let many = (0..1_000).map(|number| dns(&format!("h{number}.test")));
            many.chain([dns(NAME)]).collect()
        }),
    ];
    for (what, host, names) in general {
        let value = sequence(&names);
        kinds.push(kind_at(
            format!("names: {what}"),
            host,
            shop.leaf(|leaf| leaf.set(ALT_NAMES, false, value)),
        ));
    }
    kinds.extend(common_names(shop));
    kinds
}

fn common_names(shop: &Workshop) -> Vec<Kind> {
    let with = |subject: Vec<u8>, names: Option<Vec<u8>>| {
        move |leaf: &mut Draft| {
            leaf.subject = subject;
            match names {
                Some(names) => leaf.set(ALT_NAMES, false, sequence(&[names])),
                None => leaf.drop(ALT_NAMES),
            }
        }
    };
    let twice = name(&[
        (COMMON_NAME, UTF8, b"other.test"),
        (COMMON_NAME, UTF8, NAME.as_bytes()),
    ]);
    let nameless = |critical: bool| {
        move |leaf: &mut Draft| {
            leaf.subject = sequence(&[]);
            leaf.set(ALT_NAMES, critical, sequence(&[dns(NAME)]));
        }
    };
    vec![
        kind(
            "common name and nothing beside it",
            shop.leaf(with(common(NAME), None)),
        ),
        kind_at(
            "common name alone, a star",
            "gw.a.test",
            shop.leaf(with(common("*.a.test"), None)),
        ),
        kind_at(
            "common name alone, an address",
            "192.0.2.1",
            shop.leaf(with(common("192.0.2.1"), None)),
        ),
        kind(
            "common name, the second of two",
            shop.leaf(with(twice, None)),
        ),
        kind(
            "common name, other names",
            shop.leaf(with(common(NAME), Some(dns("other.test")))),
        ),
        kind(
            "common name, beside a mail address",
            shop.leaf(with(common(NAME), Some(mail("ops@gw.test")))),
        ),
        kind(
            "common name, beside an address",
            shop.leaf(with(common(NAME), Some(address(&[192, 0, 2, 1])))),
        ),
        kind(
            "common name, beside a URI",
            shop.leaf(with(common(NAME), Some(uri("https://gw.test/")))),
        ),
        kind(
            "common name of another",
            shop.leaf(with(common("other.test"), Some(dns(NAME)))),
        ),
        kind("no subject, names not critical", shop.leaf(nameless(false))),
        kind("no subject, names critical", shop.leaf(nameless(true))),
        kind(
            "no subject and no names",
            shop.leaf(with(sequence(&[]), None)),
        ),
        kind(
            "names critical beside a subject",
            shop.leaf(|leaf| leaf.set(ALT_NAMES, true, sequence(&[dns(NAME)]))),
        ),
        kind(
            "names without entries",
            shop.leaf(|leaf| leaf.set(ALT_NAMES, false, sequence(&[]))),
        ),
        kind(
            "names without entries, common name right",
            shop.leaf(|leaf| {
                leaf.subject = common(NAME);
                leaf.set(ALT_NAMES, false, sequence(&[]));
            }),
        ),
        kind(
            "names of garbage",
            shop.leaf(|leaf| leaf.set(ALT_NAMES, false, tlv(4, b"??"))),
        ),
        kind_at("asked with a dot at the end", "gw.test.", shop.leaf(|_| ())),
        kind_at("asked in upper case", "GW.test", shop.leaf(|_| ())),
    ]
}
