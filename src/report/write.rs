//! Writes reports to a folder, each one whole or not at all.
//!
//! Each is written to a temporary file beside its destination, flushed to disk and renamed, so a reader never sees half
//! a report and a failure leaves an older one alone. A format that fails does not stop the others.
//! A process that must end at once calls [`abandon`] first, so that the temporary file does not stay behind.
#![allow(
    clippy::disallowed_methods,
    reason = "this is the room that writes the reports"
)]

use std::any::Any;
use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Format, RenderContext, RenderError};
use crate::instrument::limits;
use crate::model::record::Dossier;

/// What became of one report.
#[derive(Debug)]
pub struct Written {
    /// The format's name.
    pub format: &'static str,
    /// Its path, whether or not it was written.
    pub path: PathBuf,
    /// Its size in bytes, or why it could not be written.
    pub outcome: Result<u64, WriteError>,
}

/// Why a report was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The folder does not exist and cannot be created.
    #[error("cannot use the folder {}: {}{}", folder.display(), cause, advice(cause))]
    Folder {
        /// The output folder.
        folder: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// Another run writes to the folder.
    #[error(
        "another run is using the folder {} (process {holder}): wait for it, or choose another folder with --out",
        folder.display()
    )]
    Held {
        /// The output folder.
        folder: PathBuf,
        /// The process that holds it.
        holder: String,
    },
    /// The reports of an earlier run cannot be moved away.
    #[error("{cause}\n note: the reports in {} are still those of an earlier run", folder.display())]
    Stale {
        /// The output folder.
        folder: PathBuf,
        /// Why.
        cause: Box<WriteError>,
    },
    /// The file cannot be written.
    #[error("cannot write {}: {}{}", path.display(), cause, advice(cause))]
    File {
        /// The report.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The format cannot render the dossier.
    #[error("cannot create {}: {cause}", path.display())]
    Render {
        /// The report.
        path: PathBuf,
        /// Why.
        cause: RenderError,
    },
    /// A bug in the format.
    #[error("cannot create {}: internal error ({message}); this is a bug in tminus, please report it", path.display())]
    Panicked {
        /// The report.
        path: PathBuf,
        /// The panic's message.
        message: String,
    },
}

/// Writes the dossier into `folder` in each of the formats. One entry for each, in the same order.
pub fn write(
    folder: &Path,
    formats: &[&'static Format],
    dossier: &Dossier,
    context: &RenderContext,
) -> Vec<Written> {
    formats
        .iter()
        .map(|format| {
            let path = folder.join(format.file);
            Written {
                format: format.name,
                outcome: write_one(folder, &path, format, dossier, context),
                path,
            }
        })
        .collect()
}

fn write_one(
    folder: &Path,
    path: &Path,
    format: &Format,
    dossier: &Dossier,
    context: &RenderContext,
) -> Result<u64, WriteError> {
    let bytes = render(path, format, dossier, context)?;
    make(folder)?;
    file(path, &bytes)?;
    Ok(bytes.len() as u64)
}

/// Makes the folder and proves that it takes files, so that a run need not begin in vain.
///
/// # Errors
/// When it cannot be made or written to.
pub fn prepare(folder: &Path) -> Result<(), WriteError> {
    make(folder)?;
    let proven = tempfile::tempfile_in(folder);
    proven.map(drop).map_err(|cause| WriteError::Folder {
        folder: folder.to_owned(),
        cause,
    })
}

/// Writes one file, whole or not at all.
///
/// # Errors
/// When its folder rejects it; an earlier file there is then unchanged.
pub fn file(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    replace(folder, path, bytes).map_err(|cause| WriteError::File {
        path: path.to_owned(),
        cause,
    })
}

fn make(folder: &Path) -> Result<(), WriteError> {
    fs::create_dir_all(folder).map_err(|cause| WriteError::Folder {
        folder: folder.to_owned(),
        cause,
    })
}

fn render(
    path: &Path,
    format: &Format,
    dossier: &Dossier,
    context: &RenderContext,
) -> Result<Vec<u8>, WriteError> {
    let path = || path.to_owned();
    match catch_unwind(AssertUnwindSafe(|| (format.render)(dossier, context))) {
        Ok(rendered) => rendered.map_err(|cause| WriteError::Render {
            path: path(),
            cause,
        }),
        Err(panic) => Err(WriteError::Panicked {
            path: path(),
            message: message(panic.as_ref()),
        }),
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned())
}

/// Until the rename the bytes are in a temporary file, which is removed if anything fails.
fn replace(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Opened here rather than by `tempfile`, so that colleagues may read it as the umask says, and so that
    // errors do not name the temporary file.
    let mut file = tempfile::Builder::new()
        .prefix(".tminus-")
        .suffix(".tmp")
        .make_in(folder, |path| {
            File::options().write(true).create_new(true).open(path)
        })?;
    let _unfinished = Unfinished::note(file.path());
    file.as_file_mut().write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error)?;
    // The rename itself lasts once the folder is on the disk; a file system that cannot say so has still
    // taken the report.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// The temporary file of the report that is being written.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Removes the temporary file of a report that is being written, for a process that ends without returning.
pub fn abandon() {
    if let Some(file) = unfinished().take() {
        let _ = fs::remove_file(file); // it may just have been renamed
    }
}

fn unfinished() -> MutexGuard<'static, Option<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Unfinished;

impl Unfinished {
    fn note(file: &Path) -> Self {
        *unfinished() = Some(file.to_owned());
        Self
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        unfinished().take();
    }
}

/// How to fix it, where the cause allows a guess.
fn advice(cause: &io::Error) -> Cow<'static, str> {
    let advice = match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "; free some space there, or choose another folder with --out"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; choose a folder that you can write to with --out"
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "; a file is where a folder is needed: move it, or choose another folder with --out"
        }
        io::ErrorKind::IsADirectory => {
            "; a folder is where the report belongs: move it, or choose another folder with --out"
        }
        _ => return limits::hit(cause).into(),
    };
    advice.into()
}
