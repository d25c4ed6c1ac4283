//! Answers and lists by table: every way in which one can be wrong, made here.

use super::{
    Issuer, ListError, Listing, OcspError, Pointers, Signer, Standing, answer, list, request,
};
use crate::fixtures::chains;
use crate::fixtures::craft::{
    BITS, COMMON_NAME, Crafted, Draft, EXTENDED, KEY_USAGE, Key, PRINTABLE, UTC_TIME, UTF8, common,
    name, oid, sequence, small, tlv, usage,
};
use crate::fixtures::pki::{Authority, DAY, Issued, Leaf, Revocation};
use crate::fixtures::revocation::{List, Response, try_later};
use crate::instrument::tls::{Origin, Roots};
use der::Decode as _;
use x509_ocsp::CertStatus;

const NOW: i64 = 1_795_000_000;
const PLACE: &str = "http://list.test/7.crl";

/// An authority, and a certificate by it.
struct World {
    root: Authority,
    authority: Authority,
    leaf: Issued,
}

impl World {
    fn new() -> Self {
        let root = Authority::root("Root");
        let authority = root.intermediate("Issuer", NOW - 90 * DAY, NOW + 900 * DAY);
        let mut leaf = Leaf::new("gw.test", NOW - DAY, NOW + 90 * DAY);
        leaf.revocation = Revocation {
            responder: Some("http://ocsp.test".to_owned()),
            lists: vec![PLACE.to_owned(), "ldap://list.test".to_owned()],
            must_staple: true,
            ..Revocation::default()
        };
        let leaf = authority.issue(&leaf);
        Self {
            root,
            authority,
            leaf,
        }
    }

    fn pointers(&self) -> Pointers {
        Pointers::read(&self.leaf.der).unwrap()
    }

    fn issuer(&self) -> Issuer {
        let authority = self.authority.der();
        Issuer::of(&self.leaf.der, [&*self.root.der(), &*authority], &[]).unwrap()
    }

    fn good(&self) -> Response {
        Response::good(&self.leaf, &self.authority, NOW - DAY, NOW + DAY)
    }

    fn delegate(&self, by: &Authority, purpose: bool) -> Issued {
        let mut leaf = Leaf::new("ocsp.test", NOW - 10 * DAY, NOW + 10 * DAY);
        leaf.revocation.delegate = purpose;
        by.issue(&leaf)
    }

    fn answer(&self, response: &[u8]) -> Result<super::Answer, OcspError> {
        answer(response, &self.pointers(), &self.issuer())
    }

    fn list(&self, bytes: &[u8]) -> Result<Listing, ListError> {
        list(bytes, &self.pointers(), &self.issuer())
    }
}

#[test]
fn a_certificate_says_whom_to_ask() {
    let pointers = World::new().pointers();
    assert_eq!(pointers.responders, ["http://ocsp.test"]);
    assert_eq!(pointers.lists, [PLACE]);
    assert!(pointers.must_staple);
    assert_eq!(pointers.lifetime, 91 * DAY);
    let root = Authority::root("Root");
    let pointers = Pointers::read(&root.der()).unwrap();
    assert!(pointers.is_empty());
    assert!(Pointers::read(b"no certificate").is_err());
}

#[test]
fn the_issuer_is_found_by_name_and_by_signature() {
    let world = World::new();
    assert_eq!(world.issuer().shown(), "Issuer");
    let namesake = world.root.intermediate("Issuer", NOW - DAY, NOW + DAY);
    let [namesake, root] = [namesake.der(), world.root.der()];
    assert_eq!(Issuer::of(&world.leaf.der, [&*namesake, &*root], &[]), None);
    let own = Leaf::new("gw.test", NOW, NOW + DAY).self_signed();
    assert_eq!(Issuer::of(&own.der, [&*own.der], &[]), None);
}

