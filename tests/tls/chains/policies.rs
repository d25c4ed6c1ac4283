//! Certificate policies (RFC 5280 sections 4.2.1.4, 4.2.1.5, 4.2.1.11 and 4.2.1.14).

use super::kind::{Kind, Workshop, kind};
use crate::fixtures::craft::{
    Draft, IA5, INHIBIT_ANY, POLICIES, POLICY_CONSTRAINTS, POLICY_MAPPINGS, UTF8, oid, sequence,
    small, tlv,
};

const ANY: &str = "2.5.29.32.0";
const ONE: &str = "1.3.6.1.4.1.99999.1";
const TWO: &str = "1.3.6.1.4.1.99999.2";

fn policies(dotted: &[&str]) -> Vec<u8> {
    let policies: Vec<_> = dotted
        .iter()
        .map(|dotted| sequence(&[oid(dotted)]))
        .collect();
    sequence(&policies)
}

fn mapping(from: &str, to: &str) -> Vec<u8> {
    sequence(&[sequence(&[oid(from), oid(to)])])
}

/// `requireExplicitPolicy` and `inhibitPolicyMapping`.
fn limits(explicit: Option<u8>, mapping: Option<u8>) -> Vec<u8> {
    let limit = |tag: u8, value: Option<u8>| value.map_or(Vec::new(), |value| tlv(tag, &[value]));
    sequence(&[limit(0x80, explicit), limit(0x81, mapping)])
}

pub fn kinds(shop: &Workshop) -> Vec<Kind> {
    let with = |oid: &'static str, critical: bool, value: Vec<u8>| {
        move |draft: &mut Draft| draft.set(oid, critical, value.clone())
    };
    let says = |dotted: &'static str| with(POLICIES, false, policies(&[dotted]));
    let required = |explicit: u8| with(POLICY_CONSTRAINTS, true, limits(Some(explicit), None));
    let qualified = |qualifier: Vec<u8>| sequence(&[sequence(&[oid(ONE), sequence(&[qualifier])])]);
    let place = sequence(&[oid("1.3.6.1.5.5.7.2.1"), tlv(IA5, b"https://ca.test/cps")]);
    let notice = sequence(&[oid("1.3.6.1.5.5.7.2.2"), sequence(&[tlv(UTF8, b"read me")])]);
    let own = sequence(&[oid("1.3.6.1.4.1.99999.3"), tlv(UTF8, b"x")]);
    let mut kinds = Vec::new();
    kinds.extend(shop.each("policy", says(ONE)));
    kinds.extend(shop.each("policy critical", with(POLICIES, true, policies(&[ONE]))));
    kinds.extend(shop.each("policy any", says(ANY)));
    kinds.extend(shop.each("policy twice", with(POLICIES, false, policies(&[ONE, ONE]))));
    kinds.extend(shop.each("policies empty", with(POLICIES, false, sequence(&[]))));
    kinds.extend(shop.each(
        "policy with a place",
        with(POLICIES, true, qualified(place)),
    ));
    kinds.extend(shop.each(
        "policy with a notice",
        with(POLICIES, true, qualified(notice)),
    ));
    kinds.extend(shop.each(
        "policy with an unknown qualifier, critical",
        with(POLICIES, true, qualified(own)),
    ));
    kinds.extend(shop.each("explicit policy required, none there", required(0)));
    kinds.extend(shop.each(
        "explicit policy required, not critical, none there",
        with(POLICY_CONSTRAINTS, false, limits(Some(0), None)),
    ));
    kinds.extend(shop.each(
        "mapping inhibited",
        with(POLICY_CONSTRAINTS, true, limits(None, Some(0))),
    ));
    kinds.extend(shop.each(
        "policy constraints empty",
        with(POLICY_CONSTRAINTS, true, limits(None, None)),
    ));
    kinds.extend(shop.each("any policy inhibited", with(INHIBIT_ANY, true, small(0))));
    kinds.extend(shop.each(
        "policies mapped",
        with(POLICY_MAPPINGS, true, mapping(ONE, TWO)),
    ));
    kinds.extend(shop.each(
        "policies mapped from any",
        with(POLICY_MAPPINGS, true, mapping(ANY, TWO)),
    ));
    let required_with = |middle: Vec<u8>, leaf: Option<Vec<u8>>, explicit: u8| {
        shop.chain(
            |_| (),
            move |ca| {
                ca.set(POLICIES, false, middle);
                ca.set(POLICY_CONSTRAINTS, true, limits(Some(explicit), None));
            },
            move |draft| {
                if let Some(leaf) = leaf {
                    draft.set(POLICIES, false, leaf);
                }
            },
        )
    };
    kinds.extend([
        kind(
            "explicit policy required and kept",
            required_with(policies(&[ONE]), Some(policies(&[ONE])), 0),
        ),
        kind(
            "explicit policy required, another there",
            required_with(policies(&[ONE]), Some(policies(&[TWO])), 0),
        ),
        kind(
            "explicit policy required, leaf has none",
            required_with(policies(&[ONE]), None, 0),
        ),
        kind(
            "explicit policy required, any above",
            required_with(policies(&[ANY]), Some(policies(&[ONE])), 0),
        ),
        kind(
            "explicit policy required, any below",
            required_with(policies(&[ONE]), Some(policies(&[ANY])), 0),
        ),
        kind(
            "explicit policy required two below",
            required_with(policies(&[ONE]), None, 2),
        ),
        kind(
            "explicit policy required one below",
            required_with(policies(&[ONE]), None, 1),
        ),
        kind(
            "explicit policy required, mapped",
            shop.chain(
                |_| (),
                |ca| {
                    ca.set(POLICIES, false, policies(&[ONE]));
                    ca.set(POLICY_MAPPINGS, true, mapping(ONE, TWO));
                    ca.set(POLICY_CONSTRAINTS, true, limits(Some(0), None));
                },
                says(TWO),
            ),
        ),
        kind(
            "explicit policy required, mapped, the old one there",
            shop.chain(
                |_| (),
                |ca| {
                    ca.set(POLICIES, false, policies(&[ONE]));
                    ca.set(POLICY_MAPPINGS, true, mapping(ONE, TWO));
                    ca.set(POLICY_CONSTRAINTS, true, limits(Some(0), None));
                },
                says(ONE),
            ),
        ),
        kind(
            "explicit policy required by the root and kept",
            shop.chain(required(0), says(ONE), says(ONE)),
        ),
        kind(
            "explicit policy required, any inhibited and any above",
            shop.chain(
                |_| (),
                |ca| {
                    ca.set(POLICIES, false, policies(&[ANY]));
                    ca.set(INHIBIT_ANY, true, small(0));
                    ca.set(POLICY_CONSTRAINTS, true, limits(Some(0), None));
                },
                says(ONE),
            ),
        ),
        kind(
            "policies that have nothing in common, none required",
            shop.chain(|_| (), says(ONE), says(TWO)),
        ),
    ]);
    kinds
}
