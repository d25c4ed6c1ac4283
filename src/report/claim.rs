//! A run's claim on its folder. A report in the folder is always this run's: before anything else happens, the run locks
//! the folder and moves the reports of earlier runs into `previous/`. So a run that fails, is killed or never starts
//! leaves no older GO behind, and two runs at once cannot mix their reports.
#![allow(
    clippy::disallowed_methods,
    reason = "this is the room that owns the folder of the reports"
)]

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, OFlags, flock};

use super::{FORMATS, WriteError};

/// The file that is locked. It names the process that holds the lock.
const LOCK: &str = ".tminus.lock";

/// Where the reports of the run before go. One generation is kept.
pub const PREVIOUS: &str = "previous";

/// A folder that no other run writes to. The claim ends when it is dropped.
#[derive(Debug)]
pub struct Claim {
    folder: PathBuf,
    lock: File,
    /// Whether the folder is new: then a run that wrote nothing takes it away again.
    made: bool,
}

impl Claim {
    /// Makes the folder, locks it, and moves the reports of earlier runs away.
    ///
    /// # Errors
    /// When the folder cannot be used, when another run holds it, or when an older report cannot be moved.
    pub fn take(folder: &Path) -> Result<Self, WriteError> {
        let failed = |cause| WriteError::Folder {
            folder: folder.to_owned(),
            cause,
        };
        let made = fs::metadata(folder).is_err();
        fs::create_dir_all(folder).map_err(failed)?;
        let lock = lock(folder)?;
        let claim = Self {
            folder: folder.to_owned(),
            lock,
            made,
        };
        // Only a help for whoever finds the folder locked. On a full disk the lock holds without it, and the reports of
        // the run before must go all the same.
        let _ = name_holder(&claim.lock);
        claim.move_away().map_err(|cause| WriteError::Stale {
            folder: folder.to_owned(),
            cause: Box::new(cause),
        })?;
        Ok(claim)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Moves the reports of the run before into `previous/`, in place of those of the run before it.
    fn move_away(&self) -> Result<(), WriteError> {
        let files = FORMATS.iter().map(|format| format.file);
        let older: Vec<_> = files
            .filter(|file| fs::symlink_metadata(self.folder.join(file)).is_ok())
            .collect();
        if older.is_empty() {
            return Ok(());
        }
        let previous = self.folder.join(PREVIOUS);
        if fs::symlink_metadata(&previous).is_ok_and(|about| about.is_symlink()) {
            // The files behind it are not ours to replace.
            let cause = io::Error::new(io::ErrorKind::NotADirectory, "it is a symbolic link");
            return Err(WriteError::Folder {
                folder: previous,
                cause,
            });
        }
        fs::create_dir_all(&previous).map_err(|cause| WriteError::Folder {
            folder: previous.clone(),
            cause,
        })?;
        for format in FORMATS {
            let path = previous.join(format.file);
            match fs::remove_file(&path) {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                    return Err(WriteError::File { path, cause });
                }
                _ => {}
            }
        }
        for file in older {
            let path = self.folder.join(file);
            fs::rename(&path, previous.join(file))
                .map_err(|cause| WriteError::File { path, cause })?;
        }
        Ok(())
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // While it is locked: a process that opened the file meanwhile finds that it is gone and makes another.
        let _ = fs::remove_file(self.folder.join(LOCK));
        if self.made {
            let _ = fs::remove_dir(&self.folder); // only an empty one goes
        }
    }
}

fn name_holder(mut lock: &File) -> io::Result<()> {
    lock.set_len(0)?;
    lock.rewind()?;
    writeln!(lock, "{}", std::process::id())
}

/// Opens the file that is locked, and makes it if need be. What is written to it must not end up elsewhere: a link is
/// not followed, and what is no file of its own is rejected.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .custom_flags(flags.bits() as i32)
        .open(path)
        .map_err(|cause| match fs::symlink_metadata(path) {
            Ok(about) if about.is_symlink() => io::Error::other("it is a symbolic link; remove it"),
            _ => cause,
        })?;
    let about = file.metadata()?;
    if about.is_file() && about.nlink() <= 1 {
        Ok(file)
    } else {
        Err(io::Error::other("it is not a plain file; remove it"))
    }
}

/// The locked file. A lock goes with its process, however that ends.
fn lock(folder: &Path) -> Result<File, WriteError> {
    let path = folder.join(LOCK);
    loop {
        let mut file = open(&path).map_err(|cause| WriteError::File {
            path: path.clone(),
            cause,
        })?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut holder = String::new();
                let _ = (&mut file).take(32).read_to_string(&mut holder);
                let holder = match holder.trim() {
                    "" => "unknown",
                    named => named,
                };
                return Err(WriteError::Held {
                    folder: folder.to_owned(),
                    holder: holder.to_owned(),
                });
            }
            Err(error) => {
                let cause = error.into();
                return Err(WriteError::File { path, cause });
            }
        }
        // The file may have been removed by the run that held it, between opening and locking.
        let ours = file.metadata().map(|about| (about.dev(), about.ino()));
        let there = fs::metadata(&path).map(|about| (about.dev(), about.ino()));
        if matches!((ours, there), (Ok(ours), Ok(there)) if ours == there) {
            return Ok(file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_the_folder_is_touched_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("elsewhere")).unwrap();
        fs::write(at("elsewhere/report.pdf"), "precious").unwrap();
        for (name, link) in [
            (
                "linked",
                std::os::unix::fs::symlink as fn(PathBuf, PathBuf) -> io::Result<()>,
            ),
            ("linked hard", |from, to| fs::hard_link(from, to)),
        ] {
            fs::create_dir_all(at(name)).unwrap();
            link(at("elsewhere/report.pdf"), at(name).join(LOCK)).unwrap();
            let error = Claim::take(&at(name)).unwrap_err().to_string();
            assert!(error.contains("remove it"), "{error}");
        }
        fs::create_dir_all(at("out")).unwrap();
        fs::write(at("out/report.pdf"), "ours").unwrap();
        std::os::unix::fs::symlink(at("elsewhere"), at("out/previous")).unwrap();
        let error = Claim::take(&at("out")).unwrap_err().to_string();
        assert!(
            error.contains("out/previous: it is a symbolic link"),
            "{error}"
        );
        assert!(error.contains("still those of an earlier run"), "{error}");
        assert_eq!(fs::read(at("elsewhere/report.pdf")).unwrap(), b"precious");
        assert_eq!(fs::read(at("out/report.pdf")).unwrap(), b"ours");
    }

    #[test]
    fn older_reports_are_moved_one_generation_is_kept_and_a_folder_has_one_owner() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("report.pdf"), "one").unwrap();
        fs::write(at("junit.xml"), "one").unwrap();
        fs::write(at("notes.txt"), "mine").unwrap();
        let claim = Claim::take(folder.path()).unwrap();
        assert!(!at("report.pdf").exists() && at("notes.txt").exists());
        let held = Claim::take(folder.path()).unwrap_err().to_string();
        let process = std::process::id();
        assert!(held.contains(&format!("process {process}")), "{held}");
        fs::write(at("report.pdf"), "two").unwrap();
        drop(claim);
        assert!(!at(LOCK).exists());

        drop(Claim::take(folder.path()).unwrap());
        assert_eq!(fs::read(at("previous/report.pdf")).unwrap(), b"two");
        assert!(!at("previous/junit.xml").exists(), "of the run before that");
        drop(Claim::take(folder.path()).unwrap());
        assert!(at("previous/report.pdf").exists(), "nothing came after it");
    }
}