#[test]
fn answers_of_those_who_may_answer() {
    let world = World::new();
    let good = world.answer(&world.good().by(&world.authority)).unwrap();
    assert_eq!(good.standing, Standing::Good);
    assert_eq!(good.signer, Signer::Issuer);
    assert_eq!(good.this_update.as_second(), NOW - DAY);
    assert_eq!(good.next_update.unwrap().as_second(), NOW + DAY);

    let mut otherwise = world.good();
    (otherwise.sha256, otherwise.by_key, otherwise.next_update) = (true, true, None);
    let good = world.answer(&otherwise.by(&world.authority)).unwrap();
    assert_eq!((good.standing, good.next_update), (Standing::Good, None));

    let delegate = world.delegate(&world.authority, true);
    for by_key in [false, true] {
        let mut response = world.good();
        response.by_key = by_key;
        // Many send the issuer's own certificate along, which is no delegate's.
        response.certificates = vec![world.authority.der()];
        let good = world.answer(&response.by_delegate(&delegate)).unwrap();
        match good.signer {
            Signer::Delegate { name, from, until } => {
                assert_eq!(name, "leaf");
                assert_eq!(from.as_second(), NOW - 10 * DAY);
                assert_eq!(until.as_second(), NOW + 10 * DAY);
            }
            Signer::Issuer => panic!("it was the delegate"),
        }
    }

    let revoked = world.good().revoked(NOW - 2 * DAY).by(&world.authority);
    match world.answer(&revoked).unwrap().standing {
        Standing::Revoked { at, reason } => {
            assert_eq!(at.as_second(), NOW - 2 * DAY);
            assert_eq!(reason.as_deref(), Some("keyCompromise"));
        }
        other => panic!("{other:?}"),
    }
    let mut unknown = world.good();
    unknown.status = CertStatus::unknown();
    let unknown = world.answer(&unknown.by(&world.authority)).unwrap();
    assert_eq!(unknown.standing, Standing::Unknown);
}

#[test]
fn of_two_answers_about_one_certificate_the_worst_counts() {
    let world = World::new();
    let revoked = world.good().revoked(NOW).status;
    let [good, unknown] = [CertStatus::good(), CertStatus::unknown()];
    for (first, second, expected) in [
        (good, good, "good"),
        (good, revoked, "revoked"),
        (revoked, good, "revoked"),
        (good, unknown, "unknown"),
        (unknown, good, "unknown"),
        (unknown, revoked, "revoked"),
    ] {
        let mut response = world.good();
        (response.status, response.also) = (first, vec![second]);
        let said = match world
            .answer(&response.by(&world.authority))
            .unwrap()
            .standing
        {
            Standing::Good => "good",
            Standing::Unknown => "unknown",
            Standing::Revoked { .. } => "revoked",
        };
        assert_eq!(said, expected);
    }
}

#[test]
fn a_critical_extension_is_refused_unless_it_changes_nothing() {
    let world = World::new();
    for (oid, understood) in [
        ("1.3.6.1.4.1.11129.2.4.5", true), // timestamps of transparency logs
        ("1.3.6.1.5.5.7.48.1.2", true),    // a nonce
        ("1.3.6.1.5.5.7.48.1.6", true),    // how long the responder keeps what it knows
        ("2.5.29.21", true),               // a reason
        ("2.5.29.29", false),              // another issuer's certificate
        ("1.3.6.1.4.1.99999.1", false),
    ] {
        let mut response = world.good();
        response.critical = Some(oid);
        let said = world.answer(&response.by(&world.authority));
        assert_eq!(said.is_ok(), understood, "{oid}: {said:?}");
    }
}

