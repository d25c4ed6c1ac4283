//! Identities on disk: made once, open to nobody else, and every wrong file says how to mend it.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::Barrier;

use jiff::ToSpan as _;
use tminus::sign::{FILE_NAME, Identity, IdentityError};

use super::now;
use crate::support::validators::{Organisation, P256, done};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn load(folder: &Path) -> Result<Identity, IdentityError> {
    Identity::load_or_create(folder, "ops@build-7", now()).map(|(identity, _)| identity)
}

#[track_caller]
fn refused(folder: &Path, words: &[&str]) {
    let error = load(folder).expect_err("it was taken").to_string();
    for word in words {
        assert!(error.contains(word), "no {word:?} in: {error}");
    }
    assert!(
        error.contains(&folder.display().to_string()),
        "no path in: {error}"
    );
}

/// A folder with the default identity in it.
fn folder() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    load(folder.path()).unwrap();
    let path = folder.path().join(FILE_NAME);
    (folder, path)
}

#[test]
fn the_default_identity_is_made_once_and_is_the_users_alone() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("config/tminus");
    let made = load(&folder).unwrap();
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join(FILE_NAME)), 0o600);
    assert_eq!(
        fs::read_dir(&folder).unwrap().count(),
        1,
        "nothing else is left"
    );

    let description = made.describe();
    assert_eq!(description.subject, "CN=ops@build-7");
    assert_eq!(description.issuer, description.subject);
    assert_eq!(description.algorithm, "ECDSA P-256 with SHA-256");
    assert!(description.not_before <= now() && now() < description.not_after);
    assert_eq!(
        load(&folder).unwrap().describe(),
        description,
        "the same again"
    );
    let other = Identity::create("ops@build-7", now()).unwrap().describe();
    assert_ne!(other.serial, description.serial);
    assert_ne!(other.sha256, description.sha256);
}

#[test]
fn the_certificate_is_what_openssl_reads_and_shows_no_key() {
    let (_folder, path) = folder();
    let identity = load(path.parent().unwrap()).unwrap();
    let pem = identity.certificate_pem();
    assert!(!pem.contains("PRIVATE"), "{pem}");
    let shown = format!("{identity:?}");
    assert!(
        shown.contains("CN=ops@build-7") && shown.len() < 120,
        "{shown}"
    );

    let text = done(
        "openssl",
        &[
            "x509",
            "-in",
            path.to_str().unwrap(),
            "-noout",
            "-text",
            "-fingerprint",
            "-sha256",
        ],
    );
    for words in [
        "Digital Signature, Non Repudiation",
        "1.3.6.1.5.5.7.3.36, E-mail Protection",
        "CA:FALSE",
        "prime256v1",
    ] {
        assert!(text.contains(words), "no {words} in {text}");
    }
    let fingerprint = text.rsplit("Fingerprint=").next().unwrap().trim();
    let fingerprint = fingerprint.replace(':', "").to_lowercase();
    assert_eq!(fingerprint, identity.describe().sha256);
}

#[test]
fn first_runs_at_once_end_with_one_identity() {
    for _ in 0..20 {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("tminus");
        let barrier = Barrier::new(8);
        let run = || {
            barrier.wait();
            load(&folder).unwrap().describe().sha256
        };
        let made = std::thread::scope(|scope| {
            let runs = (0..8).map(|_| scope.spawn(run)).collect::<Vec<_>>();
            let ends = runs.into_iter().map(|run| run.join().unwrap());
            ends.collect::<BTreeSet<_>>()
        });
        assert_eq!(made.len(), 1, "{made:?}");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }
}

#[test]
fn a_file_open_to_others_is_refused() {
    let (folder, path) = folder();
    for open in [0o640, 0o604, 0o660, 0o666, 0o610] {
        set_mode(&path, open);
        refused(folder.path(), &[&format!("{open:04o}"), "chmod 600"]);
    }
    set_mode(&path, 0o400);
    load(folder.path()).unwrap();
}

#[test]
fn a_folder_that_others_write_is_refused() {
    let (folder, _path) = folder();
    set_mode(folder.path(), 0o777);
    refused(folder.path(), &["0777", "chmod 700"]);
    set_mode(folder.path(), 0o1777);
    load(folder.path()).unwrap();
    set_mode(folder.path(), 0o755);
    load(folder.path()).unwrap();
}

