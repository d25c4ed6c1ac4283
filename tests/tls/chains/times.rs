//! Validity, at each place, and how it is written.

use super::kind::{Kind, Workshop, kind, serve};
use crate::fixtures::craft::{Draft, GENERALIZED_TIME, UTC_TIME, tlv};
use crate::fixtures::pki::DAY;
use crate::support::tls::now;
use jiff::Timestamp;

/// A time as RFC 5280 section 4.1.2.5 wants it.
fn written(at: i64) -> Vec<u8> {
    let at = Timestamp::from_second(at).unwrap();
    let year: i32 = at.strftime("%Y").to_string().parse().unwrap();
    if (1950..2050).contains(&year) {
        tlv(
            UTC_TIME,
            at.strftime("%y%m%d%H%M%SZ").to_string().as_bytes(),
        )
    } else {
        generalized(at)
    }
}

fn generalized(at: Timestamp) -> Vec<u8> {
    let text = at.strftime("%Y%m%d%H%M%SZ").to_string();
    tlv(GENERALIZED_TIME, text.as_bytes())
}

pub fn kinds(shop: &Workshop, at: i64) -> Vec<Kind> {
    let between = |from: i64, until: i64| {
        move |draft: &mut Draft| {
            draft.begin = written(from);
            draft.end = written(until);
        }
    };
    let mut kinds = Vec::new();
    let spans = [
        ("expired", now() - 90 * DAY, now() - DAY),
        ("not yet valid", now() + DAY, now() + 90 * DAY),
        ("ends at T-0", now() - DAY, at),
        ("ends a second before T-0", now() - DAY, at - 1),
        ("begins at T-0", at, now() + 90 * DAY),
        ("begins a second after T-0", at + 1, now() + 90 * DAY),
        ("ends before it begins", now() + DAY, now() - DAY),
    ];
    for (what, from, until) in spans {
        kinds.extend(shop.each(what, between(from, until)));
    }
    let begins: [(&str, u8, &str); 8] = [
        ("begins in 1969", UTC_TIME, "691231235959Z"),
        ("begins in 1950", UTC_TIME, "500101000000Z"),
        ("begins in 1949", GENERALIZED_TIME, "19491231000000Z"),
        ("begins in year 1", GENERALIZED_TIME, "00010101000000Z"),
        ("begins in year 0", GENERALIZED_TIME, "00000101000000Z"),
        (
            "GeneralizedTime before 2050",
            GENERALIZED_TIME,
            "20200101000000Z",
        ),
        ("begin without seconds", UTC_TIME, "2001010000Z"),
        ("begin with an offset", UTC_TIME, "200101000000+0000"),
    ];
    for (what, tag, text) in begins {
        kinds.extend(shop.each(what, |draft| draft.begin = tlv(tag, text.as_bytes())));
    }
    let ends: [(&str, u8, &str); 8] = [
        (
            "ends with the year 9999",
            GENERALIZED_TIME,
            "99991231235959Z",
        ),
        (
            "end in GeneralizedTime before 2050",
            GENERALIZED_TIME,
            "20490101000000Z",
        ),
        (
            "end with fractions of seconds",
            GENERALIZED_TIME,
            "20960101000000.5Z",
        ),
        ("end without zone", GENERALIZED_TIME, "20960101000000"),
        ("end on 30 February", GENERALIZED_TIME, "20960230000000Z"),
        ("end in a leap second", GENERALIZED_TIME, "20961231235960Z"),
        ("end at 24:00", GENERALIZED_TIME, "20961231240000Z"),
        ("end with letters", GENERALIZED_TIME, "2096O101000000Z"),
    ];
    for (what, tag, text) in ends {
        let made = shop.leaf(|leaf| leaf.end = tlv(tag, text.as_bytes()));
        kinds.push(kind(format!("{what}: leaf"), made));
    }
    let [leaf, middle, root] = shop.three(
        |_| (),
        |_| (),
        |leaf| leaf.end = tlv(GENERALIZED_TIME, b"99991231235959Z"),
    );
    let forever = |draft: &mut Draft| draft.end = tlv(GENERALIZED_TIME, b"99991231235959Z");
    kinds.push(kind(
        "everything ends with the year 9999",
        shop.chain(forever, forever, forever),
    ));
    let mut ended = Draft::authority("Root");
    between(now() - 90 * DAY, now() - DAY)(&mut ended);
    let ended = ended.root(&shop.root);
    kinds.extend([
        kind(
            "root renewed with its key, old one first in the CA file",
            serve(&[&leaf, &middle], &[&ended, &root]),
        ),
        kind(
            "root renewed with its key, old one last in the CA file",
            serve(&[&leaf, &middle], &[&root, &ended]),
        ),
        kind(
            "root renewed with its key, old one in the CA file, new one served",
            serve(&[&leaf, &middle, &root], &[&ended]),
        ),
        kind(
            "root renewed with its key, new one in the CA file, old one served",
            serve(&[&leaf, &middle, &ended], &[&root]),
        ),
    ]);
    kinds
}