#[test]
fn answers_that_prove_nothing() {
    let world = World::new();
    let told = |response: &[u8]| world.answer(response).unwrap_err().to_string();
    let good = world.good().by(&world.authority);

    let mut torn = good.clone();
    let last = torn.len() - 1;
    torn[last] ^= 1;
    assert_eq!(told(&torn), "its signature is wrong");

    // A stranger who takes the issuer's name, and one who does not.
    let stranger = Authority::root("Issuer");
    assert_eq!(told(&world.good().by(&stranger)), "its signature is wrong");
    let other = Authority::root("Other");
    assert_eq!(
        told(&world.good().by(&other)),
        "it is signed by \"Other\", which is neither the certificate's issuer nor authorised by it"
    );
    let mut by_key = world.good();
    by_key.by_key = true;
    assert!(told(&by_key.by(&other)).starts_with("it is signed by an unknown key, "));

    // Another purpose, and none at all, which allows any other but this one.
    let without_purpose = world.delegate(&world.authority, false);
    let mut purposeless = Leaf::new("ocsp.test", NOW - DAY, NOW + DAY);
    purposeless.revocation.purposeless = true;
    for delegate in [&without_purpose, &world.authority.issue(&purposeless)] {
        assert_eq!(
            told(&world.good().by_delegate(delegate)),
            "it is signed by \"leaf\", whose certificate is not meant for signing OCSP responses"
        );
    }
    // The issuer's issuer is another issuer (RFC 6960 section 4.2.2.2).
    for by in [&other, &world.root] {
        let foreign = world.delegate(by, true);
        assert_eq!(
            told(&world.good().by_delegate(&foreign)),
            "it is signed by \"leaf\", whose certificate is not by the same issuer"
        );
    }
    // In the name of a delegate, by a key that is not its own.
    let delegate = world.delegate(&world.authority, true);
    let mut forged = world.good();
    forged.certificates = vec![delegate.der.clone()];
    assert_eq!(
        told(&forged.signed(&delegate.der, &without_purpose.key)),
        "its signature is wrong"
    );

    let sibling = world
        .authority
        .issue(&Leaf::new("gw.test", NOW - DAY, NOW + DAY));
    let other_serial = Response::good(&sibling, &world.authority, NOW - DAY, NOW + DAY);
    assert_eq!(
        told(&other_serial.by(&world.authority)),
        "it is about another certificate"
    );
    let mut other_issuer = world.good();
    other_issuer.issuer = other.der();
    assert_eq!(
        told(&other_issuer.by(&world.authority)),
        "it is about another certificate"
    );

    assert_eq!(told(&try_later()), "it returns the error \"tryLater\"");
    assert!(told(b"").starts_with("it is not an OCSP response: "));
    assert!(told(b"<html>").starts_with("it is not an OCSP response: "));
    assert!(told(&good[..good.len() - 1]).starts_with("it is not an OCSP response: "));
    let mut longer = good.clone();
    longer.push(0);
    assert!(told(&longer).starts_with("it is not an OCSP response: "));
}

#[test]
fn lists_of_the_issuer() {
    let world = World::new();
    let empty = List::empty(NOW - DAY, NOW + DAY);
    let listing = world.list(&empty.by(&world.authority)).unwrap();
    assert_eq!((listing.revoked, listing.entries), (None, 0));
    assert_eq!(listing.this_update.as_second(), NOW - DAY);
    assert_eq!(listing.next_update.unwrap().as_second(), NOW + DAY);
    assert_eq!(listing.number.as_deref(), Some("07"));

    let other = world.authority.issue(&Leaf::new("gw.test", NOW, NOW + DAY));
    let mut full = empty.clone();
    full.revoked = vec![other.der.clone(), world.leaf.der.clone(), other.der.clone()];
    full.place = Some(PLACE.to_owned());
    let listing = world.list(&full.by(&world.authority)).unwrap();
    assert_eq!(listing.entries, 3);
    let entry = listing.revoked.unwrap();
    assert_eq!(entry.at.as_second(), NOW - DAY);
    assert_eq!(entry.reason.as_deref(), Some("keyCompromise"));
    full.revoked = vec![other.der];
    full.scope = Some(rcgen::CrlScope::UserCertsOnly);
    let listing = world.list(&full.by(&world.authority)).unwrap();
    assert_eq!((listing.revoked, listing.entries), (None, 1));
}

#[test]
fn a_list_for_authorities_alone_covers_them_and_no_others() {
    let world = World::new();
    let named = Revocation {
        lists: vec![PLACE.to_owned()],
        ..Revocation::default()
    };
    let authority = world.root.below("Issuer", NOW - DAY, NOW + DAY, &named);
    let about = Pointers::read(&authority.der()).unwrap();
    assert!(about.authority && !world.pointers().authority);
    let issuer = Issuer::of(&authority.der(), [&*world.root.der()], &[]).unwrap();
    let told = |scope| {
        let mut made = List::empty(NOW - DAY, NOW + DAY);
        (made.place, made.scope) = (Some(PLACE.to_owned()), Some(scope));
        list(&made.by(&world.root), &about, &issuer).map_err(|error| error.to_string())
    };
    assert!(told(rcgen::CrlScope::CaCertsOnly).is_ok());
    assert_eq!(
        told(rcgen::CrlScope::UserCertsOnly).unwrap_err(),
        "it does not cover the certificate: it is not for certificates of authorities"
    );
}

