//! Changes after signing, those above all that other validators let pass; and files that are no signed reports.

use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerInfo, SignerInfos};
use der::asn1::{OctetString, SetOfVec};
use der::oid::ObjectIdentifier;
use der::{Any, Decode as _, Encode as _};
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use tminus::sign::{Identity, Refusal, verify_pdf};

use super::{documents, identity, now, signed};
use crate::support::tminus::Desk;
use crate::support::validators::{Organisation, P256, Validators};

/// Where the hexadecimal digits of the signature begin.
fn digits(pdf: &[u8]) -> usize {
    let key = b"/Contents<";
    let found = pdf.windows(key.len()).rposition(|window| window == key);
    found.unwrap() + key.len()
}

/// The CMS object of a signed document.
fn object(pdf: &[u8]) -> ContentInfo {
    let at = digits(pdf);
    let text = std::str::from_utf8(&pdf[at..at + 32_768]).unwrap();
    let bytes = (0..text.len()).step_by(2);
    let bytes = bytes.map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap());
    let mut bytes = bytes.collect::<Vec<_>>();
    let length = 4 + usize::from(u16::from_be_bytes([bytes[2], bytes[3]]));
    bytes.truncate(length);
    ContentInfo::from_der(&bytes).unwrap()
}

/// The document with another object in the place of its signature.
fn with_object(pdf: &[u8], object: &[u8]) -> Vec<u8> {
    let mut pdf = pdf.to_vec();
    let at = digits(&pdf);
    pdf[at..at + 32_768].fill(b'0');
    for (place, byte) in object.iter().enumerate() {
        let text = format!("{byte:02x}");
        pdf[at + 2 * place..][..2].copy_from_slice(text.as_bytes());
    }
    pdf
}

/// The document with its signed data changed in some way.
fn rewritten(pdf: &[u8], change: impl FnOnce(&mut SignedData)) -> Vec<u8> {
    let mut content = object(pdf);
    let mut signed_data = content.content.decode_as::<SignedData>().unwrap();
    change(&mut signed_data);
    content.content = Any::encode_from(&signed_data).unwrap();
    with_object(pdf, &content.to_der().unwrap())
}

fn with_signer(pdf: &[u8], change: impl FnOnce(&mut SignerInfo)) -> Vec<u8> {
    rewritten(pdf, |signed_data| {
        let mut signer = signed_data.signer_infos.0.as_slice()[0].clone();
        change(&mut signer);
        signed_data.signer_infos = SignerInfos::try_from(vec![signer]).unwrap();
    })
}

/// The refusal, which must be one and must say something; the command `verify` exits with 4, whoever is trusted.
#[track_caller]
fn refused(pdf: &[u8]) -> Refusal {
    let refusal = verify_pdf(pdf, &[], now()).expect_err("verify accepts it");
    assert!(refusal.to_string().len() > 20, "{refusal}");
    let desk = Desk::new();
    desk.write("r.pdf", pdf);
    let outcome = desk.run(&["verify", "r.pdf", "--accept-unknown", "--accept-part"]);
    let outcome = outcome.expect(4);
    let last = outcome.stdout.trim_end().lines().last();
    assert_eq!(last, Some("NOT VERIFIED: do not rely on r.pdf"));
    refusal
}

#[test]
fn a_changed_byte_anywhere_is_refused() {
    let pdf = signed(&documents::plain(), &identity());
    assert!(verify_pdf(&pdf, &[], now()).is_ok());
    everywhere(pdf.len(), |at| {
        let mut changed = pdf.clone();
        // In turn one bit; letter case, which hexadecimal digits and names forgive; another digit; white space.
        let byte = [pdf[at] ^ 1, pdf[at] ^ 0x20, b'7', b' '][at % 4];
        changed[at] = if byte == pdf[at] { byte ^ 1 } else { byte };
        let result = verify_pdf(&changed, &[], now());
        assert!(
            result.is_err(),
            "byte {at} may be {:#04x} instead of {:#04x}",
            changed[at],
            pdf[at]
        );
    });
}