#[test]
fn what_is_not_the_identity_file_is_refused() {
    let with = |make: &dyn Fn(&Path)| {
        let folder = tempfile::tempdir().unwrap();
        make(&folder.path().join(FILE_NAME));
        folder
    };
    let garbage = |bytes: Vec<u8>| {
        with(&move |path| {
            fs::write(path, &bytes).unwrap();
            set_mode(path, 0o600);
        })
    };
    let (elsewhere, target) = folder();
    refused(
        with(&|path| symlink(&target, path).unwrap()).path(),
        &["symbolic link"],
    );
    refused(
        with(&|path| symlink("/nowhere", path).unwrap()).path(),
        &["symbolic link"],
    );
    drop(elsewhere);
    refused(
        with(&|path| fs::create_dir(path).unwrap()).path(),
        &["folder"],
    );
    let pipe = with(&|path| drop(done("mkfifo", &["-m", "600", path.to_str().unwrap()])));
    refused(pipe.path(), &["pipe"]);
    refused(garbage(vec![]).path(), &["no private key"]);
    refused(garbage(b"\xff\x00garbage".to_vec()).path(), &["not PEM"]);
    refused(garbage(vec![b'-'; 2 << 20]).path(), &["larger than 1 MiB"]);
    let (whole, path) = folder();
    let text = fs::read_to_string(&path).unwrap();
    let key = text.find("-----END PRIVATE").unwrap();
    fs::write(&path, &text[..key - 8]).unwrap();
    refused(
        whole.path(),
        &["truncated", "`BEGIN PRIVATE KEY` has no end"],
    );
    fs::write(&path, text.replacen("MI", "?!", 1)).unwrap();
    refused(whole.path(), &["is not base64"]);
}

#[test]
fn certificate_without_key_and_key_without_certificate_are_refused() {
    let (folder, path) = folder();
    let text = fs::read_to_string(&path).unwrap();
    let (certificate, key) = text.split_at(text.find("-----BEGIN PRIVATE").unwrap());
    fs::write(&path, certificate).unwrap();
    refused(folder.path(), &["no private key"]);
    fs::write(&path, key).unwrap();
    refused(folder.path(), &["no certificate"]);
    fs::write(&path, text.replace("MII", "MIJ")).unwrap();
    refused(folder.path(), &["certificate 1 cannot be read"]);
}

#[test]
fn an_expired_identity_says_how_to_make_a_new_one() {
    let (folder, _path) = folder();
    let later = now() + (24 * 366 * 6).hours();
    let error = Identity::load_or_create(folder.path(), "ops", later).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("expired at") && error.contains("tminus keys new"),
        "{error}"
    );
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_with_its_name() {
    // A file in the way stops root too, whom modes do not.
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("file"), "").unwrap();
    refused(
        &home.path().join("file/tminus"),
        &["cannot create the folder"],
    );
    refused(Path::new("/proc/tminus"), &["cannot create the folder"]);
    refused(Path::new("/proc/self"), &["cannot write the identity"]);
}