#[test]
fn lists_that_say_nothing() {
    let world = World::new();
    let told = |bytes: &[u8]| world.list(bytes).unwrap_err().to_string();
    let empty = List::empty(NOW - DAY, NOW + DAY);
    let good = empty.by(&world.authority);

    let mut torn = good.clone();
    let last = torn.len() - 1;
    torn[last] ^= 1;
    let forged = "the certificate's issuer did not sign it";
    assert_eq!(told(&torn), forged);
    assert_eq!(told(&empty.by(&Authority::root("Issuer"))), forged);
    assert_eq!(
        told(&empty.by(&world.root)),
        "it is the list of \"Root\", which has not issued the certificate"
    );
    for (place, scope, why) in [
        (
            "http://list.test/8.crl",
            None,
            "it is another of its issuer's lists",
        ),
        (
            PLACE,
            Some(rcgen::CrlScope::CaCertsOnly),
            "it is for certificates of authorities",
        ),
    ] {
        let mut list = empty.clone();
        (list.place, list.scope) = (Some(place.to_owned()), scope);
        let expected = format!("it does not cover the certificate: {why}");
        assert_eq!(told(&list.by(&world.authority)), expected);
    }
    for bytes in [b"".as_slice(), b"<html>", &good[..good.len() - 1]] {
        assert!(
            told(bytes).starts_with("it is not a revocation list: "),
            "{bytes:?}"
        );
    }
}

#[test]
fn a_list_may_come_as_pem() {
    let world = World::new();
    let empty = List::empty(NOW - DAY, NOW + DAY);
    let block = |der: &[u8]| {
        use base64::Engine as _;
        let base64 = base64::engine::general_purpose::STANDARD.encode(der);
        format!("-----BEGIN X509 CRL-----\n{base64}\n-----END X509 CRL-----\n")
    };
    let mut full = empty.clone();
    full.revoked = vec![world.leaf.der.clone()];
    let own = block(&full.by(&world.authority));
    let foreign = block(&empty.by(&world.root));
    for text in [
        own.clone(),
        format!("\u{feff}{own}"),
        format!("Certificate Revocation List (CRL):\n  Version 2\n{own}"),
        own.replace('\n', "\r\n"),
        foreign.clone() + &own,
    ] {
        let listing = world.list(text.as_bytes()).unwrap();
        assert!(listing.pem && listing.revoked.is_some(), "{text}");
    }
    let listing = world.list(&empty.by(&world.authority)).unwrap();
    assert!(!listing.pem && listing.revoked.is_none());
    let told = world.list(foreign.as_bytes()).unwrap_err();
    assert!(matches!(told, ListError::OtherIssuer { .. }), "{told:?}");
}

#[test]
fn a_root_may_sign_lists_only_if_its_certificate_allows_it() {
    for (bits, allowed) in [(&[5, 6][..], true), (&[5], false), (&[], true)] {
        let key = Key::new();
        let mut root = Draft::authority("Root");
        match bits {
            [] => root.drop(KEY_USAGE),
            bits => root.set(KEY_USAGE, true, usage(bits)),
        }
        let root = root.root(&key);
        let leaf = Draft::server(&["gw.test"]).by(&root, &Key::new());
        let list_of = |issuer: &Issuer| {
            let about = Pointers::read(&leaf.der).unwrap();
            list(&crafted_list(&root.draft.subject, &key), &about, issuer)
        };
        let roots = chains::pem(&[&root.der]).into_bytes();
        let roots = Roots::load(&[Origin::Pem("roots.pem".into(), roots.into())]).unwrap();
        let anchors: Vec<_> = roots
            .candidates(std::slice::from_ref(&leaf.der))
            .cloned()
            .collect();
        for issuer in [
            Issuer::of(&leaf.der, [], &anchors).unwrap(), // in the CA file
            Issuer::of(&leaf.der, [&*root.der], &[]).unwrap(), // served
        ] {
            let said = list_of(&issuer);
            assert_eq!(said.is_ok(), allowed, "{bits:?}: {said:?}");
        }
    }
}