#[test]
fn a_missing_or_an_additional_byte_anywhere_is_refused() {
    let pdf = signed(&documents::plain(), &identity());
    everywhere(pdf.len() / 13, |place| {
        let at = pdf.len() - 1 - 13 * place;
        let without = [&pdf[..at], &pdf[at + 1..]].concat();
        assert!(
            verify_pdf(&without, &[], now()).is_err(),
            "without byte {at}"
        );
        let with = [&pdf[..at], b"0", &pdf[at..]].concat();
        assert!(
            verify_pdf(&with, &[], now()).is_err(),
            "with another byte at {at}"
        );
        assert!(
            verify_pdf(&pdf[..at], &[], now()).is_err(),
            "the first {at} bytes"
        );
    });
}

/// Verification writes the update and the CMS object again: a change of their form, here or in a library, would
/// turn every report signed before into a forgery.
#[test]
fn a_report_signed_by_an_earlier_version_still_verifies() {
    let verified = verify_pdf(include_bytes!("../golden/signed.pdf"), &[], now()).unwrap();
    assert_eq!(verified.signer.subject, "CN=发布 Release (tests)");
    assert_eq!(verified.attachments["report.json"], documents::ATTACHED);
}

/// Calls with every number below `count`, on all cores.
fn everywhere(count: usize, check: impl Fn(usize) + Sync) {
    let cores = std::thread::available_parallelism().unwrap().get();
    let check = &check;
    std::thread::scope(|scope| {
        for first in 0..cores {
            scope.spawn(move || (first..count).step_by(cores).for_each(check));
        }
    });
}

#[test]
fn changed_content_and_a_changed_tail_are_named_so() {
    let pdf = signed(&documents::plain(), &identity());
    let place = |text: &[u8]| pdf.windows(text.len()).rposition(|window| window == text);
    for at in [place(b"(GO) Tj").unwrap(), place(b"/AcroForm").unwrap() + 1] {
        let mut changed = pdf.clone();
        changed[at + 1] ^= 1;
        assert!(matches!(refused(&changed), Refusal::Changed { .. }));
    }
}

/// pdfsig: "Signature is Valid".
#[test]
fn a_changed_certificate_in_the_signature_is_refused() {
    let identity = identity();
    let pdf = signed(&documents::plain(), &identity);
    let certificate = object(&pdf).content.to_der().unwrap();
    let name = b"Release (tests)";
    let place = certificate
        .windows(name.len())
        .position(|window| window == name);
    assert!(place.is_some(), "the certificate stands in the signature");
    let text = name
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>();
    let at = pdf
        .windows(text.len())
        .position(|window| window == text.as_bytes());
    let mut changed = pdf.clone();
    changed[at.unwrap() + 1] ^= 1;
    assert!(matches!(refused(&changed), Refusal::SigningCertificate(_)));

    let desk = Validators::new(&identity.certificate_pem(), "P,P,P");
    let said = desk.pdfsig(&desk.put(&changed));
    assert!(
        said.contains("Signature is Valid"),
        "worth its test as long as pdfsig says so: {said}"
    );
}

/// pdfsig: valid, "not total"; pyHanko: passes.
#[test]
fn a_byte_in_the_padding_is_refused() {
    let identity = identity();
    let mut pdf = signed(&documents::plain(), &identity);
    let last = digits(&pdf) + 32_767;
    pdf[last] = b'1';
    let Refusal::Contents { offset, problem } = refused(&pdf) else {
        panic!("another refusal");
    };
    assert_eq!(offset, last - 1, "the pair of digits");
    assert!(problem.contains("padding"), "{problem}");

    let desk = Validators::new(&identity.certificate_pem(), "P,P,P");
    let (success, said) = desk.pyhanko(&desk.put(&pdf));
    assert!(
        success,
        "worth its test as long as pyHanko lets it pass: {said}"
    );
}

/// pdfsig: valid, "not total"; pyHanko: passes.
#[test]
fn appended_bytes_are_refused_and_counted() {
    let mut pdf = signed(&documents::plain(), &identity());
    pdf.extend_from_slice(b"\n% more\n");
    assert_eq!(refused(&pdf), Refusal::Appended { bytes: 8 });
}

