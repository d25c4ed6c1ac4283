//! A file that is itself looked at, such as a certificate that a server was given: read whole or not at all, bounded,
//! and never on a thread that others wait for.
//!
//! What a check is configured with comes as bytes from the checklist instead.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use super::limits;
use super::text::size;
use crate::model::digest::Sha256;

/// The most that is read of a certificate, a key or a secret.
pub const SMALL: u64 = 1024 * 1024;

/// How much is read at once.
const CHUNK: usize = 64 * 1024;

/// Why a file cannot be used. The display text is a predicate of the file: "is not a regular file".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FileError {
    /// There is none.
    #[error("does not exist")]
    Missing,
    /// A folder, a pipe, a device: reading it could last for ever.
    #[error("is not a regular file")]
    Irregular,
    /// It holds more than anything useful.
    #[error("is larger than {}", size(.limit))]
    Large {
        /// The most bytes that are read.
        limit: u64,
    },
    /// The system refuses.
    #[error("cannot be read: {message}")]
    Unreadable {
        /// Its words.
        message: String,
    },
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            _ => Self::Unreadable {
                message: limits::words(&error),
            },
        }
    }
}

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// Why it cannot be used.
pub async fn read(path: PathBuf, limit: u64) -> Result<Vec<u8>, FileError> {
    blocking(move || read_here(&path, limit)).await
}

/// Does the same on this thread: for code that may block.
///
/// # Errors
/// Why it cannot be used.
pub fn read_here(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let (file, about) = open(path)?;
    if about.len() > limit {
        return Err(FileError::Large { limit });
    }
    let mut bytes = Vec::with_capacity(about.len() as usize);
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > limit {
        true => Err(FileError::Large { limit }), // it grew
        false => Ok(bytes),
    }
}

/// What a file holds, with the bytes of a small one alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digested {
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// The bytes of a file that has no more than were to be kept.
    pub bytes: Option<Vec<u8>>,
}

/// Reads a file of at most `limit` bytes for its digest, and keeps its bytes where it has no more than `keep`.
///
/// # Errors
/// Why it cannot be used.
pub async fn digest(path: PathBuf, limit: u64, keep: usize) -> Result<Digested, FileError> {
    blocking(move || digest_here(&path, limit, keep)).await
}

fn digest_here(path: &Path, limit: u64, keep: usize) -> Result<Digested, FileError> {
    let (file, about) = open(path)?;
    if about.len() > limit {
        return Err(FileError::Large { limit });
    }
    let mut file = file.take(limit.saturating_add(1));
    let (mut size, mut digest, mut kept) = (0, Sha256::default(), Some(Vec::new()));
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = match file.read(&mut chunk)? {
            0 => break,
            count => &chunk[..count],
        };
        size += read.len() as u64;
        digest.update(read);
        kept = kept.filter(|kept| kept.len() + read.len() <= keep);
        if let Some(kept) = &mut kept {
            kept.extend_from_slice(read);
        }
    }
    match size > limit {
        true => Err(FileError::Large { limit }), // it grew
        false => Ok(Digested {
            size,
            sha256: digest.hex(),
            bytes: kept,
        }),
    }
}

/// Runs what may block where nothing waits for it.
async fn blocking<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, FileError> + Send + 'static,
) -> Result<T, FileError> {
    let reading = tokio::task::spawn_blocking(read).await;
    reading.unwrap_or_else(|error| {
        Err(FileError::Unreadable {
            message: error.to_string(),
        })
    })
}

/// Opens a regular file. A pipe without a writer would block a plain open.
fn open(path: &Path) -> Result<(File, Metadata), FileError> {
    let mut options = OpenOptions::new();
    options.read(true);
    options.custom_flags(OFlags::NONBLOCK.bits() as i32);
    let file = options.open(path)?;
    let about = file.metadata()?;
    match about.is_file() {
        true => Ok((file, about)),
        false => Err(FileError::Irregular),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_read_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, b"1234").unwrap();
        assert_eq!(read(path.clone(), 4).await.unwrap(), b"1234");
        let wanted = Err(FileError::Large { limit: 3 });
        assert_eq!(read(path.clone(), 3).await, wanted);
        let wanted = Digested {
            size: 4,
            sha256: crate::model::digest::sha256_hex(b"1234"),
            bytes: Some(b"1234".to_vec()),
        };
        assert_eq!(digest(path.clone(), 4, 4).await, Ok(wanted.clone()));
        let wanted = Digested {
            bytes: None,
            ..wanted
        };
        assert_eq!(digest(path.clone(), 4, 3).await, Ok(wanted));
        assert!(digest(path, 3, 3).await.is_err());
        let none = read(folder.path().join("none"), 4).await;
        assert_eq!(none, Err(FileError::Missing));
    }

    #[tokio::test]
    async fn folders_pipes_and_devices_are_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        let kind = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, kind, mode, 0).unwrap();
        for path in [folder.path().to_owned(), pipe, "/dev/zero".into()] {
            assert_eq!(read(path, 4).await, Err(FileError::Irregular));
        }
    }
}
