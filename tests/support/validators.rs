//! What others say of our signature: `pdfsig` (poppler and NSS), pyHanko and qpdf; and an organisation whose
//! authority `openssl` makes.

use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use tempfile::TempDir;
use tminus::sign::{Identity, certificates_from_pem};

use super::python::pyhanko;

/// Runs a program and returns its success and all that it printed.
pub fn run(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> (bool, String) {
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
pub fn done(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> String {
    let (success, text) = run(program, arguments);
    assert!(success, "{arguments:?}: {text}");
    text
}

/// A folder with a signed document, and the certificate that validators are told to trust.
pub struct Validators {
    pub folder: TempDir,
    pub nss: String,
    trusted: PathBuf,
}

impl Validators {
    /// `flags` are NSS trust flags: `P,P,P` for the signer's own certificate, `CT,C,C` for an authority.
    pub fn new(trusted_pem: &str, flags: &str) -> Self {
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

    pub fn put(&self, pdf: &[u8]) -> PathBuf {
        let path = self.folder.path().join("report.pdf");
        std::fs::write(&path, pdf).unwrap();
        path
    }

    pub fn pdfsig(&self, pdf: &Path) -> String {
        let (_, text) = run("pdfsig", &["-nssdir", &self.nss, pdf.to_str().unwrap()]);
        text
    }

    pub fn pyhanko(&self, pdf: &Path) -> (bool, String) {
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
    pub fn accepts(&self, name: &str, pdf: &[u8], signed_at: Timestamp) -> String {
        let path = self.put(pdf);
        let report = self.pdfsig(&path);
        let time = signed_at
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

/// An authority and a signer made by openssl, as an organisation has them.
pub struct Organisation {
    pub folder: TempDir,
}

impl Organisation {
    pub fn new(key: &[&str]) -> Self {
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

    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Makes NAME.key and NAME.pem, signed by the issuer or by itself.
    pub fn issue(&self, name: &str, issuer: Option<&str>, key: &[&str], extensions: &str) {
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

    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The signer with the issuing authority's certificate, and its key in a file of its own.
    pub fn signer(&self) -> Identity {
        let chain = self.text("signer.pem") + &self.text("issuing.pem");
        std::fs::write(self.path("chain.pem"), chain).unwrap();
        let (chain, key) = (self.path("chain.pem"), self.path("signer.key"));
        Identity::from_pem(chain.as_ref(), Some(key.as_ref())).unwrap()
    }

    pub fn root(&self) -> Vec<Vec<u8>> {
        certificates_from_pem(self.path("root.pem").as_ref()).unwrap()
    }
}

pub const P256: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
