//! What others say of our signature: pdfsig (poppler and NSS), pyHanko, qpdf.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use tminus::sign::{Identity, Trust, certificates_from_pem, verify_pdf};

use super::{documents, identity, now, signed};
use crate::support::python::pyhanko;

/// Runs a program and returns its success and all that it printed.
pub(crate) fn run(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> (bool, String) {
    let program = program.as_ref();
    let output = Command::new(program)
        .args(arguments)
        .env("TZ", "UTC")
        .output();
    let output = output.unwrap_or_else(|error| {
        panic!("cannot run {program:?}: {error}; `tests/run` installs what the tests need")
    });
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text += &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text)
}

/// The same, where failing is not expected.
pub(crate) fn done(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> String {
    let (success, text) = run(program, arguments);
    assert!(success, "{arguments:?}: {text}");
    text
}

/// A folder with a signed document, and the certificate that validators are told to trust.
pub(crate) struct Desk {
    pub(crate) folder: TempDir,
    nss: String,
    trusted: PathBuf,
}

impl Desk {
    /// `flags` are NSS trust flags: `P,P,P` for the signer's own certificate, `CT,C,C` for an authority.
    pub(crate) fn new(trusted_pem: &str, flags: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let trusted = folder.path().join("trusted.pem");
        std::fs::write(&trusted, trusted_pem).unwrap();
        let database = folder.path().join("nss");
        std::fs::create_dir(&database).unwrap();
        let nss = format!("sql:{}", database.display());
        done("certutil", &["-d", &nss, "-N", "--empty-password"]);
        let file = trusted.to_str().unwrap();
        let add = ["-d", &nss, "-A", "-n", "trusted", "-t", flags, "-i", file];
        done("certutil", &add);
        Self {
            folder,
            nss,
            trusted,
        }
    }

    pub(crate) fn put(&self, pdf: &[u8]) -> PathBuf {
        let path = self.folder.path().join("report.pdf");
        std::fs::write(&path, pdf).unwrap();
        path
    }

    pub(crate) fn pdfsig(&self, pdf: &Path) -> String {
        let (_, text) = run("pdfsig", &["-nssdir", &self.nss, pdf.to_str().unwrap()]);
        text
    }

    pub(crate) fn pyhanko(&self, pdf: &Path) -> (bool, String) {
        let trusted = self.trusted.to_str().unwrap();
        let options = [
            "--trust",
            trusted,
            "--trust-replace",
            "--no-revocation-check",
        ];
        let mut arguments = vec!["sign", "validate", "--pretty-print"];
        arguments.extend(options);
        arguments.push(pdf.to_str().unwrap());
        run(pyhanko(), &arguments)
    }

    /// Every validator finds the signature valid and the file wholly signed. Returns what pdfsig says.
    fn accepts(&self, name: &str, pdf: &[u8]) -> String {
        let path = self.put(pdf);
        let report = self.pdfsig(&path);
        let time = now()
            .strftime("Signing Time: %b %d %Y %H:%M:%S")
            .to_string();
        for line in [
            "Signature is Valid",
            "Total document signed",
            "Signature Type: ETSI.CAdES.detached",
            &time,
        ] {
            assert!(
                report.contains(line),
                "{name}: pdfsig does not say {line}: {report}"
            );
        }
        let (success, text) = self.pyhanko(&path);
        assert!(success, "{name}: {text}");
        assert!(
            text.contains("The signature is judged VALID"),
            "{name}: {text}"
        );
        assert!(text.contains("covers the entire file"), "{name}: {text}");
        let text = done("qpdf", &["--check", path.to_str().unwrap()]);
        assert!(
            text.contains("No syntax or stream encoding errors found"),
            "{name}: {text}"
        );
        assert!(!text.contains("WARNING"), "{name}: {text}");
        report
    }
}

#[test]
fn a_self_made_identity_signs_every_kind_of_document() {
    let identity = identity();
    let desk = Desk::new(&identity.certificate_pem(), "P,P,P");
    // NSS takes it for signing documents. pdfsig trusts only what an authority issued, so it does not say so.
    let usable = ["-d", &desk.nss, "-V", "-n", "trusted", "-u", "S"];
    assert!(done("certutil", &usable).contains("certificate is valid"));
    for (name, base) in documents::all() {
        let pdf = signed(&base, &identity);
        assert!(pdf.starts_with(&base), "{name}: the base was changed");
        desk.accepts(name, &pdf);

        let verified = verify_pdf(&pdf, &[]).unwrap_or_else(|error| panic!("{name}: {error}"));
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
    let desk = Desk::new(&identity.certificate_pem(), "P,P,P");
    let once = signed(&documents::plain(), &identity);
    let twice = signed(&once, &identity);
    let path = desk.put(&twice);
    let text = desk.pdfsig(&path);
    assert_eq!(text.matches("Signature is Valid").count(), 2, "{text}");
    let (success, text) = desk.pyhanko(&path);
    assert!(success, "{text}");
    assert_eq!(verify_pdf(&twice, &[]).unwrap().base, once);
}

/// An authority and a signer made by openssl, as an organisation has them.
pub(crate) struct Organisation {
    pub(crate) folder: TempDir,
}

impl Organisation {
    pub(crate) fn new(key: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let organisation = Self { folder };
        organisation.issue(
            "root",
            None,
            key,
            "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign",
        );
        organisation.issue(
            "issuing",
            Some("root"),
            key,
            "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=keyCertSign,cRLSign",
        );
        organisation.issue(
            "signer",
            Some("issuing"),
            key,
            "keyUsage=digitalSignature,nonRepudiation",
        );
        organisation
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Makes NAME.key and NAME.pem, signed by the issuer or by itself.
    pub(crate) fn issue(&self, name: &str, issuer: Option<&str>, key: &[&str], extensions: &str) {
        let file = |ending: &str| self.path(&format!("{name}.{ending}"));
        let (secret, request, certificate) = (file("key"), file("csr"), file("pem"));
        let mut generate = vec!["genpkey", "-out", &secret];
        generate.extend(key);
        done("openssl", &generate);
        let subject = format!("/O=PixelRush/CN={name}");
        let ask = [
            "req", "-new", "-key", &secret, "-subj", &subject, "-utf8", "-out", &request,
        ];
        done("openssl", &ask);
        let settings = file("ext");
        std::fs::write(&settings, extensions).unwrap();
        let mut sign = vec!["x509", "-req", "-in", &request, "-out", &certificate];
        sign.extend(["-days", "36500", "-extfile", &settings]);
        let issuer = issuer.map(|issuer| {
            (
                self.path(&format!("{issuer}.pem")),
                self.path(&format!("{issuer}.key")),
            )
        });
        match &issuer {
            Some((certificate, key)) => {
                sign.extend(["-CA", certificate, "-CAkey", key, "-CAcreateserial"]);
            }
            None => sign.extend(["-signkey", &secret]),
        }
        done("openssl", &sign);
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The signer with the issuing authority's certificate, and its key in a file of its own.
    pub(crate) fn signer(&self) -> Identity {
        let chain = self.text("signer.pem") + &self.text("issuing.pem");
        std::fs::write(self.path("chain.pem"), chain).unwrap();
        let (chain, key) = (self.path("chain.pem"), self.path("signer.key"));
        Identity::from_pem(chain.as_ref(), Some(key.as_ref())).unwrap()
    }

    pub(crate) fn root(&self) -> Vec<Vec<u8>> {
        certificates_from_pem(self.path("root.pem").as_ref()).unwrap()
    }
}

pub(crate) const P256: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
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
        let desk = Desk::new(&organisation.text("root.pem"), "CT,C,C");
        let text = desk.accepts(kind, &pdf);
        assert!(text.contains("Certificate is Trusted"), "{kind}: {text}");

        let verified = verify_pdf(&pdf, &organisation.root()).unwrap();
        let Trust::Trusted { by } = verified.trust else {
            panic!("{:?}", verified.trust);
        };
        assert_eq!(by.subject, "CN=root,O=PixelRush");
        assert_eq!(verify_pdf(&pdf, &[]).unwrap().trust, Trust::NotAnchored);
    }
}

#[test]
fn a_stranger_is_not_trusted() {
    let (ours, theirs) = (Organisation::new(P256), Organisation::new(P256));
    let pdf = signed(&documents::plain(), &ours.signer());
    let error = verify_pdf(&pdf, &theirs.root()).unwrap_err().to_string();
    assert!(error.contains("CN=signer,O=PixelRush"), "{error}");

    // The names of both authorities are the same: only their keys tell them apart.
    let mut both = theirs.root();
    both.extend(ours.root());
    assert!(matches!(
        verify_pdf(&pdf, &both).unwrap().trust,
        Trust::Trusted { .. }
    ));

    // Nor does a self-made identity lead anywhere, but to itself.
    let identity = identity();
    let pdf = signed(&documents::plain(), &identity);
    assert!(verify_pdf(&pdf, &ours.root()).is_err());
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own.pem");
    std::fs::write(&own, identity.certificate_pem()).unwrap();
    let own = certificates_from_pem(&own).unwrap();
    assert!(matches!(
        verify_pdf(&pdf, &own).unwrap().trust,
        Trust::Trusted { .. }
    ));
}

#[test]
fn a_signer_that_was_not_allowed_to_issue_vouches_for_nobody() {
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
    let error = verify_pdf(&pdf, &organisation.root())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("does not chain to a trusted certificate"),
        "{error}"
    );
}