/// pdfsig: valid and trusted, "not total".
#[test]
fn a_page_swapped_by_an_incremental_update_is_refused() {
    let pdf = signed(&documents::plain(), &identity());
    let document = lopdf::Document::load_mem(&pdf).unwrap();
    let page = document.page_iter().next().unwrap();
    let mut update = lopdf::IncrementalDocument::create_from(pdf.clone(), document);
    update.opt_clone_object_to_new_document(page).unwrap();
    let page = update.new_document.get_dictionary_mut(page).unwrap();
    page.set("Contents", Vec::<lopdf::Object>::new());
    let mut swapped = Vec::new();
    update.save_to(&mut swapped).unwrap();
    assert!(swapped.starts_with(&pdf));
    let Refusal::Appended { bytes } = refused(&swapped) else {
        panic!("another refusal");
    };
    assert_eq!(bytes, (swapped.len() - pdf.len()) as u64);
}

/// pdfsig and pyHanko: accepted. The attribute is left out and the rest signed anew, by the right key.
#[test]
fn a_signature_that_is_not_bound_to_its_certificate_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("identity.pem");
    let identity = identity();
    identity.save_new(&path).unwrap();
    let pdf = signed(&documents::plain(), &identity);
    let signing_certificate = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
    let unbound = with_signer(&pdf, |signer| {
        let attributes = signer.signed_attrs.as_ref().unwrap().iter();
        let rest = attributes.filter(|attribute| attribute.oid != signing_certificate);
        let rest = SetOfVec::try_from(rest.cloned().collect::<Vec<_>>()).unwrap();
        assert_eq!(rest.len(), 2);
        let signature = sign(&path, &rest.to_der().unwrap());
        signer.signature = OctetString::new(signature).unwrap();
        signer.signed_attrs = Some(rest);
    });
    assert!(matches!(refused(&unbound), Refusal::SigningCertificate(_)));

    let desk = Validators::new(&identity.certificate_pem(), "P,P,P");
    let unbound = desk.put(&unbound);
    let said = desk.pdfsig(&unbound);
    assert!(
        said.contains("Signature is Valid"),
        "the attack is not done well: {said}"
    );
    let (success, said) = desk.pyhanko(&unbound);
    assert!(success, "the attack is not done well: {said}");
}

fn sign(identity: &std::path::Path, message: &[u8]) -> Vec<u8> {
    let pem = std::fs::read_to_string(identity).unwrap();
    let key = rcgen::KeyPair::from_pem(&pem[pem.find("-----BEGIN PRIVATE").unwrap()..]).unwrap();
    let random = ring::rand::SystemRandom::new();
    let kind = &ECDSA_P256_SHA256_ASN1_SIGNING;
    let key = EcdsaKeyPair::from_pkcs8(kind, &key.serialize_der(), &random).unwrap();
    key.sign(&random, message).unwrap().as_ref().to_vec()
}

#[test]
fn what_the_signature_does_not_cover_in_its_own_object_is_pinned() {
    let organisation = Organisation::new(P256);
    let pdf = signed(&documents::plain(), &organisation.signer());
    assert!(
        verify_pdf(&rewritten(&pdf, |_| {}), &[], now()).is_ok(),
        "the attacker's tools work"
    );

    let unsigned_attribute = with_signer(&pdf, |signer| {
        signer.unsigned_attrs = signer.signed_attrs.clone();
    });
    assert_eq!(refused(&unsigned_attribute), Refusal::Pinned);

    let version = rewritten(&pdf, |data| {
        data.version = cms::content_info::CmsVersion::V3;
    });
    assert_eq!(refused(&version), Refusal::Pinned);

    let null = Any::new(der::Tag::Null, []).unwrap();
    let parameters = with_signer(&pdf, |signer| signer.digest_alg.parameters = Some(null));
    assert_eq!(refused(&parameters), Refusal::Pinned);

    let stranger = identity();
    let theirs = object(&signed(&documents::plain(), &stranger));
    let theirs = theirs.content.decode_as::<SignedData>().unwrap();
    let additional = rewritten(&pdf, |data| {
        let ours = data.certificates.as_mut().unwrap();
        let guest = theirs.certificates.as_ref().unwrap().0.as_slice()[0].clone();
        ours.0.insert(guest).unwrap();
    });
    assert!(matches!(
        refused(&additional),
        Refusal::SigningCertificate(_)
    ));

    let exchanged = rewritten(&pdf, |data| data.certificates = theirs.certificates.clone());
    assert!(matches!(
        refused(&exchanged),
        Refusal::SigningCertificate(_)
    ));

    let signature = theirs.signer_infos.0.as_slice()[0].signature.clone();
    let foreign = with_signer(&pdf, |signer| signer.signature = signature);
    assert_eq!(refused(&foreign), Refusal::Signature);

    let elsewhere = signed(&documents::with_attachment(b"{}"), &organisation.signer());
    let moved = with_object(&pdf, &object(&elsewhere).to_der().unwrap());
    assert!(matches!(refused(&moved), Refusal::Changed { .. }));
}

