//! Stores identities: one PEM file with mode 0600, created once, never replaced.
#![allow(
    clippy::disallowed_methods,
    reason = "this room owns the files that hold keys and certificates"
)]

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::Path;

use jiff::Timestamp;
use rustls::pki_types::PrivateKeyDer;

use super::certificate::Certificate;
use super::error::IdentityError;
use super::identity::Identity;
use crate::model::pem;

/// Name of the default identity in the user's configuration folder.
pub const FILE_NAME: &str = "identity.pem";

/// No chain with its key comes near this.
const LARGEST: u64 = 1 << 20;

/// Bits of group and others.
const OTHERS: u32 = 0o077;
const OTHERS_WRITE: u32 = 0o022;

impl Identity {
    /// The default identity in a folder, created under this name if there is none; and whether it was.
    ///
    /// The folder is created with mode 0700, the file with mode 0600. Two concurrent first runs end with the same one.
    ///
    /// # Errors
    /// When others may access the file or replace it, when the file is not an identity, or when it has expired.
    pub fn load_or_create(
        folder: &Path,
        common_name: &str,
        now: Timestamp,
    ) -> Result<(Self, bool), IdentityError> {
        let path = folder.join(FILE_NAME);
        let mut created = false;
        if fs::symlink_metadata(&path).is_err() {
            match Self::create(common_name, now)?.save_new(&path) {
                Ok(()) => created = true,
                // Another process was faster: its identity is the one.
                Err(IdentityError::Exists { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        check_folder(folder)?;
        let identity = parse(&path, &read_private(&path)?)?;
        let valid = identity.certificate().check_validity(now);
        valid.map_err(|problem| refused(&path, &format!("{problem}; move the file away, and the next run (or `tminus keys new`) creates a new identity")))?;
        Ok((identity, created))
    }

    /// The default identity in a folder, where there is one that can be read.
    pub fn existing(folder: &Path) -> Option<Self> {
        let path = folder.join(FILE_NAME);
        check_folder(folder).ok()?;
        parse(&path, &read_private(&path).ok()?).ok()
    }

    /// Saves the identity to a new file with mode 0600. Missing folders are created with mode 0700.
    ///
    /// # Errors
    /// When the path already exists, or the file cannot be written.
    pub fn save_new(&self, path: &Path) -> Result<(), IdentityError> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut builder = DirBuilder::new();
        let made = builder.recursive(true).mode(0o700).create(folder);
        made.map_err(|error| failed(folder, "cannot create the folder for the identity", error))?;

        let mut file = tempfile::Builder::new()
            .prefix(".identity")
            .permissions(Permissions::from_mode(0o600))
            .tempfile_in(folder)
            .map_err(|error| failed(folder, "cannot write the identity to this folder", error))?;
        let written = file
            .write_all(self.to_pem().as_bytes())
            .and_then(|()| file.as_file().sync_all());
        written.map_err(|error| failed(path, "cannot write the identity", error))?;
        // A link or a rename that replaces nothing: the second of two processes fails.
        file.persist_noclobber(path)
            .map_err(|error| match error.error.kind() {
                io::ErrorKind::AlreadyExists => IdentityError::Exists {
                    path: path.to_owned(),
                },
                _ => failed(path, "cannot write the identity", error.error),
            })?;
        Ok(())
    }

    /// An identity of an organisation: the signer's certificate, then its issuers, and the private key, in one
    /// PEM file or two. Keys: ECDSA P-256 and P-384, RSA of 2048 bits and more; PKCS#8, SEC1 or PKCS#1, not
    /// encrypted.
    ///
    /// # Errors
    /// When a file cannot be read, or the key is encrypted, unsupported, or not the certificate's.
    pub fn from_pem(certificates: &Path, key: Option<&Path>) -> Result<Self, IdentityError> {
        let text = read(certificates)?;
        let Some(key) = key else {
            return parse(certificates, &text);
        };
        let key_text = read(key)?;
        let secret = private_key(&key_text).map_err(|problem| refused(key, &problem))?;
        let chain = chain(&text).map_err(|problem| refused(certificates, &problem))?;
        Self::assemble(&chain, secret).map_err(|problem| refused(certificates, &problem))
    }
}

/// The certificates of a PEM file, DER: what [`super::verify_pdf`] takes as trusted.
///
/// # Errors
/// When the file cannot be read or holds no certificate.
pub fn certificates_from_pem(path: &Path) -> Result<Vec<Vec<u8>>, IdentityError> {
    let chain = chain(&read(path)?).map_err(|problem| refused(path, &problem))?;
    for (at, der) in chain.iter().enumerate() {
        let read = Certificate::read(der);
        read.map_err(|problem| refused(path, &format!("certificate {} {problem}", at + 1)))?;
    }
    Ok(chain)
}

fn parse(path: &Path, text: &[u8]) -> Result<Identity, IdentityError> {
    let identity = || {
        let key = private_key(text)?;
        Identity::assemble(&chain(text)?, key)
    };
    identity().map_err(|problem| refused(path, &problem))
}

fn chain(text: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let chain = pem::certificates(text).map_err(|error| format!("it {error}"))?;
    Ok(chain.into_iter().map(|der| der.to_vec()).collect())
}

fn private_key(text: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    pem::private_key(text).map_err(|error| format!("it {error}"))
}

/// Reads a file of any owner and mode.
fn read(path: &Path) -> Result<Vec<u8>, IdentityError> {
    let (file, metadata) = open(path)?;
    content(path, file, &metadata)
}

/// Reads a file that only the user may read. The checks are made on the opened file, so that it cannot be swapped between
/// the check and the read.
fn read_private(path: &Path) -> Result<Vec<u8>, IdentityError> {
    let link = fs::symlink_metadata(path).map_err(|error| failed(path, "cannot be read", error))?;
    if link.is_symlink() {
        return Err(refused(
            path,
            "is a symbolic link, but the default identity must be a regular file: move the file here, or sign with \
             `--sign pem:PATH`",
        ));
    }
    let (file, metadata) = open(path)?;
    if (metadata.dev(), metadata.ino()) != (link.dev(), link.ino()) {
        return Err(refused(path, "was replaced while it was being read"));
    }
    let mode = metadata.mode() & 0o777;
    if mode & OTHERS != 0 {
        return Err(refused(
            path,
            &format!(
                "has mode {mode:04o}, so others may use the private key in it: run `chmod 600 {}`, and create a new \
                 identity if anyone may have read it",
                path.display()
            ),
        ));
    }
    content(path, file, &metadata)
}

/// Opens without waiting for the other end of a pipe.
fn open(path: &Path) -> Result<(File, Metadata), IdentityError> {
    let unreadable = |error| failed(path, "cannot be read", error);
    let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let mut options = OpenOptions::new();
    let file = options.read(true).custom_flags(nonblocking).open(path);
    let file = file.map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        let kind = if metadata.is_dir() {
            "a folder"
        } else {
            "a pipe or device"
        };
        return Err(refused(path, &format!("is {kind}, not a PEM file")));
    }
    Ok((file, metadata))
}

fn content(path: &Path, file: File, metadata: &Metadata) -> Result<Vec<u8>, IdentityError> {
    let too_large = || {
        refused(
            path,
            "is larger than 1 MiB, too large for a PEM file of certificates and a key",
        )
    };
    if metadata.len() > LARGEST {
        return Err(too_large());
    }
    let mut content = Vec::new();
    let read = file.take(LARGEST + 1).read_to_end(&mut content);
    read.map_err(|error| failed(path, "cannot be read", error))?;
    if content.len() as u64 > LARGEST {
        return Err(too_large());
    }
    Ok(content)
}

fn check_folder(folder: &Path) -> Result<(), IdentityError> {
    let metadata = fs::metadata(folder).map_err(|error| failed(folder, "cannot be read", error))?;
    let mode = metadata.mode() & 0o7777;
    // With the sticky bit, others cannot replace the file.
    if mode & OTHERS_WRITE != 0 && mode & 0o1000 == 0 {
        return Err(refused(
            folder,
            &format!(
                "has mode {mode:04o}, so others may replace the identity in it: run `chmod 700 {}`",
                folder.display()
            ),
        ));
    }
    Ok(())
}

fn refused(path: &Path, problem: &str) -> IdentityError {
    IdentityError::File {
        path: path.to_owned(),
        problem: problem.to_owned(),
    }
}

fn failed(path: &Path, doing: &'static str, source: io::Error) -> IdentityError {
    IdentityError::Io {
        path: path.to_owned(),
        doing,
        source,
    }
}
