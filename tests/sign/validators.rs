//! What others say of our signature: pdfsig (poppler and NSS), pyHanko, qpdf.

use jiff::Timestamp;
use tminus::sign::{Identity, Refusal, Trust, certificates_from_pem, verify_pdf};

use super::{documents, identity, now, signed};
use crate::support::validators::{Organisation, P256, Validators, done};

#[test]
fn a_self_made_identity_signs_every_kind_of_document() {
    let identity = identity();
    let desk = Validators::new(&identity.certificate_pem(), "P,P,P");
    // NSS takes it for signing documents. pdfsig trusts only what an authority issued, so it does not say so.
    let usable = ["-d", &desk.nss, "-V", "-n", "trusted", "-u", "S"];
    assert!(done("certutil", &usable).contains("certificate is valid"));
    for (name, base) in documents::all() {
        let pdf = signed(&base, &identity);
        assert!(pdf.starts_with(&base), "{name}: the base was changed");
        desk.accepts(name, &pdf, now());

        let verified =
            verify_pdf(&pdf, &[], now()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(verified.signer, identity.describe(), "{name}");
        assert_eq!(verified.trust, Trust::SelfMade, "{name}");
        assert_eq!(verified.signed_at, now(), "{name}");
        assert_eq!(verified.reason, "GO for PixelRush 1.2 (像素)", "{name}");
        assert_eq!(verified.base, base, "{name}");
        let files = verified.attachments.into_iter().collect::<Vec<_>>();
        let expected = ("report.json".to_owned(), documents::ATTACHED.to_vec());
        assert_eq!(files, [expected], "{name}");
    }
}

#[test]
fn signing_a_signed_document_keeps_both_signatures_valid() {
    let identity = identity();
    let desk = Validators::new(&identity.certificate_pem(), "P,P,P");
    let once = signed(&documents::plain(), &identity);
    let twice = signed(&once, &identity);
    let path = desk.put(&twice);
    let text = desk.pdfsig(&path);
    assert_eq!(text.matches("Signature is Valid").count(), 2, "{text}");
    let (success, text) = desk.pyhanko(&path);
    assert!(success, "{text}");
    assert_eq!(verify_pdf(&twice, &[], now()).unwrap().base, once);
}

const P384: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"];
const RSA: &[&str] = &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];

#[test]
fn an_organisations_keys_sign_and_lead_to_its_authority() {
    // All certificates first: none may begin after the one time at which these tests sign.
    let kinds = [("ECDSA P-256", P256), ("ECDSA P-384", P384), ("RSA", RSA)];
    for (kind, organisation) in kinds.map(|(kind, key)| (kind, Organisation::new(key))) {
        let identity = organisation.signer();
        assert!(identity.describe().algorithm.starts_with(kind));
        let pdf = signed(&documents::plain(), &identity);
        let desk = Validators::new(&organisation.text("root.pem"), "CT,C,C");
        let text = desk.accepts(kind, &pdf, now());
        assert!(text.contains("Certificate is Trusted"), "{kind}: {text}");

        let verified = verify_pdf(&pdf, &organisation.root(), now()).unwrap();
        let Trust::Trusted { by } = verified.trust else {
            panic!("{:?}", verified.trust);
        };
        assert_eq!(by.subject, "CN=root,O=PixelRush");
        assert_eq!(
            verify_pdf(&pdf, &[], now()).unwrap().trust,
            Trust::NotAnchored
        );
    }
}

/// Why the signer is not trusted.
fn problem(pdf: &[u8], trusted: &[Vec<u8>]) -> String {
    match verify_pdf(pdf, trusted, now()).unwrap_err() {
        Refusal::Untrusted { problem, .. } => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_certificate_that_has_expired_is_not_trusted_however_early_the_signature_says_it_was_made() {
    let organisation = Organisation::new(P256);
    let pdf = signed(&documents::plain(), &organisation.signer());
    let later = "2200-01-01T00:00:00Z".parse().unwrap();
    match verify_pdf(&pdf, &organisation.root(), later).unwrap_err() {
        Refusal::Untrusted { problem, .. } => assert!(problem.contains("expired"), "{problem}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stranger_is_not_trusted() {
    let (ours, theirs) = (Organisation::new(P256), Organisation::new(P256));
    let pdf = signed(&documents::plain(), &ours.signer());
    assert_eq!(
        problem(&pdf, &theirs.root()),
        "a signature on the path does not match"
    );

    // The names of both authorities are the same: only their keys tell them apart.
    let mut both = theirs.root();
    both.extend(ours.root());
    assert!(matches!(
        verify_pdf(&pdf, &both, now()).unwrap().trust,
        Trust::Trusted { .. }
    ));

    // Nor does a self-made identity lead anywhere, but to itself.
    let identity = identity();
    let pdf = signed(&documents::plain(), &identity);
    problem(&pdf, &ours.root());

    // The dates of an authority that issued nothing here are not the reason.
    let midnight = now().as_second() / 86_400 * 86_400;
    let midnight = Timestamp::from_second(midnight).unwrap();
    let early = tminus::sign::sign_pdf(&documents::plain(), &identity, midnight, "GO").unwrap();
    assert_eq!(
        problem(&early, &ours.root()),
        "no certificate in the signature leads to it"
    );
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own.pem");
    std::fs::write(&own, identity.certificate_pem()).unwrap();
    let own = certificates_from_pem(&own).unwrap();
    assert!(matches!(
        verify_pdf(&pdf, &own, now()).unwrap().trust,
        Trust::Trusted { .. }
    ));
}

#[test]
fn a_signer_that_was_not_allowed_to_issue_makes_no_one_trusted() {
    let organisation = Organisation::new(P256);
    organisation.issue("mallory", Some("signer"), P256, "keyUsage=digitalSignature");
    let chain = ["mallory.pem", "signer.pem", "issuing.pem"].map(|name| organisation.text(name));
    std::fs::write(organisation.path("chain.pem"), chain.concat()).unwrap();
    let (chain, key) = (
        organisation.path("chain.pem"),
        organisation.path("mallory.key"),
    );
    let mallory = Identity::from_pem(chain.as_ref(), Some(key.as_ref())).unwrap();
    let pdf = signed(&documents::plain(), &mallory);
    assert_eq!(
        problem(&pdf, &organisation.root()),
        "an issuer on the path is not an authority"
    );
}