#[test]
fn a_new_identity_replaces_nothing() {
    let (_folder, path) = folder();
    let before = fs::read(&path).unwrap();
    let error = Identity::create("other", now())
        .unwrap()
        .save_new(&path)
        .unwrap_err();
    assert!(matches!(error, IdentityError::Exists { .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
    let dangling = path.with_file_name("dangling.pem");
    symlink("/nowhere", &dangling).unwrap();
    let error = Identity::create("other", now())
        .unwrap()
        .save_new(&dangling)
        .unwrap_err();
    assert!(matches!(error, IdentityError::Exists { .. }), "{error}");
}

#[test]
fn names_that_no_certificate_carries_are_refused() {
    let long = "x".repeat(65);
    for name in ["", "a\nb", "a\u{0}", long.as_str()] {
        assert!(
            matches!(Identity::create(name, now()), Err(IdentityError::Name(_))),
            "{name:?}"
        );
    }
    Identity::create(&"名".repeat(64), now()).unwrap();
}

#[test]
fn keys_of_every_encoding_are_read() {
    let organisation = Organisation::new(P256);
    let key = organisation.path("signer.key");
    let sec1 = organisation.path("sec1.key");
    done("openssl", &["ec", "-in", &key, "-out", &sec1]);
    assert!(
        fs::read_to_string(&sec1)
            .unwrap()
            .contains("BEGIN EC PRIVATE KEY")
    );
    let certificate = organisation.path("signer.pem");
    Identity::from_pem(certificate.as_ref(), Some(sec1.as_ref())).unwrap();

    let both = organisation.path("both.pem");
    fs::write(
        &both,
        organisation.text("signer.pem") + &organisation.text("signer.key"),
    )
    .unwrap();
    Identity::from_pem(both.as_ref(), None).unwrap();

    let rsa = Organisation::new(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]);
    let pkcs1 = rsa.path("pkcs1.key");
    done(
        "openssl",
        &[
            "rsa",
            "-traditional",
            "-in",
            &rsa.path("signer.key"),
            "-out",
            &pkcs1,
        ],
    );
    assert!(
        fs::read_to_string(&pkcs1)
            .unwrap()
            .contains("BEGIN RSA PRIVATE KEY")
    );
    Identity::from_pem(rsa.path("signer.pem").as_ref(), Some(pkcs1.as_ref())).unwrap();
}

#[test]
fn keys_and_certificates_that_do_not_sign_are_refused() {
    let organisation = Organisation::new(P256);
    let with = |certificate: &str, key: &str| {
        let (certificate, key) = (organisation.path(certificate), organisation.path(key));
        let error = Identity::from_pem(certificate.as_ref(), Some(key.as_ref()));
        error.expect_err("it was taken").to_string()
    };
    let error = with("signer.pem", "issuing.key");
    assert!(
        error.contains("does not belong to the first certificate"),
        "{error}"
    );
    let error = with("nothing.pem", "signer.key");
    assert!(
        error.contains("nothing.pem") && error.contains("cannot be read"),
        "{error}"
    );
    let error = with("signer.pem", "nothing.key");
    assert!(error.contains("nothing.key"), "{error}");
    let error = with("root.pem", "root.key");
    assert!(
        error.contains("key usage does not allow signatures"),
        "{error}"
    );

    let encrypted = organisation.path("encrypted.key");
    let key = organisation.path("signer.key");
    done(
        "openssl",
        &[
            "pkey",
            "-in",
            &key,
            "-aes256",
            "-passout",
            "pass:secret",
            "-out",
            &encrypted,
        ],
    );
    let error = with("signer.pem", "encrypted.key");
    assert!(
        error.contains("encrypted") && error.contains("openssl pkey"),
        "{error}"
    );

    for (name, kind, said) in [
        (
            "p521",
            &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"][..],
            "public key",
        ),
        ("ed25519", &["-algorithm", "ED25519"], "public key"),
        (
            "small",
            &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
            "RSA with at least 2048 bits",
        ),
    ] {
        organisation.issue(name, None, kind, "keyUsage=digitalSignature");
        let error = with(&format!("{name}.pem"), &format!("{name}.key"));
        assert!(error.contains(said), "{name}: {error}");
    }
    for (name, uses, said) in [
        (
            "web",
            "keyUsage=digitalSignature\nextendedKeyUsage=serverAuth",
            "extended key usage",
        ),
        (
            "mail",
            "keyUsage=digitalSignature\nextendedKeyUsage=emailProtection",
            "extended key usage",
        ),
        (
            "silent",
            "extendedKeyUsage=1.3.6.1.5.5.7.3.36",
            "key usage does not allow",
        ),
        (
            "crypt",
            "keyUsage=keyEncipherment",
            "key usage does not allow",
        ),
    ] {
        organisation.issue(name, Some("issuing"), P256, uses);
        let error = with(&format!("{name}.pem"), &format!("{name}.key"));
        assert!(error.contains(said), "{name}: {error}");
    }

    let chain = organisation.text("signer.pem") + &organisation.text("root.pem");
    fs::write(organisation.path("gap.pem"), chain).unwrap();
    let error = with("gap.pem", "signer.key");
    assert!(error.contains("the chain is broken"), "{error}");
}