#[test]
fn a_list_may_be_signed_by_the_authoritys_other_key_and_name_it_in_another_encoding() {
    let [old, new, above, stray] = [Key::new(), Key::new(), Key::new(), Key::new()];
    let root = Draft::authority("Root").root(&above);
    let first = Draft::authority("Issuer").by(&root, &old);
    let leaf = Draft::server(&["gw.test"]).by(&first, &Key::new());
    let about = Pointers::read(&leaf.der).unwrap();
    let by_root = Draft::authority("Issuer").by(&root, &new);
    let by_first = Draft::authority("Issuer").by(&first, &new);
    let no_right = Draft::authority("Issuer").with(KEY_USAGE, true, usage(&[5]));
    let no_right = no_right.by(&root, &new);
    let forged = Draft::authority("Issuer").root(&stray);
    let other_name = Draft::authority("Other").by(&root, &new);
    let said = |beside: &Crafted, name: &[u8], key: &Key| {
        let others = [&*first.der, &*beside.der, &*root.der];
        let issuer = Issuer::of(&leaf.der, others, &[]).unwrap();
        list(&crafted_list(name, key), &about, &issuer)
    };
    let own = common("Issuer");
    for beside in [&by_root, &by_first] {
        assert!(said(beside, &own, &new).is_ok());
        assert!(said(beside, &own, &old).is_ok());
        assert_eq!(said(beside, &own, &stray), Err(ListError::Forged));
    }
    for (beside, key) in [(&no_right, &new), (&forged, &stray), (&other_name, &new)] {
        assert_eq!(said(beside, &own, key), Err(ListError::Forged));
    }
    for (tag, text) in [
        (PRINTABLE, &b"Issuer"[..]),
        (UTF8, b"ISSUER"),
        (UTF8, b" Issuer "),
    ] {
        let name = name(&[(COMMON_NAME, tag, text)]);
        assert!(said(&root, &name, &old).is_ok());
    }
    let told = said(&root, &common("Issuer 2"), &old);
    assert!(
        matches!(told, Err(ListError::OtherIssuer { .. })),
        "{told:?}"
    );
}

#[test]
fn an_issuer_is_the_same_in_every_encoding_of_its_name() {
    let [root_key, leaf_key, signer_key] = [Key::new(), Key::new(), Key::new()];
    let root = Draft::authority("Issuer").root(&root_key);
    let printable = name(&[(COMMON_NAME, PRINTABLE, b"Issuer")]);
    let mut leaf = Draft::server(&["gw.test"]);
    leaf.issuer = Some(printable.clone());
    let leaf = leaf.by(&root, &leaf_key);
    let about = Pointers::read(&leaf.der).unwrap();
    let issuer = Issuer::of(&leaf.der, [&*root.der], &[]).unwrap();
    let mut signer = Draft::server(&["ocsp.test"]);
    signer.issuer = Some(printable);
    signer.set(EXTENDED, false, sequence(&[oid("1.3.6.1.5.5.7.3.9")]));
    let signer = signer.by(&root, &signer_key);
    let mut response = Response::about(&leaf.der, &root.der, NOW - DAY, NOW + DAY);
    response.certificates = vec![signer.der.clone()];
    let response = response.signed(&signer.der, signer.key.pair().unwrap());
    let said = answer(&response, &about, &issuer).unwrap();
    assert!(matches!(said.signer, Signer::Delegate { .. }), "{said:?}");
    // The question names the issuer as the certificate does (RFC 6960 section 4.1.1).
    let question = request(&about, &issuer).unwrap();
    let hash = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &about.issuer);
    assert!(question.windows(20).any(|part| part == hash.as_ref()));
}

/// A list of nothing: whose, and by which key.
fn crafted_list(name: &[u8], key: &Key) -> Vec<u8> {
    let day = |text: &[u8]| tlv(UTC_TIME, text);
    let body = sequence(&[
        small(1),
        key.algorithm.clone(),
        name.to_vec(),
        day(b"261101000000Z"),
        day(b"271101000000Z"),
    ]);
    let signature = [vec![0], key.sign(&body)].concat();
    sequence(&[body, key.algorithm.clone(), tlv(BITS, &signature)])
}

#[test]
fn the_question_names_the_certificate() {
    let world = World::new();
    let question = request(&world.pointers(), &world.issuer()).unwrap();
    let read = x509_ocsp::OcspRequest::from_der(&question).unwrap();
    let response = world.good().by(&world.authority);
    let response = x509_ocsp::OcspResponse::from_der(&response).unwrap();
    let basic = response.response_bytes.unwrap();
    let basic = x509_ocsp::BasicOcspResponse::from_der(basic.response.as_bytes()).unwrap();
    let answered = &basic.tbs_response_data.responses[0].cert_id;
    assert_eq!(&read.tbs_request.request_list[0].req_cert, answered);
}