/// A signer may sign what he likes, but not show other pages than those of the report.
#[test]
fn a_signed_revision_that_does_more_than_sign_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("identity.pem");
    let identity = identity();
    identity.save_new(&path).unwrap();
    let mut pdf = signed(&documents::plain(), &identity);

    // The last revision's page loses its content; the digest is mended and signed by the right key.
    let key = b"/Contents ";
    let at = pdf
        .windows(key.len())
        .rposition(|window| window == key)
        .unwrap();
    pdf[at..at + key.len()].copy_from_slice(b"/Kontents ");
    let begin = digits(&pdf) - 1;
    let covered = [&pdf[..begin], &pdf[begin + 32_770..]].concat();
    let digest = ring::digest::digest(&ring::digest::SHA256, &covered);
    let message_digest = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
    let forged = with_signer(&pdf, |signer| {
        let attributes = signer.signed_attrs.as_ref().unwrap().iter().cloned();
        let mended = attributes.map(|mut attribute| {
            if attribute.oid == message_digest {
                let digest = OctetString::new(digest.as_ref()).unwrap();
                attribute.values =
                    SetOfVec::try_from(vec![Any::encode_from(&digest).unwrap()]).unwrap();
            }
            attribute
        });
        let mended = SetOfVec::try_from(mended.collect::<Vec<_>>()).unwrap();
        signer.signature = OctetString::new(sign(&path, &mended.to_der().unwrap())).unwrap();
        signer.signed_attrs = Some(mended);
    });
    assert_eq!(refused(&forged), Refusal::Update { offset: at + 1 });
}

#[test]
fn a_tree_of_attachments_that_contains_itself_is_refused() {
    let endless = signed(&documents::endless_names(), &identity());
    assert!(matches!(refused(&endless), Refusal::Attachments(_)));
}

#[test]
fn what_is_no_signed_report_is_refused_and_never_breaks_the_program() {
    let plain = documents::plain();
    assert_eq!(refused(&plain), Refusal::NotSigned);
    assert_eq!(refused(b""), Refusal::NotSigned);
    assert_eq!(refused(&[0; 1 << 16]), Refusal::NotSigned);
    assert_eq!(refused(&[b'['; 1 << 20]), Refusal::NotSigned);
}

#[test]
fn what_is_no_pdf_is_not_signed() {
    let identity = identity();
    let now = now();
    let broken = [
        b"".to_vec(),
        b"%PDF-1.7\n".to_vec(),
        vec![b'['; 1 << 20],
        [b"%PDF-1.7\n".as_slice(), &[b'['; 1 << 20]].concat(),
        documents::without_pages(),
    ];
    for pdf in &broken {
        let error = tminus::sign::sign_pdf(pdf, &identity, now, "GO").unwrap_err();
        let error = error.to_string();
        assert!(error.starts_with("cannot sign the document: "), "{error}");
    }
    // Cut at every length, most are no document any more; none may end the process.
    let plain = documents::plain();
    for length in 0..plain.len() {
        let _ = tminus::sign::sign_pdf(&plain[..length], &identity, now, "GO");
    }
}

#[test]
fn an_identity_that_is_not_valid_yet_or_any_more_does_not_sign() {
    let now = now();
    let made = |at: &str| Identity::create("ops", at.parse().unwrap()).unwrap();
    for (at, said) in [
        ("2001-02-03T00:00:00Z", "expired at 2006-02-03"),
        ("2120-01-01T00:00:00Z", "not valid before 2120"),
    ] {
        let error = tminus::sign::sign_pdf(&documents::plain(), &made(at), now, "GO").unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
    }
}
